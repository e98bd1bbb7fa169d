#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `tisane fault` asks for happens to the commands that it names, and only where it is allowed."""
from initiator import *



def tisane(t, *words, status=0):
    p = subprocess.run([TISANE, "-s", os.path.join(t.dir, "control.sock"), *words], capture_output=True, text=True)
    assert p.returncode == status, f"{words}: {p.returncode} {p.stdout} {p.stderr}"
    return p.stdout


with Target() as t:
    tisane(t, "fault", "add", "disk", "reads", "drop", status=1)

with Target(more="fault-injection yes") as t:
    assert "allowed here" in tisane(t, "status")
    s = t.login(HeaderDigest="CRC32C", DataDigest="CRC32C")
    tisane(t, "fault", "add", "disk", "reads", "error=3/11/0", "lba", "8", "blocks", "1", "count", "1")
    assert "ON PURPOSE" in tisane(t, "status")
    assert s.command(read10(0, 8), read=4096)[0] == 0
    status, _, sense = s.command(read10(8, 8), read=4096)
    assert status == 2 and sense_of(sense) == (3, 0x11, 0), (status, sense)
    assert s.command(read10(8, 8), read=4096)[0] == 0

    tisane(t, "fault", "add", "disk", "writes", "drop", "count", "1")
    s.send_command(write10(0, 1), write=bytes(512))
    s.ping()
    assert s.command(write10(0, 1), write=bytes(512))[0] == 0

    tisane(t, "fault", "add", "disk", "0x28", "cut", "count", "1")
    s.send_command(read10(0, 1), read=512)
    assert s.closed(), "the connection lives"

    s = t.login(HeaderDigest="CRC32C", DataDigest="CRC32C")
    tisane(t, "fault", "add", "disk", "reads", "digest", "count", "1")
    try:
        s.command(read10(0, 8), read=4096)
        raise SystemExit("the digest was right")
    except AssertionError:
        pass
    tisane(t, "fault", "add", "disk", "any", "delay=1")
    tisane(t, "fault", "remove", "5x", status=1)
    tisane(t, "fault", "remove", "5")
    assert '"faults": []' in tisane(t, "fault", "list", "--json")
    tisane(t, "fault", "add", "disk", "reads", "nonsense", status=1)
