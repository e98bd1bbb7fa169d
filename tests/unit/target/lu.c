/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/lu.c - identity, size, protection.
 */
#include <string.h>

#include "tests/unit/target/kit.h"

extern const struct unit_suite lu_suite;

static const uint8_t lu_uuid[16] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x41,
	0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };

static struct lu_identity
lu_default_identity(void)
{
	struct lu_identity id = { 0 };

	memcpy(id.uuid, lu_uuid, 16);
	lu_identity_complete(&id);
	return id;
}

static void
lu_serial_is_the_uuid(void)
{
	struct lu_identity id = lu_default_identity();

	CU_ASSERT_STRING_EQUAL(
	    id.serial, "6ba7b810-9dad-41d1-80b4-00c04fd430c8");
	CU_ASSERT_STRING_EQUAL(id.device_id, id.serial);
}

static void
lu_naa_is_locally_administered(void)
{
	struct lu_identity id = lu_default_identity();

	CU_ASSERT_EQUAL(id.naa[0], UINT64_C(0x66aa7b8109dad1d1));
	CU_ASSERT_EQUAL(id.naa[1], UINT64_C(0x80b400c04fd430c8));
}

static void
lu_eui64_is_locally_administered(void)
{
	struct lu_identity id = lu_default_identity(), other = { 0 };

	CU_ASSERT_EQUAL(id.eui64 >> 56 & 3, 2);
	memcpy(other.uuid, lu_uuid, 16);
	other.uuid[15] ^= 1;
	lu_identity_complete(&other);
	CU_ASSERT_NOT_EQUAL(id.eui64, other.eui64);
}

static void
lu_identity_keeps_what_is_given(void)
{
	struct lu_identity id = {
		.serial = "S1", .product = "DISK", .eui64 = 5, .naa = { 6, 7 }
	};

	lu_identity_complete(&id);
	CU_ASSERT_STRING_EQUAL(id.serial, "S1");
	CU_ASSERT_STRING_EQUAL(id.product, "DISK");
	CU_ASSERT_STRING_EQUAL(id.vendor, "TISANE");
	CU_ASSERT_EQUAL(id.eui64, 5);
	CU_ASSERT_EQUAL(id.naa[0], 6);
}

static void
lu_capacity_in_blocks(void)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .block_size = 4096, .blocks = 100 });

	CU_ASSERT_EQUAL(atomic_load(&k->lu->blocks), 100);
	CU_ASSERT_EQUAL(k->lu->block_shift, 12);
	kit_free(k);
}

static void
lu_new_size_is_told_to_all(void)
{
	struct kit *k = kit_new();
	struct outcome o;
	unsigned i;

	atomic_store(&k->store.bs.size, KIT_BLOCKS / 2 * 512 + 100);
	lu_size_changed(k->lu);
	CU_ASSERT_EQUAL(atomic_load(&k->lu->blocks), KIT_BLOCKS / 2);
	for (i = 0; i < KIT_HOMES; i++) {
		o = nexus_lu_take_attention(k->nexus[i]->lus[0]);
		CU_ASSERT_EQUAL(o.key, SENSE_UNIT_ATTENTION);
		CU_ASSERT_EQUAL(o.asc, 0x2a);
		CU_ASSERT_EQUAL(o.ascq, 0x09);
	}
	kit_free(k);
}

static void
lu_same_size_is_told_to_nobody(void)
{
	struct kit *k = kit_new();

	lu_size_changed(k->lu);
	CU_ASSERT_TRUE(
	    outcome_good(nexus_lu_take_attention(k->nexus[0]->lus[0])));
	kit_free(k);
}

static void
lu_write_protection(void)
{
	struct kit *k = kit_new();

	CU_ASSERT_FALSE(lu_is_write_protected(k->lu));
	atomic_store(&k->lu->software_write_protect, true);
	CU_ASSERT_TRUE(lu_is_write_protected(k->lu));
	atomic_store(&k->lu->software_write_protect, false);
	k->store.bs.info.read_only = true;
	CU_ASSERT_TRUE(lu_is_write_protected(k->lu));
	k->store.bs.info.read_only = false;
	k->lu->options.read_only = true;
	CU_ASSERT_TRUE(lu_is_write_protected(k->lu));
	kit_free(k);
}

static const struct unit_test lu_tests[] = {
	{ "the serial number is the UUID's text", lu_serial_is_the_uuid },
	{ "NAA 6 is the UUID, locally administered",
	    lu_naa_is_locally_administered },
	{ "EUI-64 is of the UUID, locally administered",
	    lu_eui64_is_locally_administered },
	{ "what is given stays", lu_identity_keeps_what_is_given },
	{ "capacity counts blocks", lu_capacity_in_blocks },
	{ "a new size is 06/2A/09 for each nexus", lu_new_size_is_told_to_all },
	{ "the same size is no news", lu_same_size_is_told_to_nobody },
	{ "options, store and SWP protect", lu_write_protection },
	{ NULL, NULL },
};

const struct unit_suite lu_suite = { "lu", lu_tests };
