/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_check.c - what the target may say, and when.
 */
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define LOGIN_FAILURE_    0x0201
#define LOGIN_FORBIDDEN_  0x0202
#define LOGIN_TOO_MANY_   0x0206
#define LOGIN_NO_SESSION_ 0x020a

/* ---- numbering, RFC 7143 4.2.2 ---- */

static void
check_stat_sn(struct sim_wire *w, const uint8_t *bhs, bool counts)
{
	struct sim_client *c = w->client;
	uint32_t stat_sn = get_be32(bhs + 24);

	/* A mutated request may be a SNACK: what was said is said again. */
	if (c->wild && (int32_t)(stat_sn - w->stat_sn) < 0)
		return;
	if (w->stat_sn_known && stat_sn != w->stat_sn)
		sim_fail(c->s, "opcode %02x: StatSN %u, not %u", bhs[0],
		    stat_sn, w->stat_sn);
	w->stat_sn_known = true;
	w->stat_sn = counts ? stat_sn + 1 : stat_sn;
}

static void
check_window(struct sim_wire *w, const uint8_t *bhs)
{
	struct sim_client *c = w->client;
	uint32_t exp = get_be32(bhs + 28), max = get_be32(bhs + 32);

	if (w->state < WIRE_FULL &&
	    (w->joins || (int32_t)(max + 1 - exp) < 0)) {
		w->exp_cmd_sn = exp;
		return;
	}
	if ((int32_t)(exp - w->exp_cmd_sn) < 0 &&
	    (!c->wild || w->state == WIRE_FULL))
		sim_fail(c->s, "ExpCmdSN goes back");
	if (!c->wild && (int32_t)(c->cmd_sn - exp) < 0)
		sim_fail(c->s, "ExpCmdSN is ahead of what was sent");
	if ((int32_t)(max + 1 - exp) < 0)
		sim_fail(c->s, "MaxCmdSN before ExpCmdSN - 1");
	w->exp_cmd_sn = exp;
	if ((int32_t)(max - c->max_cmd_sn) > 0)
		c->max_cmd_sn = max;
}

/* ---- status ---- */

struct client_sense {
	uint8_t key, asc, ascq;
};

static bool
sense_is_protected(const struct client_sense *sense)
{
	return sense->key == 0x07 && sense->asc == 0x27 && sense->ascq == 0x00;
}

/* It is being wiped, or that has failed. */
static bool
sense_is_of_wipe(const struct client_sense *sense)
{
	return sense->key == 0x02 || (sense->key == 0x03 && sense->asc == 0x31);
}

/* Of either format. */
static struct client_sense
sense_decode(const uint8_t *data)
{
	if ((data[2] & 0x7f) >= 0x72)
		return (struct client_sense){ data[3] & 15, data[4], data[5] };
	return (struct client_sense){ data[4] & 15, data[14], data[15] };
}

/* Status and sense that leave the medium as it was.  BUSY may come in the midst
 * of an UNMAP, which does the same when it is tried again. */
static bool
client_untouched(const struct client_task *t, uint8_t status,
    const struct client_sense *sense)
{
	if (status == 0x08 && t->op == OP_UNMAP)
		return false;
	if (status == 0x08 || status == 0x28 || status == 0x18)
		return true;
	if (status == 0x02 &&
	    (sense_is_protected(sense) ||
		(t->op != OP_WIPE && sense_is_of_wipe(sense))))
		return true;
	return status == 0x02 &&
	       (sense->key == 0x06 || sense->key == 0x0e || sense->key == 0x05);
}

static void
check_miscompare(struct sim_client *c, const struct client_task *t)
{
	if (t->op == OP_SHARED)
		shared_miscompared(c, t);
	else if (t->op != OP_CAW ||
		 (t->sure &&
		     (t->lun != LUN_EXTRA || c->s->wipe.changed < t->sent)))
		sim_fail(c->s, "client %u: MISCOMPARE for nothing", c->index);
}

static void
check_sense(struct sim_client *c, struct client_task *t,
    const struct client_sense *sense)
{
	if (sense->key == 0x06)
		ua_received(c, t, sense->asc, sense->ascq);
	if (sense->key == 0x0e)
		check_miscompare(c, t);
	if (sense_is_of_wipe(sense) && t->op != OP_WIPE)
		wipe_check_refusal(c, t, sense->key == 0x03);
	if (sense->key == 0x03 && t->op == OP_WIPE)
		wipe_failed(c, t);
	if (sense_is_protected(sense))
		mode_check_refusal(c, t);
	if (sense->key == 0x05 && !(c->s->starved && sense->asc == 0x55) &&
	    !token_refused(c, t, sense->asc, sense->ascq) &&
	    !(t->op == OP_ASK && sense->asc == 0x24) && t->lun == LUN_DISK)
		sim_fail(c->s,
		    "client %u: ILLEGAL REQUEST %02x/%02x for a good command",
		    c->index, sense->asc, sense->ascq);
	if (sense->key == 0x0b && !t->may_die && !c->s->lawless &&
	    !c->s->starved && t->lun == LUN_DISK)
		sim_fail(c->s,
		    "client %u: ABORTED COMMAND %02x/%02x for "
		    "nothing",
		    c->index, sense->asc, sense->ascq);
}

static void
client_good(struct sim_client *c, struct client_task *t)
{
	ua_passed(c, t);
	mode_check_good(c, t);
	wipe_check_good(c, t);
	if (t->op == OP_READ && !c->wild)
		client_check_read(c, t);
	if (client_writes(t))
		client_written(c, t);
	if (t->op == OP_SYNC)
		client_synced(c, t);
	if (t->op == OP_POPULATE || t->op == OP_TOKEN)
		token_answered(c, t);
	if (t->op == OP_SHARED)
		shared_good(c, t);
	if (t->op == OP_MODE)
		mode_good(c, t);
	if (t->op == OP_WIPE)
		wipe_good(c, t);
	if (t->op == OP_ASK)
		ask_good(c, t);
	c->s->figures.copies += t->op == OP_COPY;
}

static void
client_reserved(struct sim_client *c, struct client_task *t, uint8_t status,
    const struct client_sense *sense)
{
	if (status == 0 || client_untouched(t, status, sense))
		pr_answered(c, t, status);
	else if (status == 0x02 && sense->key == 0x04)
		pr_failed(c);
	else
		pr_lost(c, t);
}

static void
client_status(struct sim_client *c, struct client_task *t, uint8_t status,
    const uint8_t *data, size_t n)
{
	struct client_sense sense = { 0 };

	sim_trace(c->s, status);
	c->s->figures.commands++;
	if (status == 0x02 && n < 2 + 8)
		sim_fail(c->s, "CHECK CONDITION without sense");
	if (status == 0x02)
		sense = sense_decode(data);
	sim_note(c->s, "client %u.%u: itt %u status %02x %x/%02x/%02x",
	    c->index, t->wire, t->itt, status, sense.key, sense.asc,
	    sense.ascq);
	if (sense.key == 0x06)
		fence_raise(&c->wires[t->wire], t->sent);
	if (!c->wild) {
		check_sense(c, t, &sense);
		if (status == 0x02)
			mode_check_sense(c, t, (data[2] & 0x7f) >= 0x72);
		pr_check(c, t,
		    sense.key == 0x0a &&
			    copy_failed(c, t, sense.asc, sense.ascq)
			? 0x18
			: status);
	}
	if (t->op == OP_COPY && !c->wild)
		ask_check_end(c, t, status);
	if (t->op == OP_RESERVE)
		client_reserved(c, t, status, &sense);
	if (status == 0)
		client_good(c, t);
	client_forget(c, t,
	    c->wild || (status != 0 && !client_untouched(t, status, &sense))
		? END_ENDED
		: END_KNOWN);
}

static void
check_wire(const struct sim_wire *w, const struct client_task *t)
{
	if (t->wire != w->index && !w->client->wild)
		sim_fail(w->client->s,
		    "task %u is answered on another connection", t->itt);
}

/* What they expect is what is moved, but for parameter data. */
static void
check_residual(
    struct sim_client *c, const struct client_task *t, const uint8_t *bhs)
{
	uint32_t left = client_reads(t) ? t->bytes - t->received : 0;

	if (c->wild || bhs[3] != 0)
		return;
	if ((bhs[1] & 0x06) != (left > 0 ? 0x02 : 0) ||
	    get_be32(bhs + 44) != left)
		sim_fail(c->s, "client %u: residual %u of op %u, flags %02x",
		    c->index, get_be32(bhs + 44), t->op, bhs[1]);
}

void
client_answer(struct sim_wire *w, struct client_task *t, const uint8_t *bhs,
    const uint8_t *data, size_t n)
{
	w->at_stat_sn = get_be32(bhs + 24);
	fence_check(w);
	check_residual(w->client, t, bhs);
	client_status(w->client, t, bhs[3], data, n);
}

static void
receive_response(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n)
{
	struct sim_client *c = w->client;
	struct client_task *t = client_find(c, get_be32(bhs + 16));

	if (t == NULL && !c->wild)
		sim_fail(c->s, "a response to a task that is not there");
	if (t == NULL)
		return;
	check_wire(w, t);
	if (!snack_holds(w, t, bhs, data, n))
		client_answer(w, t, bhs, data, n);
}

/* ---- data ---- */

static void
receive_data_in(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n)
{
	struct sim_client *c = w->client;
	struct client_task *t = client_find(c, get_be32(bhs + 16));
	uint32_t offset = get_be32(bhs + 40);
	bool dense = t != NULL && client_reads(t) && offset == t->received &&
		     offset + n <= t->bytes;

	if (c->wild && !dense)
		return;
	if (n > c->keys.recv && !c->wild)
		sim_fail(c->s, "Data-In over MaxRecvDataSegmentLength");
	if (!dense || (get_be32(bhs + 36) != t->data_sn++ && !c->wild))
		sim_fail(c->s, "Data-In out of place");
	check_wire(w, t);
	memcpy(t->data + offset, data, n);
	t->received += (uint32_t)n;
	t->burst += (uint32_t)n;
	if (t->burst > c->keys.max_burst && !c->wild)
		sim_fail(c->s, "Data-Ins over MaxBurstLength");
	if (bhs[1] & 0x80)
		t->burst = 0;
	if (bhs[1] & 1) {
		fence_check(w);
		check_residual(c, t, bhs);
		client_status(c, t, bhs[3], NULL, 0);
	}
}

static void
receive_r2t(struct sim_wire *w, const uint8_t *bhs)
{
	struct sim_client *c = w->client;
	struct client_task *t = client_find(c, get_be32(bhs + 16));
	uint32_t offset = get_be32(bhs + 40), length = get_be32(bhs + 44);
	uint32_t ttt = get_be32(bhs + 20);
	bool strict = !c->wild && !w->noisy;

	/* A mutated command may have been another. */
	if (c->wild && (t == NULL || !(t->bhs[1] & 0x20)))
		return;
	if (t == NULL || !(t->bhs[1] & 0x20))
		sim_fail(c->s, "R2T for nothing that writes");
	check_wire(w, t);
	if (ttt == NO_TAG || length == 0 ||
	    (strict &&
		(length > c->keys.max_burst || offset + length > t->bytes ||
		    (!snack_may(w) && get_be32(bhs + 36) != t->r2t_sn++))))
		sim_fail(c->s, "a bad R2T");
	if (offset + length <= t->bytes)
		client_send_data_out(c, t, ttt, offset, length);
}

/* ---- task management ---- */

/* Has the function that was just answered ended this task?  What was answered
 * on another connection may still be on its way. */
static bool
tmf_ended(const struct sim_client *c, const struct client_task *t)
{
	if (!t->live || !t->may_die || t->wire != c->tmf_wire || t->late)
		return false;
	if (c->tmf_ref != NO_TAG)
		return c->tmf_ref == t->itt;
	return (int32_t)(c->tmf_itt - t->order) > 0 &&
	       (c->tmf_function == 6 || t->lun == c->tmf_lun);
}

static void
tmf_attentions(struct sim_client *c, bool complete)
{
	unsigned lun;

	if (complete && !c->wild &&
	    (c->tmf_function == 6 ||
		(c->tmf_function == 5 && c->tmf_lun == LUN_EXTRA)))
		reserve6_reset_ends(c->s, c->tmf_sent);
	if (c->tmf_function == 4)
		ua_end(c->s, c->tmf_lun, &c->tmf_event, (int)c->index, false);
	if (c->tmf_function == 5)
		ua_end(c->s, c->tmf_lun, &c->tmf_event, -1, complete);
	for (lun = 0; c->tmf_function == 6 && lun < SIM_LUNS; lun++)
		ua_end(c->s, lun, &c->tmf_event, -1, complete);
}

static void
tmf_no_task(struct sim_client *c)
{
	struct client_task *t = client_find(c, c->tmf_ref);

	if (t == NULL || t->late)
		return;
	if (!c->tmf_doomed && !c->wild && !c->s->lawless)
		sim_fail(c->s, "task %u was never answered, and is not there",
		    t->itt);
	if (t->op == OP_RESERVE)
		pr_lost(c, t);
	client_forget(c, t, END_LOST);
}

static void
receive_tmf(struct sim_wire *w, const uint8_t *bhs)
{
	struct sim_client *c = w->client;
	struct client_task *t;
	unsigned i;

	if (reassign_answered(w, bhs) || stray_answered(w, bhs))
		return;
	if (!c->tmf_live && !c->wild)
		sim_fail(c->s, "a TMF response nobody asked for");
	if (!c->tmf_live)
		return;
	sim_note(c->s, "client %u: TMF response %u", c->index, bhs[2]);
	c->tmf_live = false;
	fence_check(w);
	if (c->tmf_ref == NO_TAG)
		fence_raise(w, c->tmf_sent);
	/* One that was rejected in time goes on all the same. */
	if (c->tmf_function >= 4 && bhs[2] != 255) {
		c->s->resets--;
		tmf_attentions(c, bhs[2] == 0);
	}
	if (bhs[2] == 1)
		tmf_no_task(c);
	if (bhs[2] != 0)
		return;
	for (i = 0; i < SIM_TASKS; i++) {
		t = &c->tasks[i];
		if (!tmf_ended(c, t))
			continue;
		if (t->op == OP_RESERVE)
			pr_lost(c, t);
		client_forget(c, t, END_ENDED);
	}
}

/* ---- login ---- */

/* May the target refuse this login so? */
static bool
login_may_fail(const struct sim_wire *w, uint16_t status)
{
	const struct sim_client *c = w->client;
	const struct sim *s = c->s;

	if (c->wild)
		return true;
	if (status >> 8 == 3)
		return s->starved;
	if (status == LOGIN_FAILURE_)
		return w->chap == CHAP_PROOF && (w->chap_wrong || s->starved);
	if (status == LOGIN_NO_SESSION_ || status == LOGIN_TOO_MANY_)
		return w->joins;
	return status == LOGIN_FORBIDDEN_ && (c->index & 1) &&
	       (s->banned || s->banned_since >= w->login_sent);
}

static void
login_complete(struct sim_wire *w, uint16_t tsih)
{
	struct sim_client *c = w->client;

	if (w->joins && tsih != c->tsih)
		sim_fail(c->s, "another TSIH in a login that joins");
	if (tsih == 0)
		sim_fail(c->s, "TSIH 0 in a final login response");
	if (w->joins && !c->wild && (c->index & 1) && c->s->ban_known != 0 &&
	    c->s->ban_known < w->keys_sent)
		sim_fail(c->s, "a banned initiator may join a session");
	w->state = WIRE_FULL;
	w->full_since = c->s->steps;
	w->digests = true;
	c->tsih = tsih;
	/* What the old connection lost never took its CmdSN. */
	if (w->reinstates && c->erl < 2)
		c->cmd_sn = w->exp_cmd_sn;
	snack_begin(w);
	c->s->figures.reinstated += w->reinstates;
	c->s->figures.joined += w->joins && !w->reinstates;
	if (!w->joins) {
		ua_session_began(c);
		client_session_ended(c);
		reserve6_session_began(c);
	}
	reassign_logged_in(w);
}

static void
receive_login(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *text, size_t n)
{
	struct sim_client *c = w->client;
	uint16_t status = get_be16(bhs + 36);

	sim_note(c->s, "client %u.%u: login status %04x", c->index, w->index,
	    status);
	if (status != 0 && !login_may_fail(w, status))
		sim_fail(c->s, "login refused: %04x", status);
	if (status != 0) {
		reassign_refused(w);
		return;
	}
	if (client_login_goes_on(w, bhs[1], n))
		return;
	if (w->state == WIRE_LOGIN_SECURITY) {
		if ((c->index & 1) && c->s->banned && !c->wild &&
		    c->s->banned_since < w->login_sent)
			sim_fail(c->s, "a banned initiator may log in");
		if (!chap_goes_on(w, text, n))
			client_send_operational(w);
		return;
	}
	keys_agreed(w, text, n);
	if (bhs[1] & 0x80)
		login_complete(w, get_be16(bhs + 14));
	/* A mutated request did not ask for the transition. */
	else if (!c->wild)
		sim_fail(c->s, "no transition in a login response");
}

/* ---- the rest ---- */

static void
receive_nop_in(struct sim_wire *w, const uint8_t *bhs)
{
	uint8_t out[48] = { 0x40, 0x80 };

	if (get_be32(bhs + 20) == NO_TAG)
		return;
	put_be32(out + 16, NO_TAG);
	put_be32(out + 20, get_be32(bhs + 20));
	put_be32(out + 24, w->client->cmd_sn);
	put_be32(out + 28, snack_exp_stat_sn(w));
	fence_acknowledge(w, snack_exp_stat_sn(w));
	w->owes = snack_exp_stat_sn(w) != w->stat_sn;
	client_send(w, out, NULL, 0);
}

/* Too many immediate commands: those that were aborted count until they are
 * home. */
static bool
client_is_refused(struct sim_client *c, const uint8_t *head)
{
	struct client_task *t = client_find(c, get_be32(head + 16));

	if (t == NULL || !t->at_once || head[0] != 0x41)
		return false;
	if (t->op == OP_RESERVE)
		pr_lost(c, t);
	client_forget(c, t, END_KNOWN);
	return true;
}

static void
receive_reject(struct sim_wire *w, const uint8_t *bhs, const uint8_t *head)
{
	struct sim_client *c = w->client;

	sim_note(c->s, "client %u.%u: Reject %02x", c->index, w->index, bhs[2]);
	if (w->noisy)
		client_drop(c, "a Reject after noise");
	else if (bhs[2] == 0x06 && client_is_refused(c, head))
		return;
	else if (text_rejected(w, bhs[2], head))
		return;
	else if (!c->wild && !snack_rejected(w, bhs, head))
		sim_fail(c->s, "Reject %02x for a lawful PDU", bhs[2]);
}

/* Does this PDU use up a StatSN? */
static bool
client_counts(const uint8_t *bhs)
{
	uint8_t opcode = bhs[0] & 0x3f;

	if (opcode == 0x31)
		return false;
	if (opcode == 0x25)
		return (bhs[1] & 1) != 0;
	if (opcode == 0x20)
		return get_be32(bhs + 16) != NO_TAG;
	return true;
}

void
client_receive(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n)
{
	struct sim_client *c = w->client;
	uint8_t opcode = bhs[0] & 0x3f;

	sim_trace(c->s, bhs[0] ^ get_be32(bhs + 16));
	w->at_stat_sn = get_be32(bhs + 24);
	check_window(w, bhs);
	if (snack_may(w) && client_counts(bhs)) {
		if (!snack_admits(w, bhs, data, n))
			return;
	} else if (opcode != 0x25 || (bhs[1] & 1)) {
		check_stat_sn(w, bhs, client_counts(bhs));
	}
	if (opcode == 0x21)
		receive_response(w, bhs, data, n);
	else if (opcode == 0x25 && snack_may(w))
		snack_data_in(w, bhs, data, n);
	else if (opcode == 0x25)
		receive_data_in(w, bhs, data, n);
	else if (opcode == 0x31 && snack_may(w) && !snack_r2t(w, bhs))
		return;
	else if (opcode == 0x31)
		receive_r2t(w, bhs);
	else if (opcode == 0x22)
		receive_tmf(w, bhs);
	else if (opcode == 0x23)
		receive_login(w, bhs, data, n);
	else if (opcode == 0x20)
		receive_nop_in(w, bhs);
	else if (opcode == 0x3f)
		receive_reject(w, bhs, data);
	else if (opcode == 0x26)
		reassign_logged_out(w, bhs);
	else if (opcode == 0x24)
		text_answered(w, bhs, data, n);
	else if (opcode != 0x32)
		sim_fail(c->s, "opcode %02x from the target", opcode);
}

bool
client_waits(const struct sim_client *c)
{
	return c->tmf_live && c->wires[c->tmf_wire].state == WIRE_FULL;
}

void
client_check_end(const struct sim_client *c)
{
	unsigned i;

	if (c->s->lawless || c->wires[0].noisy || c->wires[1].noisy)
		return;
	/* What was not kept for want of memory does not come again. */
	if (c->s->starved && c->lossy)
		return;
	for (i = 0; i < SIM_TASKS; i++)
		if (c->tasks[i].live && !c->tasks[i].may_die &&
		    c->wires[c->tasks[i].wire].state == WIRE_FULL)
			sim_fail(c->s, "client %u: task %u was never answered",
			    c->index, c->tasks[i].itt);
	if (client_waits(c))
		sim_fail(c->s, "client %u: a TMF was never answered", c->index);
	stray_check_end(c);
	if (c->text.asked && c->wires[c->text.wire].state == WIRE_FULL)
		sim_fail(c->s, "client %u: a Text Request was never answered",
		    c->index);
}
