#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Task management without end is a bounded number of lines of the log, and the rest is counted; what else happens is
told meanwhile."""
from initiator import *

REQUESTS = 6000
BURST = 64
HELD = 'log lines held back count='


def lines(t):
    return open(t.log).read().splitlines()


with Target() as t:
    s = t.login()
    function = bhs(TMF | 0x40, 0x81, itt=0x1234, rest=struct.pack(">III", 0x77, s.cmd_sn, s.exp_stat_sn))
    for _ in range(REQUESTS // BURST):
        s.raw(function * BURST)
        for _ in range(BURST):
            assert s.recv().opcode == TMF_RSP
    t.login(isid=b"\x40\0\0\0\0\2")
    wait_for(lambda: sum("logged in" in l for l in lines(t)) == 2, "the login is not logged")
    assert t.logged(HELD), "what was held back is not told of"
    told = sum("task management" in l and HELD not in l for l in lines(t))
    held = sum(int(l.split(HELD)[1].split()[0]) for l in lines(t) if HELD in l)
    sent = REQUESTS // BURST * BURST
    assert told < sent / 2, f"{told} lines for {sent} requests"
    wait_for(lambda: sum(int(l.split(HELD)[1].split()[0]) for l in lines(t) if HELD in l)
             + sum("task management" in l and HELD not in l for l in lines(t)) == sent,
             f"{told} lines and {held} held back are not {sent}")
