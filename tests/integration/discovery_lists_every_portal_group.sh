#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A target at two portal groups is found at both by asking one, each with its own tag; a group that it is kept from is
# not told, nor a target of another group only.
. "$(dirname "$0")/lib.sh"
need iscsi-ls
PORT2=$(free_port) PORT3=$(free_port)
target_start <<C
state-directory @DIR@/state
portal-group a { listen 127.0.0.1:@PORT@; tag 1 }
portal-group b { listen 127.0.0.1:$PORT2; tag 2 }
portal-group c { listen 127.0.0.1:$PORT3; tag 3 }
auth-group all { initiator-name "iqn.*" }
auth-group theirs { initiator-name "iqn.2026-11.test:them" }
lun one { ram; size 1M }
lun two { ram; size 1M }
target @IQN@ { portal-group a; portal-group b; portal-group c auth-group theirs; auth-group all; lun 0 one }
target @IQN@.elsewhere { portal-group b; auth-group all; lun 0 two }
C

found=$(iscsi-ls "$URL") || fail "discovery"
for portal in "$PORT,1" "$PORT2,2"; do
	grep -q "127.0.0.1:$portal" <<<"$found" || fail "portal $portal is missing: $found"
done
grep -q "$PORT3,3" <<<"$found" && fail "a portal group that is closed is shown: $found"
grep -q elsewhere <<<"$found" && fail "a target of another group is shown: $found"
grep -q "$IQN.elsewhere" <<<"$(iscsi-ls "iscsi://127.0.0.1:$PORT2")" || fail "not shown where it is"
true
