/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/tcmu_wire.h - between a tcmu store and the process that hosts the
 * module.
 *
 * A stream of messages in the byte order of the machine.  Requests are answered
 * in any order.  The other end may be ill: the store checks what it gets.
 */
#ifndef BACKSTORES_TCMU_WIRE_H
#define BACKSTORES_TCMU_WIRE_H

#include <stdint.h>

/* HANDLER CONFIG rw|ro CONF USER OWNER, the last three of rbd, "" for none:
 * OWNER is who had the image's lock for us, and died. */
#define TCMU_PROGRAM "tisane-tcmu"
#define TCMU_WORDS   7

#define TCMU_DATA_MAX (8u << 20) /* bytes of one READ or WRITE */
#define TCMU_ZERO_MAX (1u << 20) /* of one ZERO */
#define TCMU_TEXT_MAX 400

enum tcmu_verb { TCMU_READ, TCMU_WRITE, TCMU_ZERO, TCMU_DISCARD, TCMU_FLUSH };

/* WRITE: then length bytes. */
struct tcmu_request {
	uint64_t tag;
	uint64_t offset, length; /* bytes, within the size, multiples of 512 */
	uint32_t op;             /* enum tcmu_verb */
	uint32_t reserved;
};

enum tcmu_what {
	TCMU_HELLO, /* first; then struct tcmu_hello, or text when error */
	TCMU_DONE,  /* a READ that ended well: then its data */
	TCMU_SAYS,  /* then text for the log */
	TCMU_SIZE,  /* the size is now that of tag */
	TCMU_LOST,  /* nothing is served any more; then text */
};

struct tcmu_message {
	uint32_t what;  /* enum tcmu_what */
	int32_t error;  /* HELLO, DONE: 0 or -errno */
	uint64_t tag;   /* DONE: of the request */
	uint64_t bytes; /* that follow */
};

struct tcmu_hello {
	uint64_t size;
	uint32_t pid;
	uint32_t discard_granularity; /* bytes; 0: cannot */
	uint64_t max_discard;         /* bytes; 0: no limit */
	uint32_t optimal_io;          /* bytes; 0: no preference */
	uint32_t volatile_cache;      /* a bool, as it has no padding */
	char owner[64];               /* of the lock; "": there is none */
};

#endif
