/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/sense.h - how a command ended, by value.
 */
#ifndef TARGET_SENSE_H
#define TARGET_SENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/scsi.h"

#define SENSE_MAX 96 /* bytes; sense_encode() needs at most this */

/* Sixteen bytes: so it is returned in registers, dozens of times a command. */
struct outcome {
	uint8_t status;
	uint8_t key, asc, ascq;   /* meaningful with CHECK CONDITION */
	bool has_information : 1; /* INFORMATION field, VALID bit */
	bool has_field : 1,
	    in_cdb : 1;      /* sense-key specific: field pointer, C/D */
	bool in_segment : 1; /* the field is one of a segment descriptor, SD */
	bool has_progress : 1; /* sense-key specific: progress */
	bool has_segment : 1;  /* COMMAND-SPECIFIC INFORMATION of a copy */
	int8_t bit;            /* -1: BPV is 0 */
	union {
		uint16_t field;    /* has_field: byte that is wrong */
		uint16_t progress; /* has_progress: 65536ths done */
	};
	uint64_t information : 48;
	uint64_t segment : 16; /* number of the segment descriptor */
};

_Static_assert(sizeof(struct outcome) == 16, "too large for registers");

#define GOOD           ((struct outcome){ 0 })
#define STATUS_ONLY(s) ((struct outcome){ .status = (s) })
#define CHECK(k, c, q)                                                         \
	((struct outcome){ .status = STATUS_CHECK_CONDITION,                   \
	    .key = (k),                                                        \
	    .asc = (c),                                                        \
	    .ascq = (q),                                                       \
	    .bit = -1 })

#define TASK_SET_FULL        STATUS_ONLY(STATUS_TASK_SET_FULL)
#define BUSY                 STATUS_ONLY(STATUS_BUSY)
#define RESERVATION_CONFLICT STATUS_ONLY(STATUS_RESERVATION_CONFLICT)
#define TASK_ABORTED         STATUS_ONLY(STATUS_TASK_ABORTED)

/* SPC-4 annex D, the ones that are used */
#define SNACK_REJECTED         CHECK(SENSE_ABORTED_COMMAND, 0x11, 0x13)
#define INVALID_OPCODE         CHECK(SENSE_ILLEGAL_REQUEST, 0x20, 0x00)
#define LBA_OUT_OF_RANGE       CHECK(SENSE_ILLEGAL_REQUEST, 0x21, 0x00)
#define LUN_NOT_SUPPORTED      CHECK(SENSE_ILLEGAL_REQUEST, 0x25, 0x00)
#define INVALID_FIELD_IN_CDB   CHECK(SENSE_ILLEGAL_REQUEST, 0x24, 0x00)
#define PARAMETER_LIST_LENGTH  CHECK(SENSE_ILLEGAL_REQUEST, 0x1a, 0x00)
#define INVALID_RELEASE        CHECK(SENSE_ILLEGAL_REQUEST, 0x26, 0x04)
#define SAVING_NOT_SUPPORTED   CHECK(SENSE_ILLEGAL_REQUEST, 0x39, 0x00)
#define OPERATION_IN_PROGRESS  CHECK(SENSE_ILLEGAL_REQUEST, 0x00, 0x16)
#define INSUFFICIENT_RESOURCES CHECK(SENSE_ILLEGAL_REQUEST, 0x55, 0x03)
#define INSUFFICIENT_REGISTRATION_RESOURCES                                    \
	CHECK(SENSE_ILLEGAL_REQUEST, 0x55, 0x04)
#define WRITE_PROTECTED                 CHECK(SENSE_DATA_PROTECT, 0x27, 0x00)
#define SPACE_ALLOCATION_FAILED         CHECK(SENSE_DATA_PROTECT, 0x27, 0x07)
#define UNRECOVERED_READ_ERROR          CHECK(SENSE_MEDIUM_ERROR, 0x11, 0x00)
#define WRITE_ERROR                     CHECK(SENSE_MEDIUM_ERROR, 0x0c, 0x00)
#define WRITE_ERROR_REALLOCATION_FAILED CHECK(SENSE_MEDIUM_ERROR, 0x0c, 0x02)
#define MEDIUM_NOT_PRESENT              CHECK(SENSE_NOT_READY, 0x3a, 0x00)
#define PORT_IN_STANDBY                 CHECK(SENSE_NOT_READY, 0x04, 0x0b)
#define PORT_IS_UNAVAILABLE             CHECK(SENSE_NOT_READY, 0x04, 0x0c)
#define MANUAL_INTERVENTION_REQUIRED    CHECK(SENSE_NOT_READY, 0x04, 0x03)
#define BECOMING_READY                  CHECK(SENSE_NOT_READY, 0x04, 0x01)
#define INTERNAL_TARGET_FAILURE         CHECK(SENSE_HARDWARE_ERROR, 0x44, 0x00)
#define COMMAND_TIMEOUT                 CHECK(SENSE_ABORTED_COMMAND, 0x2e, 0x02)
/* RFC 7143 11.4.7.2 */
#define UNEXPECTED_UNSOLICITED_DATA CHECK(SENSE_ABORTED_COMMAND, 0x0c, 0x0c)
#define NOT_ENOUGH_UNSOLICITED_DATA CHECK(SENSE_ABORTED_COMMAND, 0x0c, 0x0d)
#define INCORRECT_AMOUNT_OF_DATA    CHECK(SENSE_ABORTED_COMMAND, 0x0c, 0x0d)
#define PROTOCOL_SERVICE_CRC_ERROR  CHECK(SENSE_ABORTED_COMMAND, 0x47, 0x05)

static inline bool
outcome_good(struct outcome o)
{
	return o.status == STATUS_GOOD;
}

/* The bit that a field pointer names of several that are wrong; bits is not 0.
 */
static inline int
sense_highest_bit(unsigned bits)
{
	int bit = 7;

	while (!(bits & 1u << bit))
		bit--;
	return bit;
}

/* 05/21/00; INFORMATION is the first LBA that is not there (SBC-3 4.18). */
struct outcome lba_out_of_range(uint64_t lba);
/* 05/24/00 with the field pointer; bit 7..0, or -1 for the whole byte. */
struct outcome invalid_field_in_cdb(unsigned byte, int bit);
/* 05/26/00 with the field pointer into the parameter list. */
struct outcome invalid_field_in_list(unsigned byte, int bit);
/* 0E/1D/00; INFORMATION is the offset in bytes of the first difference. */
struct outcome miscompare(uint64_t offset);
/* What a failed backstore operation is to the initiator.  error: 0 (GOOD) or an
 * errno of either sign; writing: also flushes, and all that changes data. */
struct outcome outcome_of_errno(int error, bool writing);

/*
 * Build fixed (SPC-4 4.5.3) or descriptor (4.5.2) sense data in buf, SENSE_MAX
 * bytes of room.  Return its length in bytes, 0 when o is not CHECK CONDITION.
 */
size_t sense_encode(const struct outcome *o, bool descriptor, uint8_t *buf);

#endif
