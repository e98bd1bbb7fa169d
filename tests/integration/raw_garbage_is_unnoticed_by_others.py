#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random bytes on many connections; a good session serves on."""
import random
from initiator import *

rng = random.Random(7143)
with Target() as t:
    good = t.login()
    for i in range(300):
        s = t.session()
        try:
            s.raw(rng.randbytes(rng.randrange(1, 400)))
            if i % 3 == 0:
                s.raw(bytes([0x43]) + rng.randbytes(rng.randrange(47, 3000)))
        except OSError:
            pass
        s.close()
        if i % 50 == 0:
            good.ping()
    status, data, _ = good.command(read10(0, 8), read=4096)
    assert status == 0 and len(data) == 4096
