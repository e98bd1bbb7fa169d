/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/owner.c - whose a file of the configuration is to be.
 */
#include "backstores/owner.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backstores/stores.h"
#include "common/account.h"
#include "common/outside.h"

static int
owner_find_one(const char *file, const char *what, const char *name,
    uint32_t *id, char *why, size_t why_size)
{
	*id = OWNER_ANY;
	if (name == NULL || account_find(file, name, id))
		return 0;
	return bs_refuse(
	    why, why_size, ENOENT, "there is no %s %s in %s", what, name, file);
}

int
owner_find(const struct bs_config *config, struct owner *out, char *why,
    size_t why_size)
{
	uint32_t uid, gid = OWNER_ANY;
	int error = owner_find_one(
	    ACCOUNT_USERS, "user", config->owner, &uid, why, why_size);

	if (error == 0)
		error = owner_find_one(ACCOUNT_GROUPS, "group", config->group,
		    &gid, why, why_size);
	*out = (struct owner){ uid, gid, config->mode };
	return error;
}

/* Whose it is, as a chown: what is right already stays. */
static int
owner_change(const struct owner *o, int fd, const struct stat *st)
{
	bool user = o->uid != OWNER_ANY && o->uid != st->st_uid;
	bool group = o->gid != OWNER_ANY && o->gid != st->st_gid;

	if (o->mode != 0 && (st->st_mode & 07777) != o->mode &&
	    fchmod(fd, o->mode) < 0)
		return -errno;
	if ((user || group) && fchown(fd, user ? o->uid : OWNER_ANY,
				   group ? o->gid : OWNER_ANY) < 0)
		return -errno;
	return 0;
}

int
owner_set(const struct owner *o, int fd, const char *path)
{
	struct stat st;
	int error;

	if (fstat(fd, &st) < 0)
		return -errno;
	error = owner_change(o, fd, &st);
	if (error == 0)
		return 0;
	errno = -error;
	return outside_own(path) < 0 ? -errno : 0;
}
