/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/explain.c - a sense, status, login or reject code in words, and what to
 * do about it.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct explain_code {
	unsigned code;
	const char *words;
	const char *advice; /* NULL: none */
};

/* clang-format off */

/* SAM-5 5.3.1 */
static const struct explain_code explain_statuses[] = {
	{ 0x00, "GOOD", NULL },
	{ 0x02, "CHECK CONDITION", "the sense data says what happened" },
	{ 0x04, "CONDITION MET", NULL },
	{ 0x08, "BUSY", "the initiator tries again" },
	{ 0x18, "RESERVATION CONFLICT",
	  "another initiator holds a reservation; look there, or clear it with "
	  "sg_persist" },
	{ 0x28, "TASK SET FULL",
	  "more commands than memory or queue; the initiator tries again; see "
	  "limits in tisane.conf(5)" },
	{ 0x30, "ACA ACTIVE", NULL },
	{ 0x40, "TASK ABORTED", "another initiator ended it, or its LUN went" },
};

/* SPC-4 4.5.6 */
static const struct explain_code explain_keys[] = {
	{ 0x0, "NO SENSE", NULL },
	{ 0x1, "RECOVERED ERROR", NULL },
	{ 0x2, "NOT READY", NULL },
	{ 0x3, "MEDIUM ERROR", "the store failed: look at the log" },
	{ 0x4, "HARDWARE ERROR", "the daemon failed: look at the log" },
	{ 0x5, "ILLEGAL REQUEST", NULL },
	{ 0x6, "UNIT ATTENTION", "news for the initiator, no error" },
	{ 0x7, "DATA PROTECT", NULL },
	{ 0x8, "BLANK CHECK", NULL },
	{ 0xa, "COPY ABORTED", NULL },
	{ 0xb, "ABORTED COMMAND", "the initiator tries again" },
	{ 0xd, "VOLUME OVERFLOW", NULL },
	{ 0xe, "MISCOMPARE", NULL },
	{ 0xf, "COMPLETED", NULL },
};

/* SPC-4 annex D: ASC << 8 | ASCQ */
static const struct explain_code explain_asc[] = {
	{ 0x0000, "NO ADDITIONAL SENSE INFORMATION", NULL },
	{ 0x0016, "OPERATION IN PROGRESS", NULL },
	{ 0x0401, "LOGICAL UNIT IS IN PROCESS OF BECOMING READY", NULL },
	{ 0x0402, "LOGICAL UNIT NOT READY, INITIALIZING COMMAND REQUIRED",
	  "it was stopped; START STOP UNIT (sg_start) starts it" },
	{ 0x0407, "LOGICAL UNIT NOT READY, OPERATION IN PROGRESS", NULL },
	{ 0x040b, "LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN STANDBY STATE",
	  "the portal group's state in tisane.conf(5): use another path" },
	{ 0x040c, "LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN UNAVAILABLE STATE",
	  "the portal group's state in tisane.conf(5): use another path" },
	{ 0x041b, "LOGICAL UNIT NOT READY, SANITIZE IN PROGRESS", NULL },
	{ 0x0c00, "WRITE ERROR", "the store did not take it: look at the log" },
	{ 0x0c02, "WRITE ERROR - AUTO REALLOCATION FAILED", NULL },
	{ 0x0c0c, "WRITE ERROR - UNEXPECTED UNSOLICITED DATA", NULL },
	{ 0x0c0d, "WRITE ERROR - NOT ENOUGH UNSOLICITED DATA", NULL },
	{ 0x1100, "UNRECOVERED READ ERROR",
	  "the store did not give it: look at the log and at the disk" },
	{ 0x1a00, "PARAMETER LIST LENGTH ERROR", NULL },
	{ 0x1d00, "MISCOMPARE DURING VERIFY OPERATION",
	  "another host changed the block: COMPARE AND WRITE lost the race" },
	{ 0x2000, "INVALID COMMAND OPERATION CODE",
	  "not supported; initiators ask once and do without" },
	{ 0x2100, "LOGICAL BLOCK ADDRESS OUT OF RANGE",
	  "beyond the end of the LUN" },
	{ 0x2400, "INVALID FIELD IN CDB",
	  "not supported in that form; the field pointer says which" },
	{ 0x2500, "LOGICAL UNIT NOT SUPPORTED",
	  "no such LUN for this initiator: tisane why NAME" },
	{ 0x2600, "INVALID FIELD IN PARAMETER LIST", NULL },
	{ 0x2604, "INVALID RELEASE OF PERSISTENT RESERVATION", NULL },
	{ 0x2700, "WRITE PROTECTED",
	  "the LUN, its map or its store is read-only" },
	{ 0x2707, "SPACE ALLOCATION FAILED WRITE PROTECT",
	  "the file system or pool is full: make room" },
	{ 0x2900, "POWER ON, RESET, OR BUS DEVICE RESET OCCURRED",
	  "first command after a login" },
	{ 0x2903, "BUS DEVICE RESET FUNCTION OCCURRED",
	  "somebody reset the LUN" },
	{ 0x2907, "I_T NEXUS LOSS OCCURRED", NULL },
	{ 0x2a01, "MODE PARAMETERS CHANGED", NULL },
	{ 0x2a03, "RESERVATIONS PREEMPTED", NULL },
	{ 0x2a04, "RESERVATIONS RELEASED", NULL },
	{ 0x2a05, "REGISTRATIONS PREEMPTED", NULL },
	{ 0x2a06, "ASYMMETRIC ACCESS STATE CHANGED",
	  "a portal group has another state: ask which paths are best" },
	{ 0x2a09, "CAPACITY DATA HAS CHANGED", "the LUN has grown: rescan" },
	{ 0x2e02, "COMMAND TIMEOUT DURING PROCESSING", NULL },
	{ 0x2f00, "COMMANDS CLEARED BY ANOTHER INITIATOR", NULL },
	{ 0x3807, "THIN PROVISIONING SOFT THRESHOLD REACHED",
	  "space runs low: tisane status" },
	{ 0x3900, "SAVING PARAMETERS NOT SUPPORTED", NULL },
	{ 0x3a00, "MEDIUM NOT PRESENT", NULL },
	{ 0x3f03, "INQUIRY DATA HAS CHANGED", NULL },
	{ 0x3f0e, "REPORTED LUNS DATA HAS CHANGED",
	  "the target's LUNs are others now: rescan" },
	{ 0x4400, "INTERNAL TARGET FAILURE", NULL },
	{ 0x4705, "PROTOCOL SERVICE CRC ERROR",
	  "a digest was wrong: look at the network" },
	{ 0x5503, "INSUFFICIENT RESOURCES", NULL },
	{ 0x5504, "INSUFFICIENT REGISTRATION RESOURCES", NULL },
};

/* RFC 7143 11.13.5: class << 8 | detail */
static const struct explain_code explain_logins[] = {
	{ 0x0000, "success", NULL },
	{ 0x0101, "target moved temporarily", "redirect in tisane.conf(5)" },
	{ 0x0102, "target moved permanently", NULL },
	{ 0x0200, "initiator error", "the log says which" },
	{ 0x0201, "authentication failure",
	  "CHAP name or secret is wrong, or none was given: tisane why NAME as "
	  "USER" },
	{ 0x0202, "authorization failure",
	  "name or address is not admitted: tisane why NAME from ADDRESS" },
	{ 0x0203, "target not found",
	  "no such target at this portal: tisane status" },
	{ 0x0204, "target removed", NULL },
	{ 0x0205, "unsupported version", NULL },
	{ 0x0206, "too many connections", NULL },
	{ 0x0207, "missing parameter", NULL },
	{ 0x0208, "cannot include in session", NULL },
	{ 0x0209, "session type not supported", NULL },
	{ 0x020a, "session does not exist", NULL },
	{ 0x020b, "invalid request type during login", NULL },
	{ 0x0300, "target error", NULL },
	{ 0x0301, "service unavailable", "the daemon is stopping" },
	{ 0x0302, "out of resources", "see limits in tisane.conf(5)" },
};

/* RFC 7143 11.17.1 */
static const struct explain_code explain_rejects[] = {
	{ 0x02, "data (payload) digest error", "look at the network" },
	{ 0x03, "SNACK reject", NULL },
	{ 0x04, "protocol error", "the initiator broke the protocol" },
	{ 0x05, "command not supported", NULL },
	{ 0x06, "immediate command reject - too many immediate commands", NULL },
	{ 0x07, "task in progress", NULL },
	{ 0x08, "invalid data ack", NULL },
	{ 0x09, "invalid PDU field", NULL },
	{ 0x0a, "long operation reject", NULL },
	{ 0x0c, "waiting for logout", NULL },
};

static const struct {
	const char *word;
	const struct explain_code *codes;
	size_t count;
} explain_kinds[] = {
	{ "status", explain_statuses, sizeof(explain_statuses) / sizeof(struct explain_code) },
	{ "login", explain_logins, sizeof(explain_logins) / sizeof(struct explain_code) },
	{ "reject", explain_rejects, sizeof(explain_rejects) / sizeof(struct explain_code) },
	{ "key", explain_keys, sizeof(explain_keys) / sizeof(struct explain_code) },
	{ "asc", explain_asc, sizeof(explain_asc) / sizeof(struct explain_code) },
};
/* clang-format on */

enum explain_kind { KIND_STATUS, KIND_LOGIN, KIND_REJECT, KIND_KEY, KIND_ASC };

static const struct explain_code *
explain_find(enum explain_kind kind, unsigned code)
{
	size_t i;

	for (i = 0; i < explain_kinds[kind].count; i++) {
		if (explain_kinds[kind].codes[i].code == code)
			return &explain_kinds[kind].codes[i];
	}
	return NULL;
}

static void
explain_add(json_t *list, enum explain_kind kind, unsigned code)
{
	const struct explain_code *c = explain_find(kind, code);

	if (c == NULL)
		return;
	json_array_append_new(list,
	    json_pack("{s:s, s:i, s:s, s:s?}", "kind", explain_kinds[kind].word,
		"code", (int)code, "words", c->words, "advice", c->advice));
}

/* "5/24/0", "05/24/00": key, ASC and ASCQ in hexadecimal. */
static bool
explain_sense(json_t *list, const char *text)
{
	unsigned key, asc, ascq;
	char end;

	if (sscanf(text, "%x/%x/%x%c", &key, &asc, &ascq, &end) != 3 ||
	    key > 0xf || asc > 0xff || ascq > 0xff)
		return false;
	explain_add(list, KIND_KEY, key);
	explain_add(list, KIND_ASC, asc << 8 | ascq);
	return true;
}

/* Hexadecimal, as all these codes are written. */
static bool
explain_number(const char *text, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 16);

	*out = (unsigned)n;
	return isxdigit((unsigned char)text[0]) && n <= 0xffff &&
	       (*end == '\0' || strcasecmp(end, "h") == 0);
}

static bool
explain_of_kind(json_t *list, const char *word, const char *text)
{
	unsigned code, kind;

	if (strcmp(word, "sense") == 0)
		return explain_sense(list, text);
	if (!explain_number(text, &code))
		return false;
	for (kind = KIND_STATUS; kind <= KIND_REJECT; kind++) {
		if (strcmp(word, explain_kinds[kind].word) != 0)
			continue;
		explain_add(list, kind, code);
		return true;
	}
	return false;
}

/* Four digits are a login's status, fewer a command's. */
static bool
explain_bare(json_t *list, const char *text)
{
	unsigned code;

	if (strchr(text, '/') != NULL)
		return explain_sense(list, text);
	if (!explain_number(text, &code))
		return false;
	explain_add(list,
	    strspn(text, "0123456789abcdefABCDEFx") >= 4 ? KIND_LOGIN
							 : KIND_STATUS,
	    code);
	return true;
}

static void
explain_print(const json_t *list)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		printf("%s\n", cli_text(o, "words"));
		if (cli_text(o, "advice")[0] != '\0')
			printf("    %s\n", cli_text(o, "advice"));
	}
}

int
cli_verb_explain(const struct cli *cli, int argc, char **argv)
{
	json_t *list = json_array();
	bool understood = false, empty;

	if (argc == 1)
		understood = explain_bare(list, argv[0]);
	else if (argc == 2)
		understood = explain_of_kind(list, argv[0], argv[1]);
	empty = json_array_size(list) == 0;
	if (!understood) {
		json_decref(list);
		return cli_misuse("explain");
	}
	if (cli->json) {
		cli_print_json(json_pack("{s:o}", "codes", list));
		return empty ? CLI_FAILED : CLI_OK;
	}
	explain_print(list);
	json_decref(list);
	if (empty)
		cli_say(
		    "that code is not known here; tisaned does not send it");
	return empty ? CLI_FAILED : CLI_OK;
}
