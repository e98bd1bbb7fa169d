/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/recorder.c - the last PDUs of a connection.
 */
#include "iscsi/recorder.h"

unsigned
recorder_copy(const struct recorder *r, struct recorded_pdu out[RECORDER_PDUS])
{
	unsigned i, n, first;

	if (r == NULL)
		return 0;
	n = r->count < RECORDER_PDUS ? r->count : RECORDER_PDUS;
	first = r->count - n;
	for (i = 0; i < n; i++)
		out[i] = r->pdus[(first + i) % RECORDER_PDUS];
	return n;
}
