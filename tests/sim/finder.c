/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/finder.c - discovery sessions that come and go beside the others
 * (RFC 7143 4.3, 13.9): SendTargets, what is refused in them, one that takes
 * the other's place.
 *
 * All of them have one initiator name and ISID.  What they send is immediate.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/sim.h"

#define FINDER_BUFFER 4096
#define LOGIN_TEXT    "InitiatorName=iqn.2026-11.sim:i0\0SessionType=Discovery\0"
#define FOUND         "TargetName=iqn.2026-11.sim:t\0TargetAddress=192.0.2.1:3260,1\0"

enum finder_opcode {
	FINDER_LOGIN = 0x43,
	FINDER_LOGIN_RESPONSE = 0x23,
	FINDER_TEXT_RESPONSE = 0x24,
	FINDER_LOGOUT_RESPONSE = 0x26,
	FINDER_NOP_IN = 0x20,
	FINDER_REJECT = 0x3f,
};

enum finder_state { FINDER_IDLE, FINDER_LOGS_IN, FINDER_IN, FINDER_LEFT };

/* What it asks, and what comes of it. */
#define ROW(opcode, flags, ask, answer, found)                                 \
	{                                                                      \
		ask, found, sizeof(ask) - 1, sizeof(found) - 1, opcode, flags, \
		    answer                                                     \
	}
/* clang-format off */
static const struct finder_row {
	const char *ask, *found;
	size_t ask_bytes, found_bytes;
	uint8_t opcode, flags, answer;
} finder_rows[] = {
	ROW(0x44, 0x80, "SendTargets=All\0", FINDER_TEXT_RESPONSE, FOUND),
	ROW(0x44, 0x80, "SendTargets=iqn.2026-11.sim:t\0", FINDER_TEXT_RESPONSE,
	    FOUND),
	ROW(0x44, 0x80, "SendTargets=iqn.2026-11.sim:other\0",
	    FINDER_TEXT_RESPONSE, ""),
	ROW(0x40, 0x80, "a ping", FINDER_REJECT, ""),
	ROW(0x41, 0x80, "", FINDER_REJECT, ""), /* SCSI Command */
	ROW(0x42, 0x85, "", FINDER_REJECT, ""), /* LUN RESET */
	ROW(0x46, 0x81, "", FINDER_REJECT, ""), /* of a connection */
	ROW(0x46, 0x80, "", FINDER_LOGOUT_RESPONSE, ""),
};
/* clang-format on */

struct sim_finder {
	struct sim *s;
	unsigned index;
	enum finder_state state;
	struct conn *conn; /* NULL: none */
	struct home *home;
	const struct finder_row *row; /* what was asked; NULL: answered */
	bool may_end;                 /* by the target */
	bool must_end;                /* another has taken its place */
	uint32_t itt, stat_sn;
	size_t tx_bytes, rx_bytes;
	uint8_t tx[FINDER_BUFFER], rx[FINDER_BUFFER];
};

struct sim_finder *
finder_new(struct sim *s, unsigned index)
{
	struct sim_finder *f = calloc(1, sizeof(*f));

	assert(f != NULL);
	f->s = s;
	f->index = index;
	return f;
}

void
finder_free(struct sim_finder *f)
{
	free(f);
}

static void
finder_close(struct sim_finder *f, const char *why)
{
	sim_note(f->s, "finder %u: closed, %s", f->index, why);
	sim_close(f->s, f->conn, f->home, why);
	f->conn = NULL;
	f->state = FINDER_IDLE;
}

/* ---- towards the target ---- */

static void
finder_send(struct sim_finder *f, uint8_t opcode, uint8_t flags, uint32_t ttt,
    const char *data, size_t n)
{
	uint8_t *bhs = f->tx + f->tx_bytes;

	assert(f->tx_bytes + 52 + n <= FINDER_BUFFER);
	memset(bhs, 0, 48 + align_up(n, 4));
	bhs[0] = opcode;
	bhs[1] = flags;
	put_be24(bhs + 5, (uint32_t)n);
	put_be32(bhs + 16,
	    opcode == 0x40 && ttt != UINT32_MAX ? UINT32_MAX : ++f->itt);
	put_be32(bhs + 20, ttt);
	put_be32(bhs + 24, 1);
	put_be32(bhs + 28, f->stat_sn);
	memcpy(bhs + 48, data, n);
	f->tx_bytes += 48 + align_up(n, 4);
}

/* Each that is in may be put out by this one. */
static void
finder_log_in(struct sim_finder *f)
{
	unsigned i;

	f->conn = sim_connect(f->s, f->index, &f->home);
	if (f->conn == NULL)
		return;
	sim_note(f->s, "finder %u: login", f->index);
	f->state = FINDER_LOGS_IN;
	f->row = NULL;
	f->may_end = f->must_end = false;
	f->tx_bytes = f->rx_bytes = 0;
	f->stat_sn = 0;
	for (i = 0; i < SIM_FINDERS; i++)
		f->s->finders[i]->may_end |= f->s->finders[i]->conn != NULL;
	finder_send(f, FINDER_LOGIN, 0x87, 1u << 16, LOGIN_TEXT,
	    sizeof(LOGIN_TEXT) - 1);
	f->tx[8] = 0x40;
	f->tx[13] = 200;
}

static void
finder_ask(struct sim_finder *f)
{
	f->row = &finder_rows[choose(&f->s->choice, ARRAY_LEN(finder_rows))];
	sim_note(f->s, "finder %u: PDU %02x %s", f->index, f->row->opcode,
	    f->row->ask);
	finder_send(f, f->row->opcode, f->row->flags, UINT32_MAX, f->row->ask,
	    f->row->ask_bytes);
}

static size_t
finder_portion(struct sim_finder *f, size_t n)
{
	if (f->s->draining || choose(&f->s->choice, 2))
		return n;
	return 1 + choose(&f->s->choice, (uint32_t)n);
}

static bool
finder_deliver(struct sim_finder *f)
{
	size_t n, moved;

	if (f->tx_bytes == 0)
		return false;
	n = finder_portion(f, f->tx_bytes);
	moved = sim_deliver(f->s, f->conn, f->home, f->tx, n);
	memmove(f->tx, f->tx + moved, f->tx_bytes - moved);
	f->tx_bytes -= moved;
	return moved > 0;
}

/* ---- from the target ---- */

/* Those that were in before it asked have gone. */
static void
finder_logged_in(struct sim_finder *f, const uint8_t *bhs)
{
	struct sim_finder *other;
	unsigned i;

	if (f->state != FINDER_LOGS_IN)
		sim_fail(f->s, "a Login Response to a finder that is in");
	if (get_be16(bhs + 36) != 0) {
		if (!f->s->starved)
			sim_fail(f->s, "a finder's login ends with status %04x",
			    get_be16(bhs + 36));
		f->may_end = true;
		return;
	}
	f->state = FINDER_IN;
	f->stat_sn = get_be32(bhs + 24) + 1;
	f->s->figures.finds++;
	for (i = 0; i < SIM_FINDERS; i++) {
		other = f->s->finders[i];
		if (other != f && other->state == FINDER_IN)
			other->must_end = true;
	}
}

static void
finder_answered(struct sim_finder *f, const uint8_t *bhs, size_t n)
{
	const struct finder_row *row = f->row;
	bool reject = bhs[0] == FINDER_REJECT;

	if (row == NULL || bhs[0] != row->answer)
		sim_fail(f->s,
		    "PDU %02x, reason %u, to a finder that sent %02x", bhs[0],
		    bhs[2], row == NULL ? 0 : row->opcode);
	if (get_be32(bhs + 24) != f->stat_sn++)
		sim_fail(f->s, "a StatSN out of order in discovery");
	if (!reject && get_be32(bhs + 16) != f->itt)
		sim_fail(f->s, "an answer to another task in discovery");
	if (bhs[2] != (reject ? 4 : 0))
		sim_fail(f->s, "reason %u in discovery", bhs[2]);
	if (!reject &&
	    (n != row->found_bytes || memcmp(bhs + 48, row->found, n) != 0))
		sim_fail(f->s, "another answer to %s in discovery", row->ask);
	f->row = NULL;
	if (bhs[0] == FINDER_LOGOUT_RESPONSE) {
		f->state = FINDER_LEFT;
		f->may_end = f->must_end = true;
	}
}

static void
finder_receive(struct sim_finder *f, const uint8_t *bhs, size_t n)
{
	if (bhs[0] == FINDER_LOGIN_RESPONSE)
		finder_logged_in(f, bhs);
	else if (bhs[0] == FINDER_NOP_IN && f->tx_bytes == 0)
		finder_send(f, 0x40, 0x80, get_be32(bhs + 20), "", 0);
	else if (bhs[0] != FINDER_NOP_IN)
		finder_answered(f, bhs, n);
}

static void
finder_parse(struct sim_finder *f)
{
	size_t n, whole;

	while (f->rx_bytes >= 48) {
		n = get_be24(f->rx + 5);
		whole = 48 + align_up(n, 4);
		if (f->rx_bytes < whole)
			return;
		finder_receive(f, f->rx, n);
		memmove(f->rx, f->rx + whole, f->rx_bytes - whole);
		f->rx_bytes -= whole;
	}
}

static bool
finder_collect(struct sim_finder *f)
{
	struct iovec iov[1];
	size_t n;
	int count;

	sim_enter(f->s, f->home);
	count = conn_send_iov(f->conn, iov, 1);
	sim_leave(f->s);
	if (count == 0)
		return false;
	n = finder_portion(f, iov[0].iov_len);
	if (f->rx_bytes + n > FINDER_BUFFER)
		sim_fail(f->s, "finder %u: output without bound", f->index);
	memcpy(f->rx + f->rx_bytes, iov[0].iov_base, n);
	f->rx_bytes += n;
	sim_enter(f->s, f->home);
	conn_sent(f->conn, n);
	sim_leave(f->s);
	conn_check(f->conn);
	finder_parse(f);
	return true;
}

static bool
finder_ended(struct sim_finder *f)
{
	if (!conn_wants_close(f->conn))
		return false;
	if (!f->may_end && !f->s->starved)
		sim_fail(f->s, "a discovery session is ended for nothing");
	finder_close(f, "by the target");
	return true;
}

/* ---- events ---- */

bool
finder_move(struct sim_finder *f)
{
	return f->conn != NULL &&
	       (finder_deliver(f) || finder_collect(f) || finder_ended(f));
}

void
finder_step(struct sim_finder *f)
{
	if (f->conn == NULL)
		finder_log_in(f);
	else if (choose_one_in(&f->s->choice, 32))
		finder_close(f, "cut");
	else if (!finder_move(f) && f->state == FINDER_IN && f->row == NULL)
		finder_ask(f);
}

void
finder_tick(struct sim_finder *f)
{
	if (f->conn == NULL)
		return;
	f->may_end = true; /* who says nothing for long is dropped */
	sim_tick(f->s, f->conn, f->home);
}

void
finder_hang_up(struct sim_finder *f)
{
	if (f->conn != NULL)
		finder_close(f, "end of the simulation");
}

bool
finder_is_closed(const struct sim_finder *f)
{
	return f->conn == NULL || conn_wants_close(f->conn);
}

void
finder_check_end(const struct sim_finder *f)
{
	if (f->conn == NULL)
		return;
	if (f->must_end)
		sim_fail(f->s, "finder %u is still there", f->index);
	if (f->row != NULL || f->state == FINDER_LOGS_IN)
		sim_fail(f->s, "finder %u was not answered", f->index);
}
