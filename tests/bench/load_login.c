/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_login.c - TCP, and the exchange of single PDUs: login,
 * capacity, logout.
 */
#include "tests/bench/load.h"

_Atomic int phase;
atomic_ullong errors_io, errors_protocol, errors_verify, errors_conn,
    errors_logout;
static atomic_uint reported;
uint8_t *write_payload; /* shared by all, random bytes */
uint64_t run_id;

void
complain(const struct conn *c, atomic_ullong *counter, const char *fmt, ...)
{
	va_list ap;
	char text[400];
	atomic_fetch_add(counter, 1);
	if (atomic_fetch_add(&reported, 1) >= MAX_REPORTED)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	fprintf(stderr, "load: connection %d: %s\n", c->id, text);
}

int
tcp_connect(void)
{
	static struct addrinfo *cached;
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int one = 1, fd = -1, err = 0;

	pthread_mutex_lock(&lock);
	if (!cached) {
		struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
		int rc = getaddrinfo(opt.host, opt.port, &hints, &cached);
		if (rc)
			die("%s port %s: %s", opt.host, opt.port,
			    gai_strerror(rc));
	}
	pthread_mutex_unlock(&lock);
	for (struct addrinfo *ai = cached; ai; ai = ai->ai_next) {
		fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
		if (fd < 0)
			die("socket: %s", strerror(errno));
		if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
			break;
		err = errno;
		close(fd);
		fd = -1;
	}
	if (fd < 0) {
		errno = err;
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (opt.cc && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, opt.cc,
			  (socklen_t)strlen(opt.cc)))
		die("--cc %s: %s", opt.cc, strerror(errno));
	/* For the blocking exchanges; a target that is silent this long is
	 * broken. */
	struct timeval tv = { .tv_sec = STALL_SECONDS };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
	return fd;
}

/* ------------------------------------------------------------------------ */
/* Blocking exchange of single PDUs: login, capacity, logout                */

static bool
send_all(int fd, struct iovec *iov, int n)
{
	while (n) {
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = (size_t)n };
		ssize_t got = sendmsg(fd, &m, MSG_NOSIGNAL);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		for (; n && (size_t)got >= iov->iov_len; iov++, n--)
			got -= (ssize_t)iov->iov_len;
		if (n) {
			iov->iov_base = (char *)iov->iov_base + got;
			iov->iov_len -= (size_t)got;
		}
	}
	return true;
}

static bool
recv_all(int fd, void *buf, size_t n)
{
	for (char *p = buf; n;) {
		ssize_t got = recv(fd, p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = ECONNRESET;
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

/* The digests are those of the full feature phase: none during login. */
static bool
pdu_send(struct conn *c, struct pdu *p, bool digests)
{
	uint8_t hd[4], dd[4];
	struct iovec iov[4];
	int n = 0;

	put24(p->bhs + 5, p->len);
	iov[n++] = (struct iovec){ p->bhs, BHS_LEN };
	if (digests && c->header_digest) {
		crc_put(hd, p->bhs, BHS_LEN);
		iov[n++] = (struct iovec){ hd, 4 };
	}
	if (p->len) {
		memset(p->data + p->len, 0, pad4(p->len) - p->len);
		iov[n++] = (struct iovec){ p->data, pad4(p->len) };
		if (digests && c->data_digest) {
			crc_put(dd, p->data, pad4(p->len));
			iov[n++] = (struct iovec){ dd, 4 };
		}
	}
	return send_all(c->fd, iov, n);
}

static bool
pdu_recv(struct conn *c, struct pdu *p, bool digests)
{
	uint8_t hd[4], dd[4];

	if (!recv_all(c->fd, p->bhs, BHS_LEN))
		return false;
	if (p->bhs[4]) {
		errno = EPROTO; /* no response we ask for has an AHS */
		return false;
	}
	p->len = get24(p->bhs + 5);
	if (digests && c->header_digest &&
	    (!recv_all(c->fd, hd, 4) || !crc_ok(p->bhs, BHS_LEN, hd))) {
		errno = EBADMSG;
		return false;
	}
	if (p->len > sizeof p->data - 4) {
		errno = EMSGSIZE;
		return false;
	}
	if (p->len) {
		if (!recv_all(c->fd, p->data, pad4(p->len)))
			return false;
		if (digests && c->data_digest &&
		    (!recv_all(c->fd, dd, 4) ||
			!crc_ok(p->data, pad4(p->len), dd))) {
			errno = EBADMSG;
			return false;
		}
	}
	return true;
}

void
note_sequence(struct conn *c, const uint8_t *bhs)
{
	uint32_t exp = get32(bhs + 28), max = get32(bhs + 32);
	if (sn_le(exp, max + 1)) { /* else ignored, RFC 7143 section 4.2.2.1 */
		if (sn_le(c->exp_cmd_sn, exp))
			c->exp_cmd_sn = exp;
		if (sn_le(c->max_cmd_sn, max))
			c->max_cmd_sn = max;
	}
}

void
note_ping(struct conn *c, const uint8_t *bhs)
{
	if (get32(bhs + 20) != TAG_NONE) {
		c->nop_ttt = get32(bhs + 20);
		memcpy(c->nop_lun, bhs + 8, 8);
	}
}

static void add_key(struct pdu *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add_key(struct pdu *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(
	    (char *)p->data + p->len, sizeof p->data - p->len, fmt, ap);
	va_end(ap);
	p->len += (uint32_t)n + 1;
}

static void
take_key(struct conn *c, const char *key, const char *value)
{
	uint32_t n = (uint32_t)strtoul(value, NULL, 10);
	if (!strcmp(key, "HeaderDigest"))
		c->header_digest = !strcmp(value, "CRC32C");
	else if (!strcmp(key, "DataDigest"))
		c->data_digest = !strcmp(value, "CRC32C");
	else if (!strcmp(key, "MaxRecvDataSegmentLength"))
		c->target_max_recv = n;
	else if (!strcmp(key, "FirstBurstLength"))
		c->first_burst = n;
	else if (!strcmp(key, "MaxBurstLength"))
		c->max_burst = n;
	else if (!strcmp(key, "ImmediateData"))
		c->immediate_data = !strcmp(value, "Yes");
	else if (!strcmp(key, "InitialR2T"))
		c->initial_r2t = !strcmp(value, "Yes");
}

/* Returns NULL, or why not (in static or per-thread storage). */
const char *
login(struct conn *c)
{
	static _Thread_local struct pdu p;
	static _Thread_local char why[160];
	unsigned stage = STAGE_SECURITY;
	bool offered = false, more = false;

	/* What holds for keys the target leaves out (RFC 7143, section 13). */
	c->header_digest = c->data_digest = false;
	c->immediate_data = c->initial_r2t = true;
	c->target_max_recv = 8192;
	c->first_burst = 65536;
	c->max_burst = 262144;
	c->cmd_sn = 1;
	c->exp_stat_sn = 0;
	c->exp_cmd_sn = c->max_cmd_sn = 1;
	c->next_tag = 0;
	c->nop_ttt = TAG_NONE;
	c->isid[0] = 0x80;
	uint64_t r = mix64(run_id + (uint64_t)c->id * 0x10001);
	memcpy(c->isid + 1, &r, 5);

	for (int round = 0; stage != STAGE_FULL_FEATURE; round++) {
		if (round > 20)
			return "the login does not end";
		memset(p.bhs, 0, BHS_LEN);
		p.len = 0;
		p.bhs[0] = OP_LOGIN | OP_IMMEDIATE;
		p.bhs[1] = (uint8_t)(stage << 2);
		if (!more) {
			unsigned next = stage == STAGE_SECURITY
					    ? STAGE_OPERATIONAL
					    : STAGE_FULL_FEATURE;
			p.bhs[1] |= (uint8_t)(F_LOGIN_TRANSIT | next);
		}
		memcpy(p.bhs + 8, c->isid, 6);
		put32(p.bhs + 16, 0);
		put32(p.bhs + 24, c->cmd_sn);
		put32(p.bhs + 28, c->exp_stat_sn);
		if (stage == STAGE_SECURITY && round == 0) {
			add_key(&p, "InitiatorName=%s", opt.initiator);
			add_key(&p, "SessionType=Normal");
			add_key(&p, "TargetName=%s", opt.iqn);
			add_key(&p, "AuthMethod=None");
		} else if (stage == STAGE_OPERATIONAL && !offered) {
			add_key(&p, "HeaderDigest=%s",
			    opt.header_digest ? "CRC32C" : "None");
			add_key(&p, "DataDigest=%s",
			    opt.data_digest ? "CRC32C" : "None");
			add_key(&p, "MaxConnections=1");
			add_key(&p, "InitialR2T=%s",
			    opt.initial_r2t ? "Yes" : "No");
			add_key(&p, "ImmediateData=%s",
			    opt.immediate_data ? "Yes" : "No");
			add_key(
			    &p, "MaxRecvDataSegmentLength=%u", opt.max_recv);
			add_key(&p, "MaxBurstLength=%u", opt.max_burst);
			add_key(&p, "FirstBurstLength=%u", opt.first_burst);
			add_key(&p, "DefaultTime2Wait=2");
			add_key(&p, "DefaultTime2Retain=0");
			add_key(&p, "MaxOutstandingR2T=1");
			add_key(&p, "DataPDUInOrder=Yes");
			add_key(&p, "DataSequenceInOrder=Yes");
			add_key(&p, "ErrorRecoveryLevel=0");
			offered = true;
		}
		if (!pdu_send(c, &p, false) || !pdu_recv(c, &p, false)) {
			snprintf(why, sizeof why, "login: %s", strerror(errno));
			return why;
		}
		if ((p.bhs[0] & OP_MASK) != OP_LOGIN_RSP) {
			snprintf(why, sizeof why,
			    "login: answered with opcode 0x%02x",
			    p.bhs[0] & OP_MASK);
			return why;
		}
		if (p.bhs[36]) {
			snprintf(why, sizeof why,
			    "login refused: status class %u detail %u",
			    p.bhs[36], p.bhs[37]);
			return why;
		}
		c->exp_stat_sn = get32(p.bhs + 24) + 1;
		c->exp_cmd_sn = get32(p.bhs + 28);
		c->max_cmd_sn = get32(p.bhs + 32);
		p.data[p.len] = 0;
		for (char *s = (char *)p.data; s < (char *)p.data + p.len;) {
			char *after = s + strlen(s) + 1, *eq = strchr(s, '=');
			if (eq) {
				*eq = 0;
				take_key(c, s, eq + 1);
			}
			s = after;
		}
		more = p.bhs[1] & F_LOGIN_CONTINUE;
		if (p.bhs[1] & F_LOGIN_TRANSIT)
			stage = p.bhs[1] & 3;
	}
	if (c->target_max_recv < 512)
		return "login: the target's MaxRecvDataSegmentLength is below "
		       "512";
	return NULL;
}

void
put_lun(uint8_t *p, uint32_t lun)
{
	memset(p, 0, 8);
	if (lun < 256)
		p[1] = (uint8_t)lun; /* peripheral device addressing */
	else
		put16(p, (uint16_t)(0x4000 | lun)); /* flat space addressing */
}

/* A command with no data, or with read data that fits a PDU; blocking.
 * Returns the SCSI status, or -1 with errno set. Data is left in p. */
static int
scsi_sync(struct conn *c, struct pdu *p, const uint8_t *cdb, uint32_t read_len)
{
	uint32_t tag = c->next_tag++, total = 0;

	memset(p->bhs, 0, BHS_LEN);
	p->len = 0;
	p->bhs[0] = OP_SCSI_CMD;
	p->bhs[1] =
	    (uint8_t)(F_FINAL | F_CMD_SIMPLE | (read_len ? F_CMD_READ : 0));
	put_lun(p->bhs + 8, c->lun);
	put32(p->bhs + 16, tag);
	put32(p->bhs + 20, read_len);
	put32(p->bhs + 24, c->cmd_sn++);
	put32(p->bhs + 28, c->exp_stat_sn);
	memcpy(p->bhs + 32, cdb, 16);
	if (!pdu_send(c, p, true))
		return -1;
	for (;;) {
		if (!pdu_recv(c, p, true))
			return -1;
		unsigned op = p->bhs[0] & OP_MASK;
		note_sequence(c, p->bhs);
		if (op == OP_NOP_IN) {
			note_ping(c, p->bhs); /* answered once the load runs */
			continue;
		}
		if ((op != OP_DATA_IN && op != OP_SCSI_RSP) ||
		    get32(p->bhs + 16) != tag) {
			errno = EPROTO;
			return -1;
		}
		if (op == OP_DATA_IN) {
			total += p->len;
			if (!(p->bhs[1] & F_DATAIN_STATUS))
				continue;
		}
		c->exp_stat_sn = get32(p->bhs + 24) + 1;
		if (op == OP_DATA_IN || (total && !p->len))
			p->len = total;
		return p->bhs[3];
	}
}

/* Clears unit attentions, then READ CAPACITY(16). Returns NULL or why not. */
const char *
read_capacity(struct conn *c, uint64_t *bytes)
{
	static struct pdu p;
	static char why[120];
	uint8_t tur[16] = { SCSI_TEST_UNIT_READY };
	uint8_t cap[16] = { SCSI_SERVICE_ACTION_IN_16, SAI_READ_CAPACITY_16 };
	int status = -1;

	for (int i = 0; i < 8; i++) {
		status = scsi_sync(c, &p, tur, 0);
		if (status != SCSI_CHECK_CONDITION && status != SCSI_BUSY)
			break;
	}
	if (status == SCSI_GOOD) {
		put32(cap + 10, 32);
		status = scsi_sync(c, &p, cap, 32);
	}
	if (status < 0) {
		snprintf(
		    why, sizeof why, "LUN %u: %s", c->lun, strerror(errno));
		return why;
	}
	if (status != SCSI_GOOD || p.len < 12) {
		snprintf(why, sizeof why,
		    "LUN %u is not ready: SCSI status 0x%02x", c->lun, status);
		return why;
	}
	c->lba_size = get32(p.data + 8);
	*bytes = (get64(p.data) + 1) * c->lba_size;
	return NULL;
}

bool
logout(struct conn *c)
{
	static _Thread_local struct pdu p;
	memset(p.bhs, 0, BHS_LEN);
	p.len = 0;
	p.bhs[0] = OP_LOGOUT | OP_IMMEDIATE;
	p.bhs[1] = F_FINAL; /* reason 0: close the session */
	put32(p.bhs + 16, c->next_tag++);
	put32(p.bhs + 24, c->cmd_sn);
	put32(p.bhs + 28, c->exp_stat_sn);
	if (!pdu_send(c, &p, true))
		return false;
	do {
		if (!pdu_recv(c, &p, true))
			return false;
	} while ((p.bhs[0] & OP_MASK) == OP_NOP_IN);
	return (p.bhs[0] & OP_MASK) == OP_LOGOUT_RSP && p.bhs[2] == 0;
}
