#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Connections to the metrics port that say nothing, or a byte now and then, leave descriptors to others: initiators log
in, the metrics are served, and a client that asks is not the one that is closed."""
import http.client
import resource

from initiator import *

FREE = 100  # descriptors that are left


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def metrics(c):
    c.request("GET", "/metrics")
    r = c.getresponse()
    assert r.status == 200 and b"tisane_" in r.read()


port = free_port()
with Target(more=f"metrics {port}") as t:
    limit = len(os.listdir(f"/proc/{t.process.pid}/fd")) + FREE
    resource.prlimit(t.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
    asks = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    metrics(asks)
    held = []
    for i in range(2 * FREE):
        held.append(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
        if i % 2:
            held[-1].sendall(b"GET /metrics HTTP/1.1\r\nA:")
        if i % 8 == 0:
            metrics(asks)
    used = len(os.listdir(f"/proc/{t.process.pid}/fd"))
    assert used < limit - FREE / 5, f"{used} of {limit} descriptors"
    assert not t.logged("out of descriptors", seconds=0)
    t.login().ping()
    metrics(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE))
    metrics(asks)
    for s in held:
        s.close()
