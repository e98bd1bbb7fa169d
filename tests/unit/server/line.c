/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/line.c - jobs that run one after the other on a crew.
 */
#include <semaphore.h>
#include <stdatomic.h>

#include "common/bytes.h"
#include "server/line.h"
#include "tests/unit/unit.h"

extern const struct unit_suite line_suite;

#define LINE_JOBS 2000

struct numbered {
	struct job job;
	unsigned number;
};

static struct crew crew;
static struct line line;
static sem_t gone, ended, started, release;
static _Atomic unsigned ran, inside, beside, out_of_order;
static struct numbered jobs[LINE_JOBS];

static void
line_crew_is_gone(struct crew *c)
{
	line_destroy(&line);
	crew_destroy(c);
	sem_post(&gone);
}

static void
begin(void)
{
	crew_init(&crew, 4);
	line_init(&line, &crew);
	sem_init(&gone, 0, 0);
	sem_init(&ended, 0, 0);
	sem_init(&started, 0, 0);
	sem_init(&release, 0, 0);
	ran = inside = beside = out_of_order = 0;
}

static void
end(void)
{
	crew_retire(&crew, line_crew_is_gone);
	sem_wait(&gone);
}

static void
count(struct job *job)
{
	struct numbered *n = container_of(job, struct numbered, job);

	if (atomic_fetch_add(&inside, 1) != 0)
		beside++;
	if (n->number != atomic_fetch_add(&ran, 1))
		out_of_order++;
	atomic_fetch_sub(&inside, 1);
	sem_post(&ended);
}

static void
hang(struct job *job)
{
	sem_post(&started);
	sem_wait(&release);
}

static void
jobs_run_in_order_and_never_side_by_side(void)
{
	unsigned i;

	begin();
	for (i = 0; i < LINE_JOBS; i++) {
		jobs[i] = (struct numbered){ .job.fn = count, .number = i };
		if (line_add(&line, &jobs[i].job))
			CU_ASSERT_TRUE(line_run(&line));
	}
	for (i = 0; i < LINE_JOBS; i++)
		sem_wait(&ended);
	CU_ASSERT_EQUAL(beside, 0);
	CU_ASSERT_EQUAL(out_of_order, 0);
	end();
}

static void
job_behind_a_running_one_needs_no_call(void)
{
	struct job hung = { .fn = hang };
	struct numbered next = { .job.fn = count };

	begin();
	CU_ASSERT_TRUE(line_add(&line, &hung));
	CU_ASSERT_TRUE(line_run(&line));
	sem_wait(&started);
	CU_ASSERT_FALSE(line_add(&line, &next.job));
	CU_ASSERT_EQUAL(ran, 0);
	sem_post(&release);
	sem_wait(&ended);
	CU_ASSERT_EQUAL(ran, 1);
	end();
}

static void
line_that_was_emptied_wants_a_call_again(void)
{
	struct job job = { .fn = count };

	begin();
	CU_ASSERT_TRUE(line_add(&line, &job));
	CU_ASSERT_PTR_EQUAL(line_take(&line), &job);
	CU_ASSERT_PTR_NULL(line_take(&line));
	CU_ASSERT_TRUE(line_add(&line, &job));
	line_take(&line);
	line_take(&line);
	end();
}

static const struct unit_test tests[] = {
	{ "jobs run in order and never side by side",
	    jobs_run_in_order_and_never_side_by_side },
	{ "a job behind a running one needs no call",
	    job_behind_a_running_one_needs_no_call },
	{ "a line that was emptied wants a call again",
	    line_that_was_emptied_wants_a_call_again },
	{ NULL, NULL },
};

const struct unit_suite line_suite = { "line", tests };
