#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`physical-block` is what READ CAPACITY (16) and the Block Limits page tell; without it the store is asked."""
from initiator import *

LUNS = """lun default { ram; size 16M }
lun old { ram; size 16M; physical-block 512 }
lun big { ram; size 16M; block-size 4096; physical-block 16K }"""

with Target(LUNS) as t:
    s = t.session()
    s.login()
    for lun, exponent, granularity in ((0, 3, 8), (1, 0, 1), (2, 2, 4)):
        assert s.command([0] * 6, lun=lun)[0] == 2  # its unit attention
        status, data, _ = s.command([0x9E, 0x10] + [0] * 11 + [32, 0, 0], read=32, lun=lun)
        assert status == 0 and data[13] & 15 == exponent, (lun, data.hex())
        status, data, _ = s.command([0x12, 1, 0xB0, 0, 64, 0], read=64, lun=lun)
        assert status == 0 and data[6:8] == granularity.to_bytes(2, "big"), (lun, data.hex())
