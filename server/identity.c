/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/identity.c - which UUID an LU has.
 *
 * A file carries the UUID in one attribute, and in another which file it was
 * written to: inode and time of birth.  A copy with its attributes is told from
 * that, wherever the original may be; a file that was renamed, or whose disk
 * was moved to another machine, is the same.
 */
#include "server/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "common/log.h"
#include "server/uuid.h"

#define IDENTITY_BOUND "user.tisane.bound"
#define IDENTITY_TEXT  80

/* What the admin has decided, see identity.h. */
enum identity_decision { DECIDE_NOTHING, DECIDE_KEEP, DECIDE_NEW };

/* What a file carries. */
struct identity_mark {
	bool found;
	bool bound;  /* to a file */
	bool copied; /* that was another one */
	uint8_t uuid[16];
	enum identity_decision decision;
};

/* ---- attributes ---- */

/* False: it has none, or none that fits. */
static bool
identity_read(int fd, const char *name, char text[IDENTITY_TEXT])
{
	ssize_t n = fgetxattr(fd, name, text, IDENTITY_TEXT - 1);

	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool
identity_binding(int fd, char text[IDENTITY_TEXT])
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
		return false;
	if ((st.stx_mask & STATX_BTIME) == 0)
		st.stx_btime.tv_sec = st.stx_btime.tv_nsec = 0;
	snprintf(text, IDENTITY_TEXT, "%llu %lld.%09u",
	    (unsigned long long)st.stx_ino, (long long)st.stx_btime.tv_sec,
	    st.stx_btime.tv_nsec);
	return true;
}

static enum identity_decision
identity_read_decision(int fd)
{
	char text[IDENTITY_TEXT];

	if (!identity_read(fd, IDENTITY_ADOPT, text))
		return DECIDE_NOTHING;
	if (strcmp(text, "keep") == 0)
		return DECIDE_KEEP;
	return strcmp(text, "new") == 0 ? DECIDE_NEW : DECIDE_NOTHING;
}

static void
identity_read_mark(int fd, struct identity_mark *m)
{
	char text[IDENTITY_TEXT], bound[IDENTITY_TEXT], own[IDENTITY_TEXT];

	memset(m, 0, sizeof(*m));
	if (fd < 0)
		return;
	m->found = identity_read(fd, IDENTITY_XATTR, text) &&
		   strlen(text) == 36 && uuid_parse(text, m->uuid);
	m->bound = m->found && identity_read(fd, IDENTITY_BOUND, bound);
	m->copied =
	    m->bound && identity_binding(fd, own) && strcmp(bound, own) != 0;
	m->decision = identity_read_decision(fd);
}

/* Without it the state directory still knows. */
static void
identity_write_mark(int fd, const char *name, const uint8_t uuid[16])
{
	char text[UUID_TEXT_BYTES], bound[IDENTITY_TEXT];

	uuid_format(text, uuid);
	if (!identity_binding(fd, bound) ||
	    fsetxattr(fd, IDENTITY_XATTR, text, 36, 0) != 0 ||
	    fsetxattr(fd, IDENTITY_BOUND, bound, strlen(bound), 0) != 0)
		log_debug("file does not take an attribute lun=%s error=%s",
		    name, strerror(errno));
	fremovexattr(fd, IDENTITY_ADOPT);
}

/* ---- what is refused ---- */

static int
identity_refuse_copy(
    const char *name, const struct identity_mark *m, char *why, size_t why_size)
{
	char uuid[UUID_TEXT_BYTES];

	uuid_format(uuid, m->uuid);
	snprintf(why, why_size,
	    "the file is a copy: it carries the identity %s of another file "
	    "(tisane lun adopt %s keep: it takes the place of that one; "
	    "tisane lun adopt %s new: it is another disk)",
	    uuid, name, name);
	return -EEXIST;
}

static int
identity_conflict(const char *name, const uint8_t known[16],
    const uint8_t found[16], char *why, size_t why_size)
{
	char a[UUID_TEXT_BYTES], b[UUID_TEXT_BYTES];

	uuid_format(a, known);
	uuid_format(b, found);
	snprintf(why, why_size,
	    "this lun is known as %s, but the file is marked as %s (tisane lun "
	    "adopt %s keep: it is what the file says; tisane lun adopt %s new: "
	    "it is what the lun was; or give the file a lun of another name)",
	    a, b, name, name);
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
    const struct identity_mark *m, uint8_t uuid[16], char *why, size_t why_size)
{
	bool known = state_find_uuid(state, name, uuid);

	if (!m->found)
		return identity_of_name(state, name, uuid);
	if (m->decision == DECIDE_NEW)
		return identity_make_new(state, name, m, uuid);
	if (m->decision == DECIDE_KEEP)
		return identity_take_mark(state, name, m, uuid);
	if (m->copied)
		return identity_refuse_copy(name, m, why, why_size);
	if (known && memcmp(m->uuid, uuid, sizeof(m->uuid)) != 0)
		return identity_conflict(name, uuid, m->uuid, why, why_size);
	return known ? 0 : identity_take_mark(state, name, m, uuid);
}

int
identity_settle(struct state *state, const char *name, int fd, bool may_write,
    uint8_t uuid[16], char *why, size_t why_size)
{
	struct identity_mark m;
	int error;

	identity_read_mark(fd, &m);
	why[0] = '\0';
	error = identity_choose(state, name, &m, uuid, why, why_size);
	if (error != 0) {
		if (why[0] == '\0')
			snprintf(
			    why, why_size, "no identity: %s", strerror(-error));
		return error;
	}
	if (fd >= 0 &&
	    (m.decision != DECIDE_NOTHING || (may_write && !m.bound)))
		identity_write_mark(fd, name, uuid);
	return 0;
}
