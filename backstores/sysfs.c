/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/sysfs.c - what the kernel says about a block device's queue.
 */
#include "backstores/sysfs.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include "common/bytes.h"

static bool
sysfs_read(const char *path, uint64_t *value)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (f == NULL)
		return false;
	ok = fscanf(f, "%" SCNu64, value) == 1;
	fclose(f);
	return ok;
}

uint64_t
sysfs_queue(dev_t device, const char *attribute)
{
	static const char *const places[] = { "", "../" };
	uint64_t value = 0;
	char path[128];
	size_t i;

	for (i = 0; i < ARRAY_LEN(places); i++) {
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%squeue/%s",
		    major(device), minor(device), places[i], attribute);
		if (sysfs_read(path, &value))
			return value;
	}
	return 0;
}
