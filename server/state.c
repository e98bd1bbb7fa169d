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
 * The last line is the CRC32C of all bytes before it.  A file that does not
 * check is refused: identities made anew would be other disks to the
 * initiators.
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

#include <isa-l/crc.h>

#include "server/uuid.h"

#define STATE_FILE      "identities"
#define STATE_TEMPORARY ".identities.new"
#define STATE_LOCK      "lock"
#define STATE_HEADER    "tisane identities 1\n"
#define STATE_CHECK     "check %08x\n"
#define STATE_CHECK_LEN 15 /* bytes of that line */
#define STATE_BYTES_MAX (4u << 20)

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

/* ---- reading ---- */

static uint32_t
state_crc(const char *text, size_t bytes)
{
	return crc32_iscsi((unsigned char *)text, (int)bytes, 0xffffffff);
}

/* One line without its newline: UUID, a space, the name. */
static bool
state_parse_line(struct state *s, const char *line, size_t length)
{
	struct state_identity *i;
	uint8_t uuid[16];

	if (length < 38 || line[36] != ' ' || !uuid_parse(line, uuid))
		return false;
	i = state_add(s, line + 37, length - 37);
	if (i == NULL)
		return false;
	memcpy(i->uuid, uuid, sizeof(uuid));
	return true;
}

static bool
state_parse(struct state *s, const char *text, size_t bytes)
{
	const size_t header = strlen(STATE_HEADER);
	const char *p, *end, *newline;
	char check[STATE_CHECK_LEN + 1];

	if (bytes < header + STATE_CHECK_LEN ||
	    memcmp(text, STATE_HEADER, header) != 0)
		return false;
	end = text + bytes - STATE_CHECK_LEN;
	snprintf(check, sizeof(check), STATE_CHECK,
	    state_crc(text, (size_t)(end - text)));
	if (memcmp(end, check, STATE_CHECK_LEN) != 0)
		return false;
	for (p = text + header; p < end; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		if (newline == NULL ||
		    !state_parse_line(s, p, (size_t)(newline - p)))
			return false;
	}
	return true;
}

/* Bytes read; -errno. */
static ssize_t
state_read_all(int fd, char *text, size_t room)
{
	size_t bytes = 0;
	ssize_t n = 1;

	while (bytes < room && n > 0) {
		n = read(fd, text + bytes, room - bytes);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return -errno;
		else
			bytes += (size_t)n;
	}
	return (ssize_t)bytes;
}

static int
state_load_fd(struct state *s, int fd, char *why, size_t why_size)
{
	char *text = malloc(STATE_BYTES_MAX);
	ssize_t n = -ENOMEM;
	bool good;

	if (text != NULL)
		n = state_read_all(fd, text, STATE_BYTES_MAX);
	good = n >= 0 && state_parse(s, text, (size_t)n);
	free(text);
	if (n < 0)
		return state_why((int)n, why, why_size, "%s: %s", STATE_FILE,
		    strerror((int)-n));
	if (!good)
		return state_why(-EBADMSG, why, why_size,
		    "%s is damaged; restore it from a backup, or remove it "
		    "and every LUN gets the identity in its file's "
		    "user.tisane.uuid, or a new one",
		    STATE_FILE);
	return 0;
}

static int
state_load(struct state *s, char *why, size_t why_size)
{
	int fd, error;

	fd = openat(s->dir_fd, STATE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return state_why(-errno, why, why_size, "%s: %s", STATE_FILE,
		    strerror(errno));
	error = state_load_fd(s, fd, why, why_size);
	close(fd);
	return error;
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

/* ---- writing ---- */

static char *
state_text(const struct state *s, size_t *bytes)
{
	const struct state_identity *i;
	char uuid[UUID_TEXT_BYTES], *text = NULL;
	FILE *f = open_memstream(&text, bytes);

	if (f == NULL)
		return NULL;
	fputs(STATE_HEADER, f);
	TAILQ_FOREACH (i, &s->identities, link) {
		uuid_format(uuid, i->uuid);
		fprintf(f, "%s %s\n", uuid, i->name);
	}
	if (fflush(f) == 0)
		fprintf(f, STATE_CHECK, state_crc(text, *bytes));
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

static int
state_write_all(int fd, const char *text, size_t bytes)
{
	ssize_t n;

	while (bytes > 0) {
		n = write(fd, text, bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		text += n;
		bytes -= (size_t)n;
	}
	return fsync(fd) == 0 ? 0 : -errno;
}

static int
state_replace(struct state *s, const char *text, size_t bytes)
{
	int fd, error;

	unlinkat(s->dir_fd, STATE_TEMPORARY, 0);
	fd = openat(s->dir_fd, STATE_TEMPORARY,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	error = state_write_all(fd, text, bytes);
	if (close(fd) != 0 && error == 0)
		error = -errno;
	if (error == 0 &&
	    renameat(s->dir_fd, STATE_TEMPORARY, s->dir_fd, STATE_FILE) != 0)
		error = -errno;
	if (error == 0 && fsync(s->dir_fd) != 0)
		error = -errno;
	return error;
}

int
state_save(struct state *s, char *why, size_t why_size)
{
	size_t bytes;
	char *text;
	int error;

	if (!s->changed)
		return 0;
	text = state_text(s, &bytes);
	error = text == NULL ? -ENOMEM : state_replace(s, text, bytes);
	free(text);
	if (error != 0)
		return state_why(error, why, why_size, "%s: %s", STATE_FILE,
		    strerror(-error));
	s->changed = false;
	return 0;
}
