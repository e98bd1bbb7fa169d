/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/settings.c - what initiators set and is kept: identifying
 * information, saved mode pages.
 */
#include <errno.h>

#include "target/settings.h"
#include "tests/unit/target/keep_kit.h"

extern const struct unit_suite settings_suite;

#define CDB(...)      ((const uint8_t[16]){ __VA_ARGS__ })
#define ALL_SUPPORTED 0x7f
#define TEXT          0x02
#define SAVED         0xc0
#define SP            0x01

/* What is kept could not be read. */
static struct keep *
settings_kit_unread(void)
{
	return keep_start_with(settings_set_store, settings_restore);
}

static struct keep *
settings_kit(void)
{
	struct keep *s = settings_kit_unread();

	CU_ASSERT(settings_restore(s->k->lu, "", 0));
	return s;
}

static struct kit_result
settings_set_at(struct keep *s, unsigned nexus, uint8_t type, const void *data,
    uint16_t bytes)
{
	uint8_t cdb[16] = { 0xa4, 0x06 };

	put_be32(cdb + 6, bytes);
	cdb[10] = (uint8_t)(type << 1);
	return kit_run_at(s->k, nexus, 0, cdb, data, bytes, 0);
}

static struct kit_result
settings_set(struct keep *s, uint8_t type, const void *data, uint16_t bytes)
{
	return settings_set_at(s, 0, type, data, bytes);
}

static struct kit_result
settings_report(struct keep *s, uint8_t type, uint16_t allocation)
{
	uint8_t cdb[16] = { 0xa3, 0x05 };

	put_be32(cdb + 6, allocation);
	cdb[10] = (uint8_t)(type << 1);
	return kit_run(s->k, cdb, NULL, 0, 1024);
}

static bool
settings_are(struct keep *s, uint8_t type, const void *data, uint16_t bytes)
{
	struct kit_result r = settings_report(s, type, 1024);

	return kit_is_good(&r) && r.data_in_bytes == 4u + bytes &&
	       get_be32(r.data_in) == bytes &&
	       memcmp(r.data_in + 4, data, bytes) == 0;
}

static unsigned
settings_attention(struct keep *s, unsigned nexus)
{
	struct outcome o = nexus_lu_take_attention(s->k->nexus[nexus]->lus[0]);

	return outcome_good(o) ? 0 : o.asc << 8 | o.ascq;
}

/* ---- identifying information ---- */

static void
identifying_is_told(void)
{
	struct keep *s = settings_kit();
	struct kit_result r;

	CU_ASSERT(settings_are(s, 0, "", 0));
	r = settings_set(s, 0, "rack 3\0\xff", 8);
	CU_ASSERT(kit_is_good(&r));
	r = settings_set(s, TEXT, "disks of \xc3\xa9t\xc3\xa9", 15);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(settings_are(s, 0, "rack 3\0\xff", 8));
	CU_ASSERT(settings_are(s, TEXT, "disks of \xc3\xa9t\xc3\xa9", 15));
	r = settings_set(s, 0, NULL, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT(settings_are(s, 0, "", 0));
	keep_free(s);
}

static void
identifying_is_cut(void)
{
	struct keep *s = settings_kit();
	struct kit_result r = settings_set(s, 0, "abcdef", 6);

	r = settings_report(s, 0, 6);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, 6);
	CU_ASSERT_EQUAL(r.transfer_length, 6);
	CU_ASSERT_EQUAL(get_be16(r.data_in + 2), 6);
	CU_ASSERT(memcmp(r.data_in + 4, "ab", 2) == 0);
	r = settings_report(s, 0, 0);
	CU_ASSERT(kit_is_good(&r) && r.data_in_bytes == 0);
	keep_free(s);
}

static void
identifying_types(void)
{
	static const uint8_t expected[] = { 0, 0, 0, 8, 0x00, 0, 2, 0, 0x04, 0,
		1, 0 };
	struct keep *s = settings_kit();
	struct kit_result r = settings_report(s, ALL_SUPPORTED, 1024);
	unsigned type;

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(r.data_in_bytes, sizeof(expected));
	CU_ASSERT(memcmp(r.data_in, expected, sizeof(expected)) == 0);
	for (type = 0; type < 0x80; type++) {
		if (type == 0 || type == TEXT)
			continue;
		r = settings_set(s, (uint8_t)type, "a", 1);
		CU_ASSERT(kit_is_invalid_cdb(&r, 10, 7));
		if (type == ALL_SUPPORTED)
			continue;
		r = settings_report(s, (uint8_t)type, 1024);
		CU_ASSERT(kit_is_invalid_cdb(&r, 10, 7));
	}
	keep_free(s);
}

static void
identifying_lengths(void)
{
	static uint8_t most[513];
	struct keep *s = settings_kit();
	struct kit_result r;

	memset(most, 'x', sizeof(most));
	r = settings_set(s, 0, most, 512);
	CU_ASSERT(kit_is_good(&r) && settings_are(s, 0, most, 512));
	r = settings_set(s, 0, most, 513);
	CU_ASSERT(kit_is_invalid_cdb(&r, 6, -1));
	most[255] = 0;
	r = settings_set(s, TEXT, most, 256);
	CU_ASSERT(kit_is_good(&r));
	r = settings_set(s, TEXT, most, 257);
	CU_ASSERT(kit_is_invalid_cdb(&r, 6, -1));
	r = kit_run(s->k, CDB(0xa4, 6, 0, 0, 0, 0, 0, 0, 0, 9), most, 8, 0);
	CU_ASSERT(kit_is_check(&r, SENSE_ILLEGAL_REQUEST, 0x1a, 0x00));
	keep_free(s);
}

static void
identifying_text_is_text(void)
{
	static const struct {
		const char *text;
		uint16_t bytes, wrong;
	} bad[] = {
		{ "abc", 3, 2 },              /* no zero */
		{ "ab\0c", 4, 3 },            /* something behind it */
		{ "a\xff", 3, 1 },            /* no UTF-8 */
		{ "a\xc0\x80", 4, 1 },        /* not in its shortest form */
		{ "\xed\xa0\x80", 4, 0 },     /* a surrogate */
		{ "ab\xe2\x82", 5, 2 },       /* cut */
		{ "\xf4\x90\x80\x80", 5, 0 }, /* beyond U+10FFFF */
	};
	struct keep *s = settings_kit();
	struct kit_result r = settings_set(s, TEXT, "kept", 5);
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++) {
		r = settings_set(s, TEXT, bad[i].text, bad[i].bytes);
		CU_ASSERT(kit_is_invalid_list(&r, bad[i].wrong, -1));
	}
	CU_ASSERT(settings_are(s, TEXT, "kept", 5));
	r = settings_set(s, TEXT, "padded\0\0", 8);
	CU_ASSERT(kit_is_good(&r));
	keep_free(s);
}

static void
identifying_warns_the_others(void)
{
	struct keep *s = settings_kit();
	struct kit_result r = settings_set(s, 0, "a", 1);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(settings_attention(s, 0), 0);
	CU_ASSERT_EQUAL(settings_attention(s, 1), 0x3f05);
	CU_ASSERT_EQUAL(settings_attention(s, 2), 0x3f05);
	keep_free(s);
}

/* ---- keeping ---- */

static void
kept_over_power_off(void)
{
	struct keep *s = settings_kit();
	struct kit_result r = settings_set(s, 0, "label\0\n", 7);

	r = settings_set(s, TEXT, "text", 5);
	CU_ASSERT(kit_is_good(&r));
	keep_restart(s);
	CU_ASSERT(settings_are(s, 0, "label\0\n", 7));
	CU_ASSERT(settings_are(s, TEXT, "text", 5));
	settings_set(s, 0, NULL, 0);
	settings_set(s, TEXT, NULL, 0);
	CU_ASSERT_EQUAL(s->bytes, 0);
	keep_restart(s);
	CU_ASSERT(settings_are(s, 0, "", 0));
	keep_free(s);
}

static void
kept_failure_changes_nothing(void)
{
	struct keep *s = settings_kit();
	struct kit_result r = settings_set(s, 0, "first", 5);

	settings_attention(s, 1);
	s->fail = -ENOSPC;
	r = settings_set(s, 0, "second", 6);
	CU_ASSERT(kit_is_check(&r, SENSE_HARDWARE_ERROR, 0x44, 0x00));
	CU_ASSERT(settings_are(s, 0, "first", 5));
	CU_ASSERT_EQUAL(settings_attention(s, 1), 0);
	s->fail = 0;
	/* What is on the disk is not known: it is written though the same. */
	s->saves = 0;
	r = settings_set(s, 0, "first", 5);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(s->saves, 1);
	r = settings_set(s, 0, "first", 5);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(s->saves, 1);
	keep_free(s);
}

static void
kept_shortage_passes(void)
{
	static const int shortages[] = { -ENOMEM, -EMFILE, -ENFILE };
	struct keep *s = settings_kit();
	struct kit_result r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(shortages); i++) {
		s->fail = shortages[i];
		r = settings_set(s, 0, "second", 6);
		CU_ASSERT_EQUAL(r.outcome.status, STATUS_BUSY);
		CU_ASSERT(settings_are(s, 0, "", 0));
	}
	s->fail = 0;
	r = settings_set(s, 0, "second", 6);
	CU_ASSERT(kit_is_good(&r));
	keep_free(s);
}

static void
kept_unread_is_replaced(void)
{
	struct keep *s = settings_kit_unread();
	struct kit_result r;

	CU_ASSERT_FALSE(settings_restore(s->k->lu, "mode", 4));
	r = settings_set(s, 0, NULL, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(s->saves, 1);
	r = settings_set(s, 0, NULL, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(s->saves, 1);
	keep_free(s);
	s = settings_kit();
	r = settings_set(s, 0, NULL, 0);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(s->saves, 0);
	keep_free(s);
}

static struct kit_task *
kept_start(struct keep *s, unsigned nexus, const char *text)
{
	uint8_t cdb[16] = { 0xa4, 0x06 };
	uint32_t bytes = (uint32_t)strlen(text);
	struct kit_task *kt;

	put_be32(cdb + 6, bytes);
	kt = kit_task_new(s->k, nexus, cdb, bytes, 0);
	kit_enter(s->k, nexus);
	CU_ASSERT_FATAL(outcome_good(task_prepare(&kt->task)));
	buf_list_write(&kt->task.data, 0, text, bytes);
	task_execute(&kt->task);
	kit_enter(s->k, 0);
	return kt;
}

static void
kept_before_good_and_in_turn(void)
{
	struct keep *s = settings_kit();
	struct kit_task *a, *b;

	s->hold = true;
	a = kept_start(s, 0, "one");
	b = kept_start(s, 1, "another");
	kit_run_homes(s->k);
	CU_ASSERT(a->done == 0 && b->done == 0);
	CU_ASSERT(settings_are(s, 0, "", 0));
	CU_ASSERT_EQUAL(s->saves, 1);
	keep_go(s);
	CU_ASSERT(a->done == 1 && b->done == 0);
	CU_ASSERT(settings_are(s, 0, "one", 3));
	keep_go(s);
	CU_ASSERT(b->done == 1 && outcome_good(b->task.outcome));
	settings_attention(s, 0);
	CU_ASSERT(settings_are(s, 0, "another", 7));
	kit_task_free(a);
	kit_enter(s->k, 1);
	kit_task_free(b);
	kit_enter(s->k, 0);
	keep_free(s);
}

static void
kept_aborted_in_the_queue(void)
{
	struct keep *s = settings_kit();
	struct kit_task *a, *b;

	s->hold = true;
	a = kept_start(s, 0, "one");
	b = kept_start(s, 0, "another");
	task_abort(&b->task);
	keep_go(s);
	kit_run_homes(s->k);
	CU_ASSERT(a->done == 1 && b->done == 1 && b->task.aborted);
	CU_ASSERT_EQUAL(s->saves, 1);
	CU_ASSERT(settings_are(s, 0, "one", 3));
	kit_task_free(a);
	kit_task_free(b);
	keep_free(s);
}

static void
kept_without_a_store(void)
{
	struct kit *k = kit_new();
	struct kit_result r =
	    kit_run(k, CDB(0xa4, 6, 0, 0, 0, 0, 0, 0, 0, 1), "a", 1, 0);

	CU_ASSERT(kit_is_check(&r, SENSE_HARDWARE_ERROR, 0x44, 0x00));
	kit_free(k);
}

/* ---- what is kept, as text ---- */

static void
image_is_read_back(void)
{
	static const char text[] = "identifying 610aff\ntext 6200\n"
				   "mode LBPERE 1\nmode WCE 0\nmode D_SENSE 1\n"
				   "mode SWP 0\nmode TAS 1\n";
	struct settings s;
	size_t bytes;
	char *again;

	CU_ASSERT_FATAL(settings_decode(&s, text, strlen(text)));
	CU_ASSERT_EQUAL(s.identifying[IDENTIFYING_BINARY].bytes, 3);
	CU_ASSERT_EQUAL(s.modes_saved, 0x1f);
	CU_ASSERT_EQUAL(
	    s.modes, 1u << MODE_LBPERE | 1u << MODE_D_SENSE | 1u << MODE_TAS);
	again = settings_encode(&s, &bytes);
	CU_ASSERT_EQUAL(bytes, strlen(text));
	CU_ASSERT(memcmp(again, text, bytes) == 0);
	free(again);
}

static void
image_bad(void)
{
	static const char *const bad[] = { "identifying 61", "identifying \n",
		"identifying 6\n", "identifying 6g\n", "text 61\ntext 61\n",
		"mode WCE 2\n", "mode WCE 01\n", "mode XYZ 1\n", "mode\n", "\n",
		"else 1\n" };
	char longest[2 * IDENTIFYING_MAX + 32];
	struct settings s;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT(!settings_decode(&s, bad[i], strlen(bad[i])));
	memset(longest, '6', sizeof(longest));
	memcpy(longest, "text ", 5);
	longest[5 + 2 * IDENTIFYING_MAX + 2] = '\n';
	CU_ASSERT(!settings_decode(&s, longest, 5 + 2 * IDENTIFYING_MAX + 3));
	CU_ASSERT(!settings_decode(&s, "mode WCE 1\0junk\n", 16));
}

/* ---- mode pages ---- */

static struct kit_result
mode_sense(struct keep *s, uint8_t page)
{
	return kit_run(s->k, CDB(0x1a, 8, page, 0, 255), NULL, 0, 255);
}

/* Change a bit of a page by MODE SELECT(6). */
static struct kit_result
mode_select(struct keep *s, uint8_t page, unsigned byte, uint8_t mask, bool on,
    uint8_t flags)
{
	struct kit_result r = mode_sense(s, page);
	uint8_t list[64], length = (uint8_t)r.data_in_bytes;

	memcpy(list, r.data_in, length);
	list[0] = 0;
	list[4 + byte] = (uint8_t)((list[4 + byte] & ~mask) | (on ? mask : 0));
	return kit_run(
	    s->k, CDB(0x15, 0x10 | flags, 0, 0, length), list, length, 0);
}

static void
mode_is_saved(void)
{
	struct keep *s = settings_kit();
	struct kit_result r = mode_select(s, 0x0a, 2, 0x04, true, 0);

	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(s->saves, 0);
	/* All pages are saved, not only that of the list. */
	r = mode_select(s, 0x08, 2, 0x04, false, SP);
	CU_ASSERT(kit_is_good(&r));
	CU_ASSERT_EQUAL(s->saves, 1);
	CU_ASSERT_EQUAL(settings_attention(s, 1), 0x2a01);
	CU_ASSERT_EQUAL(kit_logged(s->k, BS_FLUSH), 1);
	r = mode_select(s, 0x08, 2, 0x04, true, 0);
	r = mode_select(s, 0x0a, 4, 0x08, true, 0);     /* SWP, not saved */
	CU_ASSERT_EQUAL(kit_logged(s->k, BS_FLUSH), 2); /* SPC-4 7.5.8 */
	keep_restart(s);
	CU_ASSERT(!atomic_load(&s->k->lu->write_cache));
	CU_ASSERT(atomic_load(&s->k->lu->descriptor_sense));
	CU_ASSERT(!atomic_load(&s->k->lu->software_write_protect));
	keep_free(s);
}

static void
mode_saved_are_told(void)
{
	struct keep *s = settings_kit();
	struct kit_result r = mode_sense(s, SAVED | 0x3f);

	CU_ASSERT(kit_is_good(&r));
	r = mode_sense(s, SAVED | 0x08);
	CU_ASSERT_EQUAL(r.data_in[4], 0x88); /* PS */
	CU_ASSERT_EQUAL(r.data_in[6], 0x04); /* the default */
	mode_select(s, 0x08, 2, 0x04, false, SP);
	mode_select(s, 0x08, 2, 0x04, true, 0);
	r = mode_sense(s, SAVED | 0x08);
	CU_ASSERT_EQUAL(r.data_in[6], 0x00);
	r = mode_sense(s, 0x08);
	CU_ASSERT_EQUAL(r.data_in[6], 0x04);
	r = mode_sense(s, 0x80 | 0x08); /* default */
	CU_ASSERT_EQUAL(r.data_in[6], 0x04);
	r = mode_sense(s, 0x1c); /* nothing of it could be saved */
	CU_ASSERT_EQUAL(r.data_in[4], 0x1c);
	r = kit_run(s->k, CDB(0x1a, 8, SAVED | 0x0a, 1, 255), NULL, 0, 255);
	CU_ASSERT_EQUAL(r.data_in[4], 0x4a);
	CU_ASSERT_EQUAL(r.data_in[8], 0x03); /* SCSIP, IALUAE; not TCMOS */
	keep_free(s);
}

static void
mode_reset_brings_saved_back(void)
{
	struct keep *s = settings_kit();

	mode_select(s, 0x0a, 5, 0x40, true, SP);
	mode_select(s, 0x0a, 5, 0x40, false, 0);
	CU_ASSERT(!atomic_load(&s->k->lu->task_aborted_status));
	pthread_mutex_lock(&s->k->lu->mutex);
	mode_reset(s->k->lu);
	pthread_mutex_unlock(&s->k->lu->mutex);
	CU_ASSERT(atomic_load(&s->k->lu->task_aborted_status));
	keep_free(s);
}

static void
mode_save_fails(void)
{
	struct keep *s = settings_kit();
	struct kit_result r;

	s->fail = -EIO;
	r = mode_select(s, 0x08, 2, 0x04, false, SP);
	CU_ASSERT(kit_is_check(&r, SENSE_HARDWARE_ERROR, 0x44, 0x00));
	CU_ASSERT(atomic_load(&s->k->lu->write_cache));
	CU_ASSERT_EQUAL(settings_attention(s, 1), 0);
	s->fail = 0;
	keep_free(s);
}

/* WCE is not the initiator's there: it is neither saved nor brought back. */
static void
mode_saves_what_is_changeable(void)
{
	static const char kept[] = "mode WCE 1\nmode TAS 1\n";
	struct keep *s = settings_kit();

	s->k->lu->mode = (mode_free(s->k->lu->mode), NULL);
	s->k->lu->options.writethrough = true;
	s->k->lu->mode = mode_new(s->k->lu);
	mode_select(s, 0x0a, 2, 0x04, true, SP);
	CU_ASSERT_PTR_NULL(memmem(s->text, s->bytes, "WCE", 3));
	CU_ASSERT(settings_restore(s->k->lu, kept, strlen(kept)));
	CU_ASSERT_FALSE(atomic_load(&s->k->lu->write_cache));
	CU_ASSERT(atomic_load(&s->k->lu->task_aborted_status));
	keep_free(s);
}

static const struct unit_test settings_tests[] = {
	{ "identifying information is told as it was set",
	    identifying_is_told },
	{ "it is cut, its length is not", identifying_is_cut },
	{ "types, and how long they may be", identifying_types },
	{ "more than the type may have is 05/24/00", identifying_lengths },
	{ "a text that is none is 05/26/00", identifying_text_is_text },
	{ "the others get 06/3F/05", identifying_warns_the_others },
	{ "it outlives a power loss", kept_over_power_off },
	{ "what cannot be saved has not happened",
	    kept_failure_changes_nothing },
	{ "a save that finds a shortage is BUSY", kept_shortage_passes },
	{ "what could not be read is replaced", kept_unread_is_replaced },
	{ "saved before GOOD, one after another",
	    kept_before_good_and_in_turn },
	{ "an aborted one is not made", kept_aborted_in_the_queue },
	{ "nothing is set without a store", kept_without_a_store },
	{ "the text is read back", image_is_read_back },
	{ "a text that is none", image_bad },
	{ "SP saves all pages", mode_is_saved },
	{ "saved values and PS", mode_saved_are_told },
	{ "a reset brings saved values back", mode_reset_brings_saved_back },
	{ "a page that cannot be saved does not change", mode_save_fails },
	{ "only what is changeable is saved", mode_saves_what_is_changeable },
	{ NULL, NULL },
};

const struct unit_suite settings_suite = { "settings", settings_tests };
