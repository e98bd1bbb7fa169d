#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need iscsi-ls
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun a { ram; size 1M }
lun b { ram; size 2M }
target @IQN@ {
	portal-group pg; auth-group no-authentication
	lun 0 a
	lun 1 b { initiator-name "iqn.2026-11.test:one" }
}
C
one=$(iscsi-ls -s -i iqn.2026-11.test:one "$URL") two=$(iscsi-ls -s -i iqn.2026-11.test:two "$URL")
grep -q 'Lun:1' <<<"$one" || fail "LUN 1 hidden from its owner: $one"
! grep -q 'Lun:1' <<<"$two" || fail "LUN 1 shown to another: $two"
grep -q 'Lun:0' <<<"$two" || fail "LUN 0 hidden: $two"
