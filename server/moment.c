/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/moment.c - a unit as it is at one time, into a new file.
 */
#include "server/moment.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/clock.h"
#include "backstores/file_new.h"
#include "server/draft.h"
#include "server/image.h"
#include "server/loop.h"
#include "server/pause.h"
#include "server/wait.h"

/* So long writes may wait for a copy while somebody is logged in: Linux gives a
 * command 30 seconds. */
#define MOMENT_PATIENCE_MS 15000

/* ---- what is shared ---- */

static int
moment_fd(const struct unit *u)
{
	return strcmp(u->bs->ops->name, "file") == 0 ? u->bs->ops->fd(u->bs)
						     : -1;
}

static int
moment_begin(struct unit *u, struct pause *p, struct long_job *j)
{
	int error = pause_begin(p, u->lu);

	if (error == -EBUSY)
		return job_refuse(
		    j, EBUSY, "it is being sanitized or formatted");
	if (error != 0)
		return job_refuse(j, -error,
		    "writes that are under way do not end: the store hangs");
	if (u->bs->info.read_only)
		return 0;
	error = wait_flush(u->bs);
	if (error == 0)
		return 0;
	pause_end(p);
	return job_refuse(j, -error, "it cannot be flushed: %m");
}

/* Have fd share the blocks of the unit's file, as they are at one time. */
static int
moment_share(struct unit *u, int fd, const char *path, struct long_job *j)
{
	struct pause p;
	int error = moment_begin(u, &p, j);

	if (error != 0)
		return error;
	error = file_share_all(moment_fd(u), fd, path, j->why, sizeof(j->why));
	pause_end(&p);
	return error;
}

/* ---- what is copied ---- */

static bool
moment_has_guests(struct unit *u)
{
	bool has;

	pthread_mutex_lock(&u->lu->mutex);
	has = !LIST_EMPTY(&u->lu->nexuses);
	pthread_mutex_unlock(&u->lu->mutex);
	return has;
}

static int
moment_copy_paused(struct unit *u, int fd, struct long_job *j)
{
	uint64_t until = 0;
	struct pause p;
	int error = moment_begin(u, &p, j);

	if (error != 0)
		return error;
	if (moment_has_guests(u) && !u->bs->info.read_only)
		until = clock_now_ms() + MOMENT_PATIENCE_MS;
	error = image_copy(u->bs, fd, until, j);
	pause_end(&p);
	if (error == -ETIMEDOUT)
		return job_refuse(j, ETIMEDOUT,
		    "it takes too long for initiators that are logged in and "
		    "whose writes wait: log them out first");
	return error;
}

/* A file without a name beside the unit's own; -1: none can be had. */
static int
moment_temporary(struct unit *u)
{
	char *copy = strdup(u->bs->name);
	int fd = -1;

	if (copy != NULL && moment_fd(u) >= 0)
		fd = open(dirname(copy), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	free(copy);
	return fd;
}

/* The copying thread does itself what the copy of the store needs. */
static void
moment_run(struct bs_executor *executor, struct bs_io *io)
{
	bs_io_run(io);
}

static int
moment_copy_shared(int from, int fd, struct long_job *j)
{
	struct bs_executor executor = { .run = moment_run };
	struct bs_config config = {
		.type = "file",
		.read_only = true,
		.block_size = 512,
	};
	struct backstore *bs;
	char path[64];
	int error;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", from);
	config.path = path;
	error = backstore_open(&config, &bs, j->why, sizeof(j->why));
	if (error != 0)
		return error;
	bs->executor = &executor;
	error = image_copy(bs, fd, 0, j);
	backstore_close(bs);
	return error;
}

/* Where blocks can be shared, writes need not wait for the copying. */
static int
moment_copy(struct unit *u, int fd, struct long_job *j)
{
	int temporary = moment_temporary(u), error = -EOPNOTSUPP;

	if (temporary >= 0) {
		error = moment_share(u, temporary, u->bs->name, j);
		if (error == 0)
			error = moment_copy_shared(temporary, fd, j);
		close(temporary);
	}
	if (error != -EOPNOTSUPP && error != -EXDEV)
		return error;
	j->why[0] = '\0';
	return moment_copy_paused(u, fd, j);
}

/* ---- the file ---- */

struct moment {
	struct unit *unit;
	const char *path;
	bool copy;
};

static int
moment_fill(struct long_job *j, int fd, void *ctx)
{
	const struct moment *m = ctx;
	const char *name = m->unit->lu->identity.name;
	int error = m->copy ? moment_copy(m->unit, fd, j)
			    : moment_share(m->unit, fd, m->path, j);

	/* Only for people; not every file system takes it. */
	if (error == 0)
		fsetxattr(fd, FILE_ORIGIN_XATTR, name, strlen(name), 0);
	return error;
}

int
moment_make(struct unit *u, const char *path, bool copy, struct long_job *j)
{
	struct moment m = { .unit = u, .path = path, .copy = copy };

	if (!copy && moment_fd(u) < 0)
		return job_refuse(j, EOPNOTSUPP,
		    "the store \"%s\" shares no blocks: only a copy can be "
		    "had",
		    u->bs->ops->name);
	return draft_make(j, path, false, moment_fill, &m);
}
