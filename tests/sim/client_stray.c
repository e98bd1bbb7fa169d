/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_stray.c - task management that reaches nothing: for tags and
 * LUNs that are not there, under a wrong RefCmdSN, of functions that there are
 * not (RFC 7143 11.5, 11.6).  Each has its response, and harms no task.
 */
#include "common/bytes.h"
#include "tests/sim/client.h"

#define NO_LUN_THERE 9

enum stray_tag { STRAY_NONE, STRAY_UNUSED, STRAY_TASK, STRAY_TEXT };

/* clang-format off */
static const struct stray_row {
	uint8_t function;
	enum stray_tag tag;
	uint8_t response;
} stray_rows[] = {
	{ 1, STRAY_UNUSED, 1 },
	{ 1, STRAY_TASK, 1 },    /* that of another LUN */
	{ 1, STRAY_TEXT, 0 },
	{ 2, STRAY_NONE, 2 },
	{ 3, STRAY_NONE, 5 },
	{ 4, STRAY_NONE, 2 },
	{ 5, STRAY_NONE, 2 },
	{ 8, STRAY_UNUSED, 4 },  /* 1 at error recovery level 2 */
	{ 9, STRAY_UNUSED, 5 },  /* RFC 7144 was not agreed on */
	{ 11, STRAY_NONE, 5 },
	{ 0, STRAY_NONE, 5 },
	{ 127, STRAY_NONE, 5 },
};
/* clang-format on */

static struct client_stray *
stray_find(struct sim_client *c, uint32_t itt)
{
	unsigned i;

	for (i = 0; i < CLIENT_STRAYS; i++)
		if (c->strays[i].itt == itt)
			return &c->strays[i];
	return NULL;
}

/* The tag that it names; NO_TAG: there is none of that kind. */
static uint32_t
stray_tag(struct sim_wire *w, enum stray_tag kind)
{
	struct sim_client *c = w->client;
	const struct client_task *t =
	    &c->tasks[choose(&c->s->choice, SIM_TASKS)];

	if (kind == STRAY_UNUSED)
		return 0x40000000u + c->itt;
	if (kind == STRAY_TASK && t->live && !t->orphan)
		return t->itt;
	if (kind == STRAY_TEXT && c->text.open && !c->text.asked &&
	    c->text.wire == w->index)
		return c->text.itt;
	return NO_TAG;
}

/* Before what has come, or its own: no command that may be lost. */
static uint32_t
stray_ref_cmd_sn(struct sim_wire *w)
{
	if (choose_one_in(&w->client->s->choice, 2))
		return w->client->cmd_sn;
	return w->exp_cmd_sn - 1 - choose(&w->client->s->choice, 256);
}

void
stray_manage(struct sim_wire *w)
{
	struct sim_client *c = w->client;
	const struct stray_row *row =
	    &stray_rows[choose(&c->s->choice, ARRAY_LEN(stray_rows))];
	struct client_stray *s = stray_find(c, 0);
	uint32_t tag = stray_tag(w, row->tag);
	uint8_t bhs[48];

	if (s == NULL || c->wild || (tag == NO_TAG) != (row->tag == STRAY_NONE))
		return;
	*s = (struct client_stray){ ++c->itt, w->index, row->response,
		c->text.began };
	if (row->function == 8 && c->erl == 2)
		s->response = 1;
	if (row->tag == STRAY_TEXT)
		c->text.open = false;
	sim_note(c->s, "client %u.%u: TMF %u for nothing, ref %08x itt %u",
	    c->index, w->index, row->function, tag, s->itt);
	client_header(w, bhs, 0x42, 0x80 | row->function, s->itt);
	bhs[9] = NO_LUN_THERE;
	put_be32(bhs + 20, tag);
	put_be32(bhs + 32, stray_ref_cmd_sn(w));
	client_send(w, bhs, NULL, 0);
}

bool
stray_answered(struct sim_wire *w, const uint8_t *bhs)
{
	struct sim_client *c = w->client;
	struct client_stray *s = stray_find(c, get_be32(bhs + 16));

	if (c->wild || s == NULL)
		return false;
	fence_check(w);
	if (s->response == 0 && text_may_be_over(c->s, s->began))
		s->response = bhs[2] <= 1 ? bhs[2] : 0;
	if (s->wire != w->index || bhs[2] != s->response)
		sim_fail(c->s,
		    "client %u: response %u to a function for "
		    "nothing, not %u",
		    c->index, bhs[2], s->response);
	s->itt = 0;
	c->s->figures.strays++;
	return true;
}

void
stray_lost(struct sim_wire *w)
{
	unsigned i;

	for (i = 0; i < CLIENT_STRAYS; i++)
		if (w->client->strays[i].wire == w->index)
			w->client->strays[i].itt = 0;
}

void
stray_check_end(const struct sim_client *c)
{
	unsigned i;

	for (i = 0; i < CLIENT_STRAYS; i++)
		if (c->strays[i].itt != 0 &&
		    c->wires[c->strays[i].wire].state == WIRE_FULL)
			sim_fail(c->s,
			    "client %u: a function for nothing was never "
			    "answered",
			    c->index);
}
