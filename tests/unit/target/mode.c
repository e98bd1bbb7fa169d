/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/mode.c - MODE SENSE and MODE SELECT.
 */
#include <errno.h>
#include <string.h>

#include "target/mode.h"
#include "tests/unit/target/kit.h"

extern const struct unit_suite mode_suite;

#define CDB(...)      ((const uint8_t[16]){ __VA_ARGS__ })
#define PC_CHANGEABLE 0x40
#define PC_DEFAULT    0x80
#define PC_SAVED      0xc0
#define DBD           0x08

static struct kit_result
mode_sense6(struct kit *k, uint8_t flags, uint8_t page, uint8_t subpage)
{
	return kit_run(k, CDB(0x1a, flags, page, subpage, 255), NULL, 0, 255);
}

static struct kit_result
mode_sense10(struct kit *k, uint8_t flags, uint8_t page)
{
	return kit_run(
	    k, CDB(0x5a, flags, page, 0, 0, 0, 0, 1, 0), NULL, 0, 256);
}

static struct kit_result
mode_select6(struct kit *k, const uint8_t *list, uint8_t length)
{
	return kit_run(k, CDB(0x15, 0x10, 0, 0, length), list, length, 0);
}

static struct kit_result
mode_select10(struct kit *k, const uint8_t *list, uint8_t length)
{
	return kit_run(
	    k, CDB(0x55, 0x10, 0, 0, 0, 0, 0, 0, length), list, length, 0);
}

/* A MODE SELECT(6) list of the page as MODE SENSE has it now. */
static uint8_t
mode_list_of(struct kit *k, uint8_t page, uint8_t list[64])
{
	struct kit_result r = mode_sense6(k, DBD, page, 0);

	CU_ASSERT_FATAL(kit_is_good(&r) && r.data_in_bytes <= 64);
	memcpy(list, r.data_in, r.data_in_bytes);
	list[0] = 0;
	return (uint8_t)r.data_in_bytes;
}

/* Set or clear one bit of a page by MODE SELECT(6). */
static struct kit_result
mode_change(struct kit *k, uint8_t page, unsigned byte, uint8_t mask, bool on)
{
	uint8_t list[64], length = mode_list_of(k, page, list);

	list[4 + byte] = (uint8_t)((list[4 + byte] & ~mask) | (on ? mask : 0));
	return mode_select6(k, list, length);
}

static struct kit_result
mode_set_wce(struct kit *k, bool on)
{
	return mode_change(k, 0x08, 2, 0x04, on);
}

/* ---- MODE SENSE ---- */

static void
mode_all_pages(void)
{
	static const uint8_t codes[] = { 0x01, 0x08, 0x0a, 0x1c };
	struct kit *k = kit_new();
	struct kit_result r = mode_sense6(k, 0, 0x3f, 0);
	unsigned at = 12, i;

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, r.data_in[0] + 1u);
	CU_ASSERT_EQUAL(r.data_in[3], 8);
	for (i = 0; i < sizeof(codes); i++) {
		CU_ASSERT_EQUAL(r.data_in[at] & 0x3f, codes[i]);
		at += 2u + r.data_in[at + 1];
	}
	CU_ASSERT_EQUAL(at, r.data_in_bytes);
	kit_free(k);
}

static void
mode_same_alone(void)
{
	struct kit *k = kit_new();
	uint8_t all[255];
	struct kit_result r = mode_sense6(k, DBD, 0x3f, 0);

	memcpy(all, r.data_in, r.data_in_bytes);
	r = mode_sense6(k, DBD, 0x0a, 0);
	CU_ASSERT_EQUAL(r.data_in_bytes, 16);
	CU_ASSERT(memcmp(r.data_in + 4, all + 4 + 12 + 20, 12) == 0);
	kit_free(k);
}

static void
mode_subpages(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_sense6(k, 0, 0x3f, 0xff);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 4 + 8 + 12 + 20 + 12 + 32 + 12);
	r = mode_sense6(k, 0, 0x08, 0xff);
	CU_ASSERT(kit_is_good(&r));
	r = mode_sense6(k, 0, 0x3f, 0x01);
	CU_ASSERT(kit_is_invalid_cdb(&r, 3, -1));
	r = mode_sense6(k, 0, 0x0a, 0x02);
	CU_ASSERT(kit_is_invalid_cdb(&r, 3, -1));
	kit_free(k);
}

static void
mode_unknown_page(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_sense6(k, 0, 0x02, 0);

	CU_ASSERT(kit_is_invalid_cdb(&r, 2, 5));
	kit_free(k);
}

static void
mode_saved(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_sense6(k, 0, PC_SAVED | 0x3f, 0);

	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x39, 0x00));
	kit_free(k);
}

static void
mode_changeable(void)
{
	static const uint8_t caching[20] = { 0x08, 0x12, 0x04 };
	static const uint8_t control[12] = { 0x0a, 0x0a, 0x04, 0x00, 0x08,
		0x40 };
	static const uint8_t recovery[12] = { 0x01, 0x0a, 0, 0, 0, 0, 0, 0x80 };
	struct kit *k = kit_new();
	struct kit_result r = mode_sense6(k, DBD, PC_CHANGEABLE | 0x3f, 0);

	CU_ASSERT(memcmp(r.data_in + 4, recovery, 12) == 0);
	CU_ASSERT(memcmp(r.data_in + 16, caching, 20) == 0);
	CU_ASSERT(memcmp(r.data_in + 36, control, 12) == 0);
	kit_free(k);
}

static void
mode_default_stays(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_set_wce(k, false);

	CU_ASSERT(kit_is_good(&r));
	r = mode_sense6(k, DBD, 0x08, 0);
	CU_ASSERT_EQUAL(r.data_in[6], 0x00);
	r = mode_sense6(k, DBD, PC_DEFAULT | 0x08, 0);
	CU_ASSERT_EQUAL(r.data_in[6], 0x04);
	kit_free(k);
}

static void
mode_truncated(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    kit_run(k, CDB(0x1a, 0, 0x3f, 0, 4), NULL, 0, 255);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 4);
	CU_ASSERT_EQUAL(r.transfer_length, 4);
	CU_ASSERT_EQUAL(r.data_in[0], 4 + 8 + 12 + 20 + 12 + 12 - 1);
	kit_free(k);
}

static void
mode_short_descriptor(void)
{
	static const uint8_t expected[8] = { 0, 0, 8, 0, 0, 0, 2, 0 };
	struct kit *k = kit_new();
	struct kit_result r = mode_sense6(k, 0, 0x08, 0);

	CU_ASSERT(memcmp(r.data_in + 4, expected, 8) == 0);
	r = mode_sense10(k, 0, 0x08);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 6), 8);
	CU_ASSERT_EQUAL(r.data_in[4], 0);
	CU_ASSERT(memcmp(r.data_in + 8, expected, 8) == 0);
	kit_free(k);
}

static void
mode_long_descriptor(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_sense10(k, 0x10, 0x08);

	CU_ASSERT_EQUAL(get_be16(r.data_in), r.data_in_bytes - 2);
	CU_ASSERT_EQUAL(r.data_in[4], 1);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 6), 16);
	CU_ASSERT_EQUAL(get_be64(r.data_in + 8), KIT_BLOCKS);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 20), 512);
	kit_free(k);
}

static void
mode_large_capacity(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	atomic_store(&k->lu->blocks, UINT64_C(1) << 33);
	r = mode_sense6(k, 0, 0x08, 0);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 4), 0xffffffffu);
	r = mode_sense10(k, 0x10, 0x08);
	CU_ASSERT_EQUAL(get_be64(r.data_in + 8), UINT64_C(1) << 33);
	atomic_store(&k->lu->blocks, KIT_BLOCKS);
	kit_free(k);
}

static void
mode_no_descriptor(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_sense6(k, DBD, 0x08, 0);

	CU_ASSERT_EQUAL(r.data_in[3], 0);
	CU_ASSERT_EQUAL(r.data_in_bytes, 24);
	r = mode_sense10(k, 0x10 | DBD, 0x08);
	CU_ASSERT_EQUAL(r.data_in[4], 0);
	CU_ASSERT_EQUAL(r.data_in_bytes, 28);
	kit_free(k);
}

static void
mode_header_bits(void)
{
	struct kit *k = kit_new();
	struct kit *read_only =
	    kit_new_with(&(struct kit_options){ .lu.read_only = true });
	struct kit_result r = mode_sense6(k, 0, 0x08, 0);

	CU_ASSERT_EQUAL(r.data_in[2], 0x10);
	r = mode_sense10(read_only, 0, 0x08);
	CU_ASSERT_EQUAL(r.data_in[3], 0x90);
	kit_free(read_only);
	kit_free(k);
}

static void
mode_no_cache(void)
{
	struct kit *k =
	    kit_new_with(&(struct kit_options){ .lu.writethrough = true });
	struct kit_result r = mode_sense6(k, DBD, 0x08, 0);

	CU_ASSERT_EQUAL(r.data_in[6], 0x00);
	r = mode_sense6(k, DBD, PC_CHANGEABLE | 0x08, 0);
	CU_ASSERT_EQUAL(r.data_in[6], 0x00);
	r = mode_set_wce(k, true);
	CU_ASSERT(kit_is_invalid_list(&r, 4 + 2, 2));
	kit_free(k);
}

/* ---- MODE SELECT: what it does ---- */

static void
mode_wce_off_flushes(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	kit_log_clear(k);
	r = mode_set_wce(k, false);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 1);
	CU_ASSERT(!atomic_load(&k->lu->write_cache));
	kit_log_clear(k);
	r = mode_set_wce(k, true);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 0);
	CU_ASSERT(atomic_load(&k->lu->write_cache));
	kit_free(k);
}

static void
mode_wce_off_fails(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	k->store.fail[BS_FLUSH] = -EIO;
	r = mode_set_wce(k, false);
	CU_ASSERT(kit_is_check(&r, SENSE_MEDIUM_ERROR, 0x0c, 0x00));
	CU_ASSERT(atomic_load(&k->lu->write_cache));
	k->store.fail[BS_FLUSH] = 0;
	kit_free(k);
}

static void
mode_wce_off_waits_for_writes(void)
{
	struct kit *k = kit_new();
	uint8_t list[64], length = mode_list_of(k, 0x08, list), cdb[16];
	struct kit_task *write, *select;

	list[4 + 2] = 0;
	kit_cdb_write10(cdb, 0, 1);
	write = kit_task_new(k, 0, cdb, 512, 0);
	select = kit_task_new(k, 0, CDB(0x15, 0x10, 0, 0, length), length, 0);
	k->store.hold = true;
	kit_task_start(write, 0xaa);
	CU_ASSERT(outcome_good(task_prepare(&select->task)));
	buf_list_write(&select->task.data, 0, list, length);
	task_execute(&select->task);
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 0);
	kit_release_all(k);
	CU_ASSERT_EQUAL(kit_logged(k, BS_FLUSH), 1);
	CU_ASSERT_EQUAL(k->store.log[k->store.logged - 1].op, BS_FLUSH);
	CU_ASSERT(select->done == 1 && !atomic_load(&k->lu->write_cache));
	kit_task_free(write);
	kit_task_free(select);
	kit_free(k);
}

static void
mode_wce_off_makes_writes_durable(void)
{
	struct kit *k = kit_new();
	uint8_t cdb[16], data[512];
	struct kit_result r = mode_set_wce(k, false);

	memset(data, 0x5a, sizeof(data));
	kit_cdb_write10(cdb, 3, 1);
	r = kit_run(k, cdb, data, sizeof(data), 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(memcmp(k->store.durable + 3 * 512, data, 512) == 0);
	kit_free(k);
}

static void
mode_d_sense(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_change(k, 0x0a, 2, 0x04, true);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(atomic_load(&k->lu->descriptor_sense));
	r = mode_sense6(k, DBD, 0x0a, 0);
	CU_ASSERT_EQUAL(r.data_in[4 + 2], 0x20 | 0x04); /* TST 001b */
	kit_free(k);
}

static void
mode_swp(void)
{
	struct kit *k = kit_new();
	uint8_t cdb[16], data[512] = { 0 };
	struct kit_result r = mode_change(k, 0x0a, 4, 0x08, true);

	CU_ASSERT(kit_is_good(&r));
	kit_cdb_write10(cdb, 0, 1);
	r = kit_run(k, cdb, data, sizeof(data), 0);
	CU_ASSERT(kit_is_check(&r, SENSE_DATA_PROTECT, 0x27, 0x00));
	kit_cdb_read10(cdb, 0, 1);
	r = kit_run(k, cdb, NULL, 0, 512);
	CU_ASSERT(kit_is_good(&r));
	r = mode_sense6(k, 0, 0x0a, 0);
	CU_ASSERT_EQUAL(r.data_in[2], 0x90);
	r = mode_change(k, 0x0a, 4, 0x08, false);
	CU_ASSERT(kit_is_good(&r));
	kit_cdb_write10(cdb, 0, 1);
	r = kit_run(k, cdb, data, sizeof(data), 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
mode_tas(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_change(k, 0x0a, 5, 0x40, true);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(atomic_load(&k->lu->task_aborted_status));
	kit_free(k);
}

static void
mode_attention(void)
{
	static const uint8_t ready[16] = { 0 };
	struct kit *k = kit_new();
	struct kit_result r = mode_change(k, 0x0a, 2, 0x04, true);

	r = kit_run_at(k, 1, 0, ready, NULL, 0, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x2a, 0x01));
	r = kit_run_at(k, 0, 0, ready, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
mode_no_attention_without_change(void)
{
	static const uint8_t ready[16] = { 0 };
	struct kit *k = kit_new();
	struct kit_result r = mode_change(k, 0x0a, 2, 0x04, false);

	CU_ASSERT(kit_is_good(&r));
	r = kit_run_at(k, 1, 0, ready, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
mode_reset_to_defaults(void)
{
	struct kit *k = kit_new();

	mode_set_wce(k, false);
	mode_change(k, 0x0a, 4, 0x08, true);
	pthread_mutex_lock(&k->lu->mutex);
	mode_reset(k->lu);
	pthread_mutex_unlock(&k->lu->mutex);
	CU_ASSERT(atomic_load(&k->lu->write_cache));
	CU_ASSERT(!atomic_load(&k->lu->software_write_protect));
	kit_free(k);
}

static void
mode_select_ten(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_sense10(k, 0x10, 0x08);
	uint8_t list[64];

	CU_ASSERT_FATAL(r.data_in_bytes == 8 + 16 + 20);
	memcpy(list, r.data_in, 8 + 16 + 20);
	put_be16(list, 0);
	list[8 + 16 + 2] = 0;
	r = mode_select10(k, list, 8 + 16 + 20);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(!atomic_load(&k->lu->write_cache));
	kit_free(k);
}

static void
mode_select_two_pages(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_sense6(k, 0, 0x3f, 0);
	uint8_t list[128], length = (uint8_t)r.data_in_bytes;

	memcpy(list, r.data_in, length);
	list[0] = 0;
	list[12 + 12 + 2] = 0;          /* WCE */
	list[12 + 12 + 20 + 2] |= 0x04; /* D_SENSE */
	r = mode_select6(k, list, length);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(!atomic_load(&k->lu->write_cache));
	CU_ASSERT(atomic_load(&k->lu->descriptor_sense));
	kit_free(k);
}

/* ---- MODE SELECT: what it refuses ---- */

static void
mode_select_nothing(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_select6(k, NULL, 0);

	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
mode_select_save(void)
{
	struct kit *k = kit_new();
	uint8_t list[64], length = mode_list_of(k, 0x08, list);
	struct kit_result r =
	    kit_run(k, CDB(0x15, 0x11, 0, 0, length), list, length, 0);

	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 0));
	kit_free(k);
}

static void
mode_select_without_pf(void)
{
	struct kit *k = kit_new();
	uint8_t list[64], length = mode_list_of(k, 0x08, list);
	struct kit_result r =
	    kit_run(k, CDB(0x15, 0, 0, 0, length), list, length, 0);

	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
	kit_free(k);
}

static void
mode_select_truncated(void)
{
	static const uint8_t descriptor[] = { 0, 0, 0, 8, 0, 0, 8, 0, 0, 0, 2 };
	struct kit *k = kit_new();
	uint8_t list[64], length = mode_list_of(k, 0x08, list), n;
	struct kit_result r;

	for (n = 4; n <= sizeof(descriptor); n++) {
		r = mode_select6(k, descriptor, n);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	}
	for (n = 1; n < length; n++) {
		if (n == 4) /* the header and no page is whole */
			continue;
		r = mode_select6(k, list, n);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	}
	kit_free(k);
}

static void
mode_select_less_sent(void)
{
	struct kit *k = kit_new();
	uint8_t list[64], length = mode_list_of(k, 0x08, list);
	struct kit_result r =
	    kit_run(k, CDB(0x15, 0x10, 0, 0, length), list, length - 1u, 0);

	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	kit_free(k);
}

static void
mode_select_too_long(void)
{
	struct kit *k = kit_new();
	static const uint8_t list[4096];
	struct kit_result r = kit_run(
	    k, CDB(0x55, 0x10, 0, 0, 0, 0, 0, 0x10, 0), list, sizeof(list), 0);

	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	kit_free(k);
}

static void
mode_select_page_length(void)
{
	struct kit *k = kit_new();
	uint8_t list[64], length = mode_list_of(k, 0x08, list);
	struct kit_result r;

	list[4 + 1] = 0x0a;
	r = mode_select6(k, list, length);
	CU_ASSERT(kit_is_invalid_list(&r, 4 + 1, -1));
	kit_free(k);
}

static void
mode_select_unknown_page(void)
{
	struct kit *k = kit_new();
	uint8_t list[64], length = mode_list_of(k, 0x08, list);
	struct kit_result r;

	list[4] = 0x02;
	r = mode_select6(k, list, length);
	CU_ASSERT(kit_is_invalid_list(&r, 4, 5));
	list[4] = 0x48;
	r = mode_select6(k, list, length);
	CU_ASSERT(kit_is_invalid_list(&r, 4, 6));
	kit_free(k);
}

static void
mode_select_unchangeable(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_change(k, 0x08, 2, 0x01, true); /* RCD */

	CU_ASSERT(kit_is_invalid_list(&r, 4 + 2, 0));
	r = mode_change(k, 0x0a, 2, 0xe0, true); /* TST */
	CU_ASSERT(kit_is_invalid_list(&r, 4 + 2, 7));
	kit_free(k);
}

static void
mode_select_all_or_nothing(void)
{
	struct kit *k = kit_new();
	struct kit_result r = mode_sense6(k, DBD, 0x3f, 0);
	uint8_t list[128], length = (uint8_t)r.data_in_bytes;

	memcpy(list, r.data_in, length);
	list[0] = 0;
	list[4 + 12 + 2] = 0;         /* WCE */
	list[4 + 12 + 20 + 3] = 0xf0; /* QUEUE ALGORITHM MODIFIER */
	r = mode_select6(k, list, length);
	CU_ASSERT(kit_is_invalid_list(&r, 4 + 12 + 20 + 3, 7));
	CU_ASSERT(atomic_load(&k->lu->write_cache));
	kit_free(k);
}

static void
mode_select_descriptor(void)
{
	struct kit *k = kit_new();
	uint8_t list[12] = { 0, 0, 0, 8, 0, 0, 8, 0, 0, 0, 2, 0 };
	struct kit_result r = mode_select6(k, list, 12);

	CU_ASSERT(kit_is_good(&r));
	list[6] = 4; /* half the capacity */
	r = mode_select6(k, list, 12);
	CU_ASSERT(kit_is_invalid_list(&r, 4, -1));
	list[6] = 0; /* as many as there are */
	r = mode_select6(k, list, 12);
	CU_ASSERT(kit_is_good(&r));
	list[10] = 16; /* blocks of 4096 bytes */
	r = mode_select6(k, list, 12);
	CU_ASSERT(kit_is_invalid_list(&r, 9, -1));
	list[3] = 7;
	r = mode_select6(k, list, 12);
	CU_ASSERT(kit_is_invalid_list(&r, 3, -1));
	kit_free(k);
}

static void
mode_select_medium_type(void)
{
	struct kit *k = kit_new();
	const uint8_t list[4] = { 0, 1, 0, 0 };
	struct kit_result r = mode_select6(k, list, 4);

	CU_ASSERT(kit_is_invalid_list(&r, 1, -1));
	kit_free(k);
}

static const struct unit_test mode_tests[] = {
	{ "3Fh has every page, ascending", mode_all_pages },
	{ "a page alone is the page in 3Fh", mode_same_alone },
	{ "subpage FFh, and no other", mode_subpages },
	{ "an unknown page is 05/24/00", mode_unknown_page },
	{ "saved values are 05/39/00 without a store", mode_saved },
	{ "the changeable bits", mode_changeable },
	{ "default values stay", mode_default_stays },
	{ "MODE SENSE is cut, its length is not", mode_truncated },
	{ "short block descriptor", mode_short_descriptor },
	{ "long block descriptor", mode_long_descriptor },
	{ "capacity beyond 32 bits", mode_large_capacity },
	{ "DBD", mode_no_descriptor },
	{ "WP and DPOFUA", mode_header_bits },
	{ "writethrough: WCE is 0 for ever", mode_no_cache },
	{ "WCE off flushes", mode_wce_off_flushes },
	{ "WCE stays on when the flush fails", mode_wce_off_fails },
	{ "WCE off waits for running writes", mode_wce_off_waits_for_writes },
	{ "writes are durable with WCE off",
	    mode_wce_off_makes_writes_durable },
	{ "D_SENSE", mode_d_sense },
	{ "SWP protects, and can be taken back", mode_swp },
	{ "TAS", mode_tas },
	{ "a change is 06/2A/01 to the others", mode_attention },
	{ "no change, no unit attention", mode_no_attention_without_change },
	{ "a reset brings the defaults back", mode_reset_to_defaults },
	{ "MODE SELECT(10) with LONGLBA", mode_select_ten },
	{ "MODE SELECT of several pages", mode_select_two_pages },
	{ "an empty list is GOOD", mode_select_nothing },
	{ "SP is 05/24/00 without a store", mode_select_save },
	{ "pages without PF are 05/24/00", mode_select_without_pf },
	{ "a truncated list is 05/1A/00", mode_select_truncated },
	{ "fewer bytes sent than said is 05/1A/00", mode_select_less_sent },
	{ "too long a list is 05/1A/00", mode_select_too_long },
	{ "a wrong page length is 05/26/00", mode_select_page_length },
	{ "an unknown page in the list is 05/26/00", mode_select_unknown_page },
	{ "an unchangeable bit is 05/26/00", mode_select_unchangeable },
	{ "a refused list changes nothing", mode_select_all_or_nothing },
	{ "block descriptors must say what is", mode_select_descriptor },
	{ "a medium type is 05/26/00", mode_select_medium_type },
	{ NULL, NULL },
};

const struct unit_suite mode_suite = { "mode", mode_tests };
