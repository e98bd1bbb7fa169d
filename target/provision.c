/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/provision.c - UNMAP, GET LBA STATUS.
 */
#include "target/limits.h"
#include "target/provision.h"
#include "target/sbc.h"

/* ---- UNMAP ---- */

#define UNMAP_HEADER     8
#define UNMAP_DESCRIPTOR 16
/* To unmap in one request, so that an abort does not wait for all. */
#define UNMAP_MAX_BYTES (1u << 30)

struct outcome
provision_unmap_prepare(struct task *t)
{
	task_expect_data_out(t, get_be16(t->cdb + 7), 1);
	return GOOD;
}

/* Bytes of descriptors in the list, whole ones, all of which have come. */
static struct outcome
provision_unmap_lengths(const struct task *t, uint32_t *out)
{
	uint8_t header[UNMAP_HEADER];
	uint32_t came = t->data_out_wanted, data, descriptors;

	if (came < UNMAP_HEADER)
		return PARAMETER_LIST_LENGTH;
	buf_list_read(&t->data, 0, header, sizeof(header));
	data = get_be16(header);
	descriptors = get_be16(header + 2);
	if (data + 2 > came)
		return PARAMETER_LIST_LENGTH;
	if (descriptors > 0 && descriptors + UNMAP_HEADER - 2 > data)
		return invalid_field_in_list(2, -1);
	/* SBC-3 5.28: an incomplete last descriptor is ignored. */
	*out = descriptors - descriptors % UNMAP_DESCRIPTOR;
	if (*out / UNMAP_DESCRIPTOR > MAX_UNMAP_DESCRIPTORS)
		return invalid_field_in_list(2, -1);
	return GOOD;
}

static void
provision_unmap_descriptor(
    const struct task *t, uint32_t at, uint64_t *lba, uint32_t *blocks)
{
	uint8_t descriptor[UNMAP_DESCRIPTOR];

	buf_list_read(
	    &t->data, UNMAP_HEADER + at, descriptor, sizeof(descriptor));
	*lba = get_be64(descriptor);
	*blocks = get_be32(descriptor + 8);
}

static struct outcome
provision_unmap_check(const struct task *t, uint32_t bytes)
{
	uint64_t lba, sum = 0;
	uint32_t at, blocks;
	struct outcome o;

	for (at = 0; at < bytes; at += UNMAP_DESCRIPTOR) {
		provision_unmap_descriptor(t, at, &lba, &blocks);
		o = sbc_check_within(sbc_capacity(t), lba, blocks);
		if (!outcome_good(o))
			return o;
		sum += blocks;
		if (sum > MAX_UNMAP_BLOCKS)
			return invalid_field_in_list(UNMAP_HEADER + at + 8, -1);
	}
	return GOOD;
}

/* A piece of a range and what becomes of it. */
struct unmap_piece {
	uint64_t offset, length;
	bool whole_granules;
};

/* The piece of [start, end) that begins at start. */
static struct unmap_piece
provision_unmap_piece(const struct bs_info *info, uint64_t start, uint64_t end)
{
	uint64_t granule = info->discard_granularity;
	uint64_t head = start % granule == 0 ? 0 : granule - start % granule;
	uint64_t longest = UNMAP_MAX_BYTES;
	struct unmap_piece piece = { .offset = start };

	if (info->max_discard_bytes != 0 && info->max_discard_bytes < longest)
		longest = info->max_discard_bytes;
	if (longest > granule)
		longest -= longest % granule;
	piece.whole_granules = head == 0 && end - start >= granule;
	if (piece.whole_granules)
		piece.length =
		    min_u64(end - start - (end - start) % granule, longest);
	else
		piece.length = min_u64(end - start, head == 0 ? granule : head);
	return piece;
}

/* t->step: bytes of descriptors; t->blocks: those that are done; t->cursor: the
 * offset on the medium that has been reached in the present one. */
static void
provision_unmap_next(struct task *t, int error)
{
	const struct bs_info *info = &task_lu(t)->bs->info;
	uint32_t blocks;
	uint64_t lba, end;
	struct unmap_piece piece;

	while (error == 0 && t->blocks < (uint32_t)t->step) {
		provision_unmap_descriptor(t, t->blocks, &lba, &blocks);
		end = sbc_bytes(t, lba + blocks);
		if (t->cursor < sbc_bytes(t, lba))
			t->cursor = sbc_bytes(t, lba);
		if (t->cursor >= end) {
			t->blocks += UNMAP_DESCRIPTOR;
			t->cursor = 0;
			continue;
		}
		piece = provision_unmap_piece(info, t->cursor, end);
		t->cursor += piece.length;
		if (!piece.whole_granules && !info->discard_zeroes)
			continue;
		task_io(t, piece.whole_granules ? BS_DISCARD : BS_WRITE_ZEROES,
		    piece.whole_granules ? 0 : BS_MAY_UNMAP, piece.offset,
		    piece.length, NULL, provision_unmap_next);
		return;
	}
	sbc_end_write(t, error);
}

void
provision_unmap_execute(struct task *t)
{
	uint32_t bytes = 0;
	struct outcome o = GOOD;

	/* A PARAMETER LIST LENGTH of 0 is no error (SBC-3 5.28). */
	if (t->transfer_length > 0)
		o = provision_unmap_lengths(t, &bytes);
	if (outcome_good(o))
		o = provision_unmap_check(t, bytes);
	if (!outcome_good(o)) {
		task_end(t, o);
		return;
	}
	t->step = (int)bytes;
	t->blocks = 0;
	t->cursor = 0;
	provision_unmap_next(t, 0);
}

/* ---- GET LBA STATUS ---- */

#define LBA_STATUS_HEADER      8
#define LBA_STATUS_DESCRIPTOR  16
#define LBA_STATUS_MAX         128 /* descriptors in one answer */
#define LBA_STATUS_MAPPED      0   /* PROVISIONING STATUS, SBC-3 5.4 */
#define LBA_STATUS_DEALLOCATED 1
#define EXTENT_ROOM            4096 /* bytes of scratch for struct bs_extent */

struct lba_status {
	uint8_t
	    data[LBA_STATUS_HEADER + LBA_STATUS_MAX * LBA_STATUS_DESCRIPTOR];
	unsigned count, room; /* descriptors */
	uint64_t next_lba;    /* where the next one begins */
};

static uint32_t
provision_lba_status_allocation(const struct task *t)
{
	return get_be32(t->cdb + 10);
}

struct outcome
provision_lba_status_prepare(struct task *t)
{
	t->lba = get_be64(t->cdb + 2);
	if (t->lba >= sbc_capacity(t))
		return lba_out_of_range(t->lba);
	task_expect_data_in(
	    t, (uint32_t)min_u64(provision_lba_status_allocation(t),
		   sizeof(((struct lba_status *)NULL)->data)));
	return GOOD;
}

/* Blocks up to end have this status.  What finds no room is left out. */
static void
provision_lba_status_add(struct lba_status *s, uint64_t end, uint8_t status)
{
	uint64_t blocks;
	uint8_t *p;

	while (s->next_lba < end && s->count < s->room) {
		blocks = min_u64(end - s->next_lba, UINT32_MAX);
		p = s->data + LBA_STATUS_HEADER +
		    s->count * LBA_STATUS_DESCRIPTOR;
		put_be64(p, s->next_lba);
		put_be32(p + 8, (uint32_t)blocks);
		p[12] = status;
		s->next_lba += blocks;
		s->count++;
	}
}

/*
 * A hole becomes the blocks that are wholly in it; those between it and the
 * one before are mapped.  first and end: blocks.
 */
static void
provision_lba_status_hole(struct lba_status *s, uint64_t first, uint64_t end)
{
	if (end <= first)
		return;
	provision_lba_status_add(s, first, LBA_STATUS_MAPPED);
	provision_lba_status_add(s, end, LBA_STATUS_DEALLOCATED);
}

static void
provision_lba_status_fill(struct task *t, struct lba_status *s)
{
	const struct bs_extent *e = t->io.extents;
	unsigned shift = task_lu(t)->block_shift;
	uint64_t round = sbc_block_size(t) - 1, hole, reached;
	int i, n = t->io.extents_found;

	reached = sbc_bytes(t, t->lba);
	for (i = 0; i < n; i++) {
		hole = e[i].offset;
		reached = e[i].offset + e[i].length;
		if (e[i].kind != BS_EXTENT_HOLE)
			continue;
		for (; i + 1 < n && e[i + 1].kind == BS_EXTENT_HOLE; i++)
			reached += e[i + 1].length;
		provision_lba_status_hole(
		    s, (hole + round) >> shift, reached >> shift);
	}
	provision_lba_status_add(
	    s, (reached + round) >> shift, LBA_STATUS_MAPPED);
	/* A hole of less than a block was all that the store told. */
	if (s->count == 0)
		provision_lba_status_add(s, t->lba + 1, LBA_STATUS_MAPPED);
}

static void
provision_lba_status_mapped(struct task *t, int error)
{
	uint32_t allocation = provision_lba_status_allocation(t);
	struct lba_status s = { .room = 1, .next_lba = t->lba };
	size_t length;

	if (error != 0) {
		task_end(t, outcome_of_errno(error, false));
		return;
	}
	if (allocation >= LBA_STATUS_HEADER + 2 * LBA_STATUS_DESCRIPTOR)
		s.room = (unsigned)min_u64(LBA_STATUS_MAX,
		    (allocation - LBA_STATUS_HEADER) / LBA_STATUS_DESCRIPTOR);
	provision_lba_status_fill(t, &s);
	length = LBA_STATUS_HEADER + s.count * LBA_STATUS_DESCRIPTOR;
	put_be32(s.data, (uint32_t)(length - 4));
	task_reply(t, s.data, length, allocation);
}

void
provision_lba_status_execute(struct task *t)
{
	uint64_t blocks = sbc_capacity(t) - t->lba;

	if (!sbc_take_scratch(t, EXTENT_ROOM))
		return;
	t->io.extents = t->scratch.iov[0].iov_base;
	t->io.max_extents = EXTENT_ROOM / sizeof(struct bs_extent);
	task_io(t, BS_MAP, 0, sbc_bytes(t, t->lba), sbc_bytes(t, blocks), NULL,
	    provision_lba_status_mapped);
}
