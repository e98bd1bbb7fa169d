/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/identity.c - which UUID an LU has.
 *
 * A store carries the UUID, and to which store it was written.  A copy with
 * what it carries is told from that, wherever the original may be; a store that
 * was renamed, or moved to another machine, is the same.
 */
#include "server/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "server/uuid.h"

/* What the admin has decided, see identity.h. */
enum identity_decision { DECIDE_NOTHING, DECIDE_KEEP, DECIDE_NEW };

/* What a store carries. */
struct identity_mark {
	bool found;
	bool bound;  /* to a store */
	bool copied; /* that was another one */
	uint8_t uuid[16];
	enum identity_decision decision;
};

/* ---- what is carried ---- */

static enum identity_decision
identity_read_decision(const struct identity_carrier *c)
{
	char text[IDENTITY_TEXT];

	if (!c->read(c, IDENTITY_ADOPT, text))
		return DECIDE_NOTHING;
	if (strcmp(text, "keep") == 0)
		return DECIDE_KEEP;
	return strcmp(text, "new") == 0 ? DECIDE_NEW : DECIDE_NOTHING;
}

static void
identity_read_mark(const struct identity_carrier *c, struct identity_mark *m)
{
	char text[IDENTITY_TEXT], bound[IDENTITY_TEXT], own[IDENTITY_TEXT];

	memset(m, 0, sizeof(*m));
	if (c == NULL)
		return;
	m->found = c->read(c, IDENTITY_UUID, text) && strlen(text) == 36 &&
		   uuid_parse(text, m->uuid);
	m->bound = m->found && c->read(c, IDENTITY_BOUND, bound);
	m->copied = m->bound && c->binding(c, own) && strcmp(bound, own) != 0;
	m->decision = identity_read_decision(c);
}

/* Without it the state directory still knows. */
static void
identity_write_mark(
    const struct identity_carrier *c, const char *name, const uint8_t uuid[16])
{
	char text[UUID_TEXT_BYTES], bound[IDENTITY_TEXT];
	int error;

	uuid_format(text, uuid);
	error = c->binding(c, bound) ? c->write(c, text, bound) : -EOPNOTSUPP;
	if (error != 0)
		log_debug("the %s does not carry the identity, only the state "
			  "directory knows it lun=%s error=\"%s\"",
		    c->noun, name, strerror(-error));
}

/* ---- what is refused ---- */

static int
identity_refuse_copy(const char *name, const struct identity_carrier *c,
    const struct identity_mark *m, char *why, size_t why_size)
{
	char uuid[UUID_TEXT_BYTES];

	uuid_format(uuid, m->uuid);
	snprintf(why, why_size,
	    "the %s is a copy: it carries the identity %s of another %s "
	    "(tisane lun adopt %s keep: it takes the place of that one; "
	    "tisane lun adopt %s new: it is another disk)",
	    c->noun, uuid, c->noun, name, name);
	return -EEXIST;
}

static int
identity_conflict(const char *name, const struct identity_carrier *c,
    const uint8_t known[16], const uint8_t found[16], char *why,
    size_t why_size)
{
	char a[UUID_TEXT_BYTES], b[UUID_TEXT_BYTES];

	uuid_format(a, known);
	uuid_format(b, found);
	snprintf(why, why_size,
	    "this lun is known as %s, but the %s is marked as %s (tisane lun "
	    "adopt %s keep: it is what the %s says; tisane lun adopt %s new: "
	    "it is what the lun was; or give the %s a lun of another name)",
	    a, c->noun, b, name, c->noun, name, c->noun);
	return -EEXIST;
}

/* ---- choosing ---- */

/* The name's; else a new one, which is the name's then. */
static int
identity_of_name(struct state *state, const char *name, uint8_t uuid[16])
{
	int error;

	if (state_find_uuid(state, name, uuid))
		return 0;
	error = uuid_make(uuid);
	if (error == 0 && !state_set_uuid(state, name, uuid))
		error = -ENOMEM;
	return error;
}

/* It is not what it is marked as; nor is the name, when it was that. */
static int
identity_make_new(struct state *state, const char *name,
    const struct identity_mark *m, uint8_t uuid[16])
{
	if (state_find_uuid(state, name, uuid) &&
	    memcmp(uuid, m->uuid, sizeof(m->uuid)) == 0)
		state_forget(state, name);
	return identity_of_name(state, name, uuid);
}

static int
identity_take_mark(struct state *state, const char *name,
    const struct identity_mark *m, uint8_t uuid[16])
{
	memcpy(uuid, m->uuid, sizeof(m->uuid));
	state_forget(state, name);
	return state_set_uuid(state, name, uuid) ? 0 : -ENOMEM;
}

static int
identity_choose(struct state *state, const char *name,
    const struct identity_carrier *c, const struct identity_mark *m,
    uint8_t uuid[16], char *why, size_t why_size)
{
	bool known = state_find_uuid(state, name, uuid);

	if (!m->found)
		return identity_of_name(state, name, uuid);
	if (m->decision == DECIDE_NEW)
		return identity_make_new(state, name, m, uuid);
	if (m->decision == DECIDE_KEEP)
		return identity_take_mark(state, name, m, uuid);
	if (m->copied)
		return identity_refuse_copy(name, c, m, why, why_size);
	if (known && memcmp(m->uuid, uuid, sizeof(m->uuid)) != 0)
		return identity_conflict(name, c, uuid, m->uuid, why, why_size);
	return known ? 0 : identity_take_mark(state, name, m, uuid);
}

int
identity_settle(struct state *state, const char *name,
    const struct identity_carrier *c, bool may_write, uint8_t uuid[16],
    char *why, size_t why_size)
{
	struct identity_mark m;
	int error;

	identity_read_mark(c, &m);
	why[0] = '\0';
	error = identity_choose(state, name, c, &m, uuid, why, why_size);
	if (error != 0) {
		if (why[0] == '\0')
			snprintf(
			    why, why_size, "no identity: %s", strerror(-error));
		return error;
	}
	if (c != NULL &&
	    (m.decision != DECIDE_NOTHING || (may_write && !m.bound)))
		identity_write_mark(c, name, uuid);
	return 0;
}
