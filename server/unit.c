/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/unit.c - a logical unit that is served.
 */
#include "server/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backstores/journal.h"
#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"
#include "server/identity.h"
#include "server/loop.h"
#include "server/uuid.h"
#include "target/pr.h"
#include "target/timestamp.h"

#define UNIT_TELL_MS 60000 /* of a store that fails and fails */

/* ---- the end ---- */

static void
unit_gone(struct crew *crew)
{
	struct unit *u = container_of(crew, struct unit, kept.crew);
	_Atomic unsigned *open_count = u->open_count;

	crew_destroy(crew);
	pthread_mutex_destroy(&u->mutex);
	free(u);
	atomic_fetch_sub(open_count, 1);
}

static void
unit_io_gone(struct crew *crew)
{
	struct unit *u = container_of(crew, struct unit, io.crew);

	io_destroy(&u->io);
	crew_retire(&u->kept.crew, unit_gone);
}

static void
unit_close_here(struct job *job)
{
	struct unit *u = container_of(job, struct unit, close_job);
	uint64_t kept;

	if (atomic_load(&u->dismissed))
		backstore_reserve(u->bs, 0, &kept);
	backstore_close(u->bs);
	if (u->opening != NULL)
		opening_leave(u->opening);
	if (u->lu != NULL) {
		log_info("closed lun=%s", u->lu->identity.name);
		lu_destroy(u->lu);
	}
	crew_retire(&u->io.crew, unit_io_gone);
}

/* Those for which there was no thread. */
static pthread_mutex_t unit_left_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct job *unit_left;

static bool
unit_try_close(struct job *job)
{
	struct unit *u = container_of(job, struct unit, close_job);

	if (crew_post(&u->io.crew, job))
		return true;
	pthread_mutex_lock(&unit_left_mutex);
	job->next = unit_left;
	unit_left = job;
	pthread_mutex_unlock(&unit_left_mutex);
	return false;
}

static void
unit_close(struct unit *u)
{
	u->close_job.fn = unit_close_here;
	if (!unit_try_close(&u->close_job))
		log_error("store stays open for now "
			  "reason=\"no thread to close it\"");
}

void
unit_close_left(void)
{
	struct job *job, *next;

	pthread_mutex_lock(&unit_left_mutex);
	job = unit_left;
	unit_left = NULL;
	pthread_mutex_unlock(&unit_left_mutex);
	for (; job != NULL; job = next) {
		next = job->next;
		unit_try_close(job);
	}
}

static void
unit_free_last(struct lu *lu, void *ctx)
{
	unit_close(ctx);
}

void
unit_release(struct unit *u)
{
	lu_unref(u->lu);
}

void
unit_dismiss(struct unit *u)
{
	atomic_store(&u->dismissed, true);
	unit_release(u);
}

/* ---- the beginning ---- */

static void
unit_store_config(const struct config_lun *lun, struct bs_config *out)
{
	*out = (struct bs_config){
		.type = lun->store,
		.path = lun->path,
		.size = lun->size,
		.owner = lun->owner,
		.group = lun->group,
		.mode = lun->mode,
		.full = lun->allocation == ALLOCATION_FULL,
		.direct = lun->cache == CACHE_DIRECT,
		.read_only = lun->read_only,
		.block_size = lun->block_size,
		.physical_block = (uint32_t)lun->physical_block,
		.pool = lun->thin_pool,
		.stripes = lun->stripes,
		.conf = lun->conf,
		.user = lun->user,
		.name_space = lun->name_space,
	};
}

/* 16 or 32 hex digits. */
static void
unit_parse_naa(const char *hex, uint64_t out[2])
{
	char part[17];
	size_t i;

	for (i = 0; i < 2 && strlen(hex) >= 16 * (i + 1); i++) {
		memcpy(part, hex + 16 * i, 16);
		part[16] = '\0';
		out[i] = strtoull(part, NULL, 16);
	}
}

static bool
unit_copy(char *out, size_t size, const char *text)
{
	if (text == NULL)
		return true;
	if (strlen(text) >= size)
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

/* Its UUID, which files and volumes carry with the data. */
static int
unit_settle(struct unit *u, const struct config_lun *lun, struct state *state,
    uint8_t uuid[16], char *why, size_t why_size)
{
	const struct identity_carrier *carrier = NULL;
	struct identity_volume volume;
	struct identity_file file;
	int error = 0;

	if (strcmp(lun->store, "file") == 0) {
		identity_file_init(&file, u->bs->ops->fd(u->bs));
		carrier = &file.carrier;
	} else if (strcmp(lun->store, "lv") == 0) {
		error = identity_volume_init(&volume, lun->path, why, why_size);
		carrier = &volume.carrier;
	}
	if (error != 0)
		return error;
	return identity_settle(
	    state, lun->name, carrier, !lun->read_only, uuid, why, why_size);
}

static int
unit_identify(struct unit *u, const struct config_lun *lun, struct state *state,
    struct lu_identity *id, char *why, size_t why_size)
{
	memset(id, 0, sizeof(*id));
	if (!unit_copy(id->name, sizeof(id->name), lun->name) ||
	    !unit_copy(id->serial, sizeof(id->serial), lun->serial) ||
	    !unit_copy(id->device_id, sizeof(id->device_id), lun->device_id)) {
		snprintf(why, why_size, "name, serial or device-id too long");
		return -EINVAL;
	}
	if (lun->naa != NULL)
		unit_parse_naa(lun->naa, id->naa);
	if (u->opening == NULL)
		return unit_settle(u, lun, state, id->uuid, why, why_size);
	u->unknown = !state_find_uuid(state, lun->name, id->uuid);
	return u->unknown ? uuid_make(id->uuid) : 0;
}

/* Beside what the LU keeps, for files and devices. */
static int
unit_keep_journal(
    struct unit *u, const struct state *state, const uint8_t uuid[16])
{
	char text[UUID_TEXT_BYTES], name[KEPT_NAME_MAX];

	if (u->bs->ops->fd == NULL)
		return 0;
	uuid_format(text, uuid);
	snprintf(name, sizeof(name), "atomic-%s", text);
	return backstore_keep_journal(
	    u->bs, state_directory(state), name, uuid);
}

static enum lu_sharing
unit_sharing(enum config_sharing sharing)
{
	static const enum lu_sharing of[] = {
		[SHARING_WARN] = LU_SHARING_WARN,
		[SHARING_EXCLUSIVE] = LU_SHARING_EXCLUSIVE,
		[SHARING_SHARED] = LU_SHARING_SHARED,
	};

	return of[sharing];
}

static int
unit_make_lu(struct unit *u, const struct config_lun *lun, struct state *state,
    char *why, size_t why_size)
{
	struct lu_options options = {
		.block_size = lun->block_size,
		.read_only = lun->read_only,
		.writethrough = lun->cache == CACHE_WRITETHROUGH,
		.sharing = unit_sharing(lun->sharing),
		.removable = lun->removable,
		.sanitize_rate = lun->sanitize_rate,
	};
	struct lu_identity identity;
	int error;

	error = unit_identify(u, lun, state, &identity, why, why_size);
	if (error != 0)
		return error;
	lu_identity_complete(&identity);
	if (unit_keep_journal(u, state, identity.uuid) == 0)
		u->lu = lu_new(u->bs, &identity, &options, unit_free_last, u);
	if (u->lu != NULL)
		return 0;
	snprintf(why, why_size, "no memory");
	return -ENOMEM;
}

static enum io_writes
unit_writes(const struct config_lun *lun)
{
	if (lun->cache == CACHE_DIRECT)
		return IO_WRITES_ON_RING;
	return strcmp(lun->store, "file") == 0 ? IO_WRITES_IN_LINE
					       : IO_WRITES_ON_THREADS;
}

static struct unit *
unit_new(const struct config_lun *lun, const struct state *state,
    _Atomic unsigned *open_count)
{
	struct unit *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	if (lu_kept_init(&u->kept, state) != 0) {
		free(u);
		return NULL;
	}
	if (io_init(&u->io, unit_writes(lun)) != 0) {
		crew_destroy(&u->kept.crew);
		free(u);
		return NULL;
	}
	pthread_mutex_init(&u->mutex, NULL);
	u->open_count = open_count;
	atomic_fetch_add(open_count, 1);
	return u;
}

static void
unit_log_open(const struct unit *u, const struct config_lun *lun)
{
	log_notice("serving lun=%s store=%s%s%s size=%llu block-size=%u%s",
	    lun->name, lun->store, lun->path != NULL ? " path=" : "",
	    lun->path != NULL ? lun->path : "",
	    (unsigned long long)u->known_size, lun->block_size,
	    u->bs->info.read_only || lun->read_only ? " read-only" : "");
}

/* Its store is open. */
static int
unit_complete(struct unit *u, const struct config_lun *lun, struct state *state,
    char *why, size_t why_size)
{
	int error;

	u->bs->executor = &u->io.executor;
	error = unit_make_lu(u, lun, state, why, why_size);
	if (error != 0) {
		unit_close(u);
		return error;
	}
	u->known_size = u->largest_size = backstore_size(u->bs);
	headroom_set(&u->headroom, lun);
	timestamp_power_on(u->lu, clock_now_ms());
	if (u->opening != NULL) {
		atomic_store(&u->fault, UNIT_OPENING);
	} else {
		headroom_look(&u->headroom, u->lu);
		unit_log_open(u, lun);
	}
	/* What was reserved there would not be in the one that comes. */
	if (u->opening != NULL)
		pr_set_unknown(u->lu);
	else
		lu_kept_begin(&u->kept, u->lu);
	return 0;
}

/* Its store, or what stands for it as long as u->opening. */
static int
unit_open_store(struct unit *u, const struct config_lun *lun,
    struct unit_patience patience, char *why, size_t why_size)
{
	struct bs_config config;
	int error;

	unit_store_config(lun, &config);
	u->opening = opening_begin(&config, patience.follows);
	if (u->opening == NULL) {
		snprintf(why, why_size, "no memory or no thread");
		return -ENOMEM;
	}
	error =
	    opening_wait(u->opening, patience.until_ms, &u->bs, why, why_size);
	if (error != -EINPROGRESS) {
		u->opening = NULL;
		return error;
	}
	error = backstore_open_absent(&config, &u->bs, why, why_size);
	if (error != 0)
		opening_leave(u->opening);
	return error;
}

int
unit_open(const struct config_lun *lun, struct state *state,
    _Atomic unsigned *open_count, struct unit_patience patience,
    struct unit **out, char *why, size_t why_size)
{
	struct unit *u = unit_new(lun, state, open_count);
	int error;

	if (u == NULL) {
		snprintf(why, why_size, "no memory");
		return -ENOMEM;
	}
	error = unit_open_store(u, lun, patience, why, why_size);
	if (error != 0) {
		crew_retire(&u->io.crew, unit_io_gone);
		return error;
	}
	error = unit_complete(u, lun, state, why, why_size);
	if (error == 0)
		*out = u;
	return error;
}

int
unit_open_late(struct unit *late, const struct config_lun *lun,
    struct state *state, struct unit **out, char *why, size_t why_size)
{
	struct backstore *bs;
	struct unit *u;
	int error = opening_wait(late->opening, 0, &bs, why, why_size);

	if (error == -EINPROGRESS)
		return error;
	late->opening = NULL;
	if (error != 0)
		return error;
	u = unit_new(lun, state, late->open_count);
	if (u == NULL) {
		backstore_close(bs);
		snprintf(why, why_size, "no memory");
		return -ENOMEM;
	}
	u->bs = bs;
	error = unit_complete(u, lun, state, why, why_size);
	if (error == 0)
		*out = u;
	return error;
}

void
unit_give_up(struct unit *u, const char *why)
{
	int opening = UNIT_OPENING;

	if (atomic_compare_exchange_strong(&u->fault, &opening, UNIT_UNOPENED))
		backstore_give_up(u->bs, why);
}

void
unit_switch(struct unit *u, const struct config_lun *lun)
{
	headroom_set(&u->headroom, lun);
}

bool
unit_reserve(struct unit *u, const struct config_lun *lun)
{
	pthread_mutex_lock(&u->mutex);
	if (lun->size > backstore_size(u->bs))
		headroom_set_grown(&u->headroom, lun);
	else
		headroom_set(&u->headroom, lun);
	headroom_look(&u->headroom, u->lu);
	pthread_mutex_unlock(&u->mutex);
	return !atomic_load(&u->headroom.short_of);
}

void
unit_keep(struct unit *u)
{
	lu_kept_retry(&u->kept);
}

/* ---- the size ---- */

/* Under u->mutex. */
static void
unit_note_size(struct unit *u)
{
	const char *name = u->lu->identity.name;
	uint64_t size = backstore_size(u->bs);

	if (size == u->known_size)
		return;
	if (size < u->known_size)
		log_error("store has SHRUNK, data may be lost lun=%s was=%llu "
			  "is=%llu",
		    name, (unsigned long long)u->known_size,
		    (unsigned long long)size);
	else
		log_notice("store has grown lun=%s was=%llu is=%llu", name,
		    (unsigned long long)u->known_size,
		    (unsigned long long)size);
	u->known_size = size;
	lu_size_changed(u->lu);
}

/* Under u->mutex. */
static enum unit_fault
unit_find_fault(struct unit *u)
{
	int error = u->bs->ops->look != NULL ? u->bs->ops->look(u->bs) : 0;

	if (error == -ENOENT)
		return UNIT_DELETED;
	if (error == -ESTALE)
		return UNIT_REPLACED;
	return u->known_size < u->largest_size ? UNIT_SHRUNK : UNIT_WELL;
}

/* Under u->mutex.  Told once, when it begins. */
static void
unit_note_fault(struct unit *u)
{
	enum unit_fault fault = unit_find_fault(u);
	const char *name = u->lu->identity.name;

	if (u->known_size > u->largest_size)
		u->largest_size = u->known_size;
	if ((enum unit_fault)atomic_exchange(&u->fault, (int)fault) == fault)
		return;
	if (fault == UNIT_DELETED)
		log_error("file was DELETED while it is served, its data go "
			  "when it is closed (tisane lun export-image saves "
			  "them) lun=%s path=%s",
		    name, u->bs->name);
	else if (fault == UNIT_REPLACED)
		log_error("file was REPLACED by another while it is served, "
			  "the old one is served until it is closed lun=%s "
			  "path=%s",
		    name, u->bs->name);
	else if (fault == UNIT_WELL)
		log_notice("store is as it should be again lun=%s", name);
}

/* Under u->mutex. */
static void
unit_note_failures(struct unit *u)
{
	uint64_t failed = atomic_load(&u->lu->failed), now = clock_now_ms();

	if (failed == u->told_failed || now < u->tell_failed_ms)
		return;
	log_error("store fails, initiators are told so lun=%s store=%s "
		  "count=%llu error=\"%s\"",
	    u->lu->identity.name, u->bs->name,
	    (unsigned long long)(failed - u->told_failed),
	    strerror(atomic_load(&u->lu->failed_by)));
	u->told_failed = failed;
	u->tell_failed_ms = now + UNIT_TELL_MS;
}

int
unit_resize(struct unit *u, uint64_t bytes)
{
	int error;

	pthread_mutex_lock(&u->mutex);
	error = backstore_resize(u->bs, bytes);
	if (error == 0)
		unit_note_size(u);
	headroom_look(&u->headroom, u->lu);
	pthread_mutex_unlock(&u->mutex);
	return error;
}

static void
unit_watch_here(struct job *job)
{
	struct unit *u = container_of(job, struct unit, watch_job);
	struct lu *lu = u->lu;
	int error;

	pthread_mutex_lock(&u->mutex);
	backstore_settle(u->bs);
	error = backstore_refresh(u->bs);
	if (error == 0)
		unit_note_size(u);
	headroom_look(&u->headroom, lu);
	unit_note_fault(u);
	unit_note_failures(u);
	pthread_mutex_unlock(&u->mutex);
	if (error != 0)
		log_warning("store does not tell its size lun=%s error=\"%s\"",
		    lu->identity.name, strerror(-error));
	atomic_store(&u->watching, false);
	lu_unref(lu);
}

void
unit_watch(struct unit *u, struct crew *crew)
{
	if (u->bs->ops->refresh == NULL || atomic_exchange(&u->watching, true))
		return;
	lu_ref(u->lu);
	u->watch_job.fn = unit_watch_here;
	if (crew_post(crew, &u->watch_job))
		return;
	atomic_store(&u->watching, false);
	lu_unref(u->lu);
}

bool
unit_is_silent(struct unit *u, uint64_t now_ms)
{
	uint32_t ended = backstore_ended(u->bs);

	if (u->looked_at_ms == 0 || ended != u->ended_seen ||
	    backstore_in_flight(u->bs) == 0) {
		u->looked_at_ms = now_ms;
		u->ended_seen = ended;
		return false;
	}
	return now_ms - u->looked_at_ms >= UNIT_SILENT_MS;
}
