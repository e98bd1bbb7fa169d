# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 300
# CHAP in one direction and in both, with SHA-256 and with what open-iscsi
# offers by itself; wrong secrets are refused by whoever is to check them.
auth=(session.initial_login_retry_max=1 session.auth.authmethod=CHAP
	session.auth.username=vmhost)
right=session.auth.password=secret-one-12345
login one-way "${auth[@]}" $right
check "the disk can be read" -- dd if="$disk" of=/dev/null bs=1M count=4
logout

discover one-way
settings one-way "${auth[@]}" session.auth.password=secret-one-00000
refute "a wrong secret" -- iscsiadm -m node -T "$(iqn one-way)" --login
grep -qi 'authorization failure' <<<"$out" || fail "another reason: $out"
check "the daemon has logged it" -- host_do logged "login refused.*status=0201"
settings one-way session.auth.authmethod=None
refute "no secret" -- iscsiadm -m node -T "$(iqn one-way)" --login

for algorithm in SHA256 SHA256,SHA1,MD5 MD5; do
	login one-way "${auth[@]}" $right session.auth.chap_algs=$algorithm
	logout
done

mutual=(session.auth.username_in=san session.auth.password_in=secret-two-67890)
login both "${auth[@]}" $right "${mutual[@]}" session.auth.chap_algs=SHA256,MD5
check "the disk can be read" -- dd if="$disk" of=/dev/null bs=1M count=4
logout
discover both
settings both "${auth[@]}" $right "${mutual[@]}" session.auth.password_in=secret-two-00000
refute "the initiator refuses the target" -- iscsiadm -m node -T "$(iqn both)" --login
