/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/config/meaning.c - well formed, and wrong all the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/config/support.h"

struct meaning_case {
	const char *text, *messages;
};

#define PG     "portal-group p { listen 127.0.0.1 }\n"
#define AG     "auth-group a { initiator-name iqn.* }\n"
#define RAM    "lun r { ram; size 1G }\n"
#define TARGET "target iqn.2026-11.a:b { auth-group a; portal-group p;"

/* clang-format off */
static const struct meaning_case reference_cases[] = {
	{ AG "target iqn.2026-11.a:b { auth-group aa; portal-group lan }\n",
	  "2:37 there is no auth-group \"aa\"\n"
	  "2:54 there is no portal-group \"lan\"\n" },
	{ PG "lun disk1 { ram; size 1G }\n"
	  "target iqn.2026-11.a:b { auth-group no-acess; portal-group p\n"
	  "lun 0 disk }\n",
	  "3:37 there is no auth-group \"no-acess\" (no-access)\n"
	  "4:7 there is no lun \"disk\" (disk1)\n" },
	{ "portal-group p { listen 127.0.0.1; discovery-auth-group x }\n",
	  "1:57 there is no auth-group \"x\"\n" },
	{ PG AG "target iqn.2026-11.a:b { auth-group a\n"
	  "portal-group p tag 3 auth-group b }\n",
	  "4:33 there is no auth-group \"b\"\n" },
};

static const struct meaning_case name_cases[] = {
	{ "lun a { ram; size 1G }\nlun a { ram; size 1G }\n",
	  "2:5 lun \"a\" is already defined at t.conf:1:5\n" },
	{ PG "portal-group p { listen 127.0.0.2 }\n",
	  "2:14 portal-group \"p\" is already defined at t.conf:1:14\n" },
	{ "auth-group no-access { initiator-name * }\n",
	  "1:12 auth-group \"no-access\" is already defined: "
	  "it is built in\n" },
	{ PG AG TARGET "}\n" TARGET "}\n",
	  "4:8 target \"iqn.2026-11.a:b\" is already defined at "
	  "t.conf:3:8\n" },
	{ "lun a/b { ram; size 1G }\n",
	  "1:5 \"a/b\" holds a '/'; only letters, digits and -._: are "
	  "allowed\n" },
	{ "lun .a { ram; size 1G }\n",
	  "1:5 \".a\" begins with '.'; a name begins with a letter or a "
	  "digit\n" },
	{ "lun \"\" { ram; size 1G }\n", "1:5 an empty name\n" },
	{ PG AG "target iqn.2026-13.a:b { auth-group a; portal-group p }\n",
	  "3:8 \"iqn.2026-13.a:b\" is not an iSCSI name: "
	  "iqn.YYYY-MM.REVERSED.DOMAIN:WORDS, eui. and 16 or naa. and 16 or "
	  "32 hexadecimal digits\n" },
	{ AG "auth-group b { initiator-name Iqn.* }\n",
	  "2:31 \"Iqn.*\" has upper case, initiator names have none "
	  "(RFC 3722): this would match nobody\n" },
};

static const struct meaning_case portal_cases[] = {
	{ "portal-group p { }\n",
	  "1:14 portal-group \"p\" listens nowhere: it needs a "
	  "\"listen ADDRESS\"\n" },
	{ "portal-group p { listen ::1 }\n",
	  "1:25 \"::1\" is not an address: ADDRESS, ADDRESS:PORT, or with "
	  "IPv6 [ADDRESS]:PORT; names are not looked up ([::1]:3260)\n" },
	{ "portal-group p { listen 127.0.0.1:0 }\n",
	  "1:25 \"0\" is not a port from 1 to 65535\n" },
	{ "portal-group p { listen 1.2.3.4 advertise 0.0.0.0 }\n",
	  "1:43 \"0.0.0.0\" is no address that can be connected to\n" },
	{ "portal-group p { listen [fe80::1] }\n",
	  "1:25 \"[fe80::1]\" is link-local: say on which interface, as in "
	  "[fe80::1%eth0]\n" },
	{ "portal-group p { listen [2001:db8::1%eth0] }\n",
	  "1:25 \"[2001:db8::1%eth0]\": only a link-local address has an "
	  "interface\n" },
	{ "portal-group p { listen 1.2.3.4 advertised 1.2.3.4 }\n",
	  "1:33 \"advertised\" is not understood: listen ADDRESS[:PORT] "
	  "[advertise ADDRESS[:PORT]]\n" },
	{ PG "portal-group q { listen 127.0.0.1:3260 }\n",
	  "2:25 \"127.0.0.1:3260\" is already listened on at t.conf:1:25\n" },
	{ "portal-group p { listen 0.0.0.0 }\n"
	  "portal-group q { listen 10.0.0.1; listen [::1] }\n",
	  "2:25 \"10.0.0.1:3260\" is part of \"0.0.0.0:3260\" at "
	  "t.conf:1:25\n" },
	{ "portal-group p { listen 127.0.0.1; tag 4 }\n"
	  "portal-group q { listen 127.0.0.2; tag 4 }\n",
	  "2:40 tag \"4\" is already given at t.conf:1:40\n" },
};

static const struct meaning_case target_cases[] = {
	{ PG AG RAM TARGET "\n lun 0 r; lun 0 s }\nlun s { ram; size 1G }\n",
	  "5:15 LUN \"0\" is already mapped at t.conf:5:6\n" },
	{ PG AG RAM TARGET "\n lun 0 r; lun 1 r }\n",
	  "5:17 lun \"r\" is already mapped at t.conf:5:8\n" },
	{ PG AG RAM TARGET "\n lun 16384 r }\n",
	  "5:6 \"16384\" is not a number from 0 to 16383\n" },
	{ PG AG RAM TARGET "\n lun r }\n",
	  "5:2 too few arguments: lun NUMBER NAME [{ ... }]\n" },
	{ PG AG TARGET "\n portal-group p }\n",
	  "4:15 portal-group \"p\" is already given at t.conf:3:53\n"
	  "4:15 tag \"1\" is already of the portal-group at t.conf:3:53\n" },
	{ PG AG "portal-group q { listen 127.0.0.2 }\n" TARGET
	  "\n portal-group q tag 1 }\n",
	  "5:15 tag \"1\" is already of the portal-group at t.conf:4:53\n" },
	{ PG AG "target iqn.2026-11.a:b { auth-group a }\n",
	  "3:8 target \"iqn.2026-11.a:b\" is offered nowhere: it needs a "
	  "\"portal-group NAME\" (portal-group p)\n" },
	{ PG AG "target iqn.2026-11.a:b { auth-group a; portal-group p a }\n",
	  "3:55 \"a\" is not understood: portal-group NAME [tag NUMBER] "
	  "[auth-group NAME] [state STATE]\n" },
	{ PG AG "target iqn.2026-11.a:b { auth-group a; portal-group p tag 1, "
	  "tag 2 }\n", "3:62 \"tag\" is given twice\n" },
	{ PG AG "target iqn.2026-11.a:b { auth-group a; portal-group p tag 1, "
	  "state standby, tag 2 }\n", "3:77 \"tag\" is given twice\n" },
	{ PG AG "target iqn.2026-11.a:b { auth-group a; portal-group p "
	  "state active }\n",
	  "3:61 \"active\" is none of active-optimized, "
	  "active-non-optimized, standby or unavailable\n" },
	{ PG AG "target iqn.2026-11.a:b { auth-group a; portal-group p tg 1 }\n",
	  "3:55 \"tg\" is neither \"tag\" nor \"auth-group\" nor \"state\"\n" },
	{ PG AG RAM TARGET "\n lun 0 r { size 1G } }\n",
	  "5:12 \"size\" stands in a \"lun\" block, not in "
	  "\"lun of a target\"\n" },
};

static const struct meaning_case lun_cases[] = {
	{ "lun a { size 1G }\n",
	  "1:5 lun \"a\" has no store: it needs a \"file PATH\", "
	  "\"block PATH\", \"ram\" or \"null\"\n" },
	{ "lun a { ram }\n", "1:9 a lun on \"ram\" needs a \"size SIZE\"\n" },
	{ "lun a { ram; size 1G; cache direct; allocation full }\n",
	  "1:23 \"cache\" means nothing to a lun on \"ram\"\n"
	  "1:37 \"allocation\" means nothing to a lun on \"ram\"\n" },
	{ "lun a { ram; size 1M; threshold 80% }\n"
	  "lun b { null; size 1M; pool-threshold none }\n",
	  "1:23 \"threshold\" is for luns that take their space as they are "
	  "written: sparse files and thin volumes\n"
	  "2:24 \"pool-threshold\" is for luns that take their space as they "
	  "are written: sparse files and thin volumes\n" },
	{ "lun a { null; size 1M; owner a; mode 600 }\n",
	  "1:24 \"owner\" means nothing to a lun on \"null\"\n"
	  "1:33 \"mode\" means nothing to a lun on \"null\"\n" },
	{ "lun a { mode 1777; size 1M; file @/new }\n",
	  "1:14 \"1777\" is not the mode of a file: three octal digits, as "
	  "640\n" },
	{ "lun a { ram; size 1M; reserve 1M }\n",
	  "1:23 \"reserve\" means nothing to a lun on \"ram\"\n" },
	{ "lun a { reserve 1M; file @/big; read-only yes }\n",
	  "1:9 \"reserve\" means nothing to a lun that is read-only\n" },
	{ "lun a { reserve 2M; size 1M; file @/new }\n",
	  "1:17 more than the size of the lun, 1048576 bytes\n" },
	{ "lun a { reserve 0%; size 1M; file @/new }\n",
	  "1:17 \"0%\" is not a part from 1% to 100%\n" },
	{ "lun a { reserve much; size 1M; file @/new }\n",
	  "1:17 \"much\" is not a size: a whole number and K, M, G, T or P\n" },
	{ "lun a { ram; size 1000 }\n",
	  "1:19 a size of 1000 bytes is no multiple of the block size 512\n" },
	{ "lun a { ram; size 1000K; block-size 4096 }\nlun b { ram; size 513K;"
	  " block-size 4096 }\n",
	  "2:19 a size of 525312 bytes is no multiple of the block size "
	  "4096\n" },
	{ "lun a { ram; size 1M; physical-block 3K }\n"
	  "lun b { ram; size 1M; physical-block 512; block-size 4096 }\n"
	  "lun c { ram; size 1M; physical-block 16K; block-size 4096 }\n",
	  "1:38 a physical block is a power of two and not less than the block "
	  "size 512\n"
	  "2:38 a physical block is a power of two and not less than the block "
	  "size 4096\n" },
	{ "lun a { file x; size 1G }\n",
	  "1:14 \"x\" is not an absolute path: it must begin with '/'\n" },
	{ "lun a { file @/none }\n",
	  "1:14 \"@/none\" does not exist, and without a \"size SIZE\" it is "
	  "not created\n" },
	{ "lun a { file @/none; size 1G; read-only yes }\n",
	  "1:14 \"@/none\" does not exist, and is not created for a lun that "
	  "is read-only\n" },
	{ "lun a { file @/no/file; size 1G }\n",
	  "1:14 \"@/no\" is not a directory: the file cannot be created "
	  "there\n" },
	{ "lun a { file @; size 1G }\n",
	  "1:14 \"@\" is not a regular file\n" },
	{ "lun a { file @/empty }\n",
	  "1:14 \"@/empty\" is empty, and no \"size SIZE\" is given\n" },
	{ "lun a { file @/odd }\n",
	  "1:14 \"@/odd\" has 3 bytes, which is no multiple of the block "
	  "size 512\n" },
	{ "lun a { size 512; file @/big }\n",
	  "1:14 warning \"@/big\" has 1024 bytes, and is served whole: a file "
	  "is never shrunk\n" },
	{ "lun a { size 2K; file @/big }\n", "" },
	{ "lun a { size 2K; file @/big; read-only yes }\n",
	  "1:14 \"@/big\" has only 1024 bytes, and is not grown for a lun "
	  "that is read-only\n" },
	{ "lun a { block @/none }\n",
	  "1:15 \"@/none\": No such file or directory\n" },
	{ "lun a { block @/odd }\n",
	  "1:9 \"@/odd\" is not a block device (file)\n" },
	{ "lun a { size 1G; block @/odd }\n",
	  "1:9 \"size\" means nothing to a lun on \"block\"\n"
	  "1:18 \"@/odd\" is not a block device (file)\n" },
	{ "lun a { file @/f; size 1G }\nlun b { file @//f; size 1G }\n",
	  "2:14 \"@//f\" is already the store of the lun at t.conf:1:14\n" },
	{ "lun a { file @/one; size 1M }\nlun b { file @/two; size 1M }\n",
	  "2:14 \"@/two\" is already the store of the lun at t.conf:1:14\n" },
	{ "lun a { ram; size 1G; serial X }\nlun b { ram; size 1G; serial X }"
	  "\n", "2:30 \"X\" is already another lun's at t.conf:1:30\n" },
	{ "lun a { ram; size 1G; naa 5000000000000001 }\n"
	  "lun b { ram; size 1G; naa 0x5000000000000001 }\n",
	  "2:27 \"5000000000000001\" is already another lun's at "
	  "t.conf:1:27\n" },
};
/* clang-format on */

/* '@' stands for the scratch directory. */
static char *
meaning_fill(const char *text)
{
	char *out = NULL;
	size_t bytes;
	FILE *f = open_memstream(&out, &bytes);

	for (; *text != '\0'; text++) {
		if (*text == '@')
			fputs(scratch, f);
		else
			fputc(*text, f);
	}
	fclose(f);
	return out;
}

static void
meaning_run(const struct meaning_case *cases, size_t count)
{
	char *text, *messages;

	for (; count > 0; count--, cases++) {
		text = meaning_fill(cases->text);
		messages = meaning_fill(cases->messages);
		expect_messages(text, messages);
		free(text);
		free(messages);
	}
}

#define MEANING_RUN(cases)                                                     \
	meaning_run(cases, sizeof(cases) / sizeof((cases)[0]))

static const struct meaning_case isns_cases[] = {
	{ "isns-server 192.0.2.9; isns-server [2001:db8::9]:99\n"
	  "isns-period 3s; isns-timeout 100ms\n",
	    "" },
	{ "isns-server isns.example\n",
	    "1:13 \"isns.example\" is not an address: ADDRESS, ADDRESS:PORT, "
	    "or "
	    "with IPv6 [ADDRESS]:PORT; names are not looked up\n" },
	{ "isns-server 0.0.0.0\n",
	    "1:13 \"0.0.0.0\" is no address that can be connected to\n" },
	{ "isns-server [::]:3205\n",
	    "1:13 \"[::]:3205\" is no address that can be connected to\n" },
	{ "isns-server 192.0.2.9:65536\n",
	    "1:13 \"65536\" is not a port from 1 to 65535\n" },
	{ "isns-server 192.0.2.9 192.0.2.10\n",
	    "1:23 too many arguments: isns-server ADDRESS[:PORT]\n" },
	{ "isns-period 1s\n",
	    "1:13 \"1s\" is not a time from 3s to 1440min\n" },
	{ "isns-period 15min\nisns-period 15min\n",
	    "2:1 \"isns-period\" is already given at t.conf:1:1\n" },
	{ "isns-timeout 10min\n",
	    "1:14 \"10min\" is not a time from 100ms to 1min\n" },
};

static void
meaning_isns(void)
{
	MEANING_RUN(isns_cases);
}

static void
meaning_references(void)
{
	MEANING_RUN(reference_cases);
}

static void
meaning_names(void)
{
	MEANING_RUN(name_cases);
}

static void
meaning_portals(void)
{
	MEANING_RUN(portal_cases);
}

static void
meaning_targets(void)
{
	MEANING_RUN(target_cases);
}

static void
meaning_luns(void)
{
	scratch_make();
	scratch_write("empty", "");
	scratch_write("odd", "abc");
	scratch_write("one", "abc");
	CU_ASSERT_EQUAL(truncate(scratch_write("big", ""), 1024), 0);
	CU_ASSERT_EQUAL(link(scratch_path("one"), scratch_path("two")), 0);
	MEANING_RUN(lun_cases);
	scratch_remove();
}

/* Tags are given to those without, around those that are taken. */
static void
meaning_tags(void)
{
	struct config *c =
	    load_expecting("portal-group a { listen 127.0.0.1 }\n"
			   "portal-group b { listen 127.0.0.2; "
			   "tag 1 }\n"
			   "portal-group c { listen 127.0.0.3 }\n",
		"");
	const struct config_portal_group *pg;
	static const unsigned tags[] = { 2, 1, 3 };
	unsigned i = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	TAILQ_FOREACH (pg, &c->portal_groups, link)
		CU_ASSERT_EQUAL(pg->tag, tags[i++]);
	config_free(c);
}

static const struct unit_test tests[] = {
	{ "names that nobody defined", meaning_references },
	{ "iSNS servers", meaning_isns },
	{ "names that are taken or malformed", meaning_names },
	{ "portal groups", meaning_portals },
	{ "targets", meaning_targets },
	{ "luns and their files", meaning_luns },
	{ "tags are given out around those that are taken", meaning_tags },
	{ NULL, NULL },
};
const struct unit_suite meaning_suite = { "meaning", tests };
