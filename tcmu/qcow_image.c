/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/qcow_image.c - an image, for the qcow module.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backstores/image_lock.h"
#include "backstores/qcow.h"
#include "backstores/stores.h"
#include "tcmu/host.h"

/* What one allocation may take with all its tables, and some more. */
#define QCOW_ROOM_CLUSTERS 16

static int
qcow_image_open(const char *path, char *why, size_t why_size)
{
	struct stat st;
	/* The module writes to none that is read-only, but opens it so. */
	int error, fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return bs_refuse(why, why_size, errno, "%s: %m", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	error =
	    bs_refuse(why, why_size, EINVAL, "%s is not a regular file", path);
	close(fd);
	return error;
}

/* It stays open, and with it the lock, until the process ends. */
int
qcow_image_prepare(struct tcmu_device *d, const char *path,
    uint64_t *cluster_bytes, char *why, size_t why_size)
{
	struct qcow_facts facts;
	int error, fd = qcow_image_open(path, why, why_size);

	if (fd < 0)
		return fd;
	error = image_lock(fd, path, d->read_only, why, why_size);
	if (error == 0)
		error = qcow_check(fd, d->read_only, &facts, why, why_size);
	if (error != 0)
		return error;
	if (facts.counted > 0)
		say_text(TCMU_SAYS, 0,
		    "%llu clusters had no count, which a crash leaves behind; "
		    "now they have",
		    (unsigned long long)facts.counted);
	/* That very file, whatever becomes of the name. */
	snprintf(d->config, sizeof(d->config), "qcow//proc/self/fd/%d", fd);
	d->size = facts.size;
	*cluster_bytes = facts.cluster_bytes;
	witness_reserve(facts.cluster_bytes * QCOW_ROOM_CLUSTERS);
	return 0;
}
