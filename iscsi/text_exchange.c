/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/text_exchange.c - Text Requests, RFC 7143 11.10, 11.11, appendix C.
 */
#include "iscsi/text_exchange.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi/name.h"
#include "iscsi/proto.h"
#include "iscsi/text.h"

/* What discovery may list is bounded by the configuration; this is against
 * mistakes only. */
#define TEXT_EXCHANGE_ANSWER_MAX (16u << 20)

struct text_exchange {
	struct text_context context;
	struct negotiation negotiation;
	struct text_in in;
	struct text_out out;
	struct params agreed; /* in force once the exchange is complete, 7.12 */
	bool open;    /* between the first request and the final answer */
	uint32_t itt; /* of the exchange that is open */
	uint32_t ttt;
	uint64_t lun; /* that qualifies ttt: the first request's */
};

struct text_exchange *
text_exchange_new(const struct text_context *context)
{
	struct text_exchange *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->context = *context;
	x->negotiation.limits = &context->service->limits;
	x->negotiation.stage = KEY_STAGE_FULL_FEATURE;
	x->negotiation.leading = true;
	x->negotiation.discovery = context->discovery;
	x->out.limit = TEXT_EXCHANGE_ANSWER_MAX;
	return x;
}

void
text_exchange_free(struct text_exchange *x)
{
	if (x == NULL)
		return;
	text_in_free(&x->in);
	text_out_free(&x->out);
	free(x);
}

bool
text_exchange_has(const struct text_exchange *x, uint32_t itt)
{
	return x->open && x->itt == itt;
}

static void
text_exchange_close(struct text_exchange *x)
{
	x->open = false;
	text_in_clear(&x->in);
}

/* A new exchange takes the place of one that was left unfinished. */
static void
text_exchange_open(
    struct text_exchange *x, const struct params *params, const uint8_t *bhs)
{
	text_exchange_close(x);
	text_out_clear(&x->out);
	x->agreed = *params;
	x->negotiation.seen = 0;
	x->open = true;
	x->itt = get_be32(bhs + PDU_ITT);
	x->lun = get_be64(bhs + PDU_LUN);
	if (++x->ttt == TAG_NONE)
		x->ttt = 0;
}

/* ---- SendTargets ---- */

/* Where the port begins in "address:port", brackets or not. */
static const char *
text_exchange_port(const char *address)
{
	const char *colon = strrchr(address, ':');

	return colon != NULL ? colon : address + strlen(address);
}

/*
 * A wildcard portal is reached at the address that this connection came to,
 * on the portal's own port; unless that is of the other family.
 */
static bool
text_exchange_wildcard(const struct text_exchange *x, const struct portal *p,
    char *out, size_t size)
{
	const char *local = x->context.local_address;
	const char *port = text_exchange_port(p->address);

	if (IN6_IS_ADDR_V4MAPPED(&p->ip) != (local[0] != '['))
		return false;
	snprintf(out, size, "%.*s%s", (int)(text_exchange_port(local) - local),
	    local, port);
	return true;
}

static bool
text_exchange_address(const struct text_exchange *x, const struct portal *p,
    char *out, size_t size)
{
	if (p->advertised[0] == '\0' && p->wildcard)
		return text_exchange_wildcard(x, p, out, size);
	/* A link-local address is one on its own link only. */
	if (p->advertised[0] == '\0' && p->zone != x->context.peer->zone &&
	    p->zone != 0)
		return false;
	snprintf(out, size, "%s",
	    p->advertised[0] != '\0' ? p->advertised : p->address);
	return true;
}

static void
text_exchange_put_address(
    struct text_exchange *x, const char *address, uint16_t tag)
{
	char value[160];

	snprintf(value, sizeof(value), "%s,%u", address, (unsigned)tag);
	text_put(&x->out, "TargetAddress", value);
}

/* The portals of one group; how many there are for this initiator. */
static unsigned
text_exchange_put_portals(struct text_exchange *x, const struct iscsi_target *t,
    const struct portal_group *pg)
{
	uint16_t tag = iscsi_target_tag(t, pg);
	char address[140];
	unsigned i, count = 0;

	for (i = 0; i < pg->portal_count; i++) {
		if (!text_exchange_address(
			x, &pg->portals[i], address, sizeof(address)))
			continue;
		text_exchange_put_address(x, address, tag);
		count++;
	}
	return count;
}

/* The group that was asked goes first. */
static void
text_exchange_put_target(struct text_exchange *x, const struct iscsi_target *t)
{
	const struct text_context *c = &x->context;
	const struct portal_group *pg;
	unsigned i;

	text_put(&x->out, "TargetName", t->target->name);
	if (text_exchange_put_portals(x, t, c->portal_group) == 0)
		text_exchange_put_address(
		    x, c->local_address, iscsi_target_tag(t, c->portal_group));
	for (i = 0; i < t->portal_group_count; i++) {
		pg = t->portal_groups[i].portal_group;
		if (pg != c->portal_group &&
		    service_shows_elsewhere(
			t, pg, c->peer, c->initiator_name, c->chap_user))
			text_exchange_put_portals(x, t, pg);
	}
}

static bool
text_exchange_shows(const struct text_exchange *x, const struct iscsi_target *t)
{
	const struct text_context *c = &x->context;

	return service_shows_target(
	    t, c->portal_group, c->peer, c->initiator_name, c->chap_user);
}

static void
text_exchange_send_all(struct text_exchange *x)
{
	const struct service *service = x->context.service;
	unsigned i;

	for (i = 0; i < service->target_count; i++) {
		if (text_exchange_shows(x, service->targets[i]))
			text_exchange_put_target(x, service->targets[i]);
	}
}

/* In a discovery session: any target by its name. */
static void
text_exchange_send_named(struct text_exchange *x, const char *name)
{
	struct iscsi_target *t = service_find_target(x->context.service, name);

	if (t != NULL && text_exchange_shows(x, t))
		text_exchange_put_target(x, t);
}

/*
 * Appendix C: a normal session learns of no other target than its own.  All
 * is not for normal sessions, but clients ask it there; the answer is what an
 * empty value would give.
 */
static void
text_exchange_send_own(struct text_exchange *x, const char *name, bool is_named)
{
	const struct iscsi_target *t = x->context.target;

	if (!is_named || strcmp(name, t->target->name) == 0)
		text_exchange_put_target(x, t);
}

/* False: the value is none, and nothing is answered. */
static bool
text_exchange_send_targets(struct text_exchange *x, const char *value)
{
	char name[ISCSI_NAME_MAX + 1];
	bool is_all = strcmp(value, "All") == 0;
	bool is_named = iscsi_name_normalize(name, value);
	bool is_empty = value[0] == '\0';

	if (!is_all && !is_named && (!is_empty || x->context.discovery))
		return false;
	if (!x->context.discovery)
		text_exchange_send_own(x, name, is_named);
	else if (is_all)
		text_exchange_send_all(x);
	else
		text_exchange_send_named(x, name);
	return true;
}

/* ---- one request ---- */

static enum text_step
text_exchange_reject(struct text_exchange *x, struct text_answer *out,
    uint8_t reason, const char *why)
{
	text_exchange_close(x);
	text_out_clear(&x->out);
	out->reject_reason = reason;
	out->why = why;
	return TEXT_REJECT;
}

/* NULL, or why the header does not fit the exchange. */
static const char *
text_exchange_check_header(
    struct text_exchange *x, const struct params *params, const uint8_t *bhs)
{
	uint32_t ttt = get_be32(bhs + PDU_TTT);

	if ((bhs[PDU_FLAGS] & PDU_FINAL) && (bhs[PDU_FLAGS] & TEXT_CONTINUE))
		return "F together with C";
	if (ttt == TAG_NONE) {
		text_exchange_open(x, params, bhs);
		return NULL;
	}
	if (!x->open || ttt != x->ttt)
		return "no exchange has this Target Transfer Tag";
	if (get_be32(bhs + PDU_ITT) != x->itt)
		return "Initiator Task Tag changed within an exchange";
	if (get_be64(bhs + PDU_LUN) != x->lun)
		return "LUN changed within an exchange";
	return NULL;
}

/* What has changed since it was told last.  Not beside a list of targets, whose
 * readers may know no other key. */
static void
text_exchange_declare(struct text_exchange *x)
{
	uint32_t ours = x->context.service->limits.max_recv_data_segment;

	if (ours == x->agreed.our_max_recv_data_segment || x->context.discovery)
		return;
	text_put_number(&x->out, "MaxRecvDataSegmentLength", ours);
	if (!x->out.failed)
		x->agreed.our_max_recv_data_segment = ours;
}

/* 4.3: SendTargets and no other key; or nothing, to go on with an exchange. */
static bool
text_exchange_is_discovery(const struct negotiation *n)
{
	return n->known + n->strange == (n->given.send_targets != NULL);
}

/*
 * The text is whole: NULL, or why it is none.  A text of which nothing at all
 * can be taken ends in a Reject, as 6.4 allows: clients take a key's
 * NotUnderstood or Reject for a list of targets gone wrong, and reconnect.
 */
static const char *
text_exchange_take(struct text_exchange *x)
{
	struct negotiation *n = &x->negotiation;
	const char *targets, *why = negotiation_scan(n, &x->in);

	if (why != NULL)
		return why;
	if (x->context.discovery && !text_exchange_is_discovery(n))
		return "not SendTargets alone, in discovery";
	if (n->known == 0 && n->strange > 0)
		return "no key of it is known";
	negotiation_answer(n, &x->agreed, &x->in, &x->out);
	targets = n->given.send_targets;
	if (targets != NULL && !text_exchange_send_targets(x, targets)) {
		if (n->known == 1)
			return "SendTargets with a value that is none";
		text_put(&x->out, "SendTargets", "Reject");
	}
	if (targets == NULL)
		text_exchange_declare(x);
	text_in_clear(&x->in);
	return x->out.failed ? "the answer is too long" : NULL;
}

/* NULL, or why the text is not taken. */
static const char *
text_exchange_gather(struct text_exchange *x, const uint8_t *bhs,
    const uint8_t *text, size_t text_bytes)
{
	bool more = bhs[PDU_FLAGS] & TEXT_CONTINUE;

	if (text_out_pending(&x->out))
		return text_bytes > 0 || more
			   ? "text before the answer was taken"
			   : NULL;
	text_out_clear(&x->out);
	if (!text_in_add(&x->in, text, text_bytes,
		x->context.service->limits.login_text_bytes))
		return "too much text";
	return more ? NULL : text_exchange_take(x);
}

enum text_step
text_exchange_request(struct text_exchange *x, struct params *params,
    const uint8_t bhs[48], const uint8_t *text, size_t text_bytes,
    struct text_answer *out)
{
	uint8_t *piece;
	const char *why;

	memset(out, 0, sizeof(*out));
	why = text_exchange_check_header(x, params, bhs);
	if (why != NULL)
		return text_exchange_reject(x, out, REJECT_INVALID_FIELD, why);
	why = text_exchange_gather(x, bhs, text, text_bytes);
	if (why != NULL)
		return text_exchange_reject(x, out, REJECT_PROTOCOL_ERROR, why);
	out->text_bytes = (uint32_t)text_out_take(
	    &x->out, params->their_max_recv_data_segment, &piece, &out->more);
	out->text = piece;
	out->final = (bhs[PDU_FLAGS] & PDU_FINAL) && !out->more;
	out->ttt = out->final ? TAG_NONE : x->ttt;
	if (out->final) {
		*params = x->agreed;
		text_exchange_close(x);
	}
	return TEXT_ANSWER;
}
