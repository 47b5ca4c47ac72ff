#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who may speak: rpf off, loose and strict. node3 is a stranger who can reach the port.
#
#    node1 flannel.1 ----+---- flannel.1 node2   a peer: 16.2.0.0/24, fd16:2::/64
#    198.51.100.1        |     198.51.100.2
#                       br0
#                        |
#                      node3 198.51.100.3, 2001:db8:100::3: makes packets by hand
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

ns_create under node1 node2 node3
must nip under link add br0 type bridge
must nip under link set br0 up
for n in 1 2 3; do
	veth "node$n" eth0 under "port$n"
	must nip under link set "port$n" master br0 up
	must nip "node$n" address add "198.51.100.$n/24" dev eth0
	must nip "node$n" address add "2001:db8:100::$n/64" dev eth0 nodad
	must nip "node$n" link set eth0 up
	sysctl_set "node$n" net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
done
pair_dev 1 miss_retry 60000
must nip node1 route add 16.0.0.0/8 dev "$VTEP" src 10.244.1.0
must nip node1 route add fd16::/16 dev "$VTEP" src fd00:10:244:1::
pair_dev 2
must kit node1 set dev "$VTEP" subnet 16.2.0.0/24 mac "$MAC2" remote "$UNDER2"
must kit node1 set dev "$VTEP" subnet fd16:2::/64 mac "$MAC2" remote "$UNDER2"
must kit node1 set dev "$VTEP" subnet 16.9.0.0/24 mac "$MAC2" remote 198.51.100.9
# Everything that gets through is counted by a socket that hears all of it.
sysctl_set node1 net.ipv4.ip_forward=1

# inject FROM_NODE SRC [ARGUMENT]...: to node1's own address
inject()
{
	local n=$1 src=$2 dst=10.244.1.0
	shift 2

	[[ $src != *:* ]] || dst=fd00:10:244:1::
	must kit "node$n" inject from "198.51.100.$n" to "$UNDER1" src "$src" dst "$dst" \
		dmac "$MAC1" "$@"
}

# counted COUNTER NUMBER: it has grown by that since mark
mark()
{
	kit node1 dev dev "$VTEP" >"$TMP/mark"
	MARK=$(received)
}

grown()
{
	echo $(($(device node1 "$1") - $(value "$TMP/mark" "$1")))
}

received()
{
	ns node1 nstat -asz UdpNoPorts Udp6NoPorts 2>/dev/null |
		awk '/NoPorts/ { n += $2 } END { print n + 0 }'
}

passed()
{
	echo $(($(received) - MARK))
}

# passes NAME NUMBER COUNTER GROWTH
check()
{
	local name=$1 number=$2 counter=$3 growth=$4
	sleep 0.3
	expect_eq "$name: packets that pass" "$number" "$(passed)"
	[ -z "$counter" ] || expect_eq "$name: $counter" "$growth" "$(grown "$counter")"
}

option node1 rpf off
mark; inject 3 16.2.0.5 count 3
check "off: a stranger" 3 '' ''

option node1 rpf loose
mark; inject 2 16.2.0.5 count 3
check "loose: a peer" 3 rx_drop_peer 0
mark; inject 2 16.9.0.5 count 3
check "loose: a peer with another peer's source" 3 rx_drop_source 0
mark; inject 2 fd16:2::5 count 2
check "loose: a peer, IPv6" 2 rx_drop_peer 0
mark; inject 3 16.2.0.5 count 3
check "loose: a stranger with a peer's source" 0 rx_drop_peer 3
mark; inject 3 fd16:2::5 count 2
check "loose: a stranger with a peer's source, IPv6" 0 rx_drop_peer 2
mark; inject 3 16.3.0.5 count 3
check "loose: a stranger, and nobody to ask" 0 rx_drop_peer 3
mark; inject 3 16.2.0.5 arp count 2
check "loose: a stranger's ARP" 0 rx_drop_peer 2
mark; inject 3 127.0.0.1 count 2
check "loose: a source that says nothing" 0 rx_drop_peer 2
expect_eq "none of these raised a question" 0 "$(device node1 misses)"

option node1 rpf strict
mark; inject 2 16.2.0.5 count 3
check "strict: a peer" 3 rx_drop_source 0
mark; inject 2 fd16:2::5 count 2
check "strict: a peer, IPv6" 2 rx_drop_source 0
mark; inject 2 16.9.0.5 count 3
check "strict: a peer with another peer's source" 0 rx_drop_source 3
mark; inject 2 16.3.0.5 count 3
check "strict: a peer with nobody's source, and nobody to ask" 0 rx_drop_source 3
mark; inject 3 16.2.0.5 count 3
check "strict: a stranger" 0 rx_drop_peer 3

# A lazily filled table: the sender is asked for, and its first packet is not lost
for mode in loose strict; do
	option node1 rpf "$mode"
	mark
	background "ask-$mode" node1 listen dev "$VTEP" remote 198.51.100.3 mac "$MAC2" found \
		for 1000000 verbose
	ASK=$BACKGROUND
	inject 3 16.3.0.5 count 3
	check "$mode: an unknown sender that turns out to be a peer" 3 rx_drop_peer 0
	says "$mode: the question names both sources" \
		'^miss source 16.3.0.0/24 target 16.3.0.5 remote 198.51.100.3 try 1' cat "$TMP/ask-$mode"
	expect_eq "$mode: one question" 1 "$(said "ask-$mode" '^miss source 16.3')"
	kill "$ASK"
	must kit node1 del dev "$VTEP" subnet 16.3.0.0/24
done
mark
background lie node1 listen dev "$VTEP" remote 198.51.100.77 mac "$MAC2" found for 1000000 verbose
LIE=$BACKGROUND
inject 3 16.3.0.5 count 3
ok "a spoofed source is asked for" hears lie '^miss source 16.3.0.0/24'
check "spoofed: the answer is another VTEP" 0 rx_drop_peer 3
kill "$LIE"
must kit node1 del dev "$VTEP" subnet 16.3.0.0/24
option node1 miss_negative 60000
mark
background no node1 listen dev "$VTEP" none for 1000000 verbose
NO=$BACKGROUND
inject 3 16.4.0.5 count 3
ok "a foreign source is asked for" hears no '^miss source 16.4.0.0/24'
sleep 0.5
expect_eq "nobody has it: nothing passes" 0 "$(passed)"
expect_eq "each packet is counted" 3 $(($(grown rx_drop_unverified) + $(grown rx_drop_peer)))
inject 3 16.4.0.5 count 50
sleep 0.5
expect_eq "that is remembered: no second question" 1 "$(said no '^miss source 16.4')"
kill "$NO"

# A crowd of strangers: 5,000 sources. Nobody is asked for what our routes do not look
# for behind the device.
must nip node1 route add 20.0.0.0/8 dev "$VTEP" src 10.244.1.0
must nip node1 route add 30.0.0.0/8 dev "$VTEP" src 10.244.1.0
option node1 rpf loose rpf_entries 32 rpf_rate 20
background deaf node1 listen dev "$VTEP" for 1000000 verbose
DEAF=$BACKGROUND
must kit node1 burst to 16.100.0.1 subnets 20 packets 2
mark
begin=$SECONDS
inject 3 20.0.0.5 count 5000 spread
sleep 1
span=$((SECONDS - begin + 1))
expect "a crowd: somebody is asked for" "$(said deaf '^miss source 20')" -ge 1
expect "a crowd: who speaks for all of it asks no more than his part" \
	"$(said deaf '^miss source 20')" -le $((5 + 2 * (span + 1)))
expect "a crowd: misses keep to their number" "$(device node1 misses)" -le $((20 + 32))
expect "a crowd: memory keeps to its limit" \
	"$(device node1 parked_bytes)" -le $((32 * 16384 + 40 * 4096))
expect_eq "a crowd: nothing passes" 0 "$(passed)"
expect "a crowd: those turned away are counted" \
	$(($(grown rx_drop_peer) + $(grown rx_drop_unverified))) -ge 4900
expect_eq "a crowd: our own packets still wait" 20 \
	"$(kit node1 dump miss dev "$VTEP" | grep -c '^l3 16.100.*packets 2')"
mark; inject 2 16.2.0.5 count 3
check "a crowd: a peer is heard" 3 rx_drop_peer 0
mark; inject 3 40.0.0.5 count 3
check "a source outside of the overlay" 0 rx_drop_peer 3
expect_eq "is asked for by nobody" 0 "$(said deaf '^miss source 40')"
inject 3 30.0.0.5 count 400
sleep 1
expect "a loud one: of one source no more than 16 KiB" \
	"$(kit node1 dump miss dev "$VTEP" | sed -n 's/^source 30.0.0.0.24 .* packets //p' | head -n 1 | grep -E '^[0-9]+$' || echo 0)" -le 32
kill "$DEAF"
must nip node1 link set "$VTEP" down
expect_eq "down: nothing of them is left" 0 "$(device node1 parked_bytes)"
