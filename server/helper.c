/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/helper.c - the process outside of the sandbox: its own side.
 *
 * A request is one message with the end of a stream on which the answer is
 * wanted.  Each is served by a child, so that a store that hangs holds up
 * nobody else.
 */
#include "server/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backstores/attach.h"
#include "backstores/backstore.h"
#include "backstores/command.h"
#include "backstores/owner.h"
#include "backstores/spare.h"
#include "backstores/tcmu_wire.h"
#include "common/bytes.h"
#include "common/outside.h"
#include "server/draft.h"
#include "server/helper_wire.h"

#define HELPER_OPEN_FLAGS                                                      \
	(O_ACCMODE | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_CREAT | O_EXCL |    \
	    O_DIRECTORY | O_DIRECT)
#define HELPER_DEVICES "/dev/" /* of logical volumes: /dev/GROUP/VOLUME */

/* ---- what is admitted ---- */

static bool
path_is(const char *known, const char *path)
{
	return known != NULL && strcmp(known, path) == 0;
}

/* The directory is opened to make a new name in it durable. */
static bool
path_is_directory_of(const char *known, const char *path)
{
	const char *slash = known != NULL ? strrchr(known, '/') : NULL;
	size_t bytes =
	    slash == NULL || slash == known ? 1 : (size_t)(slash - known);

	return slash != NULL && strlen(path) == bytes &&
	       memcmp(known, path, bytes) == 0;
}

/* The room that is kept for it: spare.h. */
static bool
path_is_reserve_of(const char *known, const char *path)
{
	size_t bytes = strlen(known);

	return strncmp(known, path, bytes) == 0 &&
	       strcmp(path + bytes, SPARE_SUFFIX) == 0;
}

static bool
lun_admits_path(const struct config_lun *lun, const char *path)
{
	if (strcmp(lun->store, "lv") == 0)
		return strncmp(path, HELPER_DEVICES, strlen(HELPER_DEVICES)) ==
			   0 &&
		       path_is(lun->path, path + strlen(HELPER_DEVICES));
	if (strcmp(lun->store, "file") != 0 && strcmp(lun->store, "block") != 0)
		return false;
	return path_is(lun->path, path) ||
	       path_is_directory_of(lun->path, path) ||
	       path_is_reserve_of(lun->path, path);
}

static bool
helper_is_listed(const struct config_strings *list, const char *path)
{
	unsigned i;

	for (i = 0; i < list->count; i++) {
		if (path_is(list->items[i], path))
			return true;
	}
	return false;
}

bool
helper_admits_path(const struct config *config, const char *path)
{
	const struct config_lun *lun;

	TAILQ_FOREACH (lun, &config->luns, link) {
		if (lun_admits_path(lun, path))
			return true;
	}
	return helper_is_listed(&config->files, path) ||
	       helper_is_listed(&config->secret_files, path);
}

bool
helper_admits_new(const char *path)
{
	static const char *const places[] = { "/bin", "/boot", "/dev", "/etc",
		"/home", "/lib", "/lib32", "/lib64", "/opt", "/proc", "/root",
		"/run", "/sbin", "/sys", "/usr", "/var/cache", "/var/log",
		"/var/spool" };
	char directory[PATH_MAX], real[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t bytes;
	unsigned i;

	if (path[0] != '/' || slash == path ||
	    (size_t)(slash - path) >= sizeof(directory))
		return false;
	snprintf(
	    directory, sizeof(directory), "%.*s", (int)(slash - path), path);
	if (realpath(directory, real) == NULL)
		return false;
	for (i = 0; i < ARRAY_LEN(places); i++) {
		bytes = strlen(places[i]);
		if (strncmp(real, places[i], bytes) == 0 &&
		    (real[bytes] == '/' || real[bytes] == '\0'))
			return false;
	}
	return true;
}

bool
helper_admits_move(const char *from, const char *to)
{
	const char *slash = strrchr(from, '/'), *end = strrchr(to, '/');

	return slash != NULL && end != NULL && slash - from == end - to &&
	       memcmp(from, to, (size_t)(slash - from)) == 0 &&
	       draft_is_name(from) && helper_admits_new(to);
}

bool
helper_admits_command(const char *const argv[], unsigned count)
{
	static const char *const verbs[] = { "lvs", "lvcreate", "lvextend",
		"lvchange", "lvremove", "lvconvert", "lvrename", "vgs" };
	unsigned i;

	if (count < 2 || strcmp(argv[0], "lvm") != 0)
		return false;
	for (i = 2; i < count; i++) {
		if (strncmp(argv[i], "--config", 8) == 0 ||
		    strncmp(argv[i], "--profile", 9) == 0)
			return false;
	}
	for (i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(argv[1], verbs[i]) == 0)
			return true;
	}
	return false;
}

static bool
word_is(const char *known, const char *word)
{
	return strcmp(known != NULL ? known : "", word) == 0;
}

/* Who has the lock of an image is not in the configuration. */
static bool
lun_admits_host(const struct config_lun *lun, const char *const argv[])
{
	size_t handler = strlen(argv[1]);

	return strcmp(lun->store, "tcmu") == 0 &&
	       strchr(argv[1], '/') == NULL &&
	       strncmp(lun->path, argv[1], handler) == 0 &&
	       lun->path[handler] == '/' &&
	       strcmp(lun->path + handler + 1, argv[2]) == 0 &&
	       (!lun->read_only || strcmp(argv[3], "ro") == 0) &&
	       word_is(lun->conf, argv[4]) && word_is(lun->user, argv[5]);
}

bool
helper_admits_host(
    const struct config *config, const char *const argv[], unsigned count)
{
	const struct config_lun *lun;

	if (count != TCMU_WORDS || strcmp(argv[0], TCMU_PROGRAM) != 0)
		return false;
	TAILQ_FOREACH (lun, &config->luns, link) {
		if (lun_admits_host(lun, argv))
			return true;
	}
	return false;
}

/* ---- the requests, each in a child ---- */

static const struct config_source *helper_source;

static int
helper_check_path(const struct helper_request *r)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config = config_source_load(helper_source, &report);

	if (config != NULL && helper_admits_path(config, r->words))
		return 0;
	/* A job makes the file, and then the LUN. */
	if ((r->what == HELPER_UNLINK || (r->flags & O_EXCL) != 0) &&
	    helper_admits_new(r->words))
		return 0;
	return -EACCES;
}

static int
helper_check_type(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	return S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) || S_ISDIR(st.st_mode)
		   ? 0
		   : -EACCES;
}

/* A new file belongs to who asked. */
static int
helper_give(int fd, int reply)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(reply, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
		return -errno;
	if (peer.uid == geteuid())
		return 0;
	return fchown(fd, peer.uid, peer.gid) == 0 ? 0 : -errno;
}

static int
helper_open(const struct helper_request *r, int reply)
{
	int fd, error = 0;

	if ((r->flags & ~HELPER_OPEN_FLAGS) != 0)
		return -EINVAL;
	fd = open(r->words, r->flags, (mode_t)r->mode);
	if (fd < 0)
		return -errno;
	error = helper_check_type(fd);
	if (error == 0 && (r->flags & O_CREAT) != 0)
		error = helper_give(fd, reply);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

/* Whose a file is to be is read from the configuration, and not told by who
 * asks. */
static int
helper_own_as(const struct config_lun *lun, const char *path)
{
	struct bs_config config = {
		.owner = lun->owner, .group = lun->group, .mode = lun->mode
	};
	struct owner owner;
	char why[256];
	int error = owner_find(&config, &owner, why, sizeof(why));
	int fd;

	if (error != 0)
		return error;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	error = helper_check_type(fd);
	if (error == 0)
		error = owner_set(&owner, fd, path);
	close(fd);
	return error;
}

static int
helper_own(const char *path)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config = config_source_load(helper_source, &report);
	const struct config_lun *lun;

	if (config == NULL)
		return -EACCES;
	TAILQ_FOREACH (lun, &config->luns, link) {
		if (strcmp(lun->store, "file") == 0 &&
		    (path_is(lun->path, path) ||
			path_is_reserve_of(lun->path, path)))
			return helper_own_as(lun, path);
	}
	return -EACCES;
}

static void
helper_answer_open(const struct helper_request *r, int reply)
{
	struct helper_answer a = { .error = helper_check_path(r) };
	int fd = -1;

	if (a.error == 0 && r->what == HELPER_OPEN) {
		fd = helper_open(r, reply);
		a.error = fd < 0 ? fd : 0;
	} else if (a.error == 0 && unlink(r->words) != 0) {
		a.error = -errno;
	}
	helper_send(reply, &a, sizeof(a), fd);
}

static int
helper_move(const struct helper_request *r)
{
	const char *argv[HELPER_WORDS_MAX + 1];

	if (helper_split(r, argv) != 2 || !helper_admits_move(argv[0], argv[1]))
		return -EACCES;
	return outside_move(argv[0], argv[1]) == 0 ? 0 : -errno;
}

static void
helper_answer_move(const struct helper_request *r, int reply)
{
	struct helper_answer a = { .error = helper_move(r) };

	helper_send(reply, &a, sizeof(a), -1);
}

static void
helper_answer_own(const struct helper_request *r, int reply)
{
	struct helper_answer a = { .error = helper_own(r->words) };

	helper_send(reply, &a, sizeof(a), -1);
}

static void
helper_answer_run(const struct helper_request *r, int reply)
{
	const char *argv[HELPER_WORDS_MAX + 1];
	unsigned count = helper_split(r, argv);
	struct command_result result = { .out = NULL };
	struct helper_answer a = { .error = -EACCES };

	if (helper_admits_command(argv, count))
		a.error = command_run(argv, r->timeout_ms, &result);
	a.status = result.status;
	a.bytes = result.out != NULL ? strlen(result.out) : 0;
	memcpy(a.words, result.words, sizeof(a.words));
	helper_send(reply, &a, sizeof(a), -1);
	if (a.bytes > 0)
		helper_send(reply, result.out, a.bytes, -1);
}

/* It becomes the host, which answers, or says why it does not. */
static void
helper_answer_attach(const struct helper_request *r, int reply)
{
	struct config_report report = { NULL, 0, 0 };
	struct config *config = config_source_load(helper_source, &report);
	const char *argv[HELPER_WORDS_MAX + 1];
	unsigned count = helper_split(r, argv);
	struct tcmu_message m = { .what = TCMU_HELLO, .error = -EACCES };
	const char *words;

	if (config != NULL && helper_admits_host(config, argv, count))
		m.error = attach_become(argv, reply);
	words = strerror(-m.error);
	m.bytes = strlen(words);
	helper_send(reply, &m, sizeof(m), -1);
	helper_send(reply, words, m.bytes, -1);
}

/* Children of children are nobody's to wait for. */
static void
helper_serve(const struct helper_request *r, int reply)
{
	pid_t pid = fork();

	if (pid != 0)
		return;
	signal(SIGCHLD, SIG_DFL);
	if (r->what == HELPER_RUN)
		helper_answer_run(r, reply);
	else if (r->what == HELPER_ATTACH)
		helper_answer_attach(r, reply);
	else if (r->what == HELPER_MOVE)
		helper_answer_move(r, reply);
	else if (r->what == HELPER_OWN)
		helper_answer_own(r, reply);
	else
		helper_answer_open(r, reply);
	_exit(0);
}

/* ---- the process ---- */

static void
helper_close_others(int fd)
{
	if (fd > 3)
		close_range(3, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, ~0u, 0);
}

static void
helper_main(int fd)
{
	struct helper_request r;
	sigset_t set;
	int reply;

	prctl(PR_SET_NAME, "tisaned-helper", 0, 0, 0);
	/* It ends with the daemon, not with the signals of its group. */
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGCHLD, SIG_IGN);
	helper_close_others(fd);
	while (helper_receive(fd, &r, &reply)) {
		helper_serve(&r, reply);
		close(reply);
	}
	_exit(0);
}

int
helper_start(const struct config_source *source)
{
	int fd[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) != 0)
		return -errno;
	helper_source = source;
	pid = fork();
	if (pid == 0)
		helper_main(fd[1]);
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return -ENOMEM;
	}
	helper_ask_by(fd[0]);
	return 0;
}
