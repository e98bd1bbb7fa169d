/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/window.c - the command window.
 */
#include "iscsi/window.h"

#include <assert.h>

void
window_init(struct cmd_window *w, uint32_t cmd_sn, uint32_t limit)
{
	assert(limit >= 1 && limit < 0x7fffffffu);
	w->exp_cmd_sn = cmd_sn;
	w->max_cmd_sn = w->told = cmd_sn + limit - 1;
	w->outstanding = 0;
	w->limit = limit;
}

enum window_place
window_place(const struct cmd_window *w, uint32_t cmd_sn)
{
	uint32_t ahead = cmd_sn - w->exp_cmd_sn;
	uint32_t room = w->max_cmd_sn + 1 - w->exp_cmd_sn;

	if (ahead >= room)
		return WINDOW_OUTSIDE;
	return ahead == 0 ? WINDOW_NEXT : WINDOW_AHEAD;
}

void
window_take(struct cmd_window *w)
{
	assert(w->exp_cmd_sn != w->max_cmd_sn + 1);
	w->exp_cmd_sn++;
	w->outstanding++;
}

void
window_release(struct cmd_window *w)
{
	assert(w->outstanding > 0);
	w->outstanding--;
	w->max_cmd_sn++;
}

void
window_give_back(struct cmd_window *w)
{
	assert(w->outstanding > 0);
	w->outstanding--;
	w->exp_cmd_sn--;
}
