/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/pr.c - persistent reservations: registering, reserving, and
 * what is read of it.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/target/pr_kit.h"

extern const struct unit_suite pr_suite;

#define KEY_A UINT64_C(0xaaaaaaaaaaaaaaaa)
#define KEY_B UINT64_C(0xbbbbbbbbbbbbbbbb)
#define KEY_C UINT64_C(0xcccccccccccccccc)

static const uint8_t pr_types[] = { 1, 3, 5, 6, 7, 8 };

/* ---- REGISTER ---- */

static void
pr_register_needs_zero_key(void)
{
	struct kit *k = kit_new();
	struct kit_result r = pr_out(k, 0, PR_OUT_REGISTER, 0, KEY_B, KEY_A);

	CU_ASSERT(kit_is_conflict(&r));
	r = pr_out(k, 0, PR_OUT_REGISTER, 0, 0, KEY_A);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	kit_free(k);
}

static void
pr_register_again(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	r = pr_out(k, 0, PR_OUT_REGISTER, 0, 0, KEY_B);
	CU_ASSERT(kit_is_conflict(&r));
	r = pr_out(k, 0, PR_OUT_REGISTER, 0, KEY_A, KEY_B);
	CU_ASSERT(kit_is_good(&r));
	r = pr_in(k, 0, 0);
	CU_ASSERT_EQUAL(r.data_in_bytes, 16);
	CU_ASSERT_EQUAL(get_be64(r.data_in + 8), KEY_B);
	kit_free(k);
}

static void
pr_register_ignoring(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_register(k, 0, KEY_B);
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	pr_register(k, 0, 0);
	CU_ASSERT_EQUAL(pr_key_count(k), 0);
	kit_free(k);
}

static void
pr_unregister(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	r = pr_out(k, 0, PR_OUT_REGISTER, 0, KEY_A, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 0);
	kit_free(k);
}

static void
pr_register_nothing(void)
{
	struct kit *k = kit_new();
	struct kit_result r = pr_out(k, 0, PR_OUT_REGISTER, 0, 0, 0);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_generation(k), 0);
	kit_free(k);
}

static void
pr_aptpl_without_store(void)
{
	static const uint8_t actions[] = { PR_OUT_REGISTER,
		PR_OUT_REGISTER_AND_IGNORE };
	struct kit *k = kit_new();
	struct kit_result r;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(actions); i++) {
		r = pr_out_with(k, 0, actions[i], 0, 0, KEY_A, 0x01);
		CU_ASSERT(kit_is_invalid_list(&r, 20, 0));
	}
	CU_ASSERT_EQUAL(pr_key_count(k), 0);
	kit_free(k);
}

static void
pr_list_length(void)
{
	static const uint8_t list[32];
	uint8_t cdb[16] = { 0x5f, 0, 0, 0, 0, 0, 0, 0, 23 };
	struct kit *k = kit_new();
	struct kit_result r;

	for (cdb[1] = 0; cdb[1] < 8; cdb[1]++) {
		cdb[8] = 23;
		r = kit_run(k, cdb, list, 23, 0);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
		cdb[8] = 25;
		r = kit_run(k, cdb, list, 25, 0);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
		cdb[8] = 24;
		r = kit_run(k, cdb, list, 20, 0);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	}
	kit_free(k);
}

static void
pr_unknown_actions(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	uint8_t action;

	for (action = 4; action < 0x20; action++) {
		r = pr_in(k, 0, action);
		CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
	}
	for (action = 8; action < 0x20; action++) {
		r = pr_out(k, 0, action, 0, 0, 0);
		CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
	}
	kit_free(k);
}

/* REGISTER AND MOVE of that nexus, which holds, to nobody that is known. */
static struct kit_result
pr_move_to_a_stranger(struct kit *k, uint64_t key)
{
	static const char id[] = "iqn.2026-01.test:x,i,0x800000000001";
	const uint8_t cdb[16] = { 0x5f, 7, [8] = 24 + 4 + sizeof(id) };
	uint8_t list[24 + 4 + sizeof(id)] = {
		[19] = 1, [23] = 4 + sizeof(id), [24] = 0x45, [27] = sizeof(id)
	};

	put_be64(list, key);
	put_be64(list + 8, KEY_B);
	memcpy(list + 28, id, sizeof(id));
	return kit_run(k, cdb, list, sizeof(list), 0);
}

static void
pr_full(void)
{
	static const uint8_t isid[6] = { 0x80, 0, 0, 0, 0, 7 };
	struct kit *k = kit_new();
	struct nexus *mine = k->nexus[0];
	struct kit_result r;
	char name[32];
	unsigned i;

	for (i = 0; i < 257; i++) {
		snprintf(name, sizeof(name), "iqn.2026-01.test:n%u", i);
		k->nexus[0] =
		    nexus_attach(mine->home, mine->target, name, isid, 1);
		pr_attention(k, 0);
		r = pr_out(k, 0, PR_OUT_REGISTER, 0, 0, KEY_A + i);
		CU_ASSERT(i < 256 ? kit_is_good(&r)
				  : kit_is_check(
					&r, SENSE_ILLEGAL_REQUEST, 0x55, 0x04));
		nexus_detach(k->nexus[0], NULL, NULL);
	}
	k->nexus[0] = nexus_attach(
	    mine->home, mine->target, "iqn.2026-01.test:n0", isid, 1);
	pr_attention(k, 0);
	pr_reserve(k, 0, 1, KEY_A);
	r = pr_move_to_a_stranger(k, KEY_A);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x55, 0x04));
	CU_ASSERT_EQUAL(pr_key_count(k), 256);
	nexus_detach(k->nexus[0], NULL, NULL);
	k->nexus[0] = mine;
	kit_free(k);
}

/* ---- registrations and nexuses ---- */

/* Swap nexus 0 for one of the same initiator with that ISID and port. */
static struct nexus *
pr_reattach(struct kit *k, uint8_t isid, uint16_t portal_group_tag)
{
	const uint8_t id[6] = { 0x80, 0, 0, 0, 0, isid };
	struct nexus *mine = k->nexus[0];

	k->nexus[0] = nexus_attach(mine->home, mine->target,
	    mine->initiator_name, id, portal_group_tag);
	pr_attention(k, 0);
	return mine;
}

static void
pr_put_back(struct kit *k, struct nexus *mine)
{
	nexus_detach(k->nexus[0], NULL, NULL);
	k->nexus[0] = mine;
}

static bool
pr_is_registered(struct kit *k, uint64_t key)
{
	struct kit_result r = pr_out(k, 0, PR_OUT_REGISTER, 0, key, key);

	return kit_is_good(&r);
}

static void
pr_outlives_session(void)
{
	struct kit *k = kit_new();
	struct nexus *mine;

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 1, KEY_A);
	mine = pr_reattach(k, 1, 1);
	CU_ASSERT(pr_is_registered(k, KEY_A));
	pr_put_back(k, mine);
	kit_free(k);
}

static void
pr_other_isid(void)
{
	struct kit *k = kit_new();
	struct nexus *mine;

	pr_register(k, 0, KEY_A);
	mine = pr_reattach(k, 2, 1);
	CU_ASSERT(!pr_is_registered(k, KEY_A));
	pr_put_back(k, mine);
	kit_free(k);
}

static void
pr_other_port(void)
{
	struct kit *k = kit_new();
	struct nexus *mine;

	pr_register(k, 0, KEY_A);
	mine = pr_reattach(k, 1, 2);
	CU_ASSERT(!pr_is_registered(k, KEY_A));
	pr_put_back(k, mine);
	kit_free(k);
}

/* Register nexus 0 at ports 1 and 2. */
static struct kit *
pr_kit_two_ports(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	CU_ASSERT(target_add_port(k->target, 2, PORT_ACTIVE_OPTIMIZED));
	CU_ASSERT(target_add_port(k->target, 1, PORT_ACTIVE_OPTIMIZED));
	r = pr_out_with(k, 0, PR_OUT_REGISTER, 0, 0, KEY_A, 0x04);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 2);
	return k;
}

static void
pr_all_ports(void)
{
	struct kit *k = pr_kit_two_ports();
	struct nexus *mine = pr_reattach(k, 1, 2);
	struct kit_result r;
	const uint8_t *d;

	CU_ASSERT(pr_is_registered(k, KEY_A));
	r = pr_in(k, 0, 3);
	d = r.data_in + 8;
	CU_ASSERT_EQUAL(d[12], 0);
	CU_ASSERT_EQUAL(get_be16(d + 18), 1);
	d += 24 + get_be32(d + 20);
	CU_ASSERT_EQUAL(d[12], 0);
	CU_ASSERT_EQUAL(get_be16(d + 18), 2);
	pr_put_back(k, mine);
	kit_free(k);
}

static void
pr_all_ports_hold_apart(void)
{
	struct kit *k = pr_kit_two_ports();
	struct nexus *mine;
	struct kit_result r;

	pr_reserve(k, 0, 1, KEY_A);
	mine = pr_reattach(k, 1, 2);
	CU_ASSERT(!(k->nexus[0]->lus[0]->access & ACCESS_WRITE));
	r = pr_out(k, 0, PR_OUT_REGISTER, 0, KEY_A, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	CU_ASSERT_EQUAL(pr_type_held(k), 1);
	pr_put_back(k, mine);
	kit_free(k);
}

static void
pr_all_ports_unregister(void)
{
	struct kit *k = pr_kit_two_ports();
	struct kit_result r =
	    pr_out_with(k, 0, PR_OUT_REGISTER, 0, KEY_A, 0, 0x04);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 0);
	kit_free(k);
}

static void
pr_all_ports_other_key(void)
{
	struct kit *k = pr_kit_two_ports();
	struct kit_result r;

	r = pr_out(k, 0, PR_OUT_REGISTER, 0, KEY_A, KEY_B);
	CU_ASSERT(kit_is_good(&r));
	r = pr_out_with(k, 0, PR_OUT_REGISTER, 0, KEY_B, KEY_C, 0x04);
	CU_ASSERT(kit_is_conflict(&r));
	r = pr_in(k, 0, 0);
	CU_ASSERT_EQUAL(get_be64(r.data_in + 8), KEY_B);
	CU_ASSERT_EQUAL(get_be64(r.data_in + 16), KEY_A);
	r = pr_out_with(k, 0, PR_OUT_REGISTER_AND_IGNORE, 0, 0, KEY_C, 0x04);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(get_be64(pr_in(k, 0, 0).data_in + 16), KEY_C);
	kit_free(k);
}

/* ---- RESERVE, RELEASE, CLEAR ---- */

static void
pr_reserve_unregistered(void)
{
	struct kit *k = kit_new();
	struct kit_result r = pr_out(k, 0, PR_OUT_RESERVE, 1, 0, 0);

	CU_ASSERT(kit_is_conflict(&r));
	pr_register(k, 0, KEY_A);
	r = pr_out(k, 0, PR_OUT_RESERVE, 1, KEY_B, 0);
	CU_ASSERT(kit_is_conflict(&r));
	kit_free(k);
}

static void
pr_reserve_types(void)
{
	struct kit *k = kit_new();
	struct kit_result r;
	uint8_t type;

	pr_register(k, 0, KEY_A);
	for (type = 0; type < 16; type++) {
		bool valid = memchr(pr_types, type, sizeof(pr_types)) != NULL;

		r = pr_out(k, 0, PR_OUT_RESERVE, type, KEY_A, 0);
		if (!valid) {
			CU_ASSERT(kit_is_invalid_cdb(&r, 2, 3));
			continue;
		}
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(pr_type_held(k), type);
		r = pr_out(k, 0, PR_OUT_RELEASE, type, KEY_A, 0);
		CU_ASSERT(kit_is_good(&r));
		CU_ASSERT_EQUAL(pr_type_held(k), 0);
	}
	kit_free(k);
}

static void
pr_reserve_scope(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	r = pr_out(k, 0, PR_OUT_RESERVE, 0x11, KEY_A, 0);
	CU_ASSERT(kit_is_invalid_cdb(&r, 2, 7));
	kit_free(k);
}

static void
pr_reserve_twice(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_reserve(k, 0, 5, KEY_A);
	pr_reserve(k, 0, 5, KEY_A);
	r = pr_out(k, 0, PR_OUT_RESERVE, 6, KEY_A, 0);
	CU_ASSERT(kit_is_conflict(&r));
	r = pr_out(k, 1, PR_OUT_RESERVE, 5, KEY_B, 0);
	CU_ASSERT(kit_is_conflict(&r));
	kit_free(k);
}

static void
pr_all_registrants_reserve(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_reserve(k, 0, 7, KEY_A);
	pr_reserve(k, 1, 7, KEY_B);
	kit_free(k);
}

static void
pr_release_not_held(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	r = pr_out(k, 0, PR_OUT_RELEASE, 5, KEY_A, 0);
	CU_ASSERT(kit_is_good(&r));
	pr_reserve(k, 0, 5, KEY_A);
	r = pr_out(k, 1, PR_OUT_RELEASE, 5, KEY_B, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_type_held(k), 5);
	kit_free(k);
}

static void
pr_release_other_type(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 5, KEY_A);
	r = pr_out(k, 0, PR_OUT_RELEASE, 6, KEY_A, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x26, 0x04));
	CU_ASSERT_EQUAL(pr_type_held(k), 5);
	kit_free(k);
}

static void
pr_release_attention(void)
{
	struct kit *k = kit_new();
	unsigned i;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	for (i = 0; i < sizeof(pr_types); i++) {
		pr_reserve(k, 0, pr_types[i], KEY_A);
		pr_out(k, 0, PR_OUT_RELEASE, pr_types[i], KEY_A, 0);
		CU_ASSERT_EQUAL(pr_attention(k, 0), 0);
		CU_ASSERT_EQUAL(
		    pr_attention(k, 1), pr_types[i] >= 5 ? 0x2a04 : 0);
		CU_ASSERT_EQUAL(pr_attention(k, 2), 0);
	}
	kit_free(k);
}

static void
pr_holder_unregisters(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_reserve(k, 0, 5, KEY_A);
	pr_register(k, 0, 0);
	CU_ASSERT_EQUAL(pr_type_held(k), 0);
	CU_ASSERT_EQUAL(pr_attention(k, 1), 0x2a04);
	kit_free(k);
}

static void
pr_last_registrant_unregisters(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_reserve(k, 0, 8, KEY_A);
	pr_register(k, 0, 0);
	CU_ASSERT_EQUAL(pr_type_held(k), 8);
	pr_register(k, 1, 0);
	CU_ASSERT_EQUAL(pr_type_held(k), 0);
	kit_free(k);
}

static void
pr_clear(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_reserve(k, 1, 3, KEY_B);
	r = pr_out(k, 0, PR_OUT_CLEAR, 0, KEY_C, 0);
	CU_ASSERT(kit_is_conflict(&r));
	r = pr_out(k, 0, PR_OUT_CLEAR, 0, KEY_A, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 0);
	CU_ASSERT_EQUAL(pr_type_held(k), 0);
	CU_ASSERT_EQUAL(pr_attention(k, 0), 0);
	CU_ASSERT_EQUAL(pr_attention(k, 1), 0x2a03);
	CU_ASSERT_EQUAL(pr_attention(k, 2), 0);
	kit_free(k);
}

static void
pr_generation_counts(void)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	CU_ASSERT_EQUAL(pr_generation(k), 2);
	pr_reserve(k, 0, 1, KEY_A);
	pr_out(k, 0, PR_OUT_RELEASE, 1, KEY_A, 0);
	CU_ASSERT_EQUAL(pr_generation(k), 2);
	pr_out(k, 0, PR_OUT_PREEMPT, 0, KEY_C, KEY_B);
	CU_ASSERT_EQUAL(pr_generation(k), 2);
	pr_out(k, 0, PR_OUT_PREEMPT, 1, KEY_A, KEY_B);
	CU_ASSERT_EQUAL(pr_generation(k), 3);
	pr_out(k, 0, PR_OUT_CLEAR, 0, KEY_A, 0);
	CU_ASSERT_EQUAL(pr_generation(k), 4);
	kit_free(k);
}

/* ---- PERSISTENT RESERVE IN ---- */

static void
pr_read_keys_truncated(void)
{
	const uint8_t cdb[16] = { 0x5e, 0, 0, 0, 0, 0, 0, 0, 12 };
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	r = kit_run(k, cdb, NULL, 0, 255);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 12);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 4), 16);
	kit_free(k);
}

static void
pr_read_reservation(void)
{
	struct kit *k = kit_new();
	struct kit_result r = pr_in(k, 0, 1);

	CU_ASSERT_EQUAL(r.data_in_bytes, 8);
	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 6, KEY_A);
	r = pr_in(k, 1, 1);
	CU_ASSERT_EQUAL(r.data_in_bytes, 24);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 4), 16);
	CU_ASSERT_EQUAL(get_be64(r.data_in + 8), KEY_A);
	CU_ASSERT_EQUAL(r.data_in[21], 6);
	kit_free(k);
}

static void
pr_read_reservation_of_all(void)
{
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, 8, KEY_A);
	r = pr_in(k, 1, 1);
	CU_ASSERT_EQUAL(r.data_in_bytes, 24);
	CU_ASSERT_EQUAL(get_be64(r.data_in + 8), 0);
	CU_ASSERT_EQUAL(r.data_in[21], 8);
	kit_free(k);
}

static void
pr_capabilities(void)
{
	static const uint8_t expected[8] = { 0, 8, 0x1c, 0xb0, 0xea, 0x01 };
	struct kit *k = kit_new();
	struct kit_result r = pr_in(k, 0, 2);

	CU_ASSERT_EQUAL(r.data_in_bytes, 8);
	CU_ASSERT(memcmp(r.data_in, expected, 8) == 0);
	kit_free(k);
}

static void
pr_full_status(void)
{
	static const char name[] = "iqn.2026-01.test:0,i,0x800000000001";
	struct kit *k = kit_new();
	struct kit_result r;
	const uint8_t *d, *id;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_B);
	pr_reserve(k, 0, 5, KEY_A);
	r = pr_in(k, 2, 3);
	CU_ASSERT_EQUAL(get_be32(r.data_in + 4), r.data_in_bytes - 8);
	d = r.data_in + 8;
	id = d + 24;
	CU_ASSERT_EQUAL(get_be64(d), KEY_A);
	CU_ASSERT_EQUAL(d[12], 0x01);
	CU_ASSERT_EQUAL(d[13], 5);
	CU_ASSERT_EQUAL(get_be16(d + 18), 1);
	CU_ASSERT_EQUAL(get_be32(d + 20), 4u + get_be16(id + 2));
	CU_ASSERT_EQUAL(id[0], 0x45);
	CU_ASSERT_EQUAL(get_be16(id + 2) % 4, 0);
	CU_ASSERT(memcmp(id + 4, name, sizeof(name)) == 0);
	d += 24 + get_be32(d + 20);
	CU_ASSERT_EQUAL(get_be64(d), KEY_B);
	CU_ASSERT_EQUAL(d[12], 0);
	CU_ASSERT_EQUAL(d[13], 0);
	kit_free(k);
}

static const struct unit_test pr_tests[] = {
	{ "REGISTER needs key 0 of a new nexus", pr_register_needs_zero_key },
	{ "REGISTER changes the key", pr_register_again },
	{ "REGISTER AND IGNORE EXISTING KEY", pr_register_ignoring },
	{ "REGISTER with key 0 unregisters", pr_unregister },
	{ "unregistering nothing is GOOD", pr_register_nothing },
	{ "APTPL without a store is 05/26/00", pr_aptpl_without_store },
	{ "a list that is not 24 bytes is 05/1A/00", pr_list_length },
	{ "unknown service actions are 05/24/00", pr_unknown_actions },
	{ "the 257th registration is 05/55/04", pr_full },
	{ "registrations outlive sessions", pr_outlives_session },
	{ "another ISID is another nexus", pr_other_isid },
	{ "another target port is another nexus", pr_other_port },
	{ "ALL_TG_PT registers every port", pr_all_ports },
	{ "one port holds, not all of ALL_TG_PT", pr_all_ports_hold_apart },
	{ "ALL_TG_PT unregisters every port", pr_all_ports_unregister },
	{ "ALL_TG_PT where a port has another key", pr_all_ports_other_key },
	{ "RESERVE needs the right key", pr_reserve_unregistered },
	{ "the six types, and no other", pr_reserve_types },
	{ "a scope but LU is 05/24/00", pr_reserve_scope },
	{ "RESERVE again", pr_reserve_twice },
	{ "every registrant is holder", pr_all_registrants_reserve },
	{ "RELEASE of what is not held", pr_release_not_held },
	{ "RELEASE of another type is 05/26/04", pr_release_other_type },
	{ "RELEASE tells registrants", pr_release_attention },
	{ "the holder unregisters", pr_holder_unregisters },
	{ "the last registrant unregisters", pr_last_registrant_unregisters },
	{ "CLEAR", pr_clear },
	{ "PRGENERATION", pr_generation_counts },
	{ "READ KEYS is cut, its length is not", pr_read_keys_truncated },
	{ "READ RESERVATION", pr_read_reservation },
	{ "READ RESERVATION of all registrants", pr_read_reservation_of_all },
	{ "REPORT CAPABILITIES", pr_capabilities },
	{ "READ FULL STATUS", pr_full_status },
	{ NULL, NULL },
};

const struct unit_suite pr_suite = { "pr", pr_tests };
