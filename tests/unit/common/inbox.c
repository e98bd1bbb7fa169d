/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/inbox.c - order, waking, many posters.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/inbox.h"
#include "tests/unit/unit.h"

extern const struct unit_suite inbox_suite;

#define INBOX_POSTERS    4
#define INBOX_JOBS_EACH  20000
#define INBOX_TIMEOUT_MS 10000

struct note {
	struct job job;
	unsigned poster, number;
	struct inbox *again; /* post there once more when run */
};

static unsigned inbox_ran[INBOX_POSTERS];
static unsigned inbox_out_of_order;

static void
note_run(struct job *job)
{
	struct note *n = container_of(job, struct note, job);
	struct inbox *again = n->again;

	if (n->number != inbox_ran[n->poster]++)
		inbox_out_of_order++;
	n->again = NULL;
	if (again != NULL) {
		n->number++;
		inbox_post(again, job);
	}
}

static void
note_init(struct note *n, unsigned poster, unsigned number)
{
	*n = (struct note){
		.job.fn = note_run,
		.poster = poster,
		.number = number,
	};
}

static void
inbox_setup(struct inbox *in)
{
	unsigned i;

	for (i = 0; i < INBOX_POSTERS; i++)
		inbox_ran[i] = 0;
	inbox_out_of_order = 0;
	CU_ASSERT_EQUAL_FATAL(inbox_init(in), 0);
}

static bool
inbox_readable(struct inbox *in, int timeout_ms)
{
	struct pollfd p = { .fd = in->event_fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

static void
inbox_oldest_first(void)
{
	struct note notes[3];
	struct inbox in;
	unsigned i;

	inbox_setup(&in);
	for (i = 0; i < 3; i++) {
		note_init(&notes[i], 0, i);
		inbox_post(&in, &notes[i].job);
	}
	CU_ASSERT_EQUAL(inbox_ran[0], 0);
	inbox_run(&in);
	CU_ASSERT_EQUAL(inbox_ran[0], 3);
	CU_ASSERT_EQUAL(inbox_out_of_order, 0);
	inbox_destroy(&in);
}

static void
inbox_cannot_be_read(void)
{
	int null = open("/dev/null", O_WRONLY);
	struct inbox in;
	struct note note;

	inbox_setup(&in);
	CU_ASSERT_TRUE_FATAL(null >= 0);
	CU_ASSERT_EQUAL(dup2(null, in.event_fd), in.event_fd);
	CU_ASSERT_EQUAL(dup2(null, in.timer_fd), in.timer_fd);
	note_init(&note, 0, 0);
	inbox_post(&in, &note.job);
	inbox_clear_timer(&in);
	inbox_run(&in);
	CU_ASSERT_EQUAL(inbox_ran[0], 1);
	inbox_destroy(&in);
	close(null);
}

static void
inbox_cannot_be_woken(void)
{
	int full = open("/dev/full", O_WRONLY), keep;
	struct note notes[2];
	struct inbox in;

	inbox_setup(&in);
	CU_ASSERT_TRUE_FATAL(full >= 0);
	keep = dup(in.event_fd);
	CU_ASSERT_EQUAL(dup2(full, in.event_fd), in.event_fd);
	note_init(&notes[0], 0, 0);
	note_init(&notes[1], 0, 1);
	inbox_post(&in, &notes[0].job);
	CU_ASSERT_EQUAL(dup2(keep, in.event_fd), in.event_fd);
	CU_ASSERT_FALSE(inbox_readable(&in, 0));
	inbox_post(&in, &notes[1].job);
	CU_ASSERT_TRUE(inbox_readable(&in, 0));
	inbox_run(&in);
	CU_ASSERT_EQUAL(inbox_ran[0], 2);
	inbox_destroy(&in);
	close(full);
	close(keep);
}

static void
inbox_wakes_once(void)
{
	struct note notes[2];
	struct inbox in;
	eventfd_t count;

	inbox_setup(&in);
	CU_ASSERT_FALSE(inbox_readable(&in, 0));
	note_init(&notes[0], 0, 0);
	note_init(&notes[1], 0, 1);
	inbox_post(&in, &notes[0].job);
	inbox_post(&in, &notes[1].job);
	CU_ASSERT_EQUAL(eventfd_read(in.event_fd, &count), 0);
	CU_ASSERT_EQUAL(count, 1);
	inbox_run(&in);
	CU_ASSERT_EQUAL(inbox_ran[0], 2);
	inbox_destroy(&in);
}

static void
inbox_leaves_new_ones(void)
{
	struct inbox in;
	struct note n;

	inbox_setup(&in);
	note_init(&n, 0, 0);
	n.again = &in;
	inbox_post(&in, &n.job);
	inbox_run(&in);
	CU_ASSERT_EQUAL(inbox_ran[0], 1);
	CU_ASSERT_TRUE(inbox_readable(&in, 0));
	inbox_run(&in);
	CU_ASSERT_EQUAL(inbox_ran[0], 2);
	CU_ASSERT_FALSE(inbox_readable(&in, 0));
	inbox_destroy(&in);
}

struct poster {
	struct inbox *in;
	struct note *notes;
};

static void *
poster_main(void *arg)
{
	struct poster *p = arg;
	unsigned i;

	for (i = 0; i < INBOX_JOBS_EACH; i++)
		inbox_post(p->in, &p->notes[i].job);
	return NULL;
}

static bool
inbox_all_ran(void)
{
	unsigned i;

	for (i = 0; i < INBOX_POSTERS; i++)
		if (inbox_ran[i] != INBOX_JOBS_EACH)
			return false;
	return true;
}

static void
inbox_many_posters(void)
{
	struct poster posters[INBOX_POSTERS];
	pthread_t threads[INBOX_POSTERS];
	struct inbox in;
	unsigned i, k;

	inbox_setup(&in);
	for (i = 0; i < INBOX_POSTERS; i++) {
		posters[i].in = &in;
		posters[i].notes = calloc(INBOX_JOBS_EACH, sizeof(struct note));
		for (k = 0; k < INBOX_JOBS_EACH; k++)
			note_init(&posters[i].notes[k], i, k);
		pthread_create(&threads[i], NULL, poster_main, &posters[i]);
	}
	while (!inbox_all_ran() && inbox_readable(&in, INBOX_TIMEOUT_MS))
		inbox_run(&in);
	CU_ASSERT_TRUE(inbox_all_ran());
	CU_ASSERT_EQUAL(inbox_out_of_order, 0);
	for (i = 0; i < INBOX_POSTERS; i++) {
		pthread_join(threads[i], NULL);
		free(posters[i].notes);
	}
	inbox_destroy(&in);
}

/* ---- held back ---- */

static void
inbox_held_jobs_wake_once(void)
{
	struct note notes[3];
	struct inbox in;
	unsigned i;

	inbox_setup(&in);
	for (i = 0; i < 3; i++) {
		CU_ASSERT_FALSE(inbox_readable(&in, 0));
		note_init(&notes[i], 0, i);
		inbox_post_more(i < 2);
		inbox_post(&in, &notes[i].job);
	}
	CU_ASSERT_TRUE(inbox_readable(&in, 0));
	inbox_run(&in);
	CU_ASSERT_EQUAL(inbox_ran[0], 3);
	inbox_destroy(&in);
}

static void
inbox_held_jobs_are_found_in_time(void)
{
	struct note held;
	struct inbox in;
	struct pollfd p;

	inbox_setup(&in);
	p = (struct pollfd){ .fd = in.timer_fd, .events = POLLIN };
	note_init(&held, 0, 0);
	inbox_post_more(true);
	inbox_post(&in, &held.job);
	CU_ASSERT_EQUAL(poll(&p, 1, INBOX_TIMEOUT_MS), 1);
	CU_ASSERT_FALSE(inbox_readable(&in, 0));
	inbox_clear_timer(&in);
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 0);
	inbox_run(&in);
	CU_ASSERT_EQUAL(inbox_ran[0], 1);
	inbox_post_more(false);
	inbox_wake_held();
	inbox_destroy(&in);
}

static void
inbox_last_job_wakes(void)
{
	struct note held, other;
	struct inbox in;

	inbox_setup(&in);
	note_init(&held, 0, 0);
	note_init(&other, 0, 1);
	inbox_post_more(true);
	inbox_post(&in, &held.job);
	inbox_post_more(false);
	CU_ASSERT_FALSE(inbox_readable(&in, 0));
	inbox_post(&in, &other.job);
	CU_ASSERT_TRUE(inbox_readable(&in, 0));
	inbox_run(&in);
	CU_ASSERT_EQUAL(inbox_ran[0], 2);
	inbox_destroy(&in);
}

static void
inbox_another_one_ends_the_hold(void)
{
	struct note first, second;
	struct inbox one, two;

	inbox_setup(&one);
	CU_ASSERT_EQUAL_FATAL(inbox_init(&two), 0);
	note_init(&first, 0, 0);
	note_init(&second, 0, 1);
	inbox_post_more(true);
	inbox_post(&one, &first.job);
	inbox_post(&two, &second.job);
	CU_ASSERT_TRUE(inbox_readable(&one, 0));
	CU_ASSERT_FALSE(inbox_readable(&two, 0));
	inbox_post_more(false);
	inbox_wake_held();
	CU_ASSERT_TRUE(inbox_readable(&two, 0));
	inbox_run(&one);
	inbox_run(&two);
	CU_ASSERT_EQUAL(inbox_ran[0], 2);
	inbox_destroy(&one);
	inbox_destroy(&two);
}

static const struct unit_test inbox_tests[] = {
	{ "jobs run oldest first", inbox_oldest_first },
	{ "the owner is woken once for many jobs", inbox_wakes_once },
	{ "what wakes it may fail to be read", inbox_cannot_be_read },
	{ "a call that did not wake is made up for by the next",
	    inbox_cannot_be_woken },
	{ "a job posted by a job waits for the next run",
	    inbox_leaves_new_ones },
	{ "every job of many posters runs once, in order", inbox_many_posters },
	{ "jobs with more to come wake once", inbox_held_jobs_wake_once },
	{ "a job with more to come is found in time",
	    inbox_held_jobs_are_found_in_time },
	{ "the last job wakes for those held back", inbox_last_job_wakes },
	{ "a job for another owner ends the hold",
	    inbox_another_one_ends_the_hold },
	{ NULL, NULL },
};

const struct unit_suite inbox_suite = { "inbox", inbox_tests };
