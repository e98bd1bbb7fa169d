/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/recorder.c - the last PDUs of a connection.
 */
#include "tests/unit/iscsi/wire.h"

WIRE_TEST(test_both_ways_in_order, "")
{
	struct recorded_pdu pdus[RECORDER_PDUS];
	unsigned n;

	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	n = conn_recording(w->conn, pdus);
	CU_ASSERT_FATAL(n >= 4);
	CU_ASSERT_FALSE(pdus[0].sent);
	CU_ASSERT_EQUAL(bhs_opcode(pdus[0].bhs), OP_LOGIN_REQUEST);
	CU_ASSERT_TRUE(pdus[1].sent);
	CU_ASSERT_EQUAL(bhs_opcode(pdus[1].bhs), OP_LOGIN_RESPONSE);
	CU_ASSERT_FALSE(pdus[n - 2].sent);
	CU_ASSERT_EQUAL(bhs_opcode(pdus[n - 2].bhs), OP_SCSI_COMMAND);
	CU_ASSERT_TRUE(pdus[n - 1].sent);
	CU_ASSERT_EQUAL(bhs_opcode(pdus[n - 1].bhs), OP_DATA_IN);
	CU_ASSERT_EQUAL(pdus[n - 1].data_bytes, 512);
	wire_close(w);
}

WIRE_TEST(test_the_oldest_go_first, "")
{
	struct recorded_pdu pdus[RECORDER_PDUS];
	unsigned i, n;

	for (i = 0; i < RECORDER_PDUS; i++) {
		wire_read10(w, 0, 1);
		wire_expect_data(w, w->itt, 512, 0);
	}
	n = conn_recording(w->conn, pdus);
	CU_ASSERT_EQUAL(n, RECORDER_PDUS);
	CU_ASSERT_FALSE(pdus[0].sent);
	CU_ASSERT_EQUAL(bhs_opcode(pdus[0].bhs), OP_SCSI_COMMAND);
	CU_ASSERT_EQUAL(get_be32(pdus[n - 2].bhs + PDU_ITT), w->itt);
	wire_close(w);
}

WIRE_TEST(test_only_a_broken_protocol_is_a_fault, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	CU_ASSERT_FALSE(conn_is_faulty(w->conn));
	wire_header(w, bhs, PDU_IMMEDIATE | 0x1e, PDU_FINAL);
	wire_send(w, bhs, NULL, 0);
	wire_expect(w, OP_REJECT);
	CU_ASSERT_TRUE(conn_is_faulty(w->conn));
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "both ways, in order", test_both_ways_in_order },
	{ "the oldest go first", test_the_oldest_go_first },
	{ "only a broken protocol is a fault",
	    test_only_a_broken_protocol_is_a_fault },
	{ NULL, NULL },
};

const struct unit_suite recorder_suite = { "recorder", tests };
