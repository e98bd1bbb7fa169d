/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/dialogue.h - a login as a table: what the initiator sends,
 * what it must get.
 */
#ifndef TESTS_UNIT_ISCSI_DIALOGUE_H
#define TESTS_UNIT_ISCSI_DIALOGUE_H

#include "iscsi/login.h"
#include "iscsi/proto.h"
#include "tests/unit/iscsi/offer.h"

/* Flags of a request or answer: stage, and where to. */
enum {
	SEC = LOGIN_STAGE_SECURITY << LOGIN_CSG_SHIFT,
	SEC_TO_OP = SEC | LOGIN_TRANSIT | LOGIN_STAGE_OPERATIONAL,
	SEC_TO_FULL = SEC | LOGIN_TRANSIT | LOGIN_STAGE_FULL_FEATURE,
	OP = LOGIN_STAGE_OPERATIONAL << LOGIN_CSG_SHIFT,
	OP_TO_FULL = OP | LOGIN_TRANSIT | LOGIN_STAGE_FULL_FEATURE,
	MORE = LOGIN_CONTINUE,
};

#define INITIATOR "InitiatorName=iqn.1994-05.test:host;"
#define TARGET(t) "TargetName=iqn.2026-11.test:" t ";"
#define TO(t)     INITIATOR TARGET(t)
#define DISCOVERY INITIATOR "SessionType=Discovery;"
#define TAG       "TargetPortalGroupTag=1;"
#define OPEN_TAG  TAG "TargetAlias=open disk;"
#define SEGMENT   "MaxRecvDataSegmentLength=262144;"

struct line {
	uint8_t flags;  /* request */
	const char *in; /* its text */
	enum login_step step;
	uint16_t status; /* class and detail */
	uint8_t out_flags;
	const char *out; /* the answer's text; NULL: not compared */
};

/* A login that has begun, at the portal group lan, from 192.0.2.77. */
struct dialogue {
	struct service *service;
	struct portal_group *pg;
	struct peer_address *peer;
	struct login *login;
	uint8_t bhs[48]; /* of the next request */
	struct login_answer answer;
};

void dialogue_open(struct dialogue *d);
void dialogue_close(struct dialogue *d);
/* One line; its differences are CUnit failures.  Return the step. */
enum login_step dialogue_say(struct dialogue *d, const struct line *line);
/* Lines until one with in == NULL. */
void dialogue_run(struct dialogue *d, const struct line *lines);

/* Open, run, close. */
void dialogue(const struct line *lines);

/* A test that is one dialogue. */
#define DIALOGUE(name, ...)                                                    \
	static void name(void)                                                 \
	{                                                                      \
		static const struct line lines[] = { __VA_ARGS__,              \
			{ .in = NULL } };                                      \
		dialogue(lines);                                               \
	}

#define REFUSED(s) LOGIN_REFUSED, s, 0, ""

#endif
