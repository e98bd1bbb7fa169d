/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_text.c - Text Requests in full feature phase (RFC 7143
 * 11.10, 11.11): in pieces, left open, taken up with a wrong tag; and what each
 * of them is answered.
 *
 * They are immediate: one that is rejected leaves no CmdSN open.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define TEXT_FINAL    0x80
#define TEXT_MORE     0x40
#define PROTOCOL_     0x04 /* reasons of a Reject */
#define INVALID_FIELD 0x09

#define OWN_TARGET                                                             \
	"TargetName=iqn.2026-11.sim:t\0TargetAddress=192.0.2.1:3260,1\0"
#define ROW(ask, answer, reject)                                               \
	{                                                                      \
		ask, answer, sizeof(ask) - 1, sizeof(answer) - 1, reject       \
	}

/* clang-format off */
static const struct text_row {
	const char *ask, *answer;
	size_t ask_bytes, answer_bytes;
	uint8_t reject; /* 0: none */
} text_rows[] = {
	ROW("SendTargets=\0", OWN_TARGET, 0),
	ROW("SendTargets=All\0", OWN_TARGET, 0),
	ROW("SendTargets=iqn.2026-11.sim:t\0", OWN_TARGET, 0),
	ROW("SendTargets=iqn.2026-11.sim:other\0", "", 0),
	ROW("SendTargets=Nothing\0", "", PROTOCOL_),
	ROW("Strange=1\0SendTargets=\0", "Strange=NotUnderstood\0" OWN_TARGET, 0),
	ROW("Strange=1\0", "", PROTOCOL_),
	ROW("SendTargets=\0SendTargets=\0", "", PROTOCOL_),
	ROW("X-sim.strange=1\0", "X-sim.strange=NotUnderstood\0", 0),
	ROW("InitiatorAlias=model\0", "", 0),
	ROW("InitialR2T=Yes\0HeaderDigest=None\0",
	    "InitialR2T=Reject\0HeaderDigest=Reject\0", 0),
	ROW("MaxRecvDataSegmentLength=511\0", "", PROTOCOL_),
};
/* clang-format on */

static void
text_send(
    struct sim_wire *w, uint8_t flags, uint32_t ttt, const char *text, size_t n)
{
	struct client_text *x = &w->client->text;
	uint8_t bhs[48];

	x->asked = true;
	x->goes_on = ttt != NO_TAG;
	x->closes = (flags & TEXT_FINAL) != 0;
	sim_note(w->client->s,
	    "client %u.%u: Text Request flags %02x ttt %08x, %zu bytes",
	    w->client->index, w->index, flags, ttt, n);
	client_header(w, bhs, 0x44, flags, x->itt);
	put_be32(bhs + 20, ttt);
	client_send(w, bhs, (const uint8_t *)text, n);
}

/* The next piece; after the last, what ends an exchange. */
static void
text_send_piece(struct sim_wire *w)
{
	struct choice *choice = &w->client->s->choice;
	struct client_text *x = &w->client->text;
	const char *at = x->row->ask + x->sent;
	size_t left = x->row->ask_bytes - x->sent, n = left;
	bool more = left > 1 && choose_one_in(choice, 4);
	uint8_t flags = choose_one_in(choice, 4) ? 0 : TEXT_FINAL;

	if (more)
		n = 1 + choose(choice, (uint32_t)left - 1);
	if (more)
		flags = TEXT_MORE;
	x->whole = !more && left > 0;
	x->reject = x->whole ? x->row->reject : 0;
	x->sent += n;
	text_send(w, left == 0 ? TEXT_FINAL : flags, x->ttt, at, n);
}

void
text_begin(struct sim_wire *w)
{
	struct sim_client *c = w->client;
	const struct text_row *row =
	    &text_rows[choose(&c->s->choice, ARRAY_LEN(text_rows))];

	if (c->text.asked || c->wild)
		return;
	/* One that was left open is over with this. */
	c->text = (struct client_text){ .row = row,
		.open = true,
		.wire = w->index,
		.began = c->s->steps,
		.itt = ++c->itt,
		.ttt = NO_TAG };
	text_send_piece(w);
}

bool
text_may_be_over(const struct sim *s, uint64_t began)
{
	return s->applying || s->reloaded >= began;
}

static void
text_go_on(struct sim_wire *w)
{
	struct sim_client *c = w->client;
	uint32_t what = c->s->draining ? 0 : choose(&c->s->choice, 8);

	if (w->state != WIRE_FULL || what == 7)
		return;
	if (what < 6) {
		text_send_piece(w);
		return;
	}
	c->text.reject = INVALID_FIELD;
	text_send(w, TEXT_FINAL, c->text.ttt ^ 0x100, "", 0);
}

void
text_answered(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n)
{
	struct sim_client *c = w->client;
	struct client_text *x = &c->text;
	uint32_t ttt = get_be32(bhs + 20);

	if (c->wild || w->noisy)
		return;
	if (!x->asked || x->wire != w->index || get_be32(bhs + 16) != x->itt)
		sim_fail(c->s, "a Text Response nobody asked for");
	if (x->reject != 0)
		sim_fail(
		    c->s, "a Text Response in place of Reject %02x", x->reject);
	if (bhs[1] != (x->closes ? TEXT_FINAL : 0) ||
	    (ttt == NO_TAG) != x->closes)
		sim_fail(c->s, "a Text Response with flags %02x, ttt %08x",
		    bhs[1], ttt);
	if (n != (x->whole ? x->row->answer_bytes : 0) ||
	    memcmp(data, x->row->answer, n) != 0)
		sim_fail(
		    c->s, "another answer to %s: %zu bytes", x->row->ask, n);
	x->asked = false;
	x->open = !x->closes;
	x->ttt = ttt;
	c->s->figures.texts++;
	if (x->open)
		text_go_on(w);
}

bool
text_rejected(struct sim_wire *w, uint8_t reason, const uint8_t *head)
{
	struct sim_client *c = w->client;
	struct client_text *x = &c->text;
	bool over = reason == INVALID_FIELD && x->goes_on &&
		    text_may_be_over(c->s, x->began);

	if ((head[0] & 0x3f) != 0x04 || !x->asked ||
	    get_be32(head + 16) != x->itt)
		return false;
	if (reason != x->reject && !c->s->starved && !over)
		sim_fail(c->s, "Reject %02x of %s", reason, x->row->ask);
	x->asked = x->open = false;
	c->s->figures.texts++;
	return true;
}

void
text_lost(struct sim_wire *w)
{
	if (w->client->text.wire == w->index)
		w->client->text.asked = w->client->text.open = false;
}
