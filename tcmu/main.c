/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/main.c - tisane-tcmu: a handler module of tcmu-runner in a process of
 * its own.
 *
 * Its words are in backstores/tcmu_wire.h, and a stream is its standard input.
 * The process that was started goes at once.  What is left are the host, in
 * which the module is, and its keeper, which ends the host when the stream's
 * other end has gone, also when the module does not answer any more.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backstores/stores.h"
#include "tcmu/host.h"

#define KEEPER_GRACE_MS 5000 /* to close the device after the stream's end */
#define MAIN_WHY        TCMU_TEXT_MAX

/* ---- what is given up once the device is open ---- */

static int
host_drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capset, &head, none) == 0 ? 0 : -errno;
}

/* Be who is at the other end. */
static int
host_settle(char *why, size_t why_size)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	int error = 0;

	if (getsockopt(HOST_STREAM, SOL_SOCKET, SO_PEERCRED, &peer, &length) !=
	    0)
		return bs_refuse(why, why_size, errno, "the stream: %m");
	if (peer.uid != geteuid() &&
	    (setgroups(0, NULL) != 0 ||
		setresgid(peer.gid, peer.gid, peer.gid) != 0 ||
		setresuid(peer.uid, peer.uid, peer.uid) != 0))
		error = -errno;
	if (error == 0)
		error = host_drop_capabilities();
	if (error != 0)
		return bs_refuse(
		    why, why_size, -error, "rights cannot be given up: %m");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* which a change of user has forgotten */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

/* ---- the host ---- */

/* The words of the command, in their order. */
enum {
	WORD_HANDLER = 1,
	WORD_CONFIG,
	WORD_MODE,
	WORD_CONF,
	WORD_USER,
	WORD_OWNER
};

static bool
host_is_rbd(char *argv[])
{
	return strcmp(argv[WORD_HANDLER], "rbd") == 0;
}

static int
host_prepare(struct tcmu_device *d, char *argv[], uint64_t *unit, char *why,
    size_t why_size)
{
	if (host_is_rbd(argv))
		return rbd_image_prepare(d, argv[WORD_CONFIG], argv[WORD_CONF],
		    argv[WORD_USER], argv[WORD_OWNER], why, why_size);
	if (strcmp(argv[WORD_HANDLER], "qcow") == 0)
		return qcow_image_prepare(
		    d, argv[WORD_CONFIG], unit, why, why_size);
	return bs_refuse(
	    why, why_size, EINVAL, "%s is not served", argv[WORD_HANDLER]);
}

static int
host_open_device(
    struct tcmu_device *d, char *argv[], char *why, size_t why_size)
{
	int error = d->handler->open(d, false);

	if (error != 0)
		return bs_refuse(why, why_size, error < -1 ? -error : EIO,
		    "the module cannot open it, for what it has said");
	return host_is_rbd(argv) ? rbd_image_claim(d, why, why_size) : 0;
}

static int
host_open(struct tcmu_device *d, char *argv[], uint64_t *unit, char *why,
    size_t why_size)
{
	int error;

	d->read_only = strcmp(argv[WORD_MODE], "ro") == 0;
	d->handler = module_load(argv[WORD_HANDLER], why, why_size);
	if (d->handler == NULL)
		return -ENOSYS;
	error = host_prepare(d, argv, unit, why, why_size);
	if (error == 0)
		error = host_open_device(d, argv, why, why_size);
	return error == 0 ? host_settle(why, why_size) : error;
}

static void
host_hello(const struct tcmu_device *d, uint64_t unit)
{
	struct tcmu_hello h = {
		.size = d->size,
		.pid = (uint32_t)getpid(),
		.discard_granularity =
		    d->handler->unmap != NULL
			? (d->unmap_granularity != 0 ? d->unmap_granularity
						     : 1) *
			      HOST_BLOCK
			: 0,
		.max_discard = (uint64_t)d->unmap_blocks_max * HOST_BLOCK,
		.optimal_io = (uint32_t)unit,
		.volatile_cache = d->write_cache,
	};
	struct tcmu_message m = { .what = TCMU_HELLO, .bytes = sizeof(h) };

	memcpy(h.owner, d->owner, sizeof(h.owner));
	say(&m, &h);
}

static void
host_main(char *argv[])
{
	static struct tcmu_device device;
	char why[MAIN_WHY] = "", name[16];
	uint64_t unit = 0;
	int error;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "tcmu-%s", argv[WORD_HANDLER]);
	prctl(PR_SET_NAME, name);
	error = host_open(&device, argv, &unit, why, sizeof(why));
	if (error != 0) {
		say_text(TCMU_HELLO, error, "%s", why);
		_exit(1);
	}
	host_hello(&device, unit);
	serve(&device);
	device.handler->close(&device);
	_exit(0);
}

/* ---- the keeper ---- */

/* A descriptor that is readable when a child has ended. */
static int
main_watch_children(void)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	return signalfd(-1, &child, SFD_CLOEXEC);
}

/* Has it ended?  Its PID may be another's from then on. */
static bool
keeper_reaps(pid_t host)
{
	int status = 0;

	if (waitpid(host, &status, WNOHANG) != host)
		return false;
	if (WIFSIGNALED(status))
		fprintf(stderr, "tisane-tcmu: ended by signal %d, %s\n",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	return true;
}

static void
keeper_main(pid_t host)
{
	struct pollfd p[2] = { { .fd = HOST_STREAM, .events = POLLRDHUP },
		{ .fd = main_watch_children(), .events = POLLIN } };

	prctl(PR_SET_NAME, "tcmu-keeper");
	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	if (p[1].revents == 0)
		poll(&p[1], 1, KEEPER_GRACE_MS);
	if (!keeper_reaps(host))
		kill(host, SIGKILL);
	_exit(0);
}

/* Nothing of who started us but the stream and standard error.  The keeper
 * takes the end of its child from a descriptor.  No core has guests' data. */
static void
main_forget(void)
{
	const struct rlimit no_core = { 0, 0 };
	/* One that is stopped has not ended. */
	const struct sigaction at_end = { .sa_handler = SIG_DFL,
		.sa_flags = SA_NOCLDSTOP };
	sigset_t child;

	setrlimit(RLIMIT_CORE, &no_core);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	close_range(3, ~0u, 0);
	sigaction(SIGCHLD, &at_end, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_SETMASK, &child, NULL);
	setsid();
}

int
main(int argc, char *argv[])
{
	pid_t pid;

	if (argc != TCMU_WORDS) {
		fprintf(stderr, "tisane-tcmu is started by tisaned\n");
		return 2;
	}
	pid = fork();
	if (pid != 0)
		return pid < 0;
	main_forget();
	pid = fork();
	if (pid == 0)
		host_main(argv);
	if (pid > 0)
		keeper_main(pid);
	return 1;
}
