/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/export.c - what to paste where a LUN is used.
 */
#include "cli/cli.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT_HOST 64

/* One LUN at one portal. */
struct export
{
	const char *lun, *target, *naa;
	unsigned number;
	char host[EXPORT_HOST], port[8]; /* host without brackets */
	const char *user;                /* of CHAP; NULL: none is asked for */
	bool v6, read_only;
};

/* ---- formats ---- */

static void
export_print_host(const struct export *e, FILE *f)
{
	fprintf(f, e->v6 ? "[%s]:%s" : "%s:%s", e->host, e->port);
}

static void
export_libvirt(const struct export *e, FILE *f)
{
	if (e->user != NULL)
		fprintf(f,
		    "<!-- once: virsh secret-define FILE, with\n"
		    "     <secret ephemeral='no' private='yes'><usage "
		    "type='iscsi'><target>%s</target></usage></secret>,\n"
		    "     then virsh secret-set-value -->\n",
		    e->lun);
	fprintf(f, "<disk type='network' device='disk'>\n"
		   "  <driver name='qemu' type='raw' cache='none' "
		   "discard='unmap'/>\n");
	if (e->user != NULL)
		fprintf(f,
		    "  <auth username='%s'>\n"
		    "    <secret type='iscsi' usage='%s'/>\n"
		    "  </auth>\n",
		    e->user, e->lun);
	fprintf(f,
	    "  <source protocol='iscsi' name='%s/%u'>\n"
	    "    <host name='%s' port='%s'/>\n"
	    "  </source>\n"
	    "  <target dev='sda' bus='scsi'/>\n"
	    "  <wwn>%.16s</wwn>\n%s"
	    "</disk>\n",
	    e->target, e->number, e->host, e->port, e->naa,
	    e->read_only ? "  <readonly/>\n" : "");
}

static void
export_qemu(const struct export *e, FILE *f)
{
	if (e->user != NULL)
		fprintf(f, "-object secret,id=%s-secret,file=SECRET-FILE \\\n",
		    e->lun);
	fprintf(f, "-blockdev driver=iscsi,node-name=%s,transport=tcp,portal=",
	    e->lun);
	export_print_host(e, f);
	fprintf(f, ",target=%s,lun=%u", e->target, e->number);
	if (e->user != NULL)
		fprintf(
		    f, ",user=%s,password-secret=%s-secret", e->user, e->lun);
	fprintf(f,
	    ",cache.direct=on,discard=unmap%s \\\n"
	    "-device virtio-blk-pci,drive=%s\n",
	    e->read_only ? ",read-only=on" : "", e->lun);
}

static void
export_iscsiadm(const struct export *e, FILE *f)
{
	fprintf(f, "iscsiadm -m discovery -t sendtargets -p ");
	export_print_host(e, f);
	if (e->user != NULL)
		fprintf(f,
		    "\niscsiadm -m node -T %s -o update -n "
		    "node.session.auth.authmethod -v CHAP"
		    "\niscsiadm -m node -T %s -o update -n "
		    "node.session.auth.username -v %s"
		    "\niscsiadm -m node -T %s -o update -n "
		    "node.session.auth.password -v SECRET",
		    e->target, e->target, e->user, e->target);
	fprintf(f, "\niscsiadm -m node -T %s -p ", e->target);
	export_print_host(e, f);
	fprintf(f, " --login\n# the disk: /dev/disk/by-id/wwn-0x%s\n", e->naa);
}

static void
export_multipath(const struct export *e, FILE *f)
{
	fprintf(f,
	    "multipaths {\n"
	    "\tmultipath {\n"
	    "\t\twwid 3%s\n"
	    "\t\talias %s\n"
	    "\t}\n"
	    "}\n",
	    e->naa, e->lun);
}

/* /etc/pve/storage.cfg; the volume is the LUN itself. */
static void
export_proxmox(const struct export *e, FILE *f)
{
	fprintf(f, "iscsi: %s\n\tportal %s\n\ttarget %s\n\tcontent images\n",
	    e->lun, e->host, e->target);
}

static const struct {
	const char *name;
	void (*print)(const struct export *e, FILE *f);
} export_formats[] = {
	{ "libvirt", export_libvirt },
	{ "qemu", export_qemu },
	{ "iscsiadm", export_iscsiadm },
	{ "multipath", export_multipath },
	{ "proxmox", export_proxmox },
};

/* ---- what is exported ---- */

/* An address of this machine that others can reach. */
static void
export_own_address(struct export *e, int family)
{
	struct ifaddrs *list = NULL, *i;
	const void *ip;

	snprintf(e->host, sizeof(e->host), "%s",
	    family == AF_INET6 ? "::1" : "127.0.0.1");
	if (getifaddrs(&list) != 0)
		return;
	for (i = list; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != family ||
		    (i->ifa_flags & (IFF_LOOPBACK | IFF_UP)) != IFF_UP)
			continue;
		ip = family == AF_INET6
			 ? (const void *)&(
			       (struct sockaddr_in6 *)(void *)i->ifa_addr)
			       ->sin6_addr
			 : (const void *)&(
			       (struct sockaddr_in *)(void *)i->ifa_addr)
			       ->sin_addr;
		inet_ntop(family, ip, e->host, sizeof(e->host));
		if (strncmp(e->host, "fe80:", 5) != 0)
			break;
	}
	freeifaddrs(list);
}

/* "192.0.2.1:3260", "[2001:db8::1]:3260" */
static void
export_split(struct export *e, const char *address)
{
	const char *colon = strrchr(address, ':');
	int skip = address[0] == '[';

	e->v6 = skip != 0;
	if (colon == NULL)
		return;
	snprintf(e->host, sizeof(e->host), "%.*s",
	    (int)(colon - address) - 2 * skip, address + skip);
	snprintf(e->port, sizeof(e->port), "%s", colon + 1);
}

static void
export_take_portal(struct export *e, const json_t *target)
{
	const json_t *group =
	    json_array_get(json_object_get(target, "portal_groups"), 0);
	const json_t *portal =
	    json_array_get(json_object_get(group, "portals"), 0);
	const char *advertised = cli_text(portal, "advertise");

	export_split(
	    e, advertised[0] != '\0' ? advertised : cli_text(portal, "listen"));
	if (advertised[0] == '\0' && cli_flag(portal, "any_address"))
		export_own_address(e, e->v6 ? AF_INET6 : AF_INET);
	e->user = json_string_value(
	    json_array_get(json_object_get(group, "chap_users"), 0));
}

static const json_t *
export_find(const json_t *list, const char *name)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		if (strcmp(cli_text(o, "name"), name) == 0)
			return o;
	}
	return NULL;
}

static const json_t *
export_find_map(const json_t *lun, const char *target)
{
	const json_t *m;
	size_t i;

	json_array_foreach(json_object_get(lun, "maps"), i, m)
	{
		if (target == NULL ||
		    strcmp(cli_text(m, "target"), target) == 0)
			return m;
	}
	return NULL;
}

static int
export_fill(struct export *e, const json_t *status, const char *name,
    const char *target)
{
	const json_t *lun = export_find(json_object_get(status, "luns"), name);
	const json_t *map;

	if (lun == NULL) {
		cli_say("there is no lun %s", name);
		return CLI_FAILED;
	}
	map = export_find_map(lun, target);
	if (map == NULL) {
		cli_say("%s offers lun %s",
		    target != NULL ? "that target never" : "no target", name);
		return CLI_FAILED;
	}
	*e = (struct export){
		.lun = cli_text(lun, "name"),
		.target = cli_text(map, "target"),
		.naa = cli_text(lun, "naa"),
		.number = (unsigned)cli_number(map, "number"),
		.read_only =
		    cli_flag(lun, "read_only") || cli_flag(map, "read_only"),
	};
	export_take_portal(
	    e, export_find(json_object_get(status, "targets"), e->target));
	return CLI_OK;
}

static void
export_print(const struct cli *cli, const struct export *e, unsigned format)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	if (f == NULL)
		abort();
	export_formats[format].print(e, f);
	if (fclose(f) != 0)
		abort();
	if (cli->json)
		cli_print_json(json_pack("{s:s, s:s, s:s}", "format",
		    export_formats[format].name, "lun", e->lun, "text", text));
	else
		fputs(text, stdout);
	free(text);
}

int
cli_verb_export(const struct cli *cli, int argc, char **argv)
{
	unsigned format, n = sizeof(export_formats) / sizeof(export_formats[0]);
	struct export e;
	json_t *o;
	int status;

	if (argc != 2 && !(argc == 4 && strcmp(argv[2], "to") == 0))
		return cli_misuse("export");
	for (format = 0; format < n; format++) {
		if (strcmp(export_formats[format].name, argv[0]) == 0)
			break;
	}
	if (format == n)
		return cli_misuse("export");
	status = cli_ask(cli, "GET", "/v1/status", NULL, &o);
	if (status == CLI_OK)
		status =
		    export_fill(&e, o, argv[1], argc == 4 ? argv[3] : NULL);
	if (status == CLI_OK)
		export_print(cli, &e, format);
	json_decref(o);
	return status;
}
