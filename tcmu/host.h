/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/host.h - the process around a module, and its parts among themselves.
 *
 * One process hosts one module with one device; it serves requests of a stream
 * until that ends.  When the module can no longer be trusted it ends itself:
 * the store starts another.
 */
#ifndef TCMU_HOST_H
#define TCMU_HOST_H

#include <pthread.h>
#include <stdatomic.h>

#include "backstores/tcmu_wire.h"
#include "tcmu/abi.h"

#define HOST_STREAM 0 /* the descriptor */
#define HOST_BLOCK  512

/* Modules get a pointer to it, and look into it by symbols.c only. */
struct tcmu_device {
	const struct abi_handler *handler;
	void *private;     /* of the module */
	char config[4400]; /* SUBTYPE/CONFIG */
	_Atomic uint64_t size;
	bool read_only;
	char owner[64]; /* rbd: of the lock, once it is ours */

	/* what the module said while it opened */
	bool write_cache;
	uint32_t unmap_blocks_max, unmap_granularity;
};

/* ---- module.c ---- */

/* The module of that name, loaded.  NULL, with a sentence in why. */
const struct abi_handler *module_load(
    const char *subtype, char *why, size_t why_size);

/* ---- qcow_image.c ---- */

/*
 * Open, lock and check the image, and have d open it.  0, or -errno with a
 * sentence in why.
 */
int qcow_image_prepare(struct tcmu_device *d, const char *path,
    uint64_t *cluster_bytes, char *why, size_t why_size);

/* ---- rbd_image.c ---- */

/*
 * Connect, find the image and its size, watch it.  owner: who may have its lock
 * although we want to write.  0, or -errno with a sentence in why.
 */
int rbd_image_prepare(struct tcmu_device *d, const char *path, const char *conf,
    const char *user, const char *owner, char *why, size_t why_size);
/* After the module has opened it: take the lock, unless read-only. */
int rbd_image_claim(struct tcmu_device *d, char *why, size_t why_size);

/* ---- witness.c ---- */

/*
 * What the module's system calls said while it worked at a command, on this
 * thread.  It does not always look, and it may not go on after a failure.
 */
void witness_begin(bool read_only);
/* 0 or the -errno of the first call that failed. */
int witness_end(bool *trusted);
/* Refuse to allocate when the file system has less than that; ENOSPC. */
void witness_reserve(uint64_t bytes);

/* ---- say.c ---- */

/* A message, whole; any thread.  The process ends when nobody listens. */
void say(const struct tcmu_message *m, const void *data);
/* Text for the log; what comes too often is left out.  Any thread. */
void say_text(enum tcmu_what what, int error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- serve.c ---- */

/* Until the stream ends; then all commands have ended. */
void serve(struct tcmu_device *d);

#endif
