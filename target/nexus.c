/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/nexus.c - an I_T nexus, the LUs it sees, and their lives.
 *
 * A nexus_lu that is taken away is retired: no new task finds it.  It stays
 * linked to its LU, so that resets by others and the write gate still see its
 * running tasks, until its last task is released and nobody else points at it.
 */
#include "target/nexus.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "target/copy.h"
#include "target/gate.h"
#include "target/mode.h"
#include "target/pr.h"
#include "target/task_set.h"

/* ---- unit attentions ---- */

/* clang-format off */
static const struct {
	uint8_t asc, ascq;
	uint8_t information; /* 0: none */
} nexus_attention_codes[UA_COUNT] = {
	[UA_POWER_ON]		     = { 0x29, 0x00 },
	[UA_RESET]		     = { 0x29, 0x03 },
	[UA_NEXUS_LOSS]		     = { 0x29, 0x07 },
	[UA_MEDIUM_CHANGED]	     = { 0x28, 0x00 },
	[UA_REPORTED_LUNS_CHANGED]   = { 0x3f, 0x0e },
	[UA_CAPACITY_CHANGED]	     = { 0x2a, 0x09 },
	[UA_MODE_PARAMETERS_CHANGED] = { 0x2a, 0x01 },
	[UA_ACCESS_STATE_CHANGED]    = { 0x2a, 0x06 },
	[UA_RESERVATIONS_PREEMPTED]  = { 0x2a, 0x03 },
	[UA_RESERVATIONS_RELEASED]   = { 0x2a, 0x04 },
	[UA_REGISTRATIONS_PREEMPTED] = { 0x2a, 0x05 },
	[UA_COMMANDS_CLEARED]	     = { 0x2f, 0x00 },
	[UA_PROTOCOL_CLEARED]	     = { 0x47, 0x7f },
	/* Where the threshold's descriptor is in mode page 1Ch/02h. */
	[UA_AVAILABLE_THRESHOLD]     = { 0x38, 0x07, MODE_THRESHOLDS_AT },
	[UA_USED_THRESHOLD]	     = { 0x38, 0x07, MODE_THRESHOLDS_AT + 8 },
	[UA_INQUIRY_CHANGED]	     = { 0x3f, 0x03 },
	[UA_DEVICE_IDENTIFIER_CHANGED] = { 0x3f, 0x05 },
	[UA_TIMESTAMP_CHANGED]	     = { 0x2a, 0x10 },
};
/* clang-format on */

void
nexus_lu_establish_attention(struct nexus_lu *nl, enum unit_attention ua)
{
	atomic_fetch_or(&nl->attentions, 1u << ua);
}

static uint32_t
nexus_lu_pending(const struct nexus_lu *nl)
{
	return atomic_load(&nl->attentions) & UA_ALL;
}

static struct outcome
nexus_attention_outcome(unsigned ua)
{
	struct outcome o = CHECK(SENSE_UNIT_ATTENTION,
	    nexus_attention_codes[ua].asc, nexus_attention_codes[ua].ascq);

	o.information = nexus_attention_codes[ua].information;
	o.has_information = o.information != 0;
	return o;
}

struct outcome
nexus_lu_take_attention(struct nexus_lu *nl)
{
	uint32_t pending = nexus_lu_pending(nl);
	unsigned ua;

	if (pending == 0)
		return GOOD;
	ua = (unsigned)__builtin_ctz(pending);
	atomic_fetch_and(&nl->attentions, ~(1u << ua));
	/* Told at one LU it is told for all: LUICLR, SPC-4 7.8.7. */
	if (ua == UA_REPORTED_LUNS_CHANGED)
		nexus_clear_attention(nl->nexus, UA_REPORTED_LUNS_CHANGED);
	return nexus_attention_outcome(ua);
}

struct outcome
nexus_lu_first_attention(const struct nexus_lu *nl, unsigned *count)
{
	uint32_t pending = nexus_lu_pending(nl);

	*count = (unsigned)__builtin_popcount(pending);
	if (pending == 0)
		return GOOD;
	return nexus_attention_outcome((unsigned)__builtin_ctz(pending));
}

void
nexus_lu_take_port_state(struct nexus_lu *nl, const struct target *target)
{
	static const uint32_t bits[PORT_STATES] = {
		[PORT_STANDBY] = NEXUS_LU_STANDBY,
		[PORT_UNAVAILABLE] = NEXUS_LU_UNAVAILABLE,
	};
	uint32_t now =
	    bits[target_port_state(target, nl->nexus->portal_group_tag)];

	atomic_fetch_and(
	    &nl->attentions, ~(NEXUS_LU_STANDBY | NEXUS_LU_UNAVAILABLE) | now);
	atomic_fetch_or(&nl->attentions, now);
}

struct outcome
nexus_lu_port_condition(const struct nexus_lu *nl)
{
	uint32_t bits = atomic_load(&nl->attentions);

	if (bits & NEXUS_LU_STANDBY)
		return PORT_IN_STANDBY;
	return bits & NEXUS_LU_UNAVAILABLE ? PORT_IS_UNAVAILABLE : GOOD;
}

void
nexus_clear_attention(struct nexus *n, enum unit_attention ua)
{
	unsigned i;

	for (i = 0; i < n->lu_count; i++)
		atomic_fetch_and(&n->lus[i]->attentions, ~(1u << ua));
}

/* ---- one LU of a nexus ---- */

void
nexus_lu_kick(struct nexus_lu *nl)
{
	struct home *home = nl->nexus->home;

	if (!atomic_exchange(&nl->kicked, true))
		home->post(home, &nl->kick);
}

static void
nexus_lu_kicked(struct job *job)
{
	struct nexus_lu *nl = container_of(job, struct nexus_lu, kick);

	/* First, so that a change which comes from now on kicks again. */
	atomic_store(&nl->kicked, false);
	nl->pins++;
	task_set_start(nl);
	gate_turn_over(nl);
	nl->pins--;
	nexus_lu_reap(nl);
}

/* Not yet linked to its LU. */
static struct nexus_lu *
nexus_lu_new(struct nexus *n, const struct lun_mapping *m)
{
	struct nexus_lu *nl = calloc(1, sizeof *nl);

	if (nl == NULL)
		return NULL;
	nl->nexus = n;
	nl->lu = m->lu;
	nl->lun = m->lun;
	nl->read_only = m->read_only;
	nl->kick.fn = nexus_lu_kicked;
	TAILQ_INIT(&nl->tasks);
	LIST_INIT(&nl->parts);
	LIST_INIT(&nl->copies);
	lu_ref(nl->lu);
	return nl;
}

static void
nexus_lu_free(struct nexus_lu *nl)
{
	throttle_leave(nl);
	copy_forget(nl);
	lu_unref(nl->lu);
	free(nl);
}

static void
nexus_lu_join(struct nexus_lu *nl)
{
	nexus_lu_establish_attention(nl, UA_POWER_ON);
	pthread_mutex_lock(&nl->lu->mutex);
	LIST_INSERT_HEAD(&nl->lu->nexuses, nl, link);
	nexus_lu_take_port_state(nl, nl->nexus->target);
	pr_nexus_joined(nl);
	pthread_mutex_unlock(&nl->lu->mutex);
}

/* Leave the LU, unless another thread still points here. */
static bool
nexus_lu_leave(struct nexus_lu *nl)
{
	bool idle;

	pthread_mutex_lock(&nl->lu->mutex);
	idle = nl->holds == 0 && !nl->looks_again && !atomic_load(&nl->kicked);
	if (idle) {
		assert(!nl->write_turn && atomic_load(&nl->writes) == 0);
		assert(atomic_load(&nl->gated_reads) == 0);
		pr_nexus_left(nl);
		stats_add(&nl->lu->past, &nl->stats);
		LIST_REMOVE(nl, link);
	}
	pthread_mutex_unlock(&nl->lu->mutex);
	return idle;
}

void
nexus_lu_reap(struct nexus_lu *nl)
{
	struct nexus *n = nl->nexus;

	if (!nl->retired || nl->pins > 0 || !TAILQ_EMPTY(&nl->tasks) ||
	    !nexus_lu_leave(nl))
		return;
	LIST_REMOVE(nl, retired_link);
	stats_add(&n->past, &nl->stats);
	nexus_lu_free(nl);
	nexus_reap(n);
}

/* Take all of lus away.  Tasks' callbacks may do anything to n meanwhile. */
static void
nexus_retire(
    struct nexus *n, struct nexus_lu **lus, unsigned count, bool send_status)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		lus[i]->retired = true;
		lus[i]->pins++;
		LIST_INSERT_HEAD(&n->retired, lus[i], retired_link);
	}
	for (i = 0; i < count; i++)
		task_set_abort(&lus[i]->tasks, TASK_SCOPE_ALL, send_status);
	for (i = 0; i < count; i++) {
		lus[i]->pins--;
		nexus_lu_reap(lus[i]);
	}
}

/* ---- the map ---- */

static struct nexus_lu *
nexus_find_number(const struct nexus *n, uint64_t number)
{
	unsigned low = 0, high = n->lu_count, middle;

	/* Most maps have no gaps. */
	if (number < high && n->lus[number]->lun == number)
		return n->lus[number];
	while (low < high) {
		middle = low + (high - low) / 2;
		if (n->lus[middle]->lun == number)
			return n->lus[middle];
		if (n->lus[middle]->lun < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/*
 * SAM-5 4.7.7: peripheral device (method 0, bus 0), flat space (method 1), and
 * extended flat space in four or six bytes (D2h, E2h).  What is behind them
 * must be zero: no second level.
 */
struct nexus_lu *
nexus_find_lu(const struct nexus *n, uint64_t lun)
{
	static const struct {
		uint64_t mask, method;
		unsigned shift;
	} forms[] = {
		{ UINT64_C(0xff) << 48, 0, 48 },
		{ UINT64_C(0x3fff) << 48, UINT64_C(0x40) << 56, 48 },
		{ UINT64_C(0xffffff) << 32, UINT64_C(0xd2) << 56, 32 },
		{ UINT64_C(0xffffffffff) << 16, UINT64_C(0xe2) << 56, 16 },
	};
	unsigned i;

	for (i = 0; i < ARRAY_LEN(forms); i++)
		if ((lun & ~forms[i].mask) == forms[i].method)
			return nexus_find_number(
			    n, (lun & forms[i].mask) >> forms[i].shift);
	return NULL;
}

/* The nexus_lu that has been there for this mapping. */
static struct nexus_lu *
nexus_find_kept(const struct nexus *n, const struct lun_mapping *m)
{
	struct nexus_lu *nl = nexus_find_number(n, m->lun);

	return nl != NULL && nl->lu == m->lu ? nl : NULL;
}

static bool
nexus_has(struct nexus_lu *const *lus, unsigned count, struct nexus_lu *nl)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (lus[i] == nl)
			return true;
	return false;
}

static void
nexus_drop_new(struct nexus *n, struct nexus_lu **lus, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (!nexus_has(n->lus, n->lu_count, lus[i]))
			nexus_lu_free(lus[i]);
	free(lus);
}

/* What n sees of target, ascending; NULL: out of memory. */
static struct nexus_lu **
nexus_build(struct nexus *n, const struct target *target, unsigned *count)
{
	struct nexus_lu **lus, *nl;
	const struct lun_mapping *m;
	unsigned i;

	*count = 0;
	lus = calloc(target->lun_count + 1, sizeof *lus);
	if (lus == NULL)
		return NULL;
	for (i = 0; i < target->lun_count; i++) {
		m = &target->luns[i];
		if (!lun_mapping_visible(m, n->initiator_name))
			continue;
		nl = nexus_find_kept(n, m);
		if (nl == NULL)
			nl = nexus_lu_new(n, m);
		if (nl == NULL) {
			nexus_drop_new(n, lus, *count);
			return NULL;
		}
		lus[(*count)++] = nl;
	}
	return lus;
}

/* Put the new map in force; true: other LUNs than before. */
static bool
nexus_adopt(struct nexus *n, struct nexus_lu **lus, unsigned count)
{
	struct nexus_lu **old = n->lus;
	unsigned old_count = n->lu_count, gone = 0, joined = 0, i;

	n->lus = lus;
	n->lu_count = count;
	for (i = 0; i < count; i++) {
		if (nexus_has(old, old_count, lus[i]))
			continue;
		nexus_lu_join(lus[i]);
		joined++;
	}
	for (i = 0; i < old_count; i++)
		if (!nexus_has(lus, count, old[i]))
			old[gone++] = old[i];
	nexus_retire(n, old, gone, true);
	free(old);
	return joined > 0 || gone > 0;
}

static void
nexus_take_options(struct nexus *n, const struct target *target)
{
	struct nexus_lu *nl;
	unsigned i;

	for (i = 0; i < target->lun_count; i++) {
		nl = nexus_find_kept(n, &target->luns[i]);
		if (nl != NULL)
			nl->read_only = target->luns[i].read_only;
	}
}

static void
nexus_establish_attention(struct nexus *n, enum unit_attention ua)
{
	unsigned i;

	for (i = 0; i < n->lu_count; i++)
		nexus_lu_establish_attention(n->lus[i], ua);
}

static void
nexus_take_port_states(struct nexus *n)
{
	unsigned i;

	for (i = 0; i < n->lu_count; i++) {
		pthread_mutex_lock(&n->lus[i]->lu->mutex);
		nexus_lu_take_port_state(n->lus[i], n->target);
		pthread_mutex_unlock(&n->lus[i]->lu->mutex);
	}
	nexus_establish_attention(n, UA_ACCESS_STATE_CHANGED);
}

bool
nexus_remap(struct nexus *n, struct target *target)
{
	unsigned count;
	struct nexus_lu **lus = nexus_build(n, target, &count);
	bool states, inquiry;

	if (lus == NULL)
		return false;
	n->pins++;
	states = target_changes_states(target, n->target);
	inquiry = target_changes_inquiry(target, n->target);
	target_ref(target);
	target_unref(n->target);
	n->target = target;
	if (nexus_adopt(n, lus, count))
		nexus_establish_attention(n, UA_REPORTED_LUNS_CHANGED);
	if (states)
		nexus_take_port_states(n);
	if (inquiry)
		nexus_establish_attention(n, UA_INQUIRY_CHANGED);
	nexus_take_options(n, target);
	n->pins--;
	nexus_reap(n);
	return true;
}

/* ---- life ---- */

struct nexus *
nexus_attach(struct home *home, struct target *target,
    const char *initiator_name, const uint8_t isid[6],
    uint16_t portal_group_tag)
{
	struct nexus *n = calloc(1, sizeof *n);
	struct nexus_lu **lus;
	unsigned count;

	if (n == NULL)
		return NULL;
	n->home = home;
	snprintf(
	    n->initiator_name, sizeof n->initiator_name, "%s", initiator_name);
	memcpy(n->isid, isid, sizeof n->isid);
	memcpy(n->target_name, target->name, sizeof n->target_name);
	n->portal_group_tag = portal_group_tag;
	n->transport_version = 0x0960; /* iSCSI, of no version */
	TAILQ_INIT(&n->strays);
	LIST_INIT(&n->retired);
	lus = nexus_build(n, target, &count);
	if (lus == NULL) {
		free(n);
		return NULL;
	}
	n->target = target;
	target_ref(target);
	nexus_adopt(n, lus, count);
	return n;
}

void
nexus_reap(struct nexus *n)
{
	if (!n->zombie || n->pins > 0 || !LIST_EMPTY(&n->retired) ||
	    !TAILQ_EMPTY(&n->strays))
		return;
	assert(n->lu_count == 0);
	if (n->gone != NULL)
		n->gone(n, n->gone_ctx);
	target_unref(n->target);
	free(n->lus);
	free(n);
}

void
nexus_detach(
    struct nexus *n, void (*gone)(struct nexus *, void *ctx), void *ctx)
{
	struct nexus_lu **lus = n->lus;
	unsigned count = n->lu_count;

	assert(!n->zombie);
	n->zombie = true;
	n->gone = gone;
	n->gone_ctx = ctx;
	n->pins++;
	n->lus = NULL;
	n->lu_count = 0;
	nexus_retire(n, lus, count, false);
	free(lus);
	task_set_abort(&n->strays, TASK_SCOPE_ALL, false);
	n->pins--;
	nexus_reap(n);
}

/* ---- checks ---- */

static void
nexus_lu_check(const struct nexus_lu *nl)
{
	unsigned waiting = 0, ordered = 0;
	const struct task *t;

	TAILQ_FOREACH (t, &nl->tasks, link) {
		assert(t->in_set && t->nl == nl && t->nexus == nl->nexus);
		assert(t->state != TASK_NEW);
		assert(t->arrival <= nl->nexus->arrivals);
		assert(!t->in_write_gate || t->state == TASK_RUNNING);
		assert(!t->in_read_gate || t->state == TASK_RUNNING);
		waiting += t->state == TASK_WAITING;
		ordered +=
		    t->state != TASK_ENDED && t->attribute == TASK_ORDERED;
	}
	assert(nl->waiting == waiting && nl->ordered == ordered);
	assert(nl->pins == 0 && !nl->starting);
	assert(nl->lu != NULL);
}

void
nexus_check(const struct nexus *n)
{
	const struct nexus_lu *nl;
	const struct task *t;
	unsigned i;

	for (i = 0; i < n->lu_count; i++) {
		nl = n->lus[i];
		assert(nl->nexus == n && !nl->retired);
		assert(i == 0 || n->lus[i - 1]->lun < nl->lun);
		nexus_lu_check(nl);
	}
	LIST_FOREACH (nl, &n->retired, retired_link) {
		assert(nl->nexus == n && nl->retired);
		nexus_lu_check(nl);
	}
	TAILQ_FOREACH (t, &n->strays, link)
		assert(t->in_set && t->nl == NULL && t->nexus == n);
	assert(n->pins == 0);
}
