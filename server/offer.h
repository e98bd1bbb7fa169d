/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/offer.h - the snapshot of what is offered to initiators, made from a
 * configuration.
 */
#ifndef SERVER_OFFER_H
#define SERVER_OFFER_H

#include "config/config.h"
#include "iscsi/service.h"
#include "iscsi/session.h"

/*
 * lus: one for each LUN of the configuration, in its order; references are
 * taken.  One reference on the result, whose strings are copies.  NULL: out of
 * memory.
 */
struct service *offer_new(const struct config *config, struct lu *const *lus,
    struct session_table *sessions, struct throttle_book *throttles);

/* Main thread: service is about to take the place of before (NULL: of none).
 * What initiators have set stays. */
void offer_inherit(struct service *service, const struct service *before);

#endif
