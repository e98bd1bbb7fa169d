#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Over- and underflow: status GOOD, exactly the shorter length moved, residual right (RFC 7143 11.4.5)."""
from initiator import *

with Target() as t:
    s = t.login()
    for edtl, blocks, flag, count in ((1024, 1, 2, 512), (512, 2, 4, 512), (512, 1, 0, 0), (0, 1, 4, 512)):
        status, data, _ = s.finish(s.send_command(read10(0, blocks), edtl=edtl, flags=0xC1))
        assert status == 0 and len(data) == min(edtl, blocks * 512), (edtl, blocks, len(data))
        got = s.last.bhs[1] & 6, struct.unpack(">I", s.last.bhs[44:48])[0]
        assert got == (flag, count), (edtl, blocks, got)
