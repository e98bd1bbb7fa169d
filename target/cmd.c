/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/cmd.c - finding a CDB's row in the opcode table.
 */
#include "target/cmd.h"

#include <assert.h>
#include <string.h>

#include "target/lu.h"

void
cmd_index(uint8_t first_row[256])
{
	size_t i;

	assert(cmd_table_rows < CMD_NO_ROW);
	memset(first_row, CMD_NO_ROW, 256);
	for (i = cmd_table_rows; i-- > 0;)
		first_row[cmd_table[i].opcode] = (uint8_t)i;
}

bool
cmd_is_supported(const struct cmd *cmd, const struct lu *lu)
{
	if (lu == NULL)
		return true;
	if (cmd->flags &
	    (lu->options.removable ? CMD_OF_FIXED : CMD_OF_REMOVABLE))
		return false;
	if ((cmd->flags & CMD_NEEDS_DISCARD) && !backstore_discards(lu->bs))
		return false;
	if ((cmd->flags & CMD_NEEDS_ATOMIC) &&
	    lu->bs->info.atomic_write_bytes == 0)
		return false;
	return !(cmd->flags & CMD_NEEDS_MAP) || backstore_maps(lu->bs);
}

static bool
cmd_is_row_of(const struct cmd *cmd, const uint8_t cdb[16])
{
	return cmd->service_action == CMD_NO_SERVICE_ACTION ||
	       cmd->service_action == (cdb[1] & 0x1f);
}

const struct cmd *
cmd_find(const struct lu *lu, const uint8_t cdb[16], bool *no_such_action)
{
	size_t i = lu != NULL ? lu->first_row[cdb[0]] : 0;
	const struct cmd *cmd;

	*no_such_action = false;
	for (; i < cmd_table_rows; i++) {
		cmd = &cmd_table[i];
		if (cmd->opcode != cdb[0] || !cmd_is_supported(cmd, lu))
			continue;
		if (cmd_is_row_of(cmd, cdb)) {
			*no_such_action = false;
			return cmd;
		}
		*no_such_action = true;
	}
	return NULL;
}
