/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/lu.c - a logical unit: a backstore with an identity.
 */
#include "target/lu.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "target/cmd.h"
#include "target/gate.h"
#include "target/mode.h"
#include "target/nexus.h"
#include "target/pr.h"
#include "target/settings.h"

/* ---- identity ---- */

static void
lu_identity_text(char out[37], const uint8_t u[16])
{
	unsigned i;

	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		snprintf(out, 3, "%02x", u[i]);
		out += 2;
	}
}

/*
 * NAA 6 begins with a company's number, and we are no company: the bit of
 * locally administered addresses is set in it (IEEE 802 8.2.2), as UUIDs of
 * hosts without an address do.  The rest is the UUID without its version
 * digit, which is always the same.
 */
static void
lu_identity_naa(uint64_t naa[2], const uint8_t u[16])
{
	uint64_t high = 6, low;
	unsigned i;

	high = high << 8 | (u[0] & 0xfc) | 0x02;
	for (i = 1; i < 6; i++)
		high = high << 8 | u[i];
	high = high << 4 | (u[6] & 0x0f);
	high = high << 8 | u[7];
	low = get_be64(u + 8);
	naa[0] = high;
	naa[1] = low;
}

/* All of the UUID mixed into 64 bits, marked as locally administered. */
static uint64_t
lu_identity_eui64(const uint8_t u[16])
{
	uint64_t x = get_be64(u) * 0x9e3779b97f4a7c15u ^ get_be64(u + 8);

	x ^= x >> 31;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 29;
	return (x & ~(UINT64_C(3) << 56)) | UINT64_C(2) << 56;
}

static void
lu_identity_default(char *field, size_t size, const char *text)
{
	if (field[0] == '\0')
		snprintf(field, size, "%s", text);
}

void
lu_identity_complete(struct lu_identity *id)
{
	char text[37];

	lu_identity_text(text, id->uuid);
	lu_identity_default(id->serial, sizeof id->serial, text);
	lu_identity_default(id->device_id, sizeof id->device_id, text);
	lu_identity_default(id->vendor, sizeof id->vendor, "TISANE");
	lu_identity_default(id->product, sizeof id->product, "VIRTUAL DISK");
	lu_identity_default(id->revision, sizeof id->revision, "0001");
	if (id->naa[0] == 0)
		lu_identity_naa(id->naa, id->uuid);
	if (id->eui64 == 0)
		id->eui64 = lu_identity_eui64(id->uuid);
}

/* ---- life ---- */

static bool
lu_make_parts(struct lu *lu)
{
	lu->gate = gate_new();
	lu->pr = pr_new();
	lu->settings = settings_new();
	lu->mode = mode_new(lu);
	return lu->gate != NULL && lu->pr != NULL && lu->settings != NULL &&
	       lu->mode != NULL;
}

struct lu *
lu_new(struct backstore *bs, const struct lu_identity *identity,
    const struct lu_options *options,
    void (*free_last)(struct lu *lu, void *ctx), void *ctx)
{
	struct lu *lu = calloc(1, sizeof *lu);

	if (lu == NULL)
		return NULL;
	assert(options->block_size == 512 || options->block_size == 4096);
	lu->identity = *identity;
	lu->options = *options;
	lu->bs = bs;
	lu->block_shift = options->block_size == 512 ? 9 : 12;
	cmd_index(lu->first_row);
	atomic_init(&lu->blocks, backstore_size(bs) >> lu->block_shift);
	atomic_init(&lu->references, 1);
	LIST_INIT(&lu->nexuses);
	throttle_init(&lu->throttle);
	TAILQ_INIT(&lu->faults);
	pthread_mutex_init(&lu->mutex, NULL);
	lu->free_last = free_last;
	lu->free_ctx = ctx;
	if (!lu_make_parts(lu)) {
		lu_destroy(lu);
		return NULL;
	}
	return lu;
}

void
lu_ref(struct lu *lu)
{
	atomic_fetch_add_explicit(&lu->references, 1, memory_order_relaxed);
}

void
lu_unref(struct lu *lu)
{
	unsigned before;

	before =
	    atomic_fetch_sub_explicit(&lu->references, 1, memory_order_acq_rel);
	assert(before > 0);
	if (before == 1)
		lu->free_last(lu, lu->free_ctx);
}

void
lu_destroy(struct lu *lu)
{
	assert(LIST_EMPTY(&lu->nexuses));
	if (lu->mode != NULL)
		mode_free(lu->mode);
	if (lu->pr != NULL)
		pr_free(lu->pr);
	settings_free(lu->settings);
	gate_free(lu->gate);
	throttle_destroy(&lu->throttle);
	fault_free_all(lu);
	pthread_mutex_destroy(&lu->mutex);
	free(lu);
}

/* ---- what changes ---- */

void
lu_establish_attention(struct lu *lu, unsigned ua, const struct nexus_lu *but)
{
	struct nexus_lu *nl;

	LIST_FOREACH (nl, &lu->nexuses, link)
		if (nl != but)
			nexus_lu_establish_attention(nl, ua);
}

void
lu_size_changed(struct lu *lu)
{
	uint64_t blocks;

	pthread_mutex_lock(&lu->mutex);
	blocks = backstore_size(lu->bs) >> lu->block_shift;
	if (atomic_exchange(&lu->blocks, blocks) != blocks)
		lu_establish_attention(lu, UA_CAPACITY_CHANGED, NULL);
	pthread_mutex_unlock(&lu->mutex);
}

void
lu_provisioning_changed(struct lu *lu)
{
	pthread_mutex_lock(&lu->mutex);
	lu_establish_attention(lu, UA_INQUIRY_CHANGED, NULL);
	pthread_mutex_unlock(&lu->mutex);
}

bool
lu_is_write_protected(const struct lu *lu)
{
	return lu->options.read_only || lu->bs->info.read_only ||
	       atomic_load_explicit(
		   &lu->software_write_protect, memory_order_relaxed);
}

void
lu_check(struct lu *lu)
{
	unsigned linked = 0;
	struct nexus_lu *nl;

	assert(atomic_load(&lu->references) > 0);
	LIST_FOREACH (nl, &lu->nexuses, link) {
		assert(nl->lu == lu);
		linked++;
	}
	assert(atomic_load(&lu->references) >= linked);
	gate_check(lu);
}
