/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/serve.c - requests of the store, as calls of the module.
 *
 * A module with threads of its own count is called here, one request at a
 * time: the only one of that kind has one.  An asynchronous one completes from
 * threads of its library.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/bytes.h"
#include "tcmu/symbols.h"

/* One request under way. */
struct work {
	struct abi_cmd cmd;
	struct abi_scsi_cmd scsi;
	struct tcmu_request request;
	struct iovec iov; /* the module uses it up */
	char data[];
};

static pthread_mutex_t serve_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t serve_idle = PTHREAD_COND_INITIALIZER;
static unsigned serve_running; /* serve_mutex */

/* ---- the end of one ---- */

static int
status_errno(int status)
{
	static const int errors[] = {
		[STATUS_OK] = 0,
		[STATUS_NO_RESOURCE] = -EAGAIN,
		[STATUS_BUSY] = -EAGAIN,
		[STATUS_TIMEOUT] = -ETIMEDOUT,
		[STATUS_FENCED] = -ESHUTDOWN,
		[STATUS_RANGE] = -EINVAL,
	};

	if (status < 0 || (size_t)status >= ARRAY_LEN(errors))
		return -EIO;
	return status == STATUS_OK || errors[status] != 0 ? errors[status]
							  : -EIO;
}

static void
work_end(struct work *w, int error)
{
	struct tcmu_message m = {
		.what = TCMU_DONE, .error = error, .tag = w->request.tag
	};

	if (error == 0 && w->request.op == TCMU_READ)
		m.bytes = w->request.length;
	say(&m, w->data);
	free(w);
	pthread_mutex_lock(&serve_mutex);
	if (--serve_running == 0)
		pthread_cond_signal(&serve_idle);
	pthread_mutex_unlock(&serve_mutex);
}

void
tcmur_cmd_complete(struct tcmu_device *d, void *cmd, int status)
{
	work_end(container_of((struct abi_cmd *)cmd, struct work, cmd),
	    status_errno(status));
}

static void
work_done(struct tcmu_device *d, struct abi_cmd *cmd, int status)
{
	tcmur_cmd_complete(d, cmd, status);
}

/* ---- its calls ---- */

static int
call_read(struct tcmu_device *d, struct work *w)
{
	return d->handler->read(d, &w->cmd, &w->iov, 1, w->request.length,
	    (off_t)w->request.offset);
}

static int
call_write(struct tcmu_device *d, struct work *w)
{
	return d->handler->write(d, &w->cmd, &w->iov, 1, w->request.length,
	    (off_t)w->request.offset);
}

static int
call_discard(struct tcmu_device *d, struct work *w)
{
	return d->handler->unmap != NULL
		   ? d->handler->unmap(
			 d, &w->cmd, w->request.offset, w->request.length)
		   : STATUS_NOT_HANDLED;
}

static int
call_flush(struct tcmu_device *d, struct work *w)
{
	return d->handler->flush(d, &w->cmd);
}

static const struct {
	int (*call)(struct tcmu_device *d, struct work *w);
	bool sends, data; /* follow the request; are needed */
	uint64_t max;     /* bytes */
} calls[] = {
	[TCMU_READ] = { call_read, false, true, TCMU_DATA_MAX },
	[TCMU_WRITE] = { call_write, true, true, TCMU_DATA_MAX },
	[TCMU_ZERO] = { call_write, false, true, TCMU_ZERO_MAX },
	[TCMU_DISCARD] = { call_discard, false, false, UINT64_MAX },
	[TCMU_FLUSH] = { call_flush, false, false, UINT64_MAX },
};

/*
 * Called here and ended by its result.  When the module may have another idea
 * of the image than what is in it, that is the end of it, and of us.
 */
static void
work_do(struct tcmu_device *d, struct work *w)
{
	bool trusted;
	int seen, status;

	witness_begin(d->read_only);
	status = calls[w->request.op].call(d, w);
	seen = witness_end(&trusted);
	work_end(w, seen != 0 ? seen : status_errno(status));
	if (trusted)
		return;
	errno = -seen;
	say_text(TCMU_SAYS, seen,
	    "a change of the image's tables failed half-way (%m): the module "
	    "is started again");
	_exit(1);
}

/* Started here; unless it fails at once it ends elsewhere. */
static void
work_start(struct tcmu_device *d, struct work *w)
{
	int status = calls[w->request.op].call(d, w);

	if (status != STATUS_OK && status != STATUS_ASYNC)
		work_end(w, status_errno(status));
}

/* ---- the stream ---- */

static bool
serve_receive(void *data, size_t bytes)
{
	char *p = data;
	ssize_t n;

	while (bytes > 0) {
		n = recv(HOST_STREAM, p, bytes, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		bytes -= (size_t)n;
	}
	return true;
}

static bool
request_makes_sense(const struct tcmu_request *r)
{
	if (r->op >= ARRAY_LEN(calls) || r->length > calls[r->op].max)
		return false;
	return r->op == TCMU_FLUSH ||
	       (r->offset % HOST_BLOCK == 0 && r->length % HOST_BLOCK == 0);
}

/* Who asked may not know yet that somebody has cut the image. */
static bool
request_is_inside(const struct tcmu_device *d, const struct tcmu_request *r)
{
	uint64_t size = atomic_load(&d->size);

	return r->op == TCMU_FLUSH ||
	       (r->offset <= size && r->length <= size - r->offset);
}

/* NULL: the end. */
static struct work *
work_receive(void)
{
	struct tcmu_request r;
	struct work *w;

	if (!serve_receive(&r, sizeof(r)) || !request_makes_sense(&r))
		return NULL;
	w = calloc(1, sizeof(*w) + (calls[r.op].data ? r.length : 0));
	if (w == NULL)
		return NULL;
	w->request = r;
	w->cmd.scsi = &w->scsi;
	w->cmd.done = work_done;
	w->iov = (struct iovec){ w->data, calls[r.op].data ? r.length : 0 };
	w->scsi.iov = &w->iov;
	w->scsi.iovcnt = 1;
	if (!calls[r.op].sends || serve_receive(w->data, r.length))
		return w;
	free(w);
	return NULL;
}

void
serve(struct tcmu_device *d)
{
	struct work *w;

	while ((w = work_receive()) != NULL) {
		pthread_mutex_lock(&serve_mutex);
		serve_running++;
		pthread_mutex_unlock(&serve_mutex);
		if (!request_is_inside(d, &w->request))
			work_end(w, -EINVAL);
		else if (d->handler->threads > 0)
			work_do(d, w);
		else
			work_start(d, w);
	}
	pthread_mutex_lock(&serve_mutex);
	while (serve_running > 0)
		pthread_cond_wait(&serve_idle, &serve_mutex);
	pthread_mutex_unlock(&serve_mutex);
}
