/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/identity_file.c - the identity of an LU in attributes of its file.
 *
 * A file is told from its copies by its inode and its time of birth.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "common/bytes.h"
#include "server/identity.h"

#define ATTRIBUTE(word) "user.tisane." word

static int
identity_fd(const struct identity_carrier *c)
{
	return container_of(c, const struct identity_file, carrier)->fd;
}

static bool
identity_file_read(const struct identity_carrier *c, const char *word,
    char text[IDENTITY_TEXT])
{
	char name[40];
	ssize_t n;

	snprintf(name, sizeof(name), ATTRIBUTE("%s"), word);
	n = fgetxattr(identity_fd(c), name, text, IDENTITY_TEXT - 1);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool
identity_file_binding(
    const struct identity_carrier *c, char text[IDENTITY_TEXT])
{
	struct statx st;

	if (statx(identity_fd(c), "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME,
		&st) < 0)
		return false;
	if ((st.stx_mask & STATX_BTIME) == 0)
		st.stx_btime.tv_sec = st.stx_btime.tv_nsec = 0;
	snprintf(text, IDENTITY_TEXT, "%llu %lld.%09u",
	    (unsigned long long)st.stx_ino, (long long)st.stx_btime.tv_sec,
	    st.stx_btime.tv_nsec);
	return true;
}

static int
identity_file_write(
    const struct identity_carrier *c, const char *uuid, const char *bound)
{
	int fd = identity_fd(c), error = 0;

	if (fsetxattr(fd, ATTRIBUTE(IDENTITY_UUID), uuid, strlen(uuid), 0) !=
		0 ||
	    fsetxattr(fd, ATTRIBUTE(IDENTITY_BOUND), bound, strlen(bound), 0) !=
		0)
		error = -errno;
	fremovexattr(fd, ATTRIBUTE(IDENTITY_ADOPT));
	return error;
}

void
identity_file_init(struct identity_file *f, int fd)
{
	*f = (struct identity_file){
		.carrier = { .noun = "file",
		    .read = identity_file_read,
		    .binding = identity_file_binding,
		    .write = identity_file_write },
		.fd = fd,
	};
}
