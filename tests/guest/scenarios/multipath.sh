# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 400
# Two portals: one path is cut, comes back, and then the other one swallows
# everything.  Writes go on, and all that was written is there.
. /ctl/paths.sh
paths_start
writes_start "$mpath" 1m
goes_on "two paths"
host_do path A kill
wait_for 60 paths failed 1 || fail "the cut path: $(multipathd show paths)"
goes_on "path A is cut"
host_do path A start || fail "no proxy"
wait_for 60 paths active 2 || fail "the path that came back: $(multipathd show paths)"
host_do path B hole
wait_for 60 paths failed 1 || fail "the black hole: $(multipathd show paths)"
goes_on "path B is a black hole"
host_do path B open
wait_for 60 paths active 2 || fail "both again: $(multipathd show paths)"
writes_stop
paths_stop
