/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/ffp_order.c - CmdSN order, the window, tags, immediate
 * commands.
 */
#include <string.h>

#include "tests/unit/iscsi/wire.h"

static uint32_t
read_at(struct wire *w, uint32_t cmd_sn)
{
	uint32_t next = w->cmd_sn, itt;

	w->cmd_sn = cmd_sn;
	itt = wire_read10(w, 0, 1);
	w->cmd_sn = next;
	return itt;
}

WIRE_TEST(test_window_is_truthful, "")
{
	unsigned i;

	site->kit->store.hold = true;
	for (i = 0; i < 128; i++)
		wire_read10(w, 0, 1);
	CU_ASSERT_EQUAL(kit_held(site->kit), 128);
	wire_read10(w, 0, 1);
	CU_ASSERT_EQUAL(kit_held(site->kit), 128);
	kit_release(site->kit, 0, 0);
	wire_expect(w, OP_DATA_IN);
	CU_ASSERT_EQUAL(w->max_cmd_sn, w->exp_cmd_sn);
	site_run(site);
	for (i = 0; i < 127; i++)
		wire_expect(w, OP_DATA_IN);
	wire_expect_nothing(w);
	CU_ASSERT_EQUAL(w->max_cmd_sn - w->exp_cmd_sn, 127);
	wire_close(w);
}

WIRE_TEST(test_outside_is_silent, "")
{
	uint32_t first = w->cmd_sn;

	read_at(w, first - 1);
	read_at(w, first + 128);
	read_at(w, first + 0x80000000u);
	wire_expect_nothing(w);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	read_at(w, first);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_gap_holds_back, "")
{
	uint32_t first = w->cmd_sn, third, second, one;

	third = read_at(w, first + 2);
	second = read_at(w, first + 1);
	wire_expect_nothing(w);
	one = wire_read10(w, 0, 1);
	wire_expect_data(w, one, 512, 0);
	wire_expect_data(w, second, 512, 0);
	wire_expect_data(w, third, 512, 0);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, first + 3);
	wire_close(w);
}

WIRE_TEST(test_held_twice_runs_once, "")
{
	uint32_t first = w->cmd_sn, second, one;

	second = read_at(w, first + 1);
	read_at(w, first + 1);
	one = wire_read10(w, 0, 1);
	wire_expect_data(w, one, 512, 0);
	wire_expect_data(w, second, 512, 0);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_held_write_keeps_data, "InitialR2T=No;ImmediateData=Yes;")
{
	uint32_t first = w->cmd_sn, write, one;
	uint8_t cdb[16], data[512];

	memset(data, 'h', sizeof(data));
	kit_cdb_write10(cdb, 3, 1);
	w->cmd_sn = first + 1;
	write = wire_command(w, cdb, CMD_WRITE, 512, data, 512);
	w->cmd_sn = first;
	wire_expect_nothing(w);
	one = wire_read10(w, 3, 1);
	wire_expect_data(w, one, 512, 0);
	wire_expect_status(w, write, STATUS_GOOD);
	CU_ASSERT_EQUAL(site->kit->store.image[3 * 512 + 511], 'h');
	wire_close(w);
}

WIRE_TEST(test_held_ping_and_text, "")
{
	uint32_t first = w->cmd_sn;
	uint8_t bhs[BHS_BYTES];

	w->cmd_sn = first + 1;
	wire_header(w, bhs, OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, "hello", 5);
	wire_expect_nothing(w);
	w->cmd_sn = first;
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	CU_ASSERT_EQUAL(wire_expect(w, OP_NOP_IN)->data_bytes, 5);
	wire_close(w);
}

WIRE_TEST(test_held_is_freed_at_close, "")
{
	read_at(w, w->cmd_sn + 5);
	read_at(w, w->cmd_sn + 3);
	wire_close(w);
}

WIRE_TEST(test_held_data_is_bounded, "InitialR2T=No;ImmediateData=Yes;"
				     "FirstBurstLength=262144;")
{
	static uint8_t data[262144];
	uint32_t first = w->cmd_sn;
	uint8_t cdb[16];
	unsigned i;

	kit_cdb_write10(cdb, 0, 512);
	for (i = 1; i < 100 && !wire_is_over(w); i++) {
		w->cmd_sn = first + i;
		wire_command(w, cdb, CMD_WRITE, 262144, data, 262144);
	}
	CU_ASSERT_TRUE(wire_is_over(w));
	CU_ASSERT_EQUAL(i, 18);
	wire_close(w);
}

/* A write of that many blocks at LBA 3, without immediate data. */
static uint32_t
write_ahead(struct wire *w, uint32_t cmd_sn, uint16_t blocks)
{
	uint8_t bhs[BHS_BYTES], cdb[16];

	kit_cdb_write10(cdb, 3, blocks);
	w->cmd_sn = cmd_sn;
	wire_header(w, bhs, OP_SCSI_COMMAND, CMD_WRITE | TASK_SIMPLE);
	put_be32(bhs + CMD_EDTL, blocks * 512u);
	memcpy(bhs + CMD_CDB, cdb, 16);
	wire_send(w, bhs, NULL, 0);
	return w->itt;
}

static uint32_t
image_holds(const struct site *site, uint32_t bytes, uint8_t with)
{
	const uint8_t *p = site->kit->store.image + 3 * 512;
	uint32_t n = 0;

	while (n < bytes && p[n] == with)
		n++;
	return n;
}

static void
close_the_gap(struct wire *w, uint32_t cmd_sn)
{
	w->cmd_sn = cmd_sn;
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
}

WIRE_TEST(test_early_data_of_held_write, "InitialR2T=No;ImmediateData=Yes;")
{
	uint32_t first = w->cmd_sn, write = write_ahead(w, first + 1, 2);
	uint8_t data[512];

	memset(data, 'a', 512);
	wire_data_out(w, write, TAG_NONE, 0, 0, data, 512, false);
	wire_data_out(w, write, TAG_NONE, 1, 512, data, 512, true);
	close_the_gap(w, first);
	wire_expect_status(w, write, STATUS_GOOD);
	CU_ASSERT_EQUAL(image_holds(site, 1024, 'a'), 1024);
	wire_close(w);
}

/* Its turn comes between two of its Data-Outs. */
WIRE_TEST(test_half_the_data_of_held_write, "InitialR2T=No;ImmediateData=Yes;")
{
	uint32_t first = w->cmd_sn, write = write_ahead(w, first + 1, 2);
	uint8_t data[512];

	memset(data, 'b', 512);
	wire_data_out(w, write, TAG_NONE, 0, 0, data, 512, false);
	close_the_gap(w, first);
	wire_expect_nothing(w);
	wire_data_out(w, write, TAG_NONE, 1, 512, data, 512, true);
	wire_expect_status(w, write, STATUS_GOOD);
	CU_ASSERT_EQUAL(image_holds(site, 1024, 'b'), 1024);
	wire_close(w);
}

WIRE_TEST(test_spoilt_data_of_held_write,
    "InitialR2T=No;ImmediateData=Yes;DataDigest=CRC32C;")
{
	uint32_t first = w->cmd_sn, write = write_ahead(w, first + 1, 2);
	uint8_t data[512] = { 0 };

	w->spoil_data = true;
	wire_data_out(w, write, TAG_NONE, 0, 0, data, 512, false);
	wire_expect_reject(w, REJECT_DATA_DIGEST);
	wire_data_out(w, write, TAG_NONE, 1, 512, data, 512, true);
	close_the_gap(w, first);
	wire_expect_check(w, write, SENSE_ABORTED_COMMAND, 0x47, 0x05);
	wire_close(w);
}

/* Without room all of it goes, and the write ends once F has come. */
WIRE_TEST(test_too_much_data_of_held_write,
    "InitialR2T=No;ImmediateData=Yes;FirstBurstLength=262144;")
{
	static uint8_t data[262144];
	uint32_t first = w->cmd_sn, write = write_ahead(w, first + 1, 512), i;
	uint32_t last = 0;

	for (i = 0; i < 16; i++) {
		if (i > 0)
			last = write_ahead(w, first + 1 + i, 512);
		wire_data_out(w, w->itt, TAG_NONE, 0, 0, data, 262144, true);
	}
	CU_ASSERT_FALSE(wire_is_over(w));
	close_the_gap(w, first);
	wire_expect_status(w, write, STATUS_GOOD);
	for (i = 1; i < 15; i++)
		wire_expect_status(w, write + i, STATUS_GOOD);
	wire_expect_check(w, last, SENSE_ABORTED_COMMAND, 0x0c, 0x0d);
	wire_close(w);
}

WIRE_TEST(test_aborted_data_of_held_write, "InitialR2T=No;ImmediateData=Yes;")
{
	uint32_t first = w->cmd_sn, write = write_ahead(w, first + 1, 2), tmf;
	uint8_t data[512] = { 0 };

	wire_data_out(w, write, TAG_NONE, 0, 0, data, 512, false);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, write, first + 1);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_data_out(w, write, TAG_NONE, 1, 512, data, 512, true);
	close_the_gap(w, first);
	wire_expect_nothing(w);
	write_ahead(w, first + 4, 2);
	wire_data_out(w, w->itt, TAG_NONE, 0, 0, data, 512, false);
	wire_close(w);
}

/* ---- tags ---- */

WIRE_TEST(test_tag_in_use, "")
{
	uint32_t itt;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	w->itt = itt - 1;
	wire_read10(w, 0, 1);
	wire_expect_refused(w, REJECT_TASK_IN_PROGRESS);
	site_run(site);
	wire_expect_data(w, itt, 512, 0);
	w->itt = itt - 1;
	wire_read10(w, 0, 1);
	wire_expect_data(w, itt, 512, 0);
	wire_close(w);
}

/* One PDU with the tag that is given; it must be refused. */
static void
refused_tag(struct wire *w, uint8_t opcode, uint8_t flags, uint32_t itt)
{
	uint32_t cmd_sn = w->cmd_sn, kept = w->itt;
	uint8_t bhs[BHS_BYTES];

	w->itt = itt - 1;
	wire_header(w, bhs, opcode, flags);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	wire_expect_reject(w, REJECT_TASK_IN_PROGRESS);
	w->cmd_sn = cmd_sn;
	w->itt = kept;
}

static void
every_request_is_refused_that_tag(struct wire *w, uint32_t itt)
{
	refused_tag(w, OP_NOP_OUT, PDU_FINAL, itt);
	refused_tag(w, OP_SCSI_COMMAND, PDU_FINAL, itt);
	refused_tag(w, OP_TMF_REQUEST, PDU_FINAL | TMF_FN_LUN_RESET, itt);
	refused_tag(w, OP_LOGOUT_REQUEST, PDU_FINAL, itt);
}

/* 11.2.1.8: whatever the two requests are. */
WIRE_TEST(test_tag_of_a_command_in_use, "")
{
	uint32_t itt;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	every_request_is_refused_that_tag(w, itt);
	refused_tag(w, OP_TEXT_REQUEST, PDU_FINAL, itt);
	site_run(site);
	wire_expect_data(w, itt, 512, 0);
	wire_close(w);
}

WIRE_TEST(test_tag_of_a_function_in_use, "")
{
	uint32_t itt, tmf;

	site->kit->store.hold = true;
	itt = wire_read10(w, 0, 1);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, w->cmd_sn - 1);
	wire_expect_nothing(w);
	every_request_is_refused_that_tag(w, tmf);
	refused_tag(w, OP_TEXT_REQUEST, PDU_FINAL, tmf);
	site_run(site);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_close(w);
}

/* A text that has its own exchange's tag begins it anew. */
WIRE_TEST(test_tag_of_a_text_in_use, "")
{
	uint8_t bhs[BHS_BYTES];
	uint32_t itt;

	wire_header(w, bhs, OP_TEXT_REQUEST, 0);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	wire_expect(w, OP_TEXT_RESPONSE);
	itt = w->itt;
	every_request_is_refused_that_tag(w, itt);
	wire_header(w, bhs, OP_TEXT_REQUEST, PDU_FINAL);
	put_be32(bhs + PDU_ITT, itt);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	CU_ASSERT_TRUE(
	    wire_expect(w, OP_TEXT_RESPONSE)->bhs[PDU_FLAGS] & PDU_FINAL);
	w->itt = itt - 1;
	wire_read10(w, 0, 1);
	wire_expect_data(w, itt, 512, 0);
	wire_close(w);
}

/* Of a connection whose end another asked for. */
WIRE_TEST(test_tag_of_a_logout_in_use, "MaxConnections=4;")
{
	struct wire *other = wire_join(w, 0, 2);
	uint32_t logout;

	site->kit->store.hold = true;
	wire_read10(other, 0, 1);
	wire_number_after(w, other);
	wire_logout(w, LOGOUT_CLOSE_CONNECTION, 2);
	logout = w->itt;
	every_request_is_refused_that_tag(w, logout);
	refused_tag(w, OP_TEXT_REQUEST, PDU_FINAL, logout);
	site_run(site);
	wire_expect(w, OP_LOGOUT_RESPONSE);
	wire_close(other);
	wire_close(w);
}

WIRE_TEST(test_reserved_tag, "")
{
	w->itt = TAG_NONE - 1;
	wire_read10(w, 0, 1);
	wire_expect_refused(w, REJECT_PROTOCOL_ERROR);
	w->itt = 5;
	wire_read10(w, 0, 1);
	wire_expect_data(w, 6, 512, 0);
	wire_close(w);
}

/* ---- immediate commands ---- */

static uint32_t
read_immediate(struct wire *w)
{
	w->immediate = true;
	wire_read10(w, 0, 1);
	w->immediate = false;
	return w->itt;
}

WIRE_TEST(test_immediate_passes_a_gap, "")
{
	uint32_t first = w->cmd_sn, itt;

	read_at(w, first + 1);
	itt = read_immediate(w);
	wire_expect_data(w, itt, 512, 0);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, first);
	wire_expect_nothing(w);
	wire_close(w);
}

WIRE_TEST(test_immediates_are_bounded, "")
{
	unsigned i;

	site->kit->store.hold = true;
	for (i = 0; i < 8; i++)
		read_immediate(w);
	wire_expect_nothing(w);
	read_immediate(w);
	wire_expect_reject(w, REJECT_TOO_MANY_IMMEDIATE);
	/* 4.2.2.1: a function is taken at any time. */
	i = wire_tmf(w, TMF_FN_ABORT_TASK, 0x7777, w->cmd_sn);
	wire_expect_tmf(w, i, TMF_RSP_NO_TASK);
	site_run(site);
	for (i = 0; i < 8; i++)
		wire_expect(w, OP_DATA_IN);
	read_immediate(w);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(w);
}

static void
test_window_of_one(void)
{
	struct site *site = site_new();
	struct wire *w;
	unsigned i;

	site->service.limits.commands_per_session = 1;
	w = wire_open_and_login(site, 0, "");
	for (i = 0; i < 5; i++) {
		wire_read10(w, 0, 1);
		wire_expect_data(w, w->itt, 512, 0);
		CU_ASSERT_EQUAL(w->max_cmd_sn, w->exp_cmd_sn);
	}
	wire_close(w);
	site_free(site);
}

WIRE_TEST(test_reserved_attribute, "")
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_SCSI_COMMAND, CMD_FINAL | 7);
	wire_send(w, bhs, NULL, 0);
	wire_expect_refused(w, REJECT_PROTOCOL_ERROR);
	wire_close(w);
}

/* ---- 7.3: what is rejected leaves a gap ---- */

static uint32_t
send_refused(struct wire *w)
{
	uint8_t bhs[BHS_BYTES];

	wire_header(w, bhs, OP_SCSI_COMMAND, CMD_FINAL | 7);
	wire_send(w, bhs, NULL, 0);
	wire_expect_reject(w, REJECT_PROTOCOL_ERROR);
	return w->itt;
}

WIRE_TEST(test_refused_is_filled_by_its_number, "")
{
	uint32_t refused = w->cmd_sn, behind;

	send_refused(w);
	behind = wire_read10(w, 0, 1);
	wire_expect_nothing(w);
	close_the_gap(w, refused);
	wire_expect_data(w, behind, 512, 0);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, refused + 2);
	wire_close(w);
}

WIRE_TEST(test_refused_is_filled_by_abort, "")
{
	uint32_t refused = w->cmd_sn, itt = send_refused(w), behind, tmf;

	behind = wire_read10(w, 0, 1);
	tmf = wire_tmf(w, TMF_FN_ABORT_TASK, itt, refused);
	wire_expect_tmf(w, tmf, TMF_RSP_COMPLETE);
	wire_expect_data(w, behind, 512, 0);
	wire_close(w);
}

/* It was held back, and is rejected when its turn comes, with its data. */
WIRE_TEST(test_held_is_refused_in_its_turn, "InitialR2T=No;ImmediateData=Yes;")
{
	uint32_t first = w->cmd_sn, write, itt;
	uint8_t data[1024], bhs[BHS_BYTES];

	memset(data, 'c', 1024);
	site->kit->store.hold = true;
	itt = read_immediate(w);
	w->itt = itt - 1;
	write = write_ahead(w, first + 1, 2);
	wire_data_out(w, write, TAG_NONE, 0, 0, data, 1024, true);
	w->cmd_sn = first;
	wire_header(w, bhs, OP_NOP_OUT, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, NULL, 0);
	wire_expect(w, OP_NOP_IN);
	wire_expect_reject(w, REJECT_TASK_IN_PROGRESS);
	site_run(site);
	wire_expect_data(w, itt, 512, 0);
	CU_ASSERT_EQUAL(w->exp_cmd_sn, first + 1);
	wire_close(w);
}

WIRE_TEST(test_refused_text_leaves_a_gap, "")
{
	uint8_t bhs[BHS_BYTES];
	char text[64];
	uint32_t n = wire_text(text, "Unheard=Of;");

	wire_header(w, bhs, OP_TEXT_REQUEST, PDU_FINAL);
	put_be32(bhs + PDU_TTT, TAG_NONE);
	wire_send(w, bhs, text, n);
	wire_expect_refused(w, REJECT_PROTOCOL_ERROR);
	wire_read10(w, 0, 1);
	wire_expect_data(w, w->itt, 512, 0);
	wire_close(w);
}

static const struct unit_test tests[] = {
	{ "MaxCmdSN closes and opens again", test_window_is_truthful },
	{ "outside the window is ignored in silence", test_outside_is_silent },
	{ "commands behind a gap run in order", test_gap_holds_back },
	{ "a command held back twice runs once", test_held_twice_runs_once },
	{ "a write held back keeps its data", test_held_write_keeps_data },
	{ "a ping held back keeps its data", test_held_ping_and_text },
	{ "what is held back goes with the connection",
	    test_held_is_freed_at_close },
	{ "data held back is bounded", test_held_data_is_bounded },
	{ "early data of a write held back waits with it",
	    test_early_data_of_held_write },
	{ "its turn comes between two of its Data-Outs",
	    test_half_the_data_of_held_write },
	{ "spoilt data of a write held back is 0B/47/05",
	    test_spoilt_data_of_held_write },
	{ "too much data of writes held back is 0B/0C/0D",
	    test_too_much_data_of_held_write },
	{ "data of a write held back goes with it",
	    test_aborted_data_of_held_write },
	{ "a task tag in use is rejected", test_tag_in_use },
	{ "a command's tag is no other request's",
	    test_tag_of_a_command_in_use },
	{ "nor is a function's", test_tag_of_a_function_in_use },
	{ "nor is a text negotiation's", test_tag_of_a_text_in_use },
	{ "nor is a logout's", test_tag_of_a_logout_in_use },
	{ "the reserved task tag is rejected", test_reserved_tag },
	{ "an immediate command passes a gap", test_immediate_passes_a_gap },
	{ "immediate commands are bounded", test_immediates_are_bounded },
	{ "a window of one goes on", test_window_of_one },
	{ "a reserved task attribute is rejected", test_reserved_attribute },
	{ "what is rejected is filled by its CmdSN",
	    test_refused_is_filled_by_its_number },
	{ "what is rejected is filled by ABORT TASK",
	    test_refused_is_filled_by_abort },
	{ "what is held back is rejected in its turn",
	    test_held_is_refused_in_its_turn },
	{ "a text that is rejected leaves a gap",
	    test_refused_text_leaves_a_gap },
	{ NULL, NULL },
};

const struct unit_suite ffp_order_suite = { "ffp_order", tests };
