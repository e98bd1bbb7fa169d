/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/remove.h - a LUN goes, and its data with it when that is asked for.
 */
#ifndef SERVER_REMOVE_H
#define SERVER_REMOVE_H

#include "server/http.h"

/* A call; answered at the end of the change, or with a job when data go. */
void remove_lun(struct http_call *call);

#endif
