/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_image.c - what is kept of a logical unit's reservations.
 *
 *	type 5
 *	key 00000000000000aa iqn.a:b,i,0x400001370000 iqn.c:d,t,0x0001 holder
 *	key 00000000000000bb iqn.a:x,i,0x400001370000 iqn.c:d,t,0x0001
 *
 * One line per registration, oldest first, with the names of both ports (RFC
 * 7143 4.2.7).  PRGENERATION begins at 0 with each power on (SPC-4 6.15.2).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target/lu_store.h"
#include "target/pr_state.h"

#define IMAGE_LINE_MAX 600

static void
pr_image_line(FILE *f, const struct pr_registration *reg, bool holder)
{
	const struct pr_nexus *n = &reg->nexus;
	const uint8_t *i = n->isid;

	fprintf(f,
	    "key %016" PRIx64 " %s,i,0x%02x%02x%02x%02x%02x%02x "
	    "%s,t,0x%04x%s\n",
	    reg->key, n->initiator_name, i[0], i[1], i[2], i[3], i[4], i[5],
	    n->target_name, n->portal_group_tag, holder ? " holder" : "");
}

char *
pr_image_encode(const struct pr_table *table, size_t *bytes)
{
	const struct pr_registration *reg;
	char *text = NULL;
	FILE *f;

	*bytes = 0;
	if (!table->aptpl)
		return strdup("");
	f = open_memstream(&text, bytes);
	if (f == NULL)
		return NULL;
	fprintf(f, "type %u\n", (unsigned)table->type);
	TAILQ_FOREACH (reg, &table->registrations, link)
		pr_image_line(f, reg, reg == table->holder);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- decoding ---- */

/* "name,x,0xHEX" with that letter and that many digits, up to a space or the
 * end; where it ends, or NULL. */
static const char *
pr_image_port(const char *p, const char *mark, int digits,
    char name[ISCSI_NAME_MAX + 1], uint64_t *number)
{
	size_t length = strcspn(p, ", ");
	char *end;

	if (length == 0 || length > ISCSI_NAME_MAX ||
	    strncmp(p + length, mark, strlen(mark)) != 0)
		return NULL;
	memcpy(name, p, length);
	name[length] = '\0';
	p += length + strlen(mark);
	if (strspn(p, "0123456789abcdef") != (size_t)digits)
		return NULL;
	*number = strtoull(p, &end, 16);
	return end;
}

static bool
pr_image_key(const char **p, uint64_t *key)
{
	if (strncmp(*p, "key ", 4) != 0 ||
	    strspn(*p + 4, "0123456789abcdef") != 16 || (*p)[20] != ' ')
		return false;
	*key = strtoull(*p + 4, NULL, 16);
	*p += 21;
	return *key != 0;
}

static bool
pr_image_registration(struct pr_table *table, const char *p)
{
	struct pr_nexus n = { .portal_group_tag = 0 };
	uint64_t key, isid, tag;
	struct pr_registration *reg;
	int i;

	if (!pr_image_key(&p, &key))
		return false;
	p = pr_image_port(p, ",i,0x", 12, n.initiator_name, &isid);
	if (p == NULL || *p++ != ' ')
		return false;
	p = pr_image_port(p, ",t,0x", 4, n.target_name, &tag);
	if (p == NULL)
		return false;
	for (i = 0; i < 6; i++)
		n.isid[i] = (uint8_t)(isid >> (40 - 8 * i));
	n.portal_group_tag = (uint16_t)tag;
	if (pr_find_named(table, &n) != NULL)
		return false;
	reg = pr_add(table, &n, key);
	if (reg == NULL || *p == '\0')
		return reg != NULL;
	if (strcmp(p, " holder") != 0 || table->holder != NULL)
		return false;
	table->holder = reg;
	return true;
}

static bool
pr_image_type(struct pr_table *table, const char *line)
{
	if (strncmp(line, "type ", 5) != 0 || line[5] < '0' || line[5] > '9' ||
	    line[6] != '\0')
		return false;
	table->type = (enum pr_type)(line[5] - '0');
	return table->type == PR_NONE || pr_type_is_valid((uint8_t)table->type);
}

/* One who holds, where there is one: nobody else could release it. */
static bool
pr_image_is_whole(const struct pr_table *table)
{
	if (table->type == PR_NONE)
		return table->holder == NULL;
	if (pr_type_is_all_registrants(table->type))
		return table->holder == NULL && table->count > 0;
	return table->holder != NULL;
}

static bool
pr_image_decode_into(struct pr_table *table, const char *p, const char *end)
{
	char line[IMAGE_LINE_MAX];

	p = lu_store_line(p, end, line, sizeof(line));
	if (p == NULL || !pr_image_type(table, line))
		return false;
	while (p < end) {
		p = lu_store_line(p, end, line, sizeof(line));
		if (p == NULL || !pr_image_registration(table, line))
			return false;
	}
	return pr_image_is_whole(table);
}

struct pr_table *
pr_image_decode(const char *text, size_t bytes)
{
	struct pr_table *table = pr_table_new();

	if (table == NULL)
		return NULL;
	table->aptpl = bytes > 0;
	if (bytes == 0 || pr_image_decode_into(table, text, text + bytes))
		return table;
	pr_table_free(table);
	return NULL;
}
