/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/create.h - a new LUN; a full file is allocated first, by a job.
 */
#ifndef SERVER_CREATE_H
#define SERVER_CREATE_H

#include "server/http.h"

/* A call; answered at the end of the change, or with a job. */
void create_lun(struct http_call *call);

#endif
