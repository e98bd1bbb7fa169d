#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Logins and commands without end: memory and descriptors stay as they are."""
import os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *


def logins(t, n):
    for i in range(n):
        s = Session(t.port, name=f"iqn.2026-11.test:l{i % 100}")
        if i % 5 == 0:
            s.login(expect=0x0203, target="iqn.2026-11.test.tisane:absent")
        elif i % 5 == 1:
            s.login(target=None)
        else:
            s.login(HeaderDigest="CRC32C" if i % 5 == 2 else "None")
        if i % 5 == 3:
            s.logout()
        elif i % 5 == 4:
            s.send_command(write10(0, 8), bytes(4096), immediate=b"", final=True)
        s.close()


def commands(t, n):
    s = t.login()
    p, page = Pipe(s, 64), bytes(range(256)) * 16
    for i in range(n):
        kind = i % 8
        if kind < 3:
            p.submit(read10(i % 1000, 8), read=4096)
        elif kind < 6:
            p.submit(write10(i % 1000, 8, 8 if kind == 5 else 0), write=page)
        elif kind == 6:
            p.submit([0x12, 0, 0, 0, 96], read=96)
        else:
            p.submit([0xFF], read=8)
        while not p.room():
            p.reap()
    for _ in p.drain():
        pass
    s.logout()
    t.drop_sessions()


def main():
    n_logins = count(10000)
    n_commands = 20 * n_logins
    with Daemon("lun disk { file @DIR@/disk.img; size 4M }", more="log level error") as t:
        logins(t, 1500)
        commands(t, 20000)
        t.settles(lambda: t.descriptors(), t.descriptors())
        time.sleep(0.5)
        descriptors = t.descriptors()
        before = t.resident()
        logins(t, n_logins)
        commands(t, n_commands)
        t.settles(t.descriptors, descriptors)
        time.sleep(0.5)
        grown = t.resident() - before
        assert grown < 1 << 20, f"{grown >> 10} KiB grown"
        assert t.descriptors() <= descriptors
    figures("leaks", f"{n_logins} logins and {n_commands} commands, {grown >> 10} KiB grown, {descriptors} descriptors")


main()
