/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/identity.c - which UUID an LU has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "server/identity.h"
#include "server/uuid.h"
#include "tests/unit/unit.h"

extern const struct unit_suite identity_suite;

#define MARK     "user.tisane.uuid"
#define DECISION "user.tisane.adopt"
#define TEXT     "a0010203-0405-0607-0809-0a0b0c0d0e0f"

static char dir[64], file[80], why[512];
static struct state *state;
static int fd;
static bool marks; /* the file system takes attributes */

static void
begin(void)
{
	strcpy(dir, "/tmp/tisane-identity-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	state = state_open(dir, why, sizeof(why));
	CU_ASSERT_PTR_NOT_NULL_FATAL(state);
	strcpy(file, "/tmp/tisane-identity-file-XXXXXX");
	fd = mkstemp(file);
	marks = fsetxattr(fd, MARK, TEXT, 36, 0) == 0;
	fremovexattr(fd, MARK);
}

static void
end(void)
{
	char path[96];

	close(fd);
	unlink(file);
	state_close(state);
	snprintf(path, sizeof(path), "%s/lock", dir);
	unlink(path);
	rmdir(dir);
}

static int
settle(const char *name, char text[UUID_TEXT_BYTES])
{
	uint8_t uuid[16];
	struct identity_file f;
	int error;

	identity_file_init(&f, fd);
	error = identity_settle(
	    state, name, &f.carrier, true, uuid, why, sizeof(why));

	if (error == 0)
		uuid_format(text, uuid);
	return error;
}

static void
new_name_gets_a_uuid_and_marks_the_file(void)
{
	char text[UUID_TEXT_BYTES], mark[UUID_TEXT_BYTES] = "";

	begin();
	CU_ASSERT_EQUAL(settle("a", text), 0);
	if (marks) {
		CU_ASSERT_EQUAL(fgetxattr(fd, MARK, mark, 36), 36);
		CU_ASSERT_STRING_EQUAL(mark, text);
	}
	end();
}

static void
known_name_keeps_its_uuid(void)
{
	char first[UUID_TEXT_BYTES], second[UUID_TEXT_BYTES];

	begin();
	CU_ASSERT_EQUAL(settle("a", first), 0);
	CU_ASSERT_EQUAL(settle("a", second), 0);
	CU_ASSERT_STRING_EQUAL(first, second);
	end();
}

static void
new_name_takes_the_mark_of_the_file(void)
{
	char text[UUID_TEXT_BYTES];

	begin();
	if (marks) {
		fsetxattr(fd, MARK, TEXT, 36, 0);
		CU_ASSERT_EQUAL(settle("b", text), 0);
		CU_ASSERT_STRING_EQUAL(text, TEXT);
	}
	end();
}

static void
known_name_and_another_mark_conflict(void)
{
	char text[UUID_TEXT_BYTES];

	begin();
	if (marks) {
		CU_ASSERT_EQUAL(settle("a", text), 0);
		fsetxattr(fd, MARK, TEXT, 36, 0);
		CU_ASSERT_EQUAL(settle("a", text), -EEXIST);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, TEXT));
	}
	end();
}

/* What cp --preserve=xattr makes. */
static void
copy_file(void)
{
	char command[512];
	int copy;

	snprintf(command, sizeof(command),
	    "cp --preserve=xattr %s %s.copy && mv %s.copy %s", file, file, file,
	    file);
	CU_ASSERT_EQUAL(system(command), 0);
	copy = open(file, O_RDWR);
	CU_ASSERT_TRUE_FATAL(copy >= 0);
	close(fd);
	fd = copy;
}

static void
decide(const char *what)
{
	fsetxattr(fd, DECISION, what, strlen(what), 0);
}

static void
copy_is_refused_until_decided(void)
{
	char first[UUID_TEXT_BYTES], text[UUID_TEXT_BYTES];

	begin();
	if (marks) {
		CU_ASSERT_EQUAL(settle("a", first), 0);
		copy_file();
		CU_ASSERT_EQUAL(settle("a", text), -EEXIST);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "adopt a keep"));
		CU_ASSERT_EQUAL(settle("b", text), -EEXIST);
		decide("keep");
		CU_ASSERT_EQUAL(settle("a", text), 0);
		CU_ASSERT_STRING_EQUAL(text, first);
		CU_ASSERT_TRUE(fgetxattr(fd, DECISION, text, 4) < 0);
		CU_ASSERT_EQUAL(settle("a", text), 0);
		CU_ASSERT_STRING_EQUAL(text, first);
	}
	end();
}

static void
copy_becomes_another_disk(void)
{
	char first[UUID_TEXT_BYTES], second[UUID_TEXT_BYTES];
	char text[UUID_TEXT_BYTES];

	begin();
	if (marks) {
		CU_ASSERT_EQUAL(settle("a", first), 0);
		copy_file();
		decide("new");
		CU_ASSERT_EQUAL(settle("b", second), 0);
		CU_ASSERT_STRING_NOT_EQUAL(second, first);
		copy_file();
		decide("new"); /* also when it is in the place of the old */
		CU_ASSERT_EQUAL(settle("a", text), 0);
		CU_ASSERT_STRING_EQUAL(text, first);
	}
	end();
}

static void
conflict_is_decided(void)
{
	char first[UUID_TEXT_BYTES], text[UUID_TEXT_BYTES];

	begin();
	if (marks) {
		CU_ASSERT_EQUAL(settle("a", first), 0);
		fsetxattr(fd, MARK, TEXT, 36, 0);
		decide("new");
		CU_ASSERT_EQUAL(settle("a", text), 0);
		CU_ASSERT_STRING_EQUAL(text, first);
		fsetxattr(fd, MARK, TEXT, 36, 0);
		decide("keep");
		CU_ASSERT_EQUAL(settle("a", text), 0);
		CU_ASSERT_STRING_EQUAL(text, TEXT);
	}
	end();
}

static void
store_without_a_file_has_one_too(void)
{
	uint8_t uuid[16], again[16];

	begin();
	CU_ASSERT_EQUAL(
	    identity_settle(state, "r", NULL, true, uuid, why, sizeof(why)), 0);
	CU_ASSERT_TRUE(state_find_uuid(state, "r", again));
	CU_ASSERT_EQUAL(memcmp(uuid, again, 16), 0);
	end();
}

static const struct unit_test identity_tests[] = {
	{ "a new name gets a UUID and marks the file",
	    new_name_gets_a_uuid_and_marks_the_file },
	{ "a known name keeps its UUID", known_name_keeps_its_uuid },
	{ "a new name takes the mark of the file",
	    new_name_takes_the_mark_of_the_file },
	{ "a known name and another mark conflict",
	    known_name_and_another_mark_conflict },
	{ "a copied file is refused until it is decided",
	    copy_is_refused_until_decided },
	{ "a copied file becomes another disk", copy_becomes_another_disk },
	{ "a conflict is decided", conflict_is_decided },
	{ "a store without a file has one too",
	    store_without_a_file_has_one_too },
	{ NULL, NULL },
};

const struct unit_suite identity_suite = { "identity", identity_tests };
