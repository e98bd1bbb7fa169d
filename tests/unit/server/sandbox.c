/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/sandbox.c - what a process in the sandbox can no longer do,
 * tried in children; and what the helper would do for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backstores/tcmu_wire.h"
#include "common/bytes.h"
#include "server/helper.h"
#include "server/helper_wire.h"
#include "server/sandbox.h"
#include "server/sandbox_impl.h"
#include "tests/unit/unit.h"

extern const struct unit_suite sandbox_suite;

#define NO_FILES  77 /* exit status: this kernel has no Landlock */
#define NOT_BUILT 78 /* or we have no filter */

static char top[64];

/* One LUN in top/named, the state in top/state. */
static struct config *
sandbox_config(const char *more)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config;
	char text[1024], path[128];

	snprintf(top, sizeof(top), "/tmp/tisane-unit.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/named", top);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/state", top);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/other", top);
	mkdir(path, 0700);
	snprintf(text, sizeof(text),
	    "state-directory %s/state\ncontrol none\n"
	    "lun disk { file %s/named/disk.img; size 1M }\n%s",
	    top, top, more);
	config = config_load_text("test", text, strlen(text), &report);
	config_report_free(&report);
	CU_ASSERT_PTR_NOT_NULL_FATAL(config);
	return config;
}

static void
sandbox_clean(struct config *config)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	CU_ASSERT_EQUAL(system(command), 0);
	config_free(config);
}

/* The status, as of waitpid(), of what `attempt` does in a sandbox. */
static int
sandbox_try(int (*attempt)(void), bool names)
{
	struct config *config = sandbox_config("");
	const struct rlimit no_core = { 0, 0 };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (sandbox_limit_files(config, NULL) != 0)
			_exit(NO_FILES);
		if (sandbox_limit_calls(names) != 0)
			_exit(NOT_BUILT);
		_exit(attempt());
	}
	waitpid(pid, &status, 0);
	sandbox_clean(config);
	return status;
}

static bool
status_is_skip(int status)
{
	return WIFEXITED(status) && (WEXITSTATUS(status) == NO_FILES ||
					WEXITSTATUS(status) == NOT_BUILT);
}

static void
dies(int (*attempt)(void))
{
	int status;

	if (!sandbox_is_possible())
		return;
	status = sandbox_try(attempt, false);
	CU_ASSERT(status_is_skip(status) ||
		  (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS));
}

static void
works(int (*attempt)(void), bool names)
{
	int status;

	if (!sandbox_is_possible())
		return;
	status = sandbox_try(attempt, names);
	CU_ASSERT(status_is_skip(status) ||
		  (WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

/* ---- attempts: their result is an exit status ---- */

static int
attempt_execve(void)
{
	char name[] = "true", *argv[] = { name, NULL };

	return execve("/bin/true", argv, argv + 1);
}

static int
attempt_ptrace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int
attempt_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static int
attempt_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int
attempt_fork(void)
{
	return fork();
}

static int
attempt_mount(void)
{
	return (int)syscall(SYS_mount, "none", top, "tmpfs", 0, NULL);
}

static int
attempt_run_written_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED;
}

static int
attempt_make_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static void *
attempt_in_thread(void *arg)
{
	return arg;
}

static int
attempt_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, attempt_in_thread, NULL) != 0 ||
	       pthread_join(thread, NULL) != 0;
}

static int
attempt_names(void)
{
	return !(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) < 0 &&
		 errno == EAFNOSUPPORT);
}

static int
try_open(const char *name, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	return fd >= 0 ? 0 : errno;
}

static int
attempt_files(void)
{
	if (try_open("named/disk.img", O_RDWR | O_CREAT | O_EXCL) != 0 ||
	    try_open("state/identities", O_RDWR | O_CREAT) != 0)
		return 1;
	if (try_open("other/file", O_RDWR | O_CREAT) != EACCES)
		return 2;
	if (open("/tmp/x", O_RDWR | O_CREAT | O_EXCL, 0600) >= 0)
		return 3;
	if (open("/etc/passwd", O_RDONLY) < 0 || open("/etc", O_RDONLY) < 0)
		return 4;
	return open("/etc/passwd", O_RDWR) >= 0 ? 5 : 0;
}

/* ---- tests ---- */

static void
sandbox_kills(void)
{
	dies(attempt_execve);
	dies(attempt_ptrace);
	dies(attempt_netlink);
	dies(attempt_packet);
	dies(attempt_fork);
	dies(attempt_mount);
}

static void
sandbox_keeps_memory_apart(void)
{
	dies(attempt_run_written_memory);
	dies(attempt_make_executable);
}

static void
sandbox_lets_threads_be(void)
{
	works(attempt_thread, false);
}

static void
sandbox_fails_lookups_softly(void)
{
	works(attempt_names, true);
}

static void
sandbox_limits_files(void)
{
	works(attempt_files, false);
}

static void
helper_opens_what_is_configured(void)
{
	struct config *config = sandbox_config(
	    "lun vol { lv vg0/vol; size 1G }\nlun mem { ram; size 1M }\n");
	char path[128];

	snprintf(path, sizeof(path), "%s/named/disk.img", top);
	CU_ASSERT_TRUE(helper_admits_path(config, path));
	strcat(path, ".reserve");
	CU_ASSERT_TRUE(helper_admits_path(config, path));
	strcat(path, "d");
	CU_ASSERT_FALSE(helper_admits_path(config, path));
	*strrchr(path, '/') = '\0';
	CU_ASSERT_TRUE(helper_admits_path(config, path));
	CU_ASSERT_TRUE(helper_admits_path(config, "/dev/vg0/vol"));
	CU_ASSERT_FALSE(helper_admits_path(config, "/dev/vg0/other"));
	CU_ASSERT_FALSE(helper_admits_path(config, "/dev"));
	CU_ASSERT_FALSE(helper_admits_path(config, "vg0/vol"));
	CU_ASSERT_FALSE(helper_admits_path(config, "/etc/shadow"));
	CU_ASSERT_FALSE(helper_admits_path(config, ""));
	CU_ASSERT_TRUE(helper_admits_new("/var/lib/new"));
	CU_ASSERT_FALSE(helper_admits_new("/etc/new"));
	CU_ASSERT_FALSE(helper_admits_new("/var/../etc/new"));
	CU_ASSERT_FALSE(helper_admits_new("/new"));
	CU_ASSERT_FALSE(helper_admits_new("/no/such/directory/new"));
	strcat(path, "/../named/disk.img");
	CU_ASSERT_FALSE(helper_admits_path(config, path));
	sandbox_clean(config);
}

/* They are not among the files that a rollback restores. */
static void
helper_opens_files_of_secrets(void)
{
	static const char line[] = "vmhost a-secret-of-12-or-more\n";
	char path[] = "/tmp/tisane-secrets.XXXXXX", more[128];
	int fd = mkstemp(path);
	struct config *config;

	CU_ASSERT_EQUAL_FATAL(
	    write(fd, line, strlen(line)), (ssize_t)strlen(line));
	close(fd);
	snprintf(more, sizeof(more), "auth-group g { chap-file %s }\n", path);
	config = sandbox_config(more);
	CU_ASSERT_TRUE(helper_admits_path(config, path));
	CU_ASSERT_EQUAL(config->files.count, 1);
	CU_ASSERT_FALSE(helper_admits_path(config, "/etc/shadow"));
	sandbox_clean(config);
	unlink(path);
}

static void
helper_starts_what_is_configured(void)
{
	static const char *const words[][TCMU_WORDS] = {
		{ TCMU_PROGRAM, "qcow", "/srv/a", "rw", "", "", "" },
		{ TCMU_PROGRAM, "qcow", "/srv/a", "ro", "", "", "" },
		{ TCMU_PROGRAM, "qcow", "/srv/b", "ro", "", "", "" },
		{ TCMU_PROGRAM, "rbd", "p/i", "rw", "/etc/c", "u", "any" },
		{ TCMU_PROGRAM, "qcow", "/srv/b", "rw", "", "", "" },
		{ TCMU_PROGRAM, "qcow", "/srv", "rw", "", "", "" },
		{ TCMU_PROGRAM, "qcow//srv", "a", "rw", "", "", "" },
		{ TCMU_PROGRAM, "rbd", "/srv/a", "rw", "", "", "" },
		{ TCMU_PROGRAM, "rbd", "p/i", "rw", "/etc/d", "u", "" },
		{ TCMU_PROGRAM, "rbd", "p/i", "rw", "/etc/c", "", "" },
		{ "sh", "qcow", "/srv/a", "rw", "", "", "" },
	};
	struct config *config =
	    sandbox_config("lun a { tcmu qcow//srv/a }\n"
			   "lun b { tcmu qcow//srv/b; read-only yes }\n"
			   "lun c { tcmu rbd/p/i; conf /etc/c; user u }\n");
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		CU_ASSERT_EQUAL(
		    helper_admits_host(config, words[i], TCMU_WORDS), i < 4);
	CU_ASSERT_FALSE(helper_admits_host(config, words[0], 4));
	sandbox_clean(config);
}

static void
helper_names_drafts_only(void)
{
	static const char draft[] = "/var/lib/.tisane-00c0ffee.unfinished";

	CU_ASSERT_TRUE(helper_admits_move(draft, "/var/lib/new"));
	CU_ASSERT_FALSE(helper_admits_move("/var/lib/x", "/var/lib/new"));
	CU_ASSERT_FALSE(helper_admits_move(draft, "/var/tmp/new"));
	CU_ASSERT_FALSE(helper_admits_move(draft, "/var/lib/../tmp/new"));
	CU_ASSERT_FALSE(helper_admits_move(draft, "new"));
	CU_ASSERT_FALSE(
	    helper_admits_move("/etc/.tisane-00c0ffee.unfinished", "/etc/new"));
	CU_ASSERT_FALSE(helper_admits_move(
	    "/var/lib/.tisane-00C0FFEE.unfinished", "/var/lib/new"));
}

static void
helper_runs_lvm_only(void)
{
	static const char *const good[] = { "lvm", "lvs", "vg0", NULL };
	static const char *const shell[] = { "sh", "-c", "id", NULL };
	static const char *const verb[] = { "lvm", "vgremove", "vg0", NULL };
	static const char *const own[] = { "lvm", "lvs", "--config=x", NULL };

	CU_ASSERT_TRUE(helper_admits_command(good, 3));
	CU_ASSERT_FALSE(helper_admits_command(shell, 3));
	CU_ASSERT_FALSE(helper_admits_command(verb, 3));
	CU_ASSERT_FALSE(helper_admits_command(own, 3));
	CU_ASSERT_FALSE(helper_admits_command(good, 1));
}

static void
helper_drops_broken_requests(void)
{
	struct helper_request r = { .what = HELPER_OPEN, .bytes = 3 };
	size_t head = offsetof(struct helper_request, words);
	int fd[2], reply;

	memcpy(r.words, "/x", 3);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	CU_ASSERT_TRUE(helper_send(fd[0], &r, head + 3, -1)); /* no reply */
	CU_ASSERT_TRUE(helper_send(fd[0], &r, head + 2, fd[0]));
	CU_ASSERT_TRUE(helper_send(fd[0], &r, head + 4, fd[0]));
	CU_ASSERT_TRUE(helper_send(fd[0], &r, head + 3, fd[0]));
	memset(&r, 0, sizeof(r));
	CU_ASSERT_TRUE(helper_receive(fd[1], &r, &reply));
	CU_ASSERT_STRING_EQUAL(r.words, "/x");
	close(reply);
	close(fd[0]);
	CU_ASSERT_FALSE(helper_receive(fd[1], &r, &reply));
	close(fd[1]);
}

static const struct unit_test sandbox_tests[] = {
	{ "programs, tracing, other sockets and processes end it",
	    sandbox_kills },
	{ "no memory is written and run", sandbox_keeps_memory_apart },
	{ "threads can be made", sandbox_lets_threads_be },
	{ "looking up names goes on without the kernel's addresses",
	    sandbox_fails_lookups_softly },
	{ "only what is configured is opened", sandbox_limits_files },
	{ "the helper opens what is configured",
	    helper_opens_what_is_configured },
	{ "the helper opens the files of secrets too",
	    helper_opens_files_of_secrets },
	{ "the helper gives names to drafts and nothing else",
	    helper_names_drafts_only },
	{ "the helper runs lvm and nothing else", helper_runs_lvm_only },
	{ "the helper starts hosts of what the configuration names",
	    helper_starts_what_is_configured },
	{ "the helper ignores what is no request",
	    helper_drops_broken_requests },
	{ NULL, NULL },
};

const struct unit_suite sandbox_suite = { "sandbox", sandbox_tests };
