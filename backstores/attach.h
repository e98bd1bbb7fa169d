/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/attach.h - a program of ours that lives beside us, on a stream.
 *
 * It is in the directory of the daemon, or in libexec beside that.
 */
#ifndef BACKSTORES_ATTACH_H
#define BACKSTORES_ATTACH_H

/*
 * Start argv, whose first word is the name of the program; its standard input
 * is the other end of the stream that is returned, or -errno.  May block for as
 * long as it takes to start a process: never on a worker.  The program goes
 * into the background by itself.
 */
int attach_program(const char *const argv[]);

/* Have start do it from now on, because we may not.  Before other threads. */
void attach_program_by(int (*start)(const char *const argv[]));

/* In a process that was made for it: become the program.  Returns -errno. */
int attach_become(const char *const argv[], int stream);

#endif
