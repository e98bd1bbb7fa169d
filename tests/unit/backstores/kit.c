/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/kit.c - a home, executors, places to put stores.
 */
#include "tests/unit/backstores/kit.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/log.h"

#define KIT_TIMEOUT_MS 60000
#define KIT_PAGE       4096

char kit_why[256];
int kit_open_error;
unsigned kit_ended;

/* ---- threads ---- */

static void
kit_post(struct home *home, struct job *job)
{
	inbox_post(&container_of(home, struct kit, home)->inbox, job);
}

static bool
kit_is_here(const struct home *home)
{
	const struct kit *k = (const struct kit *)home; /* first */

	return pthread_equal(k->owner, pthread_self()) != 0;
}

static void
kit_run_here(struct bs_executor *e, struct bs_io *io)
{
	bs_io_run(io);
}

static void
kit_run_job(struct job *job)
{
	bs_io_run(container_of(job, struct bs_io, job));
}

static void
kit_run_on_thread(struct bs_executor *e, struct bs_io *io)
{
	io->job.fn = kit_run_job;
	inbox_post(
	    &container_of(e, struct kit, thread)->thread_inbox, &io->job);
}

static bool
kit_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

static void *
kit_thread_main(void *arg)
{
	struct kit *k = arg;

	while (!atomic_load(&k->stop))
		if (kit_readable(k->thread_inbox.event_fd, 1000))
			inbox_run(&k->thread_inbox);
	return NULL;
}

static void
kit_stop_job(struct job *job)
{
}

static void
kit_stop_thread(struct kit *k)
{
	struct job wake = { .fn = kit_stop_job };

	atomic_store(&k->stop, true);
	inbox_post(&k->thread_inbox, &wake);
	pthread_join(k->thread_id, NULL);
	inbox_destroy(&k->thread_inbox);
}

/* ---- begin and end ---- */

static void
kit_no_log(void *ctx, enum log_level level, const char *line)
{
}

void
kit_begin(struct kit *k)
{
	const char *tmp = getenv("TMPDIR");

	memset(k, 0, sizeof(*k));
	k->home.post = kit_post;
	k->home.is_here = kit_is_here;
	k->owner = pthread_self();
	k->here.run = kit_run_here;
	k->thread.run = kit_run_on_thread;
	assert(inbox_init(&k->inbox) == 0);
	assert(inbox_init(&k->thread_inbox) == 0);
	log_set_sink(kit_no_log, NULL);
	assert(pthread_create(&k->thread_id, NULL, kit_thread_main, k) == 0);
	snprintf(k->dir, sizeof(k->dir), "%.40s/tisane-bs-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	assert(mkdtemp(k->dir) != NULL);
}

void
kit_end(struct kit *k)
{
	kit_stop_thread(k);
	kit_run(k);
	inbox_destroy(&k->inbox);
	kit_unloop(k);
	kit_nbd_kill(k);
	if (k->mount[0] != '\0')
		kit_shell("umount %s", k->mount);
	kit_shell("rm -rf %s", k->dir);
	log_set_sink(NULL, NULL);
}

const char *
kit_path(struct kit *k, const char *name)
{
	static char paths[8][160];
	static unsigned next;
	char *p = paths[next++ % 8];

	snprintf(p, sizeof(paths[0]), "%s/%s", k->dir, name);
	return p;
}

int
kit_shell(const char *fmt, ...)
{
	char command[512], quiet[600];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	assert(n < (int)sizeof(command));
	snprintf(quiet, sizeof(quiet), "{ %s; } >/dev/null 2>&1", command);
	return system(quiet);
}

void
kit_skip(const char *why)
{
	fprintf(stderr, "\n    skipped: %s ", why);
}

/* ---- places ---- */

static bool
kit_is_root(void)
{
	if (geteuid() == 0)
		return true;
	kit_skip("needs root");
	return false;
}

static bool
kit_mount(struct kit *k, const char *options, const char *device)
{
	char point[96];

	snprintf(point, sizeof(point), "%s/mnt", k->dir);
	kit_shell("mkdir %s", point);
	if (kit_shell("mount %s %s %s", options, device, point) != 0) {
		kit_skip("cannot mount here");
		return false;
	}
	memcpy(k->mount, point, sizeof(k->mount));
	return true;
}

bool
kit_mount_tmpfs(struct kit *k, const char *size)
{
	char options[64];

	snprintf(options, sizeof(options), "-t tmpfs -o size=%s", size);
	return kit_is_root() && kit_mount(k, options, "tmpfs");
}

static bool
kit_mount_image(
    struct kit *k, const char *size, const char *mkfs, const char *options)
{
	const char *image = kit_path(k, "fs.img");

	if (!kit_is_root())
		return false;
	if (kit_shell("truncate -s %s %s && %s %s", size, image, mkfs, image) !=
	    0) {
		kit_skip(mkfs);
		return false;
	}
	return kit_mount(k, options, image);
}

bool
kit_mount_ext4(struct kit *k, const char *size)
{
	return kit_mount_image(k, size, "mkfs.ext4 -q -F", "-t ext4 -o loop");
}

bool
kit_mount_xfs(struct kit *k, const char *size)
{
	return kit_mount_image(
	    k, size, "mkfs.xfs -q -m reflink=1", "-t xfs -o loop");
}

bool
kit_mount_btrfs(struct kit *k, const char *size)
{
	return kit_mount_image(k, size, "mkfs.btrfs -q", "-t btrfs -o loop");
}

bool
kit_loop(struct kit *k, const char *file)
{
	char command[256];
	FILE *f;

	if (!kit_is_root())
		return false;
	snprintf(
	    command, sizeof(command), "losetup -f --show %s 2>/dev/null", file);
	f = popen(command, "r");
	if (f != NULL && fgets(k->loop, sizeof(k->loop), f) != NULL)
		k->loop[strcspn(k->loop, "\n")] = '\0';
	if (f != NULL)
		pclose(f);
	if (k->loop[0] == '\0')
		kit_skip("no loop device to be had");
	return k->loop[0] != '\0';
}

void
kit_unloop(struct kit *k)
{
	if (k->loop[0] != '\0')
		kit_shell("losetup -d %s", k->loop);
	k->loop[0] = '\0';
}

/* nbdkit puts itself in the background, and then writes its PID. */
bool
kit_nbd_start(struct kit *k)
{
	return kit_shell("nbdkit -P %s/nbd.pid -U %s/nbd.sock %s && "
			 "while ! grep -q . %s/nbd.pid; do sleep 0.01; done",
		   k->dir, k->dir, k->nbd_words, k->dir) == 0;
}

bool
kit_nbd_serve(struct kit *k, const char *words)
{
	snprintf(k->nbd_words, sizeof(k->nbd_words), "%s", words);
	if (!kit_nbd_start(k)) {
		kit_skip("nbdkit is not installed");
		return false;
	}
	snprintf(k->nbd_uri, sizeof(k->nbd_uri),
	    "nbd+unix:///?socket=%s/nbd.sock", k->dir);
	return true;
}

bool
kit_nbd(struct kit *k, uint64_t bytes)
{
	char words[64];

	snprintf(
	    words, sizeof(words), "memory %llu", (unsigned long long)bytes);
	return kit_nbd_serve(k, words);
}

/* Whoever inherits it may take its time to reap it. */
void
kit_nbd_kill(struct kit *k)
{
	if (k->nbd_uri[0] != '\0')
		kit_shell("p=$(cat %s/nbd.pid); kill -KILL $p; "
			  "while grep -q '^State:.[^Z]' /proc/$p/status; "
			  "do sleep 0.01; done; "
			  "rm -f %s/nbd.sock %s/nbd.pid",
		    k->dir, k->dir, k->dir);
}

const char *
kit_ceph(void)
{
	const char *conf = getenv("TISANE_CEPH_CONF");

	if (conf == NULL)
		kit_skip("no Ceph is running for it (TISANE_CEPH_CONF)");
	return conf;
}

bool
kit_has_module(const char *handler)
{
	if (kit_shell("ls /usr/lib*/tcmu-runner/handler_%s.so "
		      "/usr/lib/*/tcmu-runner/handler_%s.so | grep -q .",
		handler, handler) == 0)
		return true;
	kit_skip("tcmu-runner is not installed");
	return false;
}

bool
kit_qcow(const char *path, const char *options, uint64_t bytes)
{
	if (!kit_has_module("qcow"))
		return false;
	if (kit_shell("qemu-img create -f qcow2 %s %s %llu", options, path,
		(unsigned long long)bytes) != 0) {
		kit_skip("qemu-img is not installed");
		return false;
	}
	return true;
}

bool
kit_tcmu(struct kit *k, const char *conf, uint64_t bytes, char *path,
    size_t path_size)
{
	static unsigned n;

	if (conf == NULL) {
		snprintf(path, path_size, "qcow/%s", kit_path(k, "qcow2"));
		return kit_qcow(path + strlen("qcow/"), "", bytes);
	}
	snprintf(path, path_size, "rbd/rbd/contract-tcmu-%u", n++);
	return kit_has_module("rbd") &&
	       kit_shell("rbd -c %s create --size %lluM %s", conf,
		   (unsigned long long)bytes / MIB, path + strlen("rbd/")) == 0;
}

/* ---- operations ---- */

static void
kit_io_done(struct bs_io *io, int error)
{
	struct kit_io *i = container_of(io, struct kit_io, io);

	assert(!i->ended && kit_is_here(io->home));
	i->ended = true;
	i->error = error;
	i->order = ++kit_ended;
}

void
kit_io_init(struct kit *k, struct kit_io *i, enum bs_op op, unsigned flags,
    uint64_t offset, void *data, uint64_t length)
{
	memset(i, 0, sizeof(*i));
	i->iov[0] = (struct iovec){ data, length };
	i->io = (struct bs_io){
		.op = op,
		.flags = flags,
		.offset = offset,
		.length = length,
		.iov = i->iov,
		.iovcnt = data != NULL ? 1 : 0,
		.done = kit_io_done,
		.home = &k->home,
	};
}

void
kit_run(struct kit *k)
{
	inbox_run(&k->inbox);
}

bool
kit_wait(struct kit *k, struct kit_io *i)
{
	while (!i->ended && kit_readable(k->inbox.event_fd, KIT_TIMEOUT_MS))
		inbox_run(&k->inbox);
	return i->ended;
}

int
kit_do(struct kit *k, struct backstore *bs, enum bs_op op, unsigned flags,
    uint64_t offset, void *data, uint64_t length)
{
	struct kit_io i;

	kit_io_init(k, &i, op, flags, offset, data, length);
	backstore_submit(bs, &i.io);
	return kit_wait(k, &i) ? i.error : -ETIMEDOUT;
}

static char *
kit_buffer(uint64_t length)
{
	void *p;

	assert(posix_memalign(&p, KIT_PAGE, length) == 0);
	return p;
}

/* By words: in a loop over bytes valgrind spends most of its time. */
static bool
kit_is_all(const char *data, uint64_t length, int byte)
{
	const uint64_t all = (uint8_t)byte * UINT64_C(0x0101010101010101);
	uint64_t at, word;

	for (at = 0; at + sizeof(word) <= length; at += sizeof(word)) {
		memcpy(&word, data + at, sizeof(word));
		if (word != all)
			return false;
	}
	return memcmp(data + at, &all, length - at) == 0;
}

bool
kit_holds(struct kit *k, struct backstore *bs, uint64_t offset, uint64_t length,
    int byte)
{
	char *data = kit_buffer(length);
	bool same;

	memset(data, ~byte, length);
	same = kit_do(k, bs, BS_READ, 0, offset, data, length) == 0 &&
	       kit_is_all(data, length, byte);
	free(data);
	return same;
}

int
kit_fill(struct kit *k, struct backstore *bs, unsigned flags, uint64_t offset,
    uint64_t length, int byte)
{
	char *data = kit_buffer(length);
	int error;

	memset(data, byte, length);
	error = kit_do(k, bs, BS_WRITE, flags, offset, data, length);
	free(data);
	return error;
}

struct backstore *
kit_open(struct kit *k, const struct bs_config *config)
{
	struct backstore *bs;

	kit_why[0] = '\0';
	kit_open_error = backstore_open(config, &bs, kit_why, sizeof(kit_why));
	if (kit_open_error != 0)
		return NULL;
	bs->executor = k->threaded ? &k->thread : &k->here;
	return bs;
}
