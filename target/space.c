/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/space.c - soft thresholds of space.
 */
#include "target/space.h"

#include <string.h>

#include "common/bytes.h"
#include "target/limits.h"
#include "target/nexus.h"

static const enum unit_attention space_attentions[SPACE_RESOURCES] = {
	[SPACE_AVAILABLE] = UA_AVAILABLE_THRESHOLD,
	[SPACE_USED] = UA_USED_THRESHOLD,
};

/* Is it as bad as the threshold says, or worse?  by: moves it to better. */
static bool
space_is_reached(
    enum space_resource resource, const struct space_level *level, uint64_t by)
{
	if (level->threshold == 0 || level->bytes == SPACE_UNKNOWN)
		return false;
	return resource == SPACE_USED ? level->bytes + by >= level->threshold
				      : level->bytes <= level->threshold + by;
}

/* Under lu->mutex.  Has crossed[] changed? */
static bool
space_judge(struct lu *lu, enum space_resource resource)
{
	const struct space_level *level = &lu->space.levels[resource];
	bool *crossed = &lu->space.crossed[resource];
	bool reached =
	    space_is_reached(resource, level, *crossed ? level->slack : 0);

	if (reached == *crossed)
		return false;
	*crossed = reached;
	if (reached && atomic_load(&lu->space_reports))
		lu_establish_attention(lu, space_attentions[resource], NULL);
	return true;
}

/* Under lu->mutex. */
static bool
space_moves_threshold(
    const struct lu *lu, const struct space_level levels[SPACE_RESOURCES])
{
	for (int i = 0; i < SPACE_RESOURCES; i++) {
		if (space_sets(i, lu->space.levels[i].threshold) !=
		    space_sets(i, levels[i].threshold))
			return true;
	}
	return false;
}

unsigned
space_note(struct lu *lu, const struct space_level levels[SPACE_RESOURCES])
{
	unsigned changed = 0;

	pthread_mutex_lock(&lu->mutex);
	if (space_is_known(lu) && space_moves_threshold(lu, levels))
		lu_establish_attention(lu, UA_MODE_PARAMETERS_CHANGED, NULL);
	memcpy(lu->space.levels, levels, sizeof(lu->space.levels));
	atomic_store(&lu->space_known, lu_can_unmap(lu));
	for (int i = 0; i < SPACE_RESOURCES; i++)
		changed |= (unsigned)space_judge(lu, i) << i;
	pthread_mutex_unlock(&lu->mutex);
	return changed;
}

bool
space_is_known(const struct lu *lu)
{
	return atomic_load(&lu->space_known);
}

bool
space_levels(struct lu *lu, struct lu_space *out)
{
	pthread_mutex_lock(&lu->mutex);
	*out = lu->space;
	pthread_mutex_unlock(&lu->mutex);
	return space_is_known(lu);
}

uint32_t
space_sets(enum space_resource resource, uint64_t bytes)
{
	const uint64_t round = (UINT64_C(1) << SPACE_SET_SHIFT) - 1;

	if (resource == SPACE_USED && bytes < UINT64_MAX - round)
		bytes += round;
	return (uint32_t)min_u64(bytes >> SPACE_SET_SHIFT, UINT32_MAX);
}

uint8_t
space_exponent(const struct lu *lu)
{
	return (uint8_t)(SPACE_SET_SHIFT - lu->block_shift);
}
