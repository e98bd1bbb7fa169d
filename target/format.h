/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/format.h - FORMAT UNIT (SBC-3 5.3, 4.10).
 *
 * Number and length of the blocks stay as they are.  All blocks are zero after
 * it, as holes where the unit can unmap; there are no defects to look for.
 */
#ifndef TARGET_FORMAT_H
#define TARGET_FORMAT_H

#include "target/cmd.h"

/*
 * FMTPINFO, vendor specific bits and FFMT are 05/24/00; without FMTDATA so are
 * CMPLST and a DEFECT LIST FORMAT.  In the parameter list protection fields, a
 * defect list, an initialization pattern and STPF are 05/26/00, and a list that
 * ends within its header 05/1A/00.  Without IMMED the command ends with the
 * operation; one that fails is 03/31/01, and leaves the medium 03/31/00 until
 * the next one succeeds.
 */
struct outcome format_prepare(struct task *t);
void format_execute(struct task *t);

#endif
