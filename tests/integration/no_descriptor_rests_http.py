#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where no descriptor is left, those who come to the control socket or the metrics wait: the daemon does not spin, says
so now and then, serves who is logged in, and answers them when there is one again.  What cannot be kept is BUSY."""
import resource

from initiator import *

SECONDS = 3


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def ask(family, address, what):
    s = socket.socket(family)
    s.settimeout(PATIENCE)
    s.connect(address)
    s.sendall(b"GET " + what + b" HTTP/1.0\r\n\r\n")
    return s


def answer(s):
    got = b"".join(iter(lambda: s.recv(65536), b""))
    s.close()
    return got


port = free_port()
with Target(more=f"metrics {port}") as t:
    pid = t.process.pid
    s = t.login()
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    waiting = [ask(socket.AF_UNIX, t.dir + "/control.sock", b"/v1/status"),
               ask(socket.AF_INET, ("127.0.0.1", port), b"/metrics")]
    assert t.logged("connections wait"), "nothing is said of it"
    key = struct.pack(">QQIBBH", 0, 1, 0, 1, 0, 0)  # REGISTER, APTPL
    status = s.command(bytes([0x5F, 0, 0, 0, 0, 0, 0, 0, len(key), 0]), write=key)[0]
    assert status == 8, f"status {status}"
    before = cpu(pid)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        s.ping()
        time.sleep(0.05)
    assert cpu(pid) - before < SECONDS / 2, "it spins"
    lines = open(t.log).read().splitlines()
    assert len(lines) < 100, f"{len(lines)} lines of log, the last of them: {lines[-1]}"
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    status, metrics = map(answer, waiting)
    assert b'"uptime_seconds"' in status, status
    assert b"tisane_" in metrics, metrics
