/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/mode.c - mode pages, MODE SENSE and MODE SELECT.
 *
 * A page is a row of constant bytes, and a few single bits of it are fields
 * that live in struct lu.  All else is unchangeable.  One page is written by a
 * function, with what the shell has found out.
 */
#include "target/mode.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "target/limits.h"
#include "target/settings.h"

#define MODE_DATA_MAX 256 /* bytes of MODE SENSE data; none is more */
#define MODE_LIST_MAX 512 /* bytes of a MODE SELECT list that is looked at */
#define ALL_PAGES     0x3f
#define ALL_SUBPAGES  0xff
#define PAGE_SPF      0x40
#define PAGE_PS       0x80
#define SELECT_SP     0x01

/* A threshold descriptor, SBC-3 6.5.8 */
#define THRESHOLD_BYTES      8
#define THRESHOLD_ENABLED    0x80
#define THRESHOLD_INCREASING 0x01

struct mode_field {
	uint8_t page, byte, mask;
	size_t lu_offset; /* of the _Atomic bool that has the value in force */
	const char *name;
};

struct mode_page {
	uint8_t code, subpage;
	uint8_t header;    /* bytes: 2, or 4 of a subpage */
	uint8_t size;      /* bytes, with those of the header */
	uint8_t bytes[32]; /* with every field 0 */
	bool (*exists)(const struct lu *lu);     /* NULL: always */
	void (*fill)(struct lu *lu, uint8_t *p); /* NULL: bytes are all */
};

struct lu_mode {
	bool defaults[MODE_BITS];
	bool changeable[MODE_BITS];
};

/* What differs between the 6- and the 10-byte commands, SPC-4 7.5.5. */
struct mode_form {
	uint8_t header;
	uint8_t medium_type, parameter, descriptor_length; /* header offsets */
};

enum mode_pc { PC_CURRENT, PC_CHANGEABLE, PC_DEFAULT, PC_SAVED };

static void mode_fill_thresholds(struct lu *lu, uint8_t *p);

/* clang-format off */
static const struct mode_field mode_fields[MODE_BITS] = {
	[MODE_LBPERE]  = { 0x01, 7, 0x80, offsetof(struct lu, space_reports), "LBPERE" },
	[MODE_WCE]     = { 0x08, 2, 0x04, offsetof(struct lu, write_cache), "WCE" },
	[MODE_D_SENSE] = { 0x0a, 2, 0x04, offsetof(struct lu, descriptor_sense), "D_SENSE" },
	[MODE_SWP]     = { 0x0a, 4, 0x08, offsetof(struct lu, software_write_protect), "SWP" },
	[MODE_TAS]     = { 0x0a, 5, 0x40, offsetof(struct lu, task_aborted_status), "TAS" },
};

static const struct mode_page mode_pages[] = { /* ascending */
	/* read-write error recovery, SBC-3 6.5 */
	{ 0x01, 0, 2, 12, { 0x01, 0x0a }, NULL, NULL },
	/* caching, SBC-3 6.5 */
	{ 0x08, 0, 2, 20, { 0x08, 0x12 }, NULL, NULL },
	/* control, SPC-4 7.5.8: a task set for each nexus (TST), QERR 0, any
	 * order of simple tasks; no busy timeout */
	{ 0x0a, 0, 2, 12, { 0x0a, 0x0a, 0x20, 0x10, 0, 0, 0, 0, 0xff, 0xff },
	  NULL, NULL },
	/* control extension, SPC-4 7.5.9: SCSIP, and not TCMOS: nothing but SET
	 * TIMESTAMP and a power on sets the timestamp; IALUAE */
	{ 0x0a, 0x01, 4, 32, { 0x0a | PAGE_SPF, 0x01, 0, 28, 0x03 }, NULL, NULL },
	/* informational exceptions control, SPC-4 7.5.11: DEXCPT */
	{ 0x1c, 0, 2, 12, { 0x1c, 0x0a, 0x08 }, NULL, NULL },
	/* logical block provisioning, SBC-3 6.5.8; SITUA 0: every nexus */
	{ 0x1c, 0x02, 4, 32, { 0x1c | PAGE_SPF, 0x02, 0, 28 },
	  space_is_known, mode_fill_thresholds },
};

static const struct mode_form mode_form_6 = { 4, 1, 2, 3 };
static const struct mode_form mode_form_10 = { 8, 2, 3, 6 };
/* clang-format on */

static bool
mode_is_10(const struct task *t)
{
	return t->cdb[0] & 0x40; /* 55h, 5Ah against 15h, 1Ah */
}

static const struct mode_form *
mode_form(const struct task *t)
{
	return mode_is_10(t) ? &mode_form_10 : &mode_form_6;
}

static uint16_t
mode_length_in_cdb(const struct task *t)
{
	return mode_is_10(t) ? get_be16(t->cdb + 7) : t->cdb[4];
}

/* ---- values ---- */

static _Atomic bool *
mode_value(struct lu *lu, enum mode_bit bit)
{
	return (_Atomic bool *)((char *)lu + mode_fields[bit].lu_offset);
}

static void
mode_load(struct lu *lu, bool values[MODE_BITS])
{
	for (int i = 0; i < MODE_BITS; i++)
		values[i] = atomic_load(mode_value(lu, i));
}

static void
mode_store(struct lu *lu, const bool values[MODE_BITS])
{
	for (int i = 0; i < MODE_BITS; i++)
		atomic_store(mode_value(lu, i), values[i]);
}

struct lu_mode *
mode_new(struct lu *lu)
{
	struct lu_mode *mode = calloc(1, sizeof(*mode));
	bool cache = lu->bs->info.volatile_cache && !lu->options.writethrough;

	if (mode == NULL)
		return NULL;
	memset(mode->changeable, true, sizeof(mode->changeable));
	mode->changeable[MODE_WCE] = cache;
	mode->defaults[MODE_WCE] = cache;
	mode->changeable[MODE_LBPERE] = lu_can_unmap(lu);
	mode->defaults[MODE_LBPERE] = lu_can_unmap(lu);
	mode_store(lu, mode->defaults);
	return mode;
}

void
mode_free(struct lu_mode *mode)
{
	free(mode);
}

const char *
mode_bit_name(enum mode_bit bit)
{
	return mode_fields[bit].name;
}

/* Under lu->mutex: what is in force after a reset. */
static void
mode_saved_values(const struct lu *lu, bool values[MODE_BITS])
{
	const struct settings *kept = settings_now(lu);

	for (int i = 0; i < MODE_BITS; i++) {
		values[i] = lu->mode->defaults[i];
		if (lu->mode->changeable[i] && kept->modes_saved & 1u << i)
			values[i] = kept->modes & 1u << i;
	}
}

void
mode_reset(struct lu *lu)
{
	bool values[MODE_BITS];

	mode_saved_values(lu, values);
	mode_store(lu, values);
}

/* ---- pages ---- */

static bool
mode_page_exists(const struct mode_page *page, const struct lu *lu)
{
	return page->exists == NULL || page->exists(lu);
}

static const struct mode_page *
mode_find_page(const struct lu *lu, uint8_t code, uint8_t subpage)
{
	for (size_t i = 0; i < ARRAY_LEN(mode_pages); i++) {
		if (mode_pages[i].code == code &&
		    mode_pages[i].subpage == subpage &&
		    mode_page_exists(&mode_pages[i], lu))
			return &mode_pages[i];
	}
	return NULL;
}

static void
mode_fill_threshold(
    const struct lu_space *space, enum space_resource resource, uint8_t *p)
{
	uint64_t threshold = space->levels[resource].threshold;

	p[0] = resource == SPACE_USED ? THRESHOLD_INCREASING : 0;
	p[0] |= threshold != 0 ? THRESHOLD_ENABLED : 0;
	p[1] = (uint8_t)(resource + 1);
	put_be32(p + 4, space_sets(resource, threshold));
}

static void
mode_fill_thresholds(struct lu *lu, uint8_t *p)
{
	struct lu_space space;

	space_levels(lu, &space);
	for (int i = 0; i < SPACE_RESOURCES; i++)
		mode_fill_threshold(
		    &space, i, p + MODE_THRESHOLDS_AT + i * THRESHOLD_BYTES);
}

static bool
mode_is_of_page(enum mode_bit bit, const struct mode_page *page)
{
	return mode_fields[bit].page == page->code && page->subpage == 0;
}

static void
mode_set_fields(
    const struct mode_page *page, const bool values[MODE_BITS], uint8_t *p)
{
	for (int i = 0; i < MODE_BITS; i++) {
		if (mode_is_of_page(i, page) && values[i])
			p[mode_fields[i].byte] |= mode_fields[i].mask;
	}
}

/* Has it anything that could be saved? */
static bool
mode_is_saveable(const struct lu *lu, const struct mode_page *page)
{
	if (!settings_can_be_kept(lu))
		return false;
	for (int i = 0; i < MODE_BITS; i++) {
		if (mode_is_of_page(i, page) && lu->mode->changeable[i])
			return true;
	}
	return false;
}

static void
mode_values(struct lu *lu, enum mode_pc pc, bool values[MODE_BITS])
{
	if (pc == PC_CURRENT)
		mode_load(lu, values);
	else
		memcpy(values, lu->mode->defaults, sizeof(lu->mode->defaults));
	if (pc != PC_SAVED)
		return;
	pthread_mutex_lock(&lu->mutex);
	mode_saved_values(lu, values);
	pthread_mutex_unlock(&lu->mutex);
}

/* Write the page with the values that PC asks for; return its size. */
static size_t
mode_build_page(
    struct lu *lu, const struct mode_page *page, enum mode_pc pc, uint8_t *p)
{
	bool values[MODE_BITS];

	if (pc == PC_CHANGEABLE) {
		memset(p, 0, page->size);
		memcpy(p, page->bytes, page->header);
		mode_set_fields(page, lu->mode->changeable, p);
	} else {
		memcpy(p, page->bytes, page->size);
		if (page->fill != NULL)
			page->fill(lu, p);
		mode_values(lu, pc, values);
		mode_set_fields(page, values, p);
	}
	if (mode_is_saveable(lu, page))
		p[0] |= PAGE_PS;
	return page->size;
}

/* ---- MODE SENSE ---- */

static struct outcome
mode_check_page_code(const struct lu *lu, uint8_t page, uint8_t subpage)
{
	if (page != ALL_PAGES && mode_find_page(lu, page, 0) == NULL)
		return invalid_field_in_cdb(2, 5);
	if (subpage != 0 && subpage != ALL_SUBPAGES &&
	    mode_find_page(lu, page, subpage) == NULL)
		return invalid_field_in_cdb(3, -1);
	return GOOD;
}

struct outcome
mode_sense_prepare(struct task *t)
{
	struct outcome o =
	    mode_check_page_code(task_lu(t), t->cdb[2] & 0x3f, t->cdb[3]);

	if (!outcome_good(o))
		return o;
	if (t->cdb[2] >> 6 == PC_SAVED && !settings_can_be_kept(task_lu(t)))
		return SAVING_NOT_SUPPORTED;
	task_expect_data_in(
	    t, (uint32_t)min_u64(mode_length_in_cdb(t), MODE_DATA_MAX));
	return GOOD;
}

/* Short LBA mode parameter block descriptor, SBC-3 6.5. */
static size_t
mode_short_descriptor(const struct lu *lu, uint8_t *p)
{
	put_be32(p, (uint32_t)min_u64(atomic_load(&lu->blocks), UINT32_MAX));
	put_be32(p + 4, lu->options.block_size); /* byte 4 is reserved */
	return 8;
}

/* Long LBA mode parameter block descriptor, SBC-3 6.5. */
static size_t
mode_long_descriptor(const struct lu *lu, uint8_t *p)
{
	put_be64(p, atomic_load(&lu->blocks));
	put_be32(p + 12, lu->options.block_size);
	return 16;
}

static size_t
mode_build_descriptor(const struct task *t, uint8_t *p)
{
	bool disabled = t->cdb[1] & 0x08; /* DBD */
	bool llbaa = mode_is_10(t) && t->cdb[1] & 0x10;

	if (disabled)
		return 0;
	return llbaa ? mode_long_descriptor(task_lu(t), p)
		     : mode_short_descriptor(task_lu(t), p);
}

static bool
mode_is_asked(const struct task *t, const struct mode_page *page)
{
	uint8_t code = t->cdb[2] & 0x3f, subpage = t->cdb[3];

	return (code == ALL_PAGES || code == page->code) &&
	       (subpage == ALL_SUBPAGES || subpage == page->subpage) &&
	       mode_page_exists(page, task_lu(t));
}

static size_t
mode_build_pages(const struct task *t, uint8_t *p)
{
	enum mode_pc pc = t->cdb[2] >> 6;
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_LEN(mode_pages); i++) {
		if (mode_is_asked(t, &mode_pages[i]))
			length += mode_build_page(
			    task_lu(t), &mode_pages[i], pc, p + length);
	}
	return length;
}

static uint8_t
mode_device_parameter(const struct task *t)
{
	bool protected = lu_is_write_protected(task_lu(t)) || t->nl->read_only;

	return 0x10 | (protected ? 0x80 : 0x00); /* DPOFUA, WP */
}

void
mode_sense_execute(struct task *t)
{
	const struct mode_form *form = mode_form(t);
	uint8_t data[MODE_DATA_MAX] = { 0 };
	size_t descriptor = mode_build_descriptor(t, data + form->header);
	size_t length = form->header + descriptor;

	length += mode_build_pages(t, data + length);
	data[form->parameter] = mode_device_parameter(t);
	if (mode_is_10(t)) {
		put_be16(data, (uint16_t)(length - 2));
		data[4] = descriptor == 16; /* LONGLBA */
		put_be16(data + 6, (uint16_t)descriptor);
	} else {
		data[0] = (uint8_t)(length - 1);
		data[3] = (uint8_t)descriptor;
	}
	task_reply(t, data, length, mode_length_in_cdb(t));
}

/* ---- MODE SELECT: the parameter list ---- */

struct outcome
mode_select_prepare(struct task *t)
{
	uint16_t length = mode_length_in_cdb(t);

	if (t->cdb[1] & SELECT_SP && !settings_can_be_kept(task_lu(t)))
		return invalid_field_in_cdb(1, 0);
	if (length > MODE_LIST_MAX)
		return PARAMETER_LIST_LENGTH;
	task_expect_data_out(t, length, 1);
	return t->data_out_wanted < length ? PARAMETER_LIST_LENGTH : GOOD;
}

/* A number of blocks that means what it is: 0, all of them, or the truth. */
static bool
mode_keeps_capacity(const struct lu *lu, uint64_t blocks, uint64_t all)
{
	return blocks == 0 || blocks == all ||
	       blocks == min_u64(atomic_load(&lu->blocks), all);
}

static struct outcome
mode_check_descriptor(
    const struct lu *lu, const uint8_t *list, unsigned at, unsigned length)
{
	const uint8_t *p = list + at;
	unsigned size_at = length == 16 ? 12 : 5;
	bool keeps = length == 16
			 ? mode_keeps_capacity(lu, get_be64(p), UINT64_MAX)
			 : mode_keeps_capacity(lu, get_be32(p), UINT32_MAX);
	uint32_t block_size = length == 16 ? get_be32(p + 12) : get_be24(p + 5);

	if (!keeps)
		return invalid_field_in_list(at, -1);
	if (block_size != lu->options.block_size)
		return invalid_field_in_list(at + size_at, -1);
	return GOOD;
}

/* The header and block descriptors; *pages_at is where the pages begin. */
static struct outcome
mode_check_header(
    const struct task *t, const uint8_t *list, size_t length, size_t *pages_at)
{
	const struct mode_form *form = mode_form(t);
	unsigned at = form->descriptor_length, descriptors, whole = 8;

	if (length < form->header)
		return PARAMETER_LIST_LENGTH;
	if (list[form->medium_type] != 0)
		return invalid_field_in_list(form->medium_type, -1);
	descriptors = mode_is_10(t) ? get_be16(list + at) : list[at];
	if (mode_is_10(t) && list[4] & 0x01)
		whole = 16;
	if (descriptors != 0 && descriptors != whole)
		return invalid_field_in_list(at, -1);
	*pages_at = form->header + descriptors;
	if (length < *pages_at)
		return PARAMETER_LIST_LENGTH;
	return descriptors == 0 ? GOOD
				: mode_check_descriptor(task_lu(t), list,
				      form->header, descriptors);
}

/* Nothing but changeable bits may differ from what is in force. */
static struct outcome
mode_check_bits(
    struct lu *lu, const struct mode_page *page, const uint8_t *list, size_t at)
{
	uint8_t current[sizeof(page->bytes)], mask[sizeof(page->bytes)];
	unsigned wrong;

	mode_build_page(lu, page, PC_CURRENT, current);
	mode_build_page(lu, page, PC_CHANGEABLE, mask);
	for (unsigned i = page->header; i < page->size; i++) {
		wrong = (list[at + i] ^ current[i]) & ~mask[i] & 0xffu;
		if (wrong != 0)
			return invalid_field_in_list(
			    (unsigned)at + i, sense_highest_bit(wrong));
	}
	return GOOD;
}

static void
mode_take_fields(
    const struct mode_page *page, const uint8_t *p, bool values[MODE_BITS])
{
	for (int i = 0; i < MODE_BITS; i++) {
		const struct mode_field *f = &mode_fields[i];

		if (mode_is_of_page(i, page))
			values[i] = p[f->byte] & f->mask;
	}
}

/* The page whose header is at, which has the length that it should have. */
static struct outcome
mode_parse_page_header(const struct lu *lu, const uint8_t *list, size_t length,
    size_t at, const struct mode_page **out)
{
	bool spf = list[at] & PAGE_SPF;
	unsigned length_at = (unsigned)at + (spf ? 2 : 1), size;

	if (length - at < (spf ? 4u : 2u))
		return PARAMETER_LIST_LENGTH;
	*out = mode_find_page(lu, list[at] & 0x3f, spf ? list[at + 1] : 0);
	if (*out == NULL || spf != ((*out)->subpage != 0))
		return invalid_field_in_list((unsigned)at, spf ? 6 : 5);
	size = spf ? get_be16(list + length_at) : list[length_at];
	if (size + (*out)->header != (*out)->size)
		return invalid_field_in_list(length_at, -1);
	return length - at < (*out)->size ? PARAMETER_LIST_LENGTH : GOOD;
}

/* One page of the list at *at, which moves on behind it. */
static struct outcome
mode_parse_page(struct lu *lu, const uint8_t *list, size_t length, size_t *at,
    bool values[MODE_BITS])
{
	const struct mode_page *page;
	struct outcome o;

	o = mode_parse_page_header(lu, list, length, *at, &page);
	if (!outcome_good(o))
		return o;
	o = mode_check_bits(lu, page, list, *at);
	mode_take_fields(page, list + *at, values);
	*at += page->size;
	return o;
}

/* All of the list, before anything of it takes effect. */
static struct outcome
mode_parse_list(const struct task *t, bool values[MODE_BITS])
{
	uint8_t list[MODE_LIST_MAX];
	size_t length = mode_length_in_cdb(t), at = 0;
	struct outcome o;

	mode_load(task_lu(t), values);
	if (length == 0)
		return GOOD;
	buf_list_read(&t->data, 0, list, length);
	o = mode_check_header(t, list, length, &at);
	if (outcome_good(o) && at < length && !(t->cdb[1] & 0x10))
		return invalid_field_in_cdb(1, 4); /* pages without PF */
	while (outcome_good(o) && at < length)
		o = mode_parse_page(task_lu(t), list, length, &at, values);
	return o;
}

/* ---- MODE SELECT: the change ---- */

/* Under lu->mutex. */
static void
mode_put_in_force(struct task *t, const bool values[MODE_BITS])
{
	struct lu *lu = task_lu(t);
	bool before[MODE_BITS];

	mode_load(lu, before);
	if (memcmp(before, values, sizeof(before)) == 0)
		return;
	mode_store(lu, values);
	lu_establish_attention(lu, UA_MODE_PARAMETERS_CHANGED, t->nl);
}

static void
mode_apply(struct task *t, const bool values[MODE_BITS])
{
	pthread_mutex_lock(&task_lu(t)->mutex);
	mode_put_in_force(t, values);
	pthread_mutex_unlock(&task_lu(t)->mutex);
	task_end(t, GOOD);
}

/* SP saves all pages, not only those of the list (SPC-4 6.11). */
static struct outcome
mode_save(struct task *t, struct settings *next)
{
	const struct lu_mode *mode = task_lu(t)->mode;
	bool values[MODE_BITS];
	struct outcome o = mode_parse_list(t, values);

	for (int i = 0; i < MODE_BITS; i++) {
		if (!mode->changeable[i])
			continue;
		next->modes_saved |= 1u << i;
		next->modes &= ~(1u << i);
		next->modes |= values[i] ? 1u << i : 0;
	}
	return o;
}

static void
mode_saved(struct task *t)
{
	bool values[MODE_BITS];

	mode_saved_values(task_lu(t), values);
	mode_put_in_force(t, values);
}

static void
mode_change(struct task *t, const bool values[MODE_BITS])
{
	if (t->cdb[1] & SELECT_SP)
		settings_change_execute(t, mode_save, mode_saved);
	else
		mode_apply(t, values);
}

static void
mode_flushed(struct task *t, int error)
{
	bool values[MODE_BITS];
	struct outcome o = mode_parse_list(t, values);

	if (error != 0)
		o = outcome_of_errno(error, true);
	if (outcome_good(o))
		mode_change(t, values);
	else
		task_end(t, o);
}

/* SWP goes on after all that is cached has been written, SPC-4 7.5.8. */
static bool
mode_wants_flush(const struct lu *lu, const bool values[MODE_BITS])
{
	if (!atomic_load(&lu->write_cache))
		return false;
	return !values[MODE_WCE] ||
	       (values[MODE_SWP] && !atomic_load(&lu->software_write_protect));
}

/*
 * The row is CMD_ATOMIC: no write is under way.  So when WCE goes off, one
 * flush makes durable all that was answered GOOD while it was on.
 */
void
mode_select_execute(struct task *t)
{
	bool values[MODE_BITS];
	struct outcome o = mode_parse_list(t, values);

	if (!outcome_good(o))
		task_end(t, o);
	else if (mode_wants_flush(task_lu(t), values))
		task_io(t, BS_FLUSH, 0, 0, 0, NULL, mode_flushed);
	else
		mode_change(t, values);
}
