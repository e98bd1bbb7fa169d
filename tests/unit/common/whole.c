/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/whole.c - calls on a file until all is done.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/whole.h"
#include "tests/unit/unit.h"

extern const struct unit_suite whole_suite;

#define WHOLE_BYTES (1u << 20) /* more than a pipe holds */

static int
whole_file(void)
{
	char name[] = "/tmp/tisane-whole.XXXXXX";
	int fd = mkstemp(name);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	unlink(name);
	return fd;
}

static void *
whole_send(void *arg)
{
	const int *to = arg;
	char *out = malloc(WHOLE_BYTES);
	int error = -ENOMEM;

	if (out != NULL) {
		memset(out, 'w', WHOLE_BYTES);
		error = whole_write(*to, out, WHOLE_BYTES, WHOLE_HERE);
	}
	free(out);
	close(*to);
	return error == 0 ? arg : NULL;
}

/* A pipe takes and gives it in parts. */
static void
whole_goes_on_after_a_part(void)
{
	char *in = malloc(WHOLE_BYTES + 1);
	pthread_t thread;
	void *sent = NULL;
	int ends[2];

	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	CU_ASSERT_EQUAL_FATAL(
	    pthread_create(&thread, NULL, whole_send, &ends[1]), 0);
	CU_ASSERT_EQUAL(
	    whole_read(ends[0], in, WHOLE_BYTES + 1, WHOLE_HERE), WHOLE_BYTES);
	CU_ASSERT_EQUAL(in[WHOLE_BYTES - 1], 'w');
	pthread_join(thread, &sent);
	CU_ASSERT_PTR_NOT_NULL(sent);
	close(ends[0]);
	free(in);
}

static void
whole_stays_where_it_is_told(void)
{
	char got[8] = "";
	int fd = whole_file();

	CU_ASSERT_EQUAL(whole_write(fd, "tail", 4, 4), 0);
	CU_ASSERT_EQUAL(whole_write(fd, "head", 4, WHOLE_HERE), 0);
	CU_ASSERT_EQUAL(whole_read(fd, got, 8, 2), 6);
	CU_ASSERT_EQUAL(memcmp(got, "adtail", 6), 0);
	CU_ASSERT_EQUAL(whole_read(fd, got, 8, WHOLE_HERE), 4);
	CU_ASSERT_EQUAL(memcmp(got, "tail", 4), 0);
	close(fd);
}

static void
whole_tells_errors(void)
{
	char byte = 0;
	int fd = open("/dev/full", O_RDWR);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(whole_write(fd, &byte, 1, WHOLE_HERE), -ENOSPC);
	CU_ASSERT_EQUAL(whole_fallocate(fd, 0, 0, 1), -ENODEV);
	close(fd);
	CU_ASSERT_EQUAL(whole_read(fd, &byte, 1, 0), -EBADF);
	CU_ASSERT_EQUAL(whole_sync(fd), -EBADF);
}

static const struct unit_test whole_tests[] = {
	{ "a transfer goes on after a part of it", whole_goes_on_after_a_part },
	{ "a transfer is where it is told to be",
	    whole_stays_where_it_is_told },
	{ "errors are told", whole_tells_errors },
	{ NULL, NULL },
};

const struct unit_suite whole_suite = { "whole", whole_tests };
