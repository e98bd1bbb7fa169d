/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_transport_id.c - iSCSI TransportIDs, SPC-4 7.6.4.6.
 *
 * Form 0 is the name of an initiator, form 1 "name,i,0xISID", one of its ports.
 * Both are NUL-terminated and padded to a multiple of four.
 */
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "target/pr_state.h"

#define TRANSPORT_ID_ISCSI   0x05 /* PROTOCOL IDENTIFIER */
#define TRANSPORT_ID_PORT    0x40 /* TPID FORMAT 01b */
#define TRANSPORT_ID_FORMATS 0xc0
#define TRANSPORT_ID_HEADER  4
#define TRANSPORT_ID_LEAST   20 /* of ADDITIONAL LENGTH */

size_t
pr_transport_id_encode(
    const struct pr_nexus *nexus, uint8_t id[PR_TRANSPORT_ID_MAX])
{
	const uint8_t *isid = nexus->isid;
	char *text = (char *)id + TRANSPORT_ID_HEADER;
	size_t length;

	memset(id, 0, PR_TRANSPORT_ID_MAX);
	id[0] = TRANSPORT_ID_PORT | TRANSPORT_ID_ISCSI;
	snprintf(text, PR_TRANSPORT_ID_MAX - TRANSPORT_ID_HEADER,
	    "%s,i,0x%02x%02x%02x%02x%02x%02x", nexus->initiator_name, isid[0],
	    isid[1], isid[2], isid[3], isid[4], isid[5]);
	length = align_up(strlen(text) + 1, 4);
	if (length < TRANSPORT_ID_LEAST)
		length = TRANSPORT_ID_LEAST;
	put_be16(id + 2, (uint16_t)length);
	return TRANSPORT_ID_HEADER + length;
}

/* ---- decoding ---- */

/* The name as names are compared: ASCII letters in lower case. */
static bool
pr_transport_id_name(
    struct pr_transport_id *out, const char *text, size_t length)
{
	static const char *const types[] = { "iqn.", "eui.", "naa." };
	size_t i;
	char c;

	if (length > ISCSI_NAME_MAX)
		return false;
	for (i = 0; i < length; i++) {
		c = text[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!(c & 0x80) && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9') && strchr("-.:_", c) == NULL)
			return false;
		out->name[i] = c;
	}
	out->name[length] = '\0';
	for (i = 0; i < ARRAY_LEN(types); i++) {
		if (strncmp(out->name, types[i], 4) == 0)
			return length > 4;
	}
	return false;
}

static int
pr_transport_id_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Twelve hex digits and no more. */
static bool
pr_transport_id_isid(uint8_t isid[6], const char *text)
{
	int high, low, i;

	for (i = 0; i < 6; i++) {
		high = pr_transport_id_digit(text[2 * i]);
		low = high < 0 ? -1 : pr_transport_id_digit(text[2 * i + 1]);
		if (low < 0)
			return false;
		isid[i] = (uint8_t)(high << 4 | low);
	}
	return text[12] == '\0';
}

/* text is terminated within its bytes. */
static bool
pr_transport_id_port(struct pr_transport_id *out, const char *text)
{
	const char *separator = strstr(text, ",i,0x");

	return separator != NULL &&
	       pr_transport_id_name(out, text, (size_t)(separator - text)) &&
	       pr_transport_id_isid(out->isid, separator + 5);
}

bool
pr_transport_id_decode(
    const uint8_t *data, size_t bytes, struct pr_transport_id *out)
{
	const char *text = (const char *)data + TRANSPORT_ID_HEADER;
	size_t length;

	memset(out, 0, sizeof(*out));
	if (bytes < TRANSPORT_ID_HEADER)
		return false;
	length = get_be16(data + 2);
	if (length + TRANSPORT_ID_HEADER > bytes)
		return false;
	out->length = TRANSPORT_ID_HEADER + length;
	if ((data[0] & ~TRANSPORT_ID_FORMATS) != TRANSPORT_ID_ISCSI ||
	    length < TRANSPORT_ID_LEAST || length % 4 != 0 ||
	    memchr(text, '\0', length) == NULL)
		return false;
	out->any_port = (data[0] & TRANSPORT_ID_FORMATS) == 0;
	if (out->any_port)
		return pr_transport_id_name(out, text, strlen(text));
	return (data[0] & TRANSPORT_ID_FORMATS) == TRANSPORT_ID_PORT &&
	       pr_transport_id_port(out, text);
}
