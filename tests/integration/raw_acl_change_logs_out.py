#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A reload that no longer admits an initiator asks it to log out (RFC 7143
11.9.1), then drops it; who is still admitted notices nothing."""
from initiator import *

KEPT, GONE = "iqn.2026-11.test:kept", "iqn.2026-11.test:gone"


def reload(t, old, new):
    text = open(t.conf).read()
    assert old in text, text
    with open(t.conf, "w") as f:
        f.write(text.replace(old, new))
    t.process.send_signal(signal.SIGHUP)


names = f"initiator-name {KEPT} {GONE}"
more = f"auth-group hosts {{ {names}\n initiator-address 127.0.0.1 }}"
with Target(more=more, target="auth-group hosts") as t:
    kept = t.login(name=KEPT)
    gone = t.login(name=GONE, isid=b"\x40\0\0\0\0\2")
    silent = t.login(name=GONE, isid=b"\x40\0\0\0\0\3")
    reload(t, names, f"initiator-name {KEPT}")
    for s in (gone, silent):
        p = s.recv()
        assert p.opcode == ASYNC and p.bhs[36] == 1, p
        assert struct.unpack(">H", p.bhs[42:44])[0] == 10, p
    status, _, _ = gone.command(read10(0, 1), read=512)  # what is under way ends
    assert status == 0
    assert gone.logout() == 0
    t.session(name=GONE, isid=b"\x40\0\0\0\0\2").login(expect=0x0202)
    p = silent.recv()
    assert p.opcode == ASYNC and p.bhs[36] == 2 and silent.closed(), p
    for _ in range(3):
        status, _, sense = kept.command(read10(0, 1), read=512)
        assert status == 0, sense.hex()
    assert t.logged("no longer admitted")

    # a secret is wanted now, and this one has shown none
    reload(t, f"initiator-name {KEPT}", f"initiator-name {KEPT}\nchap someone a-secret-of-12-or-more")
    p = kept.recv()
    assert p.opcode == ASYNC and p.bhs[36] == 1, p
    assert kept.logout() == 0
