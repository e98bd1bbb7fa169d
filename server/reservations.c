/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/reservations.c - an LU's persistent reservations on disk.
 *
 *	tisane reservations 1
 *	lun 5b1f0b5e-93a4-4a60-8c7a-0d5d6f1f5a11 vm1
 *	type 5
 *	key ...				see target/pr_image.c
 *	check 1a2b3c4d
 *
 * The UUID is in the file as well, so that one that was copied to another name
 * is not taken for that LU's.
 */
#include "server/reservations.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "server/uuid.h"

#define RESERVATIONS_HEADER "tisane reservations 1\n"
#define RESERVATIONS_LUN    "lun "

static struct kept_file
reservations_file(const struct reservations *r)
{
	return (struct kept_file){
		.ops = r->ops,
		.dir_fd = r->dir_fd,
		.name = r->file,
		.header = RESERVATIONS_HEADER,
	};
}

/* ---- saving ---- */

static void
reservations_saved(struct job *job)
{
	struct pr_save *save = container_of(job, struct pr_save, job);

	save->done(save, save->error);
}

static int
reservations_write(struct reservations *r, const struct pr_save *save)
{
	struct kept_file f = reservations_file(r);
	char uuid[UUID_TEXT_BYTES], *body;
	int length, error;

	uuid_format(uuid, r->lu->identity.uuid);
	length = asprintf(&body, RESERVATIONS_LUN "%s %s\n%.*s", uuid,
	    r->lu->identity.name, (int)save->bytes, save->text);
	if (length < 0)
		return -ENOMEM;
	error = kept_write(&f, body, (size_t)length);
	free(body);
	return error;
}

static void
reservations_save_here(struct job *job)
{
	struct pr_save *save = container_of(job, struct pr_save, job);
	struct reservations *r =
	    container_of(save->store, struct reservations, store);
	struct kept_file f = reservations_file(r);

	save->error =
	    save->bytes > 0 ? reservations_write(r, save) : kept_remove(&f);
	if (save->error != 0)
		log_error("reservations not saved lun=%s file=%s error=\"%s\"",
		    r->lu->identity.name, r->file, strerror(-save->error));
	save->job.fn = reservations_saved;
	save->home->post(save->home, &save->job);
}

static void
reservations_save(struct pr_store *store, struct pr_save *save)
{
	struct reservations *r =
	    container_of(store, struct reservations, store);

	save->job.fn = reservations_save_here;
	if (!crew_post(&r->crew, &save->job))
		save->done(save, -ENOMEM);
}

/* ---- reading ---- */

/* What is behind the line that names this LU; NULL: it names none, or another.
 */
static const char *
reservations_of_lu(const struct lu *lu, const char *body, size_t bytes)
{
	const size_t mark = strlen(RESERVATIONS_LUN);
	const char *newline = memchr(body, '\n', bytes);
	uint8_t uuid[16];

	if (newline == NULL || (size_t)(newline - body) < mark + 37 ||
	    memcmp(body, RESERVATIONS_LUN, mark) != 0 ||
	    !uuid_parse(body + mark, uuid) ||
	    memcmp(uuid, lu->identity.uuid, sizeof(uuid)) != 0)
		return NULL;
	return newline + 1;
}

/* 0 or -errno. */
static int
reservations_read(struct reservations *r)
{
	struct kept_file f = reservations_file(r);
	const char *body, *image;
	size_t bytes;
	char *text;
	int error = kept_read(&f, &text, &body, &bytes);

	if (error == -ENOENT)
		return pr_restore(r->lu, "", 0) ? 0 : -ENOMEM;
	if (error != 0)
		return error;
	image = reservations_of_lu(r->lu, body, bytes);
	if (image == NULL ||
	    !pr_restore(r->lu, image, bytes - (size_t)(image - body)))
		error = -EBADMSG;
	kept_free(text);
	return error;
}

static void
reservations_log_unknown(const struct reservations *r, int error)
{
	log_error("reservations cannot be read, the lun refuses service lun=%s "
		  "file=%s error=\"%s\": restore the file, or remove it and "
		  "nothing is reserved, and reload",
	    r->lu->identity.name, r->file,
	    error == -EBADMSG ? "it is damaged" : strerror(-error));
}

int
reservations_init(struct reservations *r, const struct state *state)
{
	*r = (struct reservations){
		.store.save = reservations_save,
		.ops = &kept_system,
		.dir_fd = state_directory(state),
	};
	return crew_init(&r->crew, 1);
}

void
reservations_begin(struct reservations *r, struct lu *lu)
{
	char uuid[UUID_TEXT_BYTES];
	int error;

	r->lu = lu;
	uuid_format(uuid, lu->identity.uuid);
	snprintf(r->file, sizeof(r->file), "reservations-%s", uuid);
	pr_set_store(lu, &r->store);
	error = reservations_read(r);
	if (error == 0)
		return;
	pr_set_unknown(lu);
	reservations_log_unknown(r, error);
}

void
reservations_retry(struct reservations *r)
{
	int error;

	if (!pr_is_unknown(r->lu))
		return;
	error = reservations_read(r);
	if (error == 0)
		log_notice("reservations are known again, the lun is served "
			   "lun=%s",
		    r->lu->identity.name);
	else
		reservations_log_unknown(r, error);
}
