/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/client.c - HTTP/1.1 and JSON over a Unix socket.
 */
#include "cli/client.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENT_LINE_MAX 4096

/* An answer as it is read. */
struct stream {
	FILE *f;
	int status;
	bool chunked;
	long long left; /* of the body, or of the chunk; -1: till the end */
};

static int
client_connect(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static int
client_send(FILE *f, const char *method, const char *path, const json_t *body)
{
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;

	fprintf(f,
	    "%s %s HTTP/1.1\r\nHost: tisaned\r\nConnection: close\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    method, path, text != NULL ? strlen(text) : 0,
	    text != NULL ? text : "");
	free(text);
	return fflush(f) == 0 ? 0 : -errno;
}

/* ---- the head ---- */

static void
client_take_header(struct stream *s, const char *line)
{
	if (strncasecmp(line, "Content-Length:", 15) == 0)
		s->left = strtoll(line + 15, NULL, 10);
	else if (strncasecmp(line, "Transfer-Encoding:", 18) == 0 &&
		 strstr(line, "chunked") != NULL)
		s->chunked = true;
}

static int
client_read_head(struct stream *s)
{
	char line[CLIENT_LINE_MAX];

	s->left = -1;
	if (fgets(line, sizeof(line), s->f) == NULL ||
	    sscanf(line, "HTTP/1.%*d %d", &s->status) != 1)
		return -EPROTO;
	while (fgets(line, sizeof(line), s->f) != NULL) {
		if (line[0] == '\r' || line[0] == '\n') {
			if (s->chunked)
				s->left = 0;
			return 0;
		}
		client_take_header(s, line);
	}
	return -EPROTO;
}

/* ---- the body ---- */

/* False: that was the last chunk. */
static bool
client_next_chunk(struct stream *s)
{
	char line[64];

	do {
		if (fgets(line, sizeof(line), s->f) == NULL)
			return false;
	} while (line[0] == '\r' || line[0] == '\n');
	s->left = strtoll(line, NULL, 16);
	return s->left > 0;
}

static int
client_getc(struct stream *s)
{
	if (s->left == 0 && (!s->chunked || !client_next_chunk(s)))
		return EOF;
	if (s->left > 0)
		s->left--;
	return getc(s->f);
}

/* Up to a new line, or all of it.  NULL: nothing is left. */
static char *
client_read(struct stream *s, bool one_line)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);
	int c = EOF;

	if (out == NULL)
		return NULL;
	while ((c = client_getc(s)) != EOF && !(one_line && c == '\n'))
		putc(c, out);
	if (fclose(out) == 0 && (bytes > 0 || c != EOF))
		return text;
	free(text);
	return NULL;
}

/* ---- questions ---- */

/* 0 and *s, at the body; or -errno. */
static int
client_open(struct stream *s, const char *socket, const char *method,
    const char *path, const json_t *body)
{
	int fd = client_connect(socket), error;

	*s = (struct stream){ NULL };
	if (fd < 0)
		return fd;
	s->f = fdopen(fd, "r+");
	if (s->f == NULL) {
		close(fd);
		return -ENOMEM;
	}
	error = client_send(s->f, method, path, body);
	if (error == 0)
		error = client_read_head(s);
	if (error != 0)
		fclose(s->f);
	return error;
}

int
client_ask(const char *socket, const char *method, const char *path,
    const json_t *body, struct answer *out)
{
	struct stream s;
	int error = client_open(&s, socket, method, path, body);
	char *text;

	if (error != 0)
		return error;
	text = client_read(&s, false);
	out->status = s.status;
	out->body = text != NULL ? json_loads(text, 0, NULL) : NULL;
	free(text);
	fclose(s.f);
	return 0;
}

int
client_save(const char *socket, const char *path, FILE *to, struct answer *out)
{
	struct stream s;
	int error = client_open(&s, socket, "GET", path, NULL), c;
	char *text = NULL;

	if (error != 0)
		return error;
	out->status = s.status;
	if (s.status == 200) {
		while ((c = client_getc(&s)) != EOF)
			putc(c, to);
		error = fflush(to) == 0 ? 0 : -errno;
	} else {
		text = client_read(&s, false);
	}
	out->body = text != NULL ? json_loads(text, 0, NULL) : NULL;
	free(text);
	fclose(s.f);
	return error;
}

int
client_follow(const char *socket, const char *path,
    bool (*line)(void *ctx, json_t *event), void *ctx)
{
	struct stream s;
	int error = client_open(&s, socket, "GET", path, NULL);
	bool more = true;
	json_t *event;
	char *text;

	if (error != 0)
		return error;
	while (more && (text = client_read(&s, true)) != NULL) {
		event = json_loads(text, 0, NULL);
		free(text);
		if (event == NULL)
			continue;
		more = line(ctx, event);
		json_decref(event);
	}
	error = s.status == 200 ? 0 : -EPROTO;
	fclose(s.f);
	return error;
}

void
client_escape(char *path, size_t size, const char *text)
{
	size_t at = strlen(path);

	for (; *text != '\0' && at + 4 < size; text++) {
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			at +=
			    (size_t)snprintf(path + at, size - at, "%c", *text);
		else
			at += (size_t)snprintf(path + at, size - at, "%%%02X",
			    (unsigned char)*text);
	}
}
