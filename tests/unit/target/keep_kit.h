/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/keep_kit.h - a kit whose LU keeps something on a store that
 * ends its saves when the test says so.
 */
#ifndef TESTS_UNIT_TARGET_KEEP_KIT_H
#define TESTS_UNIT_TARGET_KEEP_KIT_H

#include <stdlib.h>
#include <string.h>

#include "target/lu_store.h"
#include "tests/unit/target/kit.h"

struct keep {
	struct lu_store store;
	bool hold;
	int fail;             /* negative errno for coming saves */
	struct lu_save *held; /* the one that has not ended */
	char *text;           /* what is kept */
	size_t bytes;
	unsigned saves;
	struct kit *k;
	void (*set_store)(struct lu *lu, struct lu_store *store);
	bool (*restore)(struct lu *lu, const char *text, size_t bytes);
};

static inline void
keep_end(struct keep *s, struct lu_save *save)
{
	if (s->fail == 0) {
		free(s->text);
		s->text = malloc(save->bytes + 1);
		memcpy(s->text, save->text, save->bytes);
		s->bytes = save->bytes;
	}
	save->done(save, s->fail);
}

static inline void
keep_save(struct lu_store *store, struct lu_save *save)
{
	struct keep *s = container_of(store, struct keep, store);

	s->saves++;
	CU_ASSERT_PTR_NULL(s->held);
	if (s->hold)
		s->held = save;
	else
		keep_end(s, save);
}

/* End the held one, on its home. */
static inline void
keep_go(struct keep *s)
{
	struct lu_save *save = s->held;

	CU_ASSERT_PTR_NOT_NULL_FATAL(save);
	s->held = NULL;
	kit_enter(s->k, save->home->index);
	keep_end(s, save);
	kit_enter(s->k, 0);
	kit_run_homes(s->k);
}

static inline struct keep *
keep_start_with(void (*set_store)(struct lu *lu, struct lu_store *store),
    bool (*restore)(struct lu *lu, const char *text, size_t bytes))
{
	struct keep *s = calloc(1, sizeof(*s));

	s->store.save = keep_save;
	s->set_store = set_store;
	s->restore = restore;
	s->k = kit_new();
	s->set_store(s->k->lu, &s->store);
	return s;
}

/* Power off and on. */
static inline void
keep_restart(struct keep *s)
{
	kit_free(s->k);
	s->k = kit_new();
	s->set_store(s->k->lu, &s->store);
	CU_ASSERT(s->restore(s->k->lu, s->text, s->bytes));
}

static inline void
keep_free(struct keep *s)
{
	kit_free(s->k);
	free(s->text);
	free(s);
}

#endif
