/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/crew.c - threads that may sleep.
 */
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/bytes.h"
#include "server/crew.h"
#include "tests/unit/unit.h"

extern const struct unit_suite crew_suite;

#define CREW_JOBS 1000

struct counted {
	struct job job;
	unsigned number;
};

static struct crew crew;
static sem_t gone, ended, release, started;
static _Atomic unsigned ran, out_of_order;
static struct counted jobs[CREW_JOBS];

static void
crew_is_gone(struct crew *c)
{
	crew_destroy(c);
	sem_post(&gone);
}

static void
begin(unsigned most)
{
	crew_init(&crew, most);
	sem_init(&gone, 0, 0);
	sem_init(&ended, 0, 0);
	sem_init(&release, 0, 0);
	sem_init(&started, 0, 0);
	ran = out_of_order = 0;
}

static void
count(struct job *job)
{
	struct counted *c = container_of(job, struct counted, job);

	if (c->number != atomic_fetch_add(&ran, 1))
		out_of_order++;
	sem_post(&ended);
}

static void
post_counted(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		jobs[i] = (struct counted){ .job.fn = count, .number = i };
		CU_ASSERT_TRUE(crew_post(&crew, &jobs[i].job));
	}
}

static void
hang(struct job *job)
{
	sem_post(&started);
	sem_wait(&release);
	sem_post(&ended);
}

static void
wait_for(sem_t *sem, unsigned n)
{
	while (n-- > 0)
		sem_wait(sem);
}

static void
end(void)
{
	crew_retire(&crew, crew_is_gone);
	sem_wait(&gone);
}

static void
every_job_runs_once(void)
{
	begin(4);
	post_counted(CREW_JOBS);
	wait_for(&ended, CREW_JOBS);
	CU_ASSERT_EQUAL(ran, CREW_JOBS);
	end();
}

static void
one_thread_keeps_the_order(void)
{
	begin(1);
	post_counted(CREW_JOBS);
	wait_for(&ended, CREW_JOBS);
	CU_ASSERT_EQUAL(out_of_order, 0);
	end();
}

static void
hung_job_does_not_hold_up_others(void)
{
	struct job hung = { .fn = hang };

	begin(2);
	crew_post(&crew, &hung);
	wait_for(&started, 1);
	post_counted(10);
	wait_for(&ended, 10);
	sem_post(&release);
	wait_for(&ended, 1);
	end();
}

static void
as_many_as_allowed_sleep_side_by_side(void)
{
	struct job hung[3] = { { .fn = hang }, { .fn = hang }, { .fn = hang } };
	unsigned i;

	begin(3);
	for (i = 0; i < 3; i++)
		crew_post(&crew, &hung[i]);
	wait_for(&started, 3);
	for (i = 0; i < 3; i++)
		sem_post(&release);
	wait_for(&ended, 3);
	end();
}

static void
retiring_runs_what_waits(void)
{
	begin(1);
	post_counted(CREW_JOBS);
	end();
	CU_ASSERT_EQUAL(ran, CREW_JOBS);
}

static void
crew_without_work_is_gone_at_once(void)
{
	begin(1);
	crew_retire(&crew, crew_is_gone);
	CU_ASSERT_EQUAL(sem_trywait(&gone), 0);
}

/* Of a crew of its own, that is freed with it. */
struct last_job {
	struct crew crew;
	struct job job;
};

static void
free_crew(struct crew *c)
{
	crew_destroy(c);
	free(container_of(c, struct last_job, crew));
	sem_post(&gone);
}

static void
retire_own_crew(struct job *job)
{
	crew_retire(&container_of(job, struct last_job, job)->crew, free_crew);
}

/* The poster may still be about to wake the thread that has done all. */
static void
job_may_retire_its_crew(void)
{
	struct job first = { .fn = hang };
	struct last_job *last;
	unsigned i;

	begin(1);
	for (i = 0; i < CREW_JOBS / 4; i++) {
		last = calloc(1, sizeof(*last));
		crew_init(&last->crew, 1);
		sem_post(&release);
		crew_post(&last->crew, &first);
		wait_for(&ended, 1);
		last->job.fn = retire_own_crew;
		CU_ASSERT_TRUE(crew_post(&last->crew, &last->job));
		sem_wait(&gone);
	}
	end();
}

static const struct unit_test crew_tests[] = {
	{ "every job runs once", every_job_runs_once },
	{ "one thread keeps the order", one_thread_keeps_the_order },
	{ "a hung job does not hold up others",
	    hung_job_does_not_hold_up_others },
	{ "as many as allowed sleep side by side",
	    as_many_as_allowed_sleep_side_by_side },
	{ "retiring runs what waits", retiring_runs_what_waits },
	{ "a crew without work is gone at once",
	    crew_without_work_is_gone_at_once },
	{ "a job may retire its crew", job_may_retire_its_crew },
	{ NULL, NULL },
};

const struct unit_suite crew_suite = { "crew", crew_tests };
