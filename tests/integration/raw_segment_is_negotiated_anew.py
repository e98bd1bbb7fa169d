#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A reload that changes receive-segment: Async event 4, and what a Text Request after it is told."""
from initiator import *


def reload(t, old, new):
    text = open(t.conf).read()
    assert old in text, text
    with open(t.conf, "w") as f:
        f.write(text.replace(old, new))
    t.process.send_signal(signal.SIGHUP)


def told(s, text=b""):
    itt = s.next_itt()
    s.send(bhs(TEXT | 0x40, 0x80, itt=itt, rest=struct.pack(">III", NO_TAG, s.cmd_sn, s.exp_stat_sn)), text)
    p = s.recv()
    assert p.opcode == TEXT_RSP and p.itt == itt and p.bhs[1] & 0x80, p
    return p.text()


with Target(more="limits { receive-segment 128K }") as t:
    s = t.login()
    other = t.login(isid=b"\x40\0\0\0\0\2")
    assert s.params["MaxRecvDataSegmentLength"] == "131072", s.params
    reload(t, "receive-segment 128K", "receive-segment 16K")
    for c in (s, other):
        p = c.recv()
        assert p.opcode == ASYNC and p.bhs[36] == 4 and p.bhs[42:44] == b"\0\x0a", p
    # Until the answer has come the old value holds.
    assert s.command(write10(0, 64), write=b"a" * 32768)[0] == 0
    assert told(s) == {"MaxRecvDataSegmentLength": "16384"}
    assert told(s) == {}
    assert s.command(write10(0, 32), write=b"b" * 16384)[0] == 0
    s.send_command(write10(0, 64), write=b"c" * 32768)
    assert s.closed() and t.logged("data longer than MaxRecvDataSegmentLength")
    # Who does not ask is asked to log out, and then dropped.
    p = other.recv()
    assert p.opcode == ASYNC and p.bhs[36] == 1, p
    assert other.logout() == 0
    assert t.login().params["MaxRecvDataSegmentLength"] == "16384"
