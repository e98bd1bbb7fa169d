/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/spc.c - TEST UNIT READY, REQUEST SENSE, INQUIRY, REPORT LUNS.
 */
#include "target/spc.h"

#include <string.h>

#include "common/bytes.h"
#include "target/data_in.h"
#include "target/medium.h"
#include "target/vpd.h"

#define STANDARD_INQUIRY_BYTES 96
#define VERSION_SPC4           0x06
#define REPORT_LUNS_HEADER     8

void
spc_test_unit_ready_execute(struct task *t)
{
	task_end(t, GOOD);
}

/* ---- REQUEST SENSE ---- */

struct outcome
spc_request_sense_prepare(struct task *t)
{
	task_expect_data_in(t, t->cdb[4]);
	return GOOD;
}

static struct outcome
spc_sense_to_report(struct task *t)
{
	struct outcome o;

	if (t->nl == NULL)
		return LUN_NOT_SUPPORTED;
	o = nexus_lu_take_attention(t->nl);
	if (outcome_good(o))
		o = nexus_lu_port_condition(t->nl);
	if (outcome_good(o))
		o = medium_condition(t->nl->lu);
	return outcome_good(o) ? CHECK(SENSE_NO_SENSE, 0x00, 0x00) : o;
}

void
spc_request_sense_execute(struct task *t)
{
	struct outcome o = spc_sense_to_report(t);
	uint8_t sense[SENSE_MAX];
	size_t length = sense_encode(&o, t->cdb[1] & 0x01, sense);

	task_reply(t, sense, length, t->cdb[4]);
}

/* ---- INQUIRY ---- */

struct outcome
spc_inquiry_prepare(struct task *t)
{
	bool evpd = t->cdb[1] & 0x01;
	uint8_t page = t->cdb[2];

	if (evpd ? !vpd_page_exists(t->nl, page) : page != 0)
		return invalid_field_in_cdb(2, -1);
	task_expect_data_in(t, (uint32_t)min_u64(get_be16(t->cdb + 3),
				   evpd ? vpd_max(t->nexus, t->nl, page)
					: STANDARD_INQUIRY_BYTES));
	return GOOD;
}

/* Left-aligned ASCII, filled up with spaces, SPC-4 4.3.1. */
static void
spc_text(uint8_t *field, size_t size, const char *text)
{
	memset(field, ' ', size);
	memcpy(field, text, strnlen(text, size));
}

static void
spc_version_descriptors(const struct nexus *n, uint8_t *p)
{
	put_be16(p, 0x00a0); /* SAM-5 */
	put_be16(p + 2, n->transport_version);
	put_be16(p + 4, 0x0460); /* SPC-4 */
	put_be16(p + 6, 0x04c0); /* SBC-3 */
}

static void
spc_standard_inquiry(const struct nexus *n, const struct lu *lu, uint8_t *p)
{
	p[0] = lu == NULL ? PERIPHERAL_NONE : PERIPHERAL_DISK;
	p[1] = lu != NULL && lu->options.removable ? 0x80 : 0x00;
	p[2] = VERSION_SPC4;
	p[3] = 0x12; /* HISUP, RESPONSE DATA FORMAT */
	p[4] = STANDARD_INQUIRY_BYTES - 5;
	/* TPGS: implicit, or explicit too, see port_group.h; 3PC */
	if (lu != NULL)
		p[5] = n->target->explicit_access ? 0x38 : 0x18;
	p[6] = n->target->port_count > 1 ? 0x10 : 0x00; /* MULTIP */
	p[7] = 0x02;                                    /* CMDQUE */
	spc_text(p + 8, 8, lu == NULL ? "" : lu->identity.vendor);
	spc_text(p + 16, 16, lu == NULL ? "" : lu->identity.product);
	spc_text(p + 32, 4, lu == NULL ? "" : lu->identity.revision);
	spc_version_descriptors(n, p + 58);
}

void
spc_inquiry_execute(struct task *t)
{
	const struct lu *lu = t->nl == NULL ? NULL : t->nl->lu;
	uint8_t data[STANDARD_INQUIRY_BYTES] = { 0 };

	if (t->cdb[1] & 0x01) {
		vpd_answer(t, t->cdb[2]);
		return;
	}
	spc_standard_inquiry(t->nexus, lu, data);
	task_reply(t, data, sizeof(data), get_be16(t->cdb + 3));
}

/* ---- REPORT LUNS ---- */

/* SELECT REPORT, SPC-4 6.33.  There are no well known, administrative or
 * subsidiary logical units here. */
struct spc_select {
	uint8_t code;
	bool ordinary;   /* the ordinary logical units are asked for */
	bool only_lun_0; /* may be sent to LUN 0 only */
};

/* clang-format off */
static const struct spc_select spc_selects[] = {
	{ 0x00, true,  false }, /* by the usual addressing methods */
	{ 0x01, false, false }, /* well known */
	{ 0x02, true,  false }, /* all */
	{ 0x10, false, true },	/* administrative */
	{ 0x11, true,  true },	/* administrative, and those that are neither */
	{ 0x12, false, false }, /* this administrative one's subsidiaries */
};
/* clang-format on */

static const struct spc_select *
spc_find_select(uint8_t code)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(spc_selects); i++) {
		if (spc_selects[i].code == code)
			return &spc_selects[i];
	}
	return NULL;
}

static bool
spc_is_lun_0(const struct task *t)
{
	return t->nl == NULL ? t->lun == 0 : t->nl->lun == 0;
}

struct outcome
spc_report_luns_prepare(struct task *t)
{
	uint64_t most = REPORT_LUNS_HEADER + 8 * (uint64_t)t->nexus->lu_count;
	const struct spc_select *select = spc_find_select(t->cdb[2]);

	if (select == NULL || (select->only_lun_0 && !spc_is_lun_0(t)))
		return invalid_field_in_cdb(2, -1);
	task_expect_data_in(t, (uint32_t)min_u64(get_be32(t->cdb + 6), most));
	return GOOD;
}

/* Peripheral device addressing up to 255, flat space above, SAM-5 4.7.7. */
static void
spc_encode_lun(uint8_t p[8], uint16_t lun)
{
	memset(p, 0, 8);
	put_be16(p, lun < 256 ? lun : 0x4000 | lun);
}

void
spc_report_luns_execute(struct task *t)
{
	struct data_in r = { .t = t };
	uint8_t entry[8] = { 0 };
	unsigned i, count = t->nexus->lu_count;

	if (!spc_find_select(t->cdb[2])->ordinary)
		count = 0;
	put_be32(entry, count * 8);
	data_in_append(&r, entry, sizeof(entry));
	for (i = 0; i < count; i++) {
		spc_encode_lun(entry, t->nexus->lus[i]->lun);
		data_in_append(&r, entry, sizeof(entry));
	}
	nexus_clear_attention(t->nexus, UA_REPORTED_LUNS_CHANGED);
	data_in_end(&r, get_be32(t->cdb + 6));
}
