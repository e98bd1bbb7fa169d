/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/lvm.h - logical volumes by the lvm command and its JSON reports.
 *
 * Every function but lvm_group() runs lvm, one at a time in this process, and
 * may take up to a minute: never on a worker.  0 or -errno, with a sentence in
 * why that repeats what lvm said.
 */
#ifndef BACKSTORES_LVM_H
#define BACKSTORES_LVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LVM_NAME_MAX 256 /* of a group or a volume, and its end */

struct lvm_volume {
	char name[128]; /* in its group */
	uint64_t size_bytes;
	bool active;
	bool thin;
	double data_percent;           /* of a thin one or a snapshot; 0 else */
	char pool[128];                /* of a thin one; "" else */
	char origin[128];              /* of a snapshot; "" else */
	char path[256];                /* of its device */
	char uuid[40], group_uuid[40]; /* LVM's own */
	char tags[1024];               /* with "," between; all, or "" */
};

/* Of GROUP/VOLUME: copy the group, return the volume. */
const char *lvm_group(const char *name, char *group, size_t size);
/* The volumes of a group that are not hidden.  *out is the caller's to free.
 * -EMSGSIZE: its report is too long, at some thousand volumes. */
int lvm_list(const char *group, struct lvm_volume **out, unsigned *count,
    char *why, size_t why_size);
/* name is GROUP/VOLUME.  -ENOENT: there is no such volume in the group. */
int lvm_find(
    const char *name, struct lvm_volume *out, char *why, size_t why_size);
/* Linear over stripes physical volumes (0: one), or thin in pool (NULL: not).
 * It is bytes, rounded up to whole extents. */
int lvm_create(const char *name, uint64_t bytes, const char *pool,
    unsigned stripes, char *why, size_t why_size);
int lvm_extend(const char *name, uint64_t bytes, char *why, size_t why_size);
/*
 * A snapshot of name called new in the same group, active.  bytes: room for
 * what differs, of a volume that is not thin; 0: a thin one, in its pool.
 */
int lvm_snapshot(const char *name, const char *new, uint64_t bytes, char *why,
    size_t why_size);
/* Would others go with it?  -EBUSY: snapshots that are not thin, which are
 * named. */
int lvm_check_remove(const char *name, char *why, size_t why_size);
/* Its data are gone.  Refused by lvm while it is open; -EBUSY as above. */
int lvm_remove(const char *name, char *why, size_t why_size);
int lvm_activate(const char *name, char *why, size_t why_size);
/* Take off tags and put on others, at most six; a list ends with NULL. */
int lvm_tag(const char *name, const char *const off[], const char *const on[],
    char *why, size_t why_size);

#endif
