/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/hostile/fault.c - a library to preload that makes calls fail or hang.
 *
 *	FAULT_CALL   "alloc", or the name of one of the system calls below, or
 *	             "any" for all of them
 *	FAULT_NTH    the how manieth fails; 0: none
 *	FAULT_REST   set: all that follow fail too
 *	FAULT_ERRNO  with what; "short": it succeeds with one byte
 *	FAULT_ARMED  count only while this file exists
 *	FAULT_COUNT  file that gets the number of calls counted so far
 *	FAULT_HANG   I/O on files with this in their path hangs while the file
 *	             FAULT_HOLD exists
 *	FAULT_NO_URING  set: the kernel has no io_uring
 *
 * io_uring is off with any of them: its operations would go by unseen.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *fault_call, *fault_armed, *fault_hang, *fault_hold;
static long fault_nth;
static int fault_errno;
static bool fault_rest, fault_short, fault_ready;
static _Atomic long fault_seen;
static _Atomic int fault_count_fd = -1;

static long
fault_number(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void
fault_start(void)
{
	const char *error = getenv("FAULT_ERRNO");
	const char *count = getenv("FAULT_COUNT");

	fault_call = getenv("FAULT_CALL");
	fault_armed = getenv("FAULT_ARMED");
	fault_hang = getenv("FAULT_HANG");
	fault_hold = getenv("FAULT_HOLD");
	fault_nth = fault_number("FAULT_NTH");
	fault_rest = getenv("FAULT_REST") != NULL;
	fault_short = error != NULL && strcmp(error, "short") == 0;
	fault_errno = (int)fault_number("FAULT_ERRNO");
	if (count != NULL)
		fault_count_fd =
		    open(count, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	fault_ready = true;
}

static bool
fault_is_armed(void)
{
	return fault_armed == NULL ||
	       faccessat(AT_FDCWD, fault_armed, F_OK, 0) == 0;
}

static void
fault_note(long seen)
{
	char text[24];
	int n, was = errno;

	if (fault_count_fd < 0)
		return;
	n = snprintf(text, sizeof(text), "%ld\n", seen);
	if (pwrite(fault_count_fd, text, (size_t)n, 0) < 0)
		fault_count_fd = -1;
	errno = was;
}

/* Is this call to fail?  errno is set then. */
static bool
fault_hits(const char *call)
{
	long seen;

	if (!fault_ready || fault_call == NULL ||
	    (strcmp(fault_call, call) != 0 &&
		(strcmp(fault_call, "any") != 0 || strcmp(call, "alloc") == 0)))
		return false;
	if (!fault_is_armed())
		return false;
	seen = ++fault_seen;
	fault_note(seen);
	if (fault_nth == 0 ||
	    (fault_rest ? seen < fault_nth : seen != fault_nth))
		return false;
	errno = fault_errno;
	return true;
}

static void
fault_maybe_hang(int fd)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	char link[32], path[512];
	ssize_t n;

	if (fault_hang == NULL || faccessat(AT_FDCWD, fault_hold, F_OK, 0) != 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return;
	path[n] = '\0';
	while (strstr(path, fault_hang) != NULL &&
	       faccessat(AT_FDCWD, fault_hold, F_OK, 0) == 0)
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

#define REAL(type, name, ...)                                                  \
	static type (*real)(__VA_ARGS__);                                      \
	if (real == NULL)                                                      \
	*(void **)&real = dlsym(RTLD_NEXT, name)

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
SIMPLE(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags),
    (fd, m, flags))

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

/* A kernel without io_uring. */
struct io_uring;
int io_uring_queue_init(
    unsigned entries, struct io_uring *ring, unsigned flags);

int
io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	return -ENOSYS;
}
