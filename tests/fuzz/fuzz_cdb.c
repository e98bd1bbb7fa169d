/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_cdb.c - CDBs with their parameter lists.
 *
 * The input is a row of commands: sixteen bytes of CDB, one byte of Data-Out
 * length times four, one of Data-In length times sixteen, the Data-Out.
 */
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "target/nexus.h"
#include "target/pr.h"
#include "target/settings.h"
#include "target/task.h"
#include "tests/fuzz/fuzz.h"

static struct job *posted;

static void
home_post(struct home *home, struct job *job)
{
	(void)home;
	job->next = posted;
	posted = job;
}

static bool
home_is_here(const struct home *home)
{
	(void)home;
	return true;
}

static void
home_run(void)
{
	struct job *job;

	while ((job = posted) != NULL) {
		posted = job->next;
		job->fn(job);
	}
}

static void
task_done(struct task *t)
{
	(void)t;
}

static size_t
fuzz_command(struct nexus *n, const uint8_t *data, size_t size)
{
	struct task t;
	size_t out = data[16] * 4u;

	if (out > size - 18)
		out = size - 18;
	task_init(&t);
	t.nexus = n;
	memcpy(t.cdb, data, 16);
	t.attribute = TASK_SIMPLE;
	t.data_out_length = (uint32_t)out;
	t.data_in_length = data[17] * 16u;
	t.done = task_done;
	if (outcome_good(task_prepare(&t))) {
		if (t.data_out_wanted > out)
			abort();
		buf_list_write(&t.data, 0, data + 18, t.data_out_wanted);
		task_execute(&t);
		home_run();
		if (t.state != TASK_ENDED || t.data_in_bytes > t.data_in_length)
			abort();
	}
	task_release(&t);
	return 18 + out;
}

static void
lu_gone(struct lu *lu, void *ctx)
{
	backstore_close(ctx);
	lu_destroy(lu);
}

static void
store_save(struct lu_store *store, struct lu_save *save)
{
	(void)store;
	save->done(save, 0);
}

static void
nexus_gone(struct nexus *n, void *ctx)
{
	(void)n;
	(void)ctx;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t isid[6] = { 0x40 };
	const struct bs_config config = {
		.type = "ram", .size = 1 << 20, .block_size = 512
	};
	struct home home = { .post = home_post,
		.is_here = home_is_here,
		.pool = buf_pool_new(16 << 20) };
	struct lu_identity id = { .name = "fuzz", .uuid = { 1 } };
	struct lu_options options = { .block_size = 512 };
	struct lu_store store = { .save = store_save };
	struct target *target = target_new("iqn.2026-11.fuzz:t", "");
	struct backstore *bs;
	struct nexus *n;
	struct lu *lu;
	char why[256];
	size_t used;

	fuzz_be_quiet();
	if (backstore_open(&config, &bs, why, sizeof(why)) != 0)
		abort();
	lu_identity_complete(&id);
	lu = lu_new(bs, &id, &options, lu_gone, bs);
	pr_set_store(lu, &store);
	settings_set_store(lu, &store);
	if (!target_add_lun(target, 0, lu, false, NULL, 0))
		abort();
	lu_unref(lu);
	n = nexus_attach(&home, target, "iqn.2026-11.fuzz:i", isid, 1);
	target_unref(target);
	for (; size >= 18; data += used, size -= used)
		used = fuzz_command(n, data, size);
	nexus_detach(n, nexus_gone, NULL);
	home_run();
	if (buf_pool_in_use(home.pool) != 0)
		abort();
	buf_pool_free(home.pool);
	return 0;
}
