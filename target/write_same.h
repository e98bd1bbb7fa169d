/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/write_same.h - WRITE SAME(10) and (16) (SBC-3 5.43, 5.44).
 *
 * A block of zeros, or none (NDOB), becomes a request for zeros, which leaves
 * holes where UNMAP allows them and the store has them.  Anything else is
 * written.  ANCHOR is refused: there are no anchored blocks.
 */
#ifndef TARGET_WRITE_SAME_H
#define TARGET_WRITE_SAME_H

#include "target/cmd.h"

struct outcome write_same_prepare(struct task *t);
void write_same_execute(struct task *t);

#endif
