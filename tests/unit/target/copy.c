/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/copy.c - target/copy.c: what EXTENDED COPY moves; and what
 * tells about it, target/copy_results.c.
 */
#include <errno.h>

#include "tests/unit/target/copy_kit.h"

extern const struct unit_suite copy_suite;

static bool
copy_same(const struct kit *from, uint64_t from_block, const struct kit *to,
    uint64_t to_block, uint64_t blocks)
{
	return memcmp(from->store.image + from_block * 512,
		   to->store.image + to_block * 512, blocks * 512) == 0;
}

static struct stats
copy_stats(const struct kit *k)
{
	struct stats s;

	stats_of_lu(k->lu, &s);
	return s;
}

/* ---- data ---- */

static void
blocks_go_where_the_segment_says(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_fill(r.a, 1);
	memset(r.b->store.image, 0xee, COPY_BLOCKS * 512);
	copy_add_lu(&l, r.a->lu);
	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, 0, 1, 5, 10, 20);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(s.transfer_length, l.length);
	CU_ASSERT(copy_same(r.a, 10, r.b, 20, 5));
	CU_ASSERT(block_image_is(r.b, 0, 20 * 512, 0xee));
	CU_ASSERT(block_image_is(r.b, 25 * 512, 100 * 512, 0xee));
	CU_ASSERT_EQUAL(copy_stats(r.a).store.read_bytes, 5 * 512);
	CU_ASSERT_EQUAL(copy_stats(r.b).store.write_bytes, 5 * 512);
	copy_kit_free(&r);
}

static void
the_last_blocks_can_be_copied(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_fill(r.a, 1);
	copy_add_lu(&l, r.a->lu);
	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, 0, 1, 7, COPY_BLOCKS - 7, COPY_BLOCKS - 7);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(copy_same(r.a, COPY_BLOCKS - 7, r.b, COPY_BLOCKS - 7, 7));
	copy_kit_free(&r);
}

static void
either_lu_may_be_the_one_that_is_asked(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_fill(r.b, 1);
	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, 0, COPY_OWN_LU, 5, 10, 20);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(copy_same(r.b, 10, r.a, 20, 5));
	copy_kit_free(&r);
}

static void
every_short_designator_of_83h_will_do(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_result s;
	uint8_t *p;

	copy_fill(r.a, 1);
	p = copy_add_lu(&l, r.b->lu);
	memset(p + 4, 0, 24);
	p[4] = 1; /* EUI-64 */
	p[5] = 2;
	p[7] = 8;
	put_be64(p + 8, r.b->lu->identity.eui64);
	copy_add_blocks(&l, COPY_OWN_LU, 0, 1, 0, 0);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(copy_same(r.a, 0, r.b, 0, 1));
	copy_kit_free(&r);
}

static void
segments_with_offset_count_bytes(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_fill(r.a, 1);
	copy_add_lu(&l, r.b->lu);
	copy_add_bytes(&l, COPY_OWN_LU, 0, 3 * 512, 4, 8);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(copy_same(r.a, 4, r.b, 8, 3));
	CU_ASSERT(block_image_is(r.b, 11 * 512, 512, 0));
	copy_kit_free(&r);
}

/* ---- parts of blocks ---- */

static void
copy_fill_bytes(struct kit *k, unsigned salt)
{
	uint64_t i;

	for (i = 0; i < k->store.bs.info.size_bytes; i++)
		k->store.image[i] = (uint8_t)((i + salt) * 2654435761u >> 24);
}

/* One segment of bytes from a to b, or within a; nothing else may change. */
static void
copy_part(struct copy_kit *r, uint16_t to, uint32_t bytes, uint64_t from_offset,
    uint64_t to_offset)
{
	struct kit *d = to == COPY_OWN_LU ? r->a : r->b;
	unsigned from_block = 1u << r->a->lu->block_shift;
	unsigned to_block = 1u << d->lu->block_shift;
	size_t size = d->store.bs.info.size_bytes;
	uint8_t *expected = malloc(size), *p;
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_fill_bytes(r->a, 1);
	copy_fill_bytes(r->b, 5);
	memcpy(expected, d->store.image, size);
	memcpy(expected + to_offset, r->a->store.image + from_offset, bytes);
	copy_add_lu(&l, r->b->lu);
	p = copy_add_bytes(&l, COPY_OWN_LU, to, bytes, from_offset / from_block,
	    to_offset / to_block);
	put_be16(p + 28, (uint16_t)(from_offset % from_block));
	put_be16(p + 30, (uint16_t)(to_offset % to_block));
	s = copy_send(r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(memcmp(d->store.image, expected, size) == 0);
	free(expected);
	kit_log_clear(r->a);
	kit_log_clear(r->b);
}

static void
parts_of_blocks_go_where_the_offsets_say(void)
{
	static const uint32_t end = COPY_BLOCKS * 512;
	static const struct {
		uint32_t bytes, from, to;
	} cases[] = { { 1, 0, 0 }, { 1, 511, 1024 }, { 100, 17, 17 },
		{ 1000, 500, 3 }, { 512, 1, 512 }, { 512, 512, 1 },
		{ 513, 1024, 2048 }, { 700001, 77, 333 }, { 700001, 333, 77 },
		{ 1 << 20, 5, 5 }, { 511, end - 511, end - 511 } };
	struct copy_kit same = copy_kit_new();
	struct copy_kit other = copy_kit_new_with((struct kit_options){
	    .block_size = 4096, .blocks = COPY_BLOCKS / 8 });
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		copy_part(&same, 0, cases[i].bytes, cases[i].from, cases[i].to);
		copy_part(
		    &other, 0, cases[i].bytes, cases[i].from, cases[i].to);
	}
	copy_part(&other, 0, 512, 512, 8192 + 1024);
	copy_kit_free(&same);
	copy_kit_free(&other);
}

static void
overlapping_parts_are_copied_as_they_were(void)
{
	static const uint32_t places[] = { 0, 1, 100, 512, 700, 300000 };
	struct copy_kit r = copy_kit_new();
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(places); i++)
		for (j = 0; j < ARRAY_LEN(places); j++)
			copy_part(
			    &r, COPY_OWN_LU, 600001, places[i], places[j]);
	copy_kit_free(&r);
}

static void
parts_of_blocks_are_not_shared(void)
{
	struct copy_kit r = copy_kit_new();

	r.b->store.clones = true;
	r.b->store.fail[BS_CLONE] = -EIO;
	copy_part(&r, 0, 8192, 100, 100);
	copy_kit_free(&r);
}

static void
parts_of_blocks_are_durable_without_a_write_cache(void)
{
	struct copy_kit r = copy_kit_new_with(
	    (struct kit_options){ .lu = { .writethrough = true } });

	copy_part(&r, 0, 1000, 100, 700);
	CU_ASSERT(memcmp(r.b->store.durable + 700, r.a->store.image + 100,
		      1000) == 0);
	copy_kit_free(&r);
}

static void
block_sizes_may_differ(void)
{
	struct copy_kit r = copy_kit_new_with(
	    (struct kit_options){ .block_size = 4096, .blocks = 512 });
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_fill(r.a, 1);
	copy_add_lu(&l, r.a->lu);
	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, 0, 1, 16, 8, 1);         /* blocks of the source */
	copy_add_blocks(&l, 0, 1, 2, 80, 10)[1] = 2; /* DC: destination */
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(copy_same(r.a, 8, r.b, 8, 16));
	CU_ASSERT(block_image_is(r.b, 3 * 4096, 4096, 0));
	CU_ASSERT(copy_same(r.a, 80, r.b, 80, 16));
	CU_ASSERT(block_image_is(r.b, 12 * 4096, 4096, 0));
	copy_kit_free(&r);
}

static void
segments_are_done_in_order(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_fill(r.a, 1);
	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, COPY_OWN_LU, 0, 2, 0, 0);
	copy_add_blocks(&l, COPY_OWN_LU, 0, 0, 0, 0);
	copy_add_blocks(&l, 0, COPY_OWN_LU, 2, 0, 100);
	copy_add_blocks(&l, COPY_OWN_LU, 0, 1, 50, 1);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(copy_same(r.a, 0, r.a, 100, 2));
	CU_ASSERT(copy_same(r.a, 0, r.b, 0, 1));
	CU_ASSERT(copy_same(r.a, 50, r.b, 1, 1));
	copy_kit_free(&r);
}

static void
a_long_segment_goes_in_pieces(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_fill(r.a, 1);
	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, COPY_OWN_LU, 0, 5000, 3, 9);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(kit_logged(r.a, BS_READ), 3);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_WRITE), 3);
	CU_ASSERT(copy_same(r.a, 3, r.b, 9, 5000));
	CU_ASSERT(block_image_is(r.b, 0, 9 * 512, 0));
	copy_kit_free(&r);
}

/* 2 MiB over themselves, moved by that many blocks. */
static void
copy_overlapping(uint64_t from, uint64_t to)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	uint8_t *before = malloc(4096 * 512);
	struct kit_result s;

	copy_fill(r.a, 1);
	memcpy(before, r.a->store.image + from * 512, 4096 * 512);
	copy_add_blocks(&l, COPY_OWN_LU, COPY_OWN_LU, 4096, from, to);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(memcmp(before, r.a->store.image + to * 512, 4096 * 512) == 0);
	free(before);
	copy_kit_free(&r);
}

static void
overlapping_ranges_are_copied_as_they_were(void)
{
	copy_overlapping(10, 11);
	copy_overlapping(11, 10);
	copy_overlapping(0, 2048);
	copy_overlapping(2048, 0);
	copy_overlapping(7, 3000);
	copy_overlapping(100, 100);
}

static void
what_is_empty_stays_empty_on_a_thin_unit(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 2048);
	struct kit_result s;

	memset(r.b->store.image, 0xee, COPY_BLOCKS * 512);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(block_image_is(r.b, 0, 2048 * 512, 0));
	CU_ASSERT_EQUAL(r.b->store.holes[0], 1);
	CU_ASSERT_EQUAL(r.b->store.holes[2047], 1);
	CU_ASSERT_EQUAL(r.b->store.holes[2048], 0);
	copy_kit_free(&r);
}

static void
zeroes_are_written_where_nothing_can_be_discarded(void)
{
	struct copy_kit r =
	    copy_kit_new_with((struct kit_options){ .plain = true });
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 16);
	struct kit_result s;

	memset(r.b->store.image, 0xee, COPY_BLOCKS * 512);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(block_image_is(r.b, 0, 16 * 512, 0));
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_WRITE_ZEROES), 0);
	copy_kit_free(&r);
}

static void
without_a_write_cache_it_is_durable(void)
{
	struct copy_kit r = copy_kit_new_with(
	    (struct kit_options){ .lu = { .writethrough = true } });
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 4096);
	struct kit_result s;

	copy_fill(r.a, 1);
	memset(r.a->store.image + 2048 * 512, 0, 2048 * 512);
	memset(r.b->store.durable, 0xee, COPY_BLOCKS * 512);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(
	    memcmp(r.a->store.image, r.b->store.durable, 4096 * 512) == 0);
	copy_kit_free(&r);
}

static void
stores_that_can_share_blocks_do(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 4096);
	struct kit_result s;

	copy_fill(r.a, 1);
	r.b->store.clones = true;
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(copy_same(r.a, 0, r.b, 0, 4096));
	CU_ASSERT_EQUAL(r.a->store.logged, 0);
	CU_ASSERT_EQUAL(r.b->store.logged, 1);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_CLONE), 1);
	copy_kit_free(&r);
}

static void
ranges_that_cannot_be_shared_are_copied(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 4096);
	struct kit_result s;

	copy_fill(r.a, 1);
	r.b->store.clones = true;
	r.b->store.fail[BS_CLONE] = -EOPNOTSUPP;
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(copy_same(r.a, 0, r.b, 0, 4096));
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_CLONE), 1);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_WRITE), 2);
	copy_kit_free(&r);
}

static void
a_range_that_cannot_be_shared_is_no_failure(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 4096);

	r.b->store.clones = true;
	r.b->store.fail[BS_CLONE] = -EOPNOTSUPP;
	copy_send(&r, &l);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_CLONE), 1);
	CU_ASSERT_EQUAL(atomic_load(&r.b->lu->failed), 0);
	r.b->store.fail[BS_CLONE] = -EIO;
	copy_send(&r, &l);
	CU_ASSERT_EQUAL(atomic_load(&r.b->lu->failed), 1);
	copy_kit_free(&r);
}

static void
overlapping_ranges_are_not_shared(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_fill(r.a, 1);
	r.a->store.clones = true;
	copy_add_blocks(&l, COPY_OWN_LU, COPY_OWN_LU, 100, 0, 99);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(kit_logged(r.a, BS_CLONE), 0);
	l = copy_list();
	copy_add_blocks(&l, COPY_OWN_LU, COPY_OWN_LU, 100, 0, 100);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(kit_logged(r.a, BS_CLONE), 1);
	copy_kit_free(&r);
}

static void
no_list_and_no_segments_are_good(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_result s = kit_run(r.a, copy_cdb(0).b, NULL, 0, 0);

	CU_ASSERT(kit_is_good(&s));
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, COPY_OWN_LU, 0, 0, 0, 0);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(r.a->store.logged + r.b->store.logged, 0);
	copy_kit_free(&r);
}

/* ---- RECEIVE COPY RESULTS ---- */

static void
status_of_a_finished_copy_is_told_once(void)
{
	static const uint8_t expected[] = { 0, 0, 0, 8, 0x01, 0, 2, 0, 0, 0,
		0x0a, 0 };
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list_of(7), 2);
	struct kit_result s;

	copy_add_blocks(&l, 0, 1, 3, 0, 0);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	s = copy_ask(&r, 0x00, 8);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	s = copy_ask(&r, 0x00, 7);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(s.data_in_bytes, sizeof(expected));
	CU_ASSERT(memcmp(s.data_in, expected, sizeof(expected)) == 0);
	s = copy_ask(&r, 0x00, 7);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	copy_kit_free(&r);
}

static void
a_list_identifier_is_free_again_at_the_end(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list_of(1), 2);
	struct kit_result s;
	unsigned i;

	for (i = 0; i < 3; i++) {
		s = copy_send(&r, &l);
		CU_ASSERT(kit_is_good(&s));
	}
	s = copy_ask(&r, 0x00, 1);
	CU_ASSERT(kit_is_good(&s));
	s = copy_ask(&r, 0x00, 1);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	copy_kit_free(&r);
}

static void
a_copy_without_identifier_leaves_nothing(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 2);
	struct kit_result s = copy_send(&r, &l);

	CU_ASSERT(kit_is_good(&s));
	s = copy_ask(&r, 0x00, 0);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	copy_kit_free(&r);
}

static void
results_are_those_of_the_nexus(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list_of(7), 2);
	struct block_cdb cdb = { { 0x84, 0x00, 7, [13] = 12 } };
	struct kit_result s = copy_send(&r, &l);

	CU_ASSERT(kit_is_good(&s));
	s = kit_run_at(r.a, 1, 0, cdb.b, NULL, 0, 12);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	s = kit_run_at(r.a, 0, 1, cdb.b, NULL, 0, 12);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	copy_kit_free(&r);
}

static void
details_of_a_failure_are_told_once(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list_of(7), 2);
	struct kit_result s;

	r.a->store.fail[BS_READ] = -EIO;
	s = copy_send(&r, &l);
	CU_ASSERT(copy_is_aborted(&s.outcome, 0, 0x0d, 0x01));
	s = copy_ask(&r, 0x00, 7);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(s.data_in[4], 0x02);
	s = copy_ask(&r, 0x00, 7);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	s = copy_ask(&r, 0x04, 7);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(get_be32(s.data_in), s.data_in_bytes - 4);
	CU_ASSERT_EQUAL(s.data_in[56], STATUS_CHECK_CONDITION);
	CU_ASSERT_EQUAL(get_be16(s.data_in + 58), s.data_in_bytes - 60);
	CU_ASSERT_EQUAL(s.data_in[60] & 0x7f, 0x70);
	CU_ASSERT_EQUAL(s.data_in[62], SENSE_COPY_ABORTED);
	CU_ASSERT_EQUAL(get_be16(s.data_in + 72), 0x0d01);
	s = copy_ask(&r, 0x04, 7);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	copy_kit_free(&r);
}

static void
a_good_copy_has_no_details(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list_of(7), 2);
	struct kit_result s = copy_send(&r, &l);

	s = copy_ask(&r, 0x04, 7);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(s.data_in_bytes, 4);
	CU_ASSERT_EQUAL(get_be32(s.data_in), 0);
	copy_kit_free(&r);
}

static void
only_the_last_results_are_kept(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_result s;
	struct copy_list l;
	unsigned i;

	for (i = 0; i < 17; i++) {
		l = copy_list_a_to_b(&r, copy_list_of((uint8_t)i), 2);
		s = copy_send(&r, &l);
		CU_ASSERT(kit_is_good(&s));
	}
	s = copy_ask(&r, 0x00, 0);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	s = copy_ask(&r, 0x00, 1);
	CU_ASSERT(kit_is_good(&s));
	s = copy_ask(&r, 0x00, 16);
	CU_ASSERT(kit_is_good(&s));
	copy_kit_free(&r);
}

static void
operating_parameters_are_the_limits(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_result s = copy_ask(&r, 0x03, 0);
	const uint8_t *p = s.data_in;

	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(get_be32(p), s.data_in_bytes - 4);
	CU_ASSERT_EQUAL(get_be16(p + 8), MAX_COPY_CSCDS);
	CU_ASSERT_EQUAL(get_be16(p + 10), MAX_COPY_SEGMENTS);
	CU_ASSERT_EQUAL(get_be32(p + 12), MAX_COPY_DESCRIPTORS);
	CU_ASSERT_EQUAL(get_be32(p + 16), MAX_COPY_SEGMENT_BYTES);
	CU_ASSERT_EQUAL(get_be32(p + 24), 0);
	CU_ASSERT_EQUAL(p[36], MAX_COPIES);
	CU_ASSERT_EQUAL(p[37], 0);
	CU_ASSERT_EQUAL(p[43], 3);
	CU_ASSERT_EQUAL(get_be24(p + 44), 0x020ae4);
	copy_kit_free(&r);
}

/* clang-format off */
static const struct unit_test copy_tests[] = {
	{ "blocks go where the segment says", blocks_go_where_the_segment_says },
	{ "the last blocks can be copied", the_last_blocks_can_be_copied },
	{ "either LU may be the one that is asked", either_lu_may_be_the_one_that_is_asked },
	{ "every short designator of 83h will do", every_short_designator_of_83h_will_do },
	{ "segments with offset count bytes", segments_with_offset_count_bytes },
	{ "parts of blocks go where the offsets say", parts_of_blocks_go_where_the_offsets_say },
	{ "overlapping parts are copied as they were", overlapping_parts_are_copied_as_they_were },
	{ "parts of blocks are not shared", parts_of_blocks_are_not_shared },
	{ "parts of blocks are durable without a write cache", parts_of_blocks_are_durable_without_a_write_cache },
	{ "block sizes may differ", block_sizes_may_differ },
	{ "segments are done in order", segments_are_done_in_order },
	{ "a long segment goes in pieces", a_long_segment_goes_in_pieces },
	{ "overlapping ranges are copied as they were", overlapping_ranges_are_copied_as_they_were },
	{ "what is empty stays empty on a thin unit", what_is_empty_stays_empty_on_a_thin_unit },
	{ "zeroes are written where nothing can be discarded", zeroes_are_written_where_nothing_can_be_discarded },
	{ "without a write cache it is durable", without_a_write_cache_it_is_durable },
	{ "stores that can share blocks do", stores_that_can_share_blocks_do },
	{ "ranges that cannot be shared are copied", ranges_that_cannot_be_shared_are_copied },
	{ "a range that cannot be shared is no failure", a_range_that_cannot_be_shared_is_no_failure },
	{ "overlapping ranges are not shared", overlapping_ranges_are_not_shared },
	{ "no list and no segments are GOOD", no_list_and_no_segments_are_good },
	{ "status of a finished copy is told once", status_of_a_finished_copy_is_told_once },
	{ "a list identifier is free again at the end", a_list_identifier_is_free_again_at_the_end },
	{ "a copy without identifier leaves nothing", a_copy_without_identifier_leaves_nothing },
	{ "results are those of the nexus and LU", results_are_those_of_the_nexus },
	{ "details of a failure are told once", details_of_a_failure_are_told_once },
	{ "a good copy has no details", a_good_copy_has_no_details },
	{ "only the last results are kept", only_the_last_results_are_kept },
	{ "operating parameters are the limits", operating_parameters_are_the_limits },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite copy_suite = { "copy", copy_tests };
