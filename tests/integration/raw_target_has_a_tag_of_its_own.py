#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A tag given inside a target is what login, discovery, VPD 83h and READ FULL STATUS say; a reload keeps the session."""
from initiator import *

t = Target()
conf = open(t.conf).read().replace("portal-group pg\n", "portal-group pg tag 77\n")
with open(t.conf, "w") as f:
    f.write(conf)
with t:
    d = t.session()
    assert d.login(target=None) is not None
    itt = d.next_itt()
    d.send(bhs(TEXT, itt=itt, rest=struct.pack(">III", NO_TAG, d.cmd_sn, d.exp_stat_sn)), b"SendTargets=All\0")
    p = d.recv()
    assert p.opcode == TEXT_RSP and p.data.rstrip(b"\0").endswith(b",77"), p.data

    s = t.session()
    s.login()
    s.ready()
    status, data, _ = s.command([0x12, 1, 0x83, 2, 0, 0], read=512)
    assert status == 0 and b"\x51\x94\0\4\0\0\0\x4d" in data, data.hex()
    assert IQN.encode() + b",t,0x004d" in data, data
    reg = struct.pack(">QQ8x", 0, 5)
    status, _, sense = s.command(struct.pack(">BBBxxIx", 0x5F, 6, 0, 24), write=reg)
    assert status == 0, sense.hex()
    status, data, _ = s.command(struct.pack(">BB5xHx", 0x5E, 3, 512), read=512)
    assert data[8 + 18:8 + 20] == b"\0\x4d", data.hex()

    t.process.send_signal(signal.SIGHUP)
    assert t.logged("configuration applied")
    s.ready()
