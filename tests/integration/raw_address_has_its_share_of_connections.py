#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Of one address no more connections are taken than the limit says, though they have logged in; another has its own.
A reload that lowers it leaves those that are there, and a place that was left can be had again."""
from initiator import *


def refused(t):
    return t.session().closed()


def login(t, i):
    """As soon as the place of one that has gone is free."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return t.login(isid=b"\x40\0\0\0\0" + bytes([i]))
        except (Closed, OSError):
            assert time.monotonic() < until
            time.sleep(0.05)


def reload(t, old, new):
    text = open(t.conf).read()
    assert f"per-address {old}" in text, text
    with open(t.conf, "w") as f:
        f.write(text.replace(f"per-address {old}", f"per-address {new}"))
    done = open(t.log).read().count("configuration applied")
    t.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + PATIENCE
    while open(t.log).read().count("configuration applied") == done:
        assert time.monotonic() < until, "no reload"
        time.sleep(0.05)


with Target(more="limits { connections-per-address 3 }") as t:
    held = [login(t, i) for i in range(3)]
    assert refused(t)
    assert t.logged('reason="limit of connections per address"')
    other = t.session(isid=b"\x40\0\0\0\0\x09", source="127.0.0.2")
    other.login()
    other.ready()
    reload(t, 3, 2)
    assert refused(t)
    for s in held + [other]:
        s.ping()
    held.pop().close()
    assert refused(t)  # two are left
    reload(t, 2, 3)
    held.append(login(t, 3))
    for s in held + [other]:
        s.ping()
