/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/rbd_open.c - to an image and away from it.
 *
 * Any call may wait for a cluster that does not answer.
 */
#ifdef HAVE_RBD

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backstores/rbd.h"
#include "common/log.h"

#define RBD_NAME_MAX   256
#define RBD_OWNERS_MAX 4

/* What the steps share. */
struct rbd_opening {
	const struct bs_config *config;
	char pool[RBD_NAME_MAX], name[RBD_NAME_MAX];
	char *snapshot; /* in name; NULL: the image itself */
	struct rbd *rbd;
	char *why;
	size_t why_size;
};

#define rbd_refuse(o, e, ...)                                                  \
	bs_refuse((o)->why, (o)->why_size, (e), __VA_ARGS__)

/* Ours whatever the file says: what is done shall be durable, and who cannot
 * connect shall hear of it. */
static const struct {
	const char *key, *value;
} rbd_settings[] = {
	{ "rbd_cache", "false" },
	{ "client_mount_timeout", "15" },
	{ "rados_mon_op_timeout", "15" },
	{ "admin_socket", "" },
};

static int
rbd_connect(struct rbd_opening *o)
{
	const struct rbd_lib *lib = o->rbd->lib;
	rados_t *cluster = &o->rbd->cluster;
	const char *conf = o->config->conf;
	size_t i;
	int error = lib->rados_create(cluster, o->config->user);

	if (error < 0)
		return rbd_refuse(o, -error, "Ceph: no client: %m");
	error = lib->rados_conf_read_file(*cluster, conf);
	if (error < 0)
		return rbd_refuse(o, -error, "Ceph's configuration %s: %m",
		    conf != NULL ? conf : "where it usually is");
	for (i = 0; i < sizeof(rbd_settings) / sizeof(rbd_settings[0]); i++)
		lib->rados_conf_set(
		    *cluster, rbd_settings[i].key, rbd_settings[i].value);
	error = lib->rados_connect(*cluster);
	if (error < 0)
		return rbd_refuse(o, -error, "Ceph does not let us in: %m");
	error = lib->rados_ioctx_create(*cluster, o->pool, &o->rbd->pool);
	if (error < 0)
		return rbd_refuse(o, -error, "Ceph's pool %s: %m", o->pool);
	if (o->config->name_space != NULL)
		lib->rados_ioctx_set_namespace(
		    o->rbd->pool, o->config->name_space);
	/* No room is an error; else the write would wait for room. */
	lib->rados_set_pool_full_try(o->rbd->pool);
	return 0;
}

static int
rbd_try_open(struct rbd_opening *o)
{
	struct rbd *r = o->rbd;

	return o->config->read_only
		   ? r->lib->rbd_open_read_only(
			 r->pool, o->name, &r->image, o->snapshot)
		   : r->lib->rbd_open(r->pool, o->name, &r->image, NULL);
}

/* With the features and the object size that the cluster's settings say. */
static int
rbd_make(struct rbd_opening *o)
{
	int order = 0, error;

	error = o->rbd->lib->rbd_create(
	    o->rbd->pool, o->name, o->config->size, &order);
	if (error < 0 && error != -EEXIST)
		return rbd_refuse(
		    o, -error, "%s cannot be created: %m", o->config->path);
	log_notice(
	    "created image=%s size=%" PRIu64, o->config->path, o->config->size);
	return 0;
}

static int
rbd_find(struct rbd_opening *o)
{
	int error = rbd_try_open(o);

	if (error == -ENOENT && !o->config->read_only && o->config->size != 0) {
		error = rbd_make(o);
		if (error != 0)
			return error;
		error = rbd_try_open(o);
	}
	if (error == -ENOENT)
		return rbd_refuse(o, ENOENT,
		    "there is no image %s, and none is created without a size "
		    "or for a lun that is read-only",
		    o->config->path);
	return error < 0 ? rbd_refuse(o, -error, "%s: %m", o->config->path) : 0;
}

/* Its address, or what can be said of it. */
static void
rbd_name_owner(const struct rbd *r, char *out, size_t size)
{
	char *owners[RBD_OWNERS_MAX];
	size_t n = RBD_OWNERS_MAX;
	rbd_lock_mode_t mode;

	snprintf(out, size, "another client");
	if (r->lib->rbd_lock_get_owners(r->image, &mode, owners, &n) < 0)
		return;
	if (n > 0)
		snprintf(out, size, "%s", owners[0]);
	r->lib->rbd_lock_get_owners_cleanup(owners, n);
}

/*
 * Taken for good: librbd does not hand it over when somebody asks.  The lock of
 * a client that is dead is broken, and that client is kept out of the cluster.
 */
static int
rbd_lock(struct rbd_opening *o)
{
	struct rbd *r = o->rbd;
	uint64_t features = 0;
	char owner[128];
	int error = r->lib->rbd_get_features(r->image, &features);

	if (error == 0 && !(features & RBD_FEATURE_EXCLUSIVE_LOCK))
		return rbd_refuse(o, EOPNOTSUPP,
		    "%s has no exclusive lock, which keeps others from "
		    "writing: rbd feature enable %s exclusive-lock",
		    o->config->path, o->config->path);
	if (error == 0)
		error =
		    r->lib->rbd_lock_acquire(r->image, RBD_LOCK_MODE_EXCLUSIVE);
	if (error != -EROFS && error != -EBUSY)
		return error < 0
			   ? rbd_refuse(o, -error, "%s cannot be locked: %m",
				 o->config->path)
			   : 0;
	rbd_name_owner(r, owner, sizeof(owner));
	return rbd_refuse(o, EBUSY, "%s is locked by %s, which lives",
	    o->config->path, owner);
}

/* In a thread of librbd's. */
static void
rbd_on_update(void *arg)
{
	struct rbd *r = arg;

	atomic_store(&r->changed, true);
}

static int
rbd_look(struct rbd_opening *o)
{
	struct rbd *r = o->rbd;
	rbd_image_info_t info;
	int error =
	    r->lib->rbd_update_watch(r->image, &r->watch, rbd_on_update, r);

	if (error == 0)
		error = r->lib->rbd_stat(r->image, &info, sizeof(info));
	if (error < 0)
		return rbd_refuse(o, -error, "%s: %m", o->config->path);
	if (info.size < o->config->size && !o->config->read_only) {
		error = r->lib->rbd_resize(r->image, o->config->size);
		if (error < 0)
			return rbd_refuse(
			    o, -error, "%s does not grow: %m", o->config->path);
		info.size = o->config->size;
	}
	r->object_bytes = info.obj_size;
	error = r->lib->rbd_get_stripe_count(r->image, &r->stripes);
	if (error < 0)
		return rbd_refuse(o, -error, "%s: %m", o->config->path);
	atomic_store(&r->size, info.size);
	return 0;
}

static int
rbd_steps(struct rbd_opening *o)
{
	int error;

	o->rbd = calloc(1, sizeof(*o->rbd));
	if (o->rbd == NULL)
		return rbd_refuse(o, ENOMEM, "%m");
	o->rbd->lib = rbd_lib_load(o->why, o->why_size);
	if (o->rbd->lib == NULL)
		return -ENOSYS;
	error = rbd_connect(o);
	if (error == 0)
		error = rbd_find(o);
	if (error == 0 && !o->config->read_only)
		error = rbd_lock(o);
	return error == 0 ? rbd_look(o) : error;
}

void
rbd_close_image(struct rbd *r)
{
	if (r->watch != 0)
		r->lib->rbd_update_unwatch(r->image, r->watch);
	if (r->image != NULL)
		r->lib->rbd_close(r->image);
	if (r->pool != NULL)
		r->lib->rados_ioctx_destroy(r->pool);
	if (r->cluster != NULL)
		r->lib->rados_shutdown(r->cluster);
	free(r);
}

/* The names of POOL/IMAGE or POOL/IMAGE@SNAPSHOT. */
static void
rbd_take_names(struct rbd_opening *o, const char *path)
{
	const char *slash = strchr(path, '/');

	snprintf(o->pool, sizeof(o->pool), "%.*s", (int)(slash - path), path);
	snprintf(o->name, sizeof(o->name), "%s", slash + 1);
	o->snapshot = strchr(o->name, '@');
	if (o->snapshot != NULL)
		*o->snapshot++ = '\0';
}

int
rbd_open_image(const struct bs_config *config, struct rbd **out, char *why,
    size_t why_size)
{
	struct rbd_opening o = {
		.config = config, .why = why, .why_size = why_size
	};
	int error;

	rbd_take_names(&o, config->path);
	error = rbd_steps(&o);
	if (error == 0)
		*out = o.rbd;
	else if (o.rbd != NULL)
		rbd_close_image(o.rbd);
	return error;
}

#endif
