/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/timestamp.c - REPORT and SET TIMESTAMP.
 */
#include "target/timestamp.h"

#include "common/bytes.h"
#include "target/lu.h"

#define TIMESTAMP_BYTES   12 /* of both parameter lists */
#define TIMESTAMP_AT      4  /* six bytes */
#define TIMESTAMP_MASK    ((UINT64_C(1) << 48) - 1)
#define ORIGIN_POWER_ON   0x00
#define ORIGIN_BY_COMMAND 0x02

void
timestamp_power_on(struct lu *lu, uint64_t now_ms)
{
	lu->timestamp = (struct lu_timestamp){ .at_ms = now_ms };
}

struct outcome
timestamp_report_prepare(struct task *t)
{
	task_expect_data_in(
	    t, (uint32_t)min_u64(get_be32(t->cdb + 6), TIMESTAMP_BYTES));
	return GOOD;
}

static void
timestamp_put(uint8_t *p, uint64_t value)
{
	put_be16(p, (uint16_t)(value >> 32));
	put_be32(p + 2, (uint32_t)value);
}

void
timestamp_report_execute(struct task *t)
{
	struct lu *lu = task_lu(t);
	uint8_t data[TIMESTAMP_BYTES] = { 0 };
	uint64_t now = t->nexus->home->now_ms;
	struct lu_timestamp c;

	pthread_mutex_lock(&lu->mutex);
	c = lu->timestamp;
	pthread_mutex_unlock(&lu->mutex);
	/* Another home's turn may have begun before the one that set it. */
	if (now > c.at_ms)
		c.value += now - c.at_ms;
	put_be16(data, TIMESTAMP_BYTES - 2);
	data[2] = c.set ? ORIGIN_BY_COMMAND : ORIGIN_POWER_ON;
	timestamp_put(data + TIMESTAMP_AT, c.value & TIMESTAMP_MASK);
	task_reply(t, data, sizeof(data), get_be32(t->cdb + 6));
}

struct outcome
timestamp_set_prepare(struct task *t)
{
	uint32_t length = get_be32(t->cdb + 6);

	if (length != 0 && length != TIMESTAMP_BYTES)
		return PARAMETER_LIST_LENGTH;
	task_expect_data_out(t, length, 1);
	return t->data_out_wanted < length ? PARAMETER_LIST_LENGTH : GOOD;
}

void
timestamp_set_execute(struct task *t)
{
	struct lu *lu = task_lu(t);
	uint8_t list[TIMESTAMP_BYTES];

	if (t->data_out_wanted == 0) {
		task_end(t, GOOD);
		return;
	}
	buf_list_read(&t->data, 0, list, sizeof(list));
	pthread_mutex_lock(&lu->mutex);
	lu->timestamp = (struct lu_timestamp){
		.set = true,
		.value = (uint64_t)get_be16(list + TIMESTAMP_AT) << 32 |
			 get_be32(list + TIMESTAMP_AT + 2),
		.at_ms = t->nexus->home->now_ms,
	};
	lu_establish_attention(lu, UA_TIMESTAMP_CHANGED, t->nl);
	pthread_mutex_unlock(&lu->mutex);
	task_end(t, GOOD);
}
