#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Ethernet mode: ARP requests and neighbour solicitations are answered from the lease
# table, or are a miss. None is ever on the wire while the flood list is empty.
#
#    listener
#    node1 flannel.1 ---- capture ---- flannel.1 node2
#    10.244.2.0 and fd00:10:244:2:: are neighbours
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need tcpdump
need_module

pair
pair_dev 1 mode ethernet miss_retry 60000
pair_dev 2 mode ethernet

# ARP or a neighbour solicitation within VXLAN: behind 8 bytes of UDP, 8 of VXLAN
# and 14 of Ethernet. Over IPv4 that is byte 30 of UDP on.
FILTER='udp port 8472 and (udp[28:2] = 0x0806 or (udp[28:2] = 0x86dd and udp[36] = 58 and (udp[70] = 135 or udp[70] = 136)))'
# What of that is on the wire from now on, until watch_end
watch()
{
	ns_background node1 tcpdump -i eth0 -n -l --immediate-mode "$FILTER" \
		>"$TMP/wire" 2>"$TMP/wire.log"
	WIRE=$BACKGROUND
	wait_for 10 grep -q 'listening on' "$TMP/wire.log" ||
		fatal "tcpdump: $(cat "$TMP/wire.log")"
}

watch_end()
{
	sleep 0.5
	kill "$WIRE"
	wait "$WIRE" 2>/dev/null
}

watch

# lease_of_node N M
lease_of_node()
{
	must kit "node$1" set dev "$VTEP" subnet "10.244.$2.0/24" mac "02:f1:a0:00:00:0$2" \
		remote "198.51.100.$2"
	must kit "node$1" set dev "$VTEP" subnet "fd00:10:244:$2::/64" \
		mac "02:f1:a0:00:00:0$2" remote "198.51.100.$2"
}

# Nobody knows, nobody listens
refused "unknown: ARP fails" '100% packet loss|Unreachable' ns node1 ping -q -c 1 -W 4 10.244.2.0
refused "unknown: solicitation fails" '100% packet loss|unreachable' ns node1 ping -q -c 1 -W 4 fd00:10:244:2::
expect "they were refused for want of a listener" "$(device node1 tx_drop_no_listener)" -ge 2
must nip node1 neigh flush dev "$VTEP"

# A miss, answered
lease_of_node 2 1
listener arp found verbose
ARP=$BACKGROUND
ok "ARP becomes a miss and is answered" ns node1 ping -q -c 1 -W 10 10.244.2.0
says "the question names the subnet" '^miss l3 10.244.2.0/24 target 10.244.2.0' cat "$TMP/arp"
ok "so does a solicitation" ns node1 ping -q -c 1 -W 10 fd00:10:244:2::
says "with its subnet" '^miss l3 fd00:10:244:2::/64 target fd00:10:244:2:: ' cat "$TMP/arp"
says "the neighbour has the MAC of its VTEP" "10.244.2.0 dev $VTEP lladdr $MAC2" nip node1 neigh show
says "IPv6 too" "fd00:10:244:2:: dev $VTEP lladdr $MAC2" nip node1 neigh show
kill "$ARP"

# From the table
must nip node1 neigh flush dev "$VTEP"
replies=$(device node1 neigh_reply)
ok "ARP is answered from the table" ns node1 ping -q -c 1 -W 5 10.244.2.0
ok "a solicitation is answered from the table" ns node1 ping -q -c 1 -W 5 fd00:10:244:2::
expect "and counted" $(($(device node1 neigh_reply) - replies)) -ge 2
lease_of_node 1 3
ns node1 ping -q -c 1 -W 1 10.244.3.7 >/dev/null 2>&1
says "any address of a subnet is at its VTEP" "10.244.3.7 dev $VTEP lladdr 02:f1:a0:00:00:03" \
	nip node1 neigh show

# A neighbour that is probed again is asked with unicast, at its VTEP's MAC
must ns node1 bridge fdb add "$MAC2" dev "$VTEP" dst "$UNDER2" self
for family in ipv4 ipv6; do
	must ns node1 sysctl -q -w "net/$family/neigh/$VTEP/base_reachable_time_ms=100" \
		"net/$family/neigh/$VTEP/delay_first_probe_time=1"
done
must nip node1 neigh replace 10.244.2.0 lladdr "$MAC2" dev "$VTEP" nud stale
must nip node1 neigh replace fd00:10:244:2:: lladdr "$MAC2" dev "$VTEP" nud stale
replies=$(device node1 neigh_reply)
# One way only: an answer from above would confirm the neighbour
must kit node1 burst to 10.244.2.0 packets 4 pause-us 1000000
must kit node1 burst to fd00:10:244:2:: packets 4 pause-us 1000000
expect "probes are answered here too" $(($(device node1 neigh_reply) - replies)) -ge 2
ok "and the neighbour is still there" ns node1 ping -q -c 1 -W 5 10.244.2.0

# "none"
must kit node1 del dev "$VTEP" subnet 10.244.3.0/24
must nip node1 neigh flush dev "$VTEP"
listener none none verbose
NONE=$BACKGROUND
refused "an answer \"none\"" 'Unreachable|packet loss' ns node1 ping -q -c 1 -W 6 10.244.3.7
expect_eq "is asked for once, though ARP tries three times" 1 "$(said none '^miss l3 10.244.3.0/24')"
kill "$NONE"

# Gratuitous ARP, duplicate address detection, groups: for nobody, without a list
ns node1 arping -q -U -c 1 -I "$VTEP" 10.244.1.0 >/dev/null 2>&1
must nip node1 address add fd00:10:244:1::99/128 dev "$VTEP"
sleep 1.5
expect_eq "nothing but leases is asked for" 0 "$(device node1 misses)"
watch_end
expect_eq "no ARP and no solicitation was on the wire" 0 "$(grep -c . "$TMP/wire")"
diag "$(head -n 5 "$TMP/wire")"

# With a flood list, what is in no table goes out as in any Ethernet
must kit node1 fdb set dev "$VTEP" remote "$UNDER2" append
must kit node1 flush dev "$VTEP"
must nip node1 neigh flush dev "$VTEP"
must kit node2 fdb set dev "$VTEP" mac "$MAC1" remote "$UNDER1"
watch
ok "ARP is flooded, and node2 answers" ns node1 ping -q -c 1 -W 5 10.244.2.0
ok "IPv6 too" ns node1 ping -q -c 1 -W 5 fd00:10:244:2::
watch_end
expect "on the wire" "$(grep -c . "$TMP/wire")" -ge 2
expect "and counted" "$(device node1 tx_flood)" -ge 2
