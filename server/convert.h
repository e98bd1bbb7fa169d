/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/convert.h - a sparse file becomes full and a full one sparse, while it
 * is served.
 */
#ifndef SERVER_CONVERT_H
#define SERVER_CONVERT_H

#include "server/http.h"

/* A call; answered with a job. */
void convert_lun(struct http_call *call);

#endif
