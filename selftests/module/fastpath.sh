#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The fast path gives the same packets as the ordinary way, takes part in what
# others do to packets (netfilter, tc, packet sockets, IPsec policies), and notices
# whatever changes.
#
# The nodes are drawn in pair.sh; a second link joins them:
#    node1 eth1 198.51.101.1 ------- eth1 198.51.101.2 node2
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need python3 nft tc tcpdump ping
need_module

TARGET=16.0.0.1

# ping_target [ADDRESS]
# shellcheck disable=SC2120 # those who name none want the usual one
ping_target()
{
	ns node1 ping -q -n -c 3 -i 0.05 -W 2 "${1:-$TARGET}"
}

# silence: no ping comes back
silence()
{
	! ns node1 ping -q -n -c 2 -i 0.05 -W 1 "$TARGET" >/dev/null
}

mode()
{
	option node1 fastpath "$1"
	option node2 fastpath "$1"
}

# grows NAME COUNTER COMMAND...: a counter of that node's device, while COMMAND runs
grows()
{
	local name=$1 which=$2 before
	shift 2

	before=$(counter "$name" "$VTEP" "$which")
	"$@" >/dev/null || return
	[ "$(counter "$name" "$VTEP" "$which")" -gt "${before:-0}" ]
}

stays()
{
	local name=$1 which=$2 before
	shift 2

	before=$(counter "$name" "$VTEP" "$which")
	"$@" >/dev/null || return
	[ "$(counter "$name" "$VTEP" "$which")" -eq "${before:-0}" ]
}

compare()
{
	local kind name expected seen

	ns node1 python3 "$HERE/fastpath.py" "$1" >"$TMP/compare.out" 2>"$TMP/compare.err"
	expect_eq "the comparison comes to its end" 0 $?
	diag "$(tail -n 5 "$TMP/compare.err")"
	while IFS=$'\t' read -r kind name expected seen; do
		[ "$kind" = ok ]
		check_result $? "$name" && continue
		diag "expected: $expected"
		diag "seen:     $seen"
	done <"$TMP/compare.out"
}

# recorded WANT: so many packets are in the capture by now
recorded()
{
	[ "$(tcpdump -n -r "$TMP/capture" 2>/dev/null | wc -l)" -ge "$1" ]
}

# captures WANT NAME DEVICE FILTER COMMAND...: COMMAND makes so many packets that match
captures()
{
	local want=$1 name=$2 device=$3 filter=$4 pid status
	shift 4

	nsenter "--net=/run/netns/$NS_PREFIX-$name" tcpdump -i "$device" -n -U --immediate-mode \
		-w "$TMP/capture" "$filter" 2>"$TMP/tcpdump" &
	pid=$!
	wait_for 20 grep -q 'listening on' "$TMP/tcpdump" || return
	"$@" >/dev/null
	wait_for 10 recorded "$want"
	status=$?
	kill -INT "$pid"
	wait "$pid" 2>/dev/null
	return "$status"
}

taken()
{
	mode off
	ok "fastpath off: nothing takes it, out" stays node1 tx_fast ping_target
	ok "fastpath off: nothing takes it, in" stays node2 rx_fast ping_target
	for word in auto on; do
		mode "$word"
		ping_target >/dev/null
		ok "fastpath $word: packets take it, out" grows node1 tx_fast ping_target
		ok "fastpath $word: packets take it, in" grows node2 rx_fast ping_target
	done
}

# What sits on the device itself sees packets, fast path or not.
watched()
{
	mode on
	ok "tcpdump on the device sees what it sends" \
		captures 3 node1 "$VTEP" "icmp[0] == 8" ping_target
	ok "tcpdump on the lower device sees the outer packets" \
		captures 3 node1 eth0 "udp dst port 8472" ping_target
	must ns node1 tc qdisc add dev "$VTEP" clsact
	must ns node1 tc filter add dev "$VTEP" egress matchall action drop
	ok "tc on the device sees what it sends" silence
	must ns node1 tc qdisc del dev "$VTEP" clsact
	must ns node1 tc qdisc add dev "$VTEP" root netem loss 100%
	ok "a qdisc of the device has a say" silence
	must ns node1 tc qdisc del dev "$VTEP" root
	must ns node1 tc qdisc add dev eth0 clsact
	must ns node1 tc filter add dev eth0 egress matchall action drop
	ok "tc on the lower device sees the outer packets" silence
	must ns node1 tc qdisc del dev eth0 clsact
	must ns node1 ethtool -K "$VTEP" tx off
	ok "without the device's checksum offload it works, too" ping_target
	must ns node1 ethtool -K "$VTEP" tx on
	ok "all of that gone, packets take the fast path" grows node1 tx_fast ping_target
}

# hook NAME CHAIN VERDICT: of outer packets
hook()
{
	must ns "$1" nft -f - <<-END
		table inet outer {
			chain $2 {
				type filter hook $2 priority 0
				udp dport 8472 counter $3
			}
		}
	END
}

# hooked NAME CHAIN: what auto calls and on leaves out. The first packet of a peer
# takes the ordinary way in every mode, so it comes before the hook.
hooked()
{
	mode on
	ping_target >/dev/null
	hook "$1" "$2" drop
	ok "on: a hook at $2 is left out" ping_target
	mode auto
	ok "auto: a hook at $2 drops" silence
	must ns "$1" nft delete table inet outer
	mode auto
	ok "auto: without it packets come through" ping_target
}

netfilter()
{
	hooked node1 output
	hooked node1 postrouting
	hooked node2 prerouting
	hooked node2 input
	must ns node1 nft -f - <<-END
		table ip outer {
			chain output {
				type route hook output priority mangle
				udp dport 8472 meta mark set 7
			}
		}
	END
	must nip node1 rule add fwmark 7 unreachable
	mode auto
	ok "auto: a hook at output that changes the route is obeyed" silence
	must nip node1 rule del fwmark 7 unreachable
	must ns node1 nft delete table ip outer
	ok "auto: without it packets come through" ping_target
	dropped_below
}

# A hook has changed the packet, and then the lower device drops it, as a queue does that
# is full.
dropped_below()
{
	must ns node1 nft -f - <<-END
		table ip outer {
			chain output {
				type filter hook output priority mangle
				udp dport 8472 meta mark set 7
			}
		}
	END
	# Questions for the neighbour would be dropped, too.
	must nip node1 neigh replace "$UNDER2" lladdr "$(link_get node2 eth0 .address)" \
		dev eth0 nud permanent
	must ns node1 tc qdisc add dev eth0 clsact
	must ns node1 tc filter add dev eth0 egress matchall action drop
	for word in auto on off; do
		mode "$word"
		ok "$word: a marked packet that the lower device drops is lost" silence
		ok "$word: and counted" grows node1 tx_drop_underlay silence
	done
	must ns node1 tc qdisc del dev eth0 clsact
	must nip node1 neigh del "$UNDER2" dev eth0
	ok "and later ones come through" ping_target
	must ns node1 nft delete table ip outer
}

# both_ways: packets by turns to two addresses of node2, over two links
both_ways()
{
	local n

	for n in 1 2 3 4 5 6 7 8 9 10; do
		ping_target "$TARGET" && ping_target 16.200.0.1 || return
	done
}

# Whatever the ordinary way asks before it takes a packet in
passes()
{
	local before

	must kit node1 set dev "$VTEP" subnet 16.200.0.0/16 mac "$MAC2" remote 198.51.101.2
	mode on
	both_ways >/dev/null
	before=$(counter node2 "$VTEP" rx_fast)
	ok "a peer that comes on two ways" both_ways
	expect "has a pass for each" $(($(counter node2 "$VTEP" rx_fast) - before)) -ge 60
	must kit node1 del dev "$VTEP" subnet 16.200.0.0/16

	# Answers go where questions do not come from: no source check lets that in.
	must nip node2 route add "$UNDER1/32" via 198.51.101.1 dev eth1
	ok "without a source check it comes in" wait_for 10 grows node2 rx_fast ping_target
	must sysctl_set node2 net.ipv4.conf.eth0.rp_filter=1
	ok "a source check that is switched on ends its pass" silence
	must sysctl_set node2 net.ipv4.conf.eth0.rp_filter=0
	ok "and gives it back when it is switched off" wait_for 10 grows node2 rx_fast ping_target
	must nip node2 route del "$UNDER1/32"
}

# The wire's other end, as seen in what is captured there
changes()
{
	mode on
	ping_target >/dev/null
	must nip node1 neigh replace "$UNDER2" lladdr 02:00:00:00:0d:ad dev eth0 nud permanent
	ok "a neighbour's new MAC is written" \
		captures 1 node1 eth0 "ether dst 02:00:00:00:0d:ad" silence
	must nip node1 neigh del "$UNDER2" dev eth0
	ok "a neighbour that was deleted is found again" ping_target

	must nip node1 route add "$UNDER2/32" via 198.51.101.2 dev eth1
	ok "a new route is taken" captures 1 node1 eth1 "udp dst port 8472" ping_target
	must nip node1 route del "$UNDER2/32"
	ok "and the old one again" captures 3 node1 eth0 "udp dst port 8472" ping_target

	must nip node1 route replace 198.51.100.0/24 dev eth0 src 198.51.100.1 mtu lock 1300
	# As with vxlan, the first packet is fragmented, and the sender hears of it.
	ns node1 ping -n -c 3 -i 0.2 -W 1 -M "do" -s 1372 "$TARGET" >"$TMP/mtu" 2>&1
	ok "a smaller MTU of the route is noticed" grep -q 'message too long, mtu=1250' "$TMP/mtu"
	must nip node1 route replace 198.51.100.0/24 dev eth0 src 198.51.100.1
	# What the sender heard stays with the inner route.
	must sysctl_set node1 net.ipv4.route.flush=1
	ok "and that it has grown" ns node1 ping -n -c 2 -W 2 -M "do" -s 1372 "$TARGET"

	must nip node1 link set eth0 down
	ok "the lower device goes down" silence
	must nip node1 link set eth0 up
	ok "and comes up" wait_for 10 ping_target

	must kit node1 set dev "$VTEP" subnet 16.0.0.0/8 mac "$MAC2" remote 198.51.101.2
	ok "a lease's new address is taken" \
		captures 3 node1 eth1 "udp dst port 8472 and dst host 198.51.101.2" ping_target
	must kit node1 set dev "$VTEP" subnet 16.0.0.0/8 mac "$MAC2" remote "$UNDER2"

	must nip node2 address del "$UNDER2/24" dev eth0
	ok "an address that was removed takes nothing in" silence
	must nip node2 address add "$UNDER2/24" dev eth0
	ok "until it is back" wait_for 10 ping_target
}

ipsec()
{
	local selector=(src 198.51.100.1/32 dst "$UNDER2/32" proto udp)

	if ! nip node1 xfrm policy list >/dev/null 2>&1; then
		skip "an IPsec policy is obeyed" "this kernel has none"
		return
	fi
	mode on
	ping_target >/dev/null
	must nip node1 xfrm policy add "${selector[@]}" dir out action block
	ok "an IPsec policy for what goes out is obeyed" silence
	must nip node1 xfrm policy del "${selector[@]}" dir out
	ok "and its end" ping_target
	must nip node2 xfrm policy add "${selector[@]}" dir in action block
	ok "an IPsec policy for what comes in is obeyed" silence
	must nip node2 xfrm policy del "${selector[@]}" dir in
	ok "and its end" ping_target
}

pair_up
veth node1 eth1 node2 eth1
for n in 1 2; do
	must nip "node$n" address add "198.51.101.$n/24" dev eth1
	must nip "node$n" link set eth1 up
	# A packet may come in where its source is not routed to.
	must sysctl_set "node$n" net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.eth1.rp_filter=0
done
for prefix in 16.0.0.0/8 fd16::/16; do
	must kit node1 set dev "$VTEP" subnet "$prefix" mac "$MAC2" remote "$UNDER2"
done
taken
compare "${SEED:-$RANDOM}"
watched
netfilter
changes
passes
ipsec
