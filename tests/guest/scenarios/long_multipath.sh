# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# long
# limit: 900
# Two portals, of which one after the other is cut or swallows everything, eight
# times, under verified writes.
. /ctl/paths.sh
paths_start
writes_start "$mpath" 2m
for fault in "A kill" "B hole" "B kill" "A hole" "A kill" "B kill" "A hole" "B hole"; do
	path=${fault% *}
	# shellcheck disable=SC2086
	host_do path $fault
	wait_for 90 paths failed 1 || fail "$fault: $(multipathd show paths)"
	goes_on "$fault"
	case $fault in
	*kill) host_do path "$path" start || fail "no proxy" ;;
	*hole) host_do path "$path" open ;;
	esac
	wait_for 90 paths active 2 || fail "after $fault: $(multipathd show paths)"
	goes_on "after $fault"
done
writes_stop
paths_stop
