#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Lines of the log for which there is no room are counted, and their number is told when there is some again; a line
that was cut off ends there, and takes no other with it.  Signals that mean nothing to the daemon do not end it."""
import re
import resource

from initiator import *

LOGINS = 20
LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z (error|warning|notice|info) ")
LOST = "log lines dropped count="


def lines(t):
    return open(t.log).read().splitlines()


def logins(told):
    return sum("logged in" in l for l in told)


with Target() as t:
    t.login()
    # the connection that looked whether it listens ends meanwhile
    wait_for(lambda: logins(lines(t)) and any("connection ends" in l for l in lines(t)), "the login is not logged")
    for name in signal.SIGUSR1, signal.SIGUSR2:
        t.process.send_signal(name)
    whole = len(lines(t))
    limits = resource.prlimit(t.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(t.process.pid, resource.RLIMIT_FSIZE, (os.path.getsize(t.log) + 10, limits[1]))
    for i in range(LOGINS):
        t.login(isid=b"\x40\0\0\1\0" + bytes([i]))
    wait_for(lambda: len(lines(t)) > whole, "nothing is written")
    assert len(lines(t)) == whole + 1 and not LINE.match(lines(t)[-1]), "there was room"
    resource.prlimit(t.process.pid, resource.RLIMIT_FSIZE, limits)
    t.login(isid=b"\x40\0\0\2\0\0")
    assert t.logged(LOST), "what was lost is not told of"
    # a thread writes: some may have come when there was room again
    wait_for(lambda: LOGINS + 1 == logins(lines(t)[whole:]) +
             sum(int(l.split(LOST)[1]) for l in lines(t) if LOST in l), "lines are missing")
    later = lines(t)[whole + 1:]
    assert all(LINE.match(l) for l in later), later
