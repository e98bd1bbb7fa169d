#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""LOGICAL UNIT RESET gives every nexus 06/29/03 once, and the other session's waiting write dies."""
from initiator import *

with Target() as t:
    a = t.login(isid=b"\x40\0\0\0\0\1", InitialR2T="Yes", ImmediateData="No")
    b = t.login(isid=b"\x40\0\0\0\0\2")
    itt = a.send_command(write10(0, 16), write=b"x" * 8192, immediate=b"")
    r2t = a.recv()
    assert r2t.opcode == R2T, r2t
    assert b.tmf(5) == 0
    a.send_data_out(itt, r2t.ttt, 0, b"x" * 8192)
    for s in (a, b):
        status, _, sense = s.command([0] * 6)
        assert status == 2 and sense_of(sense)[:2] == (6, 0x29), sense.hex()
        status, _, sense = s.command([0] * 6)
        assert status == 0, sense.hex()
    status, data, _ = b.command(read10(0, 16), read=8192)
    assert data == b"\0" * 8192
    assert a.tmf(5, lun=9) == 2, "no such LUN"
