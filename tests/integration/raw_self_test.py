#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""SEND DIAGNOSTIC with SELFTEST: GOOD of a store that serves, 04/3E/03 of a file that was cut short behind its back."""
import os
from initiator import *

SELF_TEST = [0x1D, 0x04, 0, 0, 0, 0]

with Target("lun disk { file @DIR@/disk.img; size 16M }") as t:
    s = t.login()
    assert s.command(SELF_TEST)[0] == 0
    os.truncate(t.dir + "/disk.img", 8 << 20)
    status, _, sense = s.command(SELF_TEST)
    assert status == 2 and sense_of(sense) == (4, 0x3E, 3), sense.hex()
    status, _, sense = s.command([0x1D, 0xC0, 0, 0, 0, 0])
    assert status == 2 and sense_of(sense) == (5, 0x24, 0), sense.hex()
