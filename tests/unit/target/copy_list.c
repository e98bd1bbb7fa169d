/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/copy_list.c - target/copy_list.c: every refusal, before
 * anything is moved.
 */
#include "tests/unit/target/copy_kit.h"

extern const struct unit_suite copy_list_suite;

/* A list that says one thing wrong, and that nothing came of it. */
struct copy_try {
	struct copy_kit r;
	struct copy_list l;
	struct kit_result s;
};

static struct copy_try
copy_try_new(void)
{
	struct copy_try y = { .r = copy_kit_new() };

	copy_fill(y.r.a, 1);
	y.l = copy_list_a_to_b(&y.r, copy_list(), 4);
	return y;
}

static void
copy_try_send(struct copy_try *y)
{
	y->s = copy_send(&y->r, &y->l);
}

static void
copy_try_end(struct copy_try *y)
{
	CU_ASSERT_EQUAL(y->r.a->store.logged, 0);
	CU_ASSERT_EQUAL(y->r.b->store.logged, 0);
	copy_kit_free(&y->r);
}

static uint8_t *
copy_try_cscd(struct copy_try *y, unsigned i)
{
	return y->l.b + COPY_HEADER + i * COPY_CSCD_BYTES;
}

static uint8_t *
copy_try_segment(struct copy_try *y)
{
	return copy_try_cscd(y, 2);
}

static bool
copy_try_is_aborted(struct copy_try *y, uint8_t asc, uint8_t ascq, int field)
{
	const struct outcome *o = &y->s.outcome;

	return copy_is_aborted(o, 0, asc, ascq) &&
	       (field < 0 ? !o->has_field
			  : o->has_field && o->in_segment && !o->in_cdb &&
				o->field == field);
}

/* ---- the list ---- */

static void
a_truncated_list_is_a_length_error(void)
{
	struct copy_try y = copy_try_new();
	uint32_t whole = y.l.length;

	for (y.l.length = 1; y.l.length < whole; y.l.length++) {
		copy_try_send(&y);
		CU_ASSERT(kit_is_check(&y.s, 5, 0x1a, 0x00));
	}
	y.s = kit_run(y.r.a, copy_cdb(whole).b, y.l.b, whole - 1, 0);
	CU_ASSERT(kit_is_check(&y.s, 5, 0x1a, 0x00));
	copy_try_end(&y);
}

static void
a_list_over_the_limit_is_a_length_error(void)
{
	struct copy_try y = copy_try_new();

	y.l.length = COPY_LIST_MAX + 1;
	copy_try_send(&y);
	CU_ASSERT(kit_is_check(&y.s, 5, 0x1a, 0x00));
	copy_try_end(&y);
}

static void
lengths_near_the_end_of_numbers_are_length_errors(void)
{
	struct copy_try y = copy_try_new();

	put_be32(y.l.b + 8, UINT32_MAX);
	copy_try_send(&y);
	CU_ASSERT(kit_is_check(&y.s, 5, 0x1a, 0x00));
	put_be16(y.l.b + 2, UINT16_MAX);
	copy_try_send(&y);
	CU_ASSERT(kit_is_check(&y.s, 5, 0x1a, 0x00));
	copy_try_end(&y);
}

static void
too_many_descriptors_are_counted(void)
{
	struct copy_try y = copy_try_new();
	unsigned i;

	y.l = copy_list();
	for (i = 0; i <= MAX_COPY_CSCDS; i++)
		copy_add_lu(&y.l, y.r.b->lu);
	copy_try_send(&y);
	CU_ASSERT(kit_is_check(&y.s, 5, 0x26, 0x06));
	y.l = copy_list();
	copy_add_lu(&y.l, y.r.b->lu);
	for (i = 0; i <= MAX_COPY_SEGMENTS; i++)
		copy_add_blocks(&y.l, COPY_OWN_LU, 0, 1, 0, 0);
	copy_try_send(&y);
	CU_ASSERT(kit_is_check(&y.s, 5, 0x26, 0x08));
	copy_try_end(&y);
}

static void
unknown_descriptor_types_are_told(void)
{
	struct copy_try y = copy_try_new();

	copy_try_cscd(&y, 1)[0] = 0xe0;
	copy_try_send(&y);
	CU_ASSERT(kit_is_check(&y.s, 5, 0x26, 0x07));
	copy_try_cscd(&y, 1)[0] = COPY_IDENTIFICATION;
	copy_try_segment(&y)[0] = 0x03;
	copy_try_send(&y);
	CU_ASSERT(kit_is_check(&y.s, 5, 0x26, 0x09));
	copy_try_end(&y);
}

static void
a_wrong_descriptor_length_points_at_it(void)
{
	struct copy_try y = copy_try_new();

	copy_try_segment(&y)[3]++;
	copy_try_send(&y);
	CU_ASSERT(kit_is_invalid_list(&y.s, COPY_HEADER + 64 + 2, -1));
	copy_try_segment(&y)[3]--;
	/* Half a descriptor in either list. */
	put_be32(y.l.b + 8, 27);
	copy_try_send(&y);
	CU_ASSERT(kit_is_invalid_list(&y.s, 8, -1));
	put_be16(y.l.b + 2, 65);
	copy_try_send(&y);
	CU_ASSERT(kit_is_invalid_list(&y.s, 2, -1));
	copy_try_end(&y);
}

static void
wrong_header_fields_are_told(void)
{
	struct copy_try y = copy_try_new();

	y.l.b[1] = 1 << 3; /* LIST ID USAGE, reserved */
	copy_try_send(&y);
	CU_ASSERT(kit_is_invalid_list(&y.s, 1, 4));
	y.l.b[1] = COPY_NO_LIST_ID << 3;
	y.l.b[0] = 1;
	copy_try_send(&y);
	CU_ASSERT(kit_is_invalid_list(&y.s, 0, -1));
	y.l.b[0] = 0;
	y.l.b[15] = 1; /* INLINE DATA LENGTH */
	copy_try_send(&y);
	CU_ASSERT(kit_is_check(&y.s, 5, 0x26, 0x0b));
	copy_try_end(&y);
}

static void
another_block_length_points_at_it(void)
{
	struct copy_try y = copy_try_new();

	put_be24(copy_try_cscd(&y, 1) + 29, 4096);
	copy_try_send(&y);
	CU_ASSERT(kit_is_invalid_list(&y.s, COPY_HEADER + 32 + 29, -1));
	copy_try_end(&y);
}

/* ---- who is meant ---- */

static void
an_unknown_designator_is_unreachable(void)
{
	struct copy_try y = copy_try_new();

	copy_try_cscd(&y, 1)[20] ^= 1;
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x08, 0x04, 6));
	copy_try_cscd(&y, 0)[20] ^= 1;
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x08, 0x04, 4));
	copy_try_end(&y);
}

/* Of another association, type, code set or length than page 83h has it. */
static void
half_a_designator_is_unreachable(void)
{
	static const uint8_t at[] = { 4, 5, 5, 7, 7 };
	static const uint8_t value[] = { 2, 0x13, 2, 15, 0xff };
	struct copy_try y = copy_try_new();
	uint8_t *cscd = copy_try_cscd(&y, 1), was;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(at); i++) {
		was = cscd[at[i]];
		cscd[at[i]] = value[i];
		copy_try_send(&y);
		CU_ASSERT(copy_try_is_aborted(&y, 0x08, 0x04, 6));
		cscd[at[i]] = was;
	}
	copy_try_end(&y);
}

static void
a_unit_that_the_nexus_does_not_see_is_unreachable(void)
{
	struct copy_try y = copy_try_new();

	copy_kit_map(&y.r, COPY_ONLY_A);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x08, 0x04, 6));
	copy_try_end(&y);
}

static void
an_identifier_without_descriptor_is_unreachable(void)
{
	struct copy_try y = copy_try_new();

	put_be16(copy_try_segment(&y) + 6, 2);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x08, 0x04, 6));
	put_be16(copy_try_segment(&y) + 4, 0xfffe);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x08, 0x04, 4));
	/* A token: segments take none. */
	put_be16(copy_try_segment(&y) + 4, 0xf800);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x08, 0x04, 4));
	copy_try_end(&y);
}

static void
other_device_types_are_incorrect(void)
{
	struct copy_try y = copy_try_new();

	copy_try_cscd(&y, 0)[1] = 0x01;
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x0d, 0x03, 4));
	copy_try_end(&y);
}

static void
lu_id_type_is_ignored(void)
{
	struct copy_try y = copy_try_new();

	copy_try_cscd(&y, 1)[1] = 0xc0;
	copy_try_send(&y);
	CU_ASSERT(kit_is_good(&y.s));
	kit_log_clear(y.r.a);
	kit_log_clear(y.r.b);
	copy_try_end(&y);
}

/* ---- what it may do there ---- */

static void
a_read_only_lun_is_no_destination(void)
{
	struct copy_try y = copy_try_new();

	copy_kit_map(&y.r, COPY_B_READ_ONLY);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x0d, 0x02, 6));
	CU_ASSERT_EQUAL(y.r.a->store.logged, 0);
	/* But it may be read. */
	put_be16(copy_try_segment(&y) + 4, 1);
	put_be16(copy_try_segment(&y) + 6, 0);
	copy_try_send(&y);
	CU_ASSERT(kit_is_good(&y.s));
	kit_log_clear(y.r.a);
	kit_log_clear(y.r.b);
	copy_try_end(&y);
}

static void
a_write_protected_unit_is_no_destination(void)
{
	struct copy_try y = copy_try_new();

	atomic_store(&y.r.b->lu->software_write_protect, true);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x0d, 0x02, 6));
	copy_try_end(&y);
}

static void
reservations_of_others_keep_it_out(void)
{
	struct copy_try y = copy_try_new();

	atomic_store(
	    &y.r.a->nexus[0]->lus[1]->access, ACCESS_READ | ACCESS_OTHER);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x0d, 0x02, 6));
	atomic_store(&y.r.a->nexus[0]->lus[1]->access, ACCESS_OTHER);
	put_be16(copy_try_segment(&y) + 4, 1);
	put_be16(copy_try_segment(&y) + 6, 0);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x0d, 0x02, 4));
	copy_try_end(&y);
}

static void
a_reservation_of_the_unit_that_is_asked_is_a_conflict(void)
{
	static const uint8_t reserve[16] = { 0x16 };
	struct copy_try y = copy_try_new();

	y.s = kit_run_at(y.r.a, 1, 0, reserve, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&y.s));
	copy_try_send(&y);
	CU_ASSERT_EQUAL(y.s.outcome.status, STATUS_RESERVATION_CONFLICT);
	copy_try_end(&y);
}

/* ---- segments ---- */

static void
ranges_beyond_the_end_are_not_reachable(void)
{
	static const uint64_t lbas[] = { COPY_BLOCKS - 3, COPY_BLOCKS,
		COPY_BLOCKS + 1, UINT64_MAX, UINT64_MAX - 3,
		UINT64_C(1) << 55 };
	struct copy_try y = copy_try_new();
	unsigned i;

	for (i = 0; i < ARRAY_LEN(lbas); i++) {
		put_be64(copy_try_segment(&y) + 12, lbas[i]);
		copy_try_send(&y);
		CU_ASSERT(copy_try_is_aborted(&y, 0x0d, 0x02, 12));
		put_be64(copy_try_segment(&y) + 12, 0);
		put_be64(copy_try_segment(&y) + 20, lbas[i]);
		copy_try_send(&y);
		CU_ASSERT(copy_try_is_aborted(&y, 0x0d, 0x02, 20));
		put_be64(copy_try_segment(&y) + 20, 0);
	}
	copy_try_end(&y);
}

static void
nothing_is_moved_when_a_later_segment_is_wrong(void)
{
	struct copy_try y = copy_try_new();

	copy_add_blocks(&y.l, 0, 1, 4, 0, COPY_BLOCKS);
	copy_try_send(&y);
	CU_ASSERT(copy_is_aborted(&y.s.outcome, 1, 0x0d, 0x02));
	copy_try_end(&y);
}

static void
blocks_that_do_not_fill_larger_ones_are_inexact(void)
{
	struct copy_kit r = copy_kit_new_with(
	    (struct kit_options){ .block_size = 4096, .blocks = 512 });
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 9);
	struct kit_result s = copy_send(&r, &l);

	CU_ASSERT(copy_is_aborted(&s.outcome, 0, 0x26, 0x0a));
	CU_ASSERT_EQUAL(r.b->store.logged, 0);
	copy_kit_free(&r);
}

static void
offsets_beyond_the_first_block_are_refused(void)
{
	struct copy_try y = copy_try_new();
	uint8_t *p;

	y.l = copy_list();
	p = copy_add_bytes(&y.l, COPY_OWN_LU, COPY_OWN_LU, 512, 0, 8);
	put_be16(p + 28, 512);
	copy_try_send(&y);
	CU_ASSERT(kit_is_invalid_list(&y.s, COPY_HEADER + 28, -1));
	put_be16(p + 28, 511);
	put_be16(p + 30, 0xffff);
	copy_try_send(&y);
	CU_ASSERT(kit_is_invalid_list(&y.s, COPY_HEADER + 30, -1));
	copy_try_end(&y);
}

static void
parts_of_blocks_beyond_the_end_are_not_reachable(void)
{
	struct copy_try y = copy_try_new();
	uint8_t *p;

	y.l = copy_list();
	p = copy_add_bytes(
	    &y.l, COPY_OWN_LU, COPY_OWN_LU, 512, COPY_BLOCKS - 1, 8);
	put_be16(p + 28, 1);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x0d, 0x02, 12));
	put_be64(p + 12, 0);
	put_be64(p + 20, COPY_BLOCKS - 1);
	put_be16(p + 30, 1);
	copy_try_send(&y);
	CU_ASSERT(copy_try_is_aborted(&y, 0x0d, 0x02, 20));
	copy_try_end(&y);
}

static void
a_segment_over_the_limit_points_at_its_length(void)
{
	struct copy_kit r = copy_kit_new_with(
	    (struct kit_options){ .block_size = 4096, .blocks = 512 });
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_add_bytes(
	    &l, COPY_OWN_LU, COPY_OWN_LU, MAX_COPY_SEGMENT_BYTES + 512, 0, 0);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_invalid_list(&s, COPY_HEADER + 8, -1));
	l = copy_list();
	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, 0, 0, UINT16_MAX, 0, 0);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_invalid_list(&s, COPY_HEADER + 32 + 10, -1));
	copy_kit_free(&r);
}

/* clang-format off */
static const struct unit_test copy_list_tests[] = {
	{ "a truncated list is 05/1A/00", a_truncated_list_is_a_length_error },
	{ "a list over the limit is 05/1A/00", a_list_over_the_limit_is_a_length_error },
	{ "lengths near the end of numbers are 05/1A/00", lengths_near_the_end_of_numbers_are_length_errors },
	{ "too many descriptors are 05/26/06 and 08", too_many_descriptors_are_counted },
	{ "unknown descriptor types are 05/26/07 and 09", unknown_descriptor_types_are_told },
	{ "a wrong descriptor length points at it", a_wrong_descriptor_length_points_at_it },
	{ "wrong header fields are told", wrong_header_fields_are_told },
	{ "another block length points at it", another_block_length_points_at_it },
	{ "an unknown designator is 0A/08/04", an_unknown_designator_is_unreachable },
	{ "half a designator is 0A/08/04", half_a_designator_is_unreachable },
	{ "a unit that the nexus does not see is 0A/08/04", a_unit_that_the_nexus_does_not_see_is_unreachable },
	{ "an identifier without descriptor is 0A/08/04", an_identifier_without_descriptor_is_unreachable },
	{ "other device types are 0A/0D/03", other_device_types_are_incorrect },
	{ "LU ID TYPE is ignored", lu_id_type_is_ignored },
	{ "a read-only LUN is no destination", a_read_only_lun_is_no_destination },
	{ "a write protected unit is no destination", a_write_protected_unit_is_no_destination },
	{ "reservations of others keep it out", reservations_of_others_keep_it_out },
	{ "a reservation of the unit that is asked is a conflict", a_reservation_of_the_unit_that_is_asked_is_a_conflict },
	{ "ranges beyond the end are 0A/0D/02", ranges_beyond_the_end_are_not_reachable },
	{ "nothing is moved when a later segment is wrong", nothing_is_moved_when_a_later_segment_is_wrong },
	{ "blocks that do not fill larger ones are 0A/26/0A", blocks_that_do_not_fill_larger_ones_are_inexact },
	{ "offsets beyond the first block are 05/26/00", offsets_beyond_the_first_block_are_refused },
	{ "parts of blocks beyond the end are 0A/0D/02", parts_of_blocks_beyond_the_end_are_not_reachable },
	{ "a segment over the limit points at its length", a_segment_over_the_limit_points_at_its_length },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite copy_list_suite = { "copy_list", copy_list_tests };
