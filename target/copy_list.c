/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/copy_list.c - the parameter list of EXTENDED COPY(LID1), SPC-4 6.4.
 */
#include <string.h>

#include "target/copy_impl.h"
#include "target/medium.h"
#include "target/task_set.h"
#include "target/vpd.h"

#define DIRECT_ACCESS 0x00

/* Segment descriptors: all that are known have their fields at these places. */
#define SEGMENT_SOURCE             4
#define SEGMENT_DESTINATION        6
#define SEGMENT_BYTES              8  /* 0Ah */
#define SEGMENT_BLOCKS             10 /* 02h */
#define SEGMENT_SOURCE_LBA         12
#define SEGMENT_DESTINATION_LBA    20
#define SEGMENT_SOURCE_BYTE        28 /* 0Ah */
#define SEGMENT_DESTINATION_BYTE   30
#define SEGMENT_COUNTS_DESTINATION 0x02 /* DC, in byte 1 */

#define TOO_MANY_CSCDS       CHECK(SENSE_ILLEGAL_REQUEST, 0x26, 0x06)
#define UNKNOWN_CSCD_TYPE    CHECK(SENSE_ILLEGAL_REQUEST, 0x26, 0x07)
#define TOO_MANY_SEGMENTS    CHECK(SENSE_ILLEGAL_REQUEST, 0x26, 0x08)
#define UNKNOWN_SEGMENT_TYPE CHECK(SENSE_ILLEGAL_REQUEST, 0x26, 0x09)
#define TOO_MUCH_INLINE_DATA CHECK(SENSE_ILLEGAL_REQUEST, 0x26, 0x0b)

struct outcome
copy_aborted(unsigned segment, uint8_t asc, uint8_t ascq)
{
	struct outcome o = CHECK(SENSE_COPY_ABORTED, asc, ascq);

	o.has_segment = true;
	o.segment = (uint16_t)segment;
	return o;
}

/* The same with a pointer to the field of the segment descriptor. */
static struct outcome
copy_aborted_at(unsigned segment, uint8_t asc, uint8_t ascq, unsigned field)
{
	struct outcome o = copy_aborted(segment, asc, ascq);

	o.has_field = true;
	o.in_segment = true;
	o.field = (uint16_t)field;
	return o;
}

/* ---- who is meant ---- */

/* Does this designation descriptor, as VPD page 83h has it, say the same as
 * the one in a CSCD descriptor? */
static bool
copy_is_same_designator(const uint8_t *vpd, const uint8_t *cscd)
{
	return (cscd[0] & 0x0f) == (vpd[0] & 0x0f) &&
	       (cscd[1] & 0x3f) == (vpd[1] & 0x3f) && cscd[3] == vpd[3] &&
	       memcmp(cscd + 4, vpd + 4, vpd[3]) == 0;
}

static bool
copy_designates(const uint8_t *designator, const struct lu *lu)
{
	uint8_t vpd[VPD_MAX] = { 0 };
	size_t length = vpd_designators_of_lu(&lu->identity, vpd), i;

	if (designator[3] > COPY_CSCD_BYTES - 12)
		return false;
	for (i = 0; i < length; i += 4 + (size_t)vpd[i + 3])
		if (copy_is_same_designator(vpd + i, designator))
			return true;
	return false;
}

/* Of several LUNs of the one LU, that of the command itself is preferred: it
 * may be the one that is not read-only. */
const struct nexus_lu *
copy_find(const struct task *t, const uint8_t *designator)
{
	const struct nexus *n = t->nexus;
	unsigned i;

	if (copy_designates(designator, t->nl->lu))
		return t->nl;
	for (i = 0; i < n->lu_count; i++)
		if (copy_designates(designator, n->lus[i]->lu))
			return n->lus[i];
	return NULL;
}

void
copy_take_cscd(struct copy_cscd *cscd, const struct nexus_lu *nl)
{
	if (nl == NULL)
		return;
	cscd->lu = nl->lu;
	cscd->lun = nl->lun;
	lu_ref(cscd->lu);
}

struct nexus_lu *
copy_reach(const struct copy *c, const struct copy_cscd *cscd)
{
	uint64_t flat = UINT64_C(0x4000) | cscd->lun;
	struct nexus_lu *nl;

	if (cscd->lu == NULL)
		return NULL;
	nl = nexus_find_lu(c->t->nexus, flat << 48);
	return nl != NULL && nl->lu == cscd->lu ? nl : NULL;
}

/* ---- the list ---- */

static struct outcome
copy_parse_cscd(struct copy *c, unsigned i)
{
	unsigned at = COPY_HEADER + i * COPY_CSCD_BYTES;
	const uint8_t *p = c->list + at;
	struct copy_cscd *cscd = &c->cscds[i];

	if (p[0] != COPY_IDENTIFICATION)
		return UNKNOWN_CSCD_TYPE;
	cscd->peripheral_type = p[1] & 0x1f;
	copy_take_cscd(cscd, copy_find(c->t, p + 4));
	if (cscd->lu == NULL || cscd->peripheral_type != DIRECT_ACCESS)
		return GOOD;
	if (get_be24(p + 29) != 1u << cscd->lu->block_shift)
		return invalid_field_in_list(at + 29, -1);
	return GOOD;
}

static struct outcome
copy_parse_cscds(struct copy *c, size_t bytes)
{
	struct outcome o = GOOD;

	if (bytes / COPY_CSCD_BYTES > MAX_COPY_CSCDS)
		return TOO_MANY_CSCDS;
	if (bytes % COPY_CSCD_BYTES != 0)
		return invalid_field_in_list(2, -1);
	while (c->cscd_count < bytes / COPY_CSCD_BYTES && outcome_good(o))
		o = copy_parse_cscd(c, c->cscd_count++);
	return o;
}

/* Bytes of a segment descriptor of that type; 0: unknown. */
static unsigned
copy_segment_bytes(uint8_t type)
{
	if (type == COPY_BLOCK_TO_BLOCK)
		return 28;
	return type == COPY_BLOCK_TO_BLOCK_OFFSET ? 32 : 0;
}

static struct outcome
copy_parse_segments(struct copy *c, size_t at, size_t end)
{
	unsigned bytes;

	for (; at < end; at += bytes) {
		bytes = copy_segment_bytes(c->list[at]);
		if (bytes == 0)
			return UNKNOWN_SEGMENT_TYPE;
		if (bytes > end - at)
			return invalid_field_in_list(8, -1);
		if (get_be16(c->list + at + 2) != bytes - 4)
			return invalid_field_in_list((unsigned)at + 2, -1);
		if (c->segment_count == MAX_COPY_SEGMENTS)
			return TOO_MANY_SEGMENTS;
		c->offsets[c->segment_count++] = (uint16_t)at;
	}
	return GOOD;
}

static struct outcome
copy_parse_header(const struct copy *c)
{
	unsigned usage = c->list[1] >> 3 & 3;

	if (usage == 1)
		return invalid_field_in_list(1, 4);
	if (usage == COPY_NO_LIST_ID && c->list[0] != 0)
		return invalid_field_in_list(0, -1);
	if (get_be32(c->list + 12) != 0)
		return TOO_MUCH_INLINE_DATA;
	return GOOD;
}

struct outcome
copy_list_parse(struct copy *c)
{
	uint64_t cscds = get_be16(c->list + 2);
	uint64_t segments = get_be32(c->list + 8);
	size_t at = COPY_HEADER + (size_t)cscds;
	struct outcome o;

	if (c->list_bytes < COPY_HEADER ||
	    cscds + segments > c->list_bytes - COPY_HEADER)
		return PARAMETER_LIST_LENGTH;
	copy_take_cscd(&c->own, c->t->nl);
	o = copy_parse_header(c);
	if (outcome_good(o))
		o = copy_parse_cscds(c, (size_t)cscds);
	if (outcome_good(o))
		o = copy_parse_segments(c, at, at + (size_t)segments);
	return o;
}

/* ---- one segment ---- */

/* The CSCD that the field of a segment descriptor names; NULL: none. */
static const struct copy_cscd *
copy_segment_cscd(const struct copy *c, const uint8_t *field)
{
	unsigned id = get_be16(field);

	if (id == COPY_OWN_LU)
		return &c->own;
	return id < c->cscd_count ? &c->cscds[id] : NULL;
}

/* May this nexus do with it what the segment asks for? */
static struct outcome
copy_check_cscd(
    struct copy *c, unsigned i, const struct copy_cscd *cscd, unsigned field)
{
	unsigned access =
	    field == SEGMENT_SOURCE ? CMD_READS_MEDIUM : CMD_WRITES_MEDIUM;
	struct nexus_lu *nl;
	struct outcome o;

	nl = cscd == NULL ? NULL : copy_reach(c, cscd);
	if (nl == NULL)
		return copy_aborted_at(i, 0x08, 0x04, field);
	if (cscd->peripheral_type != DIRECT_ACCESS)
		return copy_aborted_at(i, 0x0d, 0x03, field);
	o = task_check_access(nl, access);
	if (outcome_good(o))
		o = medium_condition(nl->lu);
	if (!outcome_good(o))
		return copy_aborted_at(i, 0x0d, 0x02, field);
	return GOOD;
}

static bool
copy_counts_bytes(const uint8_t *p)
{
	return p[0] == COPY_BLOCK_TO_BLOCK_OFFSET;
}

static uint64_t
copy_segment_length(const uint8_t *p, const struct copy_segment *s)
{
	const struct lu *counted = s->from->lu;

	if (copy_counts_bytes(p))
		return get_be32(p + SEGMENT_BYTES);
	if (p[1] & SEGMENT_COUNTS_DESTINATION)
		counted = s->to->lu;
	return (uint64_t)get_be16(p + SEGMENT_BLOCKS) << counted->block_shift;
}

static struct outcome
copy_check_length(const struct copy *c, unsigned i, uint64_t bytes)
{
	unsigned at = c->offsets[i];

	if (bytes <= MAX_COPY_SEGMENT_BYTES)
		return GOOD;
	return invalid_field_in_list(
	    at + (copy_counts_bytes(c->list + at) ? SEGMENT_BYTES
						  : SEGMENT_BLOCKS),
	    -1);
}

/* Where the fields of one end of a segment are. */
struct copy_place_fields {
	unsigned lba, byte;
};

static const struct copy_place_fields copy_source_fields = { SEGMENT_SOURCE_LBA,
	SEGMENT_SOURCE_BYTE };
static const struct copy_place_fields copy_destination_fields = {
	SEGMENT_DESTINATION_LBA, SEGMENT_DESTINATION_BYTE
};

/* Where in the first block of lu it begins. */
static struct outcome
copy_check_byte(const struct copy *c, unsigned i, const struct lu *lu,
    unsigned field, uint64_t *byte)
{
	unsigned at = c->offsets[i];

	*byte = 0;
	if (!copy_counts_bytes(c->list + at))
		return GOOD;
	*byte = get_be16(c->list + at + field);
	return *byte >> lu->block_shift == 0
		   ? GOOD
		   : invalid_field_in_list(at + field, -1);
}

/* Are all of the bytes there?  Then offset is where.  0D/01 would say as much
 * as 0D/02; initiators, iscsi-test-cu among them, take what is not there for
 * this. */
static struct outcome
copy_check_range(struct copy *c, unsigned i, const struct lu *lu,
    uint64_t bytes, struct copy_place_fields fields, uint64_t *offset)
{
	const uint8_t *p = c->list + c->offsets[i];
	uint64_t lba = get_be64(p + fields.lba), byte, blocks, capacity;
	struct outcome o = copy_check_byte(c, i, lu, fields.byte, &byte);

	if (!outcome_good(o))
		return o;
	blocks =
	    align_up(byte + bytes, 1u << lu->block_shift) >> lu->block_shift;
	if (!copy_counts_bytes(p) && blocks << lu->block_shift != bytes)
		return copy_aborted(i, 0x26, 0x0a);
	capacity = atomic_load_explicit(&lu->blocks, memory_order_relaxed);
	if (lba > capacity || blocks > capacity - lba)
		return copy_aborted_at(i, 0x0d, 0x02, fields.lba);
	*offset = (lba << lu->block_shift) + byte;
	return GOOD;
}

void
copy_note_overlap(struct copy_segment *s)
{
	s->overlaps = s->from->lu == s->to->lu &&
		      s->to_offset < s->from_offset + s->bytes &&
		      s->from_offset < s->to_offset + s->bytes;
	s->backwards = s->overlaps && s->to_offset > s->from_offset;
}

/* offset: or bytes, or both at once. */
static bool
copy_is_whole(const struct copy_cscd *cscd, uint64_t offset)
{
	return (offset & ((1u << cscd->lu->block_shift) - 1)) == 0;
}

static struct outcome
copy_check_ranges(struct copy *c, unsigned i, struct copy_segment *s)
{
	struct outcome o = copy_check_range(
	    c, i, s->from->lu, s->bytes, copy_source_fields, &s->from_offset);

	if (outcome_good(o))
		o = copy_check_range(c, i, s->to->lu, s->bytes,
		    copy_destination_fields, &s->to_offset);
	copy_note_overlap(s);
	s->in_parts = !copy_is_whole(s->from, s->from_offset | s->bytes) ||
		      !copy_is_whole(s->to, s->to_offset | s->bytes);
	return o;
}

struct outcome
copy_list_segment(struct copy *c, unsigned i, struct copy_segment *s)
{
	const uint8_t *p = c->list + c->offsets[i];
	struct outcome o;

	memset(s, 0, sizeof *s);
	s->from = copy_segment_cscd(c, p + SEGMENT_SOURCE);
	s->to = copy_segment_cscd(c, p + SEGMENT_DESTINATION);
	o = copy_check_cscd(c, i, s->from, SEGMENT_SOURCE);
	if (outcome_good(o))
		o = copy_check_cscd(c, i, s->to, SEGMENT_DESTINATION);
	if (!outcome_good(o))
		return o;
	s->bytes = copy_segment_length(p, s);
	o = copy_check_length(c, i, s->bytes);
	return outcome_good(o) ? copy_check_ranges(c, i, s) : o;
}
