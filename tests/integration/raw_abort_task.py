#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ABORT TASK of a write that waits for data: function complete, no response to it, nothing written."""
from initiator import *

with Target() as t:
    s = t.login(InitialR2T="Yes", ImmediateData="No")
    itt = s.send_command(write10(0, 16), write=b"x" * 8192, immediate=b"")
    p = s.recv()
    assert p.opcode == R2T, p
    assert s.tmf(1, ref_itt=itt) == 0
    s.send_data_out(itt, p.ttt, 0, b"x" * 8192)
    s.ping()
    status, data, _ = s.command(read10(0, 16), read=8192)
    assert status == 0 and data == b"\0" * 8192
    assert s.tmf(1, ref_itt=0x12345, ref_cmd_sn=s.cmd_sn - 1) in (0, 1)
