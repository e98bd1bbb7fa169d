/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_snack.c - recovery within a connection (RFC 7143 7.1.4.2,
 * 11.16): from error recovery level 1 on some PDUs of the target are lost on
 * purpose, as if their digest had been wrong.  A SNACK asks for them, and what
 * comes then must be what came before: numbers, flags and bytes.
 *
 * A status waits until the data before it is there, and ExpStatSN acknowledges
 * only what was seen to.
 */
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define LOSE_ONE_IN 16

enum snack_type { SNACK_DATA, SNACK_STATUS, SNACK_DATA_ACK, SNACK_R_DATA };

bool
snack_may(const struct sim_wire *w)
{
	return w->client->erl > 0 && w->state >= WIRE_FULL && !w->client->wild;
}

int
snack_keys(struct sim_client *c, char *out, size_t size)
{
	static const unsigned levels[] = { 0, 0, 1, 2, 2 };
	static const unsigned retain[] = { 0, 3, 20, 20 };
	unsigned level = levels[choose(&c->s->choice, ARRAY_LEN(levels))];
	unsigned wait = choose(&c->s->choice, 3);
	unsigned keep = retain[choose(&c->s->choice, ARRAY_LEN(retain))];

	c->erl = level;
	c->keep_ms = level == 2 && keep > 0 ? (wait + keep) * 1000 : 0;
	return snprintf(out, size,
	    "ErrorRecoveryLevel=%u%cDefaultTime2Wait=%u%c"
	    "DefaultTime2Retain=%u%c",
	    level, 0, wait, 0, keep, 0);
}

void
snack_begin(struct sim_wire *w)
{
	w->heard_stat_sn = w->stat_sn;
	w->owes = w->all_asked = false;
	w->spoilt = w->stray_acks = 0;
	memset(w->records, 0, sizeof(w->records));
}

/* ---- what came before ---- */

static uint64_t
hash_bytes(uint64_t hash, const uint8_t *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

/* StatSN of an R2T, ExpCmdSN and MaxCmdSN are those of now. */
static uint64_t
hash_pdu(const uint8_t *bhs, const uint8_t *data, size_t n)
{
	uint64_t hash = hash_bytes(0xcbf29ce484222325u, bhs, 24);

	hash = hash_bytes(hash, bhs + 36, 12);
	return hash_bytes(hash, data, n);
}

static struct client_record *
record_of(struct sim_wire *w, uint32_t stat_sn)
{
	return &w->records[stat_sn % CLIENT_RECORDS];
}

uint32_t
snack_exp_stat_sn(struct sim_wire *w)
{
	if (!snack_may(w))
		return w->state == WIRE_IDLE && w->client->erl == 2
			   ? w->heard_stat_sn
			   : w->stat_sn;
	while (w->heard_stat_sn != w->stat_sn &&
	       record_of(w, w->heard_stat_sn)->state == RECORD_DONE)
		w->heard_stat_sn++;
	return w->heard_stat_sn;
}

/* Shall this one be lost? */
static bool
snack_loses(struct sim_wire *w)
{
	struct sim_client *c = w->client;

	if (c->s->draining || w->noisy ||
	    !choose_one_in(&c->s->choice, LOSE_ONE_IN))
		return false;
	c->lossy = true;
	c->s->figures.lost++;
	return true;
}

static bool
status_may_be_lost(uint8_t opcode)
{
	return opcode == 0x20 || opcode == 0x21 || opcode == 0x22 ||
	       opcode == 0x32;
}

static bool
status_is_lost(struct sim_wire *w, const uint8_t *bhs, struct client_record *r)
{
	struct sim_client *c = w->client;
	struct client_task *t = client_find(c, get_be32(bhs + 16));

	if (!status_may_be_lost(bhs[0] & 0x3f) || !snack_loses(w))
		return false;
	sim_note(c->s, "client %u.%u: StatSN %u is lost", c->index, w->index,
	    get_be32(bhs + 24));
	r->state = RECORD_LOST;
	if (t != NULL)
		t->late = t->lost = true;
	return true;
}

static bool
status_is_new(struct sim_wire *w, const uint8_t *bhs, uint64_t hash)
{
	struct client_record *r = record_of(w, w->stat_sn);

	*r = (struct client_record){ .hash = hash, .state = RECORD_DONE };
	w->stat_sn++;
	return !status_is_lost(w, bhs, r);
}

/* With an R-Data SNACK between them the two differ. */
static bool
status_was_cut_anew(struct sim_wire *w, const uint8_t *bhs)
{
	const struct client_task *t =
	    client_find(w->client, get_be32(bhs + 16));

	return (bhs[0] & 0x3f) == 0x21 && t != NULL && t->snack_tag != 0 &&
	       get_be32(bhs + 20) == t->snack_tag;
}

static bool
status_is_again(struct sim_wire *w, const uint8_t *bhs, uint64_t hash)
{
	struct sim_client *c = w->client;
	uint32_t stat_sn = get_be32(bhs + 24);
	struct client_record *r = record_of(w, stat_sn);
	bool anew = status_was_cut_anew(w, bhs);

	if (w->stat_sn - stat_sn > CLIENT_RECORDS || r->state == RECORD_NONE)
		sim_fail(c->s, "opcode %02x: StatSN %u, not %u", bhs[0],
		    stat_sn, w->stat_sn);
	if (r->hash != hash && !anew)
		sim_fail(c->s, "StatSN %u comes again as another", stat_sn);
	r->hash = hash;
	if (r->state == RECORD_ASKED || anew) {
		sim_note(c->s, "client %u.%u: StatSN %u comes again", c->index,
		    w->index, stat_sn);
		r->state = RECORD_DONE;
		return !status_is_lost(w, bhs, r);
	}
	if (!w->all_asked)
		sim_fail(c->s, "StatSN %u comes again unasked", stat_sn);
	return false;
}

bool
snack_admits(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n)
{
	uint64_t hash = hash_pdu(bhs, data, n);

	if (get_be32(bhs + 24) == w->stat_sn)
		return status_is_new(w, bhs, hash);
	return status_is_again(w, bhs, hash);
}

/* ---- a status and its data ---- */

static bool
data_is_whole(const struct client_task *t)
{
	unsigned i;

	for (i = 0; i < t->data_sn; i++)
		if (t->data_ins[i].state != RECORD_DONE)
			return false;
	return !t->starts_again;
}

/* What the status says of the PDUs before it. */
static void
check_exp_data_sn(
    struct sim_client *c, const struct client_task *t, const uint8_t *bhs)
{
	uint32_t sent = get_be32(bhs + 36);

	if (client_reads(t) && bhs[3] == 0 && sent != t->data_sn)
		sim_fail(
		    c->s, "ExpDataSN %u after %u Data-Ins", sent, t->data_sn);
}

bool
snack_holds(struct sim_wire *w, struct client_task *t, const uint8_t *bhs,
    const uint8_t *data, size_t n)
{
	bool old_cut = t->snack_tag != 0 && get_be32(bhs + 20) != t->snack_tag;

	if (!snack_may(w))
		return false;
	if (!old_cut && !t->starts_again)
		check_exp_data_sn(w->client, t, bhs);
	if (!old_cut && data_is_whole(t))
		return false;
	t->late = true;
	record_of(w, get_be32(bhs + 24))->state = RECORD_HELD;
	/* The one with the tag of the R-Data SNACK is to come. */
	if (old_cut)
		return true;
	t->held = true;
	t->held_stat_sn = get_be32(bhs + 24);
	memcpy(t->held_bhs, bhs, 48);
	t->held_bytes = n < sizeof(t->held_data) ? n : sizeof(t->held_data);
	memcpy(t->held_data, data, t->held_bytes);
	return true;
}

static void
data_look_at_held(struct sim_wire *w, struct client_task *t)
{
	uint8_t bhs[48], data[64];

	if (!t->held || !data_is_whole(t))
		return;
	t->held = false;
	record_of(w, t->held_stat_sn)->state = RECORD_DONE;
	memcpy(bhs, t->held_bhs, 48);
	memcpy(data, t->held_data, t->held_bytes);
	check_exp_data_sn(w->client, t, bhs);
	client_answer(w, t, bhs, data, t->held_bytes);
}

/* ---- Data-In ---- */

static void
data_take(struct sim_wire *w, struct client_task *t, struct client_record *r,
    const uint8_t *bhs, const uint8_t *data)
{
	if (snack_loses(w)) {
		sim_note(w->client->s, "client %u.%u: itt %u DataSN %u is lost",
		    w->client->index, w->index, t->itt, get_be32(bhs + 36));
		r->state = RECORD_LOST;
		return;
	}
	memcpy(t->data + get_be32(bhs + 40), data, r->bytes);
	r->state = RECORD_DONE;
	data_look_at_held(w, t);
}

static void
data_is_new(struct sim_wire *w, struct client_task *t, const uint8_t *bhs,
    const uint8_t *data, size_t n)
{
	struct client_record *r = &t->data_ins[t->data_sn];
	uint32_t offset = get_be32(bhs + 40);

	if (offset != t->received || offset + n > t->bytes ||
	    n > w->client->keys.recv)
		sim_fail(w->client->s, "Data-In out of place");
	*r = (struct client_record){ .hash = hash_pdu(bhs, data, n),
		.bytes = (uint32_t)n };
	t->data_sn++;
	t->received += (uint32_t)n;
	data_take(w, t, r, bhs, data);
}

static void
data_is_again(struct sim_wire *w, struct client_task *t, const uint8_t *bhs,
    const uint8_t *data, size_t n)
{
	struct client_record *r = &t->data_ins[get_be32(bhs + 36)];

	if (r->hash != hash_pdu(bhs, data, n))
		sim_fail(w->client->s, "DataSN %u comes again as another",
		    get_be32(bhs + 36));
	if (r->state == RECORD_ASKED)
		data_take(w, t, r, bhs, data);
	else
		sim_fail(w->client->s, "DataSN %u comes again unasked",
		    get_be32(bhs + 36));
}

void
snack_data_in(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n)
{
	struct sim_client *c = w->client;
	struct client_task *t = client_find(c, get_be32(bhs + 16));
	uint32_t data_sn = get_be32(bhs + 36);

	if (bhs[1] & 0x41)
		sim_fail(c->s, "a Data-In with S or A");
	if (t == NULL || !client_reads(t) || t->wire != w->index)
		sim_fail(c->s, "Data-In of nothing that reads");
	if (t->starts_again && data_sn == 0) {
		snack_forget(t);
		t->data_sn = t->received = 0;
	}
	if (data_sn > t->data_sn || data_sn >= CLIENT_PDUS)
		sim_fail(c->s, "DataSN %u after %u", data_sn, t->data_sn);
	if (data_sn == t->data_sn)
		data_is_new(w, t, bhs, data, n);
	else
		data_is_again(w, t, bhs, data, n);
}

void
snack_forget(struct client_task *t)
{
	uint32_t i, bytes = 0;

	for (i = 0; i < t->data_sn && t->data_ins[i].state == RECORD_DONE; i++)
		bytes += t->data_ins[i].bytes;
	t->data_sn = i;
	t->received = bytes;
	t->r2t.state = RECORD_NONE;
	t->starts_again = t->held = false;
}

/* ---- R2T ---- */

static void
check_r2t(
    const struct sim_wire *w, const struct client_task *t, const uint8_t *bhs)
{
	uint32_t offset = get_be32(bhs + 40), length = get_be32(bhs + 44);
	uint32_t sn = get_be32(bhs + 36);

	if (w->noisy)
		return;
	if (t->resumed ? sn < t->r2t_sn || offset > t->sent_good
		       : sn != t->r2t_sn || offset != t->sent_good)
		sim_fail(w->client->s, "R2T %u at %u after %u and %u", sn,
		    offset, t->r2t_sn, t->sent_good);
	if (length != min_u64(w->client->keys.max_burst, t->bytes - offset))
		sim_fail(w->client->s, "R2T for %u bytes", length);
}

bool
snack_r2t(struct sim_wire *w, const uint8_t *bhs)
{
	struct client_task *t = client_find(w->client, get_be32(bhs + 16));
	uint64_t hash = hash_pdu(bhs, NULL, 0);

	if (t == NULL || !(t->bhs[1] & 0x20) || t->wire != w->index)
		sim_fail(w->client->s, "R2T for nothing that writes");
	if (t->r2t.state == RECORD_ASKED) {
		if (t->r2t.hash != hash)
			sim_fail(w->client->s, "an R2T comes again as another");
	} else {
		check_r2t(w, t, bhs);
		t->r2t.hash = hash;
		t->r2t_sn = get_be32(bhs + 36) + 1;
		t->sent_good = get_be32(bhs + 40);
		t->resumed = false;
	}
	t->r2t.state = snack_loses(w) ? RECORD_LOST : RECORD_DONE;
	return t->r2t.state == RECORD_DONE;
}

/* ---- asking ---- */

static void
snack_send(struct sim_wire *w, enum snack_type type,
    const struct client_task *t, uint32_t begin, uint32_t run)
{
	uint8_t bhs[48];

	client_header(
	    w, bhs, 0x10, (uint8_t)(0x80 | type), t != NULL ? t->itt : NO_TAG);
	put_be32(bhs + 24, 0);
	bhs[9] = t != NULL ? (uint8_t)t->lun : 0;
	put_be32(bhs + 20, type == SNACK_R_DATA ? t->snack_tag : NO_TAG);
	put_be32(bhs + 40, begin);
	put_be32(bhs + 44, run);
	sim_note(w->client->s, "client %u.%u: SNACK %u itt %u from %u, %u",
	    w->client->index, w->index, type, t != NULL ? t->itt : 0, begin,
	    run);
	client_send(w, bhs, NULL, 0);
}

/* The length of a run of lost ones, which are lost no more. */
static uint32_t
ask_run(struct client_record *first, uint32_t most)
{
	uint32_t n = 0;

	while (n < most && first[n].state == RECORD_LOST)
		first[n++].state = RECORD_ASKED;
	return n;
}

/* Data anew, from the first: allowed when their segments have changed, and
 * harmless when they have not. */
static bool
ask_to_cut_anew(struct sim_wire *w, struct client_task *t)
{
	unsigned i;

	if (w->client->s->draining || t->snack_tag != 0 ||
	    !choose_one_in(&w->client->s->choice, 8))
		return false;
	for (i = 0; i < t->data_sn; i++)
		if (t->data_ins[i].state == RECORD_ASKED)
			return false;
	t->snack_tag = 0x10000 + t->itt;
	t->starts_again = true;
	t->late = true;
	/* Its status, too, if that has gone already or was asked for. */
	w->all_asked = true;
	t->held = false;
	snack_send(w, SNACK_R_DATA, t, 0, 0);
	return true;
}

static bool
ask_for_data(struct sim_wire *w, struct client_task *t)
{
	uint32_t first = 0, run;

	while (first < t->data_sn && t->data_ins[first].state != RECORD_LOST)
		first++;
	if (first == t->data_sn)
		return false;
	if (ask_to_cut_anew(w, t))
		return true;
	run = ask_run(&t->data_ins[first], t->data_sn - first);
	snack_send(w, SNACK_DATA, t, first, run);
	return true;
}

static bool
ask_for_task(struct sim_wire *w, struct client_task *t)
{
	if (t->r2t.state == RECORD_LOST) {
		t->r2t.state = RECORD_ASKED;
		snack_send(w, SNACK_DATA, t, t->r2t_sn - 1, 1);
		return true;
	}
	return !t->starts_again && ask_for_data(w, t);
}

static bool
ask_for_status(struct sim_wire *w)
{
	uint32_t sn = snack_exp_stat_sn(w), run = 0;
	bool all = choose_one_in(&w->client->s->choice, 4);

	while (sn != w->stat_sn && record_of(w, sn)->state != RECORD_LOST)
		sn++;
	if (sn == w->stat_sn)
		return false;
	while (sn + run != w->stat_sn &&
	       record_of(w, sn + run)->state == RECORD_LOST)
		record_of(w, sn + run++)->state = RECORD_ASKED;
	w->all_asked |= all;
	snack_send(w, SNACK_STATUS, NULL, all ? 0 : sn, all ? 0 : run);
	return true;
}

/* What was lost kept an answered ping from acknowledging all. */
static bool
snack_pays(struct sim_wire *w)
{
	uint8_t bhs[48];

	if (!w->owes || snack_exp_stat_sn(w) != w->stat_sn)
		return false;
	w->owes = false;
	client_header(w, bhs, 0x40, 0x80, NO_TAG);
	put_be32(bhs + 20, NO_TAG);
	client_send(w, bhs, NULL, 0);
	return true;
}

static bool
snack_ask_on(struct sim_wire *w)
{
	struct sim_client *c = w->client;
	unsigned i;

	if (!snack_may(w) || w->state != WIRE_FULL)
		return false;
	if (snack_pays(w) || ask_for_status(w))
		return true;
	for (i = 0; i < SIM_TASKS; i++)
		if (c->tasks[i].live && c->tasks[i].wire == w->index &&
		    ask_for_task(w, &c->tasks[i]))
			return true;
	if (c->s->draining || !choose_one_in(&c->s->choice, 32))
		return false;
	/* No Data-In had the A bit. */
	w->stray_acks++;
	snack_send(w, SNACK_DATA_ACK, NULL, 0, 0);
	return true;
}

bool
snack_ask(struct sim_client *c)
{
	bool first = snack_ask_on(&c->wires[0]);

	return snack_ask_on(&c->wires[1]) || first;
}

/* ---- Reject ---- */

/* The command, or its data, was spoilt on its way. */
static bool
rejected_digest(struct sim_wire *w, const uint8_t *head)
{
	struct client_task *t = client_find(w->client, get_be32(head + 16));

	if (w->spoilt == 0)
		return false;
	w->spoilt--;
	if ((head[0] & 0x3f) == 0x01 && t != NULL && t->wire == w->index &&
	    w->state == WIRE_FULL)
		client_resend(w->client, t);
	return true;
}

/* A reload ends what is under way on a LUN that goes. */
static bool
lun_has_changed(const struct sim *s, const struct client_task *t)
{
	return t->lun == LUN_EXTRA &&
	       (s->applying || s->lus[LUN_EXTRA].since >= t->sent);
}

/* What is not there any more was lost with its task. */
static bool
rejected_snack(struct sim_wire *w, const uint8_t *head)
{
	struct sim_client *c = w->client;
	const struct client_task *t = client_find(c, get_be32(head + 16));

	if ((head[1] & 15) == SNACK_DATA_ACK)
		return w->stray_acks > 0 && w->stray_acks-- > 0;
	if (c->s->starved) {
		client_drop(c, "what was lost is not kept");
		return true;
	}
	return (head[1] & 15) != SNACK_STATUS &&
	       (t == NULL || t->may_die || lun_has_changed(c->s, t));
}

bool
snack_rejected(struct sim_wire *w, const uint8_t *bhs, const uint8_t *head)
{
	if (!snack_may(w))
		return false;
	if (bhs[2] == 0x02)
		return rejected_digest(w, head);
	return (head[0] & 0x3f) == 0x10 &&
	       (bhs[2] == 0x03 || bhs[2] == 0x04 || bhs[2] == 0x08) &&
	       rejected_snack(w, head);
}
