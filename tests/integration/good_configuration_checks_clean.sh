#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
PORT=13260
target_conf <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { file @DIR@/d; size 1G }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
C
check "-t accepts it" -- "$TISANED" -t -c "$DIR/tisane.conf"
[ ! -e "$DIR/d" ] || fail "-t created the LUN's file"
