#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A LUN that was taken out and comes back is reserved as before; another LUN in its place is not."""
from initiator import *

CONF = """state-directory {dir}/state
portal-group pg {{ listen 127.0.0.1:{port} }}
lun disk {{ file {dir}/disk.img; size 16M }}
lun other {{ file {dir}/other.img; size 16M }}
target {iqn} {{ portal-group pg; auth-group no-authentication; {map} }}
"""


def configure(t, lun):
    text = CONF.format(dir=t.dir, port=t.port, iqn=IQN, map=f"lun 0 {lun}")
    if lun != "disk":
        text = "".join(line + "\n" for line in text.splitlines() if not line.startswith("lun disk"))
    with open(t.conf, "w") as f:
        f.write(text)
    applied = open(t.log).read().count("configuration applied")
    t.process.send_signal(signal.SIGHUP)
    for _ in range(int(20 * PATIENCE)):
        if open(t.log).read().count("configuration applied") > applied:
            return
        time.sleep(0.05)
    raise AssertionError("not applied")


def write_status(t, isid):
    s = t.session(isid=isid)
    s.login()
    s.command([0] * 6)
    status = s.command(write10(0, 1), write=b"x" * 512)[0]
    s.logout()
    s.close()
    return status


A, B = b"\x40\0\0\0\0\1", b"\x40\0\0\0\0\2"
with Target("lun disk { file @DIR@/disk.img; size 16M }") as t:
    configure(t, "disk")
    a = t.login(isid=A)
    for action, kind, key, action_key, aptpl in ((6, 0, 0, 7, 1), (1, 1, 7, 0, 0)):
        data = struct.pack(">QQ4xB3x", key, action_key, aptpl)
        status, _, sense = a.command(struct.pack(">BBBxxIx", 0x5F, action, kind, 24), write=data)
        assert status == 0, sense.hex()
    assert write_status(t, B) == 0x18
    configure(t, "other")
    assert write_status(t, B) == 0
    configure(t, "disk")
    assert write_status(t, B) == 0x18
    assert write_status(t, A) == 0
