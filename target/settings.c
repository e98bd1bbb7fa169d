/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/settings.c - a change of a logical unit's settings, from its turn
 * until it is in force.
 */
#include "target/settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "target/turns.h"

struct lu_settings {
	struct settings now;    /* lu->mutex */
	struct lu_store *store; /* NULL: none */
	bool stale;             /* what is kept may not be what is in force */
	struct turns changes;
};

struct settings_change {
	struct lu *lu;
	struct home *home;
	/* Of a command; NULL: a note of a SANITIZE, with what is behind. */
	struct task *t;
	settings_action *action;
	settings_effect *effect;
	enum settings_sanitize sanitize;
	void (*done)(void *ctx, struct outcome o);
	void *ctx;
	struct turn turn;
	struct settings next;
	struct lu_save save;
	char *before, *after; /* what is kept */
	size_t before_bytes, after_bytes;
	struct outcome refusal; /* why it is taken back */
};

/* ---- the unit's ---- */

struct lu_settings *
settings_new(void)
{
	struct lu_settings *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->stale = true;
	TAILQ_INIT(&s->changes);
	return s;
}

void
settings_free(struct lu_settings *s)
{
	assert(s == NULL || TAILQ_EMPTY(&s->changes));
	free(s);
}

void
settings_set_store(struct lu *lu, struct lu_store *store)
{
	lu->settings->store = store;
}

bool
settings_can_be_kept(const struct lu *lu)
{
	return lu->settings->store != NULL;
}

static void
settings_restore_sanitize(struct lu *lu, enum settings_sanitize sanitize)
{
	lu->sanitize_restricted = sanitize == SANITIZE_RESTRICTED;
	atomic_store(&lu->condition, LU_SANITIZE_FAILED);
	log_warning("a sanitize has begun and was not done, the lun refuses "
		    "service until one is lun=%s",
	    lu->identity.name);
}

bool
settings_restore(struct lu *lu, const char *text, size_t bytes)
{
	struct settings read;

	if (!settings_decode(&read, text, bytes))
		return false;
	pthread_mutex_lock(&lu->mutex);
	lu->settings->now = read;
	lu->settings->stale = false;
	mode_reset(lu);
	if (read.sanitize != SANITIZE_NONE)
		settings_restore_sanitize(lu, read.sanitize);
	pthread_mutex_unlock(&lu->mutex);
	return true;
}

const struct settings *
settings_now(const struct lu *lu)
{
	return &lu->settings->now;
}

/* ---- a change ---- */

static void
settings_change_end(struct settings_change *c, struct outcome o)
{
	struct settings_change ended = *c;

	turn_leave(c->lu, &c->lu->settings->changes, &c->turn);
	free(c->before);
	free(c->after);
	free(c);
	if (ended.t != NULL)
		task_end(ended.t, o);
	else
		ended.done(ended.ctx, o);
}

static void
settings_change_put_in_force(struct settings_change *c)
{
	struct lu *lu = c->lu;

	pthread_mutex_lock(&lu->mutex);
	lu->settings->now = c->next;
	lu->settings->stale = false;
	if (c->t != NULL)
		c->effect(c->t);
	pthread_mutex_unlock(&lu->mutex);
	settings_change_end(c, GOOD);
}

static void
settings_change_submit(struct settings_change *c, const char *text,
    size_t bytes, void (*done)(struct lu_save *save, int error))
{
	lu_store_save(
	    c->lu->settings->store, &c->save, c->home, text, bytes, done);
}

static void
settings_change_taken_back(struct lu_save *save, int error)
{
	struct settings_change *c =
	    container_of(save, struct settings_change, save);
	struct lu *lu = c->lu;

	pthread_mutex_lock(&lu->mutex);
	lu->settings->stale = error != 0;
	pthread_mutex_unlock(&lu->mutex);
	settings_change_end(c, c->refusal);
}

/* One that failed may have been saved all the same. */
static void
settings_change_saved(struct lu_save *save, int error)
{
	struct settings_change *c =
	    container_of(save, struct settings_change, save);

	if (error == 0) {
		settings_change_put_in_force(c);
		return;
	}
	c->refusal = lu_store_refusal(error);
	settings_change_submit(
	    c, c->before, c->before_bytes, settings_change_taken_back);
}

static struct outcome
settings_change_act(struct settings_change *c)
{
	if (c->t != NULL)
		return c->action(c->t, &c->next);
	c->next.sanitize = c->sanitize;
	return GOOD;
}

static struct outcome
settings_change_make(struct settings_change *c)
{
	struct lu *lu = c->lu;
	struct outcome o;

	pthread_mutex_lock(&lu->mutex);
	c->next = lu->settings->now;
	pthread_mutex_unlock(&lu->mutex);
	c->before = settings_encode(&c->next, &c->before_bytes);
	o = settings_change_act(c);
	if (!outcome_good(o))
		return o;
	c->after = settings_encode(&c->next, &c->after_bytes);
	if (c->before == NULL || c->after == NULL)
		return INSUFFICIENT_RESOURCES;
	return lu->settings->store != NULL ? GOOD : INTERNAL_TARGET_FAILURE;
}

static bool
settings_change_is_kept_already(const struct settings_change *c)
{
	return !c->lu->settings->stale && c->before_bytes == c->after_bytes &&
	       memcmp(c->before, c->after, c->after_bytes) == 0;
}

static void
settings_change_turn(struct job *job)
{
	struct settings_change *c =
	    container_of(job, struct settings_change, turn.job);
	struct outcome o = c->t != NULL && c->t->aborted
			       ? TASK_ABORTED
			       : settings_change_make(c);

	if (!outcome_good(o))
		settings_change_end(c, o);
	else if (settings_change_is_kept_already(c))
		settings_change_put_in_force(c);
	else
		settings_change_submit(
		    c, c->after, c->after_bytes, settings_change_saved);
}

/* NULL: out of memory. */
static struct settings_change *
settings_change_new(struct lu *lu, struct home *home)
{
	struct settings_change *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->lu = lu;
	c->home = home;
	c->turn.home = home;
	c->turn.job.fn = settings_change_turn;
	return c;
}

static void
settings_change_start(struct settings_change *c)
{
	if (turn_join(c->lu, &c->lu->settings->changes, &c->turn))
		settings_change_turn(&c->turn.job);
}

void
settings_change_execute(
    struct task *t, settings_action *action, settings_effect *effect)
{
	struct settings_change *c =
	    settings_change_new(task_lu(t), t->nexus->home);

	if (c == NULL) {
		task_end(t, INSUFFICIENT_RESOURCES);
		return;
	}
	c->t = t;
	c->action = action;
	c->effect = effect;
	settings_change_start(c);
}

void
settings_note_sanitize(struct lu *lu, struct home *home,
    enum settings_sanitize sanitize, void (*done)(void *ctx, struct outcome o),
    void *ctx)
{
	struct settings_change *c = settings_change_new(lu, home);

	if (c == NULL) {
		done(ctx, INSUFFICIENT_RESOURCES);
		return;
	}
	c->sanitize = sanitize;
	c->done = done;
	c->ctx = ctx;
	settings_change_start(c);
}
