/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/strike.c - a call that fails.
 */
#include "tests/unit/backstores/strike.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/uio.h>

static _Thread_local bool strike_armed, strike_hit;
static _Thread_local unsigned strike_left;
static _Thread_local int strike_error;

void
strike_at(unsigned nth, int error)
{
	strike_left = nth;
	strike_error = error;
	strike_hit = false;
	strike_armed = true;
}

bool
strike_end(void)
{
	strike_armed = false;
	return strike_hit;
}

static bool
strikes(int error)
{
	if (!strike_armed || strike_left-- > 0)
		return false;
	strike_armed = false;
	strike_hit = true;
	errno = error;
	return true;
}

/* clang-format off */
#define STRIKE(type, name, failure, error, parameters, arguments)              \
	type __real_##name parameters;                                         \
	type __wrap_##name parameters;                                         \
	type __wrap_##name parameters                                          \
	{                                                                      \
		return strikes(error) ? failure : __real_##name arguments;     \
	}

#define STRIKE_CALL(type, name, parameters, arguments)                         \
	STRIKE(type, name, -1, strike_error, parameters, arguments)
#define STRIKE_MEMORY(name, parameters, arguments)                             \
	STRIKE(void *, name, NULL, ENOMEM, parameters, arguments)

STRIKE_MEMORY(malloc, (size_t n), (n))
STRIKE_MEMORY(calloc, (size_t n, size_t size), (n, size))
STRIKE(char *, strdup, NULL, ENOMEM, (const char *text), (text))
STRIKE(int, posix_memalign, ENOMEM, ENOMEM,
    (void **p, size_t align, size_t n), (p, align, n))
STRIKE(void *, mmap, MAP_FAILED, ENOMEM,
    (void *p, size_t n, int prot, int flags, int fd, off_t at),
    (p, n, prot, flags, fd, at))
STRIKE_CALL(int, mprotect, (void *p, size_t n, int prot), (p, n, prot))
STRIKE_CALL(int, madvise, (void *p, size_t n, int advice), (p, n, advice))
STRIKE_CALL(int, fstat, (int fd, struct stat *st), (fd, st))
STRIKE_CALL(int, stat, (const char *path, struct stat *st), (path, st))
STRIKE_CALL(int, statx, (int dir, const char *path, int flags, unsigned mask,
    struct statx *st), (dir, path, flags, mask, st))
STRIKE_CALL(int, fstatfs, (int fd, struct statfs *fs), (fd, fs))
STRIKE_CALL(int, fstatvfs, (int fd, struct statvfs *fs), (fd, fs))
STRIKE_CALL(off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence))
STRIKE_CALL(int, ftruncate, (int fd, off_t bytes), (fd, bytes))
STRIKE_CALL(int, fallocate, (int fd, int mode, off_t at, off_t bytes),
    (fd, mode, at, bytes))
STRIKE_CALL(int, fsync, (int fd), (fd))
STRIKE_CALL(int, fdatasync, (int fd), (fd))
STRIKE_CALL(int, flock, (int fd, int how), (fd, how))
STRIKE_CALL(int, fchmod, (int fd, mode_t mode), (fd, mode))
STRIKE_CALL(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group))
STRIKE_CALL(ssize_t, preadv2,
    (int fd, const struct iovec *iov, int n, off_t at, int flags),
    (fd, iov, n, at, flags))
STRIKE_CALL(ssize_t, pwritev2,
    (int fd, const struct iovec *iov, int n, off_t at, int flags),
    (fd, iov, n, at, flags))
STRIKE(int, pthread_create, EAGAIN, EAGAIN,
    (pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
    void *arg), (thread, attr, run, arg))
STRIKE_CALL(int, eventfd, (unsigned count, int flags), (count, flags))
/* clang-format on */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);

int
__wrap_open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return strikes(strike_error) ? -1 : __real_open(path, flags, mode);
}

/* A word or a pointer: it is one register. */
int
__wrap_ioctl(int fd, unsigned long request, ...)
{
	void *arg;
	va_list ap;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	return strikes(strike_error) ? -1 : __real_ioctl(fd, request, arg);
}

int
__wrap_fcntl(int fd, int command, ...)
{
	void *arg;
	va_list ap;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return strikes(strike_error) ? -1 : __real_fcntl(fd, command, arg);
}
