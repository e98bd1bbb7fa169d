/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/module.c - loading a handler module.
 *
 * The modules have no version.  One that wants a function that is not here does
 * not load; one that was made for another layout of the struct that it
 * registers is found by what is where pointers should be.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backstores/stores.h"
#include "common/bytes.h"
#include "tcmu/symbols.h"

#define MODULE_THREADS_MAX 64
#define MODULE_PATH        256

static const struct abi_handler *module_registered;

/* Called by the module. */
int
tcmur_register_handler(struct abi_handler *handler)
{
	module_registered = handler;
	return 0;
}

static const char *
module_find(const char *subtype, char path[MODULE_PATH])
{
	static const char *const places[] = { TCMU_MODULES,
		"/usr/lib64/tcmu-runner", "/usr/lib/tcmu-runner",
		"/usr/local/lib/tcmu-runner" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(places); i++) {
		snprintf(
		    path, MODULE_PATH, "%s/handler_%s.so", places[i], subtype);
		if (access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

/* NULL, or in the module itself. */
static bool
module_owns(const void *base, const void *pointer)
{
	Dl_info info;

	return pointer == NULL ||
	       (dladdr(pointer, &info) != 0 && info.dli_fbase == base);
}

static bool
module_makes_sense(const struct abi_handler *h, const void *base)
{
	const void *pointers[] = { h->name, h->subtype, h->description,
		*(void *const *)&h->check_config,
		*(void *const *)&h->reconfigure, *(void *const *)&h->open,
		*(void *const *)&h->close, *(void *const *)&h->handle_cmd,
		*(void *const *)&h->read, *(void *const *)&h->write,
		*(void *const *)&h->flush, *(void *const *)&h->unmap,
		h->write_same, h->compare_and_write, h->report_event,
		*(void *const *)&h->lock, *(void *const *)&h->unlock,
		*(void *const *)&h->get_lock_tag,
		*(void *const *)&h->get_lock_state,
		*(void *const *)&h->update_logdir, *(void *const *)&h->init,
		*(void *const *)&h->destroy };
	const uint8_t *dbus = (const uint8_t *)&h->is_dbus;
	size_t i;

	for (i = 0; i < ARRAY_LEN(pointers); i++)
		if (!module_owns(base, pointers[i]))
			return false;
	return *dbus == 0 && h->threads >= 0 &&
	       h->threads <= MODULE_THREADS_MAX && h->subtype != NULL &&
	       h->open != NULL && h->close != NULL && h->read != NULL &&
	       h->write != NULL && h->flush != NULL;
}

static const struct abi_handler *
module_check(const char *path, const char *subtype, int (*init)(void),
    char *why, size_t why_size)
{
	const struct abi_handler *h;
	Dl_info info;

	if (init() != 0 || module_registered == NULL ||
	    dladdr(*(void **)&init, &info) == 0) {
		snprintf(why, why_size, "%s does not register itself", path);
		return NULL;
	}
	h = module_registered;
	if (!module_owns(info.dli_fbase, h) ||
	    !module_makes_sense(h, info.dli_fbase) ||
	    strcmp(h->subtype, subtype) != 0) {
		snprintf(why, why_size,
		    "%s is not a module of tcmu-runner 1.5.4 or 1.6", path);
		return NULL;
	}
	if (h->init != NULL && h->init() != 0) {
		snprintf(why, why_size, "%s does not start", path);
		return NULL;
	}
	return h;
}

const struct abi_handler *
module_load(const char *subtype, char *why, size_t why_size)
{
	char path[MODULE_PATH];
	int (*init)(void) = NULL;
	void *module;

	if (module_find(subtype, path) == NULL) {
		snprintf(why, why_size,
		    "there is no handler_%s.so (of the package tcmu-runner)",
		    subtype);
		return NULL;
	}
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (module != NULL)
		*(void **)&init = dlsym(module, "handler_init");
	if (init == NULL) {
		snprintf(why, why_size, "%s", dlerror());
		return NULL;
	}
	return module_check(path, subtype, init, why, why_size);
}
