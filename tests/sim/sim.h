/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/sim.h - the whole core under a scheduler that picks what happens
 * next: bytes in either direction in any split, completions and failures of
 * I/O in any order, the clock, cuts, reinstatement.
 *
 * What is picked comes from a seed, or from a fuzzer's input: then the input is
 * the script.  One thread; the same script gives the same trace.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/home.h"
#include "common/pool.h"
#include "iscsi/conn.h"
#include "iscsi/session.h"
#include "target/target.h"

#define SIM_HOMES         2
#define SIM_CLIENTS       4
#define SIM_BLOCKS        2048 /* of 512 bytes, on the one LU */
#define SIM_CLIENT_BLOCKS (SIM_BLOCKS / SIM_CLIENTS)
#define SIM_TASKS         8 /* outstanding per client */

/* ---- choice.c: where decisions come from ---- */
struct choice {
	uint64_t state;       /* of the generator */
	const uint8_t *bytes; /* of the script; NULL: the generator */
	size_t left;
};
uint32_t choose(struct choice *c, uint32_t n); /* 0 .. n - 1; n > 0 */
bool choose_one_in(struct choice *c, uint32_t n);

/* ---- store.c: a disk whose completions wait to be released ---- */
struct sim_store {
	struct backstore bs;
	uint8_t *written;      /* SIM_BLOCKS * 512 bytes */
	struct bs_io *pending; /* in order of submission */
	unsigned pending_count;
	unsigned faults; /* completions that were made to fail */
};
void sim_store_init(struct sim_store *s);
void sim_store_free(struct sim_store *s);
/* Complete the nth pending one, with error (0: do it). */
void sim_store_complete(struct sim_store *s, unsigned nth, int error);

/* ---- world.c ---- */
struct sim_home {
	struct home home;
	struct sim *sim;
	struct job *first;
	struct job **last;
};

struct sim_client;

struct sim {
	struct choice choice;
	uint64_t hash; /* of the trace */
	uint64_t steps;
	bool draining; /* no more faults, no new work */
	bool lawless;  /* somebody broke the rules: data is not checked */
	/* LU resets sent and not answered: who sends now may be hit too. */
	unsigned resets;
	struct sim_home homes[SIM_HOMES];
	struct home *current; /* whose thread we play; NULL: a foreign one */
	struct sim_store store;
	struct lu *lu;
	struct target *target;
	struct iscsi_target iscsi_target;
	struct portal_group portal_group;
	struct portal portal;
	struct target_portal_group target_portal_group;
	struct auth_group auth_group;
	struct service service;
	struct portal_group *portal_groups[1];
	struct iscsi_target *targets[1];
	struct auth_group *auth_groups[1];
	struct sim_client *clients[SIM_CLIENTS];
	uint64_t commands_answered, bytes_verified, reinstated;
};

/* Run one script to its end, and check that nothing is left.  Aborts with the
 * reason on a broken invariant. */
struct sim_result {
	uint64_t hash, steps, commands, bytes, reinstated;
};
struct sim_result sim_run(struct choice choice, unsigned steps);

/* Feed raw bytes to one connection, in pieces of at most split bytes; behind a
 * good login if logged_in.  Its output is thrown away. */
void sim_raw(bool logged_in, size_t split, const uint8_t *bytes, size_t size);

void sim_trace(struct sim *s, uint64_t what);
__attribute__((format(printf, 2, 3), noreturn)) void sim_fail(
    const struct sim *s, const char *fmt, ...);
/* Open a connection from client n at a home of the scheduler's choice. */
struct conn *sim_connect(struct sim *s, unsigned n, struct home **home);

/* ---- client.c: an initiator that keeps the rules, or not ---- */
struct sim_client *client_new(struct sim *s, unsigned index);
void client_free(struct sim_client *c);
/* One thing that it may do now. */
void client_step(struct sim_client *c);
/* Move some bytes; false when there was nothing to move. */
bool client_deliver(struct sim_client *c, bool all);
bool client_collect(struct sim_client *c, bool all);
void client_cut(struct sim_client *c);
/* Put raw bytes on its wire, connecting first when it is not. */
void client_raw(struct sim_client *c, const uint8_t *bytes, size_t n);
void client_tick(struct sim_client *c);
void client_hang_up(struct sim_client *c);
/* A reset was asked for by somebody: what is outstanding may go unanswered. */
void client_expect_reset(struct sim_client *c);
/* At the end: everything that had to be answered was. */
void client_check_end(const struct sim_client *c);

#endif
