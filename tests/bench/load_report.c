/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_report.c - what the target used, and the report.
 */
#include "tests/bench/load.h"

bool
usage_of(pid_t pid, struct usage *u)
{
	char path[64], text[4096];
	unsigned long long ut, st;
	FILE *f;

	memset(u, 0, sizeof *u);
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (!(f = fopen(path, "r")))
		return false;
	size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = 0;
	char *p = strrchr(text, ')');
	if (!p || sscanf(p + 1,
		      " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
		      &ut, &st) != 2)
		return false;
	u->user = (double)ut / (double)sysconf(_SC_CLK_TCK);
	u->sys = (double)st / (double)sysconf(_SC_CLK_TCK);
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if (!(f = fopen(path, "r")))
		return false;
	while (fgets(text, sizeof text, f)) {
		sscanf(text, "VmRSS: %ld", &u->rss_kb);
		sscanf(text, "VmHWM: %ld", &u->peak_kb);
	}
	fclose(f);
	return true;
}

double
own_cpu(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void
json_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

uint64_t
total_errors(void)
{
	return errors_io + errors_protocol + errors_verify + errors_conn +
	       errors_logout;
}

void
print_report(const struct report *r)
{
	const struct stats *s = &r->s;
	const struct conn *c = r->conn;
	const char *const modes[] = { "iscsi", "raw", "storm" };
	double ops = (double)(s->reads + s->writes), per_op = ops > 0 ? ops : 1;
	double mb = (double)s->bytes / 1e6;
	double user = r->after.user - r->before.user,
	       sys = r->after.sys - r->before.sys;
	double cpu = user + sys, cpu_div = cpu > 0 ? cpu : 1e-9;
	double us[6] = { 0 };
	if (s->latency.count) {
		us[0] = (double)s->latency.sum / (double)s->latency.count / 1e3;
		us[1] = (double)hist_percentile(&s->latency, 50) / 1e3;
		us[2] = (double)hist_percentile(&s->latency, 99) / 1e3;
		us[3] = (double)hist_percentile(&s->latency, 99.9) / 1e3;
		us[4] = (double)s->latency.min / 1e3;
		us[5] = (double)s->latency.max / 1e3;
	}

	if (opt.json) {
		printf("{\"label\":");
		json_string(opt.label);
		printf(",\"mode\":\"%s\",\"bs\":%u,\"qd\":%u,\"conns\":%u,"
		       "\"luns\":%u,\"threads\":%u,"
		       "\"read_pct\":%u,\"pattern\":\"%s\",\"spin\":%s,"
		       "\"batch\":%s",
		    modes[opt.mode], opt.block_size, opt.qd, opt.conns,
		    opt.luns, opt.threads, opt.read_pct,
		    opt.sequential ? "sequential" : "random",
		    opt.spin ? "true" : "false", opt.batch ? "true" : "false");
		printf(",\"seconds\":%.3f,\"reads\":%" PRIu64
		       ",\"writes\":%" PRIu64 ",\"iops\":%.1f,\"mb_s\":%.2f",
		    r->seconds, s->reads, s->writes, ops / r->seconds,
		    mb / r->seconds);
		printf(",\"lat_us\":{\"mean\":%.2f,\"p50\":%.2f,\"p99\":%.2f,"
		       "\"p999\":%.2f,\"min\":%.2f,\"max\":%.2f}",
		    us[0], us[1], us[2], us[3], us[4], us[5]);
		printf(",\"errors\":{\"io\":%" PRIu64 ",\"protocol\":%" PRIu64
		       ",\"verify\":%" PRIu64 ",\"connection\":%" PRIu64
		       ",\"logout\":%" PRIu64 "}",
		    (uint64_t)errors_io, (uint64_t)errors_protocol,
		    (uint64_t)errors_verify, (uint64_t)errors_conn,
		    (uint64_t)errors_logout);
		if (opt.verify)
			printf(",\"verify\":{\"exact\":%" PRIu64
			       ",\"lba_only\":%" PRIu64
			       ",\"unstamped\":%" PRIu64 "}",
			    s->verified, s->verified_lba_only, s->unstamped);
		printf(",\"load\":{\"cpu_s\":%.3f,\"cpu_pct\":%.1f,\"recvs_per_"
		       "op\":%.3f,\"empty_recvs_per_op\":%.3f,\"sends_per_op\":"
		       "%.3f,\"nop_ins\":%" PRIu64 "}",
		    r->own_cpu, 100 * r->own_cpu / r->seconds,
		    (double)s->recvs / per_op, (double)s->recvs_empty / per_op,
		    (double)s->sends / per_op, s->nops);
		if (opt.pid)
			printf(",\"target\":{\"pid\":%d,\"cpu_s\":%.2f,\"user_"
			       "s\":%.2f,\"sys_s\":%.2f,\"cpu_pct\":%.1f,"
			       "\"ios_per_cpu_s\":%.0f,\"mb_per_cpu_s\":%.1f,"
			       "\"cpu_us_per_io\":%.3f,\"rss_kb\":%ld,\"peak_"
			       "rss_kb\":%ld}",
			    (int)opt.pid, cpu, user, sys,
			    100 * cpu / r->seconds, ops / cpu_div, mb / cpu_div,
			    cpu * 1e6 / per_op, r->after.rss_kb,
			    r->after.peak_kb);
		if (opt.mode == MODE_ISCSI)
			printf(
			    ",\"negotiated\":{\"header_digest\":%s,\"data_"
			    "digest\":%s,\"immediate_data\":%s,"
			    "\"initial_r2t\":%s,\"target_max_recv\":%u,\"first_"
			    "burst\":%u,\"max_burst\":%u,\"lba_size\":%u}",
			    c->header_digest ? "true" : "false",
			    c->data_digest ? "true" : "false",
			    c->immediate_data ? "true" : "false",
			    c->initial_r2t ? "true" : "false",
			    c->target_max_recv, c->first_burst, c->max_burst,
			    c->lba_size);
		puts("}");
		return;
	}

	if (*opt.label)
		printf("%s\n", opt.label);
	if (opt.mode == MODE_STORM)
		printf("login+logout, %u at a time, %.2f s\n", opt.conns,
		    r->seconds);
	else
		printf("%s %u bytes, %u%% read, QD %u x %u connection%s, %u "
		       "LUN%s, %.2f s\n",
		    opt.sequential ? "sequential" : "random", opt.block_size,
		    opt.read_pct, opt.qd, opt.conns, opt.conns == 1 ? "" : "s",
		    opt.luns, opt.luns == 1 ? "" : "s", r->seconds);
	if (opt.mode == MODE_ISCSI)
		printf("  session    HeaderDigest=%s DataDigest=%s "
		       "ImmediateData=%s InitialR2T=%s\n"
		       "             FirstBurst=%u MaxBurst=%u target "
		       "MaxRecv=%u block=%u\n",
		    c->header_digest ? "CRC32C" : "None",
		    c->data_digest ? "CRC32C" : "None",
		    c->immediate_data ? "Yes" : "No",
		    c->initial_r2t ? "Yes" : "No", c->first_burst, c->max_burst,
		    c->target_max_recv, c->lba_size);
	printf("  rate       %.0f /s, %.1f MB/s\n", ops / r->seconds,
	    mb / r->seconds);
	printf("  latency us mean %.1f  p50 %.1f  p99 %.1f  p99.9 %.1f  min "
	       "%.1f  max %.1f\n",
	    us[0], us[1], us[2], us[3], us[4], us[5]);
	printf("  load       CPU %.0f%%, %.2f recv and %.2f sendmsg per "
	       "command%s\n",
	    100 * r->own_cpu / r->seconds, (double)s->recvs / per_op,
	    (double)s->sends / per_op,
	    opt.spin ? " (spinning)"
	    : r->own_cpu / r->seconds > 0.95 * opt.threads
		? "  ** the load is the bottleneck **"
		: "");
	if (opt.pid)
		printf("  target     CPU %.0f%% (user %.2f s, system %.2f s), "
		       "RSS %.1f MB\n"
		       "             %.0f commands and %.1f MB per target CPU "
		       "second (%.2f us each)\n",
		    100 * cpu / r->seconds, user, sys,
		    (double)r->after.rss_kb / 1024, ops / cpu_div, mb / cpu_div,
		    cpu * 1e6 / per_op);
	if (opt.verify)
		printf("  verify     %" PRIu64 " reads exact, %" PRIu64
		       " by LBA only, %" PRIu64 " never stamped\n",
		    s->verified, s->verified_lba_only, s->unstamped);
	printf("  errors     %" PRIu64 " I/O, %" PRIu64 " protocol, %" PRIu64
	       " verify, %" PRIu64 " connection, %" PRIu64 " logout\n",
	    (uint64_t)errors_io, (uint64_t)errors_protocol,
	    (uint64_t)errors_verify, (uint64_t)errors_conn,
	    (uint64_t)errors_logout);
}
