/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/data_in.h - parameter data that is too long, or too irregular, to be
 * built on the stack: written piece by piece into the task's buffers.
 *
 * What lies behind the end of the buffers is counted and not stored, so length
 * fields are right whatever the allocation length (SPC-4 4.2.5.6).
 */
#ifndef TARGET_DATA_IN_H
#define TARGET_DATA_IN_H

#include <stddef.h>
#include <stdint.h>

#include "target/cmd.h"

struct data_in {
	struct task *t;
	size_t length; /* bytes written so far, stored or not */
};

void data_in_append(struct data_in *r, const void *data, size_t length);
/* Fill in a field of what was appended before. */
void data_in_put_be32(struct data_in *r, size_t offset, uint32_t v);
/* Set data_in_bytes and transfer_length, and end the task with GOOD. */
void data_in_end(struct data_in *r, uint32_t allocation);

#endif
