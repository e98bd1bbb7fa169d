/* SPDX-License-Identifier: BSD-2-Clause */
#include "iscsi/chap.h"

#include <string.h>

#include "iscsi/text.h"
#include "tests/unit/unit.h"
#include "tests/unit/iscsi/offer.h"

/* H(01, "abcdefghijkl", a0 a1 .. af), by Python's hashlib. */
static void
known_answer(enum chap_algorithm algorithm, const char *expected)
{
	uint8_t challenge[16], out[CHAP_DIGEST_MAX], want[CHAP_DIGEST_MAX];
	int bytes = text_binary(expected, want, sizeof(want));
	size_t i;

	for (i = 0; i < sizeof(challenge); i++)
		challenge[i] = (uint8_t)(0xa0 + i);
	CU_ASSERT_EQUAL((int)chap_digest_bytes(algorithm), bytes);
	CU_ASSERT_TRUE(chap_response(
	    algorithm, 1, "abcdefghijkl", challenge, sizeof(challenge), out));
	CU_ASSERT_EQUAL(memcmp(out, want, (size_t)bytes), 0);
}

static void
md5_known_answer(void)
{
	known_answer(CHAP_MD5, "0x3dcba93d10d3233d73b86c89021c1192");
}

static void
sha1_known_answer(void)
{
	known_answer(CHAP_SHA1, "0x888c480adbb85a4ee24ec520300d7f812cf4f939");
}

static void
sha256_known_answer(void)
{
	known_answer(CHAP_SHA256, "0xdb58b317d804aa5193ecff467e871863"
				  "2702c1f79ffde108694608bd7889bd4e");
}

static void
sha3_256_known_answer(void)
{
	known_answer(CHAP_SHA3_256, "0x5002a1344660c8fac4cbf679353bece9"
				    "a8ea320ac1725c26c0e0d2379cddf136");
}

static void
the_first_known_algorithm_is_chosen(void)
{
	CU_ASSERT_EQUAL(chap_choose("5,6,7,8"), CHAP_MD5);
	CU_ASSERT_EQUAL(chap_choose("7,5"), CHAP_SHA256);
	CU_ASSERT_EQUAL(chap_choose("99,x,,8"), CHAP_SHA3_256);
	CU_ASSERT_EQUAL(chap_choose("6"), CHAP_SHA1);
}

/* A1, A2... are numbers, of either form of 6.1. */
static void
algorithms_may_be_hexadecimal(void)
{
	CU_ASSERT_EQUAL(chap_choose("0x63,0x7"), CHAP_SHA256);
	CU_ASSERT_EQUAL(chap_choose("0X05,7"), CHAP_MD5);
	CU_ASSERT_EQUAL(chap_choose("0x,05,0x100000005"), CHAP_NONE);
	CU_ASSERT_EQUAL(
	    chap_choose("0x000000000000000000005,8"), CHAP_SHA3_256);
}

static void
what_is_no_list_of_ours_chooses_none(void)
{
	CU_ASSERT_EQUAL(chap_choose("56"), CHAP_NONE);
	CU_ASSERT_EQUAL(chap_choose(""), CHAP_NONE);
	CU_ASSERT_EQUAL(chap_choose("4,9"), CHAP_NONE);
	CU_ASSERT_EQUAL(chap_choose("5 "), CHAP_NONE);
}

static const struct unit_test tests[] = {
	{ "MD5 known answer", md5_known_answer },
	{ "SHA1 known answer", sha1_known_answer },
	{ "SHA-256 known answer", sha256_known_answer },
	{ "SHA3-256 known answer", sha3_256_known_answer },
	{ "the first known algorithm is chosen",
	    the_first_known_algorithm_is_chosen },
	{ "algorithms may be hexadecimal", algorithms_may_be_hexadecimal },
	{ "what is no list of ours chooses none",
	    what_is_no_list_of_ours_chooses_none },
	{ NULL, NULL },
};

const struct unit_suite chap_suite = { "chap", tests };
