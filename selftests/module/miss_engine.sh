#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A packet to a subnet without a lease is parked; one question goes out; the packets
# leave in order when the answer comes, or their senders are told.
#
#    listener                    sink
#    node1 flannel.1 ----------- flannel.1 node2
#    16.0.0.0/8 dev flannel.1               16.0.0.0/8 is local
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

# Times are long, so that a slow machine does not change what happens.
pair_up miss_retry 60000 miss_tries 3 miss_negative 100000

# Nobody listens
refused "with nobody to ask, the sender is told at once" 'Destination Host Unreachable' \
	ns node1 ping -c 1 -W 5 16.0.0.1
refused "also with IPv6" 'Address unreachable' ns node1 ping -c 1 -W 5 fd16::1
expect "and it is counted" "$(device node1 tx_drop_no_listener)" -ge 2
expect_eq "nothing is parked for nobody" 0 "$(device node1 miss_parked)"
expect_eq "nothing is remembered of it" 0 "$(device node1 negatives)"

# Found. The listener is deaf while the packets are sent.
background sink node2 sink subnets 1 packets 20
SINK=$BACKGROUND
listener one found idle 1500
kill -STOP "$BACKGROUND"
must kit node1 burst to 16.0.1.5 subnets 1 packets 20
expect_eq "20 packets wait" 20 "$(device node1 parked_packets)"
expect_eq "for one answer" 1 "$(device node1 misses)"
expect "their memory is counted" "$(device node1 parked_bytes)" -ge $((20 * 64))
says "the miss can be seen" '^l3 16.0.1.0/24 pending target 16.0.1.5 .* packets 20' \
	kit node1 dump miss dev "$VTEP"
kill -CONT "$BACKGROUND"
reap "$SINK"
reap "$BACKGROUND"
expect_eq "all arrive" 20 "$(value "$TMP/sink" received)"
expect_eq "in order" 0 "$(value "$TMP/sink" out_of_order)"
expect_eq "one event" 1 "$(value "$TMP/one" events)"
expect_eq "nothing waits any more" 0 "$(device node1 parked_bytes)"
expect_eq "parked" 20 "$(device node1 miss_parked)"
expect_eq "and released" 20 "$(device node1 miss_released)"
says "the answer is a lease" '^16.0.1.0/24 ' kit node1 get dev "$VTEP" addr 16.0.1.9

# The same with IPv6, in subnets of /64
background sink6 node2 sink subnets 1 packets 5 bind ::
SINK=$BACKGROUND
listener six found idle 1000 verbose
kill -STOP "$BACKGROUND"
must kit node1 burst to fd16:0:0:7::5 subnets 1 packets 5
kill -CONT "$BACKGROUND"
reap "$SINK"
reap "$BACKGROUND"
expect_eq "IPv6 packets arrive" 5 "$(value "$TMP/sink6" received)"
says "one question about the /64" 'miss l3 fd16:0:0:7::/64 target fd16:0:0:7::5 .* try 1' cat "$TMP/six"
expect_eq "and no other" 1 "$(said six '^miss.*fd16:0:0:7::/64')"

# Not found
listener none none verbose
NONE=$BACKGROUND
refused "an answer \"none\" refuses the packet" 'Destination Host Unreachable' \
	ns node1 ping -c 1 -W 5 16.0.2.1
refused "IPv6 too" 'Address unreachable' ns node1 ping -c 1 -W 5 fd16:0:0:8::1
expect_eq "it is remembered" 2 "$(device node1 negatives)"
must kit node1 burst to 16.0.2.1 subnets 20 packets 1 shift 0
expect "another 20 packets are refused" "$(device node1 tx_drop_not_found)" -ge 22
expect_eq "and ask nobody" 1 "$(said none '^miss.*16.0.2.0/24')"
must kit node1 set dev "$VTEP" subnet 16.0.2.0/24 mac "$MAC2" remote "$UNDER2"
ok "a lease ends the memory at once" ns node1 ping -q -c 1 -W 5 16.0.2.1
option node1 miss_negative 1000
not_ok "what is missing" ns node1 ping -c 1 -W 5 16.0.9.1
ok "is forgotten after a while" wait_for 10 device_is node1 negatives 1
not_ok "and asked for again" ns node1 ping -c 1 -W 5 16.0.9.1
expect_eq "by one event more" 2 "$(said none '^miss.*16.0.9.0/24')"
option node1 miss_negative 0
not_ok "with no memory" ns node1 ping -c 1 -W 5 16.0.8.1
not_ok "each packet asks" ns node1 ping -c 1 -W 5 16.0.8.1
expect_eq "by an event of its own" 2 "$(said none '^miss.*16.0.8.0/24')"
kill "$NONE"
option node1 miss_negative 100000 miss_retry 300

# No answer: repeated with back-off (after 300 and 600 ms), given up 1200 ms later
listener silent verbose idle 4000
begin=$(date +%s%N)
refused "no answer: the sender is told" 'Unreachable' ns node1 ping -c 1 -W 20 16.0.3.1
span=$((($(date +%s%N) - begin) / 1000000))
expect "not before the last repeat was in vain" "$span" -ge 2000
expect "and not much later" "$span" -le 9000
reap "$BACKGROUND"
expect_eq "three events" 3 "$(said silent '^miss.*16.0.3.0/24')"
says "the last says so" '16.0.3.0/24 .*try 3 ' cat "$TMP/silent"
expect_eq "numbered without a gap" 0 "$(value "$TMP/silent" gaps)"
expect "counted as unanswered" "$(device node1 tx_drop_unanswered)" -ge 1
says "and remembered" '^l3 16.0.3.0/24 negative' kit node1 dump miss dev "$VTEP"

# One question about a subnet, no matter how many pods of it
option node1 miss_retry 60000
listener pods verbose idle 2000
must kit node1 burst to 16.0.4.1 subnets 200 packets 1 shift 0
reap "$BACKGROUND"
expect_eq "200 pods of a subnet, one question" 1 "$(said pods '^miss.*16.0.4.0/24')"
