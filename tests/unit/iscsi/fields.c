/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/fields.c - what each PDU of a target must have in its
 * fields, whatever it answers: reserved ones are 0 (RFC 7143 11).  Every PDU of
 * every wire goes through wire_check_fields().
 */
#include "tests/unit/iscsi/wire.h"

/* Bytes [from, to) of a header; to 0: no more. */
struct range {
	uint8_t from, to;
};

struct field_rule {
	uint8_t flags_one, flags_zero; /* bits of byte 1 */
	bool has_data;
	struct range reserved[6];
};

static const struct field_rule field_rules[PDU_OPCODE_MASK + 1] = {
	[OP_NOP_IN] = { 0x80, 0x7f, true, { { 2, 4 }, { 36, 48 } } },
	[OP_SCSI_RESPONSE] = { 0x80, 0x61, true, { { 8, 16 } } },
	[OP_TMF_RESPONSE] = { 0x80, 0x7f, false,
	    { { 3, 4 }, { 11, 16 }, { 20, 24 }, { 36, 48 } } },
	[OP_LOGIN_RESPONSE] = { 0, 0x30, true,
	    { { 2, 4 }, { 20, 24 }, { 38, 48 } } },
	[OP_TEXT_RESPONSE] = { 0, 0x3f, true, { { 2, 4 }, { 36, 48 } } },
	/* No A: nothing is asked to be acknowledged, so no LUN either. */
	[OP_DATA_IN] = { 0, 0x78, true, { { 2, 3 }, { 8, 16 } } },
	[OP_LOGOUT_RESPONSE] = { 0x80, 0x7f, false,
	    { { 3, 4 }, { 8, 16 }, { 20, 24 }, { 36, 40 }, { 44, 48 } } },
	[OP_R2T] = { 0x80, 0x7f, false, { { 2, 4 } } },
	[OP_ASYNC] = { 0x80, 0x7f, true,
	    { { 2, 4 }, { 20, 24 }, { 37, 38 }, { 44, 48 } } },
	[OP_REJECT] = { 0x80, 0x7f, true,
	    { { 3, 4 }, { 8, 16 }, { 20, 24 }, { 40, 48 } } },
};

static bool
is_zero(const uint8_t *bhs, struct range r)
{
	uint8_t any = 0;

	for (; r.from < r.to; r.from++)
		any |= bhs[r.from];
	return any == 0;
}

static const struct range lun = { PDU_LUN, PDU_LUN + 8 };

/* 11.19 */
static bool
nop_in_is_right(const uint8_t *bhs)
{
	bool ping = get_be32(bhs + PDU_TTT) != TAG_NONE;
	bool answer = get_be32(bhs + PDU_ITT) != TAG_NONE;

	return !(ping && answer) && is_zero(bhs, lun) &&
	       (answer || bhs_data_length(bhs) == 0);
}

/* 11.4.1, 11.4.5, 11.4.6, 11.4.7 */
static bool
scsi_response_is_right(const uint8_t *bhs)
{
	uint8_t write = bhs[PDU_FLAGS] & (RSP_OVERFLOW | RSP_UNDERFLOW);
	uint8_t read =
	    bhs[PDU_FLAGS] & (RSP_BIDI_OVERFLOW | RSP_BIDI_UNDERFLOW);

	if (write == (RSP_OVERFLOW | RSP_UNDERFLOW) ||
	    read == (RSP_BIDI_OVERFLOW | RSP_BIDI_UNDERFLOW))
		return false;
	if ((write != 0) != (get_be32(bhs + RSP_RESIDUAL) != 0) ||
	    (read != 0) != (get_be32(bhs + RSP_BIDI_RESIDUAL) != 0))
		return false;
	return bhs[RSP_STATUS] != STATUS_CHECK_CONDITION ||
	       bhs_data_length(bhs) > 0;
}

/* 11.11.1, 11.11.2, 11.11.4 */
static bool
text_response_is_right(const uint8_t *bhs)
{
	bool final = bhs[PDU_FLAGS] & PDU_FINAL;

	if (final != (get_be32(bhs + PDU_TTT) == TAG_NONE))
		return false;
	return !final ||
	       (!(bhs[PDU_FLAGS] & TEXT_CONTINUE) && is_zero(bhs, lun));
}

/* 11.13.6, 11.13.7 */
static bool
login_response_is_right(const uint8_t *bhs)
{
	uint8_t flags = bhs[PDU_FLAGS];

	if (flags & LOGIN_TRANSIT)
		return !(flags & LOGIN_CONTINUE);
	return (flags & LOGIN_NSG_MASK) == 0;
}

/* 11.7.3, 11.7.4: without S there is no status to speak of. */
static bool
data_in_is_right(const uint8_t *bhs)
{
	uint8_t flags = bhs[PDU_FLAGS];
	uint8_t both = DATA_IN_OVERFLOW | DATA_IN_UNDERFLOW;
	uint32_t residual = get_be32(bhs + DATA_IN_RESIDUAL);

	if (get_be32(bhs + PDU_TTT) != TAG_NONE)
		return false;
	if (flags & DATA_IN_STATUS)
		return (flags & PDU_FINAL) && (flags & both) != both &&
		       ((flags & both) != 0) == (residual != 0);
	return (flags & both) == 0 && residual == 0 &&
	       bhs[DATA_IN_STATUS_AT] == 0 && get_be32(bhs + PDU_STAT_SN) == 0;
}

/* 11.8.4, 11.8.5 */
static bool
r2t_is_right(const uint8_t *bhs)
{
	return get_be32(bhs + PDU_TTT) != TAG_NONE &&
	       get_be32(bhs + R2T_LENGTH) > 0;
}

/* 11.9.1, 11.9.3: Parameter1, 2 and 3, as far as the event has them. */
static bool
async_is_right(const uint8_t *bhs)
{
	static const struct range unused[] = {
		[ASYNC_SCSI_EVENT] = { 38, 44 },
		[ASYNC_LOGOUT_REQUEST] = { 38, 42 },
		[ASYNC_CONNECTION_DROP] = { 0, 0 },
		[ASYNC_ALL_CONNECTIONS_DROP] = { 38, 40 },
		[ASYNC_PARAMETER_NEGOTIATION] = { 38, 42 },
		[ASYNC_TASKS_TERMINATED] = { 38, 44 },
	};
	uint8_t event = bhs[ASYNC_EVENT];

	if (event >= ARRAY_LEN(unused) || !is_zero(bhs, unused[event]))
		return false;
	return get_be32(bhs + PDU_ITT) == TAG_NONE &&
	       (event == ASYNC_TASKS_TERMINATED || is_zero(bhs, lun));
}

/* 11.17.2, 11.17.4 */
static bool
reject_is_right(const uint8_t *bhs)
{
	if (bhs[REJECT_REASON] != REJECT_PROTOCOL_ERROR &&
	    get_be32(bhs + PDU_DATA_SN) != 0)
		return false;
	return get_be32(bhs + PDU_ITT) == TAG_NONE &&
	       bhs_data_length(bhs) >= BHS_BYTES;
}

static bool (*const more[PDU_OPCODE_MASK + 1])(const uint8_t *bhs) = {
	[OP_NOP_IN] = nop_in_is_right,
	[OP_SCSI_RESPONSE] = scsi_response_is_right,
	[OP_LOGIN_RESPONSE] = login_response_is_right,
	[OP_TEXT_RESPONSE] = text_response_is_right,
	[OP_DATA_IN] = data_in_is_right,
	[OP_R2T] = r2t_is_right,
	[OP_ASYNC] = async_is_right,
	[OP_REJECT] = reject_is_right,
};

void
wire_check_fields(const uint8_t bhs[BHS_BYTES])
{
	uint8_t opcode = bhs_opcode(bhs);
	const struct field_rule *rule = &field_rules[opcode];
	const struct range *r = rule->reserved;

	CU_ASSERT_TRUE(rule->flags_zero != 0); /* it is a target's */
	CU_ASSERT_EQUAL(bhs[0], opcode);
	CU_ASSERT_EQUAL(bhs[PDU_AHS_WORDS], 0);
	CU_ASSERT_EQUAL(bhs[PDU_FLAGS] & rule->flags_zero, 0);
	CU_ASSERT_EQUAL(bhs[PDU_FLAGS] & rule->flags_one, rule->flags_one);
	CU_ASSERT_TRUE(rule->has_data || bhs_data_length(bhs) == 0);
	for (; r->to != 0; r++)
		CU_ASSERT_TRUE(is_zero(bhs, *r));
	if (more[opcode] != NULL)
		CU_ASSERT_TRUE(more[opcode](bhs));
}

/* ---- fields that tests name ---- */

WIRE_TEST(test_ping_lun_is_reserved, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	bhs[PDU_LUN + 1] = 5;
	wire_send(w, bhs, NULL, 0);
	wire_expect(w, OP_NOP_IN);
	CU_ASSERT_EQUAL(get_be64(w->pdu.bhs + PDU_LUN), 0);
	wire_close(w);
}

/* 11.10.4: with a tag the LUN is told, and else it is not. */
WIRE_TEST(test_text_lun, "")
{
	uint8_t bhs[BHS_BYTES];
	char text[64];
	uint32_t n = wire_text(text, "InitiatorAlias=x;");
	const struct wire_pdu *pdu;

	wire_header(w, bhs, OP_TEXT_REQUEST, 0);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	bhs[PDU_LUN + 1] = 5;
	wire_send(w, bhs, text, n);
	pdu = wire_expect(w, OP_TEXT_RESPONSE);
	CU_ASSERT_EQUAL(pdu->bhs[PDU_LUN + 1], 5);
	put_be32(bhs + PDU_TTT, get_be32(pdu->bhs + PDU_TTT));
	put_be32(bhs + PDU_CMD_SN, w->cmd_sn++);
	bhs[PDU_FLAGS] = PDU_FINAL;
	wire_send(w, bhs, NULL, 0);
	pdu = wire_expect(w, OP_TEXT_RESPONSE);
	CU_ASSERT_EQUAL(get_be64(pdu->bhs + PDU_LUN), 0);
	wire_close(w);
}

/* 11.4.8: of Data-Ins only. */
WIRE_TEST(test_exp_data_sn, "ErrorRecoveryLevel=1;InitialR2T=Yes;")
{
	static const uint8_t data[512] = { 1 };
	uint32_t itt = wire_write10(w, 0, 1);
	uint32_t ttt = get_be32(wire_expect(w, OP_R2T)->bhs + PDU_TTT);
	const struct wire_pdu *pdu;

	wire_data_out(w, itt, ttt, 0, 0, data, 512, true);
	pdu = wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + RSP_EXP_DATA_SN), 0);
	itt = wire_read10(w, 0, 20);
	wire_expect(w, OP_DATA_IN);
	wire_expect(w, OP_DATA_IN);
	pdu = wire_expect_status(w, itt, STATUS_GOOD);
	CU_ASSERT_EQUAL(get_be32(pdu->bhs + RSP_EXP_DATA_SN), 2);
	wire_close(w);
}

/* RFC 7144 4.2: the level that was agreed upon, on all connections. */
static unsigned
version_descriptor(struct wire *w)
{
	static const uint8_t inquiry[16] = { 0x12, 0, 0, 0, 96 };
	const struct wire_pdu *pdu;

	wire_command(w, inquiry, CMD_FINAL | CMD_READ, 96, NULL, 0);
	pdu = wire_expect(w, OP_DATA_IN);
	return pdu->data_bytes == 96 ? get_be16(pdu->data + 60) : 0;
}

WIRE_TEST(test_level_0, "iSCSIProtocolLevel=0;")
{
	CU_ASSERT_EQUAL(version_descriptor(w), 0x0960);
	wire_close(w);
}

WIRE_TEST(test_level_1, "")
{
	CU_ASSERT_EQUAL(version_descriptor(w), 0x0961);
	wire_close(w);
}

WIRE_TEST(test_level_2, "iSCSIProtocolLevel=31;")
{
	CU_ASSERT_EQUAL(version_descriptor(w), 0x0962);
	wire_close(w);
}

/* REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS: those that the level has. */
static unsigned
supported_functions(struct wire *w)
{
	static const uint8_t cdb[16] = { 0xa3, 0x0d, [9] = 4 };
	const struct wire_pdu *pdu;

	wire_command(w, cdb, CMD_FINAL | CMD_READ, 4, NULL, 0);
	pdu = wire_expect(w, OP_DATA_IN);
	return get_be16(pdu->data);
}

WIRE_TEST(test_functions_of_level_1, "iSCSIProtocolLevel=1;")
{
	CU_ASSERT_EQUAL(supported_functions(w), 0xda00);
	wire_close(w);
}

WIRE_TEST(test_functions_of_level_2, "iSCSIProtocolLevel=2;")
{
	CU_ASSERT_EQUAL(supported_functions(w), 0xde07);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "no LUN in the answer to a ping", test_ping_lun_is_reserved },
	{ "a LUN in a Text Response, with a tag only", test_text_lun },
	{ "ExpDataSN counts Data-Ins", test_exp_data_sn },
	{ "version descriptor, level 0", test_level_0 },
	{ "version descriptor, level 1", test_level_1 },
	{ "version descriptor, level 2", test_level_2 },
	{ "functions that are supported, level 1", test_functions_of_level_1 },
	{ "functions that are supported, level 2", test_functions_of_level_2 },
	{ NULL, NULL },
};

const struct unit_suite fields_suite = { "fields", tests };
