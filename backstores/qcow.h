/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/qcow.h - may tcmu-runner's qcow module have this image?
 *
 * The module checks little of what it opens, and harms much: parts of clusters
 * over a backing file, snapshots, clusters of zeroes, counts that leave its
 * table.  So the image is read before, all its tables, and is refused unless
 * the module does right by it.
 */
#ifndef BACKSTORES_QCOW_H
#define BACKSTORES_QCOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qcow_facts {
	uint64_t size;          /* of the disk in it, bytes */
	uint64_t cluster_bytes; /* what it takes from the file system at once */
	uint64_t counted;       /* clusters in use that had no count, and now
				   have: a writer ended between the two */
};

/*
 * May block.  fd is locked by the caller, and open for writing unless
 * read_only.  0 and *facts; or -errno with a sentence in why: -EOPNOTSUPP for
 * an image that is right but not for the module, -EINVAL for one that is
 * damaged or none.  Nothing is written but missing counts, and the last
 * cluster is made whole.
 */
int qcow_check(int fd, bool read_only, struct qcow_facts *facts, char *why,
    size_t why_size);

#endif
