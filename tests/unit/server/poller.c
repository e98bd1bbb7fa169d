/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/poller.c - whether it pays to look before sleeping.
 */
#include "server/poller.h"
#include "tests/unit/unit.h"

extern const struct unit_suite poller_suite;

static unsigned
count_looks(struct poller *p, unsigned sleeps, bool found)
{
	unsigned looks = 0;

	while (sleeps-- > 0) {
		if (!poller_wants(p))
			continue;
		looks++;
		poller_looked(p, found);
	}
	return looks;
}

static void
without_time_it_never_looks(void)
{
	struct poller p = { .most_us = 0 };

	CU_ASSERT_EQUAL(count_looks(&p, 100, true), 0);
}

static void
what_pays_goes_on(void)
{
	struct poller p = { .most_us = 50 };

	CU_ASSERT_EQUAL(count_looks(&p, 100, true), 100);
}

static void
in_vain_becomes_rare(void)
{
	struct poller p = { .most_us = 50 };

	count_looks(&p, 1000, false);
	CU_ASSERT_TRUE(count_looks(&p, 12800, false) <= 100);
}

static void
one_success_ends_the_penalty(void)
{
	struct poller p = { .most_us = 50 };

	count_looks(&p, 1000, false);
	while (!poller_wants(&p))
		;
	poller_looked(&p, true);
	CU_ASSERT_TRUE(poller_wants(&p));
}

static const struct unit_test tests[] = {
	{ "without time it never looks", without_time_it_never_looks },
	{ "what pays goes on", what_pays_goes_on },
	{ "looking in vain becomes rare", in_vain_becomes_rare },
	{ "one success ends the penalty", one_success_ends_the_penalty },
	{ NULL, NULL },
};

const struct unit_suite poller_suite = { "poller", tests };
