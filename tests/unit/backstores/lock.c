/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/lock.c - one writer per image, QEMU included.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite lock_suite;

static struct bs_config
lock_config(struct kit *k, bool read_only)
{
	return (struct bs_config){
		.type = "file",
		.path = kit_path(k, "image"),
		.read_only = read_only,
		.block_size = 512,
	};
}

static void
lock_begin(struct kit *k)
{
	kit_begin(k);
	kit_shell("truncate -s 1M %s", kit_path(k, "image"));
}

/* Open it twice; is the second one let in? */
static bool
lock_admits(struct kit *k, bool first_read_only, bool second_read_only)
{
	struct bs_config first = lock_config(k, first_read_only);
	struct bs_config second = lock_config(k, second_read_only);
	struct backstore *a = kit_open(k, &first);
	struct backstore *b = kit_open(k, &second);
	bool admitted = b != NULL;

	CU_ASSERT_PTR_NOT_NULL(a);
	if (b != NULL)
		backstore_close(b);
	else
		CU_ASSERT_EQUAL(kit_open_error, -EALREADY);
	if (a != NULL)
		backstore_close(a);
	return admitted;
}

static void
lock_one_writer(void)
{
	struct kit k;

	lock_begin(&k);
	CU_ASSERT_FALSE(lock_admits(&k, false, false));
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, kit_path(&k, "image")));
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "open already"));
	kit_end(&k);
}

static void
lock_readers_share(void)
{
	struct kit k;

	lock_begin(&k);
	CU_ASSERT_TRUE(lock_admits(&k, true, true));
	kit_end(&k);
}

static void
lock_no_writer_with_readers(void)
{
	struct kit k;

	lock_begin(&k);
	CU_ASSERT_FALSE(lock_admits(&k, true, false));
	CU_ASSERT_FALSE(lock_admits(&k, false, true));
	kit_end(&k);
}

static void
lock_goes_with_close(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;
	int n;

	lock_begin(&k);
	config = lock_config(&k, false);
	for (n = 0; n < 2; n++) {
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL(bs);
		if (bs != NULL)
			backstore_close(bs);
	}
	kit_end(&k);
}

/* ---- QEMU ---- */

static bool
lock_have_qemu_io(void)
{
	if (kit_shell("command -v qemu-io") == 0)
		return true;
	kit_skip("no qemu-io");
	return false;
}

static int
lock_qemu_io(struct kit *k, const char *options, const char *command)
{
	return kit_shell("qemu-io %s -f raw -c '%s' %s", options, command,
	    kit_path(k, "image"));
}

static void
lock_keeps_qemu_out(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	if (!lock_have_qemu_io())
		return;
	lock_begin(&k);
	CU_ASSERT_EQUAL(lock_qemu_io(&k, "", "write 0 512"), 0);
	config = lock_config(&k, false);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_NOT_EQUAL(lock_qemu_io(&k, "", "write 0 512"), 0);
	CU_ASSERT_EQUAL(kit_shell("qemu-io -f raw -c 'write 0 512' %s 2>&1 | "
				  "grep -q 'Failed to get .* lock'",
			    config.path),
	    0);
	backstore_close(bs);
	CU_ASSERT_EQUAL(lock_qemu_io(&k, "", "write 0 512"), 0);
	kit_end(&k);
}

static void
lock_shares_with_qemu_reader(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct kit k;

	if (!lock_have_qemu_io())
		return;
	lock_begin(&k);
	config = lock_config(&k, true);
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(lock_qemu_io(&k, "-r", "read 0 512"), 0);
	CU_ASSERT_NOT_EQUAL(lock_qemu_io(&k, "", "write 0 512"), 0);
	backstore_close(bs);
	kit_end(&k);
}

/* A qemu-io that has the image open, until its input ends. */
struct lock_qemu {
	pid_t pid;
	int input;
};

static void
lock_qemu_child(const char *image, bool read_only, int in, int out)
{
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	if (read_only)
		execlp("qemu-io", "qemu-io", "-r", "-f", "raw", image, NULL);
	else
		execlp("qemu-io", "qemu-io", "-f", "raw", image, NULL);
	_exit(127);
}

/* Returns when it has opened the image: that is when it prompts. */
static struct lock_qemu
lock_qemu_start(struct kit *k, bool read_only)
{
	struct lock_qemu q;
	int in[2], out[2];
	char prompt;

	CU_ASSERT_EQUAL_FATAL(pipe2(in, O_CLOEXEC), 0);
	CU_ASSERT_EQUAL_FATAL(pipe2(out, O_CLOEXEC), 0);
	q.input = in[1];
	q.pid = fork();
	if (q.pid == 0)
		lock_qemu_child(kit_path(k, "image"), read_only, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	CU_ASSERT_EQUAL(read(out[0], &prompt, 1), 1);
	close(out[0]);
	return q;
}

static void
lock_qemu_stop(struct lock_qemu *q)
{
	close(q->input);
	waitpid(q->pid, NULL, 0);
}

static void
lock_finds_qemu_writing(void)
{
	struct bs_config config;
	struct backstore *bs;
	struct lock_qemu q;
	char says[64];
	struct kit k;

	if (!lock_have_qemu_io())
		return;
	lock_begin(&k);
	config = lock_config(&k, false);
	q = lock_qemu_start(&k, false);
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_EQUAL(kit_open_error, -EBUSY);
	snprintf(says, sizeof(says), "qemu-io with PID %d", (int)q.pid);
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, says));
	config.read_only = true;
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	lock_qemu_stop(&q);
	config.read_only = false;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL(bs);
	if (bs != NULL)
		backstore_close(bs);
	kit_end(&k);
}

static void
lock_refused_creates_nothing(void)
{
	struct bs_config config;
	struct lock_qemu q;
	struct kit k;

	if (!lock_have_qemu_io())
		return;
	lock_begin(&k);
	config = lock_config(&k, false);
	config.size = 8 * MIB;
	q = lock_qemu_start(&k, false);
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	lock_qemu_stop(&q);
	CU_ASSERT_EQUAL(
	    kit_shell("test $(stat -c %%s %s) = 1048576", config.path), 0);
	kit_end(&k);
}

static const struct unit_test lock_tests[] = {
	{ "a second writer is refused by a sentence", lock_one_writer },
	{ "readers share", lock_readers_share },
	{ "a writer and a reader do not share", lock_no_writer_with_readers },
	{ "the lock goes with the close", lock_goes_with_close },
	{ "QEMU does not open what we write", lock_keeps_qemu_out },
	{ "QEMU may read what we only read", lock_shares_with_qemu_reader },
	{ "what QEMU writes is refused, and it is named",
	    lock_finds_qemu_writing },
	{ "what is locked is not grown", lock_refused_creates_nothing },
	{ NULL, NULL },
};

const struct unit_suite lock_suite = { "lock", lock_tests };
