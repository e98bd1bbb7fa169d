/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/listing.h - what there is, as JSON.  Main thread.
 */
#ifndef SERVER_LISTING_H
#define SERVER_LISTING_H

#include <jansson.h>

#include "server/server.h"
#include "server/survey.h"

json_t *listing_status(const struct server *s, const struct survey *survey);
json_t *listing_sessions(const struct survey *survey);
json_t *listing_luns(const struct server *s);
/* Their limits, in the order of the file. */
json_t *listing_initiators(const struct server *s);
json_t *listing_targets(const struct server *s, const struct survey *survey);

/* "file" and "line" of a place; null when it is nowhere. */
json_t *listing_place(const struct config_place *place);

/* Connections that are logged in to the target. */
unsigned listing_count_sessions(
    const struct survey *survey, const char *target);

#endif
