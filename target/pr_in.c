/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_in.c - PERSISTENT RESERVE IN (SPC-4 6.15).
 */
#include "common/bytes.h"
#include "target/pr_state.h"
#include "target/data_in.h"

/* Enough for every registration with the longest of names. */
#define PR_IN_MAX (8 + PR_REGISTRATIONS_MAX * (24 + PR_TRANSPORT_ID_MAX))

struct outcome
pr_in_prepare(struct task *t)
{
	task_expect_data_in(
	    t, (uint32_t)min_u64(get_be16(t->cdb + 7), PR_IN_MAX));
	return GOOD;
}

/* PRGENERATION, and ADDITIONAL LENGTH for later. */
static void
pr_in_header(const struct pr_table *table, struct data_in *r)
{
	uint8_t header[8] = { 0 };

	put_be32(header, table->generation);
	data_in_append(r, header, sizeof(header));
}

static void
pr_in_read_keys(const struct pr_state *pr, struct data_in *r)
{
	const struct pr_registration *reg;
	uint8_t key[8];

	pr_in_header(pr->table, r);
	TAILQ_FOREACH (reg, &pr->table->registrations, link) {
		put_be64(key, reg->key);
		data_in_append(r, key, sizeof(key));
	}
	data_in_put_be32(r, 4, (uint32_t)r->length - 8);
}

static void
pr_in_read_reservation(const struct pr_state *pr, struct data_in *r)
{
	uint8_t descriptor[16] = { 0 };

	pr_in_header(pr->table, r);
	if (pr->table->type == PR_NONE)
		return;
	if (pr->table->holder != NULL)
		put_be64(descriptor, pr->table->holder->key);
	descriptor[13] = (uint8_t)pr->table->type;
	data_in_append(r, descriptor, sizeof(descriptor));
	data_in_put_be32(r, 4, sizeof(descriptor));
}

static void
pr_in_report_capabilities(const struct pr_state *pr, struct data_in *r)
{
	uint8_t data[8] = { 0 };

	put_be16(data, sizeof(data));
	data[2] = 0x1c; /* CRH, SIP_C, ATP_C */
	if (pr->store != NULL)
		data[2] |= 0x01; /* PTPL_C */
	/* TMV.  ALLOW COMMANDS 011b: TEST UNIT READY passes every type; MODE
	 * SENSE, READ DEFECT DATA and the like pass the write exclusive ones.
	 */
	data[3] = 0xb0;
	if (pr->table->aptpl)
		data[3] |= 0x01; /* PTPL_A */
	data[4] = 0xea;          /* WR_EX_AR EX_AC_RO WR_EX_RO EX_AC WR_EX */
	data[5] = 0x01;          /* EX_AC_AR */
	data_in_append(r, data, sizeof(data));
}

static void
pr_in_full_status(const struct pr_table *table,
    const struct pr_registration *reg, struct data_in *r)
{
	uint8_t descriptor[24] = { 0 }, id[PR_TRANSPORT_ID_MAX];
	size_t id_length = pr_transport_id_encode(&reg->nexus, id);

	put_be64(descriptor, reg->key);
	if (pr_is_holder(table, reg)) {
		descriptor[12] |= 0x01; /* R_HOLDER */
		descriptor[13] = (uint8_t)table->type;
	}
	put_be16(descriptor + 18, reg->nexus.portal_group_tag);
	put_be32(descriptor + 20, (uint32_t)id_length);
	data_in_append(r, descriptor, sizeof(descriptor));
	data_in_append(r, id, id_length);
}

static void
pr_in_read_full_status(const struct pr_state *pr, struct data_in *r)
{
	const struct pr_registration *reg;

	pr_in_header(pr->table, r);
	TAILQ_FOREACH (reg, &pr->table->registrations, link)
		pr_in_full_status(pr->table, reg, r);
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
