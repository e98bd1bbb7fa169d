/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/iscsi/dialogue.c - a login as a table.
 */
#include "tests/unit/iscsi/dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/unit/unit.h"

void
dialogue_open(struct dialogue *d)
{
	memset(d, 0, sizeof(*d));
	d->service = offer_service();
	d->pg = &offer_lan;
	d->peer = &offer_peer;
	d->bhs[0] = PDU_IMMEDIATE | OP_LOGIN_REQUEST;
	memcpy(d->bhs + LOGIN_ISID, "\x80\x12\x34\x56\x78\x9a", 6);
	put_be32(d->bhs + PDU_ITT, 7);
	put_be16(d->bhs + LOGIN_CID, 1);
}

void
dialogue_close(struct dialogue *d)
{
	login_free(d->login);
	d->login = NULL;
}

/* The text in a buffer of its own size, so that a sanitizer sees overreads. */
static enum login_step
dialogue_request(struct dialogue *d, const char *in)
{
	uint8_t *text = malloc(strlen(in) + 1);
	size_t bytes;
	enum login_step step;

	if (d->login == NULL)
		d->login = login_new(d->service, d->pg, d->peer);
	bytes = offer_text(in, text);
	text = realloc(text, bytes > 0 ? bytes : 1);
	step = login_request(d->login, d->bhs, text, bytes, &d->answer);
	free(text);
	return step;
}

static void
dialogue_check(
    const struct dialogue *d, const struct line *line, enum login_step step)
{
	const struct login_answer *a = &d->answer;
	unsigned status = a->status.status_class << 8 | a->status.detail;
	static char out[OFFER_TEXT_MAX + 1];
	bool same = step == line->step;

	CU_ASSERT_EQUAL(step, line->step);
	if (line->step == LOGIN_CLOSE)
		return;
	offer_readable(a->text, a->text_bytes, out);
	CU_ASSERT_EQUAL(status, line->status);
	same = same && status == line->status;
	CU_ASSERT_EQUAL(a->flags, line->out_flags);
	same = same && a->flags == line->out_flags;
	if (line->out != NULL) {
		CU_ASSERT_STRING_EQUAL(out, line->out);
		same = same && strcmp(out, line->out) == 0;
	}
	if (!same)
		fprintf(stderr,
		    "\n  sent %02x %.200s\n  got step %d status %04x "
		    "flags %02x %.600s (%s)\n",
		    line->flags, line->in, step, status, a->flags, out,
		    a->status.why != NULL ? a->status.why : "");
}

enum login_step
dialogue_say(struct dialogue *d, const struct line *line)
{
	enum login_step step;

	d->bhs[PDU_FLAGS] = line->flags;
	step = dialogue_request(d, line->in);
	dialogue_check(d, line, step);
	return step;
}

void
dialogue_run(struct dialogue *d, const struct line *lines)
{
	for (; lines->in != NULL; lines++)
		dialogue_say(d, lines);
}

void
dialogue(const struct line *lines)
{
	struct dialogue d;

	dialogue_open(&d);
	dialogue_run(&d, lines);
	dialogue_close(&d);
}
