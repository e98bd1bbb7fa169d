/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/provision.c - target/provision.c: UNMAP, GET LBA STATUS.
 */
#include <errno.h>

#include "target/limits.h"
#include "tests/unit/target/block.h"

/* ---- UNMAP ---- */

struct unmap_list {
	uint8_t data[8 + 300 * 16];
	uint32_t length; /* bytes */
};

static void
unmap_lengths(struct unmap_list *l, uint16_t data, uint16_t descriptors)
{
	put_be16(l->data, data);
	put_be16(l->data + 2, descriptors);
}

static void
unmap_add(struct unmap_list *l, uint64_t lba, uint32_t blocks)
{
	if (l->length == 0)
		l->length = 8;
	put_be64(l->data + l->length, lba);
	put_be32(l->data + l->length + 8, blocks);
	l->length += 16;
	unmap_lengths(l, (uint16_t)(l->length - 2), (uint16_t)(l->length - 8));
}

static struct kit_result
unmap_send(struct kit *k, const struct unmap_list *l, uint32_t length)
{
	uint8_t cdb[16] = { 0x42 };

	put_be16(cdb + 7, (uint16_t)length);
	return kit_run(k, cdb, l->data, length, 0);
}

static struct kit_result
unmap_one(struct kit *k, uint64_t lba, uint32_t blocks)
{
	struct unmap_list l = { 0 };

	unmap_add(&l, lba, blocks);
	return unmap_send(k, &l, l.length);
}

static struct kit *
unmap_kit(uint32_t granule, bool zeroes, uint64_t most)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .info = { .discard_granularity = granule,
				       .discard_zeroes = zeroes,
				       .max_discard_bytes = most,
				       .volatile_cache = true,
				       .maps = true } });

	memset(k->store.image, 'x', KIT_BLOCKS * 512);
	return k;
}

static bool
unmap_logged(const struct kit *k, unsigned i, enum bs_op op, uint64_t block,
    uint64_t blocks)
{
	const struct kit_logged *l = &k->store.log[i];

	return i < k->store.logged && l->op == op && l->offset == block * 512 &&
	       l->length == blocks * 512;
}

static void
a_range_is_discarded(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct kit_result r = unmap_one(k, 10, 20);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 1);
	CU_ASSERT(unmap_logged(k, 0, BS_DISCARD, 10, 20));
	kit_free(k);
}

static void
every_descriptor_is_done_in_order(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r;

	unmap_add(&l, 100, 8);
	unmap_add(&l, 0, 0);
	unmap_add(&l, 0, 8);
	unmap_add(&l, 4, 8);
	r = unmap_send(k, &l, l.length);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 3);
	CU_ASSERT(unmap_logged(k, 0, BS_DISCARD, 100, 8));
	CU_ASSERT(unmap_logged(k, 1, BS_DISCARD, 0, 8));
	CU_ASSERT(unmap_logged(k, 2, BS_DISCARD, 4, 8));
	kit_free(k);
}

static void
a_bad_range_leaves_all_mapped(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r;

	unmap_add(&l, 0, 8);
	unmap_add(&l, KIT_BLOCKS - 1, 2);
	r = unmap_send(k, &l, l.length);
	CU_ASSERT(block_is_first_invalid(&r, KIT_BLOCKS));
	r = unmap_one(k, UINT64_MAX, 2);
	CU_ASSERT(block_is_out_of_range(&r));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
no_blocks_are_good_up_to_the_capacity(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct kit_result r = unmap_one(k, 5, 0);

	CU_ASSERT(kit_is_good(&r));
	r = unmap_one(k, KIT_BLOCKS, 0);
	CU_ASSERT(kit_is_good(&r));
	r = unmap_one(k, KIT_BLOCKS + 1, 0);
	CU_ASSERT(block_is_out_of_range(&r));
	kit_free(k);
}

static void
an_empty_list_is_good(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r = unmap_send(k, &l, 0);

	CU_ASSERT(kit_is_good(&r));
	unmap_lengths(&l, 6, 0);
	r = unmap_send(k, &l, 8);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
a_list_cut_short_is_a_length_error(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r;
	uint32_t n;

	unmap_add(&l, 0, 8);
	for (n = 1; n < l.length; n++) {
		r = unmap_send(k, &l, n);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	}
	CU_ASSERT_EQUAL(k->store.logged, 0);
	kit_free(k);
}

static void
only_what_came_is_believed(void)
{
	uint8_t cdb[16] = { 0x42 };
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r;

	unmap_add(&l, 0, 8);
	put_be16(cdb + 7, (uint16_t)l.length);
	r = kit_run(k, cdb, l.data, 12, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	r = kit_run(k, cdb, NULL, 0, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	CU_ASSERT_EQUAL(r.transfer_length, l.length);
	kit_free(k);
}

static void
descriptors_beyond_the_data_are_refused(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r;

	unmap_add(&l, 0, 8);
	unmap_lengths(&l, 22, 32);
	r = unmap_send(k, &l, l.length);
	CU_ASSERT(kit_is_invalid_list(&r, 2, -1));
	unmap_lengths(&l, 0, 16);
	r = unmap_send(k, &l, l.length);
	CU_ASSERT(kit_is_invalid_list(&r, 2, -1));
	kit_free(k);
}

static void
an_incomplete_last_descriptor_is_ignored(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r;

	unmap_add(&l, 0, 8);
	unmap_add(&l, 16, 8);
	unmap_lengths(&l, 6 + 31, 31);
	r = unmap_send(k, &l, 8 + 31);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 1);
	kit_free(k);
}

static void
too_many_descriptors_are_refused(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r;
	uint32_t i;

	for (i = 0; i < MAX_UNMAP_DESCRIPTORS; i++)
		unmap_add(&l, i, 1);
	r = unmap_send(k, &l, l.length);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_DISCARD), MAX_UNMAP_DESCRIPTORS);
	unmap_add(&l, i, 1);
	r = unmap_send(k, &l, l.length);
	CU_ASSERT(kit_is_invalid_list(&r, 2, -1));
	kit_free(k);
}

static void
too_many_blocks_point_at_the_count(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r;

	atomic_store(&k->lu->blocks, 2ull * MAX_UNMAP_BLOCKS);
	unmap_add(&l, 0, MAX_UNMAP_BLOCKS);
	unmap_add(&l, 0, 1);
	r = unmap_send(k, &l, l.length);
	CU_ASSERT(kit_is_invalid_list(&r, 8 + 16 + 8, -1));
	CU_ASSERT_EQUAL(k->store.logged, 0);
	atomic_store(&k->lu->blocks, KIT_BLOCKS);
	kit_free(k);
}

static void
ragged_ends_are_zeroed_when_unmapped_blocks_are_zero(void)
{
	struct kit *k = unmap_kit(4096, true, 0);
	struct kit_result r = unmap_one(k, 5, 30);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 3);
	CU_ASSERT(unmap_logged(k, 0, BS_WRITE_ZEROES, 5, 3));
	CU_ASSERT(unmap_logged(k, 1, BS_DISCARD, 8, 24));
	CU_ASSERT(unmap_logged(k, 2, BS_WRITE_ZEROES, 32, 3));
	CU_ASSERT(block_image_is(k, 0, 5 * 512, 'x'));
	CU_ASSERT(block_image_is(k, 5 * 512, 30 * 512, 0));
	CU_ASSERT(block_image_is(k, 35 * 512, 512, 'x'));
	kit_free(k);
}

static void
ragged_ends_stay_mapped_when_nothing_is_promised(void)
{
	struct kit *k = unmap_kit(4096, false, 0);
	struct kit_result r = unmap_one(k, 5, 30);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 1);
	CU_ASSERT(unmap_logged(k, 0, BS_DISCARD, 8, 24));
	r = unmap_one(k, 1, 6);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 1);
	CU_ASSERT(block_image_is(k, 512, 6 * 512, 'x'));
	kit_free(k);
}

static void
less_than_a_granule_is_zeroed(void)
{
	struct kit *k = unmap_kit(4096, true, 0);
	struct kit_result r = unmap_one(k, 6, 4);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_DISCARD), 0);
	CU_ASSERT(block_image_is(k, 6 * 512, 4 * 512, 0));
	CU_ASSERT(block_image_is(k, 10 * 512, 512, 'x'));
	kit_free(k);
}

static void
long_ranges_are_cut_at_the_stores_limit(void)
{
	struct kit *k = unmap_kit(4096, true, 10000);
	struct kit_result r = unmap_one(k, 0, 40);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.logged, 3);
	CU_ASSERT(unmap_logged(k, 0, BS_DISCARD, 0, 16));
	CU_ASSERT(unmap_logged(k, 1, BS_DISCARD, 16, 16));
	CU_ASSERT(unmap_logged(k, 2, BS_DISCARD, 32, 8));
	kit_free(k);
}

static void
a_store_without_discard_has_no_unmap(void)
{
	struct kit *k = kit_new_with(&(struct kit_options){ .plain = true });
	struct kit_result r = unmap_one(k, 0, 1);

	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x20, 0x00));
	kit_free(k);
}

static void
unmap_with_anchor_is_refused(void)
{
	static const uint8_t cdb[16] = { 0x42, 0x01 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 0);

	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 0));
	kit_free(k);
}

static void
a_failed_discard_ends_the_list(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct unmap_list l = { 0 };
	struct kit_result r;

	unmap_add(&l, 0, 8);
	unmap_add(&l, 16, 8);
	k->store.fail[BS_DISCARD] = -EIO;
	r = unmap_send(k, &l, l.length);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x0c, 0x00));
	CU_ASSERT_EQUAL(k->store.logged, 1);
	kit_free(k);
}

static void
without_a_write_cache_unmapping_is_durable(void)
{
	struct kit *k = unmap_kit(512, true, 0);
	struct kit_result r;

	memset(k->store.durable, 'x', KIT_BLOCKS * 512);
	atomic_store(&k->lu->write_cache, false);
	r = unmap_one(k, 3, 1);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(k->store.durable[3 * 512], 0);
	kit_free(k);
}

/* ---- GET LBA STATUS ---- */

static struct kit_result
lba_status(struct kit *k, uint64_t lba, uint32_t allocation)
{
	uint8_t cdb[16] = { 0x9e, 0x12 };

	put_be64(cdb + 2, lba);
	put_be32(cdb + 10, allocation);
	return kit_run(k, cdb, NULL, 0, allocation);
}

static unsigned
lba_status_count(const struct kit_result *r)
{
	return (get_be32(r->data_in) - 4) / 16;
}

static bool
lba_status_is(const struct kit_result *r, unsigned i, uint64_t lba,
    uint32_t blocks, uint8_t status)
{
	const uint8_t *p = r->data_in + 8 + i * 16;

	return r->data_in_bytes >= 8 + (i + 1) * 16 && get_be64(p) == lba &&
	       get_be32(p + 8) == blocks && p[12] == status && p[13] == 0;
}

static void
data_and_holes_alternate(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.holes + 10, 1, 20);
	r = lba_status(k, 0, 1024);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(lba_status_count(&r), 3);
	CU_ASSERT_EQUAL(r.transfer_length, 8 + 3 * 16);
	CU_ASSERT(lba_status_is(&r, 0, 0, 10, 0));
	CU_ASSERT(lba_status_is(&r, 1, 10, 20, 1));
	CU_ASSERT(lba_status_is(&r, 2, 30, KIT_BLOCKS - 30, 0));
	kit_free(k);
}

static void
the_first_descriptor_begins_at_the_lba(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	memset(k->store.holes + 10, 1, 20);
	r = lba_status(k, 15, 24);
	CU_ASSERT_EQUAL(lba_status_count(&r), 1);
	CU_ASSERT(lba_status_is(&r, 0, 15, 15, 1));
	r = lba_status(k, 31, 24);
	CU_ASSERT(lba_status_is(&r, 0, 31, KIT_BLOCKS - 31, 0));
	r = lba_status(k, KIT_BLOCKS - 1, 24);
	CU_ASSERT(lba_status_is(&r, 0, KIT_BLOCKS - 1, 1, 0));
	kit_free(k);
}

static void
an_unmapped_block_is_deallocated(void)
{
	struct kit *k = kit_new();
	struct kit_result r = unmap_one(k, 7, 1);

	r = lba_status(k, 7, 24);
	CU_ASSERT(lba_status_is(&r, 0, 7, 1, 1));
	kit_free(k);
}

static void
a_block_that_is_partly_a_hole_is_mapped(void)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .block_size = 4096, .blocks = 16 });
	struct kit_result r;

	/* From the middle of block 1 to the middle of block 4. */
	memset(k->store.holes + 12, 1, 24);
	r = lba_status(k, 0, 1024);
	CU_ASSERT_EQUAL(lba_status_count(&r), 3);
	CU_ASSERT(lba_status_is(&r, 0, 0, 2, 0));
	CU_ASSERT(lba_status_is(&r, 1, 2, 2, 1));
	CU_ASSERT(lba_status_is(&r, 2, 4, 12, 0));
	memset(k->store.holes, 0, 128);
	memset(k->store.holes + 12, 1, 3);
	r = lba_status(k, 1, 1024);
	CU_ASSERT_EQUAL(lba_status_count(&r), 1);
	CU_ASSERT(lba_status_is(&r, 0, 1, 15, 0));
	kit_free(k);
}

static void
a_store_that_cannot_tell_is_all_mapped(void)
{
	struct kit *k = kit_new_with(&(struct kit_options){ .plain = true });
	struct kit_result r = lba_status(k, 5, 1024);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(lba_status_count(&r), 1);
	CU_ASSERT(lba_status_is(&r, 0, 5, KIT_BLOCKS - 5, 0));
	kit_free(k);
}

static void
the_allocation_length_bounds_the_descriptors(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	uint32_t i;

	for (i = 0; i < KIT_BLOCKS; i += 2)
		k->store.holes[i] = 1;
	r = lba_status(k, 0, 8 + 5 * 16 + 15);
	CU_ASSERT_EQUAL(lba_status_count(&r), 5);
	CU_ASSERT_EQUAL(r.data_in_bytes, 8 + 5 * 16);
	CU_ASSERT(lba_status_is(&r, 4, 4, 1, 1));
	for (i = 0; i < 24; i++) {
		r = lba_status(k, 0, i);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.data_in_bytes, i);
	}
	r = lba_status(k, 0, 0xffff);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(lba_status_count(&r) > 100);
	kit_free(k);
}

static void
an_lba_past_the_end_is_out_of_range(void)
{
	struct kit *k = kit_new();
	struct kit_result r = lba_status(k, KIT_BLOCKS, 24);

	CU_ASSERT(block_is_first_invalid(&r, KIT_BLOCKS));
	r = lba_status(k, UINT64_MAX, 24);
	CU_ASSERT(block_is_out_of_range(&r));
	kit_free(k);
}

/* clang-format off */
static const struct unit_test provision_tests[] = {
	{ "a range is discarded", a_range_is_discarded },
	{ "every descriptor is done, in order",
	  every_descriptor_is_done_in_order },
	{ "a bad range leaves all mapped", a_bad_range_leaves_all_mapped },
	{ "no blocks are good up to the capacity",
	  no_blocks_are_good_up_to_the_capacity },
	{ "an empty list is good", an_empty_list_is_good },
	{ "a list cut short is 05/1A/00", a_list_cut_short_is_a_length_error },
	{ "only what came is believed", only_what_came_is_believed },
	{ "descriptors beyond the data are 05/26/00",
	  descriptors_beyond_the_data_are_refused },
	{ "an incomplete last descriptor is ignored",
	  an_incomplete_last_descriptor_is_ignored },
	{ "too many descriptors are 05/26/00", too_many_descriptors_are_refused },
	{ "too many blocks point at the count",
	  too_many_blocks_point_at_the_count },
	{ "ragged ends are zeroed when unmapped blocks are zero",
	  ragged_ends_are_zeroed_when_unmapped_blocks_are_zero },
	{ "ragged ends stay mapped when nothing is promised",
	  ragged_ends_stay_mapped_when_nothing_is_promised },
	{ "less than a granule is zeroed", less_than_a_granule_is_zeroed },
	{ "long ranges are cut at the store's limit",
	  long_ranges_are_cut_at_the_stores_limit },
	{ "a store without discard has no UNMAP",
	  a_store_without_discard_has_no_unmap },
	{ "UNMAP with ANCHOR is refused", unmap_with_anchor_is_refused },
	{ "a failed discard ends the list", a_failed_discard_ends_the_list },
	{ "without a write cache unmapping is durable",
	  without_a_write_cache_unmapping_is_durable },
	{ "data and holes alternate", data_and_holes_alternate },
	{ "the first descriptor begins at the LBA asked for",
	  the_first_descriptor_begins_at_the_lba },
	{ "an unmapped block is deallocated", an_unmapped_block_is_deallocated },
	{ "a block that is partly a hole is mapped",
	  a_block_that_is_partly_a_hole_is_mapped },
	{ "a store that cannot tell is all mapped",
	  a_store_that_cannot_tell_is_all_mapped },
	{ "the allocation length bounds the descriptors",
	  the_allocation_length_bounds_the_descriptors },
	{ "an LBA past the end is 05/21/00", an_lba_past_the_end_is_out_of_range },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite provision_suite = { "provision", provision_tests };
