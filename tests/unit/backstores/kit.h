/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/kit.h - a home, executors, places to put stores.
 *
 * One kit at a time, on the thread that runs the tests.
 */
#ifndef TESTS_UNIT_BACKSTORES_KIT_H
#define TESTS_UNIT_BACKSTORES_KIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "backstores/backstore.h"
#include "common/inbox.h"

#define KIB 1024u
#define MIB (1024u * KIB)

struct kit {
	struct home home;
	struct inbox inbox;
	pthread_t owner;

	/* runs what BLOCKING stores are given, on the owner's thread */
	struct bs_executor here;
	/* the same on a thread of its own, which ends with the kit */
	struct bs_executor thread;
	struct inbox thread_inbox;
	pthread_t thread_id;
	bool threaded;
	_Atomic bool stop;

	char dir[64];             /* gone with all its files at kit_end() */
	char mount[96], loop[32]; /* empty: none */
	char nbd_uri[128];        /* of a server; empty: none */
	char nbd_words[160];      /* what nbdkit was told to be */
};

void kit_begin(struct kit *k);
void kit_end(struct kit *k);

/* Paths in the kit's directory; the last eight stay valid. */
const char *kit_path(struct kit *k, const char *name);
/* Run a shell command quietly; its exit status. */
int kit_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Say why a test checks nothing here. */
void kit_skip(const char *why);

/* A file system of its own below the kit's directory, or a skip. */
bool kit_mount_tmpfs(struct kit *k, const char *size);
bool kit_mount_ext4(struct kit *k, const char *size);
bool kit_mount_xfs(struct kit *k, const char *size); /* with reflink */
bool kit_mount_btrfs(struct kit *k, const char *size);
/* A loop device on a file, or a skip. */
bool kit_loop(struct kit *k, const char *file);
void kit_unloop(struct kit *k);
/* An NBD server of that many bytes of memory, or a skip. */
bool kit_nbd(struct kit *k, uint64_t bytes);
/* One of nbdkit's: filters, plugin, parameters; or a skip. */
bool kit_nbd_serve(struct kit *k, const char *words);
/* The configuration of a Ceph that a test has started, or a skip. */
const char *kit_ceph(void);
/* Is that module of tcmu-runner installed?  Or a skip. */
bool kit_has_module(const char *handler);
/* A new qcow2 image that qemu-img makes with those options, and the module that
 * serves it, or a skip. */
bool kit_qcow(const char *path, const char *options, uint64_t bytes);
/* What a tcmu store may be told to open: a new qcow2 image, or one in the Ceph
 * of that conf; or a skip. */
bool kit_tcmu(struct kit *k, const char *conf, uint64_t bytes, char *path,
    size_t path_size);
/* End it, as by a crash; start it again on the same socket, empty. */
void kit_nbd_kill(struct kit *k);
bool kit_nbd_start(struct kit *k);

/* An operation with its end. */
struct kit_io {
	struct bs_io io;
	struct iovec iov[8];
	bool ended;
	int error;
	unsigned order; /* which one to end this was */
};

extern unsigned kit_ended; /* operations so far */

/* One iovec on data; neither op needs it: NULL. */
void kit_io_init(struct kit *k, struct kit_io *i, enum bs_op op, unsigned flags,
    uint64_t offset, void *data, uint64_t length);
/* Run the home's jobs until it has ended; false after ten seconds. */
bool kit_wait(struct kit *k, struct kit_io *i);
/* Run the jobs that are there. */
void kit_run(struct kit *k);
/* Init, submit, wait; its error. */
int kit_do(struct kit *k, struct backstore *bs, enum bs_op op, unsigned flags,
    uint64_t offset, void *data, uint64_t length);
/* Does the range of the store hold just this byte? */
bool kit_holds(struct kit *k, struct backstore *bs, uint64_t offset,
    uint64_t length, int byte);
/* Write one byte over a range; the error. */
int kit_fill(struct kit *k, struct backstore *bs, unsigned flags,
    uint64_t offset, uint64_t length, int byte);

/* Open and give it an executor.  NULL: failed, why is in kit_why. */
struct backstore *kit_open(struct kit *k, const struct bs_config *config);
extern char kit_why[256];
extern int kit_open_error;

#endif
