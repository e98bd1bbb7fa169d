/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/opening.c - a store that opens at once, late, or for
 * nobody.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/loop.h"
#include "server/opening.h"
#include "tests/unit/unit.h"

extern const struct unit_suite opening_suite;

static _Atomic unsigned opening_lates;

static void
opening_on_late(void *ctx)
{
	atomic_fetch_add((_Atomic unsigned *)ctx, 1);
}

static bool
opening_settles(unsigned running)
{
	const struct timespec moment = { .tv_nsec = 2000000 };
	unsigned i;

	for (i = 0; i < 5000 && opening_count() != running; i++)
		nanosleep(&moment, NULL);
	return opening_count() == running;
}

static void
opening_at_once(void)
{
	struct bs_config config = {
		.type = "ram", .size = 1 << 20, .block_size = 512
	};
	char why[256] = "";
	struct backstore *bs;
	struct opening *o = opening_begin(&config, false);

	opening_tell(opening_on_late, &opening_lates);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_EQUAL_FATAL(
	    opening_wait(o, clock_now_ms() + 60000, &bs, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(backstore_size(bs), 1 << 20);
	CU_ASSERT_EQUAL(opening_count(), 0);
	backstore_close(bs);
}

static void
opening_that_fails(void)
{
	struct bs_config config = {
		.type = "file", .path = "/nonexistent/x", .block_size = 512
	};
	char why[256] = "";
	struct backstore *bs;
	struct opening *o = opening_begin(&config, false);

	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_EQUAL(
	    opening_wait(o, clock_now_ms() + 60000, &bs, why, sizeof(why)),
	    -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "/nonexistent/x"));
	CU_ASSERT_EQUAL(opening_count(), 0);
}

/* A file that this process has open already. */
static void
opening_that_follows(void)
{
	char path[] = "/tmp/tisane-unit.XXXXXX", why[256] = "";
	struct bs_config config = {
		.type = "file", .path = path, .size = 1 << 20, .block_size = 512
	};
	int fd = mkstemp(path);
	struct backstore *first, *bs;
	struct opening *o;

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(
	    backstore_open(&config, &first, why, sizeof(why)), 0);
	o = opening_begin(&config, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_EQUAL(
	    opening_wait(o, clock_now_ms() + 60000, &bs, why, sizeof(why)),
	    -EALREADY);
	o = opening_begin(&config, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	why[0] = '\0';
	CU_ASSERT_EQUAL(
	    opening_wait(o, clock_now_ms() + 60000, &bs, why, sizeof(why)),
	    -EINPROGRESS);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "is open already"));
	backstore_close(first);
	CU_ASSERT_TRUE(opening_settles(0));
	CU_ASSERT_EQUAL(opening_wait(o, 0, &bs, why, sizeof(why)), 0);
	/* and one that nobody wants any more ends */
	o = opening_begin(&config, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	opening_leave(o);
	CU_ASSERT_TRUE(opening_settles(0));
	backstore_close(bs);
	close(fd);
	unlink(path);
}

static void
opening_for_nobody(void)
{
	struct bs_config config = {
		.type = "ram", .size = 1 << 20, .block_size = 512
	};
	struct opening *o = opening_begin(&config, false);

	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	opening_leave(o);
	CU_ASSERT_TRUE(opening_settles(0));
	/* the same when it has ended before */
	o = opening_begin(&config, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_TRUE(opening_settles(0));
	opening_leave(o);
}

#ifdef HAVE_NBD

/* An NBD server that takes connections and says nothing. */
static int
opening_listen(char *uri, size_t size)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "/tmp/tisane-unit.%d.sock",
	    (int)getpid());
	snprintf(uri, size, "nbd+unix:///?socket=%s", at.sun_path);
	unlink(at.sun_path);
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	CU_ASSERT_EQUAL(listen(fd, 5), 0);
	return fd;
}

static void
opening_that_is_late(void)
{
	char uri[128], why[256] = "";
	struct bs_config config = {
		.type = "nbd", .path = uri, .block_size = 512
	};
	int server = opening_listen(uri, sizeof(uri));
	struct opening *o, *left;
	struct backstore *bs;

	opening_lates = 0;
	o = opening_begin(&config, false);
	left = opening_begin(&config, false);
	memset(uri, 'x', 4); /* it has a copy */
	CU_ASSERT_TRUE_FATAL(o != NULL && left != NULL);
	CU_ASSERT_EQUAL(
	    opening_wait(o, clock_now_ms() + 20, &bs, why, sizeof(why)),
	    -EINPROGRESS);
	CU_ASSERT_EQUAL(
	    opening_wait(left, 0, &bs, why, sizeof(why)), -EINPROGRESS);
	opening_leave(left);
	CU_ASSERT_EQUAL(opening_count(), 2);
	CU_ASSERT_EQUAL(opening_lates, 0);
	close(server);
	unlink(strchr(uri, '=') + 1);
	CU_ASSERT_TRUE(opening_settles(0));
	CU_ASSERT_EQUAL(opening_lates, 1);
	CU_ASSERT_EQUAL(opening_wait(o, 0, &bs, why, sizeof(why)), -EIO);
	CU_ASSERT_NOT_EQUAL(why[0], '\0');
}

#endif

static const struct unit_test opening_tests[] = {
	{ "what opens at once is there", opening_at_once },
	{ "what fails says why", opening_that_fails },
	{ "what is open still is waited for", opening_that_follows },
	{ "what nobody wants is closed", opening_for_nobody },
#ifdef HAVE_NBD
	{ "what is late is told", opening_that_is_late },
#endif
	{ NULL, NULL },
};

const struct unit_suite opening_suite = { "opening", opening_tests };
