/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/login_auth.c - AuthMethod and CHAP.
 *
 * The service's randomness is 0x11, so CHAP_I is 17 and the challenge known;
 * the responses are Python's hashlib over 11, secret, challenge.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/iscsi/dialogue.h"
#include "tests/unit/unit.h"

#define C32          "1111111111111111111111111111111111111111111111111111111111111111"
#define CHALLENGE(a) "CHAP_A=" a ";CHAP_I=17;CHAP_C=0x" C32 ";"

/* of "secret-of-vmhost" */
#define R_MD5    "0xada2bcd548f5523aa032c84ab4e07768"
#define R_MD5_64 "0braK81Uj1UjqgMshKtOB3aA=="
#define R_SHA1   "0xc756219cf5a976f5a5683b4896427eaa2e37a41a"
#define R_SHA256                                                               \
	"0xf8c1f13d16cc2a4fd252b569f1fee035cf14565fceacbcc994deb72a7962d58b"
#define R_SHA3_256                                                             \
	"0x255992cc23a7c423c3825075b378960126b627de7a8df6cb45a72ff67c10c210"
#define R_WRONG    "0x452c4449f290056518d58038b590a59d"
#define R_HEX_USER "0x6a07642239b57b04f94d2ab8b01e610b"
#define R_NO_SUCH  "0xd5c4fbb44c8b108662c2addfb4220b65" /* "no such user" */
/* of "secret-of-target" over c8, 00 01 .. 0f */
#define OUR_CHALLENGE "CHAP_I=200;CHAP_C=0x000102030405060708090a0b0c0d0e0f;"
#define OUR_R_MD5     "0xd427c8b5385676df06fea9275ad625f8"
#define OUR_R_SHA1    "0x9164e10a00614c47f560059368d15511a989640c"
#define OUR_R_SHA256                                                           \
	"0x788a8aa8ccef298572fc7d629cb28672bed3b3bbeeeb56c0804aee41cf82d309"
#define OUR_R_SHA3_256                                                         \
	"0x0f4fcf4bd123da66127b520ef9850a2e00f1ac7b3f8b9f6ca9f60e12a0202dd2"

#define OFFER_CHAP                                                             \
	{                                                                      \
		SEC_TO_OP, TO("chap") "AuthMethod=CHAP,None;", LOGIN_ANSWER,   \
		    0, SEC, TAG "AuthMethod=CHAP;"                             \
	}
#define OFFER_ALGORITHM(a)                                                     \
	{                                                                      \
		SEC, "CHAP_A=" a ";", LOGIN_ANSWER, 0, SEC, CHALLENGE(a)       \
	}
#define TO_RESPONSE OFFER_CHAP, OFFER_ALGORITHM("5")

/* clang-format off */

/* ---- good proofs ---- */

DIALOGUE(chap_with_md5,
    OFFER_CHAP, OFFER_ALGORITHM("5"),
    { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=" R_MD5 ";", LOGIN_ANSWER, 0, SEC_TO_OP, "" },
    { OP_TO_FULL, "", LOGIN_COMPLETE, 0, OP_TO_FULL, SEGMENT })
DIALOGUE(chap_with_sha1,
    OFFER_CHAP, OFFER_ALGORITHM("6"),
    { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=" R_SHA1 ";", LOGIN_ANSWER, 0, SEC_TO_OP, "" })
DIALOGUE(chap_with_sha256,
    OFFER_CHAP, OFFER_ALGORITHM("7"),
    { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=" R_SHA256 ";", LOGIN_ANSWER, 0, SEC_TO_OP, "" })
DIALOGUE(chap_with_sha3_256,
    OFFER_CHAP, OFFER_ALGORITHM("8"),
    { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=" R_SHA3_256 ";", LOGIN_ANSWER, 0, SEC_TO_OP, "" })
DIALOGUE(chap_may_lead_to_full_feature_phase,
    TO_RESPONSE,
    { SEC_TO_FULL, "CHAP_N=vmhost;CHAP_R=" R_MD5 ";", LOGIN_COMPLETE, 0, SEC_TO_FULL, "" })
DIALOGUE(the_stage_may_be_left_after_the_proof,
    TO_RESPONSE,
    { SEC, "CHAP_N=vmhost;CHAP_R=" R_MD5 ";", LOGIN_ANSWER, 0, SEC, "" },
    { SEC_TO_OP, "", LOGIN_ANSWER, 0, SEC_TO_OP, "" })
DIALOGUE(a_response_in_base64,
    TO_RESPONSE,
    { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=" R_MD5_64 ";", LOGIN_ANSWER, 0, SEC_TO_OP, "" })
DIALOGUE(a_name_that_looks_hexadecimal,
    TO_RESPONSE,
    { SEC_TO_OP, "CHAP_N=0xuser;CHAP_R=" R_HEX_USER ";", LOGIN_ANSWER, 0, SEC_TO_OP, "" })
DIALOGUE(a_name_that_looks_base64,
    TO_RESPONSE,
    { SEC_TO_OP, "CHAP_N=0buser;CHAP_R=" R_HEX_USER ";", LOGIN_ANSWER, 0, SEC_TO_OP, "" })
DIALOGUE(unknown_algorithms_are_skipped,
    OFFER_CHAP,
    { SEC, "CHAP_A=99,5,6,7,8;", LOGIN_ANSWER, 0, SEC, CHALLENGE("5") })
DIALOGUE(firmware_offers_sha256_first,
    OFFER_CHAP,
    { SEC, "CHAP_A=7,5;", LOGIN_ANSWER, 0, SEC, CHALLENGE("7") })

/* ---- AuthMethod ---- */

DIALOGUE(none_is_chosen_where_it_is_enough,
    { SEC_TO_OP, TO("open") "AuthMethod=CHAP,None;", LOGIN_ANSWER, 0, SEC_TO_OP, OPEN_TAG "AuthMethod=None;" })
DIALOGUE(chap_alone_where_nobody_has_a_secret_0201,
    { SEC_TO_OP, TO("open") "AuthMethod=CHAP;", REFUSED(0x0201) })
DIALOGUE(chap_alone_where_both_will_do,
    { SEC_TO_OP, TO("either") "AuthMethod=CHAP;", LOGIN_ANSWER, 0, SEC, TAG "AuthMethod=CHAP;" })
DIALOGUE(chap_begun_must_be_ended,
    { SEC_TO_OP, TO("either") "AuthMethod=CHAP;", LOGIN_ANSWER, 0, SEC, TAG "AuthMethod=CHAP;" },
    { SEC_TO_OP, "", LOGIN_ANSWER, 0, SEC, "" })
DIALOGUE(none_where_chap_is_needed_0201,
    { SEC_TO_OP, TO("chap") "AuthMethod=None;", REFUSED(0x0201) })
DIALOGUE(other_methods_0201,
    { SEC_TO_OP, TO("chap") "AuthMethod=KRB5,SRP;", REFUSED(0x0201) })
DIALOGUE(methods_are_whole_words,
    { SEC_TO_OP, TO("chap") "AuthMethod=CHAPX,CHA;", REFUSED(0x0201) })
DIALOGUE(the_security_stage_left_out_0201,
    { OP_TO_FULL, TO("chap"), REFUSED(0x0201) })
DIALOGUE(the_security_stage_left_at_once_0201,
    { SEC_TO_OP, TO("chap"), REFUSED(0x0201) })
DIALOGUE(the_security_stage_left_for_full_feature_0201,
    { SEC_TO_FULL, TO("chap"), REFUSED(0x0201) })
DIALOGUE(auth_method_twice_0200,
    OFFER_CHAP,
    { SEC_TO_OP, "AuthMethod=None;", REFUSED(0x0200) })
DIALOGUE(transition_waits_for_the_proof,
    OFFER_CHAP,
    { SEC_TO_OP, "CHAP_A=5;", LOGIN_ANSWER, 0, SEC, CHALLENGE("5") },
    { SEC_TO_FULL, "", LOGIN_ANSWER, 0, SEC, "" })
DIALOGUE(the_next_stage_waits_for_the_proof,
    OFFER_CHAP,
    { OP_TO_FULL, "", REFUSED(0x0200) })

/* ---- what is wrong with a proof ---- */

DIALOGUE(an_algorithm_nobody_knows_0201,
    OFFER_CHAP, { SEC, "CHAP_A=56;", REFUSED(0x0201) })
DIALOGUE(an_empty_algorithm_0201,
    OFFER_CHAP, { SEC, "CHAP_A=;", REFUSED(0x0201) })
DIALOGUE(a_wrong_secret_0201,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=" R_WRONG ";", REFUSED(0x0201) })
DIALOGUE(an_unknown_user_0201,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=nobody;CHAP_R=" R_MD5 ";", REFUSED(0x0201) })
DIALOGUE(an_unknown_user_has_no_secret_to_guess,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=nobody;CHAP_R=" R_NO_SUCH ";", REFUSED(0x0201) })
DIALOGUE(the_beginning_of_a_name_is_not_the_name,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhos;CHAP_R=" R_MD5 ";", REFUSED(0x0201) })
DIALOGUE(a_name_and_more_is_not_the_name,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhostx;CHAP_R=" R_MD5 ";", REFUSED(0x0201) })
DIALOGUE(an_empty_name_0201,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=;CHAP_R=" R_MD5 ";", REFUSED(0x0201) })
DIALOGUE(a_response_that_is_too_long_0201,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=" R_MD5 "00;", REFUSED(0x0201) })
DIALOGUE(a_response_that_is_too_short_0201,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=0xada2;", REFUSED(0x0201) })
DIALOGUE(an_empty_response_0200,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=;", REFUSED(0x0200) })
DIALOGUE(a_response_that_is_no_number_0200,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=0xzz;", REFUSED(0x0200) })
DIALOGUE(a_response_of_another_algorithm_0201,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=" R_SHA1 ";", REFUSED(0x0201) })
DIALOGUE(a_response_without_name_0207,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_R=" R_MD5 ";", REFUSED(0x0207) })
DIALOGUE(a_name_without_response_0207,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost;", REFUSED(0x0207) })
DIALOGUE(an_algorithm_again_0200,
    TO_RESPONSE, { SEC, "CHAP_A=5;", REFUSED(0x0200) })
DIALOGUE(a_response_before_the_challenge_0200,
    OFFER_CHAP, { SEC, "CHAP_N=vmhost;CHAP_R=" R_MD5 ";", REFUSED(0x0200) })
DIALOGUE(chap_keys_before_auth_method_0200,
    { SEC, TO("chap") "CHAP_A=5;", REFUSED(0x0200) })
DIALOGUE(chap_keys_together_with_auth_method_0200,
    { SEC, TO("chap") "AuthMethod=CHAP;CHAP_A=5;", REFUSED(0x0200) })
DIALOGUE(chap_keys_after_none_0200,
    { SEC, TO("open") "AuthMethod=None;", LOGIN_ANSWER, 0, SEC, NULL },
    { SEC, "CHAP_A=5;", REFUSED(0x0200) })

/* ---- mutual ---- */

#define MUTUAL(name, a, theirs, ours) \
	DIALOGUE(name, OFFER_CHAP, OFFER_ALGORITHM(a), \
	    { SEC_TO_OP, "CHAP_N=vmhost2;CHAP_R=" theirs ";" OUR_CHALLENGE, \
		LOGIN_ANSWER, 0, SEC_TO_OP, "CHAP_N=san;CHAP_R=" ours ";" })

MUTUAL(mutual_with_md5, "5", R_MD5, OUR_R_MD5)
MUTUAL(mutual_with_sha1, "6", R_SHA1, OUR_R_SHA1)
MUTUAL(mutual_with_sha256, "7", R_SHA256, OUR_R_SHA256)
MUTUAL(mutual_with_sha3_256, "8", R_SHA3_256, OUR_R_SHA3_256)
DIALOGUE(mutual_need_not_be_asked_for,
    TO_RESPONSE,
    { SEC_TO_OP, "CHAP_N=vmhost2;CHAP_R=" R_MD5 ";", LOGIN_ANSWER, 0, SEC_TO_OP, "" })
DIALOGUE(mutual_with_a_user_that_has_none_0201,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost;CHAP_R=" R_MD5 ";" OUR_CHALLENGE, REFUSED(0x0201) })
DIALOGUE(we_prove_nothing_to_who_proved_nothing,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost2;CHAP_R=" R_WRONG ";" OUR_CHALLENGE, REFUSED(0x0201) })
DIALOGUE(our_own_challenge_is_refused_0201,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost2;CHAP_R=" R_MD5 ";CHAP_I=17;CHAP_C=0x" C32 ";", REFUSED(0x0201) })
DIALOGUE(an_identifier_over_255_0200,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost2;CHAP_R=" R_MD5 ";CHAP_I=256;CHAP_C=0x00;", REFUSED(0x0200) })
DIALOGUE(a_malformed_challenge_0200,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost2;CHAP_R=" R_MD5 ";CHAP_I=1;CHAP_C=xyz;", REFUSED(0x0200) })
DIALOGUE(a_challenge_without_identifier_0207,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost2;CHAP_R=" R_MD5 ";CHAP_C=0x00;", REFUSED(0x0207) })
DIALOGUE(an_identifier_without_challenge_0207,
    TO_RESPONSE, { SEC_TO_OP, "CHAP_N=vmhost2;CHAP_R=" R_MD5 ";CHAP_I=1;", REFUSED(0x0207) })
/* clang-format on */

/* Bytes of 00 as CHAP_C; 1024 is the most, 12.1.3. */
static void
challenge_of(int bytes, enum login_step step, uint16_t status, uint8_t flags)
{
	static const struct line opening[] = { TO_RESPONSE, { .in = NULL } };
	static char in[4096];
	struct line line = { SEC_TO_OP, in, step, status, flags, NULL };
	struct dialogue d;

	snprintf(in, sizeof(in),
	    "CHAP_N=vmhost2;CHAP_R=" R_MD5 ";CHAP_I=1;CHAP_C=0x%0*d;",
	    bytes * 2, 0);
	dialogue_open(&d);
	dialogue_run(&d, opening);
	dialogue_say(&d, &line);
	dialogue_close(&d);
}

static void
a_challenge_of_1024_bytes(void)
{
	challenge_of(1024, LOGIN_ANSWER, 0, SEC_TO_OP);
}

static void
a_challenge_over_1024_bytes_0200(void)
{
	challenge_of(1025, LOGIN_REFUSED, 0x0200, 0);
}

static void
the_user_is_handed_on(void)
{
	static const struct line lines[] = { TO_RESPONSE,
		{ SEC_TO_FULL, "CHAP_N=0xuser;CHAP_R=" R_HEX_USER ";",
		    LOGIN_COMPLETE, 0, SEC_TO_FULL, "" },
		{ .in = NULL } };
	struct dialogue d;

	dialogue_open(&d);
	dialogue_run(&d, lines);
	CU_ASSERT_STRING_EQUAL(login_result(d.login)->chap_user, "0xuser");
	dialogue_close(&d);
}

/* The portal group's own auth-group stands before discovery. */
static void
at_secure(const struct line *lines)
{
	struct dialogue d;

	dialogue_open(&d);
	d.pg = &offer_secure;
	dialogue_run(&d, lines);
	dialogue_close(&d);
}

static void
discovery_may_need_chap(void)
{
	static const struct line lines[] = {
		{ SEC_TO_OP, DISCOVERY "AuthMethod=CHAP;", LOGIN_ANSWER, 0, SEC,
		    "AuthMethod=CHAP;" },
		OFFER_ALGORITHM("5"),
		{ SEC_TO_FULL, "CHAP_N=vmhost;CHAP_R=" R_MD5 ";",
		    LOGIN_COMPLETE, 0, SEC_TO_FULL, "" },
		{ .in = NULL },
	};

	at_secure(lines);
}

static void
discovery_without_the_chap_it_needs_0201(void)
{
	static const struct line lines[] = {
		{ OP_TO_FULL, DISCOVERY, REFUSED(0x0201) },
		{ .in = NULL },
	};

	at_secure(lines);
}

static bool
no_random(void *out, size_t bytes)
{
	return false;
}

static void
without_random_bytes_0302(void)
{
	static const struct line lines[] = { OFFER_CHAP,
		{ SEC, "CHAP_A=5;", REFUSED(0x0302) } };
	struct dialogue d;
	bool (*random)(void *out, size_t bytes);

	dialogue_open(&d);
	random = d.service->random;
	d.service->random = no_random;
	dialogue_say(&d, &lines[0]);
	dialogue_say(&d, &lines[1]);
	d.service->random = random;
	dialogue_close(&d);
}

static const struct unit_test tests[] = {
	{ "CHAP with MD5", chap_with_md5 },
	{ "CHAP with SHA1", chap_with_sha1 },
	{ "no challenge where there are no random bytes: 0302",
	    without_random_bytes_0302 },
	{ "CHAP with SHA-256", chap_with_sha256 },
	{ "CHAP with SHA3-256", chap_with_sha3_256 },
	{ "CHAP may lead to full feature phase",
	    chap_may_lead_to_full_feature_phase },
	{ "the stage may be left after the proof",
	    the_stage_may_be_left_after_the_proof },
	{ "a response in base64", a_response_in_base64 },
	{ "a name that looks hexadecimal", a_name_that_looks_hexadecimal },
	{ "a name that looks base64", a_name_that_looks_base64 },
	{ "unknown algorithms are skipped", unknown_algorithms_are_skipped },
	{ "firmware offers SHA-256 first", firmware_offers_sha256_first },
	{ "None is chosen where it is enough",
	    none_is_chosen_where_it_is_enough },
	{ "CHAP alone where nobody has a secret: 0201",
	    chap_alone_where_nobody_has_a_secret_0201 },
	{ "CHAP alone where both will do", chap_alone_where_both_will_do },
	{ "CHAP begun must be ended", chap_begun_must_be_ended },
	{ "None where CHAP is needed: 0201", none_where_chap_is_needed_0201 },
	{ "other methods: 0201", other_methods_0201 },
	{ "methods are whole words", methods_are_whole_words },
	{ "the security stage left out: 0201",
	    the_security_stage_left_out_0201 },
	{ "the security stage left at once: 0201",
	    the_security_stage_left_at_once_0201 },
	{ "the security stage left for full feature: 0201",
	    the_security_stage_left_for_full_feature_0201 },
	{ "AuthMethod twice: 0200", auth_method_twice_0200 },
	{ "transition waits for the proof", transition_waits_for_the_proof },
	{ "the next stage waits for the proof",
	    the_next_stage_waits_for_the_proof },
	{ "an algorithm nobody knows: 0201", an_algorithm_nobody_knows_0201 },
	{ "an empty algorithm: 0201", an_empty_algorithm_0201 },
	{ "a wrong secret: 0201", a_wrong_secret_0201 },
	{ "an unknown user: 0201", an_unknown_user_0201 },
	{ "an unknown user has no secret to guess",
	    an_unknown_user_has_no_secret_to_guess },
	{ "the beginning of a name is not the name",
	    the_beginning_of_a_name_is_not_the_name },
	{ "a name and more is not the name", a_name_and_more_is_not_the_name },
	{ "an empty name: 0201", an_empty_name_0201 },
	{ "a response that is too long: 0201",
	    a_response_that_is_too_long_0201 },
	{ "a response that is too short: 0201",
	    a_response_that_is_too_short_0201 },
	{ "an empty response: 0200", an_empty_response_0200 },
	{ "a response that is no number: 0200",
	    a_response_that_is_no_number_0200 },
	{ "a response of another algorithm: 0201",
	    a_response_of_another_algorithm_0201 },
	{ "a response without name: 0207", a_response_without_name_0207 },
	{ "a name without response: 0207", a_name_without_response_0207 },
	{ "an algorithm again: 0200", an_algorithm_again_0200 },
	{ "a response before the challenge: 0200",
	    a_response_before_the_challenge_0200 },
	{ "CHAP keys before AuthMethod: 0200",
	    chap_keys_before_auth_method_0200 },
	{ "CHAP keys together with AuthMethod: 0200",
	    chap_keys_together_with_auth_method_0200 },
	{ "CHAP keys after None: 0200", chap_keys_after_none_0200 },
	{ "mutual with MD5", mutual_with_md5 },
	{ "mutual with SHA1", mutual_with_sha1 },
	{ "mutual with SHA-256", mutual_with_sha256 },
	{ "mutual with SHA3-256", mutual_with_sha3_256 },
	{ "mutual need not be asked for", mutual_need_not_be_asked_for },
	{ "mutual with a user that has none: 0201",
	    mutual_with_a_user_that_has_none_0201 },
	{ "we prove nothing to who proved nothing",
	    we_prove_nothing_to_who_proved_nothing },
	{ "our own challenge is refused: 0201",
	    our_own_challenge_is_refused_0201 },
	{ "an identifier over 255: 0200", an_identifier_over_255_0200 },
	{ "a malformed challenge: 0200", a_malformed_challenge_0200 },
	{ "a challenge without identifier: 0207",
	    a_challenge_without_identifier_0207 },
	{ "an identifier without challenge: 0207",
	    an_identifier_without_challenge_0207 },
	{ "a challenge of 1024 bytes", a_challenge_of_1024_bytes },
	{ "a challenge over 1024 bytes: 0200",
	    a_challenge_over_1024_bytes_0200 },
	{ "the user is handed on", the_user_is_handed_on },
	{ "discovery may need CHAP", discovery_may_need_chap },
	{ "discovery without the CHAP it needs: 0201",
	    discovery_without_the_chap_it_needs_0201 },
	{ NULL, NULL },
};

const struct unit_suite login_auth_suite = { "login auth", tests };
