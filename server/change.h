/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/change.h - changes of the configuration file, and then of what runs.
 *
 * One at a time.  The file is edited with its comments kept, checked as a
 * whole, saved and put in force; when that fails, the file is again what it
 * was before.
 */
#ifndef SERVER_CHANGE_H
#define SERVER_CHANGE_H

#include "server/http.h"

/* Main thread; the call is answered when all is done or refused. */
void change_create_lun(struct http_call *call);
void change_grow_lun(struct http_call *call);
void change_delete_lun(struct http_call *call);

#endif
