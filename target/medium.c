/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/medium.c - is the medium there, and may it leave.
 */
#include "target/medium.h"

#include "target/sbc.h"

#define START    0x01 /* byte 4 of START STOP UNIT */
#define LOEJ     0x02
#define NO_FLUSH 0x04

#define REMOVAL_PREVENTED   CHECK(SENSE_ILLEGAL_REQUEST, 0x53, 0x02)
#define SANITIZE_RUNS       CHECK(SENSE_NOT_READY, 0x04, 0x1b)
#define SANITIZE_HAS_FAILED CHECK(SENSE_MEDIUM_ERROR, 0x31, 0x03)
#define FORMAT_RUNS         CHECK(SENSE_NOT_READY, 0x04, 0x04)
#define FORMAT_CORRUPTED    CHECK(SENSE_MEDIUM_ERROR, 0x31, 0x00)

/* Of which rows one flag is enough to be executed in that condition. */
static const unsigned medium_passes[] = {
	[LU_READY] = 0,
	[LU_MEDIUM_OUT] = 0,
	[LU_SANITIZING] = CMD_WHILE_SANITIZING,
	[LU_SANITIZE_FAILED] = CMD_WHILE_SANITIZING | CMD_SANITIZES,
	[LU_FORMATTING] = CMD_WHILE_SANITIZING,
	[LU_FORMAT_FAILED] = CMD_SANITIZES | CMD_FORMATS,
};

static enum lu_condition
medium_condition_of(const struct lu *lu)
{
	return atomic_load(&lu->condition);
}

/* ---- the condition ---- */

static bool
medium_is_needed(const struct cmd *cmd)
{
	return cmd->flags &
	       (CMD_READS_MEDIUM | CMD_WRITES_MEDIUM | CMD_NEEDS_MEDIUM);
}

struct outcome
medium_store(const struct lu *lu)
{
	switch (backstore_state(lu->bs)) {
	case BS_RETURNS:
		return BECOMING_READY;
	case BS_LOST:
		return MANUAL_INTERVENTION_REQUIRED;
	case BS_SERVES:
		break;
	}
	return GOOD;
}

static struct outcome
medium_progress(const struct lu *lu, struct outcome o)
{
	o.has_progress = true;
	o.progress = (uint16_t)atomic_load(&lu->progress);
	return o;
}

struct outcome
medium_condition(const struct lu *lu)
{
	switch (medium_condition_of(lu)) {
	case LU_MEDIUM_OUT:
		return MEDIUM_NOT_PRESENT;
	case LU_SANITIZING:
		return medium_progress(lu, SANITIZE_RUNS);
	case LU_SANITIZE_FAILED:
		return SANITIZE_HAS_FAILED;
	case LU_FORMATTING:
		return medium_progress(lu, FORMAT_RUNS);
	case LU_FORMAT_FAILED:
		return FORMAT_CORRUPTED;
	case LU_READY:
		break;
	}
	return medium_store(lu);
}

struct outcome
medium_check(const struct task *t)
{
	enum lu_condition condition;

	if (t->nl == NULL)
		return GOOD;
	condition = medium_condition_of(t->nl->lu);
	if (condition == LU_READY)
		return medium_is_needed(t->cmd) ? medium_store(t->nl->lu)
						: GOOD;
	if ((t->cmd->flags & medium_passes[condition]))
		return GOOD;
	if ((condition == LU_MEDIUM_OUT || condition == LU_FORMAT_FAILED) &&
	    !medium_is_needed(t->cmd))
		return GOOD;
	return medium_condition(t->nl->lu);
}

/* ---- PREVENT ALLOW MEDIUM REMOVAL ---- */

void
medium_nexus_lost(struct nexus_lu *nl)
{
	nl->prevents_removal = false;
}

void
medium_reset(struct lu *lu)
{
	struct nexus_lu *nl;

	LIST_FOREACH (nl, &lu->nexuses, link)
		medium_nexus_lost(nl);
}

static bool
medium_is_kept(const struct lu *lu)
{
	const struct nexus_lu *nl;

	LIST_FOREACH (nl, &lu->nexuses, link)
		if (nl->prevents_removal)
			return true;
	return false;
}

static struct outcome
medium_check_access(const struct task *t)
{
	return atomic_load(&t->nl->access) & ACCESS_WRITE
		   ? GOOD
		   : RESERVATION_CONFLICT;
}

struct outcome
medium_prevent_prepare(struct task *t)
{
	return t->cdb[4] & 1 ? medium_check_access(t) : GOOD;
}

void
medium_prevent_execute(struct task *t)
{
	struct lu *lu = task_lu(t);

	pthread_mutex_lock(&lu->mutex);
	t->nl->prevents_removal = t->cdb[4] & 1;
	pthread_mutex_unlock(&lu->mutex);
	task_end(t, GOOD);
}

/* ---- START STOP UNIT ---- */

struct outcome
medium_start_fixed_prepare(struct task *t)
{
	return t->cdb[4] & START ? GOOD : invalid_field_in_cdb(4, 0);
}

void
medium_start_fixed_execute(struct task *t)
{
	task_end(t, GOOD);
}

static bool
medium_has_power_condition(const struct task *t)
{
	return t->cdb[4] >> 4 != 0;
}

static bool
medium_loads_or_ejects(const struct task *t)
{
	return !medium_has_power_condition(t) && (t->cdb[4] & LOEJ);
}

struct outcome
medium_start_removable_prepare(struct task *t)
{
	if (!medium_has_power_condition(t) &&
	    (t->cdb[4] & (START | LOEJ)) == START)
		return GOOD;
	return medium_check_access(t);
}

/* Under lu->mutex. */
static struct outcome
medium_move(struct task *t, enum lu_condition to)
{
	struct lu *lu = task_lu(t);
	enum lu_condition from = medium_condition_of(lu);

	if (medium_is_kept(lu))
		return REMOVAL_PREVENTED;
	if (from != LU_READY && from != LU_MEDIUM_OUT)
		return medium_condition(lu);
	if (from == to)
		return GOOD;
	atomic_store(&lu->condition, to);
	if (to == LU_READY)
		lu_establish_attention(lu, UA_MEDIUM_CHANGED, t->nl);
	return GOOD;
}

static void
medium_start_flushed(struct task *t, int error)
{
	enum lu_condition to = t->cdb[4] & START ? LU_READY : LU_MEDIUM_OUT;
	struct lu *lu = task_lu(t);
	struct outcome o = outcome_of_errno(error, true);

	if (error == 0 && medium_loads_or_ejects(t)) {
		pthread_mutex_lock(&lu->mutex);
		o = medium_move(t, to);
		pthread_mutex_unlock(&lu->mutex);
	}
	task_end(t, o);
}

/* The row is CMD_ATOMIC: no write is under way when the medium goes out. */
void
medium_start_removable_execute(struct task *t)
{
	bool stops = medium_has_power_condition(t) || (t->cdb[4] & START) == 0;

	if (stops && (t->cdb[4] & NO_FLUSH) == 0)
		task_io(t, BS_FLUSH, 0, 0, 0, NULL, medium_start_flushed);
	else
		medium_start_flushed(t, 0);
}
