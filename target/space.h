/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/space.h - how much space a logical unit uses and how much it can still
 * get, and soft thresholds of both (logical block provisioning thresholds,
 * SBC-3 4.7.3.7).
 *
 * The shell finds the numbers out and says where the thresholds are.  They are
 * what LOG SENSE page 0Ch, mode page 1Ch/02h and THRESHOLD EXPONENT of VPD
 * page B2h say, in threshold sets.
 */
#ifndef TARGET_SPACE_H
#define TARGET_SPACE_H

#include <stdbool.h>
#include <stdint.h>

struct lu;

#define SPACE_SET_SHIFT 21 /* a threshold set is 2 MiB */
#define SPACE_UNKNOWN   UINT64_MAX

/* In the order of their codes: 0001h and 0002h in LOG SENSE. */
enum space_resource { SPACE_AVAILABLE, SPACE_USED, SPACE_RESOURCES };

struct space_level {
	uint64_t bytes;     /* SPACE_UNKNOWN: nobody knows */
	uint64_t threshold; /* bytes; 0: none */
	/* So far behind the threshold it is armed again. */
	uint64_t slack;
};

struct lu_space {
	struct space_level levels[SPACE_RESOURCES];
	bool crossed[SPACE_RESOURCES]; /* and not armed again yet */
};

/*
 * Any thread: what was found out.  A threshold that is reached and was armed is
 * 06/38/07 for every nexus, once, unless LBPERE is 0; thresholds that are not
 * what they were before are 06/2A/01.  Return the resources whose crossed[] has
 * changed, as a set of bits.
 */
unsigned space_note(
    struct lu *lu, const struct space_level levels[SPACE_RESOURCES]);

/* Any thread: the levels of the moment; false: nothing is known, and there are
 * no such pages. */
bool space_levels(struct lu *lu, struct lu_space *out);
bool space_is_known(const struct lu *lu);

/* In threshold sets: rounded up when it is used, down when it is available. */
uint32_t space_sets(enum space_resource resource, uint64_t bytes);
/* Log2 of the blocks of a threshold set. */
uint8_t space_exponent(const struct lu *lu);

#endif
