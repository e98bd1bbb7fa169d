/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/events.c - what may happen next; the run of one script.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/sim.h"

#define SIM_GROWTH 128u  /* blocks */
#define SILENCE_MS 61000 /* no connection outlives so much of it */

static struct home *
event_home(struct sim *s)
{
	return &s->homes[choose(&s->choice, SIM_HOMES)].home;
}

/* ---- stores ---- */

/* One that has something to do, if there is one. */
static struct sim_store *
event_store(struct sim *s)
{
	unsigned first = choose(&s->choice, SIM_LUNS), i;
	struct sim_store *store;

	for (i = 0; i < SIM_LUNS; i++) {
		store = &s->lus[(first + i) % SIM_LUNS].store;
		if (store->pending_count > 0)
			return store;
	}
	return &s->lus[first].store;
}

static void
event_complete_io(struct sim *s)
{
	static const int errors[] = { EIO, ENOSPC, EIO, ENOMEM };
	struct sim_store *store = event_store(s);
	unsigned n = store->pending_count;
	int error = 0;

	if (n == 0 || (s->slow && choose(&s->choice, 8) > 0))
		return;
	if (choose_one_in(&s->choice, 24))
		error = -errors[choose(&s->choice, ARRAY_LEN(errors))];
	n = choose(&s->choice, n);
	if (error != 0)
		s->faulted = s->steps;
	sim_note(s, "I/O %u ends error=%d", n, error);
	sim_store_complete(store, &s->choice, n, error);
}

/* One that is under way, if there is one. */
static unsigned
event_save(struct sim *s)
{
	unsigned saves = LUN_WILD * KEPT_KINDS, i, n;
	unsigned first = choose(&s->choice, saves);

	for (i = 0; i < saves; i++) {
		n = (first + i) % saves;
		if (s->lus[n % LUN_WILD].store.keepers[n / LUN_WILD].saving)
			return n;
	}
	return first;
}

static void
event_saved(struct sim *s)
{
	unsigned i = event_save(s);
	struct sim_store *store = &s->lus[i % LUN_WILD].store;
	enum sim_kept what = i / LUN_WILD;
	int error = choose_one_in(&s->choice, 8) ? -EIO : 0;

	if (store->keepers[what].saving == NULL)
		return;
	sim_note(s, "kept of lun %u: %s, error=%d", i % LUN_WILD,
	    what == KEPT_SETTINGS ? "settings" : "reservations", error);
	sim_enter(s, store->keepers[what].saving->home);
	sim_store_saved(
	    store, what, error, error == 0 || choose(&s->choice, 2));
	sim_leave(s);
}

/* ---- the clock ---- */

static void
world_pass(struct sim *s, unsigned ms)
{
	unsigned i;

	for (i = 0; i < SIM_CLIENTS; i++)
		client_note_time(s->clients[i]);
	for (i = 0; i < SIM_HOMES; i++)
		home_pass(&s->homes[i], ms);
	for (i = 0; i < SIM_CLIENTS; i++)
		client_tick(s->clients[i]);
	for (i = 0; i < SIM_FINDERS; i++)
		finder_tick(s->finders[i]);
}

static void
event_clock(struct sim *s)
{
	static const unsigned jumps[] = { 1, 10, 100, 1000, 2000, 16000 };
	unsigned ms = jumps[choose(&s->choice, ARRAY_LEN(jumps))];

	sim_note(s, "%u ms pass", ms);
	world_pass(s, ms);
}

/* ---- reload ---- */

struct reload {
	struct sim *s;
	struct sim_event lun_list, power_on;
	bool list_changed;
};

static void
reload_done(void *ctx)
{
	struct reload *r = ctx;
	struct sim *s = r->s;
	unsigned i;

	s->applying = false;
	s->reloaded = s->steps;
	s->ban_known = s->banned ? s->steps : 0;
	sim_note(s, "the new service is with all");
	for (i = 0; r->list_changed && i < LUN_WILD; i++)
		ua_end(s, i, &r->lun_list, -1, true);
	if (r->list_changed) {
		ua_end(s, LUN_EXTRA, &r->power_on, -1, false);
		s->lus[LUN_EXTRA].since = s->steps;
	}
	s->pr.changed = s->steps;
	free(r);
}

static void
event_map(struct sim *s, struct reload *r)
{
	struct sim_lu *l = &s->lus[LUN_EXTRA];
	unsigned i;

	if (!l->mapped && l->lu != NULL)
		return; /* the last one still lives */
	if (!l->mapped) {
		world_open_lu(s, LUN_EXTRA);
		wipe_cut_off(s);
	}
	mode_begins(s, LUN_EXTRA, false);
	l->mapped = !l->mapped;
	l->since = s->steps;
	s->pr.changed = s->steps;
	/* What was not to outlive the unit went with it. */
	if (!l->mapped && !s->pr.aptpl && !s->pr.unknown) {
		memset(s->pr.registered, 0, sizeof(s->pr.registered));
		s->pr.holder = -1;
	}
	reserve6_none(s);
	ua_forget_lun(s, LUN_EXTRA);
	r->list_changed = true;
	for (i = 0; i < LUN_WILD; i++)
		r->lun_list = ua_begin(s, i, 0x3f, 0x0e, -1);
	r->power_on = ua_begin(s, LUN_EXTRA, 0x29, 0x00, -1);
	sim_note(s, "reload: LUN 1 %s", l->mapped ? "comes" : "goes");
}

static void
event_ban(struct sim *s)
{
	s->banned = !s->banned;
	s->banned_since = s->steps;
	s->ban_known = 0;
	sim_note(s, "reload: odd initiators are %s",
	    s->banned ? "banned" : "welcome");
}

static void
event_reload(struct sim *s)
{
	struct service *old = s->service;
	struct reload *r;
	bool opened = s->lus[LUN_EXTRA].lu == NULL;

	if (s->applying)
		return;
	r = calloc(1, sizeof(*r));
	assert(r != NULL);
	r->s = s;
	if (choose(&s->choice, 2))
		event_map(s, r);
	else
		event_ban(s);
	s->figures.reloads++;
	s->service = world_service(s);
	if (opened && s->lus[LUN_EXTRA].lu != NULL)
		lu_unref(s->lus[LUN_EXTRA].lu);
	s->applying = true;
	s->reloaded = s->steps;
	session_table_apply(s->sessions, s->service, reload_done, r);
	service_unref(old);
}

static void
event_grow(struct sim *s)
{
	struct sim_lu *l = &s->lus[LUN_EXTRA];
	struct sim_event e;
	bool shrinks = choose_one_in(&s->choice, 4);

	if (l->lu == NULL || !l->mapped ||
	    l->medium->blocks == (shrinks ? SIM_BLOCKS : SIM_BLOCKS_MAX))
		return;
	sim_note(s, "LUN 1 %s", shrinks ? "shrinks" : "grows");
	if (shrinks)
		l->medium->blocks -= SIM_GROWTH;
	else
		l->medium->blocks += SIM_GROWTH;
	atomic_store(&l->store.bs.size, l->medium->blocks * 512);
	e = ua_begin(s, LUN_EXTRA, 0x2a, 0x09, -1);
	lu_size_changed(l->lu);
	ua_end(s, LUN_EXTRA, &e, -1, !s->applying);
}

/* ---- kill and restart ---- */

/* All clients go for good, and what is kept for them is kept in vain. */
static void
events_hang_up(struct sim *s)
{
	unsigned i;

	for (i = 0; i < SIM_CLIENTS; i++)
		client_hang_up(s->clients[i]);
	for (i = 0; i < SIM_FINDERS; i++)
		finder_hang_up(s->finders[i]);
	events_drain(s);
	world_pass(s, SILENCE_MS);
	events_drain(s);
	world_end(s);
}

static void
event_restart(struct sim *s)
{
	bool power = choose(&s->choice, 2);
	unsigned i;

	sim_note(s, power ? "the power fails" : "the process is killed");
	wipe_killed(s);
	for (i = 0; i < SIM_LUNS; i++)
		if (s->lus[i].lu != NULL)
			sim_store_die(&s->lus[i].store, &s->choice, power);
		else if (power)
			sim_store_die(
			    &(struct sim_store){ .medium = s->lus[i].medium },
			    &s->choice, power);
	events_hang_up(s);
	for (i = 0; i < SIM_CLIENTS; i++)
		client_died(s->clients[i], power);
	if (power)
		shared_power_cut(s);
	s->pr.unknown |= s->pr.busy || s->pr.kept_unknown;
	s->pr.busy = s->pr.aborts = false;
	if (!s->pr.aptpl) {
		memset(s->pr.registered, 0, sizeof(s->pr.registered));
		s->pr.holder = -1;
	}
	s->pr.changed = s->steps;
	s->figures.restarts++;
	s->resets = 0;
	s->draining = false;
	world_make(s);
}

/* ---- the scheduler ---- */

static void
event_rare(struct sim *s, struct sim_client *c)
{
	uint32_t what = choose(&s->choice, 64);

	if (what < 24)
		event_clock(s);
	else if (what < 32)
		client_cut(c);
	else if (what < 38)
		client_noise(c);
	else if (what < 42)
		event_reload(s);
	else if (what < 44)
		event_grow(s);
	else if (what == 44)
		event_restart(s);
	else if (what < 54)
		client_cut_to_recover(c);
	else
		finder_step(s->finders[choose(&s->choice, SIM_FINDERS)]);
}

void
event_pick(struct sim *s)
{
	struct sim_client *c = s->clients[choose(&s->choice, SIM_CLIENTS)];
	uint32_t what = choose(&s->choice, 64);

	sim_trace(s, what);
	if (what == 0)
		finder_step(s->finders[choose(&s->choice, SIM_FINDERS)]);
	else if (what < 14)
		client_step(c);
	else if (what < 28)
		client_deliver(c, false);
	else if (what < 42)
		client_collect(c, false);
	else if (what < 50)
		event_complete_io(s);
	else if (what < 52)
		event_saved(s);
	else if (what < 62)
		home_run_one(
		    container_of(event_home(s), struct sim_home, home));
	else
		event_rare(s, c);
	world_check(s);
}

static bool
drain_saves(struct sim *s, struct sim_store *store)
{
	bool moved = false;
	unsigned i;

	for (i = 0; i < KEPT_KINDS; i++) {
		if (store->keepers[i].saving == NULL)
			continue;
		sim_enter(s, store->keepers[i].saving->home);
		sim_store_saved(store, i, 0, true);
		sim_leave(s);
		moved = true;
	}
	return moved;
}

static bool
drain_stores(struct sim *s)
{
	struct sim_store *store;
	bool moved = false;
	unsigned i;

	for (i = 0; i < SIM_LUNS; i++) {
		store = &s->lus[i].store;
		if (s->lus[i].lu == NULL)
			continue;
		if (store->pending_count > 0) {
			sim_store_complete(store, &s->choice, 0, 0);
			moved = true;
		}
		moved |= drain_saves(s, store);
	}
	return moved;
}

void
events_drain(struct sim *s)
{
	bool moved = true;
	unsigned i;

	s->draining = true;
	while (moved) {
		moved = false;
		for (i = 0; i < SIM_CLIENTS; i++) {
			moved |= client_deliver(s->clients[i], true);
			moved |= client_collect(s->clients[i], true);
			moved |= client_mend(s->clients[i]);
		}
		for (i = 0; i < SIM_FINDERS; i++)
			moved |= finder_move(s->finders[i]);
		for (i = 0; i < SIM_HOMES; i++)
			moved |= home_run_one(&s->homes[i]);
		moved |= drain_stores(s);
		s->steps++;
	}
}

void
events_silence(struct sim *s)
{
	unsigned ms, i, open;

	for (ms = 0; ms < SILENCE_MS; ms += 500) {
		world_pass(s, 500);
		for (i = 0; i < SIM_HOMES; i++)
			while (home_run_one(&s->homes[i]))
				;
		drain_stores(s);
	}
	for (i = 0, open = 0; i < SIM_CLIENTS; i++)
		open += !client_all_closed(s->clients[i]);
	for (i = 0; i < SIM_FINDERS; i++)
		open += !finder_is_closed(s->finders[i]);
	if (open > 0)
		sim_fail(s, "a connection outlives a minute's silence");
}

static struct sim *
sim_new(struct choice choice)
{
	struct sim *s = calloc(1, sizeof(*s));
	unsigned i;

	assert(s != NULL);
	s->choice = choice;
	s->hash = 0xcbf29ce484222325u;
	s->pr.holder = -1;
	s->shared.values[0].answered = 1;
	for (i = 0; i < SIM_FINDERS; i++)
		s->finders[i] = finder_new(s, i);
	return s;
}

static void
sim_free(struct sim *s)
{
	unsigned i;

	for (i = 0; i < SIM_LUNS; i++)
		sim_medium_free(s->lus[i].medium);
	for (i = 0; i < SIM_CLIENTS; i++)
		client_free(s->clients[i]);
	for (i = 0; i < SIM_FINDERS; i++)
		finder_free(s->finders[i]);
	free(s);
}

/* A function that waits for a command or for data which the network has lost
 * does so twice as long as an abort may take, at most. */
static void
sim_finish_functions(struct sim *s)
{
	unsigned i, n;

	for (n = 0; n < 2; n++) {
		for (i = 0; i < SIM_CLIENTS && !client_waits(s->clients[i]);
		     i++)
			;
		if (i == SIM_CLIENTS)
			return;
		world_pass(s, 1500);
		events_drain(s);
	}
}

static void
sim_finish(struct sim *s, bool silently)
{
	unsigned i;

	events_drain(s);
	sim_finish_functions(s);
	for (i = 0; i < SIM_CLIENTS; i++)
		client_check_end(s->clients[i]);
	for (i = 0; i < SIM_FINDERS; i++)
		finder_check_end(s->finders[i]);
	if (silently)
		events_silence(s);
	events_hang_up(s);
	for (i = 0; i < SIM_CLIENTS; i++)
		client_check_disk(s->clients[i]);
}

struct sim_result
sim_run(struct choice choice, unsigned steps, bool loud)
{
	struct sim *s = sim_new(choice);
	struct sim_result r;
	unsigned i;

	starve_count = 0;
	choose_piece(&s->choice);
	s->loud = loud;
	s->lawless = choose_one_in(&s->choice, 4);
	s->starved = choose_one_in(&s->choice, 8);
	s->slow = choose_one_in(&s->choice, 8);
	s->contended = choose_one_in(&s->choice, 12);
	s->wipes = choose_one_in(&s->choice, 8);
	for (i = 0; i < SIM_CLIENTS; i++)
		s->clients[i] = client_new(s, i);
	world_make(s);
	for (i = 0; i < steps && choose_piece(&s->choice); i++) {
		s->steps++;
		event_pick(s);
	}
	choose_end(&s->choice);
	sim_finish(s, choose(&s->choice, 2));
	s->figures.starved = starve_count;
	r = (struct sim_result){
		.hash = s->hash, .steps = s->steps, .figures = s->figures
	};
	sim_free(s);
	return r;
}

/* ---- bytes from outside ---- */

static void
raw_feed(struct sim *s, size_t split, const uint8_t *bytes, size_t size)
{
	struct sim_client *c = s->clients[SIM_CLIENTS - 1];
	size_t n;

	for (; size > 0; bytes += n, size -= n) {
		n = min_u64(size, split);
		client_raw(c, bytes, n);
		while (client_deliver(c, true) || client_collect(c, true))
			;
		drain_stores(s);
	}
}

void
sim_raw(bool logged_in, size_t split, const uint8_t *bytes, size_t size)
{
	struct sim *s = sim_new((struct choice){ .bytes = bytes });
	unsigned i;

	s->lawless = true;
	for (i = 0; i < SIM_CLIENTS; i++)
		s->clients[i] = client_new(s, i);
	world_make(s);
	if (logged_in) {
		client_step(s->clients[SIM_CLIENTS - 1]);
		events_drain(s);
		s->draining = false;
	}
	raw_feed(s, split, bytes, size);
	sim_finish(s, false);
	sim_free(s);
}
