/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/stats.c - counters of commands, by LU and nexus.
 */
#include "target/stats.h"

#include <string.h>

#include "common/home.h"
#include "target/cmd.h"
#include "target/lu.h"
#include "target/nexus.h"

#define STATS_BUCKET_SHIFT 5 /* the first one is 32 microseconds */

/* clang-format off */
static const char *const stats_end_words[STATS_ENDS] = {
	[SENSE_NO_SENSE]	  = "no_sense",
	[SENSE_RECOVERED_ERROR]   = "recovered_error",
	[SENSE_NOT_READY]	  = "not_ready",
	[SENSE_MEDIUM_ERROR]	  = "medium_error",
	[SENSE_HARDWARE_ERROR]	  = "hardware_error",
	[SENSE_ILLEGAL_REQUEST]   = "illegal_request",
	[SENSE_UNIT_ATTENTION]	  = "unit_attention",
	[SENSE_DATA_PROTECT]	  = "data_protect",
	[SENSE_COPY_ABORTED]	  = "copy_aborted",
	[SENSE_ABORTED_COMMAND]   = "aborted_command",
	[SENSE_MISCOMPARE]	  = "miscompare",
	[STATS_END_CONFLICT]	  = "reservation_conflict",
	[STATS_END_BUSY]	  = "busy",
	[STATS_END_TASK_SET_FULL] = "task_set_full",
	[STATS_END_ABORTED]	  = "task_aborted",
};
/* clang-format on */

const char *
stats_end_word(unsigned end)
{
	return stats_end_words[end];
}

uint64_t
stats_bucket_us(unsigned i)
{
	return i + 1 < STATS_BUCKETS ? UINT64_C(1) << (STATS_BUCKET_SHIFT + i)
				     : 0;
}

/* ---- the home thread ---- */

/* The only writer needs no locked addition. */
static void
stats_count(_Atomic uint64_t *n, uint64_t by)
{
	atomic_store_explicit(n,
	    atomic_load_explicit(n, memory_order_relaxed) + by,
	    memory_order_relaxed);
}

static enum stats_kind
stats_kind(const struct cmd *cmd)
{
	if (cmd->flags & CMD_WRITES_MEDIUM)
		return STATS_WRITE;
	return cmd->flags & CMD_READS_MEDIUM ? STATS_READ : STATS_OTHER;
}

static unsigned
stats_bucket(uint64_t us)
{
	uint64_t n = us >> STATS_BUCKET_SHIFT;
	unsigned bucket;

	if (n == 0)
		return 0;
	bucket = 64 - (unsigned)__builtin_clzll(n);
	return bucket < STATS_BUCKETS ? bucket : STATS_BUCKETS - 1;
}

static unsigned
stats_end_of(struct outcome o)
{
	switch (o.status) {
	case STATUS_RESERVATION_CONFLICT:
		return STATS_END_CONFLICT;
	case STATUS_BUSY:
		return STATS_END_BUSY;
	case STATUS_TASK_SET_FULL:
		return STATS_END_TASK_SET_FULL;
	case STATUS_TASK_ABORTED:
		return STATS_END_ABORTED;
	default:
		return o.key & 0xf;
	}
}

void
stats_begin(struct task *t)
{
	if (t->nl == NULL)
		return;
	t->begun_us = t->nexus->home->now_us;
	stats_count(&t->nl->stats.begun, 1);
}

void
stats_end(struct task *t)
{
	uint64_t us = t->nexus->home->now_us - t->begun_us;
	struct stats_of_kind *k;

	if (t->nl == NULL)
		return;
	k = &t->nl->stats.kinds[stats_kind(t->cmd)];
	stats_count(&k->commands, 1);
	stats_count(&k->bytes, t->cmd->direction == CMD_DATA_OUT
				   ? t->data_out_wanted
				   : t->data_in_bytes);
	stats_count(&k->microseconds, us);
	stats_count(&k->buckets[stats_bucket(us)], 1);
	if (!outcome_good(t->outcome))
		stats_refuse(t);
}

void
stats_refuse(struct task *t)
{
	if (t->nl != NULL)
		stats_count(&t->nl->stats.ends[stats_end_of(t->outcome)], 1);
}

void
stats_submit(struct task *t)
{
	struct stats_of_store *s = &t->nl->stats.store;

	if (t->io.op == BS_READ) {
		stats_count(&s->reads, 1);
		stats_count(&s->read_bytes, t->io.length);
	} else if (t->io.op == BS_WRITE || t->io.op == BS_WRITE_ZEROES ||
		   t->io.op == BS_CLONE) {
		stats_count(&s->writes, 1);
		stats_count(&s->write_bytes, t->io.length);
	}
}

void
stats_store_failed(struct task *t)
{
	stats_count(&t->nl->stats.store.errors, 1);
}

/* ---- sums ---- */

static void
stats_sum(_Atomic uint64_t *sum, const _Atomic uint64_t *n)
{
	stats_count(sum, atomic_load_explicit(n, memory_order_relaxed));
}

static void
stats_add_store(struct stats_of_store *sum, const struct stats_of_store *s)
{
	stats_sum(&sum->reads, &s->reads);
	stats_sum(&sum->writes, &s->writes);
	stats_sum(&sum->read_bytes, &s->read_bytes);
	stats_sum(&sum->write_bytes, &s->write_bytes);
	stats_sum(&sum->errors, &s->errors);
}

void
stats_add(struct stats *sum, const struct stats *s)
{
	unsigned k, i;

	stats_add_store(&sum->store, &s->store);
	for (k = 0; k < STATS_KINDS; k++) {
		stats_sum(&sum->kinds[k].commands, &s->kinds[k].commands);
		stats_sum(&sum->kinds[k].bytes, &s->kinds[k].bytes);
		stats_sum(
		    &sum->kinds[k].microseconds, &s->kinds[k].microseconds);
		for (i = 0; i < STATS_BUCKETS; i++)
			stats_sum(
			    &sum->kinds[k].buckets[i], &s->kinds[k].buckets[i]);
	}
	for (i = 0; i < STATS_ENDS; i++)
		stats_sum(&sum->ends[i], &s->ends[i]);
	/* Behind the commands that have ended, which began before. */
	stats_sum(&sum->begun, &s->begun);
}

uint64_t
stats_depth(const struct stats *s)
{
	uint64_t ended = 0;
	unsigned k;

	for (k = 0; k < STATS_KINDS; k++)
		ended += s->kinds[k].commands;
	return s->begun > ended ? s->begun - ended : 0;
}

void
stats_of_lu(struct lu *lu, struct stats *out)
{
	const struct nexus_lu *nl;

	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&lu->mutex);
	stats_add(out, &lu->past);
	LIST_FOREACH (nl, &lu->nexuses, link)
		stats_add(out, &nl->stats);
	pthread_mutex_unlock(&lu->mutex);
}

void
stats_of_nexus(const struct nexus *n, struct stats *out)
{
	const struct nexus_lu *nl;
	unsigned i;

	memset(out, 0, sizeof(*out));
	stats_add(out, &n->past);
	for (i = 0; i < n->lu_count; i++)
		stats_add(out, &n->lus[i]->stats);
	LIST_FOREACH (nl, &n->retired, retired_link)
		stats_add(out, &nl->stats);
}
