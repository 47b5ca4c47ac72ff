#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Questions and answers of different lengths, a device that goes down with packets
# parked, and misses that are switched off.
#
#    listener                    sink
#    node1 flannel.1 ----------- flannel.1 node2
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

pair_up miss_retry 60000

# The length of a subnet is the device's
option node1 subnet_len 16
listener wide verbose idle 1500
must kit node1 burst to 16.9.1.1 subnets 5 packets 1
reap "$BACKGROUND"
says "a subnet of another length" 'miss l3 16.9.0.0/16 target 16.9.1.1' cat "$TMP/wide"
expect_eq "is one question" 1 "$(said wide '^miss l3 16.9.')"
expect "a change of the length" "$(device node1 misses)" -ge 1
option node1 subnet_len 24
expect_eq "takes back what was asked" 0 "$(device node1 misses)"
expect_eq "and its packets" 0 "$(device node1 parked_packets)"

# An answer that is wider or longer than the question
listener other verbose
OTHER=$BACKGROUND
background sinkw node2 sink subnets 3 packets 2
SINK=$BACKGROUND
must kit node1 burst to 16.20.1.1 subnets 3 packets 2
must kit node1 set dev "$VTEP" subnet 16.20.0.0/16 mac "$MAC2" remote "$UNDER2"
reap "$SINK"
expect_eq "a wider lease releases all questions in it" 6 "$(value "$TMP/sinkw" received)"
expect_eq "in order" 0 "$(value "$TMP/sinkw" out_of_order)"
background sinkl node2 sink subnets 1 packets 2
SINK=$BACKGROUND
must kit node1 burst to 16.21.1.1 subnets 1 packets 2
must kit node1 burst to 16.21.1.200 subnets 1 packets 3
must kit node1 set dev "$VTEP" subnet 16.21.1.0/25 mac "$MAC2" remote "$UNDER2"
reap "$SINK"
expect_eq "a longer lease releases what is in it" 2 "$(value "$TMP/sinkl" received)"
says "and not what is not" '^l3 16.21.1.0/24 pending .* packets 3' kit node1 dump miss dev "$VTEP"

# Down and up
must kit node1 burst to 16.30.1.1 subnets 5 packets 4
waiting=$(device node1 parked_packets)
expect "packets wait" "$waiting" -ge 23
flushed=$(device node1 tx_drop_flushed)
must nip node1 link set "$VTEP" down
expect_eq "down: nothing is parked" 0 "$(device node1 parked_packets)"
expect_eq "nor asked" 0 "$(device node1 misses)"
expect "and it is counted" $(($(device node1 tx_drop_flushed) - flushed)) -ge "$waiting"
must nip node1 link set "$VTEP" up
must nip node1 route replace 16.0.0.0/8 dev "$VTEP" src 10.244.1.0
ok "up again: leases are still there" ns node1 ping -q -c 1 -W 5 16.20.0.5

# Misses switched off
option node1 nol3miss
refused "l3miss off: refused" 'Unreachable' ns node1 ping -c 1 -W 5 16.40.0.1
expect_eq "nobody is asked" 0 "$(said other '^miss l3 16.40.')"
expect "and it is counted as unknown" "$(device node1 tx_drop_unknown)" -ge 1
option node1 l3miss
must kit node1 burst to 16.41.1.1 subnets 1 packets 1
ok "on again: asked" hears other '^miss l3 16.41.1.0/24'

# Deletion with everything in use
must kit node1 burst to 16.50.1.1 subnets 50 packets 4
ok "a device is deleted with packets parked" nip node1 link del "$VTEP"
refused "an answer for it comes too late" 'no such device' \
	kit node1 set dev "$VTEP" subnet 16.50.1.0/24 mac "$MAC2" remote "$UNDER2"
kill "$OTHER"
