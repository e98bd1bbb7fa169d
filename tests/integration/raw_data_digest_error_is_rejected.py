#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A command whose immediate data has a bad digest is rejected (02h) and thrown away: its CmdSN is
still expected, and the retry is done (RFC 7143 7.8)."""
from initiator import *

with Target() as t:
    s = t.login(HeaderDigest="CRC32C", DataDigest="CRC32C")
    sn = s.cmd_sn
    itt = s.send_command(write10(0, 1), write=b"b" * 512, bad_data_digest=True)
    p = s.recv()
    assert p.opcode == REJECT and p.bhs[2] == 2, p
    assert p.exp_cmd_sn == sn, "the CmdSN was used up"
    s.send_command(write10(0, 1), write=b"c" * 512, itt=itt, cmd_sn=sn)
    status, _, _ = s.finish(itt)
    assert status == 0
    status, data, _ = s.command(read10(0, 1), read=512)
    assert status == 0 and data == b"c" * 512
