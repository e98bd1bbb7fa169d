/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/state.c - what is remembered from one run to the next.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/kept.h"
#include "server/state.h"
#include "server/uuid.h"
#include "tests/unit/unit.h"

extern const struct unit_suite state_suite;

static char base[64], dir[80], file[112], why[512];
static const uint8_t uuid_a[16] = { 0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
	13, 14, 15 };

static void
begin(void)
{
	strcpy(base, "/tmp/tisane-state-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(base));
	snprintf(dir, sizeof(dir), "%s/state", base);
	snprintf(file, sizeof(file), "%s/identities", dir);
	why[0] = '\0';
}

static void
end(void)
{
	char lock[112];

	snprintf(lock, sizeof(lock), "%s/lock", dir);
	unlink(lock);
	unlink(file);
	rmdir(dir);
	unlink(dir);
	rmdir(base);
}

static struct state *
open_state(void)
{
	return state_open(dir, why, sizeof(why));
}

static void
remember(const char *name)
{
	struct state *s = open_state();

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_TRUE(state_set_uuid(s, name, uuid_a));
	CU_ASSERT_EQUAL(state_save(s, why, sizeof(why)), 0);
	state_close(s);
}

static void
directory_is_made_private(void)
{
	struct stat st;

	begin();
	state_close(open_state());
	CU_ASSERT_EQUAL(stat(dir, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	end();
}

static void
uuid_survives_a_restart(void)
{
	struct state *s;
	uint8_t uuid[16];

	begin();
	remember("vm 1 with spaces");
	s = open_state();
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_TRUE(state_find_uuid(s, "vm 1 with spaces", uuid));
	CU_ASSERT_EQUAL(memcmp(uuid, uuid_a, 16), 0);
	CU_ASSERT_FALSE(state_find_uuid(s, "vm", uuid));
	state_close(s);
	end();
}

static void
second_user_is_refused(void)
{
	struct state *s;

	begin();
	s = open_state();
	CU_ASSERT_PTR_NULL(open_state());
	CU_ASSERT_STRING_EQUAL(why, "another tisaned uses it");
	state_close(s);
	end();
}

static void
damage_at(off_t offset)
{
	int fd = open(file, O_RDWR);
	char byte;

	CU_ASSERT_EQUAL(pread(fd, &byte, 1, offset), 1);
	byte ^= 1;
	CU_ASSERT_EQUAL(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

static void
each_damaged_byte_is_noticed(void)
{
	struct stat st;
	off_t i;

	begin();
	remember("vm1");
	stat(file, &st);
	for (i = 0; i < st.st_size; i++) {
		damage_at(i);
		CU_ASSERT_PTR_NULL(open_state());
		damage_at(i);
	}
	end();
}

static void
each_truncation_is_noticed(void)
{
	struct stat st;
	off_t i;

	begin();
	remember("vm1");
	stat(file, &st);
	for (i = st.st_size - 1; i >= 0; i--) {
		CU_ASSERT_EQUAL(truncate(file, i), 0);
		CU_ASSERT_PTR_NULL(open_state());
	}
	end();
}

static void
name_with_a_zero_is_refused(void)
{
	static const char line[] =
	    "a0010203-0405-0607-0809-0a0b0c0d0e0f \0vm1\n";
	struct kept_file f = {
		.ops = &kept_system,
		.name = "identities",
		.header = "tisane identities 1\n",
	};

	begin();
	remember("vm1");
	f.dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL(kept_write(&f, line, sizeof(line) - 1), 0);
	close(f.dir_fd);
	CU_ASSERT_PTR_NULL(open_state());
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "is damaged"));
	end();
}

static void
symbolic_link_is_refused(void)
{
	begin();
	CU_ASSERT_EQUAL(symlink("/tmp", dir), 0);
	CU_ASSERT_PTR_NULL(open_state());
	end();
}

static void
directory_open_to_others_is_refused(void)
{
	begin();
	CU_ASSERT_EQUAL(mkdir(dir, 0700), 0);
	CU_ASSERT_EQUAL(chmod(dir, 0777), 0);
	CU_ASSERT_PTR_NULL(open_state());
	end();
}

static void
uuid_text_and_back_is_the_same(void)
{
	char text[UUID_TEXT_BYTES];
	uint8_t uuid[16];

	uuid_format(text, uuid_a);
	CU_ASSERT_STRING_EQUAL(text, "a0010203-0405-0607-0809-0a0b0c0d0e0f");
	CU_ASSERT_TRUE(uuid_parse(text, uuid));
	CU_ASSERT_EQUAL(memcmp(uuid, uuid_a, 16), 0);
	text[3] = 'g';
	CU_ASSERT_FALSE(uuid_parse(text, uuid));
}

static const struct unit_test state_tests[] = {
	{ "the directory is made private", directory_is_made_private },
	{ "a UUID survives a restart", uuid_survives_a_restart },
	{ "a second user is refused", second_user_is_refused },
	{ "each damaged byte is noticed", each_damaged_byte_is_noticed },
	{ "each truncation is noticed", each_truncation_is_noticed },
	{ "a name with a zero in it is refused", name_with_a_zero_is_refused },
	{ "a symbolic link is refused", symbolic_link_is_refused },
	{ "a directory open to others is refused",
	    directory_open_to_others_is_refused },
	{ "UUID text and back is the same", uuid_text_and_back_is_the_same },
	{ NULL, NULL },
};

const struct unit_suite state_suite = { "state", state_tests };
