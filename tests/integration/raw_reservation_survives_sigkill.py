#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Registered with APTPL and reserved, the LUN is reserved after SIGKILL and a start; without APTPL it is not."""
from initiator import *

A, B = b"\x40\0\0\0\0\1", b"\x40\0\0\0\0\2"
KEY_A, KEY_B = 0xA1, 0xB2
REGISTER_AND_IGNORE, RESERVE, RELEASE = 6, 1, 2
APTPL = 1


def pr_out(s, action, kind, key, action_key=0, flags=0, expect=0):
    data = struct.pack(">QQ4xB3x", key, action_key, flags)
    cdb = struct.pack(">BBBxxIx", 0x5F, action, kind, len(data))
    status, _, sense = s.command(cdb, write=data)
    assert status == expect, (status, sense.hex())


def pr_in(s, action):
    status, data, sense = s.command(struct.pack(">BB5xHx", 0x5E, action, 4096), read=4096)
    assert status == 0, sense.hex()
    return data


def writes(s, expect):
    status, _, sense = s.command(write10(0, 1), write=b"x" * 512)
    assert status == expect, (status, sense.hex())


with Target("lun disk { file @DIR@/disk.img; size 16M }\nlun other { ram; size 16M }") as t:
    a, b = t.login(isid=A), t.login(isid=B)
    assert pr_in(a, 2)[2] & 1, "PTPL_C"
    pr_out(a, REGISTER_AND_IGNORE, 0, 0, KEY_A, APTPL)
    pr_out(b, REGISTER_AND_IGNORE, 0, 0, KEY_B, APTPL)
    pr_out(a, RESERVE, 1, KEY_A)  # write exclusive
    writes(b, 0x18)
    assert pr_in(a, 2)[3] & 1, "PTPL_A"
    t.kill()

    t.start()
    a, b = t.login(isid=A), t.login(isid=B)
    keys = pr_in(b, 0)
    assert keys[:8] == struct.pack(">II", 0, 16), keys.hex()
    assert set(struct.unpack(">QQ", keys[8:24])) == {KEY_A, KEY_B}
    assert struct.unpack(">Q", pr_in(b, 1)[8:16])[0] == KEY_A
    writes(b, 0x18)
    writes(a, 0)
    c = t.login(isid=b"\x40\0\0\0\0\3")
    writes(c, 0x18)
    pr_out(a, RELEASE, 1, KEY_A)
    writes(b, 0)
    t.kill()

    t.start()
    a, b = t.login(isid=A), t.login(isid=B)
    assert struct.unpack(">I", pr_in(b, 1)[4:8])[0] == 0, "released"
    pr_out(a, RESERVE, 1, KEY_A)
    pr_out(b, REGISTER_AND_IGNORE, 0, 0, KEY_B, 0)  # the last APTPL counts
    t.kill()

    t.start()
    b = t.login(isid=B)
    assert struct.unpack(">I", pr_in(b, 0)[4:8])[0] == 0, "no keys"
    writes(b, 0)
