/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/identity_volume.c - the identity of an LU in tags of its volume.
 *
 * Snapshots have no tags of their origin.  What copies them is a copy of the
 * physical volumes, and LVM gives its group another UUID before both can be
 * used (vgimportclone); a group that is renamed or moved keeps it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "server/identity.h"

#define TAG_WORDS 3
#define TAG_TEXT  (IDENTITY_TEXT + 16)

static const struct identity_volume *
identity_volume_of(const struct identity_carrier *c)
{
	return container_of(c, const struct identity_volume, carrier);
}

static bool
identity_volume_read(const struct identity_carrier *c, const char *word,
    char text[IDENTITY_TEXT])
{
	const char *tag = identity_volume_of(c)->volume.tags;
	char head[32];
	size_t n = (size_t)snprintf(head, sizeof(head), "tisane.%s=", word);

	while (strncmp(tag, head, n) != 0) {
		tag = strchr(tag, ',');
		if (tag++ == NULL)
			return false;
	}
	tag += n;
	n = strcspn(tag, ",");
	if (n == 0 || n >= IDENTITY_TEXT)
		return false;
	memcpy(text, tag, n);
	text[n] = '\0';
	return true;
}

static bool
identity_volume_binding(
    const struct identity_carrier *c, char text[IDENTITY_TEXT])
{
	const struct lvm_volume *v = &identity_volume_of(c)->volume;

	return v->uuid[0] != '\0' &&
	       snprintf(text, IDENTITY_TEXT, "%s/%s", v->uuid, v->group_uuid) <
		   IDENTITY_TEXT;
}

/* Those of our words that it has, as whole tags, but for those that stay: lvm
 * takes off what it has just put on. */
static void
identity_volume_old(const struct identity_carrier *c, const char *const stay[],
    char tags[TAG_WORDS][TAG_TEXT], const char *list[TAG_WORDS + 1])
{
	static const char *const words[TAG_WORDS] = { IDENTITY_UUID,
		IDENTITY_BOUND, IDENTITY_ADOPT };
	char text[IDENTITY_TEXT];
	unsigned i, n = 0;

	for (i = 0; i < TAG_WORDS; i++) {
		if (!identity_volume_read(c, words[i], text))
			continue;
		snprintf(tags[n], TAG_TEXT, "tisane.%s=%s", words[i], text);
		if (strcmp(tags[n], stay[0]) == 0 ||
		    strcmp(tags[n], stay[1]) == 0)
			continue;
		list[n] = tags[n];
		n++;
	}
	list[n] = NULL;
}

static int
identity_volume_write(
    const struct identity_carrier *c, const char *uuid, const char *bound)
{
	char tags[TAG_WORDS][TAG_TEXT], new[2][TAG_TEXT], why[512];
	const char *off[TAG_WORDS + 1];
	const char *const on[] = { new[0], new[1], NULL };
	int error;

	snprintf(new[0], TAG_TEXT, "tisane." IDENTITY_UUID "=%s", uuid);
	snprintf(new[1], TAG_TEXT, "tisane." IDENTITY_BOUND "=%s", bound);
	identity_volume_old(c, on, tags, off);
	error = lvm_tag(identity_volume_of(c)->name, off, on, why, sizeof(why));
	if (error != 0)
		log_warning("%s", why);
	return error;
}

int
identity_volume_init(
    struct identity_volume *v, const char *name, char *why, size_t why_size)
{
	*v = (struct identity_volume){
		.carrier = { .noun = "volume",
		    .read = identity_volume_read,
		    .binding = identity_volume_binding,
		    .write = identity_volume_write },
		.name = name,
	};
	return lvm_find(name, &v->volume, why, why_size);
}
