/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/apply.c - from one configuration to the next, by difference.
 */
#include "server/apply_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"
#include "server/faults.h"
#include "server/limits.h"
#include "server/offer.h"
#include "server/sandbox.h"
#include "server/uuid.h"

#define PLAN_LEAST_MS 500 /* for a store to open, though others hang */

void
plan_error(
    struct plan *p, const struct config_place *place, const char *fmt, ...)
{
	char text[PLAN_WHY + 128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_error("%s:%u: %s", place->file != NULL ? place->file : "-",
	    place->line, text);
	findings_add(&p->server->findings, "%s:%u: %s",
	    place->file != NULL ? place->file : "-", place->line, text);
	p->errors++;
}

void
plan_no_memory(struct plan *p)
{
	log_error("configuration not applied reason=\"no memory\"");
	findings_add(&p->server->findings, "no memory");
	p->errors++;
}

/* ---- units ---- */

/* Of two stores of one kind. */
static bool
lun_is_same_place(const struct config_lun *a, const struct config_lun *b)
{
	return config_same_text(a->path, b->path) &&
	       config_same_text(a->conf, b->conf) &&
	       config_same_text(a->name_space, b->name_space);
}

/* The same bytes under the same name. */
static bool
lun_is_same_store(const struct config_lun *a, const struct config_lun *b)
{
	return strcmp(a->name, b->name) == 0 &&
	       strcmp(a->store, b->store) == 0 && lun_is_same_place(a, b);
}

/* Everything but what can change: size, reserve, allocation, limits,
 * thresholds. */
static bool
lun_is_same(const struct config_lun *a, const struct config_lun *b)
{
	return a->cache == b->cache && a->sharing == b->sharing &&
	       a->block_size == b->block_size &&
	       a->physical_block == b->physical_block &&
	       a->read_only == b->read_only && a->removable == b->removable &&
	       a->sanitize_rate == b->sanitize_rate && a->mode == b->mode &&
	       config_same_text(a->owner, b->owner) &&
	       config_same_text(a->group, b->group) &&
	       config_same_text(a->thin_pool, b->thin_pool) &&
	       config_same_text(a->user, b->user) &&
	       config_same_text(a->serial, b->serial) &&
	       config_same_text(a->device_id, b->device_id) &&
	       config_same_text(a->naa, b->naa);
}

/* At the start, or when stores that have opened late are taken, none is: what
 * was promised before is kept as well as it goes. */
static bool
plan_is_reload(const struct plan *p)
{
	return p->server->config != NULL && p->config != p->server->config;
}

/* Those that hang cost no more than one does. */
static struct unit_patience
plan_patience(const struct plan *p, bool follows)
{
	uint64_t least = clock_now_ms() + PLAN_LEAST_MS;

	return (struct unit_patience){ max_u64(p->until_ms, least), follows };
}

static struct unit *
plan_keep_unit(struct plan *p, const struct config_lun *lun, unsigned index,
    const struct config_lun *old)
{
	struct unit *unit = p->server->units[index];

	if (!lun_is_same(old, lun)) {
		plan_error(p, &lun->place,
		    "lun %s: only its size, reserve, limits and thresholds can "
		    "change while it is served; remove it with one reload and "
		    "add it "
		    "with the next",
		    lun->name);
		return NULL;
	}
	if (lun->allocation != old->allocation &&
	    strcmp(lun->store, "file") == 0 &&
	    (lun->allocation == ALLOCATION_FULL) !=
		atomic_load(&unit->bs->full)) {
		plan_error(p, &lun->place,
		    "lun %s: its allocation changes by \"tisane lun convert "
		    "%s %s\", while it is served",
		    lun->name, lun->name,
		    lun->allocation == ALLOCATION_FULL ? "full" : "sparse");
		return NULL;
	}
	if (lun->size != 0 && lun->size < backstore_size(unit->bs))
		log_warning("%s:%u: lun %s is larger than its size says, and "
			    "stays so",
		    lun->place.file, lun->place.line, lun->name);
	unit_keep(unit);
	return unit;
}

/* The unit that goes on under the new configuration, as it was under *was;
 * NULL: there is none. */
static struct unit *
plan_find_running(struct plan *p, const struct config_lun *lun,
    const struct config_lun **was, bool *refused)
{
	const struct config_lun *old;
	struct unit *unit;
	unsigned i = 0;

	*refused = false;
	if (p->server->config == NULL)
		return NULL;
	TAILQ_FOREACH (old, &p->server->config->luns, link) {
		if (lun_is_same_store(old, lun)) {
			unit = plan_keep_unit(p, lun, i, old);
			*was = old;
			*refused = unit == NULL;
			return unit;
		}
		if (lun->path != NULL && lun_is_same_place(old, lun)) {
			plan_error(p, &lun->place,
			    "lun %s: %s is served as lun %s; remove that with "
			    "one reload and add this with the next",
			    lun->name, lun->path, old->name);
			*refused = true;
			return NULL;
		}
		i++;
	}
	return NULL;
}

static void
plan_tell_late(struct plan *p, const struct config_lun *lun, const char *why)
{
	static const char fmt[] =
	    "%s:%u: lun %s: its store has not opened yet, and is served when "
	    "it has%s%s";
	const char *colon = why[0] != '\0' ? ": " : "";

	log_warning(
	    fmt, lun->place.file, lun->place.line, lun->name, colon, why);
	findings_add(&p->server->findings, fmt, lun->place.file,
	    lun->place.line, lun->name, colon, why);
}

/* By one that was opened anew. */
static void
plan_replace(struct plan_unit *u, struct unit *unit)
{
	u->lost = u->unit;
	u->unit = unit;
	u->kept = false;
}

/* A reload opens it again; if it cannot, the unit stays as it is. */
static void
plan_reopen(struct plan *p, struct plan_unit *u)
{
	char why[PLAN_WHY] = "";
	struct unit *unit;

	if (unit_open(u->lun, p->server->state, &p->server->open_count,
		plan_patience(p, false), &unit, why, sizeof(why)) != 0) {
		log_warning("%s:%u: lun %s stays lost: %s", u->lun->place.file,
		    u->lun->place.line, u->lun->name, why);
		return;
	}
	plan_replace(u, unit);
	if (unit->opening != NULL)
		plan_tell_late(p, u->lun, why);
}

/* Its store has opened, or not, after we had ceased to wait for it.  It is not
 * taken by a reload, which may fail: what is taken then would be closed. */
static void
plan_open_late(struct plan *p, struct plan_unit *u)
{
	char why[PLAN_WHY] = "";
	struct unit *unit;
	int error = unit_open_late(
	    u->unit, u->lun, p->server->state, &unit, why, sizeof(why));

	if (error == 0) {
		plan_replace(u, unit);
	} else if (error != -EINPROGRESS) {
		log_error("%s:%u: lun %s does not open: %s", u->lun->place.file,
		    u->lun->place.line, u->lun->name, why);
		unit_give_up(u->unit, why);
	}
}

/* One that runs. */
static void
plan_look_again(struct plan *p, struct plan_unit *u)
{
	if (plan_is_reload(p) && backstore_state(u->unit->bs) == BS_LOST)
		plan_reopen(p, u);
	else if (!plan_is_reload(p) && u->unit->opening != NULL)
		plan_open_late(p, u);
}

static void
plan_unit(struct plan *p, const struct config_lun *lun)
{
	struct plan_unit *u = &p->units[p->unit_count++];
	char why[PLAN_WHY] = "";
	bool refused;
	int error;

	u->lun = lun;
	u->unit = plan_find_running(p, lun, &u->old, &refused);
	u->kept = u->unit != NULL;
	if (u->kept)
		plan_look_again(p, u);
	if (u->unit != NULL || refused)
		return;
	if (!sandbox_admits_store(lun->store)) {
		plan_error(p, &lun->place,
		    "lun %s: the sandbox was made without nbd and rbd stores; "
		    "restart to have the first one",
		    lun->name);
		return;
	}
	error = unit_open(lun, p->server->state, &p->server->open_count,
	    plan_patience(p, plan_is_reload(p)), &u->unit, why, sizeof(why));
	if (error != 0)
		plan_error(p, &lun->place, "lun %s: %s", lun->name,
		    why[0] != '\0' ? why : strerror(-error));
	else if (u->unit->opening != NULL)
		plan_tell_late(p, lun, why);
}

static void
plan_units(struct plan *p)
{
	const struct config_lun *lun;
	unsigned n = 0;

	TAILQ_FOREACH (lun, &p->config->luns, link)
		n++;
	p->units = calloc(n + 1, sizeof(*p->units));
	p->switched = calloc(n + 1, sizeof(*p->switched));
	if (p->units == NULL || p->switched == NULL) {
		plan_no_memory(p);
		return;
	}
	TAILQ_FOREACH (lun, &p->config->luns, link)
		plan_unit(p, lun);
}

static void
plan_check_same_uuid(
    struct plan *p, const struct plan_unit *a, const struct plan_unit *b)
{
	char uuid[UUID_TEXT_BYTES];

	if (a->unit == NULL || b->unit == NULL ||
	    memcmp(a->unit->lu->identity.uuid, b->unit->lu->identity.uuid,
		16) != 0)
		return;
	uuid_format(uuid, b->unit->lu->identity.uuid);
	plan_error(p, &b->lun->place,
	    "lun %s and lun %s are both marked as %s, as copies are (tisane "
	    "lun adopt NAME new, for the one that is the copy)",
	    b->lun->name, a->lun->name, uuid);
}

static void
plan_check_uuids(struct plan *p)
{
	unsigned a, b;

	for (b = 1; b < p->unit_count; b++) {
		for (a = 0; a < b; a++)
			plan_check_same_uuid(p, &p->units[a], &p->units[b]);
	}
}

static bool
plan_grows(const struct plan_unit *u)
{
	return u->kept && u->lun->size > backstore_size(u->unit->bs);
}

/* A percent of a larger size is more. */
static bool
plan_reserves_more(const struct plan_unit *u)
{
	return u->lun->reserve.bytes != u->old->reserve.bytes ||
	       u->lun->reserve.percent != u->old->reserve.percent ||
	       (u->lun->reserve.percent != 0 && plan_grows(u));
}

/* Is there room for what it is to be guaranteed?  A store that hangs is not
 * asked again for what it is. */
static bool
plan_can_reserve(const struct plan_unit *u)
{
	if (!u->kept)
		return !atomic_load(&u->unit->headroom.short_of);
	return !plan_reserves_more(u) || unit_reserve(u->unit, u->lun);
}

/*
 * One of before is served even so: whoever took the room meanwhile is not to
 * stop all guests.
 */
static void
plan_reserve(struct plan *p)
{
	struct plan_unit *u;

	for (u = p->units; u < p->units + p->unit_count; u++) {
		if (!plan_can_reserve(u) && plan_is_reload(p) &&
		    u->lost == NULL)
			plan_error(p, &u->lun->place,
			    "lun %s: there is no room for its reserve",
			    u->lun->name);
	}
}

/* Growing cannot be undone: the last thing that may fail. */
static void
plan_grow(struct plan *p)
{
	struct plan_unit *u;
	unsigned i;
	int error;

	for (i = 0; i < p->unit_count; i++) {
		u = &p->units[i];
		if (!plan_grows(u))
			continue;
		error = unit_resize(u->unit, u->lun->size);
		if (error != 0)
			plan_error(p, &u->lun->place,
			    "lun %s: does not grow: %s", u->lun->name,
			    strerror(-error));
	}
}

/* ---- the service ---- */

static void
plan_service(struct plan *p)
{
	struct lu **lus = calloc(p->unit_count + 1, sizeof(struct lu *));
	unsigned i;

	if (lus == NULL) {
		plan_no_memory(p);
		return;
	}
	for (i = 0; i < p->unit_count; i++)
		if (!unit_is_hidden(p->units[i].unit))
			lus[i] = p->units[i].unit->lu;
	p->service = offer_new(
	    p->config, lus, p->server->sessions, p->server->throttles);
	free(lus);
	p->throttle_rules = limits_of_initiators(p->config);
	if (p->service == NULL || p->throttle_rules == NULL)
		plan_no_memory(p);
}

/* ---- the plan ---- */

static void
plan_save_state(struct plan *p)
{
	char why[PLAN_WHY] = "";

	if (state_save(p->server->state, why, sizeof(why)) == 0)
		return;
	log_error("identities not saved directory=%s error=\"%s\"",
	    p->config->state_directory, why);
	findings_add(&p->server->findings, "identities not saved: %s", why);
	p->errors++;
}

static void
plan_free_config(const struct server *s, struct config *config)
{
	if (config != s->config)
		config_free(config);
}

struct plan *
plan_make(struct server *s, struct config *config)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		plan_free_config(s, config);
		return NULL;
	}
	p->server = s;
	p->config = config;
	p->until_ms = clock_now_ms() + config->timeouts.open_ms;
	plan_units(p);
	plan_check_uuids(p);
	plan_portals(p);
	if (p->errors == 0)
		plan_service(p);
	if (p->errors == 0)
		plan_save_state(p);
	if (p->errors == 0)
		plan_reserve(p);
	if (p->errors == 0)
		plan_grow(p);
	if (p->errors == 0)
		return p;
	plan_drop(p);
	return NULL;
}

static void
plan_free(struct plan *p)
{
	free(p->units);
	free(p->switched);
	free(p->portals);
	free(p);
}

/* The room of one that this plan alone has goes with it; at the start every
 * unit is one of before. */
static void
plan_drop_unit(struct plan *p, struct plan_unit *u)
{
	if (u->unit == NULL)
		return;
	if (u->lost != NULL)
		unit_give_up(u->lost, "the configuration was not applied");
	if (u->kept)
		unit_switch(u->unit, u->old);
	else if (p->server->config != NULL && u->old == NULL)
		unit_dismiss(u->unit);
	else
		unit_release(u->unit);
}

void
plan_drop(struct plan *p)
{
	unsigned i;

	plan_drop_portals(p);
	if (p->service != NULL)
		service_unref(p->service);
	throttle_rules_free(p->throttle_rules);
	for (i = 0; i < p->unit_count; i++)
		plan_drop_unit(p, &p->units[i]);
	plan_free_config(p->server, p->config);
	plan_free(p);
}

/* ---- the switch ---- */

/* Of a unit that runs; NULL: the plan is without its LUN. */
static const struct plan_unit *
plan_find(const struct plan *p, const struct unit *unit)
{
	unsigned i;

	for (i = 0; i < p->unit_count; i++) {
		if (p->units[i].unit == unit || p->units[i].lost == unit)
			return &p->units[i];
	}
	return NULL;
}

/* The room of a lost one is that of the one that was opened again. */
static void
plan_end_units(struct server *s, const struct plan *p)
{
	const struct plan_unit *u;
	unsigned i;

	for (i = 0; i < s->unit_count; i++) {
		u = plan_find(p, s->units[i]);
		if (u == NULL)
			unit_dismiss(s->units[i]);
		else if (u->lost != NULL)
			unit_release(s->units[i]);
	}
}

static void
plan_switch_units(struct server *s, struct plan *p)
{
	unsigned i;

	plan_end_units(s, p);
	free(s->units);
	s->units = p->switched;
	s->unit_count = p->unit_count;
	p->switched = NULL;
	for (i = 0; i < p->unit_count; i++) {
		s->units[i] = p->units[i].unit;
		limits_set_lun(s->units[i]->lu, p->units[i].lun);
		unit_switch(s->units[i], p->units[i].lun);
	}
}

struct service *
plan_switch(struct server *s, struct plan *p)
{
	struct service *before = s->service;
	struct census_limits limits = {
		.connections = p->config->limits.connections,
		.connections_per_address =
		    p->config->limits.connections_per_address,
		.logins = p->config->limits.logins,
		.logins_per_address = p->config->limits.logins_per_address,
	};

	offer_inherit(p->service, before);
	census_set_limits(&s->census, &limits);
	log_set_level((enum log_level)p->config->log_level);
	plan_switch_portals(s, p);
	plan_switch_units(s, p);
	throttle_book_set(s->throttles, p->throttle_rules);
	if (s->config != p->config) {
		config_free(s->config);
		s->generation++;
	}
	s->config = p->config;
	s->service = p->service;
	faults_apply(s);
	plan_free(p);
	return before;
}
