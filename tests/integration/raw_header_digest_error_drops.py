#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A bad header digest at error recovery level 0 ends the connection (RFC 7143 7.8)."""
from initiator import *

with Target() as t:
    s = t.login(HeaderDigest="CRC32C")
    s.send_command(read10(0, 1), read=512, bad_header_digest=True)
    assert s.closed()
    t.login().ping()
