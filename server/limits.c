/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/limits.c - the limits of the configuration, put in force.
 */
#include "server/limits.h"

static void
limits_translate(struct throttle_limit out[THROTTLE_UNITS],
    const struct config_limit *iops, const struct config_limit *bandwidth)
{
	out[THROTTLE_COMMANDS] =
	    (struct throttle_limit){ iops->per_second, iops->burst };
	out[THROTTLE_BYTES] =
	    (struct throttle_limit){ bandwidth->per_second, bandwidth->burst };
}

struct throttle_rules *
limits_of_initiators(const struct config *config)
{
	struct throttle_limit limit[THROTTLE_UNITS];
	const struct config_initiator *i;
	struct throttle_rules *rules;
	unsigned n = 0;

	TAILQ_FOREACH (i, &config->initiators, link)
		n++;
	rules = throttle_rules_new(n);
	if (rules == NULL)
		return NULL;
	TAILQ_FOREACH (i, &config->initiators, link) {
		limits_translate(limit, &i->iops, &i->bandwidth);
		if (!throttle_rules_add(rules, i->pattern, limit)) {
			throttle_rules_free(rules);
			return NULL;
		}
	}
	return rules;
}

void
limits_set_lun(struct lu *lu, const struct config_lun *lun)
{
	struct throttle_limit limit[THROTTLE_UNITS];

	limits_translate(limit, &lun->iops, &lun->bandwidth);
	throttle_set(&lu->throttle, limit);
}
