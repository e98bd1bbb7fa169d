/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/client.h - the model initiator's own state.
 *
 * client.c has its connections, client_loss.c how they end, client_send.c what
 * it sends and when, client_check.c holds the target's PDUs against the rules,
 * client_write.c has what writes otherwise than WRITE, client_shared.c what all
 * write to one block, client_wipe.c what wipes all blocks, client_mode.c mode
 * pages, client_copy.c has the target copy, client_token.c by a token,
 * client_ask.c asks how far copies are, client_snack.c loses some PDUs and asks
 * for them again, client_reassign.c takes tasks from one connection to another,
 * client_fence.c has the order of responses over connections, client_data.c
 * knows what blocks may hold, client_chap.c how it proves itself, client_ua.c
 * which unit attentions are owed, client_pr.c what is reserved,
 * client_reserve6.c what RESERVE(6) is, client_keys.c what a login asks for and
 * gets, client_text.c what is asked later, client_stray.c manages tasks that
 * are not there.
 */
#ifndef TESTS_SIM_CLIENT_H
#define TESTS_SIM_CLIENT_H

#include "tests/sim/sim.h"

#define CLIENT_BUFFER   (512u << 10)
#define CLIENT_WIRES    2 /* connections of a session */
#define CLIENT_OLD      4 /* connections whose loss went unnoticed */
#define CLIENT_VERSIONS 8
#define CLIENT_UA       16  /* kinds of unit attention that are followed */
#define CLIENT_RECORDS  128 /* PDUs with a StatSN that are remembered */
#define CLIENT_UNHEARD  64  /* of them not acknowledged, at most */
#define CLIENT_PDUS     80  /* Data-Ins of a task */
#define CLIENT_MOVES    16  /* TASK REASSIGNs without an answer */
#define CLIENT_STRAYS   2   /* functions for nothing, the same */
#define CLIENT_PIECES   3   /* segments of a copy, at most */

#define NO_TAG 0xffffffffu

enum wire_state {
	WIRE_IDLE,
	WIRE_LOGIN_SECURITY,
	WIRE_LOGIN_OPERATIONAL,
	WIRE_FULL,
	WIRE_LOGOUT,
};

/* What was sent last in the security stage. */
enum wire_chap { CHAP_NOT, CHAP_METHOD, CHAP_ALGORITHM, CHAP_PROOF };

enum client_op {
	OP_READ,
	OP_WRITE,
	OP_CAW,
	OP_ZERO,
	OP_SYNC,
	OP_READY,
	OP_RESERVE, /* PERSISTENT RESERVE OUT */
	OP_SAME,    /* WRITE SAME of a block that is not zeroes */
	OP_UNMAP,
	OP_OR,
	OP_ATOMIC,
	OP_COPY,     /* EXTENDED COPY, WRITE USING TOKEN */
	OP_POPULATE, /* POPULATE TOKEN */
	OP_TOKEN,    /* RECEIVE ROD TOKEN INFORMATION */
	OP_SHARED,   /* what is done with the block that all write */
	OP_MODE,     /* MODE SELECT, MODE SENSE */
	OP_WIPE,     /* SANITIZE, FORMAT UNIT */
	OP_ASK,      /* what has become of a copy */
	OP_COUNT,
};

/* What has come from the target, and may come again. */
enum record_state {
	RECORD_NONE,
	RECORD_LOST,  /* as if its digest had been wrong */
	RECORD_ASKED, /* by a SNACK */
	RECORD_HELD,  /* a status whose data is not all there */
	RECORD_DONE,
};

struct client_record {
	uint64_t hash; /* of all that must be the same again */
	enum record_state state;
	uint32_t bytes; /* of data */
};

struct client_task {
	bool live;
	bool may_die; /* aborted or reset: an answer is not owed */
	enum client_op op;
	unsigned wire, lun;
	uint32_t itt;
	uint64_t sent;        /* step */
	uint32_t lba, blocks; /* lba of the LU */
	struct client_copy {
		unsigned from_lun, to_lun; /* lba: of the latter */
		bool by_token;
		uint32_t token; /* list identifier of what made it */
		uint32_t from_lba;
		bool may_fail;    /* its LUs may have been reset */
		uint64_t told;    /* how far it is, at least */
		uint32_t told_by; /* CmdSN of who asked */
		enum client_said { SAID_NOTHING, SAID_GOOD, SAID_BAD } said;
		unsigned cuts;               /* within blocks */
		uint32_t cut[CLIENT_PIECES]; /* which of its blocks */
	} copy;
	struct {
		uint8_t kind;
		uint16_t value, expects; /* written, compared with */
		uint64_t seen;           /* step at which that was there */
		bool done;
	} shared;
	struct {
		uint32_t of, blocks; /* itt, and what it copies */
		bool by_token;
	} ask;
	struct {
		bool immediate, formats, done;
		bool follows; /* one that may not be over */
	} wipe;
	struct {
		bool selects, calm, done;
		bool known;     /* what it changes */
		uint8_t values; /* 1 << enum sim_mode_bit */
		struct sim_event event;
	} mode;
	bool sure;      /* the block that it is compared with is known */
	uint32_t bytes; /* of data, either way */
	uint8_t tag;    /* of the data that it writes */
	uint64_t kept;  /* bit per block: written as it was */
	bool fua;
	bool pr_checked; /* the reservation when it was sent was known */
	uint8_t pr_action, pr_type;
	uint32_t data_sn, r2t_sn;
	uint32_t received; /* Data-In bytes */
	uint32_t burst;    /* of them since the last F */
	uint8_t *data;
	/* Recovery. */
	uint8_t bhs[48];        /* of the command, as it was sent */
	uint32_t immediate;     /* bytes that go with it */
	uint32_t unsolicited;   /* and up to where Data-Outs follow unasked */
	uint32_t cmd_sn, order; /* order: as itt, when it was sent last */
	uint32_t sent_good;     /* Data-Out, a prefix */
	bool at_once;           /* it came with the I bit */
	bool late;              /* its answer may come after what follows it */
	bool lost;              /* its answer went astray */
	bool orphan;            /* its connection is lost */
	bool resumed; /* the next R2T begins anywhere in what was sent */
	uint64_t lost_ms;
	struct client_record data_ins[CLIENT_PDUS], r2t;
	uint32_t snack_tag; /* of an R-Data SNACK; 0: none */
	bool starts_again;  /* after it: from DataSN 0 */
	bool held;
	uint32_t held_stat_sn;
	uint8_t held_bhs[48], held_data[64];
	size_t held_bytes;
};

/* What a block may hold. */
struct client_block {
	uint16_t holds; /* written last, and acknowledged: client_content() */
	bool unknown;   /* it may be any of versions as well */
	uint8_t count;  /* of versions; over CLIENT_VERSIONS: anything */
	uint16_t
	    versions[CLIENT_VERSIONS]; /* what a power cut may bring back */
	uint8_t busy;                  /* tasks that touch it */
	uint64_t since;                /* step of the last change */
	uint64_t lost; /* step: of a task that may be there still; 0: none */
};

/* What is left of a task's data when it is over. */
enum client_end {
	END_KNOWN, /* nothing is in doubt */
	END_ENDED, /* each block is old or new, and stays so */
	END_LOST,  /* it may go on until the session ends */
};

/* One kind of unit attention at one LUN. */
struct client_ua {
	uint8_t asc, ascq;
	unsigned open;       /* events that began and have not ended */
	uint64_t ended;      /* step of the last end */
	uint64_t consumed;   /* the last one was for a command sent then */
	uint64_t received;   /* and came then */
	uint64_t owed_since; /* 0: none is */
};

/* What a session asks for, and gets. */
struct client_keys {
	bool initial_r2t, immediate_data;
	uint32_t recv; /* MaxRecvDataSegmentLength, of each connection */
	uint32_t max_burst, first_burst;
};

struct client_old {
	struct conn *conn; /* NULL: free */
	struct home *home;
};

struct sim_wire {
	struct sim_client *client;
	unsigned index; /* CID is one more */
	enum wire_state state;
	struct conn *conn;
	struct home *home;
	uint8_t *tx, *rx; /* towards the target, from the target */
	size_t tx_bytes, rx_bytes;
	uint32_t stat_sn, exp_cmd_sn;
	bool stat_sn_known;
	bool joins;      /* this login is for a session that exists */
	bool reinstates; /* and takes the place of a lost connection */
	bool header_digest, data_digest; /* asked for, and given */
	bool digests;                    /* in force */
	bool noisy;                      /* something was spoilt */
	bool wasted;         /* something was sent when it was over */
	uint64_t full_since; /* step */
	bool fenced; /* a response with the Response Fence has come, and is not
			acknowledged */
	uint32_t fence_stat_sn, at_stat_sn; /* it, and what is looked at */
	uint32_t heard_stat_sn; /* all before it is seen to; ExpStatSN */
	bool owes;              /* a ping was answered with less than all */
	bool all_asked;         /* what was seen to may come again */
	unsigned spoilt;        /* data digests that were wrong */
	unsigned stray_acks;    /* DataACKs that nobody wanted */
	struct client_record records[CLIENT_RECORDS]; /* by StatSN */
	bool lost, gone; /* with tasks to save; and the target knows */
	uint64_t lost_ms;
	uint64_t closed_ms;  /* the target has closed it by then; 0: no */
	uint32_t logout_itt; /* for its recovery, over the other; 0: none */
	enum wire_chap chap;
	bool chap_wrong, chap_mutual;
	uint32_t login_itt;
	char login_text[384]; /* what is still to be sent of it */
	size_t login_left;
	uint8_t login_flags; /* of its last request */
	unsigned login_pieces;
	uint64_t login_sent, keys_sent; /* the first and the last request */
};

struct sim_client {
	struct sim *s;
	unsigned index;
	bool wild; /* breaks the rules, and sees LUN_WILD only */
	struct sim_wire wires[CLIENT_WIRES];
	struct client_old old[CLIENT_OLD];
	bool old_single; /* the lost session had one connection */
	uint32_t cmd_sn, max_cmd_sn, itt;
	uint16_t tsih;
	struct client_keys keys;
	bool proves;      /* each of this session's connections, by CHAP */
	bool many;        /* this session may have two connections */
	bool fence;       /* and keeps the Response Fence */
	unsigned erl;     /* its error recovery level */
	unsigned keep_ms; /* that lost connections are kept, at 2 */
	unsigned cuts;    /* of its connections, so far */
	bool lossy;       /* answers come late in it */
	struct client_text {
		const struct text_row *row;
		bool open, asked; /* an answer is to come */
		bool whole;       /* for what was sent last: all keys */
		bool goes_on;     /* it was not the first */
		bool closes;      /* and it had F */
		uint8_t reject;   /* or is to be rejected so */
		unsigned wire;
		uint32_t itt, ttt;
		size_t sent;    /* bytes of the row */
		uint64_t began; /* step */
	} text;
	struct client_stray {
		uint32_t itt; /* 0: free */
		unsigned wire;
		uint8_t response; /* that is due */
		uint64_t began;   /* what it ends */
	} strays[CLIENT_STRAYS];
	struct client_move {
		uint32_t itt, task; /* itt 0: free */
		unsigned wire;
	} moves[CLIENT_MOVES];
	uint64_t began;            /* step at which the session was complete */
	uint32_t tmf_itt, tmf_ref; /* outstanding, see client_manage() */
	uint8_t tmf_function;
	unsigned tmf_lun, tmf_wire;
	uint64_t tmf_sent;
	struct sim_event tmf_event;
	bool tmf_doomed; /* what it names might have died before */
	bool tmf_live;
	struct client_task tasks[SIM_TASKS];
	struct client_block blocks[SIM_LUNS][SIM_CLIENT_BLOCKS];
	struct client_ua attentions[SIM_LUNS][CLIENT_UA];
	uint8_t next_tag;
	bool doubts; /* blocks that are lost */
	struct client_trail {
		unsigned lun, at, blocks;
	} trail; /* what was written last; no blocks: nothing */
	struct client_token {
		uint32_t id; /* list identifier; 0: there is none */
		unsigned lun;
		uint32_t lba, blocks;
		bool known;
		uint8_t bytes[512];
	} token;
};

/* ---- client_check.c ---- */
/* One whole PDU from the target. */
void client_receive(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n);

/* A status whose data is all there now. */
void client_answer(struct sim_wire *w, struct client_task *t,
    const uint8_t *bhs, const uint8_t *data, size_t n);

/* ---- client_snack.c ---- */
/* Are PDUs of this connection asked for again? */
bool snack_may(const struct sim_wire *w);
/* The keys for it, of a session; bytes written. */
int snack_keys(struct sim_client *c, char *out, size_t size);
void snack_begin(struct sim_wire *w);
/* What it may acknowledge. */
uint32_t snack_exp_stat_sn(struct sim_wire *w);
/* A PDU has come; false: it is lost, or was there before. */
bool snack_admits(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n);
void snack_data_in(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n);
/* False: it is lost, or was answered before. */
bool snack_r2t(struct sim_wire *w, const uint8_t *bhs);
/* This status has to wait for data. */
bool snack_holds(struct sim_wire *w, struct client_task *t, const uint8_t *bhs,
    const uint8_t *data, size_t n);
/* False: nothing to be done about it. */
bool snack_rejected(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *head);
/* Ask for what is lost; false: nothing is. */
bool snack_ask(struct sim_client *c);
/* The rest of it comes another way. */
void snack_forget(struct client_task *t);

/* ---- client_reassign.c ---- */
/* The connection is lost, and what is under way on it is not. */
bool reassign_lose(struct sim_wire *w, bool noticed);
/* One thing towards all tasks having a connection; false: they have. */
bool reassign_step(struct sim_client *c);
/* A login in place of, or beside, a lost connection went well, or did not. */
void reassign_logged_in(struct sim_wire *w);
void reassign_refused(struct sim_wire *w);
bool reassign_answered(struct sim_wire *w, const uint8_t *bhs);
void reassign_logged_out(struct sim_wire *w, const uint8_t *bhs);
/* What has no connection is given up. */
void reassign_give_up(struct sim_client *c);
bool reassign_is_due(const struct sim_client *c);
void client_resend(struct sim_client *c, struct client_task *t);

/* ---- client_loss.c ---- */
void wire_forget_tasks(struct sim_wire *w);
/* The connection alone goes; noticed: the target knows.  Does it? */
bool wire_part(struct sim_wire *w, bool noticed);
void wire_closed_by_target(struct sim_wire *w);
bool client_left_something(const struct sim_client *c);
bool client_look_after_old(struct sim_client *c);
void client_connect(struct sim_wire *w);

/* ---- client_chap.c ---- */
/* Shall it be CHAP?  The flags of the first Login Request. */
uint8_t chap_begin(struct sim_wire *w);
/* A good answer in the security stage; false: the stage is over. */
bool chap_goes_on(struct sim_wire *w, const uint8_t *text, size_t n);

/* ---- client_keys.c ---- */
/* The value of a key in a text of the target; NULL: it is not there. */
const char *keys_value(
    const struct sim_wire *w, const uint8_t *text, size_t n, const char *key);
/* What a new session will ask for. */
void keys_pick(struct sim_client *c);
/* The operational keys; bytes written. */
size_t keys_ask(struct sim_wire *w, char *text, size_t size);
/* The answer to them. */
void keys_agreed(struct sim_wire *w, const uint8_t *text, size_t n);

/* ---- client_text.c ---- */
void text_begin(struct sim_wire *w);
void text_answered(
    struct sim_wire *w, const uint8_t *bhs, const uint8_t *data, size_t n);
/* False: it was not a Text Request of ours. */
bool text_rejected(struct sim_wire *w, uint8_t reason, const uint8_t *head);
void text_lost(struct sim_wire *w);
/* A reload ends what was begun before it. */
bool text_may_be_over(const struct sim *s, uint64_t began);

/* ---- client_stray.c ---- */
void stray_manage(struct sim_wire *w);
/* False: it is the answer to another function. */
bool stray_answered(struct sim_wire *w, const uint8_t *bhs);
void stray_lost(struct sim_wire *w);
void stray_check_end(const struct sim_client *c);

/* ---- client_fence.c ---- */
/* The key that asks for it, or not; bytes written. */
int fence_key(struct sim_client *c, char *out, size_t size);
/* What is sent acknowledges so much. */
void fence_acknowledge(struct sim_wire *w, uint32_t exp_stat_sn);
/* A response has come, which may not be while the other connection owes an
 * acknowledgement of one with the fence. */
void fence_check(const struct sim_wire *w);
/* This one, to what was sent at that step, has the fence. */
void fence_raise(struct sim_wire *w, uint64_t sent);

/* ---- client_write.c ---- */
void write_same_command(struct sim_client *c, struct client_task *t);
void unmap_command(struct sim_client *c, struct client_task *t);
void orwrite_command(struct sim_client *c, struct client_task *t);
void write_atomic_command(struct sim_client *c, struct client_task *t);

/* ---- client_copy.c ---- */
/* Which LUs and ranges; false: some of it is busy, try later. */
bool copy_pick_destination(struct sim_client *c, struct client_task *t);
bool copy_pick(struct sim_client *c, struct client_task *t);
void copy_command(struct sim_client *c, struct client_task *t);
bool copy_overlaps(const struct client_task *t);
/* LUN_EXTRA, which it wants, may not have been there all the time. */
bool copy_lost_lun(const struct sim *s, const struct client_task *t);
bool copy_touches(const struct client_task *t, unsigned lun);
/* COPY ABORTED; is it a reservation that refuses it? */
bool copy_failed(const struct sim_client *c, const struct client_task *t,
    uint8_t asc, uint8_t ascq);

/* ---- client_token.c ---- */
/* Which of the commands it is, and of what; false: not now. */
bool token_pick(struct sim_client *c, struct client_task *t);
void token_populate_command(struct sim_client *c, struct client_task *t);
void token_ask_command(struct sim_client *c, struct client_task *t);
void token_write_command(struct sim_client *c, struct client_task *t);
/* GOOD to one of the first two. */
void token_answered(struct sim_client *c, const struct client_task *t);
/* ILLEGAL REQUEST: may it be? */
bool token_refused(struct sim_client *c, const struct client_task *t,
    uint8_t asc, uint8_t ascq);

/* ---- client_shared.c ---- */
bool shared_pick(struct sim_client *c, struct client_task *t);
void shared_command(struct sim_client *c, struct client_task *t);
bool shared_reads(const struct client_task *t);
void shared_good(struct sim_client *c, struct client_task *t);
void shared_miscompared(struct sim_client *c, const struct client_task *t);
/* It ends; known: without GOOD it has done nothing. */
void shared_over(struct sim_client *c, const struct client_task *t, bool known);

/* ---- client_mode.c ---- */
bool mode_pick(struct sim_client *c, struct client_task *t);
void mode_command(struct sim_client *c, struct client_task *t);
bool mode_reads(const struct client_task *t);
void mode_good(struct sim_client *c, struct client_task *t);
/* It ends; known: without GOOD it has done nothing. */
void mode_over(struct sim_client *c, const struct client_task *t, bool known);
/* Is what is written there durable when it is answered? */
bool mode_writes_through(struct sim *s, unsigned lun, uint64_t sent);
/* GOOD to any command, WRITE PROTECTED, any sense data: may it be? */
void mode_check_good(struct sim_client *c, const struct client_task *t);
void mode_check_refusal(struct sim_client *c, const struct client_task *t);
void mode_check_sense(
    struct sim_client *c, const struct client_task *t, bool descriptors);
/* May a copy be refused so? */
bool mode_may_protect(const struct sim *s, const struct client_task *t);

/* ---- client_wipe.c ---- */
bool wipe_pick(struct sim_client *c, struct client_task *t);
void wipe_command(struct sim_client *c, struct client_task *t);
void wipe_good(struct sim_client *c, struct client_task *t);
/* MEDIUM ERROR. */
void wipe_failed(struct sim_client *c, struct client_task *t);
/* It ends; known: without GOOD it has not begun. */
void wipe_over(struct sim_client *c, const struct client_task *t, bool known);
/* What the task has written may have been wiped; that block, still. */
void wipe_may_follow(struct sim_client *c, const struct client_task *t);
bool wipe_may_change(struct sim_client *c, const struct client_block *b);
/* GOOD to any command; refused as not ready, or because one has ended so. */
void wipe_check_good(struct sim_client *c, const struct client_task *t);
void wipe_check_refusal(
    struct sim_client *c, const struct client_task *t, bool ended);
/* May a copy be? */
bool wipe_may_refuse(const struct sim *s, const struct client_task *t);

/* ---- client_ask.c ---- */
/* Of a copy that is under way; false: there is none. */
bool ask_pick(struct sim_client *c, struct client_task *t);
void ask_command(struct sim_client *c, struct client_task *t);
void ask_good(struct sim_client *c, const struct client_task *t);
/* A copy has ended: as it was said to have? */
void ask_check_end(
    struct sim_client *c, const struct client_task *t, uint8_t status);

/* ---- client_data.c ---- */
/* A tag for what it writes; same: each of its blocks is the same. */
void client_pick_tag(struct sim_client *c, struct client_task *t, bool same);
bool client_writes(const struct client_task *t);
bool client_reads(const struct client_task *t);
void client_fill(uint8_t *out, uint8_t tag, uint32_t lba);
/* The same of what a block holds: what is copied has the LBA of its origin. */
void client_fill_content(uint8_t *out, uint16_t content);
void client_block_may_be(struct client_block *b, uint16_t content);
struct client_block *client_block(
    struct sim_client *c, const struct client_task *t, uint32_t i);
void client_forget(
    struct sim_client *c, struct client_task *t, enum client_end end);
void client_written(struct sim_client *c, const struct client_task *t);
/* One of its blocks, often of those that were written last. */
uint32_t client_pick_at(struct sim_client *c, unsigned lun);
void client_synced(struct sim_client *c, const struct client_task *t);
/* The same of all clients' blocks there. */
void client_all_synced(struct sim *s, const struct client_task *t);
void client_check_read(struct sim_client *c, const struct client_task *t);
/* Nothing of the sessions before can be written any more. */
void client_session_ended(struct sim_client *c);

/* ---- client_ua.c ---- */
void ua_session_began(struct sim_client *c);
/* An answer that may have had them got lost. */
void ua_forget_all(struct sim_client *c);
void ua_received(struct sim_client *c, const struct client_task *t, uint8_t asc,
    uint8_t ascq);
/* The command went by whatever was pending when it was sent. */
void ua_passed(struct sim_client *c, const struct client_task *t);

/* ---- client_pr.c ---- */
void pr_command(struct sim_client *c, struct client_task *t);
/* It ended, with that status; or nobody will ever know. */
void pr_answered(struct sim_client *c, struct client_task *t, uint8_t status);
void pr_lost(struct sim_client *c, const struct client_task *t);
/* It was refused, or could not be kept. */
void pr_failed(struct sim_client *c);
/* Is the reservation known now? */
bool pr_is_settled(const struct sim *s);
/* Registrations; and is a RESERVE(6) of that client's done with these? */
unsigned pr_registrations(const struct sim_pr *pr);
bool pr_is_enough(const struct sim_pr *pr, unsigned client);
void pr_check(
    struct sim_client *c, const struct client_task *t, uint8_t status);

/* ---- client_reserve6.c ---- */
/* That task, of the OP_RESERVE kind, is one of them. */
bool reserve6_is(const struct client_task *t);
uint8_t reserve6_pick_action(struct sim_client *c);
void reserve6_command(struct sim_client *c, struct client_task *t);
/* It ended with that status, and all before it was known. */
void reserve6_answered(
    struct sim_client *c, const struct client_task *t, uint8_t status);
void reserve6_lost(struct sim_client *c);
/* The same of what else changes reservations, and of any other command that a
 * persistent reservation admits. */
void reserve6_refuses_change(
    struct sim_client *c, const struct client_task *t, uint8_t status);
void reserve6_check(
    struct sim_client *c, const struct client_task *t, uint8_t status);
/* A reset of LUN_EXTRA is sent, and was complete. */
void reserve6_reset_begins(struct sim *s);
void reserve6_reset_ends(struct sim *s, uint64_t sent);
/* All that this client's former sessions had will go. */
void reserve6_session_began(struct sim_client *c);

/* ---- client_send.c ---- */
void client_send(
    struct sim_wire *w, const uint8_t bhs[48], const uint8_t *data, size_t n);
void client_header(struct sim_wire *w, uint8_t bhs[48], uint8_t opcode,
    uint8_t flags, uint32_t itt);
/* What is written is in t->data. */
void client_send_scsi(struct sim_client *c, struct client_task *t,
    uint8_t flags, const uint8_t *cdb, uint32_t bytes);
void client_send_data_out(struct sim_client *c, struct client_task *t,
    uint32_t ttt, uint32_t offset, uint32_t length);
/* One thing that a session may do now. */
void client_full_step(struct sim_client *c);
/* Everything outstanding may go unanswered; on one LUN (-1: on all). */
void client_expect_reset(struct sim_client *c, int lun);

/* ---- client.c ---- */
void client_send_login(
    struct sim_wire *w, uint8_t flags, const char *text, size_t n);
/* A good answer: was it to a part of a text, of which more is sent now? */
bool client_login_goes_on(struct sim_wire *w, uint8_t flags, size_t n);
void client_send_operational(struct sim_wire *w);
void client_drop(struct sim_client *c, const char *why); /* all of it */
bool client_is_in(const struct sim_client *c);           /* a session */
struct client_task *client_find(struct sim_client *c, uint32_t itt);

#endif
