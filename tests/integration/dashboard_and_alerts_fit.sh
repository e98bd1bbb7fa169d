#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Prometheus takes the metrics and the alert rules, and the dashboard and the
# rules use no metric that the daemon does not export.
. "$(dirname "$0")/lib.sh"
need curl promtool python3 jq
here=$(dirname "$0")/../../dist
M=$(free_port)
target_start <<CONF
state-directory @DIR@/state
metrics $M
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { ram; size 16M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
CONF
# a session that is there while we look
qemu-io -f raw -c 'write 0 64k' -c 'sleep 600000' "$LUN" >/dev/null 2>&1 &
children+=($!)
get() { curl -sS -H "Accept: $1" "http://127.0.0.1:$M/metrics"; }
written() { grep -q '^tisane_session_commands_total{.*op="write"} [1-9]' <<<"$(get text/plain)"; }
wait_for 20 written || fail "no session: $(get text/plain)"

check "the rules" -- promtool check rules "$here/tisane.rules.yml"
get "text/plain" >"$DIR/classic"
# It says the same about names in words of its own; only a parse error counts.
promtool check metrics <"$DIR/classic" >"$DIR/promtool" 2>&1 || [ $? -eq 3 ] ||
	fail "promtool: $(cat "$DIR/promtool")"
! grep -q "error while linting\|no help text\|should have" "$DIR/promtool" ||
	fail "promtool: $(cat "$DIR/promtool")"

get "application/openmetrics-text; version=1.0.0, text/plain;q=0.5" >"$DIR/open"
[ "$(tail -n 1 "$DIR/open")" = "# EOF" ] || fail "not OpenMetrics"
{
	sed -n 's/^ *expr: *//p; /^ *expr: |/,/annotations:/p' "$here/tisane.rules.yml"
	jq -r '.panels[].targets[].expr, (.templating.list[].definition // empty)' "$here/tisane-dashboard.json"
} | grep -o 'tisane_[a-z_]*' | sort -u >"$DIR/used"
[ "$(wc -l <"$DIR/used")" -ge 15 ] || fail "too few: $(cat "$DIR/used")"
for format in open classic; do
	sed -n 's/^\(tisane_[a-z_]*\).*/\1/p' "$DIR/$format" | sort -u >"$DIR/has"
	missing=$(comm -23 "$DIR/used" "$DIR/has")
	[ -z "$missing" ] || fail "not exported ($format): $missing"
done

# and the labels that they choose by have those values
for label in 'reason="medium_error"' 'reason="hardware_error"' 'reason="data_protect"' \
	'op="read"' 'op="write"' 'result="refused"'; do
	grep -q "$label" "$DIR/open" || fail "no $label"
done
