#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Headers with random fields in full feature phase end at most that connection."""
import random
from initiator import *

rng = random.Random(3720)
with Target() as t:
    good = t.login()
    for i in range(200):
        s = t.login(name=f"iqn.2026-11.test:bad{i % 5}", isid=b"\x40\0\0\0\1" + bytes([i % 7]))
        try:
            for _ in range(6):
                b = bytearray(rng.randbytes(48))
                b[0] = rng.choice([0, 1, 2, 4, 5, 6, 0x10, 0x40, 0x41, 0x42, 0x44, 0x46, rng.randrange(256)])
                b[4] = rng.choice([0, 0, 0, 1, 255])
                b[5:8] = rng.choice([0, 0, 4, 512, 70000]).to_bytes(3, "big")
                if rng.random() < .5:
                    b[24:28] = struct.pack(">I", s.cmd_sn)
                s.raw(bytes(b) + rng.randbytes(rng.choice([0, 4, 512])))
        except OSError:
            pass
        s.close()
        if i % 25 == 0:
            good.ping()
    good.ready()  # one of them may have been a reset
    status, data, _ = good.command(read10(0, 8), read=4096)
    assert status == 0 and len(data) == 4096
