/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/image_lock.c - one writer per image, QEMU's processes included.
 *
 * Byte 100 + n read-locked: somebody does n.  Byte 200 + n read-locked:
 * somebody will not have others do n.  Whoever opens locks its own bytes first
 * and then looks for contradicting ones of others; so of two that open at one
 * time both may be refused, but never none.
 */
#include "backstores/image_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backstores/stores.h"
#include "common/log.h"

#define IMAGE_DOES    100
#define IMAGE_REFUSES 200
#define IMAGE_READ    (1u << 0)
#define IMAGE_WRITE   (1u << 1)
#define IMAGE_RESIZE  (1u << 3)
#define IMAGE_RIGHTS  4 /* bit 2 is QEMU's own business */

static int
image_fcntl(int fd, int command, short type, off_t at)
{
	struct flock l = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = 1,
	};

	if (fcntl(fd, command, &l) < 0)
		return -errno;
	return command == F_OFD_GETLK && l.l_type != F_UNLCK ? -EBUSY : 0;
}

/* Read-lock the byte of each right. */
static int
image_lock_bytes(int fd, off_t base, unsigned rights)
{
	int n, error;

	for (n = 0; n < IMAGE_RIGHTS; n++) {
		if ((rights & 1u << n) == 0)
			continue;
		error = image_fcntl(fd, F_OFD_SETLK, F_RDLCK, base + n);
		if (error != 0)
			return error;
	}
	return 0;
}

/* -EBUSY when another has locked the byte of any of the rights. */
static int
image_test_bytes(int fd, off_t base, unsigned rights)
{
	int n, error;

	for (n = 0; n < IMAGE_RIGHTS; n++) {
		if ((rights & 1u << n) == 0)
			continue;
		error = image_fcntl(fd, F_OFD_GETLK, F_WRLCK, base + n);
		if (error != 0)
			return error;
	}
	return 0;
}

static int
image_claim(int fd, unsigned does, unsigned refuses)
{
	int error;

	if ((error = image_lock_bytes(fd, IMAGE_DOES, does)) != 0 ||
	    (error = image_lock_bytes(fd, IMAGE_REFUSES, refuses)) != 0 ||
	    (error = image_test_bytes(fd, IMAGE_DOES, refuses)) != 0)
		return error;
	return image_test_bytes(fd, IMAGE_REFUSES, does);
}

/* ---- who has it: such a lock has no PID, but /proc/PID/fdinfo shows it ----
 */

static bool
image_fd_has_lock(const char *pid, const char *fd)
{
	char path[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/fdinfo/%.16s", pid, fd);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, "lock:", 5) == 0;
	fclose(f);
	return found;
}

/* Does this process hold a lock of that file by a descriptor but `except`? */
static bool
image_pid_has_lock(const char *pid, const struct stat *image, int except)
{
	char path[64];
	struct dirent *e;
	struct stat st;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	d = opendir(path);
	if (d == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || atoi(e->d_name) == except ||
		    fstatat(dirfd(d), e->d_name, &st, 0) < 0)
			continue;
		found = st.st_dev == image->st_dev &&
			st.st_ino == image->st_ino &&
			image_fd_has_lock(pid, e->d_name);
	}
	closedir(d);
	return found;
}

/* 0: not to be found out. */
static pid_t
image_holder(int fd)
{
	struct dirent *e;
	struct stat image;
	pid_t pid, holder = 0;
	DIR *d = opendir("/proc");

	if (d == NULL)
		return 0;
	if (fstat(fd, &image) == 0)
		while (holder == 0 && (e = readdir(d)) != NULL) {
			pid = atoi(e->d_name);
			if (pid > 0 && image_pid_has_lock(e->d_name, &image,
					   pid == getpid() ? fd : -1))
				holder = pid;
		}
	closedir(d);
	return holder;
}

/* The short name of a process, without newline. */
static void
image_process_name(pid_t pid, char *name, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(name, size, "?");
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	if (fgets(name, (int)size, f) != NULL)
		name[strcspn(name, "\n")] = '\0';
	fclose(f);
}

static int
image_refuse(int fd, const char *path, char *why, size_t why_size)
{
	pid_t pid = image_holder(fd);
	char name[32];

	if (pid == getpid())
		return bs_refuse(why, why_size, EALREADY,
		    "%s is open already, for another LUN or one that is being "
		    "removed",
		    path);
	if (pid == 0)
		return bs_refuse(why, why_size, EBUSY,
		    "%s is in use by another process (QEMU or tisaned)", path);
	image_process_name(pid, name, sizeof(name));
	return bs_refuse(why, why_size, EBUSY,
	    "%s is in use by another process, %s with PID %d", path, name,
	    (int)pid);
}

int
image_lock(int fd, const char *path, bool read_only, char *why, size_t why_size)
{
	const unsigned changes = IMAGE_WRITE | IMAGE_RESIZE;
	int error;

	error = image_claim(
	    fd, read_only ? IMAGE_READ : IMAGE_READ | changes, changes);
	if (error == 0)
		return 0;
	if (error == -EBUSY || error == -EAGAIN || error == -EACCES)
		return image_refuse(fd, path, why, why_size);
	errno = -error;
	log_warning("image cannot be locked, see that nobody else opens it "
		    "path=%s error=\"%m\"",
	    path);
	return 0;
}
