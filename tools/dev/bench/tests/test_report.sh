#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The report of the bench: tables, JSON and plot for known rows, and its verdict.
# shellcheck disable=SC2317 # functions that check() calls
set -u

report=$(dirname "$(realpath "$0")")/../report
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
checks=0
failed=0

# check NAME COMMAND...
check()
{
	local name=$1
	shift

	checks=$((checks + 1))
	if "$@" >"$tmp/seen" 2>&1; then
		echo "ok $checks - $name"
	else
		failed=1
		echo "not ok $checks - $name"
		sed 's/^/# /' "$tmp/seen"
	fi
}

# status EXPECTED ARGUMENT...: exit status of the report
status()
{
	local expected=$1 seen
	shift

	"$report" "$@" >"$tmp/out" 2>&1
	seen=$?
	[ "$seen" -eq "$expected" ] && return
	echo "expected: exit status $expected"
	echo "seen:     $seen"
	cat "$tmp/out"
	return 1
}

# has REGEX: the last report matches
has()
{
	grep -qE -- "$1" "$tmp/out" && return
	echo "expected: a line that matches $1"
	cat "$tmp/out"
	return 1
}

# row PATH CONNTRACK FLOWTABLE FASTPATH WORKLOAD UNIT COST [DELIVERED]
row()
{
	printf '{"path":"%s","conntrack":%s,"flowtable":%s,"fastpath":%s,"workload":"%s","instructions_per_%s":%s,"delivered":%s,"sent":100}\n' \
		"$1" "$2" "$3" "$4" "$5" "$6" "$7" "${8:-100}"
}

lookup()
{
	printf '{"path":"flannel","conntrack":false,"flowtable":false,"fastpath":"auto","workload":"lookup","leases":%s,"instructions_per_packet":%s,"delivered":100,"sent":100}\n' "$1" "$2"
}

install()
{
	printf '{"path":"%s","conntrack":false,"flowtable":false,"fastpath":null,"workload":"install","tool":"%s","peers":%s,"nanoseconds":%s,"instructions_per_peer":1,"delivered":%s,"sent":%s}\n' \
		"$1" "$2" "$3" "$4" "$3" "$3"
}

good()
{
	row host-gw false false null udp64 packet 10000
	row flannel false false '"off"' udp64 packet 14000
	row flannel false false '"on"' udp64 packet 11700
	lookup 1 11000
	lookup 1000000 11300
	install flannel flannelctl 1000 1000000
	install vxlan batch 500 30000000
	install vxlan batch 1000 110000000
}

good >"$tmp/good"
check "targets that are met pass" status 0 --check --json "$tmp/json" --svg "$tmp/svg" "$tmp/good"
check "surcharge over host-gw" has '^flannel-on +11,700 +\+1,700$'
check "a target that is met" has 'flannel-on over host-gw +<= 1,800 +1,700 +reached'
check "a target without figures" has 'rr: flannel-on plain .* not measured'
check "lookups: change from the first" has '^ +1,000,000 +11,300 +\+2\.7%$'
check "what was measured is not extrapolated" has 'takes 1/110 of it'
check "all rows are in the JSON" python3 -c '
import json, sys
rows = json.load(open(sys.argv[1]))
assert len(rows) == 8, len(rows)
assert rows[2] == {"path": "flannel", "conntrack": False, "flowtable": False,
	"fastpath": "on", "workload": "udp64", "instructions_per_packet": 11700,
	"delivered": 100, "sent": 100}, rows[2]' "$tmp/json"
check "the plot is XML and has a bar for each row" python3 -c '
import sys, xml.etree.ElementTree as tree
found = [e.get("width") for e in tree.parse(sys.argv[1]).iter() if e.tag.endswith("rect")]
assert len(found) == 1 + 1 + 3, found' "$tmp/svg"

{ good; row flannel true false '"on"' udp64 packet 12100; row host-gw true false null udp64 packet 10000; } >"$tmp/missed"
check "a target that is missed fails the check" status 2 --check "$tmp/missed"
check "it is named" has 'conntrack: flannel-on over host-gw +<= 2,000 +2,100 +MISSED'
check "without --check it does not fail" status 0 "$tmp/missed"

{ good; lookup 100000 11400; } >"$tmp/slow"
check "a lookup that is dearer among more leases fails the check" status 2 --check "$tmp/slow"

{ good; row vxlan false false null udp64 packet null 99; } >"$tmp/lost"
check "a row with a lost packet fails" status 1 "$tmp/lost"
check "it is shown as invalid" has '^vxlan +invalid +1 lost$'

install flannel flannelctl 100000 1000000000 >"$tmp/far"
install vxlan batch 500 30000000 >>"$tmp/far"
install vxlan batch 1000 110000000 >>"$tmp/far"
check "more peers than were installed: extrapolated" status 0 "$tmp/far"
# 0.01 ms per peer and 0.1 us per pair: 100,000 peers take 1 + 1000 s
check "by the square of their number" has 'EXTRAPOLATED, not run +100,000 +1001\.00$'

echo '{' >"$tmp/broken"
check "a broken file is refused" status 1 "$tmp/broken"
check "with its line" has 'broken:1: '

echo "1..$checks"
exit $failed
