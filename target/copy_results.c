/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/copy_results.c - RECEIVE COPY RESULTS, VPD page 8Fh, and the records
 * that copies leave.
 *
 * A nexus_lu keeps the records of its last copies.  One goes when its result
 * has been taken, when another copy takes its list identifier, or when it is
 * the oldest and there are too many (SPC-4 5.17.3).
 */
#include <stdlib.h>
#include <string.h>

#include "target/copy_impl.h"

#define COPY_RECORDS 16

/* COPY COMMAND STATUS */
enum { COPY_RUNS = 0, COPY_DONE = 1, COPY_FAILED = 2 };

#define STATUS_BYTES  12
#define FAILURE_BYTES 60

/* ---- records ---- */

static void
copy_record_drop(struct copy_record *record)
{
	LIST_REMOVE(record, link);
	free(record->token);
	free(record);
}

void
copy_forget(struct nexus_lu *nl)
{
	struct copy_record *record, *next;

	for (record = LIST_FIRST(&nl->copies); record != NULL; record = next) {
		next = LIST_NEXT(record, link);
		if (!record->running)
			copy_record_drop(record);
	}
}

struct copy_record *
copy_record_find(const struct nexus_lu *nl, uint64_t key)
{
	struct copy_record *record;

	LIST_FOREACH (record, &nl->copies, link)
		if (record->key == key)
			return record;
	return NULL;
}

static unsigned
copy_running(const struct nexus_lu *nl)
{
	const struct copy_record *record;
	unsigned n = 0;

	LIST_FOREACH (record, &nl->copies, link)
		n += record->running;
	return n;
}

/* Room for one more. */
static void
copy_record_trim(struct nexus_lu *nl)
{
	struct copy_record *record, *oldest = NULL;
	unsigned n = 0;

	LIST_FOREACH (record, &nl->copies, link) {
		n++;
		if (!record->running)
			oldest = record;
	}
	if (n >= COPY_RECORDS && oldest != NULL)
		copy_record_drop(oldest);
}

struct outcome
copy_record_new(struct nexus_lu *nl, uint64_t key, struct copy_record **out)
{
	struct copy_record *record =
	    key == COPY_KEY_NONE ? NULL : copy_record_find(nl, key);

	if (record != NULL && record->running)
		return OPERATION_IN_PROGRESS;
	if (record != NULL)
		copy_record_drop(record);
	if (copy_running(nl) >= MAX_COPIES)
		return BUSY;
	copy_record_trim(nl);
	record = calloc(1, sizeof *record);
	if (record == NULL)
		return BUSY;
	record->key = key;
	record->running = true;
	LIST_INSERT_HEAD(&nl->copies, record, link);
	*out = record;
	return GOOD;
}

void
copy_record_end(struct copy_record *record, struct outcome o)
{
	record->running = false;
	record->outcome = o;
	if (record->key == COPY_KEY_NONE || o.status == STATUS_TASK_ABORTED)
		copy_record_drop(record);
}

static uint8_t
copy_record_status(const struct copy_record *record)
{
	if (record->running)
		return COPY_RUNS;
	return outcome_good(record->outcome) ? COPY_DONE : COPY_FAILED;
}

/* ---- RECEIVE COPY RESULTS ---- */

static uint32_t
copy_allocation(const struct task *t)
{
	return get_be32(t->cdb + 10);
}

struct outcome
copy_results_prepare(struct task *t)
{
	task_expect_data_in(t,
	    (uint32_t)min_u64(copy_allocation(t), FAILURE_BYTES + SENSE_MAX));
	return GOOD;
}

void
copy_status_execute(struct task *t)
{
	struct copy_record *record = copy_record_find(t->nl, t->cdb[2]);
	uint8_t data[STATUS_BYTES] = { 0 };

	if (record == NULL || record->status_taken) {
		task_end(t, invalid_field_in_cdb(2, -1));
		return;
	}
	put_be32(data, sizeof data - 4);
	data[4] = copy_record_status(record);
	put_be16(data + 5, record->segments);
	put_be32(data + 8, (uint32_t)record->bytes); /* unit 0: bytes */
	/* The details of a failure may still be asked for. */
	record->status_taken = !record->running;
	if (data[4] == COPY_DONE)
		copy_record_drop(record);
	task_reply(t, data, sizeof data, copy_allocation(t));
}

void
copy_failure_execute(struct task *t)
{
	struct copy_record *record = copy_record_find(t->nl, t->cdb[2]);
	uint8_t data[FAILURE_BYTES + SENSE_MAX] = { 0 };
	size_t sense;

	if (record == NULL || record->running) {
		task_end(t, invalid_field_in_cdb(2, -1));
		return;
	}
	/* Nothing failed: no data is available. */
	if (outcome_good(record->outcome)) {
		task_reply(t, data, 4, copy_allocation(t));
		return;
	}
	sense = sense_encode(&record->outcome, false, data + FAILURE_BYTES);
	put_be32(data, (uint32_t)(FAILURE_BYTES - 4 + sense));
	data[56] = record->outcome.status;
	put_be16(data + 58, (uint16_t)sense);
	copy_record_drop(record);
	task_reply(t, data, FAILURE_BYTES + sense, copy_allocation(t));
}

/* ---- what a copy may be like ---- */

/* Ascending, as both lists want it. */
static const uint8_t copy_descriptor_types[] = { COPY_BLOCK_TO_BLOCK,
	COPY_BLOCK_TO_BLOCK_OFFSET, COPY_IDENTIFICATION };

/* DATA SEGMENT GRANULARITY, as a power of two: segments count bytes, too. */
#define COPY_GRANULARITY 0

#define PARAMETERS_BYTES (44 + sizeof copy_descriptor_types)

struct outcome
copy_parameters_prepare(struct task *t)
{
	task_expect_data_in(
	    t, (uint32_t)min_u64(copy_allocation(t), PARAMETERS_BYTES));
	return GOOD;
}

void
copy_parameters_execute(struct task *t)
{
	uint8_t data[PARAMETERS_BYTES] = { 0 };

	put_be32(data, sizeof data - 4);
	data[4] = 0x01; /* SNLID: copies without a list identifier */
	put_be16(data + 8, MAX_COPY_CSCDS);
	put_be16(data + 10, MAX_COPY_SEGMENTS);
	put_be32(data + 12, MAX_COPY_DESCRIPTORS);
	put_be32(data + 16, MAX_COPY_SEGMENT_BYTES);
	put_be16(data + 34, MAX_COPIES);
	data[36] = MAX_COPIES;
	data[37] = COPY_GRANULARITY;
	data[43] = sizeof copy_descriptor_types;
	memcpy(data + 44, copy_descriptor_types, sizeof copy_descriptor_types);
	task_reply(t, data, sizeof data, copy_allocation(t));
}

/* ---- VPD page 8Fh, SPC-4 7.8.17 ---- */

enum {
	TPC_BLOCK_ROD_LIMITS = 0x0000,
	TPC_SUPPORTED_COMMANDS = 0x0001,
	TPC_PARAMETER_DATA = 0x0004,
	TPC_SUPPORTED_DESCRIPTORS = 0x0008,
	TPC_SUPPORTED_CSCD_IDS = 0x000c,
	TPC_ROD_FEATURES = 0x0106,
	TPC_SUPPORTED_RODS = 0x0108,
	TPC_GENERAL_COPY_OPERATIONS = 0x8001,
};

/* Each command: opcode, how many service actions, which. */
static const uint8_t copy_commands[] = { 0x83, 3, 0x00, 0x10, 0x11, 0x84, 5,
	0x00, 0x03, 0x04, 0x05, 0x07 };

/* The header of a third-party copy descriptor whose parameters are bytes long;
 * p is zeroed.  Return its length, a multiple of four. */
static size_t
copy_vpd_descriptor(uint8_t *p, unsigned type, size_t bytes)
{
	size_t length = align_up(4 + bytes, 4);

	put_be16(p, (uint16_t)type);
	put_be16(p + 2, (uint16_t)(length - 4));
	return length;
}

static size_t
copy_vpd_commands(uint8_t *p)
{
	p[4] = sizeof copy_commands;
	memcpy(p + 5, copy_commands, sizeof copy_commands);
	return copy_vpd_descriptor(
	    p, TPC_SUPPORTED_COMMANDS, 1 + sizeof copy_commands);
}

static size_t
copy_vpd_parameter_data(uint8_t *p)
{
	put_be16(p + 8, MAX_COPY_CSCDS);
	put_be16(p + 10, MAX_COPY_SEGMENTS);
	put_be32(p + 12, MAX_COPY_DESCRIPTORS);
	return copy_vpd_descriptor(p, TPC_PARAMETER_DATA, 28);
}

static size_t
copy_vpd_descriptors(uint8_t *p)
{
	p[4] = sizeof copy_descriptor_types;
	memcpy(p + 5, copy_descriptor_types, sizeof copy_descriptor_types);
	return copy_vpd_descriptor(
	    p, TPC_SUPPORTED_DESCRIPTORS, 1 + sizeof copy_descriptor_types);
}

static size_t
copy_vpd_cscd_ids(uint8_t *p)
{
	put_be16(p + 4, 2);
	put_be16(p + 6, COPY_OWN_LU);
	return copy_vpd_descriptor(p, TPC_SUPPORTED_CSCD_IDS, 4);
}

/* Tokens do not expire. */
static size_t
copy_vpd_rod_limits(const struct lu *lu, uint8_t *p)
{
	uint64_t blocks = MAX_ROD_BYTES >> lu->block_shift;

	put_be16(p + 10, MAX_ROD_RANGES);
	put_be32(p + 12, UINT32_MAX);
	put_be32(p + 16, UINT32_MAX);
	put_be64(p + 20, blocks);
	put_be64(p + 28, blocks);
	return copy_vpd_descriptor(p, TPC_BLOCK_ROD_LIMITS, 32);
}

static size_t
copy_vpd_rod_features(uint8_t *p)
{
	put_be32(p + 16, UINT32_MAX); /* token lifetimes, in seconds */
	put_be32(p + 20, UINT32_MAX);
	put_be32(p + 24, UINT32_MAX);
	put_be16(p + 46, 48);
	put_be16(p + 50, 44); /* of block devices */
	put_be64(p + 56, MAX_ROD_BYTES);
	put_be64(p + 64, MAX_ROD_BYTES);
	put_be64(p + 72, MAX_ROD_BYTES);
	put_be64(p + 80, MAX_ROD_BYTES);
	return copy_vpd_descriptor(p, TPC_ROD_FEATURES, 92);
}

static size_t
copy_vpd_rods(uint8_t *p)
{
	put_be16(p + 6, 128);
	put_be32(p + 8, ROD_ACCESS_UPON_REFERENCE);
	p[12] = 0x03; /* TOKEN_OUT, TOKEN_IN */
	put_be32(p + 72, ROD_BLOCK_ZERO);
	p[76] = 0x02; /* TOKEN_IN */
	return copy_vpd_descriptor(p, TPC_SUPPORTED_RODS, 132);
}

static size_t
copy_vpd_operations(uint8_t *p)
{
	put_be32(p + 4, MAX_COPIES);
	put_be32(p + 8, MAX_COPIES);
	put_be32(p + 12, MAX_COPY_SEGMENT_BYTES);
	p[16] = COPY_GRANULARITY;
	return copy_vpd_descriptor(p, TPC_GENERAL_COPY_OPERATIONS, 32);
}

size_t
copy_vpd(const struct nexus_lu *nl, uint8_t *p)
{
	size_t length = copy_vpd_rod_limits(nl->lu, p);

	length += copy_vpd_commands(p + length);
	length += copy_vpd_parameter_data(p + length);
	length += copy_vpd_descriptors(p + length);
	length += copy_vpd_cscd_ids(p + length);
	length += copy_vpd_rod_features(p + length);
	length += copy_vpd_rods(p + length);
	return length + copy_vpd_operations(p + length);
}
