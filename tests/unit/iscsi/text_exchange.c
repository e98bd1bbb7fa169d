/* SPDX-License-Identifier: BSD-2-Clause */
#include "iscsi/text_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "iscsi/proto.h"
#include "tests/unit/iscsi/offer.h"
#include "tests/unit/unit.h"

/* One exchange, as the session of a connection to a wildcard portal. */
static struct text_context context;
static struct text_exchange *exchange;
static struct params params;
static struct text_answer answer;
static enum text_step step;
static char out[OFFER_TEXT_MAX + 1];

static void
open_session(struct portal_group *pg, const char *target)
{
	context = (struct text_context){ .service = offer_service(),
		.portal_group = pg,
		.peer = &offer_peer,
		.local_address = "192.0.2.1:3260",
		.initiator_name = "iqn.1994-05.test:host",
		.discovery = target == NULL,
		.target = target != NULL ? offer_target(target) : NULL };
	params_init(&params);
	params.their_max_recv_data_segment = 8192;
	params.our_max_recv_data_segment =
	    context.service->limits.max_recv_data_segment;
	exchange = text_exchange_new(&context);
}

static void
close_session(void)
{
	text_exchange_free(exchange);
}

/* Send; what comes back is in out, answer, step. */
static const char *
ask(uint8_t flags, uint32_t itt, uint32_t ttt, const char *in)
{
	uint8_t bhs[48] = { OP_TEXT_REQUEST, flags };
	uint8_t *text = malloc(strlen(in) + 1);
	size_t bytes = offer_text(in, text);

	text = realloc(text, bytes > 0 ? bytes : 1);
	put_be32(bhs + PDU_ITT, itt);
	put_be32(bhs + PDU_TTT, ttt);
	step =
	    text_exchange_request(exchange, &params, bhs, text, bytes, &answer);
	free(text);
	out[0] = '\0';
	if (step == TEXT_ANSWER)
		offer_readable(answer.text, answer.text_bytes, out);
	return out;
}

/* A whole exchange in one request. */
static const char *
ask_once(const char *in)
{
	ask(PDU_FINAL, 1, TAG_NONE, in);
	if (step == TEXT_ANSWER) {
		CU_ASSERT_TRUE(answer.final);
		CU_ASSERT_FALSE(answer.more);
		CU_ASSERT_EQUAL(answer.ttt, TAG_NONE);
	}
	return out;
}

static void
rejected(
    uint8_t flags, uint32_t itt, uint32_t ttt, const char *in, uint8_t reason)
{
	ask(flags, itt, ttt, in);
	CU_ASSERT_EQUAL(step, TEXT_REJECT);
	CU_ASSERT_EQUAL(answer.reject_reason, reason);
	CU_ASSERT_PTR_NOT_NULL(answer.why);
}

#define HERE     "TargetAddress=192.0.2.1:3260,1;"
#define FOUND(t) "TargetName=iqn.2026-11.test:" t ";" HERE

static void
all_lists_what_the_initiator_may_have(void)
{
	open_session(&offer_lan, NULL);
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=All;"),
	    FOUND("open") FOUND("chap") FOUND("either") FOUND("empty")
		FOUND("moved"));
	close_session();
}

static void
a_name_lists_that_target(void)
{
	open_session(&offer_lan, NULL);
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTargets=iqn.2026-11.test:chap;"), FOUND("chap"));
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTargets=iqn.2026-11.TEST:Chap;"), FOUND("chap"));
	close_session();
}

static void
a_name_that_is_not_for_the_initiator_lists_nothing(void)
{
	open_session(&offer_lan, NULL);
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTargets=iqn.2026-11.test:named;"), "");
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTargets=iqn.2026-11.test:elsewhere;"), "");
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTargets=iqn.2026-11.test:nobody;"), "");
	close_session();
}

/* What was told at login is not what the configuration says now. */
static void
a_new_segment_length_is_told(void)
{
	open_session(&offer_lan, "chap");
	params.our_max_recv_data_segment = 8192;
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=;"), FOUND("chap"));
	CU_ASSERT_EQUAL(params.our_max_recv_data_segment, 8192);
	CU_ASSERT_STRING_EQUAL(
	    ask_once(""), "MaxRecvDataSegmentLength=262144;");
	CU_ASSERT_EQUAL(params.our_max_recv_data_segment, 262144);
	CU_ASSERT_STRING_EQUAL(ask_once(""), "");
	close_session();
}

static void
nothing_is_no_question_in_discovery(void)
{
	open_session(&offer_lan, NULL);
	rejected(
	    PDU_FINAL, 1, TAG_NONE, "SendTargets=;", REJECT_PROTOCOL_ERROR);
	close_session();
}

/* 4.3 */
static void
discovery_takes_send_targets_alone(void)
{
	open_session(&offer_lan, NULL);
	rejected(PDU_FINAL, 1, TAG_NONE, "MaxRecvDataSegmentLength=512;",
	    REJECT_PROTOCOL_ERROR);
	rejected(PDU_FINAL, 1, TAG_NONE, "SendTargets=All;X-com.example.a=1;",
	    REJECT_PROTOCOL_ERROR);
	ask(0, 1, TAG_NONE, "SendTargets=iqn.2026-11.test:open;");
	CU_ASSERT_STRING_EQUAL(out, FOUND("open"));
	CU_ASSERT_STRING_EQUAL(ask(PDU_FINAL, 1, answer.ttt, ""), "");
	CU_ASSERT_TRUE(answer.final);
	close_session();
}

static void
a_value_that_is_none_beside_another_key(void)
{
	open_session(&offer_lan, "open");
	CU_ASSERT_STRING_EQUAL(
	    ask_once("MaxRecvDataSegmentLength=512;SendTargets=Wrong;"),
	    "SendTargets=Reject;");
	close_session();
}

static void
a_normal_session_sees_its_own_target(void)
{
	open_session(&offer_lan, "chap");
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=;"), FOUND("chap"));
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=All;"), FOUND("chap"));
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTargets=iqn.2026-11.test:chap;"), FOUND("chap"));
	close_session();
}

static void
a_normal_session_sees_no_other_target(void)
{
	open_session(&offer_lan, "chap");
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTargets=iqn.2026-11.test:open;"), "");
	close_session();
}

static void
a_wrong_question_does_not_end_the_session(void)
{
	open_session(&offer_lan, "open");
	rejected(PDU_FINAL, 1, TAG_NONE, "SendTargets=Wrong;",
	    REJECT_PROTOCOL_ERROR);
	rejected(
	    PDU_FINAL, 1, TAG_NONE, "SendTarget=All;", REJECT_PROTOCOL_ERROR);
	rejected(
	    PDU_FINAL, 1, TAG_NONE, "sENDtARGETS=aLL;", REJECT_PROTOCOL_ERROR);
	ask_once("garbage;");
	CU_ASSERT_EQUAL(step, TEXT_REJECT);
	CU_ASSERT_EQUAL(answer.reject_reason, REJECT_PROTOCOL_ERROR);
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=All;"), FOUND("open"));
	close_session();
}

static void
every_portal_is_listed_once(void)
{
	open_session(&offer_other, NULL);
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=All;"),
	    "TargetName=iqn.2026-11.test:elsewhere;"
	    "TargetAddress=192.0.2.1:3261,2;"
	    "TargetAddress=198.51.100.7:3260,2;"
	    "TargetAddress=[2001:db8::1]:3260,2;");
	close_session();
}

/* Appendix C: all paths, the group that was asked first. */
static void
every_portal_group_is_listed(void)
{
	struct target_portal_group both[] = { { &offer_other, NULL, 9 },
		{ &offer_lan, NULL, 0 } };
	struct iscsi_target *t;

	open_session(&offer_lan, NULL);
	t = offer_target("open");
	t->portal_groups = both;
	t->portal_group_count = 2;
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=iqn.2026-11.test:open;"),
	    FOUND("open") "TargetAddress=192.0.2.1:3261,9;"
			  "TargetAddress=198.51.100.7:3260,9;"
			  "TargetAddress=[2001:db8::1]:3260,9;");
	close_session();
}

/* Not those that are closed to the initiator, there or for discovery. */
static void
closed_portal_groups_are_not_listed(void)
{
	struct auth_group deny = { .deny = true };
	struct target_portal_group both[] = { { &offer_lan, NULL, 0 },
		{ &offer_other, &deny, 0 } };
	struct iscsi_target *t;

	open_session(&offer_lan, NULL);
	t = offer_target("open");
	t->portal_groups = both;
	t->portal_group_count = 2;
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTargets=iqn.2026-11.test:open;"), FOUND("open"));
	both[1].auth_group = NULL;
	offer_other.discovery_auth_group = offer_secure.discovery_auth_group;
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTargets=iqn.2026-11.test:open;"), FOUND("open"));
	close_session();
}

static void
a_wildcard_portal_is_reached_as_it_was(void)
{
	open_session(&offer_other, NULL);
	text_exchange_free(exchange);
	context.local_address = "[2001:db8::5]:3261";
	exchange = text_exchange_new(&context);
	ask_once("SendTargets=All;");
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(out, "TargetAddress=[2001:db8::5]:3261,2;"));
	CU_ASSERT_PTR_NULL(strstr(out, "0.0.0.0"));
	close_session();
}

static void
an_address_is_always_listed(void)
{
	open_session(&offer_other, NULL);
	offer_other.portals++; /* [::]:3261 alone */
	offer_other.portal_count = 1;
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=All;"),
	    "TargetName=iqn.2026-11.test:elsewhere;"
	    "TargetAddress=192.0.2.1:3260,2;");
	close_session();
}

static void
a_long_list_comes_in_pieces(void)
{
	char whole[1000];
	size_t bytes = 0;

	open_session(&offer_lan, NULL);
	strcpy(whole, ask_once("SendTargets=All;"));
	params.their_max_recv_data_segment = 100;
	ask(PDU_FINAL, 9, TAG_NONE, "SendTargets=All;");
	while (answer.more) {
		CU_ASSERT_EQUAL(answer.text_bytes, 100);
		CU_ASSERT_FALSE(answer.final);
		CU_ASSERT_NOT_EQUAL(answer.ttt, TAG_NONE);
		CU_ASSERT_NSTRING_EQUAL(out, whole + bytes, 100);
		bytes += 100;
		ask(PDU_FINAL, 9, answer.ttt, "");
	}
	CU_ASSERT_TRUE(answer.final);
	CU_ASSERT_EQUAL(answer.ttt, TAG_NONE);
	CU_ASSERT_STRING_EQUAL(out, whole + bytes);
	close_session();
}

static void
a_question_may_come_in_pieces(void)
{
	open_session(&offer_lan, NULL);
	ask(TEXT_CONTINUE, 3, TAG_NONE, "SendTar");
	CU_ASSERT_EQUAL(step, TEXT_ANSWER);
	CU_ASSERT_EQUAL(answer.text_bytes, 0);
	CU_ASSERT_FALSE(answer.final);
	CU_ASSERT_STRING_EQUAL(
	    ask(PDU_FINAL, 3, answer.ttt, "gets=iqn.2026-11.test:open;"),
	    FOUND("open"));
	CU_ASSERT_TRUE(answer.final);
	close_session();
}

static void
without_f_the_exchange_stays_open(void)
{
	open_session(&offer_lan, "open");
	ask(0, 3, TAG_NONE, "MaxRecvDataSegmentLength=4096;");
	CU_ASSERT_FALSE(answer.final);
	CU_ASSERT_NOT_EQUAL(answer.ttt, TAG_NONE);
	CU_ASSERT_EQUAL(params.their_max_recv_data_segment, 8192);
	ask(PDU_FINAL, 3, answer.ttt, "");
	CU_ASSERT_TRUE(answer.final);
	CU_ASSERT_EQUAL(params.their_max_recv_data_segment, 4096);
	close_session();
}

static void
what_is_not_completed_does_not_count(void)
{
	open_session(&offer_lan, "open");
	ask(0, 3, TAG_NONE, "MaxRecvDataSegmentLength=4096;");
	rejected(PDU_FINAL, 3, answer.ttt, "MaxRecvDataSegmentLength=1024;",
	    REJECT_PROTOCOL_ERROR);
	CU_ASSERT_EQUAL(params.their_max_recv_data_segment, 8192);
	ask(0, 4, TAG_NONE, "MaxRecvDataSegmentLength=4096;");
	ask_once("SendTargets=;");
	CU_ASSERT_EQUAL(params.their_max_recv_data_segment, 8192);
	close_session();
}

static void
the_segment_length_may_change(void)
{
	open_session(&offer_lan, "open");
	CU_ASSERT_STRING_EQUAL(ask_once("MaxRecvDataSegmentLength=1024;"), "");
	CU_ASSERT_EQUAL(params.their_max_recv_data_segment, 1024);
	CU_ASSERT_STRING_EQUAL(ask_once("MaxRecvDataSegmentLength=65536;"), "");
	CU_ASSERT_EQUAL(params.their_max_recv_data_segment, 65536);
	rejected(PDU_FINAL, 1, TAG_NONE, "MaxRecvDataSegmentLength=0;",
	    REJECT_PROTOCOL_ERROR);
	CU_ASSERT_EQUAL(params.their_max_recv_data_segment, 65536);
	close_session();
}

static void
an_unknown_key_beside_a_known_one_is_told(void)
{
	open_session(&offer_lan, "open");
	CU_ASSERT_STRING_EQUAL(
	    ask_once("SendTarget=All;MaxRecvDataSegmentLength=1024;"),
	    "SendTarget=NotUnderstood;");
	CU_ASSERT_EQUAL(params.their_max_recv_data_segment, 1024);
	CU_ASSERT_STRING_EQUAL(ask_once("X-com.example.a=1;X#b=2;Y-c=3;Z#d=4;"),
	    "X-com.example.a=NotUnderstood;X#b=NotUnderstood;"
	    "Y-c=NotUnderstood;Z#d=NotUnderstood;");
	close_session();
}

static void
login_keys_are_rejected(void)
{
	open_session(&offer_lan, "open");
	CU_ASSERT_STRING_EQUAL(
	    ask_once("HeaderDigest=CRC32C;InitialR2T=No;AuthMethod=None;"
		     "InitiatorName=iqn.1994-05.test:x;CHAP_A=5;"),
	    "HeaderDigest=Reject;InitialR2T=Reject;AuthMethod=Reject;"
	    "InitiatorName=Reject;CHAP_A=Reject;");
	CU_ASSERT_FALSE(params.header_digest);
	close_session();
}

static void
f_with_c_is_rejected(void)
{
	open_session(&offer_lan, NULL);
	rejected(PDU_FINAL | TEXT_CONTINUE, 1, TAG_NONE, "SendTargets=All;",
	    REJECT_INVALID_FIELD);
	close_session();
}

static void
an_unknown_transfer_tag_is_rejected(void)
{
	open_session(&offer_lan, NULL);
	rejected(PDU_FINAL, 1, 77, "", REJECT_INVALID_FIELD);
	ask_once("SendTargets=All;");
	rejected(PDU_FINAL, 1, 1, "", REJECT_INVALID_FIELD);
	close_session();
}

static void
another_task_tag_is_rejected(void)
{
	open_session(&offer_lan, NULL);
	ask(TEXT_CONTINUE, 3, TAG_NONE, "SendTar");
	rejected(PDU_FINAL, 4, answer.ttt, "gets=All;", REJECT_INVALID_FIELD);
	close_session();
}

/* 11.11.4: the tag is copied with the LUN that qualifies it. */
static void
another_lun_is_rejected(void)
{
	uint8_t bhs[48] = { OP_TEXT_REQUEST, TEXT_CONTINUE };

	open_session(&offer_lan, NULL);
	put_be64(bhs + PDU_LUN, 0x0001000000000000);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	for (int i = 0; i < 2; i++) {
		step = text_exchange_request(
		    exchange, &params, bhs, NULL, 0, &answer);
		CU_ASSERT_EQUAL(step, TEXT_ANSWER);
		put_be32(bhs + PDU_TTT, answer.ttt);
	}
	rejected(PDU_FINAL, 0, answer.ttt, "", REJECT_INVALID_FIELD);
	close_session();
}

static void
text_in_the_middle_of_an_answer_is_rejected(void)
{
	open_session(&offer_lan, NULL);
	params.their_max_recv_data_segment = 64;
	ask(PDU_FINAL, 3, TAG_NONE, "SendTargets=All;");
	CU_ASSERT_TRUE(answer.more);
	rejected(PDU_FINAL, 3, answer.ttt, "SendTargets=All;",
	    REJECT_PROTOCOL_ERROR);
	close_session();
}

static void
a_new_exchange_replaces_an_unfinished_one(void)
{
	open_session(&offer_lan, "open");
	ask(TEXT_CONTINUE, 3, TAG_NONE, "SendTar");
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=;"), FOUND("open"));
	params.their_max_recv_data_segment = 10;
	ask(PDU_FINAL, 5, TAG_NONE, "SendTargets=;");
	params.their_max_recv_data_segment = 8192;
	CU_ASSERT_STRING_EQUAL(ask_once("SendTargets=;"), FOUND("open"));
	close_session();
}

static void
a_key_twice_is_rejected(void)
{
	open_session(&offer_lan, NULL);
	rejected(PDU_FINAL, 1, TAG_NONE, "SendTargets=All;SendTargets=All;",
	    REJECT_PROTOCOL_ERROR);
	close_session();
}

static void
text_is_bounded(void)
{
	static char piece[8193];

	memset(piece, 'x', 8192);
	open_session(&offer_lan, NULL);
	ask(TEXT_CONTINUE, 1, TAG_NONE, piece);
	for (int i = 1; i < 8; i++)
		ask(TEXT_CONTINUE, 1, answer.ttt, piece);
	CU_ASSERT_EQUAL(step, TEXT_ANSWER);
	rejected(TEXT_CONTINUE, 1, answer.ttt, "x", REJECT_PROTOCOL_ERROR);
	close_session();
}

static const struct unit_test tests[] = {
	{ "a new segment length is told", a_new_segment_length_is_told },
	{ "All lists what the initiator may have",
	    all_lists_what_the_initiator_may_have },
	{ "a name lists that target", a_name_lists_that_target },
	{ "a name that is not for the initiator lists nothing",
	    a_name_that_is_not_for_the_initiator_lists_nothing },
	{ "nothing is no question in discovery",
	    nothing_is_no_question_in_discovery },
	{ "discovery takes SendTargets alone",
	    discovery_takes_send_targets_alone },
	{ "a value that is none beside another key",
	    a_value_that_is_none_beside_another_key },
	{ "a normal session sees its own target",
	    a_normal_session_sees_its_own_target },
	{ "a normal session sees no other target",
	    a_normal_session_sees_no_other_target },
	{ "a wrong question does not end the session",
	    a_wrong_question_does_not_end_the_session },
	{ "every portal is listed once", every_portal_is_listed_once },
	{ "every portal group is listed", every_portal_group_is_listed },
	{ "portal groups that are closed are not listed",
	    closed_portal_groups_are_not_listed },
	{ "a wildcard portal is reached as it was",
	    a_wildcard_portal_is_reached_as_it_was },
	{ "an address is always listed", an_address_is_always_listed },
	{ "a long list comes in pieces", a_long_list_comes_in_pieces },
	{ "a question may come in pieces", a_question_may_come_in_pieces },
	{ "without F the exchange stays open",
	    without_f_the_exchange_stays_open },
	{ "what is not completed does not count",
	    what_is_not_completed_does_not_count },
	{ "the segment length may change", the_segment_length_may_change },
	{ "an unknown key beside a known one is told",
	    an_unknown_key_beside_a_known_one_is_told },
	{ "login keys are rejected", login_keys_are_rejected },
	{ "F with C is rejected", f_with_c_is_rejected },
	{ "an unknown transfer tag is rejected",
	    an_unknown_transfer_tag_is_rejected },
	{ "another task tag is rejected", another_task_tag_is_rejected },
	{ "another LUN is rejected", another_lun_is_rejected },
	{ "text in the middle of an answer is rejected",
	    text_in_the_middle_of_an_answer_is_rejected },
	{ "a new exchange replaces an unfinished one",
	    a_new_exchange_replaces_an_unfinished_one },
	{ "a key twice is rejected", a_key_twice_is_rejected },
	{ "text is bounded", text_is_bounded },
	{ NULL, NULL },
};

const struct unit_suite text_exchange_suite = { "text exchange", tests };
