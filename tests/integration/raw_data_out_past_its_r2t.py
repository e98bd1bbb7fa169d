#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Data-Out at a wrong offset or beyond its R2T never ends GOOD."""
from initiator import *

with Target() as t:
    for offset_error, extra in ((512, 0), (0xFFFFFE00, 0), (0, 512)):
        s = t.login(InitialR2T="Yes", ImmediateData="No")
        itt = s.send_command(write10(0, 16), write=b"x" * 8192, immediate=b"")
        p = s.recv()
        assert p.opcode == R2T, p
        offset, length = struct.unpack(">II", p.bhs[40:48])
        s.send_data_out(itt, p.ttt, offset + offset_error & NO_TAG, b"x" * (length + extra))
        try:
            while (p := s.recv(5)).opcode == REJECT:
                pass
            assert p.opcode == RESPONSE and p.bhs[3] != 0, p
        except (Closed, TimeoutError):
            pass
        s.close()
    t.login().ping()
