/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/text.h - lists of key=value pairs, RFC 7143 clause 6.1.
 *
 * A text may be spread over several PDUs (C bit) in both directions.  What
 * comes in is gathered up to a limit and then read; what goes out is written
 * whole and taken in pieces that fit a PDU.
 */
#ifndef ISCSI_TEXT_H
#define ISCSI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_KEY_MAX    63   /* bytes, 6.1 */
#define TEXT_VALUE_MAX  255  /* bytes, 6.1, unless a key says otherwise */
#define TEXT_BINARY_MAX 1024 /* bytes of a decoded binary value, 12.1.3 */

/* ---- in ---- */

struct text_in {
	char *data;   /* always followed by a NUL once anything was added */
	size_t bytes; /* gathered so far */
	size_t room;
};

/* False when the text would become longer than limit, or out of memory. */
bool text_in_add(
    struct text_in *t, const void *data, size_t bytes, size_t limit);
void text_in_clear(struct text_in *t); /* keeps the memory */
void text_in_free(struct text_in *t);

/* Points into the text; value ends with a NUL, key does not. */
struct text_pair {
	const char *key;
	size_t key_bytes;
	const char *value;
};

enum text_next {
	TEXT_PAIR,
	TEXT_END,
	TEXT_MALFORMED, /* no "=", an empty or too long key, a wrong character
			 */
};

/* The pair at *at, which starts at 0 and is moved behind it. */
enum text_next text_next(
    const struct text_in *t, size_t *at, struct text_pair *pair);

/* ---- values ---- */

/* A decimal or 0x constant without sign, blanks or leading zeros. */
bool text_number(const char *value, uint64_t *out);

/*
 * Decode 0x (hex; n digits are (n + 1) / 2 bytes) or 0b (base64, padded or
 * not; n digits are n * 3 / 4 bytes).  Return the length, or -1 when malformed,
 * empty or longer than max bytes.
 */
int text_binary(const char *value, uint8_t *out, size_t max);

/*
 * Step through a list of values: set *item and its bytes, move *list behind
 * the comma.  False at the end.  An empty list has one empty item.
 */
bool text_list_next(const char **list, const char **item, size_t *bytes);
bool text_item_is(const char *item, size_t bytes, const char *word);

/* ---- out ---- */

struct text_out {
	char *data;
	size_t bytes, room;
	size_t taken; /* bytes that earlier pieces have carried */
	size_t limit; /* bytes; what goes beyond it sets failed */
	bool
	    failed; /* too long or out of memory: nothing of it is to be sent */
};

void text_put(struct text_out *t, const char *key, const char *value);
void text_put_bytes(struct text_out *t, const char *key, size_t key_bytes,
    const char *value, size_t value_bytes);
void text_put_number(struct text_out *t, const char *key, uint64_t value);
/* As 0x and lower case digits. */
void text_put_binary(
    struct text_out *t, const char *key, const uint8_t *data, size_t bytes);

/*
 * The next piece, at most max bytes, lent until the text is changed.  Return
 * its bytes and set *more when it is not the last one (C bit).
 */
size_t text_out_take(
    struct text_out *t, size_t max, uint8_t **piece, bool *more);
bool text_out_pending(const struct text_out *t);
void text_out_clear(struct text_out *t); /* keeps the memory and the limit */
void text_out_free(struct text_out *t);

#endif
