/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/settings.h - what initiators have set of a logical unit and is kept
 * over resets and power loss: identifying information (SPC-4 5.6), saved mode
 * pages (SPC-4 5.12); and that a SANITIZE has begun and not been done.
 *
 * A change is made on a copy, saved, and only then in force and GOOD; changes
 * of a unit take turns.
 */
#ifndef TARGET_SETTINGS_H
#define TARGET_SETTINGS_H

#include "target/cmd.h"
#include "target/lu_store.h"
#include "target/mode.h"

#define IDENTIFYING_MAX 512 /* bytes, of the longest of them */

/* Of a SANITIZE that has begun, until one is done or the failure is left. */
enum settings_sanitize {
	SANITIZE_NONE,
	SANITIZE_UNRESTRICTED, /* AUSE 1 */
	SANITIZE_RESTRICTED,
	SANITIZE_KINDS
};

enum identifying { IDENTIFYING_BINARY, IDENTIFYING_TEXT, IDENTIFYING_KINDS };

struct settings {
	struct settings_information {
		uint16_t bytes;
		uint8_t data[IDENTIFYING_MAX];
	} identifying[IDENTIFYING_KINDS];
	unsigned modes_saved; /* 1 << enum mode_bit, of saved mode pages */
	unsigned modes;       /* and their values */
	enum settings_sanitize sanitize;
};

struct lu_settings;

/* NULL: out of memory. */
struct lu_settings *settings_new(void);
void settings_free(struct lu_settings *s);

/* Before the LU is served: keep its settings there.  store outlives the LU.
 * Without one no mode page can be saved, nor identifying information set. */
void settings_set_store(struct lu *lu, struct lu_store *store);
bool settings_can_be_kept(const struct lu *lu);
/*
 * What the store has kept (no bytes: nothing); mode pages take their saved
 * values, and a SANITIZE that was not done has failed.  Before the LU is
 * served.  False, and nothing has changed: it is not understood, or out of
 * memory.  Until it was true what is kept is not known, and the first change is
 * saved even if it is none.
 */
bool settings_restore(struct lu *lu, const char *text, size_t bytes);
/* Under lu->mutex: what is in force. */
const struct settings *settings_now(const struct lu *lu);

/* On the task's home: change next, which is a copy.  Anything but GOOD drops
 * it. */
typedef struct outcome settings_action(struct task *t, struct settings *next);
/* Under lu->mutex, on the task's home: it is in force. */
typedef void settings_effect(struct task *t);

/*
 * Change the settings, in turn, and end t.  What cannot be saved is 04/44/00,
 * and has not happened.
 */
void settings_change_execute(
    struct task *t, settings_action *action, settings_effect *effect);

/* Have it kept what has become of a SANITIZE.  done() once on home's thread,
 * which is ours, perhaps before this returns: GOOD, or what refuses it. */
void settings_note_sanitize(struct lu *lu, struct home *home,
    enum settings_sanitize sanitize, void (*done)(void *ctx, struct outcome o),
    void *ctx);

/* ---- settings_image.c ---- */

/* What is kept of them, malloc()ed: nothing (0 bytes) when nothing was set.
 * NULL: out of memory. */
char *settings_encode(const struct settings *s, size_t *bytes);
/* False: not such a text. */
bool settings_decode(struct settings *out, const char *text, size_t bytes);

#endif
