/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/mode.h - mode pages 01h 08h 0Ah 0Ah/01h 1Ch 1Ch/02h, MODE SENSE and
 * SELECT (SPC-4 6.11 to 6.14, SBC-3 6.5).
 */
#ifndef TARGET_MODE_H
#define TARGET_MODE_H

#include "target/cmd.h"

struct lu_mode;

/* What MODE SELECT may change, in the order of the pages. */
enum mode_bit {
	MODE_LBPERE,
	MODE_WCE,
	MODE_D_SENSE,
	MODE_SWP,
	MODE_TAS,
	MODE_BITS,
};
const char *mode_bit_name(enum mode_bit bit); /* T10's */

/* Bytes before the threshold descriptors of mode page 1Ch/02h. */
#define MODE_THRESHOLDS_AT 16

/* Defaults from lu->options and its store; sets lu->write_cache.  NULL: out of
 * memory. */
struct lu_mode *mode_new(struct lu *lu);
void mode_free(struct lu_mode *mode);
/* Back to the saved values, the defaults where none is saved (start, LOGICAL
 * UNIT RESET).  Under lu->mutex. */
void mode_reset(struct lu *lu);

/*
 * MODE SENSE (6) and (10).  One page, or all by 3Fh; subpages 00h and FFh;
 * current, changeable, default and saved values.  Saved ones are 05/39/00 where
 * none can be kept (settings.h); other pages and subpages are 05/24/00.
 */
struct outcome mode_sense_prepare(struct task *t);
void mode_sense_execute(struct task *t);

/*
 * MODE SELECT (6) and (10).  Changeable are WCE (where the store has a volatile
 * cache and the LU is not writethrough), LBPERE (where the store can discard),
 * D_SENSE, SWP and TAS, for all nexuses at once: the others get 06/2A/01.  The
 * whole list is checked first: lengths 05/1A/00, all else 05/26/00 with the
 * field pointer.  When WCE goes off, what was answered GOOD is on the medium
 * before this is; a failed flush leaves it on.  With SP all that is changeable
 * is saved as it is in force then; if that fails nothing has changed.
 */
struct outcome mode_select_prepare(struct task *t);
void mode_select_execute(struct task *t);

#endif
