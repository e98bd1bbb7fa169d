/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/params.c - THE key table and the negotiation loop, RFC 7143 clauses
 * 6.2 and 13.
 */
#include "iscsi/params.h"

#include <string.h>

#include "common/bytes.h"
#include "iscsi/service.h"
#include "iscsi/text.h"

enum key_kind {
	KEY_GIVEN, /* handed to the caller as it is */
	KEY_AND,   /* boolean */
	KEY_OR,    /* boolean */
	KEY_MIN,   /* number */
	KEY_MAX,   /* number */
	KEY_LIST,  /* the first of theirs that we have; ours: bit per choice */
	KEY_DECLARED, /* number, no answer */
	KEY_IGNORED,  /* declared, of no use to us */
	KEY_OURS,     /* only targets send it */
	KEY_OBSOLETE, /* 13.25: Reject, never NotUnderstood */
};

enum key_flag {
	KEY_LEADING = 1,    /* LO: of the session, on its first connection */
	KEY_REPEATABLE = 4, /* may come again in a later text of one login */
	KEY_DEPENDENT = 8,  /* decided after the others of its text */
	KEY_BURST = 16,     /* FirstBurstLength: not above MaxBurstLength */
	KEY_RETAIN = 32,    /* its least below error recovery level 2 */
	KEY_SINGLE = 64,    /* its least above error recovery level 0, 13.19 */
	KEY_PLAIN = 128,    /* its least in a discovery session, 13.21 */
};

#define NO_LIMIT    0 /* the struct's first member is not a key's */
#define NO_FIELD    0, 0
#define FIELD(m)    offsetof(struct params, m), sizeof(((struct params *)0)->m)
#define GIVEN(m)    offsetof(struct keys_given, m), sizeof(char *)
#define LIMIT(m)    offsetof(struct iscsi_limits, m)
#define SEGMENT_MAX 16777215u /* 2^24 - 1 */

static const char *const key_digests[] = { "None", "CRC32C", NULL };
static const char *const key_task_reporting[] = { "RFC3720", "ResponseFence",
	"FastAbort", NULL };

struct key {
	const char *name;
	enum key_kind kind;
	unsigned stages, flags;
	uint32_t low, high, initial, ours;
	size_t limit; /* our end is this member of struct iscsi_limits */
	size_t offset, size;
	const char *const *choices;
};

#define SEC   KEY_STAGE_SECURITY
#define OPER  KEY_STAGE_OPERATIONAL
#define FULL  KEY_STAGE_FULL_FEATURE
#define LO    KEY_LEADING
#define AGAIN KEY_REPEATABLE
#define LAST  KEY_DEPENDENT
#define BURST KEY_BURST
#define KEEP  KEY_RETAIN
#define ONE   KEY_SINGLE
#define PLAIN KEY_PLAIN

/* clang-format off */
static const struct key key_table[] = {
/* 12, 13.3-13.9, 13.21: for the caller, or only sent by us.
   name                       kind          stages         flags      low  high  initial  ours  limit, field */
{ "InitiatorName",            KEY_GIVEN,    SEC|OPER,      AGAIN,     0,   0,    0,       0,    NO_LIMIT, GIVEN(initiator_name), NULL },
{ "InitiatorAlias",           KEY_GIVEN,    SEC|OPER|FULL, AGAIN,     0,   0,    0,       0,    NO_LIMIT, GIVEN(initiator_alias), NULL },
{ "TargetName",               KEY_GIVEN,    SEC|OPER,      AGAIN,     0,   0,    0,       0,    NO_LIMIT, GIVEN(target_name), NULL },
{ "SessionType",              KEY_GIVEN,    SEC|OPER,      AGAIN,     0,   0,    0,       0,    NO_LIMIT, GIVEN(session_type), NULL },
{ "AuthMethod",               KEY_GIVEN,    SEC,           0,         0,   0,    0,       0,    NO_LIMIT, GIVEN(auth_method), NULL },
{ "CHAP_A",                   KEY_GIVEN,    SEC,           0,         0,   0,    0,       0,    NO_LIMIT, GIVEN(chap_a), NULL },
{ "CHAP_I",                   KEY_GIVEN,    SEC,           0,         0,   0,    0,       0,    NO_LIMIT, GIVEN(chap_i), NULL },
{ "CHAP_C",                   KEY_GIVEN,    SEC,           0,         0,   0,    0,       0,    NO_LIMIT, GIVEN(chap_c), NULL },
{ "CHAP_N",                   KEY_GIVEN,    SEC,           0,         0,   0,    0,       0,    NO_LIMIT, GIVEN(chap_n), NULL },
{ "CHAP_R",                   KEY_GIVEN,    SEC,           0,         0,   0,    0,       0,    NO_LIMIT, GIVEN(chap_r), NULL },
{ "SendTargets",              KEY_GIVEN,    FULL,          0,         0,   0,    0,       0,    NO_LIMIT, GIVEN(send_targets), NULL },
{ "TargetAlias",              KEY_OURS,     SEC|OPER|FULL, AGAIN,     0,   0,    0,       0,    NO_LIMIT, NO_FIELD, NULL },
{ "TargetAddress",            KEY_OURS,     SEC|OPER|FULL, AGAIN,     0,   0,    0,       0,    NO_LIMIT, NO_FIELD, NULL },
{ "TargetPortalGroupTag",     KEY_OURS,     SEC|OPER|FULL, AGAIN,     0,   0,    0,       0,    NO_LIMIT, NO_FIELD, NULL },
/* 13, operational
   name                       kind          stages         flags         low  high         initial  ours  limit, field */
{ "HeaderDigest",             KEY_LIST,     OPER,          0,            0,   1,           0,       3,    NO_LIMIT, FIELD(header_digest), key_digests },
{ "DataDigest",               KEY_LIST,     OPER,          0,            0,   1,           0,       3,    NO_LIMIT, FIELD(data_digest), key_digests },
{ "MaxConnections",           KEY_MIN,      OPER,          LO|PLAIN,     1,   65535,       1,       8,    NO_LIMIT, FIELD(max_connections), NULL },
{ "InitialR2T",               KEY_OR,       OPER,          LO,           0,   1,           1,       0,    NO_LIMIT, FIELD(initial_r2t), NULL },
{ "ImmediateData",            KEY_AND,      OPER,          LO,           0,   1,           1,       1,    NO_LIMIT, FIELD(immediate_data), NULL },
{ "MaxRecvDataSegmentLength", KEY_DECLARED, OPER|FULL,     0,            512, SEGMENT_MAX, 8192,    0,    NO_LIMIT, FIELD(their_max_recv_data_segment), NULL },
{ "MaxBurstLength",           KEY_MIN,      OPER,          LO,           512, SEGMENT_MAX, 262144,  0,    LIMIT(max_burst), FIELD(max_burst), NULL },
{ "FirstBurstLength",         KEY_MIN,      OPER,          LO|LAST|BURST, 512, SEGMENT_MAX, 65536,      0,    LIMIT(first_burst), FIELD(first_burst), NULL },
{ "DefaultTime2Wait",         KEY_MAX,      OPER,          LO,           0,   3600,        2,       0,    NO_LIMIT, FIELD(time2wait), NULL },
{ "DefaultTime2Retain",       KEY_MIN,      OPER,          LO|LAST|KEEP, 0,   3600,        20,      60,   NO_LIMIT, FIELD(time2retain), NULL },
{ "MaxOutstandingR2T",        KEY_MIN,      OPER,          LO|LAST|ONE,  1,   65535,       1,       0,    LIMIT(max_outstanding_r2t), FIELD(max_outstanding_r2t), NULL },
{ "DataPDUInOrder",           KEY_OR,       OPER,          LO,           0,   1,           1,       1,    NO_LIMIT, FIELD(data_pdu_in_order), NULL },
{ "DataSequenceInOrder",      KEY_OR,       OPER,          LO,           0,   1,           1,       1,    NO_LIMIT, FIELD(data_sequence_in_order), NULL },
{ "ErrorRecoveryLevel",       KEY_MIN,      OPER,          LO|PLAIN,     0,   2,           0,       2,    NO_LIMIT, FIELD(error_recovery_level), NULL },
{ "TaskReporting",            KEY_LIST,     OPER,          LO,           0,   2,           0,       7,    NO_LIMIT, FIELD(task_reporting), key_task_reporting },
{ "iSCSIProtocolLevel",       KEY_MIN,      OPER,          LO,           0,   31,          1,       2,    NO_LIMIT, FIELD(protocol_level), NULL },
{ "X#NodeArchitecture",       KEY_IGNORED,  SEC|OPER|FULL, AGAIN,        0,   0,           0,       0,    NO_LIMIT, NO_FIELD, NULL },
/* 13.25: "No" to the markers is the answer that RFC 3720 initiators expect */
{ "IFMarker",                 KEY_AND,      OPER,          0,            0,   1,           0,       0,    NO_LIMIT, NO_FIELD, NULL },
{ "OFMarker",                 KEY_AND,      OPER,          0,            0,   1,           0,       0,    NO_LIMIT, NO_FIELD, NULL },
{ "IFMarkInt",                KEY_OBSOLETE, OPER,          0,            0,   0,           0,       0,    NO_LIMIT, NO_FIELD, NULL },
{ "OFMarkInt",                KEY_OBSOLETE, OPER,          0,            0,   0,           0,       0,    NO_LIMIT, NO_FIELD, NULL },
};
/* clang-format on */

_Static_assert(ARRAY_LEN(key_table) <= 64, "negotiation.seen has a bit each");

/* A field of struct params: a bool, or four bytes. */
static void
key_store(const struct key *k, struct params *p, uint32_t value)
{
	bool yes = value != 0;

	if (k->size == sizeof(bool))
		memcpy((char *)p + k->offset, &yes, sizeof(yes));
	else if (k->size == sizeof(value))
		memcpy((char *)p + k->offset, &value, sizeof(value));
}

void
params_init(struct params *p)
{
	size_t i;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < ARRAY_LEN(key_table); i++) {
		if (key_table[i].kind != KEY_GIVEN)
			key_store(&key_table[i], p, key_table[i].initial);
	}
	p->our_max_recv_data_segment = p->their_max_recv_data_segment;
}

void
params_settle(struct params *p)
{
	if (p->first_burst > p->max_burst)
		p->first_burst = p->max_burst;
}

void
params_join(struct params *p, const struct params *session)
{
	const struct key *k;
	size_t i;

	for (i = 0; i < ARRAY_LEN(key_table); i++) {
		k = &key_table[i];
		if (k->flags & KEY_LEADING)
			memcpy((char *)p + k->offset,
			    (const char *)session + k->offset, k->size);
	}
}

/* ---- our answer to one key ---- */

/* What we would choose ourselves. */
static uint32_t
key_ours(
    const struct key *k, const struct negotiation *n, const struct params *p)
{
	uint32_t value = k->ours;

	if ((k->flags & KEY_RETAIN) && p->error_recovery_level < 2)
		return k->low;
	if ((k->flags & KEY_SINGLE) && p->error_recovery_level > 0)
		return k->low;
	if ((k->flags & KEY_PLAIN) && n->discovery)
		return k->low;
	if (k->limit != NO_LIMIT)
		memcpy(
		    &value, (const char *)n->limits + k->limit, sizeof(value));
	if (value < k->low)
		return k->low;
	return value > k->high ? k->high : value;
}

static bool
key_parse_boolean(const char *value, uint32_t *out)
{
	*out = strcmp(value, "Yes") == 0;
	return *out || strcmp(value, "No") == 0;
}

static bool
key_parse_number(const struct key *k, const char *value, uint32_t *out)
{
	uint64_t n;

	if (!text_number(value, &n) || n < k->low || n > k->high)
		return false;
	*out = (uint32_t)n;
	return true;
}

static void
key_answer_boolean(const struct key *k, const struct negotiation *n,
    struct params *p, const char *value, struct text_out *out)
{
	uint32_t theirs, ours = key_ours(k, n, p), result;

	if (!key_parse_boolean(value, &theirs)) {
		text_put(out, k->name, "Reject");
		return;
	}
	result = k->kind == KEY_AND ? (theirs & ours) : (theirs | ours);
	key_store(k, p, result);
	text_put(out, k->name, result ? "Yes" : "No");
}

static void
key_answer_number(const struct key *k, const struct negotiation *n,
    struct params *p, const char *value, struct text_out *out)
{
	uint32_t result, ours = key_ours(k, n, p);

	if (!key_parse_number(k, value, &result)) {
		text_put(out, k->name, "Reject");
		return;
	}
	if ((k->kind == KEY_MIN) == (ours < result))
		result = ours;
	if ((k->flags & KEY_BURST) && result > p->max_burst)
		result = p->max_burst;
	key_store(k, p, result);
	text_put_number(out, k->name, result);
}

static void
key_answer_list(const struct key *k, const struct negotiation *n,
    struct params *p, const char *value, struct text_out *out)
{
	const char *item;
	size_t bytes;
	uint32_t i;

	while (text_list_next(&value, &item, &bytes)) {
		for (i = 0; k->choices[i] != NULL; i++) {
			if (!(k->ours >> i & 1) ||
			    !text_item_is(item, bytes, k->choices[i]))
				continue;
			key_store(k, p, i);
			text_put(out, k->name, k->choices[i]);
			return;
		}
	}
	text_put(out, k->name, "Reject");
}

static void
key_answer_declared(const struct key *k, const struct negotiation *n,
    struct params *p, const char *value, struct text_out *out)
{
	uint32_t theirs;

	if (key_parse_number(k, value, &theirs))
		key_store(k, p, theirs);
}

static void
key_answer_nothing(const struct key *k, const struct negotiation *n,
    struct params *p, const char *value, struct text_out *out)
{
}

static void
key_answer_reject(const struct key *k, const struct negotiation *n,
    struct params *p, const char *value, struct text_out *out)
{
	text_put(out, k->name, "Reject");
}

typedef void key_answer(const struct key *k, const struct negotiation *n,
    struct params *p, const char *value, struct text_out *out);

static key_answer *const key_answers[] = {
	[KEY_GIVEN] = key_answer_nothing,
	[KEY_AND] = key_answer_boolean,
	[KEY_OR] = key_answer_boolean,
	[KEY_MIN] = key_answer_number,
	[KEY_MAX] = key_answer_number,
	[KEY_LIST] = key_answer_list,
	[KEY_DECLARED] = key_answer_declared,
	[KEY_IGNORED] = key_answer_nothing,
	[KEY_OURS] = key_answer_reject,
	[KEY_OBSOLETE] = key_answer_reject,
};

/* ---- the loop ---- */

static const struct key *
key_find(const struct text_pair *pair)
{
	const struct key *k;
	size_t i;

	for (i = 0; i < ARRAY_LEN(key_table); i++) {
		k = &key_table[i];
		/* Each key of a login is looked for three times: most of them
		 * differ in their first letter. */
		if (k->name[0] == pair->key[0] &&
		    text_item_is(pair->key, pair->key_bytes, k->name))
			return k;
	}
	return NULL;
}

/* May the key be sent here at all? */
static bool
key_is_in_place(const struct key *k, const struct negotiation *n)
{
	if (!(k->stages & n->stage))
		return false;
	return n->leading || !(k->flags & KEY_LEADING);
}

/* The constants of 6.2 answer an offer; none may be offered. */
static bool
key_value_is_answer(const char *value)
{
	return strcmp(value, "Reject") == 0 ||
	       strcmp(value, "Irrelevant") == 0 ||
	       strcmp(value, "NotUnderstood") == 0;
}

/* X-, X#, Y-, Z-: extensions, 13.1 and 6.1. */
static bool
key_is_extension(const struct text_pair *pair)
{
	return pair->key_bytes >= 2 && pair->key[0] >= 'X' &&
	       pair->key[0] <= 'Z' &&
	       (pair->key[1] == '-' || pair->key[1] == '#');
}

static const char *
negotiation_scan_pair(
    struct negotiation *n, const struct text_pair *pair, uint64_t *seen)
{
	const struct key *k = key_find(pair);
	uint32_t value;
	uint64_t bit;

	if (k != NULL || key_is_extension(pair))
		n->known++;
	else
		n->strange++;
	if (k == NULL || k->kind != KEY_GIVEN) {
		if ((k == NULL || k->kind != KEY_OURS) &&
		    key_value_is_answer(pair->value))
			return "an answer to a key that was not offered";
	}
	if (k == NULL || !key_is_in_place(k, n))
		return NULL;
	/* There is no answer to a declaration that could refuse it (7.12). */
	if (k->kind == KEY_DECLARED &&
	    !key_parse_number(k, pair->value, &value))
		return "a declared value is out of range";
	bit = UINT64_C(1) << (k - key_table);
	if (*seen & bit)
		return "a key was given twice";
	if ((n->seen & bit) && !(k->flags & KEY_REPEATABLE))
		return "a key was given again";
	*seen |= bit;
	if (k->kind == KEY_GIVEN)
		memcpy((char *)&n->given + k->offset, &pair->value,
		    sizeof(pair->value));
	return NULL;
}

const char *
negotiation_scan(struct negotiation *n, const struct text_in *text)
{
	struct text_pair pair;
	uint64_t seen = 0;
	enum text_next next;
	const char *why;
	size_t at = 0;

	memset(&n->given, 0, sizeof(n->given));
	n->known = n->strange = 0;
	while ((next = text_next(text, &at, &pair)) == TEXT_PAIR) {
		why = negotiation_scan_pair(n, &pair, &seen);
		if (why != NULL)
			return why;
	}
	n->seen |= seen;
	return next == TEXT_END ? NULL : "a malformed key=value pair";
}

static void
negotiation_answer_pair(struct negotiation *n, struct params *p,
    const struct text_pair *pair, const struct key *k, struct text_out *out)
{
	static const char not_understood[] = "NotUnderstood";

	if (k == NULL)
		text_put_bytes(out, pair->key, pair->key_bytes, not_understood,
		    sizeof(not_understood) - 1);
	else if (k->kind == KEY_OURS && key_value_is_answer(pair->value))
		return;
	else if (!key_is_in_place(k, n))
		text_put(out, k->name, "Reject");
	else
		key_answers[k->kind](k, n, p, pair->value, out);
}

static void
negotiation_pass(struct negotiation *n, struct params *p,
    const struct text_in *text, bool dependent, struct text_out *out)
{
	struct text_pair pair;
	const struct key *k;
	size_t at = 0;

	while (text_next(text, &at, &pair) == TEXT_PAIR) {
		k = key_find(&pair);
		if ((k != NULL && (k->flags & KEY_DEPENDENT)) == dependent)
			negotiation_answer_pair(n, p, &pair, k, out);
	}
}

void
negotiation_answer(struct negotiation *n, struct params *p,
    const struct text_in *text, struct text_out *out)
{
	negotiation_pass(n, p, text, false, out);
	negotiation_pass(n, p, text, true, out);
}
