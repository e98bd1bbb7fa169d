/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/settings_image.c - what is kept of a logical unit's settings.
 *
 *	identifying 7461706520372c2072616b2033
 *	text 64697363206f66206d61696c00
 *	mode WCE 0
 *	mode D_SENSE 1
 *	sanitize restricted
 *
 * A line for each that was set; of saved mode pages a line for each field.
 */
#include "target/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_LINE_MAX (2 * IDENTIFYING_MAX + 32)

static const char *const image_words[IDENTIFYING_KINDS] = {
	[IDENTIFYING_BINARY] = "identifying",
	[IDENTIFYING_TEXT] = "text",
};

static const char *const image_sanitizes[SANITIZE_KINDS] = {
	[SANITIZE_UNRESTRICTED] = "unrestricted",
	[SANITIZE_RESTRICTED] = "restricted",
};

/* ---- encoding ---- */

static void
image_information(FILE *f, const char *word, const uint8_t *p, size_t bytes)
{
	if (bytes == 0)
		return;
	fprintf(f, "%s ", word);
	while (bytes-- > 0)
		fprintf(f, "%02x", *p++);
	fputc('\n', f);
}

char *
settings_encode(const struct settings *s, size_t *bytes)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, bytes);

	if (f == NULL)
		return NULL;
	for (int i = 0; i < IDENTIFYING_KINDS; i++)
		image_information(f, image_words[i], s->identifying[i].data,
		    s->identifying[i].bytes);
	for (int i = 0; i < MODE_BITS; i++)
		if (s->modes_saved & 1u << i)
			fprintf(f, "mode %s %u\n", mode_bit_name(i),
			    s->modes >> i & 1);
	if (s->sanitize != SANITIZE_NONE)
		fprintf(f, "sanitize %s\n", image_sanitizes[s->sanitize]);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- decoding ---- */

/* What is behind word and a space; NULL: the line has another word. */
static const char *
image_after(const char *line, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(line, word, length) != 0 || line[length] != ' ')
		return NULL;
	return line + length + 1;
}

static bool
image_hex(struct settings_information *info, const char *hex)
{
	size_t digits = strspn(hex, "0123456789abcdef");
	char byte[3] = { 0 };

	if (hex[digits] != '\0' || digits == 0 || digits % 2 != 0 ||
	    digits / 2 > sizeof(info->data) || info->bytes != 0)
		return false;
	for (; *hex != '\0'; hex += 2) {
		memcpy(byte, hex, 2);
		info->data[info->bytes++] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return true;
}

static bool
image_mode(struct settings *s, const char *line)
{
	const char *value;

	for (int i = 0; i < MODE_BITS; i++) {
		value = image_after(line, mode_bit_name(i));
		if (value == NULL)
			continue;
		s->modes_saved |= 1u << i;
		s->modes |= value[0] == '1' ? 1u << i : 0;
		return (value[0] == '0' || value[0] == '1') && value[1] == '\0';
	}
	return false;
}

static bool
image_sanitize(struct settings *s, const char *word)
{
	for (int i = SANITIZE_NONE + 1; i < SANITIZE_KINDS; i++) {
		if (strcmp(word, image_sanitizes[i]) != 0)
			continue;
		s->sanitize = (enum settings_sanitize)i;
		return true;
	}
	return false;
}

static bool
image_line(struct settings *s, const char *line)
{
	const char *rest;

	for (int i = 0; i < IDENTIFYING_KINDS; i++) {
		rest = image_after(line, image_words[i]);
		if (rest != NULL)
			return image_hex(&s->identifying[i], rest);
	}
	rest = image_after(line, "sanitize");
	if (rest != NULL)
		return image_sanitize(s, rest);
	rest = image_after(line, "mode");
	return rest != NULL && image_mode(s, rest);
}

bool
settings_decode(struct settings *out, const char *text, size_t bytes)
{
	const char *p = text, *end = text + bytes;
	char line[IMAGE_LINE_MAX];

	memset(out, 0, sizeof(*out));
	while (p < end) {
		p = lu_store_line(p, end, line, sizeof(line));
		if (p == NULL || !image_line(out, line))
			return false;
	}
	return true;
}
