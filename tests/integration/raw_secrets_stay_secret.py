#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Secrets are in no log line, no answer of the control socket, and in no memory
that a core dump would have: neither after the start, nor after good and bad logins,
a reload and a question."""
import hashlib, re, socket, sys
sys.path.insert(0, __file__.rsplit("/", 1)[0])
from initiator import *

SECRETS = [b"open-Sesame-4711x", b"mutual-Sesame-0815"]
NAME = "iqn.2026-11.test:host"


def chap(t, secret, expect):
    s = t.session(name=NAME)
    text = [f"InitiatorName={NAME}", "SessionType=Normal", f"TargetName={IQN}", "AuthMethod=CHAP"]
    pack = lambda words: b"".join(w.encode() + b"\0" for w in words)
    s.send(*s.login_pdu(pack(text), 0x00))
    s.recv()
    s.send(*s.login_pdu(pack(["CHAP_A=5"]), 0x00))
    keys = s.recv().text()
    proof = hashlib.md5(bytes([int(keys["CHAP_I"])]) + secret + bytes.fromhex(keys["CHAP_C"][2:])).hexdigest()
    s.send(*s.login_pdu(pack(["CHAP_N=user", f"CHAP_R=0x{proof}", "CHAP_I=7", "CHAP_C=0x" + "5a" * 16]), 0x81))
    p = s.recv()
    status = struct.unpack(">H", p.bhs[36:38])[0]
    assert status == expect, f"login status {status:04x}"
    if not status:
        right = hashlib.md5(b"\x07" + SECRETS[1] + b"\x5a" * 16).hexdigest()
        assert p.text()["CHAP_R"].lower() == "0x" + right, "the target proves nothing"
    s.close()


def ask(t, path):
    with socket.socket(socket.AF_UNIX) as c:
        c.connect(t.dir + "/control.sock")
        c.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        out = b""
        while part := c.recv(65536):
            out += part
    return out


def dumped(pid):
    """(address, bytes) of what a core dump would have: not "dd" in VmFlags."""
    at = None
    for line in open(f"/proc/{pid}/smaps"):
        if m := re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line):
            at = int(m[1], 16), int(m[2], 16), m[3]
        elif line.startswith("VmFlags:") and " dd" not in line and "rw" in at[2]:
            yield at[0], at[1] - at[0]


def check_memory(t, when):
    with open(f"/proc/{t.process.pid}/mem", "rb", 0) as mem:
        for at, n in dumped(t.process.pid):
            try:
                mem.seek(at)
                held = mem.read(n)
            except (OSError, OverflowError):
                continue
            for s in SECRETS:
                where = held.find(s)
                assert where < 0, f"{when}: a secret at {at + where:#x}: {held[max(0, where - 32):where + 32]!r}"


if os.environ.get("TEST_SLOWDOWN"):
    print("skip: a sanitizer keeps what was freed")
    sys.exit(77)
with Target("lun disk { ram; size 1M }", target="auth-group known",
            more='auth-group known { chap-mutual user "%s" san "%s" }' % tuple(s.decode() for s in SECRETS)) as t:
    root = os.geteuid() == 0
    for when in ("at the start", "after a reload"):
        if root:
            check_memory(t, when)
        chap(t, SECRETS[0], 0)
        chap(t, b"wrong-Sesame-4711", 0x0201)
        for path in ("/v1/status", "/v1/sessions", "/v1/targets", "/v1/luns", "/v1/why"):
            answer = ask(t, path)
            assert not any(s in answer for s in SECRETS), f"{path} tells a secret"
        if root:
            check_memory(t, when + ", after logins")
        done = open(t.log).read().count("configuration applied")
        t.process.send_signal(signal.SIGHUP)
        wait_for(lambda: open(t.log).read().count("configuration applied") > done, "no reload")
    text = open(t.log, "rb").read()
    assert not any(s in text for s in SECRETS), "the log holds a secret"
