/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/job.c - until when long work can be cancelled, and its
 * words.
 */
#include <errno.h>
#include <string.h>

#include "server/job.h"
#include "tests/unit/unit.h"

extern const struct unit_suite job_suite;

static void
job_cancelled_first(void)
{
	struct long_job j = { .id = 1 };

	CU_ASSERT_TRUE(job_goes_on(&j, 1, 2));
	CU_ASSERT_TRUE(job_cancel(&j));
	CU_ASSERT_TRUE(job_cancel(&j)); /* once more is no harm */
	CU_ASSERT_TRUE(job_is_cancelled(&j));
	CU_ASSERT_FALSE(job_goes_on(&j, 2, 2));
	CU_ASSERT_FALSE(job_settles(&j));
}

static void
job_settled_first(void)
{
	struct long_job j = { .id = 1 };

	CU_ASSERT_TRUE(job_settles(&j));
	CU_ASSERT_FALSE(job_cancel(&j));
	CU_ASSERT_FALSE(job_is_cancelled(&j));
	CU_ASSERT_TRUE(job_goes_on(&j, 2, 2));
}

/* It has to be UTF-8 to be told. */
static void
job_long_words(void)
{
	struct long_job j = { .id = 1 };
	char path[1024] = "";
	json_t *o;

	while (strlen(path) < sizeof(path) - 2)
		strcat(path, "\xc3\xa9");
	CU_ASSERT_EQUAL(job_refuse(&j, EIO, ".%s: %m", path), -EIO);
	o = json_string(j.why);
	CU_ASSERT_PTR_NOT_NULL(o);
	json_decref(o);
	o = json_pack("{s:s+}", "error", "..", path);
	CU_ASSERT_EQUAL(job_take_change(&j, 422, o), -EINVAL);
	json_decref(j.answer);
	o = json_string(j.why);
	CU_ASSERT_PTR_NOT_NULL(o);
	json_decref(o);
}

static const struct unit_test tests[] = {
	{ "what is cancelled in time does not settle", job_cancelled_first },
	{ "what has settled is not cancelled", job_settled_first },
	{ "words that are cut stay UTF-8", job_long_words },
	{ NULL, NULL },
};

const struct unit_suite job_suite = { "job", tests };
