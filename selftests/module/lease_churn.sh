#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Writers, readers, dumps, flushes and ageing on both CPUs at once, while packets go
# through the table: a lease that stays is always found, and nothing is left behind.
#
#    node1 flannel.1 ----------- flannel.1 node2
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

SPAN=${SPAN:-10000}

pair_up miss_retry 200 miss_tries 2 miss_negative 100
must nip node1 route add 10.200.0.0/15 dev "$VTEP" src 10.244.1.0
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 mac "$MAC2" remote "$UNDER2" generation 1

# Everything below 10.200.0.0/15 comes, goes, moves, or is a miss
listener answers found
kit node1 burst to 10.200.0.5 subnets 512 packets 100000000 >/dev/null 2>&1 &
for option in "lease_idle 1" "lease_idle 0" "miss_retry 100" "subnet_len 20" "subnet_len 24"; do
	sleep 2
	# shellcheck disable=SC2086 # two words
	nip node1 link set "$VTEP" type flannel $option
done >/dev/null 2>&1 &
ok "writers, readers, dumps and flushes for $((SPAN / 1000)) s" \
	kit node1 churn dev "$VTEP" for "$SPAN"
echo "$OUTPUT" >"$TMP/churn"
diag "$(tr '\n' ' ' <"$TMP/churn")"
for what in sets dels flushes lookups dumps fdbs; do
	expect "there were $what" "$(value "$TMP/churn" "$what")" -gt 10
done
expect_eq "a lease that is replaced all the time is always found" 0 "$(value "$TMP/churn" lost)"
expect "packets went out meanwhile" "$(link_get node1 "$VTEP" .stats64.tx.packets)" -gt 100
# shellcheck disable=SC2046 # a list of numbers
kill $(jobs -p) 2>/dev/null
pids=$(ip netns pids "$(ns_name node1)")
# shellcheck disable=SC2086 # a list of numbers
[ -z "$pids" ] || kill $pids 2>/dev/null

# With devices that come and go under it
for ((i = 0; i < 5; i++)); do
	kit node1 churn dev "$VTEP" for 60000 >/dev/null 2>&1 &
	CHURN=$!
	sleep 0.7
	must nip node1 link del "$VTEP"
	wait "$CHURN" 2>/dev/null
	pair_dev 1 >/dev/null
done
ok "a device is deleted under all of that, five times" device_is node1 leases 0
must kit node1 load dev "$VTEP" count 1000
must kit node1 flush dev "$VTEP"
must kit node1 fdb flush dev "$VTEP"
expect_eq "no lease is left" 0 "$(device node1 leases)"
expect_eq "no FDB entry is left" 0 "$(device node1 fdb_entries)"
expect_eq "no packet is parked" 0 "$(device node1 parked_bytes)"
