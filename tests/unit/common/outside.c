/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/common/outside.c - names for files that are done, also where the
 * file system renames only over what is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/outside.h"
#include "tests/unit/unit.h"

extern const struct unit_suite outside_suite;

/* Linked with ld --wrap. */
int __real_renameat2(
    int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int __wrap_renameat2(
    int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int __real_linkat(
    int from_fd, const char *from, int to_fd, const char *to, int flags);
int __wrap_linkat(
    int from_fd, const char *from, int to_fd, const char *to, int flags);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

/* errno; 0: as the kernel has it */
static int renames, links, unlinks;

int
__wrap_renameat2(
    int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	errno = renames;
	return renames != 0 ? -1
			    : __real_renameat2(from_fd, from, to_fd, to, flags);
}

int
__wrap_linkat(
    int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	errno = links;
	return links != 0 ? -1 : __real_linkat(from_fd, from, to_fd, to, flags);
}

static char dir[] = "/tmp/tisane-unit.XXXXXX", draft[64], name[64];

/* Of the draft. */
int
__wrap_unlink(const char *path)
{
	errno = unlinks;
	return unlinks != 0 && strcmp(path, draft) == 0 ? -1
							: __real_unlink(path);
}

static void
make(const char *path, off_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CU_ASSERT_EQUAL(ftruncate(fd, bytes), 0);
	close(fd);
}

/* -1: there is none. */
static off_t
bytes_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

/* Of a draft of 1 byte, with a file of 2 there or not. */
static int
move(bool there)
{
	int n;

	make(draft, 1);
	if (there)
		make(name, 2);
	n = outside_move(draft, name) == 0 ? 0 : errno;
	if (n == 0) {
		CU_ASSERT_EQUAL(bytes_of(name), 1);
		CU_ASSERT_EQUAL(bytes_of(draft), -1);
	} else {
		CU_ASSERT_EQUAL(bytes_of(name), there ? 2 : -1);
		CU_ASSERT_EQUAL(bytes_of(draft), 1);
	}
	__real_unlink(name);
	__real_unlink(draft);
	return n;
}

static void
move_replaces_nothing(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(draft, sizeof(draft), "%s/draft", dir);
	snprintf(name, sizeof(name), "%s/name", dir);
	CU_ASSERT_EQUAL(move(false), 0);
	CU_ASSERT_EQUAL(move(true), EEXIST);
	renames = EINVAL; /* of NFS, 9p, some of FUSE */
	CU_ASSERT_EQUAL(move(false), 0);
	CU_ASSERT_EQUAL(move(true), EEXIST);
	unlinks = EIO;
	CU_ASSERT_EQUAL(move(false), EIO);
	unlinks = 0;
	links = EPERM;
	CU_ASSERT_EQUAL(move(false), EOPNOTSUPP);
	links = 0;
	renames = EIO;
	CU_ASSERT_EQUAL(move(false), EIO);
	renames = 0;
	rmdir(dir);
}

static const struct unit_test outside_tests[] = {
	{ "a file gets a name, and replaces nothing", move_replaces_nothing },
	{ NULL, NULL },
};

const struct unit_suite outside_suite = { "outside", outside_tests };
