/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/conditions.c - every command of the opcode table in every
 * condition of its logical unit, its port, and under another's RESERVE(6).
 *
 * What is wanted stands here, and not in the rows' flags: SPC-4 5.15.2.4 (what
 * a port in standby, or unavailable, still does), SBC-3 4.10 and 4.11 (FORMAT
 * UNIT, SANITIZE), SPC-2's and SBC-2's tables for RESERVE.
 */
#include <stdio.h>

#include "tests/unit/target/block.h"

extern const struct unit_suite conditions_suite;

#define ANY (-1) /* service action */

enum condition {
	STANDBY,
	UNAVAILABLE,
	WIPING, /* SANITIZE or FORMAT UNIT runs */
	WIPE_FAILED,
	FORMAT_FAILED,
	MEDIUM_OUT,
	RESERVED, /* by RESERVE(6) of another nexus */
	CONDITIONS,
};

struct condition_row {
	uint8_t opcode;
	int action;
	const char *columns; /* of CONDITIONS; A: answered, R: refused */
};

/* clang-format off */
static const struct condition_row condition_rows[] = {
	{ 0x03, ANY,  "AAAAAAA" }, /* REQUEST SENSE */
	{ 0x04, ANY,  "RRRRARR" }, /* FORMAT UNIT */
	{ 0x12, ANY,  "AAAAAAA" }, /* INQUIRY */
	{ 0x15, ANY,  "ARRRAAR" }, /* MODE SELECT(6) */
	{ 0x16, ANY,  "RRRRAAR" }, /* RESERVE(6) */
	{ 0x17, ANY,  "RRRRAAA" }, /* RELEASE(6) */
	{ 0x1a, ANY,  "ARRRAAR" }, /* MODE SENSE(6) */
	{ 0x1b, ANY,  "RRRRAAA" }, /* START STOP UNIT: start */
	{ 0x1d, ANY,  "ARRRRRR" }, /* SEND DIAGNOSTIC */
	{ 0x1e, ANY,  "RRRRAAA" }, /* PREVENT ALLOW MEDIUM REMOVAL: allow */
	{ 0x25, ANY,  "RRRRRRA" }, /* READ CAPACITY(10) */
	{ 0x48, ANY,  "RRRAARR" }, /* SANITIZE */
	{ 0x4d, ANY,  "ARAAAAR" }, /* LOG SENSE */
	{ 0x55, ANY,  "ARRRAAR" }, /* MODE SELECT(10) */
	{ 0x5a, ANY,  "ARRRAAR" }, /* MODE SENSE(10) */
	{ 0x5e, ANY,  "ARRRAAR" }, /* PERSISTENT RESERVE IN */
	{ 0x5f, ANY,  "ARRRAAR" }, /* PERSISTENT RESERVE OUT */
	{ 0x83, 0x00, "RRRRAAR" }, /* EXTENDED COPY: looks at the LUs itself */
	{ 0x84, ANY,  "RRRRAAR" }, /* RECEIVE COPY RESULTS */
	{ 0x9e, 0x10, "RRRRRRA" }, /* READ CAPACITY(16) */
	{ 0xa0, ANY,  "AAAAAAA" }, /* REPORT LUNS */
	{ 0xa3, 0x05, "RRRRAAA" }, /* REPORT IDENTIFYING INFORMATION */
	{ 0xa3, 0x0a, "AARRAAA" }, /* REPORT TARGET PORT GROUPS */
	{ 0xa3, 0x0c, "ARAAAAR" }, /* REPORT SUPPORTED OPERATION CODES */
	{ 0xa3, 0x0d, "ARAAAAR" }, /* REPORT SUPPORTED TASK MANAGEMENT ... */
	{ 0xa3, 0x0f, "RRRRAAA" }, /* REPORT TIMESTAMP */
	{ 0xa4, 0x06, "RRRRAAR" }, /* SET IDENTIFYING INFORMATION */
	{ 0xa4, 0x0a, "AARRAAR" }, /* SET TARGET PORT GROUPS */
	{ 0xa4, 0x0f, "RRRRAAR" }, /* SET TIMESTAMP */
};
/* clang-format on */

/* TEST UNIT READY, and what needs the medium or writes it. */
static const struct condition_row condition_others = { 0, ANY, "RRRRRRR" };

static const struct condition_row *
condition_row(const struct cmd *cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(condition_rows); i++) {
		if (condition_rows[i].opcode == cmd->opcode &&
		    (condition_rows[i].action == ANY ||
			condition_rows[i].action == cmd->service_action))
			return &condition_rows[i];
	}
	return &condition_others;
}

/* ---- each of them ---- */

static void
condition_set_port(struct kit *k, enum port_state state)
{
	unsigned i;

	CU_ASSERT(target_add_port(k->target, 1, state));
	for (i = 0; i < KIT_HOMES; i++)
		nexus_lu_take_port_state(k->nexus[i]->lus[0], k->target);
}

static void
condition_reserve(struct kit *k)
{
	static const uint8_t reserve[16] = { 0x16 };
	struct kit_result r = kit_run_at(k, 1, 0, reserve, NULL, 0, 0);

	CU_ASSERT(kit_is_good(&r));
}

static bool
condition_refuses(enum condition condition, const struct outcome *o)
{
	static const struct outcome answers[] = {
		[STANDBY] = CHECK(SENSE_NOT_READY, 0x04, 0x0b),
		[UNAVAILABLE] = CHECK(SENSE_NOT_READY, 0x04, 0x0c),
		[WIPING] = CHECK(SENSE_NOT_READY, 0x04, 0x1b),
		[WIPE_FAILED] = CHECK(SENSE_MEDIUM_ERROR, 0x31, 0x03),
		[FORMAT_FAILED] = CHECK(SENSE_MEDIUM_ERROR, 0x31, 0x00),
		[MEDIUM_OUT] = CHECK(SENSE_NOT_READY, 0x3a, 0x00),
		[RESERVED] = { .status = STATUS_RESERVATION_CONFLICT },
	};
	const struct outcome *a = &answers[condition];

	return o->status == a->status && o->key == a->key && o->asc == a->asc &&
	       o->ascq == a->ascq;
}

/* It is prepared only: what it would do matters not. */
static struct outcome
condition_try(struct kit *k, const struct cmd *cmd)
{
	uint8_t cdb[16] = { cmd->opcode };
	struct kit_task *kt;
	struct outcome o;

	if (cmd->service_action != CMD_NO_SERVICE_ACTION)
		cdb[1] = (uint8_t)cmd->service_action;
	cdb[4] = cmd->opcode == 0x1b; /* START */
	kt = kit_task_new(k, 0, cdb, 0, 0);
	o = task_prepare(&kt->task);
	if (kt->task.state == TASK_PREPARED)
		task_fail(&kt->task, GOOD);
	kit_task_free(kt);
	return o;
}

static void
condition_check(struct kit *k, enum condition condition)
{
	const struct cmd *cmd;
	struct outcome o;
	bool wanted;
	size_t i;

	for (i = 0; i < cmd_table_rows; i++) {
		cmd = &cmd_table[i];
		if (!cmd_is_supported(cmd, k->lu))
			continue;
		wanted = condition_row(cmd)->columns[condition] == 'R';
		o = condition_try(k, cmd);
		if (condition_refuses(condition, &o) == wanted)
			continue;
		printf("%s: %s wanted\n", cmd->name,
		    wanted ? "refused" : "answered");
		CU_FAIL("not as the table has it");
	}
}

static struct kit *
condition_kit(bool removable)
{
	struct kit *k = kit_new_with(&(struct kit_options){
	    .lu = { .removable = removable }, .info = KIT_INFO_ALL });

	k->target->explicit_access = true;
	return k;
}

/* Of a fixed and of a removable LU: not all rows are in both. */
static void
condition_check_lu(enum condition condition, enum lu_condition of_lu)
{
	struct kit *k;
	int removable;

	for (removable = of_lu == LU_MEDIUM_OUT; removable < 2; removable++) {
		k = condition_kit(removable);
		atomic_store(&k->lu->condition, of_lu);
		condition_check(k, condition);
		kit_free(k);
	}
}

static void
a_port_in_standby_moves_no_data(void)
{
	struct kit *k = condition_kit(true);

	condition_set_port(k, PORT_STANDBY);
	condition_check(k, STANDBY);
	kit_free(k);
}

static void
an_unavailable_port_does_next_to_nothing(void)
{
	struct kit *k = condition_kit(true);

	condition_set_port(k, PORT_UNAVAILABLE);
	condition_check(k, UNAVAILABLE);
	kit_free(k);
}

static void
sanitize_runs(void)
{
	condition_check_lu(WIPING, LU_SANITIZING);
}

static void
sanitize_has_failed(void)
{
	condition_check_lu(WIPE_FAILED, LU_SANITIZE_FAILED);
}

static void
format_has_failed(void)
{
	condition_check_lu(FORMAT_FAILED, LU_FORMAT_FAILED);
}

static void
the_medium_is_out(void)
{
	condition_check_lu(MEDIUM_OUT, LU_MEDIUM_OUT);
}

static void
another_has_reserved(void)
{
	struct kit *k;
	int removable;

	for (removable = 0; removable < 2; removable++) {
		k = condition_kit(removable);
		condition_reserve(k);
		condition_check(k, RESERVED);
		kit_free(k);
	}
}

/* SAM-5 5.3.3: a reset's attention, then the conflict, then what is wrong with
 * the CDB, then other attentions. */
static void
of_several_the_first_is_told(void)
{
	static const uint8_t wrong[16] = { 0x2a, 0x01 };
	static const uint8_t test_unit_ready[16] = { 0x00 };
	struct kit *k = kit_new();
	struct nexus_lu *nl = k->nexus[0]->lus[0];
	struct kit_result r;

	nexus_lu_establish_attention(nl, UA_RESERVATIONS_PREEMPTED);
	nexus_lu_establish_attention(nl, UA_RESET);
	atomic_store(&nl->access, ACCESS_OTHER);
	r = kit_run(k, wrong, NULL, 0, 0);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x29, 0x03));
	r = kit_run(k, wrong, NULL, 0, 0);
	CU_ASSERT_EQUAL(r.outcome.status, STATUS_RESERVATION_CONFLICT);
	atomic_store(&nl->access, ACCESS_ALL);
	r = kit_run(k, wrong, NULL, 0, 0);
	CU_ASSERT_TRUE(kit_is_invalid_cdb(&r, 1, 0));
	r = kit_run(k, test_unit_ready, NULL, 0, 0);
	CU_ASSERT_TRUE(kit_is_check(&r, SENSE_UNIT_ATTENTION, 0x2a, 0x03));
	kit_free(k);
}

/* clang-format off */
static const struct unit_test conditions_tests[] = {
	{ "a port in standby moves no data", a_port_in_standby_moves_no_data },
	{ "an unavailable port does next to nothing",
	  an_unavailable_port_does_next_to_nothing },
	{ "SANITIZE runs", sanitize_runs },
	{ "SANITIZE has failed", sanitize_has_failed },
	{ "FORMAT UNIT has failed", format_has_failed },
	{ "the medium is out", the_medium_is_out },
	{ "another has reserved", another_has_reserved },
	{ "of several conditions the first is told",
	  of_several_the_first_is_told },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite conditions_suite = { "conditions", conditions_tests };
