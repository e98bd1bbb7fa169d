/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/sandbox.c - what the daemon gives up before it serves.
 */
#include "server/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"
#include "common/version.h"
#include "server/sandbox_impl.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_IMPOSSIBLE
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_IMPOSSIBLE
#endif
#endif

static bool sandbox_without_names;

bool
sandbox_is_possible(void)
{
#ifdef SANDBOX_IMPOSSIBLE
	return false;
#else
	return true;
#endif
}

static bool
sandbox_store_needs_names(const char *type)
{
	return strcmp(type, "nbd") == 0 || strcmp(type, "rbd") == 0;
}

bool
sandbox_admits_store(const char *type)
{
	return !sandbox_without_names || !sandbox_store_needs_names(type);
}

/* ---- the user ---- */

static int become_failed(char *why, size_t why_size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* -errno of before. */
static int
become_failed(char *why, size_t why_size, const char *fmt, ...)
{
	int error = errno != 0 ? errno : EINVAL;
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, why_size, fmt, args);
	va_end(args);
	return -error;
}

/* What we make is the user's; what is there stays whose it is. */
static int
become_make_directory(const char *path, mode_t mode, const struct passwd *user)
{
	if (mkdir(path, mode) != 0)
		return errno == EEXIST ? 0 : -errno;
	return chown(path, user->pw_uid, user->pw_gid) == 0 &&
		       chmod(path, mode) == 0
		   ? 0
		   : -errno;
}

static int
become_make_directories(const struct config *config, const struct passwd *user)
{
	char control[] = TISANE_CONTROL;
	int error = become_make_directory(config->state_directory, 0700, user);

	*strrchr(control, '/') = '\0';
	if (error == 0 && config->control == NULL)
		error = become_make_directory(control, 0755, user);
	return error;
}

int
sandbox_become(
    const char *name, const struct config *config, char *why, size_t why_size)
{
	const struct passwd *user;
	int error;

	if (name == NULL)
		return 0;
	errno = 0;
	user = getpwnam(name);
	if (user == NULL)
		return become_failed(
		    why, why_size, "there is no user %s", name);
	if (user->pw_uid == geteuid())
		return 0;
	error = become_make_directories(config, user);
	errno = -error;
	if (error != 0)
		return become_failed(
		    why, why_size, "%s: %m", config->state_directory);
	if (initgroups(name, user->pw_gid) != 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
		return become_failed(why, why_size, "cannot become user %s: %s",
		    name, strerror(errno));
	log_notice("running as user=%s", name);
	return 0;
}

/* ---- capabilities ---- */

/* A unit's filter may refuse capset() where there is nothing to drop. */
static bool
sandbox_has_capabilities(struct __user_cap_header_struct *head)
{
	struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint32_t any = 0;
	int i;

	if (syscall(SYS_capget, head, now) != 0)
		return true;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		any |= now[i].permitted | now[i].effective | now[i].inheritable;
	return any != 0;
}

static int
sandbox_drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
	int c, error;

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* Only root may; who is not root gets none by a program either. */
	for (c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
	error = syscall(SYS_capset, &head, none) == 0 ? 0 : -errno;
	return error == 0 || !sandbox_has_capabilities(&head) ? 0 : error;
}

/* ---- all of it ---- */

static void
sandbox_tell(const char *part, int error)
{
	if (error != 0)
		log_warning("sandbox: %s stay as they are error=\"%s\"", part,
		    strerror(-error));
}

static bool
sandbox_needs_names(const struct config *config)
{
	const struct config_lun *lun;

	TAILQ_FOREACH (lun, &config->luns, link) {
		if (sandbox_store_needs_names(lun->store))
			return true;
	}
	return false;
}

void
sandbox_enter(const struct config *config, const char *config_path)
{
	bool names = sandbox_needs_names(config);
	int files, calls;

	sandbox_tell("capabilities", sandbox_drop_capabilities());
	files = sandbox_limit_files(config, config_path);
	sandbox_tell("files", files);
	calls = sandbox_limit_calls(names);
	sandbox_tell("system calls", calls);
	sandbox_without_names = calls == 0 && !names;
	log_info("sandbox files=%s calls=%s", files == 0 ? "yes" : "no",
	    calls == 0 ? "yes" : "no");
}
