/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/auth_group.c - auth-group: who may log in, and with which proof.
 */
#include <string.h>

#include "common/bytes.h"
#include "config/build.h"

/* RFC 7143 9.2.1 wants 96 bits and more; the value of a key ends at 255. */
#define SECRET_BYTES_MIN 12
#define SECRET_BYTES_MAX 255

/* block->once[] */
enum { AUTH_GROUP_USERS, AUTH_GROUP_SECRETS, AUTH_GROUP_MUTUAL_SECRETS };

bool
auth_group_add_built_in(struct build *b)
{
	static const char *const groups[] = { "no-authentication",
		"no-access" };
	struct config_auth_group *ag;
	unsigned i;

	for (i = 0; i < 2; i++) {
		ag = arena_alloc(b->arena, sizeof(*ag));
		if (ag == NULL)
			return false;
		ag->name = (char *)groups[i];
		ag->no_authentication = i == 0;
		ag->deny = i == 1;
		TAILQ_INSERT_TAIL(&b->config->auth_groups, ag, link);
		names_add(&b->known[REFERENCE_AUTH_GROUP], b->arena, ag->name,
		    ag->name, ag, (struct spot){ .source = NULL });
	}
	return true;
}

void
auth_group_build(struct build *b, struct block *block, const struct keyword *k,
    const struct config_statement *s)
{
	struct config_auth_group *ag = arena_alloc(b->arena, sizeof(*ag));

	if (ag == NULL)
		return;
	ag->place = spot_of_word(s, 0).place;
	ag->name = build_name(b, REFERENCE_AUTH_GROUP, s, ag);
	TAILQ_INSERT_TAIL(&b->config->auth_groups, ag, link);
	build_block(b, BLOCK_AUTH_GROUP, s, ag);
}

/* ---- chap ---- */

static const struct value_type auth_group_user = { .read = value_string,
	.high = 255 };
static const struct value_type auth_group_secret = { .read = value_string,
	.high = SECRET_BYTES_MAX };

/* words[first..]: USER SECRET, and perhaps USER SECRET of ours. */
static void
auth_group_add_chap(struct build *b, struct block *block,
    const struct config_statement *s, unsigned first, bool mutual)
{
	struct config_auth_group *ag = block->object;
	struct config_chap *chap, c = { .user = NULL };
	unsigned i = first;

	secret_warn_readable(b, s->source, spot_of_word(s, first + 1));
	if (!build_word(b, &auth_group_user, s, i, &c.user) ||
	    !build_word(b, &auth_group_secret, s, i + 1, &c.secret))
		return;
	if (mutual &&
	    (!build_word(b, &auth_group_user, s, i + 2, &c.mutual_user) ||
		!build_word(b, &auth_group_secret, s, i + 3, &c.mutual_secret)))
		return;
	names_add(&block->once[AUTH_GROUP_USERS], b->arena, c.user, c.user,
	    NULL, spot_of_word(s, i));
	names_add(&block->once[AUTH_GROUP_SECRETS], b->arena, c.secret, "***",
	    NULL, spot_of_word(s, i + 1));
	if (mutual)
		names_add(&block->once[AUTH_GROUP_MUTUAL_SECRETS], b->arena,
		    c.mutual_secret, "***", NULL, spot_of_word(s, i + 3));
	chap =
	    arena_append(b->arena, &ag->chap, &ag->chap_count, sizeof(*chap));
	if (chap != NULL)
		*chap = c;
}

void
auth_group_build_chap(struct build *b, struct block *block,
    const struct keyword *k, const struct config_statement *s)
{
	auth_group_add_chap(b, block, s, 1, s->word_count == 5);
}

/* ---- chap-file ---- */

static void
auth_group_read_line(
    struct build *b, struct block *block, const struct config_statement *s)
{
	if ((s->word_count == 2 || s->word_count == 4) && s->open == NULL)
		auth_group_add_chap(b, block, s, 0, s->word_count == 4);
	else
		report_error(b->report, spot_of_word(s, 0),
		    "a line of secrets is USER SECRET or "
		    "USER SECRET MUTUAL-USER MUTUAL-SECRET");
}

void
auth_group_build_chap_file(struct build *b, struct block *block,
    const struct keyword *k, const struct config_statement *s)
{
	struct source *source = secret_open(b, s);
	const struct config_statement *line;

	if (source == NULL)
		return;
	for (line = source->root.child; line != NULL; line = line->next)
		auth_group_read_line(b, block, line);
}

/* ---- checks ---- */

static void
auth_group_check_lengths(struct build *b, const struct names *secrets)
{
	unsigned i;

	for (i = 0; i < secrets->count; i++) {
		if (strlen(secrets->entries[i].key) < SECRET_BYTES_MIN)
			report_error(b->report, secrets->entries[i].spot,
			    "a secret of less than %d bytes; \"weak-secrets "
			    "yes\" in the auth-group allows it",
			    SECRET_BYTES_MIN);
	}
}

/* Whoever knows the one could answer as the other: RFC 7143 9.2.1. */
static void
auth_group_check_directions(
    struct build *b, const struct names *theirs, const struct names *ours)
{
	const struct names_entry *other, *e;
	unsigned i;

	for (i = 0; i < ours->count; i++) {
		e = &ours->entries[i];
		other = names_find(theirs, e->key);
		if (other != NULL)
			report_error(b->report, e->spot,
			    "the same secret in both directions; the other "
			    "one is at %s",
			    report_place(other->spot.place).text);
	}
}

static bool
auth_group_asks_for_something(const struct block *block)
{
	static const char *const demands[] = { "chap", "chap-mutual",
		"chap-file", "initiator-name", "initiator-address" };
	unsigned i;

	for (i = 0; i < ARRAY_LEN(demands); i++) {
		if (block_find(block, demands[i]) != NULL)
			return true;
	}
	return false;
}

void
auth_group_check(struct build *b, struct block *block)
{
	const struct config_auth_group *ag = block->object;
	struct names *users = &block->once[AUTH_GROUP_USERS];
	struct names *theirs = &block->once[AUTH_GROUP_SECRETS];
	struct names *ours = &block->once[AUTH_GROUP_MUTUAL_SECRETS];

	names_sort(users);
	names_sort(theirs);
	names_report_again(users, b->report, "user ", " is already given");
	if (!ag->weak_secrets) {
		auth_group_check_lengths(b, theirs);
		auth_group_check_lengths(b, ours);
	}
	auth_group_check_directions(b, theirs, ours);
	if (!auth_group_asks_for_something(block))
		report_error(b->report, spot_of_word(block->statement, 1),
		    "auth-group %s asks for nothing; the group that lets "
		    "everybody in is \"no-authentication\"",
		    report_quote_token(block->statement->words[1]).text);
}
