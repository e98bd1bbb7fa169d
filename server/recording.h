/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/recording.h - the last PDUs of connections, told and kept.
 *
 * What a peer did before it broke the protocol is kept in the state directory,
 * recordings/NN.pcapng, the last RECORDING_KEPT of them, at most one a second.
 */
#ifndef SERVER_RECORDING_H
#define SERVER_RECORDING_H

#include "iscsi/conn.h"
#include "server/http.h"

#define RECORDING_KEPT 16

struct server;

/* Once, before connections come, and after the last of them has gone. */
void recording_start(struct server *s);
void recording_stop(void);

/* A worker's thread: this connection ends; keep it when it is faulty. */
void recording_keep(const struct conn *c);

/* Main thread: answer with the PDUs of all connections of the session that the
 * call names by its TSIH. */
void recording_answer(struct http_call *call);

#endif
