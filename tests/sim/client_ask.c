/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client_ask.c - RECEIVE COPY RESULTS and RECEIVE COPY STATUS(LID4)
 * for copies that are under way: how far one is, and that what is said of its
 * end is how it ends (SPC-4 6.24; SPC-5 6.26).
 */
#include "common/bytes.h"
#include "iscsi/window.h"
#include "tests/sim/client.h"

#define RECEIVE     0x84
#define STATUS_LID1 0x00 /* service actions */
#define STATUS_LID4 0x05
#define LID1_BYTES  12
#define ASK_BYTES   64
#define LID1_MOST   255

enum { LID1_RUNS, LID1_DONE, LID1_FAILED };

bool
ask_pick(struct sim_client *c, struct client_task *t)
{
	uint32_t first = choose(&c->s->choice, SIM_TASKS), i;
	const struct client_task *copy;

	for (i = 0; !c->wild && i < SIM_TASKS; i++) {
		copy = &c->tasks[(first + i) % SIM_TASKS];
		if (!copy->live || copy->op != OP_COPY ||
		    (!copy->copy.by_token && copy->itt > LID1_MOST))
			continue;
		t->lun = copy->lun;
		t->ask.of = copy->itt;
		t->ask.by_token = copy->copy.by_token;
		t->ask.blocks = copy->blocks;
		return true;
	}
	return false;
}

void
ask_command(struct sim_client *c, struct client_task *t)
{
	uint8_t cdb[16] = { RECEIVE };

	cdb[1] = t->ask.by_token ? STATUS_LID4 : STATUS_LID1;
	if (t->ask.by_token)
		put_be32(cdb + 2, t->ask.of);
	else
		cdb[2] = (uint8_t)t->ask.of;
	put_be32(cdb + 10, ASK_BYTES);
	client_send_scsi(c, t, 0x40, cdb, ASK_BYTES);
}

/* An answer that was lost may come behind those of later commands; immediate
 * ones keep no order. */
static void
ask_check_way(struct sim_client *c, const struct client_task *t,
    struct client_task *copy, uint64_t done)
{
	if (c->many || (t->bhs[0] & PDU_IMMEDIATE) ||
	    (copy->copy.told > 0 &&
		serial_before(t->cmd_sn, copy->copy.told_by)))
		return;
	if (done < copy->copy.told)
		sim_fail(c->s, "client %u: a copy goes back", c->index);
	copy->copy.told = done;
	copy->copy.told_by = t->cmd_sn;
}

/* Done so far, of all; ended: what it said of its end, if it did. */
static void
ask_check(struct sim_client *c, const struct client_task *t, uint64_t done,
    uint64_t all, enum client_said said)
{
	struct client_task *copy = client_find(c, t->ask.of);

	if (done > all || (said == SAID_GOOD && done != all))
		sim_fail(c->s, "client %u: a copy of %llu has done %llu",
		    c->index, (unsigned long long)all,
		    (unsigned long long)done);
	sim_note(c->s, "client %u: copy %u has done %llu of %llu%s", c->index,
	    t->ask.of, (unsigned long long)done, (unsigned long long)all,
	    said == SAID_GOOD  ? ", and is done"
	    : said == SAID_BAD ? ", and has failed"
			       : "");
	c->s->figures.asked++;
	if (copy == NULL || copy->op != OP_COPY)
		return;
	ask_check_way(c, t, copy, done);
	if (said != SAID_NOTHING)
		copy->copy.said = said;
}

static void
ask_lid1(struct sim_client *c, const struct client_task *t)
{
	static const enum client_said saids[] = { [LID1_RUNS] = SAID_NOTHING,
		[LID1_DONE] = SAID_GOOD,
		[LID1_FAILED] = SAID_BAD };

	if (t->received != LID1_BYTES || t->data[4] > LID1_FAILED)
		sim_fail(c->s, "client %u: status %u of a copy in %u bytes",
		    c->index, t->data[4], t->received);
	ask_check(c, t, get_be32(t->data + 8), 512ull * t->ask.blocks,
	    saids[t->data[4]]);
}

static void
ask_lid4(struct sim_client *c, const struct client_task *t)
{
	uint8_t status = t->data[5];

	if (t->received < 32 || t->data[4] != 0x11 ||
	    (status != 0x11 && status != 0x01 && status != 0x02))
		sim_fail(c->s, "client %u: status %02x of command %02x",
		    c->index, status, t->data[4]);
	ask_check(c, t, get_be64(t->data + 16), t->ask.blocks,
	    status == 0x01   ? SAID_GOOD
	    : status == 0x02 ? SAID_BAD
			     : SAID_NOTHING);
}

void
ask_good(struct sim_client *c, const struct client_task *t)
{
	if (t->ask.by_token)
		ask_lid4(c, t);
	else
		ask_lid1(c, t);
}

void
ask_check_end(struct sim_client *c, const struct client_task *t, uint8_t status)
{
	if (t->copy.said != SAID_NOTHING &&
	    (t->copy.said == SAID_GOOD) != (status == 0))
		sim_fail(c->s,
		    "client %u: a copy that was said to have ended %s ends "
		    "with %02x",
		    c->index, t->copy.said == SAID_GOOD ? "well" : "badly",
		    status);
}
