#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A LUN whose reservations cannot be read refuses service and says so, others are served; a reload tries again."""
import glob
from initiator import *

REGISTER = struct.pack(">QQ4xB3x", 0, 0xA1, 1)


def register(s, lun):
    cdb = struct.pack(">BBBxxIx", 0x5F, 6, 0, len(REGISTER))
    return s.command(cdb, write=REGISTER, lun=lun)[0]


def not_ready(s, cdb, **kw):
    status, _, sense = s.command(cdb, **kw)
    assert status == 2 and sense_of(sense) == (2, 4, 3), (status, sense.hex())


def login(t):
    s = t.session()
    s.login()
    for lun in (0, 1):
        s.command([0] * 6, lun=lun)  # the unit attention of power on
    return s


with Target("lun disk { ram; size 16M }\nlun other { ram; size 16M }") as t:
    s = t.login()
    s.command([0] * 6, lun=1)
    assert register(s, 0) == 0 and register(s, 1) == 0
    names = glob.glob(t.dir + "/state/reservations-*")
    assert len(names) == 2, names
    name = next(n for n in names if " disk\n" in open(n).read())
    good = open(name, "rb").read()
    t.kill()

    for damage in (good[:-1], good[:len(good) // 2], b"", good.replace(b"a1", b"a2"), good + b"\n"):
        with open(name, "wb") as f:
            f.write(damage)
        t.start()
        assert t.logged(f"reservations cannot be read, the lun refuses service lun=disk file={os.path.basename(name)}")
        s = login(t)
        not_ready(s, [0] * 6)
        not_ready(s, read10(0, 1), read=512)
        not_ready(s, write10(0, 1), write=b"x" * 512)
        not_ready(s, struct.pack(">BB5xHx", 0x5E, 0, 8), read=8)
        status, data, _ = s.command([0x12, 0, 0, 0, 36, 0], read=36)
        assert status == 0 and data[0] == 0
        status, _, sense = s.command(write10(0, 1), write=b"x" * 512, lun=1)
        assert status == 0, sense.hex()
        t.kill()

    t.start()
    s = login(t)
    not_ready(s, [0] * 6)
    with open(name, "wb") as f:
        f.write(good)
    t.process.send_signal(signal.SIGHUP)
    assert t.logged("reservations are known again, the lun is served lun=disk")
    status, data, _ = s.command(struct.pack(">BB5xHx", 0x5E, 0, 16), read=16)
    assert status == 0 and data[8:] == struct.pack(">Q", 0xA1), data.hex()
    s.ready()
