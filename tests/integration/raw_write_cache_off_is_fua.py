#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""cache writethrough: the caching mode page says WCE 0, and it cannot be turned on."""
from initiator import *

with Target("lun disk { file @DIR@/d.img; size 16M; cache writethrough }") as t:
    s = t.login()
    status, data, _ = s.command([0x1A, 0x08, 0x08, 0, 64, 0], read=64)
    assert status == 0 and not data[4 + 2] & 4, data.hex()
    status, data, _ = s.command([0x1A, 0x08, 0x48, 0, 64, 0], read=64)
    assert status == 0 and not data[4 + 2] & 4, "WCE is changeable"
