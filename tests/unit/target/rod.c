/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/rod.c - target/rod.c: copies by token.
 */
#include <errno.h>

#include "tests/unit/target/copy_kit.h"

extern const struct unit_suite rod_suite;

#define POPULATE 0x10
#define WRITE    0x11
#define LIST_ID  0x01020304

static struct copy_list
rod_list(uint8_t action)
{
	struct copy_list l = { .length = action == WRITE ? 536 : 16 };

	put_be16(l.b, (uint16_t)(l.length - 2));
	return l;
}

static void
rod_add(struct copy_list *l, uint8_t action, uint64_t lba, uint32_t blocks)
{
	unsigned header = action == WRITE ? 536 : 16;
	uint8_t *p = l->b + l->length;

	put_be64(p, lba);
	put_be32(p + 8, blocks);
	l->length += 16;
	put_be16(l->b, (uint16_t)(l->length - 2));
	put_be16(l->b + header - 2, (uint16_t)(l->length - header));
}

/* As nexus, at that LUN. */
static struct kit_result
rod_send(struct copy_kit *r, unsigned nexus, uint16_t lun, uint8_t action,
    const struct copy_list *l)
{
	struct block_cdb cdb = { { 0x83, action } };

	put_be32(cdb.b + 6, LIST_ID);
	put_be32(cdb.b + 10, l->length);
	return kit_run_at(r->a, nexus, lun, cdb.b, l->b, l->length, 0);
}

static struct kit_result
rod_ask(struct copy_kit *r, unsigned nexus, uint16_t lun)
{
	struct block_cdb cdb = { { 0x84, 0x07 } };

	put_be32(cdb.b + 2, LIST_ID);
	put_be32(cdb.b + 10, 1024);
	return kit_run_at(r->a, nexus, lun, cdb.b, NULL, 0, 1024);
}

/* A token of nexus 0 for blocks [10, 14) and [20, 26) of LUN 0. */
static void
rod_token(struct copy_kit *r, uint8_t token[512])
{
	struct copy_list l = rod_list(POPULATE);
	struct kit_result s;

	rod_add(&l, POPULATE, 10, 4);
	rod_add(&l, POPULATE, 20, 6);
	s = rod_send(r, 0, 0, POPULATE, &l);
	CU_ASSERT(kit_is_good(&s));
	s = rod_ask(r, 0, 0);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(s.data_in_bytes, 32 + 6 + 512);
	memcpy(token, s.data_in + 38, 512);
}

/* Blocks of what the token says, from offset on, to LUN 1. */
static struct copy_list
rod_write_list(const uint8_t token[512], uint64_t offset)
{
	struct copy_list l = rod_list(WRITE);

	put_be64(l.b + 8, offset);
	memcpy(l.b + 16, token, 512);
	return l;
}

static bool
rod_same(const struct copy_kit *r, uint64_t a, uint64_t b, uint64_t blocks)
{
	return memcmp(r->a->store.image + a * 512, r->b->store.image + b * 512,
		   blocks * 512) == 0;
}

static void
a_token_says_what_it_is(void)
{
	struct copy_kit r = copy_kit_new();
	uint8_t token[512];
	struct kit_result s;

	rod_token(&r, token);
	CU_ASSERT_EQUAL(get_be32(token), 0x00010000);
	CU_ASSERT_EQUAL(get_be16(token + 6), 0x01f8);
	CU_ASSERT_EQUAL(token[16], 0xe4);
	CU_ASSERT_EQUAL(get_be64(token + 48), 0);
	CU_ASSERT_EQUAL(get_be64(token + 56), 10 * 512);
	s = rod_ask(&r, 0, 0);
	CU_ASSERT_EQUAL(get_be32(s.data_in), s.data_in_bytes - 4);
	CU_ASSERT_EQUAL(s.data_in[4], POPULATE);
	CU_ASSERT_EQUAL(s.data_in[5], 0x01);
	CU_ASSERT_EQUAL(get_be32(s.data_in + 8), 0xfffffffe);
	CU_ASSERT_EQUAL(s.data_in[15], 0xf1);
	CU_ASSERT_EQUAL(get_be64(s.data_in + 16), 10);
	CU_ASSERT_EQUAL(get_be32(s.data_in + 32), 514);
	CU_ASSERT_EQUAL(r.a->store.logged, 0);
	copy_kit_free(&r);
}

/* An identity that was brought along may have an NAA of 8 bytes. */
static void
a_token_names_a_short_naa(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;

	r.a->lu->identity.naa[0] = 0x5001405abcdef012;
	r.a->lu->identity.naa[1] = 0;
	copy_fill(r.a, 1);
	rod_token(&r, token);
	CU_ASSERT_EQUAL(token[16 + 7], 8);
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 100, 4);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(rod_same(&r, 10, 100, 4));
	copy_kit_free(&r);
}

static void
a_token_is_written_over_ranges(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;

	copy_fill(r.a, 1);
	rod_token(&r, token);
	/* Blocks 2 to 9 of it: 12 13 20 | 21 22 23 24. */
	l = rod_write_list(token, 2);
	rod_add(&l, WRITE, 100, 3);
	rod_add(&l, WRITE, 50, 4);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(rod_same(&r, 12, 100, 2));
	CU_ASSERT(rod_same(&r, 20, 102, 1));
	CU_ASSERT(rod_same(&r, 21, 50, 4));
	CU_ASSERT(block_image_is(r.b, 54 * 512, 46 * 512, 0));
	CU_ASSERT(block_image_is(r.b, 103 * 512, 512, 0));
	s = rod_ask(&r, 0, 1);
	CU_ASSERT_EQUAL(s.data_in[4], WRITE);
	CU_ASSERT_EQUAL(s.data_in[5], 0x01);
	CU_ASSERT_EQUAL(get_be64(s.data_in + 16), 7);
	CU_ASSERT_EQUAL(get_be32(s.data_in + 32), 0);
	copy_kit_free(&r);
}

static void
a_token_reads_when_it_is_used(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;

	rod_token(&r, token);
	copy_fill(r.a, 9);
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 0, 4);
	/* By another nexus, which sees both. */
	s = rod_send(&r, 1, 1, WRITE, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(rod_same(&r, 10, 0, 4));
	copy_kit_free(&r);
}

static void
the_token_of_zeroes_is_taken(void)
{
	static const uint8_t zeroes[512] = { 0xff, 0xff, 0x00, 0x01, 0, 0, 0x01,
		0xf8 };
	struct copy_kit r = copy_kit_new();
	struct copy_list l = rod_write_list(zeroes, 0);
	struct kit_result s;

	copy_fill(r.b, 1);
	memset(r.b->store.image, 0xee, 20 * 512);
	rod_add(&l, WRITE, 3, 2);
	rod_add(&l, WRITE, 8, 1);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT(block_image_is(r.b, 0, 3 * 512, 0xee));
	CU_ASSERT(block_image_is(r.b, 3 * 512, 2 * 512, 0));
	CU_ASSERT(block_image_is(r.b, 5 * 512, 3 * 512, 0xee));
	CU_ASSERT(block_image_is(r.b, 8 * 512, 512, 0));
	copy_kit_free(&r);
}

static void
a_damaged_token_is_unknown(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;
	unsigned i;

	rod_token(&r, token);
	for (i = 8; i < 512; i += 5) {
		token[i] ^= 1;
		l = rod_write_list(token, 0);
		rod_add(&l, WRITE, 0, 4);
		s = rod_send(&r, 0, 1, WRITE, &l);
		CU_ASSERT(kit_is_check(&s, 5, 0x23, 0x04));
		token[i] ^= 1;
	}
	token[7]++;
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 0, 4);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_check(&s, 5, 0x23, 0x0a));
	token[7]--;
	token[1] = 0x80; /* a point in time */
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 0, 4);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_check(&s, 5, 0x23, 0x01));
	CU_ASSERT_EQUAL(r.b->store.logged, 0);
	copy_kit_free(&r);
}

/* LUN 1's token; then LUN 1 is taken away. */
static void
a_token_of_a_unit_that_is_not_seen_is_unknown(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = rod_list(POPULATE);
	uint8_t token[512];
	struct kit_result s;

	rod_add(&l, POPULATE, 0, 4);
	s = rod_send(&r, 0, 1, POPULATE, &l);
	s = rod_ask(&r, 0, 1);
	memcpy(token, s.data_in + 38, 512);
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 0, 4);
	copy_kit_map(&r, COPY_ONLY_A);
	s = rod_send(&r, 0, 0, WRITE, &l);
	CU_ASSERT(kit_is_check(&s, 5, 0x23, 0x04));
	CU_ASSERT_EQUAL(r.a->store.logged + r.b->store.logged, 0);
	copy_kit_free(&r);
}

/* The unit had more blocks when it was made. */
static void
a_token_of_blocks_that_are_gone_is_unknown(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;

	rod_token(&r, token);
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 0, 1);
	atomic_store(&r.a->lu->blocks, 25);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_check(&s, 5, 0x23, 0x04));
	CU_ASSERT_EQUAL(r.b->store.logged, 0);
	atomic_store(&r.a->lu->blocks, 26);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_good(&s));
	copy_kit_free(&r);
}

static void
reservations_count_when_it_is_used(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;

	rod_token(&r, token);
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 0, 4);
	atomic_store(&r.a->nexus[0]->lus[0]->access, ACCESS_OTHER);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(copy_is_aborted(&s.outcome, 0, 0x0d, 0x02));
	atomic_store(&r.a->nexus[0]->lus[0]->access, ACCESS_ALL);
	atomic_store(
	    &r.a->nexus[0]->lus[1]->access, ACCESS_READ | ACCESS_OTHER);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT_EQUAL(s.outcome.status, STATUS_RESERVATION_CONFLICT);
	CU_ASSERT_EQUAL(r.b->store.logged, 0);
	copy_kit_free(&r);
}

static void
a_read_only_lun_is_not_written(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;

	rod_token(&r, token);
	copy_kit_map(&r, COPY_B_READ_ONLY);
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 0, 4);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_check(&s, SENSE_DATA_PROTECT, 0x27, 0x00));
	CU_ASSERT_EQUAL(r.b->store.logged, 0);
	copy_kit_free(&r);
}

static void
more_than_the_token_holds_is_left_out(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;

	copy_fill(r.a, 1);
	rod_token(&r, token);
	/* Blocks 7 to 9 of it: 23 24 | 25. */
	l = rod_write_list(token, 7);
	rod_add(&l, WRITE, 100, 2);
	rod_add(&l, WRITE, 50, 4);
	rod_add(&l, WRITE, 60, 4);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_check(&s, SENSE_COPY_ABORTED, 0x0d, 0x04));
	CU_ASSERT_TRUE(s.outcome.has_information);
	CU_ASSERT_EQUAL(s.outcome.information, 3);
	CU_ASSERT(rod_same(&r, 23, 100, 2));
	CU_ASSERT(rod_same(&r, 25, 50, 1));
	CU_ASSERT(block_image_is(r.b, 51 * 512, 49 * 512, 0));
	s = rod_ask(&r, 0, 1);
	CU_ASSERT_EQUAL(s.data_in[5], 0x03);
	CU_ASSERT_EQUAL(s.data_in[12], STATUS_CHECK_CONDITION);
	CU_ASSERT_EQUAL(get_be64(s.data_in + 16), 3);
	CU_ASSERT_EQUAL(s.data_in[32 + 12], 0x0d);
	copy_kit_free(&r);
}

static void
an_offset_beyond_the_token_is_refused(void)
{
	static const uint64_t offsets[] = { 10, 11, UINT64_MAX };
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;
	unsigned i;

	rod_token(&r, token);
	for (i = 0; i < ARRAY_LEN(offsets); i++) {
		l = rod_write_list(token, offsets[i]);
		rod_add(&l, WRITE, 0, 4);
		s = rod_send(&r, 0, 1, WRITE, &l);
		CU_ASSERT(kit_is_invalid_list(&s, 8, -1));
	}
	CU_ASSERT_EQUAL(r.b->store.logged, 0);
	copy_kit_free(&r);
}

/* ---- lists, of both commands ---- */

static struct copy_list
rod_some_list(uint8_t action)
{
	struct copy_list l = rod_list(action);

	rod_add(&l, action, 0, 1);
	return l;
}

static void
rod_check_lists(uint8_t action)
{
	struct copy_kit r = copy_kit_new();
	unsigned header = action == WRITE ? 536 : 16, i;
	struct copy_list l = rod_some_list(action);
	uint32_t whole = l.length;
	struct kit_result s;

	for (l.length = 1; l.length < header; l.length++) {
		s = rod_send(&r, 0, 0, action, &l);
		CU_ASSERT(kit_is_check(&s, 5, 0x1a, 0x00));
	}
	l.length = whole;
	put_be16(l.b, (uint16_t)(whole - 3));
	s = rod_send(&r, 0, 0, action, &l);
	CU_ASSERT(kit_is_invalid_list(&s, 0, -1));
	l = rod_some_list(action);
	put_be16(l.b + header - 2, 15);
	s = rod_send(&r, 0, 0, action, &l);
	CU_ASSERT(kit_is_invalid_list(&s, header - 2, -1));
	l = rod_list(action);
	for (i = 0; i <= MAX_ROD_RANGES; i++)
		rod_add(&l, action, i, 1);
	s = rod_send(&r, 0, 0, action, &l);
	CU_ASSERT(kit_is_check(&s, 5, 0x26, 0x08));
	l = rod_some_list(action);
	rod_add(&l, action, COPY_BLOCKS - 1, 2);
	s = rod_send(&r, 0, 0, action, &l);
	CU_ASSERT(block_is_first_invalid(&s, COPY_BLOCKS));
	l = rod_list(action);
	rod_add(&l, action, UINT64_MAX, 2);
	s = rod_send(&r, 0, 0, action, &l);
	CU_ASSERT(block_is_out_of_range(&s));
	l = rod_list(action);
	rod_add(&l, action, 5, 5);
	rod_add(&l, action, 9, 5);
	s = rod_send(&r, 0, 0, action, &l);
	CU_ASSERT(kit_is_invalid_list(&s, header + 16, -1));
	CU_ASSERT_EQUAL(r.a->store.logged, 0);
	copy_kit_free(&r);
}

/* SBC-4 5.12.2: what the list or its length cuts off is not there. */
static void
ranges_that_are_not_whole_are_ignored(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = rod_some_list(POPULATE);
	struct kit_result s;
	unsigned lengths[] = { 32, 47, 48 }, i;

	rod_add(&l, POPULATE, 8, 2);
	for (i = 0; i < ARRAY_LEN(lengths); i++) {
		l.length = lengths[i];
		s = rod_send(&r, 0, 0, POPULATE, &l);
		CU_ASSERT(kit_is_good(&s));
		s = rod_ask(&r, 0, 0);
		CU_ASSERT_EQUAL(get_be64(s.data_in + 16), i == 2 ? 3 : 1);
	}
	put_be16(l.b + 14, 31);
	s = rod_send(&r, 0, 0, POPULATE, &l);
	CU_ASSERT(kit_is_good(&s));
	s = rod_ask(&r, 0, 0);
	CU_ASSERT_EQUAL(get_be64(s.data_in + 16), 1);
	copy_kit_free(&r);
}

static void
a_range_of_nothing_overlaps_nothing(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = rod_list(POPULATE);
	struct kit_result s;

	rod_add(&l, POPULATE, 6, 0);
	rod_add(&l, POPULATE, 4, 4);
	rod_add(&l, POPULATE, 5, 0);
	s = rod_send(&r, 0, 0, POPULATE, &l);
	CU_ASSERT(kit_is_good(&s));
	s = rod_ask(&r, 0, 0);
	CU_ASSERT_EQUAL(get_be64(s.data_in + 16), 4);
	copy_kit_free(&r);
}

static void
wrong_lists_are_refused(void)
{
	rod_check_lists(POPULATE);
	rod_check_lists(WRITE);
}

static void
more_bytes_than_the_limit_are_refused(void)
{
	struct copy_kit r = copy_kit_new_with(
	    (struct kit_options){ .block_size = 4096, .blocks = 65537 });
	struct copy_list l = rod_list(POPULATE);
	struct kit_result s;

	rod_add(&l, POPULATE, 0, 65537);
	s = rod_send(&r, 0, 1, POPULATE, &l);
	CU_ASSERT(kit_is_invalid_list(&s, 14, -1));
	l = rod_list(POPULATE);
	rod_add(&l, POPULATE, 0, 65536);
	s = rod_send(&r, 0, 1, POPULATE, &l);
	CU_ASSERT(kit_is_good(&s));
	copy_kit_free(&r);
}

static void
only_one_type_of_token_is_made(void)
{
	static const uint32_t types[] = { 0, 0x00800000, 0x00800001,
		0xffff0001 };
	struct copy_kit r = copy_kit_new();
	struct copy_list l = rod_some_list(POPULATE);
	struct kit_result s;
	unsigned i;

	l.b[2] = 0x02; /* RTV */
	for (i = 0; i < ARRAY_LEN(types); i++) {
		put_be32(l.b + 8, types[i]);
		s = rod_send(&r, 0, 0, POPULATE, &l);
		CU_ASSERT(kit_is_invalid_list(&s, 8, -1));
	}
	s = rod_ask(&r, 0, 0);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	put_be32(l.b + 8, 0x00010000);
	s = rod_send(&r, 0, 0, POPULATE, &l);
	CU_ASSERT(kit_is_good(&s));
	copy_kit_free(&r);
}

static void
other_block_sizes_are_refused(void)
{
	struct copy_kit r = copy_kit_new_with(
	    (struct kit_options){ .block_size = 4096, .blocks = 512 });
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;

	rod_token(&r, token);
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 0, 1);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(kit_is_check(&s, 5, 0x23, 0x00));
	copy_kit_free(&r);
}

static void
a_failed_write_is_reported(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l;
	uint8_t token[512];
	struct kit_result s;

	copy_fill(r.a, 1);
	rod_token(&r, token);
	r.b->store.fail[BS_WRITE] = -EIO;
	l = rod_write_list(token, 0);
	rod_add(&l, WRITE, 0, 4);
	s = rod_send(&r, 0, 1, WRITE, &l);
	CU_ASSERT(copy_is_aborted(&s.outcome, 0, 0x0d, 0x01));
	s = rod_ask(&r, 0, 1);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(s.data_in[5], 0x02);
	CU_ASSERT_EQUAL(s.data_in[12], STATUS_CHECK_CONDITION);
	CU_ASSERT_EQUAL(s.data_in[13], 20);
	CU_ASSERT_EQUAL(s.data_in[14], 18);
	CU_ASSERT_EQUAL(s.data_in[34], SENSE_COPY_ABORTED);
	CU_ASSERT_EQUAL(get_be32(s.data_in + 32 + 20), 0);
	CU_ASSERT_EQUAL(s.data_in_bytes, 32 + 20 + 4);
	copy_kit_free(&r);
}

/* SBC-4 4.28.1 wants it: the same, but for the token. */
static void
copy_status_is_told_too(void)
{
	struct copy_kit r = copy_kit_new();
	struct block_cdb cdb = { { 0x84, 0x05 } };
	uint8_t token[512], header[32];
	struct kit_result s;

	put_be32(cdb.b + 2, LIST_ID);
	put_be32(cdb.b + 10, 1024);
	s = kit_run(r.a, cdb.b, NULL, 0, 1024);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	rod_token(&r, token);
	s = rod_ask(&r, 0, 0);
	memcpy(header, s.data_in, sizeof(header));
	s = kit_run(r.a, cdb.b, NULL, 0, 1024);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(s.data_in_bytes, sizeof(header));
	CU_ASSERT_EQUAL(get_be32(s.data_in), sizeof(header) - 4);
	CU_ASSERT_EQUAL(memcmp(s.data_in + 4, header + 4, 28), 0);
	CU_ASSERT_EQUAL(s.data_in[5], 0x01);
	copy_kit_free(&r);
}

/* clang-format off */
static const struct unit_test rod_tests[] = {
	{ "a token says what it is", a_token_says_what_it_is },
	{ "a token names a short NAA", a_token_names_a_short_naa },
	{ "a token is written over ranges", a_token_is_written_over_ranges },
	{ "a token reads when it is used", a_token_reads_when_it_is_used },
	{ "the token of zeroes is taken", the_token_of_zeroes_is_taken },
	{ "a damaged token is 05/23/04", a_damaged_token_is_unknown },
	{ "a token of blocks that are gone is 05/23/04", a_token_of_blocks_that_are_gone_is_unknown },
	{ "a token of a unit that is not seen is 05/23/04", a_token_of_a_unit_that_is_not_seen_is_unknown },
	{ "reservations count when it is used", reservations_count_when_it_is_used },
	{ "a read-only LUN is 07/27/00", a_read_only_lun_is_not_written },
	{ "more than the token holds is left out", more_than_the_token_holds_is_left_out },
	{ "an offset beyond the token is 05/26/00", an_offset_beyond_the_token_is_refused },
	{ "ranges that are not whole are ignored", ranges_that_are_not_whole_are_ignored },
	{ "a range of nothing overlaps nothing", a_range_of_nothing_overlaps_nothing },
	{ "wrong lists are refused", wrong_lists_are_refused },
	{ "more bytes than the limit are 05/26/00", more_bytes_than_the_limit_are_refused },
	{ "only one type of token is made", only_one_type_of_token_is_made },
	{ "other block sizes are 05/23/00", other_block_sizes_are_refused },
	{ "a failed write is reported", a_failed_write_is_reported },
	{ "RECEIVE COPY STATUS tells it, too", copy_status_is_told_too },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite rod_suite = { "rod", rod_tests };
