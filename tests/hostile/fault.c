/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/hostile/fault.c - a library to preload that makes calls fail or hang.
 *
 *	FAULT_CALL   "alloc", or the name of one of the system calls below, or
 *	             "any" for all of them
 *	FAULT_NTH    the how manieth fails; 0: none
 *	FAULT_SITE   set: the first one fails that is made there (below), from
 *	             the nth on
 *	FAULT_REST   set: all that follow fail too
 *	FAULT_ERRNO  with what; "short": it succeeds with one byte
 *	FAULT_COUNT  file that gets the number of calls counted so far: after 8
 *	             bytes, rows of a name of 24 bytes and a number of 8.  Of
 *	             these 8 the second is set once FAULT_SITE has failed
 *	FAULT_ARMED  set: count only once the first byte of that file is set
 *	FAULT_SITES  file that gets a line for each call: its name, and its site
 *	FAULT_HANG   I/O on files with this in their path hangs while the file
 *	             FAULT_HOLD exists
 *	FAULT_URING  set: io_uring stays, its submissions may fail, and so may
 *	             what was submitted ("cqe"; of the latter "short" is one
 *	             byte that is said, and is not there); what it
 *	             is given for a file that hangs never completes, also when
 *	             FAULT_HOLD has gone;
 *	             else the kernel has none, as its operations go by unseen
 *	FAULT_CLOCK  while this file exists it is ten years ago
 *	FAULT_SERVER set: see the end of this file
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/hostile/fault.h"

const char *fault_hang;
static const char *fault_call, *fault_hold, *fault_clock;
static long fault_nth;
static uint32_t fault_site;
static int fault_errno, fault_sites = -1;
bool fault_short;
static bool fault_rest, fault_ready, fault_waits;
static _Atomic long fault_seen;

#define FAULT_ROWS 64

struct fault_row {
	char name[24];
	_Atomic long seen;
};

static struct fault_shared {
	_Atomic char armed, met;
	struct fault_row rows[FAULT_ROWS];
} * fault_shared;

static long
fault_number(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

/* Inside of libseccomp, which does not look what malloc() gave it. */
static _Atomic int fault_paused;

static struct fault_shared *
fault_map(const char *path)
{
	size_t bytes = sizeof(struct fault_shared);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *p;

	if (fd < 0 || truncate(path, (off_t)bytes) != 0)
		return NULL;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p != MAP_FAILED ? p : NULL;
}

/* ---- where a call is made ---- */

#define FAULT_DEPTH 6

/*
 * A site is a call by its last callers outside of this file: the number is the
 * same in each process.
 */
static uint32_t
fault_where(void)
{
	void *frames[FAULT_DEPTH + 6];
	int i, n = backtrace(frames, FAULT_DEPTH + 6), left = FAULT_DEPTH;
	uint32_t hash = 2166136261u;
	Dl_info info, own;

	if (dladdr(&fault_ready, &own) == 0)
		return 1;
	for (i = 0; i < n && left > 0; i++) {
		if (dladdr(frames[i], &info) == 0 ||
		    info.dli_fbase == own.dli_fbase)
			continue;
		hash ^= (uint32_t)((char *)frames[i] - (char *)info.dli_fbase);
		hash *= 16777619u;
		left--;
	}
	return hash != 0 ? hash : 1;
}

static uint32_t
fault_where_is(const char *call)
{
	static _Thread_local bool inside;
	char line[64];
	uint32_t site;
	int was = errno;

	if (inside)
		return 0;
	inside = true;
	site = fault_where();
	if (fault_sites >= 0)
		syscall(SYS_write, fault_sites, line,
		    (size_t)snprintf(
			line, sizeof(line), "%s %u\n", call, site));
	inside = false;
	errno = was;
	return site;
}

static void fault_serve(char **argv);

/* The C library calls it as it calls main(). */
__attribute__((constructor)) static void
fault_start(int argc, char **argv)
{
	const char *error, *count, *sites;

	if (argc == 3 && getenv("FAULT_SERVER") != NULL)
		fault_serve(argv);
	error = getenv("FAULT_ERRNO");
	count = getenv("FAULT_COUNT");
	fault_call = getenv("FAULT_CALL");
	fault_hang = getenv("FAULT_HANG");
	fault_hold = getenv("FAULT_HOLD");
	fault_clock = getenv("FAULT_CLOCK");
	fault_nth = fault_number("FAULT_NTH");
	fault_site = (uint32_t)fault_number("FAULT_SITE");
	fault_rest = getenv("FAULT_REST") != NULL;
	fault_short = error != NULL && strcmp(error, "short") == 0;
	fault_errno = (int)fault_number("FAULT_ERRNO");
	if (count != NULL)
		fault_shared = fault_map(count);
	sites = getenv("FAULT_SITES");
	if (sites != NULL)
		fault_sites = open(
		    sites, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	fault_where(); /* the first time it loads what it needs */
	fault_waits = getenv("FAULT_ARMED") != NULL;
	fault_ready = true;
}

static bool
fault_is_armed(void)
{
	return !fault_waits || (fault_shared != NULL && fault_shared->armed);
}

static void
fault_note(const char *call)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	struct fault_row *r, *end;

	if (fault_shared == NULL)
		return;
	end = fault_shared->rows + FAULT_ROWS;
	pthread_mutex_lock(&mutex);
	for (r = fault_shared->rows;
	     r < end && r->name[0] != '\0' && strcmp(r->name, call) != 0; r++)
		;
	if (r < end) {
		strncpy(r->name, call, sizeof(r->name));
		r->seen++;
	}
	pthread_mutex_unlock(&mutex);
}

/* To know where a call is made takes long. */
#define FAULT_WINDOW 256

static bool
fault_is_site(const char *call, long seen)
{
	return seen >= fault_nth && seen < fault_nth + FAULT_WINDOW &&
	       fault_where_is(call) == fault_site;
}

/*
 * Of the calls that are meant, is it the one, or one after it?  A site wants
 * the file of FAULT_COUNT.
 */
static bool
fault_is_due(const char *call)
{
	long seen = ++fault_seen;

	if (fault_site != 0) {
		if (fault_shared->met || !fault_is_site(call, seen))
			return fault_shared->met && fault_rest;
		fault_shared->met = 1;
		return true;
	}
	return fault_nth != 0 &&
	       (fault_rest ? seen >= fault_nth : seen == fault_nth);
}

bool
fault_hits(const char *call)
{
	if (!fault_ready || fault_paused || !fault_is_armed())
		return false;
	fault_note(call);
	if (fault_sites >= 0)
		fault_where_is(call);
	if (fault_call == NULL ||
	    (strcmp(fault_call, call) != 0 &&
		(strcmp(fault_call, "any") != 0 || strcmp(call, "alloc") == 0)))
		return false;
	if (!fault_is_due(call))
		return false;
	errno = fault_errno;
	return true;
}

bool
fault_hangs(int fd)
{
	char link[32], path[512];
	ssize_t n;

	if (fault_hang == NULL || faccessat(AT_FDCWD, fault_hold, F_OK, 0) != 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return strstr(path, fault_hang) != NULL;
}

static void
fault_maybe_hang(int fd)
{
	const struct timespec moment = { .tv_nsec = 5000000 };

	while (fault_hangs(fd))
		nanosleep(&moment, NULL);
}

/* ---- memory ---- */

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *
malloc(size_t n)
{
	return fault_hits("alloc") ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fault_hits("alloc") ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fault_hits("alloc") ? NULL : __libc_realloc(p, n);
}

int
posix_memalign(void **out, size_t align, size_t n)
{
	if (fault_hits("alloc"))
		return ENOMEM;
	*out = __libc_memalign(align, n);
	return *out == NULL ? ENOMEM : 0;
}

/* ---- system calls ---- */

#define SIMPLE(type, name, params, args)                                       \
	type name params                                                       \
	{                                                                      \
		static type(*real) params;                                     \
		if (real == NULL)                                              \
			*(void **)&real = dlsym(RTLD_NEXT, #name);             \
		return fault_hits(#name) ? (type)-1 : real args;               \
	}

SIMPLE(int, socket, (int a, int b, int c), (a, b, c))
SIMPLE(int, bind, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
SIMPLE(int, listen, (int fd, int n), (fd, n))
SIMPLE(int, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags),
    (fd, a, n, flags))
SIMPLE(int, setsockopt,
    (int fd, int level, int name, const void *value, socklen_t n),
    (fd, level, name, value, n))
SIMPLE(int, eventfd, (unsigned n, int flags), (n, flags))
SIMPLE(int, epoll_create1, (int flags), (flags))
SIMPLE(int, epoll_ctl, (int ep, int op, int fd, struct epoll_event *e),
    (ep, op, fd, e))
SIMPLE(int, fstat, (int fd, struct stat *st), (fd, st))
SIMPLE(int, fsync, (int fd), (fd))
SIMPLE(int, ftruncate, (int fd, off_t n), (fd, n))
SIMPLE(int, renameat, (int a, const char *from, int b, const char *to),
    (a, from, b, to))
SIMPLE(ssize_t, fgetxattr, (int fd, const char *name, void *value, size_t n),
    (fd, name, value, n))
SIMPLE(int, fsetxattr,
    (int fd, const char *name, const void *value, size_t n, int flags),
    (fd, name, value, n, flags))
SIMPLE(ssize_t, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags))
SIMPLE(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
SIMPLE(int, epoll_wait, (int ep, struct epoll_event *e, int n, int ms),
    (ep, e, n, ms))
SIMPLE(int, renameat2,
    (int a, const char *from, int b, const char *to, unsigned flags),
    (a, from, b, to, flags))
SIMPLE(int, timerfd_create, (int clock, int flags), (clock, flags))
SIMPLE(int, timerfd_settime,
    (int fd, int flags, const struct itimerspec *to, struct itimerspec *was),
    (fd, flags, to, was))
SIMPLE(
    int, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
SIMPLE(int, statx,
    (int fd, const char *path, int flags, unsigned mask, struct statx *st),
    (fd, path, flags, mask, st))
SIMPLE(int, fstatfs, (int fd, struct statfs *fs), (fd, fs))
SIMPLE(off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence))
SIMPLE(int, getsockname, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n))
SIMPLE(ssize_t, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
SIMPLE(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))
SIMPLE(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
SIMPLE(int, mkdir, (const char *path, mode_t mode), (path, mode))

/* What is created has a mode, too. */
#define OPEN(name, params, args, last)                                         \
	int name params                                                        \
	{                                                                      \
		static int(*real) params;                                      \
		va_list ap;                                                    \
		mode_t mode = 0;                                               \
		if (real == NULL)                                              \
			*(void **)&real = dlsym(RTLD_NEXT, #name);             \
		va_start(ap, last);                                            \
		if (last & (O_CREAT | O_TMPFILE))                              \
			mode = va_arg(ap, mode_t);                             \
		va_end(ap);                                                    \
		return fault_hits(#name) ? -1 : real args;                     \
	}

OPEN(open, (const char *path, int flags, ...), (path, flags, mode), flags)
OPEN(openat, (int fd, const char *path, int flags, ...),
    (fd, path, flags, mode), flags)

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct msghdr some = *m;
	struct iovec one;

	REAL(ssize_t, "sendmsg", int, const struct msghdr *, int);
	if (!fault_hits("sendmsg"))
		return real(fd, m, flags);
	if (!fault_short || m->msg_iovlen == 0)
		return -1;
	one = m->msg_iov[0];
	one.iov_len = one.iov_len > 0;
	some.msg_iov = &one;
	some.msg_iovlen = 1;
	return real(fd, &some, flags);
}

/* One byte in place of all, where that may happen. */
static int
fault_short_iov(const struct iovec *iov, struct iovec *one)
{
	*one = *iov;
	if (one->iov_len > 512)
		one->iov_len = 512;
	return 1;
}

ssize_t
readv(int fd, const struct iovec *iov, int n)
{
	struct iovec one;

	REAL(ssize_t, "readv", int, const struct iovec *, int);
	if (!fault_hits("readv"))
		return real(fd, iov, n);
	if (!fault_short)
		return -1;
	one = *iov;
	one.iov_len = 1;
	return real(fd, &one, 1);
}

ssize_t
preadv2(int fd, const struct iovec *iov, int n, off_t at, int flags)
{
	struct iovec one;

	REAL(ssize_t, "preadv2", int, const struct iovec *, int, off_t, int);
	if (fault_hang != NULL && flags & RWF_NOWAIT) {
		errno = EAGAIN;
		return -1;
	}
	fault_maybe_hang(fd);
	if (!fault_hits("preadv2"))
		return real(fd, iov, n, at, flags);
	if (!fault_short)
		return -1;
	return real(fd, &one, fault_short_iov(iov, &one), at, flags);
}

ssize_t
pwritev2(int fd, const struct iovec *iov, int n, off_t at, int flags)
{
	struct iovec one;

	REAL(ssize_t, "pwritev2", int, const struct iovec *, int, off_t, int);
	if (fault_hang != NULL && flags & RWF_NOWAIT) {
		errno = EAGAIN;
		return -1;
	}
	fault_maybe_hang(fd);
	if (!fault_hits("pwritev2"))
		return real(fd, iov, n, at, flags);
	if (!fault_short)
		return -1;
	return real(fd, &one, fault_short_iov(iov, &one), at, flags);
}

int
fdatasync(int fd)
{
	REAL(int, "fdatasync", int);
	fault_maybe_hang(fd);
	return fault_hits("fdatasync") ? -1 : real(fd);
}

int
fallocate(int fd, int mode, off_t at, off_t n)
{
	REAL(int, "fallocate", int, int, off_t, off_t);
	fault_maybe_hang(fd);
	return fault_hits("fallocate") ? -1 : real(fd, mode, at, n);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *), void *arg)
{
	REAL(int, "pthread_create", pthread_t *, const pthread_attr_t *,
	    void *(*)(void *), void *);
	return fault_hits("pthread_create") ? EAGAIN
					    : real(thread, attr, fn, arg);
}

/* ---- the time of day ---- */

#define FAULT_TEN_YEARS (3652L * 86400)

static time_t
fault_years(void)
{
	int was = errno;
	bool jumps = fault_clock != NULL &&
		     faccessat(AT_FDCWD, fault_clock, F_OK, 0) == 0;

	errno = was;
	return jumps ? FAULT_TEN_YEARS : 0;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int n;

	REAL(int, "clock_gettime", clockid_t, struct timespec *);
	n = real(id, ts);
	if (n == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec -= fault_years();
	return n;
}

time_t
time(time_t *out)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

/* ---- where nothing fails ---- */

void *seccomp_init(unsigned action);
void seccomp_release(void *filter);

void *
seccomp_init(unsigned action)
{
	REAL(void *, "seccomp_init", unsigned);
	fault_paused = 1;
	return real(action);
}

void
seccomp_release(void *filter)
{
	REAL(void, "seccomp_release", void *);
	real(filter);
	fault_paused = 0;
}

struct evhttp_request;
struct evhttp_request *evhttp_request_new(
    void (*cb)(struct evhttp_request *, void *), void *arg);

/* libevent 2.1 follows NULL when one of its three allocations fails. */
struct evhttp_request *
evhttp_request_new(void (*cb)(struct evhttp_request *, void *), void *arg)
{
	struct evhttp_request *r;

	REAL(struct evhttp_request *, "evhttp_request_new",
	    void (*)(struct evhttp_request *, void *), void *);
	fault_paused = 1;
	r = real(cb, arg);
	fault_paused = 0;
	return r;
}

struct event_base;
struct evdns_base;
struct bufferevent;
struct evhttp_connection;
struct evhttp_connection *evhttp_connection_base_bufferevent_new(
    struct event_base *base, struct evdns_base *dns, struct bufferevent *bev,
    const char *address, unsigned short port);

/* Nor does it free what it has half made of a connection. */
struct evhttp_connection *
evhttp_connection_base_bufferevent_new(struct event_base *base,
    struct evdns_base *dns, struct bufferevent *bev, const char *address,
    unsigned short port)
{
	struct evhttp_connection *c;

	REAL(struct evhttp_connection *,
	    "evhttp_connection_base_bufferevent_new", struct event_base *,
	    struct evdns_base *, struct bufferevent *, const char *,
	    unsigned short);
	fault_paused = 1;
	c = real(base, dns, bev, address, port);
	fault_paused = 0;
	return c;
}

/* ---- many daemons from one start ---- */

/*
 * Loading its libraries is half of what a short run of the daemon costs.  With
 * FAULT_SERVER it stops before main(), and for each line of its input
 *
 *	LOG <tab> CONFIGURATION [<tab> NAME=VALUE]...
 *
 * there is a child that goes on with that.  It says the child's process id, and
 * when it has ended its status as of waitpid(2).
 */
static void
fault_become(char *line, char **argv)
{
	char *word = strtok(line, "\t\n");
	int log = open(word, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int null = open("/dev/null", O_RDONLY);

	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	close(null);
	close(log);
	argv[2] = strtok(NULL, "\t\n");
	while ((word = strtok(NULL, "\t\n")) != NULL)
		putenv(word);
	unsetenv("FAULT_SERVER");
}

static void
fault_serve(char **argv)
{
	static char line[4096]; /* what the child's environment points to */
	int status;
	pid_t pid;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		pid = fork();
		if (pid == 0) {
			fault_become(line, argv);
			return;
		}
		dprintf(1, "%d\n", (int)pid);
		waitpid(pid, &status, 0);
		dprintf(1, "%d\n", status);
	}
	_exit(0);
}
