/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/service.h - what is offered to initiators: portal groups, targets, who
 * may log in.  One immutable snapshot per configuration; connections hold a
 * reference to the one that they logged in under.
 */
#ifndef ISCSI_SERVICE_H
#define ISCSI_SERVICE_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "target/target.h"

struct peer_address {
	struct in6_addr ip; /* IPv4 as ::ffff:a.b.c.d */
	unsigned zone;      /* interface of a link-local address; else 0 */
	uint16_t port;
	char text[64]; /* "192.0.2.1:4711", "[2001:db8::1]:4711" */
};

struct chap_credential {
	char *user;
	char *secret;        /* initiator proves itself with this */
	char *mutual_user;   /* NULL: one-way only */
	char *mutual_secret; /* we prove ourselves with this */
};

struct address_range {
	struct in6_addr ip;
	unsigned prefix; /* 0..128, of the mapped form for IPv4 */
};

/* auth-group: who may log in, and with which proof. */
struct auth_group {
	char *name;
	bool no_authentication; /* AuthMethod None is enough */
	bool deny; /* nobody (the default of a target without one) */
	struct chap_credential *chap;
	unsigned chap_count;
	char **initiator_names; /* globs; none: any */
	unsigned initiator_name_count;
	struct address_range *initiator_addresses; /* none: any */
	unsigned initiator_address_count;
};

enum discovery_filter {
	DISCOVERY_FILTER_NONE,        /* all targets of the portal group */
	DISCOVERY_FILTER_PORTAL,      /* those whose addresses admit the peer */
	DISCOVERY_FILTER_PORTAL_NAME, /* and whose names do (default) */
	DISCOVERY_FILTER_PORTAL_NAME_AUTH, /* and whose CHAP was passed */
};

struct portal {
	struct in6_addr ip;
	unsigned zone;    /* interface of a link-local address; else 0 */
	bool wildcard;    /* listens on any address: advertise the one used */
	char address[64]; /* "192.0.2.1:3260", "[2001:db8::1]:3260" */
	char advertised[64]; /* what discovery reports; empty: as connected */
};

struct portal_group {
	char *name;
	uint16_t tag;
	struct portal *portals;
	unsigned portal_count;
	struct auth_group *discovery_auth_group; /* NULL: no authentication */
	enum discovery_filter discovery_filter;
	char *redirect; /* "ADDRESS:PORT" for every login, or NULL */
	bool redirect_permanent;
};

struct target_portal_group {
	struct portal_group *portal_group;
	struct auth_group *auth_group; /* NULL: the target's */
	uint16_t tag; /* at this target; 0: the portal group's */
};

struct iscsi_target {
	struct target *target; /* holds a reference */
	struct auth_group *auth_group;
	struct target_portal_group *portal_groups;
	unsigned portal_group_count;
	char *redirect; /* or NULL */
	bool redirect_permanent;
};

/* limits and timeout blocks; the names are the keywords'. */
struct iscsi_limits {
	unsigned login_timeout_ms;     /* 15 s: accept to full feature phase */
	unsigned login_rounds;         /* 16 */
	unsigned login_text_bytes;     /* 64 KiB */
	unsigned ping_idle_ms;         /* 15 s without a word: NOP-In */
	unsigned ping_timeout_ms;      /* 15 s without an answer: drop */
	unsigned output_stall_ms;      /* 30 s of unsent output: drop */
	unsigned commands_per_session; /* 128: the CmdSN window */
	unsigned sessions_per_initiator; /* 64 */
	unsigned max_recv_data_segment;  /* what we declare; 262144 */
	unsigned max_burst;              /* our end of MaxBurstLength; 1 MiB */
	unsigned first_burst;         /* our end of FirstBurstLength; 256 KiB */
	unsigned max_outstanding_r2t; /* 16 */
	unsigned task_abort_timeout_ms; /* 1.5 s: answer to an abort */
};

extern const struct iscsi_limits iscsi_limits_default;

struct session_table;
struct throttle_book;

struct service {
	struct portal_group **portal_groups;
	unsigned portal_group_count;
	struct iscsi_target **targets;
	unsigned target_count;
	struct auth_group **auth_groups;
	unsigned auth_group_count;
	struct iscsi_limits limits;
	_Atomic bool stopping;                   /* logins get 0301 */
	struct session_table *sessions;          /* outlives the snapshot */
	struct throttle_book *throttles;         /* so does it; or NULL */
	bool (*random)(void *out, size_t bytes); /* any thread; false: none */
	_Atomic unsigned references;
	void (*free_last)(struct service *service); /* the maker's */
};

void service_ref(struct service *service);
void service_unref(struct service *service);
struct iscsi_target *service_find_target(
    const struct service *service, const char *name);

struct portal_group *service_find_tag(
    const struct service *service, uint16_t tag);

/* The target portal group tag of a target at a portal group; 0 when the target
 * is not offered there. */
uint16_t iscsi_target_tag(
    const struct iscsi_target *t, const struct portal_group *pg);
/* The auth-group in force for a target at a portal group; NULL when the target
 * is not offered there. */
const struct auth_group *iscsi_target_auth(
    const struct iscsi_target *t, const struct portal_group *pg);

/*
 * Predicates over an auth-group.  Names compare by exact bytes or glob.
 * AuthMethod None is enough with no_authentication, and for a group that has
 * addresses or names but no chap; a group with nothing in it is closed.
 */
bool auth_group_accepts_none(const struct auth_group *ag);
bool auth_group_admits_address(
    const struct auth_group *ag, const struct peer_address *peer);
bool auth_group_admits_name(
    const struct auth_group *ag, const char *initiator_name);
const struct chap_credential *auth_group_find_chap(
    const struct auth_group *ag, const char *user, size_t len);
/* Does the discovery filter show this target to this initiator?  chap_user is
 * the name proved in this discovery session, or NULL. */
bool service_shows_target(const struct iscsi_target *t,
    const struct portal_group *pg, const struct peer_address *peer,
    const char *initiator_name, const char *chap_user);
/* The same where it did not ask: it has to be let in to that group's discovery,
 * too. */
bool service_shows_elsewhere(const struct iscsi_target *t,
    const struct portal_group *pg, const struct peer_address *peer,
    const char *initiator_name, const char *chap_user);

#endif
