#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Immediate, unsolicited and solicited data all land where they belong."""
import os
from initiator import *

with Target() as t:
    data = os.urandom(512 * 1024)
    for keys in ({}, {"ImmediateData": "No"}, {"InitialR2T": "Yes"},
                 {"InitialR2T": "Yes", "ImmediateData": "No", "MaxBurstLength": 8192, "FirstBurstLength": 4096},
                 {"HeaderDigest": "CRC32C", "DataDigest": "CRC32C"}):
        s = t.login(**keys)
        first = int(s.params.get("FirstBurstLength", 65536))
        immediate = b"" if keys.get("ImmediateData") == "No" else data[:first]
        unsolicited = keys.get("InitialR2T") != "Yes" and not immediate
        itt = s.send_command(write10(64, 1024), write=data, immediate=immediate, final=not unsolicited)
        if unsolicited:
            s.send_data_out(itt, NO_TAG, 0, data[:4096], 0, final=False)
            s.send_data_out(itt, NO_TAG, 4096, data[4096:first], 1)
        status, _, sense = s.finish(itt, data)
        assert status == 0, (keys, status, sense.hex())
        status, back, _ = s.command(read10(64, 1024), read=len(data))
        assert status == 0 and back == data, keys
        assert s.logout() == 0
