/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/config.h - the configuration as plain structs.
 *
 * config_load() reads a file and what it includes, reports every error found
 * (form and meaning), and fills struct config.  It touches nothing else: it
 * stats the files that LUNs name, and opens only configuration files.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* Where a statement stands; file belongs to the struct config. */
struct config_place {
	const char *file;
	unsigned line, column; /* from 1; 0: nowhere (a default) */
};

struct config_strings {
	char **items;
	unsigned count;
};

enum config_allocation {
	ALLOCATION_DEFAULT,
	ALLOCATION_SPARSE,
	ALLOCATION_FULL
};
enum config_cache { CACHE_WRITEBACK, CACHE_WRITETHROUGH, CACHE_DIRECT };
#define CONFIG_NO_THRESHOLD 101 /* percent: "none" */

enum config_sharing { SHARING_WARN, SHARING_EXCLUSIVE, SHARING_SHARED };

/* Room that is guaranteed; neither: none. */
struct config_reserve {
	uint64_t bytes;
	unsigned percent; /* of the size */
};

/* What may be had in a second; 0: no limit, and a burst of a tenth of it. */
struct config_limit {
	uint64_t per_second, burst;
};

struct config_lun {
	TAILQ_ENTRY(config_lun) link;
	struct config_place place;
	char *name;
	char *store;      /* "file", "block", "ram", "null" */
	char *path;       /* of file and block; relative ones are an error */
	char *thin_pool;  /* lv; NULL: not thin */
	unsigned stripes; /* lv; 0: one */
	char *conf;       /* rbd; NULL: where Ceph's usually is */
	char *user;       /* rbd; NULL: admin */
	char *name_space; /* rbd; NULL: none */
	uint64_t size;    /* bytes; 0: not given */
	struct config_reserve reserve;
	char *owner, *group; /* file: of users and groups; NULL: as it is */
	unsigned mode;       /* file: 0: as it is */
	enum config_allocation allocation; /* never DEFAULT after loading */
	enum config_cache cache;
	enum config_sharing sharing;
	uint32_t block_size;     /* 512, 4096 */
	uint64_t physical_block; /* bytes; 0: as the store has it */
	bool read_only;
	bool removable;
	uint64_t sanitize_rate;              /* bytes a second; 0: no limit */
	struct config_limit iops, bandwidth; /* commands, bytes */
	/* Percent of itself, and of what is below it; never 0 after loading. */
	unsigned threshold, pool_threshold;
	/* NULL: from the UUID; naa: 16 or 32 lower-case hex digits */
	char *serial, *device_id, *naa;
};

struct config_chap {
	char *user, *secret;
	char *mutual_user, *mutual_secret; /* NULL: one-way */
};

struct config_auth_group {
	TAILQ_ENTRY(config_auth_group) link;
	struct config_place place;
	char *name;
	bool no_authentication; /* the built-in group of that name */
	bool deny;              /* the built-in group no-access */
	bool weak_secrets;
	struct config_chap *chap;
	unsigned chap_count;
	struct config_strings initiator_names;     /* globs */
	struct config_strings initiator_addresses; /* CIDR, checked */
};

struct config_portal {
	struct config_place place;
	char *host; /* "0.0.0.0", "::", "192.0.2.1", "fe80::1%eth0": no names */
	uint16_t port;
	char *advertise; /* "198.51.100.7:3260" or NULL */
};

enum config_discovery_filter {
	CONFIG_DISCOVERY_NONE,
	CONFIG_DISCOVERY_PORTAL,
	CONFIG_DISCOVERY_PORTAL_NAME,
	CONFIG_DISCOVERY_PORTAL_NAME_AUTH,
};

struct config_portal_group {
	TAILQ_ENTRY(config_portal_group) link;
	struct config_place place;
	char *name;
	uint16_t tag; /* given, or the next free from 1 */
	struct config_portal *portals;
	unsigned portal_count;
	struct config_auth_group *discovery_auth_group; /* NULL: none needed */
	enum config_discovery_filter discovery_filter;
	char *redirect;
	bool redirect_permanent;
	char *congestion_control; /* NULL: the system's */
};

/* By their codes, SPC-4 5.15.2 */
enum config_port_state {
	PORT_STATE_OPTIMIZED,
	PORT_STATE_NON_OPTIMIZED,
	PORT_STATE_STANDBY,
	PORT_STATE_UNAVAILABLE,
};

struct config_target_portal_group {
	struct config_portal_group *portal_group;
	enum config_port_state state;
	struct config_auth_group *auth_group; /* NULL: the target's */
	uint16_t tag;                         /* 0: the portal group's own */
};

struct config_lun_map {
	struct config_place place;
	uint16_t number;
	struct config_lun *lun;
	bool read_only;
	struct config_strings initiator_names; /* globs; none: all */
};

/* What the initiators whose names match may have of all LUNs together. */
struct config_initiator {
	TAILQ_ENTRY(config_initiator) link;
	struct config_place place;
	char *pattern; /* glob; the first that matches counts */
	struct config_limit iops, bandwidth;
};

/* May initiators set the states of ports? */
enum config_access_states { ACCESS_STATES_IMPLICIT, ACCESS_STATES_EXPLICIT };

struct config_target {
	TAILQ_ENTRY(config_target) link;
	struct config_place place;
	char *name; /* normalised: lower case as RFC 3722 has it */
	char *alias;
	struct config_auth_group *auth_group; /* never NULL */
	struct config_target_portal_group *portal_groups;
	unsigned portal_group_count;
	struct config_lun_map *luns; /* ascending by number */
	unsigned lun_count;
	char *redirect;
	bool redirect_permanent;
	enum config_access_states access_states;
};

/* timeout and limits; names are the keywords', defaults in config.c's table. */
struct config_timeouts {
	unsigned login_ms, ping_idle_ms, ping_reply_ms, output_stall_ms;
	unsigned task_abort_ms, open_ms, shutdown_ms;
};
struct config_limits {
	unsigned connections, logins, logins_per_address;
	unsigned connections_per_address; /* 0: as many as connections */
	unsigned sessions_per_initiator, commands_per_session;
	unsigned login_rounds;
	uint64_t login_text, receive_segment, memory; /* bytes */
};

enum config_log_level {
	CONFIG_LOG_ERROR = 3,
	CONFIG_LOG_WARNING,
	CONFIG_LOG_NOTICE,
	CONFIG_LOG_INFO,
	CONFIG_LOG_DEBUG
};

/* The page for browsers. */
struct config_web {
	char *address; /* "127.0.0.1:8260", of this machine only */
	char *token;   /* a secret */
};

struct config {
	char *state_directory;  /* default /var/lib/tisane */
	char *control;          /* path, "none", or NULL: where it usually is */
	char *metrics;          /* "127.0.0.1:9260"; NULL: none */
	struct config_web *web; /* NULL: none */
	char *user;             /* to become; NULL: none */
	bool sandbox;
	unsigned workers;                   /* 0: one per core */
	unsigned busy_poll;                 /* microseconds; 0: never */
	unsigned threshold, pool_threshold; /* of luns without their own */
	bool fault_injection; /* faults on purpose may be asked for */
	struct config_strings isns_servers; /* "192.0.2.9:3205" */
	unsigned isns_period_ms, isns_timeout_ms;
	enum config_log_level log_level;
	struct config_timeouts timeouts;
	struct config_limits limits;
	TAILQ_HEAD(, config_portal_group) portal_groups;
	TAILQ_HEAD(, config_auth_group) auth_groups;
	TAILQ_HEAD(config_lun_list, config_lun) luns;
	TAILQ_HEAD(, config_target) targets;
	TAILQ_HEAD(, config_initiator) initiators; /* in the file's order */
	struct config_strings files;        /* the file and all it included */
	struct config_strings secret_files; /* chap-file, token-file */
	struct config_tree *tree; /* lossless; for edit and for places */
};

enum config_severity { CONFIG_ERROR, CONFIG_WARNING };

struct config_message {
	enum config_severity severity;
	struct config_place place; /* file is the message's own */
	char *text;                /* "unknown keyword \"lunn\"" */
	char *suggestion;          /* "lun", or NULL */
	char *source; /* the line itself, without newline, or NULL */
};

struct config_report {
	struct config_message *messages; /* in order of place */
	unsigned count, errors;
};

/*
 * Load path.  Return the configuration, or NULL when report->errors > 0 (or out
 * of memory, then with a message as well).  The report is filled either way
 * and freed by config_report_free().
 */
struct config *config_load(const char *path, struct config_report *report);
/* The same from text, as if it were in a file of that name.  text need not be
 * terminated. */
struct config *config_load_text(const char *name, const char *text,
    size_t bytes, struct config_report *report);
/* No statement is in it, as when an editor has emptied the file to write it. */
bool config_says_nothing(const struct config *config);
void config_free(struct config *config); /* secrets are wiped */
/* Of two values of one field: NULL is none. */
bool config_same_text(const char *a, const char *b);

/* "file:line:column: error: text" + line + caret + suggestion, in a string
 * that the caller frees. */
char *config_message_format(const struct config_message *m);
void config_report_free(struct config_report *report);

#endif
