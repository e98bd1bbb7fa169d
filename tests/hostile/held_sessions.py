#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sessions that are held open cost 64 KiB of memory each at most, also after
each has moved data, and all of it comes back to be used again."""
import os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *


def grow(t, n, first):
    for i in range(first, first + n):
        s = t.session(name=f"iqn.2026-11.test:h{i // 32}", isid=struct.pack(">HI", 0x4000, i))
        s.login()
        s.command([0] * 6)


def work(t):
    for s in t.sessions:
        assert s.command(write10(0, 128), bytes(65536))[0] == 0
        assert s.command(read10(0, 128), read=65536)[0] == 0


def main():
    n = count(1000)
    limits = f"limits {{ connections {n + 64}; logins-per-address 256 }}\ntimeout {{ ping-idle 10min }}"
    with Daemon(more=limits + "\nlog level error") as t:
        grow(t, 8, 0)
        work(t)
        t.drop_sessions()
        base, descriptors = t.resident(), t.descriptors()
        grow(t, n, 0)
        idle = (t.resident() - base) // n
        assert idle <= 65536, f"a held session takes {idle} bytes"
        work(t)
        worked = (t.resident() - base) // n
        assert worked <= 65536, f"a held session that has worked takes {worked} bytes"
        t.sessions[0].ready()
        t.drop_sessions()
        t.settles(t.descriptors, descriptors)
        grow(t, n, 0)
        work(t)
        again = (t.resident() - base) // n
        assert again <= 65536, f"the second time they take {again} bytes"
        t.drop_sessions()
    figures("held sessions", f"{n} sessions of {idle} bytes, {worked} when they have worked, {again} the second time")


main()
