/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/rbd_image.c - an image in a Ceph cluster, for the rbd module.
 *
 * The module wants to be told the size of the image, and does not tell of its
 * growth.  So there is a second, read-only handle of our own, which also says
 * who has the lock: the module would take it from anybody.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backstores/stores.h"
#include "tcmu/host.h"

#ifdef HAVE_RBD

#include "backstores/rbd.h"

#define RBD_LOOK_S      2
#define RBD_NO_LOCK_TAG UINT16_MAX

static struct rbd *rbd_look;
static const char *rbd_name; /* of the image in its pool */

/* "": nobody.  A handle that is read-only is not told. */
static int
rbd_lock_owner(char *out, size_t size)
{
	const struct rbd_lib *lib = rbd_look->lib;
	rbd_image_t image;
	char *owners[1];
	size_t n = 1;
	rbd_lock_mode_t mode;
	int error = lib->rbd_open(rbd_look->pool, rbd_name, &image, NULL);

	out[0] = '\0';
	if (error < 0)
		return error;
	error = lib->rbd_lock_get_owners(image, &mode, owners, &n);
	if (error == 0 && n > 0)
		snprintf(out, size, "%s", owners[0]);
	if (error == 0)
		lib->rbd_lock_get_owners_cleanup(owners, n);
	lib->rbd_close(image);
	return error == -ENOENT ? 0 : error;
}

/* A handle that is read-only hears of no change; a new one sees it. */
static int
rbd_ask_size(uint64_t *size)
{
	rbd_image_t image;
	int error = rbd_look->lib->rbd_open_read_only(
	    rbd_look->pool, rbd_name, &image, NULL);

	if (error < 0)
		return error;
	error = rbd_look->lib->rbd_get_size(image, size);
	rbd_look->lib->rbd_close(image);
	return error;
}

/* The module's own handle has heard of it by then. */
static void *
rbd_watch(void *arg)
{
	struct tcmu_device *d = arg;
	struct tcmu_message m = { .what = TCMU_SIZE };

	for (;;) {
		sleep(RBD_LOOK_S);
		if (rbd_ask_size(&m.tag) < 0 || m.tag == atomic_load(&d->size))
			continue;
		atomic_store(&d->size, m.tag);
		say(&m, NULL);
	}
	return NULL;
}

/*
 * The module would take the lock from anybody.  Of one that is not our own dead
 * host's librbd finds out whether its owner lives, and breaks it if not.
 */
static int
rbd_free_lock(const struct bs_config *config, const char *owner, char *why,
    size_t why_size)
{
	struct bs_config writable = *config;
	char now[sizeof(((struct tcmu_device *)NULL)->owner)];
	struct rbd *r;
	int error = rbd_lock_owner(now, sizeof(now));

	if (error < 0)
		return bs_refuse(why, why_size, -error,
		    "%s does not tell who has locked it: %m", config->path);
	if (now[0] == '\0' || strcmp(now, owner) == 0)
		return 0;
	writable.read_only = false;
	error = rbd_open_image(&writable, &r, why, why_size);
	if (error == 0)
		rbd_close_image(r);
	return error;
}

static bool
rbd_words_fit(const char *conf, const char *user)
{
	return strpbrk(conf, ";,") == NULL && strpbrk(user, ";,") == NULL;
}

static void
rbd_set_config(
    struct tcmu_device *d, const char *path, const char *conf, const char *user)
{
	snprintf(d->config, sizeof(d->config), "rbd/%s%s%s%s%s", path,
	    conf[0] != '\0' ? ";conf=" : "", conf,
	    user[0] != '\0' ? ";id=" : "", user);
}

int
rbd_image_prepare(struct tcmu_device *d, const char *path, const char *conf,
    const char *user, const char *owner, char *why, size_t why_size)
{
	struct bs_config config = { .path = path,
		.conf = conf[0] != '\0' ? conf : NULL,
		.user = user[0] != '\0' ? user : NULL,
		.read_only = true };
	pthread_t thread;
	int error;

	if (!rbd_words_fit(conf, user))
		return bs_refuse(why, why_size, EINVAL,
		    "the module does not take a conf or user with ; or ,");
	error = rbd_open_image(&config, &rbd_look, why, why_size);
	rbd_name = strchr(path, '/') + 1;
	if (error == 0 && !d->read_only)
		error = rbd_free_lock(&config, owner, why, why_size);
	if (error != 0)
		return error;
	atomic_store(&d->size, atomic_load(&rbd_look->size));
	rbd_set_config(d, path, conf, user);
	error = pthread_create(&thread, NULL, rbd_watch, d);
	return error == 0 ? 0
			  : bs_refuse(why, why_size, error, "no thread: %m");
}

int
rbd_image_claim(struct tcmu_device *d, char *why, size_t why_size)
{
	if (d->read_only)
		return 0;
	if (d->handler->lock == NULL ||
	    d->handler->lock(d, RBD_NO_LOCK_TAG) != STATUS_OK)
		return bs_refuse(
		    why, why_size, EBUSY, "the image cannot be locked");
	return rbd_lock_owner(d->owner, sizeof(d->owner)) < 0
		   ? bs_refuse(why, why_size, EIO, "the lock is not ours")
		   : 0;
}

#else

int
rbd_image_prepare(struct tcmu_device *d, const char *path, const char *conf,
    const char *user, const char *owner, char *why, size_t why_size)
{
	return bs_refuse(why, why_size, EOPNOTSUPP,
	    "built without librbd, which finds the size of an image");
}

int
rbd_image_claim(struct tcmu_device *d, char *why, size_t why_size)
{
	return 0;
}

#endif
