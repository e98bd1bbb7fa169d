/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/session.c - one session: its nexus, its tasks, its end.
 */
#include "iscsi/conn_impl.h"
#include "iscsi/ffp_impl.h"
#include "iscsi/session_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "target/throttle_book.h"

#define SESSION_LOGOUT_SECONDS 10 /* for who loses its target */

static uint32_t
session_hash_name(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return h;
}

static void
session_init_lists(struct session *s)
{
	unsigned i;

	TAILQ_INIT(&s->conns);
	TAILQ_INIT(&s->tasks);
	TAILQ_INIT(&s->held);
	TAILQ_INIT(&s->waiters);
	STAILQ_INIT(&s->fence_held);
	LIST_INIT(&s->tmfs);
	for (i = 0; i < SESSION_ITT_SLOTS; i++)
		LIST_INIT(&s->by_itt[i]);
}

static void
session_copy_name(char out[ISCSI_NAME_MAX + 1], const char *name)
{
	size_t n = strnlen(name, ISCSI_NAME_MAX);

	memcpy(out, name, n);
	out[n] = '\0';
}

static bool
session_set_names(struct session *s, const struct login_result *r)
{
	session_copy_name(s->initiator_name, r->initiator_name);
	s->name_hash = session_hash_name(s->initiator_name);
	if (r->target != NULL)
		session_copy_name(s->target_name, r->target->target->name);
	if (r->named != NULL)
		session_copy_name(s->named, r->named->target->name);
	if (r->chap_user == NULL)
		return true;
	s->chap_user = strdup(r->chap_user);
	return s->chap_user != NULL;
}

struct session *
session_new(struct conn *c, const struct login_result *r)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	if (!session_set_names(s, r)) {
		free(s);
		return NULL;
	}
	session_init_lists(s);
	s->home = c->home;
	s->table = c->service->sessions;
	s->service = c->service;
	service_ref(s->service);
	s->target = r->target;
	s->portal_group_tag = c->portal_group->tag;
	s->tag = s->portal_group_tag;
	if (r->target != NULL || r->named != NULL)
		s->tag = iscsi_target_tag(
		    r->target != NULL ? r->target : r->named, c->portal_group);
	memcpy(s->portal, c->local_address, sizeof(s->portal));
	memcpy(s->isid, r->isid, sizeof(s->isid));
	window_init(
	    &s->window, c->login_cmd_sn, conn_limits(c)->commands_per_session);
	session_add_conn(s, c);
	return s;
}

static void
session_return_throttle(struct session *s)
{
	if (s->throttle != NULL)
		throttle_book_put(s->service->throttles, s->throttle);
	s->throttle = NULL;
}

bool
session_begin(struct session *s)
{
	struct throttle *th = NULL;

	if (s->target == NULL)
		return true;
	if (s->service->throttles != NULL) {
		th =
		    throttle_book_get(s->service->throttles, s->initiator_name);
		if (th == NULL)
			return false;
	}
	s->nexus = nexus_attach(
	    s->home, s->target->target, s->initiator_name, s->isid, s->tag);
	if (s->nexus != NULL)
		s->nexus->throttle = th;
	s->throttle = th;
	if (s->nexus == NULL)
		session_return_throttle(s);
	return s->nexus != NULL;
}

bool
session_same_lun(const struct session *s, uint64_t a, uint64_t b)
{
	const struct nexus_lu *nl;

	if (a == b)
		return true;
	nl = nexus_find_lu(s->nexus, a);
	return nl != NULL && nl == nexus_find_lu(s->nexus, b);
}

bool
session_is_discovery(const struct session *s)
{
	return s->target_name[0] == '\0';
}

/* Nothing of it is under way, and all that it had to say is sent. */
static void
session_gone(struct session *s)
{
	struct conn *c;

	session_enter(s);
	s->state = SESSION_GONE;
	session_table_remove(s);
	TAILQ_FOREACH (c, &s->conns, link)
		conn_logged_out(c);
	session_leave(s);
}

/* Tasks that were refused are in no task set: the nexus did not wait for
 * theirs. */
void
session_check_gone(struct session *s)
{
	if (s->state == SESSION_ENDING && s->nexus == NULL &&
	    s->task_count == 0)
		session_gone(s);
}

static void
session_nexus_gone(struct nexus *n, void *ctx)
{
	struct session *s = ctx;

	s->nexus = NULL;
	session_return_throttle(s);
	session_check_gone(s);
}

/* Their PDUs will not be whole any more, or their connection will not come
 * back. */
static void
session_free_ended(struct session *s)
{
	struct iscsi_task *it, *next;

	for (it = TAILQ_FIRST(&s->tasks); it != NULL; it = next) {
		next = TAILQ_NEXT(it, link);
		if (it->state == ITASK_REFUSED || it->state == ITASK_RETAINED)
			iscsi_task_free(it);
	}
}

void
session_end(struct session *s)
{
	struct conn *c;

	assert(s->state == SESSION_ACTIVE);
	s->state = SESSION_ENDING;
	ffp_tmf_cancel(s, NULL);
	session_fence_end(s);
	held_free_all(s);
	session_free_ended(s);
	TAILQ_FOREACH (c, &s->conns, link)
		conn_forget_kept(c);
	if (s->nexus != NULL)
		nexus_detach(s->nexus, session_nexus_gone, s);
	else
		session_check_gone(s);
}

void
session_drop(struct session *s, bool tell, const char *why)
{
	struct conn *c;

	if (s->state != SESSION_ACTIVE)
		return;
	session_enter(s);
	session_end(s);
	/* Those that are no members say their last words. */
	TAILQ_FOREACH (c, &s->conns, link) {
		if (c->member && tell)
			conn_drop_told(c, ASYNC_ALL_CONNECTIONS_DROP, why);
		else if (c->member)
			conn_drop(c, why);
	}
	session_leave(s);
}

void
session_drop_for(struct conn *c, const char *why)
{
	struct session *s = c->session;
	struct conn *other;

	session_enter(s);
	session_fence_release(s, c);
	session_end(s);
	conn_finish(c, why);
	TAILQ_FOREACH (other, &s->conns, link) {
		if (other->member)
			conn_drop_told(other, ASYNC_ALL_CONNECTIONS_DROP, why);
	}
	session_leave(s);
}

void
session_put(struct session *s)
{
	assert(s->state == SESSION_NEW || s->state == SESSION_GONE);
	assert(TAILQ_EMPTY(&s->conns));
	service_unref(s->service);
	s->service = NULL;
	free(s->chap_user);
	s->chap_user = NULL;
	if (!session_has_posted(s))
		free(s);
}

/* ---- a new configuration ---- */

static void
session_remove_target(struct session *s)
{
	struct conn *c;

	TAILQ_FOREACH (c, &s->conns, link) {
		log_notice("target removed target=%s peer=%s", s->target_name,
		    c->peer.text);
		conn_ask_logout(c, SESSION_LOGOUT_SECONDS);
	}
	if (s->members == 0)
		session_drop(s, true, "target removed");
}

static void
session_remap(struct session *s, const struct iscsi_target *t)
{
	if (!nexus_remap(s->nexus, t->target)) {
		session_drop(s, true, "out of memory for its new map");
		return;
	}
	s->target = t;
}

/* What it proved at its login is enough for this group, too. */
static bool
session_proved_enough(const struct session *s, const struct auth_group *ag)
{
	return auth_group_accepts_none(ag) ||
	       (s->chap_user != NULL && auth_group_find_chap(ag, s->chap_user,
					    strlen(s->chap_user)) != NULL);
}

static bool
session_is_admitted(
    const struct session *s, const struct auth_group *ag, const char **why)
{
	*why = "nobody is admitted";
	if (ag == NULL || ag->deny)
		return false;
	*why = "initiator name is not admitted";
	if (!auth_group_admits_name(ag, s->initiator_name))
		return false;
	*why = "it proved no CHAP user that is admitted";
	return session_proved_enough(s, ag);
}

static bool
session_admits(const struct session *s, const struct auth_group *ag,
    const struct conn *c, const char **why)
{
	if (!session_is_admitted(s, ag, why))
		return false;
	*why = "address is not admitted";
	return auth_group_admits_address(ag, &c->peer);
}

/* Connections that would not be let in any more are asked to go. */
static void
session_check_access(struct session *s, const struct auth_group *ag)
{
	const char *why;
	struct conn *c;

	TAILQ_FOREACH (c, &s->conns, link) {
		if (session_admits(s, ag, c, &why))
			continue;
		log_notice("no longer admitted target=%s initiator=\"%s\" "
			   "peer=%s reason=\"%s\"",
		    s->target_name, s->initiator_name, c->peer.text, why);
		conn_ask_logout(c, SESSION_LOGOUT_SECONDS);
	}
}

/* The target, if it is offered at the session's port as before, or NULL. */
static const struct iscsi_target *
session_find_target(
    const struct session *s, struct service *service, struct portal_group *pg)
{
	const struct iscsi_target *t =
	    service_find_target(service, s->target_name);

	if (t == NULL || pg == NULL || iscsi_target_tag(t, pg) != s->tag)
		return NULL;
	return t;
}

uint8_t
session_bars(const struct session *s, const struct conn *c)
{
	struct service *latest = session_table_service(s->table);
	uint8_t detail = 0;
	const struct iscsi_target *t;
	struct portal_group *pg;
	const char *why;

	if (latest == NULL)
		return 0;
	pg = service_find_tag(latest, s->portal_group_tag);
	t = session_find_target(s, latest, pg);
	if (s->nexus != NULL && t == NULL)
		detail = LOGIN_NOT_FOUND;
	else if (s->nexus != NULL &&
		 !session_admits(s, iscsi_target_auth(t, pg), c, &why))
		detail = LOGIN_AUTHORIZATION_FAILURE;
	service_unref(latest);
	return detail;
}

void
session_set_service(struct session *s, struct service *service)
{
	struct service *old = s->service;
	struct portal_group *pg =
	    service_find_tag(service, s->portal_group_tag);
	const struct iscsi_target *t;
	struct conn *c;

	if (s->state != SESSION_ACTIVE)
		return;
	service_ref(service);
	s->service = service;
	TAILQ_FOREACH (c, &s->conns, link)
		conn_service_changed(c);
	t = s->nexus == NULL ? NULL : session_find_target(s, service, pg);
	if (t != NULL) {
		session_remap(s, t);
		session_check_access(s, iscsi_target_auth(t, pg));
	} else if (s->nexus != NULL || pg == NULL) {
		session_remove_target(s);
	}
	/* A session without its target in the new service keeps the nexus, and
	 * that keeps the old map, until it has logged out. */
	if (t == NULL)
		s->target = NULL;
	service_unref(old);
}
