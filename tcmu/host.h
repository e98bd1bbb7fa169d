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

#include "backstores/tcmu_wire.h"
#include "tcmu/abi.h"

#define HOST_STREAM 0 /* the descriptor */
#define HOST_BLOCK  512

/* Modules get a pointer to it, and look into it by symbols.c only. */
struct tcmu_device {
	const struct abi_handler *handler;
	void *private;     /* of the module */
	char config[4400]; /* SUBTYPE/CONFIG */
	uint64_t size;
	bool read_only;

	/* what the module said while it opened */
	bool write_cache;
	uint32_t unmap_blocks_max, unmap_granularity, optimal_blocks;
	bool lost; /* the lock */
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
