#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every packet that goes no further is in exactly one counter of drops; their sums are
# what `ip -s link` shows; tracepoints tell of it.
#
#    node1 flannel.1 ----------- flannel.1 node2: makes packets by hand
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need bridge ethtool nft python3
need_module

pair_up miss_retry 60000
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 mac "$MAC2" remote "$UNDER2"

TRACE=/sys/kernel/tracing
[ -d $TRACE/events ] || mount -t tracefs tracefs $TRACE 2>/dev/null
if [ -d $TRACE/events/flannel ]; then
	echo >$TRACE/trace
	echo 1 >$TRACE/events/flannel/enable
	echo 1 >$TRACE/tracing_on
	TRACING=1
fi

# drops_once COUNTER NAME COMMAND...: each of three packets is in that counter
drops_once()
{
	local which=$1 name=$2 before after all_before all_after
	shift 2

	before=$(device node1 "$which")
	all_before=$(all_drops)
	"$@" >/dev/null 2>&1
	sleep 0.2
	after=$(device node1 "$which")
	all_after=$(all_drops)
	expect_eq "$name: $which" 3 $((after - before))
	expect_eq "$name: and no other counter" 3 $((all_after - all_before))
}

# All drops but those that IPv6 causes of its own accord
all_drops()
{
	kit node1 dev dev "$VTEP" | awk -F = '/_drop_/ && !/no_flood/ { n += $2 } END { print n + 0 }'
}

inject()
{
	kit node2 inject from "$UNDER2" to "$UNDER1" src 10.244.2.1 dst 10.244.1.0 \
		dmac "$MAC1" count 3 "$@"
}

option node1 nol3miss
drops_once tx_drop_unknown "unknown, misses off" kit node1 burst to 16.2.0.1 packets 3
option node1 l3miss
drops_once tx_drop_no_listener "nobody to ask" kit node1 burst to 16.2.0.1 packets 3
must kit node1 set dev "$VTEP" subnet 16.3.0.0/24 mac "$MAC2" remote 203.0.113.9
drops_once tx_drop_no_route "no route" kit node1 burst to 16.3.0.1 packets 3
must kit node1 set dev "$VTEP" subnet 16.4.0.0/24 mac "$MAC2" remote 10.244.2.9
drops_once tx_drop_loop "a route back into the device" kit node1 burst to 16.4.0.1 packets 3
must ns node1 nft -f - <<-END
	table ip underlay {
		chain refuse {
			type filter hook output priority 0
			udp dport 8472 drop
		}
	}
END
for way in off auto; do
	option node1 fastpath "$way"
	drops_once tx_drop_underlay "a firewall below refuses it, fastpath $way" \
		kit node1 burst to 16.1.0.1 packets 3
done
must ns node1 nft delete table ip underlay
drops_once tx_drop_malformed "too short for what it says it is" \
	ns node1 python3 "$LIB/runt.py" "$VTEP" 3
must nip node1 route add 239.9.0.0/16 dev "$VTEP" src 10.244.1.0
before=$(device node1 tx_drop_no_flood)
must kit node1 burst to 239.9.0.1 packets 3
expect "a group, in L3 mode: tx_drop_no_flood" $(($(device node1 tx_drop_no_flood) - before)) -ge 3
listener none none
NONE=$BACKGROUND
before=$(device node1 miss_not_found)
drops_once tx_drop_not_found "\"none\"" kit node1 burst to 16.5.0.1 packets 3
kill "$NONE"
expect_eq "answers \"none\" are counted" 1 $(($(device node1 miss_not_found) - before))
listener silent
SILENT=$BACKGROUND
option node1 miss_tries 1 miss_retry 50 miss_negative 0
drops_once tx_drop_unanswered "no answer" \
	sh -c "ip netns exec $(ns_name node1) fl-test burst to 16.6.0.1 packets 3; sleep 1"
expect_eq "answers that never came are counted" 1 "$(device node1 miss_unanswered)"
option node1 miss_retry 60000
drops_once tx_drop_flushed "device down" \
	sh -c "ip netns exec $(ns_name node1) fl-test burst to 16.7.0.1 packets 3;
		ip -n $(ns_name node1) link set $VTEP down; ip -n $(ns_name node1) link set $VTEP up"
must nip node1 route replace 16.0.0.0/8 dev "$VTEP" src 10.244.1.0
must nip node1 route replace 10.244.0.0/16 dev "$VTEP" src 10.244.1.0
option node1 miss_entry_bytes 1
drops_once tx_drop_overflow "beyond the limit" kit node1 burst to 16.8.0.1 packets 3
option node1 miss_entry_bytes 65536
kill "$SILENT"

drops_once rx_drop_short "short" inject cut 4
drops_once rx_drop_flags "without I flag" inject flags 0
drops_once rx_drop_flags "with a reserved bit" inject flags $((0x08000001))
drops_once rx_drop_flags "with a reserved byte" inject reserved 1
drops_once rx_drop_vni "a VNI that is not here" inject vni 99
drops_once rx_drop_malformed "without an Ethernet header" inject cut 12
drops_once rx_drop_malformed "with half an IP header" inject cut 30
drops_once rx_drop_own_mac "our own MAC" inject smac "$MAC1"
drops_once rx_drop_ecn "congestion that the inner packet cannot carry" inject outer-tos 3
option node1 rpf strict
drops_once rx_drop_source "rpf: a source of nobody's" kit node2 inject from "$UNDER2" \
	to "$UNDER1" src 16.99.0.1 dst 10.244.1.0 dmac "$MAC1" count 3
must nip node2 address add 198.51.100.22/24 dev eth0
drops_once rx_drop_peer "rpf: a stranger" kit node2 inject from 198.51.100.22 \
	to "$UNDER1" src 16.1.0.1 dst 10.244.1.0 dmac "$MAC1" count 3
option node1 rpf loose
listener silent
SILENT=$BACKGROUND
drops_once rx_drop_down "rpf: the device goes down while the sender is asked for" \
	sh -c "ip netns exec $(ns_name node2) fl-test inject from 198.51.100.22 to $UNDER1 \
			src 16.98.0.1 dst 10.244.1.0 dmac $MAC1 count 3
		sleep 0.3
		ip -n $(ns_name node1) link set $VTEP down; ip -n $(ns_name node1) link set $VTEP up"
kill "$SILENT"
must nip node1 route replace 16.0.0.0/8 dev "$VTEP" src 10.244.1.0
must nip node1 route replace 10.244.0.0/16 dev "$VTEP" src 10.244.1.0
option node1 rpf off

# A MAC that an entry of the FDB binds to another VTEP
must nip node1 link add bridged type flannel id 2 dev eth0 local "$UNDER1" mode ethernet learning
must nip node1 link set bridged up
must ns node1 bridge fdb add 02:00:00:00:00:77 dev bridged dst 198.51.100.77 self permanent
must inject vni 2 smac 02:00:00:00:00:77
expect_eq "a MAC that is bound elsewhere: rx_drop_moved" 3 "$(kit node1 dev dev bridged |
	sed -n 's/^rx_drop_moved=//p')"
must inject vni 2 smac 02:00:00:00:00:78
expect_eq "one that is not: no more" 3 "$(kit node1 dev dev bridged |
	sed -n 's/^rx_drop_moved=//p')"
expect "what needs no second round is counted" "$(kit node1 dev dev bridged |
	sed -n 's/^rx_direct=//p')" -ge 3
must nip node1 link del bridged

must nip node1 link add link "$VTEP" name vlan5 type vlan id 5
must ns node1 sysctl -q -w net.ipv6.conf.vlan5.disable_ipv6=1
must nip node1 address add 10.55.0.1/24 dev vlan5
must nip node1 link set vlan5 arp off up
drops_once tx_drop_protocol "not IP, in L3 mode" kit node1 burst to 10.55.0.9 packets 3

# A packet that is found, for the tracepoints
listener found found
FOUND=$BACKGROUND
ok "a miss is answered" ns node1 ping -q -c 1 -W 10 16.66.0.1
kill "$FOUND"

# The sums are the device's
sum()
{
	kit node1 dev dev "$VTEP" | awk -F = -v way="^$1_drop_" '$1 ~ way && !/_vni/ { n += $2 }
		END { print n + 0 }'
}
stats=$(nip node1 -j -s link show dev "$VTEP")
expect_eq "ip -s link: all drops on transmit" "$(sum tx)" \
	"$(jq '.[0].stats64.tx | .errors + .dropped' <<<"$stats")"
expect_eq "ip -s link: all drops on receive" "$(sum rx)" \
	"$(jq '.[0].stats64.rx | .errors + .dropped' <<<"$stats")"

# ethtool shows the same counters by the same names
same_counters()
{
	ns node1 ethtool -S "$VTEP" | awk '/:/ && NF == 2 { sub(":", "", $1); print $1 "=" $2 }' |
		grep -E '^(tx|rx|miss|neigh)_' | sort >"$TMP/ethtool"
	kit node1 dev dev "$VTEP" | grep -E '^(tx|rx|miss|neigh)_' | sort >"$TMP/netlink"
	cmp -s "$TMP/ethtool" "$TMP/netlink"
}
# More than once, as a packet may come in between.
wait_for 10 same_counters
expect "ethtool -S has counters" "$(wc -l <"$TMP/ethtool")" -ge 40
expect_eq "the same as netlink's" "" "$(diff "$TMP/ethtool" "$TMP/netlink")"

# What is sent and received is counted, by packet and byte, also on the lease
packets=$(jq '.[0].stats64.tx.packets' <<<"$stats")
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 mac "$MAC2" remote "$UNDER2"
must kit node1 burst to 16.1.0.1 packets 50 size 72
stats=$(nip node1 -j -s link show dev "$VTEP")
expect "packets sent are counted" $(($(jq '.[0].stats64.tx.packets' <<<"$stats") - packets)) -ge 50
says "and on the lease: 50 of 100 bytes" ' packets 50 bytes 5000 ' \
	kit node1 get dev "$VTEP" addr 16.1.0.1

if [ -z "${TRACING:-}" ]; then
	skip "tracepoints" "there is no tracefs here"
else
	echo 0 >$TRACE/events/flannel/enable
	cp $TRACE/trace "$TMP/trace"
	says "tracepoint: miss" "flannel_miss: dev=$VTEP kind=l3 subnet=::ffff:16.66.0.0/24 .*try=1" \
		cat "$TMP/trace"
	says "tracepoint: park" "flannel_park: dev=$VTEP .*::ffff:16.66.0.0/24 .*parked=1" cat "$TMP/trace"
	says "tracepoint: answer" "flannel_answer: .*::ffff:16.66.0.0/24 .*found=1" cat "$TMP/trace"
	says "tracepoint: answer \"none\"" "flannel_answer: .*::ffff:16.5.0.0/24 .*found=0" cat "$TMP/trace"
	says "tracepoint: release" "flannel_release: dev=$VTEP " cat "$TMP/trace"
	expect_eq "tracepoint: drop, one for each" 3 "$(grep -c 'flannel_drop:.*why=RX_DROP_OWN_MAC' "$TMP/trace")"
fi
