/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/port_group.c - REPORT and SET TARGET PORT GROUPS, and what
 * the states of ports do to commands.
 */
#include "target/port_group.h"
#include "tests/unit/target/block.h"

/* ---- REPORT TARGET PORT GROUPS ---- */

static struct kit_result
ports_ask(struct kit *k, uint8_t byte1, uint32_t allocation)
{
	struct block_cdb cdb = { { 0xa3, 0x0a | byte1 } };

	put_be32(cdb.b + 6, allocation);
	return block_take(k, cdb, allocation);
}

static void
every_port_is_active_and_optimized(void)
{
	static const uint8_t expected[] = { 0, 0, 0, 24, 0x00, 0x0f, 0, 1, 0, 0,
		0, 1, 0, 0, 0, 1, 0x00, 0x0f, 0, 7, 0, 0, 0, 1, 0, 0, 0, 7 };
	struct kit *k = kit_new();
	struct kit_result r;

	CU_ASSERT(target_add_port(k->target, 1, PORT_ACTIVE_OPTIMIZED));
	CU_ASSERT(target_add_port(k->target, 7, PORT_ACTIVE_OPTIMIZED));
	r = ports_ask(k, 0, 255);
	CU_ASSERT_EQUAL(r.data_in_bytes, sizeof(expected));
	CU_ASSERT(memcmp(r.data_in, expected, sizeof(expected)) == 0);
	kit_free(k);
}

static void
the_extended_header_is_given(void)
{
	struct kit *k = kit_new();
	struct kit_result r = ports_ask(k, 0x20, 255);

	CU_ASSERT_EQUAL(r.data_in_bytes, 8 + 12);
	CU_ASSERT_EQUAL(get_be32(r.data_in), 4 + 12);
	CU_ASSERT_EQUAL(r.data_in[4], 0x10);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 10), 1);
	r = ports_ask(k, 0x40, 255);
	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 6));
	kit_free(k);
}

static void
a_short_allocation_cuts_the_report(void)
{
	struct kit *k = kit_new();
	struct kit_result r = ports_ask(k, 0, 4);

	CU_ASSERT_EQUAL(r.data_in_bytes, 4);
	CU_ASSERT_EQUAL(get_be32(r.data_in), 12);
	kit_free(k);
}

static void
inquiry_says_implicit(void)
{
	const uint8_t cdb[16] = { 0x12, 0, 0, 0, 96 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 96);

	CU_ASSERT_EQUAL(r.data_in[5] & 0x30, 0x10);
	kit_free(k);
}

/* ---- states ---- */

/* The kit's nexuses are all at port 1. */
static struct kit *
states_kit(enum port_state state, bool explicit_access)
{
	struct kit *k = kit_new();
	unsigned i;

	CU_ASSERT(target_add_port(k->target, 1, state));
	CU_ASSERT(target_add_port(k->target, 2, PORT_ACTIVE_OPTIMIZED));
	k->target->explicit_access = explicit_access;
	for (i = 0; i < KIT_HOMES; i++)
		nexus_lu_take_port_state(k->nexus[i]->lus[0], k->target);
	return k;
}

static void
a_non_optimized_port_does_all(void)
{
	struct kit *k = states_kit(PORT_ACTIVE_NON_OPTIMIZED, false);
	struct kit_result r = block_send(k, block_cdb(0x2a, 0, 1), 1, 512);

	CU_ASSERT(kit_is_good(&r));
	r = ports_ask(k, 0, 255);
	CU_ASSERT_EQUAL(r.data_in[4], 0x01);
	CU_ASSERT_EQUAL(r.data_in[16], 0x00);
	kit_free(k);
}

static void
request_sense_tells_the_state(void)
{
	const uint8_t cdb[16] = { 0x03, 0, 0, 0, 252 };
	struct kit *k = states_kit(PORT_STANDBY, false);
	struct kit_result r = kit_run(k, cdb, NULL, 0, 252);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in[2], SENSE_NOT_READY);
	CU_ASSERT_EQUAL(r.data_in[12], 0x04);
	CU_ASSERT_EQUAL(r.data_in[13], 0x0b);
	kit_free(k);
}

/* ---- SET TARGET PORT GROUPS ---- */

static struct kit_result
ports_set(struct kit *k, const uint8_t *list, uint32_t length)
{
	struct block_cdb cdb = { { 0xa4, 0x0a } };

	put_be32(cdb.b + 6, length);
	return block_send_data(k, cdb, list, length);
}

static void
a_state_is_set_for_everybody(void)
{
	static const uint8_t standby[] = { 0, 0, 0, 0, PORT_STANDBY, 0, 0, 1,
		PORT_ACTIVE_NON_OPTIMIZED, 0, 0, 2 };
	static const uint8_t active[] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	const uint8_t test[16] = { 0 };
	struct kit *k = states_kit(PORT_ACTIVE_OPTIMIZED, true);
	struct kit_result r = ports_set(k, standby, sizeof(standby));

	CU_ASSERT(kit_is_good(&r));
	r = kit_run_at(k, 1, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x2a, 0x06));
	r = kit_run_at(k, 1, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x0b));
	r = kit_run_at(k, 0, 0, test, NULL, 0, 0); /* who asked knows */
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x0b));
	r = ports_ask(k, 0, 255);
	CU_ASSERT_EQUAL(r.data_in[4], PORT_STANDBY);
	CU_ASSERT_EQUAL(r.data_in[4 + 5], PORT_SET_BY_COMMAND);
	CU_ASSERT_EQUAL(r.data_in[16], PORT_ACTIVE_NON_OPTIMIZED);
	r = ports_set(k, active, sizeof(active));
	CU_ASSERT(kit_is_good(&r));
	r = kit_run_at(k, 0, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	r = kit_run_at(k, 2, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x2a, 0x06));
	r = kit_run_at(k, 2, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
setting_what_is_changes_nothing(void)
{
	static const uint8_t active[] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	const uint8_t test[16] = { 0 };
	struct kit *k = states_kit(PORT_ACTIVE_OPTIMIZED, true);
	struct kit_result r = ports_set(k, active, sizeof(active));

	CU_ASSERT(kit_is_good(&r));
	r = ports_set(k, active, 0);
	CU_ASSERT(kit_is_good(&r));
	r = kit_run_at(k, 1, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
a_bad_list_sets_nothing(void)
{
	static const uint8_t unknown_group[] = { 0, 0, 0, 0, PORT_STANDBY, 0, 0,
		1, 0, 0, 0, 9 };
	static const uint8_t offline[] = { 0, 0, 0, 0, 0x0e, 0, 0, 1 };
	const uint8_t test[16] = { 0 };
	struct kit *k = states_kit(PORT_ACTIVE_OPTIMIZED, true);
	struct kit_result r = ports_set(k, unknown_group, 12);

	CU_ASSERT(kit_is_invalid_list(&r, 10, -1));
	r = ports_set(k, offline, 8);
	CU_ASSERT(kit_is_invalid_list(&r, 4, 3));
	r = ports_set(k, offline, 7);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	r = ports_set(k, offline, 2);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	r = kit_run_at(k, 0, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	kit_free(k);
}

static void
a_list_of_another_length_sets_nothing(void)
{
	static const uint8_t list[4 + 65 * 4] = { 0, 0, 0, 0, PORT_STANDBY, 0,
		0, 1 };
	const struct block_cdb cdb = { { 0xa4, 0x0a, [9] = 8 } };
	struct kit *k = states_kit(PORT_ACTIVE_OPTIMIZED, true);
	struct kit_result r = ports_set(k, list, sizeof(list));

	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	r = block_send_data(k, cdb, list, 7);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	CU_ASSERT_EQUAL(target_port_state(k->target, 1), PORT_ACTIVE_OPTIMIZED);
	kit_free(k);
}

static void
setting_must_be_allowed(void)
{
	static const uint8_t standby[] = { 0, 0, 0, 0, PORT_STANDBY, 0, 0, 1 };
	const uint8_t inquiry[16] = { 0x12, 0, 0, 0, 96 };
	const uint8_t rsoc[16] = { 0xa3, 0x0c, 0x03, 0xa4, 0, 0x0a, 0, 0, 0,
		64 };
	struct kit *k = states_kit(PORT_ACTIVE_OPTIMIZED, false);
	struct kit_result r = ports_set(k, standby, sizeof(standby));

	CU_ASSERT(kit_is_invalid_cdb(&r, 1, 4));
	r = kit_run(k, rsoc, NULL, 0, 64);
	CU_ASSERT_EQUAL(r.data_in[1] & 0x07, 1);
	k->target->explicit_access = true;
	r = kit_run(k, rsoc, NULL, 0, 64);
	CU_ASSERT_EQUAL(r.data_in[1] & 0x07, 3);
	r = kit_run(k, inquiry, NULL, 0, 96);
	CU_ASSERT_EQUAL(r.data_in[5] & 0x30, 0x30);
	kit_free(k);
}

/* ---- a new configuration ---- */

static struct target *
states_again(const struct kit *k, enum port_state state)
{
	struct target *target = target_new(k->target->name, "");

	CU_ASSERT(target_add_lun(target, 0, k->lu, false, NULL, 0));
	CU_ASSERT(target_add_port(target, 1, state));
	CU_ASSERT(target_add_port(target, 2, PORT_ACTIVE_OPTIMIZED));
	target->explicit_access = k->target->explicit_access;
	target_inherit(target, k->target);
	return target;
}

static void
states_remap(struct kit *k, struct target *target)
{
	unsigned i;

	for (i = 0; i < KIT_HOMES; i++) {
		kit_enter(k, i);
		CU_ASSERT(nexus_remap(k->nexus[i], target));
	}
	kit_enter(k, 0);
	target_unref(k->target);
	k->target = target;
}

static void
a_reload_changes_states(void)
{
	const uint8_t test[16] = { 0 };
	struct kit *k = states_kit(PORT_ACTIVE_OPTIMIZED, false);
	struct kit_result r;

	states_remap(k, states_again(k, PORT_ACTIVE_OPTIMIZED));
	r = kit_run_at(k, 0, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_good(&r));
	states_remap(k, states_again(k, PORT_UNAVAILABLE));
	r = kit_run_at(k, 0, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x2a, 0x06));
	r = kit_run_at(k, 0, 0, test, NULL, 0, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_NOT_READY, 0x04, 0x0c));
	r = ports_ask(k, 0, 255);
	CU_ASSERT_EQUAL(r.data_in[4], PORT_UNAVAILABLE);
	CU_ASSERT_EQUAL(r.data_in[4 + 5], PORT_SET_IMPLICITLY);
	kit_free(k);
}

static void
what_was_set_outlives_a_reload(void)
{
	static const uint8_t standby[] = { 0, 0, 0, 0, PORT_STANDBY, 0, 0, 1 };
	struct kit *k = states_kit(PORT_ACTIVE_OPTIMIZED, true);

	ports_set(k, standby, sizeof(standby));
	states_remap(k, states_again(k, PORT_ACTIVE_OPTIMIZED));
	CU_ASSERT_EQUAL(target_port_state(k->target, 1), PORT_STANDBY);
	states_remap(k, states_again(k, PORT_UNAVAILABLE));
	CU_ASSERT_EQUAL(target_port_state(k->target, 1), PORT_UNAVAILABLE);
	kit_free(k);
}

/* clang-format off */
static const struct unit_test port_group_tests[] = {
	{ "every port is active and optimized",
	  every_port_is_active_and_optimized },
	{ "the extended header is given", the_extended_header_is_given },
	{ "a short allocation cuts the report",
	  a_short_allocation_cuts_the_report },
	{ "INQUIRY says implicit", inquiry_says_implicit },
	{ "a non-optimized port does all", a_non_optimized_port_does_all },
	{ "REQUEST SENSE tells the state", request_sense_tells_the_state },
	{ "a state is set for everybody", a_state_is_set_for_everybody },
	{ "setting what is changes nothing", setting_what_is_changes_nothing },
	{ "a bad list sets nothing", a_bad_list_sets_nothing },
	{ "a list of another length sets nothing",
	  a_list_of_another_length_sets_nothing },
	{ "setting must be allowed", setting_must_be_allowed },
	{ "a reload changes states", a_reload_changes_states },
	{ "what was set outlives a reload", what_was_set_outlives_a_reload },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite port_group_suite = { "port_group", port_group_tests };
