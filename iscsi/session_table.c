/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/session_table.c - all sessions of the process.
 *
 * The mutex covers the list and what sessions keep for it; nobody is called
 * under it but home->post().  A session that a job was posted to is freed by
 * the last of those jobs, if not later.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/session_impl.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi/failures.h"

/* Not in the session, which may be gone by then. */
struct session_alarm {
	struct job job;
	LIST_ENTRY(session_alarm) link;
	struct session_table *table;
	const struct home *home;
	uint64_t at_ms;
	uint16_t tsih;
};

struct session_table {
	pthread_mutex_t mutex;
	TAILQ_HEAD(, session) sessions;
	LIST_HEAD(, session_alarm) alarms;
	unsigned count;
	uint16_t last_tsih;
	struct service *service; /* of the last apply, a reference */
	_Atomic uint64_t logins_good, logins_refused;
	struct failures failures; /* mutex */

	/* The apply under way. */
	bool applying;
	unsigned unanswered;
	void (*done)(void *ctx);
	void *ctx;
};

struct session_table *
session_table_new(void)
{
	struct session_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	pthread_mutex_init(&table->mutex, NULL);
	TAILQ_INIT(&table->sessions);
	LIST_INIT(&table->alarms);
	return table;
}

void
session_table_free(struct session_table *table)
{
	struct session_alarm *a;

	if (table == NULL)
		return;
	while ((a = LIST_FIRST(&table->alarms)) != NULL) {
		LIST_REMOVE(a, link);
		free(a);
	}
	assert(table->count == 0 && !table->applying);
	if (table->service != NULL)
		service_unref(table->service);
	pthread_mutex_destroy(&table->mutex);
	free(table);
}

unsigned
session_table_count(struct session_table *table)
{
	unsigned n;

	pthread_mutex_lock(&table->mutex);
	n = table->count;
	pthread_mutex_unlock(&table->mutex);
	return n;
}

struct session_logins
session_table_logins(struct session_table *table)
{
	return (struct session_logins){
		.good = atomic_load(&table->logins_good),
		.refused = atomic_load(&table->logins_refused),
	};
}

void
session_table_count_login(struct session_table *table, bool good)
{
	if (table == NULL)
		return;
	atomic_fetch_add(
	    good ? &table->logins_good : &table->logins_refused, 1);
}

unsigned
session_table_failed(
    struct session_table *table, const struct in6_addr *ip, uint64_t now_ms)
{
	unsigned ms;

	if (table == NULL)
		return 0;
	pthread_mutex_lock(&table->mutex);
	ms = failures_add(&table->failures, ip, now_ms);
	pthread_mutex_unlock(&table->mutex);
	return ms;
}

struct service *
session_table_service(struct session_table *table)
{
	struct service *service;

	pthread_mutex_lock(&table->mutex);
	service = table->service;
	if (service != NULL)
		service_ref(service);
	pthread_mutex_unlock(&table->mutex);
	return service;
}

/* ---- jobs to a session ---- */

/* Under the mutex. */
static void
session_table_post(
    struct session *s, struct job *job, void (*fn)(struct job *job))
{
	s->posted++;
	job->fn = fn;
	s->home->post(s->home, job);
}

/* On the session's home: a job has arrived.  False: it was freed. */
static bool
session_table_arrived(struct session *s)
{
	struct session_table *table = s->table;
	bool last;

	pthread_mutex_lock(&table->mutex);
	last = --s->posted == 0;
	pthread_mutex_unlock(&table->mutex);
	if (!TAILQ_EMPTY(&s->conns))
		return true;
	if (last)
		free(s);
	return false;
}

bool
session_has_posted(struct session *s)
{
	bool has;

	pthread_mutex_lock(&s->table->mutex);
	has = s->posted > 0;
	pthread_mutex_unlock(&s->table->mutex);
	return has;
}

static void
session_table_end_job(struct job *job)
{
	struct session *s = container_of(job, struct session, end_job);
	bool tell = s->end_tell;
	const char *why = s->end_why;

	if (session_table_arrived(s))
		session_drop(s, tell, why);
}

/* Under the mutex. */
static void
session_table_post_end(struct session *s, bool tell, const char *why)
{
	if (s->end_posted)
		return;
	s->end_posted = true;
	s->end_tell = tell;
	s->end_why = why;
	session_table_post(s, &s->end_job, session_table_end_job);
}

/* ---- joining and leaving ---- */

static bool
session_same_initiator(const struct session *a, const struct session *b)
{
	return a->name_hash == b->name_hash &&
	       strcmp(a->initiator_name, b->initiator_name) == 0;
}

/* Of discovery that has named no target the address stands for it (7.4.2.1). */
static bool
session_same_place(const struct session *a, const struct session *b)
{
	return !session_is_discovery(a) || a->named[0] != '\0' ||
	       strcmp(a->portal, b->portal) == 0;
}

static bool
session_same_key(const struct session *a, const struct session *b)
{
	return a->tag == b->tag &&
	       memcmp(a->isid, b->isid, sizeof(a->isid)) == 0 &&
	       session_same_initiator(a, b) &&
	       strcmp(a->target_name, b->target_name) == 0 &&
	       strcmp(a->named, b->named) == 0 && session_same_place(a, b);
}

/* Under the mutex. */
static bool
session_table_has_tsih(const struct session_table *table, uint16_t tsih)
{
	const struct session *s;

	TAILQ_FOREACH (s, &table->sessions, link) {
		if (s->tsih == tsih)
			return true;
	}
	return false;
}

/* Under the mutex; there are fewer than 65535 sessions. */
static void
session_table_add(struct session_table *table, struct session *s)
{
	do {
		table->last_tsih++;
	} while (table->last_tsih == 0 ||
		 session_table_has_tsih(table, table->last_tsih));
	s->tsih = table->last_tsih;
	s->state = SESSION_ACTIVE;
	TAILQ_INSERT_TAIL(&table->sessions, s, link);
	table->count++;
}

static enum session_join
session_table_try(struct session_table *table, struct session *s,
    unsigned limit, struct session_waiter *w)
{
	struct session *other;
	unsigned same = 0;

	TAILQ_FOREACH (other, &table->sessions, link) {
		if (session_same_key(other, s)) {
			w->queued = true;
			TAILQ_INSERT_TAIL(&other->waiters, w, link);
			session_table_post_end(
			    other, false, "session reinstated");
			return SESSION_JOIN_WAITS;
		}
		if (session_same_initiator(other, s))
			same++;
	}
	if (same >= limit || table->count >= UINT16_MAX - 1)
		return SESSION_JOIN_TOO_MANY;
	session_table_add(table, s);
	return SESSION_JOINED;
}

enum session_join
session_table_join(struct session_table *table, struct session *s,
    unsigned limit, struct session_waiter *w)
{
	enum session_join join;

	pthread_mutex_lock(&table->mutex);
	join = session_table_try(table, s, limit, w);
	pthread_mutex_unlock(&table->mutex);
	return join;
}

/* The session that w waits for is not told: under the mutex its list is found
 * by looking. */
static bool
session_table_dequeue(struct session_table *table, struct session_waiter *w)
{
	struct session_waiter *other;
	struct session *s;

	TAILQ_FOREACH (s, &table->sessions, link) {
		TAILQ_FOREACH (other, &s->waiters, link) {
			if (other != w)
				continue;
			TAILQ_REMOVE(&s->waiters, w, link);
			w->queued = false;
			return true;
		}
	}
	return false;
}

bool
session_table_stop_waiting(
    struct session_table *table, struct session_waiter *w)
{
	bool stopped;

	pthread_mutex_lock(&table->mutex);
	stopped = w->queued && session_table_dequeue(table, w);
	pthread_mutex_unlock(&table->mutex);
	return stopped;
}

struct session *
session_table_find(struct session_table *table, const struct login_result *r,
    struct home **home)
{
	struct session *s;

	pthread_mutex_lock(&table->mutex);
	TAILQ_FOREACH (s, &table->sessions, link) {
		if (s->tsih == r->tsih &&
		    memcmp(s->isid, r->isid, sizeof(s->isid)) == 0 &&
		    strcmp(s->initiator_name, r->initiator_name) == 0) {
			*home = s->home;
			break;
		}
	}
	pthread_mutex_unlock(&table->mutex);
	return s;
}

void
session_table_remove(struct session *s)
{
	struct session_table *table = s->table;
	struct session_waiter *w;

	pthread_mutex_lock(&table->mutex);
	TAILQ_REMOVE(&table->sessions, s, link);
	table->count--;
	while ((w = TAILQ_FIRST(&s->waiters)) != NULL) {
		TAILQ_REMOVE(&s->waiters, w, link);
		w->queued = false;
		w->home->post(w->home, &w->job);
	}
	pthread_mutex_unlock(&table->mutex);
}

void
session_table_end_target(
    struct session_table *table, const char *target_name, const char *why)
{
	struct session *s;

	pthread_mutex_lock(&table->mutex);
	TAILQ_FOREACH (s, &table->sessions, link) {
		if (strcmp(s->target_name, target_name) == 0)
			session_table_post_end(s, true, why);
	}
	pthread_mutex_unlock(&table->mutex);
}

/* ---- sessions that wait for connections ---- */

static void
session_table_alarm_job(struct job *job)
{
	struct session_alarm *a = container_of(job, struct session_alarm, job);
	struct session_table *table = a->table;
	struct session *s;

	pthread_mutex_lock(&table->mutex);
	LIST_REMOVE(a, link);
	TAILQ_FOREACH (s, &table->sessions, link) {
		if (s->tsih == a->tsih && s->home == a->home)
			break;
	}
	pthread_mutex_unlock(&table->mutex);
	if (s != NULL)
		session_retained_late(s, a->at_ms);
	free(a);
}

bool
session_table_alarm(struct session *s, uint64_t at_ms)
{
	struct session_table *table = s->table;
	struct session_alarm *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return false;
	a->job.fn = session_table_alarm_job;
	a->table = table;
	a->home = s->home;
	a->at_ms = at_ms;
	a->tsih = s->tsih;
	pthread_mutex_lock(&table->mutex);
	LIST_INSERT_HEAD(&table->alarms, a, link);
	pthread_mutex_unlock(&table->mutex);
	s->home->after(s->home, &a->job, (unsigned)(at_ms - s->home->now_ms));
	return true;
}

static void
session_table_stop_job(struct job *job)
{
	struct session *s = container_of(job, struct session, stop_job);

	if (session_table_arrived(s))
		session_retained_late(s, UINT64_MAX);
}

void
session_table_stop_retaining(struct session_table *table)
{
	struct session *s;

	pthread_mutex_lock(&table->mutex);
	TAILQ_FOREACH (s, &table->sessions, link)
		session_table_post(s, &s->stop_job, session_table_stop_job);
	pthread_mutex_unlock(&table->mutex);
}

/* ---- a new configuration ---- */

static void
session_table_answered(struct session_table *table)
{
	void (*done)(void *ctx) = NULL;
	void *ctx = table->ctx;

	pthread_mutex_lock(&table->mutex);
	if (--table->unanswered == 0) {
		table->applying = false;
		done = table->done;
	}
	pthread_mutex_unlock(&table->mutex);
	if (done != NULL)
		done(ctx);
}

static void
session_table_apply_job(struct job *job)
{
	struct session *s = container_of(job, struct session, apply_job);
	struct session_table *table = s->table;
	struct service *service;

	if (session_table_arrived(s)) {
		service = session_table_service(table);
		session_enter(s);
		session_set_service(s, service);
		session_leave(s);
		service_unref(service);
	}
	session_table_answered(table);
}

void
session_table_apply(struct session_table *table, struct service *service,
    void (*done)(void *ctx), void *ctx)
{
	struct service *old;
	struct session *s;

	service_ref(service);
	pthread_mutex_lock(&table->mutex);
	assert(!table->applying);
	old = table->service;
	table->service = service;
	table->applying = true;
	table->done = done;
	table->ctx = ctx;
	table->unanswered = 1;
	TAILQ_FOREACH (s, &table->sessions, link) {
		table->unanswered++;
		session_table_post(s, &s->apply_job, session_table_apply_job);
	}
	pthread_mutex_unlock(&table->mutex);
	if (old != NULL)
		service_unref(old);
	session_table_answered(table);
}
