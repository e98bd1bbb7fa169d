/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/lu_kept.c - what an LU keeps, on disk.
 *
 *	tisane reservations 1
 *	lun 5b1f0b5e-93a4-4a60-8c7a-0d5d6f1f5a11 vm1
 *	type 5
 *	key ...				see target/pr_image.c
 *	check 1a2b3c4d
 *
 *	tisane settings 1
 *	lun 5b1f0b5e-93a4-4a60-8c7a-0d5d6f1f5a11 vm1
 *	mode WCE 0			see target/settings_image.c
 *	check 5e6f7a8b
 *
 * The UUID is in the file as well, so that one that was copied to another name
 * is not taken for that LU's.
 */
#include "server/lu_kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "server/uuid.h"
#include "target/pr.h"
#include "target/settings.h"

#define LU_KEPT_LUN "lun "

struct lu_kept_kind {
	const char *word, *header;
	void (*set_store)(struct lu *lu, struct lu_store *store);
	bool (*restore)(struct lu *lu, const char *text, size_t bytes);
	void (*unreadable)(const struct lu_kept_file *f, int error);
};

static void lu_kept_no_reservations(const struct lu_kept_file *f, int error);
static void lu_kept_no_settings(const struct lu_kept_file *f, int error);

enum { LU_KEPT_RESERVATIONS, LU_KEPT_SETTINGS };

static const struct lu_kept_kind lu_kept_kinds[LU_KEPT_FILES] = {
	[LU_KEPT_RESERVATIONS] = { "reservations", "tisane reservations 1\n",
	    pr_set_store, pr_restore, lu_kept_no_reservations },
	[LU_KEPT_SETTINGS] = { "settings", "tisane settings 1\n",
	    settings_set_store, settings_restore, lu_kept_no_settings },
};

static struct kept_file
lu_kept_file(const struct lu_kept_file *f)
{
	return (struct kept_file){
		.ops = f->kept->ops,
		.dir_fd = f->kept->dir_fd,
		.name = f->name,
		.header = f->kind->header,
	};
}

/* ---- saving ---- */

static void
lu_kept_saved(struct job *job)
{
	struct lu_save *save = container_of(job, struct lu_save, job);

	save->done(save, save->error);
}

static int
lu_kept_write(const struct lu_kept_file *f, const struct lu_save *save)
{
	const struct lu *lu = f->kept->lu;
	struct kept_file file = lu_kept_file(f);
	char uuid[UUID_TEXT_BYTES], *body;
	int length, error;

	uuid_format(uuid, lu->identity.uuid);
	length = asprintf(&body, LU_KEPT_LUN "%s %s\n%.*s", uuid,
	    lu->identity.name, (int)save->bytes, save->text);
	if (length < 0)
		return -ENOMEM;
	error = kept_write(&file, body, (size_t)length);
	free(body);
	return error;
}

/* Who makes them fail again and again does not fill the log. */
static void
lu_kept_tell(struct lu_kept_file *f, int error)
{
	const char *lun = f->kept->lu->identity.name;

	if (error == f->told)
		return;
	f->told = error;
	if (error != 0)
		log_error("%s not saved, initiators are told so lun=%s file=%s "
			  "error=\"%s\"",
		    f->kind->word, lun, f->name, strerror(-error));
	else
		log_notice("%s are saved again lun=%s file=%s", f->kind->word,
		    lun, f->name);
}

static void
lu_kept_save_here(struct job *job)
{
	struct lu_save *save = container_of(job, struct lu_save, job);
	struct lu_kept_file *f =
	    container_of(save->store, struct lu_kept_file, store);
	struct kept_file file = lu_kept_file(f);

	save->error =
	    save->bytes > 0 ? lu_kept_write(f, save) : kept_remove(&file);
	lu_kept_tell(f, save->error);
	save->job.fn = lu_kept_saved;
	save->home->post(save->home, &save->job);
}

static void
lu_kept_save(struct lu_store *store, struct lu_save *save)
{
	struct lu_kept_file *f =
	    container_of(store, struct lu_kept_file, store);

	save->job.fn = lu_kept_save_here;
	if (crew_post(&f->kept->crew, &save->job))
		return;
	lu_kept_tell(f, -ENOMEM);
	save->done(save, -ENOMEM);
}

/* ---- reading ---- */

/* What is behind the line that names this LU; NULL: it names none, or another.
 */
static const char *
lu_kept_of_lu(const struct lu *lu, const char *body, size_t bytes)
{
	const size_t mark = strlen(LU_KEPT_LUN);
	const char *newline = memchr(body, '\n', bytes);
	uint8_t uuid[16];

	if (newline == NULL || (size_t)(newline - body) < mark + 37 ||
	    memcmp(body, LU_KEPT_LUN, mark) != 0 ||
	    !uuid_parse(body + mark, uuid) ||
	    memcmp(uuid, lu->identity.uuid, sizeof(uuid)) != 0)
		return NULL;
	return newline + 1;
}

/* 0 or -errno. */
static int
lu_kept_read(const struct lu_kept_file *f)
{
	struct kept_file file = lu_kept_file(f);
	struct lu *lu = f->kept->lu;
	const char *body, *image;
	size_t bytes;
	char *text;
	int error = kept_read(&file, &text, &body, &bytes);

	if (error == -ENOENT)
		return f->kind->restore(lu, "", 0) ? 0 : -ENOMEM;
	if (error != 0)
		return error;
	image = lu_kept_of_lu(lu, body, bytes);
	if (image == NULL ||
	    !f->kind->restore(lu, image, bytes - (size_t)(image - body)))
		error = -EBADMSG;
	kept_free(text);
	return error;
}

static const char *
lu_kept_reason(int error)
{
	return error == -EBADMSG ? "it is damaged" : strerror(-error);
}

static void
lu_kept_no_reservations(const struct lu_kept_file *f, int error)
{
	pr_set_unknown(f->kept->lu);
	log_error("reservations cannot be read, the lun refuses service lun=%s "
		  "file=%s error=\"%s\": restore the file, or remove it and "
		  "nothing is reserved, and reload",
	    f->kept->lu->identity.name, f->name, lu_kept_reason(error));
}

static void
lu_kept_no_settings(const struct lu_kept_file *f, int error)
{
	log_error("settings cannot be read, the lun is served with the "
		  "defaults lun=%s file=%s error=\"%s\": the next change by "
		  "an initiator replaces the file",
	    f->kept->lu->identity.name, f->name, lu_kept_reason(error));
}

/* ---- life ---- */

int
lu_kept_init(struct lu_kept *k, const struct state *state)
{
	*k = (struct lu_kept){
		.ops = &kept_system,
		.dir_fd = state_directory(state),
	};
	return crew_init(&k->crew, 1);
}

static void
lu_kept_begin_file(struct lu_kept *k, unsigned i)
{
	struct lu_kept_file *f = &k->files[i];
	char uuid[UUID_TEXT_BYTES];
	int error;

	*f = (struct lu_kept_file){
		.store.save = lu_kept_save,
		.kept = k,
		.kind = &lu_kept_kinds[i],
	};
	uuid_format(uuid, k->lu->identity.uuid);
	snprintf(f->name, sizeof(f->name), "%s-%s", f->kind->word, uuid);
	f->kind->set_store(k->lu, &f->store);
	error = lu_kept_read(f);
	if (error != 0)
		f->kind->unreadable(f, error);
}

void
lu_kept_begin(struct lu_kept *k, struct lu *lu)
{
	k->lu = lu;
	for (unsigned i = 0; i < LU_KEPT_FILES; i++)
		lu_kept_begin_file(k, i);
}

void
lu_kept_retry(struct lu_kept *k)
{
	const struct lu_kept_file *f = &k->files[LU_KEPT_RESERVATIONS];
	int error;

	if (k->lu == NULL || !pr_is_unknown(k->lu))
		return;
	error = lu_kept_read(f);
	if (error == 0)
		log_notice("reservations are known again, the lun is served "
			   "lun=%s",
		    k->lu->identity.name);
	else
		f->kind->unreadable(f, error);
}
