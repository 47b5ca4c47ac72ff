#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A burst to 10,000 unknown subnets, 20 packets each: 10,000 questions, 200,000
# packets delivered in order, none lost. Beyond the limits the oldest packets go
# first, they are counted, and memory stays at the limit.
#
#    listener                    sink
#    node1 flannel.1 ----------- flannel.1 node2
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

SUBNETS=${SUBNETS:-10000}
PACKETS=${PACKETS:-20}

pair_up miss_entries 20000 miss_bytes 1000000000 miss_retry 60000
must sysctl -q -w net.core.netdev_max_backlog=1000000

background sink node2 sink subnets "$SUBNETS" packets "$PACKETS" idle 120000
SINK=$BACKGROUND
listener listener found idle 4000
LISTENER=$BACKGROUND
kill -STOP "$LISTENER"
ok "$((SUBNETS * PACKETS)) packets to $SUBNETS unknown subnets" \
	kit node1 burst to 16.0.0.9 subnets "$SUBNETS" packets "$PACKETS"
expect_eq "all wait" $((SUBNETS * PACKETS)) "$(device node1 parked_packets)"
expect_eq "for as many answers as there are subnets" "$SUBNETS" "$(device node1 misses)"
diag "$(device node1 parked_bytes) bytes are parked"
kill -CONT "$LISTENER"
reap "$SINK"
reap "$LISTENER"
diag "$(tr '\n' ' ' <"$TMP/listener")"
expect_eq "one event for each subnet" "$SUBNETS" "$(device node1 miss_event)"
expect_eq "each was heard of" "$SUBNETS" "$(value "$TMP/listener" distinct)"
expect_eq "all packets arrive" $((SUBNETS * PACKETS)) "$(value "$TMP/sink" received)"
expect_eq "in order" 0 "$(value "$TMP/sink" out_of_order)"
expect_eq "no packet was dropped" 0 "$(lost node1)"
expect_eq "nothing is parked" 0 "$(device node1 parked_bytes)"
expect_eq "a lease for each" "$SUBNETS" "$(device node1 leases)"
must kit node1 flush dev "$VTEP"

# Limits: of one miss
option node1 miss_entry_bytes 65536
listener deaf
DEAF=$BACKGROUND
background last node2 sink subnets 1 packets 1000 idle 1500
SINK=$BACKGROUND
must nip node2 route add local 17.0.0.0/8 dev lo
must nip node1 route add 17.0.0.0/8 dev "$VTEP" src 10.244.1.0
must kit node1 burst to 17.0.0.9 subnets 1 packets 1000
expect "a miss keeps to its limit" "$(device node1 parked_bytes)" -le 65536
kept=$(device node1 parked_packets)
expect "and keeps what it can" "$(device node1 parked_bytes)" -gt 60000
dropped=$(device node1 tx_drop_overflow)
expect_eq "the rest is counted" 1000 $((kept + dropped))
must kit node1 set dev "$VTEP" subnet 17.0.0.0/24 mac "$MAC2" remote "$UNDER2"
reap "$SINK"
expect_eq "the oldest were dropped: all that were kept arrive" "$kept" \
	"$(value "$TMP/last" received)"
expect_eq "in order" 0 "$(value "$TMP/last" out_of_order)"

# Of the device
option node1 miss_bytes 262144 miss_entry_bytes 65536
before=$(device node1 tx_drop_overflow)
must kit node1 burst to 17.1.0.9 subnets 500 packets 4
expect "a device keeps to its limit" "$(device node1 parked_bytes)" -le 262144
expect "and keeps what it can" "$(device node1 parked_bytes)" -gt 250000
expect_eq "the rest is counted" 2000 \
	$(($(device node1 parked_packets) + $(device node1 tx_drop_overflow) - before))

# Of questions
option node1 miss_entries 100
must nip node1 link set "$VTEP" down
must nip node1 link set "$VTEP" up
must nip node1 route replace 17.0.0.0/8 dev "$VTEP" src 10.244.1.0
must kit node1 burst to 17.8.0.9 subnets 300 packets 1
expect_eq "of those, the newest are kept" 100 "$(device node1 misses)"
says "the last one is among them" '^l3 17.9.43.0/24 ' kit node1 dump miss dev "$VTEP"
not_ok "the first one is not" grep -q '^l3 17.8.0.0/24 ' <<<"$OUTPUT"
expect_eq "with one packet each" 100 "$(device node1 parked_packets)"
must nip node1 link set "$VTEP" down
expect_eq "down: no memory is held" 0 "$(device node1 parked_bytes)"
kill "$DEAF"
