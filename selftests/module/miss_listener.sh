#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Listeners as they are in life: one that dies, one that is slow and loses events,
# one that answers late, two at once.
#
#    listener                    sink
#    node1 flannel.1 ----------- flannel.1 node2
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

pair_up miss_retry 60000 miss_entries 20000

# Slow: its buffer overflows, it is told so, and it finds in the table what it missed
background sink node2 sink subnets 3000 packets 1 idle 10000
SINK=$BACKGROUND
listener slow found rcvbuf 20000 idle 4000
SLOW=$BACKGROUND
kill -STOP "$SLOW"
must kit node1 burst to 16.0.0.9 subnets 3000 packets 1
expect "events were lost" "$(device node1 miss_lost)" -gt 1000
expect_eq "but no question" 3000 "$(device node1 misses)"
kill -CONT "$SLOW"
reap "$SINK"
reap "$SLOW"
diag "$(tr '\n' ' ' <"$TMP/slow")"
expect "the listener was told of it" "$(value "$TMP/slow" resyncs)" -ge 1
expect_eq "and every packet arrives" 3000 "$(value "$TMP/sink" received)"
expect_eq "nothing waits" 0 "$(device node1 misses)"

# Without the resync, the repeated question reaches it
option node1 miss_retry 500
must kit node1 flush dev "$VTEP"
listener late found delay 800 verbose
LATE=$BACKGROUND
ok "an answer that comes after the question was repeated" ns node1 ping -q -c 1 -W 20 16.1.0.1
ok "was to a repeated question" hears late '^miss l3 16.1.0.0/24 .*try 2'
kill "$LATE"

# Late: nobody waits any more
option node1 miss_retry 100 miss_tries 1 miss_negative 100000
listener later
LATER=$BACKGROUND
not_ok "given up" ns node1 ping -c 1 -W 10 16.1.1.1
must kit node1 set dev "$VTEP" subnet 16.1.1.0/24 mac "$MAC2" remote "$UNDER2"
ok "an answer after that is a lease none the less" ns node1 ping -q -c 1 -W 5 16.1.1.1
not_ok "given up" ns node1 ping -c 1 -W 10 16.1.2.1
ok "an answer \"none\" after that changes nothing" kit node1 answer dev "$VTEP" none 16.1.2.0/24
says "it is remembered already" '^l3 16.1.2.0/24 negative' kit node1 dump miss dev "$VTEP"
kill "$LATER"

# Dies with questions open
option node1 miss_retry 700 miss_tries 8
listener dies
must kit node1 burst to 16.2.0.1 subnets 3 packets 2
says "questions are open" '^l3 16.2.0.0/24 pending' kit node1 dump miss dev "$VTEP"
before=$(device node1 tx_drop_unanswered)
kill -KILL "$BACKGROUND"
ok "nobody is left: they are given up at the next step" wait_for 20 device_is node1 misses 0
expect "and their senders told" $(($(device node1 tx_drop_unanswered) - before)) -ge 6
says "but that is not remembered as \"none\"" '' \
	sh -c "! ip netns exec $(ns_name node1) fl-test dump miss dev $VTEP | grep '^l3 16.2.'"
listener again found
AGAIN=$BACKGROUND
ok "the next listener is asked again" ns node1 ping -q -c 1 -W 10 16.2.0.1
kill "$AGAIN"

# Two listeners
option node1 miss_retry 60000
listener first verbose
FIRST=$BACKGROUND
listener second found verbose
SECOND=$BACKGROUND
ok "two listeners, one answers" ns node1 ping -q -c 1 -W 10 16.3.0.1
ok "the first has heard it too" hears first '^miss l3 16.3.0.0/24'
kill "$FIRST"
ok "one of them is gone" ns node1 ping -q -c 1 -W 10 16.3.1.1
kill "$SECOND"

# Missing entries between pairs of nodes were a fault of the first flannel: every
# subnet of many is reached after a listener was lost and another came.
must kit node1 flush dev "$VTEP"
listener before found
BEFORE=$BACKGROUND
must kit node1 burst to 16.64.0.1 subnets 300 packets 1
kill -KILL "$BEFORE"
listener after found
AFTER=$BACKGROUND
background sinkall node2 sink subnets 600 packets 1 idle 6000
SINK=$BACKGROUND
must kit node1 burst to 16.64.0.1 subnets 600 packets 1
reap "$SINK"
expect_eq "no subnet is left out" 0 "$((600 - $(device node1 leases)))"
expect "every packet arrives, those that waited too" "$(value "$TMP/sinkall" received)" -ge 600
kill "$AFTER"
