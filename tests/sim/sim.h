/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/sim.h - the whole core under a scheduler that picks what happens
 * next: bytes in either direction in any split, completions and failures of
 * I/O in any order, the clock, cuts, reinstatement, reload, kill and restart,
 * memory that runs out.
 *
 * What is picked comes from a seed, from a script that was recorded, or from a
 * fuzzer's input: then the input is the script.  One thread; the same script
 * gives the same trace.
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
#include "target/lu_store.h"
#include "target/target.h"

#define SIM_HOMES         2
#define SIM_CLIENTS       4
#define SIM_FINDERS       2
#define SIM_BLOCKS        2048 /* of 512 bytes, on each LU */
#define SIM_BLOCKS_MAX    4096 /* as far as one may grow */
#define SIM_CLIENT_BLOCKS (SIM_BLOCKS / SIM_CLIENTS)
#define SIM_TASKS         8 /* outstanding per client */
#define SIM_TIMERS        256
#define SIM_ATOMIC        16 /* blocks of a WRITE ATOMIC, at most */
#define SIM_SHARED        1 /* blocks of LUN_DISK, behind those of all clients */
#define SIM_SHARED_VALUES 512

/* What a world has: reloads take EXTRA away, bring it back and let it grow; who
 * breaks the rules sees only WILD. */
enum sim_lun { LUN_DISK, LUN_EXTRA, LUN_WILD, SIM_LUNS };

/* CHAP is there for those who ask for it; nobody must. */
#define SIM_CHAP_USER   "sim"
#define SIM_CHAP_SECRET "a secret of the model"
#define SIM_CHAP_MUTUAL "a secret of the target"

/* ---- choice.c: where decisions come from ---- */

#define SCRIPT_EVENTS 8192
#define SCRIPT_BYTES  (256u << 10)

/* All choices of one run, in pieces: what is made first, each event, the end.
 * Too long a run is cut short. */
struct script {
	uint32_t events; /* pieces */
	bool ended;      /* the last piece is the end */
	uint32_t starts[SCRIPT_EVENTS + 1];
	uint8_t bytes[SCRIPT_BYTES];
};

struct choice {
	uint64_t state;              /* of the generator */
	const uint8_t *bytes;        /* of the script; NULL: the generator */
	size_t left;                 /* of them */
	const struct script *replay; /* piece by piece */
	struct script *record;       /* what was chosen */
	uint32_t next;               /* piece of replay */
};
uint32_t choose(struct choice *c, uint32_t n); /* 0 .. n - 1; n > 0 */
bool choose_one_in(struct choice *c, uint32_t n);
/* The next piece begins; false: it was the last. */
bool choose_piece(struct choice *c);
void choose_end(struct choice *c);

enum sim_kept { KEPT_RESERVATIONS, KEPT_SETTINGS, KEPT_KINDS };

/* ---- store.c: a disk whose completions wait to be released ---- */
struct sim_store {
	struct backstore bs;
	/* What survives the process, and power cuts. */
	struct sim_medium {
		uint64_t blocks;
		uint8_t *written; /* SIM_BLOCKS_MAX * 512 bytes, what is read */
		uint8_t *durable; /* what a power cut leaves at least */
		uint8_t *dirty;   /* per block: it may leave the other, too */
		uint8_t *lost;    /* per block: a sync of it has failed */
		uint8_t *touched; /* per block: it was ever written */
		struct sim_medium *next_spare;
		struct sim_text {
			char *text; /* NULL: none */
			size_t bytes;
		} kept[KEPT_KINDS];
	} * medium;
	struct bs_io *pending; /* in order of submission */
	unsigned pending_count;
	struct sim_keeper {
		struct lu_store lu_store;
		struct lu_save *saving;
	} keepers[KEPT_KINDS];
	bool frozen;     /* the process is dead: nothing reaches the medium */
	bool broken;     /* a write or flush has failed: so will flushes */
	unsigned faults; /* completions that were made to fail */
};
struct sim;
struct sim_medium *sim_medium_new(uint64_t blocks);
void sim_medium_free(struct sim_medium *m);
void sim_store_init(struct sim_store *s, struct sim_medium *m, bool fua);
void sim_store_check_idle(const struct sim_store *s);
/* Complete the nth pending one, with error (0: do it; else some blocks). */
void sim_store_complete(
    struct sim_store *s, struct choice *choice, unsigned nth, int error);
/* End the save that is under way; kept says whether the new text is there. */
void sim_store_saved(
    struct sim_store *s, enum sim_kept what, int error, bool kept);
/* The process dies now, with or without the power. */
void sim_store_die(struct sim_store *s, struct choice *choice, bool power);

/* ---- world.c ---- */
struct sim_home {
	struct home home;
	struct sim *sim;
	struct job *first;
	struct job **last;
	/* In the order in which they were set. */
	struct sim_timer {
		struct job *job;
		uint64_t at_ms;
	} timers[SIM_TIMERS];
	unsigned timer_count;
};

struct sim_client;
struct sim_finder;

struct sim_lu {
	struct lu *lu; /* NULL: it is not served */
	struct sim_store store;
	struct sim_medium *medium;
	uint8_t naa[20]; /* its designator */
	bool mapped;     /* in the map of the last service */
	uint64_t since;  /* step of the last change of the map */
};

/* What reservations there are on LUN_EXTRA, as the model knows. */
struct sim_pr {
	bool unknown; /* an answer got lost */
	bool busy;    /* a change is out */
	bool aborts;  /* and ends tasks of others */
	bool aptpl;
	bool kept_unknown; /* what a restart will find */
	bool registered[SIM_CLIENTS];
	int holder; /* client; -1: none */
	uint8_t type;
	uint64_t changed; /* step at which the last change began or ended */
	/* RESERVE(6): all that may be so. */
	struct sim_reserve6 {
		unsigned may;     /* a bit for each of the holders */
		bool unknown;     /* an answer got lost */
		uint64_t changed; /* step: what was known became another */
	} six;
};

/* Bits of mode pages that MODE SELECT sets. */
enum sim_mode_bit {
	MODE_IS_CACHED,     /* WCE */
	MODE_IS_DESCRIPTOR, /* D_SENSE */
	MODE_IS_PROTECTED,  /* SWP */
	MODE_IS_TOLD,       /* TAS */
	SIM_MODES
};

#define MODE_DEFAULTS (1u << MODE_IS_CACHED)

struct sim_mode {
	uint8_t now; /* 1 << enum sim_mode_bit */
	bool unknown;
	bool busy;        /* a change is out */
	bool saved;       /* some may come back after a reset or restart */
	bool flushes;     /* the last change took the cache off */
	uint64_t changed; /* step at which the last change began or ended */
};

/* SANITIZE or FORMAT UNIT of LUN_EXTRA. */
struct sim_wipe {
	bool live;        /* the command is out */
	bool open;        /* it may be under way */
	bool failed;      /* the unit may refuse because of it */
	bool refuses;     /* it was cut off: the unit must */
	bool twice;       /* one before it may be, too */
	uint16_t content; /* what it leaves in each block */
	uint16_t before;  /* the same of the other */
	uint64_t sent;
	uint64_t begun;   /* step at which IMMED was answered; 0: it was not */
	uint64_t changed; /* step at which it began, or was known to be over */
};

/* What has been written to the shared block. */
struct sim_shared {
	uint16_t last;
	bool unknown;    /* what is there now? */
	uint16_t newest; /* as it was seen last */
	uint64_t seen;   /* step */
	struct sim_shared_value {
		bool compared;   /* by COMPARE AND WRITE */
		bool undone;     /* it never got there */
		uint16_t parent; /* what it was compared with, then */
		uint16_t next;   /* what has taken its place so; 0: none yet */
		unsigned tries;  /* that may have */
		uint64_t sent, answered; /* steps; 0: not yet, or not well */
	} values[SIM_SHARED_VALUES];
};

struct sim_figures {
	uint64_t commands, bytes, reinstated, reloads, restarts, resets,
	    attentions, conflicts, joined, starved, noise, proved, lost, resent,
	    reassigned, texts, strays, finds, copies, exchanges, wipes, asked;
};

struct sim {
	struct choice choice;
	uint64_t hash; /* of the trace */
	uint64_t steps;
	bool draining;  /* no more faults, no new work */
	bool lawless;   /* the last client breaks the rules */
	bool starved;   /* allocations of the core fail at times */
	bool slow;      /* much else happens while I/O is under way */
	bool contended; /* most commands are for the shared block */
	bool wipes;     /* LUN_EXTRA is sanitized and formatted */
	bool loud;      /* say what happens */
	/* LU resets sent and not answered: who sends now may be hit too. */
	unsigned resets;
	struct sim_home homes[SIM_HOMES];
	struct home *current; /* whose thread we play; NULL: a foreign one */
	struct sim_lu lus[SIM_LUNS];
	struct target *target;
	struct service *service;
	struct session_table *sessions;
	bool applying;     /* a new service is on its way to the sessions */
	uint64_t reloaded; /* step at which the last one was on its way */
	uint64_t faulted;  /* step at which I/O failed last */
	bool banned;       /* the initiators of odd clients */
	uint64_t banned_since;
	uint64_t ban_known; /* since when all know of it; 0: they do not */
	struct sim_pr pr;
	struct sim_shared shared;
	struct sim_mode modes[SIM_LUNS];
	struct sim_wipe wipe;
	struct sim_client *clients[SIM_CLIENTS];
	struct sim_finder *finders[SIM_FINDERS];
	struct sim_figures figures;
};

/* Run one script to its end, and check that nothing is left.  Aborts with the
 * reason on a broken invariant. */
struct sim_result {
	uint64_t hash, steps;
	struct sim_figures figures;
};
struct sim_result sim_run(struct choice choice, unsigned steps, bool loud);

/* Feed raw bytes to one connection, in pieces of at most split bytes; behind a
 * good login if logged_in.  Its output is thrown away. */
void sim_raw(bool logged_in, size_t split, const uint8_t *bytes, size_t size);

void sim_trace(struct sim *s, uint64_t what);
/* A line of what happens, for people. */
__attribute__((format(printf, 2, 3))) void sim_note(
    const struct sim *s, const char *fmt, ...);
__attribute__((format(printf, 2, 3), noreturn)) void sim_fail(
    const struct sim *s, const char *fmt, ...);
/* The format of the last sim_fail(), wherever it was: two runs that end alike.
 * Shared between processes; NULL: nobody wants to know. */
extern const char **sim_failure;

/* Be on that home's thread, and back. */
void sim_enter(struct sim *s, struct home *home);
void sim_leave(struct sim *s);

void world_make(struct sim *s);
void world_end(struct sim *s); /* everything has ended before */
/* All invariants that can be told from the objects alone. */
void world_check(struct sim *s);
struct service *world_service(struct sim *s);
void world_open_lu(struct sim *s, unsigned lun);
/* Open a connection from client n at a home of the scheduler's choice; NULL:
 * out of memory. */
struct conn *sim_connect(struct sim *s, unsigned n, struct home **home);
/* Up to n bytes, as many as it takes now; how many. */
size_t sim_deliver(struct sim *s, struct conn *conn, struct home *home,
    const uint8_t *bytes, size_t n);
void sim_close(
    struct sim *s, struct conn *conn, struct home *home, const char *why);
/* If it is due. */
void sim_tick(struct sim *s, struct conn *conn, struct home *home);
bool home_run_one(struct sim_home *h);
/* Its clock goes on, and what is due is posted. */
void home_pass(struct sim_home *h, unsigned ms);

/* ---- events.c ---- */
void event_pick(struct sim *s);
/* No more faults: whatever can move moves, until nothing does. */
void events_drain(struct sim *s);
/* Nobody says a word any more: all connections end by their clocks. */
void events_silence(struct sim *s);

/* ---- starve.c: allocations of the core that fail (ld --wrap) ---- */
extern struct choice *volatile starve_by; /* NULL: none fails */
extern uint64_t starve_count;

/* ---- client.c: an initiator that keeps the rules, or not ---- */
struct sim_client *client_new(struct sim *s, unsigned index);
void client_free(struct sim_client *c);
/* One thing that it may do now. */
void client_step(struct sim_client *c);
/* Move some bytes; false when there was nothing to move. */
bool client_deliver(struct sim_client *c, bool all);
bool client_collect(struct sim_client *c, bool all);
void client_cut(struct sim_client *c);
/* One connection, if what is under way on it can go on. */
void client_cut_to_recover(struct sim_client *c);
/* A byte on its way is spoilt; digests will tell. */
void client_noise(struct sim_client *c);
/* What it can do to have all that it is owed; false: it has. */
bool client_mend(struct sim_client *c);
/* Put raw bytes on its wire, connecting first when it is not. */
void client_raw(struct sim_client *c, const uint8_t *bytes, size_t n);
/* The clock is about to go on, and has gone on. */
void client_note_time(struct sim_client *c);
void client_tick(struct sim_client *c);
void client_hang_up(struct sim_client *c);
/* Does the target want to close all that is open?  Closes what it does. */
bool client_all_closed(struct sim_client *c);
/* The process of the target was killed; power: with all that was not synced. */
void client_died(struct sim_client *c, bool power);
/* At the end: everything that had to be answered was. */
/* Is a function of it under way? */
bool client_waits(const struct sim_client *c);
void client_check_end(const struct sim_client *c);
/* What is on the disk when nothing moves any more. */
void client_check_disk(struct sim_client *c);

/* ---- finder.c: a discovery session, or none ---- */
struct sim_finder *finder_new(struct sim *s, unsigned index);
void finder_free(struct sim_finder *f);
/* One thing that it may do now. */
void finder_step(struct sim_finder *f);
/* Move some bytes, or see its end; false: there was nothing. */
bool finder_move(struct sim_finder *f);
/* The clock has gone on. */
void finder_tick(struct sim_finder *f);
void finder_hang_up(struct sim_finder *f);
bool finder_is_closed(const struct sim_finder *f);
/* At the end: it was answered, or is gone. */
void finder_check_end(const struct sim_finder *f);

/* ---- client_reserve6.c: SPC-2 reservations of LUN_EXTRA ---- */
/* There is none. */
void reserve6_none(struct sim *s);

/* ---- client_mode.c: mode pages ---- */
/* The LUN is served from now on; same_unit: by who had it before. */
void mode_begins(struct sim *s, unsigned lun, bool same_unit);
/* A reset puts back what is saved. */
void mode_reset_begins(struct sim *s, unsigned lun);

/* ---- client_wipe.c: SANITIZE, FORMAT UNIT ---- */
/* The process is about to end; the unit has been opened anew. */
void wipe_killed(struct sim *s);
void wipe_cut_off(struct sim *s);

/* ---- client_shared.c: a block that all write ---- */
void shared_power_cut(struct sim *s);

/* ---- client_ua.c: unit attentions, as they are owed ---- */
struct sim_event {
	uint8_t asc, ascq; /* of UNIT ATTENTION */
	uint64_t began;
};
/* What was owed on a LUN is not any more. */
void ua_forget_lun(struct sim *s, unsigned lun);
/* Something that makes unit attentions on a LUN begins, for all clients but
 * one (-1: for all); and is known to have happened (sure: to all of them). */
struct sim_event ua_begin(
    struct sim *s, unsigned lun, uint8_t asc, uint8_t ascq, int but);
void ua_end(
    struct sim *s, unsigned lun, const struct sim_event *e, int but, bool sure);

#endif
