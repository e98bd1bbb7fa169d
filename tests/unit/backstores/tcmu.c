/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/tcmu.c - what only a tcmu store can meet: a host that
 * dies, hangs, or cannot have the image.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backstores/attach.h"
#include "backstores/tcmu.h"
#include "common/bytes.h"
#include "common/clock.h"
#include "tests/unit/backstores/kit.h"
#include "tests/unit/unit.h"

extern const struct unit_suite tcmu_suite;

#define TCMU_BYTES (64 * MIB)

struct tcmu_fixture {
	struct kit k;
	struct backstore *bs;
	char path[160];
};

static bool
tcmu_begin(struct tcmu_fixture *f)
{
	struct bs_config config = {
		.type = "tcmu", .block_size = 512, .path = f->path
	};

	kit_begin(&f->k);
	snprintf(f->path, sizeof(f->path), "qcow/%s", kit_path(&f->k, "a"));
	if (kit_qcow(kit_path(&f->k, "a"), "", TCMU_BYTES)) {
		f->bs = kit_open(&f->k, &config);
		CU_ASSERT_PTR_NOT_NULL(f->bs);
		if (f->bs != NULL)
			return true;
	}
	kit_end(&f->k);
	return false;
}

/* The image is left without fault but leaks, which a crash may leave. */
static void
tcmu_end(struct tcmu_fixture *f)
{
	backstore_close(f->bs);
	CU_ASSERT_EQUAL(
	    kit_shell("qemu-img check -U %s; s=$?; [ $s = 0 ] || [ $s = 3 ]",
		kit_path(&f->k, "a")),
	    0);
	kit_end(&f->k);
}

static void
tcmu_signal(struct tcmu_fixture *f, int number)
{
	struct tcmu *t = f->bs->priv;

	CU_ASSERT_EQUAL(kill((pid_t)t->pid, number), 0);
}

/* Dead, and the store knows. */
static void
tcmu_kill(struct tcmu_fixture *f)
{
	struct tcmu *t = f->bs->priv;
	uint32_t pid = t->pid;

	tcmu_signal(f, SIGKILL);
	CU_ASSERT_EQUAL(kit_fill(&f->k, f->bs, 0, 0, 4096, 'k'), 0);
	CU_ASSERT_NOT_EQUAL(t->pid, pid);
}

static int
tcmu_flush(struct tcmu_fixture *f)
{
	return kit_do(&f->k, f->bs, BS_FLUSH, 0, 0, NULL, 0);
}

static void
tcmu_goes_on_after_a_death(void)
{
	struct tcmu_fixture f;

	if (!tcmu_begin(&f))
		return;
	CU_ASSERT_EQUAL(kit_fill(&f.k, f.bs, 0, MIB, MIB, 'a'), 0);
	CU_ASSERT_EQUAL(tcmu_flush(&f), 0);
	tcmu_kill(&f);
	CU_ASSERT_TRUE(kit_holds(&f.k, f.bs, MIB, MIB, 'a'));
	CU_ASSERT_EQUAL(tcmu_flush(&f), 0);
	tcmu_end(&f);
}

static void
tcmu_lost_writes_fail_every_flush(void)
{
	struct tcmu_fixture f;

	if (!tcmu_begin(&f))
		return;
	CU_ASSERT_EQUAL(kit_fill(&f.k, f.bs, 0, MIB, MIB, 'a'), 0);
	tcmu_kill(&f);
	CU_ASSERT_EQUAL(tcmu_flush(&f), -EIO);
	CU_ASSERT_EQUAL(tcmu_flush(&f), -EIO);
	CU_ASSERT_EQUAL(kit_fill(&f.k, f.bs, BS_FUA, MIB, MIB, 'a'), -EIO);
	tcmu_end(&f);
}

#define KILLS 8
#define CROWD 16

/* Killed while it allocates, at any moment: what was told to be done is there
 * afterwards, and the image is never harmed. */
static void
tcmu_dies_under_load(void)
{
	static char data[CROWD][65536];
	struct kit_io i[CROWD];
	struct tcmu_fixture f;
	unsigned n, round;

	for (round = 0; round < KILLS; round++) {
		if (!tcmu_begin(&f))
			return;
		for (n = 0; n < CROWD; n++) {
			memset(data[n], (int)(1 + n), sizeof(data[n]));
			kit_io_init(&f.k, &i[n], BS_WRITE, 0,
			    n * (uint64_t)sizeof(data[n]) * 3 / 2, data[n],
			    sizeof(data[n]));
			backstore_submit(f.bs, &i[n].io);
		}
		usleep(round * 1000);
		tcmu_signal(&f, round % 2 ? SIGKILL : SIGABRT);
		for (n = 0; n < CROWD; n++) {
			CU_ASSERT_TRUE(kit_wait(&f.k, &i[n]));
			CU_ASSERT_TRUE(i[n].error == 0);
		}
		for (n = 0; n < CROWD; n++)
			CU_ASSERT_TRUE(kit_holds(&f.k, f.bs, i[n].io.offset,
			    sizeof(data[n]), (int)(1 + n)));
		tcmu_end(&f);
	}
}

static void
tcmu_waits_for_its_image(void)
{
	struct tcmu_fixture f;

	if (!tcmu_begin(&f))
		return;
	kit_shell("mv %s %s.away", kit_path(&f.k, "a"), kit_path(&f.k, "a"));
	tcmu_signal(&f, SIGKILL);
	kit_shell("sleep 0.5; mv %s.away %s", kit_path(&f.k, "a"),
	    kit_path(&f.k, "a"));
	CU_ASSERT_EQUAL(kit_fill(&f.k, f.bs, 0, 0, 4096, 'k'), 0);
	CU_ASSERT_EQUAL(backstore_state(f.bs), BS_SERVES);
	tcmu_end(&f);
}

/* A signal is sent sooner than all threads have stopped. */
static void
tcmu_stop(struct tcmu_fixture *f)
{
	struct tcmu *t = f->bs->priv;

	tcmu_signal(f, SIGSTOP);
	CU_ASSERT_EQUAL(kit_shell("for i in $(seq 500); do "
				  "cat /proc/%u/task/*/stat | "
				  "grep -qv ' T ' || exit 0; sleep 0.01; done; "
				  "exit 1",
			    t->pid),
	    0);
}

/* A hung host holds up its store, which goes on with it. */
static void
tcmu_hangs(void)
{
	static char data[4096];
	struct tcmu_fixture f;
	struct kit_io i;

	if (!tcmu_begin(&f))
		return;
	tcmu_stop(&f);
	kit_io_init(&f.k, &i, BS_READ, 0, 0, data, sizeof(data));
	backstore_submit(f.bs, &i.io);
	usleep(200000);
	kit_run(&f.k);
	CU_ASSERT_FALSE(i.ended);
	tcmu_signal(&f, SIGCONT);
	CU_ASSERT_TRUE(kit_wait(&f.k, &i));
	CU_ASSERT_EQUAL(i.error, 0);
	tcmu_end(&f);
}

/* The file system is full: that write fails, with that error, and all that was
 * written is there; with room again it goes on. */
static void
tcmu_no_room(void)
{
	struct bs_config config = { .type = "tcmu", .block_size = 512 };
	struct backstore *bs;
	char path[200];
	uint64_t at;
	struct kit k;

	kit_begin(&k);
	snprintf(path, sizeof(path), "qcow/%s", kit_path(&k, "mnt/a"));
	config.path = path;
	if (!kit_mount_tmpfs(&k, "16m") ||
	    !kit_qcow(path + strlen("qcow/"), "", TCMU_BYTES)) {
		kit_end(&k);
		return;
	}
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	for (at = 0; at < TCMU_BYTES; at += MIB)
		if (kit_fill(&k, bs, 0, at, MIB, 'f') != 0)
			break;
	CU_ASSERT_TRUE(at > 8 * MIB && at < 16 * MIB);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, at, MIB, 'f'), -ENOSPC);
	CU_ASSERT_TRUE(kit_holds(&k, bs, 0, at, 'f'));
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	kit_shell("mount -o remount,size=32m %s", kit_path(&k, "mnt"));
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, at, MIB, 'f'), 0);
	CU_ASSERT_EQUAL(kit_do(&k, bs, BS_FLUSH, 0, 0, NULL, 0), 0);
	backstore_close(bs);
	CU_ASSERT_EQUAL(
	    kit_shell("qemu-img check %s", kit_path(&k, "mnt/a")), 0);
	kit_end(&k);
}

static void
tcmu_refusals_are_told(void)
{
	static const char *const paths[] = { "qcow//nonexistent/a",
		"qcow//dev/null", "other//x" };
	static const char *const words[] = { "No such file", "not a regular",
		"handler_other" };
	struct bs_config config = { .type = "tcmu", .block_size = 512 };
	struct tcmu_fixture f;
	unsigned i;

	if (!tcmu_begin(&f))
		return;
	for (i = 0; i < 3; i++) {
		config.path = paths[i];
		CU_ASSERT_PTR_NULL(kit_open(&f.k, &config));
		CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, words[i]));
	}
	/* two of one image */
	config.path = f.path;
	CU_ASSERT_PTR_NULL(kit_open(&f.k, &config));
	CU_ASSERT_EQUAL(kit_open_error, -EBUSY);
	tcmu_end(&f);
}

/* ---- a store that is lost ---- */

/* Every attempt to open the image again fails: until it is opened anew. */
static void
tcmu_lost_when_its_image_has_gone(void)
{
	struct bs_config config = { .type = "tcmu", .block_size = 512 };
	struct tcmu_fixture f;

	if (!tcmu_begin(&f))
		return;
	tcmu_retry_ms = 2;
	CU_ASSERT_EQUAL(kit_fill(&f.k, f.bs, 0, 0, 4096, 'k'), 0);
	CU_ASSERT_EQUAL(tcmu_flush(&f), 0);
	kit_shell("mv %s %s.away", kit_path(&f.k, "a"), kit_path(&f.k, "a"));
	tcmu_signal(&f, SIGKILL);
	CU_ASSERT_EQUAL(kit_fill(&f.k, f.bs, 0, 0, 4096, 'n'), -ESHUTDOWN);
	CU_ASSERT_EQUAL(backstore_state(f.bs), BS_LOST);
	kit_shell("mv %s.away %s", kit_path(&f.k, "a"), kit_path(&f.k, "a"));
	CU_ASSERT_EQUAL(tcmu_flush(&f), -ESHUTDOWN);
	CU_ASSERT_EQUAL(kit_fill(&f.k, f.bs, 0, 0, 4096, 'n'), -ESHUTDOWN);
	tcmu_retry_ms = 200;
	backstore_close(f.bs);
	config.path = f.path;
	f.bs = kit_open(&f.k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f.bs);
	CU_ASSERT_TRUE(kit_holds(&f.k, f.bs, 0, 4096, 'k'));
	CU_ASSERT_EQUAL(tcmu_flush(&f), 0);
	tcmu_end(&f);
}

/* ---- a host of ours, alone ---- */

static void
host_receive(int fd, void *data, size_t bytes)
{
	CU_ASSERT_EQUAL_FATAL(
	    recv(fd, data, bytes, MSG_WAITALL), (ssize_t)bytes);
}

static void
host_hello(int fd)
{
	struct tcmu_message m;
	struct tcmu_hello hello;
	char text[TCMU_TEXT_MAX];

	for (;;) {
		host_receive(fd, &m, sizeof(m));
		if (m.what == TCMU_HELLO)
			break;
		host_receive(fd, text, m.bytes);
	}
	CU_ASSERT_EQUAL_FATAL(m.error, 0);
	host_receive(fd, &hello, sizeof(hello));
	CU_ASSERT_EQUAL(hello.size, TCMU_BYTES);
}

/* Its answer. */
static int
host_write(int fd, uint64_t offset)
{
	static const char data[4096];
	struct tcmu_request r = { .tag = offset,
		.offset = offset,
		.length = sizeof(data),
		.op = TCMU_WRITE };
	struct tcmu_message m;

	CU_ASSERT_EQUAL(send(fd, &r, sizeof(r), 0), sizeof(r));
	CU_ASSERT_EQUAL(send(fd, data, sizeof(data), 0), sizeof(data));
	host_receive(fd, &m, sizeof(m));
	CU_ASSERT_EQUAL(m.what, TCMU_DONE);
	CU_ASSERT_EQUAL(m.tag, offset);
	CU_ASSERT_EQUAL(m.bytes, 0);
	return m.error;
}

/* An image that was cut is no reason to end. */
static void
tcmu_beyond_the_end_is_an_error(void)
{
	const char *argv[TCMU_WORDS + 1] = { TCMU_PROGRAM, "qcow", NULL, "rw",
		"", "", "" };
	struct kit k;
	int fd;

	kit_begin(&k);
	argv[2] = kit_path(&k, "a");
	if (kit_qcow(argv[2], "", TCMU_BYTES)) {
		fd = attach_program(argv);
		CU_ASSERT_TRUE_FATAL(fd >= 0);
		host_hello(fd);
		CU_ASSERT_EQUAL(host_write(fd, TCMU_BYTES), -EINVAL);
		CU_ASSERT_EQUAL(host_write(fd, TCMU_BYTES - 512), -EINVAL);
		CU_ASSERT_EQUAL(host_write(fd, UINT64_MAX - 511), -EINVAL);
		CU_ASSERT_EQUAL(host_write(fd, TCMU_BYTES - 4096), 0);
		close(fd);
	}
	kit_end(&k);
}

/* ---- hosts that are not ours ---- */

enum fake { FAKE_DIES, FAKE_RAVES, FAKE_FLOODS, FAKE_LOSES, FAKE_STARTS_ONCE };

static _Atomic enum fake fake_kind;
static _Atomic unsigned fake_hosts;

static void *
fake_main(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct tcmu_hello hello = { .size = TCMU_BYTES };
	struct tcmu_message m = { .what = TCMU_HELLO, .bytes = sizeof(hello) };
	struct tcmu_request r;

	CU_ASSERT_EQUAL(write(fd, &m, sizeof(m)), sizeof(m));
	CU_ASSERT_EQUAL(write(fd, &hello, sizeof(hello)), sizeof(hello));
	if (read(fd, &r, sizeof(r)) == sizeof(r) && fake_kind != FAKE_DIES) {
		m = (struct tcmu_message){ .what = TCMU_DONE, .tag = r.tag };
		if (fake_kind == FAKE_LOSES)
			m.what = TCMU_LOST;
		m.tag += fake_kind == FAKE_RAVES;
		m.bytes = fake_kind == FAKE_FLOODS  ? UINT32_MAX
			  : fake_kind == FAKE_LOSES ? 0
						    : r.length;
		send(fd, &m, sizeof(m), MSG_NOSIGNAL);
		if (fake_kind != FAKE_LOSES)
			(void)!read(fd, &r, sizeof(r));
	}
	close(fd);
	return NULL;
}

/* An attempt that fails, and takes its time for it. */
static int
fake_fail_slowly(void)
{
	static uint64_t ended_ms;

	if (fake_hosts > 1)
		CU_ASSERT_TRUE(clock_now_ms() - ended_ms >=
			       (uint64_t)tcmu_retry_ms << (fake_hosts - 1));
	fake_hosts++;
	usleep(100000);
	ended_ms = clock_now_ms();
	return -ENOENT;
}

static int
fake_start(const char *const argv[])
{
	pthread_t thread;
	int fd[2];

	if (fake_kind == FAKE_STARTS_ONCE && fake_hosts > 0)
		return fake_fail_slowly();
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	fake_hosts++;
	pthread_create(&thread, NULL, fake_main, (void *)(intptr_t)fd[1]);
	pthread_detach(thread);
	return fd[0];
}

/* What a host dies of, or answers wrongly, is asked once more and then fails;
 * it does not go on for ever. */
static void
tcmu_bad_hosts(void)
{
	static const enum fake kinds[] = { FAKE_DIES, FAKE_RAVES, FAKE_FLOODS };
	struct bs_config config = {
		.type = "tcmu", .block_size = 512, .path = "qcow//x"
	};
	struct backstore *bs;
	struct kit k;
	size_t i;

	kit_begin(&k);
	attach_program_by(fake_start);
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		fake_kind = kinds[i];
		fake_hosts = 0;
		bs = kit_open(&k, &config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
		CU_ASSERT_FALSE(kit_holds(&k, bs, 0, 4096, 0));
		CU_ASSERT_EQUAL(fake_hosts, 2);
		backstore_close(bs);
	}
	attach_program_by(NULL);
	kit_end(&k);
}

/* One that dies of everything is not started for ever. */
static void
tcmu_lost_when_hosts_die_too_often(void)
{
	struct bs_config config = {
		.type = "tcmu", .block_size = 512, .path = "qcow//x"
	};
	struct backstore *bs;
	struct kit k;
	unsigned i;

	kit_begin(&k);
	attach_program_by(fake_start);
	tcmu_retry_ms = 2;
	fake_kind = FAKE_DIES;
	fake_hosts = 0;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	/* each is tried twice */
	for (i = 0; i < TCMU_DEATHS_MAX / 2; i++)
		CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, 4096, 'x'), -EIO);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, 4096, 'x'), -ESHUTDOWN);
	CU_ASSERT_EQUAL(backstore_state(bs), BS_LOST);
	CU_ASSERT_EQUAL(fake_hosts, TCMU_DEATHS_MAX);
	backstore_close(bs);
	tcmu_retry_ms = 200;
	attach_program_by(NULL);
	kit_end(&k);
}

/* However long each attempt takes, they are further and further apart. */
static void
tcmu_rests_between_attempts(void)
{
	struct bs_config config = {
		.type = "tcmu", .block_size = 512, .path = "qcow//x"
	};
	struct backstore *bs;
	struct kit k;

	kit_begin(&k);
	attach_program_by(fake_start);
	tcmu_retry_ms = 2;
	fake_kind = FAKE_STARTS_ONCE;
	fake_hosts = 0;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	CU_ASSERT_EQUAL(kit_fill(&k, bs, 0, 0, 4096, 'x'), -ESHUTDOWN);
	CU_ASSERT_EQUAL(fake_hosts, TCMU_DEATHS_MAX);
	backstore_close(bs);
	tcmu_retry_ms = 200;
	attach_program_by(NULL);
	kit_end(&k);
}

/* One that is not there, and one that ends with a failure. */
static void
tcmu_programs_that_do_not_start(void)
{
	static const char *const nothing[] = { "tisane-nothing", NULL };
	static const char *const fails[] = { "unit-backstores", "no such suite",
		NULL };

	CU_ASSERT_EQUAL(attach_program(nothing), -ENOENT);
	CU_ASSERT_EQUAL(attach_become(nothing, STDIN_FILENO), -ENOENT);
	CU_ASSERT_EQUAL(attach_program(fails), -EIO);
}

static _Atomic unsigned stranger_kind;

/* Says what is no greeting, and ends. */
static int
stranger_start(const char *const argv[])
{
	static const struct tcmu_message messages[] = {
		{ .what = TCMU_SAYS, .bytes = TCMU_TEXT_MAX + 1 },
		{ .what = TCMU_HELLO, .bytes = 1 },
		{ .what = TCMU_SAYS, .bytes = 4 },
		{ .what = TCMU_HELLO, .bytes = 4, .error = -EPERM },
	};
	int fd[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	if (stranger_kind < ARRAY_LEN(messages)) {
		CU_ASSERT_TRUE(send(fd[1], &messages[stranger_kind],
				   sizeof(messages[0]), 0) > 0);
		CU_ASSERT_EQUAL(send(fd[1], "what", 4, 0), 4);
	}
	close(fd[1]);
	return fd[0];
}

/* Whatever comes in the place of a greeting is an error of the opening. */
static void
tcmu_strangers_are_refused(void)
{
	static const int errors[] = { -EPROTO, -EPROTO, -EPIPE, -EPERM,
		-EPIPE };
	struct bs_config config = {
		.type = "tcmu", .block_size = 512, .path = "qcow//x"
	};
	struct kit k;

	kit_begin(&k);
	attach_program_by(stranger_start);
	for (stranger_kind = 0; stranger_kind < ARRAY_LEN(errors);
	     stranger_kind++) {
		CU_ASSERT_PTR_NULL(kit_open(&k, &config));
		CU_ASSERT_EQUAL(kit_open_error, errors[stranger_kind]);
		CU_ASSERT_NOT_EQUAL(kit_why[0], '\0');
	}
	attach_program_by(fake_start);
	fake_kind = FAKE_DIES;
	config.size = 2 * TCMU_BYTES;
	CU_ASSERT_PTR_NULL(kit_open(&k, &config));
	CU_ASSERT_PTR_NOT_NULL(strstr(kit_why, "fewer than the size"));
	attach_program_by(NULL);
	kit_end(&k);
}

static void
tcmu_lost_when_its_host_says_so(void)
{
	struct bs_config config = {
		.type = "tcmu", .block_size = 512, .path = "qcow//x"
	};
	static char data[4096];
	struct backstore *bs;
	struct kit_io i;
	struct kit k;

	kit_begin(&k);
	attach_program_by(fake_start);
	fake_kind = FAKE_LOSES;
	bs = kit_open(&k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	kit_io_init(&k, &i, BS_READ, 0, 0, data, sizeof(data));
	backstore_submit(bs, &i.io);
	CU_ASSERT_TRUE(kit_wait(&k, &i));
	CU_ASSERT_EQUAL(i.error, -ESHUTDOWN);
	CU_ASSERT_EQUAL(backstore_state(bs), BS_LOST);
	backstore_close(bs);
	attach_program_by(NULL);
	kit_end(&k);
}

static const struct unit_test tcmu_tests[] = {
	{ "goes on after its host's death", tcmu_goes_on_after_a_death },
	{ "writes that may be lost fail every flush",
	    tcmu_lost_writes_fail_every_flush },
	{ "nothing is lost or harmed by deaths under load",
	    tcmu_dies_under_load },
	{ "tries until the image is there", tcmu_waits_for_its_image },
	{ "a host that hangs holds up its store", tcmu_hangs },
	{ "no room is an error of that write", tcmu_no_room },
	{ "refusals are told", tcmu_refusals_are_told },
	{ "is lost when its image cannot be opened again",
	    tcmu_lost_when_its_image_has_gone },
	{ "beyond the end is an error of the request",
	    tcmu_beyond_the_end_is_an_error },
	{ "hosts that die or rave fail the request", tcmu_bad_hosts },
	{ "is lost when its hosts die too often",
	    tcmu_lost_when_hosts_die_too_often },
	{ "rests between attempts to start", tcmu_rests_between_attempts },
	{ "a program that does not start is an error",
	    tcmu_programs_that_do_not_start },
	{ "who does not greet is refused", tcmu_strangers_are_refused },
	{ "is lost when its host says so", tcmu_lost_when_its_host_says_so },
	{ NULL, NULL },
};

const struct unit_suite tcmu_suite = { "tcmu hosts", tcmu_tests };
