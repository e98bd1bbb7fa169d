/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/ffp_tmf.c - task management functions on the wire.
 */
#include <string.h>

#include "tests/unit/iscsi/wire.h"

#define R2T_ONLY "InitialR2T=Yes;ImmediateData=No;"
#define LEVEL_2  "iSCSIProtocolLevel=2;"

/* ---- ABORT TASK ---- */

WIRE_TEST(test_abort_at_the_store, "")
{
	uint32_t itt, tmf;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_nothing(w);
	site_run(site);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	wire_close(w);
}

WIRE_TEST(test_abort_while_gathering, R2T_ONLY)
{
	uint32_t itt = wire_write10(w, 0, 1), ttt, tmf;
	static const uint8_t data[512] = { 1 };

	ttt = get_be32(wire_expect(w, OP_R2T)->bhs + PDU_TTT);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, true);
	wire_expect_nothing(w);
	CU_ASSERT_EQUAL(site->kit->store.image[0], 0);
	CU_ASSERT_EQUAL(buf_pool_in_use(site->kit->homes[0].home.pool), 0);
	wire_close(w);
}

WIRE_TEST(test_abort_after_the_end, "")
{
	uint32_t itt = wire_read10(w, 0, 1), tmf;

	/* The read's answer is queued and not sent: it goes first. */
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_data(w, itt, 512, 0);
	wire_expect_tmf(w, tmf, TMF_RSP_NO_TASK);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_NO_TASK);
	wire_close(w);
}

WIRE_TEST(test_abort_of_a_lost_command, "")
{
	uint32_t lost = w->cmd_sn++, itt, tmf;

	itt = wire_read10(w, 0, 1);
	wire_expect_nothing(w);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, 0xbeef, lost);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_data(w, itt, 512, 0);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, lost + 2);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	wire_close(w);
}

WIRE_TEST(test_abort_of_a_held_command, "")
{
	uint32_t gap = w->cmd_sn++, itt, tmf, one;

	itt = wire_read10(w, 0, 1);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	w->cmd_sn = gap;
	one = wire_read10(w, 0, 1);
	wire_expect_data(w, one, 512, 0);
	wire_expect_nothing(w);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, gap + 2);
	wire_close(w);
}

WIRE_TEST(test_abort_takes_too_long, "")
{
	uint32_t itt, tmf;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	CU_ASSERT_EQUAL(conn_deadline(w->conn), 1000 + 1500);
	site_wait(site, 1500);
	conn_tick(w->conn);
	wire_expect_tmf(w, tmf, TMF_RSP_REJECTED);
	site_run(site);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_two_aborts_of_one_task, "")
{
	uint32_t itt, one, two;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	one = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	two = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	site_run(site);
	CU_ASSERT_EQUAL(
	    get_be32(wire_expect(w, OP_TMF_RESPONSE)->bhs + PDU_ITT) +
		get_be32(wire_expect(w, OP_TMF_RESPONSE)->bhs + PDU_ITT),
	    one + two);
	wire_expect_nothing(w);
	wire_close(w);
}

/* ---- over a LUN ---- */

WIRE_TEST(test_lun_reset, R2T_ONLY)
{
	static const uint8_t data[512] = { 1 };
	uint32_t itt, ttt, tmf;

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	itt = wire_write10(w, 0, 1);
	ttt = get_be32(wire_expect(w, OP_R2T)->bhs + PDU_TTT);
	tmf = wire_tmf(w, TMF_FN_LUN_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	wire_data_out(w, itt, ttt, 0, 0, data, 512, true);
	wire_expect_nothing(w);
	site_run(site);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	itt = wire_read10(w, 0, 1);
	wire_expect_check(w, itt, SENSE_UNIT_ATTENTION, 0x29, 0x03);
	wire_close(w);
}

WIRE_TEST(test_lun_reset_from_elsewhere, R2T_ONLY)
{
	struct wire *other = wire_open(site, 1);
	uint8_t half[BHS_BYTES + 100] = { OP_DATA_OUT, PDU_FINAL };
	static const uint8_t rest[412];
	uint32_t itt, tmf, ttt;

	other->name = "iqn.2026-11.test:other";
	wire_login(other, "");
	itt = wire_write10(w, 0, 1);
	ttt = get_be32(wire_expect(w, OP_R2T)->bhs + PDU_TTT);
	put_be24(half + PDU_DATA_LENGTH, 512);
	put_be32(half + PDU_ITT, itt);
	put_be32(half + PDU_TTT, ttt);
	wire_bytes(w, half, sizeof(half));
	tmf = wire_tmf(other, TMF_FN_LUN_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	/* Its slot is free, and nothing else says so: 11.4.11. */
	wire_expect_nothing(w);
	CU_ASSERT_EQUAL(w->window_news, 1);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	/* The rest of that Data-Out has no place to go any more. */
	wire_bytes(w, rest, sizeof(rest));
	wire_expect_nothing(w);
	CU_ASSERT_EQUAL(w->window_news, 1);
	itt = wire_read10(w, 0, 1);
	wire_expect_check(w, itt, SENSE_UNIT_ATTENTION, 0x29, 0x03);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_reset_during_immediate_data, "InitialR2T=No;")
{
	struct wire *other = wire_open(site, 1);
	uint8_t half[BHS_BYTES + 100], rest[412] = { 0 };
	uint32_t itt, tmf;

	other->name = "iqn.2026-11.test:other";
	wire_login(other, "");
	memset(half, 0, sizeof(half));
	wire_header(
	    w, half, OP_SCSI_COMMAND, CMD_FINAL | CMD_WRITE | TASK_SIMPLE);
	put_be24(half + PDU_DATA_LENGTH, 512);
	put_be32(half + CMD_EDTL, 512);
	kit_cdb_write10(half + CMD_CDB, 0, 1);
	wire_bytes(w, half, sizeof(half));
	tmf = wire_tmf(other, TMF_FN_LUN_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_bytes(w, rest, sizeof(rest));
	wire_expect_nothing(w);
	itt = wire_read10(w, 0, 1);
	wire_expect_check(w, itt, SENSE_UNIT_ATTENTION, 0x29, 0x03);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	wire_close(other);
	wire_close(w);
}

/* Answered before it was whole, its data is of no more interest, and what comes
 * behind it does not wait. */
WIRE_TEST(test_reset_before_a_wrong_digest, "InitialR2T=No;DataDigest=CRC32C;")
{
	struct wire *other = wire_open(site, 1);
	uint8_t half[BHS_BYTES + 100], rest[416] = { 0 };
	uint32_t tmf, itt;

	atomic_store(&site->kit->lu->task_aborted_status, true);
	other->name = "iqn.2026-11.test:other";
	wire_login(other, "");
	memset(half, 0, sizeof(half));
	wire_header(
	    w, half, OP_SCSI_COMMAND, CMD_FINAL | CMD_WRITE | TASK_SIMPLE);
	put_be24(half + PDU_DATA_LENGTH, 512);
	put_be32(half + CMD_EDTL, 512);
	kit_cdb_write10(half + CMD_CDB, 0, 1);
	wire_bytes(w, half, sizeof(half));
	tmf = wire_tmf(other, TMF_FN_LUN_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	wire_expect_tmf(other, tmf, TMF_RSP_COMPLETE);
	wire_expect_status(w, w->itt, STATUS_TASK_ABORTED);
	wire_bytes(w, rest, sizeof(rest));
	wire_expect_reject(w, REJECT_DATA_DIGEST);
	itt = wire_read10(w, 0, 1);
	wire_expect_check(w, itt, SENSE_UNIT_ATTENTION, 0x29, 0x03);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	wire_close(other);
	wire_close(w);
}

/* Nothing follows what may have been cut off in its midst. */
WIRE_TEST(test_no_memory_for_an_abort, "")
{
	w->cmd_sn++;
	wire_starve = true;
	wire_tmf(w, TMF_FN_ABORT_TASK, 0x4711, w->cmd_sn - 1);
	CU_ASSERT_FALSE(wire_starve);
	wire_expect_nothing(w);
	CU_ASSERT_TRUE(wire_is_over(w));
	wire_close(w);
}

WIRE_TEST(test_no_such_lun, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, PDU_IMMEDIATE | OP_TMF_REQUEST,
	    PDU_FINAL | TMF_FN_LUN_RESET);
	bhs[PDU_LUN + 1] = 77;
	wire_send(w, bhs, NULL, 0);
	kit_run_homes(site->kit);
	wire_expect_tmf(w, w->itt, TMF_RSP_NO_LUN);
	wire_close(w);
}

WIRE_TEST(test_close_during_reset, "")
{
	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	wire_tmf(w, TMF_FN_LUN_RESET, TAG_NONE, 0);
	wire_close(w);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 1);
	site_run(site);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
}

static void
expect_all_dropped(struct wire *w)
{
	const struct wire_pdu *pdu = wire_expect(w, OP_ASYNC);

	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_ALL_CONNECTIONS_DROP);
	CU_ASSERT_TRUE(wire_is_over(w));
}

WIRE_TEST(test_cold_reset_ends_sessions, "")
{
	struct wire *other = wire_open(site, 1);
	uint32_t tmf;

	other->name = "iqn.2026-11.test:other";
	wire_login(other, "");
	tmf = wire_tmf(w, TMF_FN_TARGET_COLD_RESET, TAG_NONE, 0);
	kit_run_homes(site->kit);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	expect_all_dropped(w);
	expect_all_dropped(other);
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 0);
	wire_close(w);
	wire_close(other);
}

/* At level 2 of error recovery, too: nothing is kept. */
WIRE_TEST(test_nexus_reset_ends_its_session,
    LEVEL_2 "ErrorRecoveryLevel=2;MaxConnections=2;DefaultTime2Retain=20;")
{
	struct wire *second = wire_join(w, 0, 2);
	struct wire *other = wire_open(site, 1);
	const struct wire_pdu *pdu;
	uint32_t itt, tmf;

	other->name = "iqn.2026-11.test:other";
	wire_login(other, "");
	site->kit->store.hold = true;
	wire_number_after(w, second);
	wire_read10(w, 0, 1);
	tmf = wire_tmf(w, TMF_FN_I_T_NEXUS_RESET, TAG_NONE, 0);
	wire_expect_nothing(w);
	site_run(site);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	CU_ASSERT_TRUE(wire_is_over(w));
	pdu = wire_expect(second, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_ALL_CONNECTIONS_DROP);
	CU_ASSERT_EQUAL(get_be16(pdu->bhs + ASYNC_PARAMETER3), 0);
	CU_ASSERT_TRUE(wire_is_over(second));
	CU_ASSERT_EQUAL(session_table_count(site->service.sessions), 1);
	/* Nobody else notices. */
	itt = wire_read10(other, 0, 1);
	wire_expect_data(other, itt, 512, 0);
	wire_close(w);
	wire_close(second);
	wire_close(other);
}

WIRE_TEST(test_warm_reset_keeps_sessions, "")
{
	uint32_t tmf = wire_tmf(w, TMF_FN_TARGET_WARM_RESET, TAG_NONE, 0);

	kit_run_homes(site->kit);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	CU_ASSERT_FALSE(wire_is_over(w));
	wire_close(w);
}

/* ---- the rest ---- */

WIRE_TEST(test_reassign, "")
{
	uint32_t tmf = wire_tmf(w, TMF_FN_TASK_REASSIGN, 5, 0);

	wire_expect_tmf(w, tmf, TMF_RSP_NO_REASSIGNMENT);
	wire_close(w);
}

WIRE_TEST(test_unknown_function, "")
{
	uint32_t tmf = wire_tmf(w, 13, 5, 0);

	wire_expect_tmf(w, tmf, TMF_RSP_NOT_SUPPORTED);
	tmf = wire_tmf(w, 0, 5, 0);
	wire_expect_tmf(w, tmf, TMF_RSP_NOT_SUPPORTED);
	wire_close(w);
}

WIRE_TEST(test_level_1_has_no_query, "")
{
	uint8_t function;

	for (function = 9; function <= 12; function++)
		wire_expect_tmf(
		    w, wire_tmf(w, function, 5, 0), TMF_RSP_NOT_SUPPORTED);
	wire_close(w);
}

WIRE_TEST(test_query_task, LEVEL_2)
{
	uint32_t itt, tmf;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	tmf = wire_tmf(w, TMF_FN_QUERY_TASK, itt, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_SUCCEEDED);
	tmf = wire_tmf(w, TMF_FN_QUERY_TASK_SET, TAG_NONE, 0);
	wire_expect_tmf(w, tmf, TMF_RSP_SUCCEEDED);
	site_run(site);
	wire_expect_data(w, itt, 512, 0);
	tmf = wire_tmf(w, TMF_FN_QUERY_TASK, itt, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	tmf = wire_tmf(w, TMF_FN_QUERY_TASK_SET, TAG_NONE, 0);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_close(w);
}

/* RFC 7144 6.4.2: how many attentions wait, and which one comes first. */
WIRE_TEST(test_query_asynchronous_event, LEVEL_2)
{
	struct conn_info info;
	struct nexus_lu *nl;
	uint32_t tmf;

	conn_info(w->conn, &info);
	nl = nexus_find_lu(info.nexus, 0);
	tmf = wire_tmf(w, TMF_FN_QUERY_ASYNC_EVENT, TAG_NONE, 0);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	CU_ASSERT_EQUAL(get_be24(w->pdu.bhs + TMF_INFORMATION), 0);
	nexus_lu_establish_attention(nl, UA_CAPACITY_CHANGED);
	tmf = wire_tmf(w, TMF_FN_QUERY_ASYNC_EVENT, TAG_NONE, 0);
	wire_expect_tmf(w, tmf, TMF_RSP_SUCCEEDED);
	CU_ASSERT_EQUAL(get_be24(w->pdu.bhs + TMF_INFORMATION), 0x162a09);
	nexus_lu_establish_attention(nl, UA_RESET);
	tmf = wire_tmf(w, TMF_FN_QUERY_ASYNC_EVENT, TAG_NONE, 0);
	wire_expect_tmf(w, tmf, TMF_RSP_SUCCEEDED);
	CU_ASSERT_EQUAL(get_be24(w->pdu.bhs + TMF_INFORMATION), 0x262903);
	wire_close(w);
}

/* 11.5.1 and RFC 7144 6.3: neither is for a function. */
WIRE_TEST(test_functions_of_functions, LEVEL_2)
{
	uint32_t reset, tmf;

	site->kit->store.hold = true;
	wire_read10(w, 0, 1);
	reset = wire_tmf(w, TMF_FN_LUN_RESET, TAG_NONE, 0);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, reset, w->cmd_sn);
	wire_expect_tmf(w, tmf, TMF_RSP_REJECTED);
	tmf = wire_tmf(w, TMF_FN_QUERY_TASK, reset, w->cmd_sn);
	wire_expect_tmf(w, tmf, TMF_RSP_REJECTED);
	site_run(site);
	wire_expect_tmf(w, reset, TMF_RSP_COMPLETE);
	wire_close(w);
}

WIRE_TEST(test_abort_of_a_held_function, "")
{
	uint32_t gap = w->cmd_sn++, held, tmf, itt;
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_TMF_REQUEST, PDU_FINAL | TMF_FN_ABORT_TASK_SET);
	put_be32(bhs + TMF_RTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	held = w->itt;
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, held, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_REJECTED);
	w->cmd_sn = gap;
	itt = wire_read10(w, 0, 1);
	wire_expect_data(w, itt, 512, 0);
	wire_expect_tmf(w, held, TMF_RSP_COMPLETE);
	wire_close(w);
}

static uint32_t
send_tmf_at(struct wire *w, uint8_t function, uint16_t lun, uint32_t rtt,
    uint32_t ref_cmd_sn)
{
	uint8_t bhs[BHS_BYTES];

	wire_header(
	    w, bhs, PDU_IMMEDIATE | OP_TMF_REQUEST, PDU_FINAL | function);
	put_be16(bhs + PDU_LUN, lun);
	put_be32(bhs + TMF_RTT, rtt);
	put_be32(bhs + TMF_REF_CMD_SN, ref_cmd_sn);
	wire_send(w, bhs, NULL, 0);
	return w->itt;
}

/* A task is named by LUN and tag. */
WIRE_TEST(test_abort_at_another_lun, LEVEL_2)
{
	static const uint8_t functions[] = { TMF_FN_ABORT_TASK,
		TMF_FN_QUERY_TASK };
	static const uint8_t responses[] = { TMF_RSP_NO_TASK,
		TMF_RSP_COMPLETE };
	uint32_t itt, tmf;
	unsigned i;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	for (i = 0; i < 2; i++) {
		tmf = send_tmf_at(w, functions[i], 77, itt, w->cmd_sn - 1);
		wire_expect_tmf(w, tmf, responses[i]);
	}
	/* LUN 0 in the flat addressing method. */
	tmf = send_tmf_at(w, TMF_FN_ABORT_TASK, 0x4000, itt, w->cmd_sn - 1);
	site_run(site);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	wire_close(w);
}

/* It waits behind a gap. */
WIRE_TEST(test_abort_of_held_at_another_lun, "")
{
	uint32_t first = w->cmd_sn++, held = wire_read10(w, 0, 1), tmf;

	tmf = send_tmf_at(w, TMF_FN_ABORT_TASK, 77, held, first + 1);
	wire_expect_tmf(w, tmf, TMF_RSP_NO_TASK);
	tmf = send_tmf_at(w, TMF_FN_ABORT_TASK, 77, held, first);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_data(w, held, 512, 0);
	w->cmd_sn++;
	held = wire_read10(w, 0, 1);
	tmf = send_tmf_at(w, TMF_FN_ABORT_TASK, 0x4000, held, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_close(w);
}

/* Tagged operations of iSCSI can be aborted, too (11.5.1). */
WIRE_TEST(test_abort_of_a_text_negotiation, "")
{
	uint8_t bhs[BHS_BYTES];
	uint32_t ttt, itt, tmf;
	char text[64];
	uint32_t n = wire_text(text, "InitiatorAlias=disk;");

	wire_header(w, bhs, OP_TEXT_REQUEST, 0);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, text, n);
	itt = w->itt;
	ttt = get_be32(wire_expect(w, OP_TEXT_RESPONSE)->bhs + PDU_TTT);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_header(w, bhs, OP_TEXT_REQUEST, PDU_FINAL);
	put_be32(bhs + PDU_ITT, itt);
	put_be32(bhs + PDU_TTT, ttt);
	wire_send(w, bhs, NULL, 0);
	wire_expect_reject(w, REJECT_INVALID_FIELD);
	wire_close(w);
}

WIRE_TEST(test_numbered_function_keeps_order, "")
{
	uint32_t gap = w->cmd_sn++, one;
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_TMF_REQUEST, PDU_FINAL | TMF_FN_ABORT_TASK_SET);
	put_be32(bhs + TMF_RTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	wire_expect_nothing(w);
	w->cmd_sn = gap;
	one = wire_read10(w, 0, 1);
	wire_expect_data(w, one, 512, 0);
	wire_expect(w, OP_TMF_RESPONSE);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, gap + 2);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	wire_close(w);
}

/* ---- FastAbort ---- */

#define FAST_ABORT "TaskReporting=FastAbort;"

static struct wire *
open_third_party(struct site *site, unsigned home, const char *keys)
{
	struct wire *w = wire_open(site, home);

	w->isid[5] = 9;
	wire_login(w, keys);
	return w;
}

static void
reset_by(struct wire *w)
{
	uint32_t tmf = wire_tmf(w, TMF_FN_LUN_RESET, TAG_NONE, 0);

	kit_run_homes(w->site->kit);
	site_run(w->site);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
}

WIRE_TEST(test_fast_abort_tells_third_parties_once, FAST_ABORT)
{
	struct wire *b = open_third_party(site, 1, FAST_ABORT R2T_ONLY);
	static const uint8_t data[512] = { 1 };
	const struct wire_pdu *pdu;
	uint8_t bhs[BHS_BYTES];
	uint32_t itt, ttt, stat_sn;

	itt = wire_write10(b, 0, 1);
	ttt = get_be32(wire_expect(b, OP_R2T)->bhs + PDU_TTT);
	wire_write10(b, 1, 1);
	wire_expect(b, OP_R2T);
	reset_by(w);
	wire_expect_nothing(w);
	pdu = wire_expect(b, OP_ASYNC);
	CU_ASSERT_EQUAL(pdu->bhs[ASYNC_EVENT], ASYNC_TASKS_TERMINATED);
	CU_ASSERT_EQUAL(get_be64(pdu->bhs + PDU_LUN), 0);
	stat_sn = get_be32(pdu->bhs + PDU_STAT_SN);
	/* Late data is thrown away, the acknowledgement needs no answer. */
	wire_data_out(b, itt, ttt, 0, 0, data, 512, true);
	CU_ASSERT_EQUAL(b->stat_sn, stat_sn + 1);
	wire_header(b, bhs, PDU_IMMEDIATE | OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_ITT, TAG_NONE);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(b, bhs, NULL, 0);
	wire_expect_nothing(b);
	CU_ASSERT_EQUAL(site->kit->store.image[0], 0);
	wire_close(b);
	wire_close(w);
}

WIRE_TEST(test_no_event_without_fast_abort, FAST_ABORT)
{
	struct wire *b =
	    open_third_party(site, 1, "TaskReporting=ResponseFence;" R2T_ONLY);

	wire_write10(b, 0, 1);
	wire_expect(b, OP_R2T);
	reset_by(w);
	wire_expect_nothing(b);
	wire_close(b);
	wire_close(w);
}

WIRE_TEST(test_fast_abort_of_its_own, FAST_ABORT R2T_ONLY)
{
	uint32_t itt = wire_write10(w, 0, 1), tmf;

	wire_expect(w, OP_R2T);
	reset_by(w);
	wire_expect_nothing(w);
	wire_expect_check(
	    w, wire_write10(w, 0, 1), SENSE_UNIT_ATTENTION, 0x29, 0x03);
	itt = wire_write10(w, 0, 1);
	wire_expect(w, OP_R2T);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_nothing(w);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "a task at its store: answered when it is home",
	    test_abort_at_the_store },
	{ "a task that gathers data: nothing is written",
	    test_abort_while_gathering },
	{ "a task that has ended is answered first", test_abort_after_the_end },
	{ "a command that was lost counts as received",
	    test_abort_of_a_lost_command },
	{ "a command held back is not executed", test_abort_of_a_held_command },
	{ "an abort that takes too long is rejected",
	    test_abort_takes_too_long },
	{ "two aborts of one task", test_two_aborts_of_one_task },
	{ "LUN reset settles all tasks", test_lun_reset },
	{ "LUN reset by another, in the middle of a Data-Out",
	    test_lun_reset_from_elsewhere },
	{ "LUN reset by another, in the middle of a command",
	    test_reset_during_immediate_data },
	{ "the same with TAS, and a wrong data digest",
	    test_reset_before_a_wrong_digest },
	{ "no memory for an abort", test_no_memory_for_an_abort },
	{ "no such LUN", test_no_such_lun },
	{ "a connection lost during a reset", test_close_during_reset },
	{ "target cold reset ends the sessions",
	    test_cold_reset_ends_sessions },
	{ "target warm reset keeps them", test_warm_reset_keeps_sessions },
	{ "I_T nexus reset ends its session, whatever it could keep",
	    test_nexus_reset_ends_its_session },
	{ "query asynchronous event", test_query_asynchronous_event },
	{ "no function is aborted or queried", test_functions_of_functions },
	{ "nor one that is held back", test_abort_of_a_held_function },
	{ "a task of that tag at another LUN", test_abort_at_another_lun },
	{ "a task of that tag at another LUN, held back",
	    test_abort_of_held_at_another_lun },
	{ "a text negotiation is aborted", test_abort_of_a_text_negotiation },
	{ "task reassign", test_reassign },
	{ "unknown functions", test_unknown_function },
	{ "functions of RFC 7144 need its level", test_level_1_has_no_query },
	{ "query task, query task set", test_query_task },
	{ "a numbered function waits for its turn",
	    test_numbered_function_keeps_order },
	{ "FastAbort tells third parties, once",
	    test_fast_abort_tells_third_parties_once },
	{ "no event 5 without FastAbort", test_no_event_without_fast_abort },
	{ "FastAbort of its own tasks", test_fast_abort_of_its_own },
	{ NULL, NULL },
};

const struct unit_suite ffp_tmf_suite = { "ffp_tmf", tests };
