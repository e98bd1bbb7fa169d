/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/vpd.c - vital product data pages.
 */
#include "target/vpd.h"

#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "target/copy.h"
#include "target/data_in.h"
#include "target/limits.h"
#include "target/spc.h"

#define VPD_HEADER      4
#define VPD_PORT_HEADER 12 /* of a port in page 88h */
#define VPD_PORT_MAX    256

/* Designator types, associations, code sets: SPC-4 7.8.6.1 */
enum {
	TYPE_T10_VENDOR = 1,
	TYPE_EUI_64 = 2,
	TYPE_NAA = 3,
	TYPE_RELATIVE_PORT = 4,
	TYPE_PORT_GROUP = 5,
	TYPE_SCSI_NAME = 8,
};
enum { OF_LU = 0x00, OF_PORT = 0x90, OF_DEVICE = 0xa0 }; /* PIV included */
enum { BINARY = 1, ASCII = 2, UTF_8 = 3 };
#define PROTOCOL_ISCSI 0x50

struct vpd_page {
	uint8_t code;
	bool (*exists)(const struct lu *lu); /* NULL: on every LU */
	/* Fill what follows the header; return how many bytes. */
	size_t (*build)(
	    const struct nexus *n, const struct nexus_lu *nl, uint8_t *p);
	/* Or, of a page that VPD_MAX may not hold: append it, and tell how many
	 * bytes that are at most. */
	void (*append)(const struct nexus *n, struct data_in *r);
	size_t (*most)(const struct nexus *n);
};

static size_t vpd_supported_pages(
    const struct nexus *n, const struct nexus_lu *nl, uint8_t *p);

/* ---- 80h unit serial number, SPC-4 7.8 ---- */

static size_t
vpd_serial(const struct nexus *n, const struct nexus_lu *nl, uint8_t *p)
{
	size_t length = strlen(nl->lu->identity.serial);

	memcpy(p, nl->lu->identity.serial, length);
	return length;
}

/* ---- 83h device identification, SPC-4 7.8.6 ---- */

static size_t
vpd_designator(uint8_t *p, unsigned code_set, unsigned association,
    unsigned type, const void *data, size_t length)
{
	unsigned protocol = association == OF_LU ? 0 : PROTOCOL_ISCSI;

	p[0] = (uint8_t)(protocol | code_set);
	p[1] = (uint8_t)(association | type);
	p[3] = (uint8_t)length;
	memcpy(p + 4, data, length);
	return 4 + length;
}

/* Terminated and padded with zeroes to a multiple of four, 7.8.6.10. */
static size_t
vpd_name_string(uint8_t *p, unsigned association, const char *name)
{
	uint8_t padded[256] = { 0 };
	size_t length = strlen(name);

	memcpy(padded, name, length);
	return vpd_designator(p, UTF_8, association, TYPE_SCSI_NAME, padded,
	    align_up(length + 1, 4));
}

static size_t
vpd_t10_vendor(uint8_t *p, const struct lu_identity *id)
{
	uint8_t text[8 + sizeof(id->device_id)];
	size_t length = strlen(id->device_id);

	memset(text, ' ', 8);
	memcpy(text, id->vendor, strlen(id->vendor));
	memcpy(text + 8, id->device_id, length);
	return vpd_designator(
	    p, ASCII, OF_LU, TYPE_T10_VENDOR, text, 8 + length);
}

/* NAA 6 has 16 bytes, NAA 2, 3 and 5 have 8 (SPC-4 7.8.6.6). */
static size_t
vpd_naa_length(const struct lu_identity *id)
{
	return id->naa[0] >> 60 == 6 ? 16 : 8;
}

size_t
vpd_naa_of_lu(const struct lu_identity *id, uint8_t *p)
{
	uint8_t naa[16];

	put_be64(naa, id->naa[0]);
	put_be64(naa + 8, id->naa[1]);
	return vpd_designator(
	    p, BINARY, OF_LU, TYPE_NAA, naa, vpd_naa_length(id));
}

size_t
vpd_designators_of_lu(const struct lu_identity *id, uint8_t *p)
{
	uint8_t eui64[8];
	char name[40];
	size_t length;

	put_be64(eui64, id->eui64);
	snprintf(name, sizeof(name), "naa.%016llX%016llX",
	    (unsigned long long)id->naa[0], (unsigned long long)id->naa[1]);
	name[4 + 2 * vpd_naa_length(id)] = '\0';

	length = vpd_t10_vendor(p, id);
	length += vpd_naa_of_lu(id, p + length);
	length += vpd_designator(
	    p + length, BINARY, OF_LU, TYPE_EUI_64, eui64, sizeof(eui64));
	return length + vpd_name_string(p + length, OF_LU, name);
}

static size_t
vpd_port_name(const struct nexus *n, uint16_t tag, uint8_t *p)
{
	char name[ISCSI_NAME_MAX + sizeof(",t,0x0000")];

	snprintf(name, sizeof(name), "%s,t,0x%04x", n->target->name, tag);
	return vpd_name_string(p, OF_PORT, name);
}

static size_t
vpd_designators_of_port(const struct nexus *n, uint8_t *p)
{
	uint8_t relative[4] = { 0 };
	size_t length;

	put_be16(relative + 2, n->portal_group_tag);
	length = vpd_designator(
	    p, BINARY, OF_PORT, TYPE_RELATIVE_PORT, relative, sizeof(relative));
	/* The group has the number of its only port. */
	length += vpd_designator(p + length, BINARY, OF_PORT, TYPE_PORT_GROUP,
	    relative, sizeof(relative));
	return length + vpd_port_name(n, n->portal_group_tag, p + length);
}

static size_t
vpd_device_identification(
    const struct nexus *n, const struct nexus_lu *nl, uint8_t *p)
{
	size_t length = vpd_designators_of_lu(&nl->lu->identity, p);

	length += vpd_designators_of_port(n, p + length);
	return length + vpd_name_string(p + length, OF_DEVICE, n->target->name);
}

/* ---- 86h extended INQUIRY data, SPC-4 7.8.7 ---- */

static size_t
vpd_extended_inquiry(
    const struct nexus *n, const struct nexus_lu *nl, uint8_t *p)
{
	const struct lu *lu = nl->lu;

	p[1] = 0x07; /* HEADSUP, ORDSUP, SIMPSUP */
	if (lu->bs->info.volatile_cache && !lu->options.writethrough)
		p[2] = 0x01; /* V_SUP */
	p[3] = 0x01;         /* LUICLR */
	p[9] = SENSE_MAX;
	return 60;
}

/* ---- 87h mode page policy, SPC-4 7.8.10 ---- */

/* All pages and subpages are the LU's, whoever asks for them. */
static size_t
vpd_mode_page_policy(
    const struct nexus *n, const struct nexus_lu *nl, uint8_t *p)
{
	p[0] = 0x3f;
	p[1] = 0xff;
	return 4;
}

/* ---- 88h SCSI ports, SPC-4 7.8.14 ---- */

/* The length of the page has no room for more. */
#define VPD_PORTS (UINT16_MAX / VPD_PORT_MAX)

static void
vpd_append_port(const struct nexus *n, uint16_t tag, struct data_in *r)
{
	uint8_t port[VPD_PORT_MAX] = { 0 };
	size_t length = vpd_port_name(n, tag, port + VPD_PORT_HEADER);

	put_be16(port + 2, tag); /* RELATIVE PORT IDENTIFIER */
	put_be16(port + 10, (uint16_t)length);
	data_in_append(r, port, VPD_PORT_HEADER + length);
}

static void
vpd_scsi_ports(const struct nexus *n, struct data_in *r)
{
	const struct target *target = n->target;
	unsigned i;

	for (i = 0; i < target->port_count && i < VPD_PORTS; i++)
		vpd_append_port(n, target->ports[i].tag, r);
	if (target->port_count == 0)
		vpd_append_port(n, n->portal_group_tag, r);
}

static size_t
vpd_scsi_ports_most(const struct nexus *n)
{
	return (n->target->port_count + 1) * (size_t)VPD_PORT_MAX;
}

/* ---- 8Fh third-party copy, SPC-4 7.8.17 ---- */

static size_t
vpd_third_party_copy(
    const struct nexus *n, const struct nexus_lu *nl, uint8_t *p)
{
	return copy_vpd(nl, p);
}

/* ---- B0h block limits, SBC-3 6.6.3 ---- */

static void
vpd_unmap_limits(const struct lu *lu, uint8_t *p)
{
	uint32_t granularity =
	    lu->bs->info.discard_granularity >> lu->block_shift;

	put_be32(p + 16, MAX_UNMAP_BLOCKS);
	put_be32(p + 20, MAX_UNMAP_DESCRIPTORS);
	put_be32(p + 24, granularity == 0 ? 1 : granularity);
	put_be32(p + 28, 0x80000000u); /* UGAVALID: aligned to LBA 0 */
}

static size_t
vpd_block_limits(const struct nexus *n, const struct nexus_lu *nl, uint8_t *p)
{
	const struct lu *lu = nl->lu;
	const struct bs_info *info = &lu->bs->info;
	uint32_t physical = info->physical_block_bytes >> lu->block_shift;

	p[0] = 0x01; /* WSNZ */
	p[1] = (uint8_t)limit_caw_blocks(lu);
	put_be16(p + 2, (uint16_t)min_u64(physical, UINT16_MAX));
	put_be32(p + 4, limit_transfer_blocks(lu));
	put_be32(p + 8,
	    (uint32_t)min_u64(info->optimal_io_bytes, MAX_TRANSFER_BYTES) >>
		lu->block_shift);
	if (lu_can_unmap(lu))
		vpd_unmap_limits(lu, p);
	put_be64(p + 32, MAX_WRITE_SAME_BLOCKS);
	put_be32(p + 40, limit_atomic_blocks(lu));
	put_be32(p + 44, limit_atomic_unit(lu));
	put_be32(p + 48, limit_atomic_unit(lu));
	return 60;
}

/* ---- B1h block device characteristics, SBC-3 6.6.2 ---- */

static size_t
vpd_block_characteristics(
    const struct nexus *n, const struct nexus_lu *nl, uint8_t *p)
{
	if (!nl->lu->bs->info.rotational)
		put_be16(p, 0x0001); /* non-rotating; 0000h: not reported */
	if (lu_can_unmap(nl->lu) && backstore_maps(nl->lu->bs))
		p[3] = 0x40; /* WABEREQ: after BLOCK ERASE reads are GOOD */
	p[4] = 0x02; /* FUAB: FUA and SYNCHRONIZE CACHE are those of SBC-3 */
	if (lu_can_unmap(nl->lu))
		p[4] |= 0x01; /* VBULS: VERIFY compares unmapped blocks, too */
	return 60;
}

/* ---- B2h logical block provisioning, SBC-3 6.6.4 ---- */

static size_t
vpd_provisioning(const struct nexus *n, const struct nexus_lu *nl, uint8_t *p)
{
	const struct bs_info *info = &nl->lu->bs->info;

	if (space_is_known(nl->lu))
		p[0] = space_exponent(nl->lu); /* THRESHOLD EXPONENT */
	p[1] = 0xe0;                           /* LBPU, LBPWS, LBPWS10 */
	if (info->discard_zeroes)
		p[1] |= 0x04; /* LBPRZ */
	/* thin or resource provisioned */
	p[2] = backstore_is_thin(nl->lu->bs) ? 0x02 : 0x01;
	return 4;
}

/* ---- the table ---- */

/* clang-format off */
static const struct vpd_page vpd_pages[] = { /* ascending */
	{ 0x00, .build = vpd_supported_pages },
	{ 0x80, .build = vpd_serial },
	{ 0x83, .build = vpd_device_identification },
	{ 0x86, .build = vpd_extended_inquiry },
	{ 0x87, .build = vpd_mode_page_policy },
	{ 0x88, .append = vpd_scsi_ports, .most = vpd_scsi_ports_most },
	{ 0x8f, .build = vpd_third_party_copy },
	{ 0xb0, .build = vpd_block_limits },
	{ 0xb1, .build = vpd_block_characteristics },
	{ 0xb2, .exists = lu_can_unmap, .build = vpd_provisioning },
};
/* clang-format on */

static size_t
vpd_supported_pages(
    const struct nexus *n, const struct nexus_lu *nl, uint8_t *p)
{
	size_t i, count = 0;

	for (i = 0; i < ARRAY_LEN(vpd_pages); i++) {
		if (vpd_page_exists(nl, vpd_pages[i].code))
			p[count++] = vpd_pages[i].code;
	}
	return count;
}

static const struct vpd_page *
vpd_find(const struct nexus_lu *nl, uint8_t code)
{
	size_t i;

	if (nl == NULL && code != 0x00)
		return NULL;
	for (i = 0; i < ARRAY_LEN(vpd_pages); i++) {
		const struct vpd_page *page = &vpd_pages[i];

		if (page->code != code)
			continue;
		if (page->exists == NULL || page->exists(nl->lu))
			return page;
	}
	return NULL;
}

bool
vpd_page_exists(const struct nexus_lu *nl, uint8_t page)
{
	return vpd_find(nl, page) != NULL;
}

size_t
vpd_max(const struct nexus *n, const struct nexus_lu *nl, uint8_t code)
{
	const struct vpd_page *page = vpd_find(nl, code);

	return VPD_HEADER + (page->most != NULL ? page->most(n) : VPD_MAX);
}

void
vpd_answer(struct task *t, uint8_t code)
{
	const struct vpd_page *page = vpd_find(t->nl, code);
	uint32_t type = t->nl == NULL ? PERIPHERAL_NONE : PERIPHERAL_DISK;
	uint8_t header[VPD_HEADER] = { 0 }, data[VPD_MAX] = { 0 };
	struct data_in r = { .t = t };

	data_in_append(&r, header, sizeof(header));
	if (page->build != NULL)
		data_in_append(&r, data, page->build(t->nexus, t->nl, data));
	else
		page->append(t->nexus, &r);
	data_in_put_be32(&r, 0,
	    type << 24 | (uint32_t)code << 16 |
		(uint32_t)(r.length - VPD_HEADER));
	data_in_end(&r, get_be16(t->cdb + 3));
}
