/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/state.c - what is remembered from one run to the next.
 *
 * The file "identities":
 *
 *	tisane identities 1
 *	5b1f0b5e-93a4-4a60-8c7a-0d5d6f1f5a11 vm1
 *	check 1a2b3c4d
 *
 * A file that does not check is refused: identities made anew would be other
 * disks to the initiators.
 */
#include "server/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/kept.h"
#include "server/uuid.h"

#define STATE_FILE   "identities"
#define STATE_LOCK   "lock"
#define STATE_HEADER "tisane identities 1\n"

struct state_identity {
	TAILQ_ENTRY(state_identity) link;
	uint8_t uuid[16];
	char *name;
};

struct state {
	int dir_fd, lock_fd;
	bool changed;
	TAILQ_HEAD(, state_identity) identities;
};

static int state_why(int error, char *why, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int
state_why(int error, char *why, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, size, fmt, args);
	va_end(args);
	return error;
}

/* ---- in memory ---- */

static struct state_identity *
state_find(const struct state *s, const char *name)
{
	struct state_identity *i;

	TAILQ_FOREACH (i, &s->identities, link) {
		if (strcmp(i->name, name) == 0)
			return i;
	}
	return NULL;
}

bool
state_find_uuid(const struct state *s, const char *name, uint8_t uuid[16])
{
	const struct state_identity *i = state_find(s, name);

	if (i == NULL)
		return false;
	memcpy(uuid, i->uuid, sizeof(i->uuid));
	return true;
}

static struct state_identity *
state_add(struct state *s, const char *name, size_t length)
{
	struct state_identity *i = calloc(1, sizeof(*i));

	if (i == NULL)
		return NULL;
	i->name = strndup(name, length);
	if (i->name == NULL) {
		free(i);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&s->identities, i, link);
	return i;
}

bool
state_set_uuid(struct state *s, const char *name, const uint8_t uuid[16])
{
	struct state_identity *i = state_find(s, name);

	if (i == NULL)
		i = state_add(s, name, strlen(name));
	if (i == NULL)
		return false;
	memcpy(i->uuid, uuid, sizeof(i->uuid));
	s->changed = true;
	return true;
}

void
state_forget(struct state *s, const char *name)
{
	struct state_identity *i = state_find(s, name);

	if (i == NULL)
		return;
	TAILQ_REMOVE(&s->identities, i, link);
	free(i->name);
	free(i);
	s->changed = true;
}

/* ---- reading ---- */

/* One line without its newline: UUID, a space, the name.  What is written back
 * ends at a zero, so there is none in a name. */
static bool
state_parse_line(struct state *s, const char *line, size_t length)
{
	struct state_identity *i;
	uint8_t uuid[16];

	if (length < 38 || line[36] != ' ' || !uuid_parse(line, uuid) ||
	    memchr(line + 37, '\0', length - 37) != NULL)
		return false;
	i = state_add(s, line + 37, length - 37);
	if (i == NULL)
		return false;
	memcpy(i->uuid, uuid, sizeof(uuid));
	return true;
}

static bool
state_parse(struct state *s, const char *p, size_t bytes)
{
	const char *end = p + bytes, *newline;

	for (; p < end; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		if (newline == NULL ||
		    !state_parse_line(s, p, (size_t)(newline - p)))
			return false;
	}
	return true;
}

static struct kept_file
state_file(const struct state *s)
{
	return (struct kept_file){
		.ops = &kept_system,
		.dir_fd = s->dir_fd,
		.name = STATE_FILE,
		.header = STATE_HEADER,
	};
}

static int
state_load(struct state *s, char *why, size_t why_size)
{
	struct kept_file f = state_file(s);
	const char *body;
	size_t bytes;
	char *text;
	int error = kept_read(&f, &text, &body, &bytes);

	if (error == -ENOENT)
		return 0;
	if (error == 0 && !state_parse(s, body, bytes))
		error = -EBADMSG;
	kept_free(text);
	if (error == -EBADMSG)
		return state_why(error, why, why_size,
		    "%s is damaged; restore it from a backup, or remove it "
		    "and every LUN gets the identity in its file's "
		    "user.tisane.uuid, or a new one",
		    STATE_FILE);
	if (error != 0)
		return state_why(error, why, why_size, "%s: %s", STATE_FILE,
		    strerror(-error));
	return 0;
}

/* ---- the directory ---- */

static int
state_open_directory(
    struct state *s, const char *path, char *why, size_t why_size)
{
	struct stat st;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return state_why(-errno, why, why_size, "cannot make it: %s",
		    strerror(errno));
	s->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (s->dir_fd < 0)
		return state_why(-errno, why, why_size, "%s", strerror(errno));
	if (fstat(s->dir_fd, &st) != 0)
		return state_why(-errno, why, why_size, "%s", strerror(errno));
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return state_why(-EPERM, why, why_size,
		    "it belongs to another user (uid %u)", (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return state_why(-EPERM, why, why_size,
		    "others may write to it; chmod 0700 it");
	return 0;
}

static int
state_take_lock(struct state *s, char *why, size_t why_size)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	s->lock_fd = openat(s->dir_fd, STATE_LOCK,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return state_why(-errno, why, why_size, "%s: %s", STATE_LOCK,
		    strerror(errno));
	if (fcntl(s->lock_fd, F_OFD_SETLK, &lock) != 0)
		return state_why(-errno, why, why_size,
		    errno == EAGAIN || errno == EACCES
			? "another tisaned uses it"
			: "it cannot be locked");
	return 0;
}

struct state *
state_open(const char *path, char *why, size_t why_size)
{
	struct state *s = calloc(1, sizeof(*s));
	int error;

	if (s == NULL) {
		state_why(0, why, why_size, "no memory");
		return NULL;
	}
	s->dir_fd = s->lock_fd = -1;
	TAILQ_INIT(&s->identities);
	error = state_open_directory(s, path, why, why_size);
	if (error == 0)
		error = state_take_lock(s, why, why_size);
	if (error == 0)
		error = state_load(s, why, why_size);
	if (error == 0)
		return s;
	state_close(s);
	return NULL;
}

void
state_close(struct state *s)
{
	struct state_identity *i;

	while ((i = TAILQ_FIRST(&s->identities)) != NULL) {
		TAILQ_REMOVE(&s->identities, i, link);
		free(i->name);
		free(i);
	}
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	if (s->dir_fd >= 0)
		close(s->dir_fd);
	free(s);
}

int
state_directory(const struct state *s)
{
	return s->dir_fd;
}

/* ---- writing ---- */

static char *
state_text(const struct state *s, size_t *bytes)
{
	const struct state_identity *i;
	char uuid[UUID_TEXT_BYTES], *text = NULL;
	FILE *f = open_memstream(&text, bytes);

	if (f == NULL)
		return NULL;
	TAILQ_FOREACH (i, &s->identities, link) {
		uuid_format(uuid, i->uuid);
		fprintf(f, "%s %s\n", uuid, i->name);
	}
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

int
state_save(struct state *s, char *why, size_t why_size)
{
	struct kept_file f = state_file(s);
	size_t bytes;
	char *text;
	int error;

	if (!s->changed)
		return 0;
	text = state_text(s, &bytes);
	error = text == NULL ? -ENOMEM : kept_write(&f, text, bytes);
	free(text);
	if (error != 0)
		return state_why(error, why, why_size, "%s: %s", STATE_FILE,
		    strerror(-error));
	s->changed = false;
	return 0;
}
