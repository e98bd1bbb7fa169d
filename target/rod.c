/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/rod.c - copies by token.
 *
 * A token, all big-endian:
 *
 *	0	ROD type, 0, length of what follows
 *	8	check number over all that follows
 *	16	CSCD descriptor of the LU, with its NAA designator
 *	48	bytes that it stands for, as 16 bytes
 *	128	how many ranges
 *	132	the ranges, 12 bytes each: LBA, blocks
 */
#include "target/rod.h"

#include <stdlib.h>
#include <string.h>

#include "target/copy_impl.h"
#include "target/medium.h"
#include "target/sbc.h"
#include "target/task_set.h"
#include "target/vpd.h"

#define TOKEN_CHECK  8
#define TOKEN_CSCD   16
#define TOKEN_BYTES  56 /* the low half */
#define TOKEN_COUNT  128
#define TOKEN_RANGES 132
#define TOKEN_REST   0x01f8
#define RANGE_BYTES  12

/* Parameter lists */
#define LIST_RANGE      16 /* bytes of a range descriptor */
#define POPULATE_HEADER 16
#define POPULATE_TYPE   8
#define POPULATE_RTV    0x02
#define WRITE_HEADER    536
#define WRITE_OFFSET    8
#define WRITE_TOKEN     16

#define RECEIVE_ROD_TOKEN 0x07 /* service action */
#define RRTI_HEADER       32
#define TOKEN_DATA_MAX    (RRTI_HEADER + SENSE_MAX + 4 + 2 + ROD_TOKEN_BYTES)

#define INVALID_TOKEN_OPERATION CHECK(SENSE_ILLEGAL_REQUEST, 0x23, 0x00)
#define UNSUPPORTED_TOKEN_TYPE  CHECK(SENSE_ILLEGAL_REQUEST, 0x23, 0x01)
#define TOKEN_UNKNOWN           CHECK(SENSE_ILLEGAL_REQUEST, 0x23, 0x04)
#define INVALID_TOKEN_LENGTH    CHECK(SENSE_ILLEGAL_REQUEST, 0x23, 0x0a)
#define DATA_UNDERRUN           CHECK(SENSE_COPY_ABORTED, 0x0d, 0x04)
#define TOO_MANY_RANGES         CHECK(SENSE_ILLEGAL_REQUEST, 0x26, 0x08)

/* Ranges of one LU, in blocks. */
struct rod {
	unsigned count;
	uint64_t blocks; /* of all */
	struct {
		uint64_t lba, blocks;
	} range[MAX_ROD_RANGES];
};

static bool
rod_is_write(const struct task *t)
{
	return (t->cdb[1] & 0x1f) == 0x11;
}

static unsigned
rod_header(const struct task *t)
{
	return rod_is_write(t) ? WRITE_HEADER : POPULATE_HEADER;
}

static uint64_t
rod_key(const uint8_t *list_id)
{
	return COPY_KEY_LID4 | get_be32(list_id);
}

struct outcome
rod_prepare(struct task *t)
{
	uint32_t bytes = get_be32(t->cdb + 10);

	if (rod_is_write(t) &&
	    (t->nl->read_only || lu_is_write_protected(t->nl->lu)))
		return WRITE_PROTECTED;
	if (bytes > COPY_LIST_MAX)
		return PARAMETER_LIST_LENGTH;
	task_expect_data_out(t, bytes, 1);
	if (t->data_out_wanted < bytes)
		return PARAMETER_LIST_LENGTH;
	return GOOD;
}

/* ---- ranges ---- */

static bool
rod_overlaps(const struct rod *r, uint64_t lba, uint64_t blocks)
{
	unsigned i;

	for (i = 0; i < r->count; i++)
		if (blocks > 0 && r->range[i].blocks > 0 &&
		    lba < r->range[i].lba + r->range[i].blocks &&
		    r->range[i].lba < lba + blocks)
			return true;
	return false;
}

static struct outcome
rod_add_range(struct rod *r, const struct lu *lu, uint64_t lba, uint64_t blocks,
    unsigned at)
{
	struct outcome o = sbc_check_within(
	    atomic_load_explicit(&lu->blocks, memory_order_relaxed), lba,
	    blocks);

	if (!outcome_good(o))
		return o;
	if (rod_overlaps(r, lba, blocks))
		return invalid_field_in_list(at, -1);
	r->range[r->count].lba = lba;
	r->range[r->count++].blocks = blocks;
	r->blocks += blocks;
	return GOOD;
}

/* The block device range descriptors at the end of a list.  One that is not
 * there whole is ignored. */
static struct outcome
rod_parse_ranges(const struct copy *c, struct rod *r)
{
	const struct lu *lu = c->t->nl->lu;
	unsigned at = rod_header(c->t), count, i;
	unsigned bytes = get_be16(c->list + at - 2);
	const uint8_t *p = c->list + at;
	struct outcome o = GOOD;

	if (bytes < LIST_RANGE)
		return invalid_field_in_list(at - 2, -1);
	count = (unsigned)min_u64(bytes, c->list_bytes - at) / LIST_RANGE;
	if (count > MAX_ROD_RANGES)
		return TOO_MANY_RANGES;
	for (i = 0; i < count && outcome_good(o); i++, p += LIST_RANGE)
		o = rod_add_range(
		    r, lu, get_be64(p), get_be32(p + 8), at + i * LIST_RANGE);
	if (outcome_good(o) && r->blocks > MAX_ROD_BYTES >> lu->block_shift)
		return invalid_field_in_list(at - 2, -1);
	return o;
}

static struct outcome
rod_parse_list(const struct copy *c, struct rod *r)
{
	unsigned header = rod_header(c->t);

	if (c->list_bytes < header)
		return PARAMETER_LIST_LENGTH;
	if (get_be16(c->list) + 2u < header + LIST_RANGE)
		return invalid_field_in_list(0, -1);
	return rod_parse_ranges(c, r);
}

/* ---- tokens ---- */

/* FNV-1a: finds what was damaged, not what was forged; see rod.h. */
static uint64_t
rod_check_number(const uint8_t *token)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	unsigned i;

	for (i = TOKEN_CSCD; i < ROD_TOKEN_BYTES; i++)
		h = (h ^ token[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void
rod_make_token(const struct rod *r, const struct lu *lu, uint8_t *token)
{
	uint8_t *cscd = token + TOKEN_CSCD, *p = token + TOKEN_RANGES;
	unsigned i;

	put_be32(token, ROD_ACCESS_UPON_REFERENCE);
	put_be16(token + 6, TOKEN_REST);
	cscd[0] = COPY_IDENTIFICATION;
	vpd_naa_of_lu(&lu->identity, cscd + 4);
	put_be24(cscd + 29, 1u << lu->block_shift);
	put_be64(token + TOKEN_BYTES, r->blocks << lu->block_shift);
	put_be32(token + TOKEN_COUNT, r->count);
	for (i = 0; i < r->count; i++, p += RANGE_BYTES) {
		put_be64(p, r->range[i].lba);
		put_be32(p + 8, (uint32_t)r->range[i].blocks);
	}
	put_be64(token + TOKEN_CHECK, rod_check_number(token));
}

/* What a token stands for, and where that is. */
static struct outcome
rod_parse_token(struct copy *c, const uint8_t *token, struct rod *r)
{
	const uint8_t *p = token + TOKEN_RANGES;
	unsigned count = get_be32(token + TOKEN_COUNT), i;
	const struct nexus_lu *nl;
	struct outcome o = GOOD;

	if (get_be64(token + TOKEN_CHECK) != rod_check_number(token) ||
	    count > MAX_ROD_RANGES)
		return TOKEN_UNKNOWN;
	nl = copy_find(c->t, token + TOKEN_CSCD + 4);
	if (nl == NULL)
		return TOKEN_UNKNOWN;
	if (nl->lu->block_shift != c->t->nl->lu->block_shift)
		return INVALID_TOKEN_OPERATION;
	copy_take_cscd(&c->cscds[0], nl);
	c->cscd_count = 1;
	for (i = 0; i < count && outcome_good(o); i++, p += RANGE_BYTES)
		o = rod_add_range(
		    r, nl->lu, get_be64(p), get_be32(p + 8), WRITE_TOKEN);
	return outcome_good(o) ? GOOD : TOKEN_UNKNOWN;
}

/* ---- POPULATE TOKEN ---- */

static struct outcome
rod_check_type(const uint8_t *list)
{
	if ((list[2] & POPULATE_RTV) != 0 &&
	    get_be32(list + POPULATE_TYPE) != ROD_ACCESS_UPON_REFERENCE)
		return invalid_field_in_list(POPULATE_TYPE, -1);
	return GOOD;
}

static struct outcome
rod_keep_token(struct copy *c, const struct rod *r)
{
	struct task *t = c->t;
	struct outcome o =
	    copy_record_new(t->nl, rod_key(t->cdb + 6), &c->record);

	if (!outcome_good(o))
		return o;
	c->record->action = t->cdb[1] & 0x1f;
	c->record->bytes = r->blocks << t->nl->lu->block_shift;
	c->record->token = calloc(1, ROD_TOKEN_BYTES);
	if (c->record->token == NULL)
		return BUSY;
	rod_make_token(r, t->nl->lu, c->record->token);
	return GOOD;
}

void
rod_populate_execute(struct task *t)
{
	struct copy *c = copy_new(t);
	struct rod r = { 0 };
	struct outcome o;

	if (c == NULL)
		return;
	o = rod_parse_list(c, &r);
	if (outcome_good(o))
		o = rod_check_type(c->list);
	if (outcome_good(o))
		o = rod_keep_token(c, &r);
	copy_end(c, o);
}

/* ---- WRITE USING TOKEN ---- */

static struct outcome
rod_check_end(const struct copy *c, unsigned i, const struct copy_cscd *cscd,
    uint64_t end, unsigned flags)
{
	struct nexus_lu *nl = copy_reach(c, cscd);
	struct outcome o;
	uint64_t capacity;

	if (nl == NULL)
		return copy_aborted(i, 0x08, 0x04);
	o = task_check_access(nl, flags);
	if (outcome_good(o))
		o = medium_condition(nl->lu);
	capacity = atomic_load_explicit(&nl->lu->blocks, memory_order_relaxed);
	if (!outcome_good(o) || end >> nl->lu->block_shift > capacity)
		return copy_aborted(i, 0x0d, 0x02);
	return GOOD;
}

static struct outcome
rod_decode(struct copy *c, unsigned i, struct copy_segment *s)
{
	struct outcome o = GOOD;

	*s = c->moves[i];
	if (s->from != NULL)
		o = rod_check_end(
		    c, i, s->from, s->from_offset + s->bytes, CMD_READS_MEDIUM);
	if (outcome_good(o))
		o = rod_check_end(
		    c, i, s->to, s->to_offset + s->bytes, CMD_WRITES_MEDIUM);
	return o;
}

/* The next segment of the copy: both places advance by its blocks. */
static void
rod_move(struct copy *c, const struct copy_cscd *from, uint64_t from_lba,
    uint64_t to_lba, uint64_t blocks)
{
	unsigned shift = c->t->nl->lu->block_shift;
	struct copy_segment *s = &c->moves[c->segment_count++];

	s->from = from;
	s->to = &c->own;
	s->from_offset = from_lba << shift;
	s->to_offset = to_lba << shift;
	s->bytes = blocks << shift;
	if (from != NULL)
		copy_note_overlap(s);
}

/* From the block at skip of rod on, fill the ranges of to. */
static void
rod_plan(
    struct copy *c, const struct rod *rod, uint64_t skip, const struct rod *to)
{
	unsigned i = 0, j;
	uint64_t done, piece;

	for (j = 0; j < to->count; j++) {
		for (done = 0; done < to->range[j].blocks; done += piece) {
			while (skip >= rod->range[i].blocks)
				skip -= rod->range[i++].blocks;
			piece = min_u64(to->range[j].blocks - done,
			    rod->range[i].blocks - skip);
			rod_move(c, &c->cscds[0], rod->range[i].lba + skip,
			    to->range[j].lba + done, piece);
			skip += piece;
		}
	}
}

static void
rod_plan_zeroes(struct copy *c, const struct rod *to)
{
	unsigned j;

	for (j = 0; j < to->count; j++)
		rod_move(c, NULL, 0, to->range[j].lba, to->range[j].blocks);
}

/* What is beyond so many blocks is left out, and that is told in the end: the
 * residual of SBC-4 4.28.2. */
static void
rod_cut(struct copy *c, struct rod *r, uint64_t blocks)
{
	unsigned i;

	if (r->blocks <= blocks)
		return;
	c->outcome = DATA_UNDERRUN;
	c->outcome.has_information = true;
	c->outcome.information = blocks;
	for (i = 0; i < r->count; i++) {
		r->range[i].blocks = min_u64(r->range[i].blocks, blocks);
		blocks -= r->range[i].blocks;
	}
}

static struct outcome
rod_parse_write(struct copy *c)
{
	const uint8_t *token = c->list + WRITE_TOKEN;
	uint64_t skip = get_be64(c->list + WRITE_OFFSET);
	struct rod rod = { 0 }, to = { 0 };
	struct outcome o = rod_parse_list(c, &to);

	if (!outcome_good(o))
		return o;
	if (get_be16(token + 6) != TOKEN_REST)
		return INVALID_TOKEN_LENGTH;
	copy_take_cscd(&c->own, c->t->nl);
	if (get_be32(token) == ROD_BLOCK_ZERO) {
		rod_plan_zeroes(c, &to);
		return GOOD;
	}
	if (get_be32(token) != ROD_ACCESS_UPON_REFERENCE)
		return UNSUPPORTED_TOKEN_TYPE;
	o = rod_parse_token(c, token, &rod);
	if (!outcome_good(o))
		return o;
	if (skip >= rod.blocks)
		return invalid_field_in_list(WRITE_OFFSET, -1);
	rod_cut(c, &to, rod.blocks - skip);
	rod_plan(c, &rod, skip, &to);
	return GOOD;
}

void
rod_write_execute(struct task *t)
{
	struct copy *c = copy_new(t);

	if (c == NULL)
		return;
	c->decode = rod_decode;
	copy_launch(c, rod_parse_write(c), rod_key(t->cdb + 6));
}

/* ---- RECEIVE ROD TOKEN INFORMATION, RECEIVE COPY STATUS(LID4) ---- */

struct outcome
rod_information_prepare(struct task *t)
{
	task_expect_data_in(
	    t, (uint32_t)min_u64(get_be32(t->cdb + 10), TOKEN_DATA_MAX));
	return GOOD;
}

/* COPY OPERATION STATUS */
static uint8_t
rod_status(const struct copy_record *record)
{
	const struct outcome *o = &record->outcome, left_out = DATA_UNDERRUN;

	if (record->running)
		return 0x11; /* in the foreground */
	if (o->asc == left_out.asc && o->ascq == left_out.ascq)
		return 0x03;
	return outcome_good(*o) ? 0x01 : 0x02;
}

static size_t
rod_put_sense(const struct copy_record *record, uint8_t *data)
{
	size_t sense;

	if (record->running)
		return 0;
	sense = sense_encode(&record->outcome, false, data + RRTI_HEADER);
	data[12] = record->outcome.status;
	data[13] = (uint8_t)align_up(sense, 4); /* the field, and the data */
	data[14] = (uint8_t)sense;
	return data[13];
}

static size_t
rod_put_token(const struct copy_record *record, uint8_t *p)
{
	if (record->token == NULL || !outcome_good(record->outcome))
		return 4;
	put_be32(p, 2 + ROD_TOKEN_BYTES);
	memcpy(p + 6, record->token, ROD_TOKEN_BYTES);
	return 6 + ROD_TOKEN_BYTES;
}

/* What both begin with; the length. */
static size_t
rod_put_status(
    const struct copy_record *record, const struct lu *lu, uint8_t *data)
{
	data[4] = record->action;
	data[5] = rod_status(record);
	put_be16(data + 6, 1); /* OPERATION COUNTER */
	/* No idea when to ask again; no need to. */
	put_be32(data + 8, record->running ? UINT32_MAX : UINT32_MAX - 1);
	data[15] = 0xf1; /* logical blocks */
	put_be64(data + 16, record->bytes >> lu->block_shift);
	return RRTI_HEADER + rod_put_sense(record, data);
}

void
rod_information_execute(struct task *t)
{
	const struct copy_record *record =
	    copy_record_find(t->nl, rod_key(t->cdb + 2));
	uint8_t data[TOKEN_DATA_MAX] = { 0 };
	size_t length;

	if (record == NULL) {
		task_end(t, invalid_field_in_cdb(2, -1));
		return;
	}
	length = rod_put_status(record, t->nl->lu, data);
	if ((t->cdb[1] & 0x1f) == RECEIVE_ROD_TOKEN)
		length += rod_put_token(record, data + length);
	put_be32(data, (uint32_t)length - 4);
	task_reply(t, data, length, get_be32(t->cdb + 10));
}
