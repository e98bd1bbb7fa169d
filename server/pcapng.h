/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/pcapng.h - recorded PDUs as a capture file that tshark and Wireshark
 * read.
 *
 * Each PDU is a packet of its own, IP and TCP made up around it, of which only
 * the basic header segment was captured.  The port is the connection's: tell
 * the reader that it is iSCSI where it is not 3260.
 */
#ifndef SERVER_PCAPNG_H
#define SERVER_PCAPNG_H

#include <stdint.h>
#include <stdio.h>

#include "iscsi/recorder.h"

/* One end of a connection, "192.0.2.1:3260" or "[2001:db8::1]:3260". */
struct pcapng_ends {
	const char *peer, *local;
};

/* The head of a file. */
void pcapng_begin(FILE *f);
/* The PDUs of a connection, oldest first.  wall_ms: what to add to at_ms for
 * the time since 1970. */
void pcapng_add(FILE *f, const struct pcapng_ends *ends, uint64_t wall_ms,
    const struct recorded_pdu *pdus, unsigned count);

#endif
