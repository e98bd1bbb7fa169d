/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/race.c - the same LU used by threads that are real.
 *
 * Each thread is a home with a nexus of its own.  The store keeps nothing, but
 * sees to it that nobody else writes between the read and the write of a
 * COMPARE AND WRITE.  Under ThreadSanitizer it also shows what lacks a lock.
 */
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "common/inbox.h"
#include "tests/unit/target/kit.h"

extern const struct unit_suite race_suite;

#define RACE_THREADS  3
#define RACE_COMMANDS 1000

struct race_home {
	struct home home;
	struct inbox inbox;
	pthread_t thread;
	struct race *race;
	struct nexus *nexus;
	struct task task;
	bool task_ended;
	struct tmf tmf;
	bool tmf_ended, gone;
	unsigned commands, resets;
};

struct race {
	struct backstore bs;
	struct lu *lu;
	struct target *target;
	struct race_home homes[RACE_THREADS];
	_Atomic unsigned window; /* the home inside a COMPARE AND WRITE, or 0 */
	_Atomic unsigned violations;
};

static _Thread_local struct race_home *race_here;

/* ---- homes ---- */

static void
race_post(struct home *home, struct job *job)
{
	inbox_post(&container_of(home, struct race_home, home)->inbox, job);
}

static bool
race_is_here(const struct home *home)
{
	return &race_here->home == home;
}

static void
race_wait(struct race_home *h, const bool *flag)
{
	struct pollfd p = { .fd = h->inbox.event_fd, .events = POLLIN };

	while (!*flag) {
		poll(&p, 1, -1);
		inbox_run(&h->inbox);
	}
}

/* ---- store ---- */

static int
race_read(struct backstore *bs, struct bs_io *io)
{
	struct race *r = container_of(bs, struct race, bs);
	int i;

	for (i = 0; i < io->iovcnt; i++)
		memset(io->iov[i].iov_base, 0, io->iov[i].iov_len);
	if (atomic_exchange(&r->window, race_here->home.index + 1) != 0)
		atomic_fetch_add(&r->violations, 1);
	sched_yield();
	return 0;
}

static int
race_write(struct backstore *bs, struct bs_io *io)
{
	struct race *r = container_of(bs, struct race, bs);
	unsigned window = atomic_load(&r->window);

	if (window == race_here->home.index + 1)
		atomic_store(&r->window, 0);
	else if (window != 0)
		atomic_fetch_add(&r->violations, 1);
	return 0;
}

static const struct bs_ops race_ops = {
	.name = "race",
	.kind = BS_INLINE,
	.read = race_read,
	.write = race_write,
	.fua = true,
};

/* ---- one thread ---- */

static void
race_task_ended(struct task *t)
{
	container_of(t, struct race_home, task)->task_ended = true;
}

static void
race_command(struct race_home *h, const uint8_t cdb[16], uint32_t out_length)
{
	struct task *t = &h->task;

	task_init(t);
	t->nexus = h->nexus;
	memcpy(t->cdb, cdb, 16);
	t->attribute = h->commands % 7 == 0 ? TASK_ORDERED : TASK_SIMPLE;
	t->data_out_length = out_length;
	t->done = race_task_ended;
	t->revoked = race_task_ended;
	h->task_ended = false;
	if (!outcome_good(task_prepare(t)))
		h->task_ended = true;
	if (!h->task_ended) {
		buf_list_zero(&t->data, 0, t->data.bytes);
		task_execute(t);
	}
	race_wait(h, &h->task_ended);
	task_release(t);
	inbox_run(&h->inbox);
}

static void
race_tmf_ended(struct tmf *f, enum tmf_response response)
{
	container_of(f, struct race_home, tmf)->tmf_ended = true;
}

static void
race_reset(struct race_home *h)
{
	h->tmf = (struct tmf){ .nexus = h->nexus,
		.function = TMF_LUN_RESET,
		.done = race_tmf_ended };
	h->tmf_ended = false;
	tmf_start(&h->tmf);
	race_wait(h, &h->tmf_ended);
	h->resets++;
}

static void
race_gone(struct nexus *n, void *ctx)
{
	((struct race_home *)ctx)->gone = true;
}

static void
race_detach(struct race_home *h)
{
	h->gone = false;
	nexus_detach(h->nexus, race_gone, h);
	race_wait(h, &h->gone);
}

static void
race_attach(struct race_home *h)
{
	static const uint8_t isid[6] = { 0 };

	h->nexus = nexus_attach(&h->home, h->race->target,
	    "iqn.2026-01.test:race", isid, (uint16_t)(h->home.index + 1));
	assert(h->nexus != NULL);
}

static void
race_commands(struct race_home *h)
{
	static const uint8_t caw[16] = { 0x89, [13] = 1 };
	static const uint8_t write[16] = { 0x2a, [8] = 1 };

	for (h->commands = 1; h->commands <= RACE_COMMANDS; h->commands++) {
		if ((h->commands + h->home.index) % 3 == 0)
			race_command(h, caw, 1024);
		else
			race_command(h, write, 512);
		if (h->commands % 100 == 0)
			race_reset(h);
		if (h->commands % 250 == 0) {
			race_detach(h);
			race_attach(h);
		}
	}
}

static void *
race_thread(void *arg)
{
	struct race_home *h = arg;

	race_here = h;
	race_attach(h);
	race_commands(h);
	race_detach(h);
	return NULL;
}

/* ---- the race ---- */

static void
race_make_lu(struct race *r)
{
	static const struct lu_identity identity = { .name = "race" };
	static const struct lu_options options = { .block_size = 512 };

	r->bs.ops = &race_ops;
	r->bs.info.size_bytes = 1u << 20;
	r->bs.info.volatile_cache = true;
	atomic_store(&r->bs.size, r->bs.info.size_bytes);
	pthread_mutex_init(&r->bs.flush_mutex, NULL);
	r->lu = lu_new(&r->bs, &identity, &options, NULL, NULL);
	r->target = target_new("iqn.2026-01.test:target", "");
	assert(r->lu != NULL && r->target != NULL);
	if (!target_add_lun(r->target, 0, r->lu, false, NULL, 0))
		assert(!"LUN 0");
}

static void
race_make_home(struct race *r, unsigned i)
{
	struct race_home *h = &r->homes[i];

	h->race = r;
	h->home.index = i;
	h->home.post = race_post;
	h->home.is_here = race_is_here;
	h->home.pool = buf_pool_new(1u << 20);
	if (h->home.pool == NULL || inbox_init(&h->inbox) != 0)
		assert(!"memory");
}

static void
race_end(struct race *r)
{
	unsigned i;

	CU_ASSERT_EQUAL(atomic_load(&r->violations), 0);
	CU_ASSERT_FALSE(atomic_load(&r->lu->gate_closed));
	target_check(r->target);
	target_unref(r->target);
	CU_ASSERT_EQUAL(atomic_load(&r->lu->references), 1);
	lu_destroy(r->lu);
	pthread_mutex_destroy(&r->bs.flush_mutex);
	for (i = 0; i < RACE_THREADS; i++) {
		CU_ASSERT_EQUAL(buf_pool_in_use(r->homes[i].home.pool), 0);
		buf_pool_free(r->homes[i].home.pool);
		inbox_destroy(&r->homes[i].inbox);
	}
}

static void
race_of_threads(void)
{
	static struct race r;
	unsigned i;

	memset(&r, 0, sizeof r);
	race_make_lu(&r);
	for (i = 0; i < RACE_THREADS; i++)
		race_make_home(&r, i);
	for (i = 0; i < RACE_THREADS; i++)
		if (pthread_create(&r.homes[i].thread, NULL, race_thread,
			&r.homes[i]) != 0)
			assert(!"thread");
	for (i = 0; i < RACE_THREADS; i++)
		pthread_join(r.homes[i].thread, NULL);
	race_end(&r);
}

static const struct unit_test race_tests[] = {
	{ "nobody writes within a COMPARE AND WRITE", race_of_threads },
	{ NULL, NULL },
};

const struct unit_suite race_suite = { "race", race_tests };
