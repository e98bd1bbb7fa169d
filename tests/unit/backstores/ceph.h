/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/ceph.h - a stand-in for librbd: a cluster with one
 * image in memory, in which any call fails when it is told to.
 */
#ifndef TESTS_UNIT_BACKSTORES_CEPH_H
#define TESTS_UNIT_BACKSTORES_CEPH_H

#include <rbd/librbd.h>

#include "tests/unit/backstores/kit.h"

#define CEPH_BYTES  (8 * MIB)
#define CEPH_OBJECT (4 * MIB)

struct ceph_extent {
	uint64_t offset;
	size_t length;
	int exists;
};

extern struct ceph {
	uint8_t data[2 * CEPH_BYTES];
	uint64_t size; /* 0: there is no image */
	uint64_t features, stripes;
	const char *fails; /* the call that does */
	int error;         /* with that, -errno */
	bool short_read;
	bool owned; /* another client has the lock */
	int zero_flags;
	unsigned open;      /* handles of all kinds */
	char snapshot[32];  /* that was opened; "": none */
	char name_space[8]; /* likewise */
	rbd_update_callback_t changed;
	void *changed_arg;
	struct ceph_extent extents[5]; /* ends with a length of 0 */
} ceph;

/*
 * The call that fails from now on, with -errno; NULL: none.  Of an operation
 * NAMEs fails when it is started, NAME when it ends.
 */
void ceph_fail(const char *call, int error);

/* A kit and a cluster with an image of that size; 0: without. */
void ceph_begin(struct kit *k, uint64_t size);
/* The same, and a store that serves it. */
struct backstore *ceph_serve(struct kit *k, uint64_t size);
/* Nothing of the cluster's stays open.  bs: or NULL. */
void ceph_end(struct kit *k, struct backstore *bs);
/* Of the image; size: to be, 0: as it is. */
struct bs_config ceph_config(uint64_t size);

#endif
