/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/pr_kit.h - reservation commands for the pr suites.
 */
#ifndef TESTS_UNIT_TARGET_PR_KIT_H
#define TESTS_UNIT_TARGET_PR_KIT_H

#include "tests/unit/target/kit.h"

/* Service actions of PERSISTENT RESERVE OUT. */
enum {
	PR_OUT_REGISTER,
	PR_OUT_RESERVE,
	PR_OUT_RELEASE,
	PR_OUT_CLEAR,
	PR_OUT_PREEMPT,
	PR_OUT_PREEMPT_AND_ABORT,
	PR_OUT_REGISTER_AND_IGNORE,
	PR_OUT_REGISTER_AND_MOVE,
};

/* PERSISTENT RESERVE OUT of that nexus, scope 0. */
static inline struct kit_result
pr_out_with(struct kit *k, unsigned nexus, uint8_t action, uint8_t scope_type,
    uint64_t key, uint64_t action_key, uint8_t flags)
{
	const uint8_t cdb[16] = { 0x5f, action, scope_type, 0, 0, 0, 0, 0, 24 };
	uint8_t list[24] = { 0 };

	put_be64(list, key);
	put_be64(list + 8, action_key);
	list[20] = flags;
	return kit_run_at(k, nexus, 0, cdb, list, sizeof(list), 0);
}

static inline struct kit_result
pr_out(struct kit *k, unsigned nexus, uint8_t action, uint8_t type,
    uint64_t key, uint64_t action_key)
{
	return pr_out_with(k, nexus, action, type, key, action_key, 0);
}

static inline struct kit_result
pr_in(struct kit *k, unsigned nexus, uint8_t action)
{
	const uint8_t cdb[16] = { 0x5e, action, 0, 0, 0, 0, 0, 0xff, 0xff };

	return kit_run_at(k, nexus, 0, cdb, NULL, 0, 65535);
}

static inline bool
kit_is_conflict(const struct kit_result *r)
{
	return r->outcome.status == STATUS_RESERVATION_CONFLICT;
}

/* Expect GOOD. */
static inline void
pr_register(struct kit *k, unsigned nexus, uint64_t key)
{
	struct kit_result r =
	    pr_out(k, nexus, PR_OUT_REGISTER_AND_IGNORE, 0, 0, key);

	CU_ASSERT(kit_is_good(&r));
}

static inline void
pr_reserve(struct kit *k, unsigned nexus, uint8_t type, uint64_t key)
{
	struct kit_result r = pr_out(k, nexus, PR_OUT_RESERVE, type, key, 0);

	CU_ASSERT(kit_is_good(&r));
}

static inline uint32_t
pr_generation(struct kit *k)
{
	return get_be32(pr_in(k, 0, 0).data_in);
}

static inline unsigned
pr_key_count(struct kit *k)
{
	return get_be32(pr_in(k, 0, 0).data_in + 4) / 8;
}

/* The type in force, 0 when there is no reservation. */
static inline uint8_t
pr_type_held(struct kit *k)
{
	struct kit_result r = pr_in(k, 0, 1);

	return get_be32(r.data_in + 4) == 0 ? 0 : r.data_in[21];
}

/* Takes the pending unit attention: ASC << 8 | ASCQ, 0 when there is none. */
static inline unsigned
pr_attention(struct kit *k, unsigned nexus)
{
	struct outcome o = nexus_lu_take_attention(k->nexus[nexus]->lus[0]);

	return outcome_good(o) ? 0 : o.asc << 8 | o.ascq;
}

#endif
