/* SPDX-License-Identifier: BSD-2-Clause */
#include "iscsi/name.h"

#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/iscsi/offer.h"

static bool
is_name(const char *name)
{
	char out[ISCSI_NAME_MAX + 1];

	return iscsi_name_normalize(out, name);
}

static void
the_three_forms_are_names(void)
{
	CU_ASSERT_TRUE(is_name("iqn.2001-04.com.example"));
	CU_ASSERT_TRUE(is_name("iqn.2001-04.com.example:disk.1-a:b"));
	CU_ASSERT_TRUE(is_name("eui.02004567a425678d"));
	CU_ASSERT_TRUE(is_name("naa.52004567ba64678d"));
	CU_ASSERT_TRUE(is_name("naa.62004567ba64678d0123456789abcdef"));
}

static void
other_forms_are_not(void)
{
	CU_ASSERT_FALSE(is_name(""));
	CU_ASSERT_FALSE(is_name("All"));
	CU_ASSERT_FALSE(is_name("iqn."));
	CU_ASSERT_FALSE(is_name("iqn.2001-04"));
	CU_ASSERT_FALSE(is_name("iqn.2001-04."));
	CU_ASSERT_FALSE(is_name("iqn.2001-4.com.example"));
	CU_ASSERT_FALSE(is_name("iqn.com.example"));
	CU_ASSERT_FALSE(is_name("eui.02004567a425678"));
	CU_ASSERT_FALSE(is_name("eui.02004567a425678g"));
	CU_ASSERT_FALSE(is_name("naa.52004567ba64678d0"));
}

static void
letters_become_lower_case(void)
{
	char out[ISCSI_NAME_MAX + 1];

	CU_ASSERT_TRUE(iscsi_name_normalize(out, "IQN.2001-04.Com.Example:X"));
	CU_ASSERT_STRING_EQUAL(out, "iqn.2001-04.com.example:x");
	CU_ASSERT_TRUE(iscsi_name_normalize(out, "eui.02004567A425678D"));
	CU_ASSERT_STRING_EQUAL(out, "eui.02004567a425678d");
}

static void
prohibited_characters_are_refused(void)
{
	static const char bad[] = " !\"#$%&'()*+,/;<=>?@[\\]^`{|}~\t\n\x7f\x01";
	char name[] = "iqn.2001-04.com.example:?";
	size_t i;

	for (i = 0; i < sizeof(bad) - 1; i++) {
		name[sizeof(name) - 2] = bad[i];
		CU_ASSERT_FALSE(is_name(name));
	}
	name[sizeof(name) - 2] = '_';
	CU_ASSERT_TRUE(is_name(name));
}

static void
only_whole_utf8_sequences_pass(void)
{
	CU_ASSERT_TRUE(is_name("iqn.2001-04.com.example:\xc3\xa9"));
	CU_ASSERT_TRUE(is_name("iqn.2001-04.com.example:\xf0\x9f\x98\x80"));
	CU_ASSERT_FALSE(is_name("iqn.2001-04.com.example:\xc3"));
	CU_ASSERT_FALSE(is_name("iqn.2001-04.com.example:\xa9"));
	CU_ASSERT_FALSE(is_name("iqn.2001-04.com.example:\xff"));
}

static void
names_end_at_223_bytes(void)
{
	char name[300];

	memset(name, 'x', sizeof(name));
	memcpy(name, "iqn.2001-04.", 12);
	name[223] = '\0';
	CU_ASSERT_TRUE(is_name(name));
	name[223] = 'x';
	name[224] = '\0';
	CU_ASSERT_FALSE(is_name(name));
}

static const struct unit_test tests[] = {
	{ "the three forms are names", the_three_forms_are_names },
	{ "other forms are not", other_forms_are_not },
	{ "letters become lower case", letters_become_lower_case },
	{ "prohibited characters are refused",
	    prohibited_characters_are_refused },
	{ "only whole UTF-8 sequences pass", only_whole_utf8_sequences_pass },
	{ "names end at 223 bytes", names_end_at_223_bytes },
	{ NULL, NULL },
};

const struct unit_suite name_suite = { "name", tests };
