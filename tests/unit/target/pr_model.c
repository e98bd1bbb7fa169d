/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/pr_model.c - every command of the opcode table against
 * every persistent reservation and every state of the nexus that sends it.
 *
 * What is wanted is SPC-4's table "commands that are allowed in the presence of
 * various reservations" (5.13.1) with its continuation for disks (SBC-3 4.15),
 * and its table for PERSISTENT RESERVE OUT.
 */
#include <stdio.h>

#include "tests/unit/target/pr_kit.h"

extern const struct unit_suite pr_model_suite;

#define KEY_A UINT64_C(0xaaaaaaaaaaaaaaaa)
#define KEY_B UINT64_C(0xbbbbbbbbbbbbbbbb)

#define ANY (-1) /* service action */

/*
 * Columns: a nexus that does not hold a reservation of type write exclusive;
 * exclusive access; a registered nexus where the type is for registrants; one
 * that is not, write exclusive; exclusive access.  A: allowed, C: conflict.
 */
struct model_row {
	uint8_t opcode;
	int action;
	const char *columns;
	uint8_t byte4; /* of the CDB: what the standard's row is about */
};

#define ALL    "AAAAA"
#define READS  "ACAAC"
#define WRITES "CCACC"

/* clang-format off */
static const struct model_row model_rows[] = {
	/* SPC-4; RESERVE(6), RELEASE(6) and PERSISTENT RESERVE OUT have tables
	 * of their own */
	{ 0x00, ANY,  ALL, 0 },    /* TEST UNIT READY */
	{ 0x03, ANY,  ALL, 0 },    /* REQUEST SENSE */
	{ 0x12, ANY,  ALL, 0 },    /* INQUIRY */
	{ 0x15, ANY,  WRITES, 0 }, /* MODE SELECT(6) */
	{ 0x1a, ANY,  READS, 0 },  /* MODE SENSE(6) */
	{ 0x1d, ANY,  WRITES, 0 }, /* SEND DIAGNOSTIC */
	{ 0x1e, ANY,  ALL, 0 },    /* PREVENT ALLOW MEDIUM REMOVAL: allow */
	{ 0x3b, ANY,  WRITES, 0 }, /* WRITE BUFFER */
	{ 0x3c, ANY,  READS, 0 },  /* READ BUFFER(10) */
	{ 0x4c, ANY,  WRITES, 0 }, /* LOG SELECT */
	{ 0x4d, ANY,  ALL, 0 },    /* LOG SENSE */
	{ 0x55, ANY,  WRITES, 0 }, /* MODE SELECT(10) */
	{ 0x5a, ANY,  READS, 0 },  /* MODE SENSE(10) */
	{ 0x5e, ANY,  ALL, 0 },    /* PERSISTENT RESERVE IN */
	{ 0x83, ANY,  WRITES, 0 }, /* EXTENDED COPY */
	{ 0x84, ANY,  WRITES, 0 }, /* RECEIVE COPY RESULTS */
	{ 0xa0, ANY,  ALL, 0 },    /* REPORT LUNS */
	{ 0xa3, 0x05, ALL, 0 },    /* REPORT IDENTIFYING INFORMATION */
	{ 0xa3, 0x0a, ALL, 0 },    /* REPORT TARGET PORT GROUPS */
	{ 0xa3, 0x0c, READS, 0 },  /* REPORT SUPPORTED OPERATION CODES */
	{ 0xa3, 0x0d, READS, 0 },  /* REPORT SUPPORTED TASK MANAGEMENT ... */
	{ 0xa3, 0x0f, ALL, 0 },    /* REPORT TIMESTAMP */
	{ 0xa4, 0x06, WRITES, 0 }, /* SET IDENTIFYING INFORMATION */
	{ 0xa4, 0x0a, WRITES, 0 }, /* SET TARGET PORT GROUPS */
	{ 0xa4, 0x0f, WRITES, 0 }, /* SET TIMESTAMP */
	/* SBC-3 */
	{ 0x04, ANY,  WRITES, 0 }, /* FORMAT UNIT */
	{ 0x08, ANY,  READS, 0 },  /* READ(6) */
	{ 0x0a, ANY,  WRITES, 0 }, /* WRITE(6) */
	{ 0x1b, ANY,  ALL, 1 },    /* START STOP UNIT: start */
	{ 0x25, ANY,  ALL, 0 },    /* READ CAPACITY(10) */
	{ 0x28, ANY,  READS, 0 },  /* READ(10) */
	{ 0x2a, ANY,  WRITES, 0 }, /* WRITE(10) */
	{ 0x2e, ANY,  WRITES, 0 }, /* WRITE AND VERIFY(10) */
	{ 0x2f, ANY,  READS, 0 },  /* VERIFY(10) */
	{ 0x34, ANY,  READS, 0 },  /* PRE-FETCH(10) */
	{ 0x35, ANY,  WRITES, 0 }, /* SYNCHRONIZE CACHE(10) */
	{ 0x37, ANY,  READS, 0 },  /* READ DEFECT DATA(10) */
	{ 0x41, ANY,  WRITES, 0 }, /* WRITE SAME(10) */
	{ 0x42, ANY,  WRITES, 0 }, /* UNMAP */
	{ 0x48, ANY,  WRITES, 0 }, /* SANITIZE */
	{ 0x88, ANY,  READS, 0 },  /* READ(16) */
	{ 0x89, ANY,  WRITES, 0 }, /* COMPARE AND WRITE */
	{ 0x8a, ANY,  WRITES, 0 }, /* WRITE(16) */
	{ 0x8b, ANY,  WRITES, 0 }, /* ORWRITE(16) */
	{ 0x8e, ANY,  WRITES, 0 }, /* WRITE AND VERIFY(16) */
	{ 0x8f, ANY,  READS, 0 },  /* VERIFY(16) */
	{ 0x90, ANY,  READS, 0 },  /* PRE-FETCH(16) */
	{ 0x91, ANY,  WRITES, 0 }, /* SYNCHRONIZE CACHE(16) */
	{ 0x93, ANY,  WRITES, 0 }, /* WRITE SAME(16) */
	{ 0x9c, ANY,  WRITES, 0 }, /* WRITE ATOMIC(16) */
	{ 0x9e, 0x10, ALL, 0 },    /* READ CAPACITY(16) */
	{ 0x9e, 0x12, READS, 0 },  /* GET LBA STATUS */
	{ 0xa8, ANY,  READS, 0 },  /* READ(12) */
	{ 0xaa, ANY,  WRITES, 0 }, /* WRITE(12) */
	{ 0xae, ANY,  WRITES, 0 }, /* WRITE AND VERIFY(12) */
	{ 0xaf, ANY,  READS, 0 },  /* VERIFY(12) */
	{ 0xb7, ANY,  READS, 0 },  /* READ DEFECT DATA(12) */
};
/* clang-format on */

static const uint8_t model_own_tables[] = { 0x16, 0x17, 0x5f };

enum model_nexus { HOLDER, REGISTERED, STRANGER };

/* The column of a nexus that does not hold; -1: it holds. */
static int
model_column(uint8_t type, enum model_nexus nexus)
{
	static const int columns[9][3] = {
		[1] = { -1, 0, 0 },
		[3] = { -1, 1, 1 },
		[5] = { -1, 2, 3 },
		[6] = { -1, 2, 4 },
		[7] = { -1, -1, 3 },
		[8] = { -1, -1, 4 },
	};

	return columns[type][nexus];
}

static const struct model_row *
model_find(const struct cmd *cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(model_rows); i++) {
		if (model_rows[i].opcode == cmd->opcode &&
		    (model_rows[i].action == ANY ||
			model_rows[i].action == cmd->service_action))
			return &model_rows[i];
	}
	return NULL;
}

static bool
model_has_own_table(uint8_t opcode)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(model_own_tables); i++) {
		if (model_own_tables[i] == opcode)
			return true;
	}
	return false;
}

/* Does it conflict?  It is prepared only: what it would do matters not. */
static bool
model_conflicts(struct kit *k, const struct cmd *cmd,
    const struct model_row *row, enum model_nexus nexus)
{
	uint8_t cdb[16] = { cmd->opcode };
	struct kit_task *kt;
	bool conflicts;

	if (cmd->service_action != CMD_NO_SERVICE_ACTION)
		cdb[1] = (uint8_t)cmd->service_action;
	cdb[4] = row->byte4;
	kt = kit_task_new(k, nexus, cdb, 0, 0);
	kit_enter(k, nexus);
	conflicts =
	    task_prepare(&kt->task).status == STATUS_RESERVATION_CONFLICT;
	if (kt->task.state == TASK_PREPARED)
		task_fail(&kt->task, GOOD);
	kit_task_free(kt);
	kit_enter(k, 0);
	return conflicts;
}

static void
model_check(struct kit *k, const struct cmd *cmd, uint8_t type)
{
	const struct model_row *row = model_find(cmd);
	enum model_nexus nexus;
	int column;
	bool wanted;

	if (row == NULL) {
		printf("no row in the model: %s\n", cmd->name);
		CU_FAIL("a command without a row in the model");
		return;
	}
	for (nexus = HOLDER; nexus <= STRANGER; nexus++) {
		column = model_column(type, nexus);
		wanted = column >= 0 && row->columns[column] == 'C';
		if (model_conflicts(k, cmd, row, nexus) == wanted)
			continue;
		printf("%s, type %u, nexus %u: %s wanted\n", cmd->name, type,
		    nexus, wanted ? "conflict" : "no conflict");
		CU_FAIL("not as the standard's table has it");
	}
}

/* Over all rows that such an LU has. */
static void
model_check_all(bool removable)
{
	static const uint8_t types[] = { 1, 3, 5, 6, 7, 8 };
	struct kit_options options = { .lu.removable = removable };
	struct kit *k = kit_new_with(&options);
	size_t t, i;

	pr_register(k, HOLDER, KEY_A);
	pr_register(k, REGISTERED, KEY_B);
	for (t = 0; t < ARRAY_LEN(types); t++) {
		pr_reserve(k, HOLDER, types[t], KEY_A);
		for (i = 0; i < cmd_table_rows; i++) {
			if (cmd_is_supported(&cmd_table[i], k->lu) &&
			    !model_has_own_table(cmd_table[i].opcode))
				model_check(k, &cmd_table[i], types[t]);
		}
		pr_out(k, HOLDER, PR_OUT_RELEASE, types[t], KEY_A, 0);
		pr_attention(k, REGISTERED);
	}
	kit_free(k);
}

static void
model_of_fixed(void)
{
	model_check_all(false);
}

static void
model_of_removable(void)
{
	model_check_all(true);
}

/* ---- PERSISTENT RESERVE OUT, with the right key ---- */

/* Of a nexus that does not hold: G: GOOD, C: conflict. */
static const struct {
	uint8_t action;
	char registered, stranger;
} model_out_rows[] = {
	{ PR_OUT_REGISTER, 'G', 'G' },
	{ PR_OUT_RESERVE, 'C', 'C' },
	{ PR_OUT_RELEASE, 'G', 'C' },
	{ PR_OUT_CLEAR, 'G', 'C' },
	{ PR_OUT_PREEMPT, 'G', 'C' },
	{ PR_OUT_PREEMPT_AND_ABORT, 'G', 'C' },
	{ PR_OUT_REGISTER_AND_IGNORE, 'G', 'G' },
};

static void
model_check_out(uint8_t type, size_t row, enum model_nexus nexus)
{
	uint64_t key = nexus == REGISTERED ? KEY_B : 0;
	uint8_t action = model_out_rows[row].action;
	char wanted = nexus == REGISTERED ? model_out_rows[row].registered
					  : model_out_rows[row].stranger;
	struct kit *k = kit_new();
	struct kit_result r;

	pr_register(k, HOLDER, KEY_A);
	pr_register(k, REGISTERED, KEY_B);
	pr_reserve(k, HOLDER, type, KEY_A);
	/* The holder's key: that of PREEMPT, and a new one to register. */
	r = pr_out(k, nexus, action, type, key, KEY_A);
	CU_ASSERT(wanted == 'G' ? kit_is_good(&r) : kit_is_conflict(&r));
	kit_free(k);
}

static void
model_of_out(void)
{
	static const uint8_t types[] = { 1, 3, 5, 6 };
	size_t t, i;

	for (t = 0; t < ARRAY_LEN(types); t++) {
		for (i = 0; i < ARRAY_LEN(model_out_rows); i++) {
			model_check_out(types[t], i, REGISTERED);
			model_check_out(types[t], i, STRANGER);
		}
	}
}

static const struct unit_test model_tests[] = {
	{ "every command of a fixed LU", model_of_fixed },
	{ "every command of a removable LU", model_of_removable },
	{ "PERSISTENT RESERVE OUT of one who does not hold", model_of_out },
	{ NULL, NULL },
};

const struct unit_suite pr_model_suite = { "pr_model", model_tests };
