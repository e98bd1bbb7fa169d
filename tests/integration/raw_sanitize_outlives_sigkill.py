#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A SANITIZE that SIGKILL or a stop has cut off is 03/31/03 after the restart, and its data are not served,
until one is done or, with AUSE 1, the failure is left."""
from initiator import *

OVERWRITE, EXIT, IMMED, AUSE = 1, 0x1F, 0x80, 0x20


def sanitize(s, byte1):
    data = struct.pack(">BBHI", 1, 0, 4, 0x5A5A5A5A) if byte1 & 0x1F == OVERWRITE else b""
    status, _, sense = s.command(struct.pack(">BB5xHx", 0x48, byte1, len(data)), write=data)
    return sense_of(sense) if status else None


def ready(s):
    """What TEST UNIT READY says, behind the unit attentions."""
    while True:
        status, _, sense = s.command([0] * 6)
        if not status:
            return None
        if sense_of(sense)[0] != 6:
            return sense_of(sense)


def again(t):
    t.start()
    s = t.session()
    s.login()
    return s


with Target("lun disk { file @DIR@/a.img; size 32M; sanitize-rate 1M }") as t:
    s = t.login()
    assert s.command(write10(65535, 1), write=b"x" * 512)[0] == 0
    assert sanitize(s, OVERWRITE | AUSE | IMMED) is None and ready(s) == (2, 4, 0x1B)
    t.kill()
    s = again(t)
    assert ready(s) == (3, 0x31, 3), "the data that are left are served"
    assert sense_of(s.command(read10(65535, 1), read=512)[2]) == (3, 0x31, 3)
    assert sanitize(s, EXIT | AUSE) is None and ready(s) is None
    assert s.command(read10(65535, 1), read=512)[1] == b"x" * 512
    assert sanitize(s, OVERWRITE | IMMED) is None and ready(s) == (2, 4, 0x1B)
    s.close()
    t.process.terminate()
    t.process.wait()
    s = again(t)
    assert ready(s) == (3, 0x31, 3), "a stop is not told"
    assert sanitize(s, EXIT)[0] == 5, "a restricted failure was left"
    assert t.logged("refuses service until one is lun=disk")
    t.kill()
    with open(t.conf) as f:
        conf = f.read()
    with open(t.conf, "w") as f:
        f.write(conf.replace("sanitize-rate 1M", ""))
    s = again(t)
    assert ready(s) == (3, 0x31, 3), "a second start has forgotten it"
    assert sanitize(s, OVERWRITE) is None and ready(s) is None
    t.kill()
    s = again(t)
    assert ready(s) is None
    assert s.command(read10(65535, 1), read=512)[1] == b"Z" * 512
