/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/api.h - what can be asked of the daemon and done to it, see
 * /v1/openapi.json.
 */
#ifndef SERVER_API_H
#define SERVER_API_H

#include "server/http.h"

extern const struct http_route api_routes[];

#endif
