#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A LUN that is removed while a lost session holds its file open, and added again, is not ready (02/04/01) until the file is
free, and then served, without another reload."""
from initiator import *

LUN = "lun disk { file @DIR@/disk.img; size 16M }"


def reload(t, text):
    """The configuration is that, and in force."""
    with open(t.log) as f:
        before = f.read().count("configuration applied")
    with open(t.conf, "w") as f:
        f.write(text)
    t.process.send_signal(signal.SIGHUP)
    wait_for(lambda: open(t.log).read().count("configuration applied") > before, "the reload is not applied")


with Target("lun ram { ram; size 1M }\n" + LUN) as t:
    with_it = open(t.conf).read()
    without = with_it.replace(LUN.replace("@DIR@", t.dir), "").replace("lun 1 disk", "")
    lost = t.login(ErrorRecoveryLevel=2, DefaultTime2Wait=0, DefaultTime2Retain=3600)
    while lost.command([0] * 6, lun=1)[0]:
        pass
    lost.send_command(write10(0, 128), write=bytes(65536), immediate=b"", lun=1)
    assert lost.recv().opcode == R2T
    lost.close()
    assert t.logged("connection ends")
    reload(t, without)
    reload(t, with_it)
    assert t.logged("has not opened yet, and is served when it has: " + t.dir + "/disk.img is open already")
    s = t.login(name="iqn.2026-11.test:other")
    status, _, sense = s.command([0] * 6, lun=1)
    while status == 2 and sense_of(sense)[0] == 6:
        status, _, sense = s.command([0] * 6, lun=1)
    assert sense_of(sense) == (2, 4, 1), sense.hex()
    t.login()  # takes the place of the lost one, which held it
    wait_for(lambda: s.command([0] * 6, lun=1)[0] == 0, "it is not served")
    status, _, sense = s.command(write10(0, 8), write=b"x" * 4096, lun=1)
    assert status == 0, sense.hex()
