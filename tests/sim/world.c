/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/world.c - homes, the clock, the scheduler.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/sim.h"

#define POOL_BUDGET (2u << 20)

void
sim_trace(struct sim *s, uint64_t what)
{
	s->hash = (s->hash ^ what) * 0x100000001b3u;
}

void
sim_fail(const struct sim *s, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "sim: step %" PRIu64 ": ", s->steps);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

/* ---- homes ---- */

static void
home_post(struct home *home, struct job *job)
{
	struct sim_home *h = container_of(home, struct sim_home, home);

	job->next = NULL;
	*h->last = job;
	h->last = &job->next;
}

static bool
home_is_here(const struct home *home)
{
	const struct sim_home *h =
	    container_of(home, const struct sim_home, home);

	return h->sim->current == home;
}

static bool
home_run_one(struct sim_home *h)
{
	struct job *job = h->first;

	if (job == NULL)
		return false;
	h->first = job->next;
	if (h->first == NULL)
		h->last = &h->first;
	h->sim->current = &h->home;
	job->fn(job);
	h->sim->current = NULL;
	return true;
}

/* ---- making and ending the world ---- */

static void
world_random(void *out, size_t bytes)
{
	static const uint8_t pattern[] = { 0x5a, 0x11, 0xc3, 0x7e, 0x99 };
	uint8_t *p = out;
	size_t i;

	for (i = 0; i < bytes; i++)
		p[i] = (uint8_t)(pattern[i % sizeof(pattern)] + i);
}

static void
world_lu_gone(struct lu *lu, void *ctx)
{
	lu_destroy(lu);
	*(struct lu **)ctx = NULL;
}

static void
world_service_gone(struct service *service)
{
	(void)service;
}

static void
world_make_lu(struct sim *s)
{
	struct lu_identity id = { .name = "disk", .uuid = { 1, 2, 3 } };
	struct lu_options options = { .block_size = 512 };

	sim_store_init(&s->store);
	lu_identity_complete(&id);
	s->lu = lu_new(&s->store.bs, &id, &options, world_lu_gone, &s->lu);
	s->target = target_new("iqn.2026-11.sim:t", "");
	assert(s->lu != NULL && s->target != NULL);
	if (!target_add_lun(s->target, 0, s->lu, false, NULL, 0))
		abort();
	lu_unref(s->lu);
}

static void
world_make_service(struct sim *s)
{
	s->auth_group =
	    (struct auth_group){ .name = (char *)"no-authentication",
		    .no_authentication = true };
	snprintf(
	    s->portal.address, sizeof(s->portal.address), "192.0.2.1:3260");
	s->portal_group = (struct portal_group){ .name = (char *)"pg",
		.tag = 1,
		.portals = &s->portal,
		.portal_count = 1 };
	s->target_portal_group.portal_group = &s->portal_group;
	s->iscsi_target = (struct iscsi_target){ .target = s->target,
		.auth_group = &s->auth_group,
		.portal_groups = &s->target_portal_group,
		.portal_group_count = 1 };
	s->portal_groups[0] = &s->portal_group;
	s->targets[0] = &s->iscsi_target;
	s->auth_groups[0] = &s->auth_group;
	s->service = (struct service){ .portal_groups = s->portal_groups,
		.portal_group_count = 1,
		.targets = s->targets,
		.target_count = 1,
		.auth_groups = s->auth_groups,
		.auth_group_count = 1,
		.limits = iscsi_limits_default,
		.random = world_random,
		.free_last = world_service_gone };
	s->service.sessions = session_table_new();
	atomic_store(&s->service.references, 1);
}

static void
world_make(struct sim *s)
{
	unsigned i;

	for (i = 0; i < SIM_HOMES; i++) {
		s->homes[i] = (struct sim_home){ .sim = s,
			.home = { .post = home_post,
			    .is_here = home_is_here,
			    .pool = buf_pool_new(POOL_BUDGET),
			    .now_ms = 1000,
			    .index = i } };
		s->homes[i].last = &s->homes[i].first;
	}
	world_make_lu(s);
	world_make_service(s);
	for (i = 0; i < SIM_CLIENTS; i++)
		s->clients[i] = client_new(s, i);
}

static void
world_end(struct sim *s)
{
	unsigned i;

	for (i = 0; i < SIM_CLIENTS; i++)
		client_free(s->clients[i]);
	if (session_table_count(s->service.sessions) != 0)
		sim_fail(s, "a session is left");
	if (atomic_load(&s->service.references) != 1)
		sim_fail(s, "a reference on the service is left");
	session_table_free(s->service.sessions);
	target_unref(s->target);
	if (s->lu != NULL)
		sim_fail(s, "a reference on the LU is left");
	sim_store_free(&s->store);
	for (i = 0; i < SIM_HOMES; i++) {
		if (buf_pool_in_use(s->homes[i].home.pool) != 0)
			sim_fail(s, "home %u: buffers are left", i);
		buf_pool_free(s->homes[i].home.pool);
	}
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
		.service = &s->service,
		.portal_group = &s->portal_group,
		.local_address = "192.0.2.1:3260",
		.shell = &shell,
	};
	struct conn *conn;

	snprintf(
	    config.peer.text, sizeof(config.peer.text), "192.0.2.%u:99", n);
	*home = config.home;
	s->current = config.home;
	conn = conn_open(&config);
	s->current = NULL;
	if (conn == NULL)
		sim_fail(s, "conn_open");
	return conn;
}

/* ---- the scheduler ---- */

static void
event_complete_io(struct sim *s)
{
	static const int errors[] = { EIO, ENOSPC, EIO, ENOMEM };
	unsigned n = s->store.pending_count;
	int error = 0;

	if (n == 0)
		return;
	if (!s->draining && choose_one_in(&s->choice, 24))
		error = -errors[choose(&s->choice, ARRAY_LEN(errors))];
	sim_store_complete(&s->store, choose(&s->choice, n), error);
}

static void
event_clock(struct sim *s)
{
	static const unsigned jumps[] = { 1, 10, 100, 1000, 2000, 16000 };
	unsigned ms = jumps[choose(&s->choice, ARRAY_LEN(jumps))];
	unsigned i;

	for (i = 0; i < SIM_HOMES; i++)
		s->homes[i].home.now_ms += ms;
	for (i = 0; i < SIM_CLIENTS; i++)
		client_tick(s->clients[i]);
}

static void
event_pick(struct sim *s)
{
	struct sim_client *c = s->clients[choose(&s->choice, SIM_CLIENTS)];
	uint32_t what = choose(&s->choice, 64);

	sim_trace(s, what);
	if (what < 14)
		client_step(c);
	else if (what < 30)
		client_deliver(c, false);
	else if (what < 44)
		client_collect(c, false);
	else if (what < 52)
		event_complete_io(s);
	else if (what < 62)
		home_run_one(&s->homes[choose(&s->choice, SIM_HOMES)]);
	else if (what == 62)
		event_clock(s);
	else if (choose_one_in(&s->choice, 8))
		client_cut(c);
}

/* No more faults: whatever can move moves, until nothing does. */
static void
world_drain(struct sim *s)
{
	bool moved = true;
	unsigned i;

	s->draining = true;
	while (moved) {
		moved = false;
		for (i = 0; i < SIM_CLIENTS; i++) {
			moved |= client_deliver(s->clients[i], true);
			moved |= client_collect(s->clients[i], true);
		}
		for (i = 0; i < SIM_HOMES; i++)
			moved |= home_run_one(&s->homes[i]);
		if (s->store.pending_count > 0) {
			sim_store_complete(&s->store, 0, 0);
			moved = true;
		}
		s->steps++;
	}
}

struct sim_result
sim_run(struct choice choice, unsigned steps)
{
	struct sim *s = calloc(1, sizeof(*s));
	struct sim_result r;
	unsigned i;

	assert(s != NULL);
	s->choice = choice;
	s->hash = 0xcbf29ce484222325u;
	s->lawless = choose_one_in(&s->choice, 4);
	world_make(s);
	for (i = 0; i < steps; i++) {
		s->steps++;
		event_pick(s);
		if (choice.bytes != NULL && s->choice.left == 0)
			break;
	}
	world_drain(s);
	for (i = 0; i < SIM_CLIENTS; i++)
		client_check_end(s->clients[i]);
	for (i = 0; i < SIM_CLIENTS; i++)
		client_hang_up(s->clients[i]);
	world_drain(s);
	world_end(s);
	r = (struct sim_result){ .hash = s->hash,
		.steps = s->steps,
		.commands = s->commands_answered,
		.bytes = s->bytes_verified,
		.reinstated = s->reinstated };
	free(s);
	return r;
}

static void
raw_feed(struct sim *s, size_t split, const uint8_t *bytes, size_t size)
{
	struct sim_client *c = s->clients[0];
	size_t n;

	for (; size > 0; bytes += n, size -= n) {
		n = min_u64(size, split);
		client_raw(c, bytes, n);
		while (client_deliver(c, true) || client_collect(c, true))
			;
		if (s->store.pending_count > 0)
			sim_store_complete(&s->store, 0, 0);
	}
}

void
sim_raw(bool logged_in, size_t split, const uint8_t *bytes, size_t size)
{
	struct sim *s = calloc(1, sizeof(*s));

	assert(s != NULL);
	s->lawless = true;
	s->choice.bytes = bytes;
	world_make(s);
	if (logged_in) {
		client_step(s->clients[0]);
		world_drain(s);
		s->draining = false;
	}
	raw_feed(s, split, bytes, size);
	world_drain(s);
	client_hang_up(s->clients[0]);
	world_drain(s);
	world_end(s);
	free(s);
}
