#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All leases are replaced, by a new generation and a sweep of the old, while packets
# go through them: none is lost, none is delayed by a miss. And what is withdrawn,
# moved, or unused for too long takes effect.
#
#    node1 flannel.1 ----------- flannel.1 node2
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

pair_up miss_retry 60000
listener events verbose
EVENTS=$BACKGROUND
must kit node1 load dev "$VTEP" count 500 remotes 172.16.0.1 generation 1
set_all()
{
	must kit node1 load dev "$VTEP" count 50 remote "$UNDER2" mac "$MAC2" generation "$1"
}
set_all 1

background sink node2 sink subnets 50 packets 400 idle 10000
SINK=$BACKGROUND
kit node1 burst to 16.0.0.7 subnets 50 packets 400 pause-us 200 >"$TMP/burst" &
BURST=$!
generation=1
while kill -0 "$BURST" 2>/dev/null; do
	generation=$((generation + 1))
	set_all "$generation"
	must kit node1 flush dev "$VTEP" generation "$generation"
done
reap "$BURST"
reap "$SINK"
diag "$generation replacements while 20,000 packets went through"
expect "traffic went on during several replacements" "$generation" -ge 4
expect_eq "all leases but the current ones are gone" 50 "$(device node1 leases)"
expect_eq "every packet arrived" 20000 "$(value "$TMP/sink" received)"
expect_eq "in order" 0 "$(value "$TMP/sink" out_of_order)"
expect_eq "none became a miss" 0 "$(said events '^miss l3 16')"

# Counters stay with the subnet
kit node1 get dev "$VTEP" addr 16.0.3.1 >"$TMP/lease"
expect "packets are counted over replacements" \
	"$(sed -n 's/.* packets \([0-9]*\) .*/\1/p' "$TMP/lease")" -ge 400

# A lease that moves, one that is withdrawn
must kit node1 set dev "$VTEP" subnet 16.0.3.0/24 mac "$MAC2" remote 198.51.100.99
not_ok "a moved lease takes effect at once" ns node1 ping -q -c 1 -W 1 16.0.3.1
must kit node1 set dev "$VTEP" subnet 16.0.3.0/24 mac "$MAC2" remote "$UNDER2"
ok "and back" ns node1 ping -q -c 1 -W 5 16.0.3.1
must kit node1 del dev "$VTEP" subnet 16.0.3.0/24
must kit node1 burst to 16.0.3.1
ok "a withdrawn lease is asked for again" hears events '^miss l3 16.0.3.0/24'
kill "$EVENTS"

# Without an agent, what is installed works
ok "without an agent leases work" ns node1 ping -q -c 3 -i 0.1 -W 5 16.0.4.1

# Ageing
must kit node1 flush dev "$VTEP"
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 mac "$MAC2" remote "$UNDER2"
must kit node1 set dev "$VTEP" subnet 16.2.0.0/24 mac "$MAC2" remote "$UNDER2" permanent
must kit node1 set dev "$VTEP" subnet 16.3.0.0/24 mac "$MAC2" remote "$UNDER2"
sleep 3
expect_eq "nothing ages unless it is asked for" 3 "$(device node1 leases)"
ns node1 ping -q -i 0.3 -w 20 16.3.0.1 >/dev/null 2>&1 &
PING=$!
sleep 1
option node1 lease_idle 4
ok "an unused lease is aged out" wait_for 20 device_is node1 leases 2
says "not a permanent one" '^16.2.0.0/24 ' kit node1 get dev "$VTEP" addr 16.2.0.1
says "nor one in use" '^16.3.0.0/24 ' kit node1 get dev "$VTEP" addr 16.3.0.1
kill "$PING"
