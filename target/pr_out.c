/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/pr_out.c - PERSISTENT RESERVE OUT (SPC-4 6.16, 5.13).
 */
#include <stdlib.h>

#include "common/bytes.h"
#include "target/pr_state.h"
#include "target/tmf.h"

#define PR_LIST_BYTES 24

struct pr_out {
	struct nexus_lu *nl;
	struct pr_state *pr;
	struct pr_registration *own; /* NULL: this nexus is not registered */
	uint8_t scope, type;         /* CDB */
	uint64_t key, action_key;    /* RESERVATION KEY, SERVICE ACTION ... */
	bool spec_i_pt, all_tg_pt, aptpl;
	struct tmf *aborts; /* PREEMPT AND ABORT; else NULL */
	uint64_t arrival;   /* of the task, see nexus->arrivals */
};

/* ---- unit attentions, always to other nexuses ---- */

/* To registered nexuses: to those with that key, or with any (0). */
static void
pr_out_tell(const struct pr_out *r, uint64_t key, enum unit_attention ua)
{
	const struct pr_registration *reg;
	struct nexus_lu *nl;

	LIST_FOREACH (nl, &r->nl->lu->nexuses, link) {
		reg = nl == r->nl ? NULL : pr_find(r->pr, nl->nexus);
		if (reg != NULL && (key == 0 || reg->key == key))
			nexus_lu_establish_attention(nl, ua);
	}
}

/* ---- the reservation ---- */

static void
pr_out_set_reservation(struct pr_out *r)
{
	r->pr->type = r->type;
	r->pr->holder = pr_type_is_all_registrants(r->pr->type) ? NULL : r->own;
}

static void
pr_out_end_reservation(struct pr_out *r)
{
	bool tell = pr_type_is_for_registrants(r->pr->type);

	r->pr->type = PR_NONE;
	r->pr->holder = NULL;
	if (tell)
		pr_out_tell(r, 0, UA_RESERVATIONS_RELEASED);
}

/* ---- registrations ---- */

/* Unregistering ends the reservation of a holder, 5.13.11; of the type that
 * all registrants hold, with the last of them. */
static void
pr_out_unregister(struct pr_out *r)
{
	struct pr_state *pr = r->pr;
	bool ends = pr_type_is_all_registrants(pr->type) ? pr->count == 1
							 : pr->holder == r->own;

	if (pr->type != PR_NONE && ends)
		pr_out_end_reservation(r);
	pr_remove(pr, r->own);
	r->own = NULL;
}

static struct outcome
pr_out_set_key(struct pr_out *r)
{
	if (r->own == NULL && r->action_key == 0)
		return GOOD;
	if (r->action_key == 0) {
		pr_out_unregister(r);
	} else if (r->own != NULL) {
		r->own->key = r->action_key;
	} else {
		r->own = pr_add(r->pr, r->nl->nexus, r->action_key);
		if (r->own == NULL)
			return INSUFFICIENT_REGISTRATION_RESOURCES;
	}
	if (r->own != NULL && r->all_tg_pt)
		r->own->all_target_ports = true;
	r->pr->generation++;
	return GOOD;
}

static struct outcome
pr_out_check_register(const struct pr_out *r)
{
	if (r->spec_i_pt)
		return invalid_field_in_list(20, 3);
	if (r->aptpl)
		return invalid_field_in_list(20, 0);
	return GOOD;
}

static struct outcome
pr_out_register_and_ignore(struct pr_out *r)
{
	struct outcome o = pr_out_check_register(r);

	return outcome_good(o) ? pr_out_set_key(r) : o;
}

static struct outcome
pr_out_register(struct pr_out *r)
{
	struct outcome o = pr_out_check_register(r);
	uint64_t present = r->own == NULL ? 0 : r->own->key;

	if (!outcome_good(o))
		return o;
	if (r->key != present)
		return RESERVATION_CONFLICT;
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
	if (r->pr->type == PR_NONE)
		pr_out_set_reservation(r);
	else if (!pr_is_holder(r->pr, r->own) || r->pr->type != r->type)
		return RESERVATION_CONFLICT;
	return GOOD;
}

static struct outcome
pr_out_release(struct pr_out *r)
{
	if (!pr_out_has_key(r))
		return RESERVATION_CONFLICT;
	if (!pr_is_holder(r->pr, r->own))
		return GOOD;
	if (r->scope != 0 || r->type != r->pr->type)
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
	r->pr->type = PR_NONE;
	r->pr->holder = NULL;
	while (!TAILQ_EMPTY(&r->pr->registrations))
		pr_remove(r->pr, TAILQ_FIRST(&r->pr->registrations));
	r->own = NULL;
	r->pr->generation++;
	return GOOD;
}

/* ---- PREEMPT, PREEMPT AND ABORT, 5.13.11 ---- */

/* Is that registration preempted?  key 0: all are, but for one (or NULL). */
static bool
pr_out_is_victim(const struct pr_registration *reg, uint64_t key,
    const struct pr_registration *but)
{
	return reg != NULL && reg != but && (key == 0 || reg->key == key);
}

/* PREEMPT AND ABORT: the tasks of these nexuses, but for the command itself. */
static bool
pr_out_pick_tasks(
    struct pr_out *r, uint64_t key, const struct pr_registration *but)
{
	struct nexus_lu *nl;

	if (r->aborts == NULL)
		return true;
	LIST_FOREACH (nl, &r->nl->lu->nexuses, link) {
		if (!pr_out_is_victim(pr_find(r->pr, nl->nexus), key, but))
			continue;
		if (!tmf_pick(r->aborts, nl,
			nl == r->nl ? r->arrival - 1 : UINT64_MAX))
			return false;
	}
	return true;
}

/* RESERVATION CONFLICT when no registration has that key. */
static struct outcome
pr_out_remove_key(
    struct pr_out *r, uint64_t key, const struct pr_registration *but)
{
	struct pr_registration *reg, *next;
	struct outcome o = RESERVATION_CONFLICT;

	if (!pr_out_pick_tasks(r, key, but))
		return INSUFFICIENT_RESOURCES;
	pr_out_tell(r, key, UA_REGISTRATIONS_PREEMPTED);
	for (reg = TAILQ_FIRST(&r->pr->registrations); reg != NULL;
	     reg = next) {
		next = TAILQ_NEXT(reg, link);
		if (!pr_out_is_victim(reg, key, but))
			continue;
		pr_remove(r->pr, reg);
		o = GOOD;
	}
	return o;
}

/* The key is the holder's, or 0 while all registrants hold. */
static struct outcome
pr_out_preempt_reservation(struct pr_out *r)
{
	struct outcome o = pr_out_check_type(r);
	bool changes = r->pr->type != r->type;

	if (!outcome_good(o))
		return o;
	/* A holder that preempts itself may find nobody else. */
	o = pr_out_remove_key(r, r->action_key, r->own);
	if (o.status == STATUS_CHECK_CONDITION)
		return o;
	if (changes)
		pr_out_tell(r, 0, UA_RESERVATIONS_RELEASED);
	pr_out_set_reservation(r);
	r->pr->generation++;
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
	if (r->pr->count == 0)
		r->pr->type = PR_NONE;
	r->pr->generation++;
	return GOOD;
}

static struct outcome
pr_out_preempt(struct pr_out *r)
{
	const struct pr_state *pr = r->pr;
	bool takes_over =
	    pr_type_is_all_registrants(pr->type)
		? r->action_key == 0
		: pr->holder != NULL && pr->holder->key == r->action_key;

	if (!pr_out_has_key(r))
		return RESERVATION_CONFLICT;
	return takes_over ? pr_out_preempt_reservation(r)
			  : pr_out_preempt_registrations(r);
}

/* ---- the command ---- */

typedef struct outcome pr_out_action(struct pr_out *r);

/* clang-format off */
static pr_out_action *const pr_out_actions[] = { /* by service action */
	[0] = pr_out_register,
	[1] = pr_out_reserve,
	[2] = pr_out_release,
	[3] = pr_out_clear,
	[4] = pr_out_preempt,
	[5] = pr_out_preempt, /* and abort */
	[6] = pr_out_register_and_ignore,
};
/* clang-format on */

struct outcome
pr_out_prepare(struct task *t)
{
	if (get_be32(t->cdb + 5) != PR_LIST_BYTES)
		return PARAMETER_LIST_LENGTH;
	task_expect_data_out(t, PR_LIST_BYTES, PR_LIST_BYTES);
	return t->data_out_wanted < PR_LIST_BYTES ? PARAMETER_LIST_LENGTH
						  : GOOD;
}

static struct pr_out
pr_out_decode(const struct task *t)
{
	uint8_t list[PR_LIST_BYTES];
	struct pr_out r = {
		.nl = t->nl, .pr = t->nl->lu->pr, .arrival = t->arrival
	};

	buf_list_read(&t->data, 0, list, sizeof(list));
	r.scope = t->cdb[2] >> 4;
	r.type = t->cdb[2] & 0x0f;
	r.key = get_be64(list);
	r.action_key = get_be64(list + 8);
	r.spec_i_pt = list[20] & 0x08;
	r.all_tg_pt = list[20] & 0x04;
	r.aptpl = list[20] & 0x01;
	return r;
}

static struct outcome
pr_out_run(struct task *t, struct tmf *aborts)
{
	struct pr_out r = pr_out_decode(t);
	struct lu *lu = task_lu(t);
	struct outcome o = RESERVATION_CONFLICT;

	r.aborts = aborts;
	pthread_mutex_lock(&lu->mutex);
	if (r.pr->reserved_by == NULL) {
		r.own = pr_find(r.pr, t->nexus);
		o = pr_out_actions[t->cdb[1] & 0x1f](&r);
		pr_publish(lu);
	}
	pthread_mutex_unlock(&lu->mutex);
	return o;
}

void
pr_out_execute(struct task *t)
{
	task_end(t, pr_out_run(t, NULL));
}

/* ---- PREEMPT AND ABORT ends when what it aborts is settled ---- */

struct pr_abort {
	struct tmf tmf;
	struct task *t;
};

static void
pr_out_aborted(struct tmf *f, enum tmf_response response)
{
	struct pr_abort *a = container_of(f, struct pr_abort, tmf);
	struct task *t = a->t;

	free(a);
	task_end(t, GOOD);
}

static struct pr_abort *
pr_out_abort_new(struct task *t)
{
	struct pr_abort *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->t = t;
	a->tmf.nexus = t->nexus;
	a->tmf.function = TMF_PREEMPT;
	a->tmf.done = pr_out_aborted;
	if (tmf_begin(&a->tmf))
		return a;
	free(a);
	return NULL;
}

void
pr_out_abort_execute(struct task *t)
{
	struct pr_abort *a = pr_out_abort_new(t);
	struct outcome o;

	if (a == NULL) {
		task_end(t, INSUFFICIENT_RESOURCES);
		return;
	}
	o = pr_out_run(t, &a->tmf);
	if (outcome_good(o)) {
		/* Two nexuses may preempt each other: neither waits for the
		 * other's command, which has done its work. */
		t->passive = true;
		tmf_go(&a->tmf);
		return;
	}
	tmf_drop(&a->tmf);
	free(a);
	task_end(t, o);
}
