#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need iscsi-ls
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
auth-group mine { initiator-name "iqn.2026-11.test:me*"; chap u "a-secret-of-12-or-more" }
auth-group theirs { initiator-name "iqn.2026-11.test:them"; chap u "a-secret-of-12-or-more" }
lun a { ram; size 1M }
lun b { ram; size 1M }
lun c { ram; size 1M }
target @IQN@ { portal-group pg; auth-group mine; lun 0 a }
target @IQN@.other { portal-group pg; auth-group theirs; lun 0 b }
target @IQN@.closed { portal-group pg; lun 0 c }
C
iscsi-ls -i iqn.2026-11.test:me1 "$URL" >"$DIR/ls" || fail "discovery"
grep -q "$IQN " "$DIR/ls" || grep -q "$IQN\$" "$DIR/ls" || fail "own target missing: $(cat "$DIR/ls")"
grep -q "$IQN.other" "$DIR/ls" && fail "another's target is shown"
grep -q "$IQN.closed" "$DIR/ls" && fail "a closed target is shown"
true
