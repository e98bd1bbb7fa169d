/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/ffp_impl.h - full feature phase from inside: what each PDU does, those
 * that wait for their turn, and the tasks of commands.  Who may include it:
 * conn_impl.h.
 */
#ifndef ISCSI_FFP_IMPL_H
#define ISCSI_FFP_IMPL_H

#include "iscsi/conn_impl.h"

/* ---- ffp.c ---- */

void ffp_header(struct conn *c, struct pdu *p);
void ffp_whole(struct conn *c, struct pdu *p);
/* Take over the window slot of the request under way. */
bool ffp_claim_slot(struct conn *c);
void ffp_log_reject(struct conn *c, const uint8_t *bhs, const char *why);
/* Is that the tag of a function, a text negotiation or a logout under way? */
bool ffp_is_no_command(struct session *s, uint32_t itt);
/* What is to begin must have a tag that no other of the session's tasks has,
 * whatever it is (11.2.1.8). */
struct verdict ffp_check_tag(const struct conn *c, const uint8_t *bhs);

/* 4.3: SendTargets, and the session's end; and what answers our pings. */
#define NOT_IN_DISCOVERY                                                       \
	REJECT(REJECT_PROTOCOL_ERROR, "not allowed in discovery")

struct ffp_handler {
	const char *name;
	bool numbered;     /* has a CmdSN */
	bool in_discovery; /* allowed in a discovery session, some at least */
	/* The header is there: check it, set the sink. */
	struct verdict (*header)(struct conn *c, struct pdu *p);
	/* All of an accepted one is there. */
	struct verdict (*whole)(struct conn *c, struct pdu *p);
};

/* ---- ffp_held.c ---- */

/* Keep the PDU, with c->flat, until its turn.  False: no. */
bool held_add(struct conn *c, const struct pdu *p);
/* The same for an unsolicited Data-Out of a command that is kept; without room
 * all of that command's are thrown away.  False: no command of its waits. */
bool held_add_data(struct conn *c, const struct pdu *p);
/* Is it one? */
bool held_is_data(const struct conn *c, const uint8_t *bhs);
/* There will be nothing at this CmdSN (which is ahead, in the window). */
void held_skip(struct conn *c, uint32_t cmd_sn);
/* Those of that connection never came: they may come again. */
void held_forget_conn(struct session *s, const struct conn *c);
struct held_pdu *held_find_cmd_sn(struct session *s, uint32_t cmd_sn);
struct held_pdu *held_find_itt(struct session *s, uint32_t itt);
/* It will not be executed. */
void held_cancel(struct session *s, struct held_pdu *h);
/* Take the first away if its turn has come; the caller frees it. */
struct held_pdu *held_next(struct session *s);
void held_free(struct held_pdu *h);
void held_free_all(struct session *s);

/* ---- iscsi_task.c ---- */

/* NULL: out of memory. */
struct iscsi_task *iscsi_task_new(struct conn *c, uint32_t itt);
void iscsi_task_free(struct iscsi_task *it);
struct iscsi_task *iscsi_task_find(const struct session *s, uint32_t itt);
/* The ITT may be used again. */
void iscsi_task_forget_itt(struct iscsi_task *it);
/* Its outcome is final: queue the reply. */
void iscsi_task_answer(struct iscsi_task *it);
/* Its outcome is final, and its connection is lost. */
void iscsi_task_retain(struct iscsi_task *it);
/* Go on with it on c, with the Data-In after the first exp_data_sn. */
void iscsi_task_reassign(
    struct iscsi_task *it, struct conn *c, uint32_t exp_data_sn);
/* Go on gathering, execute, or end a broken one. */
void iscsi_task_continue(struct iscsi_task *it);
struct residual iscsi_task_residual(const struct iscsi_task *it);

/* ---- ffp_cmd.c, ffp_data.c, ffp_tmf.c, ffp_other.c ---- */

struct outcome ffp_fault_outcome(enum xfer_fault fault);

/* The header of the PDU that is next, as it came in. */
void ffp_cmd_hint(const struct conn *c, const uint8_t *bhs);
struct verdict ffp_cmd_header(struct conn *c, struct pdu *p);
struct verdict ffp_cmd_whole(struct conn *c, struct pdu *p);
/* Its PDU was bad: it never came. */
void ffp_cmd_undo(struct iscsi_task *it);
struct verdict ffp_data_out_header(struct conn *c, struct pdu *p);
struct verdict ffp_data_out_whole(struct conn *c, struct pdu *p);
struct verdict ffp_tmf_header(struct conn *c, struct pdu *p);
struct verdict ffp_tmf_whole(struct conn *c, struct pdu *p);
/* A Data-Out with F has come, by an R2T of a task that is no more. */
void ffp_tmf_last_data_out(struct session *s, uint32_t itt);
struct verdict ffp_nop_header(struct conn *c, struct pdu *p);
struct verdict ffp_nop_whole(struct conn *c, struct pdu *p);
struct verdict ffp_login_header(struct conn *c, struct pdu *p);
struct verdict ffp_text_header(struct conn *c, struct pdu *p);
struct verdict ffp_text_whole(struct conn *c, struct pdu *p);
/* Is it negotiating with that Initiator Task Tag?  Then forget it. */
bool ffp_has_text(const struct conn *c, uint32_t itt);
void ffp_text_close(struct conn *c);
struct verdict ffp_logout_header(struct conn *c, struct pdu *p);
struct verdict ffp_logout_whole(struct conn *c, struct pdu *p);
struct verdict ffp_task_reassign(struct conn *c, const uint8_t *bhs);
struct verdict ffp_snack_header(struct conn *c, struct pdu *p);
struct verdict ffp_snack_whole(struct conn *c, struct pdu *p);

/* A task was aborted: with FastAbort, its connection is told once for all of
 * its LU, unless it was its own wish. */
void ffp_tmf_tell_of_abort(struct iscsi_task *it);
/* A task has gone: whoever waited for its abort is answered. */
void ffp_tmf_task_gone(struct session *s, const struct iscsi_task *it);
/* Answer those whose time is up; the next deadline. */
void ffp_tmf_tick(struct session *s, uint64_t now_ms);
uint64_t ffp_tmf_deadline(const struct session *s);
/* The connection (NULL: the session) ends: nobody is answered. */
void ffp_tmf_cancel(struct session *s, const struct conn *c);
/* Those that waited for commands before them may start. */
void ffp_tmf_window_moved(struct session *s);
/* The response to that request. */
void ffp_tmf_reply(struct conn *c, const uint8_t *bhs, uint8_t response);
/* Is that the tag of one that is under way, or is held back? */
bool ffp_tmf_is_function(struct session *s, uint32_t itt);

#endif
