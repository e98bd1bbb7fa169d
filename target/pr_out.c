/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_out.c - PERSISTENT RESERVE OUT (SPC-4 6.16, 5.13).
 *
 * A service action works on a copy of the table, which is dropped when it ends
 * with anything but GOOD.
 */
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "target/pr_change.h"

#define PR_LIST_BYTES 24 /* of the basic parameter list */
#define PR_LIST_MAX   0xffff
/* REGISTER with SPEC_I_PT: where TransportIDs and their length are; likewise
 * REGISTER AND MOVE. */
#define PR_SPEC_LENGTH 24
#define PR_SPEC_IDS    28
#define PR_MOVE_PORT   18
#define PR_MOVE_LENGTH 20
#define PR_MOVE_ID     24

enum pr_out_action {
	PR_OUT_REGISTER = 0x00,
	PR_OUT_REGISTER_AND_MOVE = 0x07,
};

struct pr_out {
	const struct task *t;
	const struct pr_state *pr;
	struct pr_table *table;      /* the copy */
	struct pr_nexus self;        /* of the command */
	struct pr_registration *own; /* NULL: self is not registered */
	uint8_t scope, type;         /* CDB */
	uint64_t key, action_key;    /* RESERVATION KEY, SERVICE ACTION ... */
	bool spec_i_pt, all_tg_pt, aptpl;
	bool ignores_keys;   /* REGISTER AND IGNORE EXISTING KEY */
	const uint8_t *list; /* all of the parameter list */
	uint32_t bytes;
};

/* ---- unit attentions, always to other nexuses ---- */

/* To registered nexuses: to those with that key, or with any (0). */
static void
pr_out_tell(const struct pr_out *r, uint64_t key, enum unit_attention ua)
{
	struct pr_registration *reg;

	TAILQ_FOREACH (reg, &r->table->registrations, link) {
		if (reg != r->own && (key == 0 || reg->key == key))
			reg->tell |= 1u << ua;
	}
}

/* ---- the reservation ---- */

static void
pr_out_set_reservation(struct pr_out *r)
{
	r->table->type = r->type;
	r->table->holder =
	    pr_type_is_all_registrants(r->table->type) ? NULL : r->own;
}

static void
pr_out_end_reservation(struct pr_out *r)
{
	bool tell = pr_type_is_for_registrants(r->table->type);

	r->table->type = PR_NONE;
	r->table->holder = NULL;
	if (tell)
		pr_out_tell(r, 0, UA_RESERVATIONS_RELEASED);
}

/* ---- registrations ---- */

/* Unregistering ends the reservation of a holder, 5.13.11; of the type that
 * all registrants hold, with the last of them. */
static void
pr_out_unregister(struct pr_out *r, struct pr_registration *reg)
{
	struct pr_table *table = r->table;
	bool ends = pr_type_is_all_registrants(table->type)
			? table->count == 1
			: table->holder == reg;

	if (table->type != PR_NONE && ends)
		pr_out_end_reservation(r);
	pr_remove(table, reg);
	if (reg == r->own)
		r->own = NULL;
}

static struct outcome
pr_out_add(struct pr_out *r, const struct pr_nexus *nexus)
{
	return pr_add(r->table, nexus, r->action_key) != NULL
		   ? GOOD
		   : INSUFFICIENT_REGISTRATION_RESOURCES;
}

typedef struct outcome pr_out_register_at(
    struct pr_out *r, const struct pr_nexus *nexus);

/* A nexus of the initiator port that sends the command. */
static struct outcome
pr_out_register_self_at(struct pr_out *r, const struct pr_nexus *nexus)
{
	struct pr_registration *reg = pr_find_named(r->table, nexus);

	if (reg == NULL)
		return r->action_key == 0 ? GOOD : pr_out_add(r, nexus);
	if (!r->ignores_keys && reg->key != r->key)
		return RESERVATION_CONFLICT;
	if (r->action_key == 0)
		pr_out_unregister(r, reg);
	else
		reg->key = r->action_key;
	return GOOD;
}

/* A nexus that SPEC_I_PT names: those that are registered stay as they are. */
static struct outcome
pr_out_register_other_at(struct pr_out *r, const struct pr_nexus *nexus)
{
	return pr_find_named(r->table, nexus) != NULL ? GOOD
						      : pr_out_add(r, nexus);
}

/* At the target port of the command, or as if each had received it. */
static struct outcome
pr_out_register_at_ports(
    struct pr_out *r, const struct pr_nexus *nexus, pr_out_register_at *at)
{
	const struct target *target = r->t->nexus->target;
	struct pr_nexus n = *nexus;
	struct outcome o;
	unsigned i;

	n.portal_group_tag = r->self.portal_group_tag;
	o = at(r, &n);
	for (i = 0; r->all_tg_pt && i < target->port_count; i++) {
		if (!outcome_good(o))
			break;
		if (target->ports[i].tag == r->self.portal_group_tag)
			continue;
		n.portal_group_tag = target->ports[i].tag;
		o = at(r, &n);
	}
	return o;
}

/* All ports of that initiator that are known, which is: logged in. */
static struct outcome
pr_out_register_known_ports(struct pr_out *r, const char *name, unsigned at)
{
	struct outcome o = invalid_field_in_list(at, -1);
	struct nexus_lu *nl;
	struct pr_nexus n;

	LIST_FOREACH (nl, &task_lu(r->t)->nexuses, link) {
		pr_nexus_of(&n, nl->nexus);
		if (strcmp(n.initiator_name, name) != 0 ||
		    strcmp(n.target_name, r->self.target_name) != 0)
			continue;
		o = pr_out_register_at_ports(r, &n, pr_out_register_other_at);
		if (!outcome_good(o))
			break;
	}
	return o;
}

static void
pr_out_nexus_of_id(const struct pr_out *r, const struct pr_transport_id *id,
    uint16_t port, struct pr_nexus *out)
{
	*out = r->self;
	memcpy(out->initiator_name, id->name, sizeof(out->initiator_name));
	memcpy(out->isid, id->isid, sizeof(out->isid));
	out->portal_group_tag = port;
}

static struct outcome
pr_out_register_id(
    struct pr_out *r, const struct pr_transport_id *id, unsigned at)
{
	struct pr_nexus n;

	if (id->any_port)
		return pr_out_register_known_ports(r, id->name, at);
	pr_out_nexus_of_id(r, id, r->self.portal_group_tag, &n);
	return pr_out_register_at_ports(r, &n, pr_out_register_other_at);
}

/* The TransportID at that byte of the list. */
static struct outcome
pr_out_read_id(const struct pr_out *r, unsigned at, struct pr_transport_id *id)
{
	if (pr_transport_id_decode(r->list + at, r->bytes - at, id))
		return GOOD;
	return id->length == 0 ? PARAMETER_LIST_LENGTH
			       : invalid_field_in_list(at, -1);
}

static struct outcome
pr_out_register_ids(struct pr_out *r)
{
	struct pr_transport_id id;
	struct outcome o = GOOD;
	uint32_t at = PR_SPEC_IDS;

	while (at < r->bytes && outcome_good(o)) {
		o = pr_out_read_id(r, at, &id);
		if (outcome_good(o))
			o = pr_out_register_id(r, &id, at);
		at += (uint32_t)id.length;
	}
	return o;
}

static struct outcome
pr_out_set_key(struct pr_out *r)
{
	struct outcome o;

	if (r->own == NULL && r->action_key == 0 && !r->all_tg_pt)
		return GOOD;
	o = pr_out_register_at_ports(r, &r->self, pr_out_register_self_at);
	if (outcome_good(o) && r->spec_i_pt && r->action_key != 0)
		o = pr_out_register_ids(r);
	r->table->aptpl = r->aptpl;
	r->table->generation++;
	return o;
}

static struct outcome
pr_out_check_aptpl(const struct pr_out *r, unsigned byte)
{
	return r->aptpl && r->pr->store == NULL ? invalid_field_in_list(byte, 0)
						: GOOD;
}

static struct outcome
pr_out_register_and_ignore(struct pr_out *r)
{
	struct outcome o = pr_out_check_aptpl(r, 20);

	r->ignores_keys = true;
	return outcome_good(o) ? pr_out_set_key(r) : o;
}

/* What came is as long as it says. */
static struct outcome
pr_out_check_spec_length(const struct pr_out *r)
{
	if (!r->spec_i_pt)
		return r->bytes == PR_LIST_BYTES ? GOOD : PARAMETER_LIST_LENGTH;
	if (r->bytes < PR_SPEC_IDS ||
	    get_be32(r->list + PR_SPEC_LENGTH) != r->bytes - PR_SPEC_IDS)
		return PARAMETER_LIST_LENGTH;
	return GOOD;
}

static struct outcome
pr_out_register(struct pr_out *r)
{
	struct outcome o = pr_out_check_spec_length(r);
	uint64_t present = r->own == NULL ? 0 : r->own->key;

	if (outcome_good(o))
		o = pr_out_check_aptpl(r, 20);
	if (!outcome_good(o))
		return o;
	if (r->key != present)
		return RESERVATION_CONFLICT;
	if (r->spec_i_pt && r->own != NULL)
		return INVALID_FIELD_IN_CDB;
	return pr_out_set_key(r);
}

/* ---- RESERVE, RELEASE, CLEAR ---- */

static bool
pr_out_has_key(const struct pr_out *r)
{
	return r->own != NULL && r->own->key == r->key;
}

static struct outcome
pr_out_check_type(const struct pr_out *r)
{
	if (r->scope != 0)
		return invalid_field_in_cdb(2, 7);
	if (!pr_type_is_valid(r->type))
		return invalid_field_in_cdb(2, 3);
	return GOOD;
}

static struct outcome
pr_out_reserve(struct pr_out *r)
{
	struct outcome o = pr_out_check_type(r);

	if (!outcome_good(o))
		return o;
	if (!pr_out_has_key(r))
		return RESERVATION_CONFLICT;
	if (r->table->type == PR_NONE)
		pr_out_set_reservation(r);
	else if (!pr_is_holder(r->table, r->own) || r->table->type != r->type)
		return RESERVATION_CONFLICT;
	return GOOD;
}

static struct outcome
pr_out_release(struct pr_out *r)
{
	if (!pr_out_has_key(r))
		return RESERVATION_CONFLICT;
	if (!pr_is_holder(r->table, r->own))
		return GOOD;
	if (r->scope != 0 || r->type != r->table->type)
		return INVALID_RELEASE;
	pr_out_end_reservation(r);
	return GOOD;
}

static struct outcome
pr_out_clear(struct pr_out *r)
{
	if (!pr_out_has_key(r))
		return RESERVATION_CONFLICT;
	pr_out_tell(r, 0, UA_RESERVATIONS_PREEMPTED);
	r->table->type = PR_NONE;
	r->table->holder = NULL;
	while (!TAILQ_EMPTY(&r->table->registrations))
		pr_remove(r->table, TAILQ_FIRST(&r->table->registrations));
	r->own = NULL;
	r->table->generation++;
	return GOOD;
}

/* ---- REGISTER AND MOVE, 5.13.8 ---- */

/* Where the reservation goes to. */
static struct outcome
pr_out_read_destination(const struct pr_out *r, struct pr_nexus *out)
{
	uint16_t port = get_be16(r->list + PR_MOVE_PORT);
	struct pr_transport_id id;
	struct outcome o = pr_out_read_id(r, PR_MOVE_ID, &id);

	if (!outcome_good(o))
		return o;
	if (id.length != r->bytes - PR_MOVE_ID)
		return PARAMETER_LIST_LENGTH;
	if (id.any_port)
		return invalid_field_in_list(PR_MOVE_ID, -1);
	if (port != r->self.portal_group_tag &&
	    target_find_port(r->t->nexus->target, port) == NULL)
		return invalid_field_in_list(PR_MOVE_PORT, -1);
	pr_out_nexus_of_id(r, &id, port, out);
	if (memcmp(out->isid, r->self.isid, sizeof(out->isid)) == 0 &&
	    strcmp(out->initiator_name, r->self.initiator_name) == 0)
		return invalid_field_in_list(PR_MOVE_ID, -1);
	return GOOD;
}

static struct outcome
pr_out_check_move(const struct pr_out *r)
{
	struct outcome o = pr_out_check_aptpl(r, 17);

	if (get_be32(r->list + PR_MOVE_LENGTH) != r->bytes - PR_MOVE_ID)
		return PARAMETER_LIST_LENGTH;
	if (!outcome_good(o))
		return o;
	if (!pr_out_has_key(r))
		return RESERVATION_CONFLICT;
	if (r->table->type == PR_NONE)
		return INVALID_FIELD_IN_CDB;
	if (r->table->holder != r->own)
		return RESERVATION_CONFLICT;
	return r->action_key == 0 ? invalid_field_in_list(8, -1) : GOOD;
}

static struct outcome
pr_out_register_and_move(struct pr_out *r)
{
	bool unregister = r->list[17] & 0x02;
	struct pr_registration *reg;
	struct pr_nexus to;
	struct outcome o;

	r->aptpl = r->list[17] & 0x01;
	o = pr_out_check_move(r);
	if (outcome_good(o))
		o = pr_out_read_destination(r, &to);
	if (!outcome_good(o))
		return o;
	reg = pr_find_named(r->table, &to);
	if (reg == NULL)
		reg = pr_add(r->table, &to, r->action_key);
	if (reg == NULL)
		return INSUFFICIENT_REGISTRATION_RESOURCES;
	reg->key = r->action_key;
	r->table->holder = reg;
	if (unregister)
		pr_remove(r->table, r->own);
	r->table->aptpl = r->aptpl;
	r->table->generation++;
	return GOOD;
}

/* ---- PREEMPT, PREEMPT AND ABORT, 5.13.11 ---- */

/* RESERVATION CONFLICT when no registration has that key (0: all have, but for
 * one, or NULL). */
static struct outcome
pr_out_remove_key(
    struct pr_out *r, uint64_t key, const struct pr_registration *but)
{
	struct pr_registration *reg, *next;
	struct outcome o = RESERVATION_CONFLICT;

	pr_out_tell(r, key, UA_REGISTRATIONS_PREEMPTED);
	for (reg = TAILQ_FIRST(&r->table->registrations); reg != NULL;
	     reg = next) {
		next = TAILQ_NEXT(reg, link);
		if (reg == but || (key != 0 && reg->key != key))
			continue;
		reg->preempted = true;
		pr_remove(r->table, reg);
		o = GOOD;
	}
	return o;
}

/* The key is the holder's, or 0 while all registrants hold. */
static struct outcome
pr_out_preempt_reservation(struct pr_out *r)
{
	struct outcome o = pr_out_check_type(r);
	bool changes = r->table->type != r->type;

	if (!outcome_good(o))
		return o;
	/* A holder that preempts itself may find nobody else. */
	pr_out_remove_key(r, r->action_key, r->own);
	if (changes)
		pr_out_tell(r, 0, UA_RESERVATIONS_RELEASED);
	pr_out_set_reservation(r);
	r->table->generation++;
	return GOOD;
}

/* Registrations only; the own one may be among them. */
static struct outcome
pr_out_preempt_registrations(struct pr_out *r)
{
	struct outcome o;

	if (r->action_key == 0)
		return invalid_field_in_list(8, -1);
	o = pr_out_remove_key(r, r->action_key, NULL);
	if (!outcome_good(o))
		return o;
	if (r->table->count == 0)
		r->table->type = PR_NONE;
	r->table->generation++;
	return GOOD;
}

static struct outcome
pr_out_preempt(struct pr_out *r)
{
	const struct pr_table *table = r->table;
	bool takes_over =
	    pr_type_is_all_registrants(table->type)
		? r->action_key == 0
		: table->holder != NULL && table->holder->key == r->action_key;

	if (!pr_out_has_key(r))
		return RESERVATION_CONFLICT;
	return takes_over ? pr_out_preempt_reservation(r)
			  : pr_out_preempt_registrations(r);
}

/* ---- the command ---- */

typedef struct outcome pr_out_service(struct pr_out *r);

/* clang-format off */
static pr_out_service *const pr_out_services[] = { /* by service action */
	[0] = pr_out_register,
	[1] = pr_out_reserve,
	[2] = pr_out_release,
	[3] = pr_out_clear,
	[4] = pr_out_preempt,
	[5] = pr_out_preempt, /* and abort */
	[6] = pr_out_register_and_ignore,
	[7] = pr_out_register_and_move,
};
/* clang-format on */

static uint8_t
pr_out_action_of(const struct task *t)
{
	return t->cdb[1] & 0x1f;
}

/* Its list has TransportIDs: by SPEC_I_PT, or in a form of its own. */
static bool
pr_out_takes_ids(uint8_t action)
{
	return action == PR_OUT_REGISTER || action == PR_OUT_REGISTER_AND_MOVE;
}

struct outcome
pr_out_prepare(struct task *t)
{
	bool varies = pr_out_takes_ids(pr_out_action_of(t));
	uint32_t bytes = get_be32(t->cdb + 5);

	if (bytes < PR_LIST_BYTES ||
	    bytes > (varies ? PR_LIST_MAX : PR_LIST_BYTES))
		return PARAMETER_LIST_LENGTH;
	task_expect_data_out(t, bytes, 1);
	return t->data_out_wanted < bytes ? PARAMETER_LIST_LENGTH : GOOD;
}

static void
pr_out_decode(struct pr_out *r)
{
	const struct task *t = r->t;

	r->scope = t->cdb[2] >> 4;
	r->type = t->cdb[2] & 0x0f;
	r->key = get_be64(r->list);
	r->action_key = get_be64(r->list + 8);
	r->spec_i_pt = r->list[20] & 0x08;
	r->all_tg_pt = r->list[20] & 0x04;
	r->aptpl = r->list[20] & 0x01;
	pr_nexus_of(&r->self, t->nexus);
	r->own = pr_find_named(r->table, &r->self);
}

static struct outcome
pr_out_serve(struct pr_change *c)
{
	uint32_t bytes = c->t->data_out_wanted;
	uint8_t *list = malloc(bytes);
	struct pr_out r = {
		.t = c->t,
		.pr = task_lu(c->t)->pr,
		.table = c->next,
		.list = list,
		.bytes = bytes,
	};
	uint8_t action = pr_out_action_of(c->t);
	struct outcome o = invalid_field_in_list(20, 3);

	if (list == NULL)
		return INSUFFICIENT_RESOURCES;
	buf_list_read(&c->t->data, 0, list, bytes);
	pr_out_decode(&r);
	if (!r.spec_i_pt || pr_out_takes_ids(action))
		o = pr_out_services[action](&r);
	free(list);
	return o;
}

static struct outcome
pr_out_change(struct pr_change *c)
{
	const struct pr_state *pr = task_lu(c->t)->pr;

	if (pr->reserved_by != NULL)
		return RESERVATION_CONFLICT;
	c->next = pr_table_copy(pr->table);
	return c->next != NULL ? pr_out_serve(c) : INSUFFICIENT_RESOURCES;
}

void
pr_out_execute(struct task *t)
{
	pr_change_execute(t, pr_out_change, false);
}

void
pr_out_abort_execute(struct task *t)
{
	pr_change_execute(t, pr_out_change, true);
}
