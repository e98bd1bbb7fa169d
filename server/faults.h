/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/faults.h - faults on purpose (target/fault.h), by the control socket,
 * where the configuration allows them.
 */
#ifndef SERVER_FAULTS_H
#define SERVER_FAULTS_H

#include "server/http.h"

/* Main thread: calls. */
void faults_answer_list(struct http_call *call);
void faults_answer_add(struct http_call *call);
void faults_answer_remove(struct http_call *call);

/* Main thread: those in force. */
json_t *faults_listing(const struct server *s);
/* A new configuration is in force. */
void faults_apply(struct server *s);

#endif
