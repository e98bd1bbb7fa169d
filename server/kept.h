/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/kept.h - small files of the state directory that are whole or not
 * there: a header line, a body, and a line with the CRC32C of all before it.
 *
 * They are replaced, never changed in place: the new one is written beside the
 * old one, synced, renamed, and the directory is synced.
 */
#ifndef SERVER_KEPT_H
#define SERVER_KEPT_H

#include <stddef.h>
#include <sys/types.h>

#define KEPT_NAME_MAX 128 /* bytes of a file's name */

/* System calls as openat(2) and the rest are, but -errno for -1.  Tests observe
 * them, make them fail, and cut the power between them. */
struct kept_ops {
	int (*create)(const struct kept_ops *ops, int dir_fd, const char *name);
	ssize_t (*write)(
	    const struct kept_ops *ops, int fd, const void *data, size_t bytes);
	int (*sync)(const struct kept_ops *ops, int fd);
	int (*close)(const struct kept_ops *ops, int fd);
	int (*rename)(const struct kept_ops *ops, int dir_fd, const char *from,
	    const char *to);
	int (*unlink)(const struct kept_ops *ops, int dir_fd, const char *name);
};

extern const struct kept_ops kept_system;

struct kept_file {
	const struct kept_ops *ops;
	int dir_fd;
	const char *name, *header; /* header with its newline */
};

/*
 * 0, *text for kept_free() and the body in it; -ENOENT; -EBADMSG when it does
 * not check; -errno.
 */
int kept_read(
    const struct kept_file *f, char **text, const char **body, size_t *bytes);
/* Wipes it.  NULL is fine. */
void kept_free(char *text);
/*
 * May block.  0: it will be read from now on, whatever happens.  -errno: it, or
 * the one before.
 */
int kept_write(const struct kept_file *f, const char *body, size_t bytes);
/* Likewise: there is none. */
int kept_remove(const struct kept_file *f);

#endif
