/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/snapshot.h - copies of a LUN as it is at one time: snapshots, clones,
 * images to take away.
 *
 * Writes of initiators wait while the store is flushed and its blocks are
 * shared with a new file or volume.
 */
#ifndef SERVER_SNAPSHOT_H
#define SERVER_SNAPSHOT_H

#include "server/http.h"

/* Calls; each is answered with a job. */
void snapshot_create(struct http_call *call); /* a read-only LUN */
void snapshot_clone(struct http_call *call);  /* a writable one */
void snapshot_export(struct http_call *call); /* a file */

#endif
