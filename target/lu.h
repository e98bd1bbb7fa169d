/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/lu.h - a logical unit: a backstore with an identity.
 *
 * Shared by all nexuses that see it.  What a command's hot path reads is
 * constant or atomic; the rest is under lu->mutex, which only logins, logouts,
 * resets, MODE SELECT, reservations and atomic commands take.
 *
 * lu->mutex is the only lock of target/ but for the leaves of throttle.h and
 * throttle_book.h.  Never two of them at once; nothing
 * of the transport (done(), revoked(), gone()) is called under it; posting a
 * job under it is fine.
 */
#ifndef TARGET_LU_H
#define TARGET_LU_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "backstores/backstore.h"
#include "target/fault.h"
#include "target/space.h"
#include "target/stats.h"
#include "target/throttle.h"

struct nexus_lu;
struct pr_state;

/* How an LU presents itself.  All text is printable ASCII. */
struct lu_identity {
	char name[64];      /* the lun block's name in the configuration */
	uint8_t uuid[16];   /* made at creation, kept with the data */
	char serial[37];    /* VPD 80h; default: from the uuid */
	char device_id[65]; /* T10 vendor designator; default: from the uuid */
	/* NAA 6 (16 bytes) as two numbers, from the uuid; or NAA 2, 3, 5 (8
	 * bytes) in the first of them. */
	uint64_t naa[2];
	uint64_t eui64;
	char vendor[9], product[17], revision[5]; /* unpadded */
};

/* What a second, different initiator may do; see sharing.h. */
enum lu_sharing { LU_SHARING_SHARED, LU_SHARING_WARN, LU_SHARING_EXCLUSIVE };

struct lu_options {
	enum lu_sharing sharing;
	uint32_t block_size; /* 512 or 4096 */
	bool read_only;
	bool writethrough; /* WCE is 0 and not changeable */
	bool removable;
	uint64_t sanitize_rate; /* bytes a second at most; 0: no limit */
};

/* What keeps commands from being executed; see medium.h. */
enum lu_condition {
	LU_READY,
	LU_MEDIUM_OUT,      /* removable, and ejected */
	LU_SANITIZING,      /* SANITIZE is under way */
	LU_SANITIZE_FAILED, /* and could not be done */
	LU_FORMATTING,      /* FORMAT UNIT is under way */
	LU_FORMAT_FAILED,   /* and could not be done */
};

/* See timestamp.h. */
struct lu_timestamp {
	bool set;       /* by SET TIMESTAMP; else 0 at power on */
	uint64_t value; /* milliseconds, */
	uint64_t at_ms; /* when the clock of the homes was this */
};

struct lu {
	struct lu_identity identity;
	struct lu_options options;
	struct backstore *bs;
	unsigned block_shift;     /* 9 or 12 */
	uint8_t first_row[256];   /* of cmd_table by opcode, see cmd_index() */
	_Atomic uint64_t blocks;  /* capacity in logical blocks */
	_Atomic bool write_cache; /* WCE in force */
	_Atomic bool descriptor_sense;       /* D_SENSE in force */
	_Atomic bool software_write_protect; /* SWP in force */
	_Atomic bool task_aborted_status;    /* TAS in force */
	_Atomic bool space_reports;          /* LBPERE in force */
	_Atomic bool space_known;            /* see space.h */
	_Atomic bool reservations_unknown;   /* see pr_set_unknown() */
	_Atomic int condition;     /* enum lu_condition; changes under mutex */
	_Atomic unsigned progress; /* of whole.h, in 65536ths */
	_Atomic bool whole_stops;  /* the daemon ends; see whole.h */
	_Atomic bool gate_closed;  /* an atomic command runs; see gate.h */
	_Atomic bool gate_shut;    /* and reads wait for it, too */
	_Atomic uint64_t no_space; /* operations that found no room */
	_Atomic uint64_t failed;   /* that failed otherwise ... */
	_Atomic int failed_by;     /* ... the last one by this errno */
	struct stats past; /* mutex: of nexuses that have left; see stats.h */
	struct throttle throttle; /* of all its nexuses together */

	pthread_mutex_t mutex;
	LIST_HEAD(, nexus_lu) nexuses; /* mutex */
	struct pr_state *pr;           /* mutex */
	struct lu_mode *mode;          /* mutex: changeable mode page fields */
	struct lu_settings *settings;  /* mutex: what is kept, settings.h */
	struct lu_timestamp timestamp; /* mutex */
	struct lu_gate *gate;          /* mutex: who waits for whom */
	struct fault_rules faults;     /* mutex */
	_Atomic bool has_faults;
	struct lu_space space;    /* mutex */
	bool sanitize_restricted; /* mutex: it failed, with AUSE 0 */
	_Atomic unsigned references;
	void (*free_last)(struct lu *lu, void *ctx); /* see lu_new() */
	void *free_ctx;
};

/* Fill serial, device_id, naa, eui64 and the product strings from uuid where
 * they are empty. */
void lu_identity_complete(struct lu_identity *id);

/*
 * A new LU with one reference.  Keeps bs; when the last reference goes,
 * free_last(lu, ctx) is called on whatever thread that was: it has bs closed
 * where closing may block, then calls lu_destroy().  NULL: out of memory.
 */
struct lu *lu_new(struct backstore *bs, const struct lu_identity *identity,
    const struct lu_options *options,
    void (*free_last)(struct lu *lu, void *ctx), void *ctx);
void lu_ref(struct lu *lu);
void lu_unref(struct lu *lu);
/* Frees the memory only; bs is the caller's again. */
void lu_destroy(struct lu *lu);

/*
 * Any thread: the store's size has changed.  Takes backstore_size(), and every
 * nexus gets 06/2A/09 CAPACITY DATA HAS CHANGED.
 */
void lu_size_changed(struct lu *lu);

/*
 * Any thread: it is sparse or full now, which its VPD pages tell; every nexus
 * gets 06/3F/03 INQUIRY DATA HAS CHANGED.
 */
void lu_provisioning_changed(struct lu *lu);

/* Under lu->mutex: the same unit attention for every nexus but one (NULL: for
 * every one). */
void lu_establish_attention(
    struct lu *lu, unsigned ua, const struct nexus_lu *but);

/* No medium access may write: options, store, or SWP. */
bool lu_is_write_protected(const struct lu *lu);

/* Tests, while no other thread runs: assert what must hold. */
void lu_check(struct lu *lu);

#endif
