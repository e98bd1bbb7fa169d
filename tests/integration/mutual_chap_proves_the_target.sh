#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need iscsi-inq
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
auth-group hosts { chap-mutual vmhost "secret-one-12345" san "secret-two-67890" }
lun disk { file @DIR@/disk.img; size 16M }
target @IQN@ { portal-group pg; auth-group hosts; lun 0 disk }
C
url="iscsi://vmhost%secret-one-12345@127.0.0.1:$PORT/$IQN/0"
export LIBISCSI_CHAP_TARGET_USERNAME=san LIBISCSI_CHAP_TARGET_PASSWORD=secret-two-67890
check "mutual CHAP" -- iscsi-inq "$url"
export LIBISCSI_CHAP_TARGET_PASSWORD=secret-two-00000
refute "the initiator refuses a wrong target secret" -- iscsi-inq "$url"
