/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/value.h - one argument to one field.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Why a word is refused, for the admin. */
struct value_fault {
	char text[240];
	char suggestion[80]; /* may be empty */
};

struct value_choice {
	const char *name; /* NULL ends the list */
	int value;
	bool unsupported;
};

struct value_type;

/*
 * Read word into *field, whose type is the reader's.  Strings are in the arena
 * or are word itself.  False: nothing was stored, and why is in fault.
 */
typedef bool value_reader(const struct value_type *type, struct arena *arena,
    const char *word, void *field, struct value_fault *fault);

struct value_type {
	value_reader *read;
	uint64_t low, high; /* of numbers; high: bytes of a string */
	const struct value_choice *choices;
};

value_reader value_number;   /* unsigned */
value_reader value_number16; /* uint16_t */
value_reader value_number32; /* uint32_t, one of choices */
value_reader value_size;     /* uint64_t, bytes: 20G, 20GiB, 512 */
value_reader value_percent;  /* unsigned: 1% to 100%, or "none" */
value_reader value_mode;     /* unsigned: of a file, 0600 */
value_reader value_reserve;  /* struct config_reserve: a size or 1% to 100% */
value_reader value_time;     /* unsigned, ms: 500ms, 15s, 10min, 0 */
value_reader value_yes_no;   /* bool */
value_reader value_choose;   /* an enum */
value_reader value_string;   /* char *, UTF-8, 1 to high bytes */
value_reader value_ascii;    /* char *, printable ASCII, 1 to high bytes */
value_reader value_path;     /* char *, absolute */
value_reader value_path_or_none; /* char *, absolute, or "none" */
value_reader value_naa;          /* char *, 16 or 32 lower-case hex digits */
value_reader value_endpoint;     /* char *, "192.0.2.1:3260", "[::1]:3260" */
value_reader value_isns;         /* char *, the same; port 3205 */
value_reader value_metrics;      /* char *, the same; a port is enough */
value_reader value_loopback;     /* char *, likewise, of this machine only */
value_reader value_cidr;         /* char *, "192.0.2.0/24", "2001:db8::1" */
value_reader value_glob;         /* char *, a pattern of initiator names */
value_reader value_volume;       /* char *, LVM's GROUP/VOLUME */
value_reader value_image;        /* char *, Ceph's POOL/IMAGE */
value_reader value_module;       /* char *, tcmu-runner's HANDLER/CONFIG */
value_reader value_pool;         /* char *, a name of LVM's */

/* The size of a LUN, as the keyword "size" has it. */
#define VALUE_LUN_SIZE_MAX (4096ull << 40) /* 4P: below 2^63 in bytes */
bool value_lun_size(
    const char *word, uint64_t *bytes, struct value_fault *fault);

/* Fill fault; always false. */
bool value_refuse(struct value_fault *fault, const char *suggestion,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
