/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/identity.c - which UUID an LU has.
 */
#include "server/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "common/log.h"
#include "server/uuid.h"

#define IDENTITY_XATTR "user.tisane.uuid"

static bool
identity_of_file(int fd, uint8_t uuid[16])
{
	char text[UUID_TEXT_BYTES];

	return fd >= 0 &&
	       fgetxattr(fd, IDENTITY_XATTR, text, sizeof(text)) == 36 &&
	       uuid_parse(text, uuid);
}

static void
identity_mark_file(int fd, const char *name, const uint8_t uuid[16])
{
	char text[UUID_TEXT_BYTES];

	uuid_format(text, uuid);
	/* Without it the state directory still knows. */
	if (fsetxattr(fd, IDENTITY_XATTR, text, 36, 0) != 0)
		log_debug("file does not take an attribute lun=%s error=%s",
		    name, strerror(errno));
}

static int
identity_conflict(const char *name, const uint8_t known[16],
    const uint8_t found[16], char *why, size_t why_size)
{
	char a[UUID_TEXT_BYTES], b[UUID_TEXT_BYTES];

	uuid_format(a, known);
	uuid_format(b, found);
	snprintf(why, why_size,
	    "this lun is known as %s, but the file is marked as %s: give the "
	    "file a lun of another name, or remove the mark (setfattr "
	    "-x " IDENTITY_XATTR " FILE) and %s keeps its identity",
	    a, b, name);
	return -EEXIST;
}

int
identity_settle(struct state *state, const char *name, int fd, bool may_write,
    uint8_t uuid[16], char *why, size_t why_size)
{
	uint8_t found[16];
	bool marked = identity_of_file(fd, found);
	int error = 0;

	if (state_find_uuid(state, name, uuid)) {
		if (marked && memcmp(found, uuid, sizeof(found)) != 0)
			return identity_conflict(
			    name, uuid, found, why, why_size);
	} else {
		if (marked)
			memcpy(uuid, found, sizeof(found));
		else
			error = uuid_make(uuid);
		if (error == 0 && !state_set_uuid(state, name, uuid))
			error = -ENOMEM;
	}
	if (error != 0) {
		snprintf(why, why_size, "no identity: %s", strerror(-error));
		return error;
	}
	if (fd >= 0 && !marked && may_write)
		identity_mark_file(fd, name, uuid);
	return 0;
}
