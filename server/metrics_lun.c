/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/metrics_lun.c - the metrics of each LUN.
 */
#include "server/metrics_out.h"

#include <stdlib.h>

#include "common/bytes.h"
#include "target/pr.h"
#include "target/sharing.h"

/* One LUN as it is told in one answer. */
struct metrics_lun {
	const struct unit *unit;
	const struct config_lun *config;
	struct stats stats;
	unsigned registrations, reservation; /* type; 0: none */
};

static double
lun_size(const struct metrics_lun *l)
{
	return (double)backstore_size(l->unit->bs);
}

static double
lun_allocated(const struct metrics_lun *l)
{
	return (double)l->unit->headroom.used;
}

static double
lun_reads(const struct metrics_lun *l)
{
	return (double)l->stats.store.reads;
}

static double
lun_writes(const struct metrics_lun *l)
{
	return (double)l->stats.store.writes;
}

static double
lun_read_bytes(const struct metrics_lun *l)
{
	return (double)l->stats.store.read_bytes;
}

static double
lun_write_bytes(const struct metrics_lun *l)
{
	return (double)l->stats.store.write_bytes;
}

static double
lun_errors(const struct metrics_lun *l)
{
	return (double)l->stats.store.errors;
}

static double
lun_delayed(const struct metrics_lun *l)
{
	return (double)l->unit->lu->throttle.delayed;
}

static double
lun_limit_iops(const struct metrics_lun *l)
{
	return (double)l->config->iops.per_second;
}

static double
lun_limit_bandwidth(const struct metrics_lun *l)
{
	return (double)l->config->bandwidth.per_second;
}

static double
lun_threshold(const struct metrics_lun *l)
{
	return l->unit->headroom.threshold / 100.0;
}

static double
lun_pool_threshold(const struct metrics_lun *l)
{
	return l->unit->headroom.pool_threshold / 100.0;
}

static double
lun_fault(const struct metrics_lun *l)
{
	return atomic_load(&l->unit->fault);
}

static double
lun_sharing_conflict(const struct metrics_lun *l)
{
	struct sharing_conflict c;

	return sharing_find_conflict(l->unit->lu, &c);
}

static double
lun_flush_failed(const struct metrics_lun *l)
{
	return l->unit->bs->flush_error != 0;
}

static double
lun_no_space(const struct metrics_lun *l)
{
	return (double)l->unit->lu->no_space;
}

static double
lun_pool_size(const struct metrics_lun *l)
{
	return (double)l->unit->headroom.pool_size;
}

static double
lun_pool_available(const struct metrics_lun *l)
{
	return (double)l->unit->headroom.pool_available;
}

static double
lun_space_low(const struct metrics_lun *l)
{
	return l->unit->headroom.low;
}

static double
lun_pool_space_low(const struct metrics_lun *l)
{
	return l->unit->headroom.pool_low;
}

static double
lun_reserve(const struct metrics_lun *l)
{
	return (double)l->unit->headroom.reserve;
}

static double
lun_reserve_kept(const struct metrics_lun *l)
{
	return (double)l->unit->headroom.kept;
}

static double
lun_reserve_short(const struct metrics_lun *l)
{
	return l->unit->headroom.short_of;
}

static double
lun_queue_depth(const struct metrics_lun *l)
{
	return (double)stats_depth(&l->stats);
}

static double
lun_registrations(const struct metrics_lun *l)
{
	return l->registrations;
}

static double
lun_reservation(const struct metrics_lun *l)
{
	return l->reservation;
}

/* clang-format off */
static const struct {
	const char *name, *help;
	enum metrics_type type;
	double (*value)(const struct metrics_lun *l);
} lun_metrics[] = {
	{ "lun_size_bytes", "Capacity.", METRICS_GAUGE, lun_size },
	{ "lun_allocated_bytes", "Space that the store uses.", METRICS_GAUGE,
	  lun_allocated },
	{ "lun_pool_size_bytes",
	  "Size of the file system or pool below; 0: not known.",
	  METRICS_GAUGE, lun_pool_size },
	{ "lun_pool_available_bytes", "Space that it still has.",
	  METRICS_GAUGE, lun_pool_available },
	{ "lun_space_low", "1: it uses more than its threshold.",
	  METRICS_GAUGE, lun_space_low },
	{ "lun_pool_space_low",
	  "1: the file system or pool below is fuller than the threshold.",
	  METRICS_GAUGE, lun_pool_space_low },
	{ "lun_reserve_bytes", "Space that is guaranteed.", METRICS_GAUGE,
	  lun_reserve },
	{ "lun_reserve_kept_bytes",
	  "Space that is set aside for what is guaranteed and not used yet.",
	  METRICS_GAUGE, lun_reserve_kept },
	{ "lun_reserve_short", "1: not all that is guaranteed is there.",
	  METRICS_GAUGE, lun_reserve_short },
	{ "lun_no_space", "Operations that found no space.", METRICS_COUNTER,
	  lun_no_space },
	{ "lun_reads", "Reads of the store.", METRICS_COUNTER, lun_reads },
	{ "lun_writes", "Writes to the store.", METRICS_COUNTER, lun_writes },
	{ "lun_read_bytes", "Bytes read from the store.", METRICS_COUNTER,
	  lun_read_bytes },
	{ "lun_write_bytes", "Bytes written to the store.", METRICS_COUNTER,
	  lun_write_bytes },
	{ "lun_errors", "Operations that the store failed.", METRICS_COUNTER,
	  lun_errors },
	{ "lun_delayed_commands", "Commands that a limit of the LUN had wait.",
	  METRICS_COUNTER, lun_delayed },
	{ "lun_limit_commands",
	  "Commands a second that its limit admits; 0: no limit.",
	  METRICS_GAUGE, lun_limit_iops },
	{ "lun_limit_bytes",
	  "Bytes a second that its limit admits; 0: no limit.",
	  METRICS_GAUGE, lun_limit_bandwidth },
	{ "lun_threshold_ratio",
	  "The part of it that gives the alarm when used; 0: none.",
	  METRICS_GAUGE, lun_threshold },
	{ "lun_pool_threshold_ratio",
	  "The same of the file system or pool below; 0: none.",
	  METRICS_GAUGE, lun_pool_threshold },
	{ "lun_fault", "1: deleted, 2: replaced, 3: shrunk while it is served, 4: not opened yet, 5: could not be opened.",
	  METRICS_GAUGE, lun_fault },
	{ "lun_flush_failed", "1: a write was lost.", METRICS_GAUGE,
	  lun_flush_failed },
	{ "lun_sharing_conflict",
	  "1: a second initiator writes, or wants to, that is not to.",
	  METRICS_GAUGE, lun_sharing_conflict },
	{ "lun_queue_depth", "Commands under way.", METRICS_GAUGE,
	  lun_queue_depth },
	{ "lun_registrations", "Keys that are registered for reservations.",
	  METRICS_GAUGE, lun_registrations },
	{ "lun_reservation_type",
	  "Type of the persistent reservation as SPC-4 has it; 0: none.",
	  METRICS_GAUGE, lun_reservation },
};
/* clang-format on */

static struct metrics_labels
lun_labels(const struct metrics_lun *l)
{
	struct metrics_labels labels = { "" };

	metrics_label(&labels, "lun", l->unit->lu->identity.name);
	return labels;
}

static void
metrics_lun_table(
    const struct metrics_out *o, const struct metrics_lun *luns, unsigned count)
{
	struct metrics_labels labels;
	unsigned m, i;

	for (m = 0; m < ARRAY_LEN(lun_metrics); m++) {
		metrics_family(o, lun_metrics[m].name, lun_metrics[m].type,
		    lun_metrics[m].help);
		for (i = 0; i < count; i++) {
			labels = lun_labels(&luns[i]);
			metrics_sample(o, lun_metrics[m].name,
			    lun_metrics[m].type, labels.text,
			    lun_metrics[m].value(&luns[i]));
		}
	}
}

static void
metrics_lun_latency(
    const struct metrics_out *o, const struct metrics_lun *luns, unsigned count)
{
	struct metrics_labels labels;
	unsigned i, k;

	metrics_family(o, "lun_latency_seconds", METRICS_HISTOGRAM,
	    "From a command's arrival to its end at the store.");
	for (i = 0; i < count; i++) {
		for (k = 0; k < STATS_KINDS; k++) {
			labels = lun_labels(&luns[i]);
			metrics_label(&labels, "op", metrics_ops[k]);
			metrics_histogram(o, "lun_latency_seconds", labels.text,
			    &luns[i].stats.kinds[k], 1);
		}
	}
}

static void
metrics_lun_ends(
    const struct metrics_out *o, const struct metrics_lun *luns, unsigned count)
{
	struct metrics_labels labels;
	unsigned i, end;

	metrics_family(o, "lun_bad_ends", METRICS_COUNTER,
	    "Commands that did not end with GOOD, by sense key or status.");
	for (i = 0; i < count; i++) {
		for (end = 0; end < STATS_ENDS; end++) {
			if (stats_end_word(end) == NULL)
				continue;
			labels = lun_labels(&luns[i]);
			metrics_label(&labels, "reason", stats_end_word(end));
			metrics_sample(o, "lun_bad_ends", METRICS_COUNTER,
			    labels.text, (double)luns[i].stats.ends[end]);
		}
	}
}

void
metrics_luns(const struct metrics_out *o, const struct server *s)
{
	struct metrics_lun *luns = calloc(s->unit_count + 1, sizeof(*luns));
	const struct config_lun *config = TAILQ_FIRST(&s->config->luns);
	unsigned i;

	if (luns == NULL)
		return;
	for (i = 0; i < s->unit_count; i++) {
		luns[i].unit = s->units[i];
		luns[i].config = config;
		config = TAILQ_NEXT(config, link);
		stats_of_lu(s->units[i]->lu, &luns[i].stats);
		pr_summary(s->units[i]->lu, &luns[i].registrations,
		    &luns[i].reservation);
	}
	metrics_lun_table(o, luns, s->unit_count);
	metrics_lun_latency(o, luns, s->unit_count);
	metrics_lun_ends(o, luns, s->unit_count);
	free(luns);
}
