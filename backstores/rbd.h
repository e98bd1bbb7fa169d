/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/rbd.h - an RBD store from inside: for rbd*.c only.
 */
#ifndef BACKSTORES_RBD_H
#define BACKSTORES_RBD_H

#include <pthread.h>
#include <rbd/librbd.h>

#include "backstores/stores.h"
#include "common/inbox.h"

/*
 * What is used of librados and librbd.  They are loaded when the first image
 * is opened: a daemon without one shall not pay for their 20 MiB.
 */
#define RBD_SYMBOLS(S)                                                         \
	S(rados_create)                                                        \
	S(rados_conf_read_file)                                                \
	S(rados_conf_set)                                                      \
	S(rados_connect)                                                       \
	S(rados_shutdown)                                                      \
	S(rados_ioctx_create)                                                  \
	S(rados_ioctx_set_namespace)                                           \
	S(rados_ioctx_destroy)                                                 \
	S(rados_set_pool_full_try)                                             \
	S(rbd_create)                                                          \
	S(rbd_open)                                                            \
	S(rbd_open_read_only)                                                  \
	S(rbd_close)                                                           \
	S(rbd_get_features)                                                    \
	S(rbd_get_size)                                                        \
	S(rbd_stat)                                                            \
	S(rbd_resize)                                                          \
	S(rbd_update_watch)                                                    \
	S(rbd_update_unwatch)                                                  \
	S(rbd_lock_acquire)                                                    \
	S(rbd_lock_get_owners)                                                 \
	S(rbd_lock_get_owners_cleanup)                                         \
	S(rbd_get_stripe_count)                                                \
	S(rbd_diff_iterate2)                                                   \
	S(rbd_aio_create_completion)                                           \
	S(rbd_aio_get_return_value)                                            \
	S(rbd_aio_release)                                                     \
	S(rbd_aio_readv)                                                       \
	S(rbd_aio_writev)                                                      \
	S(rbd_aio_write_zeroes)                                                \
	S(rbd_aio_flush)

struct rbd_lib {
#define RBD_MEMBER(name) __typeof__(name) *name;
	RBD_SYMBOLS(RBD_MEMBER)
#undef RBD_MEMBER
};

/* NULL: they cannot be loaded, which is told in why. */
const struct rbd_lib *rbd_lib_load(char *why, size_t why_size);

/* A thread of a store. */
struct rbd_mapper {
	struct inbox inbox;
	pthread_t thread;
	bool stop; /* the thread's */
};

/* An image that is open. */
struct rbd {
	const struct rbd_lib *lib;
	rados_t cluster;
	rados_ioctx_t pool;
	rbd_image_t image;
	uint64_t watch;
	uint64_t object_bytes, stripes;
	struct rbd_mapper mapper; /* of a store that maps */
	_Atomic bool changed;     /* the image's header, since the last look */
	_Atomic uint64_t size;
};

/*
 * Connect, create the image if it is missing and has a size, open it, take its
 * lock unless read-only, watch it.  May hang for as long as the cluster does.
 */
int rbd_open_image(const struct bs_config *config, struct rbd **out, char *why,
    size_t why_size);
/* May hang for as long as the cluster does. */
void rbd_close_image(struct rbd *r);

/* ---- rbd.c ---- */

/* What the result of librbd is to io; a store that was fenced is lost. */
int rbd_result(struct bs_io *io, ssize_t result);

/* ---- rbd_map.c ---- */

/* Do a MAP; ends by bs_io_complete(). */
void rbd_map(struct bs_io *io);
/* The thread that does them.  0 or -errno. */
int rbd_mapper_start(struct rbd_mapper *m);
/* Nothing may be under way. */
void rbd_mapper_stop(struct rbd_mapper *m);

#endif
