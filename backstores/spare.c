/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/spare.c - room that is kept for a sparse file.
 */
#include "backstores/spare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backstores/backstore.h"
#include "backstores/file_new.h"
#include "backstores/image_lock.h"
#include "common/bytes.h"
#include "common/outside.h"

#define SPARE_PIECE       (64u << 20) /* reserved at a time */
#define SPARE_PIECE_LEAST (1u << 20)
#define SPARE_GIVE_LEAST  (4u << 20) /* so that few writes have to ask */

int
spare_init(struct spare *s, const char *path, const struct owner *owner)
{
	*s = (struct spare){ .fd = -1, .owner = owner };
	if (asprintf(&s->path, "%s" SPARE_SUFFIX, path) < 0)
		return -ENOMEM;
	pthread_mutex_init(&s->mutex, NULL);
	return 0;
}

void
spare_close(struct spare *s)
{
	if (s->path == NULL)
		return;
	if (s->fd >= 0)
		close(s->fd);
	pthread_mutex_destroy(&s->mutex);
	free(s->path);
}

/* ---- the file ---- */

/* It is ours when nothing was ever written to it; and one that keeps nothing
 * may be anybody's. */
static int
spare_check(int fd, bool kept)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (kept && st.st_blocks == 0))
		return -EEXIST;
	return lseek(fd, 0, SEEK_DATA) < 0 && errno == ENXIO ? 0 : -EEXIST;
}

/* Nobody else removes it while we have it: for as long as the lock is there. */
static int
spare_hold(int fd)
{
	struct stat st;

	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : 0;
	return fstat(fd, &st) == 0 && st.st_nlink == 0 ? -EBUSY : 0;
}

/* Make it ours: no image that somebody serves is. */
static int
spare_claim(struct spare *s, int fd, bool create)
{
	char why[256];
	int error = spare_check(fd, !create);

	if (error == 0)
		error = spare_hold(fd);
	if (error == 0)
		error = image_lock(fd, s->path, true, why, sizeof(why));
	if (error == -EALREADY)
		return -EBUSY; /* ours or another's: it is served */
	if (error == 0 && create)
		error = owner_set(s->owner, fd, s->path);
	return error;
}

/* create: make it when it is not there; else only what keeps something. */
static int
spare_open(struct spare *s, bool create)
{
	int error, fd = outside_open(
		       s->path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);

	if (fd < 0 && (errno != ENOENT || !create))
		return -errno;
	if (fd < 0)
		fd = file_new(s->path);
	if (fd < 0)
		return fd;
	error = spare_claim(s, fd, create);
	if (error != 0) {
		close(fd);
		return error;
	}
	s->fd = fd;
	s->bytes = 0; /* what is reserved already costs nothing again */
	return 0;
}

/* Unless somebody else has it, who opened the disk that has this name now. */
static int
spare_remove(struct spare *s)
{
	bool shared =
	    flock(s->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	int error = 0;

	if (!shared && outside_unlink(s->path) < 0)
		error = -errno;
	close(s->fd);
	s->fd = -1;
	s->bytes = 0;
	return error;
}

/* ---- its size ---- */

/* False with errno: it is as large as it was. */
static bool
spare_cut(struct spare *s, uint64_t bytes)
{
	while (ftruncate(s->fd, (off_t)bytes) < 0)
		if (errno != EINTR)
			return false;
	s->bytes = bytes;
	return true;
}

/* What could not be had whole may be there in part: smaller pieces find it. */
static int
spare_grow(struct spare *s, uint64_t bytes)
{
	uint64_t piece = SPARE_PIECE, n;
	int error;

	while (s->bytes < bytes) {
		n = min_u64(piece, bytes - s->bytes);
		if (fallocate(s->fd, 0, (off_t)s->bytes, (off_t)n) == 0) {
			s->bytes += n;
			continue;
		}
		error = -errno;
		if (error == -EINTR)
			continue;
		spare_cut(s, s->bytes);
		if (!backstore_is_no_room(error) || piece <= SPARE_PIECE_LEAST)
			return error;
		piece /= 2;
	}
	return 0;
}

/* What an earlier run has left goes too: it is looked for once. */
static int
spare_drop(struct spare *s)
{
	if (s->fd < 0 && !s->looked)
		spare_open(s, false);
	s->looked = true;
	return s->fd >= 0 ? spare_remove(s) : 0;
}

int
spare_keep(struct spare *s, uint64_t bytes)
{
	bool opens = s->fd < 0;
	int error;

	if (bytes == 0)
		return spare_drop(s);
	error = opens ? spare_open(s, true) : 0;
	if (error == 0)
		error = spare_grow(s, bytes);
	/* One that was there may be larger. */
	if (error == 0 && (opens || s->bytes > bytes) && !spare_cut(s, bytes))
		error = -errno;
	return error;
}

bool
spare_give(struct spare *s, uint64_t bytes)
{
	uint64_t most;

	if (s->fd < 0 || s->bytes == 0)
		return false;
	most = bytes > SPARE_GIVE_LEAST ? bytes : SPARE_GIVE_LEAST;
	return spare_cut(s, s->bytes - min_u64(s->bytes, most));
}
