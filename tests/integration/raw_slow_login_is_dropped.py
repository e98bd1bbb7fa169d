#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A connection that does not log in in time goes, and holds up nobody."""
import time
from initiator import *

with Target(more="timeout { login 5s }") as t:
    silent = [t.session() for _ in range(10)]
    start = time.monotonic()
    t.login().ping()
    assert time.monotonic() - start < 4, "they held it up"
    for s in silent:
        assert s.closed()
