#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A PDU that is not a Login Request before login closes the connection (RFC 7143 6.3)."""
from initiator import *

with Target() as t:
    good = t.login()
    for opcode in (NOP_OUT, SCSI, TMF, TEXT, DATA_OUT, LOGOUT, SNACK, 0x1E, LOGIN_RSP, 0x3F):
        s = t.session()
        s.send(bhs(opcode | 0x40))
        assert s.closed(), hex(opcode)
    good.ping()
