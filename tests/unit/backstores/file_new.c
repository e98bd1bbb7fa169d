/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/file_new.c - files that are filled, emptied of zeroes,
 * and shared.
 */
#include "backstores/file_new.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "tests/unit/backstores/kit.h"
#include "tests/unit/backstores/strike.h"
#include "tests/unit/unit.h"

extern const struct unit_suite file_new_suite;

#define NEW_BYTES (8 * MIB)

/* Who keeps writers out: it can fail, and something can be written just then.
 */
struct new_hold {
	struct file_hold hold;
	unsigned begun, ended;
	int error;
	int fd; /* of what is written at each begin; -1: nothing */
};

static int
new_hold_begin(struct file_hold *hold)
{
	struct new_hold *h = container_of(hold, struct new_hold, hold);

	if (h->error != 0)
		return h->error;
	h->begun++;
	if (h->fd >= 0)
		CU_ASSERT_EQUAL(pwrite(h->fd, "w", 1, 4096), 1);
	return 0;
}

static void
new_hold_end(struct file_hold *hold)
{
	container_of(hold, struct new_hold, hold)->ended++;
}

static struct new_hold
new_hold(void)
{
	return (struct new_hold){ .hold = { new_hold_begin, new_hold_end },
		.fd = -1 };
}

/* Stops after that many looks. */
struct new_progress {
	unsigned looks, stops;
	uint64_t done;
};

static bool
new_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct new_progress *p = ctx;

	CU_ASSERT_TRUE(done <= total);
	p->done = done;
	return ++p->looks != p->stops;
}

static int
new_open(struct kit *k, const char *name)
{
	int fd = file_new_disk(kit_path(k, name));

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	return fd;
}

static uint64_t
new_allocated(int fd)
{
	struct stat st;

	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static void
new_write(int fd, uint64_t at, int byte, size_t bytes)
{
	static char data[MIB];

	memset(data, byte, sizeof(data));
	CU_ASSERT_EQUAL(pwrite(fd, data, bytes, (off_t)at), (ssize_t)bytes);
}

static int
new_byte(int fd, uint64_t at)
{
	char c = '?';

	CU_ASSERT_EQUAL(pread(fd, &c, 1, (off_t)at), 1);
	return c;
}

/* ---- filling ---- */

static void
new_is_filled(void)
{
	struct new_progress p = { 0 };
	struct kit k;
	int fd;

	kit_begin(&k);
	fd = new_open(&k, "a");
	new_write(fd, MIB, 'a', 4096);
	CU_ASSERT_EQUAL(file_check_full(fd, NEW_BYTES), -ENOSPC);
	CU_ASSERT_EQUAL(file_fill(fd, 0, NEW_BYTES, NULL, new_progress, &p), 0);
	CU_ASSERT_EQUAL(p.done, NEW_BYTES);
	CU_ASSERT_EQUAL(file_check_full(fd, NEW_BYTES), 0);
	CU_ASSERT_EQUAL(new_byte(fd, MIB), 'a');
	CU_ASSERT_EQUAL(new_byte(fd, MIB + 4096), 0);
	CU_ASSERT_EQUAL(file_new(kit_path(&k, "a")), -EEXIST);
	CU_ASSERT_EQUAL(file_sync_name(kit_path(&k, "a")), 0);
	CU_ASSERT_EQUAL(file_sync_name("/nonexistent/a"), -ENOENT);
	close(fd);
	kit_end(&k);
}

/* Nothing is reserved there: holes are written, while writers are kept out. */
static void
new_is_written_where_nothing_is_reserved(void)
{
	struct new_hold h = new_hold();
	struct kit k;
	int fd;

	kit_begin(&k);
	fd = new_open(&k, "a");
	new_write(fd, MIB + 4096, 'a', MIB);
	new_write(fd, 4 * MIB, 'b', 4096);
	strike_at(0, EOPNOTSUPP);
	CU_ASSERT_EQUAL(file_fill(fd, 0, NEW_BYTES, &h.hold, NULL, NULL), 0);
	CU_ASSERT_TRUE(strike_end());
	CU_ASSERT_EQUAL(h.begun, NEW_BYTES / MIB);
	CU_ASSERT_EQUAL(h.ended, h.begun);
	CU_ASSERT_EQUAL(file_check_full(fd, NEW_BYTES), 0);
	CU_ASSERT_EQUAL(new_byte(fd, 0), 0);
	CU_ASSERT_EQUAL(new_byte(fd, MIB + 4096), 'a');
	CU_ASSERT_EQUAL(new_byte(fd, 4 * MIB), 'b');
	CU_ASSERT_EQUAL(new_byte(fd, NEW_BYTES - 1), 0);
	h.error = -ENOTCONN;
	strike_at(0, EOPNOTSUPP);
	CU_ASSERT_EQUAL(
	    file_fill(fd, 0, NEW_BYTES, &h.hold, NULL, NULL), -ENOTCONN);
	strike_end();
	close(fd);
	kit_end(&k);
}

static void
new_filling_stops(void)
{
	struct new_progress p = { .stops = 2 };
	struct kit k;
	int fd;

	kit_begin(&k);
	fd = new_open(&k, "a");
	CU_ASSERT_EQUAL(ftruncate(fd, 256 * MIB), 0);
	CU_ASSERT_EQUAL(
	    file_fill(fd, 0, 256 * MIB, NULL, new_progress, &p), -ECANCELED);
	CU_ASSERT_TRUE(new_allocated(fd) < 256 * MIB);
	close(fd);
	kit_end(&k);
}

/* Each call of it fails once: an error, or all of it is there. */
static void
new_each_call_of_filling(void)
{
	static const int errors[] = { EIO, EOPNOTSUPP, EINTR, ENXIO };
	bool struck;
	struct kit k;
	unsigned n, m;
	size_t e;
	int fd, error;

	kit_begin(&k);
	for (e = 0; e < ARRAY_LEN(errors); e++) {
		struck = true;
		for (n = 0; struck && n < 100; n++) {
			fd = new_open(&k, "a");
			new_write(fd, MIB, 'a', 4096);
			/* with and without reserving */
			for (m = 0; m < 2; m++) {
				strike_at(n, errors[e]);
				error =
				    file_fill(fd, 0, 2 * MIB, NULL, NULL, NULL);
				struck = strike_end();
				if (error == 0)
					CU_ASSERT_EQUAL(
					    file_check_full(fd, 2 * MIB), 0);
			}
			CU_ASSERT_EQUAL(new_byte(fd, MIB), 'a');
			close(fd);
			unlink(kit_path(&k, "a"));
		}
	}
	kit_end(&k);
}

/* ---- giving zeroes back ---- */

/* Data, zeroes that were written, zeroes that were reserved. */
static int
new_with_zeroes(struct kit *k)
{
	int fd = new_open(k, "z");

	CU_ASSERT_EQUAL(file_fill(fd, 0, NEW_BYTES, NULL, NULL, NULL), 0);
	new_write(fd, 0, 'a', 4096);
	new_write(fd, 4096, 0, MIB);
	new_write(fd, 2 * MIB, 'b', 4096);
	return fd;
}

static void
new_zeroes_are_given_back(void)
{
	struct new_progress p = { 0 };
	struct new_hold h = new_hold();
	struct kit k;
	int fd;

	kit_begin(&k);
	fd = new_with_zeroes(&k);
	CU_ASSERT_EQUAL(
	    file_give_back(fd, NEW_BYTES, 4096, &h.hold, new_progress, &p), 0);
	CU_ASSERT_EQUAL(p.done, NEW_BYTES);
	CU_ASSERT_TRUE(h.begun > 0 && h.begun == h.ended);
	CU_ASSERT_TRUE(new_allocated(fd) < MIB / 2);
	CU_ASSERT_EQUAL(new_byte(fd, 0), 'a');
	CU_ASSERT_EQUAL(new_byte(fd, 4096), 0);
	CU_ASSERT_EQUAL(new_byte(fd, 2 * MIB), 'b');
	close(fd);
	kit_end(&k);
}

/* Between the look and the hole. */
static void
new_write_meanwhile_is_kept(void)
{
	struct new_progress p = { 0 };
	struct new_hold h = new_hold();
	struct kit k;
	int fd;

	kit_begin(&k);
	fd = new_with_zeroes(&k);
	h.fd = fd;
	CU_ASSERT_EQUAL(
	    file_give_back(fd, NEW_BYTES, 4096, &h.hold, new_progress, &p), 0);
	CU_ASSERT_EQUAL(new_byte(fd, 4096), 'w');
	close(fd);
	kit_end(&k);
}

static void
new_giving_back_stops(void)
{
	struct new_progress p = { .stops = 2 };
	struct new_hold h = new_hold();
	struct kit k;
	int fd;

	kit_begin(&k);
	fd = new_with_zeroes(&k);
	CU_ASSERT_EQUAL(
	    file_give_back(fd, NEW_BYTES, 4096, &h.hold, new_progress, &p),
	    -ECANCELED);
	p.stops = 0;
	h.error = -ENOTCONN;
	CU_ASSERT_EQUAL(
	    file_give_back(fd, NEW_BYTES, 4096, &h.hold, new_progress, &p),
	    -ENOTCONN);
	CU_ASSERT_EQUAL(h.begun, h.ended);
	close(fd);
	kit_end(&k);
}

/* The data are the same whatever fails, and writers are let in again. */
static void
new_each_call_of_giving_back(void)
{
	struct new_progress p = { 0 };
	struct new_hold h = new_hold();
	bool struck = true;
	struct kit k;
	unsigned n;
	int fd, error;

	kit_begin(&k);
	for (n = 0; struck && n < 200; n++) {
		fd = new_with_zeroes(&k);
		strike_at(n, EIO);
		error = file_give_back(
		    fd, NEW_BYTES, 4096, &h.hold, new_progress, &p);
		struck = strike_end();
		CU_ASSERT_TRUE(struck ? error < 0 : error == 0);
		CU_ASSERT_EQUAL(h.begun, h.ended);
		CU_ASSERT_EQUAL(new_byte(fd, 0), 'a');
		CU_ASSERT_EQUAL(new_byte(fd, 4096), 0);
		CU_ASSERT_EQUAL(new_byte(fd, 2 * MIB), 'b');
		close(fd);
		unlink(kit_path(&k, "z"));
	}
	CU_ASSERT_FALSE(struck);
	kit_end(&k);
}

/* ---- sharing ---- */

/* On a file system that is mounted. */
static int
new_share(struct kit *k, char *why, size_t why_size, const char *onto)
{
	int from = new_open(k, "mnt/from"), to = new_open(k, onto), error;

	new_write(from, 0, 's', MIB);
	error = file_share_all(from, to, kit_path(k, onto), why, why_size);
	if (error == 0)
		CU_ASSERT_EQUAL(new_byte(to, MIB - 1), 's');
	close(from);
	close(to);
	return error;
}

static void
new_shares_on_xfs(void)
{
	char why[256] = "";
	struct kit k;

	kit_begin(&k);
	if (kit_mount_xfs(&k, "320M")) {
		CU_ASSERT_EQUAL(new_share(&k, why, sizeof(why), "mnt/to"), 0);
		unlink(kit_path(&k, "mnt/from"));
		CU_ASSERT_EQUAL(
		    new_share(&k, why, sizeof(why), "elsewhere"), -EXDEV);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "another file system"));
	}
	kit_end(&k);
}

static void
new_shares_nothing_on_tmpfs(void)
{
	char why[256] = "";
	struct kit k;

	kit_begin(&k);
	if (kit_mount_tmpfs(&k, "8m")) {
		CU_ASSERT_EQUAL(
		    new_share(&k, why, sizeof(why), "mnt/to"), -EOPNOTSUPP);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "tmpfs"));
	}
	kit_end(&k);
}

static void
new_sharing_that_fails_is_told(void)
{
	char why[256] = "";
	struct kit k;
	int fd;

	kit_begin(&k);
	fd = new_open(&k, "a");
	/* the second call: the first asks of attributes */
	strike_at(1, EIO);
	CU_ASSERT_TRUE(file_share_all(fd, fd, "a", why, sizeof(why)) < 0);
	strike_end();
	CU_ASSERT_NOT_EQUAL(why[0], '\0');
	close(fd);
	kit_end(&k);
}

/* btrfs: what is not overwritten in place shares with its like only. */
static void
new_on_btrfs(void)
{
	char why[256] = "";
	struct kit k;
	int fd;

	kit_begin(&k);
	if (!kit_mount_btrfs(&k, "320M")) {
		kit_end(&k);
		return;
	}
	fd = new_open(&k, "mnt/in-place");
	CU_ASSERT_FALSE(file_copies_on_write(fd));
	close(fd);
	fd = file_new(kit_path(&k, "mnt/from"));
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_TRUE(file_copies_on_write(fd));
	close(fd);
	unlink(kit_path(&k, "mnt/from"));
	CU_ASSERT_EQUAL(new_share(&k, why, sizeof(why), "mnt/to"), 0);
	kit_end(&k);
}

static const struct unit_test file_new_tests[] = {
	{ "every block is reserved", new_is_filled },
	{ "or written where none can be reserved",
	    new_is_written_where_nothing_is_reserved },
	{ "filling stops when it is told", new_filling_stops },
	{ "each call of filling fails", new_each_call_of_filling },
	{ "zeroes are given back", new_zeroes_are_given_back },
	{ "a write meanwhile is kept", new_write_meanwhile_is_kept },
	{ "giving back stops when it is told", new_giving_back_stops },
	{ "each call of giving back fails", new_each_call_of_giving_back },
	{ "blocks are shared on xfs, and not across", new_shares_on_xfs },
	{ "none are on tmpfs, which is told", new_shares_nothing_on_tmpfs },
	{ "sharing that fails is told", new_sharing_that_fails_is_told },
	{ "on btrfs with their like", new_on_btrfs },
	{ NULL, NULL },
};

const struct unit_suite file_new_suite = { "new files", file_new_tests };
