/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/rod.h - copies by token: POPULATE TOKEN, WRITE USING TOKEN, RECEIVE
 * ROD TOKEN INFORMATION, RECEIVE COPY STATUS(LID4) (SPC-4 5.17.6, 6.24; SBC-3
 * 5.7, 5.45, 5.20).
 *
 * A token is of the type that is accessed upon reference: it names a LU and
 * ranges of it, and what it stands for is read when it is used.  It needs no
 * memory here, never expires, and gives nobody anything: whoever uses it must
 * see that LU, and be allowed to read it, at that moment.
 */
#ifndef TARGET_ROD_H
#define TARGET_ROD_H

#include "target/cmd.h"

/* A wrong list is 05/1A/00, 05/26/xx or 05/21/00, and so is a type of token
 * that cannot be made.  Range descriptors that are not there whole are ignored.
 * IMMED changes nothing: it is all done at the end. */
struct outcome rod_prepare(struct task *t); /* of both */
void rod_populate_execute(struct task *t);

/*
 * The type of zeroes (FFFF0001h) is taken, too.  A token that was not made by
 * POPULATE TOKEN, or of a LU that this nexus does not see, is 05/23/04.  Of
 * more blocks than the token has behind the offset, those that it has are
 * written, and it ends with 0A/0D/04 and their number.  What goes wrong later
 * is COPY ABORTED.  DEL_TKN changes nothing.
 */
void rod_write_execute(struct task *t);

/* Both, of which the latter is the former without the token.  Of a list
 * identifier that no such command of this nexus had at this LU: 05/24/00. */
struct outcome rod_information_prepare(struct task *t);
void rod_information_execute(struct task *t);

#endif
