/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/ceph.c - a cluster in memory.
 */
#ifdef HAVE_RBD

#include "tests/unit/backstores/ceph.h"

#include <stdlib.h>
#include <string.h>

#include "backstores/rbd.h"
#include "tests/unit/unit.h"

struct ceph ceph;

/* What a call ends with before it does anything. */
static int
ceph_fails(const char *call)
{
	return ceph.fails != NULL && strcmp(ceph.fails, call) == 0 ? ceph.error
								   : 0;
}

/* A handle that is there once it could be had. */
static int
ceph_open(const char *call, void **handle)
{
	int error = ceph_fails(call);

	if (error == 0) {
		*handle = &ceph;
		ceph.open++;
	}
	return error;
}

static int
ceph_create(rados_t *cluster, const char *const id)
{
	return ceph_open("rados_create", cluster);
}

static int
ceph_read_file(rados_t cluster, const char *path)
{
	return ceph_fails("rados_conf_read_file");
}

static int
ceph_set(rados_t cluster, const char *option, const char *value)
{
	return 0;
}

static int
ceph_connect(rados_t cluster)
{
	return ceph_fails("rados_connect");
}

static void
ceph_shutdown(rados_t cluster)
{
	ceph.open--;
}

static int
ceph_pool(rados_t cluster, const char *name, rados_ioctx_t *pool)
{
	return ceph_open("rados_ioctx_create", pool);
}

static void
ceph_name_space(rados_ioctx_t pool, const char *name)
{
	snprintf(ceph.name_space, sizeof(ceph.name_space), "%s", name);
}

static void
ceph_destroy_pool(rados_ioctx_t pool)
{
	ceph.open--;
}

static void
ceph_full_try(rados_ioctx_t pool)
{
}

static int
ceph_create_image(
    rados_ioctx_t pool, const char *name, uint64_t size, int *order)
{
	int error = ceph_fails("rbd_create");

	if (error == 0 || error == -EEXIST)
		ceph.size = size;
	return error;
}

static int
ceph_open_image(rados_ioctx_t pool, const char *name, rbd_image_t *image,
    const char *snapshot)
{
	if (ceph.size == 0)
		return -ENOENT;
	if (snapshot != NULL)
		snprintf(ceph.snapshot, sizeof(ceph.snapshot), "%s", snapshot);
	return ceph_open("rbd_open", image);
}

static int
ceph_close_image(rbd_image_t image)
{
	ceph.open--;
	return 0;
}

static int
ceph_features(rbd_image_t image, uint64_t *features)
{
	*features = ceph.features;
	return ceph_fails("rbd_get_features");
}

static int
ceph_size(rbd_image_t image, uint64_t *size)
{
	*size = ceph.size;
	return ceph_fails("rbd_get_size");
}

static int
ceph_stat(rbd_image_t image, rbd_image_info_t *info, size_t bytes)
{
	memset(info, 0, bytes);
	info->size = ceph.size;
	info->obj_size = CEPH_OBJECT;
	return ceph_fails("rbd_stat");
}

static int
ceph_resize(rbd_image_t image, uint64_t size)
{
	int error = ceph_fails("rbd_resize");

	if (error == 0)
		ceph.size = size;
	return error;
}

static int
ceph_watch(rbd_image_t image, uint64_t *handle, rbd_update_callback_t changed,
    void *arg)
{
	int error = ceph_fails("rbd_update_watch");

	if (error == 0) {
		*handle = 1;
		ceph.changed = changed;
		ceph.changed_arg = arg;
		ceph.open++;
	}
	return error;
}

static int
ceph_unwatch(rbd_image_t image, uint64_t handle)
{
	ceph.open--;
	return 0;
}

static int
ceph_lock(rbd_image_t image, rbd_lock_mode_t mode)
{
	return ceph_fails("rbd_lock_acquire");
}

static int
ceph_owners(rbd_image_t image, rbd_lock_mode_t *mode, char **owners, size_t *n)
{
	static char owner[] = "192.0.2.7:0/1";
	int error = ceph_fails("rbd_lock_get_owners");

	if (error == 0)
		*n = ceph.owned ? 1 : 0;
	owners[0] = owner;
	return error;
}

static void
ceph_owners_end(char **owners, size_t n)
{
}

static int
ceph_stripes(rbd_image_t image, uint64_t *count)
{
	*count = ceph.stripes;
	return ceph_fails("rbd_get_stripe_count");
}

static int
ceph_iterate(rbd_image_t image, const char *from, uint64_t offset,
    uint64_t length, uint8_t parent, uint8_t whole,
    int (*found)(uint64_t, size_t, int, void *), void *arg)
{
	int error = ceph_fails("rbd_diff_iterate2");
	const struct ceph_extent *e;

	for (e = ceph.extents; e->length != 0 && error == 0; e++)
		error = found(e->offset, e->length, e->exists, arg);
	return error;
}

/* ---- operations, which end at once ---- */

struct ceph_completion {
	rbd_callback_t ended;
	void *arg;
	ssize_t result;
};

static int
ceph_completion(void *arg, rbd_callback_t ended, rbd_completion_t *out)
{
	struct ceph_completion *c;
	int error = ceph_open("rbd_aio_create_completion", out);

	if (error != 0)
		return error;
	c = calloc(1, sizeof(*c));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	*c = (struct ceph_completion){ .ended = ended, .arg = arg };
	*out = c;
	return 0;
}

static ssize_t
ceph_result(rbd_completion_t c)
{
	return ((struct ceph_completion *)c)->result;
}

static void
ceph_release(rbd_completion_t c)
{
	ceph.open--;
	free(c);
}

static int
ceph_op_end(rbd_completion_t completion, const char *starts, const char *ends,
    ssize_t n)
{
	struct ceph_completion *c = completion;

	if (ceph_fails(starts) != 0)
		return ceph_fails(starts);
	c->result = ceph_fails(ends) != 0 ? ceph_fails(ends) : n;
	c->ended(c, c->arg);
	return 0;
}

static int
ceph_readv(rbd_image_t image, const struct iovec *iov, int iovcnt,
    uint64_t offset, rbd_completion_t c)
{
	ssize_t n = 0;
	int i;

	for (i = 0; i < iovcnt; i++) {
		memcpy(iov[i].iov_base, ceph.data + offset + n, iov[i].iov_len);
		n += (ssize_t)iov[i].iov_len;
	}
	return ceph_op_end(c, "reads", "read", ceph.short_read ? n - 1 : n);
}

static int
ceph_writev(rbd_image_t image, const struct iovec *iov, int iovcnt,
    uint64_t offset, rbd_completion_t c)
{
	size_t n = 0;
	int i;

	for (i = 0; i < iovcnt; i++) {
		memcpy(ceph.data + offset + n, iov[i].iov_base, iov[i].iov_len);
		n += iov[i].iov_len;
	}
	return ceph_op_end(c, "writes", "write", 0);
}

static int
ceph_write_zeroes(rbd_image_t image, uint64_t offset, size_t length,
    rbd_completion_t c, int how, int flags)
{
	memset(ceph.data + offset, 0, length);
	ceph.zero_flags = how;
	return ceph_op_end(c, "zeroes", "zero", 0);
}

static int
ceph_flush(rbd_image_t image, rbd_completion_t c)
{
	return ceph_op_end(c, "flushes", "flush", 0);
}

static const struct rbd_lib ceph_lib = {
	.rados_create = ceph_create,
	.rados_conf_read_file = ceph_read_file,
	.rados_conf_set = ceph_set,
	.rados_connect = ceph_connect,
	.rados_shutdown = ceph_shutdown,
	.rados_ioctx_create = ceph_pool,
	.rados_ioctx_set_namespace = ceph_name_space,
	.rados_ioctx_destroy = ceph_destroy_pool,
	.rados_set_pool_full_try = ceph_full_try,
	.rbd_create = ceph_create_image,
	.rbd_open = ceph_open_image,
	.rbd_open_read_only = ceph_open_image,
	.rbd_close = ceph_close_image,
	.rbd_get_features = ceph_features,
	.rbd_get_size = ceph_size,
	.rbd_stat = ceph_stat,
	.rbd_resize = ceph_resize,
	.rbd_update_watch = ceph_watch,
	.rbd_update_unwatch = ceph_unwatch,
	.rbd_lock_acquire = ceph_lock,
	.rbd_lock_get_owners = ceph_owners,
	.rbd_lock_get_owners_cleanup = ceph_owners_end,
	.rbd_get_stripe_count = ceph_stripes,
	.rbd_diff_iterate2 = ceph_iterate,
	.rbd_aio_create_completion = ceph_completion,
	.rbd_aio_get_return_value = ceph_result,
	.rbd_aio_release = ceph_release,
	.rbd_aio_readv = ceph_readv,
	.rbd_aio_writev = ceph_writev,
	.rbd_aio_write_zeroes = ceph_write_zeroes,
	.rbd_aio_flush = ceph_flush,
};

/* ---- a store of it ---- */

struct bs_config
ceph_config(uint64_t size)
{
	return (struct bs_config){ .type = "rbd",
		.path = "rbd/disk",
		.size = size,
		.block_size = 512 };
}

/* ---- in the place of librbd's (ld --wrap) ---- */

const struct rbd_lib *__real_rbd_lib_load(char *why, size_t why_size);
const struct rbd_lib *__wrap_rbd_lib_load(char *why, size_t why_size);

static bool ceph_serves;

const struct rbd_lib *
__wrap_rbd_lib_load(char *why, size_t why_size)
{
	return ceph_serves ? &ceph_lib : __real_rbd_lib_load(why, why_size);
}

void
ceph_begin(struct kit *k, uint64_t size)
{
	memset(&ceph, 0, sizeof(ceph));
	ceph.size = size;
	ceph.features = RBD_FEATURE_EXCLUSIVE_LOCK;
	ceph.stripes = 1;
	kit_begin(k);
	ceph_serves = true;
}

struct backstore *
ceph_serve(struct kit *k, uint64_t size)
{
	struct bs_config config = ceph_config(0);
	struct backstore *bs;

	ceph_begin(k, size);
	bs = kit_open(k, &config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bs);
	return bs;
}

void
ceph_end(struct kit *k, struct backstore *bs)
{
	if (bs != NULL)
		backstore_close(bs);
	CU_ASSERT_EQUAL(ceph.open, 0);
	ceph_serves = false;
	kit_end(k);
}

void
ceph_fail(const char *call, int error)
{
	ceph.fails = call;
	ceph.error = error;
}

#endif
