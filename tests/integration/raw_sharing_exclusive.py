#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""sharing exclusive: a second initiator may read, and write only when the first has logged out."""
from initiator import *

with Target("lun disk { ram; size 16M; sharing exclusive }") as t:
    a = t.login(name="iqn.2026-11.test:a")
    b = t.login(name="iqn.2026-11.test:b")
    migrated = t.login(name="iqn.2026-11.test:a", isid=b"\x40\0\0\0\0\2")
    assert a.command(write10(0, 1), write=b"a" * 512)[0] == 0
    assert migrated.command(write10(1, 1), write=b"a" * 512)[0] == 0
    status, _, sense = b.command(write10(0, 1), write=b"b" * 512)
    assert status == 2 and sense_of(sense) == (7, 0x27, 0), sense.hex()
    assert b.command(read10(0, 1), read=512)[1] == b"a" * 512
    assert t.logged('held-by="iqn.2026-11.test:a"')
    status = subprocess.run([TISANE, "-s", t.dir + "/control.sock", "status"],
                            capture_output=True, text=True, check=True).stdout
    assert "is written by iqn.2026-11.test:a, and iqn.2026-11.test:b is refused to" in status, status
    assert a.logout() == 0 and migrated.logout() == 0
    assert b.command(write10(0, 1), write=b"b" * 512)[0] == 0
