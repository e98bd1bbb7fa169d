/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/task.c - one SCSI command, from its CDB to its outcome.
 */
#include "target/task.h"

#include <assert.h>
#include <string.h>

#include "target/cmd.h"
#include "target/lu.h"
#include "target/medium.h"
#include "target/nexus.h"
#include "target/pr.h"
#include "target/sharing.h"
#include "target/task_io.h"
#include "target/task_set.h"
#include "target/tmf.h"

#define INVALID_MESSAGE_ERROR CHECK(SENSE_ILLEGAL_REQUEST, 0x49, 0x00)

void
task_init(struct task *t)
{
	memset(t, 0, offsetof(struct task, data));
	t->data.iovcnt = 0;
	t->data.bytes = 0;
	t->scratch.iovcnt = 0;
	t->scratch.bytes = 0;
}

/* ---- what may refuse a command ---- */

static struct outcome
task_find_cmd(struct task *t)
{
	bool no_such_action;

	t->nl = nexus_find_lu(t->nexus, t->lun);
	t->cmd =
	    cmd_find(t->nl != NULL ? t->nl->lu : NULL, t->cdb, &no_such_action);
	if (t->nl == NULL && (t->cmd == NULL || !(t->cmd->flags & CMD_NO_LU)))
		return LUN_NOT_SUPPORTED;
	if (t->cmd != NULL)
		return GOOD;
	return no_such_action ? invalid_field_in_cdb(1, 4) : INVALID_OPCODE;
}

/* Bits of byte i that may be set. */
static uint8_t
task_usage_mask(const struct cmd *cmd, unsigned i)
{
	uint8_t mask = cmd->usage[i];

	/* The usage data hold the service action itself there. */
	if (i == 1 && cmd->service_action != CMD_NO_SERVICE_ACTION)
		mask |= 0x1f;
	return mask;
}

/* Eight bytes at once; service actions and what follows a short CDB may make
 * it false for a CDB that is fine. */
static bool
task_usage_is_plain(const struct task *t)
{
	uint64_t cdb[2], usage[2];

	memcpy(cdb, t->cdb, sizeof(cdb));
	memcpy(usage, t->cmd->usage, sizeof(usage));
	return ((cdb[0] & ~usage[0]) | (cdb[1] & ~usage[1])) == 0;
}

/*
 * The CONTROL byte is the last of the mask: no row has a bit set there, so NACA
 * (SAM-5 5.2) is refused as is everything else.
 */
static struct outcome
task_check_usage(const struct task *t)
{
	unsigned wrong, i;

	if (task_usage_is_plain(t))
		return GOOD;
	for (i = 1; i < t->cmd->cdb_length; i++) {
		wrong = t->cdb[i] & (uint8_t)~task_usage_mask(t->cmd, i);
		if (wrong != 0)
			return invalid_field_in_cdb(
			    i, sense_highest_bit(wrong));
	}
	return GOOD;
}

static struct outcome
task_check_reservation(const struct nexus_lu *nl, unsigned flags)
{
	uint32_t access = atomic_load(&nl->access);
	unsigned needs = 0;

	if (flags & CMD_PASSES_RESERVATION)
		return GOOD;
	if (flags & (CMD_READS_MEDIUM | CMD_READS_STATE))
		needs |= ACCESS_READ;
	if (flags & (CMD_WRITES_MEDIUM | CMD_CHANGES_STATE))
		needs |= ACCESS_WRITE;
	if (needs == 0)
		needs = ACCESS_OTHER;
	return (access & needs) == needs ? GOOD : pr_refusal(nl->lu);
}

static struct outcome
task_check_protection(struct nexus_lu *nl, unsigned flags)
{
	/* What protects all of the unit does not: SWP has to go off again. */
	if ((flags & CMD_SETS_UNIT) && nl->read_only)
		return WRITE_PROTECTED;
	if (!(flags & CMD_WRITES_MEDIUM))
		return GOOD;
	if (nl->read_only || lu_is_write_protected(nl->lu))
		return WRITE_PROTECTED;
	return sharing_check(nl);
}

struct outcome
task_check_access(struct nexus_lu *nl, unsigned flags)
{
	struct outcome o = task_check_reservation(nl, flags);

	return outcome_good(o) ? task_check_protection(nl, flags) : o;
}

/* At a port that does not do all: may it do this? */
static struct outcome
task_check_port(const struct task *t)
{
	struct outcome o = nexus_lu_port_condition(t->nl);
	unsigned flag = o.ascq == 0x0b ? CMD_IN_STANDBY : CMD_WHEN_UNAVAILABLE;

	return outcome_good(o) || (t->cmd->flags & flag) != 0 ? GOOD : o;
}

/* One of these unit attentions, if any is pending. */
static struct outcome
task_check_attention(struct task *t, uint32_t which)
{
	if ((t->cmd->flags & CMD_PASSES_ATTENTION) ||
	    (atomic_load(&t->nl->attentions) & which) == 0)
		return GOOD;
	return nexus_lu_take_attention(t->nl);
}

static struct outcome
task_condition(const struct task *t)
{
	struct outcome o = GOOD;

	if (t->nl != NULL && !(t->cmd->flags & CMD_PASSES_ATTENTION))
		o = task_check_port(t);
	return outcome_good(o) ? medium_check(t) : o;
}

/* What cannot be done now is not looked at further; but a unit attention, which
 * may say why, comes first. */
static struct outcome
task_check_condition(struct task *t)
{
	struct outcome o = task_condition(t), attention;

	if (outcome_good(o))
		return GOOD;
	attention = task_check_attention(t, UA_ALL);
	return outcome_good(attention) ? o : attention;
}

/* In the order of SAM-5 5.3.3: what a reset has left comes before RESERVATION
 * CONFLICT, which comes before all else. */
static struct outcome
task_check_lu(struct task *t)
{
	struct outcome o = task_check_attention(t, UA_OF_RESETS);

	if (outcome_good(o))
		o = task_check_reservation(t->nl, t->cmd->flags);
	if (outcome_good(o))
		o = task_check_usage(t);
	if (outcome_good(o))
		o = task_check_attention(t, UA_ALL);
	if (outcome_good(o))
		o = task_check_protection(t->nl, t->cmd->flags);
	return o;
}

/* SAM-5 5.3.1: TASK SET FULL only while the nexus has another task there. */
static struct outcome
task_no_buffers(const struct task *t)
{
	const struct task *other;

	if (t->nl != NULL)
		TAILQ_FOREACH (other, &t->nl->tasks, link)
			if (other->state != TASK_ENDED)
				return TASK_SET_FULL;
	return BUSY;
}

/*
 * With n greedy nexuses each ends up with about 1/(n + 1) of the pool, and as
 * much is left for whoever comes next.  Whoever is alone is not held to it.
 */
static bool
task_share_allows(const struct task *t)
{
	const struct buf_pool *pool = t->nexus->home->pool;
	size_t in_use = buf_pool_in_use(pool);
	size_t wanted = in_use + t->buffer_bytes;

	if (in_use == 0)
		return true;
	return wanted <= buf_pool_budget(pool) &&
	       t->nexus->lent_bytes + t->buffer_bytes <=
		   buf_pool_budget(pool) - wanted;
}

static struct outcome
task_take_buffers(struct task *t)
{
	assert(t->buffer_bytes >= t->data_out_wanted);
	if (t->buffer_bytes == 0)
		return GOOD;
	if (t->buffer_bytes > TASK_BUFFER_MAX || !task_share_allows(t) ||
	    !buf_list_get(t->nexus->home->pool, t->buffer_bytes, &t->data))
		return task_no_buffers(t);
	t->nexus->lent_bytes += t->data.bytes;
	return GOOD;
}

static struct outcome
task_check(struct task *t)
{
	struct outcome o = task_find_cmd(t);

	if (!outcome_good(o))
		return o;
	o = task_check_condition(t);
	if (!outcome_good(o))
		return o;
	/* There is never an auto contingent allegiance that would admit ACA. */
	if (t->nl != NULL && t->attribute > TASK_HEAD_OF_QUEUE)
		return INVALID_MESSAGE_ERROR;
	o = t->nl != NULL ? task_check_lu(t) : task_check_usage(t);
	if (!outcome_good(o))
		return o;
	if (t->cmd->prepare != NULL) {
		o = t->cmd->prepare(t);
		if (!outcome_good(o))
			return o;
	}
	return task_take_buffers(t);
}

/* ---- life ---- */

struct outcome
task_prepare(struct task *t)
{
	assert(t->state == TASK_NEW);
	t->outcome = task_check(t);
	if (!outcome_good(t->outcome)) {
		t->data_out_wanted = 0;
		t->state = TASK_ENDED;
		stats_refuse(t);
		return t->outcome;
	}
	/* Whatever attribute it came with, SBC-3 5.24. */
	if (t->cmd->flags & CMD_SANITIZES)
		t->attribute = TASK_HEAD_OF_QUEUE;
	task_set_add(t);
	stats_begin(t);
	t->state = TASK_PREPARED;
	return GOOD;
}

void
task_run(struct task *t)
{
	struct outcome o = medium_check(t);

	/* Data-Out has come since it was prepared; the medium may be gone. */
	if (!outcome_good(o))
		task_end(t, o);
	else if (!fault_takes(t))
		t->cmd->execute(t);
}

void
task_execute(struct task *t)
{
	assert(t->state == TASK_PREPARED);
	if (task_set_admit(t))
		task_run(t);
}

static void
task_set_outcome(struct task *t, struct outcome o)
{
	t->outcome = t->aborted ? TASK_ABORTED : o;
	if (!outcome_good(t->outcome))
		t->data_in_bytes = 0;
	else if (t->data_in_bytes > t->data_in_length)
		t->data_in_bytes = t->data_in_length;
}

static void
task_tell_nobody(struct task *t)
{
}

/* The one way into ENDED after task_prepare().  t may be gone afterwards. */
static void
task_finish(struct task *t, struct outcome o, void (*tell)(struct task *t))
{
	struct nexus_lu *nl = t->nl;

	task_io_over(t);
	task_set_ended(t);
	task_set_outcome(t, o);
	stats_end(t);
	if (nl == NULL || (nl->waiting == 0 && LIST_EMPTY(&nl->parts))) {
		tell(t);
		return;
	}
	nl->pins++;
	tell(t);
	task_set_start(nl);
	tmf_look(nl);
	nl->pins--;
	nexus_lu_reap(nl);
}

void
task_end(struct task *t, struct outcome o)
{
	assert(t->state == TASK_RUNNING);
	task_finish(t, o, t->done);
}

void
task_fail(struct task *t, struct outcome o)
{
	assert(t->state == TASK_PREPARED);
	task_finish(t, o, task_tell_nobody);
}

void
task_abort_with(struct task *t, bool send_status)
{
	if (t->state == TASK_NEW || t->state == TASK_ENDED || t->aborted)
		return;
	t->aborted = true;
	t->ends_with_aborted_status = send_status;
	if (t->state == TASK_PREPARED)
		task_finish(t, TASK_ABORTED, t->revoked);
	else if (t->state == TASK_WAITING)
		task_finish(t, TASK_ABORTED, t->done);
}

void
task_abort(struct task *t)
{
	task_abort_with(t, false);
}

void
task_release(struct task *t)
{
	struct buf_pool *pool;

	assert(t->state == TASK_ENDED || t->state == TASK_NEW);
	if (!t->in_set && t->data.iovcnt == 0 && t->scratch.iovcnt == 0)
		return;
	pool = t->nexus->home->pool;
	t->nexus->lent_bytes -= t->data.bytes;
	buf_list_put(pool, &t->data);
	buf_list_put(pool, &t->scratch);
	if (!t->in_set)
		return;
	task_set_remove(t);
	if (t->nl == NULL)
		nexus_reap(t->nexus);
	else if (t->nl->retired)
		nexus_lu_reap(t->nl);
}

enum cmd_direction
task_direction(const struct task *t)
{
	return t->cmd != NULL ? t->cmd->direction : CMD_NO_DATA;
}

bool
task_is_fenced(const struct task *t)
{
	return t->cmd != NULL && (t->cmd->flags & CMD_FENCED) != 0;
}
