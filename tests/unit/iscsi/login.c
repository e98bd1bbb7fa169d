/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/unit/iscsi/dialogue.h"
#include "tests/unit/unit.h"

/* ---- stages ---- */

/* clang-format off */
DIALOGUE(both_stages_lead_to_full_feature_phase,
    { SEC_TO_OP, TO("open") "AuthMethod=None;", LOGIN_ANSWER, 0, SEC_TO_OP,
	OPEN_TAG "AuthMethod=None;" },
    { OP_TO_FULL, "HeaderDigest=None;", LOGIN_COMPLETE, 0, OP_TO_FULL,
	"HeaderDigest=None;" SEGMENT })

DIALOGUE(the_security_stage_may_be_left_out,
    { OP_TO_FULL, TO("open"), LOGIN_COMPLETE, 0, OP_TO_FULL, OPEN_TAG SEGMENT })

DIALOGUE(the_operational_stage_may_be_left_out,
    { SEC_TO_FULL, TO("open") "AuthMethod=None;", LOGIN_COMPLETE, 0,
	SEC_TO_FULL, OPEN_TAG "AuthMethod=None;" })

DIALOGUE(security_without_auth_method_is_no_authentication,
    { SEC_TO_OP, TO("open"), LOGIN_ANSWER, 0, SEC_TO_OP, OPEN_TAG })

DIALOGUE(a_stage_may_take_several_requests,
    { SEC, TO("open"), LOGIN_ANSWER, 0, SEC, OPEN_TAG },
    { SEC_TO_OP, "AuthMethod=None;", LOGIN_ANSWER, 0, SEC_TO_OP,
	"AuthMethod=None;" },
    { OP, "ImmediateData=No;", LOGIN_ANSWER, 0, OP,
	"ImmediateData=No;" SEGMENT },
    { OP_TO_FULL, "", LOGIN_COMPLETE, 0, OP_TO_FULL, "" })

DIALOGUE(a_discovery_session_needs_no_target,
    { OP_TO_FULL, DISCOVERY, LOGIN_COMPLETE, 0, OP_TO_FULL, SEGMENT })

DIALOGUE(a_target_named_in_discovery_tells_its_tag,
    { OP_TO_FULL, DISCOVERY "TargetName=iqn.2026-11.test:chap;", LOGIN_COMPLETE,
	0, OP_TO_FULL, TAG SEGMENT })

DIALOGUE(one_that_is_not_here_has_no_tag,
    { OP_TO_FULL, DISCOVERY "TargetName=iqn.2026-11.test:elsewhere;",
	LOGIN_COMPLETE, 0, OP_TO_FULL, SEGMENT })

DIALOGUE(identity_may_be_repeated,
    { SEC_TO_OP, TO("open") "SessionType=Normal;AuthMethod=None;",
	LOGIN_ANSWER, 0, SEC_TO_OP, NULL },
    { OP_TO_FULL, TO("open") "SessionType=Normal;", LOGIN_COMPLETE, 0,
	OP_TO_FULL, SEGMENT })

DIALOGUE(t_with_c_is_refused,
    { OP_TO_FULL | MORE, TO("open"), REFUSED(0x0200) })
DIALOGUE(stage_two_does_not_exist,
    { 0x08, TO("open"), REFUSED(0x0200) })
DIALOGUE(a_login_does_not_begin_in_full_feature_phase,
    { 0x0c, TO("open"), REFUSED(0x0200) })
DIALOGUE(there_is_no_transition_to_stage_two,
    { SEC | LOGIN_TRANSIT | 2, TO("open"), REFUSED(0x0200) })
DIALOGUE(there_is_no_transition_to_the_same_stage,
    { OP | LOGIN_TRANSIT | 1, TO("open"), REFUSED(0x0200) })
DIALOGUE(there_is_no_transition_backwards,
    { OP | LOGIN_TRANSIT | 0, TO("open"), REFUSED(0x0200) })
DIALOGUE(stages_do_not_go_backwards,
    { OP, TO("open"), LOGIN_ANSWER, 0, OP, NULL },
    { SEC, "", REFUSED(0x0200) })
DIALOGUE(a_stage_is_not_skipped_without_t,
    { SEC, TO("open"), LOGIN_ANSWER, 0, SEC, NULL },
    { OP_TO_FULL, "", REFUSED(0x0200) })

/* ---- identity ---- */

DIALOGUE(without_initiator_name_0207,
    { OP_TO_FULL, TARGET("open"), REFUSED(0x0207) })
DIALOGUE(without_target_name_0207,
    { OP_TO_FULL, INITIATOR, REFUSED(0x0207) })
DIALOGUE(with_no_text_at_all_0207,
    { OP_TO_FULL, "", REFUSED(0x0207) })
DIALOGUE(an_initiator_name_of_no_form_0200,
    { OP_TO_FULL, "InitiatorName=host;" TARGET("open"), REFUSED(0x0200) })
DIALOGUE(control_characters_in_a_name_0200,
    { OP_TO_FULL, "InitiatorName=iqn.1994-05.test:a\nb;" TARGET("open"),
	REFUSED(0x0200) })
DIALOGUE(an_unknown_target_0203,
    { OP_TO_FULL, TO("nobody"), REFUSED(0x0203) })
DIALOGUE(a_target_name_of_no_form_0203,
    { OP_TO_FULL, INITIATOR "TargetName=disk;", REFUSED(0x0203) })
DIALOGUE(a_target_of_another_portal_group_0203,
    { OP_TO_FULL, TO("elsewhere"), REFUSED(0x0203) })
DIALOGUE(an_unknown_session_type_0209,
    { OP_TO_FULL, TO("open") "SessionType=Boot;", REFUSED(0x0209) })
DIALOGUE(a_name_in_capitals_is_the_same_name,
    { OP_TO_FULL, "InitiatorName=IQN.1994-05.TEST:Host;"
	"TargetName=iqn.2026-11.TEST:open;", LOGIN_COMPLETE, 0, OP_TO_FULL,
	NULL })
DIALOGUE(a_changed_initiator_name_0200,
    { SEC_TO_OP, TO("open"), LOGIN_ANSWER, 0, SEC_TO_OP, NULL },
    { OP_TO_FULL, "InitiatorName=iqn.1994-05.test:other;", REFUSED(0x0200) })
DIALOGUE(a_changed_target_name_0200,
    { SEC_TO_OP, TO("open"), LOGIN_ANSWER, 0, SEC_TO_OP, NULL },
    { OP_TO_FULL, TARGET("chap"), REFUSED(0x0200) })
DIALOGUE(a_changed_session_type_0200,
    { SEC_TO_OP, TO("open"), LOGIN_ANSWER, 0, SEC_TO_OP, NULL },
    { OP_TO_FULL, "SessionType=Discovery;", REFUSED(0x0200) })

/* ---- who may ---- */

DIALOGUE(an_initiator_name_that_is_not_admitted_0202,
    { OP_TO_FULL, TO("named"), REFUSED(0x0202) })
DIALOGUE(an_initiator_name_that_a_glob_admits,
    { OP_TO_FULL, "InitiatorName=iqn.2008-11.org.linux-kvm:vm_1;"
	TARGET("named"), LOGIN_COMPLETE, 0, OP_TO_FULL, TAG SEGMENT })
DIALOGUE(an_address_that_is_not_admitted_0202,
    { OP_TO_FULL, TO("addressed"), REFUSED(0x0202) })
DIALOGUE(a_target_closed_to_all_0202,
    { OP_TO_FULL, TO("denied"), REFUSED(0x0202) })
DIALOGUE(an_empty_auth_group_is_closed,
    { OP_TO_FULL, TO("empty"), REFUSED(0x0201) })
DIALOGUE(a_moved_target_0101,
    { OP_TO_FULL, TO("moved"), LOGIN_REFUSED, 0x0101, 0,
	"TargetAddress=192.0.2.8:3260;" })

/* ---- text ---- */

DIALOGUE(a_text_may_come_in_pieces,
    { SEC | MORE, "InitiatorName=iqn.1994-05.", LOGIN_ANSWER, 0, SEC, "" },
    { SEC | MORE, "test:host;Targ", LOGIN_ANSWER, 0, SEC, "" },
    { SEC_TO_OP, "etName=iqn.2026-11.test:open;", LOGIN_ANSWER, 0, SEC_TO_OP,
	OPEN_TAG })
DIALOGUE(a_malformed_pair_0200,
    { OP_TO_FULL, TO("open") "garbage;", REFUSED(0x0200) })
DIALOGUE(a_declared_value_out_of_range_0200,
    { OP_TO_FULL, TO("open") "MaxRecvDataSegmentLength=511;",
	REFUSED(0x0200) })
DIALOGUE(a_declared_value_beyond_24_bits_0200,
    { OP_TO_FULL, TO("open") "MaxRecvDataSegmentLength=16777216;",
	REFUSED(0x0200) })
DIALOGUE(a_key_without_name_0200,
    { OP_TO_FULL, TO("open") "=x;", REFUSED(0x0200) })
DIALOGUE(a_last_pair_without_nul_is_taken,
    { OP_TO_FULL, TO("open") "ImmediateData=No", LOGIN_COMPLETE, 0,
	OP_TO_FULL, OPEN_TAG "ImmediateData=No;" SEGMENT })
DIALOGUE(a_key_twice_in_one_text_0200,
    { OP_TO_FULL, TO("open") "ImmediateData=No;ImmediateData=No;",
	REFUSED(0x0200) })
DIALOGUE(a_name_twice_in_one_text_0200,
    { OP_TO_FULL, TO("open") INITIATOR, REFUSED(0x0200) })
DIALOGUE(a_key_again_in_a_later_text_0200,
    { OP, TO("open") "ImmediateData=No;", LOGIN_ANSWER, 0, OP, NULL },
    { OP_TO_FULL, "ImmediateData=No;", REFUSED(0x0200) })
DIALOGUE(an_answer_that_was_not_asked_for_0200,
    { OP_TO_FULL, TO("open") "ImmediateData=NotUnderstood;",
	REFUSED(0x0200) })
DIALOGUE(an_answer_to_our_declaration_is_fine,
    { SEC_TO_OP, TO("open"), LOGIN_ANSWER, 0, SEC_TO_OP, OPEN_TAG },
    { OP_TO_FULL, "TargetAlias=NotUnderstood;", LOGIN_COMPLETE, 0,
	OP_TO_FULL, SEGMENT })
/* clang-format on */

/* ---- the header ---- */

/* A good first request; then a second one, changed at byte at. */
static void
changed_byte(unsigned at, uint8_t value)
{
	static const struct line first = { SEC, TO("open"), LOGIN_ANSWER, 0,
		SEC, NULL };
	static const struct line second = { SEC, "", REFUSED(0x0200) };
	struct dialogue d;

	dialogue_open(&d);
	dialogue_say(&d, &first);
	d.bhs[at] = value;
	dialogue_say(&d, &second);
	dialogue_close(&d);
}

static void
a_changed_isid_0200(void)
{
	changed_byte(LOGIN_ISID + 5, 0xff);
}

static void
a_changed_tsih_0200(void)
{
	changed_byte(LOGIN_TSIH + 1, 0xff);
}

static void
a_changed_cid_0200(void)
{
	changed_byte(LOGIN_CID, 0xff);
}

static void
a_changed_task_tag_0200(void)
{
	changed_byte(PDU_ITT, 0xff);
}

static void
a_version_from_the_future_0205(void)
{
	static const struct line line = { OP_TO_FULL, TO("open"),
		REFUSED(0x0205) };
	struct dialogue d;

	dialogue_open(&d);
	d.bhs[LOGIN_VERSION_MAX] = 2;
	d.bhs[LOGIN_VERSION_MIN] = 1;
	dialogue_say(&d, &line);
	dialogue_close(&d);
}

static void
a_later_version_does_not_count(void)
{
	static const struct line first = { SEC, TO("open"), LOGIN_ANSWER, 0,
		SEC, NULL };
	static const struct line second = { SEC_TO_OP, "", LOGIN_ANSWER, 0,
		SEC_TO_OP, "" };
	struct dialogue d;

	dialogue_open(&d);
	dialogue_say(&d, &first);
	d.bhs[LOGIN_VERSION_MIN] = 1;
	dialogue_say(&d, &second);
	dialogue_close(&d);
}

static void
a_first_pdu_that_is_no_login_closes(void)
{
	static const struct line line = { 0x80, "", LOGIN_CLOSE, 0, 0, NULL };
	struct dialogue d;

	dialogue_open(&d);
	d.bhs[0] = OP_SCSI_COMMAND;
	dialogue_say(&d, &line);
	dialogue_close(&d);
}

static void
another_request_during_login_020b(void)
{
	static const struct line first = { SEC, TO("open"), LOGIN_ANSWER, 0,
		SEC, NULL };
	static const struct line second = { 0x80, "", REFUSED(0x020b) };
	struct dialogue d;

	dialogue_open(&d);
	dialogue_say(&d, &first);
	d.bhs[0] = OP_TEXT_REQUEST;
	dialogue_say(&d, &second);
	dialogue_close(&d);
}

static void
identifiers_are_echoed_and_handed_on(void)
{
	static const struct line line = { OP_TO_FULL,
		TO("open") "InitiatorAlias=a host;", LOGIN_COMPLETE, 0,
		OP_TO_FULL, NULL };
	const struct login_result *r;
	struct dialogue d;

	dialogue_open(&d);
	put_be16(d.bhs + LOGIN_TSIH, 0x1234);
	dialogue_say(&d, &line);
	CU_ASSERT_EQUAL(d.answer.tsih, 0x1234);
	CU_ASSERT_EQUAL(memcmp(d.answer.isid, d.bhs + LOGIN_ISID, 6), 0);
	r = login_result(d.login);
	CU_ASSERT_EQUAL(r->tsih, 0x1234);
	CU_ASSERT_EQUAL(r->cid, 1);
	CU_ASSERT_EQUAL(memcmp(r->isid, d.bhs + LOGIN_ISID, 6), 0);
	CU_ASSERT_STRING_EQUAL(r->initiator_name, "iqn.1994-05.test:host");
	CU_ASSERT_STRING_EQUAL(r->initiator_alias, "a host");
	CU_ASSERT_PTR_EQUAL(r->target, offer_target("open"));
	CU_ASSERT_PTR_NULL(r->chap_user);
	CU_ASSERT_FALSE(r->discovery);
	dialogue_close(&d);
}

/* A connection that joins a session declares no target keys, and may not
 * negotiate those of the session. */
static void
a_joining_connection_has_no_session_keys(void)
{
	static const struct line line = { OP_TO_FULL,
		TO("open") "MaxBurstLength=65536;DataDigest=CRC32C;",
		LOGIN_COMPLETE, 0, OP_TO_FULL,
		OPEN_TAG "MaxBurstLength=Reject;DataDigest=CRC32C;" SEGMENT };
	struct dialogue d;

	dialogue_open(&d);
	put_be16(d.bhs + LOGIN_TSIH, 5);
	dialogue_say(&d, &line);
	dialogue_close(&d);
}

/* ---- where and when ---- */

static void
at(struct portal_group *pg, struct peer_address *peer, bool stopping,
    const struct line *line)
{
	struct dialogue d;

	dialogue_open(&d);
	d.pg = pg;
	d.peer = peer;
	d.service->stopping = stopping;
	dialogue_say(&d, line);
	dialogue_close(&d);
}

static void
a_stopping_target_0301(void)
{
	static const struct line line = { OP_TO_FULL, TO("open"),
		REFUSED(0x0301) };

	at(&offer_lan, &offer_peer, true, &line);
}

static void
a_redirecting_portal_group_0101(void)
{
	static const struct line line = { OP_TO_FULL, DISCOVERY, LOGIN_REFUSED,
		0x0101, 0, "TargetAddress=192.0.2.9:3260;" };

	at(&offer_moved, &offer_peer, false, &line);
}

/* Before the proof its name is not to be found out. */
static void
one_that_the_filter_hides_has_no_tag(void)
{
	static const struct line line = { OP_TO_FULL, DISCOVERY TARGET("chap"),
		LOGIN_COMPLETE, 0, OP_TO_FULL, SEGMENT };

	struct dialogue d;

	dialogue_open(&d);
	offer_lan.discovery_filter = DISCOVERY_FILTER_PORTAL_NAME_AUTH;
	dialogue_say(&d, &line);
	dialogue_close(&d);
}

static void
an_address_that_a_range_admits(void)
{
	static const struct line line = { OP_TO_FULL, TO("addressed"),
		LOGIN_COMPLETE, 0, OP_TO_FULL, TAG SEGMENT };

	at(&offer_lan, &offer_peer_100, false, &line);
}

static void
the_tag_is_the_portal_groups(void)
{
	static const struct line line = { OP_TO_FULL, TO("elsewhere"),
		LOGIN_COMPLETE, 0, OP_TO_FULL,
		"TargetPortalGroupTag=2;" SEGMENT };

	at(&offer_other, &offer_peer, false, &line);
}

/* ---- bounds ---- */

static void
rounds_are_bounded(void)
{
	static const struct line more = { OP, "", LOGIN_ANSWER, 0, OP, "" };
	static const struct line first = { OP, TO("open"), LOGIN_ANSWER, 0, OP,
		NULL };
	static const struct line last = { OP, "", REFUSED(0x0200) };
	struct dialogue d;
	int i;

	dialogue_open(&d);
	dialogue_say(&d, &first);
	for (i = 1; i < 16; i++)
		dialogue_say(&d, &more);
	dialogue_say(&d, &last);
	dialogue_close(&d);
}

static void
text_is_bounded(void)
{
	static char piece[8193];
	struct line more = { OP | MORE, piece, LOGIN_ANSWER, 0, OP, "" };
	struct line last = { OP | MORE, "x", REFUSED(0x0200) };
	struct dialogue d;
	int i;

	memset(piece, 'x', 8192);
	dialogue_open(&d);
	for (i = 0; i < 8; i++)
		dialogue_say(&d, &more);
	dialogue_say(&d, &last);
	dialogue_close(&d);
}

static void
a_long_answer_comes_in_pieces(void)
{
	/* 600 keys of 3 bytes make 600 * 16 bytes of "NotUnderstood". */
	static char in[600 * 4 + 200], out[600 * 17 + 200];
	struct line ask = { OP_TO_FULL, in, LOGIN_ANSWER, 0, OP | MORE, NULL };
	static const struct line rest = { OP_TO_FULL, "", LOGIN_COMPLETE, 0,
		OP_TO_FULL, NULL };
	struct dialogue d;
	size_t bytes;

	strcpy(in, TO("open"));
	for (int i = 0; i < 600; i++)
		strcat(in, "Zz=;");
	dialogue_open(&d);
	dialogue_say(&d, &ask);
	CU_ASSERT_EQUAL(d.answer.text_bytes, LOGIN_DATA_MAX);
	bytes = d.answer.text_bytes;
	offer_readable(d.answer.text, bytes, out);
	dialogue_say(&d, &rest);
	offer_readable(d.answer.text, d.answer.text_bytes, out + bytes);
	bytes += d.answer.text_bytes;
	CU_ASSERT_EQUAL(bytes, strlen(OPEN_TAG SEGMENT) + 600 * 17);
	CU_ASSERT_NSTRING_EQUAL(
	    out + bytes - strlen(SEGMENT), SEGMENT, strlen(SEGMENT));
	dialogue_close(&d);
}

static void
text_before_the_answer_was_taken_0200(void)
{
	static char in[600 * 4 + 200];
	struct line ask = { OP_TO_FULL, in, LOGIN_ANSWER, 0, OP | MORE, NULL };
	static const struct line rest = { OP_TO_FULL, "X=1;", REFUSED(0x0200) };
	struct dialogue d;

	strcpy(in, TO("open"));
	for (int i = 0; i < 600; i++)
		strcat(in, "Zz=;");
	dialogue_open(&d);
	dialogue_say(&d, &ask);
	dialogue_say(&d, &rest);
	dialogue_close(&d);
}

static void
an_answer_that_would_be_too_long_0200(void)
{
	static char in[8192];
	struct line more = { OP | MORE, in, LOGIN_ANSWER, 0, OP, "" };
	struct line last = { OP, in, REFUSED(0x0200) };
	struct dialogue d;

	for (size_t i = 0; i + 3 < sizeof(in); i += 3)
		memcpy(in + i, "Z=;", 4);
	dialogue_open(&d);
	d.login = login_new(d.service, d.pg, d.peer);
	dialogue_say(
	    &d, &(struct line){ OP, TO("open"), LOGIN_ANSWER, 0, OP, NULL });
	dialogue_say(&d, &more);
	dialogue_say(&d, &last);
	dialogue_close(&d);
}

static const struct unit_test tests[] = {
	{ "both stages lead to full feature phase",
	    both_stages_lead_to_full_feature_phase },
	{ "the security stage may be left out",
	    the_security_stage_may_be_left_out },
	{ "the operational stage may be left out",
	    the_operational_stage_may_be_left_out },
	{ "security without AuthMethod is no authentication",
	    security_without_auth_method_is_no_authentication },
	{ "a stage may take several requests",
	    a_stage_may_take_several_requests },
	{ "a discovery session needs no target",
	    a_discovery_session_needs_no_target },
	{ "a target named in discovery tells its tag",
	    a_target_named_in_discovery_tells_its_tag },
	{ "one that is not here has no tag", one_that_is_not_here_has_no_tag },
	{ "one that the filter hides has no tag",
	    one_that_the_filter_hides_has_no_tag },
	{ "identity may be repeated", identity_may_be_repeated },
	{ "T with C is refused", t_with_c_is_refused },
	{ "stage two does not exist", stage_two_does_not_exist },
	{ "a login does not begin in full feature phase",
	    a_login_does_not_begin_in_full_feature_phase },
	{ "there is no transition to stage two",
	    there_is_no_transition_to_stage_two },
	{ "there is no transition to the same stage",
	    there_is_no_transition_to_the_same_stage },
	{ "there is no transition backwards",
	    there_is_no_transition_backwards },
	{ "stages do not go backwards", stages_do_not_go_backwards },
	{ "a stage is not skipped without T",
	    a_stage_is_not_skipped_without_t },
	{ "without InitiatorName: 0207", without_initiator_name_0207 },
	{ "without TargetName: 0207", without_target_name_0207 },
	{ "with no text at all: 0207", with_no_text_at_all_0207 },
	{ "an InitiatorName of no form: 0200",
	    an_initiator_name_of_no_form_0200 },
	{ "control characters in a name: 0200",
	    control_characters_in_a_name_0200 },
	{ "an unknown target: 0203", an_unknown_target_0203 },
	{ "a TargetName of no form: 0203", a_target_name_of_no_form_0203 },
	{ "a target of another portal group: 0203",
	    a_target_of_another_portal_group_0203 },
	{ "an unknown SessionType: 0209", an_unknown_session_type_0209 },
	{ "a name in capitals is the same name",
	    a_name_in_capitals_is_the_same_name },
	{ "a changed InitiatorName: 0200", a_changed_initiator_name_0200 },
	{ "a changed TargetName: 0200", a_changed_target_name_0200 },
	{ "a changed SessionType: 0200", a_changed_session_type_0200 },
	{ "an initiator name that is not admitted: 0202",
	    an_initiator_name_that_is_not_admitted_0202 },
	{ "an initiator name that a glob admits",
	    an_initiator_name_that_a_glob_admits },
	{ "an address that is not admitted: 0202",
	    an_address_that_is_not_admitted_0202 },
	{ "a target closed to all: 0202", a_target_closed_to_all_0202 },
	{ "an empty auth-group is closed", an_empty_auth_group_is_closed },
	{ "a moved target: 0101", a_moved_target_0101 },
	{ "a text may come in pieces", a_text_may_come_in_pieces },
	{ "a malformed pair: 0200", a_malformed_pair_0200 },
	{ "a declared value out of range: 0200",
	    a_declared_value_out_of_range_0200 },
	{ "a declared value beyond 24 bits: 0200",
	    a_declared_value_beyond_24_bits_0200 },
	{ "a key without name: 0200", a_key_without_name_0200 },
	{ "a last pair without NUL is taken",
	    a_last_pair_without_nul_is_taken },
	{ "a key twice in one text: 0200", a_key_twice_in_one_text_0200 },
	{ "a name twice in one text: 0200", a_name_twice_in_one_text_0200 },
	{ "a key again in a later text: 0200",
	    a_key_again_in_a_later_text_0200 },
	{ "an answer that was not asked for: 0200",
	    an_answer_that_was_not_asked_for_0200 },
	{ "an answer to our declaration is fine",
	    an_answer_to_our_declaration_is_fine },
	{ "a changed ISID: 0200", a_changed_isid_0200 },
	{ "a changed TSIH: 0200", a_changed_tsih_0200 },
	{ "a changed CID: 0200", a_changed_cid_0200 },
	{ "a changed task tag: 0200", a_changed_task_tag_0200 },
	{ "a version from the future: 0205", a_version_from_the_future_0205 },
	{ "the first request's version counts",
	    a_later_version_does_not_count },
	{ "a first PDU that is no login closes",
	    a_first_pdu_that_is_no_login_closes },
	{ "another request during login: 020b",
	    another_request_during_login_020b },
	{ "identifiers are echoed and handed on",
	    identifiers_are_echoed_and_handed_on },
	{ "a joining connection has no session keys",
	    a_joining_connection_has_no_session_keys },
	{ "a stopping target: 0301", a_stopping_target_0301 },
	{ "a redirecting portal group: 0101", a_redirecting_portal_group_0101 },
	{ "an address that a range admits", an_address_that_a_range_admits },
	{ "the tag is the portal group's", the_tag_is_the_portal_groups },
	{ "rounds are bounded", rounds_are_bounded },
	{ "text is bounded", text_is_bounded },
	{ "a long answer comes in pieces", a_long_answer_comes_in_pieces },
	{ "text before the answer was taken: 0200",
	    text_before_the_answer_was_taken_0200 },
	{ "an answer that would be too long: 0200",
	    an_answer_that_would_be_too_long_0200 },
	{ NULL, NULL },
};

const struct unit_suite login_suite = { "login", tests };
