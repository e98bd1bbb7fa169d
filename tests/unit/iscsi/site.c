/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/site.c - a target that is offered, and the time there.
 */
#include "tests/unit/iscsi/wire.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

static bool
site_random(void *out, size_t bytes)
{
	memset(out, 0x5a, bytes);
	return true;
}

static void
site_free_last(struct service *service)
{
}

static void
site_quiet(void *ctx, enum log_level level, const char *line)
{
}

static char site_pg_name[] = "lan", site_group_name[] = "open";

static void
site_offer(struct site *site)
{
	struct service *service = &site->service;

	site->open.name = site_group_name;
	site->open.no_authentication = true;
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &site->portal.ip);
	strcpy(site->portal.address, "192.0.2.1:3260");
	site->pg.name = site_pg_name;
	site->pg.tag = 1;
	site->pg.portals = &site->portal;
	site->pg.portal_count = 1;
	site->place.portal_group = &site->pg;
	site->target.target = site->kit->target;
	site->target.auth_group = &site->open;
	site->target.portal_groups = &site->place;
	site->target.portal_group_count = 1;
	site->targets[0] = &site->target;
	site->pgs[0] = &site->pg;
	service->portal_groups = site->pgs;
	service->portal_group_count = 1;
	service->targets = site->targets;
	service->target_count = 1;
	service->limits = iscsi_limits_default;
	service->random = site_random;
	service->free_last = site_free_last;
	service->references = 1;
	service->sessions = session_table_new();
	assert(service->sessions != NULL);
}

static struct site *site_now;

static void
site_after(struct home *home, struct job *job, unsigned ms)
{
	struct site *site = site_now;
	unsigned n = site->later_count++;

	assert(n < ARRAY_LEN(site->later));
	site->later[n].job = job;
	site->later[n].home = home->index;
	site->later[n].at_ms = home->now_ms + ms;
}

/* One that is due; false: there is none. */
static bool
site_run_late(struct site *site)
{
	unsigned i;
	struct job *job;

	for (i = 0; i < site->later_count; i++) {
		kit_enter(site->kit, site->later[i].home);
		if (site->later[i].at_ms >
		    site->kit->homes[site->later[i].home].home.now_ms)
			continue;
		job = site->later[i].job;
		site->later[i] = site->later[--site->later_count];
		job->fn(job);
		return true;
	}
	return false;
}

struct site *
site_new(void)
{
	struct site *site = calloc(1, sizeof(*site));
	unsigned i;

	assert(site != NULL);
	site_now = site;
	log_set_sink(site_quiet, NULL);
	site->kit = kit_new();
	for (i = 0; i < KIT_HOMES; i++) {
		site->kit->homes[i].home.now_ms = 1000;
		site->kit->homes[i].home.after = site_after;
	}
	site_offer(site);
	site->other = site->another = site->service;
	return site;
}

void
site_free(struct site *site)
{
	site->kit->store.hold = false;
	kit_release_all(site->kit);
	session_table_stop_retaining(site->service.sessions);
	kit_run_homes(site->kit);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
	session_table_free(site->service.sessions);
	CU_ASSERT_EQUAL(site->service.references, 1);
	CU_ASSERT_EQUAL(site->other.references, 1);
	CU_ASSERT_EQUAL(site->another.references, 1);
	kit_free(site->kit);
	free(site);
	log_set_sink(NULL, NULL);
}

void
site_wait(struct site *site, unsigned ms)
{
	unsigned i;

	for (i = 0; i < KIT_HOMES; i++)
		site->kit->homes[i].home.now_ms += ms;
	while (site_run_late(site))
		kit_run_homes(site->kit);
	kit_enter(site->kit, 0);
}

void
site_run(struct site *site)
{
	site->kit->store.hold = false;
	kit_release_all(site->kit);
}
