/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_options.c - the command line.
 */
#include "tests/bench/load.h"

struct options opt = {
	.port = "3260",
	.initiator = "iqn.2026-11.test.tisane:load",
	.label = "",
	.luns = 1,
	.block_size = 4096,
	.qd = 32,
	.conns = 1,
	.threads = 1,
	.read_pct = 100,
	.batch = true,
	.seconds = 5,
	.warmup = 1,
	.raw_size = 2ull << 30,
	.immediate_data = true,
	.max_recv = 262144,
	.first_burst = 262144,
	.max_burst = 1048576,
};

static const char usage_text[] =
    "usage: load --portal HOST[:PORT] --iqn NAME [--lun N] [options]\n"
    "       load --portal HOST[:PORT] --raw [options]      (drives limit)\n"
    "       load --portal HOST[:PORT] --iqn NAME --storm   (login+logout "
    "rate)\n"
    "\n"
    "Workload (SIZE takes k, m, g, t: powers of 1024)\n"
    "  -b, --bs SIZE           bytes per command, a multiple of the LUN's "
    "block [4k]\n"
    "  -q, --qd N              commands outstanding on each connection [32]\n"
    "  -c, --conns N           connections, each its own session [1]\n"
    "  -r, --read PCT          percentage of reads [100]\n"
    "  -s, --seq               sequential instead of uniformly random\n"
    "      --range SIZE        use only the first SIZE bytes of each LUN\n"
    "  -l, --lun N             first LUN [0]\n"
    "      --luns N            spread the connections over N consecutive LUNs "
    "[1]\n"
    "  -d, --seconds S         measured time [5]\n"
    "  -n, --ops N             stop after N measured commands instead\n"
    "  -w, --warmup S          unmeasured time before that [1]\n"
    "      --verify            stamp what is written, check what is read\n"
    "      --seed N            seed of the random sequence [a different one "
    "each run]\n"
    "\n"
    "Session\n"
    "      --header-digest     ask for HeaderDigest=CRC32C\n"
    "      --data-digest       ask for DataDigest=CRC32C\n"
    "      --max-recv SIZE     our MaxRecvDataSegmentLength [256k]\n"
    "      --first-burst SIZE  FirstBurstLength to offer [256k]\n"
    "      --max-burst SIZE    MaxBurstLength to offer [1m]\n"
    "      --immediate yes|no  ImmediateData to offer [yes]\n"
    "      --initial-r2t yes|no  InitialR2T to offer [no]\n"
    "      --initiator NAME    InitiatorName\n"
    "\n"
    "How\n"
    "      --threads N         event loops [1]\n"
    "      --spin              poll instead of sleeping: keeps this program's "
    "wake-ups\n"
    "                          out of the target's bill, and its core at 100 "
    "%\n"
    "      --no-batch          one sendmsg() for each PDU\n"
    "      --cc NAME           TCP congestion control of our side [the "
    "system's]\n"
    "      --raw-size SIZE     with --raw: the size to pretend [2g]\n"
    "\n"
    "Report\n"
    "      --pid PID           the target's process: CPU seconds and RSS\n"
    "      --label TEXT        copied into the report\n"
    "      --json              one JSON object instead of text\n";

static uint64_t
parse_size(const char *name, const char *s, uint64_t lo, uint64_t hi)
{
	char *end;
	errno = 0;
	unsigned long long v = strtoull(s, &end, 10);
	unsigned shift = 0;
	if (end != s && *end) {
		switch (*end | 0x20) {
		case 'k':
			shift = 10;
			break;
		case 'm':
			shift = 20;
			break;
		case 'g':
			shift = 30;
			break;
		case 't':
			shift = 40;
			break;
		default:
			shift = 99;
		}
		end++;
		if (shift != 99 && (*end == 'i' || *end == 'I'))
			end++;
		if (shift != 99 && (*end == 'b' || *end == 'B'))
			end++;
	}
	if (end == s || *end || *s == '-' || errno || shift == 99 ||
	    v > (UINT64_MAX >> shift))
		die("%s: '%s' is not a size or a number", name, s);
	v <<= shift;
	if (v < lo || v > hi)
		die("%s: %s is out of range (%" PRIu64 " to %" PRIu64 ")", name,
		    s, lo, hi);
	return v;
}

static double
parse_seconds(const char *name, const char *s, double lo)
{
	char *end;
	double v = strtod(s, &end);
	if (end == s || *end || !(v >= lo && v <= 86400))
		die("%s: '%s' is not a number of seconds from %g to 86400",
		    name, s, lo);
	return v;
}

static bool
parse_yesno(const char *name, const char *s)
{
	if (!strcasecmp(s, "yes"))
		return true;
	if (strcasecmp(s, "no"))
		die("%s: '%s' is neither yes nor no", name, s);
	return false;
}

/* HOST, HOST:PORT, [V6] or [V6]:PORT */
static void
parse_portal(char *s)
{
	char *colon;
	if (*s == '[') {
		char *close = strchr(s, ']');
		if (!close || (close[1] && close[1] != ':'))
			die("--portal: '%s' is not HOST[:PORT]", s);
		colon = close[1] ? close + 1 : NULL;
		*close = 0;
		s++;
	} else {
		colon = strchr(s, ':');
		if (colon && strchr(colon + 1, ':'))
			die("--portal: write an IPv6 address as "
			    "[ADDRESS]:PORT");
	}
	if (colon) {
		*colon = 0;
		opt.port = colon + 1;
	}
	if (!*s || !*opt.port)
		die("--portal: the host or the port is empty");
	opt.host = s;
}

void
parse_options(int argc, char **argv)
{
	enum {
		O_PORTAL = 256,
		O_IQN,
		O_RAW,
		O_STORM,
		O_RANGE,
		O_LUNS,
		O_VERIFY,
		O_SEED,
		O_HDIG,
		O_DDIG,
		O_MAXRECV,
		O_FIRSTB,
		O_MAXB,
		O_IMM,
		O_IR2T,
		O_INITIATOR,
		O_THREADS,
		O_SPIN,
		O_NOBATCH,
		O_CC,
		O_RAWSIZE,
		O_PID,
		O_LABEL,
		O_JSON
	};
	static const struct option longs[] = { { "portal", 1, 0, O_PORTAL },
		{ "iqn", 1, 0, O_IQN }, { "lun", 1, 0, 'l' },
		{ "luns", 1, 0, O_LUNS }, { "raw", 0, 0, O_RAW },
		{ "storm", 0, 0, O_STORM }, { "bs", 1, 0, 'b' },
		{ "qd", 1, 0, 'q' }, { "conns", 1, 0, 'c' },
		{ "read", 1, 0, 'r' }, { "seq", 0, 0, 's' },
		{ "range", 1, 0, O_RANGE }, { "seconds", 1, 0, 'd' },
		{ "ops", 1, 0, 'n' }, { "warmup", 1, 0, 'w' },
		{ "verify", 0, 0, O_VERIFY }, { "seed", 1, 0, O_SEED },
		{ "header-digest", 0, 0, O_HDIG },
		{ "data-digest", 0, 0, O_DDIG },
		{ "max-recv", 1, 0, O_MAXRECV },
		{ "first-burst", 1, 0, O_FIRSTB },
		{ "max-burst", 1, 0, O_MAXB }, { "immediate", 1, 0, O_IMM },
		{ "initial-r2t", 1, 0, O_IR2T },
		{ "initiator", 1, 0, O_INITIATOR },
		{ "threads", 1, 0, O_THREADS }, { "spin", 0, 0, O_SPIN },
		{ "no-batch", 0, 0, O_NOBATCH }, { "cc", 1, 0, O_CC },
		{ "raw-size", 1, 0, O_RAWSIZE }, { "pid", 1, 0, O_PID },
		{ "label", 1, 0, O_LABEL }, { "json", 0, 0, O_JSON },
		{ "help", 0, 0, 'h' }, { 0 } };
	int o;

	opt.seed = now_ns() ^ (uint64_t)getpid() << 40;
	while ((o = getopt_long(
		    argc, argv, "b:q:c:r:sl:d:n:w:h", longs, NULL)) != -1) {
		switch (o) {
		case O_PORTAL:
			parse_portal(optarg);
			break;
		case O_IQN:
			opt.iqn = optarg;
			break;
		case 'l':
			opt.lun =
			    (uint32_t)parse_size("--lun", optarg, 0, 16383);
			break;
		case O_LUNS:
			opt.luns =
			    (uint32_t)parse_size("--luns", optarg, 1, 16384);
			break;
		case O_RAW:
			opt.mode = MODE_RAW;
			break;
		case O_STORM:
			opt.mode = MODE_STORM;
			break;
		case 'b':
			opt.block_size =
			    (uint32_t)parse_size("--bs", optarg, 512, 16 << 20);
			break;
		case 'q':
			opt.qd =
			    (uint32_t)parse_size("--qd", optarg, 1, MAX_QD);
			break;
		case 'c':
			opt.conns =
			    (uint32_t)parse_size("--conns", optarg, 1, 65536);
			break;
		case 'r':
			opt.read_pct =
			    (unsigned)parse_size("--read", optarg, 0, 100);
			break;
		case 's':
			opt.sequential = true;
			break;
		case O_RANGE:
			opt.range =
			    parse_size("--range", optarg, 512, INT64_MAX);
			break;
		case 'd':
			opt.seconds = parse_seconds("--seconds", optarg, 0.1);
			break;
		case 'n':
			opt.ops = parse_size("--ops", optarg, 1, INT64_MAX);
			break;
		case 'w':
			opt.warmup = parse_seconds("--warmup", optarg, 0);
			break;
		case O_VERIFY:
			opt.verify = true;
			break;
		case O_SEED:
			opt.seed = parse_size("--seed", optarg, 0, UINT64_MAX);
			break;
		case O_HDIG:
			opt.header_digest = true;
			break;
		case O_DDIG:
			opt.data_digest = true;
			break;
		case O_MAXRECV:
			opt.max_recv = (uint32_t)parse_size(
			    "--max-recv", optarg, 512, (1 << 24) - 4);
			break;
		case O_FIRSTB:
			opt.first_burst = (uint32_t)parse_size(
			    "--first-burst", optarg, 512, (1 << 24) - 1);
			break;
		case O_MAXB:
			opt.max_burst = (uint32_t)parse_size(
			    "--max-burst", optarg, 512, (1 << 24) - 1);
			break;
		case O_IMM:
			opt.immediate_data = parse_yesno("--immediate", optarg);
			break;
		case O_IR2T:
			opt.initial_r2t = parse_yesno("--initial-r2t", optarg);
			break;
		case O_INITIATOR:
			opt.initiator = optarg;
			break;
		case O_THREADS:
			opt.threads =
			    (uint32_t)parse_size("--threads", optarg, 1, 256);
			break;
		case O_SPIN:
			opt.spin = true;
			break;
		case O_NOBATCH:
			opt.batch = false;
			break;
		case O_CC:
			opt.cc = optarg;
			break;
		case O_RAWSIZE:
			opt.raw_size =
			    parse_size("--raw-size", optarg, 4096, INT64_MAX);
			break;
		case O_PID:
			opt.pid =
			    (pid_t)parse_size("--pid", optarg, 1, INT_MAX);
			break;
		case O_LABEL:
			opt.label = optarg;
			break;
		case O_JSON:
			opt.json = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			exit(0);
		default:
			fputs("Try 'load --help'.\n", stderr);
			exit(2);
		}
	}
	if (optind < argc)
		die("unexpected argument '%s'", argv[optind]);
	if (!opt.host)
		die("--portal is required (try --help)");
	if (opt.mode != MODE_RAW && !opt.iqn)
		die("--iqn is required (try --help)");
	if (opt.block_size % 512)
		die("--bs: %u is not a multiple of 512", opt.block_size);
	if (opt.range && opt.range < opt.block_size)
		die("--range is smaller than --bs");
	if (opt.max_burst < opt.first_burst)
		die("--first-burst must not exceed --max-burst");
	if (opt.mode == MODE_RAW &&
	    (opt.verify || opt.header_digest || opt.data_digest))
		die("--raw has neither --verify nor digests");
	if (opt.mode == MODE_RAW && opt.block_size >= 1 << 24)
		die("--raw: --bs must be below 16m");
	if (opt.luns > opt.conns)
		die("--luns %u needs at least as many --conns (now %u)",
		    opt.luns, opt.conns);
	if (opt.threads > opt.conns)
		opt.threads = opt.conns;
}
