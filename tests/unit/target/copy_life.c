/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/copy_life.c - target/guest.c: a copy among other commands,
 * resets, failures, and LUNs that go.
 */
#include <errno.h>

#include "tests/unit/target/copy_kit.h"

extern const struct unit_suite copy_life_suite;

static const uint8_t life_caw[16] = { 0x89, [13] = 1 };
static const uint8_t life_read[16] = { 0x28, 0, 0, 0, 0, 0, 0, 0, 1 };

struct life_call {
	struct tmf f;
	unsigned done;
};

static void
life_call_done(struct tmf *f, enum tmf_response response)
{
	CU_ASSERT_EQUAL(response, TMF_COMPLETE);
	container_of(f, struct life_call, f)->done++;
}

static void
life_call(struct copy_kit *r, struct life_call *call, unsigned nexus,
    enum tmf_function function, uint64_t lun)
{
	memset(call, 0, sizeof *call);
	call->f.nexus = r->a->nexus[nexus];
	call->f.function = function;
	call->f.lun = lun << 48;
	call->f.done = life_call_done;
	kit_enter(r->a, nexus);
	tmf_start(&call->f);
	kit_run_homes(r->a);
}

/* LOGICAL UNIT RESET of that LUN by nexus 1. */
static void
life_reset(struct copy_kit *r, struct life_call *call, uint64_t lun)
{
	life_call(r, call, 1, TMF_LUN_RESET, lun);
}

/* 2 MiB from a to b, under list identifier 7. */
static struct kit_task *
life_start(struct copy_kit *r)
{
	struct copy_list l = copy_list_a_to_b(r, copy_list_of(7), 4096);

	copy_fill(r->a, 1);
	return copy_start(r, &l);
}

static struct kit_task *
life_start_at(struct copy_kit *r, unsigned nexus, uint64_t lun,
    const uint8_t cdb[16], enum task_attribute attribute)
{
	struct kit_task *kt = kit_task_new(r->a, nexus, cdb,
	    cdb[0] == 0x89 ? 1024 : 0, cdb[0] == 0x28 ? 512 : 0);

	kt->task.lun = lun << 48;
	kt->task.attribute = attribute;
	CU_ASSERT_TRUE(outcome_good(kit_task_start(kt, 0)));
	kit_enter(r->a, 0);
	return kt;
}

/* Let all of both stores go on, and end. */
static void
life_end(struct copy_kit *r, struct kit_task **all, unsigned count)
{
	unsigned i;

	do {
		while (kit_held(r->b) > 0)
			copy_release(r, r->b, 0);
		kit_release_all(r->a);
	} while (kit_held(r->b) > 0);
	for (i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(all[i]->done, 1);
		kit_task_free(all[i]);
	}
	kit_check(r->a);
	copy_kit_free(r);
}

/* ---- among other commands ---- */

static void
an_atomic_command_waits_for_the_write_of_a_piece(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *all[2];

	r.b->store.hold = true;
	all[0] = life_start(&r);
	CU_ASSERT_EQUAL(kit_held(r.b), 1);
	CU_ASSERT_EQUAL(atomic_load(&r.a->nexus[0]->lus[1]->writes), 1);
	all[1] = life_start_at(&r, 1, 1, life_caw, TASK_SIMPLE);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	/* Between two pieces it has its turn. */
	copy_release(&r, r.b, 0);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_RUNNING);
	CU_ASSERT_EQUAL(atomic_load(&r.a->nexus[0]->lus[1]->writes), 0);
	life_end(&r, all, 2);
}

static void
a_copy_within_a_unit_does_not_wait_for_itself(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_task *all[3];

	copy_add_blocks(&l, COPY_OWN_LU, COPY_OWN_LU, 3000, 0, 4096);
	copy_fill(r.a, 1);
	r.a->store.hold = true;
	all[0] = copy_start(&r, &l);
	all[1] = life_start_at(&r, 1, 0, life_caw, TASK_SIMPLE);
	all[2] = life_start_at(&r, 0, 0, life_read, TASK_ORDERED);
	CU_ASSERT_EQUAL(all[2]->task.state, TASK_WAITING);
	kit_release_all(r.a);
	CU_ASSERT(outcome_good(all[0]->task.outcome));
	life_end(&r, all, 3);
}

static const uint8_t life_write[16] = { 0x2a, [8] = 1 };

/* 600 bytes from a to b, both 100 bytes into the first block. */
static struct kit_task *
life_start_part(struct copy_kit *r)
{
	struct copy_list l = copy_list();
	uint8_t *p;

	copy_add_lu(&l, r->b->lu);
	p = copy_add_bytes(&l, COPY_OWN_LU, 0, 600, 0, 0);
	put_be16(p + 28, 100);
	put_be16(p + 30, 100);
	copy_fill(r->a, 1);
	return copy_start(r, &l);
}

/* It would be undone by what the copy has read before. */
static void
a_write_waits_for_a_piece_within_its_block(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *all[2];

	r.b->store.hold = true;
	all[0] = life_start_part(&r);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_READ), 1);
	all[1] = kit_task_new(r.a, 1, life_write, 512, 0);
	all[1]->task.lun = UINT64_C(1) << 48;
	CU_ASSERT(outcome_good(kit_task_start(all[1], 0xee)));
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_WAITING);
	kit_enter(r.a, 0);
	copy_release(&r, r.b, 0); /* the read */
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_WRITE), 1);
	copy_release(&r, r.b, 0); /* the write */
	CU_ASSERT_EQUAL(all[0]->done, 1);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_RUNNING);
	copy_release(&r, r.b, 0);
	CU_ASSERT(block_image_is(r.b, 0, 512, 0xee));
	life_end(&r, all, 2);
}

static void
a_piece_within_a_block_waits_for_a_write(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *all[2];

	r.b->store.hold = true;
	all[0] = kit_task_new(r.a, 1, life_write, 512, 0);
	all[0]->task.lun = UINT64_C(1) << 48;
	CU_ASSERT(outcome_good(kit_task_start(all[0], 0xee)));
	kit_enter(r.a, 0);
	all[1] = life_start_part(&r);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_READ), 0);
	copy_release(&r, r.b, 0);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_READ), 1);
	r.b->store.hold = false;
	copy_release(&r, r.b, 0);
	CU_ASSERT(block_image_is(r.b, 0, 100, 0xee));
	CU_ASSERT(
	    memcmp(r.a->store.image + 100, r.b->store.image + 100, 600) == 0);
	life_end(&r, all, 2);
}

static void
a_reset_ends_a_piece_within_a_block_before_its_write(void)
{
	struct copy_kit r = copy_kit_new();
	struct life_call call;
	struct kit_task *all[1];

	r.b->store.hold = true;
	all[0] = life_start_part(&r);
	life_reset(&r, &call, 1);
	CU_ASSERT_EQUAL(call.done, 0);
	copy_release(&r, r.b, 0);
	CU_ASSERT_EQUAL(call.done, 1);
	CU_ASSERT(copy_is_aborted(&all[0]->task.outcome, 0, 0x0d, 0x01));
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_WRITE), 0);
	life_end(&r, all, 1);
}

static void
an_identifier_in_use_is_an_operation_in_progress(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list_of(7), 1);
	struct kit_task *all[1];
	struct kit_result s;

	r.b->store.hold = true;
	all[0] = life_start(&r);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_check(&s, SENSE_ILLEGAL_REQUEST, 0x00, 0x16));
	s = copy_ask(&r, 0x00, 7);
	CU_ASSERT(kit_is_good(&s));
	CU_ASSERT_EQUAL(s.data_in[4], 0x00);
	CU_ASSERT_EQUAL(get_be32(s.data_in + 8), 0);
	s = copy_ask(&r, 0x04, 7);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	copy_release(&r, r.b, 0);
	s = copy_ask(&r, 0x00, 7);
	CU_ASSERT_EQUAL(get_be32(s.data_in + 8), 1u << 20);
	life_end(&r, all, 1);
}

static void
too_many_copies_are_busy(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 1);
	struct kit_task *all[MAX_COPIES];
	struct kit_result s;
	unsigned i;

	copy_fill(r.a, 1);
	r.b->store.hold = true;
	for (i = 0; i < MAX_COPIES; i++)
		all[i] = copy_start(&r, &l);
	s = copy_send(&r, &l);
	CU_ASSERT_EQUAL(s.outcome.status, STATUS_BUSY);
	life_end(&r, all, MAX_COPIES);
}

/* Of the two buffers that parts of blocks want there is room for one. */
static void
without_buffers_it_is_busy(void)
{
	struct copy_kit r = copy_kit_new();
	struct buf_pool *pool = r.a->homes[0].home.pool;
	struct buf_list taken[257], *last = taken;
	struct copy_list l = copy_list();
	struct kit_result s;

	copy_add_bytes(
	    &l, COPY_OWN_LU, COPY_OWN_LU, 2 * COPY_PART_MAX, 0, 4096);
	l.b[l.length - 1] = 1;
	while (buf_list_get(pool, COPY_PART_MAX, last))
		last++;
	buf_list_put(pool, --last);
	buf_list_put(pool, --last);
	s = copy_send(&r, &l);
	CU_ASSERT_EQUAL(s.outcome.status, STATUS_BUSY);
	CU_ASSERT_EQUAL(r.a->store.logged, 0);
	buf_list_put(pool, --last);
	s = copy_send(&r, &l);
	CU_ASSERT(kit_is_good(&s));
	while (last > taken)
		buf_list_put(pool, --last);
	copy_kit_free(&r);
}

/* ---- aborted ---- */

static void
a_reset_of_the_destination_ends_the_copy(void)
{
	struct copy_kit r = copy_kit_new();
	struct life_call call;
	struct kit_task *all[1];

	r.b->store.hold = true;
	all[0] = life_start(&r);
	life_reset(&r, &call, 1);
	CU_ASSERT_EQUAL(call.done, 0);
	copy_release(&r, r.b, 0);
	CU_ASSERT_EQUAL(call.done, 1);
	CU_ASSERT_EQUAL(all[0]->done, 1);
	CU_ASSERT_FALSE(all[0]->task.aborted);
	CU_ASSERT(copy_is_aborted(&all[0]->task.outcome, 0, 0x0d, 0x01));
	CU_ASSERT_EQUAL(kit_held(r.b), 0);
	life_end(&r, all, 1);
}

static void
a_reset_of_the_source_ends_the_copy(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct life_call call;
	struct kit_task *all[1];

	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, 0, COPY_OWN_LU, 4096, 0, 0);
	r.b->store.hold = true;
	all[0] = copy_start(&r, &l);
	life_reset(&r, &call, 1);
	CU_ASSERT_EQUAL(call.done, 0);
	copy_release(&r, r.b, 0);
	CU_ASSERT_EQUAL(call.done, 1);
	CU_ASSERT(copy_is_aborted(&all[0]->task.outcome, 0, 0x0d, 0x01));
	CU_ASSERT_EQUAL(r.a->store.logged, 0);
	life_end(&r, all, 1);
}

static void
a_reset_of_its_own_unit_aborts_the_copy(void)
{
	struct copy_kit r = copy_kit_new();
	struct life_call call;
	struct kit_task *all[1];
	struct kit_result s;

	r.b->store.hold = true;
	all[0] = life_start(&r);
	life_reset(&r, &call, 0);
	CU_ASSERT_EQUAL(call.done, 0);
	copy_release(&r, r.b, 0);
	CU_ASSERT_EQUAL(call.done, 1);
	CU_ASSERT_TRUE(all[0]->task.aborted);
	CU_ASSERT_EQUAL(all[0]->done, 1);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_WRITE), 1);
	while (!outcome_good(nexus_lu_take_attention(r.a->nexus[0]->lus[0])))
		;
	s = copy_ask(&r, 0x00, 7);
	CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
	life_end(&r, all, 1);
}

/* Of copies that have ended; what another nexus has of its own, too. */
static void
a_reset_forgets_the_results(void)
{
	static const enum tmf_function functions[] = { TMF_LUN_RESET,
		TMF_TARGET_WARM_RESET, TMF_I_T_NEXUS_RESET };
	struct life_call call;
	struct copy_kit r;
	struct kit_task *all[1];
	struct kit_result s;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(functions); i++) {
		r = copy_kit_new();
		all[0] = life_start(&r);
		kit_run_homes(r.a);
		CU_ASSERT_EQUAL(all[0]->done, 1);
		life_call(&r, &call,
		    functions[i] == TMF_I_T_NEXUS_RESET ? 0 : 1, functions[i],
		    0);
		while (!outcome_good(
		    nexus_lu_take_attention(r.a->nexus[0]->lus[0])))
			;
		s = copy_ask(&r, 0x00, 7);
		CU_ASSERT(kit_is_invalid_cdb(&s, 2, -1));
		life_end(&r, all, 1);
	}
}

static void
an_aborted_copy_that_waits_at_a_gate_writes_nothing(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *all[2];

	r.b->store.hold = true;
	all[0] = life_start_at(&r, 1, 1, life_caw, TASK_SIMPLE);
	all[1] = life_start(&r);
	CU_ASSERT_EQUAL(kit_held(r.b), 1);
	CU_ASSERT_EQUAL(all[1]->done, 0);
	kit_enter(r.a, 0);
	task_abort(&all[1]->task);
	kit_log_clear(r.b);
	copy_release(&r, r.b, 0); /* the read of COMPARE AND WRITE */
	copy_release(&r, r.b, 0); /* its write */
	CU_ASSERT_EQUAL(all[1]->done, 1);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_WRITE), 1);
	life_end(&r, all, 2);
}

static void
a_lun_that_is_taken_away_ends_the_copy(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *all[1];

	r.b->store.hold = true;
	all[0] = life_start(&r);
	copy_kit_map(&r, COPY_ONLY_A);
	CU_ASSERT_EQUAL(all[0]->done, 0);
	copy_release(&r, r.b, 0);
	CU_ASSERT(copy_is_aborted(&all[0]->task.outcome, 0, 0x0d, 0x01));
	life_end(&r, all, 1);
}

/* While the other LU is being read. */
static void
a_destination_that_is_taken_away_is_unreachable(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *all[1];

	r.a->store.hold = true;
	all[0] = life_start(&r);
	CU_ASSERT_EQUAL(kit_held(r.a), 1);
	copy_kit_map(&r, COPY_ONLY_A);
	kit_release_all(r.a);
	CU_ASSERT(copy_is_aborted(&all[0]->task.outcome, 0, 0x08, 0x04));
	CU_ASSERT_EQUAL(r.b->store.logged, 0);
	life_end(&r, all, 1);
}

static void
a_destination_that_becomes_read_only_is_not_written(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *all[1];

	r.a->store.hold = true;
	all[0] = life_start(&r);
	copy_kit_map(&r, COPY_B_READ_ONLY);
	kit_release_all(r.a);
	CU_ASSERT(copy_is_aborted(&all[0]->task.outcome, 0, 0x0d, 0x01));
	CU_ASSERT_EQUAL(r.b->store.logged, 0);
	life_end(&r, all, 1);
}

static void
a_lost_nexus_ends_the_copy(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *kt;
	struct nexus *n = r.a->nexus[0];

	r.b->store.hold = true;
	kt = life_start(&r);
	r.a->nexus[0] = NULL;
	nexus_detach(n, NULL, NULL);
	CU_ASSERT_EQUAL(kt->done, 0);
	copy_release(&r, r.b, 0);
	CU_ASSERT_EQUAL(kt->done, 1);
	CU_ASSERT_EQUAL(kit_held(r.b), 0);
	kit_task_free(kt);
	life_end(&r, NULL, 0);
}

/* A clone is at both LUs: a reset of either waits for it. */
static void
a_reset_waits_for_a_clone(void)
{
	struct life_call call;
	struct copy_kit r;
	struct kit_task *all[1];
	unsigned lun;

	for (lun = 0; lun < 2; lun++) {
		r = copy_kit_new();
		r.b->store.clones = true;
		r.b->store.hold = true;
		all[0] = life_start(&r);
		CU_ASSERT_EQUAL(kit_logged(r.b, BS_CLONE), 1);
		life_reset(&r, &call, lun);
		CU_ASSERT_EQUAL(call.done, 0);
		copy_release(&r, r.b, 0);
		CU_ASSERT_EQUAL(call.done, 1);
		CU_ASSERT_EQUAL(all[0]->done, 1);
		CU_ASSERT_EQUAL(all[0]->task.aborted, lun == 0);
		life_end(&r, all, 1);
	}
}

static void
a_reset_of_the_source_waits_for_a_clone(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct life_call call;
	struct kit_task *all[1];

	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, 0, COPY_OWN_LU, 4096, 0, 0);
	r.a->store.clones = true;
	r.a->store.hold = true;
	all[0] = copy_start(&r, &l);
	life_reset(&r, &call, 1);
	CU_ASSERT_EQUAL(call.done, 0);
	copy_release(&r, r.a, 0);
	CU_ASSERT_EQUAL(call.done, 1);
	CU_ASSERT(copy_is_aborted(&all[0]->task.outcome, 0, 0x0d, 0x01));
	life_end(&r, all, 1);
}

static void
a_clone_waits_at_the_gate(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *all[2];

	r.b->store.clones = true;
	r.b->store.hold = true;
	all[0] = life_start_at(&r, 1, 1, life_caw, TASK_SIMPLE);
	all[1] = life_start(&r);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_CLONE), 0);
	copy_release(&r, r.b, 0);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_CLONE), 0);
	copy_release(&r, r.b, 0);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_CLONE), 1);
	life_end(&r, all, 2);
}

/* On a unit with WRITE ATOMIC reads pass the gate, but a clone's source does
 * not: the two would wait for each other. */
static void
a_clone_does_not_hold_the_gate_of_its_source(void)
{
	struct copy_kit r = copy_kit_new_with((struct kit_options){
	    .info = { .atomic_write_bytes = 4096, .volatile_cache = true } });
	struct copy_list l = copy_list();
	struct kit_task *all[2];

	copy_add_lu(&l, r.b->lu);
	copy_add_blocks(&l, 0, COPY_OWN_LU, 4096, 0, 0);
	r.a->store.clones = true;
	r.a->store.hold = true;
	all[0] = copy_start(&r, &l);
	CU_ASSERT_EQUAL(kit_logged(r.a, BS_CLONE), 1);
	r.b->store.hold = true;
	all[1] = life_start_at(&r, 1, 1, life_caw, TASK_SIMPLE);
	CU_ASSERT_EQUAL(all[1]->task.state, TASK_RUNNING);
	life_end(&r, all, 2);
}

/* ---- stores that fail ---- */

static void
a_failed_write_tells_what_is_left(void)
{
	struct copy_kit r = copy_kit_new();
	struct kit_task *all[1];
	const struct outcome *o;

	r.b->store.hold = true;
	all[0] = life_start(&r);
	copy_release(&r, r.b, 0);
	copy_release(&r, r.b, -ENOSPC);
	o = &all[0]->task.outcome;
	CU_ASSERT(copy_is_aborted(o, 0, 0x0d, 0x01));
	CU_ASSERT_TRUE(o->has_information);
	CU_ASSERT_EQUAL(o->information, 2048);
	life_end(&r, all, 1);
}

static void
a_failed_write_of_parts_counts_the_last_block(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list();
	struct kit_task *all[1];
	const struct outcome *o;
	uint32_t piece = COPY_PART_MAX - COPY_EDGES;

	copy_add_lu(&l, r.b->lu);
	copy_add_bytes(&l, COPY_OWN_LU, 0, piece + 513, 0, 0);
	r.b->store.hold = true;
	all[0] = copy_start(&r, &l);
	copy_release(&r, r.b, 0);
	copy_release(&r, r.b, 0);
	copy_release(&r, r.b, -EIO); /* the read of the second piece */
	o = &all[0]->task.outcome;
	CU_ASSERT(copy_is_aborted(o, 0, 0x0d, 0x01));
	CU_ASSERT_TRUE(o->has_information);
	CU_ASSERT_EQUAL(o->information, 2);
	CU_ASSERT_EQUAL(kit_logged(r.b, BS_WRITE), 1);
	life_end(&r, all, 1);
}

static void
a_failed_read_writes_nothing(void)
{
	struct copy_kit r = copy_kit_new();
	struct copy_list l = copy_list_a_to_b(&r, copy_list(), 4);
	struct kit_result s;

	r.a->store.fail[BS_READ] = -EIO;
	s = copy_send(&r, &l);
	CU_ASSERT(copy_is_aborted(&s.outcome, 0, 0x0d, 0x01));
	CU_ASSERT_FALSE(s.outcome.has_information);
	CU_ASSERT_EQUAL(r.b->store.logged, 0);
	copy_kit_free(&r);
}

/* clang-format off */
static const struct unit_test copy_life_tests[] = {
	{ "an atomic command waits for the write of a piece", an_atomic_command_waits_for_the_write_of_a_piece },
	{ "a copy within a unit does not wait for itself", a_copy_within_a_unit_does_not_wait_for_itself },
	{ "a write waits for a piece within its block", a_write_waits_for_a_piece_within_its_block },
	{ "a piece within a block waits for a write", a_piece_within_a_block_waits_for_a_write },
	{ "a reset ends a piece within a block before its write", a_reset_ends_a_piece_within_a_block_before_its_write },
	{ "an identifier in use is 05/00/16", an_identifier_in_use_is_an_operation_in_progress },
	{ "too many copies are BUSY", too_many_copies_are_busy },
	{ "without buffers it is BUSY", without_buffers_it_is_busy },
	{ "a reset of the destination ends the copy", a_reset_of_the_destination_ends_the_copy },
	{ "a reset of the source ends the copy", a_reset_of_the_source_ends_the_copy },
	{ "a reset of its own unit aborts the copy", a_reset_of_its_own_unit_aborts_the_copy },
	{ "a reset forgets the results", a_reset_forgets_the_results },
	{ "an aborted copy that waits at a gate writes nothing", an_aborted_copy_that_waits_at_a_gate_writes_nothing },
	{ "a LUN that is taken away ends the copy", a_lun_that_is_taken_away_ends_the_copy },
	{ "a destination that is taken away is 0A/08/04", a_destination_that_is_taken_away_is_unreachable },
	{ "a destination that becomes read-only is not written", a_destination_that_becomes_read_only_is_not_written },
	{ "a lost nexus ends the copy", a_lost_nexus_ends_the_copy },
	{ "a reset of the destination or its own unit waits for a clone", a_reset_waits_for_a_clone },
	{ "a reset of the source waits for a clone", a_reset_of_the_source_waits_for_a_clone },
	{ "a clone waits at the gate", a_clone_waits_at_the_gate },
	{ "a clone does not hold the gate of its source", a_clone_does_not_hold_the_gate_of_its_source },
	{ "a failed write tells what is left", a_failed_write_tells_what_is_left },
	{ "a failed write of parts counts the last block", a_failed_write_of_parts_counts_the_last_block },
	{ "a failed read writes nothing", a_failed_read_writes_nothing },
	{ NULL, NULL },
};
/* clang-format on */

const struct unit_suite copy_life_suite = { "copy_life", copy_life_tests };
