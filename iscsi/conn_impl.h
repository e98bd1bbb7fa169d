/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/conn_impl.h - the connection, the session and the task from inside, and
 * what a connection does: for the files of iscsi/ that make up full feature
 * phase, and no others.  What its PDUs do is in ffp_impl.h, what the session
 * does in session_impl.h.
 *
 * A session has one or more connections, all of one home.  A task belongs to
 * the connection on which its command came (connection allegiance, RFC 7143
 * 4.2.5.1).  A connection is a member of its session until it ends; then its
 * tasks are aborted, and when the last one is home it has left.  The session
 * ends with its last member.
 *
 * At error recovery level 2 a connection that is lost is retained for a while:
 * its tasks go on and wait to be reassigned, and the session lives as long as
 * there is a member or one that is retained.
 *
 * Lifetimes: a task ends before its connection and its session; a connection
 * keeps its memory until it has left or the session is gone; the session's goes
 * with that of the last connection.  Each has one function that frees it:
 * iscsi_task_free(), session_put(), conn_free().
 */
#ifndef ISCSI_CONN_IMPL_H
#define ISCSI_CONN_IMPL_H

#include "iscsi/conn.h"
#include "iscsi/login.h"
#include "iscsi/params.h"
#include "iscsi/pdu.h"
#include "iscsi/reply.h"
#include "iscsi/session.h"
#include "iscsi/text_exchange.h"
#include "iscsi/window.h"
#include "iscsi/xfer.h"
#include "target/nexus.h"
#include "target/task.h"
#include "target/tmf.h"

#define CONN_REPLIES_MAX     512u       /* queued: no more is handled */
#define CONN_HEAP_MAX        (1u << 20) /* bytes of ping data queued, likewise */
#define CONN_KEPT_MAX        256u       /* replies kept until acknowledged */
#define CONN_KEPT_DATA_MAX   (8u << 20) /* bytes of Data-In kept with them */
#define CONN_LOGGED_MAX      16u        /* rejects that get a line */
#define CONN_IMMEDIATES      8u /* under way beside the window, of a kind */
#define SESSION_HELD_MAX     (4u << 20) /* bytes held back behind a gap */
#define SESSION_ITT_SLOTS    64u        /* hash lists, a power of two */
#define SESSION_RETAINED_MAX 4u         /* lost connections, their tasks kept */

/*
 * Bytes of Data-In queued.  So much is sent before the next command is executed
 * and takes the same buffers again, while the processor's cache has them.
 */
#define CONN_DATA_MAX (512u << 10)

/* Kinds of things in a worker's pool. */
enum { CONN_TASK, CONN_REPLY };

/* ---- verdicts ---- */

enum verdict_kind {
	VERDICT_ACCEPT,
	VERDICT_IGNORE, /* throw it away in silence */
	VERDICT_REJECT, /* answer with Reject */
	VERDICT_CLOSE,  /* drop the connection */
	VERDICT_END,    /* drop all of the session's: a format error, 7.7 */
};

struct verdict {
	enum verdict_kind kind;
	uint8_t reason;  /* of Reject */
	const char *why; /* a phrase for the log */
	uint32_t sn;     /* of Reject: DataSN/R2TSN, 11.17.2 */
};

#define ACCEPT ((struct verdict){ VERDICT_ACCEPT, 0, NULL, 0 })
#define IGNORE ((struct verdict){ VERDICT_IGNORE, 0, NULL, 0 })
#define REJECT(reason, why)                                                    \
	((struct verdict){ VERDICT_REJECT, (reason), (why), 0 })
#define CLOSE(why) ((struct verdict){ VERDICT_CLOSE, 0, (why), 0 })
#define END(why)   ((struct verdict){ VERDICT_END, 0, (why), 0 })

/* ---- tasks ---- */

enum iscsi_task_state {
	ITASK_REFUSED,   /* the answer is known; its PDU is still coming, or
			    Data-Outs that nobody asked for (11.4.2) */
	ITASK_GATHERING, /* Data-Out is coming */
	ITASK_EXECUTING, /* done() will be called */
	ITASK_ANSWERING, /* its reply is queued */
	ITASK_RETAINED,  /* has ended; its connection is lost */
};

struct iscsi_task {
	struct reply reply; /* its last one */
	TAILQ_ENTRY(iscsi_task) link;
	LIST_ENTRY(iscsi_task) itt_link;
	struct conn *conn;
	enum iscsi_task_state state;
	bool immediate;
	bool descriptor_sense; /* D_SENSE of its LU when it came */
	bool abort_told; /* FastAbort: the initiator knows, if it is aborted */
	uint32_t itt, ttt, edtl, cmd_sn;
	uint8_t flags;        /* byte 1 of the command */
	struct outcome fault; /* of a broken transfer */
	struct xfer xfer;
	/* From error recovery level 1 on. */
	struct xfer before;    /* xfer, without the Data-Out under way */
	struct xfer_slice r2t; /* the last one */
	uint32_t recv_max;     /* by which its Data-Ins are cut */
	uint32_t snack_tag;    /* of the R-Data SNACK; 0: none */
	struct task task;      /* last: it ends with large arrays */
};

TAILQ_HEAD(iscsi_task_list, iscsi_task);

#define LEVEL_OF_QUERIES 2 /* iSCSIProtocolLevel of functions from 9 on */

/* R2Ts of a task that a function aborts, whose last Data-Out is to come. */
struct iscsi_owed {
	uint32_t itt, r2ts;
};

/* A task management function under way. */
struct iscsi_tmf {
	struct tmf tmf;
	LIST_ENTRY(iscsi_tmf) link;
	struct conn *conn;
	struct iscsi_task *waits_for; /* ABORT TASK; else tmf is started */
	uint32_t itt;
	bool immediate, slot;
	bool fenced;        /* its response is, 4.2.2.3.4 */
	bool waits_for_gap; /* commands before cmd_sn are missing */
	bool done;          /* only owed data keeps it from its response */
	uint8_t response;
	uint32_t cmd_sn;
	uint8_t function;
	struct iscsi_owed *owed; /* 4.2.3.3 a; with FastAbort NULL */
	unsigned owed_count;
};

/* An unsolicited Data-Out of a command that waits for its turn. */
struct held_data {
	STAILQ_ENTRY(held_data) link; /* as they came */
	uint8_t bhs[BHS_BYTES];
	uint8_t *data;
	uint32_t data_bytes;
	bool digest_ok;
};

/* A numbered PDU that came before its turn. */
struct held_pdu {
	TAILQ_ENTRY(held_pdu) link; /* ascending by CmdSN */
	struct conn *conn;          /* on which it came; NULL: skip */
	uint32_t cmd_sn;
	bool skip;      /* nothing to do when its turn comes */
	bool lost_data; /* its unsolicited Data-Outs were thrown away */
	bool lost_last; /* and the one with F has come */
	enum pdu_ahs ahs;
	uint8_t bhs[BHS_BYTES];
	uint8_t *data;
	uint32_t data_bytes;
	STAILQ_HEAD(, held_data) data_outs;
	uint32_t held_bytes; /* what it adds to the session's */
};

TAILQ_HEAD(held_list, held_pdu);

/* ---- session ---- */

enum session_state {
	SESSION_NEW,    /* not in the table yet */
	SESSION_ACTIVE, /* in it; tasks are taken */
	SESSION_ENDING, /* its nexus is being detached */
	SESSION_GONE,   /* out of the table, no nexus */
};

/* The Response Fence of a session with several connections. */
enum session_fence {
	FENCE_DOWN,
	FENCE_BEFORE, /* until what was said before it is acknowledged */
	FENCE_AFTER,  /* until it is itself */
};

/* A login that waits for the session which it reinstates. */
struct session_waiter {
	struct job job; /* posted to home when that session is gone */
	struct home *home;
	TAILQ_ENTRY(session_waiter) link;
	bool queued; /* table's mutex */
};

struct session {
	enum session_state state; /* home */
	TAILQ_HEAD(, conn) conns; /* empty: only posted jobs still point here */
	unsigned members;         /* of conns; the others are ending */
	unsigned retained;        /* of those */
	struct home *home;
	struct session_table *table;
	struct service *service;           /* a reference */
	const struct iscsi_target *target; /* in service; NULL: discovery */
	struct nexus *nexus;
	struct throttle *throttle; /* its initiator's, from the book */

	/* The key, constant. */
	char initiator_name[ISCSI_NAME_MAX + 1];
	char target_name[ISCSI_NAME_MAX + 1]; /* empty: discovery */
	char named[ISCSI_NAME_MAX + 1];       /* of discovery: a target, or
						 empty */
	char portal[64];                      /* of discovery: where it came */
	char *chap_user;                      /* or NULL */
	uint8_t isid[LOGIN_ISID_BYTES];
	uint16_t tag;              /* of the target port */
	uint16_t portal_group_tag; /* of the portal group itself */
	uint16_t tsih;
	uint32_t name_hash;
	struct params params; /* of the session, agreed at its leading login */

	struct cmd_window window;
	struct iscsi_task_list tasks;
	unsigned task_count;
	LIST_HEAD(, iscsi_task) by_itt[SESSION_ITT_SLOTS];
	struct held_list held;
	uint32_t held_bytes;
	LIST_HEAD(, iscsi_tmf) tmfs;
	uint32_t next_ttt;
	enum session_fence fence;
	unsigned fence_waits;         /* connections that are fenced */
	struct reply_list fence_held; /* responses, in their order */
	unsigned fence_count;         /* of them */

	/* Under the table's mutex. */
	TAILQ_ENTRY(session) link;
	TAILQ_HEAD(, session_waiter) waiters;
	unsigned posted; /* jobs of the table on their way here */
	struct job end_job, apply_job, stop_job;
	bool end_posted, end_tell;
	const char *end_why;
};

/* ---- connection ---- */

enum conn_state {
	CONN_LOGIN,    /* Login Requests */
	CONN_JOINING,  /* login is done; waits for the end of the old session or
			  connection, or is on its way to another home */
	CONN_REFUSING, /* the login's answer is a refusal, and waits */
	CONN_FULL_FEATURE,
	CONN_LOGOUT,   /* asked to log out: tasks are being settled */
	CONN_FLUSHING, /* sends what is queued, then wants to close */
	CONN_CLOSED,   /* the shell has let go */
};

/* A reply that was sent and is not acknowledged. */
struct kept_reply {
	TAILQ_ENTRY(kept_reply) link; /* ascending by StatSN */
	uint32_t stat_sn, itt;
	uint8_t head[BHS_BYTES];
	uint8_t *data; /* its data segment */
	uint32_t data_bytes;
	/* The Data-Ins before it; empty: none, or forgotten. */
	struct buf_list list;
	uint32_t total, recv_max;
};

TAILQ_HEAD(kept_list, kept_reply);

/* What becomes of the PDU that is coming in. */
enum conn_fate { FATE_HANDLE, FATE_HOLD, FATE_DISCARD };

struct ffp_handler;

/* A Logout Request on another connection of the session asked for the end of
 * this one, and is answered when it has left. */
struct conn_closer {
	struct conn *conn; /* NULL: none */
	uint32_t itt;
	bool slot;
	uint64_t deadline_ms;
};

struct conn {
	enum conn_state state;
	struct home *home;
	struct service *service; /* a reference */
	const struct portal_group *portal_group;
	struct peer_address peer;
	char local_address[64];
	const struct conn_shell *shell;
	void *shell_ctx;
	unsigned depth; /* functions on the stack that use it */

	struct params params;
	struct login *login;        /* until full feature phase */
	struct login_answer answer; /* of the last Login Request, in JOINING */
	uint8_t login_bhs[BHS_BYTES];
	struct session *session;
	TAILQ_ENTRY(conn) link; /* session->conns */
	bool member;            /* of the session */
	bool left;              /* not any more, and its tasks are home */
	bool retained;          /* lost; its tasks wait to be reassigned */
	uint64_t retained_ms;   /* until then */
	bool replaced; /* retained, and its CID has been another's since */
	bool asked;    /* its end is nobody's loss: it was asked for */
	unsigned task_count;
	unsigned immediates;     /* commands under way that are immediate */
	unsigned immediate_tmfs; /* and functions, 4.2.2.1 */
	struct home *next_home;  /* of the session to join; NULL: this one */
	struct conn_closer closer;
	unsigned closing; /* closers of others that point here */
	struct session_waiter waiter;
	bool waiting; /* the waiter is out */
	struct text_exchange *text;
	struct text_context text_context;
	uint16_t cid;
	uint32_t stat_sn;       /* of the next reply that takes one */
	uint32_t exp_stat_sn;   /* all before it is acknowledged */
	bool fenced;            /* the session's fence waits for it: */
	uint32_t fence_stat_sn; /* until all before this one is */
	/* Our MaxRecvDataSegmentLength. */
	uint32_t accepts;         /* what is taken for now */
	bool declaring;           /* it may not have been heard of yet: */
	uint32_t declare_stat_sn; /* until all before this is acknowledged */
	uint64_t declare_ms;      /* it must be asked for by then; 0: no */
	uint32_t login_cmd_sn;    /* ExpCmdSN until there is a session */
	/* ExpStatSN of the first Login Request: what has come of those of a
	 * connection that it reinstates (11.12.8). */
	uint32_t old_exp_stat_sn;
	bool login_began;

	/* In */
	struct pdu_decoder in;
	const struct ffp_handler *handler; /* of the PDU under way */
	enum conn_fate fate;
	struct iscsi_task *receiving; /* whose PDU it is */
	struct held_pdu *replaying;   /* it came earlier */
	struct iscsi_task *aside;     /* receiving, while another is replayed */
	struct iscsi_task *halved;    /* ended before its command was whole */
	bool half_answered; /* it did; its answer may have gone off since */
	bool slot;          /* the request under way holds a window slot */
	uint8_t *flat;      /* data of the PDU under way, when no task has it */
	uint8_t *read_ahead; /* [head, tail) waits to be decoded, or NULL */
	uint32_t head, tail;
	uint32_t offered; /* bytes of the last conn_recv_iov() before it */

	/* Out */
	struct reply_list pending, wire;
	unsigned reply_count;
	uint32_t heap_bytes; /* of replies queued */
	uint32_t data_bytes; /* Data-In of tasks that are being answered */
	uint32_t sent;       /* bytes of the first on the wire */
	bool mute; /* dropped, perhaps in the midst of a PDU: no more of it */
	struct kept_list kept;   /* from error recovery level 1 on */
	bool forgot;             /* of them, those unacknowledged: */
	uint32_t forgot_stat_sn; /* up to before this one */
	unsigned kept_count;
	size_t kept_bytes; /* of their lists */

	/* Clock, monotonic ms */
	uint64_t opened_ms;
	uint64_t heard_ms;         /* last bytes in */
	uint64_t progress_ms;      /* output began to wait, or went on */
	uint64_t pinged_ms;        /* NOP-In unanswered since; 0: none */
	uint64_t refuse_ms;        /* when REFUSING ends */
	uint64_t logout_ms;        /* it has to be gone by then; 0: no */
	struct recorder *recorder; /* NULL: no memory */
	bool faulty;               /* the peer broke the protocol */
	uint32_t ping_ttt;
	uint32_t logout_itt;
	unsigned rejects;
	const char *why; /* it ends, for the log */
};

/* ---- conn.c ---- */

/*
 * Around everything that may end in freeing c.  enter() keeps it; leave() frees
 * it when it is over, else tells the shell; quietly when the shell is calling
 * and will look anyway.
 */
void conn_enter(struct conn *c);
void conn_leave(struct conn *c);
void conn_leave_quietly(struct conn *c);

/* The initiator's name, quoted for the log, in buf. */
const char *conn_who(const struct conn *c, char *buf, size_t size);

/* End it now: nothing more is sent, the session ends.  One log line. */
void conn_drop(struct conn *c, const char *why);
/* The same, but if it listens it hears of it by that Async event first. */
void conn_drop_told(struct conn *c, uint8_t event, const char *why);
/* End it once the output is out; the session ends. */
void conn_finish(struct conn *c, const char *why);
/* It was to log out, and its tasks are settled: answer. */
void conn_logged_out(struct conn *c);
/* The service was replaced: s->service is the new one. */
void conn_service_changed(struct conn *c);

/* May PDUs be handled? */
bool conn_is_reading(const struct conn *c);

const struct iscsi_limits *conn_limits(const struct conn *c);

/* ---- conn_recv.c, conn_send.c ---- */

/* Decode what waits in the read-ahead buffer, as far as it goes. */
void conn_decode(struct conn *c);
/* Post a job that does, if something waits. */
void conn_decode_soon(struct conn *c);
/* n bytes for the PDU under way's data; false: out of memory, c is dropped. */
bool conn_recv_flat(struct conn *c, struct pdu *p, uint32_t n);

/* Queue; takes r. */
void conn_queue(struct conn *c, struct reply *r);
/* Throw away all that is not sent, tasks' replies too. */
void conn_discard_output(struct conn *c);
bool conn_has_output(const struct conn *c);
/* A command has ended without an answer, and nothing is on its way that says so
 * by its MaxCmdSN: a NOP-In does, 11.4.11. */
void conn_tell_window(struct conn *c);
/* The StatSN behind all that is to be said by now. */
uint32_t conn_next_stat_sn(const struct conn *c);

/* ---- conn_clock.c ---- */

/* A NOP-In that asks for an answer. */
void conn_send_ping(struct conn *c);

/* ---- conn_declare.c ---- */

/* Login is complete. */
void conn_declare_begin(struct conn *c);
/* The limits may be others: ask for a text exchange if there is news. */
void conn_declare_changed(struct conn *c);
/* A Text Response was queued; before: what was declared until then. */
void conn_declare_told(struct conn *c, uint32_t before);
/* c->exp_stat_sn went on. */
void conn_declare_heard(struct conn *c);
uint64_t conn_declare_deadline(const struct conn *c);
void conn_declare_late(struct conn *c);

/* ---- conn_keep.c ---- */

/* It was sent: keep what is needed to send it again. */
void conn_keep(struct conn *c, struct reply *r);
/* It was not, and c is lost: what it sends anew is kept on. */
void conn_keep_unsent(struct conn *c, struct reply *r);
/* All before exp_stat_sn have come. */
void conn_acknowledge(struct conn *c, uint32_t exp_stat_sn);
void conn_forget_kept(struct conn *c);
/* c is lost: another connection can take over tasks, and nothing else. */
void conn_forget_of_no_task(struct conn *c);
/* Is there one that was not acknowledged and cannot be sent again? */
bool conn_has_forgotten(const struct conn *c);
void conn_forget_one(struct conn *c, struct kept_reply *k);
/* Off the list, to be freed or sent anew. */
void conn_take_kept(struct conn *c, struct kept_reply *k);
void kept_reply_free(struct conn *c, struct kept_reply *k);
/* The status of it gets the tag and the number of Data-Ins of now. */
void kept_mark(struct kept_reply *k, const struct iscsi_task *it);
/* The last one with that task tag; NULL: none. */
struct kept_reply *conn_find_kept(struct conn *c, uint32_t itt);

/* ---- conn_login.c ---- */

void conn_login_header(struct conn *c, struct pdu *p);
void conn_login_whole(struct conn *c, struct pdu *p);
/* The login's last answer was prepared as a success and is a refusal now. */
void conn_refuse(
    struct conn *c, uint8_t status_class, uint8_t detail, const char *why);
/* When the answer that refuses the login is due, and sending it. */
uint64_t conn_refusal_deadline(const struct conn *c);
void conn_send_refusal(struct conn *c);
/* The session is there: answer the login. */
void conn_full_feature(struct conn *c);

/* ---- conn_join.c ---- */

/* Login is complete, for a session that exists. */
void conn_join_session(struct conn *c);
/* Something it may have waited for has happened. */
void conn_join_again(struct conn *c);

#endif
