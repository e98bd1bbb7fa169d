/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_check.c - what the target may say, and when.
 */
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/client.h"

#define NO_TAG 0xffffffffu

/* Block lba as written with tag; tag 0 is a block never written. */
void
client_fill(uint8_t *out, uint8_t tag, uint32_t lba)
{
	unsigned i;

	memset(out, 0, 512);
	for (i = 0; tag != 0 && i < 512; i++)
		out[i] = (uint8_t)(tag * 7 + lba * 13 + i);
}

/* The task is over; unknown: its blocks may be old or new. */
void
client_forget(struct sim_client *c, struct client_task *t, bool unknown)
{
	uint32_t at = t->lba - c->index * SIM_CLIENT_BLOCKS;
	bool writes = t->op == OP_WRITE || t->op == OP_CAW;
	uint32_t i;

	for (i = 0; i < t->blocks; i++) {
		c->busy[at + i]--;
		if (writes && unknown)
			c->unknown[at + i] = true;
	}
	free(t->data);
	t->data = NULL;
	t->live = false;
}

static struct client_task *
client_find(struct sim_client *c, uint32_t itt)
{
	unsigned i;

	for (i = 0; i < SIM_TASKS; i++)
		if (c->tasks[i].live && c->tasks[i].itt == itt)
			return &c->tasks[i];
	return NULL;
}

/* ---- numbering, RFC 7143 4.2.2 ---- */

static void
check_stat_sn(struct sim_client *c, const uint8_t *bhs, bool counts)
{
	uint32_t stat_sn = get_be32(bhs + 24);

	/* A mutated request may be a SNACK: what was said is said again. */
	if (c->s->lawless && (int32_t)(stat_sn - c->stat_sn) < 0)
		return;
	if (c->stat_sn_known && stat_sn != c->stat_sn)
		sim_fail(c->s, "opcode %02x: StatSN %u, not %u", bhs[0],
		    stat_sn, c->stat_sn);
	c->stat_sn_known = true;
	c->stat_sn = counts ? stat_sn + 1 : stat_sn;
}

static void
check_window(struct sim_client *c, const uint8_t *bhs)
{
	uint32_t exp = get_be32(bhs + 28), max = get_be32(bhs + 32);

	if (c->state < CLIENT_FULL && (int32_t)(max + 1 - exp) < 0)
		return;
	if ((int32_t)(exp - c->exp_cmd_sn) < 0 &&
	    (!c->s->lawless || c->state == CLIENT_FULL))
		sim_fail(c->s, "ExpCmdSN goes back");
	if (!c->s->lawless && (int32_t)(c->cmd_sn - exp) < 0)
		sim_fail(c->s, "ExpCmdSN is ahead of what was sent");
	c->exp_cmd_sn = exp;
	if ((int32_t)(max - c->max_cmd_sn) > 0)
		c->max_cmd_sn = max;
}

/* ---- data ---- */

static void
check_read(struct sim_client *c, struct client_task *t)
{
	uint32_t at = t->lba - c->index * SIM_CLIENT_BLOCKS;
	uint8_t want[512];
	uint32_t i;

	if (t->received != t->blocks * 512)
		sim_fail(c->s, "GOOD with %u bytes of %u", t->received,
		    t->blocks * 512);
	for (i = 0; i < t->blocks; i++) {
		if (c->unknown[at + i])
			continue;
		client_fill(want, c->tags[at + i], t->lba + i);
		if (memcmp(want, t->data + 512 * i, 512) != 0)
			sim_fail(c->s, "client %u: block %u is not tag %u",
			    c->index, t->lba + i, c->tags[at + i]);
		c->s->bytes_verified += 512;
	}
}

static void
client_written(struct sim_client *c, const struct client_task *t)
{
	uint32_t at = t->lba - c->index * SIM_CLIENT_BLOCKS;
	uint32_t i;

	for (i = 0; i < t->blocks; i++) {
		c->tags[at + i] = t->tag;
		c->unknown[at + i] = false;
	}
}

/* Status and sense that leave the medium as it was. */
static bool
client_untouched(uint8_t status, const uint8_t *sense, size_t n)
{
	if (status == 0x08 || status == 0x28)
		return true;
	return status == 0x02 && n >= 14 &&
	       ((sense[2] & 15) == 0x06 || (sense[2] & 15) == 0x0e);
}

static void
client_status(struct sim_client *c, struct client_task *t, uint8_t status,
    const uint8_t *data, size_t n)
{
	bool lawless = c->s->lawless;

	c->s->commands_answered++;
	if (status != 0) {
		client_forget(c, t,
		    lawless || n < 2 ||
			!client_untouched(status, data + 2, n - 2));
		return;
	}
	if (t->op == OP_READ && !lawless)
		check_read(c, t);
	if (t->op == OP_WRITE || t->op == OP_CAW)
		client_written(c, t);
	client_forget(c, t, lawless);
}

static void
receive_response(
    struct sim_client *c, const uint8_t *bhs, const uint8_t *data, size_t n)
{
	struct client_task *t = client_find(c, get_be32(bhs + 16));

	if (t == NULL && !c->s->lawless)
		sim_fail(c->s, "a response to a task that is not there");
	if (t != NULL)
		client_status(c, t, bhs[3], data, n);
}

static void
receive_data_in(
    struct sim_client *c, const uint8_t *bhs, const uint8_t *data, size_t n)
{
	struct client_task *t = client_find(c, get_be32(bhs + 16));
	uint32_t offset = get_be32(bhs + 40);

	bool dense = t != NULL && t->op == OP_READ && offset == t->received &&
		     offset + n <= t->blocks * 512;

	if (c->s->lawless && !dense)
		return;
	if (n > CLIENT_RECV && !c->s->lawless)
		sim_fail(c->s, "Data-In over MaxRecvDataSegmentLength");
	if (!dense || get_be32(bhs + 36) != t->data_sn++)
		sim_fail(c->s, "Data-In out of place");
	memcpy(t->data + offset, data, n);
	t->received += (uint32_t)n;
	if (bhs[1] & 1)
		client_status(c, t, bhs[3], NULL, 0);
}

static void
receive_r2t(struct sim_client *c, const uint8_t *bhs)
{
	struct client_task *t = client_find(c, get_be32(bhs + 16));
	uint32_t offset = get_be32(bhs + 40), length = get_be32(bhs + 44);
	uint32_t ttt = get_be32(bhs + 20);

	if (c->s->lawless && t == NULL)
		return;
	if (t == NULL || t->op != OP_WRITE)
		sim_fail(c->s, "R2T for nothing that writes");
	if (ttt == NO_TAG || length == 0 ||
	    (!c->s->lawless &&
		(length > CLIENT_BURST || offset + length > t->blocks * 512 ||
		    get_be32(bhs + 36) != t->r2t_sn++)))
		sim_fail(c->s, "a bad R2T");
	if (offset + length <= t->blocks * 512)
		client_send_data_out(c, t, ttt, offset, length);
}

/* Has the function that was just answered ended this task? */
static bool
tmf_ended(const struct sim_client *c, const struct client_task *t)
{
	if (!t->live || !t->may_die)
		return false;
	if (c->tmf_ref == NO_TAG)
		return (int32_t)(c->tmf_itt - t->itt) > 0;
	return c->tmf_ref == t->itt;
}

static void
receive_tmf(struct sim_client *c, const uint8_t *bhs)
{
	unsigned i;

	if (!c->tmf_live && !c->s->lawless)
		sim_fail(c->s, "a TMF response nobody asked for");
	/* One that was rejected in time goes on all the same. */
	if (c->tmf_live && c->tmf_ref == NO_TAG && bhs[2] == 0)
		c->s->resets--;
	c->tmf_live = false;
	if (bhs[2] != 0)
		return;
	for (i = 0; i < SIM_TASKS; i++)
		if (tmf_ended(c, &c->tasks[i]))
			client_forget(c, &c->tasks[i], true);
}

static void
receive_login(struct sim_client *c, const uint8_t *bhs)
{
	uint16_t status = get_be16(bhs + 36);

	if (status == 0x020a && c->reinstates) {
		c->tsih = 0;
		return;
	}
	if (status != 0 && !c->s->lawless && status >> 8 != 3)
		sim_fail(c->s, "login refused: %04x", status);
	if (status != 0)
		return;
	if (c->state == CLIENT_LOGIN_SECURITY) {
		client_send_operational(c);
		return;
	}
	if (!(bhs[1] & 0x80)) {
		/* A mutated request did not ask for the transition. */
		if (!c->s->lawless)
			sim_fail(c->s, "no transition in a login response");
		return;
	}
	if (c->reinstates && get_be16(bhs + 14) != c->tsih)
		sim_fail(c->s, "another TSIH in a reinstating login");
	/* What the old connection lost never took its CmdSN. */
	if (c->reinstates)
		c->cmd_sn = c->exp_cmd_sn;
	c->s->reinstated += c->reinstates;
	c->tsih = get_be16(bhs + 14);
	if (c->tsih == 0)
		sim_fail(c->s, "TSIH 0 in a final login response");
	c->state = CLIENT_FULL;
}

static void
receive_nop_in(struct sim_client *c, const uint8_t *bhs)
{
	uint8_t out[48] = { 0x40, 0x80 };

	if (get_be32(bhs + 20) == NO_TAG)
		return;
	put_be32(out + 16, NO_TAG);
	put_be32(out + 20, get_be32(bhs + 20));
	put_be32(out + 24, c->cmd_sn);
	put_be32(out + 28, c->stat_sn);
	client_send(c, out, NULL, 0);
}

static void
receive_reject(struct sim_client *c, const uint8_t *bhs)
{
	if (!c->s->lawless)
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
    struct sim_client *c, const uint8_t *bhs, const uint8_t *data, size_t n)
{
	uint8_t opcode = bhs[0] & 0x3f;

	sim_trace(c->s, bhs[0] ^ get_be32(bhs + 16));
	if (opcode != 0x25 || (bhs[1] & 1))
		check_stat_sn(c, bhs, client_counts(bhs));
	check_window(c, bhs);
	if (opcode == 0x21)
		receive_response(c, bhs, data, n);
	else if (opcode == 0x25)
		receive_data_in(c, bhs, data, n);
	else if (opcode == 0x31)
		receive_r2t(c, bhs);
	else if (opcode == 0x22)
		receive_tmf(c, bhs);
	else if (opcode == 0x23)
		receive_login(c, bhs);
	else if (opcode == 0x20)
		receive_nop_in(c, bhs);
	else if (opcode == 0x3f)
		receive_reject(c, bhs);
	else if (opcode != 0x26 && opcode != 0x24 && opcode != 0x32)
		sim_fail(c->s, "opcode %02x from the target", opcode);
}

void
client_check_end(const struct sim_client *c)
{
	unsigned i;

	if (c->s->lawless || c->state != CLIENT_FULL)
		return;
	for (i = 0; i < SIM_TASKS; i++)
		if (c->tasks[i].live && !c->tasks[i].may_die)
			sim_fail(c->s, "client %u: task %u was never answered",
			    c->index, c->tasks[i].itt);
	if (c->tmf_live)
		sim_fail(c->s, "client %u: a TMF was never answered", c->index);
}
