/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/copy_impl.h - what the files of third-party copy share.
 */
#ifndef TARGET_COPY_IMPL_H
#define TARGET_COPY_IMPL_H

#include "common/bytes.h"
#include "target/copy.h"
#include "target/guest.h"
#include "target/limits.h"

#define COPY_HEADER     16 /* bytes before the CSCD descriptors */
#define COPY_CSCD_BYTES 32
#define COPY_LIST_MAX   (COPY_HEADER + MAX_COPY_DESCRIPTORS)
#define COPY_PART_MAX   (256u << 10) /* of blocks that hold a piece of bytes */
#define COPY_EDGES      (2 * 4096u)  /* of them, what is not of the piece */
#define ROD_MOVES       (2 * MAX_ROD_RANGES)
#define ROD_TOKEN_BYTES 512

/* Descriptor type codes, SPC-4 6.4.5 and 6.4.6 */
#define COPY_BLOCK_TO_BLOCK        0x02
#define COPY_BLOCK_TO_BLOCK_OFFSET 0x0a
#define COPY_IDENTIFICATION        0xe4

/* ROD types, SPC-4 table of ROD types */
#define ROD_ACCESS_UPON_REFERENCE 0x00010000u
#define ROD_BLOCK_ZERO            0xffff0001u

#define COPY_OWN_LU 0xffff /* CSCD identifier */

/* LIST ID USAGE */
enum {
	COPY_LIST_ID_HOLD = 0,
	COPY_LIST_ID_DISCARD = 2,
	COPY_NO_LIST_ID = 3,
};

/* What RECEIVE COPY RESULTS tells of a copy.  Home thread of its nexus. */
struct copy_record {
	LIST_ENTRY(copy_record) link; /* nl->copies */
	uint64_t key;                 /* COPY_KEY_... */
	bool running;
	bool status_taken;
	uint8_t action;         /* service action of a command with tokens */
	uint16_t segments;      /* that are done */
	uint64_t bytes;         /* that are written */
	struct outcome outcome; /* when it no longer runs */
	uint8_t *token;         /* that POPULATE TOKEN made, or NULL */
};

/* List identifiers of one byte, of four bytes, and none. */
#define COPY_KEY_LID4 (UINT64_C(1) << 32)
#define COPY_KEY_NONE UINT64_MAX

/* A copy source or destination. */
struct copy_cscd {
	struct lu *lu; /* holds a reference; NULL: not one of this nexus */
	uint16_t lun;
	uint8_t peripheral_type;
};

/* One segment, all in bytes. */
struct copy_segment {
	const struct copy_cscd *from, *to; /* from NULL: zeroes */
	uint64_t from_offset, to_offset, bytes;
	bool in_parts;  /* not in whole blocks of both */
	bool overlaps;  /* what it writes is part of what it reads */
	bool backwards; /* and begins behind its beginning */
};

struct copy {
	struct task *t;
	struct copy_record *record;
	uint8_t list[COPY_LIST_MAX]; /* the parameter list */
	size_t list_bytes;
	struct copy_cscd own, cscds[MAX_COPY_CSCDS];
	unsigned cscd_count;
	uint16_t offsets[MAX_COPY_SEGMENTS]; /* of segments, in list */
	unsigned segment_count;
	struct copy_segment moves[ROD_MOVES]; /* of WRITE USING TOKEN */
	struct outcome outcome; /* once all of the segments are copied */
	/* Decode segment i and check that it can be copied now. */
	struct outcome (*decode)(
	    struct copy *c, unsigned i, struct copy_segment *out);

	unsigned at; /* number of the segment that is being copied */
	struct copy_segment segment;
	uint64_t done; /* bytes of it that are written */
	bool cloning;  /* the stores may share its blocks */
	/* The destination's blocks around a piece of a segment in parts. */
	struct buf_list around;
	struct guest source, destination;
	struct job job;
};

/* The form of the list, and who its CSCDs are: 05/1A/00, 05/26/xx. */
struct outcome copy_list_parse(struct copy *c);
/* decode() of EXTENDED COPY: 05/26/00, or COPY ABORTED. */
struct outcome copy_list_segment(
    struct copy *c, unsigned i, struct copy_segment *out);
/* COPY ABORTED because of the segment that is being copied. */
struct outcome copy_aborted(unsigned segment, uint8_t asc, uint8_t ascq);
/* Both ends are known: does it overlap? */
void copy_note_overlap(struct copy_segment *s);
/* The LU of t's nexus that a designation descriptor names; NULL: none. */
const struct nexus_lu *copy_find(
    const struct task *t, const uint8_t *designator);
/* Take a reference for cscd; nl may be NULL. */
void copy_take_cscd(struct copy_cscd *cscd, const struct nexus_lu *nl);

/* For an execute function: t's list in a copy.  NULL: t has ended, without a
 * list, which is nothing to do (SPC-4 6.4.1), with GOOD, else with BUSY. */
struct copy *copy_new(struct task *t);
/* Let c go, and end its task. */
void copy_end(struct copy *c, struct outcome o);
/* The list is parsed, or o says what is wrong with it: go, and end t. */
void copy_launch(struct copy *c, struct outcome o, uint64_t key);

/* That CSCD, if it still is one of the nexus's; else NULL. */
struct nexus_lu *copy_reach(const struct copy *c, const struct copy_cscd *cscd);

/*
 * A new record.  GOOD and *out; OPERATION IN PROGRESS when a copy with that
 * identifier runs; BUSY when too many do.
 */
struct outcome copy_record_new(
    struct nexus_lu *nl, uint64_t key, struct copy_record **out);
/* NULL: none of that key. */
struct copy_record *copy_record_find(const struct nexus_lu *nl, uint64_t key);
/* The copy has ended; aborted ones, and those without an identifier, leave
 * nothing. */
void copy_record_end(struct copy_record *record, struct outcome o);

#endif
