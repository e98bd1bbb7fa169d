/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_in.c - PERSISTENT RESERVE IN (SPC-4 6.15).
 */
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "target/pr_state.h"
#include "target/data_in.h"

/* Enough for every registration with the longest of names. */
#define PR_IN_MAX (8 + PR_REGISTRATIONS_MAX * (24 + 4 + 248))

struct outcome
pr_in_prepare(struct task *t)
{
	task_expect_data_in(
	    t, (uint32_t)min_u64(get_be16(t->cdb + 7), PR_IN_MAX));
	return GOOD;
}

/* PRGENERATION, and ADDITIONAL LENGTH for later. */
static void
pr_in_header(const struct pr_state *pr, struct data_in *r)
{
	uint8_t header[8] = { 0 };

	put_be32(header, pr->generation);
	data_in_append(r, header, sizeof(header));
}

static void
pr_in_read_keys(const struct pr_state *pr, struct data_in *r)
{
	const struct pr_registration *reg;
	uint8_t key[8];

	pr_in_header(pr, r);
	TAILQ_FOREACH (reg, &pr->registrations, link) {
		put_be64(key, reg->key);
		data_in_append(r, key, sizeof(key));
	}
	data_in_put_be32(r, 4, (uint32_t)r->length - 8);
}

static void
pr_in_read_reservation(const struct pr_state *pr, struct data_in *r)
{
	uint8_t descriptor[16] = { 0 };

	pr_in_header(pr, r);
	if (pr->type == PR_NONE)
		return;
	if (pr->holder != NULL)
		put_be64(descriptor, pr->holder->key);
	descriptor[13] = (uint8_t)pr->type;
	data_in_append(r, descriptor, sizeof(descriptor));
	data_in_put_be32(r, 4, sizeof(descriptor));
}

static void
pr_in_report_capabilities(const struct pr_state *pr, struct data_in *r)
{
	uint8_t data[8] = { 0 };

	put_be16(data, sizeof(data));
	data[2] = 0x04; /* ATP_C; neither CRH, SIP_C nor PTPL_C */
	data[3] = 0x80; /* TMV */
	data[4] = 0xea; /* WR_EX_AR EX_AC_RO WR_EX_RO EX_AC WR_EX */
	data[5] = 0x01; /* EX_AC_AR */
	data_in_append(r, data, sizeof(data));
}

/* iSCSI TransportID of an initiator port, SPC-4 7.6.4.6; its length. */
static size_t
pr_in_transport_id(const struct pr_registration *reg, uint8_t id[256])
{
	const uint8_t *isid = reg->isid;
	size_t length;

	memset(id, 0, 256);
	id[0] = 0x45; /* FORMAT CODE 01b, iSCSI */
	snprintf((char *)id + 4, 252, "%s,i,0x%02x%02x%02x%02x%02x%02x",
	    reg->initiator_name, isid[0], isid[1], isid[2], isid[3], isid[4],
	    isid[5]);
	length = align_up(strlen((char *)id + 4) + 1, 4);
	put_be16(id + 2, (uint16_t)length);
	return 4 + length;
}

static void
pr_in_full_status(const struct pr_state *pr, const struct pr_registration *reg,
    struct data_in *r)
{
	uint8_t descriptor[24] = { 0 }, id[256];
	size_t id_length = pr_in_transport_id(reg, id);

	put_be64(descriptor, reg->key);
	if (reg->all_target_ports)
		descriptor[12] |= 0x02; /* ALL_TG_PT */
	if (pr_is_holder(pr, reg)) {
		descriptor[12] |= 0x01; /* R_HOLDER */
		descriptor[13] = (uint8_t)pr->type;
	}
	put_be16(descriptor + 18, reg->portal_group_tag);
	put_be32(descriptor + 20, (uint32_t)id_length);
	data_in_append(r, descriptor, sizeof(descriptor));
	data_in_append(r, id, id_length);
}

static void
pr_in_read_full_status(const struct pr_state *pr, struct data_in *r)
{
	const struct pr_registration *reg;

	pr_in_header(pr, r);
	TAILQ_FOREACH (reg, &pr->registrations, link)
		pr_in_full_status(pr, reg, r);
	data_in_put_be32(r, 4, (uint32_t)r->length - 8);
}

typedef void pr_in_action(const struct pr_state *pr, struct data_in *r);

/* clang-format off */
static pr_in_action *const pr_in_actions[] = { /* by service action */
	pr_in_read_keys,
	pr_in_read_reservation,
	pr_in_report_capabilities,
	pr_in_read_full_status,
};
/* clang-format on */

void
pr_in_execute(struct task *t)
{
	struct data_in r = { .t = t };
	struct lu *lu = task_lu(t);
	bool conflicts;

	pthread_mutex_lock(&lu->mutex);
	conflicts = lu->pr->reserved_by != NULL;
	if (!conflicts)
		pr_in_actions[t->cdb[1] & 0x1f](lu->pr, &r);
	pthread_mutex_unlock(&lu->mutex);
	if (conflicts)
		task_end(t, RESERVATION_CONFLICT);
	else
		data_in_end(&r, get_be16(t->cdb + 7));
}
