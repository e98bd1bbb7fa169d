/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/nexus.h - an I_T nexus: one initiator port at one target port.
 *
 * Owned by its home thread.  Per LUN it has a struct nexus_lu, which the LU
 * lists (under the LU's mutex), so that other threads can leave unit
 * attentions and access bits there as atomics, or post to the home.
 */
#ifndef TARGET_NEXUS_H
#define TARGET_NEXUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/home.h"
#include "target/stats.h"
#include "target/target.h"
#include "target/task.h"

/* Pending unit attentions of a nexus's LU: a set of bits, sent lowest first
 * (the order is SAM-5 5.14.1's precedence). */
enum unit_attention {
	UA_POWER_ON,              /* 29/00, at login */
	UA_RESET,                 /* 29/03 bus device reset function occurred */
	UA_NEXUS_LOSS,            /* 29/07 */
	UA_MEDIUM_CHANGED,        /* 28/00 not ready to ready change */
	UA_REPORTED_LUNS_CHANGED, /* 3F/0E */
	UA_CAPACITY_CHANGED,      /* 2A/09 */
	UA_MODE_PARAMETERS_CHANGED, /* 2A/01 */
	UA_ACCESS_STATE_CHANGED,    /* 2A/06 */
	UA_RESERVATIONS_PREEMPTED,  /* 2A/03 */
	UA_RESERVATIONS_RELEASED,   /* 2A/04 */
	UA_REGISTRATIONS_PREEMPTED, /* 2A/05 */
	UA_COMMANDS_CLEARED,        /* 2F/00 by another initiator */
	UA_PROTOCOL_CLEARED,        /* 47/7F by an event of the transport */
	UA_AVAILABLE_THRESHOLD,     /* 38/07 of available space, see space.h */
	UA_USED_THRESHOLD,          /* 38/07 of used space */
	UA_INQUIRY_CHANGED,         /* 3F/03 */
	UA_DEVICE_IDENTIFIER_CHANGED, /* 3F/05 */
	UA_TIMESTAMP_CHANGED,         /* 2A/10 */
	UA_COUNT,
};

#define UA_ALL ((1u << UA_COUNT) - 1)
/* Those that come before RESERVATION CONFLICT, SAM-5 5.3.3. */
#define UA_OF_RESETS (1u << UA_POWER_ON | 1u << UA_RESET | 1u << UA_NEXUS_LOSS)

/* Beside them: the state of the nexus's port, when it is one in which not all
 * commands are executed.  So whoever finds no bit set need not look further. */
#define NEXUS_LU_STANDBY     (1u << 30)
#define NEXUS_LU_UNAVAILABLE (1u << 31)

/* What the reservation state lets this nexus do; computed by whoever changes
 * reservations, read by each command. */
enum access_bit {
	ACCESS_READ = 1 << 0,  /* commands that only read the medium */
	ACCESS_WRITE = 1 << 1, /* commands that write the medium */
	ACCESS_OTHER = 1 << 2, /* commands that neither (table, SPC-4 5.13.1) */
	ACCESS_ALL = 7,
};

TAILQ_HEAD(task_list, task);

#define NEXUS_LU_SEATS 2 /* in the throttles of the LU, of the initiator */

struct nexus_lu {
	struct nexus *nexus;
	struct lu *lu; /* holds a reference */
	uint16_t lun;
	bool read_only;               /* by the mapping */
	_Atomic uint32_t attentions;  /* 1 << enum unit_attention; NEXUS_LU_ */
	_Atomic uint32_t access;      /* enum access_bit */
	_Atomic unsigned writes;      /* running writes, see gate.h */
	_Atomic unsigned gated_reads; /* and reads, where they count */

	/* Home thread only. */
	_Atomic bool is_writer; /* set under lu->mutex; sharing.h */
	bool sharing_told;      /* lu->mutex */
	struct task_list tasks; /* until released; HEAD OF QUEUE in front */
	unsigned waiting;       /* tasks that are WAITING */
	unsigned ordered;       /* ORDERED tasks that are not ENDED */
	unsigned pins;          /* functions on the stack that still use it */
	struct stats stats;     /* others read */
	bool retired;           /* no longer in nexus->lus */
	bool starting, start_again; /* task.c starts waiting tasks */
	struct throttle_seat seats[NEXUS_LU_SEATS];
	struct job look_again; /* posted for when a seat may have something */
	bool looks_again;
	LIST_HEAD(, tmf_part) parts;       /* wait for aborted tasks */
	LIST_HEAD(, copy_record) copies;   /* newest first, see copy.h */
	LIST_ENTRY(nexus_lu) retired_link; /* nexus->retired */

	/* Under lu->mutex. */
	LIST_ENTRY(nexus_lu) link; /* lu->nexuses */
	bool prevents_removal;     /* PREVENT is in force; see medium.h */
	unsigned holds;            /* parts of broadcasts that point here */
	bool write_waits;          /* a write or read found it closed */
	bool write_turn; /* the gate is open until these have started */

	struct job kick;     /* posted when waiting tasks may go on */
	_Atomic bool kicked; /* kick is in the inbox; set under lu->mutex */
};

struct nexus {
	struct home *home;
	struct target *target; /* holds a reference */
	char initiator_name[ISCSI_NAME_MAX + 1];
	uint8_t isid[6];
	/* Constant, for other threads: target changes with a new map. */
	char target_name[ISCSI_NAME_MAX + 1];
	uint16_t portal_group_tag;  /* = relative target port identifier */
	uint16_t transport_version; /* descriptor in standard INQUIRY data; the
				       transport may set another one */
	bool plain_functions;  /* the transport, which sets this, does not carry
				  QUERY TASK, QUERY TASK SET, QUERY ASYNCHRONOUS
				  EVENT and I_T NEXUS RESET */
	struct nexus_lu **lus; /* ascending by lun */
	unsigned lu_count;
	/* Transport identity for designators and TransportIDs comes from the
	 * names above: initiator port "name,i,0xISID", target port
	 * "name,t,0xTPGT" (RFC 7143 4.2.7). */
	struct throttle *throttle;     /* the initiator's, or NULL; see
					  throttle_book.h */
	uint64_t arrivals;             /* tasks that came so far */
	size_t lent_bytes;             /* in the data of its tasks */
	struct stats past;             /* of LUNs that were taken away */
	struct task_list strays;       /* tasks whose LUN is not there */
	LIST_HEAD(, nexus_lu) retired; /* wait for tasks and broadcasts */
	unsigned pins;                 /* as nexus_lu's */
	bool zombie;                   /* detached; the last task frees it */
	void (*gone)(struct nexus *n, void *ctx);
	void *gone_ctx;
};

/*
 * Make the nexus on the calling thread, home's.  Takes a reference on target.
 * Every LU owes it 29/00 POWER ON, RESET, OR BUS DEVICE RESET
 * OCCURRED.  NULL: out of memory.
 */
struct nexus *nexus_attach(struct home *home, struct target *target,
    const char *initiator_name, const uint8_t isid[6],
    uint16_t portal_group_tag);

/*
 * I_T nexus loss.  Tasks that are not ENDED are aborted: PREPARED ones are
 * revoked (better task_fail() them before), those at their stores come home by
 * done() first.  Once all are released, reservations of SPC-2 go, the nexus
 * leaves its LUs, gone(n, ctx) is called (NULL: nothing is) and n is freed.
 * gone() may be called before this returns.
 */
void nexus_detach(
    struct nexus *n, void (*gone)(struct nexus *, void *ctx), void *ctx);

/*
 * Home thread: the configuration has a new map for this target.  LUNs that
 * stay keep their state; those that go have their tasks aborted (TASK ABORTED
 * status is sent for them); when the list changed, every LU owes 06/3F/0E, and
 * 06/3F/03 when other ports are there or may be set.
 * False: out of memory, and nothing has changed.
 */
bool nexus_remap(struct nexus *n, struct target *target);

/* NULL when this nexus has no such LUN.  lun: the 8-byte field, any of the
 * addressing methods of SAM-5 4.7.7 that names a single-level LUN. */
struct nexus_lu *nexus_find_lu(const struct nexus *n, uint64_t lun);

/* Any thread. */
void nexus_lu_establish_attention(struct nexus_lu *nl, enum unit_attention ua);
/* Home thread: take the first pending one away (06/3F/0E from every LU of the
 * nexus) and return it as 06/xx/xx, or return GOOD when none is pending. */
struct outcome nexus_lu_take_attention(struct nexus_lu *nl);
/* The one that would be taken, which stays, and how many are pending. */
struct outcome nexus_lu_first_attention(
    const struct nexus_lu *nl, unsigned *count);
/* Under lu->mutex: take the state that the port has in target. */
void nexus_lu_take_port_state(struct nexus_lu *nl, const struct target *target);
/* GOOD, or why commands other than those for that state are not executed:
 * 02/04/0B in standby, 02/04/0C when unavailable. */
struct outcome nexus_lu_port_condition(const struct nexus_lu *nl);
/* Home thread: REPORT LUNS answers UA_REPORTED_LUNS_CHANGED, for all LUNs. */
void nexus_clear_attention(struct nexus *n, enum unit_attention ua);

/* Have the waiting tasks looked at again, on their home.  Under lu->mutex. */
void nexus_lu_kick(struct nexus_lu *nl);
/* Home thread: free what is retired and has nothing more to wait for. */
void nexus_lu_reap(struct nexus_lu *nl);
void nexus_reap(struct nexus *n);

/* Home thread, tests: assert that every list and count of n is right. */
void nexus_check(const struct nexus *n);

#endif
