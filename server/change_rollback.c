/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/change_rollback.c - back to the last good configuration.
 *
 * Files that are not what is in force become that again; when they are, they
 * become what was in force before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/outside.h"
#include "common/whole.h"
#include "server/change_impl.h"
#include "server/history.h"

/* malloc()ed; NULL with *error 0: there is no such file. */
static char *
rollback_read(const char *path, size_t *bytes, int *error)
{
	int fd = outside_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	struct stat st;
	char *text = NULL;
	ssize_t n;

	*bytes = 0;
	*error = fd < 0 && errno != ENOENT ? -errno : 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) != 0)
		*error = -errno;
	else if (!S_ISREG(st.st_mode))
		*error = -EINVAL;
	else if ((text = malloc((size_t)st.st_size + 1)) == NULL)
		*error = -ENOMEM;
	if (*error == 0) {
		n = whole_read(fd, text, (size_t)st.st_size, 0);
		*error = n < 0 ? (int)n : 0;
		*bytes = n < 0 ? 0 : (size_t)n;
	}
	close(fd);
	if (*error == 0)
		return text;
	free(text);
	return NULL;
}

/* Nothing, when it is that already. */
static bool
rollback_add_file(struct change *c, const struct history_file *want)
{
	struct change_file *f = &c->files[c->file_count];
	size_t bytes;
	int error;
	char *before = rollback_read(want->name, &bytes, &error);

	if (error != 0)
		return change_failed(c, error, want->name);
	if (before != NULL && bytes == want->bytes &&
	    memcmp(before, want->text, bytes) == 0) {
		free(before);
		return true;
	}
	if (c->file_count == CHANGE_FILES) {
		free(before);
		return change_refuse(c, 422, "too many files would change");
	}
	c->file_count++;
	f->before = before;
	f->before_bytes = bytes;
	f->path = strdup(want->name);
	f->after = malloc(want->bytes + 1);
	f->after_bytes = want->bytes;
	if (f->path == NULL || f->after == NULL)
		return change_refuse(c, 503, "no memory");
	memcpy(f->after, want->text, want->bytes);
	return true;
}

static bool
rollback_add(struct change *c, enum history_which which)
{
	struct history h;
	int error = history_read(state_directory(c->server->state), which, &h);
	bool good = true;
	unsigned i;

	if (error == -ENOENT)
		return change_refuse(
		    c, 409, "there is no earlier configuration");
	if (error != 0)
		return change_failed(c, error, "the earlier configuration");
	for (i = 0; i < h.count && good; i++)
		good = rollback_add_file(c, &h.files[i]);
	if (good)
		c->rollback = which;
	history_free(&h);
	return good;
}

static bool
rollback_refuse_others(struct change *c)
{
	return change_refuse(
	    c, 422, "other files are included than were then; move them away");
}

static bool
rollback_edit(struct change *c, const struct config *config)
{
	if (!rollback_add(c, HISTORY_IN_FORCE))
		return false;
	if (c->file_count == 0 && !rollback_add(c, HISTORY_BEFORE))
		return false;
	if (c->file_count == 0)
		return rollback_refuse_others(c);
	findings_add(&c->findings, "back to the configuration %s",
	    c->rollback == HISTORY_IN_FORCE ? "in force"
					    : "before the one in force");
	return true;
}

/* A file that a pattern includes by now was not in it then. */
static bool
rollback_confirm(struct change *c, const struct config *config)
{
	struct history h;
	bool same;

	if (history_read(state_directory(c->server->state), c->rollback, &h) !=
	    0)
		return change_refuse(c, 500, "the earlier configuration went");
	same = history_is_of(&h, config);
	history_free(&h);
	return same || rollback_refuse_others(c);
}

void
change_rollback(struct http_call *call)
{
	static const struct change_kind kind = {
		.edit = rollback_edit,
		.confirm = rollback_confirm,
	};

	change_begin_kind(call->server, &kind, "", NULL, change_answer, call);
}
