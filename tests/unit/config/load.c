/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/load.c - text to plain structs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/build.h"
#include "tests/unit/config/support.h"

static const char complete[] =
    "# a comment\n"
    "state-directory /srv/state\n"
    "workers 3; log level debug\n"
    "portal-group lan {\n"
    "    listen 0.0.0.0:3260\n"
    "    listen [::]:3260\n"
    "    listen 127.0.0.1:3261 advertise 198.51.100.7    # NAT\n"
    "    discovery-filter none; congestion-control cubic\n"
    "}\n"
    "portal-group guests { listen 192.0.2.9:860; tag 1; redirect [::5] \n"
    "    discovery-auth-group kvm-hosts }\n"
    "auth-group kvm-hosts {\n"
    "    chap vmhost \"a-secret-of-12-or-more\"\n"
    "    chap-mutual vmhost2 \"secret-one-12345\" san \"secret-two-67890\"\n"
    "    initiator-name \"iqn.2008-11.org.linux-kvm:*\"     # globs\n"
    "    initiator-address 192.0.2.0/24 2001:db8::/32\n"
    "}\n"
    "auth-group lab { chap x short; weak-secrets yes }\n"
    "lun vm1 { file @/vm1.img; size 20G; allocation full; cache direct\n"
    "    block-size 4096; physical-block 16K; serial S1; device-id \"d 1\"\n"
    "    naa 0x62004567BA64678D0123456789ABCDEF }\n"
    "lun vm2 { sharing shared; file @/vm2.img; size 40G }\n"
    "lun iso { file @/some.iso; read-only yes }\n"
    "lun nul { null; size 1T }\n"
    "lun ram { ram\n size 1G; removable yes; sanitize-rate 48M\n"
    "    limit-iops 500; limit-bandwidth 1M burst 4M }\n"
    "lun vm3 { file @/vm3.img; size 1G; threshold 80%; pool-threshold none\n"
    "    reserve 300M; owner qemu; group 107; mode 0660 }\n"
    "lun vm4 { file @/vm4.img; size 1G; reserve 25% }\n"
    "threshold 70%\n"
    "target iqn.2026-11.lab.example:vms {\n"
    "    alias \"virtual machines\"\n"
    "    portal-group lan\n"
    "    portal-group guests tag 7, auth-group lab\n"
    "    auth-group kvm-hosts\n"
    "    lun 9 nul\n"
    "    lun 0 vm1\n"
    "    lun 1 vm2 { initiator-name \"iqn.2008-11.org.linux-kvm:host1\" }\n"
    "    lun 2 iso { read-only yes }\n"
    "}\n"
    "target iqn.2026-11.lab.example:ram { portal-group lan\n"
    "    auth-group no-authentication; lun 0 ram; redirect 192.0.2.1:99 "
    "permanent }\n"
    "initiator \"iqn.a:*\" { limit-iops 7 burst 70 }\n"
    "timeout { login 1s; ping-idle 2s; ping-reply 3s; output-stall 4min\n"
    "    task-abort 500ms; shutdown 6s }\n"
    "limits { connections 1; logins 2; logins-per-address 3\n"
    "    connections-per-address 7\n"
    "    sessions-per-initiator 4; commands-per-session 5\n"
    "    login-rounds 6; login-text 8K; receive-segment 16K; memory 64M }\n";

static const char *
fill(const char *text)
{
	static char out[8192];
	char *p = out;

	for (; *text != '\0'; text++) {
		if (*text == '@')
			p += sprintf(p, "%s", scratch);
		else
			*p++ = *text;
	}
	*p = '\0';
	return out;
}

static struct config *
load_complete(void)
{
	struct config *c;

	scratch_make();
	CU_ASSERT_EQUAL(truncate(scratch_write("some.iso", ""), 2048 * 512), 0);
	c = load_expecting(fill(complete), "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c;
}

static void
unload(struct config *c)
{
	config_free(c);
	scratch_remove();
}

static void
load_globals(void)
{
	struct config *c = load_complete();

	CU_ASSERT_STRING_EQUAL(c->state_directory, "/srv/state");
	CU_ASSERT_EQUAL(c->workers, 3);
	CU_ASSERT_EQUAL(c->log_level, CONFIG_LOG_DEBUG);
	CU_ASSERT_EQUAL(c->files.count, 1);
	CU_ASSERT_STRING_EQUAL(c->files.items[0], "t.conf");
	CU_ASSERT_EQUAL(c->timeouts.login_ms, 1000);
	CU_ASSERT_EQUAL(c->timeouts.ping_idle_ms, 2000);
	CU_ASSERT_EQUAL(c->timeouts.ping_reply_ms, 3000);
	CU_ASSERT_EQUAL(c->timeouts.output_stall_ms, 240000);
	CU_ASSERT_EQUAL(c->timeouts.task_abort_ms, 500);
	CU_ASSERT_EQUAL(c->timeouts.shutdown_ms, 6000);
	CU_ASSERT_EQUAL(c->limits.connections, 1);
	CU_ASSERT_EQUAL(c->limits.logins, 2);
	CU_ASSERT_EQUAL(c->limits.logins_per_address, 3);
	CU_ASSERT_EQUAL(c->limits.connections_per_address, 7);
	CU_ASSERT_EQUAL(c->limits.sessions_per_initiator, 4);
	CU_ASSERT_EQUAL(c->limits.commands_per_session, 5);
	CU_ASSERT_EQUAL(c->limits.login_rounds, 6);
	CU_ASSERT_EQUAL(c->limits.login_text, 8192);
	CU_ASSERT_EQUAL(c->limits.receive_segment, 16384);
	CU_ASSERT_EQUAL(c->limits.memory, 64 << 20);
	unload(c);
}

static void
load_portal_groups(void)
{
	struct config *c = load_complete();
	const struct config_portal_group *lan = TAILQ_FIRST(&c->portal_groups);
	const struct config_portal_group *guests = TAILQ_NEXT(lan, link);

	CU_ASSERT_STRING_EQUAL(lan->name, "lan");
	CU_ASSERT_EQUAL(lan->place.line, 4);
	CU_ASSERT_EQUAL(lan->place.column, 1);
	CU_ASSERT_EQUAL(lan->tag, 2);
	CU_ASSERT_EQUAL(lan->discovery_filter, CONFIG_DISCOVERY_NONE);
	CU_ASSERT_PTR_NULL(lan->discovery_auth_group);
	CU_ASSERT_STRING_EQUAL(lan->congestion_control, "cubic");
	CU_ASSERT_PTR_NULL(guests->congestion_control);
	CU_ASSERT_EQUAL_FATAL(lan->portal_count, 3);
	CU_ASSERT_STRING_EQUAL(lan->portals[0].host, "0.0.0.0");
	CU_ASSERT_EQUAL(lan->portals[0].port, 3260);
	CU_ASSERT_PTR_NULL(lan->portals[0].advertise);
	CU_ASSERT_STRING_EQUAL(lan->portals[1].host, "::");
	CU_ASSERT_STRING_EQUAL(lan->portals[2].advertise, "198.51.100.7:3260");
	CU_ASSERT_EQUAL(lan->portals[2].place.line, 7);
	CU_ASSERT_EQUAL(guests->tag, 1);
	CU_ASSERT_EQUAL(guests->portals[0].port, 860);
	CU_ASSERT_EQUAL(guests->discovery_filter, CONFIG_DISCOVERY_PORTAL_NAME);
	CU_ASSERT_STRING_EQUAL(guests->redirect, "[::5]:3260");
	CU_ASSERT_FALSE(guests->redirect_permanent);
	CU_ASSERT_STRING_EQUAL(guests->discovery_auth_group->name, "kvm-hosts");
	unload(c);
}

static void
load_auth_groups(void)
{
	struct config *c = load_complete();
	const struct config_auth_group *ag = find_auth_group(c, "kvm-hosts");

	CU_ASSERT_EQUAL_FATAL(ag->chap_count, 2);
	CU_ASSERT_STRING_EQUAL(ag->chap[0].user, "vmhost");
	CU_ASSERT_STRING_EQUAL(ag->chap[0].secret, "a-secret-of-12-or-more");
	CU_ASSERT_PTR_NULL(ag->chap[0].mutual_user);
	CU_ASSERT_STRING_EQUAL(ag->chap[1].mutual_user, "san");
	CU_ASSERT_STRING_EQUAL(ag->chap[1].mutual_secret, "secret-two-67890");
	CU_ASSERT_EQUAL(ag->initiator_names.count, 1);
	CU_ASSERT_EQUAL_FATAL(ag->initiator_addresses.count, 2);
	CU_ASSERT_STRING_EQUAL(
	    ag->initiator_addresses.items[1], "2001:db8::/32");
	CU_ASSERT_FALSE(ag->weak_secrets);
	CU_ASSERT(find_auth_group(c, "lab")->weak_secrets);
	CU_ASSERT(find_auth_group(c, "no-authentication")->no_authentication);
	CU_ASSERT(find_auth_group(c, "no-access")->deny);
	unload(c);
}

static void
load_luns(void)
{
	struct config *c = load_complete();
	const struct config_lun *vm1 = TAILQ_FIRST(&c->luns);
	const struct config_lun *vm2 = TAILQ_NEXT(vm1, link);
	const struct config_lun *iso = TAILQ_NEXT(vm2, link);
	const struct config_lun *nul = TAILQ_NEXT(iso, link);

	CU_ASSERT_STRING_EQUAL(vm1->name, "vm1");
	CU_ASSERT_STRING_EQUAL(vm1->store, "file");
	CU_ASSERT_EQUAL(vm1->size, 20ull << 30);
	CU_ASSERT_EQUAL(vm1->allocation, ALLOCATION_FULL);
	CU_ASSERT_EQUAL(vm1->cache, CACHE_DIRECT);
	CU_ASSERT_EQUAL(vm1->sharing, SHARING_WARN);
	CU_ASSERT_EQUAL(vm1->block_size, 4096);
	CU_ASSERT_EQUAL(vm1->physical_block, 16384);
	CU_ASSERT_FALSE(vm1->read_only);
	CU_ASSERT_STRING_EQUAL(vm1->serial, "S1");
	CU_ASSERT_STRING_EQUAL(vm1->device_id, "d 1");
	CU_ASSERT_STRING_EQUAL(vm1->naa, "62004567ba64678d0123456789abcdef");
	CU_ASSERT_EQUAL(vm2->allocation, ALLOCATION_FULL);
	CU_ASSERT_EQUAL(vm2->sharing, SHARING_SHARED);
	CU_ASSERT_EQUAL(iso->size, 0);
	CU_ASSERT(iso->read_only);
	CU_ASSERT_EQUAL(iso->allocation, ALLOCATION_SPARSE);
	CU_ASSERT_EQUAL(iso->block_size, 512);
	CU_ASSERT_EQUAL(iso->cache, CACHE_WRITEBACK);
	CU_ASSERT_STRING_EQUAL(nul->store, "null");
	CU_ASSERT_PTR_NULL(nul->path);
	unload(c);
}

static void
load_thresholds(void)
{
	struct config *c = load_complete();
	const struct config_lun *vm4 = TAILQ_LAST(&c->luns, config_lun_list);
	const struct config_lun *vm3 = TAILQ_PREV(vm4, config_lun_list, link);

	CU_ASSERT_EQUAL(vm3->threshold, 80);
	CU_ASSERT_EQUAL(vm3->pool_threshold, CONFIG_NO_THRESHOLD);
	CU_ASSERT_EQUAL(vm4->threshold, 70);
	CU_ASSERT_EQUAL(vm4->pool_threshold, 90);
	CU_ASSERT_EQUAL(vm3->reserve.bytes, 300 << 20);
	CU_ASSERT_EQUAL(vm3->reserve.percent, 0);
	CU_ASSERT_STRING_EQUAL(vm3->owner, "qemu");
	CU_ASSERT_STRING_EQUAL(vm3->group, "107");
	CU_ASSERT_EQUAL(vm3->mode, 0660);
	CU_ASSERT_PTR_NULL(vm4->owner);
	CU_ASSERT_EQUAL(vm4->mode, 0);
	CU_ASSERT_EQUAL(vm4->reserve.bytes, 0);
	CU_ASSERT_EQUAL(vm4->reserve.percent, 25);
	unload(c);
}

static void
load_targets(void)
{
	struct config *c = load_complete();
	const struct config_target *vms = TAILQ_FIRST(&c->targets);
	const struct config_target *ram = TAILQ_NEXT(vms, link);
	static const unsigned numbers[] = { 0, 1, 2, 9 };
	unsigned i;

	CU_ASSERT_STRING_EQUAL(vms->name, "iqn.2026-11.lab.example:vms");
	CU_ASSERT_STRING_EQUAL(vms->alias, "virtual machines");
	CU_ASSERT_STRING_EQUAL(vms->auth_group->name, "kvm-hosts");
	CU_ASSERT_EQUAL_FATAL(vms->portal_group_count, 2);
	CU_ASSERT_STRING_EQUAL(
	    vms->portal_groups[1].portal_group->name, "guests");
	CU_ASSERT_EQUAL(vms->portal_groups[0].tag, 0);
	CU_ASSERT_PTR_NULL(vms->portal_groups[0].auth_group);
	CU_ASSERT_EQUAL(vms->portal_groups[1].tag, 7);
	CU_ASSERT_STRING_EQUAL(vms->portal_groups[1].auth_group->name, "lab");
	CU_ASSERT_EQUAL_FATAL(vms->lun_count, 4);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(vms->luns[i].number, numbers[i]);
	CU_ASSERT_STRING_EQUAL(vms->luns[3].lun->name, "nul");
	CU_ASSERT_EQUAL(vms->luns[1].initiator_names.count, 1);
	CU_ASSERT(vms->luns[2].read_only);
	CU_ASSERT_FALSE(vms->luns[0].read_only);
	CU_ASSERT(ram->auth_group->no_authentication);
	CU_ASSERT_STRING_EQUAL(ram->redirect, "192.0.2.1:99");
	CU_ASSERT_TRUE(ram->redirect_permanent);
	unload(c);
}

static void
load_defaults(void)
{
	struct config *c = load_expecting("", "");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->state_directory, "/var/lib/tisane");
	CU_ASSERT_EQUAL(c->threshold, CONFIG_NO_THRESHOLD);
	CU_ASSERT_EQUAL(c->pool_threshold, 90);
	CU_ASSERT_EQUAL(c->workers, 0);
	CU_ASSERT_EQUAL(c->log_level, CONFIG_LOG_INFO);
	CU_ASSERT_EQUAL(c->timeouts.login_ms, 15000);
	CU_ASSERT_EQUAL(c->timeouts.task_abort_ms, 1500);
	CU_ASSERT_EQUAL(c->timeouts.output_stall_ms, 30000);
	CU_ASSERT_EQUAL(c->timeouts.shutdown_ms, 10000);
	CU_ASSERT_EQUAL(c->timeouts.open_ms, 10000);
	CU_ASSERT_EQUAL(c->limits.connections, 1024);
	CU_ASSERT_EQUAL(c->limits.commands_per_session, 128);
	CU_ASSERT_EQUAL(c->limits.login_text, 65536);
	CU_ASSERT_EQUAL(c->limits.memory, 512ull << 20);
	config_free(c);
}

/* Presets stay where a block gives only some of its fields. */
static void
load_partial_block(void)
{
	struct config *c = load_expecting("timeout { login 20s }", "");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->timeouts.login_ms, 20000);
	CU_ASSERT_EQUAL(c->timeouts.ping_idle_ms, 15000);
	config_free(c);
}

static void
load_upper_case(void)
{
	struct config *c = load_expecting(
	    "portal-group p { listen 127.0.0.1 }\n"
	    "target IQN.2026-11.Lab:X { portal-group p; auth-group no-access "
	    "}\n",
	    "2:8 warning iSCSI names have no upper case: taken as "
	    "\"iqn.2026-11.lab:x\"\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(
	    TAILQ_FIRST(&c->targets)->name, "iqn.2026-11.lab:x");
	config_free(c);
}

static void
load_closed_target(void)
{
	struct config *c =
	    load_expecting("portal-group p { listen 127.0.0.1 }\n"
			   "target iqn.2026-11.lab:x { portal-group p }\n",
		"2:8 warning target \"iqn.2026-11.lab:x\" has no auth-group: "
		"nobody may log in\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT(TAILQ_FIRST(&c->targets)->auth_group->deny);
	config_free(c);
}

static void
load_missing_file(void)
{
	struct config_report report;

	CU_ASSERT_PTR_NULL(config_load("/nonexistent/t.conf", &report));
	CU_ASSERT_EQUAL_FATAL(report.count, 1);
	CU_ASSERT_STRING_EQUAL(report.messages[0].text,
	    "cannot be read: No such file or directory");
	config_report_free(&report);
	CU_ASSERT_PTR_NULL(config_load("/dev/null", &report));
	CU_ASSERT_STRING_EQUAL(
	    report.messages[0].text, "cannot be read: Invalid argument");
	config_report_free(&report);
}

/* However little memory there is, it ends with a message and no leak. */
static void
load_without_memory(void)
{
	const char *text;
	struct config_report report;
	struct config *c = NULL;
	size_t budget;

	scratch_make();
	CU_ASSERT_EQUAL(truncate(scratch_write("some.iso", ""), 2048 * 512), 0);
	text = fill(complete);
	for (budget = 0; c == NULL && budget < 1 << 20; budget += 97) {
		c = config_load_within(
		    budget, "t.conf", text, strlen(text), &report);
		CU_ASSERT_EQUAL(c == NULL, report.errors > 0);
		CU_ASSERT_EQUAL(c == NULL, report.count > 0);
		config_report_free(&report);
	}
	CU_ASSERT(budget > 10000);
	unload(c);
}

static void
load_example(void)
{
	char *text = file_text("docs/example.conf");
	char *moved = NULL, *p;
	size_t bytes;
	FILE *f = open_memstream(&moved, &bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	scratch_make();
	mkdir(scratch_path("vm"), 0700);
	mkdir(scratch_path("iso"), 0700);
	CU_ASSERT_EQUAL(
	    truncate(scratch_write("iso/debian.iso", ""), 1 << 20), 0);
	scratch_write("secrets", "backup \"a secret in a file\"\n");
	chmod(scratch_path("secrets"), 0600);
	for (p = text; *p != '\0'; p++) {
		if (strncmp(p, "/srv/", 5) == 0 ||
		    strncmp(p, "/etc/tisane/", 12) == 0) {
			fprintf(f, "%s/", scratch);
			p += p[1] == 's' ? 4 : 11;
		} else {
			fputc(*p, f);
		}
	}
	fclose(f);
	expect_messages(moved, "");
	free(moved);
	free(text);
	scratch_remove();
}

static void
load_limits(void)
{
	struct config *c = load_complete();
	const struct config_lun *lun;
	const struct config_initiator *i = TAILQ_FIRST(&c->initiators);

	TAILQ_FOREACH (lun, &c->luns, link)
		if (strcmp(lun->name, "ram") == 0)
			break;
	CU_ASSERT_EQUAL(lun->iops.per_second, 500);
	CU_ASSERT_EQUAL(lun->iops.burst, 0);
	CU_ASSERT_EQUAL(lun->bandwidth.per_second, 1 << 20);
	CU_ASSERT_EQUAL(lun->bandwidth.burst, 4 << 20);
	CU_ASSERT_STRING_EQUAL(i->pattern, "iqn.a:*");
	CU_ASSERT_EQUAL(i->iops.per_second, 7);
	CU_ASSERT_EQUAL(i->iops.burst, 70);
	unload(c);
}

static const struct unit_test tests[] = {
	{ "statements of the file", load_globals },
	{ "portal groups", load_portal_groups },
	{ "auth groups", load_auth_groups },
	{ "luns", load_luns },
	{ "limits", load_limits },
	{ "thresholds, reserves, owners", load_thresholds },
	{ "targets", load_targets },
	{ "an empty file is all defaults", load_defaults },
	{ "a block need not be complete", load_partial_block },
	{ "a target in upper case is lowered with a warning", load_upper_case },
	{ "a target without auth-group is closed", load_closed_target },
	{ "a file that is not there", load_missing_file },
	{ "out of memory ends with a message", load_without_memory },
	{ "docs/example.conf loads", load_example },
	{ NULL, NULL },
};
const struct unit_suite load_suite = { "load", tests };
