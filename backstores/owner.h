/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/owner.h - whose a file of the configuration is to be.
 */
#ifndef BACKSTORES_OWNER_H
#define BACKSTORES_OWNER_H

#include <stddef.h>
#include <sys/types.h>

struct bs_config;

#define OWNER_ANY ((uid_t)-1)

struct owner {
	uid_t uid;   /* OWNER_ANY: as it is */
	gid_t gid;   /* the same */
	mode_t mode; /* 0: as it is */
};

/* What the configuration says, by names or numbers.  0 or -errno with why. */
int owner_find(const struct bs_config *config, struct owner *out, char *why,
    size_t why_size);

/*
 * See to it that fd, opened by path, is so.  May block.  0; or -EPERM when
 * neither we nor who may more can do that; -errno.
 */
int owner_set(const struct owner *o, int fd, const char *path);

#endif
