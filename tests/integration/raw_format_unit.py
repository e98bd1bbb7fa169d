#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""FORMAT UNIT leaves zeros and holes and the capacity as it was, tells its progress, and is refused where it has nothing to say."""
from initiator import *

FMTDATA, IMMED = 0x10, 0x02
SIZE = 16 << 20


def capacity(s):
    status, data, _ = s.command(struct.pack(">BB8xIxx", 0x9E, 0x10, 32), read=32)
    assert status == 0
    return data[:12]


def sense(s):
    status, data, _ = s.command([3, 0, 0, 0, 18, 0], read=18)
    assert status == 0
    return sense_of(data)


with Target(f"lun disk {{ file @DIR@/disk.img; size {SIZE} }}") as t:
    s = t.login()
    before = capacity(s)
    assert s.command(write10(0, 128), write=b"x" * 65536)[0] == 0
    assert s.command(write10(32767, 1), write=b"y" * 512)[0] == 0
    status, _, data = s.command([4, FMTDATA, 0, 0, 0, 0], write=bytes([0, 0x88, 0, 0]))
    assert (status, sense_of(data)) == (2, (5, 0x26, 0)), data.hex()
    status, data, _ = s.command(read10(0, 1), read=512)
    assert data == b"x" * 512
    assert s.command([4, FMTDATA, 0, 0, 0, 0], write=bytes([0, IMMED, 0, 0]))[0] == 0
    for _ in range(int(20 * PATIENCE)):
        now = sense(s)
        if now != (2, 4, 4):
            break
        time.sleep(0.05)
    assert now == (0, 0, 0), now
    s.ready()
    assert capacity(s) == before
    status, data, _ = s.command(read10(0, 128), read=65536)
    assert status == 0 and data == bytes(65536)
    status, data, _ = s.command(read10(32767, 1), read=512)
    assert status == 0 and data == bytes(512)
    assert os.stat(t.dir + "/disk.img").st_blocks * 512 < 65536, "it has holes"
    assert s.command(write10(0, 1), write=b"z" * 512)[0] == 0
    assert s.command([4, 0, 0, 0, 0, 0])[0] == 0
    status, data, _ = s.command(read10(0, 1), read=512)
    assert status == 0 and data == bytes(512)
