/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/server/kept.c - files that are whole or not there, on a disk whose
 * power is cut at each step, and whose every step fails.
 *
 * The disk keeps what was synced.  Of the rest a cut leaves anything: of the
 * directory's changes any of them, of a file's data none, a part, or zeros.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "server/kept.h"
#include "tests/unit/unit.h"

extern const struct unit_suite kept_suite;

#define HEADER    "tisane test 1\n"
#define NAME      "thing"
#define TEMPORARY ".thing.new"
#define OLD       "the old one\n"
#define NEW       "the new one, which is a bit longer than that\n"
#define DIR_FD    1000
#define FILES     8
#define CHANGES   8
#define NO_FILE   (-1)

struct disk_file {
	char data[256];
	size_t bytes, synced;
};

/* A name in the directory, or its end. */
struct disk_change {
	char name[32];
	int file; /* NO_FILE: it goes */
};

struct disk {
	struct kept_ops ops;
	struct disk_file files[FILES];
	unsigned file_count;
	struct disk_change changes[CHANGES]; /* not synced, but the first */
	unsigned change_count, synced;
	unsigned step, cut, fail; /* counted from 1 */
	char read_dir[32];        /* where what is left is read */
	int read_fd;
};

static struct disk *
disk_of(const struct kept_ops *ops)
{
	return container_of(ops, struct disk, ops);
}

/* 0: the step is done; else it is not. */
static int
disk_step(struct disk *d)
{
	d->step++;
	if (d->cut != 0 && d->step >= d->cut)
		return -EIO;
	return d->step == d->fail ? -EIO : 0;
}

static int
disk_find(const struct disk *d, const char *name)
{
	int file = NO_FILE;
	unsigned i;

	for (i = 0; i < d->change_count; i++) {
		if (strcmp(d->changes[i].name, name) == 0)
			file = d->changes[i].file;
	}
	return file;
}

static void
disk_change(struct disk *d, const char *name, int file)
{
	struct disk_change *c = &d->changes[d->change_count++];

	CU_ASSERT_FATAL(d->change_count < CHANGES);
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->file = file;
}

static int
disk_create(const struct kept_ops *ops, int dir_fd, const char *name)
{
	struct disk *d = disk_of(ops);
	int error = disk_step(d);

	CU_ASSERT_EQUAL(dir_fd, DIR_FD);
	CU_ASSERT_STRING_EQUAL(name, TEMPORARY);
	if (error == 0 && disk_find(d, name) != NO_FILE)
		error = -EEXIST;
	if (error != 0)
		return error;
	disk_change(d, name, (int)d->file_count);
	return (int)d->file_count++;
}

/* As short as writes can be, so that there is a step between any two bytes. */
static ssize_t
disk_write(const struct kept_ops *ops, int fd, const void *data, size_t bytes)
{
	struct disk *d = disk_of(ops);
	struct disk_file *f = &d->files[fd];
	int error = disk_step(d);

	if (error != 0)
		return error;
	CU_ASSERT_FATAL(f->bytes < sizeof(f->data));
	f->data[f->bytes++] = *(const char *)data;
	return 1;
}

static int
disk_sync(const struct kept_ops *ops, int fd)
{
	struct disk *d = disk_of(ops);
	int error = disk_step(d);

	if (error != 0)
		return error;
	if (fd == DIR_FD)
		d->synced = d->change_count;
	else
		d->files[fd].synced = d->files[fd].bytes;
	return 0;
}

static int
disk_close(const struct kept_ops *ops, int fd)
{
	return disk_step(disk_of(ops));
}

static int
disk_rename(
    const struct kept_ops *ops, int dir_fd, const char *from, const char *to)
{
	struct disk *d = disk_of(ops);
	int error = disk_step(d);

	if (error != 0)
		return error;
	CU_ASSERT_NOT_EQUAL(disk_find(d, from), NO_FILE);
	disk_change(d, to, disk_find(d, from));
	disk_change(d, from, NO_FILE);
	return 0;
}

static int
disk_unlink(const struct kept_ops *ops, int dir_fd, const char *name)
{
	struct disk *d = disk_of(ops);
	int error = disk_step(d);

	if (error == 0 && disk_find(d, name) == NO_FILE)
		error = -ENOENT;
	if (error == 0)
		disk_change(d, name, NO_FILE);
	return error;
}

static struct kept_file
disk_kept(const struct disk *d)
{
	return (struct kept_file){
		.ops = &d->ops, .dir_fd = DIR_FD, .name = NAME, .header = HEADER
	};
}

static int
disk_put(struct disk *d, const char *body)
{
	struct kept_file f = disk_kept(d);

	return kept_write(&f, body, strlen(body));
}

/* With the old one on it, all synced, and what a run that was cut left. */
static struct disk *
disk_new(void)
{
	struct disk *d = calloc(1, sizeof(*d));

	d->ops = (struct kept_ops){ disk_create, disk_write, disk_sync,
		disk_close, disk_rename, disk_unlink };
	CU_ASSERT_EQUAL(disk_put(d, OLD), 0);
	d->changes[0] = (struct disk_change){ NAME, 0 };
	d->changes[1] = (struct disk_change){ TEMPORARY, 1 };
	d->file_count = d->change_count = d->synced = 2;
	d->step = 0;
	strcpy(d->read_dir, "/tmp/tisane-kept-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(d->read_dir));
	d->read_fd = open(d->read_dir, O_RDONLY | O_DIRECTORY);
	return d;
}

static void
disk_free(struct disk *d)
{
	unlinkat(d->read_fd, NAME, 0);
	close(d->read_fd);
	rmdir(d->read_dir);
	free(d);
}

/* ---- what a cut leaves ---- */

enum found { FOUND_NONE, FOUND_OLD, FOUND_NEW, FOUND_BAD };

/* Read it with the real calls. */
static enum found
disk_read(const struct disk *d, const char *data, size_t bytes)
{
	enum found found = FOUND_BAD;
	struct kept_file f = {
		.dir_fd = d->read_fd, .name = NAME, .header = HEADER
	};
	const char *body;
	size_t length;
	char *text;
	int fd;

	fd = openat(f.dir_fd, NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CU_ASSERT_EQUAL(write(fd, data, bytes), (ssize_t)bytes);
	close(fd);
	if (kept_read(&f, &text, &body, &length) == 0) {
		if (length == strlen(OLD) && memcmp(body, OLD, length) == 0)
			found = FOUND_OLD;
		if (length == strlen(NEW) && memcmp(body, NEW, length) == 0)
			found = FOUND_NEW;
		kept_free(text);
	}
	return found;
}

/* Unsynced data: any part of it, or zeros in the place of any part.  The set of
 * what may be found. */
static unsigned
disk_read_file(const struct disk *d, const struct disk_file *f)
{
	char data[sizeof(f->data)] = { 0 };
	unsigned found = 0;
	size_t n;

	for (n = f->synced; n <= f->bytes; n++) {
		memcpy(data, f->data, n);
		found |= 1u << disk_read(d, data, n);
		if (n < f->bytes)
			found |= 1u << disk_read(d, data, f->bytes);
	}
	return found;
}

/* The set of what may be found, 1 << enum found. */
static unsigned
disk_outcomes(const struct disk *d)
{
	unsigned free_changes = d->change_count - d->synced, mask, i;
	unsigned found = 0, there = 0;
	int file;

	for (mask = 0; mask < 1u << free_changes; mask++) {
		file = NO_FILE;
		for (i = 0; i < d->change_count; i++) {
			if (i >= d->synced && !(mask & 1u << (i - d->synced)))
				continue;
			if (strcmp(d->changes[i].name, NAME) == 0)
				file = d->changes[i].file;
		}
		if (file == NO_FILE)
			found |= 1u << FOUND_NONE;
		else
			there |= 1u << file;
	}
	for (i = 0; i < d->file_count; i++) {
		if (there & 1u << i)
			found |= disk_read_file(d, &d->files[i]);
	}
	return found;
}

#define ONLY(x)      (1u << (x))
#define EITHER(x, y) (1u << (x) | 1u << (y))

/* ---- tests ---- */

static void
kept_is_durable_when_written(void)
{
	struct disk *d = disk_new();

	CU_ASSERT_EQUAL(disk_outcomes(d), ONLY(FOUND_OLD));
	CU_ASSERT_EQUAL(disk_put(d, NEW), 0);
	CU_ASSERT_EQUAL(disk_outcomes(d), ONLY(FOUND_NEW));
	disk_free(d);
}

static void
kept_survives_each_cut(void)
{
	unsigned cut = 0, outcomes, seen = 0;
	struct disk *d;
	int error;

	do {
		d = disk_new();
		d->cut = ++cut;
		error = disk_put(d, NEW);
		outcomes = disk_outcomes(d);
		CU_ASSERT_EQUAL(outcomes & ~EITHER(FOUND_OLD, FOUND_NEW), 0);
		if (error == 0)
			CU_ASSERT_EQUAL(outcomes, ONLY(FOUND_NEW));
		seen |= outcomes;
		disk_free(d);
	} while (error != 0);
	CU_ASSERT(cut > strlen(HEADER NEW));
	CU_ASSERT_EQUAL(seen, EITHER(FOUND_OLD, FOUND_NEW));
}

static void
kept_survives_each_failure(void)
{
	unsigned fail = 0, steps;
	struct disk *d;
	int error;

	do {
		d = disk_new();
		d->fail = ++fail;
		error = disk_put(d, NEW);
		steps = d->step;
		CU_ASSERT_EQUAL(
		    disk_outcomes(d) & ~EITHER(FOUND_OLD, FOUND_NEW), 0);
		CU_ASSERT(error == 0 || error == (fail == 1 ? -EEXIST : -EIO));
		CU_ASSERT_EQUAL(disk_find(d, TEMPORARY), NO_FILE);
		if (error == 0)
			CU_ASSERT_EQUAL(disk_outcomes(d), ONLY(FOUND_NEW));
		disk_free(d);
	} while (fail < steps);
}

static void
kept_works_after_each_failure(void)
{
	unsigned fail = 0, steps;
	struct disk *d;

	do {
		d = disk_new();
		d->fail = ++fail;
		disk_put(d, NEW);
		steps = d->step;
		d->change_count = 0;
		disk_change(d, NAME, 0);
		d->synced = 1;
		CU_ASSERT_EQUAL(disk_put(d, NEW), 0);
		CU_ASSERT_EQUAL(disk_outcomes(d), ONLY(FOUND_NEW));
		disk_free(d);
	} while (fail < steps);
}

static void
kept_removal_survives_each_cut(void)
{
	unsigned cut = 0;
	struct kept_file f;
	struct disk *d;
	int error;

	do {
		d = disk_new();
		f = disk_kept(d);
		d->cut = ++cut;
		error = kept_remove(&f);
		CU_ASSERT_EQUAL(
		    disk_outcomes(d) & ~EITHER(FOUND_OLD, FOUND_NONE), 0);
		if (error == 0)
			CU_ASSERT_EQUAL(disk_outcomes(d), ONLY(FOUND_NONE));
		disk_free(d);
	} while (error != 0);
	CU_ASSERT_EQUAL(cut, 3);
}

static void
kept_removal_of_nothing(void)
{
	struct disk *d = disk_new();
	struct kept_file f = disk_kept(d);

	CU_ASSERT_EQUAL(kept_remove(&f), 0);
	CU_ASSERT_EQUAL(kept_remove(&f), 0);
	disk_free(d);
}

static void
kept_notices_every_byte(void)
{
	struct disk *d = disk_new();
	struct disk_file *f = &d->files[0];
	size_t i;

	for (i = 0; i < f->bytes; i++) {
		f->data[i] ^= 1;
		CU_ASSERT_EQUAL(disk_read(d, f->data, f->bytes), FOUND_BAD);
		f->data[i] ^= 1;
		CU_ASSERT_EQUAL(disk_read(d, f->data, i), FOUND_BAD);
	}
	CU_ASSERT_EQUAL(disk_read(d, f->data, f->bytes), FOUND_OLD);
	disk_free(d);
}

/* Reading one would wait for a writer. */
static void
kept_is_no_pipe(void)
{
	struct disk *d = disk_new();
	struct kept_file f = {
		.dir_fd = d->read_fd, .header = HEADER, .name = "pipe"
	};
	const char *body;
	char *text;
	size_t bytes;

	CU_ASSERT_EQUAL_FATAL(mkfifoat(d->read_fd, "pipe", 0600), 0);
	CU_ASSERT_EQUAL(kept_read(&f, &text, &body, &bytes), -EBADMSG);
	unlinkat(d->read_fd, "pipe", 0);
	disk_free(d);
}

static const struct unit_test kept_tests[] = {
	{ "what was written is durable", kept_is_durable_when_written },
	{ "a cut leaves the old one or the new", kept_survives_each_cut },
	{ "a failure leaves the old one or the new",
	    kept_survives_each_failure },
	{ "the next write works after a failure",
	    kept_works_after_each_failure },
	{ "a cut removal leaves it or nothing",
	    kept_removal_survives_each_cut },
	{ "removing nothing is fine", kept_removal_of_nothing },
	{ "every byte is checked", kept_notices_every_byte },
	{ "a pipe is none", kept_is_no_pipe },
	{ NULL, NULL },
};

const struct unit_suite kept_suite = { "kept", kept_tests };
