/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/throttle.c - how many commands and bytes a second may be had.
 *
 * Amounts are thousandths, because time comes in milliseconds: what a limit
 * gives in a millisecond is then its very number.
 */
#include "target/throttle.h"

#include <assert.h>

#include "common/bytes.h"
#include "target/cmd.h"
#include "target/lu.h"
#include "target/nexus.h"
#include "target/task_set.h"

#define THROTTLE_LOOK_MS 50   /* a waiting task is looked at that often */
#define THROTTLE_IDLE_MS 1000 /* what a longer pause gives is not kept */

void
throttle_init(struct throttle *th)
{
	unsigned u;

	atomic_init(&th->limits, false);
	atomic_init(&th->delayed, 0);
	pthread_mutex_init(&th->mutex, NULL);
	for (u = 0; u < THROTTLE_UNITS; u++) {
		th->limit[u] = (struct throttle_limit){ 0, 0 };
		th->pot[u] = 0;
	}
	th->filled_ms = 0;
	LIST_INIT(&th->waiting);
	th->waiting_count = 0;
}

void
throttle_destroy(struct throttle *th)
{
	assert(LIST_EMPTY(&th->waiting));
	pthread_mutex_destroy(&th->mutex);
}

static int64_t
throttle_burst(const struct throttle_limit *l)
{
	uint64_t burst = l->burst != 0 ? l->burst : l->per_second / 10 + 1;

	return (int64_t)min_u64(burst, THROTTLE_MAX) * 1000;
}

void
throttle_set(
    struct throttle *th, const struct throttle_limit limit[THROTTLE_UNITS])
{
	bool any = false;
	unsigned u;

	pthread_mutex_lock(&th->mutex);
	for (u = 0; u < THROTTLE_UNITS; u++) {
		assert(limit[u].per_second <= THROTTLE_MAX);
		th->limit[u] = limit[u];
		th->pot[u] = throttle_burst(&limit[u]);
		any = any || limit[u].per_second != 0;
	}
	atomic_store_explicit(&th->limits, any, memory_order_relaxed);
	pthread_mutex_unlock(&th->mutex);
}

/* ---- under the mutex ---- */

/* Even shares for those that wait; what is over their burst is nobody's. */
static int64_t
throttle_share_out(struct throttle *th, unsigned u, int64_t amount)
{
	int64_t each = amount / th->waiting_count, over = 0;
	int64_t most = throttle_burst(&th->limit[u]);
	struct throttle_seat *seat;

	LIST_FOREACH (seat, &th->waiting, link) {
		seat->share[u] += each;
		if (seat->share[u] <= most)
			continue;
		over += seat->share[u] - most;
		seat->share[u] = most;
	}
	return over + amount % th->waiting_count;
}

static void
throttle_fill(struct throttle *th, uint64_t now_ms)
{
	uint64_t ms = now_ms > th->filled_ms ? now_ms - th->filled_ms : 0;
	int64_t amount;
	unsigned u;

	th->filled_ms += ms;
	ms = min_u64(ms, THROTTLE_IDLE_MS);
	for (u = 0; u < THROTTLE_UNITS; u++) {
		amount = (int64_t)(th->limit[u].per_second * ms);
		if (th->waiting_count > 0)
			amount = throttle_share_out(th, u, amount);
		th->pot[u] = (int64_t)min_u64((uint64_t)(th->pot[u] + amount),
		    (uint64_t)throttle_burst(&th->limit[u]));
	}
}

/* Milliseconds until seat has something of u; 0: it has. */
static unsigned
throttle_wait(
    const struct throttle *th, const struct throttle_seat *seat, unsigned u)
{
	uint64_t rate = th->limit[u].per_second, lacks;

	if (rate == 0 || seat->share[u] + th->pot[u] > 0)
		return 0;
	lacks = (uint64_t)-seat->share[u] + 1;
	if (th->waiting_count > 1)
		lacks *= th->waiting_count;
	return (unsigned)min_u64(lacks / rate + 1, THROTTLE_LOOK_MS);
}

static void
throttle_take(struct throttle *th, struct throttle_seat *seat, unsigned u,
    uint64_t amount)
{
	int64_t rest = (int64_t)amount * 1000 - seat->share[u];

	if (th->limit[u].per_second == 0)
		return;
	if (rest <= 0) {
		seat->share[u] = -rest;
		return;
	}
	seat->share[u] = th->pot[u] < rest ? th->pot[u] - rest : 0;
	th->pot[u] -= th->pot[u] < rest ? th->pot[u] : rest;
}

/* ---- a seat ---- */

static unsigned
throttle_ask(struct throttle *th, struct throttle_seat *seat, uint64_t now_ms)
{
	unsigned u, ms, longest = 0;

	pthread_mutex_lock(&th->mutex);
	throttle_fill(th, now_ms);
	for (u = 0; u < THROTTLE_UNITS; u++) {
		ms = throttle_wait(th, seat, u);
		longest = ms > longest ? ms : longest;
	}
	if (longest > 0) {
		LIST_INSERT_HEAD(&th->waiting, seat, link);
		th->waiting_count++;
		seat->waits = true;
	}
	pthread_mutex_unlock(&th->mutex);
	return longest;
}

static void
throttle_charge(struct throttle *th, struct throttle_seat *seat,
    const uint64_t amount[THROTTLE_UNITS])
{
	unsigned u;

	pthread_mutex_lock(&th->mutex);
	for (u = 0; u < THROTTLE_UNITS; u++)
		throttle_take(th, seat, u, amount[u]);
	pthread_mutex_unlock(&th->mutex);
}

/* What it has saved up is for all again; a debt stays its own. */
static void
throttle_stand_up(
    struct throttle *th, struct throttle_seat *seat, uint64_t now_ms)
{
	unsigned u;

	pthread_mutex_lock(&th->mutex);
	throttle_fill(th, now_ms);
	LIST_REMOVE(seat, link);
	th->waiting_count--;
	seat->waits = false;
	for (u = 0; u < THROTTLE_UNITS; u++) {
		if (seat->share[u] <= 0)
			continue;
		th->pot[u] += seat->share[u];
		seat->share[u] = 0;
	}
	pthread_mutex_unlock(&th->mutex);
}

/* ---- tasks ---- */

/* Those of a nexus's LU: the LU's own, the initiator's. */
static struct throttle *
throttle_of(const struct nexus_lu *nl, unsigned i)
{
	struct throttle *th = i == 0 ? &nl->lu->throttle : nl->nexus->throttle;

	if (th == NULL ||
	    !atomic_load_explicit(&th->limits, memory_order_relaxed))
		return NULL;
	return th;
}

static void
throttle_look_again(struct job *job)
{
	struct nexus_lu *nl = container_of(job, struct nexus_lu, look_again);

	nl->looks_again = false;
	nl->pins++;
	throttle_leave(nl);
	task_set_start(nl);
	nl->pins--;
	nexus_lu_reap(nl);
}

static void
throttle_come_back(struct nexus_lu *nl, unsigned ms)
{
	struct home *home = nl->nexus->home;

	if (nl->looks_again)
		return;
	nl->looks_again = true;
	nl->look_again.fn = throttle_look_again;
	home->after(home, &nl->look_again, ms);
}

/* Both have something, or t waits where it is lacking. */
static bool
throttle_may_go(struct task *t)
{
	struct nexus_lu *nl = t->nl;
	struct throttle *th;
	unsigned i, ms;

	for (i = 0; i < NEXUS_LU_SEATS; i++) {
		th = throttle_of(nl, i);
		if (th == NULL)
			continue;
		ms = throttle_ask(th, &nl->seats[i], nl->nexus->home->now_ms);
		if (ms == 0)
			continue;
		if (!t->delayed)
			atomic_fetch_add_explicit(
			    &th->delayed, 1, memory_order_relaxed);
		t->delayed = true;
		throttle_come_back(nl, ms);
		return false;
	}
	return true;
}

static void
throttle_pay(struct task *t)
{
	uint64_t amount[THROTTLE_UNITS] = { 1, t->data.bytes };
	struct throttle *th;
	unsigned i;

	t->paid = true;
	for (i = 0; i < NEXUS_LU_SEATS; i++) {
		th = throttle_of(t->nl, i);
		if (th != NULL)
			throttle_charge(th, &t->nl->seats[i], amount);
	}
}

bool
throttle_admits(struct task *t)
{
	struct nexus_lu *nl = t->nl;

	if (t->paid ||
	    !(t->cmd->flags & (CMD_READS_MEDIUM | CMD_WRITES_MEDIUM)) ||
	    nl->nexus->home->after == NULL)
		return true;
	/* Whoever came earlier goes earlier. */
	if (nl->seats[0].waits || nl->seats[1].waits)
		return false;
	if (!throttle_may_go(t))
		return false;
	throttle_pay(t);
	return true;
}

void
throttle_leave(struct nexus_lu *nl)
{
	uint64_t now_ms = nl->nexus->home->now_ms;

	if (nl->seats[0].waits)
		throttle_stand_up(&nl->lu->throttle, &nl->seats[0], now_ms);
	if (nl->seats[1].waits)
		throttle_stand_up(nl->nexus->throttle, &nl->seats[1], now_ms);
}
