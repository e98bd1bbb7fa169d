#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""sharing warn, the default: a second initiator that writes is told of once, with who was first, by the log, the
events, the status and a metric, until one of them has gone; nothing is told of sharing shared."""
import json
from initiator import *

A, B = "iqn.2026-11.test:a", "iqn.2026-11.test:b"
TOLD = f'second writer allowed lun=disk initiator="{B}" held-by="{A}"'


def ask(t, *words):
    return subprocess.run([TISANE, "-s", t.dir + "/control.sock", *words], capture_output=True, text=True,
                          check=True).stdout


def write(s, lun=0):
    while (answer := s.command(write10(0, 1), write=b"w" * 512, lun=lun))[0] == 2 and sense_of(answer[2])[0] == 6:
        pass
    assert answer[0] == 0, answer


port = free_port()
luns = "lun disk { ram; size 4M }\nlun both { file @DIR@/both.img; size 4M; sharing shared }"
with Target(luns, more=f"metrics {port}") as t:
    # meant for clusters: all of its blocks are there
    assert os.stat(t.dir + "/both.img").st_blocks * 512 >= 4 << 20
    a, b = t.login(name=A), t.login(name=B)
    again = t.login(name=A, isid=b"\x40\0\0\0\0\2")
    write(a), write(again)
    assert metric(port, "sharing_conflict") == 0
    assert "is written by" not in ask(t, "status")
    for _ in range(3):
        write(b), write(a)
    assert t.logged(TOLD)
    assert open(t.log).read().count("second writer") == 1, "more than once"
    assert json.dumps(TOLD)[1:-1] in t.events(), t.events()
    assert metric(port, "sharing_conflict") == 1
    assert f"WARNING: lun disk is written by {A}, and {B} writes, too" in ask(t, "status")
    told = json.loads(ask(t, "-j", "show", "disk"))["sharing_conflict"]
    assert told == {"initiator": B, "held_by": A, "refused": False}, told
    assert a.logout() == 0 and metric(port, "sharing_conflict") == 1, "its other session is there"
    assert again.logout() == 0 and metric(port, "sharing_conflict") == 0
    assert "is written by" not in ask(t, "status")

    c = t.login(name="iqn.2026-11.test:c")
    write(b, lun=1), write(c, lun=1)
    assert metric(port, "sharing_conflict", "both") == 0
    assert open(t.log).read().count("second writer") == 1, "of one that is shared"
