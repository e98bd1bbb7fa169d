/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/text.c - lists of key=value pairs, RFC 7143 clause 6.1.
 */
#include "iscsi/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- in ---- */

/* Room for need bytes, in steps that double. */
static bool
text_grow(char **data, size_t *room, size_t need)
{
	size_t size = *room > 0 ? *room : 512;
	char *p;

	if (need <= *room)
		return true;
	while (size < need)
		size *= 2;
	p = realloc(*data, size);
	if (p == NULL)
		return false;
	*data = p;
	*room = size;
	return true;
}

bool
text_in_add(struct text_in *t, const void *data, size_t bytes, size_t limit)
{
	if (bytes > limit || t->bytes > limit - bytes)
		return false;
	if (!text_grow(&t->data, &t->room, t->bytes + bytes + 1))
		return false;
	if (bytes > 0)
		memcpy(t->data + t->bytes, data, bytes);
	t->bytes += bytes;
	t->data[t->bytes] = '\0';
	return true;
}

void
text_in_clear(struct text_in *t)
{
	t->bytes = 0;
}

void
text_in_free(struct text_in *t)
{
	free(t->data);
	memset(t, 0, sizeof(*t));
}

static bool
text_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr(".-+@_#", c));
}

static bool
text_key_is_valid(const char *key, size_t bytes)
{
	size_t i;

	if (bytes == 0 || bytes > TEXT_KEY_MAX)
		return false;
	for (i = 0; i < bytes; i++) {
		if (!text_key_char(key[i]))
			return false;
	}
	return true;
}

enum text_next
text_next(const struct text_in *t, size_t *at, struct text_pair *pair)
{
	const char *line, *equals;

	while (*at < t->bytes && t->data[*at] == '\0')
		++*at;
	if (*at >= t->bytes)
		return TEXT_END;
	line = t->data + *at;
	*at += strlen(line);
	equals = strchr(line, '=');
	if (equals == NULL)
		return TEXT_MALFORMED;
	pair->key = line;
	pair->key_bytes = (size_t)(equals - line);
	pair->value = equals + 1;
	return text_key_is_valid(line, pair->key_bytes) ? TEXT_PAIR
							: TEXT_MALFORMED;
}

/* ---- values ---- */

static int
text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
text_digits(const char *s, unsigned base, uint64_t *out)
{
	uint64_t n = 0;
	int digit;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		digit = text_hex_digit(*s);
		if (digit < 0 || (unsigned)digit >= base)
			return false;
		if (n > (UINT64_MAX - (unsigned)digit) / base)
			return false;
		n = n * base + (unsigned)digit;
	}
	*out = n;
	return true;
}

bool
text_number(const char *value, uint64_t *out)
{
	if (value[0] == '0' && (value[1] == 'x' || value[1] == 'X'))
		return text_digits(value + 2, 16, out);
	if (value[0] == '0' && value[1] != '\0')
		return false;
	return text_digits(value, 10, out);
}

/* Of an odd number of digits the first is a byte of its own. */
static int
text_hex(const char *s, uint8_t *out, size_t max)
{
	size_t digits = strlen(s), bytes = (digits + 1) / 2, odd = digits % 2;
	size_t i;
	int digit;

	if (digits == 0 || bytes > max)
		return -1;
	memset(out, 0, bytes);
	for (i = 0; i < digits; i++) {
		digit = text_hex_digit(s[i]);
		if (digit < 0)
			return -1;
		out[(i + odd) / 2] = (uint8_t)(out[(i + odd) / 2] << 4 | digit);
	}
	return (int)bytes;
}

static int
text_base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* How many digits there are before the "=" that may fill up the last four; 0:
 * malformed. */
static size_t
text_base64_digits(const char *s)
{
	size_t all = strlen(s), digits = strcspn(s, "=");
	size_t padding = strspn(s + digits, "=");

	if (digits + padding != all || digits % 4 == 1)
		return 0;
	return padding == 0 || (padding < 3 && all % 4 == 0) ? digits : 0;
}

static int
text_base64(const char *s, uint8_t *out, size_t max)
{
	size_t digits = text_base64_digits(s), bytes = digits * 3 / 4, i, j;
	uint32_t bits = 0;
	unsigned count = 0;
	int digit;

	if (digits == 0 || bytes > max)
		return -1;
	for (i = 0, j = 0; i < digits; i++) {
		digit = text_base64_digit(s[i]);
		if (digit < 0)
			return -1;
		bits = bits << 6 | (uint32_t)digit;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		out[j++] = (uint8_t)(bits >> count);
	}
	return (int)bytes;
}

int
text_binary(const char *value, uint8_t *out, size_t max)
{
	if (value[0] != '0')
		return -1;
	if (value[1] == 'x' || value[1] == 'X')
		return text_hex(value + 2, out, max);
	if (value[1] == 'b' || value[1] == 'B')
		return text_base64(value + 2, out, max);
	return -1;
}

bool
text_list_next(const char **list, const char **item, size_t *bytes)
{
	if (*list == NULL)
		return false;
	*item = *list;
	*bytes = strcspn(*list, ",");
	*list = (*list)[*bytes] == ',' ? *list + *bytes + 1 : NULL;
	return true;
}

bool
text_item_is(const char *item, size_t bytes, const char *word)
{
	return strlen(word) == bytes && memcmp(item, word, bytes) == 0;
}

/* ---- out ---- */

static void
text_out_append(struct text_out *t, const char *data, size_t bytes)
{
	if (bytes > t->limit || t->bytes > t->limit - bytes ||
	    !text_grow(&t->data, &t->room, t->bytes + bytes)) {
		t->failed = true;
		return;
	}
	memcpy(t->data + t->bytes, data, bytes);
	t->bytes += bytes;
}

void
text_put_bytes(struct text_out *t, const char *key, size_t key_bytes,
    const char *value, size_t value_bytes)
{
	text_out_append(t, key, key_bytes);
	text_out_append(t, "=", 1);
	text_out_append(t, value, value_bytes);
	text_out_append(t, "", 1);
}

void
text_put(struct text_out *t, const char *key, const char *value)
{
	text_put_bytes(t, key, strlen(key), value, strlen(value));
}

void
text_put_number(struct text_out *t, const char *key, uint64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	text_put_bytes(t, key, strlen(key), digits + at, sizeof(digits) - at);
}

void
text_put_binary(
    struct text_out *t, const char *key, const uint8_t *data, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";
	char pair[2];
	size_t i;

	text_out_append(t, key, strlen(key));
	text_out_append(t, "=0x", 3);
	for (i = 0; i < bytes; i++) {
		pair[0] = digits[data[i] >> 4];
		pair[1] = digits[data[i] & 15];
		text_out_append(t, pair, 2);
	}
	text_out_append(t, "", 1);
}

size_t
text_out_take(struct text_out *t, size_t max, uint8_t **piece, bool *more)
{
	size_t left = t->bytes - t->taken;
	size_t bytes = left < max ? left : max;

	*piece = t->data != NULL ? (uint8_t *)t->data + t->taken : NULL;
	*more = left > bytes;
	t->taken += bytes;
	return bytes;
}

bool
text_out_pending(const struct text_out *t)
{
	return t->taken < t->bytes;
}

void
text_out_clear(struct text_out *t)
{
	t->bytes = 0;
	t->taken = 0;
	t->failed = false;
}

void
text_out_free(struct text_out *t)
{
	free(t->data);
	memset(t, 0, sizeof(*t));
}
