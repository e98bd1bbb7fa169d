#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Refused logins have the RFC's status (RFC 7143 11.13.5)."""
from initiator import *

with Target(more='auth-group hosts { initiator-name "iqn.2026-11.test:ok"; chap u "a-secret-of-12-or-more" }',
            target="auth-group hosts") as t:
    s = t.session(name="iqn.2026-11.test:ok")
    assert s.login(expect=0x0201) is None and s.closed()
    s = t.session(name="iqn.2026-11.test:ok")
    assert s.login(target=IQN + ".none", expect=0x0203) is None and s.closed()
    s = t.session(name="iqn.2026-11.test:other")
    assert s.login(expect=0x0202) is None and s.closed()
    assert t.logged("iqn.2026-11.test:other"), "no log line says who"
