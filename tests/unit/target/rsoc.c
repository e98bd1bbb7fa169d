/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/rsoc.c - REPORT SUPPORTED OPERATION CODES and TASK
 * MANAGEMENT FUNCTIONS.
 *
 * all-supported-opcodes.txt is what a logical unit with every ability reports:
 * one line for each row, with its CDB usage data.  GOLDEN=FILE in the
 * environment writes the table there, to be compared and copied.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/target/kit.h"

extern const struct unit_suite rsoc_suite;

#define GOLDEN_FILE "tests/unit/target/all-supported-opcodes.txt"
#define RCTD        0x80

static struct kit_result
rsoc_ask(struct kit *k, uint8_t options, uint8_t opcode, uint16_t action)
{
	const uint8_t cdb[16] = { 0xa3, 0x0c, options, opcode,
		(uint8_t)(action >> 8), (uint8_t)action, 0, 0, 0x40, 0 };

	return kit_run(k, cdb, NULL, 0, 0x4000);
}

/* With every row that a target can have. */
static struct kit *
rsoc_kit(void)
{
	struct kit *k = kit_new();

	k->target->explicit_access = true;
	return k;
}

/* How many rows the kit's LU has. */
static uint32_t
rsoc_rows(const struct kit *k)
{
	uint32_t rows = 0;
	size_t i;

	for (i = 0; i < cmd_table_rows; i++)
		rows += cmd_is_supported(&cmd_table[i], k->lu);
	return rows;
}

/* ---- all commands ---- */

static void
rsoc_all(void)
{
	struct kit *k = rsoc_kit();
	struct kit_result r = rsoc_ask(k, 0, 0, 0);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(get_be32(r.data_in), r.data_in_bytes - 4);
	CU_ASSERT_EQUAL(get_be32(r.data_in), 8 * rsoc_rows(k));
	kit_free(k);
}

static void
rsoc_all_timeouts(void)
{
	struct kit *k = rsoc_kit();
	struct kit_result r = rsoc_ask(k, RCTD, 0, 0);
	size_t i;

	CU_ASSERT_EQUAL(get_be32(r.data_in), 20 * rsoc_rows(k));
	for (i = 0; i < rsoc_rows(k); i++) {
		const uint8_t *d = r.data_in + 4 + 20 * i;

		CU_ASSERT_EQUAL(d[5] & 0x02, 0x02);
		CU_ASSERT_EQUAL(get_be16(d + 8), 0x0a);
	}
	kit_free(k);
}

static bool
rsoc_lists(const struct kit_result *r, uint8_t opcode)
{
	uint32_t at;

	for (at = 4; at < r->data_in_bytes; at += 8) {
		if (r->data_in[at] == opcode)
			return true;
	}
	return false;
}

static void
rsoc_without_discard(void)
{
	struct kit *k = kit_new_with(&(struct kit_options){ .plain = true });
	struct kit_result r = rsoc_ask(k, 0, 0, 0);

	CU_ASSERT(rsoc_lists(&r, 0x28));
	CU_ASSERT(!rsoc_lists(&r, 0x42));
	r = rsoc_ask(k, 1, 0x42, 0);
	CU_ASSERT_EQUAL(r.data_in[1], 1);
	kit_free(k);
}

static void
rsoc_truncated(void)
{
	const uint8_t cdb[16] = { 0xa3, 0x0c, 0, 0, 0, 0, 0, 0, 0, 6 };
	struct kit *k = rsoc_kit();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 0x4000);

	CU_ASSERT_EQUAL(r.data_in_bytes, 6);
	CU_ASSERT_EQUAL(get_be32(r.data_in), 8 * rsoc_rows(k));
	kit_free(k);
}

/* ---- one command ---- */

static void
rsoc_one(void)
{
	static const uint8_t expected[] = { 0, 3, 0, 6, 0x12, 0x01, 0xff, 0xff,
		0xff, 0x00 };
	struct kit *k = kit_new();
	struct kit_result r = rsoc_ask(k, 1, 0x12, 0);

	CU_ASSERT_EQUAL(r.data_in_bytes, sizeof(expected));
	CU_ASSERT(memcmp(r.data_in, expected, sizeof(expected)) == 0);
	kit_free(k);
}

static void
rsoc_one_timeouts(void)
{
	struct kit *k = kit_new();
	struct kit_result r = rsoc_ask(k, RCTD | 1, 0x12, 0);

	CU_ASSERT_EQUAL(r.data_in_bytes, 4 + 6 + 12);
	CU_ASSERT_EQUAL(r.data_in[1], 0x83);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 10), 0x0a);
	kit_free(k);
}

/* Every row by options 1, 2 and 3. */
static void
rsoc_each_row(void)
{
	struct kit *k = rsoc_kit();
	struct kit_result r;
	size_t i;

	for (i = 0; i < cmd_table_rows; i++) {
		const struct cmd *cmd = &cmd_table[i];
		bool has = cmd->service_action != CMD_NO_SERVICE_ACTION;
		uint16_t action = has ? (uint16_t)cmd->service_action : 0;

		if (!cmd_is_supported(cmd, k->lu))
			continue;
		r = rsoc_ask(k, has ? 1 : 2, cmd->opcode, action);
		CU_ASSERT(kit_is_invalid_cdb(&r, 2, 2));
		r = rsoc_ask(k, has ? 1 : 2, cmd->opcode, 0x0120);
		CU_ASSERT(kit_is_invalid_cdb(&r, 2, 2));
		r = rsoc_ask(k, has ? 2 : 1, cmd->opcode, action);
		CU_ASSERT_EQUAL(r.data_in[1], 3);
		CU_ASSERT_EQUAL(get_be16(r.data_in + 2), cmd->cdb_length);
		CU_ASSERT(
		    memcmp(r.data_in + 4, cmd->usage, cmd->cdb_length) == 0);
		r = rsoc_ask(k, 3, cmd->opcode, action);
		CU_ASSERT_EQUAL(r.data_in[1], 3);
	}
	kit_free(k);
}

static void
rsoc_not_supported(void)
{
	struct kit *k = kit_new();
	struct kit_result r = rsoc_ask(k, 1, 0xc0, 0);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 4);
	CU_ASSERT_EQUAL(r.data_in[1], 1);
	r = rsoc_ask(k, 2, 0x9e, 0x1f);
	CU_ASSERT_EQUAL(r.data_in[1], 1);
	r = rsoc_ask(k, 2, 0x9e, 0x0110);
	CU_ASSERT_EQUAL(r.data_in[1], 1);
	r = rsoc_ask(k, 2, 0xc0, 0);
	CU_ASSERT_EQUAL(r.data_in[1], 1);
	r = rsoc_ask(k, 3, 0x12, 1);
	CU_ASSERT_EQUAL(r.data_in[1], 1);
	kit_free(k);
}

static void
rsoc_unknown_option(void)
{
	struct kit *k = kit_new();
	struct kit_result r = rsoc_ask(k, 4, 0x12, 0);

	CU_ASSERT(kit_is_invalid_cdb(&r, 2, 2));
	kit_free(k);
}

/* ---- the table ---- */

static void
rsoc_usage_is_sane(void)
{
	size_t i;
	int byte;

	for (i = 0; i < cmd_table_rows; i++) {
		const struct cmd *cmd = &cmd_table[i];

		CU_ASSERT_EQUAL(cmd->usage[0], cmd->opcode);
		CU_ASSERT(cmd->service_action == CMD_NO_SERVICE_ACTION ||
			  (cmd->usage[1] & 0x1f) == cmd->service_action);
		for (byte = cmd->cdb_length - 1; byte < 16; byte++)
			CU_ASSERT_EQUAL(cmd->usage[byte], 0);
		CU_ASSERT(cmd->execute != NULL && cmd->name[0] != '\0');
	}
}

/* Could a CDB on one LU mean both? */
static bool
rsoc_rows_clash(const struct cmd *a, const struct cmd *b)
{
	unsigned kinds = CMD_OF_REMOVABLE | CMD_OF_FIXED;

	if (a->opcode != b->opcode || ((a->flags | b->flags) & kinds) == kinds)
		return false;
	return a->service_action == b->service_action ||
	       a->service_action < 0 || b->service_action < 0;
}

static void
rsoc_rows_are_unique(void)
{
	size_t i, j;

	for (i = 0; i < cmd_table_rows; i++) {
		for (j = i + 1; j < cmd_table_rows; j++)
			CU_ASSERT_FALSE(
			    rsoc_rows_clash(&cmd_table[i], &cmd_table[j]));
	}
}

static int
rsoc_compare(const void *a, const void *b)
{
	const struct cmd *x = *(const struct cmd *const *)a;
	const struct cmd *y = *(const struct cmd *const *)b;

	if (x->opcode != y->opcode)
		return x->opcode - y->opcode;
	if (x->service_action != y->service_action)
		return x->service_action - y->service_action;
	return x < y ? -1 : x > y;
}

static void
rsoc_print_row(FILE *out, const struct cmd *cmd)
{
	int i;

	fprintf(out, "%02x", cmd->opcode);
	if (cmd->service_action == CMD_NO_SERVICE_ACTION)
		fputs("   ", out);
	else
		fprintf(out, "/%02x", cmd->service_action);
	for (i = 0; i < cmd->cdb_length; i++)
		fprintf(out, " %02x", cmd->usage[i]);
	fprintf(out, "%*s%s", 3 * (16 - cmd->cdb_length) + 2, "", cmd->name);
	if (cmd->flags & (CMD_OF_REMOVABLE | CMD_OF_FIXED))
		fprintf(out, " (%s)",
		    cmd->flags & CMD_OF_FIXED ? "fixed" : "removable");
	fputc('\n', out);
}

static void
rsoc_print(FILE *out)
{
	const struct cmd *rows[256];
	size_t i;

	CU_ASSERT_FATAL(cmd_table_rows <= ARRAY_LEN(rows));
	for (i = 0; i < cmd_table_rows; i++)
		rows[i] = &cmd_table[i];
	qsort(rows, cmd_table_rows, sizeof(rows[0]), rsoc_compare);
	for (i = 0; i < cmd_table_rows; i++)
		rsoc_print_row(out, rows[i]);
}

static char *
rsoc_read_golden(void)
{
	char *text = calloc(1, 65536);
	FILE *in = fopen(GOLDEN_FILE, "r");

	if (in != NULL && text != NULL) {
		if (fread(text, 1, 65535, in) == 0)
			text[0] = '\0';
		fclose(in);
	}
	return text;
}

/* Tell the first line that differs. */
static void
rsoc_show_difference(const char *golden, const char *table)
{
	while (*golden != '\0' && *table != '\0') {
		size_t a = strcspn(golden, "\n"), b = strcspn(table, "\n");

		if (a != b || memcmp(golden, table, a) != 0)
			break;
		golden += a + (golden[a] == '\n');
		table += b + (table[b] == '\n');
	}
	fprintf(stderr, "\n%s: %.*s\nopcode table: %.*s\n", GOLDEN_FILE,
	    (int)strcspn(golden, "\n"), golden, (int)strcspn(table, "\n"),
	    table);
}

static void
rsoc_golden(void)
{
	const char *path = getenv("GOLDEN");
	char *table = NULL, *golden = rsoc_read_golden();
	size_t size;
	FILE *out = open_memstream(&table, &size);

	rsoc_print(out);
	fclose(out);
	if (path != NULL && (out = fopen(path, "w")) != NULL) {
		fputs(table, out);
		fclose(out);
	}
	CU_ASSERT(strcmp(golden, table) == 0);
	if (strcmp(golden, table) != 0)
		rsoc_show_difference(golden, table);
	free(golden);
	free(table);
}

/* ---- task management functions ---- */

static void
rsoc_functions(void)
{
	const uint8_t cdb[16] = { 0xa3, 0x0d, 0, 0, 0, 0, 0, 0, 0, 16 };
	static const uint8_t expected[4] = { 0xde, 0x07 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 16);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 4);
	CU_ASSERT(memcmp(r.data_in, expected, 4) == 0);
	kit_free(k);
}

static void
rsoc_functions_extended(void)
{
	const uint8_t cdb[16] = { 0xa3, 0x0d, 0x80, 0, 0, 0, 0, 0, 0, 255 };
	static const uint8_t expected[16] = { 0xde, 0x07, 0, 12 };
	struct kit *k = kit_new();
	struct kit_result r = kit_run(k, cdb, NULL, 0, 255);

	CU_ASSERT_EQUAL(r.data_in_bytes, 16);
	CU_ASSERT(memcmp(r.data_in, expected, 16) == 0);
	kit_free(k);
}

static const struct unit_test rsoc_tests[] = {
	{ "all commands", rsoc_all },
	{ "all commands with timeouts", rsoc_all_timeouts },
	{ "UNMAP is not where nothing can be discarded", rsoc_without_discard },
	{ "the list is cut, its length is not", rsoc_truncated },
	{ "one command", rsoc_one },
	{ "one command with timeouts", rsoc_one_timeouts },
	{ "options 1, 2, 3 of every row", rsoc_each_row },
	{ "what is not supported", rsoc_not_supported },
	{ "an unknown option is 05/24/00", rsoc_unknown_option },
	{ "usage data begin with the opcode", rsoc_usage_is_sane },
	{ "no row twice", rsoc_rows_are_unique },
	{ "the golden file", rsoc_golden },
	{ "task management functions", rsoc_functions },
	{ "task management functions with REPD", rsoc_functions_extended },
	{ NULL, NULL },
};

const struct unit_suite rsoc_suite = { "rsoc", rsoc_tests };
