/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/wire.c - a model initiator.
 */
#include "tests/unit/iscsi/wire.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi/digest.h"

#define WIRE_IOV     256
#define WIRE_OUT_MAX (16u << 20)

/* ---- a wire ---- */

static void
wire_wake(void *ctx, struct conn *c)
{
	struct wire *w = ctx;

	w->wakes++;
}

static const struct conn_shell wire_shell = { wire_wake };

struct wire *
wire_open(struct site *site, unsigned home)
{
	return wire_open_at(site, home, "192.0.2.1:3260");
}

struct wire *
wire_open_at(struct site *site, unsigned home, const char *address)
{
	struct wire *w = calloc(1, sizeof(*w));
	struct conn_config config = {
		.home = &site->kit->homes[home].home,
		.service = &site->service,
		.portal_group = &site->pg,
		.shell = &wire_shell,
		.shell_ctx = w,
	};

	assert(w != NULL);
	strcpy(config.peer.text, "192.0.2.77:4711");
	inet_pton(AF_INET6, "::ffff:192.0.2.77", &config.peer.ip);
	strcpy(config.local_address, address);
	w->site = site;
	w->home = home;
	w->name = WIRE_INITIATOR;
	memcpy(w->isid, "\x80\0\0\0\0\1", 6);
	w->cid = 1;
	w->cmd_sn = 0xfffffffd;
	w->itt = 0x100;
	w->out = malloc(WIRE_OUT_MAX);
	w->data = malloc(WIRE_DATA_MAX);
	assert(w->out != NULL && w->data != NULL);
	kit_enter(site->kit, home);
	w->conn = conn_open(&config);
	assert(w->conn != NULL);
	return w;
}

void
wire_close(struct wire *w)
{
	kit_enter(w->site->kit, w->home);
	if (w->conn != NULL)
		conn_closed(w->conn, "the test closes it");
	kit_run_homes(w->site->kit);
	free(w->out);
	free(w->data);
	free(w);
}

/* As a shell does before it sleeps. */
static void
wire_follow_home(struct wire *w)
{
	struct home *home = conn_wants_home(w->conn);

	if (home == NULL)
		return;
	w->home = home->index;
	kit_enter(w->site->kit, w->home);
	conn_moved(w->conn);
	conn_check(w->conn);
}

static void
wire_pump(struct wire *w)
{
	struct iovec iov[WIRE_IOV];
	int i, n, max = w->room != 0 ? (int)w->room : WIRE_IOV;
	size_t bytes;

	wire_follow_home(w);
	kit_enter(w->site->kit, w->home);
	while ((n = conn_send_iov(w->conn, iov, max)) > 0) {
		for (i = 0, bytes = 0; i < n; i++) {
			assert(iov[i].iov_len > 0);
			assert(w->out_bytes + iov[i].iov_len <= WIRE_OUT_MAX);
			memcpy(w->out + w->out_bytes, iov[i].iov_base,
			    iov[i].iov_len);
			w->out_bytes += iov[i].iov_len;
			bytes += iov[i].iov_len;
		}
		/* A short write now and then. */
		if (w->room != 0 && bytes > 1) {
			w->out_bytes -= bytes / 2;
			bytes -= bytes / 2;
		}
		wire_in_core = true;
		conn_sent(w->conn, bytes);
		wire_in_core = false;
		conn_check(w->conn);
	}
}

bool
wire_is_over(struct wire *w)
{
	wire_pump(w);
	return conn_wants_close(w->conn) && w->out_taken == w->out_bytes;
}

/* ---- out ---- */

static size_t
wire_deliver(struct wire *w, const uint8_t *bytes, size_t n)
{
	struct iovec iov[WIRE_IOV];
	int i, used = conn_recv_iov(w->conn, iov, WIRE_IOV);
	size_t put = 0, part;

	for (i = 0; i < used && put < n; i++) {
		part = iov[i].iov_len < n - put ? iov[i].iov_len : n - put;
		memcpy(iov[i].iov_base, bytes + put, part);
		put += part;
	}
	wire_in_core = true;
	conn_received(w->conn, put);
	wire_in_core = false;
	conn_check(w->conn);
	kit_check(w->site->kit);
	return put;
}

size_t
wire_bytes(struct wire *w, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t done = 0, part, put;

	kit_enter(w->site->kit, w->home);
	while (done < n) {
		part = w->cut != 0 && w->cut < n - done ? w->cut : n - done;
		put = wire_deliver(w, p + done, part);
		if (put == 0)
			break;
		done += put;
	}
	return done;
}

static void
wire_append(uint8_t *out, size_t *n, const void *bytes, size_t length)
{
	if (length > 0)
		memcpy(out + *n, bytes, length);
	*n += length;
}

static void
wire_append_digest(uint8_t *out, size_t *n, size_t from, bool *spoil)
{
	uint8_t digest[DIGEST_BYTES];

	digest_store(crc32c_update(CRC32C_SEED, out + from, *n - from), digest);
	digest[1] ^= *spoil ? 1 : 0;
	*spoil = false;
	wire_append(out, n, digest, DIGEST_BYTES);
}

void
wire_send(
    struct wire *w, const uint8_t bhs[BHS_BYTES], const void *data, uint32_t n)
{
	uint8_t *out = malloc(BHS_BYTES + AHS_BYTES_MAX + n + 16);
	static const uint8_t zeros[4];
	size_t bytes = 0, from;

	assert(out != NULL);
	wire_append(out, &bytes, bhs, BHS_BYTES);
	put_be24(out + PDU_DATA_LENGTH, n);
	if (w->header_digest)
		wire_append_digest(out, &bytes, 0, &w->spoil_header);
	from = bytes;
	wire_append(out, &bytes, data, n);
	wire_append(out, &bytes, zeros, pdu_padding(n));
	if (w->data_digest && n > 0)
		wire_append_digest(out, &bytes, from, &w->spoil_data);
	if (w->hoards) {
		assert(w->hoarded + bytes <= sizeof(w->hoard));
		wire_append(w->hoard, &w->hoarded, out, bytes);
	} else {
		wire_bytes(w, out, bytes);
	}
	free(out);
}

void
wire_deliver_hoard(struct wire *w)
{
	w->hoards = false;
	wire_bytes(w, w->hoard, w->hoarded);
	w->hoarded = 0;
}

/* ---- in ---- */

static void
wire_check_digest(struct wire *w, const uint8_t *p, size_t n)
{
	CU_ASSERT_TRUE(digest_matches(crc32c_update(CRC32C_SEED, p, n), p + n));
}

static bool
wire_takes_stat_sn(const uint8_t *bhs)
{
	uint8_t opcode = bhs_opcode(bhs);

	if (opcode == OP_R2T)
		return false;
	if (opcode == OP_NOP_IN)
		return get_be32(bhs + PDU_ITT) != TAG_NONE;
	return opcode != OP_DATA_IN || (bhs[PDU_FLAGS] & DATA_IN_STATUS);
}

static void
wire_check_numbers(struct wire *w, const uint8_t *bhs)
{
	uint32_t exp = get_be32(bhs + PDU_EXP_CMD_SN);
	uint32_t max = get_be32(bhs + PDU_MAX_CMD_SN);
	uint32_t stat = get_be32(bhs + PDU_STAT_SN);

	/* One that was not acknowledged may come again. */
	if (w->silent && (int32_t)(stat - w->stat_sn) < 0)
		return;
	if (bhs_opcode(bhs) != OP_DATA_IN || wire_takes_stat_sn(bhs))
		CU_ASSERT_EQUAL(stat, w->stat_sn);
	if (wire_takes_stat_sn(bhs))
		w->stat_sn++;
	CU_ASSERT_TRUE((int32_t)(max + 1 - exp) >= 0);
	if (w->numbered) {
		CU_ASSERT_TRUE((int32_t)(exp - w->exp_cmd_sn) >= 0);
		CU_ASSERT_TRUE((int32_t)(max - w->max_cmd_sn) >= 0);
	}
	w->exp_cmd_sn = exp;
	w->max_cmd_sn = max;
	w->numbered = true;
}

static const uint8_t *
wire_take(struct wire *w, size_t n)
{
	const uint8_t *p = w->out + w->out_taken;

	CU_ASSERT_TRUE_FATAL(w->out_bytes - w->out_taken >= n);
	w->out_taken += n;
	return p;
}

static const struct wire_pdu *
wire_get_any(struct wire *w)
{
	struct wire_pdu *pdu = &w->pdu;
	bool login;
	const uint8_t *p;
	size_t padded;

	wire_pump(w);
	if (w->out_taken == w->out_bytes) {
		w->out_taken = w->out_bytes = 0;
		return NULL;
	}
	p = wire_take(w, BHS_BYTES);
	memcpy(pdu->bhs, p, BHS_BYTES);
	login = bhs_opcode(p) == OP_LOGIN_RESPONSE;
	CU_ASSERT_TRUE(bhs_opcode(p) & PDU_TARGET_BIT);
	if (w->header_digest && !login) {
		wire_take(w, DIGEST_BYTES);
		wire_check_digest(w, p, BHS_BYTES);
	}
	pdu->data_bytes = bhs_data_length(pdu->bhs);
	pdu->data = w->data;
	CU_ASSERT_TRUE_FATAL(pdu->data_bytes <= WIRE_RECV_MAX);
	padded = pdu->data_bytes + pdu_padding(pdu->data_bytes);
	p = wire_take(w, padded);
	memcpy(w->data, p, pdu->data_bytes);
	if (w->data_digest && pdu->data_bytes > 0 && !login) {
		wire_take(w, DIGEST_BYTES);
		wire_check_digest(w, p, padded);
	}
	wire_check_fields(pdu->bhs);
	wire_check_numbers(w, pdu->bhs);
	return pdu;
}

const struct wire_pdu *
wire_get(struct wire *w)
{
	const struct wire_pdu *pdu = wire_get_any(w);

	while (pdu != NULL && bhs_opcode(pdu->bhs) == OP_NOP_IN &&
	       get_be32(pdu->bhs + PDU_ITT) == TAG_NONE &&
	       get_be32(pdu->bhs + PDU_TTT) == TAG_NONE) {
		w->window_news++;
		pdu = wire_get_any(w);
	}
	return pdu;
}

const struct wire_pdu *
wire_expect(struct wire *w, uint8_t opcode)
{
	static const struct wire_pdu blank;
	const struct wire_pdu *pdu = wire_get(w);

	if (pdu != NULL && bhs_opcode(pdu->bhs) == opcode)
		return pdu;
	fprintf(stderr, "\n  expected opcode %02x, got %02x\n", opcode,
	    pdu == NULL ? 0xff : bhs_opcode(pdu->bhs));
	CU_FAIL("another PDU");
	return &blank;
}

void
wire_expect_nothing(struct wire *w)
{
	const struct wire_pdu *pdu = wire_get(w);

	CU_ASSERT_PTR_NULL(pdu);
	if (pdu != NULL)
		fprintf(stderr, "\n  expected nothing, got %02x\n",
		    bhs_opcode(pdu->bhs));
}

void
wire_expect_reject(struct wire *w, uint8_t reason)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_REJECT);

	CU_ASSERT_EQUAL(pdu->bhs[REJECT_REASON], reason);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), TAG_NONE);
	CU_ASSERT_TRUE(pdu->data_bytes >= BHS_BYTES);
}

void
wire_expect_refused(struct wire *w, uint8_t reason)
{
	wire_expect_reject(w, reason);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, --w->cmd_sn);
}

/* ---- login ---- */

uint32_t
wire_text(char *out, const char *readable)
{
	char *p;

	strcpy(out, readable);
	for (p = out; *p != '\0'; p++) {
		if (*p == ';')
			*p = '\0';
	}
	return (uint32_t)strlen(readable);
}

void
wire_login_request(struct wire *w, const char *keys, uint16_t tsih)
{
	uint8_t bhs[BHS_BYTES] = { PDU_IMMEDIATE | OP_LOGIN_REQUEST,
		LOGIN_TRANSIT | LOGIN_STAGE_OPERATIONAL << LOGIN_CSG_SHIFT |
		    LOGIN_STAGE_FULL_FEATURE };
	char readable[2048], text[2048];
	uint32_t n;

	snprintf(readable, sizeof(readable),
	    "InitiatorName=%s;MaxRecvDataSegmentLength=%u;%s%s", w->name,
	    WIRE_RECV_MAX,
	    strstr(keys, "SessionType=Discovery") == NULL
		? "TargetName=" WIRE_TARGET ";"
		: "",
	    keys);
	n = wire_text(text, readable);
	memcpy(bhs + LOGIN_ISID, w->isid, 6);
	put_be16(bhs + LOGIN_TSIH, tsih);
	put_be16(bhs + LOGIN_CID, w->cid);
	put_be32(bhs + PDU_CMD_SN, w->cmd_sn);
	put_be32(bhs + PDU_EXP_STAT_SN, w->old_stat_sn);
	wire_send(w, bhs, text, n);
}

unsigned
wire_login_answer(struct wire *w)
{
	const struct wire_pdu *pdu = wire_get(w);

	if (pdu == NULL || bhs_opcode(pdu->bhs) != OP_LOGIN_RESPONSE)
		return 0xffff;
	w->tsih = get_be16(pdu->bhs + LOGIN_TSIH);
	return get_be16(pdu->bhs + LOGIN_STATUS_CLASS);
}

/* The first command at every LU gets POWER ON OCCURRED. */
static void
wire_take_attention(struct wire *w)
{
	static const uint8_t cdb[16];
	uint32_t itt = wire_command(w, cdb, 0, 0, NULL, 0);

	wire_expect_check(w, itt, SENSE_UNIT_ATTENTION, 0x29, 0x00);
}

void
wire_login(struct wire *w, const char *keys)
{
	wire_login_request(w, keys, 0);
	kit_run_homes(w->site->kit);
	CU_ASSERT_EQUAL_FATAL(wire_login_answer(w), 0);
	CU_ASSERT_NOT_EQUAL(w->tsih, 0);
	w->header_digest = strstr(keys, "HeaderDigest=CRC32C") != NULL;
	w->data_digest = strstr(keys, "DataDigest=CRC32C") != NULL;
	if (strstr(keys, "SessionType=Discovery") == NULL)
		wire_take_attention(w);
}

struct wire *
wire_join(struct wire *w, unsigned home, uint16_t cid)
{
	struct wire *other = wire_open(w->site, home);

	other->cid = cid;
	other->itt += 0x1000u * cid;
	wire_number_after(other, w);
	wire_login_request(other, "", w->tsih);
	CU_ASSERT_EQUAL_FATAL(wire_login_answer(other), 0);
	CU_ASSERT_EQUAL(other->tsih, w->tsih);
	return other;
}

void
wire_number_after(struct wire *w, const struct wire *other)
{
	w->cmd_sn = other->cmd_sn;
}

struct wire *
wire_open_and_login(struct site *site, unsigned home, const char *keys)
{
	struct wire *w = wire_open(site, home);

	wire_login(w, keys);
	return w;
}

/* ---- commands ---- */

static uint32_t
wire_exp_stat_sn(const struct wire *w)
{
	return w->silent ? w->acknowledged : w->stat_sn;
}

void
wire_header(
    struct wire *w, uint8_t bhs[BHS_BYTES], uint8_t opcode, uint8_t flags)
{
	memset(bhs, 0, BHS_BYTES);
	bhs[0] = opcode;
	bhs[PDU_FLAGS] = flags;
	put_be32(bhs + PDU_ITT, ++w->itt);
	put_be32(bhs + PDU_CMD_SN, w->cmd_sn);
	put_be32(bhs + PDU_EXP_STAT_SN, wire_exp_stat_sn(w));
	if ((opcode & PDU_IMMEDIATE) == 0)
		w->cmd_sn++;
}

uint32_t
wire_command(struct wire *w, const uint8_t cdb[16], uint8_t flags,
    uint32_t edtl, const void *data, uint32_t n)
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs,
	    OP_SCSI_COMMAND | (w->immediate ? PDU_IMMEDIATE : 0),
	    CMD_FINAL | flags | TASK_SIMPLE);
	put_be32(bhs + CMD_EDTL, edtl);
	memcpy(bhs + CMD_CDB, cdb, 16);
	wire_send(w, bhs, data, n);
	return w->itt;
}

uint32_t
wire_read10(struct wire *w, uint32_t lba, uint16_t blocks)
{
	uint8_t cdb[16];

	kit_cdb_read10(cdb, lba, blocks);
	return wire_command(w, cdb, CMD_READ, blocks * 512u, NULL, 0);
}

uint32_t
wire_write10(struct wire *w, uint32_t lba, uint16_t blocks)
{
	uint8_t cdb[16];

	kit_cdb_write10(cdb, lba, blocks);
	return wire_command(w, cdb, CMD_WRITE, blocks * 512u, NULL, 0);
}

void
wire_data_out(struct wire *w, uint32_t itt, uint32_t ttt, uint32_t sn,
    uint32_t offset, const void *data, uint32_t n, bool final)
{
	uint8_t bhs[BHS_BYTES] = { OP_DATA_OUT, final ? PDU_FINAL : 0 };

	put_be32(bhs + PDU_ITT, itt);
	put_be32(bhs + PDU_TTT, ttt);
	put_be32(bhs + PDU_EXP_STAT_SN, wire_exp_stat_sn(w));
	put_be32(bhs + PDU_DATA_SN, sn);
	put_be32(bhs + PDU_BUFFER_OFFSET, offset);
	wire_send(w, bhs, data, n);
}

uint32_t
wire_tmf(struct wire *w, uint8_t function, uint32_t rtt, uint32_t ref_cmd_sn)
{
	uint8_t bhs[BHS_BYTES];

	wire_header(
	    w, bhs, PDU_IMMEDIATE | OP_TMF_REQUEST, PDU_FINAL | function);
	put_be32(bhs + TMF_RTT, rtt);
	put_be32(bhs + TMF_REF_CMD_SN, ref_cmd_sn);
	wire_send(w, bhs, NULL, 0);
	return w->itt;
}

uint32_t
wire_reassign(struct wire *w, uint32_t rtt, uint32_t exp_data_sn)
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_TMF_REQUEST,
	    PDU_FINAL | TMF_FN_TASK_REASSIGN);
	put_be32(bhs + TMF_RTT, rtt);
	put_be32(bhs + TMF_EXP_DATA_SN, exp_data_sn);
	wire_send(w, bhs, NULL, 0);
	return w->itt;
}

void
wire_expect_tmf(struct wire *w, uint32_t itt, uint8_t response)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_TMF_RESPONSE);

	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), itt);
	CU_ASSERT_EQUAL(pdu->bhs[TMF_RESPONSE], response);
}

const struct wire_pdu *
wire_expect_status(struct wire *w, uint32_t itt, uint8_t status)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_SCSI_RESPONSE);

	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), itt);
	CU_ASSERT_EQUAL(pdu->bhs[RSP_STATUS], status);
	CU_ASSERT_EQUAL(pdu->bhs[RSP_RESPONSE], RSP_RESPONSE_COMPLETED);
	return pdu;
}

void
wire_expect_check(
    struct wire *w, uint32_t itt, uint8_t key, uint8_t asc, uint8_t ascq)
{
	const struct wire_pdu *pdu =
	    wire_expect_status(w, itt, STATUS_CHECK_CONDITION);
	const uint8_t *sense = pdu->data + RSP_SENSE_LENGTH_BYTES;

	if (pdu->data_bytes < 16) {
		CU_FAIL("no sense data");
		return;
	}
	CU_ASSERT_EQUAL(
	    get_be16(pdu->data) + RSP_SENSE_LENGTH_BYTES, pdu->data_bytes);
	CU_ASSERT_EQUAL(sense[2] & 0xf, key);
	CU_ASSERT_EQUAL(sense[12], asc);
	CU_ASSERT_EQUAL(sense[13], ascq);
}

void
wire_expect_lost(struct wire *w)
{
	wire_expect_check(
	    w, wire_read10(w, 0, 1), SENSE_UNIT_ATTENTION, 0x47, 0x7f);
}

uint8_t
wire_expect_data(struct wire *w, uint32_t itt, uint32_t bytes, uint8_t fill)
{
	const struct wire_pdu *pdu;
	uint32_t offset = 0, sn = 0, i;
	bool same = true;

	do {
		pdu = wire_expect(w, OP_DATA_IN);
		if (pdu->data_bytes == 0)
			return 0;
		CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), itt);
		CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_DATA_SN), sn++);
		CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_BUFFER_OFFSET), offset);
		for (i = 0; i < pdu->data_bytes; i++)
			same = same && pdu->data[i] == fill;
		offset += pdu->data_bytes;
	} while (offset < bytes);
	CU_ASSERT_TRUE(same);
	CU_ASSERT_EQUAL(offset, bytes);
	CU_ASSERT_TRUE(pdu->bhs[PDU_FLAGS] & PDU_FINAL);
	return pdu->bhs[PDU_FLAGS];
}

void
wire_logout(struct wire *w, uint8_t reason, uint16_t cid)
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_LOGOUT_REQUEST, PDU_FINAL | reason);
	put_be16(bhs + LOGOUT_CID, cid);
	wire_send(w, bhs, NULL, 0);
}

void
wire_expect_ping(struct wire *w)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_NOP_IN);

	CU_ASSERT_EQUAL(get_be32(pdu->bhs + PDU_ITT), TAG_NONE);
	CU_ASSERT_NOT_EQUAL(get_be32(pdu->bhs + PDU_TTT), TAG_NONE);
}

void
wire_acknowledge(struct wire *w)
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_ITT, TAG_NONE);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
}

struct wire *
wire_lose_and_return(struct wire *w)
{
	struct site *site = w->site;
	struct wire *again = wire_open(site, 1);

	again->cid = w->cid;
	again->itt = w->itt + 0x1000;
	again->cmd_sn = w->cmd_sn;
	again->old_stat_sn = w->silent ? w->acknowledged : w->stat_sn;
	again->tsih = w->tsih;
	wire_close(w);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 1);
	wire_login_request(again, "", again->tsih);
	CU_ASSERT_EQUAL_FATAL(wire_login_answer(again), 0);
	return again;
}

void
wire_reassigned(
    struct wire *w, uint32_t rtt, uint32_t exp_data_sn, uint8_t response)
{
	wire_expect_tmf(w, wire_reassign(w, rtt, exp_data_sn), response);
}
