/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/rbd_open.c - to an image and away from it.
 *
 * Any call may wait for a cluster that does not answer.  So the whole of it is
 * done by a thread that can be left alone with it.
 */
#ifdef HAVE_RBD

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backstores/rbd.h"
#include "common/log.h"

#define RBD_WHY        512
#define RBD_NAME_MAX   256
#define RBD_OWNERS_MAX 4

/* Who opens waits for ended; who comes second frees it. */
struct rbd_opening {
	pthread_mutex_t mutex;
	pthread_cond_t change;
	bool ended, left; /* mutex */

	/* of the thread until ended */
	struct bs_config config; /* its strings are copies */
	char pool[RBD_NAME_MAX], name[RBD_NAME_MAX];
	char *snapshot; /* in name; NULL: the image itself */
	struct rbd *rbd;
	int error;
	char why[RBD_WHY];
};

#define rbd_refuse(o, e, ...)                                                  \
	bs_refuse((o)->why, sizeof((o)->why), (e), __VA_ARGS__)

/* ---- the steps, on the thread ---- */

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
	const char *conf = o->config.conf;
	size_t i;
	int error = lib->rados_create(cluster, o->config.user);

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
	if (o->config.name_space != NULL)
		lib->rados_ioctx_set_namespace(
		    o->rbd->pool, o->config.name_space);
	/* No room is an error; else the write would wait for room. */
	lib->rados_set_pool_full_try(o->rbd->pool);
	return 0;
}

static int
rbd_try_open(struct rbd_opening *o)
{
	struct rbd *r = o->rbd;

	return o->config.read_only
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
	    o->rbd->pool, o->name, o->config.size, &order);
	if (error < 0 && error != -EEXIST)
		return rbd_refuse(
		    o, -error, "%s cannot be created: %m", o->config.path);
	log_notice(
	    "created image=%s size=%" PRIu64, o->config.path, o->config.size);
	return 0;
}

static int
rbd_find(struct rbd_opening *o)
{
	int error = rbd_try_open(o);

	if (error == -ENOENT && !o->config.read_only && o->config.size != 0) {
		error = rbd_make(o);
		if (error != 0)
			return error;
		error = rbd_try_open(o);
	}
	if (error == -ENOENT)
		return rbd_refuse(o, ENOENT,
		    "there is no image %s, and none is created without a size "
		    "or for a lun that is read-only",
		    o->config.path);
	return error < 0 ? rbd_refuse(o, -error, "%s: %m", o->config.path) : 0;
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
		    o->config.path, o->config.path);
	if (error == 0)
		error =
		    r->lib->rbd_lock_acquire(r->image, RBD_LOCK_MODE_EXCLUSIVE);
	if (error != -EROFS && error != -EBUSY)
		return error < 0
			   ? rbd_refuse(o, -error, "%s cannot be locked: %m",
				 o->config.path)
			   : 0;
	rbd_name_owner(r, owner, sizeof(owner));
	return rbd_refuse(
	    o, EBUSY, "%s is locked by %s, which lives", o->config.path, owner);
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
		return rbd_refuse(o, -error, "%s: %m", o->config.path);
	if (info.size < o->config.size && !o->config.read_only) {
		error = r->lib->rbd_resize(r->image, o->config.size);
		if (error < 0)
			return rbd_refuse(
			    o, -error, "%s does not grow: %m", o->config.path);
		info.size = o->config.size;
	}
	r->object_bytes = info.obj_size;
	error = r->lib->rbd_get_stripe_count(r->image, &r->stripes);
	if (error < 0)
		return rbd_refuse(o, -error, "%s: %m", o->config.path);
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
	o->rbd->lib = rbd_lib_load(o->why, sizeof(o->why));
	if (o->rbd->lib == NULL)
		return -ENOSYS;
	error = rbd_connect(o);
	if (error == 0)
		error = rbd_find(o);
	if (error == 0 && !o->config.read_only)
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

/* ---- the thread, and who waits for it ---- */

static void
rbd_opening_free(struct rbd_opening *o)
{
	free((char *)o->config.path);
	free((char *)o->config.conf);
	free((char *)o->config.user);
	free((char *)o->config.name_space);
	pthread_mutex_destroy(&o->mutex);
	pthread_cond_destroy(&o->change);
	free(o);
}

static void *
rbd_opening_run(void *arg)
{
	struct rbd_opening *o = arg;
	bool left;

	o->error = rbd_steps(o);
	if (o->error != 0 && o->rbd != NULL) {
		rbd_close_image(o->rbd);
		o->rbd = NULL;
	}
	pthread_mutex_lock(&o->mutex);
	o->ended = true;
	left = o->left;
	pthread_cond_signal(&o->change);
	pthread_mutex_unlock(&o->mutex);
	if (!left)
		return NULL;
	if (o->rbd != NULL)
		rbd_close_image(o->rbd);
	rbd_opening_free(o);
	return NULL;
}

static char *
rbd_copy_text(const char *text, bool *failed)
{
	char *copy = text != NULL ? strdup(text) : NULL;

	*failed |= text != NULL && copy == NULL;
	return copy;
}

static struct rbd_opening *
rbd_opening_new(const struct bs_config *config)
{
	struct rbd_opening *o = calloc(1, sizeof(*o));
	const char *slash = strchr(config->path, '/');
	pthread_condattr_t attr;
	bool failed = false;

	if (o == NULL)
		return NULL;
	o->config = *config;
	o->config.path = rbd_copy_text(config->path, &failed);
	o->config.conf = rbd_copy_text(config->conf, &failed);
	o->config.user = rbd_copy_text(config->user, &failed);
	o->config.name_space = rbd_copy_text(config->name_space, &failed);
	snprintf(o->pool, sizeof(o->pool), "%.*s", (int)(slash - config->path),
	    config->path);
	snprintf(o->name, sizeof(o->name), "%s", slash + 1);
	o->snapshot = strchr(o->name, '@');
	if (o->snapshot != NULL)
		*o->snapshot++ = '\0';
	pthread_mutex_init(&o->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&o->change, &attr);
	pthread_condattr_destroy(&attr);
	if (!failed)
		return o;
	rbd_opening_free(o);
	return NULL;
}

/* librbd's threads, which are started by ours, inherit that as well. */
static int
rbd_opening_start(struct rbd_opening *o)
{
	pthread_t thread;
	int error = bs_thread_start(&thread, rbd_opening_run, o);

	if (error == 0)
		pthread_detach(thread);
	return error;
}

/* False: it has been left alone. */
static bool
rbd_opening_wait(struct rbd_opening *o)
{
	struct timespec until;
	int error = 0;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RBD_PATIENCE_S;
	pthread_mutex_lock(&o->mutex);
	while (!o->ended && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&o->change, &o->mutex, &until);
	ended = o->ended;
	o->left = !ended;
	pthread_mutex_unlock(&o->mutex);
	return ended;
}

int
rbd_open_image(const struct bs_config *config, struct rbd **out, char *why,
    size_t why_size)
{
	struct rbd_opening *o = rbd_opening_new(config);
	int error;

	if (o == NULL)
		return bs_refuse(why, why_size, ENOMEM, "%m");
	error = rbd_opening_start(o);
	if (error != 0) {
		rbd_opening_free(o);
		return bs_refuse(why, why_size, -error, "no thread: %m");
	}
	if (!rbd_opening_wait(o))
		return bs_refuse(why, why_size, ETIMEDOUT,
		    "%s: Ceph has not answered for %d seconds", config->path,
		    RBD_PATIENCE_S);
	error = o->error;
	*out = o->rbd;
	snprintf(why, why_size, "%s", o->why);
	rbd_opening_free(o);
	return error;
}

#endif
