/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/tcp.c - listening for HTTP.
 */
#include "server/tcp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/address.h"

#define TCP_BACKLOG 16

static socklen_t
tcp_address(const char *text, struct sockaddr_storage *out)
{
	char host[ADDRESS_TEXT_MAX];
	const char *colon = strrchr(text, ':');
	bool brackets = text[0] == '[';
	struct in6_addr ip;

	snprintf(host, sizeof(host), "%.*s", (int)(colon - text) - 2 * brackets,
	    text + brackets);
	if (!address_parse(host, &ip))
		return 0;
	return address_to_sockaddr(
	    &ip, (uint16_t)strtoul(colon + 1, NULL, 10), out);
}

int
tcp_listen(const char *address)
{
	struct sockaddr_storage sa;
	socklen_t length = tcp_address(address, &sa);
	int fd, on = 1, error;

	if (length == 0)
		return -EINVAL;
	fd =
	    socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, length) == 0 &&
	    listen(fd, TCP_BACKLOG) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}
