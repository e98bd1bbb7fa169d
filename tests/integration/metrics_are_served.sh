#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# /metrics is well-formed OpenMetrics text and counts what was done.
. "$(dirname "$0")/lib.sh"
need curl python3
M=$(free_port)
target_start <<CONF
state-directory @DIR@/state
metrics $M
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { file @DIR@/disk.img; size 16M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
CONF
check "a write" -- qemu-io -f raw -c 'write -P 7 0 1M' -c 'read 0 64k' "$LUN"
refute "a login to nowhere" -- qemu-io -f raw -c 'read 0 512' "$URL/$IQN.none/0"

metrics=http://127.0.0.1:$M/metrics
curl -sS -D "$DIR/head" "$metrics" >"$DIR/metrics"
grep -qi '^content-type: application/openmetrics-text; version=1.0.0' "$DIR/head" ||
	fail "content type: $(cat "$DIR/head")"
python3 - "$DIR/metrics" <<'P' || fail "$(cat "$DIR/metrics")"
import re, sys
lines = open(sys.argv[1]).read().split("\n")
assert lines[-2:] == ["# EOF", ""], "the end"
types, seen, values = {}, set(), {}
for line in lines[:-2]:
    m = re.fullmatch(r"# (TYPE|HELP) ([a-z_]+) (.+)", line)
    if m:
        if m[1] == "TYPE":
            assert m[2] not in types, "twice " + line
            types[m[2]] = m[3]
        continue
    m = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? (\S+)', line)
    assert m, "no sample: " + line
    family = next(f for f in reversed(types) if m[1].startswith(f))
    suffixes = {"counter": ["_total"], "info": ["_info"], "gauge": [""],
                "histogram": ["_bucket", "_count", "_sum"]}[types[family]]
    assert m[1] in [family + suffix for suffix in suffixes], line
    assert (m[1], m[2]) not in seen, "twice " + line
    seen.add((m[1], m[2]))
    values[m[1] + (m[2] or "")] = float(m[4])
lun = '{lun="disk"}'
assert values["tisane_lun_write_bytes_total" + lun] >= 1 << 20
assert values["tisane_lun_reads_total" + lun] >= 1
assert values["tisane_lun_size_bytes" + lun] == 16 << 20
assert values["tisane_lun_errors_total" + lun] == 0
assert values["tisane_lun_reservation_type" + lun] == 0
assert values["tisane_lun_queue_depth" + lun] == 0
assert values["tisane_resident_memory_bytes"] > 1 << 20
assert values["tisane_cpu_seconds_total"] > 0
# the power-on attention, at least
assert values['tisane_lun_bad_ends_total{lun="disk",reason="unit_attention"}'] >= 1
for op in "read", "write":
    below = [values[k] for k in values if k.startswith('tisane_lun_latency_seconds_bucket{lun="disk",op="%s"' % op)]
    assert len(below) == 21 and below == sorted(below), below
    count = values['tisane_lun_latency_seconds_count{lun="disk",op="%s"}' % op]
    assert below[-1] == count >= 1, (below, count)
assert values['tisane_logins_total{result="good"}'] >= 1
assert values['tisane_logins_total{result="refused"}'] >= 1
assert 0 <= values['tisane_worker_lag_seconds{worker="0"}'] < 5
assert values["tisane_workers_unanswered"] == 0
P
[ "$(curl -sS -o /dev/null -w '%{http_code}' "http://127.0.0.1:$M/v1/status")" = 404 ] ||
	fail "the control API is not here"
grep -q "127.0.0.1:$M" <<<"$(ss -ltn 2>/dev/null)" || fail "not on the loopback alone"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
