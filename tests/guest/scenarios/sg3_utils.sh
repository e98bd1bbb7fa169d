# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# sg3-utils: what they read is whole, what they write is on the disk.
login disk
shows "sg_inq" 'Product identification' -- sg_inq "$disk"
shows "sg_vpd -a" 'Logical block provisioning' -- sg_vpd -a "$disk"
grep -qiE 'malformed|truncated|error|short' <<<"$out" && fail "sg_vpd -a: $out"
for page in 0x00 0x80 0x83 0x87 0x88 0xb0 0xb1 0xb2; do
	check "VPD page $page" -- sg_vpd --page=$page "$disk"
done
shows "sg_readcap -l" 'lbpme=1' -- sg_readcap -l "$disk"
shows "sg_opcodes" 'Compare and write' -- sg_opcodes "$disk"
check "sg_opcodes with timeouts" -- sg_opcodes --rctd "$disk"
check "sg_opcodes of one command" -- sg_opcodes --opcode=0x8a "$disk"
check "sg_opcodes of task management" -- sg_opcodes --tmf "$disk"
shows "sg_luns" '0000000000000000' -- sg_luns "$disk"
check "sg_turs" -- sg_turs "$disk"
check "sg_modes" -- sg_modes -a "$disk"
shows "sg_modes, caching" 'Caching' -- sg_modes --page=8 "$disk"
shows "sg_logs" '0x0c +Logical block provisioning' -- sg_logs "$disk"
for count in Available Used; do
	shows "sg_logs, page 0Ch" "$count LBA mapping threshold resource count: [0-9]+" -- \
		sg_logs --page=0xc "$disk"
done
shows "sg_logs, page 19h" 'General Statistics and Performance' -- sg_logs --page=0x19 "$disk"
check "sg_senddiag" -- sg_senddiag --test "$disk"
check "sg_requests" -- sg_requests "$disk"
check "sg_sync" -- sg_sync "$disk"
check "sg_verify" -- sg_verify --lba=0 --count=64 "$disk"

# is LBA FILE: the block there is this one
is()
{
	dd if="$disk" iflag=direct bs=512 skip="$1" count=1 status=none | cmp - "$2" ||
		fail "block $1 is not $2"
}
head -c 512 /dev/urandom >/tmp/one
head -c 512 /dev/urandom >/tmp/two
head -c 512 /dev/zero >/tmp/zero
cat /tmp/one /tmp/two >/tmp/one-two
check "sg_write_same" -- sg_write_same --16 --lba=100 --num=16 --in=/tmp/one "$disk"
is 100 /tmp/one; is 115 /tmp/one; is 116 /tmp/zero
check "sg_compare_and_write" -- sg_compare_and_write --lba=101 --num=1 --in=/tmp/one-two "$disk"
is 101 /tmp/two
sg_compare_and_write --lba=101 --num=1 --in=/tmp/one-two "$disk" 2>/tmp/miscompare
[ $? = 14 ] || fail "not a miscompare: $(cat /tmp/miscompare)"
is 101 /tmp/two
check "sg_unmap" -- sg_unmap --lba=0 --num=4096 "$disk"
is 100 /tmp/zero
check "WRITE SAME with UNMAP" -- sg_write_same --16 --unmap --lba=4096 --num=4096 "$disk"
check "sg_dd" -- sg_dd if=/dev/urandom of="$disk" oflag=sgio bs=512 seek=8192 count=256
shows "sg_get_lba_status, hole" 'deallocated' -- sg_get_lba_status --lba=0 "$disk"
shows "sg_get_lba_status, data" 'mapped' -- sg_get_lba_status --lba=8192 "$disk"
printf 'rack 3' >/tmp/label
check "sg_ident --set" -- sg_ident --set "$disk" </tmp/label
shows "sg_ident" 'rack 3' -- sg_ident --ascii "$disk"
printf 'disks of mail\0' >/tmp/label
check "sg_ident --set of a text" -- sg_ident --set --itype=2 "$disk" </tmp/label
shows "sg_ident of a text" 'disks of mail' -- sg_ident --ascii --itype=2 "$disk"
check "sg_ident of the types" -- sg_ident --itype=127 "$disk"
check "sg_ident --clear" -- sg_ident --clear "$disk"
check "sg_timestamp --milliseconds" -- sg_timestamp --milliseconds=1700000000000 "$disk"
shows "sg_timestamp" '17000000' -- sg_timestamp "$disk"
shows "sg_timestamp, origin" 'SET TIMESTAMP' -- sg_timestamp --origin "$disk"
check "sdparm --save" -- sdparm --clear=WCE --save "$disk"
shows "sdparm, saved values" '^0' -- sdparm --get=WCE=1 --long --hex "$disk"
check "sdparm of every page" -- sdparm --all --long "$disk"
check "sdparm, back" -- sdparm --set=WCE --save "$disk"
check "sg_persist, capabilities" -- sg_persist --in --report-capabilities "$disk"
check "sg_start" -- sg_start --start "$disk"
check "sg_reset of the unit" -- sg_reset --device "$disk"
check "the disk after that" -- sg_turs -n 4 "$disk"
before=$(sg_readcap --16 "$disk")
check "sg_format" -- sg_format --format --quick --wait "$disk"
[ "$(sg_readcap --16 "$disk")" = "$before" ] || fail "capacity after sg_format: $(sg_readcap --16 "$disk")"
is 8192 /tmp/zero
logout
