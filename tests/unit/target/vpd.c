/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/vpd.c - vital product data pages.
 */
#include <string.h>

#include "target/limits.h"
#include "tests/unit/target/kit.h"

extern const struct unit_suite vpd_suite;

static struct kit_result
vpd_ask(struct kit *k, uint8_t page)
{
	const uint8_t cdb[16] = { 0x12, 0x01, page, 0x04, 0x00 };

	return kit_run(k, cdb, NULL, 0, 1024);
}

static struct kit *
vpd_plain(void)
{
	return kit_new_with(&(struct kit_options){ .plain = true });
}

static void
vpd_list(void)
{
	static const uint8_t expected[] = { 0x00, 0x00, 0x00, 10, 0x00, 0x80,
		0x83, 0x86, 0x87, 0x88, 0x8f, 0xb0, 0xb1, 0xb2 };
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0x00);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, sizeof(expected));
	CU_ASSERT(memcmp(r.data_in, expected, sizeof(expected)) == 0);
	kit_free(k);
}

static void
vpd_listed_or_refused(void)
{
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0x00);
	uint8_t listed[256] = { 0 };
	unsigned i;

	for (i = 4; i < r.data_in_bytes; i++)
		listed[r.data_in[i]] = 1;
	for (i = 0; i < 256; i++) {
		r = vpd_ask(k, (uint8_t)i);
		if (!listed[i]) {
			CU_ASSERT(kit_is_invalid_cdb(&r, 2, -1));
			continue;
		}
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(r.data_in[1], i);
		CU_ASSERT_EQUAL(4u + get_be16(r.data_in + 2), r.data_in_bytes);
	}
	kit_free(k);
}

static void
vpd_no_lu(void)
{
	static const uint8_t expected[] = { 0x7f, 0x00, 0x00, 1, 0x00 };
	const uint8_t list[16] = { 0x12, 0x01, 0x00, 0x04, 0x00 };
	const uint8_t serial[16] = { 0x12, 0x01, 0x80, 0x04, 0x00 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run_at(k, 0, 7, list, NULL, 0, 1024);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, sizeof(expected));
	CU_ASSERT(memcmp(r.data_in, expected, sizeof(expected)) == 0);
	r = kit_run_at(k, 0, 7, serial, NULL, 0, 1024);
	CU_ASSERT(kit_is_invalid_cdb(&r, 2, -1));
	kit_free(k);
}

static void
vpd_serial(void)
{
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0x80);
	size_t length = strlen(k->lu->identity.serial);

	CU_ASSERT(length > 0);
	CU_ASSERT_EQUAL(r.data_in_bytes, 4 + length);
	CU_ASSERT(memcmp(r.data_in + 4, k->lu->identity.serial, length) == 0);
	kit_free(k);
}

/* ---- 83h ---- */

/* The designator with these two header bytes; NULL when it is not there. */
static const uint8_t *
vpd_designator(const struct kit_result *r, uint8_t byte0, uint8_t byte1)
{
	unsigned at;

	for (at = 4; at + 4 <= r->data_in_bytes; at += 4 + r->data_in[at + 3]) {
		if (r->data_in[at] == byte0 && r->data_in[at + 1] == byte1)
			return r->data_in + at;
	}
	return NULL;
}

static void
vpd_device_id(void)
{
	struct kit *k = kit_new();
	const struct lu_identity *id = &k->lu->identity;
	struct kit_result r = vpd_ask(k, 0x83);
	const uint8_t *d = vpd_designator(&r, 0x02, 0x01);

	CU_ASSERT(d != NULL && d[3] == 8 + strlen(id->device_id));
	CU_ASSERT(d != NULL &&
		  memcmp(d + 12, id->device_id, strlen(id->device_id)) == 0);
	d = vpd_designator(&r, 0x01, 0x03);
	CU_ASSERT(d != NULL && d[3] == 16 && d[4] >> 4 == 6);
	CU_ASSERT(d != NULL && get_be64(d + 4) == id->naa[0]);
	d = vpd_designator(&r, 0x01, 0x02);
	CU_ASSERT(d != NULL && d[3] == 8 && get_be64(d + 4) == id->eui64);
	d = vpd_designator(&r, 0x03, 0x08);
	CU_ASSERT(d != NULL && d[3] == 40 && memcmp(d + 4, "naa.6", 5) == 0);
	kit_free(k);
}

/* A designator of 8 bytes, as the configuration may give it. */
static void
vpd_short_naa(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	const uint8_t *d;

	k->lu->identity.naa[0] = 0x5001405abcdef012;
	k->lu->identity.naa[1] = 0;
	r = vpd_ask(k, 0x83);
	d = vpd_designator(&r, 0x01, 0x03);
	CU_ASSERT(d != NULL && d[3] == 8);
	CU_ASSERT(d != NULL && get_be64(d + 4) == 0x5001405abcdef012);
	d = vpd_designator(&r, 0x03, 0x08);
	CU_ASSERT(d != NULL && d[3] == 24 &&
		  strcmp((const char *)d + 4, "naa.5001405ABCDEF012") == 0);
	kit_free(k);
}

static void
vpd_port_group(void)
{
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0x83);
	const uint8_t *d = vpd_designator(&r, 0x51, 0x95);

	CU_ASSERT(d != NULL && d[3] == 4 && get_be32(d + 4) == 1);
	kit_free(k);
}

static void
vpd_port_names(void)
{
	static const char port[] = "iqn.2026-01.test:target,t,0x0001";
	static const char device[] = "iqn.2026-01.test:target";
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0x83);
	const uint8_t *d = vpd_designator(&r, 0x51, 0x94);

	CU_ASSERT(d != NULL && get_be32(d + 4) == 1);
	d = vpd_designator(&r, 0x53, 0x98);
	CU_ASSERT(d != NULL && d[3] == align_up(sizeof(port), 4));
	CU_ASSERT(d != NULL && memcmp(d + 4, port, sizeof(port)) == 0);
	d = vpd_designator(&r, 0x53, 0xa8);
	CU_ASSERT(d != NULL && d[3] == align_up(sizeof(device), 4));
	CU_ASSERT(d != NULL && memcmp(d + 4, device, sizeof(device)) == 0);
	kit_free(k);
}

static void
vpd_longest_name(void)
{
	const uint8_t cdb[16] = { 0x12, 0x01, 0x83, 0x04, 0x00 };
	static const uint8_t isid[6] = { 0x80, 0, 0, 0, 0, 9 };
	char name[ISCSI_NAME_MAX + 1];
	struct kit *k = kit_new();
	struct nexus *mine = k->nexus[0];
	struct target *target;
	struct kit_result r;
	const uint8_t *d;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	target = target_new(name, "");
	CU_ASSERT(target_add_lun(target, 0, k->lu, false, NULL, 0));
	k->nexus[0] = nexus_attach(mine->home, target, "iqn.a:b", isid, 65535);
	r = kit_run(k, cdb, NULL, 0, 1024);
	CU_ASSERT(kit_is_good(&r));
	d = vpd_designator(&r, 0x53, 0x98);
	CU_ASSERT(d != NULL && d[3] == 236);
	CU_ASSERT(d != NULL && memcmp(d + 4 + 223, ",t,0xffff", 10) == 0);
	nexus_detach(k->nexus[0], NULL, NULL);
	k->nexus[0] = mine;
	target_unref(target);
	kit_free(k);
}

/* ---- 86h ---- */

static void
vpd_extended_inquiry(void)
{
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0x86);

	CU_ASSERT_EQUAL(r.data_in_bytes, 64);
	CU_ASSERT_EQUAL(r.data_in[5], 0x07);
	CU_ASSERT_EQUAL(r.data_in[6], 0x01);
	CU_ASSERT_EQUAL(r.data_in[7], 0x01); /* LUICLR */
	kit_free(k);
}

static void
vpd_no_volatile_cache(void)
{
	struct kit *k = vpd_plain();
	struct kit_result r = vpd_ask(k, 0x86);

	CU_ASSERT_EQUAL(r.data_in[6], 0x00);
	kit_free(k);
}

/* ---- B0h B1h B2h ---- */

static void
vpd_block_limits(void)
{
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0xb0);
	const uint8_t *p = r.data_in;

	CU_ASSERT_EQUAL(r.data_in_bytes, 64);
	CU_ASSERT_EQUAL(p[4], 0x01); /* WSNZ */
	CU_ASSERT_EQUAL(p[5], 128);
	CU_ASSERT_EQUAL(get_be16(p + 6), 1);
	CU_ASSERT_EQUAL(get_be32(p + 8), 16384);
	CU_ASSERT_EQUAL(get_be32(p + 20), MAX_UNMAP_BLOCKS);
	CU_ASSERT_EQUAL(get_be32(p + 24), 256);
	CU_ASSERT_EQUAL(get_be32(p + 28), 1);
	CU_ASSERT_EQUAL(get_be32(p + 32), 0x80000000u);
	CU_ASSERT_EQUAL(get_be64(p + 36), MAX_WRITE_SAME_BLOCKS);
	kit_free(k);
}

static void
vpd_block_limits_4k(void)
{
	struct kit *k = kit_new_with(&(struct kit_options){ .block_size = 4096,
	    .blocks = 256,
	    .info = { .physical_block_bytes = 16384,
		.optimal_io_bytes = 65536,
		.discard_granularity = 8192 } });
	struct kit_result r = vpd_ask(k, 0xb0);
	const uint8_t *p = r.data_in;

	CU_ASSERT_EQUAL(p[5], 16);
	CU_ASSERT_EQUAL(get_be16(p + 6), 4);
	CU_ASSERT_EQUAL(get_be32(p + 8), 2048);
	CU_ASSERT_EQUAL(get_be32(p + 12), 16);
	CU_ASSERT_EQUAL(get_be32(p + 28), 2);
	kit_free(k);
}

static void
vpd_no_unmap_limits(void)
{
	struct kit *k = vpd_plain();
	struct kit_result r = vpd_ask(k, 0xb0);
	static const uint8_t none[16] = { 0 };

	CU_ASSERT(memcmp(r.data_in + 20, none, 16) == 0);
	kit_free(k);
}

static void
vpd_mode_pages_are_shared(void)
{
	static const uint8_t expected[] = { 0, 0x87, 0, 4, 0x3f, 0xff, 0, 0 };
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0x87);

	CU_ASSERT_EQUAL(r.data_in_bytes, sizeof(expected));
	CU_ASSERT(memcmp(r.data_in, expected, sizeof(expected)) == 0);
	kit_free(k);
}

/* A port of page 88h at *at, which moves on behind it. */
static void
vpd_check_port(
    const struct kit *k, const struct kit_result *r, unsigned *at, uint16_t tag)
{
	const uint8_t *p = r->data_in + *at;
	char name[256];

	snprintf(name, sizeof(name), "%s,t,0x%04x", k->target->name, tag);
	CU_ASSERT_EQUAL(get_be16(p + 2), tag);
	CU_ASSERT_EQUAL(get_be16(p + 6), 0); /* no initiator port */
	CU_ASSERT_EQUAL(get_be16(p + 10), 4 + p[15]);
	CU_ASSERT_EQUAL(p[12], 0x53); /* iSCSI, UTF-8 */
	CU_ASSERT_EQUAL(p[13], 0x98); /* a port, SCSI name string */
	CU_ASSERT_STRING_EQUAL((const char *)p + 16, name);
	*at += 12 + get_be16(p + 10);
}

static void
vpd_ports_have_names(void)
{
	static const uint16_t tags[] = { 1, 2, 0x1234 };
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0x88);
	unsigned at = 4, i;

	vpd_check_port(k, &r, &at, 1); /* its own, where no other is known */
	CU_ASSERT_EQUAL(r.data_in_bytes, at);
	for (i = 0; i < ARRAY_LEN(tags); i++)
		CU_ASSERT(
		    target_add_port(k->target, tags[i], PORT_ACTIVE_OPTIMIZED));
	r = vpd_ask(k, 0x88);
	at = 4;
	for (i = 0; i < ARRAY_LEN(tags); i++)
		vpd_check_port(k, &r, &at, tags[i]);
	CU_ASSERT_EQUAL(r.data_in_bytes, at);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 2), at - 4);
	kit_free(k);
}

/* The page of more ports than fit into it is whole. */
static void
vpd_ports_are_as_many_as_fit(void)
{
	const uint8_t cdb[16] = { 0x12, 0x01, 0x88, 0xff, 0xff };
	struct kit *k = kit_new();
	struct kit_result r;
	uint16_t i;

	for (i = 1; i <= 300; i++)
		CU_ASSERT(target_add_port(k->target, i, PORT_ACTIVE_OPTIMIZED));
	r = kit_run(k, cdb, NULL, 0, 0xffff);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(get_be16(r.data_in + 2), r.data_in_bytes - 4);
	kit_free(k);
}

static void
vpd_rotation(void)
{
	struct kit *k = kit_new();
	struct kit *disk = kit_new_with(
	    &(struct kit_options){ .info = { .rotational = true } });
	struct kit_result r = vpd_ask(k, 0xb1);

	CU_ASSERT_EQUAL(r.data_in_bytes, 64);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 4), 1);
	CU_ASSERT_EQUAL(r.data_in[8], 3); /* FUAB, VBULS */
	r = vpd_ask(disk, 0xb1);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 4), 0);
	CU_ASSERT_EQUAL(r.data_in[8], 2);
	kit_free(disk);
	kit_free(k);
}

static void
vpd_thin(void)
{
	struct kit *k = kit_new();
	struct kit_result r = vpd_ask(k, 0xb2);

	CU_ASSERT_EQUAL(r.data_in_bytes, 8);
	CU_ASSERT_EQUAL(r.data_in[5], 0xe4);
	CU_ASSERT_EQUAL(r.data_in[6], 0x02);
	kit_free(k);
}

static void
vpd_resource_provisioned(void)
{
	struct kit *k = kit_new_with(
	    &(struct kit_options){ .info = { .discard_granularity = 512 } });
	struct kit_result r = vpd_ask(k, 0xb2);

	CU_ASSERT_EQUAL(r.data_in[5], 0xe0);
	CU_ASSERT_EQUAL(r.data_in[6], 0x01);
	kit_free(k);
}

static void
vpd_no_provisioning(void)
{
	struct kit *k = vpd_plain();
	struct kit_result r = vpd_ask(k, 0xb2);

	CU_ASSERT(kit_is_invalid_cdb(&r, 2, -1));
	r = vpd_ask(k, 0x00);
	CU_ASSERT_EQUAL(r.data_in_bytes, 13);
	kit_free(k);
}

static const struct unit_test vpd_tests[] = {
	{ "00h lists the pages, ascending", vpd_list },
	{ "what is listed answers, else 05/24/00", vpd_listed_or_refused },
	{ "where no LU is, only 00h", vpd_no_lu },
	{ "80h has the serial number", vpd_serial },
	{ "83h names the logical unit", vpd_device_id },
	{ "83h with an NAA of 8 bytes", vpd_short_naa },
	{ "83h names the target port group", vpd_port_group },
	{ "83h names port and device", vpd_port_names },
	{ "83h with the longest iSCSI name", vpd_longest_name },
	{ "86h has the task attributes and V_SUP", vpd_extended_inquiry },
	{ "V_SUP is 0 without volatile cache", vpd_no_volatile_cache },
	{ "B0h of 512-byte blocks", vpd_block_limits },
	{ "B0h of 4096-byte blocks", vpd_block_limits_4k },
	{ "B0h of a store that cannot discard", vpd_no_unmap_limits },
	{ "B1h tells disks from others", vpd_rotation },
	{ "87h: mode pages are shared", vpd_mode_pages_are_shared },
	{ "88h has the name of each port", vpd_ports_have_names },
	{ "88h has as many ports as fit", vpd_ports_are_as_many_as_fit },
	{ "B2h of a thin store", vpd_thin },
	{ "B2h of a store that is not thin", vpd_resource_provisioned },
	{ "no B2h where nothing can be discarded", vpd_no_provisioning },
	{ NULL, NULL },
};

const struct unit_suite vpd_suite = { "vpd", vpd_tests };
