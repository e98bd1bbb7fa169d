/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/faults.c - faults on purpose, by the control socket.
 */
#include "server/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "server/server.h"
#include "target/fault.h"

#define FAULTS_MAX       64 /* of a LUN */
#define FAULTS_DELAY_MAX 600000

static unsigned faults_last_id;

static const char *const faults_commands[] = {
	[FAULT_ANY] = "any",
	[FAULT_READS] = "reads",
	[FAULT_WRITES] = "writes",
};
static const char *const faults_actions[] = {
	[FAULT_DELAY] = "delay",
	[FAULT_ERROR] = "error",
	[FAULT_DROP] = "drop",
	[FAULT_DIGEST] = "digest",
	[FAULT_CUT] = "cut",
};

/* ---- listing ---- */

static json_t *
faults_sense(const struct outcome *o)
{
	if (o->status == STATUS_BUSY)
		return json_string("busy");
	return json_sprintf("%x/%02x/%02x", o->key, o->asc, o->ascq);
}

static json_t *
faults_json(const char *lun, const struct fault_rule *r)
{
	const struct fault *f = &r->fault;
	json_t *o = json_pack("{s:i, s:s, s:s, s:I, s:I, s:I, s:I}", "id",
	    (int)r->id, "lun", lun, "fault", faults_actions[f->action], "lba",
	    (json_int_t)f->lba, "blocks", (json_int_t)f->blocks, "count",
	    (json_int_t)f->count, "hits", (json_int_t)r->hits);

	json_object_set_new(o, "commands",
	    f->commands == FAULT_OPCODE
		? json_sprintf("0x%02x", f->opcode)
		: json_string(faults_commands[f->commands]));
	if (f->action == FAULT_DELAY)
		json_object_set_new(o, "delay_ms", json_integer(f->delay_ms));
	if (f->action == FAULT_ERROR)
		json_object_set_new(o, "sense", faults_sense(&f->outcome));
	return o;
}

json_t *
faults_listing(const struct server *s)
{
	struct fault_rule rules[FAULTS_MAX];
	json_t *list = json_array();
	unsigned i, k, n;

	for (i = 0; i < s->unit_count; i++) {
		n = fault_list(s->units[i]->lu, rules, FAULTS_MAX);
		for (k = 0; k < n; k++)
			json_array_append_new(
			    list, faults_json(s->units[i]->lu->identity.name,
				      &rules[k]));
	}
	return list;
}

void
faults_answer_list(struct http_call *call)
{
	http_reply(call, 200,
	    json_pack("{s:o}", "faults", faults_listing(call->server)));
}

/* ---- adding ---- */

static const char *
faults_text(const struct http_call *call, const char *name)
{
	return json_string_value(json_object_get(call->body, name));
}

static uint64_t
faults_number(const struct http_call *call, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(call->body, name));
}

static bool
faults_read_commands(const char *text, struct fault *f)
{
	char *end = NULL;
	unsigned long opcode;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(faults_commands); i++) {
		if (strcmp(text, faults_commands[i]) == 0) {
			f->commands = (enum fault_commands)i;
			return true;
		}
	}
	opcode = strtoul(text, &end, 16);
	f->commands = FAULT_OPCODE;
	f->opcode = (uint8_t)opcode;
	return strncmp(text, "0x", 2) == 0 && *end == '\0' && opcode <= 0xff;
}

static bool
faults_read_sense(const char *text, struct fault *f)
{
	unsigned key, asc, ascq;
	char rest;

	if (text == NULL)
		return false;
	if (strcmp(text, "busy") == 0) {
		f->outcome = BUSY;
		return true;
	}
	if (sscanf(text, "%1x/%2x/%2x%c", &key, &asc, &ascq, &rest) != 3 ||
	    key == 0)
		return false;
	f->outcome = CHECK((uint8_t)key, (uint8_t)asc, (uint8_t)ascq);
	return true;
}

static bool
faults_read_action(const struct http_call *call, struct fault *f)
{
	const char *text = faults_text(call, "fault");
	uint64_t ms = faults_number(call, "delay_ms");
	unsigned i = FAULT_DELAY;

	while (i < ARRAY_LEN(faults_actions) &&
	       strcmp(text, faults_actions[i]) != 0)
		i++;
	if (i == ARRAY_LEN(faults_actions))
		return false;
	f->action = (enum fault_action)i;
	f->delay_ms = (unsigned)ms;
	if (f->action == FAULT_DELAY)
		return ms > 0 && ms <= FAULTS_DELAY_MAX;
	return f->action != FAULT_ERROR ||
	       faults_read_sense(faults_text(call, "sense"), f);
}

/* False: it was answered. */
static bool
faults_read(struct http_call *call, struct fault *f)
{
	f->lba = faults_number(call, "lba");
	f->blocks = faults_number(call, "blocks");
	f->count = faults_number(call, "count");
	if (!faults_read_commands(faults_text(call, "commands"), f)) {
		http_fail(call, 400,
		    "commands are reads, writes, any or an operation code "
		    "like 0x35");
		return false;
	}
	if (faults_read_action(call, f))
		return true;
	http_fail(call, 400,
	    "fault is drop, digest, cut, delay with delay_ms up to %d, or "
	    "error with sense K/ASC/ASCQ or busy",
	    FAULTS_DELAY_MAX);
	return false;
}

static void
faults_add(struct http_call *call, struct lu *lu, const struct fault *f)
{
	struct fault_rule rules[FAULTS_MAX];

	if (fault_list(lu, rules, FAULTS_MAX) == FAULTS_MAX) {
		http_fail(call, 409, "it has %d faults already", FAULTS_MAX);
		return;
	}
	if (!fault_add(lu, ++faults_last_id, f)) {
		http_fail(call, 503, "no memory");
		return;
	}
	log_warning("fault on purpose id=%u lun=%s commands=%s fault=%s",
	    faults_last_id, lu->identity.name, faults_text(call, "commands"),
	    faults_text(call, "fault"));
	http_reply(call, 200, json_pack("{s:i}", "id", (int)faults_last_id));
}

void
faults_answer_add(struct http_call *call)
{
	const char *lun = faults_text(call, "lun");
	struct unit *u = server_find_unit(call->server, lun);
	struct fault f = { .action = FAULT_NONE };

	if (!call->server->config->fault_injection)
		http_fail(call, 403,
		    "the configuration does not say \"fault-injection yes\"");
	else if (u == NULL)
		http_fail(call, 404, "there is no lun %s", lun);
	else if (faults_read(call, &f))
		faults_add(call, u->lu, &f);
}

/* ---- removing ---- */

void
faults_answer_remove(struct http_call *call)
{
	struct server *s = call->server;
	char *end = NULL;
	unsigned id = (unsigned)strtoul(call->argument, &end, 10), i;

	for (i = 0; *end == '\0' && i < s->unit_count; i++) {
		if (!fault_remove(s->units[i]->lu, id))
			continue;
		log_notice("fault on purpose ends id=%u", id);
		http_reply(call, 200, json_pack("{s:i}", "id", (int)id));
		return;
	}
	http_fail(call, 404, "there is no fault %s", call->argument);
}

void
faults_apply(struct server *s)
{
	struct fault_rule rules[FAULTS_MAX];
	unsigned i, k, n;

	if (s->config->fault_injection) {
		log_warning("faults on purpose may be asked for");
		return;
	}
	for (i = 0; i < s->unit_count; i++) {
		n = fault_list(s->units[i]->lu, rules, FAULTS_MAX);
		for (k = 0; k < n; k++)
			fault_remove(s->units[i]->lu, rules[k].id);
	}
}
