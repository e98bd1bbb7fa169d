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
#include "target/turns.h"

struct lu_settings {
	struct settings now;    /* lu->mutex */
	struct lu_store *store; /* NULL: none */
	bool stale;             /* what is kept may not be what is in force */
	struct turns changes;
};

struct settings_change {
	struct task *t;
	settings_action *action;
	settings_effect *effect;
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
	struct task *t = c->t;

	turn_leave(task_lu(t), &task_lu(t)->settings->changes, &c->turn);
	free(c->before);
	free(c->after);
	free(c);
	task_end(t, o);
}

static void
settings_change_put_in_force(struct settings_change *c)
{
	struct lu *lu = task_lu(c->t);

	pthread_mutex_lock(&lu->mutex);
	lu->settings->now = c->next;
	lu->settings->stale = false;
	c->effect(c->t);
	pthread_mutex_unlock(&lu->mutex);
	settings_change_end(c, GOOD);
}

static void
settings_change_submit(struct settings_change *c, const char *text,
    size_t bytes, void (*done)(struct lu_save *save, int error))
{
	lu_store_save(task_lu(c->t)->settings->store, &c->save,
	    c->t->nexus->home, text, bytes, done);
}

static void
settings_change_taken_back(struct lu_save *save, int error)
{
	struct settings_change *c =
	    container_of(save, struct settings_change, save);
	struct lu *lu = task_lu(c->t);

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
settings_change_make(struct settings_change *c)
{
	struct lu *lu = task_lu(c->t);
	struct outcome o;

	pthread_mutex_lock(&lu->mutex);
	c->next = lu->settings->now;
	pthread_mutex_unlock(&lu->mutex);
	c->before = settings_encode(&c->next, &c->before_bytes);
	o = c->action(c->t, &c->next);
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
	return !task_lu(c->t)->settings->stale &&
	       c->before_bytes == c->after_bytes &&
	       memcmp(c->before, c->after, c->after_bytes) == 0;
}

static void
settings_change_turn(struct job *job)
{
	struct settings_change *c =
	    container_of(job, struct settings_change, turn.job);
	struct outcome o =
	    c->t->aborted ? TASK_ABORTED : settings_change_make(c);

	if (!outcome_good(o))
		settings_change_end(c, o);
	else if (settings_change_is_kept_already(c))
		settings_change_put_in_force(c);
	else
		settings_change_submit(
		    c, c->after, c->after_bytes, settings_change_saved);
}

void
settings_change_execute(
    struct task *t, settings_action *action, settings_effect *effect)
{
	struct settings_change *c = calloc(1, sizeof(*c));
	struct lu *lu = task_lu(t);

	if (c == NULL) {
		task_end(t, INSUFFICIENT_RESOURCES);
		return;
	}
	c->t = t;
	c->action = action;
	c->effect = effect;
	c->turn.home = t->nexus->home;
	c->turn.job.fn = settings_change_turn;
	if (turn_join(lu, &lu->settings->changes, &c->turn))
		settings_change_turn(&c->turn.job);
}
