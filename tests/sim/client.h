/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client.h - the model initiator's own state; client.c sends,
 * client_check.c holds the target's PDUs against the rules.
 */
#ifndef TESTS_SIM_CLIENT_H
#define TESTS_SIM_CLIENT_H

#include "tests/sim/sim.h"

#define CLIENT_BUFFER (512u << 10)
#define CLIENT_BURST  8192u /* negotiated MaxBurst and FirstBurst */
#define CLIENT_RECV   4096u /* our MaxRecvDataSegmentLength */

enum client_state {
	CLIENT_IDLE,
	CLIENT_LOGIN_SECURITY,
	CLIENT_LOGIN_OPERATIONAL,
	CLIENT_FULL,
	CLIENT_LOGOUT,
};

enum client_op { OP_READ, OP_WRITE, OP_CAW, OP_SYNC, OP_READY, OP_COUNT };

struct client_task {
	bool live;
	bool may_die; /* aborted or reset: an answer is not owed */
	enum client_op op;
	uint32_t itt;
	uint32_t lba, blocks; /* lba of the LU */
	uint8_t tag;          /* of the data that it writes */
	uint32_t data_sn, r2t_sn;
	uint32_t received; /* Data-In bytes */
	uint8_t *data;
};

struct sim_client {
	struct sim *s;
	unsigned index;
	enum client_state state;
	struct conn *conn;
	struct home *home;
	struct conn *old; /* left behind open, or NULL */
	struct home *old_home;
	uint8_t *tx, *rx; /* towards the target, from the target */
	size_t tx_bytes, rx_bytes;
	uint32_t cmd_sn, max_cmd_sn, exp_cmd_sn, stat_sn, itt;
	bool stat_sn_known;
	uint16_t tsih;
	bool reinstates;           /* this login takes old's place */
	uint32_t tmf_itt, tmf_ref; /* outstanding ABORT TASK or reset */
	bool tmf_live;
	struct client_task tasks[SIM_TASKS];
	uint8_t tags[SIM_CLIENT_BLOCKS]; /* what the blocks hold */
	bool unknown[SIM_CLIENT_BLOCKS]; /* or what they may hold */
	uint8_t busy[SIM_CLIENT_BLOCKS]; /* tasks that touch them */
	uint8_t next_tag;
};

/* ---- client_check.c ---- */
/* One whole PDU from the target. */
void client_receive(
    struct sim_client *c, const uint8_t *bhs, const uint8_t *data, size_t n);
void client_fill(uint8_t *out, uint8_t tag, uint32_t lba);
void client_forget(struct sim_client *c, struct client_task *t, bool unknown);

/* ---- client.c ---- */
void client_send(
    struct sim_client *c, const uint8_t bhs[48], const uint8_t *data, size_t n);
void client_send_operational(struct sim_client *c);
void client_send_data_out(struct sim_client *c, struct client_task *t,
    uint32_t ttt, uint32_t offset, uint32_t length);
void client_dropped(struct sim_client *c);

#endif
