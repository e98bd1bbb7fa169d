/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/pcapng.c - recorded PDUs as a capture file.
 */
#include "server/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "server/address.h"

#define LINKTYPE_RAW 101 /* a packet begins with its IP header */
#define TSRESOL_MS   3
#define TCP_BYTES    20
#define TCP_PUSH_ACK 0x18
#define IP_TOTAL_MAX 65535
#define IP_PROTOCOL  6
#define IP_HOP_LIMIT 64
#define PACKET_MAX   (40 + TCP_BYTES + BHS_BYTES)

struct end {
	struct in6_addr ip;
	uint16_t port;
	uint32_t sequence;
};

/* Blocks are in the byte order of the writer, which the magic number tells. */
static void
put_block(FILE *f, uint32_t type, const void *body, uint32_t bytes)
{
	uint32_t total = bytes + 12;

	fwrite(&type, 4, 1, f);
	fwrite(&total, 4, 1, f);
	fwrite(body, bytes, 1, f);
	fwrite(&total, 4, 1, f);
}

void
pcapng_begin(FILE *f)
{
	static const struct {
		uint32_t magic;
		uint16_t major, minor;
		int32_t length[2]; /* of the section: not told */
	} section = { 0x1a2b3c4d, 1, 0, { -1, -1 } };
	static const struct {
		uint16_t link_type, reserved;
		uint32_t snap_length;
		uint16_t option, option_bytes;
		uint8_t resolution[4];
		uint16_t end, end_bytes;
	} interface = { LINKTYPE_RAW, 0, 0, 9, 1, { TSRESOL_MS }, 0, 0 };

	put_block(f, 0x0a0d0d0a, &section, sizeof(section));
	put_block(f, 1, &interface, sizeof(interface));
}

/* ---- packets ---- */

static bool
end_parse(const char *text, struct end *out)
{
	const char *colon = strrchr(text, ':');
	char host[ADDRESS_TEXT_MAX];
	size_t bytes;

	if (colon == NULL)
		return false;
	out->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	bytes = (size_t)(colon - text);
	if (*text == '[' && bytes >= 2) {
		text++;
		bytes -= 2;
	}
	if (bytes >= sizeof(host))
		return false;
	memcpy(host, text, bytes);
	host[bytes] = '\0';
	return address_parse(host, &out->ip);
}

static unsigned
put_ip4(
    uint8_t *p, const struct end *from, const struct end *to, uint32_t bytes)
{
	p[0] = 0x45;
	put_be16(p + 2, (uint16_t)bytes);
	p[8] = IP_HOP_LIMIT;
	p[9] = IP_PROTOCOL;
	memcpy(p + 12, &from->ip.s6_addr[12], 4);
	memcpy(p + 16, &to->ip.s6_addr[12], 4);
	return 20;
}

static unsigned
put_ip6(
    uint8_t *p, const struct end *from, const struct end *to, uint32_t bytes)
{
	p[0] = 0x60;
	put_be16(p + 4, (uint16_t)(bytes - 40));
	p[6] = IP_PROTOCOL;
	p[7] = IP_HOP_LIMIT;
	memcpy(p + 8, &from->ip, 16);
	memcpy(p + 24, &to->ip, 16);
	return 40;
}

static void
put_tcp(uint8_t *p, const struct end *from, const struct end *to)
{
	put_be16(p, from->port);
	put_be16(p + 2, to->port);
	put_be32(p + 4, from->sequence);
	put_be32(p + 8, to->sequence);
	p[12] = TCP_BYTES / 4 << 4;
	p[13] = TCP_PUSH_ACK;
	put_be16(p + 14, 0xffff);
}

static uint32_t
pdu_wire_bytes(const struct recorded_pdu *pdu)
{
	return BHS_BYTES + pdu->bhs[4] * 4u + (pdu->data_bytes + 3) / 4 * 4;
}

static void
put_packet(FILE *f, struct end *from, const struct end *to, uint64_t wall_ms,
    const struct recorded_pdu *pdu)
{
	bool ip6 = !IN6_IS_ADDR_V4MAPPED(&from->ip);
	uint32_t heads = (ip6 ? 40 : 20) + TCP_BYTES;
	uint32_t wire = pdu_wire_bytes(pdu), captured = heads + BHS_BYTES;
	uint32_t total = (uint32_t)min_u64(heads + wire, IP_TOTAL_MAX);
	uint64_t at = pdu->at_ms + wall_ms;
	uint8_t body[20 + PACKET_MAX] = { 0 }, *packet = body + 20;
	uint32_t head[5] = { 0, (uint32_t)(at >> 32), (uint32_t)at, captured,
		total };
	unsigned ip;

	memcpy(body, head, sizeof(head));
	ip = ip6 ? put_ip6(packet, from, to, total)
		 : put_ip4(packet, from, to, total);
	put_tcp(packet + ip, from, to);
	memcpy(packet + heads, pdu->bhs, BHS_BYTES);
	put_block(f, 6, body, 20 + captured);
	from->sequence += wire;
}

void
pcapng_add(FILE *f, const struct pcapng_ends *ends, uint64_t wall_ms,
    const struct recorded_pdu *pdus, unsigned count)
{
	struct end peer = { .sequence = 1 }, local = { .sequence = 1 };
	unsigned i;

	if (!end_parse(ends->peer, &peer) || !end_parse(ends->local, &local))
		return;
	for (i = 0; i < count; i++) {
		if (pdus[i].sent)
			put_packet(f, &local, &peer, wall_ms, &pdus[i]);
		else
			put_packet(f, &peer, &local, wall_ms, &pdus[i]);
	}
}
