/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iscsi/login.c - the login phase, RFC 7143 clauses 6.3, 11.12 and 11.13.
 *
 * Each request goes through the same steps: its header against the login so
 * far, its text gathered until C is 0, then identification (once), proof,
 * operational keys, and last the stage transition.
 */
#include "iscsi/login.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi/auth.h"
#include "iscsi/name.h"
#include "iscsi/proto.h"
#include "iscsi/text.h"

struct login {
	struct service *service;
	const struct portal_group *pg;
	const struct peer_address *peer;
	bool started;    /* a Login Request has come */
	bool identified; /* names are known and admitted */
	bool declared;   /* our MaxRecvDataSegmentLength was sent */
	unsigned stage;  /* LOGIN_STAGE_ */
	unsigned rounds;
	size_t text_bytes; /* of all requests */
	uint32_t itt;
	struct text_in in;
	struct text_out out;
	struct negotiation negotiation;
	struct auth auth;
	struct login_result result;
	char initiator_name[ISCSI_NAME_MAX + 1];
	char target_name[ISCSI_NAME_MAX + 1];
	char initiator_alias[TEXT_VALUE_MAX + 1];
};

static const struct login_status login_ok = { LOGIN_SUCCESS, 0, NULL };

static struct login_status
login_error(uint8_t detail, const char *why)
{
	return (struct login_status){ LOGIN_INITIATOR_ERROR, detail, why };
}

static struct login_status
login_malformed(const char *why)
{
	return login_error(LOGIN_MISCELLANEOUS, why);
}

static bool
login_is_good(struct login_status s)
{
	return s.status_class == LOGIN_SUCCESS;
}

struct login *
login_new(struct service *service, const struct portal_group *pg,
    const struct peer_address *peer)
{
	struct login *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->service = service;
	l->pg = pg;
	l->peer = peer;
	l->negotiation.limits = &service->limits;
	l->out.limit = service->limits.login_text_bytes;
	l->result.initiator_name = l->initiator_name;
	l->result.initiator_alias = l->initiator_alias;
	params_init(&l->result.params);
	return l;
}

void
login_free(struct login *l)
{
	if (l == NULL)
		return;
	auth_wipe(&l->auth);
	text_in_free(&l->in);
	text_out_free(&l->out);
	free(l);
}

const struct login_result *
login_result(const struct login *l)
{
	return &l->result;
}

const char *
login_initiator_name(const struct login *l)
{
	return l->initiator_name;
}

/* ---- the header ---- */

static unsigned
login_csg(const uint8_t *bhs)
{
	return (bhs[PDU_FLAGS] & LOGIN_CSG_MASK) >> LOGIN_CSG_SHIFT;
}

static unsigned
login_nsg(const uint8_t *bhs)
{
	return bhs[PDU_FLAGS] & LOGIN_NSG_MASK;
}

static struct login_status
login_begin(struct login *l, const uint8_t *bhs)
{
	/* The first request's version is that of the login, 11.12.4. */
	if (bhs[LOGIN_VERSION_MIN] > 0)
		return login_error(
		    LOGIN_UNSUPPORTED_VERSION, "no version in common");
	if (login_csg(bhs) > LOGIN_STAGE_OPERATIONAL)
		return login_malformed("no login begins in that stage");
	l->started = true;
	l->stage = login_csg(bhs);
	l->itt = get_be32(bhs + PDU_ITT);
	memcpy(l->result.isid, bhs + LOGIN_ISID, LOGIN_ISID_BYTES);
	l->result.tsih = get_be16(bhs + LOGIN_TSIH);
	l->result.cid = get_be16(bhs + LOGIN_CID);
	l->negotiation.leading = l->result.tsih == 0;
	return login_ok;
}

/* All requests of one login carry the same identifiers, 11.12. */
static struct login_status
login_check_constants(const struct login *l, const uint8_t *bhs)
{
	if (memcmp(bhs + LOGIN_ISID, l->result.isid, LOGIN_ISID_BYTES) != 0)
		return login_malformed("ISID changed");
	if (get_be16(bhs + LOGIN_TSIH) != l->result.tsih)
		return login_malformed("TSIH changed");
	if (get_be16(bhs + LOGIN_CID) != l->result.cid)
		return login_malformed("CID changed");
	if (get_be32(bhs + PDU_ITT) != l->itt)
		return login_malformed("Initiator Task Tag changed");
	if (login_csg(bhs) != l->stage)
		return login_malformed("request is of another stage");
	return login_ok;
}

static struct login_status
login_check_flags(const uint8_t *bhs)
{
	if (!(bhs[PDU_FLAGS] & LOGIN_TRANSIT))
		return login_ok;
	if (bhs[PDU_FLAGS] & LOGIN_CONTINUE)
		return login_malformed("T together with C");
	if (login_nsg(bhs) == LOGIN_STAGE_OPERATIONAL &&
	    login_csg(bhs) == LOGIN_STAGE_SECURITY)
		return login_ok;
	if (login_nsg(bhs) != LOGIN_STAGE_FULL_FEATURE)
		return login_malformed("no such stage transition");
	return login_ok;
}

static struct login_status
login_check_header(struct login *l, const uint8_t *bhs)
{
	struct login_status s =
	    l->started ? login_check_constants(l, bhs) : login_begin(l, bhs);

	if (!login_is_good(s))
		return s;
	if (++l->rounds > l->service->limits.login_rounds)
		return login_malformed("too many login requests");
	return login_check_flags(bhs);
}

/* ---- who, and to what ---- */

static struct login_status
login_redirect(struct login *l, const char *address, bool permanent)
{
	text_out_clear(&l->out);
	text_put(&l->out, "TargetAddress", address);
	return (struct login_status){ LOGIN_REDIRECTION,
		permanent ? LOGIN_MOVED_PERMANENTLY : LOGIN_MOVED_TEMPORARILY,
		"redirected" };
}

static struct login_status
login_take_alias(struct login *l, const char *alias)
{
	if (alias == NULL)
		return login_ok;
	if (strlen(alias) > TEXT_VALUE_MAX)
		return login_malformed("InitiatorAlias is too long");
	strcpy(l->initiator_alias, alias);
	return login_ok;
}

static struct login_status
login_take_initiator(struct login *l, const struct keys_given *g)
{
	if (g->initiator_name == NULL)
		return login_error(
		    LOGIN_MISSING_PARAMETER, "InitiatorName is missing");
	if (!iscsi_name_normalize(l->initiator_name, g->initiator_name))
		return login_malformed("InitiatorName is no iSCSI name");
	if (g->session_type == NULL || strcmp(g->session_type, "Normal") == 0)
		return login_ok;
	l->result.discovery = strcmp(g->session_type, "Discovery") == 0;
	l->negotiation.discovery = l->result.discovery;
	if (!l->result.discovery)
		return login_error(
		    LOGIN_SESSION_TYPE, "SessionType is not supported");
	return login_ok;
}

/* May this initiator, from this address, even try?  NULL group: anybody. */
static struct login_status
login_admit(struct login *l, const struct auth_group *ag)
{
	if (ag != NULL && ag->deny)
		return login_error(
		    LOGIN_AUTHORIZATION_FAILURE, "nobody is admitted");
	if (ag != NULL && !auth_group_admits_address(ag, l->peer))
		return login_error(LOGIN_AUTHORIZATION_FAILURE,
		    "initiator address is not admitted");
	if (ag != NULL && !auth_group_admits_name(ag, l->initiator_name))
		return login_error(LOGIN_AUTHORIZATION_FAILURE,
		    "initiator name is not admitted");
	auth_init(&l->auth, ag, l->service->random);
	return login_ok;
}

/* First answer of each login that names a target, 6.3.1, 13.6 and 13.9. */
static void
login_put_target(struct login *l, const struct iscsi_target *t)
{
	text_put_number(
	    &l->out, "TargetPortalGroupTag", iscsi_target_tag(t, l->pg));
	if (t->target->alias[0] != '\0')
		text_put(&l->out, "TargetAlias", t->target->alias);
}

static struct login_status
login_take_target(struct login *l, const struct keys_given *g)
{
	struct iscsi_target *t = NULL;
	const struct auth_group *ag;
	struct login_status s;

	if (g->target_name == NULL)
		return login_error(
		    LOGIN_MISSING_PARAMETER, "TargetName is missing");
	if (iscsi_name_normalize(l->target_name, g->target_name))
		t = service_find_target(l->service, l->target_name);
	ag = t != NULL ? iscsi_target_auth(t, l->pg) : NULL;
	if (ag == NULL)
		return login_error(
		    LOGIN_NOT_FOUND, "no such target at this portal group");
	s = login_admit(l, ag);
	if (!login_is_good(s))
		return s;
	if (t->redirect != NULL)
		return login_redirect(l, t->redirect, t->redirect_permanent);
	l->result.target = t;
	login_put_target(l, t);
	return login_ok;
}

/* If it names a target all the same, that has a tag here, 6.3.1 and 13.9: one
 * that it may be told of before it has proved itself. */
static struct login_status
login_take_discovery(struct login *l, const struct keys_given *g)
{
	struct login_status s = login_admit(l, l->pg->discovery_auth_group);
	struct iscsi_target *t = NULL;
	char name[ISCSI_NAME_MAX + 1];

	if (g->target_name != NULL &&
	    iscsi_name_normalize(name, g->target_name))
		t = service_find_target(l->service, name);
	if (!login_is_good(s) || t == NULL ||
	    !service_shows_target(t, l->pg, l->peer, l->initiator_name, NULL))
		return s;
	l->result.named = t;
	text_put_number(
	    &l->out, "TargetPortalGroupTag", iscsi_target_tag(t, l->pg));
	return s;
}

static struct login_status
login_identify(struct login *l, const struct keys_given *g)
{
	struct login_status s;

	if (l->service->stopping)
		return (struct login_status){ LOGIN_TARGET_ERROR,
			LOGIN_SERVICE_UNAVAILABLE, "the target is stopping" };
	s = login_take_initiator(l, g);
	if (!login_is_good(s))
		return s;
	if (l->pg->redirect != NULL)
		return login_redirect(
		    l, l->pg->redirect, l->pg->redirect_permanent);
	s = l->result.discovery ? login_take_discovery(l, g)
				: login_take_target(l, g);
	if (!login_is_good(s))
		return s;
	l->identified = true;
	if (l->stage != LOGIN_STAGE_SECURITY && !auth_is_satisfied(&l->auth))
		return login_error(LOGIN_AUTHENTICATION_FAILURE,
		    "the security stage was left out");
	return login_ok;
}

/* Initiators repeat their declarations; they must stay the same. */
static struct login_status
login_check_identity(const struct login *l, const struct keys_given *g)
{
	char name[ISCSI_NAME_MAX + 1];

	if (g->initiator_name != NULL &&
	    (!iscsi_name_normalize(name, g->initiator_name) ||
		strcmp(name, l->initiator_name) != 0))
		return login_malformed("InitiatorName changed");
	if (g->target_name != NULL && !l->result.discovery &&
	    (!iscsi_name_normalize(name, g->target_name) ||
		strcmp(name, l->target_name) != 0))
		return login_malformed("TargetName changed");
	if (g->session_type != NULL &&
	    strcmp(g->session_type,
		l->result.discovery ? "Discovery" : "Normal") != 0)
		return login_malformed("SessionType changed");
	return login_ok;
}

/* ---- a whole text ---- */

static void
login_declare(struct login *l)
{
	uint32_t bytes = l->service->limits.max_recv_data_segment;

	if (l->declared)
		return;
	l->declared = true;
	l->result.params.our_max_recv_data_segment = bytes;
	text_put_number(&l->out, "MaxRecvDataSegmentLength", bytes);
}

static struct login_status
login_security(struct login *l, const uint8_t *bhs)
{
	struct login_status s =
	    auth_step(&l->auth, &l->negotiation.given, &l->out);

	if (!login_is_good(s))
		return s;
	l->result.chap_user = l->auth.user;
	if ((bhs[PDU_FLAGS] & LOGIN_TRANSIT) && l->auth.state == AUTH_START &&
	    !auth_is_satisfied(&l->auth))
		return login_error(
		    LOGIN_AUTHENTICATION_FAILURE, "no AuthMethod was offered");
	return login_ok;
}

static struct login_status
login_take_text(struct login *l, const uint8_t *bhs)
{
	struct negotiation *n = &l->negotiation;
	struct login_status s;
	const char *why;

	n->stage = l->stage == LOGIN_STAGE_SECURITY ? KEY_STAGE_SECURITY
						    : KEY_STAGE_OPERATIONAL;
	why = negotiation_scan(n, &l->in);
	if (why != NULL)
		return login_malformed(why);
	s = login_take_alias(l, n->given.initiator_alias);
	if (login_is_good(s))
		s = l->identified ? login_check_identity(l, &n->given)
				  : login_identify(l, &n->given);
	if (login_is_good(s) && n->stage == KEY_STAGE_SECURITY)
		s = login_security(l, bhs);
	if (!login_is_good(s))
		return s;
	negotiation_answer(n, &l->result.params, &l->in, &l->out);
	if (n->stage == KEY_STAGE_OPERATIONAL)
		login_declare(l);
	return l->out.failed ? login_malformed("the answer is too long")
			     : login_ok;
}

/* Gather the text of one request, and act on it when it is whole. */
static struct login_status
login_gather(
    struct login *l, const uint8_t *bhs, const uint8_t *text, size_t text_bytes)
{
	size_t limit = l->service->limits.login_text_bytes;
	struct login_status s;

	if (text_out_pending(&l->out)) {
		if (text_bytes > 0 || (bhs[PDU_FLAGS] & LOGIN_CONTINUE))
			return login_malformed("text before ours was taken");
		return login_ok;
	}
	text_out_clear(&l->out);
	l->text_bytes += text_bytes;
	if (l->text_bytes > limit ||
	    !text_in_add(&l->in, text, text_bytes, limit))
		return login_malformed("too much login text");
	if (bhs[PDU_FLAGS] & LOGIN_CONTINUE)
		return login_ok;
	s = login_take_text(l, bhs);
	text_in_clear(&l->in);
	return s;
}

/* ---- the answer ---- */

static void
login_take_piece(struct login *l, struct login_answer *out)
{
	bool more;

	out->text_bytes =
	    (uint32_t)text_out_take(&l->out, LOGIN_DATA_MAX, &out->text, &more);
	if (more)
		out->flags |= LOGIN_CONTINUE;
}

/* Class 1 says where to go; all others say nothing.  T, CSG and NSG are
 * reserved (6.3.1). */
static enum login_step
login_refuse(struct login *l, struct login_status s, struct login_answer *out)
{
	out->status = s;
	out->flags = 0;
	if (s.status_class != LOGIN_REDIRECTION || l->out.failed)
		text_out_clear(&l->out);
	login_take_piece(l, out);
	auth_wipe(&l->auth);
	return LOGIN_REFUSED;
}

static bool
login_may_transit(const struct login *l, const uint8_t *bhs)
{
	return (bhs[PDU_FLAGS] & LOGIN_TRANSIT) && l->identified &&
	       auth_is_satisfied(&l->auth);
}

static enum login_step
login_reply(struct login *l, const uint8_t *bhs, struct login_answer *out)
{
	login_take_piece(l, out);
	if ((out->flags & LOGIN_CONTINUE) || !login_may_transit(l, bhs))
		return LOGIN_ANSWER;
	l->stage = login_nsg(bhs);
	out->flags |= (uint8_t)(LOGIN_TRANSIT | l->stage);
	if (l->stage != LOGIN_STAGE_FULL_FEATURE)
		return LOGIN_ANSWER;
	assert(l->result.discovery || l->result.target != NULL);
	params_settle(&l->result.params);
	return LOGIN_COMPLETE;
}

/* 6.3: what is no login ends the connection; once a login has begun, with a
 * word. */
static enum login_step
login_refuse_opcode(struct login *l, struct login_answer *out)
{
	struct login_status s = login_error(
	    LOGIN_INVALID_REQUEST, "a request of another kind during login");

	out->status = s;
	return l->started ? login_refuse(l, s, out) : LOGIN_CLOSE;
}

enum login_step
login_request(struct login *l, const uint8_t bhs[48], const uint8_t *text,
    size_t text_bytes, struct login_answer *out)
{
	struct login_status s;

	memset(out, 0, sizeof(*out));
	if (bhs_opcode(bhs) != OP_LOGIN_REQUEST)
		return login_refuse_opcode(l, out);
	memcpy(out->isid, bhs + LOGIN_ISID, LOGIN_ISID_BYTES);
	out->tsih = get_be16(bhs + LOGIN_TSIH);
	out->flags = bhs[PDU_FLAGS] & LOGIN_CSG_MASK;
	s = login_check_header(l, bhs);
	if (login_is_good(s))
		s = login_gather(l, bhs, text, text_bytes);
	return login_is_good(s) ? login_reply(l, bhs, out)
				: login_refuse(l, s, out);
}
