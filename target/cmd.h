/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/cmd.h - THE opcode table, and what its rows may call.
 *
 * One row per opcode and service action.  The row drives dispatch, INVALID
 * FIELD IN CDB with the field pointer, reservation conflicts, write protection
 * and REPORT SUPPORTED OPERATION CODES.
 */
#ifndef TARGET_CMD_H
#define TARGET_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/nexus.h"
#include "target/task.h"

enum cmd_flag {
	CMD_NO_LU = 1 << 0, /* answered where there is no LU (INQUIRY ...) */
	CMD_PASSES_ATTENTION = 1 << 1, /* executed though a UA is pending */
	CMD_READS_MEDIUM = 1 << 2,  /* reservation class: needs ACCESS_READ */
	CMD_WRITES_MEDIUM = 1 << 3, /* needs ACCESS_WRITE; write protection */
	CMD_PASSES_RESERVATION = 1 << 4, /* allowed whatever the reservation */
	CMD_ATOMIC = 1 << 5, /* closes the LU's write gate while it runs */
	CMD_NEEDS_DISCARD = 1 << 6, /* not in the table of a store without */
	CMD_NEEDS_MAP = 1 << 7,
	/* Reservation class: needs ACCESS_WRITE, but the unit's write
	 * protection does not matter (MODE SELECT, SYNCHRONIZE CACHE, START
	 * STOP UNIT). */
	CMD_CHANGES_STATE = 1 << 8,
	/* The other one: needs ACCESS_READ, but no medium (MODE SENSE). */
	CMD_READS_STATE = 1 << 9,
	/* Neither class, or no medium class, and fails when the medium is out:
	 * see medium.h. */
	CMD_NEEDS_MEDIUM = 1 << 10,
	CMD_WHILE_SANITIZING = 1 << 11, /* while SANITIZE or FORMAT UNIT runs */
	/* Executed after either has failed, and a HEAD OF QUEUE task. */
	CMD_SANITIZES = 1 << 12,
	CMD_OF_REMOVABLE = 1 << 13, /* in the table of a removable LU only */
	CMD_OF_FIXED = 1 << 14,     /* of any other LU only */
	CMD_NEEDS_ATOMIC = 1 << 15, /* see bs_info.atomic_write_bytes */
	CMD_IN_STANDBY = 1 << 16,   /* executed at a port in standby */
	CMD_WHEN_UNAVAILABLE = 1 << 17, /* and at an unavailable one */
	CMD_SETS_ACCESS = 1 << 18,      /* only where target->explicit_access */
	CMD_FORMATS = 1 << 19, /* executed after FORMAT UNIT has failed */
	CMD_UNGATED = 1 << 20, /* a read that no atomic write waits for */
	/* Sets what all nexuses have of the unit, beside its medium: not by a
	 * mapping that is read-only. */
	CMD_SETS_UNIT = 1 << 21,
	/* Its response needs the Response Fence, RFC 7143 4.2.2.3.4. */
	CMD_FENCED = 1 << 22,
};

#define CMD_NO_SERVICE_ACTION (-1)

struct cmd {
	uint8_t opcode;
	int8_t service_action; /* CDB byte 1, bits 4..0 */
	uint8_t cdb_length;
	enum cmd_direction direction;
	unsigned flags;
	const char *name; /* T10's, "WRITE SAME(16)" */
	/*
	 * CDB usage data (SPC-4 6.35.3): a bit that is 0 must be 0 in the CDB.
	 * Byte 0 is the opcode; service action bits hold the service action.
	 */
	uint8_t usage[16];
	/*
	 * Decode the CDB: set transfer_length, data_out_wanted, buffer_bytes,
	 * lba, blocks.  Anything but GOOD ends the task.  Usage, attention,
	 * reservation and write protection have been checked before.
	 */
	struct outcome (*prepare)(struct task *t);
	/* Do it; end with task_end() exactly once, now or later. */
	void (*execute)(struct task *t);
};

extern const struct cmd cmd_table[];
extern const size_t cmd_table_rows;

/* The row of a CDB; NULL with *no_such_action set when the opcode is known but
 * its service action is not.  Rows that lu cannot do do not exist (lu may be
 * NULL: every row). */
const struct cmd *cmd_find(
    const struct lu *lu, const uint8_t cdb[16], bool *no_such_action);
bool cmd_is_supported(const struct cmd *cmd, const struct lu *lu);

/* Fill an LU's first_row: for each opcode its first row, CMD_NO_ROW for none.
 */
#define CMD_NO_ROW 0xff
void cmd_index(uint8_t first_row[256]);

/* ---- for execute functions ---- */

/* The command has ended.  t->done() follows. */
void task_end(struct task *t, struct outcome o);

/*
 * Answer with parameter data, and end with GOOD: copies what fits into t->data
 * (which has buffer_bytes), sets data_in_bytes, and transfer_length to
 * min(allocation, length).
 */
void task_reply(
    struct task *t, const void *data, size_t length, uint32_t allocation);

/*
 * One operation on the LU's store, then next(t, error) on this thread; unless
 * t was aborted meanwhile, which ends it instead.  offset and length in bytes.
 * data: the first length bytes of it are read into or written; NULL for
 * operations without.  BS_MAP: the caller has set t->io.extents and
 * max_extents; BS_CLONE: t->io.from and from_offset.  While the write cache is
 * off (WCE 0), writes are durable when next() is called.  next() may call
 * task_io() again, any number of times.
 */
void task_io(struct task *t, enum bs_op op, unsigned flags, uint64_t offset,
    uint64_t length, struct buf_list *data,
    void (*next)(struct task *t, int error));

/* ---- for prepare functions ---- */

/*
 * The command takes bytes of Data-Out: sets transfer_length; data_out_wanted
 * and buffer_bytes become what the initiator will really send of it, in whole
 * units (1: any number).  The row compares data_out_wanted with bytes.
 */
void task_expect_data_out(struct task *t, uint32_t bytes, uint32_t unit);
/* The command answers with at most bytes of Data-In: sets transfer_length, and
 * buffer_bytes to what the initiator will take of it. */
void task_expect_data_in(struct task *t, uint32_t bytes);

/* The LU of a task whose row is not CMD_NO_LU. */
static inline struct lu *
task_lu(const struct task *t)
{
	return t->nl->lu;
}

#endif
