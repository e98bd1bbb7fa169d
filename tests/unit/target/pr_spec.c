/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/pr_spec.c - TransportIDs: REGISTER with SPEC_I_PT, and
 * REGISTER AND MOVE.
 */
#include <string.h>

#include "tests/unit/target/pr_kit.h"

extern const struct unit_suite pr_spec_suite;

#define KEY_A UINT64_C(0xaaaaaaaaaaaaaaaa)
#define KEY_B UINT64_C(0xbbbbbbbbbbbbbbbb)
#define KEY_C UINT64_C(0xcccccccccccccccc)

/* Those of the kit's nexuses. */
#define PORT_1   "iqn.2026-01.test:1,i,0x800000000001"
#define PORT_2   "iqn.2026-01.test:2,i,0x800000000001"
#define NODE_1   "iqn.2026-01.test:1"
#define FORM_0   0x05
#define FORM_1   0x45
#define LIST_MAX 1024

/* A parameter list with TransportIDs. */
struct spec {
	uint8_t list[LIST_MAX];
	uint32_t bytes, length_at;
};

static struct spec
spec_begin(uint64_t key, uint64_t action_key, uint32_t length_at)
{
	struct spec s = { .length_at = length_at, .bytes = length_at + 4 };

	put_be64(s.list, key);
	put_be64(s.list + 8, action_key);
	return s;
}

static void
spec_add(struct spec *s, uint8_t form, const char *text)
{
	uint32_t length = (uint32_t)align_up(strlen(text) + 1, 4);
	uint8_t *id = s->list + s->bytes;

	if (length < 20)
		length = 20;
	id[0] = form;
	put_be16(id + 2, (uint16_t)length);
	memcpy(id + 4, text, strlen(text));
	s->bytes += 4 + length;
	put_be32(s->list + s->length_at, s->bytes - s->length_at - 4);
}

static struct kit_result
spec_send(struct kit *k, unsigned nexus, uint8_t action, const struct spec *s)
{
	uint8_t cdb[16] = { 0x5f, action };

	put_be32(cdb + 5, s->bytes);
	return kit_run_at(k, nexus, 0, cdb, s->list, s->bytes, 0);
}

/* ---- SPEC_I_PT ---- */

static struct spec
spec_register(uint64_t key, uint64_t action_key)
{
	struct spec s = spec_begin(key, action_key, 24);

	s.list[20] = 0x08;
	return s;
}

static bool
spec_has_key(struct kit *k, unsigned nexus, uint64_t key)
{
	struct kit_result r = pr_out(k, nexus, PR_OUT_REGISTER, 0, key, key);

	return kit_is_good(&r);
}

static void
spec_ports(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(0, KEY_A);
	struct kit_result r;

	spec_add(&s, FORM_1, PORT_1);
	spec_add(&s, FORM_1, "iqn.2026-01.test:absent,i,0x0000deadBEEF");
	r = spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 3);
	CU_ASSERT(spec_has_key(k, 0, KEY_A) && spec_has_key(k, 1, KEY_A));
	CU_ASSERT(!spec_has_key(k, 2, KEY_A));
	kit_free(k);
}

static void
spec_generation_counts_once(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(0, KEY_A);

	spec_add(&s, FORM_1, PORT_1);
	spec_add(&s, FORM_1, PORT_2);
	spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT_EQUAL(pr_generation(k), 1);
	kit_free(k);
}

static void
spec_name_in_capitals(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(0, KEY_A);

	spec_add(&s, FORM_1, "IQN.2026-01.Test:1,i,0x800000000001");
	spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT(spec_has_key(k, 1, KEY_A));
	kit_free(k);
}

static void
spec_name_only(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(0, KEY_A);
	struct kit_result r;

	spec_add(&s, FORM_0, NODE_1);
	r = spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 2);
	CU_ASSERT(spec_has_key(k, 1, KEY_A));
	kit_free(k);
}

static void
spec_name_of_nobody(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(0, KEY_A);
	struct kit_result r;

	spec_add(&s, FORM_0, "iqn.2026-01.test:absent");
	r = spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT(kit_is_invalid_list(&r, 28, -1));
	CU_ASSERT_EQUAL(pr_key_count(k), 0);
	kit_free(k);
}

static void
spec_registered_ones_stay(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(0, KEY_A);
	struct kit_result r;

	pr_register(k, 1, KEY_B);
	spec_add(&s, FORM_1, PORT_1);
	r = spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(spec_has_key(k, 0, KEY_A) && spec_has_key(k, 1, KEY_B));
	kit_free(k);
}

static void
spec_of_a_registrant(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(KEY_A, KEY_B);
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	spec_add(&s, FORM_1, PORT_1);
	r = spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x24, 0x00));
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	kit_free(k);
}

static void
spec_only_with_register(void)
{
	static const uint8_t others[] = { PR_OUT_RESERVE, PR_OUT_RELEASE,
		PR_OUT_CLEAR, PR_OUT_PREEMPT, PR_OUT_PREEMPT_AND_ABORT,
		PR_OUT_REGISTER_AND_IGNORE };
	struct kit *k = kit_new();
	struct kit_result r;
	size_t i;

	pr_register(k, 0, KEY_A);
	pr_register(k, 1, KEY_A + 1);
	for (i = 0; i < ARRAY_LEN(others); i++) {
		r = pr_out_with(k, 0, others[i], 1, KEY_A, KEY_A + 1, 0x08);
		CU_ASSERT(kit_is_invalid_list(&r, 20, 3));
	}
	pr_reserve(k, 1, 1, KEY_A + 1); /* nothing has changed */
	kit_free(k);
}

static void
spec_all_ports(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(0, KEY_A);
	struct kit_result r;

	target_add_port(k->target, 1, PORT_ACTIVE_OPTIMIZED);
	target_add_port(k->target, 7, PORT_ACTIVE_OPTIMIZED);
	s.list[20] |= 0x04;
	spec_add(&s, FORM_1, PORT_1);
	r = spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 4);
	kit_free(k);
}

/* One bad TransportID, behind a good one: nothing is registered. */
static void
spec_bad_ids(void)
{
	static const struct {
		uint8_t form;
		const char *text;
	} bad[] = {
		{ 0x46, PORT_2 }, /* SAS's */
		{ 0x85, PORT_2 }, /* a form of the future */
		{ FORM_1, NODE_1 },
		{ FORM_1, "iqn.2026-01.test:2,i,0x80000000000" },
		{ FORM_1, "iqn.2026-01.test:2,i,0x8000000000012" },
		{ FORM_1, "iqn.2026-01.test:2,i,0x80000000000g" },
		{ FORM_1, "iqn.2026-01.test:2,t,0x800000000001" },
		{ FORM_1, ",i,0x800000000001" },
		{ FORM_0, "name without a type, and spaces" },
		{ FORM_0, "iqn." },
	};
	struct kit *k = kit_new();
	struct kit_result r;
	struct spec s;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(bad); i++) {
		s = spec_register(0, KEY_A);
		spec_add(&s, FORM_1, PORT_1);
		spec_add(&s, bad[i].form, bad[i].text);
		r = spec_send(k, 0, PR_OUT_REGISTER, &s);
		CU_ASSERT(kit_is_invalid_list(&r, 28 + 40, -1));
		CU_ASSERT_EQUAL(pr_key_count(k), 0);
	}
	kit_free(k);
}

static void
spec_not_terminated(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(0, KEY_A);
	struct kit_result r;

	spec_add(&s, FORM_1, PORT_1);
	memset(s.list + 28 + 4, 'a', 36);
	r = spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT(kit_is_invalid_list(&r, 28, -1));
	kit_free(k);
}

static void
spec_bad_lengths(void)
{
	struct kit *k = kit_new();
	struct spec s;
	struct kit_result r;
	uint32_t bytes;

	for (bytes = 24; bytes < 68; bytes++) {
		s = spec_register(0, KEY_A);
		spec_add(&s, FORM_1, PORT_1);
		s.bytes = bytes;
		r = spec_send(k, 0, PR_OUT_REGISTER, &s);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0));
		/* The list's length is right, the TransportID's is not. */
		if (bytes > 28)
			put_be32(s.list + 24, bytes - 28);
		r = spec_send(k, 0, PR_OUT_REGISTER, &s);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0));
	}
	CU_ASSERT_EQUAL(pr_key_count(k), 0);
	kit_free(k);
}

static void
spec_list_without_bit(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_register(0, KEY_A);
	struct kit_result r;

	s.list[20] = 0;
	spec_add(&s, FORM_1, PORT_1);
	r = spec_send(k, 0, PR_OUT_REGISTER, &s);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0));
	kit_free(k);
}

/* ---- REGISTER AND MOVE ---- */

/* From nexus 0, which holds type 5 with key A, to nexus 1 with key C. */
static struct spec
spec_move(void)
{
	struct spec s = spec_begin(KEY_A, KEY_C, 20);

	put_be16(s.list + 18, 1);
	spec_add(&s, FORM_1, PORT_1);
	return s;
}

static struct kit *
spec_kit_reserved(uint8_t type)
{
	struct kit *k = kit_new();

	pr_register(k, 0, KEY_A);
	pr_reserve(k, 0, type, KEY_A);
	return k;
}

static void
spec_moves(void)
{
	struct kit *k = spec_kit_reserved(1);
	struct spec s = spec_move();
	struct kit_result r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 2);
	CU_ASSERT_EQUAL(pr_type_held(k), 1);
	CU_ASSERT_EQUAL(get_be64(pr_in(k, 0, 1).data_in + 8), KEY_C);
	CU_ASSERT_EQUAL(k->nexus[1]->lus[0]->access, ACCESS_ALL);
	CU_ASSERT(!(k->nexus[0]->lus[0]->access & ACCESS_WRITE));
	CU_ASSERT_EQUAL(pr_generation(k), 2);
	CU_ASSERT_EQUAL(pr_attention(k, 1), 0);
	kit_free(k);
}

static void
spec_moves_and_unregisters(void)
{
	struct kit *k = spec_kit_reserved(5);
	struct spec s = spec_move();
	struct kit_result r;

	s.list[17] = 0x02;
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	CU_ASSERT_EQUAL(pr_type_held(k), 5);
	CU_ASSERT(spec_has_key(k, 1, KEY_C));
	kit_free(k);
}

static void
spec_moves_to_registrant(void)
{
	struct kit *k = spec_kit_reserved(5);
	struct spec s = spec_move();
	struct kit_result r;

	pr_register(k, 1, KEY_B);
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(pr_key_count(k), 2);
	CU_ASSERT(spec_has_key(k, 1, KEY_C));
	kit_free(k);
}

static void
spec_moves_to_other_port(void)
{
	struct kit *k = spec_kit_reserved(5);
	struct spec s = spec_move();
	struct kit_result r;

	put_be16(s.list + 18, 9);
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_invalid_list(&r, 18, -1));
	target_add_port(k->target, 9, PORT_ACTIVE_OPTIMIZED);
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(!spec_has_key(k, 1, KEY_C));
	kit_free(k);
}

static void
spec_move_conflicts(void)
{
	struct kit *k = spec_kit_reserved(5);
	struct spec s = spec_move();
	struct kit_result r = spec_send(k, 2, PR_OUT_REGISTER_AND_MOVE, &s);

	CU_ASSERT(kit_is_conflict(&r)); /* not registered */
	put_be64(s.list, KEY_B);
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_conflict(&r)); /* wrong key */
	pr_register(k, 2, KEY_B);
	r = spec_send(k, 2, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_conflict(&r)); /* not the holder */
	kit_free(k);
	k = spec_kit_reserved(7);
	s = spec_move();
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_conflict(&r)); /* all registrants */
	kit_free(k);
}

static void
spec_move_of_nothing(void)
{
	struct kit *k = kit_new();
	struct spec s = spec_move();
	struct kit_result r;

	pr_register(k, 0, KEY_A);
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x24, 0x00));
	kit_free(k);
}

static void
spec_move_bad_fields(void)
{
	struct kit *k = spec_kit_reserved(5);
	struct spec s = spec_move();
	struct kit_result r;

	put_be64(s.list + 8, 0);
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_invalid_list(&r, 8, -1));
	s = spec_begin(KEY_A, KEY_C, 20);
	put_be16(s.list + 18, 1);
	spec_add(&s, FORM_0, NODE_1);
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_invalid_list(&r, 24, -1));
	s.bytes = 24;
	put_be32(s.list + 20, 0);
	spec_add(&s, FORM_1, "iqn.2026-01.test:0,i,0x800000000001");
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_invalid_list(&r, 24, -1)); /* to oneself */
	CU_ASSERT_EQUAL(pr_key_count(k), 1);
	kit_free(k);
}

static void
spec_move_bad_lengths(void)
{
	struct kit *k = spec_kit_reserved(5);
	struct spec s;
	struct kit_result r;
	uint32_t bytes;

	for (bytes = 24; bytes < 64; bytes++) {
		s = spec_move();
		s.bytes = bytes;
		r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0));
		put_be32(s.list + 20, bytes - 24);
		r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
		CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0));
	}
	s = spec_move();
	spec_add(&s, FORM_1, PORT_2);
	r = spec_send(k, 0, PR_OUT_REGISTER_AND_MOVE, &s);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0));
	kit_free(k);
}

static const struct unit_test spec_tests[] = {
	{ "SPEC_I_PT registers ports", spec_ports },
	{ "SPEC_I_PT is one generation", spec_generation_counts_once },
	{ "names compare in lower case", spec_name_in_capitals },
	{ "form 0 is all ports that are known", spec_name_only },
	{ "form 0 of nobody is 05/26/00", spec_name_of_nobody },
	{ "SPEC_I_PT leaves the registered", spec_registered_ones_stay },
	{ "SPEC_I_PT of a registrant is 05/24/00", spec_of_a_registrant },
	{ "SPEC_I_PT is REGISTER's only", spec_only_with_register },
	{ "SPEC_I_PT with ALL_TG_PT", spec_all_ports },
	{ "bad TransportIDs are 05/26/00", spec_bad_ids },
	{ "a name without an end is 05/26/00", spec_not_terminated },
	{ "bad lengths are 05/1A/00", spec_bad_lengths },
	{ "TransportIDs without SPEC_I_PT", spec_list_without_bit },
	{ "REGISTER AND MOVE", spec_moves },
	{ "REGISTER AND MOVE with UNREG", spec_moves_and_unregisters },
	{ "REGISTER AND MOVE to a registrant", spec_moves_to_registrant },
	{ "REGISTER AND MOVE to another port", spec_moves_to_other_port },
	{ "REGISTER AND MOVE: conflicts", spec_move_conflicts },
	{ "REGISTER AND MOVE of nothing", spec_move_of_nothing },
	{ "REGISTER AND MOVE: bad fields", spec_move_bad_fields },
	{ "REGISTER AND MOVE: bad lengths", spec_move_bad_lengths },
	{ NULL, NULL },
};

const struct unit_suite pr_spec_suite = { "pr_spec", spec_tests };
