/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/rsoc.c - REPORT SUPPORTED OPERATION CODES and REPORT SUPPORTED TASK
 * MANAGEMENT FUNCTIONS.
 */
#include "target/rsoc.h"

#include <string.h>

#include "common/bytes.h"
#include "target/data_in.h"

#define COMMAND_DESCRIPTOR_BYTES  8
#define TIMEOUTS_DESCRIPTOR_BYTES 12
#define ONE_COMMAND_MAX           (4 + 16 + TIMEOUTS_DESCRIPTOR_BYTES)

/* REPORTING OPTIONS, SPC-4 6.35.1 */
enum rsoc_options {
	RSOC_ALL,
	RSOC_OPCODE,           /* which has no service actions */
	RSOC_SERVICE_ACTION,   /* of an opcode that has some */
	RSOC_OPCODE_OR_ACTION, /* either */
	RSOC_OPTIONS,
};

/* SUPPORT, SPC-4 6.35.3 */
enum { NOT_SUPPORTED = 1, SUPPORTED = 3 };

struct rsoc_query {
	enum rsoc_options options;
	bool timeouts;         /* RCTD */
	bool has_actions;      /* the opcode has service actions */
	const struct cmd *cmd; /* NULL: not supported */
};

/* By the unit, and by the target. */
static bool
rsoc_is_offered(const struct task *t, const struct cmd *cmd)
{
	return cmd_is_supported(cmd, task_lu(t)) &&
	       (!(cmd->flags & CMD_SETS_ACCESS) ||
		   t->nexus->target->explicit_access);
}

static bool
rsoc_has_actions(const struct task *t, uint8_t opcode)
{
	for (size_t i = 0; i < cmd_table_rows; i++) {
		const struct cmd *cmd = &cmd_table[i];

		if (cmd->opcode == opcode && rsoc_is_offered(t, cmd))
			return cmd->service_action != CMD_NO_SERVICE_ACTION;
	}
	return false;
}

static const struct cmd *
rsoc_find(const struct task *t, uint8_t opcode, unsigned action)
{
	uint8_t cdb[16] = { opcode, (uint8_t)(action & 0x1f) };
	const struct cmd *cmd;
	bool no_such_action;

	if (action > 0x1f)
		return NULL;
	cmd = cmd_find(task_lu(t), cdb, &no_such_action);
	return cmd != NULL && rsoc_is_offered(t, cmd) ? cmd : NULL;
}

static struct rsoc_query
rsoc_decode(const struct task *t)
{
	unsigned action = get_be16(t->cdb + 4);
	struct rsoc_query q;

	q.options = t->cdb[2] & 0x07;
	q.timeouts = t->cdb[2] & 0x80;
	q.has_actions = rsoc_has_actions(t, t->cdb[3]);
	/* REQUESTED SERVICE ACTION is ignored with option 1. */
	q.cmd = rsoc_find(t, t->cdb[3], q.options == RSOC_OPCODE ? 0 : action);
	if (q.options == RSOC_OPCODE_OR_ACTION && !q.has_actions && action != 0)
		q.cmd = NULL;
	return q;
}

struct outcome
rsoc_commands_prepare(struct task *t)
{
	struct rsoc_query q = rsoc_decode(t);
	size_t most = ONE_COMMAND_MAX;

	if (q.options >= RSOC_OPTIONS)
		return invalid_field_in_cdb(2, 2);
	if (q.options == RSOC_OPCODE && q.has_actions)
		return invalid_field_in_cdb(2, 2);
	if (q.options == RSOC_SERVICE_ACTION && !q.has_actions &&
	    rsoc_find(t, t->cdb[3], 0) != NULL)
		return invalid_field_in_cdb(2, 2);
	if (q.options == RSOC_ALL)
		most = 4 + cmd_table_rows * (COMMAND_DESCRIPTOR_BYTES +
						TIMEOUTS_DESCRIPTOR_BYTES);
	task_expect_data_in(t, (uint32_t)min_u64(get_be32(t->cdb + 6), most));
	return GOOD;
}

static void
rsoc_append_timeouts(struct data_in *r)
{
	uint8_t descriptor[TIMEOUTS_DESCRIPTOR_BYTES] = { 0 };

	put_be16(descriptor, sizeof(descriptor) - 2);
	data_in_append(r, descriptor, sizeof(descriptor));
}

static void
rsoc_append_descriptor(struct data_in *r, const struct cmd *cmd, bool timeouts)
{
	uint8_t descriptor[COMMAND_DESCRIPTOR_BYTES] = { cmd->opcode };

	if (cmd->service_action != CMD_NO_SERVICE_ACTION) {
		put_be16(descriptor + 2, (uint16_t)cmd->service_action);
		descriptor[5] |= 0x01; /* SERVACTV */
	}
	if (timeouts)
		descriptor[5] |= 0x02; /* CTDP */
	put_be16(descriptor + 6, cmd->cdb_length);
	data_in_append(r, descriptor, sizeof(descriptor));
	if (timeouts)
		rsoc_append_timeouts(r);
}

static void
rsoc_append_all(struct data_in *r, const struct rsoc_query *q)
{
	uint8_t header[4] = { 0 };

	data_in_append(r, header, sizeof(header));
	for (size_t i = 0; i < cmd_table_rows; i++) {
		if (rsoc_is_offered(r->t, &cmd_table[i]))
			rsoc_append_descriptor(r, &cmd_table[i], q->timeouts);
	}
	data_in_put_be32(r, 0, (uint32_t)r->length - 4);
}

static void
rsoc_append_one(struct data_in *r, const struct rsoc_query *q)
{
	uint8_t header[4] = { 0, NOT_SUPPORTED };

	if (q->cmd == NULL) {
		data_in_append(r, header, sizeof(header));
		return;
	}
	header[1] = SUPPORTED | (q->timeouts ? 0x80 : 0); /* CTDP */
	put_be16(header + 2, q->cmd->cdb_length);
	data_in_append(r, header, sizeof(header));
	data_in_append(r, q->cmd->usage, q->cmd->cdb_length);
	if (q->timeouts)
		rsoc_append_timeouts(r);
}

void
rsoc_commands_execute(struct task *t)
{
	struct rsoc_query q = rsoc_decode(t);
	struct data_in r = { .t = t };

	if (q.options == RSOC_ALL)
		rsoc_append_all(&r, &q);
	else
		rsoc_append_one(&r, &q);
	data_in_end(&r, get_be32(t->cdb + 6));
}

/* ---- task management functions ---- */

struct outcome
rsoc_functions_prepare(struct task *t)
{
	task_expect_data_in(t, (uint32_t)min_u64(get_be32(t->cdb + 6), 16));
	return GOOD;
}

void
rsoc_functions_execute(struct task *t)
{
	bool extended = t->cdb[2] & 0x80; /* REPD */
	uint8_t data[16] = { 0 };

	data[0] = 0xda; /* ATS ATSS CTSS LURS TRS; not CACAS */
	if (!t->nexus->plain_functions) {
		data[0] |= 0x04; /* QTS */
		data[1] = 0x07;  /* QAES QTSS ITNRS */
	}
	data[3] = extended ? sizeof(data) - 4 : 0;
	task_reply(t, data, extended ? sizeof(data) : 4, get_be32(t->cdb + 6));
}
