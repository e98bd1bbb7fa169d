/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/kit.h - a SCSI target with nothing real below it.
 *
 * One store whose operations end at once or when the test says so, on a memory
 * image; one LU on it; one target with that LU as LUN 0; KIT_HOMES homes, each
 * with one nexus ("iqn.2026-01.test:0", ":1" ...), whose posted jobs run when
 * the test says so.  All on one thread: the kit pretends to be on one home at a
 * time.
 *
 *	struct kit *k = kit_new();
 *	struct kit_result r = kit_run(k, cdb, NULL, 0, 512);
 *	CU_ASSERT(kit_is_good(&r));
 *	kit_free(k);
 */
#ifndef TESTS_UNIT_TARGET_KIT_H
#define TESTS_UNIT_TARGET_KIT_H

#include "tests/unit/unit.h"
#include "common/bytes.h"
#include "target/cmd.h"
#include "target/lu.h"
#include "target/nexus.h"
#include "target/target.h"
#include "target/tmf.h"

#define KIT_HOMES  3
#define KIT_BLOCKS 2048 /* of 512 bytes, unless told */
#define KIT_LOG    256
#define KIT_DATA   (1u << 20)

/* ---- homes ---- */

struct kit_home {
	struct home home;
	struct job *first, **last; /* posted, oldest first */
	struct kit *kit;
};

/* Be on that home: what is_here() says. */
void kit_enter(struct kit *k, unsigned home);
/* Run the jobs of one home, and those that they post there, being on it. */
unsigned kit_run_home(struct kit *k, unsigned home);
/* The same for all until nothing is posted; then be on home 0 again. */
void kit_run_homes(struct kit *k);

/* ---- store ---- */

struct kit_logged {
	enum bs_op op;
	unsigned flags;
	uint64_t offset, length;
};

struct kit_store {
	struct backstore bs;
	uint8_t *image;     /* what reads see */
	uint8_t *durable;   /* what a power cut would leave */
	uint8_t *holes;     /* one per 512 bytes: 1 where discarded */
	bool hold;          /* keep operations until released */
	struct bs_io *held; /* oldest first */
	bool clones;        /* what can_clone answers */
	int fail[BS_OPS];   /* negative errno for each coming op; 0: none */
	struct kit_logged log[KIT_LOG]; /* every op that was submitted */
	unsigned logged;
};

/* Operations that are held. */
unsigned kit_held(const struct kit *k);
/* End the i-th oldest held one with error (0: it is done now, on the image),
 * from the thread of the home that we are on.  Then run that io's home. */
void kit_release(struct kit *k, unsigned i, int error);
/* Release all, oldest first, until none is held; and run all homes. */
void kit_release_all(struct kit *k);
/* How many operations of that kind were submitted since kit_log_clear(). */
unsigned kit_logged(const struct kit *k, enum bs_op op);
void kit_log_clear(struct kit *k);

/* ---- a target ---- */

struct kit {
	struct kit_home homes[KIT_HOMES];
	unsigned here; /* index of the home that we are on */
	struct kit_store store;
	struct lu *lu;
	struct target *target;
	struct nexus *nexus[KIT_HOMES]; /* attentions are taken already */
	bool lu_freed;
	uint8_t *data_in; /* KIT_DATA bytes, of kit_run() */
};

struct kit_options {
	uint32_t block_size;  /* 0: 512 */
	uint64_t blocks;      /* 0: KIT_BLOCKS */
	struct lu_options lu; /* block_size is taken from above */
	struct bs_info info;  /* size, min_block_bytes are filled in where 0 */
	uint8_t number;       /* kits of other numbers have another LU */
	bool
	    plain; /* info is all zero: else thin, maps, discards 512, zeroes */
};

/* Of a store that can do all: every row of the opcode table that such an LU has
 * is there. */
#define KIT_INFO_ALL                                                           \
	{                                                                      \
		.discard_granularity = 512, .discard_zeroes = true,            \
		.maps = true, .thin = true, .volatile_cache = true,            \
		.atomic_write_bytes = 4096                                     \
	}

/* Defaults: writable, volatile cache, thin, discard to zero. */
struct kit *kit_new(void);
struct kit *kit_new_with(const struct kit_options *options);
/* Asserts that nothing is left over: tasks, buffers, jobs, references. */
void kit_free(struct kit *k);
/* Every invariant of the target, the LU and the nexuses. */
void kit_check(struct kit *k);
/* Detach that nexus early. */
void kit_detach(struct kit *k, unsigned nexus);

/* ---- running commands ---- */

struct kit_result {
	struct outcome outcome;
	uint64_t transfer_length;
	uint32_t data_out_wanted;
	const uint8_t *data_in; /* valid until the next kit_run() */
	uint32_t data_in_bytes;
};

/*
 * Run a CDB of nexus 0 at LUN 0 to its end; the store must not hold. out_length
 * is also how much the initiator would send, in_length what it would take.
 */
struct kit_result kit_run(struct kit *k, const uint8_t cdb[16],
    const void *data_out, uint32_t out_length, uint32_t in_length);
/* The same of any nexus and LUN number. */
struct kit_result kit_run_at(struct kit *k, unsigned nexus, uint16_t lun,
    const uint8_t cdb[16], const void *data_out, uint32_t out_length,
    uint32_t in_length);

bool kit_is_good(const struct kit_result *r);
/* CHECK CONDITION with that key, ASC and ASCQ. */
bool kit_is_check(
    const struct kit_result *r, uint8_t key, uint8_t asc, uint8_t ascq);
/* 05/24/00 that points at that byte and bit (-1: byte only). */
bool kit_is_invalid_cdb(const struct kit_result *r, unsigned byte, int bit);
/* 05/26/00 likewise. */
bool kit_is_invalid_list(const struct kit_result *r, unsigned byte, int bit);

/* A command step by step. */
struct kit_task {
	struct task task;
	unsigned done;    /* calls of done() */
	unsigned revoked; /* calls of revoked() */
	struct kit *kit;
	unsigned home;
	struct kit_task *other; /* free for the test */
};

/* task_init() and the fields for nexus and LUN 0, attribute SIMPLE. */
struct kit_task *kit_task_new(struct kit *k, unsigned nexus,
    const uint8_t cdb[16], uint32_t out_length, uint32_t in_length);
/* Prepare, fill data (all of it with byte fill), execute.  The outcome of
 * prepare. */
struct outcome kit_task_start(struct kit_task *kt, uint8_t fill);
/* Release and free. */
void kit_task_free(struct kit_task *kt);

/* ---- CDBs of the most used commands ---- */

void kit_cdb_read10(uint8_t cdb[16], uint32_t lba, uint16_t blocks);
void kit_cdb_write10(uint8_t cdb[16], uint32_t lba, uint16_t blocks);

#endif
