#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""One initiator name with two ISIDs has two sessions; the same ISID reinstates."""
from initiator import *

with Target() as t:
    a = t.login(isid=b"\x40\0\0\0\0\1")
    b = t.login(isid=b"\x40\0\0\0\0\2")
    a.ping(), b.ping()
    c = t.login(isid=b"\x40\0\0\0\0\1")
    assert a.closed(), "the old session is still there"
    b.ping(), c.ping()
