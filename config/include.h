/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config/include.h - the files that a file includes.
 */
#ifndef CONFIG_INCLUDE_H
#define CONFIG_INCLUDE_H

#include "config/parse.h"
#include "config/report.h"

#define INCLUDE_DEPTH_MAX 16
#define INCLUDE_FILES_MAX 4096

/*
 * Read what the include statements of the tree's files ask for, and what those
 * ask for.  A pattern is relative to the directory of the file that it stands
 * in; files come in the order of their names.  Faults are reported.
 */
void include_all(struct config_tree *tree, struct report *report);

#endif
