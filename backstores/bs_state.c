/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/bs_state.c - a store says whether it can serve.
 */
#include "backstores/stores.h"
#include "common/log.h"

void
bs_set_state(struct backstore *bs, enum bs_state state, const char *why)
{
	static const char *const words[] = {
		[BS_SERVES] = "store serves again",
		[BS_RETURNS] = "store does not serve, for now",
		[BS_LOST] = "store is lost until it is opened again",
	};
	int before = atomic_load(&bs->state);

	do {
		if (before == (int)state || before == BS_LOST)
			return;
	} while (!atomic_compare_exchange_weak(&bs->state, &before, state));
	log_line(state == BS_SERVES ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR,
	    "%s store=%s reason=\"%s\"", words[state], bs->name, why);
}
