#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Connections that say nothing, or say a login one byte at a time, hold up
nobody: a good login is done within 1 s, and the silent ones are gone in time."""
import os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *

SLOW_ONES = 200


def connect(t, i):
    s = socket.socket()
    s.bind((f"127.0.{1 + i // 200}.{1 + i % 200}", 0))
    s.settimeout(5)
    s.connect(("127.0.0.1", t.port))
    return s


def time_login(t):
    began = time.monotonic()
    t.login().close()
    return time.monotonic() - began


def good_login(t, worst):
    for _ in range(4):  # the machine may be busy
        took = time_login(t)
        if took < 1 * SLOW:
            break
    assert took < 1 * SLOW, f"a good login took {took:.2f} s"
    return max(worst, took)


def slow_login(socks):
    """One byte of a good login for each."""
    sent = bhs(LOGIN | 0x40, 0x81)
    for i in range(0, 24):
        for k in socks:
            quietly(k.send, sent[i:i + 1])
        yield


def main():
    n, worst = count(2000), 0
    more = f"limits {{ connections {max(n, SLOW_ONES) + 64} }}\ntimeout {{ login 4s }}\nlog level error"
    with Daemon(more=more) as t:
        base = t.descriptors()
        silent = []
        for i in range(n):
            silent.append(connect(t, i))
            if i % 400 == 0:
                worst = good_login(t, worst)
        worst = good_login(t, worst)
        t.settles(t.descriptors, base, 8)  # the time for a login is over
        for k in silent:
            k.close()
        slow = [connect(t, i) for i in range(SLOW_ONES)]
        for _ in slow_login(slow):
            worst = good_login(t, worst)
        t.settles(t.descriptors, base, 8)
        for k in slow:
            k.close()
        worst = good_login(t, worst)
        crowd = [connect(t, 0) for _ in range(64)]  # all of one address
        time.sleep(0.1)
        worst = good_login(t, worst)
        for k in crowd:
            k.close()
        t.settles(t.descriptors, base)
    figures("silent connections", f"{n} silent, {SLOW_ONES} slow, a good login within {worst:.3f} s")


main()
