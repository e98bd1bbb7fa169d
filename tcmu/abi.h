/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/abi.h - what handler modules of tcmu-runner 1.5.4 to 1.6 and their host
 * know of each other.
 *
 * Facts of the binary interface in declarations of our own.  It has no version:
 * module.c looks whether a module that was loaded makes sense by it.
 */
#ifndef TCMU_ABI_H
#define TCMU_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct tcmu_device; /* opaque to modules; device.h */

/* What callouts return, and what commands are completed with. */
enum {
	STATUS_ASYNC = -2,
	STATUS_NOT_HANDLED = -1,
	STATUS_OK = 0,
	STATUS_NO_RESOURCE = 1,
	STATUS_BUSY = 3,
	STATUS_WRITE_ERROR = 4,
	STATUS_READ_ERROR = 5,
	STATUS_TIMEOUT = 11,
	STATUS_FENCED = 12,
	STATUS_HARDWARE = 13,
	STATUS_RANGE = 14,
};

#define ABI_SENSE_BYTES 96

struct abi_scsi_cmd {
	uint16_t id;
	uint8_t *cdb;
	struct iovec *iov;
	size_t iovcnt;
	uint8_t sense[ABI_SENSE_BYTES];
	void *host_private;
};

/* Modules look at scsi only. */
struct abi_cmd {
	struct abi_scsi_cmd *scsi;
	void *host_private[10];
	void (*done)(struct tcmu_device *, struct abi_cmd *, int);
};

struct abi_handler {
	const char *name, *subtype, *description;
	void *opaque;
	bool (*check_config)(const char *, char **);
	int (*reconfigure)(struct tcmu_device *, void *);
	int (*open)(struct tcmu_device *, bool reopen);
	void (*close)(struct tcmu_device *);
	int threads; /* 0: asynchronous */
	int (*handle_cmd)(struct tcmu_device *, struct abi_cmd *);
	int (*read)(struct tcmu_device *, struct abi_cmd *, struct iovec *,
	    size_t iovcnt, size_t bytes, off_t);
	int (*write)(struct tcmu_device *, struct abi_cmd *, struct iovec *,
	    size_t iovcnt, size_t bytes, off_t);
	int (*flush)(struct tcmu_device *, struct abi_cmd *);
	int (*unmap)(struct tcmu_device *, struct abi_cmd *, uint64_t offset,
	    uint64_t bytes);
	void *write_same, *compare_and_write, *report_event;
	int (*lock)(struct tcmu_device *, uint16_t tag);
	int (*unlock)(struct tcmu_device *);
	int (*get_lock_tag)(struct tcmu_device *, uint16_t *);
	int (*get_lock_state)(struct tcmu_device *);
	bool is_dbus;
	bool (*update_logdir)(void);
	int (*init)(void);
	void (*destroy)(void);
};

#if __SIZEOF_POINTER__ == 8
_Static_assert(sizeof(struct abi_handler) == 200, "handler");
_Static_assert(offsetof(struct abi_handler, threads) == 64, "threads");
_Static_assert(offsetof(struct abi_handler, unmap) == 104, "unmap");
_Static_assert(offsetof(struct abi_handler, is_dbus) == 168, "is_dbus");
_Static_assert(sizeof(struct abi_scsi_cmd) == 136, "library command");
_Static_assert(offsetof(struct abi_scsi_cmd, sense) == 32, "sense");
_Static_assert(sizeof(struct abi_cmd) == 96, "runner command");
_Static_assert(offsetof(struct abi_cmd, done) == 88, "done");
#endif

#endif
