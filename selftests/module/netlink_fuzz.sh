#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Mutated messages of every command, while packets are parked and released: the kernel
# goes on, and nothing is left behind. FUZZ=1000000 for a long run, SEED for another.
#
#    node1 flannel.1 ----------- flannel.1 node2
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

FUZZ=${FUZZ:-20000}
SEED=${SEED:-$(date +%s)}

pair_up miss_retry 100 miss_tries 2 miss_negative 200
must nip node1 route add 10.0.0.0/14 dev "$VTEP" src 10.244.1.0
listener silent
SILENT=$BACKGROUND
nsenter "--net=/run/netns/$(ns_name node1)" fl-test burst to 10.0.0.9 subnets 64 \
	packets 100000000 pause-us 500 >/dev/null 2>&1 &
BURST=$!
diag "SEED=$SEED"
for mode in l3 ethernet; do
	ok "$FUZZ messages, $mode mode" kit node1 fuzz dev "$VTEP" count "$FUZZ" seed "$SEED"
	echo "$OUTPUT" >"$TMP/fuzz"
	expect "many were sound" "$(value "$TMP/fuzz" taken)" -gt $((FUZZ / 50))
	expect "nearly all were sent" "$(value "$TMP/fuzz" sent)" -gt $((FUZZ * 9 / 10))
	must kit node1 flush dev "$VTEP"
	must kit node1 fdb flush dev "$VTEP"
	expect_eq "$mode: the lease table can be emptied" 0 "$(device node1 leases)"
	expect_eq "$mode: the FDB can be emptied" 0 "$(device node1 fdb_entries)"
	must nip node1 link set "$VTEP" down
	expect_eq "$mode: no packet is parked" 0 "$(device node1 parked_bytes)"
	expect_eq "$mode: no question is open" 0 "$(($(device node1 misses) + $(device node1 negatives)))"
	must nip node1 link del "$VTEP"
	[ "$mode" = ethernet ] || pair_dev 1 mode ethernet
done
kill "$BURST" "$SILENT" 2>/dev/null
pair_dev 1
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 mac "$MAC2" remote "$UNDER2"
must nip node1 route replace 16.0.0.0/8 dev "$VTEP" src 10.244.1.0
ok "and a packet goes through" ns node1 ping -q -c 1 -W 5 16.1.0.1
if [ "$(cat /sys/module/flannel/refcnt 2>/dev/null)" ]; then
	must nip node1 link del "$VTEP"
fi
