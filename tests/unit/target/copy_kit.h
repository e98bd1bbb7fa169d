/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/copy_kit.h - two LUs of one target, and copies over them.
 *
 * Kit a's nexuses see its LU as LUN 0 and kit b's as LUN 1.  Of kit b only the
 * store and the LU are used.
 */
#ifndef TESTS_UNIT_TARGET_COPY_KIT_H
#define TESTS_UNIT_TARGET_COPY_KIT_H

#include "target/copy_impl.h"
#include "tests/unit/target/block.h"

#define COPY_BLOCKS 8192 /* of 512 bytes: 4 MiB */

struct copy_kit {
	struct kit *a, *b;
};

enum copy_map { COPY_BOTH, COPY_B_READ_ONLY, COPY_ONLY_A };

/* Every nexus of a gets that map; no attention is left. */
static inline void
copy_kit_map(struct copy_kit *r, enum copy_map map)
{
	struct target *target = target_new("iqn.2026-01.test:target", "");
	unsigned i, l;

	if (!target_add_lun(target, 0, r->a->lu, false, NULL, 0))
		CU_FAIL("LUN 0");
	if (map != COPY_ONLY_A && !target_add_lun(target, 1, r->b->lu,
				      map == COPY_B_READ_ONLY, NULL, 0))
		CU_FAIL("LUN 1");
	for (i = 0; i < KIT_HOMES; i++) {
		kit_enter(r->a, i);
		if (!nexus_remap(r->a->nexus[i], target))
			CU_FAIL("memory");
		for (l = 0; l < r->a->nexus[i]->lu_count; l++)
			while (!outcome_good(
			    nexus_lu_take_attention(r->a->nexus[i]->lus[l])))
				;
	}
	kit_enter(r->a, 0);
	target_unref(r->a->target);
	r->a->target = target;
}

/* Options of LUN 1, whose block_size may differ. */
static inline struct copy_kit
copy_kit_new_with(struct kit_options b)
{
	struct copy_kit r = { 0 };
	unsigned i;

	b.number = 1;
	if (b.blocks == 0)
		b.blocks = COPY_BLOCKS;
	r.a = kit_new_with(&(struct kit_options){ .blocks = COPY_BLOCKS });
	r.b = kit_new_with(&b);
	for (i = 0; i < KIT_HOMES; i++)
		kit_detach(r.b, i);
	copy_kit_map(&r, COPY_BOTH);
	return r;
}

static inline struct copy_kit
copy_kit_new(void)
{
	return copy_kit_new_with((struct kit_options){ 0 });
}

static inline void
copy_kit_free(struct copy_kit *r)
{
	kit_free(r->a);
	kit_free(r->b);
}

/* ---- parameter lists ---- */

struct copy_list {
	uint8_t b[2 * COPY_LIST_MAX];
	uint32_t length;
};

/* Without a list identifier: nothing is kept of it. */
static inline struct copy_list
copy_list(void)
{
	struct copy_list l = { .length = COPY_HEADER };

	l.b[1] = COPY_NO_LIST_ID << 3;
	return l;
}

static inline struct copy_list
copy_list_of(uint8_t list_id)
{
	struct copy_list l = { .length = COPY_HEADER };

	l.b[0] = list_id;
	return l;
}

/* All of these come before the segments.  By its NAA designator. */
static inline uint8_t *
copy_add_lu(struct copy_list *l, const struct lu *lu)
{
	uint8_t *p = l->b + l->length;

	p[0] = COPY_IDENTIFICATION;
	p[4] = 1;
	p[5] = 3;
	p[7] = 16;
	put_be64(p + 8, lu->identity.naa[0]);
	put_be64(p + 16, lu->identity.naa[1]);
	put_be24(p + 29, 1u << lu->block_shift);
	l->length += COPY_CSCD_BYTES;
	put_be16(l->b + 2, (uint16_t)(get_be16(l->b + 2) + COPY_CSCD_BYTES));
	return p;
}

static inline uint8_t *
copy_add_segment(struct copy_list *l, uint8_t type, uint16_t bytes,
    uint16_t from, uint16_t to, uint64_t from_lba, uint64_t to_lba)
{
	uint8_t *p = l->b + l->length;

	p[0] = type;
	put_be16(p + 2, bytes - 4);
	put_be16(p + 4, from);
	put_be16(p + 6, to);
	put_be64(p + 12, from_lba);
	put_be64(p + 20, to_lba);
	l->length += bytes;
	put_be32(l->b + 8, get_be32(l->b + 8) + bytes);
	return p;
}

static inline uint8_t *
copy_add_blocks(struct copy_list *l, uint16_t from, uint16_t to,
    uint16_t blocks, uint64_t from_lba, uint64_t to_lba)
{
	uint8_t *p = copy_add_segment(
	    l, COPY_BLOCK_TO_BLOCK, 28, from, to, from_lba, to_lba);

	put_be16(p + 10, blocks);
	return p;
}

static inline uint8_t *
copy_add_bytes(struct copy_list *l, uint16_t from, uint16_t to, uint32_t bytes,
    uint64_t from_lba, uint64_t to_lba)
{
	uint8_t *p = copy_add_segment(
	    l, COPY_BLOCK_TO_BLOCK_OFFSET, 32, from, to, from_lba, to_lba);

	put_be32(p + 8, bytes);
	return p;
}

/* The two LUs as CSCDs 0 and 1, and one segment from a to b. */
static inline struct copy_list
copy_list_a_to_b(const struct copy_kit *r, struct copy_list l, uint16_t blocks)
{
	copy_add_lu(&l, r->a->lu);
	copy_add_lu(&l, r->b->lu);
	copy_add_blocks(&l, 0, 1, blocks, 0, 0);
	return l;
}

/* ---- commands ---- */

static inline struct block_cdb
copy_cdb(uint32_t length)
{
	struct block_cdb cdb = { { 0x83 } };

	put_be32(cdb.b + 10, length);
	return cdb;
}

static inline struct kit_result
copy_send(struct copy_kit *r, const struct copy_list *l)
{
	return kit_run(r->a, copy_cdb(l->length).b, l->b, l->length, 0);
}

/* RECEIVE COPY RESULTS of nexus 0. */
static inline struct kit_result
copy_ask(struct copy_kit *r, uint8_t action, uint8_t list_id)
{
	struct block_cdb cdb = { { 0x84, action, list_id } };

	put_be32(cdb.b + 10, 1024);
	return kit_run(r->a, cdb.b, NULL, 0, 1024);
}

/* Start it at nexus 0; the store that holds decides how it goes on. */
static inline struct kit_task *
copy_start(struct copy_kit *r, const struct copy_list *l)
{
	struct kit_task *kt =
	    kit_task_new(r->a, 0, copy_cdb(l->length).b, l->length, 0);

	kit_enter(r->a, 0);
	CU_ASSERT_TRUE_FATAL(outcome_good(task_prepare(&kt->task)));
	buf_list_write(&kt->task.data, 0, l->b, l->length);
	task_execute(&kt->task);
	return kt;
}

/* Let the oldest held operation of that store go on. */
static inline void
copy_release(struct copy_kit *r, struct kit *k, int error)
{
	kit_enter(r->a, 0);
	kit_release(k, 0, error);
	kit_run_homes(r->a);
}

/* COPY ABORTED at that segment. */
static inline bool
copy_is_aborted(
    const struct outcome *o, unsigned segment, uint8_t asc, uint8_t ascq)
{
	return o->status == STATUS_CHECK_CONDITION &&
	       o->key == SENSE_COPY_ABORTED && o->asc == asc &&
	       o->ascq == ascq && o->has_segment && o->segment == segment;
}

/* Different in every block. */
static inline void
copy_fill(struct kit *k, uint8_t salt)
{
	uint64_t i;

	for (i = 0; i < k->store.bs.info.size_bytes; i++)
		k->store.image[i] = (uint8_t)(salt + i / 512 + i / 65536);
}

#endif
