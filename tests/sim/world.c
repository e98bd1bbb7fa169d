/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/world.c - homes, logical units, what is offered: one process of the
 * target, from its start to its end.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "target/pr.h"
#include "target/settings.h"
#include "target/vpd.h"
#include "tests/sim/sim.h"

#define POOL_BUDGET (2u << 20)

const char **sim_failure;

void
sim_trace(struct sim *s, uint64_t what)
{
	s->hash = (s->hash ^ what) * 0x100000001b3u;
}

void
sim_note(const struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (!s->loud)
		return;
	printf("%5" PRIu64 "  ", s->steps);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void
sim_fail(const struct sim *s, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "sim: step %" PRIu64 ": ", s->steps);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (sim_failure != NULL)
		*sim_failure = fmt;
	abort();
}

/* ---- homes ---- */

void
sim_enter(struct sim *s, struct home *home)
{
	s->current = home;
	if (s->starved && !s->draining)
		starve_by = &s->choice;
}

void
sim_leave(struct sim *s)
{
	s->current = NULL;
	starve_by = NULL;
}

static void
home_post(struct home *home, struct job *job)
{
	struct sim_home *h = container_of(home, struct sim_home, home);

	job->next = NULL;
	*h->last = job;
	h->last = &job->next;
}

static void
home_after(struct home *home, struct job *job, unsigned ms)
{
	struct sim_home *h = container_of(home, struct sim_home, home);

	assert(h->timer_count < SIM_TIMERS);
	h->timers[h->timer_count++] =
	    (struct sim_timer){ job, home->now_ms + ms };
}

void
home_pass(struct sim_home *h, unsigned ms)
{
	unsigned i, kept = 0;

	h->home.now_ms += ms;
	for (i = 0; i < h->timer_count; i++) {
		if (h->timers[i].at_ms > h->home.now_ms)
			h->timers[kept++] = h->timers[i];
		else
			home_post(&h->home, h->timers[i].job);
	}
	h->timer_count = kept;
}

static bool
home_is_here(const struct home *home)
{
	const struct sim_home *h =
	    container_of(home, const struct sim_home, home);

	return h->sim->current == home;
}

bool
home_run_one(struct sim_home *h)
{
	struct job *job = h->first;

	if (job == NULL)
		return false;
	h->first = job->next;
	if (h->first == NULL)
		h->last = &h->first;
	sim_enter(h->sim, &h->home);
	job->fn(job);
	sim_leave(h->sim);
	return true;
}

static void
world_make_homes(struct sim *s)
{
	uint64_t now = s->homes[0].home.now_ms;
	unsigned i;

	for (i = 0; i < SIM_HOMES; i++) {
		s->homes[i] = (struct sim_home){ .sim = s,
			.home = { .post = home_post,
			    .after = home_after,
			    .is_here = home_is_here,
			    .pool = buf_pool_new(POOL_BUDGET),
			    .now_ms = now + 1000,
			    .index = i } };
		s->homes[i].last = &s->homes[i].first;
	}
}

/* ---- what is offered ---- */

static bool
world_random(void *out, size_t bytes)
{
	static const uint8_t pattern[] = { 0x5a, 0x11, 0xc3, 0x7e, 0x99 };
	uint8_t *p = out;
	size_t i;

	for (i = 0; i < bytes; i++)
		p[i] = (uint8_t)(pattern[i % sizeof(pattern)] + i);
	return true;
}

static void
world_lu_gone(struct lu *lu, void *ctx)
{
	struct sim_lu *l = ctx;

	sim_store_check_idle(&l->store);
	lu_destroy(lu);
	l->lu = NULL;
}

static void
world_restore(struct sim *s, unsigned lun, const struct sim_medium *m)
{
	static const struct {
		void (*set_store)(struct lu *lu, struct lu_store *store);
		bool (*restore)(struct lu *lu, const char *text, size_t bytes);
	} kinds[KEPT_KINDS] = {
		[KEPT_RESERVATIONS] = { pr_set_store, pr_restore },
		[KEPT_SETTINGS] = { settings_set_store, settings_restore },
	};
	struct sim_lu *l = &s->lus[lun];
	const struct sim_text *kept;
	unsigned i;

	for (i = 0; i < KEPT_KINDS; i++) {
		kept = &m->kept[i];
		kinds[i].set_store(l->lu, &l->store.keepers[i].lu_store);
		if (!kinds[i].restore(l->lu,
			kept->text != NULL ? kept->text : "", kept->bytes))
			sim_fail(s, "what was kept of lun %u is not understood",
			    lun);
	}
}

void
world_open_lu(struct sim *s, unsigned lun)
{
	static const char *const names[] = { "disk", "extra", "wild" };
	struct lu_identity id = { .uuid = { 1, 2, (uint8_t)lun } };
	struct lu_options options = { .block_size = 512 };
	struct sim_lu *l = &s->lus[lun];
	struct sim_medium *m = l->medium;

	snprintf(id.name, sizeof(id.name), "%s", names[lun]);
	sim_store_init(&l->store, m, lun != LUN_EXTRA);
	lu_identity_complete(&id);
	vpd_naa_of_lu(&id, l->naa);
	l->lu = lu_new(&l->store.bs, &id, &options, world_lu_gone, l);
	assert(l->lu != NULL);
	world_restore(s, lun, m);
}

struct snapshot {
	struct service service;
	struct portal portal;
	struct portal_group portal_group, *portal_groups[1];
	struct target_portal_group target_portal_group;
	struct iscsi_target target, *targets[1];
	struct auth_group auth_group, *auth_groups[1];
	struct chap_credential chap;
	char *names[3];
};

static void
snapshot_free(struct service *service)
{
	struct snapshot *p = container_of(service, struct snapshot, service);

	target_unref(p->target.target);
	free(p);
}

static char lawful_name[] = "iqn.2026-11.sim:i*";
static char even_name[] = "iqn.2026-11.sim:i0";
static char wild_name[] = "iqn.2026-11.wild:*";

/* The target with the LUNs that are mapped now. */
static struct target *
world_target(struct sim *s)
{
	static char *const lawful[] = { lawful_name }, *const wild[] = {
		wild_name
	};
	struct target *t = target_new("iqn.2026-11.sim:t", "");
	unsigned i;

	assert(t != NULL);
	for (i = 0; i < SIM_LUNS; i++) {
		if (!s->lus[i].mapped)
			continue;
		if (!target_add_lun(t, (uint16_t)i, s->lus[i].lu, false,
			i == LUN_WILD ? wild : lawful, 1))
			abort();
	}
	return t;
}

struct service *
world_service(struct sim *s)
{
	struct snapshot *p = calloc(1, sizeof(*p));

	assert(p != NULL);
	p->names[0] = wild_name;
	p->names[1] = s->banned ? even_name : lawful_name;
	p->chap = (struct chap_credential){ (char *)SIM_CHAP_USER,
		(char *)SIM_CHAP_SECRET, (char *)"target",
		(char *)SIM_CHAP_MUTUAL };
	p->auth_group = (struct auth_group){ .name = (char *)"known",
		.no_authentication = true,
		.chap = &p->chap,
		.chap_count = 1,
		.initiator_names = p->names,
		.initiator_name_count = 2 };
	snprintf(
	    p->portal.address, sizeof(p->portal.address), "192.0.2.1:3260");
	p->portal_group = (struct portal_group){ .name = (char *)"pg",
		.tag = 1,
		.portals = &p->portal,
		.portal_count = 1 };
	p->target_portal_group.portal_group = &p->portal_group;
	p->target = (struct iscsi_target){ .target = world_target(s),
		.auth_group = &p->auth_group,
		.portal_groups = &p->target_portal_group,
		.portal_group_count = 1 };
	p->portal_groups[0] = &p->portal_group;
	p->targets[0] = &p->target;
	p->auth_groups[0] = &p->auth_group;
	p->service = (struct service){ .portal_groups = p->portal_groups,
		.portal_group_count = 1,
		.targets = p->targets,
		.target_count = 1,
		.auth_groups = p->auth_groups,
		.auth_group_count = 1,
		.limits = iscsi_limits_default,
		.sessions = s->sessions,
		.random = world_random,
		.free_last = snapshot_free };
	atomic_store(&p->service.references, 1);
	return &p->service;
}

/* ---- the process ---- */

void
world_make(struct sim *s)
{
	unsigned i;

	world_make_homes(s);
	for (i = 0; i < SIM_LUNS; i++) {
		if (s->lus[i].medium == NULL)
			s->lus[i].medium = sim_medium_new(
			    SIM_BLOCKS + (i == LUN_DISK ? SIM_SHARED : 0));
		world_open_lu(s, i);
		mode_begins(s, i, false);
		if (i == LUN_EXTRA)
			wipe_cut_off(s);
		s->lus[i].mapped = true;
		s->lus[i].since = s->steps;
	}
	reserve6_none(s);
	s->sessions = session_table_new();
	s->banned = false;
	s->ban_known = 0;
	s->service = world_service(s);
	for (i = 0; i < SIM_LUNS; i++)
		lu_unref(s->lus[i].lu);
}

void
world_end(struct sim *s)
{
	unsigned i;

	if (session_table_count(s->sessions) != 0)
		sim_fail(s, "a session is left");
	session_table_free(s->sessions);
	if (atomic_load(&s->service->references) != 1)
		sim_fail(s, "a reference on the service is left");
	service_unref(s->service);
	for (i = 0; i < SIM_LUNS; i++) {
		if (s->lus[i].lu != NULL)
			sim_fail(s, "a reference on LU %u is left", i);
	}
	for (i = 0; i < SIM_HOMES; i++) {
		if (buf_pool_in_use(s->homes[i].home.pool) != 0)
			sim_fail(s, "home %u: buffers are left", i);
		buf_pool_free(s->homes[i].home.pool);
	}
}

void
world_check(struct sim *s)
{
	unsigned i;

	for (i = 0; i < SIM_LUNS; i++) {
		if (s->lus[i].lu != NULL)
			lu_check(s->lus[i].lu);
	}
	for (i = 0; i < SIM_HOMES; i++) {
		if (buf_pool_in_use(s->homes[i].home.pool) > POOL_BUDGET)
			sim_fail(s, "home %u: over its budget", i);
	}
	if (atomic_load(&s->service->references) == 0)
		sim_fail(s, "the service has no reference");
}

static void
world_wake(void *ctx, struct conn *c)
{
	(void)ctx;
	(void)c;
}

struct conn *
sim_connect(struct sim *s, unsigned n, struct home **home)
{
	static const struct conn_shell shell = { .wake = world_wake };
	struct conn_config config = {
		.home = &s->homes[choose(&s->choice, SIM_HOMES)].home,
		.service = s->service,
		.portal_group = s->service->portal_groups[0],
		.local_address = "192.0.2.1:3260",
		.shell = &shell,
	};
	struct conn *conn;

	snprintf(
	    config.peer.text, sizeof(config.peer.text), "192.0.2.%u:99", n);
	*home = config.home;
	sim_enter(s, config.home);
	conn = conn_open(&config);
	sim_leave(s);
	if (conn == NULL && !s->starved)
		sim_fail(s, "conn_open");
	return conn;
}

size_t
sim_deliver(struct sim *s, struct conn *conn, struct home *home,
    const uint8_t *bytes, size_t n)
{
	size_t part, moved = 0;
	struct iovec iov[4];
	int i, count;

	sim_enter(s, home);
	count = conn_recv_iov(conn, iov, 4);
	for (i = 0; i < count && moved < n; i++) {
		part = min_u64(iov[i].iov_len, n - moved);
		memcpy(iov[i].iov_base, bytes + moved, part);
		moved += part;
	}
	if (moved > 0)
		conn_received(conn, moved);
	sim_leave(s);
	conn_check(conn);
	return moved;
}

void
sim_close(struct sim *s, struct conn *conn, struct home *home, const char *why)
{
	sim_enter(s, home);
	conn_closed(conn, why);
	sim_leave(s);
}

void
sim_tick(struct sim *s, struct conn *conn, struct home *home)
{
	if (conn_deadline(conn) > home->now_ms)
		return;
	sim_enter(s, home);
	conn_tick(conn);
	sim_leave(s);
	conn_check(conn);
}
