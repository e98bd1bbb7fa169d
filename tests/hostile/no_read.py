#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients that ask for data and do not read it: their memory is bounded, a good
client's p99 is at most twice what it is alone, and they are dropped in time."""
import os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *


def main():
    n, worst = count(20), 0
    with Daemon("lun disk { ram; size 64M }", more="limits { memory 64M }\ntimeout { output-stall 3s; ping-idle 3s; ping-reply 3s }\nlog level error") as t:
        good = t.login(name="iqn.2026-11.test:good")
        alone = max(p99(good), 0.01)
        before, base = t.resident(), t.descriptors()
        deaf = []
        for i in range(n):
            s = t.session(name=f"iqn.2026-11.test:deaf{i}")
            s.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.login()
            s.command([0] * 6)
            p = Pipe(s)
            for j in range(128):
                p.submit(read10(0, 2048), read=1 << 20)
            for j in range(200):
                p.out += bhs(NOP_OUT | 0x40, itt=s.next_itt(),
                             rest=struct.pack(">III", NO_TAG, s.cmd_sn, s.exp_stat_sn))
            quietly(p.flush)
            deaf.append(s)
        beside = p99(good, 2 * alone * SLOW)
        # The best of them: all were beside these.
        assert t.descriptors() >= base + n, "clients that do not read are gone already"
        worst = beside / alone
        assert worst < 2 * SLOW, f"p99 {beside:.4f} s, alone {alone:.4f} s"
        grown = t.resident() - before
        assert grown < 80 << 20, f"{grown >> 20} MiB for {n} clients that do not read"

        def left():
            assert good.command([0] * 6)[0] == 0
            return t.descriptors()

        t.settles(left, base, 20)
    figures("clients that do not read", f"{n} clients, {grown >> 10} KiB grown, good client's p99 {worst:.1f} x")


main()
