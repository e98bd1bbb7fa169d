/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_state.c - the files of the state directory: identities,
 * reservations, settings of LUNs, the configurations that were in force.
 *
 * The first input byte says which file, and whether the rest is the file, or a
 * body that gets a good header and check.  It is read or refused; what was read
 * and is written again is read again, and the same.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "server/history.h"
#include "server/kept.h"
#include "server/lu_kept.h"
#include "server/state.h"
#include "target/lu.h"
#include "target/pr_state.h"
#include "target/settings.h"
#include "tests/fuzz/fuzz.h"

struct state_kind {
	const char *name, *header;
	void (*read)(struct state *s);
};

/* In memory: nothing here asks what a disk keeps. */
static char dir[] = "/dev/shm/tisane-fuzz-XXXXXX";
static int dir_fd = -1;
static const uint8_t uuid[16] = { 0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static struct state *
fuzz_open(void)
{
	char why[512] = "";
	struct state *s = state_open(dir, why, sizeof(why));

	if (s == NULL && why[0] == '\0')
		abort();
	return s;
}

/* ---- the files ---- */

static void
read_identities(struct state *s)
{
	uint8_t found[16];
	char why[512];

	if (s == NULL)
		return;
	if (!state_set_uuid(s, "vm 1", uuid) ||
	    state_save(s, why, sizeof(why)) != 0)
		abort();
	state_close(s);
	s = fuzz_open();
	if (s == NULL || !state_find_uuid(s, "vm 1", found) ||
	    memcmp(found, uuid, sizeof(uuid)) != 0)
		abort();
	state_close(s);
}

static void
reread_reservations(const struct lu *lu)
{
	struct pr_table *again;
	size_t n, m;
	char *text = pr_image_encode(lu->pr->table, &n), *same;

	if (n > 0) {
		again = pr_image_decode(text, n);
		if (again == NULL)
			abort();
		same = pr_image_encode(again, &m);
		if (m != n || memcmp(text, same, n) != 0)
			abort();
		free(same);
		pr_table_free(again);
	}
	free(text);
}

static void
lu_gone(struct lu *lu, void *ctx)
{
	backstore_close(ctx);
	lu_destroy(lu);
}

static struct lu *
fuzz_lu(void)
{
	const struct bs_config config = {
		.type = "null", .size = 1 << 20, .block_size = 512
	};
	struct lu_identity id = { .name = "vm 1" };
	struct lu_options options = { .block_size = 512 };
	struct backstore *bs;
	char why[256];

	memcpy(id.uuid, uuid, sizeof(uuid));
	if (backstore_open(&config, &bs, why, sizeof(why)) != 0)
		abort();
	lu_identity_complete(&id);
	return lu_new(bs, &id, &options, lu_gone, bs);
}

static void
reread_settings(const struct lu *lu)
{
	struct settings again;
	size_t n, m;
	char *text = settings_encode(settings_now(lu), &n), *same;

	if (!settings_decode(&again, text, n))
		abort();
	same = settings_encode(&again, &m);
	if (m != n || memcmp(text, same, n) != 0)
		abort();
	free(same);
	free(text);
}

/* Both files of the LU, of which one is there. */
static void
read_kept(struct state *s)
{
	struct lu_kept k;
	struct lu *lu;

	if (s == NULL || lu_kept_init(&k, s) != 0)
		abort();
	lu = fuzz_lu();
	lu_kept_begin(&k, lu);
	if (!pr_is_unknown(lu))
		reread_reservations(lu);
	reread_settings(lu);
	lu_unref(lu);
	crew_destroy(&k.crew);
	state_close(s);
}

static void
read_history(struct state *s)
{
	struct history h;
	unsigned i;

	if (s == NULL)
		abort();
	if (history_read(state_directory(s), HISTORY_IN_FORCE, &h) == 0) {
		for (i = 0; i < h.count; i++) {
			if (h.files[i].text[h.files[i].bytes] != '\0')
				abort();
		}
		history_free(&h);
	}
	state_close(s);
}

static const struct state_kind kinds[] = {
	{ "identities", "tisane identities 1\n", read_identities },
	{ "reservations-a0010203-0405-0607-0809-000000000000",
	    "tisane reservations 1\n", read_kept },
	{ "configuration", "tisane configuration 1\n", read_history },
	{ "settings-a0010203-0405-0607-0809-000000000000",
	    "tisane settings 1\n", read_kept },
};

/* ---- putting one there ---- */

static void
fuzz_clear(void)
{
	unlinkat(dir_fd, "lock", 0);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		unlinkat(dir_fd, kinds[i].name, 0);
}

static void
fuzz_end(void)
{
	fuzz_clear();
	rmdir(dir);
}

static void
fuzz_begin(void)
{
	if (mkdtemp(dir) == NULL ||
	    (dir_fd = open(dir, O_RDONLY | O_DIRECTORY)) < 0)
		abort();
	atexit(fuzz_end);
}

static void
put_raw(const char *name, const uint8_t *data, size_t size)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct state_kind *kind;
	struct kept_file f = { .ops = &kept_system };

	fuzz_be_quiet();
	if (size < 1)
		return 0;
	if (dir_fd < 0)
		fuzz_begin();
	kind = &kinds[data[0] % ARRAY_LEN(kinds)];
	f.dir_fd = dir_fd;
	f.name = kind->name;
	f.header = kind->header;
	if (!(data[0] & 4))
		put_raw(kind->name, data + 1, size - 1);
	else if (kept_write(&f, (const char *)data + 1, size - 1) != 0)
		abort();
	kind->read(fuzz_open());
	fuzz_clear();
	return 0;
}
