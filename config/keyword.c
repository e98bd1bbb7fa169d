/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/keyword.c - THE keyword table.
 */
#include "config/keyword.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "common/bytes.h"
#include "config/build.h"

/* clang-format off */
static const struct value_choice allocations[] = {
	{ "sparse", ALLOCATION_SPARSE, false },
	{ "full", ALLOCATION_FULL, false },
	{ NULL, 0, false },
};
static const struct value_choice caches[] = {
	{ "writeback", CACHE_WRITEBACK, false },
	{ "writethrough", CACHE_WRITETHROUGH, false },
	{ "direct", CACHE_DIRECT, false },
	{ NULL, 0, false },
};
static const struct value_choice sharings[] = {
	{ "warn", SHARING_WARN, false },
	{ "exclusive", SHARING_EXCLUSIVE, false },
	{ "shared", SHARING_SHARED, false },
	{ NULL, 0, false },
};
static const struct value_choice accesses[] = {
	{ "implicit", ACCESS_STATES_IMPLICIT, false },
	{ "explicit", ACCESS_STATES_EXPLICIT, false },
	{ NULL, 0, false },
};
static const struct value_choice block_sizes[] = {
	{ "512", 512, false },
	{ "4096", 4096, false },
	{ NULL, 0, false },
};
static const struct value_choice filters[] = {
	{ "none", CONFIG_DISCOVERY_NONE, false },
	{ "portal", CONFIG_DISCOVERY_PORTAL, false },
	{ "portal-name", CONFIG_DISCOVERY_PORTAL_NAME, false },
	{ "portal-name-auth", CONFIG_DISCOVERY_PORTAL_NAME_AUTH, false },
	{ NULL, 0, false },
};
static const struct value_choice levels[] = {
	{ "error", CONFIG_LOG_ERROR, false },
	{ "warning", CONFIG_LOG_WARNING, false },
	{ "notice", CONFIG_LOG_NOTICE, false },
	{ "info", CONFIG_LOG_INFO, false },
	{ "debug", CONFIG_LOG_DEBUG, false },
	{ NULL, 0, false },
};

#define MIB (1ull << 20)
#define MINUTE 60000 /* ms */

const struct keyword keywords[] = {
	/* the file itself */
	{ .name = "state-directory", .in = BLOCK_FILE, .usage = "PATH",
	  .min = 1, .max = 1, .preset = "/var/lib/tisane",
	  .offset = offsetof(struct config, state_directory),
	  .value = { .read = value_path, .high = PATH_MAX - 1 } },
	{ .name = "include", .in = BLOCK_FILE, .usage = "PATTERN",
	  .min = 1, .max = 1, .many = true, .build = build_include },
	{ .name = "portal-group", .in = BLOCK_FILE, .usage = "NAME",
	  .min = 1, .max = 1, .many = true, .block = MUST_HAVE_BLOCK,
	  .build = portal_group_build },
	{ .name = "auth-group", .in = BLOCK_FILE, .usage = "NAME",
	  .min = 1, .max = 1, .many = true, .block = MUST_HAVE_BLOCK,
	  .build = auth_group_build },
	{ .name = "lun", .in = BLOCK_FILE, .usage = "NAME",
	  .min = 1, .max = 1, .many = true, .block = MUST_HAVE_BLOCK,
	  .build = lun_build },
	{ .name = "target", .in = BLOCK_FILE, .usage = "NAME",
	  .min = 1, .max = 1, .many = true, .block = MUST_HAVE_BLOCK,
	  .build = target_build },
	{ .name = "user", .in = BLOCK_FILE, .usage = "NAME",
	  .min = 1, .max = 1, .offset = offsetof(struct config, user),
	  .value = { .read = value_ascii, .high = 255 } },
	{ .name = "sandbox", .in = BLOCK_FILE, .usage = "yes|no",
	  .min = 1, .max = 1, .preset = "yes",
	  .offset = offsetof(struct config, sandbox),
	  .value = { .read = value_yes_no } },
	{ .name = "fault-injection", .in = BLOCK_FILE, .usage = "yes|no",
	  .min = 1, .max = 1, .preset = "no",
	  .offset = offsetof(struct config, fault_injection),
	  .value = { .read = value_yes_no } },
	{ .name = "initiator", .in = BLOCK_FILE, .usage = "PATTERN",
	  .min = 1, .max = 1, .many = true, .block = MUST_HAVE_BLOCK,
	  .build = initiator_build, .value = { .read = value_glob } },
	{ .name = "workers", .in = BLOCK_FILE, .usage = "NUMBER",
	  .min = 1, .max = 1, .offset = offsetof(struct config, workers),
	  .value = { .read = value_number, .low = 1, .high = 256 } },
	{ .name = "busy-poll", .in = BLOCK_FILE, .usage = "MICROSECONDS",
	  .min = 1, .max = 1, .preset = "0",
	  .offset = offsetof(struct config, busy_poll),
	  .value = { .read = value_number, .low = 0, .high = 1000 } },
	{ .name = "log", .in = BLOCK_FILE, .usage = "[level] LEVEL",
	  .min = 1, .max = 2, .preset = "info", .build = build_log,
	  .offset = offsetof(struct config, log_level),
	  .value = { .read = value_choose, .choices = levels } },
	{ .name = "threshold", .in = BLOCK_FILE, .usage = "PERCENT|none",
	  .min = 1, .max = 1, .preset = "none",
	  .offset = offsetof(struct config, threshold),
	  .value = { .read = value_percent } },
	{ .name = "pool-threshold", .in = BLOCK_FILE, .usage = "PERCENT|none",
	  .min = 1, .max = 1, .preset = "90%",
	  .offset = offsetof(struct config, pool_threshold),
	  .value = { .read = value_percent } },
	{ .name = "timeout", .in = BLOCK_FILE, .usage = "",
	  .block = MUST_HAVE_BLOCK, .build = build_timeouts },
	{ .name = "limits", .in = BLOCK_FILE, .usage = "",
	  .block = MUST_HAVE_BLOCK, .build = build_limits },
	{ .name = "control", .in = BLOCK_FILE, .usage = "PATH|none",
	  .min = 1, .max = 1, .offset = offsetof(struct config, control),
	  .value = { .read = value_path_or_none, .high = 107 } },
	{ .name = "metrics", .in = BLOCK_FILE, .usage = "[ADDRESS:]PORT",
	  .min = 1, .max = 1, .offset = offsetof(struct config, metrics),
	  .value = { .read = value_metrics } },
	{ .name = "web", .in = BLOCK_FILE, .usage = "[ADDRESS:]PORT",
	  .min = 1, .max = 1, .block = MUST_HAVE_BLOCK, .build = build_web },

	{ .name = "isns-server", .in = BLOCK_FILE, .usage = "ADDRESS[:PORT]",
	  .min = 1, .max = 1, .many = true,
	  .offset = offsetof(struct config, isns_servers),
	  .value = { .read = value_isns } },
	{ .name = "isns-period", .in = BLOCK_FILE, .usage = "TIME",
	  .min = 1, .max = 1, .preset = "15min",
	  .offset = offsetof(struct config, isns_period_ms),
	  .value = { .read = value_time, .low = 3000, .high = 86400000 } },
	{ .name = "isns-timeout", .in = BLOCK_FILE, .usage = "TIME",
	  .min = 1, .max = 1, .preset = "5s",
	  .offset = offsetof(struct config, isns_timeout_ms),
	  .value = { .read = value_time, .low = 100, .high = 60000 } },

	/* portal-group */
	{ .name = "listen", .in = BLOCK_PORTAL_GROUP,
	  .usage = "ADDRESS[:PORT] [advertise ADDRESS[:PORT]]",
	  .min = 1, .max = 3, .many = true,
	  .build = portal_group_build_listen },
	{ .name = "tag", .in = BLOCK_PORTAL_GROUP, .usage = "NUMBER",
	  .min = 1, .max = 1,
	  .offset = offsetof(struct config_portal_group, tag),
	  .value = { .read = value_number16, .low = 1, .high = 65535 } },
	{ .name = "discovery-auth-group", .in = BLOCK_PORTAL_GROUP,
	  .usage = "NAME", .min = 1, .max = 1,
	  .build = portal_group_build_discovery },
	{ .name = "discovery-filter", .in = BLOCK_PORTAL_GROUP,
	  .usage = "FILTER", .min = 1, .max = 1, .preset = "portal-name",
	  .offset = offsetof(struct config_portal_group, discovery_filter),
	  .value = { .read = value_choose, .choices = filters } },
	{ .name = "redirect", .in = BLOCK_PORTAL_GROUP,
	  .usage = "ADDRESS[:PORT] [permanent]", .min = 1, .max = 2,
	  .build = build_redirect,
	  .offset = offsetof(struct config_portal_group, redirect),
	  .value = { .read = value_endpoint } },

	{ .name = "congestion-control", .in = BLOCK_PORTAL_GROUP,
	  .usage = "NAME", .min = 1, .max = 1,
	  .offset = offsetof(struct config_portal_group, congestion_control),
	  .value = { .read = value_ascii, .high = 15 } },

	/* auth-group */
	{ .name = "chap", .in = BLOCK_AUTH_GROUP, .usage = "USER SECRET",
	  .min = 2, .max = 2, .many = true, .secret = true,
	  .build = auth_group_build_chap },
	{ .name = "chap-mutual", .in = BLOCK_AUTH_GROUP,
	  .usage = "USER SECRET MUTUAL-USER MUTUAL-SECRET",
	  .min = 4, .max = 4, .many = true, .secret = true,
	  .build = auth_group_build_chap },
	{ .name = "chap-file", .in = BLOCK_AUTH_GROUP, .usage = "PATH",
	  .min = 1, .max = 1, .many = true,
	  .build = auth_group_build_chap_file },
	{ .name = "initiator-name", .in = BLOCK_AUTH_GROUP,
	  .usage = "PATTERN ...", .min = 1, .max = UINT_MAX, .many = true,
	  .offset = offsetof(struct config_auth_group, initiator_names),
	  .value = { .read = value_glob } },
	{ .name = "initiator-address", .in = BLOCK_AUTH_GROUP,
	  .usage = "NETWORK ...", .min = 1, .max = UINT_MAX, .many = true,
	  .offset = offsetof(struct config_auth_group, initiator_addresses),
	  .value = { .read = value_cidr } },
	{ .name = "weak-secrets", .in = BLOCK_AUTH_GROUP, .usage = "yes|no",
	  .min = 1, .max = 1, .preset = "no",
	  .offset = offsetof(struct config_auth_group, weak_secrets),
	  .value = { .read = value_yes_no } },

	/* lun */
	{ .name = "file", .in = BLOCK_LUN, .usage = "PATH",
	  .min = 1, .max = 1, .store = true, .build = lun_build_store,
	  .value = { .read = value_path, .high = PATH_MAX - 1 } },
	{ .name = "block", .in = BLOCK_LUN, .usage = "PATH",
	  .min = 1, .max = 1, .store = true, .build = lun_build_store,
	  .value = { .read = value_path, .high = PATH_MAX - 1 } },
	{ .name = "ram", .in = BLOCK_LUN, .usage = "", .store = true,
	  .build = lun_build_store },
	{ .name = "null", .in = BLOCK_LUN, .usage = "", .store = true,
	  .build = lun_build_store },
	{ .name = "lv", .in = BLOCK_LUN, .usage = "GROUP/VOLUME",
	  .min = 1, .max = 1, .store = true, .build = lun_build_store,
	  .value = { .read = value_volume, .high = 255 } },
#ifdef HAVE_NBD
	{ .name = "nbd", .in = BLOCK_LUN, .usage = "URI", .store = true,
	  .min = 1, .max = 1, .value = { .read = value_ascii, .high = 1023 },
	  .build = lun_build_store },
#else
	{ .name = "nbd", .in = BLOCK_LUN, .usage = "URI", .store = true,
	  .unsupported = true },
#endif
#ifdef HAVE_RBD
	{ .name = "rbd", .in = BLOCK_LUN, .usage = "POOL/IMAGE[@SNAPSHOT]", .store = true,
	  .min = 1, .max = 1, .value = { .read = value_image, .high = 255 },
	  .build = lun_build_store },
#else
	{ .name = "rbd", .in = BLOCK_LUN, .usage = "POOL/IMAGE[@SNAPSHOT]", .store = true,
	  .unsupported = true },
#endif
	{ .name = "tcmu", .in = BLOCK_LUN, .usage = "HANDLER/CONFIG",
	  .min = 1, .max = 1, .store = true, .build = lun_build_store,
	  .value = { .read = value_module, .high = PATH_MAX - 1 } },
	{ .name = "thin-pool", .in = BLOCK_LUN, .usage = "POOL",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, thin_pool),
	  .value = { .read = value_pool, .high = 127 } },
	{ .name = "stripes", .in = BLOCK_LUN, .usage = "NUMBER",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, stripes),
	  .value = { .read = value_number, .low = 1, .high = 128 } },
	{ .name = "conf", .in = BLOCK_LUN, .usage = "PATH",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, conf),
	  .value = { .read = value_path, .high = PATH_MAX - 1 } },
	{ .name = "user", .in = BLOCK_LUN, .usage = "NAME",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, user),
	  .value = { .read = value_ascii, .high = 127 } },
	{ .name = "namespace", .in = BLOCK_LUN, .usage = "NAME",
	  .min = 1, .max = 1,
	  .offset = offsetof(struct config_lun, name_space),
	  .value = { .read = value_ascii, .high = 127 } },
	{ .name = "size", .in = BLOCK_LUN, .usage = "SIZE",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, size),
	  .value = { .read = value_size, .low = 512,
	      .high = VALUE_LUN_SIZE_MAX } },
	{ .name = "allocation", .in = BLOCK_LUN, .usage = "sparse|full",
	  .min = 1, .max = 1,
	  .offset = offsetof(struct config_lun, allocation),
	  .value = { .read = value_choose, .choices = allocations } },
	{ .name = "owner", .in = BLOCK_LUN, .usage = "USER",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, owner),
	  .value = { .read = value_ascii, .high = 255 } },
	{ .name = "group", .in = BLOCK_LUN, .usage = "GROUP",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, group),
	  .value = { .read = value_ascii, .high = 255 } },
	{ .name = "mode", .in = BLOCK_LUN, .usage = "OCTAL",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, mode),
	  .value = { .read = value_mode } },
	{ .name = "reserve", .in = BLOCK_LUN, .usage = "SIZE|PERCENT",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, reserve),
	  .value = { .read = value_reserve, .low = 1u << 20,
	      .high = VALUE_LUN_SIZE_MAX } },
	{ .name = "cache", .in = BLOCK_LUN,
	  .usage = "writeback|writethrough|direct", .min = 1, .max = 1,
	  .preset = "writeback", .offset = offsetof(struct config_lun, cache),
	  .value = { .read = value_choose, .choices = caches } },
	{ .name = "sharing", .in = BLOCK_LUN, .usage = "warn|exclusive|shared",
	  .min = 1, .max = 1, .preset = "warn",
	  .offset = offsetof(struct config_lun, sharing),
	  .value = { .read = value_choose, .choices = sharings } },
	{ .name = "block-size", .in = BLOCK_LUN, .usage = "512|4096",
	  .min = 1, .max = 1, .preset = "512",
	  .offset = offsetof(struct config_lun, block_size),
	  .value = { .read = value_number32, .choices = block_sizes } },
	{ .name = "physical-block", .in = BLOCK_LUN, .usage = "SIZE",
	  .min = 1, .max = 1,
	  .offset = offsetof(struct config_lun, physical_block),
	  .value = { .read = value_size, .low = 512, .high = 64 << 10 } },
	{ .name = "read-only", .in = BLOCK_LUN, .usage = "yes|no",
	  .min = 1, .max = 1, .preset = "no",
	  .offset = offsetof(struct config_lun, read_only),
	  .value = { .read = value_yes_no } },
	{ .name = "removable", .in = BLOCK_LUN, .usage = "yes|no",
	  .min = 1, .max = 1, .preset = "no",
	  .offset = offsetof(struct config_lun, removable),
	  .value = { .read = value_yes_no } },
	{ .name = "sanitize-rate", .in = BLOCK_LUN, .usage = "SIZE",
	  .min = 1, .max = 1,
	  .offset = offsetof(struct config_lun, sanitize_rate),
	  .value = { .read = value_size, .low = 1u << 20,
	      .high = UINT64_C(1) << 40 } },
	{ .name = "limit-iops", .in = BLOCK_LUN,
	  .usage = "NUMBER [burst NUMBER]", .min = 1, .max = 3,
	  .offset = offsetof(struct config_lun, iops), .build = limit_build,
	  .value = { .read = value_number, .low = 1, .high = 100000000 } },
	{ .name = "limit-bandwidth", .in = BLOCK_LUN,
	  .usage = "SIZE [burst SIZE]", .min = 1, .max = 3,
	  .offset = offsetof(struct config_lun, bandwidth), .build = limit_build,
	  .value = { .read = value_size, .low = 4096,
	      .high = UINT64_C(1) << 40 } },
	{ .name = "threshold", .in = BLOCK_LUN, .usage = "PERCENT|none",
	  .min = 1, .max = 1,
	  .offset = offsetof(struct config_lun, threshold),
	  .value = { .read = value_percent } },
	{ .name = "pool-threshold", .in = BLOCK_LUN, .usage = "PERCENT|none",
	  .min = 1, .max = 1,
	  .offset = offsetof(struct config_lun, pool_threshold),
	  .value = { .read = value_percent } },
	{ .name = "serial", .in = BLOCK_LUN, .usage = "TEXT",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, serial),
	  .value = { .read = value_ascii, .high = 36 } },
	{ .name = "device-id", .in = BLOCK_LUN, .usage = "TEXT",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, device_id),
	  .value = { .read = value_ascii, .high = 64 } },
	{ .name = "naa", .in = BLOCK_LUN, .usage = "DIGITS",
	  .min = 1, .max = 1, .offset = offsetof(struct config_lun, naa),
	  .value = { .read = value_naa } },

	/* initiator */
	{ .name = "limit-iops", .in = BLOCK_INITIATOR,
	  .usage = "NUMBER [burst NUMBER]", .min = 1, .max = 3,
	  .offset = offsetof(struct config_initiator, iops), .build = limit_build,
	  .value = { .read = value_number, .low = 1, .high = 100000000 } },
	{ .name = "limit-bandwidth", .in = BLOCK_INITIATOR,
	  .usage = "SIZE [burst SIZE]", .min = 1, .max = 3,
	  .offset = offsetof(struct config_initiator, bandwidth), .build = limit_build,
	  .value = { .read = value_size, .low = 4096,
	      .high = UINT64_C(1) << 40 } },

	/* target */
	{ .name = "alias", .in = BLOCK_TARGET, .usage = "TEXT",
	  .min = 1, .max = 1, .offset = offsetof(struct config_target, alias),
	  .value = { .read = value_string, .high = 255 } },
	{ .name = "portal-group", .in = BLOCK_TARGET,
	  .usage = "NAME [tag NUMBER] [auth-group NAME] [state STATE]",
	  .min = 1, .max = 7, .many = true,
	  .build = target_build_portal_group },
	{ .name = "auth-group", .in = BLOCK_TARGET, .usage = "NAME",
	  .min = 1, .max = 1, .build = target_build_auth_group },
	{ .name = "lun", .in = BLOCK_TARGET, .usage = "NUMBER NAME",
	  .min = 2, .max = 2, .many = true, .block = MAY_HAVE_BLOCK,
	  .build = target_build_lun },
	{ .name = "access-states", .in = BLOCK_TARGET,
	  .usage = "implicit|explicit", .min = 1, .max = 1,
	  .preset = "implicit",
	  .offset = offsetof(struct config_target, access_states),
	  .value = { .read = value_choose, .choices = accesses } },
	{ .name = "redirect", .in = BLOCK_TARGET,
	  .usage = "ADDRESS[:PORT] [permanent]", .min = 1, .max = 2,
	  .build = build_redirect,
	  .offset = offsetof(struct config_target, redirect),
	  .value = { .read = value_endpoint } },

	/* the lun statement of a target */
	{ .name = "initiator-name", .in = BLOCK_MAP, .usage = "PATTERN ...",
	  .min = 1, .max = UINT_MAX, .many = true,
	  .offset = offsetof(struct config_lun_map, initiator_names),
	  .value = { .read = value_glob } },
	{ .name = "read-only", .in = BLOCK_MAP, .usage = "yes|no",
	  .min = 1, .max = 1, .preset = "no",
	  .offset = offsetof(struct config_lun_map, read_only),
	  .value = { .read = value_yes_no } },

	/* timeout */
	{ .name = "login", .in = BLOCK_TIMEOUT, .usage = "TIME",
	  .min = 1, .max = 1, .preset = "15s",
	  .offset = offsetof(struct config_timeouts, login_ms),
	  .value = { .read = value_time, .low = 1000, .high = 10 * MINUTE } },
	{ .name = "ping-idle", .in = BLOCK_TIMEOUT, .usage = "TIME",
	  .min = 1, .max = 1, .preset = "15s",
	  .offset = offsetof(struct config_timeouts, ping_idle_ms),
	  .value = { .read = value_time, .low = 1000, .high = 60 * MINUTE } },
	{ .name = "ping-reply", .in = BLOCK_TIMEOUT, .usage = "TIME",
	  .min = 1, .max = 1, .preset = "15s",
	  .offset = offsetof(struct config_timeouts, ping_reply_ms),
	  .value = { .read = value_time, .low = 1000, .high = 60 * MINUTE } },
	{ .name = "output-stall", .in = BLOCK_TIMEOUT, .usage = "TIME",
	  .min = 1, .max = 1, .preset = "30s",
	  .offset = offsetof(struct config_timeouts, output_stall_ms),
	  .value = { .read = value_time, .low = 1000, .high = 60 * MINUTE } },
	{ .name = "task-abort", .in = BLOCK_TIMEOUT, .usage = "TIME",
	  .min = 1, .max = 1, .preset = "1500ms",
	  .offset = offsetof(struct config_timeouts, task_abort_ms),
	  .value = { .read = value_time, .low = 100, .high = MINUTE } },
	{ .name = "open", .in = BLOCK_TIMEOUT, .usage = "TIME",
	  .min = 1, .max = 1, .preset = "10s",
	  .offset = offsetof(struct config_timeouts, open_ms),
	  .value = { .read = value_time, .low = 100, .high = 10 * MINUTE } },
	{ .name = "shutdown", .in = BLOCK_TIMEOUT, .usage = "TIME",
	  .min = 1, .max = 1, .preset = "10s",
	  .offset = offsetof(struct config_timeouts, shutdown_ms),
	  .value = { .read = value_time, .low = 1000, .high = 10 * MINUTE } },

	/* limits */
	{ .name = "connections", .in = BLOCK_LIMITS, .usage = "NUMBER",
	  .min = 1, .max = 1, .preset = "1024",
	  .offset = offsetof(struct config_limits, connections),
	  .value = { .read = value_number, .low = 1, .high = 65536 } },
	{ .name = "connections-per-address", .in = BLOCK_LIMITS,
	  .usage = "NUMBER", .min = 1, .max = 1,
	  .offset = offsetof(struct config_limits, connections_per_address),
	  .value = { .read = value_number, .low = 1, .high = 65536 } },
	{ .name = "logins", .in = BLOCK_LIMITS, .usage = "NUMBER",
	  .min = 1, .max = 1, .preset = "256",
	  .offset = offsetof(struct config_limits, logins),
	  .value = { .read = value_number, .low = 1, .high = 65536 } },
	{ .name = "logins-per-address", .in = BLOCK_LIMITS, .usage = "NUMBER",
	  .min = 1, .max = 1, .preset = "16",
	  .offset = offsetof(struct config_limits, logins_per_address),
	  .value = { .read = value_number, .low = 1, .high = 65536 } },
	{ .name = "sessions-per-initiator", .in = BLOCK_LIMITS,
	  .usage = "NUMBER", .min = 1, .max = 1, .preset = "64",
	  .offset = offsetof(struct config_limits, sessions_per_initiator),
	  .value = { .read = value_number, .low = 1, .high = 65535 } },
	{ .name = "commands-per-session", .in = BLOCK_LIMITS,
	  .usage = "NUMBER", .min = 1, .max = 1, .preset = "128",
	  .offset = offsetof(struct config_limits, commands_per_session),
	  .value = { .read = value_number, .low = 1, .high = 1024 } },
	{ .name = "login-rounds", .in = BLOCK_LIMITS, .usage = "NUMBER",
	  .min = 1, .max = 1, .preset = "16",
	  .offset = offsetof(struct config_limits, login_rounds),
	  .value = { .read = value_number, .low = 6, .high = 1024 } },
	{ .name = "login-text", .in = BLOCK_LIMITS, .usage = "SIZE",
	  .min = 1, .max = 1, .preset = "64K",
	  .offset = offsetof(struct config_limits, login_text),
	  .value = { .read = value_size, .low = 8192, .high = MIB } },
	{ .name = "receive-segment", .in = BLOCK_LIMITS, .usage = "SIZE",
	  .min = 1, .max = 1, .preset = "256K",
	  .offset = offsetof(struct config_limits, receive_segment),
	  .value = { .read = value_size, .low = 8192, .high = 8 * MIB } },
	{ .name = "memory", .in = BLOCK_LIMITS, .usage = "SIZE",
	  .min = 1, .max = 1, .preset = "512M",
	  .offset = offsetof(struct config_limits, memory),
	  .value = { .read = value_size, .low = 16 * MIB,
		     .high = 16 * MIB * MIB } },

	/* web */
	{ .name = "token-file", .in = BLOCK_WEB, .usage = "PATH",
	  .min = 1, .max = 1, .build = web_build_token },
};
const unsigned keyword_count = ARRAY_LEN(keywords);

/* What it is called elsewhere. */
static const struct {
	const char *theirs;
	enum block_kind in;
	const char *ours;
} foreign[] = {
	{ "path", BLOCK_LUN, "file" },			/* ctl.conf */
	{ "backing-store", BLOCK_LUN, "file" },		/* tgt */
	{ "direct-store", BLOCK_LUN, "block" },		/* tgt */
	{ "filename", BLOCK_LUN, "file" },		/* SCST */
	{ "write-cache", BLOCK_LUN, "cache" },		/* tgt */
	{ "scsi_id", BLOCK_LUN, "device-id" },		/* tgt */
	{ "scsi_sn", BLOCK_LUN, "serial" },		/* tgt */
	{ "initiator-portal", BLOCK_AUTH_GROUP, "initiator-address" },
	{ "incominguser", BLOCK_AUTH_GROUP, "chap" },	/* tgt */
	{ "incominguser", BLOCK_TARGET, "auth-group" },
	{ "outgoinguser", BLOCK_AUTH_GROUP, "chap-mutual" },
	{ "auth-type", BLOCK_TARGET, "auth-group" },	/* ctl.conf */
	{ "backing-store", BLOCK_TARGET, "lun" },	/* tgt */
	{ "debug", BLOCK_FILE, "log" },			/* ctl.conf */
};
/* clang-format on */

static const char *const keyword_blocks[BLOCK_KINDS] = {
	[BLOCK_FILE] = "file",
	[BLOCK_PORTAL_GROUP] = "portal-group",
	[BLOCK_AUTH_GROUP] = "auth-group",
	[BLOCK_LUN] = "lun",
	[BLOCK_TARGET] = "target",
	[BLOCK_MAP] = "lun of a target",
	[BLOCK_TIMEOUT] = "timeout",
	[BLOCK_LIMITS] = "limits",
	[BLOCK_INITIATOR] = "initiator",
	[BLOCK_WEB] = "web",
};

const struct keyword *
keyword_find(enum block_kind in, const char *name)
{
	const struct keyword *k;

	for (k = keywords; k < keywords + keyword_count; k++) {
		if (k->in == in && strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

const struct keyword *
keyword_find_anywhere(const char *name)
{
	const struct keyword *k;

	for (k = keywords; k < keywords + keyword_count; k++) {
		if (strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

void
keyword_suggest(enum block_kind in, struct suggestion *s)
{
	const struct keyword *k;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(foreign); i++) {
		if (foreign[i].in == in &&
		    strcmp(foreign[i].theirs, s->word) == 0) {
			s->best = foreign[i].ours;
			return;
		}
	}
	for (k = keywords; k < keywords + keyword_count; k++) {
		if (k->in == in && !k->unsupported)
			suggest_offer(s, k->name);
	}
}

const char *
keyword_block_name(enum block_kind kind)
{
	return keyword_blocks[kind];
}
