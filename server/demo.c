/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/demo.c - a configuration to try, without a file.
 */
#include "server/demo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEMO_TARGET    "iqn.2026-11.example.tisane:demo"
#define DEMO_INITIATOR "iqn.2026-11.example.tisane:client"
#define DEMO_PORT      "3260"
/* In a socket address, behind the directory. */
#define DEMO_CONTROL_ROOM 90

static int
demo_check_address(const char *address, char *why, size_t why_size)
{
	const char *colon = strrchr(address, ':');

	if (colon != NULL && colon > address && colon[1] != '\0' &&
	    strspn(address, "0123456789abcdefABCDEF.:[]") == strlen(address))
		return 0;
	snprintf(why, why_size,
	    "\"%s\" is not ADDRESS:PORT, as in 127.0.0.1:3260", address);
	return -EINVAL;
}

static int
demo_make_directory(
    struct demo *d, const char *directory, char *why, size_t why_size)
{
	if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
		snprintf(why, why_size, "%s: %s", directory, strerror(errno));
		return -errno;
	}
	d->directory = realpath(directory, NULL);
	if (d->directory == NULL) {
		snprintf(why, why_size, "%s: %s", directory, strerror(errno));
		return -errno;
	}
	return 0;
}

/* A quoted word of the configuration. */
static void
demo_put_path(FILE *f, const char *directory, const char *name)
{
	const char *p;

	fputc('"', f);
	for (p = directory; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			fputc('\\', f);
		fputc(*p, f);
	}
	fprintf(f, "/%s\"", name);
}

static char *
demo_text(const struct demo *d)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	if (f == NULL)
		return NULL;
	fprintf(f, "state-directory ");
	demo_put_path(f, d->directory, "state");
	fprintf(f, "\ncontrol ");
	if (strlen(d->directory) < DEMO_CONTROL_ROOM)
		demo_put_path(f, d->directory, "control.sock");
	else
		fprintf(f, "none");
	fprintf(f, "\nportal-group demo {\n\tlisten %s\n}\nlun demo {\n\tfile ",
	    d->address);
	demo_put_path(f, d->directory, "demo.img");
	fprintf(f, "\n\tsize 1G\n\tallocation sparse\n}\n"
		   "target " DEMO_TARGET " {\n"
		   "\tportal-group demo\n"
		   "\tauth-group no-authentication\n"
		   "\tlun 0 demo\n}\n");
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

int
demo_make(struct demo *d, const char *directory, const char *address, char *why,
    size_t why_size)
{
	int error = demo_check_address(address, why, why_size);

	memset(d, 0, sizeof(*d));
	if (error == 0)
		error = demo_make_directory(d, directory, why, why_size);
	if (error != 0)
		return error;
	d->address = strdup(address);
	d->text = d->address == NULL ? NULL : demo_text(d);
	if (d->text != NULL)
		return 0;
	snprintf(why, why_size, "no memory");
	return -ENOMEM;
}

static void
demo_print_virsh(const struct demo *d)
{
	const char *port = strrchr(d->address, ':') + 1;
	int host = (int)(port - 1 - d->address);

	printf("\n  virsh, as a storage pool:\n");
	if (strcmp(port, DEMO_PORT) == 0) {
		printf("    virsh pool-define-as demo iscsi-direct "
		       "--source-host %.*s --source-dev " DEMO_TARGET
		       " --source-initiator " DEMO_INITIATOR "\n",
		    host, d->address);
	} else {
		printf("    echo \"<pool type='iscsi-direct'><name>demo</name>"
		       "<source><host name='%.*s' port='%s'/>"
		       "<device path='" DEMO_TARGET "'/>"
		       "<initiator><iqn name='" DEMO_INITIATOR "'/>"
		       "</initiator></source></pool>\" | "
		       "virsh pool-define /dev/stdin\n",
		    host, d->address, port);
	}
	printf("    virsh pool-start demo\n"
	       "    virsh vol-list demo\n");
}

void
demo_print(const struct demo *d)
{
	const char *a = d->address;

	printf("tisane serves %s/demo.img (1 GiB, sparse)\n"
	       "as LUN 0 of " DEMO_TARGET " on %s.\n",
	    d->directory, a);
	printf("\n  qemu-img:\n"
	       "    qemu-img info iscsi://%s/" DEMO_TARGET "/0\n"
	       "    qemu-img convert -n -O raw IMAGE iscsi://%s/" DEMO_TARGET
	       "/0\n",
	    a, a);
	printf("\n  QEMU:\n"
	       "    qemu-system-x86_64 -m 1G -drive "
	       "file=iscsi://%s/" DEMO_TARGET "/0,format=raw,if=virtio\n",
	    a);
	printf("\n  the kernel's initiator:\n"
	       "    iscsiadm -m discovery -t sendtargets -p %s\n"
	       "    iscsiadm -m node -T " DEMO_TARGET " -p %s --login\n",
	    a, a);
	demo_print_virsh(d);
	printf("\nStop with Ctrl-C; the same command goes on with the same "
	       "disk.\n\n");
	fflush(stdout);
}

void
demo_free(struct demo *d)
{
	free(d->directory);
	free(d->address);
	free(d->text);
}
