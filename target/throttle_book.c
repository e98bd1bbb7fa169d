/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/throttle_book.c - the throttles of initiators.
 */
#include "target/throttle_book.h"

#include <assert.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

struct throttle_page {
	struct throttle throttle;
	LIST_ENTRY(throttle_page) link;
	unsigned uses;
	char initiator_name[];
};

struct throttle_rule {
	char *initiator_name;
	struct throttle_limit limit[THROTTLE_UNITS];
};

struct throttle_rules {
	unsigned count;
	struct throttle_rule rule[];
};

struct throttle_book {
	pthread_mutex_t mutex;
	LIST_HEAD(, throttle_page) pages;
	struct throttle_rules *rules; /* NULL: none */
};

struct throttle_book *
throttle_book_new(void)
{
	struct throttle_book *book = calloc(1, sizeof(*book));

	if (book == NULL)
		return NULL;
	pthread_mutex_init(&book->mutex, NULL);
	LIST_INIT(&book->pages);
	return book;
}

void
throttle_book_free(struct throttle_book *book)
{
	assert(LIST_EMPTY(&book->pages));
	throttle_rules_free(book->rules);
	pthread_mutex_destroy(&book->mutex);
	free(book);
}

/* ---- rules ---- */

struct throttle_rules *
throttle_rules_new(unsigned count)
{
	struct throttle_rules *rules;

	rules = malloc(sizeof(*rules) + count * sizeof(rules->rule[0]));
	if (rules != NULL)
		rules->count = 0;
	return rules;
}

void
throttle_rules_free(struct throttle_rules *rules)
{
	unsigned i;

	if (rules == NULL)
		return;
	for (i = 0; i < rules->count; i++)
		free(rules->rule[i].initiator_name);
	free(rules);
}

bool
throttle_rules_add(struct throttle_rules *rules, const char *initiator_name,
    const struct throttle_limit limit[THROTTLE_UNITS])
{
	struct throttle_rule *r = &rules->rule[rules->count];

	r->initiator_name = strdup(initiator_name);
	if (r->initiator_name == NULL)
		return false;
	memcpy(r->limit, limit, sizeof(r->limit));
	rules->count++;
	return true;
}

/* Under the mutex. */
static void
throttle_page_set(struct throttle_book *book, struct throttle_page *page)
{
	static const struct throttle_limit none[THROTTLE_UNITS];
	const struct throttle_rules *rules = book->rules;
	unsigned i;

	for (i = 0; rules != NULL && i < rules->count; i++) {
		if (fnmatch(rules->rule[i].initiator_name, page->initiator_name,
			0) == 0) {
			throttle_set(&page->throttle, rules->rule[i].limit);
			return;
		}
	}
	throttle_set(&page->throttle, none);
}

void
throttle_book_set(struct throttle_book *book, struct throttle_rules *rules)
{
	struct throttle_rules *old;
	struct throttle_page *page;

	pthread_mutex_lock(&book->mutex);
	old = book->rules;
	book->rules = rules;
	LIST_FOREACH (page, &book->pages, link)
		throttle_page_set(book, page);
	pthread_mutex_unlock(&book->mutex);
	throttle_rules_free(old);
}

/* ---- pages ---- */

static struct throttle_page *
throttle_page_new(struct throttle_book *book, const char *name)
{
	size_t bytes = strlen(name) + 1;
	struct throttle_page *page = malloc(sizeof(*page) + bytes);

	if (page == NULL)
		return NULL;
	throttle_init(&page->throttle);
	page->uses = 0;
	memcpy(page->initiator_name, name, bytes);
	throttle_page_set(book, page);
	LIST_INSERT_HEAD(&book->pages, page, link);
	return page;
}

struct throttle *
throttle_book_get(struct throttle_book *book, const char *initiator_name)
{
	struct throttle_page *page;

	pthread_mutex_lock(&book->mutex);
	LIST_FOREACH (page, &book->pages, link)
		if (strcmp(page->initiator_name, initiator_name) == 0)
			break;
	if (page == NULL)
		page = throttle_page_new(book, initiator_name);
	if (page != NULL)
		page->uses++;
	pthread_mutex_unlock(&book->mutex);
	return page != NULL ? &page->throttle : NULL;
}

void
throttle_book_put(struct throttle_book *book, struct throttle *th)
{
	struct throttle_page *page =
	    container_of(th, struct throttle_page, throttle);

	pthread_mutex_lock(&book->mutex);
	assert(page->uses > 0);
	if (--page->uses == 0)
		LIST_REMOVE(page, link);
	else
		page = NULL;
	pthread_mutex_unlock(&book->mutex);
	if (page == NULL)
		return;
	throttle_destroy(&page->throttle);
	free(page);
}
