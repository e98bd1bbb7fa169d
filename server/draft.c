/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/draft.c - a file that takes long to make.
 */
#include "server/draft.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backstores/file_new.h"
#include "common/bytes.h"
#include "common/log.h"
#include "common/outside.h"
#include "server/kept.h"
#include "server/server.h"

#define DRAFT_ID     8 /* hexadecimal digits */
#define DRAFT_BEFORE ".tisane-"
#define DRAFT_BEHIND ".unfinished"
#define DRAFT_NAME   (sizeof(DRAFT_BEFORE DRAFT_BEHIND) - 1 + DRAFT_ID)
#define NOTE_BEFORE  "unfinished-"
#define NOTE_HEADER  "tisane unfinished 1\n"
#define NOTE_NAME    (sizeof(NOTE_BEFORE) - 1 + DRAFT_ID)

struct draft {
	char note[NOTE_NAME + 1];
	char *path; /* of the draft */
	int dir_fd; /* of the notes */
	int fd;
};

/* ---- names ---- */

bool
draft_is_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	const size_t before = sizeof(DRAFT_BEFORE) - 1;

	return strlen(name) == DRAFT_NAME &&
	       strncmp(name, DRAFT_BEFORE, before) == 0 &&
	       strspn(name + before, "0123456789abcdef") == DRAFT_ID &&
	       strcmp(name + before + DRAFT_ID, DRAFT_BEHIND) == 0;
}

static bool
note_is_name(const char *name)
{
	return strlen(name) == NOTE_NAME &&
	       strncmp(name, NOTE_BEFORE, sizeof(NOTE_BEFORE) - 1) == 0;
}

static struct kept_file
note_file(int dir_fd, const char *name)
{
	return (struct kept_file){
		.ops = &kept_system,
		.dir_fd = dir_fd,
		.name = name,
		.header = NOTE_HEADER,
	};
}

/* 0 or -errno. */
static int
note_write(const struct kept_file *note, const char *path)
{
	char *line;
	int bytes = asprintf(&line, "%s\n", path), error;

	if (bytes < 0)
		return -ENOMEM;
	error = kept_write(note, line, (size_t)bytes);
	free(line);
	return error;
}

/* malloc()ed; NULL with *error. */
static char *
note_read(const struct kept_file *note, int *error)
{
	const char *body;
	size_t bytes;
	char *text, *path = NULL;

	*error = kept_read(note, &text, &body, &bytes);
	if (*error != 0)
		return NULL;
	if (bytes > 0 && body[bytes - 1] == '\n')
		path = strndup(body, bytes - 1);
	kept_free(text);
	if (path != NULL && draft_is_name(path))
		return path;
	*error = -EBADMSG;
	free(path);
	return NULL;
}

/* ---- one draft ---- */

/* Its names, of which no other draft has one.  0 or -errno. */
static int
draft_name(struct draft *d, const char *path)
{
	const char *slash = strrchr(path, '/');
	uint32_t id;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -errno;
	snprintf(d->note, sizeof(d->note), NOTE_BEFORE "%08x", id);
	if (asprintf(&d->path, "%.*s" DRAFT_BEFORE "%08x" DRAFT_BEHIND,
		slash != NULL ? (int)(slash - path + 1) : 0, path, id) >= 0)
		return 0;
	d->path = NULL;
	return -ENOMEM;
}

static int
draft_begin(
    struct draft *d, const char *path, bool served, char *why, size_t why_size)
{
	struct kept_file note;
	struct stat st;
	int error = lstat(path, &st) == 0 ? -EEXIST : draft_name(d, path);

	if (error != 0)
		return error;
	note = note_file(d->dir_fd, d->note);
	error = note_write(&note, d->path);
	if (error != 0) {
		snprintf(why, why_size, "state directory: %s: %s", d->note,
		    strerror(-error));
		return error;
	}
	d->fd = served ? file_new_disk(d->path) : file_new(d->path);
	if (d->fd >= 0)
		return 0;
	kept_remove(&note);
	return d->fd;
}

/* All of it is there: it gets its name, or none. */
static int
draft_keep(struct draft *d, const char *path)
{
	int error;

	if (fsync(d->fd) < 0 || outside_move(d->path, path) < 0)
		return -errno;
	error = file_sync_name(path);
	if (error != 0)
		outside_unlink(path);
	return error;
}

/* path NULL: there is none any more.  The next run tries again, when it cannot
 * be removed now. */
static int
draft_remove(int dir_fd, const char *note, const char *path)
{
	struct kept_file f = note_file(dir_fd, note);

	if (path != NULL && outside_unlink(path) < 0 && errno != ENOENT)
		return -errno;
	return kept_remove(&f);
}

static void
draft_end(struct draft *d, bool kept)
{
	int error = draft_remove(d->dir_fd, d->note, kept ? NULL : d->path);

	if (error != 0 && !kept)
		log_warning(
		    "unfinished file is left until the next start file=%s "
		    "error=\"%s\"",
		    d->path, strerror(-error));
	close(d->fd);
}

static int
draft_fill_and_keep(struct draft *d, struct long_job *j, const char *path,
    draft_fill *fill, void *ctx)
{
	int error = fill(j, d->fd, ctx);

	if (error == 0 && !job_settles(j))
		error = -ECANCELED;
	return error == 0 ? draft_keep(d, path) : error;
}

int
draft_make(struct long_job *j, const char *path, bool served, draft_fill *fill,
    void *ctx)
{
	struct draft d = {
		.dir_fd = state_directory(j->server->state),
		.fd = -1,
	};
	int error = draft_begin(&d, path, served, j->why, sizeof(j->why));

	if (error == 0)
		error = draft_fill_and_keep(&d, j, path, fill, ctx);
	if (d.fd >= 0)
		draft_end(&d, error == 0);
	free(d.path);
	if (error != 0 && j->why[0] == '\0')
		job_refuse(j, -error, "%s: %m", path);
	return error;
}

/* ---- what an earlier run has left ---- */

struct left {
	struct job job;
	int dir_fd;
	unsigned count;
	char (*notes)[NOTE_NAME + 1];
};

static void
left_remove(int dir_fd, const char *note)
{
	struct kept_file f = note_file(dir_fd, note);
	int error;
	char *path = note_read(&f, &error);

	if (error == 0)
		error = draft_remove(dir_fd, note, path);
	if (error == 0)
		log_notice("unfinished file of an earlier run is removed "
			   "file=%s",
		    path);
	else
		log_warning("unfinished file of an earlier run is not removed "
			    "note=%s file=%s error=\"%s\"",
		    note, path != NULL ? path : "", strerror(-error));
	free(path);
}

static void
left_free(struct left *l)
{
	free(l->notes);
	free(l);
}

/* A job's thread. */
static void
left_remove_all(struct job *job)
{
	struct left *l = container_of(job, struct left, job);
	unsigned i;

	for (i = 0; i < l->count; i++)
		left_remove(l->dir_fd, l->notes[i]);
	left_free(l);
}

static bool
left_add(struct left *l, const char *name)
{
	void *more = realloc(l->notes, (l->count + 1) * sizeof(*l->notes));

	if (more == NULL)
		return false;
	l->notes = more;
	memcpy(l->notes[l->count++], name, NOTE_NAME + 1);
	return true;
}

/* False: not all could be listed. */
static bool
left_list(struct left *l)
{
	int fd = openat(l->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	bool all = true;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (all && (e = readdir(d)) != NULL) {
		if (note_is_name(e->d_name))
			all = left_add(l, e->d_name);
	}
	closedir(d);
	return all;
}

void
draft_clear_left(struct server *s)
{
	struct left *l = calloc(1, sizeof(*l));
	bool all = false;

	if (l != NULL) {
		l->dir_fd = state_directory(s->state);
		l->job.fn = left_remove_all;
		all = left_list(l);
	}
	if (l != NULL && l->count > 0 && crew_post(&s->jobs, &l->job))
		l = NULL;
	else if (l != NULL && l->count > 0)
		all = false;
	if (!all)
		log_warning("unfinished files of earlier runs are looked for "
			    "at the next start");
	if (l != NULL)
		left_free(l);
}
