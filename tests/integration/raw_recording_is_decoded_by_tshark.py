#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The last PDUs of a session, on demand; those of a peer that broke the protocol, by themselves."""
import json
from initiator import *

if shutil.which("tshark") is None:
    print("SKIP: tshark is not installed")
    raise SystemExit(77)


def decoded(path, port):
    """(source port, opcode, ITT) of each PDU as tshark has it."""
    out = subprocess.run(["tshark", "-n", "-r", path, "-d", f"tcp.port=={port},iscsi", "-Y", "iscsi", "-T", "fields",
                          "-e", "tcp.srcport", "-e", "iscsi.opcode", "-e", "iscsi.initiatortasktag"],
                         check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in out.splitlines()]
    return [(int(a), int(b.split(",")[0], 0), int(c.split(",")[0], 0) if c else None) for a, b, c in rows]


with Target() as t:
    s = t.login()
    status, data, _ = s.command(read10(3, 8), read=4096)
    assert status == 0
    s.ping()
    path = os.path.join(t.dir, "session.pcapng")
    tisane = [TISANE, "-s", os.path.join(t.dir, "control.sock")]
    listed = subprocess.run(tisane + ["sessions", "--json"], check=True, capture_output=True, text=True).stdout
    tsih = str(json.loads(listed)["sessions"][0]["tsih"])
    subprocess.run(tisane + ["session", "record", tsih, path], check=True)
    pdus = decoded(path, t.port)
    assert pdus[0][1] == 0x03 and pdus[1][:2] == (t.port, 0x23), f"no login at the start: {pdus}"
    assert any(port != t.port and opcode == 0x01 for port, opcode, _ in pdus), f"no command: {pdus}"
    assert any(port == t.port and opcode == 0x25 for port, opcode, _ in pdus), f"no Data-In: {pdus}"
    assert pdus[-1][:2] == (t.port, 0x20), f"no NOP-In at the end: {pdus}"
    again = subprocess.run(tisane + ["session", "record", tsih, path], capture_output=True)
    assert again.returncode == 1, "a file that is there was written over"
    nobody = subprocess.run(tisane + ["session", "record", "65535", "-"], capture_output=True)
    assert nobody.returncode == 1 and b"no session" in nobody.stderr

    bad = t.login(name="iqn.2026-11.test:bad")
    bad.send(bhs(0x1e, itt=0x77))
    bad.recv()
    bad.close()
    assert t.logged("recording kept"), "nothing was kept of the one that broke the protocol"
    kept = decoded(os.path.join(t.dir, "state/recordings/00.pcapng"), t.port)
    assert kept[-1][1] == 0x3f, f"no Reject at the end: {kept}"
