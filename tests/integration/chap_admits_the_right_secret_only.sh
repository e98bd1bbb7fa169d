#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need iscsi-inq
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
auth-group hosts { chap vmhost "a-secret-of-12-or-more" }
lun disk { file @DIR@/disk.img; size 16M }
target @IQN@ { portal-group pg; auth-group hosts; lun 0 disk }
C
at=127.0.0.1:$PORT/$IQN/0
check "the right secret" -- iscsi-inq "iscsi://vmhost%a-secret-of-12-or-more@$at"
refute "a wrong secret" -- iscsi-inq "iscsi://vmhost%a-secret-of-12-or-less@$at"
refute "a prefix of the secret" -- iscsi-inq "iscsi://vmhost%a-secret-of-12-or-mor@$at"
refute "an unknown user" -- iscsi-inq "iscsi://vmhos%a-secret-of-12-or-more@$at"
refute "no proof at all" -- iscsi-inq "iscsi://$at"
grep -q 'secret-of-12' "$LOG" && fail "the log holds a secret"
check "still served" -- iscsi-inq "iscsi://vmhost%a-secret-of-12-or-more@$at"
