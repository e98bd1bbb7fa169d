/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load.h - what the files of the load generator share.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------------------ */
/* Wire constants (RFC 7143, section 11)                                    */

enum {
	BHS_LEN = 48,

	OP_NOP_OUT = 0x00,
	OP_SCSI_CMD = 0x01,
	OP_LOGIN = 0x03,
	OP_DATA_OUT = 0x05,
	OP_LOGOUT = 0x06,
	OP_NOP_IN = 0x20,
	OP_SCSI_RSP = 0x21,
	OP_LOGIN_RSP = 0x23,
	OP_DATA_IN = 0x25,
	OP_LOGOUT_RSP = 0x26,
	OP_R2T = 0x31,
	OP_ASYNC = 0x32,
	OP_REJECT = 0x3f,

	OP_MASK = 0x3f,
	OP_IMMEDIATE = 0x40,

	F_FINAL = 0x80, /* byte 1 of most PDUs */
	F_CMD_READ = 0x40,
	F_CMD_WRITE = 0x20,
	F_CMD_SIMPLE = 0x01,
	F_RSP_OVERFLOW = 0x04,
	F_RSP_UNDERFLOW = 0x02,
	F_DATAIN_STATUS = 0x01,
	F_LOGIN_TRANSIT = 0x80,
	F_LOGIN_CONTINUE = 0x40,

	STAGE_SECURITY = 0,
	STAGE_OPERATIONAL = 1,
	STAGE_FULL_FEATURE = 3,

	SCSI_TEST_UNIT_READY = 0x00,
	SCSI_READ_16 = 0x88,
	SCSI_WRITE_16 = 0x8a,
	SCSI_SERVICE_ACTION_IN_16 = 0x9e,
	SAI_READ_CAPACITY_16 = 0x10,
	SCSI_GOOD = 0x00,
	SCSI_CHECK_CONDITION = 0x02,
	SCSI_BUSY = 0x08,
	SCSI_TASK_SET_FULL = 0x28,
};

#define TAG_NONE 0xffffffffu

/* Limits of this program */
enum {
	MAX_QD = 4096,
	SLOT_BITS = 12,     /* ITT = generation << SLOT_BITS | slot */
	BATCH_PDUS = 128,   /* PDUs in one sendmsg() */
	DISCARD_MIN = 8192, /* payload left that is worth a recv() to drop */
	MAX_REPORTED = 8,   /* error messages printed in full */
	STALL_SECONDS = 15,
};

static inline uint32_t
get24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | p[1] << 8 | p[2];
}
static inline uint32_t
get32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}
static inline uint64_t
get64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, 8);
	return __builtin_bswap64(v);
}
static inline void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
static inline void
put24(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 16);
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)v;
}
static inline void
put32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, 4);
}
static inline void
put64(uint8_t *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(p, &v, 8);
}
static_assert(
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian hosts only");

static inline uint32_t
pad4(uint32_t n)
{
	return (n + 3) & ~3u;
}
static inline uint32_t
min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Serial-number comparison (RFC 1982): is a at or before b? */
static inline bool
sn_le(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a) >= 0;
}

enum {
	HIST_SUB_BITS = 6,
	HIST_SUB = 1 << HIST_SUB_BITS,
	HIST_LEN = HIST_SUB * 40
};

struct hist {
	uint64_t count, sum, min, max;
	uint64_t bucket[HIST_LEN];
};

enum mode { MODE_ISCSI, MODE_RAW, MODE_STORM };

struct options {
	const char *host, *port, *iqn, *initiator, *label, *cc;
	enum mode mode;
	uint32_t lun, luns;
	uint32_t block_size, qd, conns, threads;
	unsigned read_pct;
	bool sequential, verify, spin, batch, json;
	double seconds, warmup;
	uint64_t ops;   /* 0: by time */
	uint64_t range; /* bytes of the LUN in use; 0: all of it */
	uint64_t raw_size;
	bool header_digest, data_digest, immediate_data, initial_r2t;
	uint32_t max_recv, first_burst, max_burst;
	pid_t pid;
	uint64_t seed;
};

/* ------------------------------------------------------------------------ */
/* Connections                                                              */

/* One outstanding command. */
struct slot {
	uint32_t itt;
	bool busy, write;
	uint64_t index;     /* which block-size unit of the LUN */
	uint64_t submitted; /* ns */
	uint32_t received;  /* bytes of Data-In */
	uint32_t data_sn;   /* next DataSN expected */
	uint32_t r2t_sn;    /* next R2TSN expected */
	uint32_t sent;      /* bytes of write data sent or queued */
	/* the Data-Out burst being sent: [off, end) under tag ttt */
	uint32_t burst_off, burst_end, burst_ttt, burst_data_sn;
	struct slot *next; /* in conn.bursts */
	uint32_t stamp;    /* --verify: of the data being written */
	uint8_t *buf;      /* --verify: write payload or read data */
};

/* What one sendmsg() is to send. Filled only once the last is all gone. */
struct batch {
	struct iovec iov[3 * BATCH_PDUS];
	uint8_t header[BATCH_PDUS][BHS_LEN + 4];
	uint8_t digest[BATCH_PDUS][4];
	unsigned pdus, iovs, next;
};

struct stats {
	uint64_t reads, writes, bytes;
	uint64_t recvs, recvs_empty, sends, nops;
	uint64_t verified, verified_lba_only, unstamped;
	struct hist latency;
};

struct worker;

struct conn {
	int fd, id;
	bool dead, want_out;
	struct worker *worker;

	/* negotiated */
	bool header_digest, data_digest, immediate_data, initial_r2t;
	uint32_t target_max_recv, first_burst, max_burst;
	uint32_t lun, lba_size;

	uint32_t cmd_sn, exp_stat_sn, exp_cmd_sn, max_cmd_sn;
	uint32_t next_tag; /* of the blocking exchanges */
	uint8_t isid[6];

	/* the part of the LUN this connection works on, in block-size units */
	uint64_t first, units, next_seq;
	uint64_t rng, quota, issued;

	struct slot *slots;
	uint32_t *free_slots, nfree;
	struct slot *bursts, **bursts_tail;
	uint32_t nop_ttt; /* a ping to answer, TAG_NONE if none */
	uint8_t nop_lun[8];

	struct batch *out;

	uint8_t *in; /* receive buffer */
	size_t in_cap, in_len;
	uint32_t discard;      /* payload bytes still to be dropped ... */
	bool holding;          /* ... before the PDU with this header is */
	uint8_t held[BHS_LEN]; /*     complete and dealt with */

	uint32_t *stamps; /* --verify: last stamp written, by unit */
	uint8_t *unit_busy;
};

enum phase { PHASE_WARMUP, PHASE_MEASURE, PHASE_STOP };

struct worker {
	pthread_t thread;
	int epfd;
	struct conn **conns;
	unsigned nconns, alive;
	enum phase seen;
	struct stats stats;
	atomic_ullong progress; /* completions ever, for the watchdog */
	atomic_bool done;
};
struct pdu {
	uint8_t bhs[BHS_LEN];
	uint8_t data[16384];
	uint32_t len;
};

struct stamp_head {
	uint64_t magic, lba, stamp, run;
};
struct usage {
	double user, sys;
	long rss_kb, peak_kb;
};

struct report {
	struct stats s;
	double seconds, own_cpu;
	struct usage before, after;
	const struct conn *conn; /* for what was negotiated */
};

extern struct options opt;
extern _Atomic int phase;
extern atomic_ullong errors_io, errors_protocol, errors_verify, errors_conn,
    errors_logout;
extern uint8_t *write_payload; /* shared by all, random bytes */
extern uint64_t run_id;
extern uint32_t (*crc_update)(uint32_t, const uint8_t *, size_t);

void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
struct conn;
void complain(const struct conn *c, atomic_ullong *counter, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
void *xcalloc(size_t n, size_t size);
uint64_t now_ns(void);
uint64_t mix64(uint64_t z);
uint64_t rng_below(uint64_t *s, uint64_t n);
void crc_init(void);
void crc_put(uint8_t *out, const void *data, size_t n);
bool crc_ok(const void *data, size_t n, const uint8_t *digest);
void hist_reset(struct hist *h);
void hist_add(struct hist *h, uint64_t v);
void hist_merge(struct hist *to, const struct hist *from);
uint64_t hist_percentile(const struct hist *h, double p);
void parse_options(int argc, char **argv);
int tcp_connect(void);
void note_sequence(struct conn *c, const uint8_t *bhs);
void note_ping(struct conn *c, const uint8_t *bhs);
const char *login(struct conn *c);
void put_lun(uint8_t *p, uint32_t lun);
const char *read_capacity(struct conn *c, uint64_t *bytes);
bool logout(struct conn *c);
void stamp_unit(const struct conn *c, struct slot *s);
void check_unit(struct conn *c, struct slot *s);
void queue_burst(
    struct conn *c, struct slot *s, uint32_t off, uint32_t end, uint32_t ttt);
void conn_fail(struct conn *c, const char *what);
void pump(struct conn *c, bool new_commands);
bool receive(struct conn *c, int flags);
void conn_setup(struct conn *c, int id);
void *load_worker(void *arg);
void *storm_worker(void *arg);
bool usage_of(pid_t pid, struct usage *u);
double own_cpu(void);
uint64_t total_errors(void);
void print_report(const struct report *r);

#endif
