#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The wire is VXLAN: one end is our device, the other the kernel's own vxlan
# device, set up as stock flannel does it. Over IPv4 here, over IPv6 in
# interop_vxlan6.sh; IPv4 and IPv6 inside, both directions, in Ethernet mode
# (taught with the commands that teach vxlan) and in L3 mode (taught with leases);
# packets small, as large as fit, in fragments, and TCP with segmentation offload;
# with and without outer UDP checksums.
#
#   pod1 --- node1 flannel.1 ===== VNI 1, UDP port 8472 ===== flannel.1 node2 --- pod2
#            type flannel          198.51.100.0/24                type vxlan
#                                  2001:db8:100::/64
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
need ethtool jq socat tcpdump tshark ping ss
need_module

UNDERLAY=${UNDERLAY:-4}

# The other way round of one ping: what each end answers is the other's request.
both_ways()
{
	local title=$1 family
	shift

	for family in 4 6; do
		ok "$title, IPv$family inside: pod1 to pod2" \
			pings pod1 "$(pod "$family" 2)" "$@"
		ok "$title, IPv$family inside: pod2 to pod1" \
			pings pod2 "$(pod "$family" 1)" "$@"
	done
}

# Of a ping that fills the overlay's MTU, without leave to fragment
full_size()
{
	local title=$1 mtu

	mtu=$(link_get node1 "$VTEP" .mtu)
	expect_eq "$title: both ends find the same MTU" \
		"$(link_get node2 "$VTEP" .mtu)" "$mtu"
	ok "$title: $mtu bytes of IPv4 go through whole" \
		pings pod1 "$(pod4 2)" -s $((mtu - 28)) -M "do"
	ok "$title: $mtu bytes of IPv6 go through whole" \
		pings pod1 "$(pod6 2)" -s $((mtu - 48)) -M "do"
	not_ok "$title: one byte more does not" \
		pings pod1 "$(pod4 2)" -s $((mtu - 27)) -M "do" -w 1
}

# TCP in packets that are cut into segments behind our device, and joined again
# before it: seen on the device as packets larger than its MTU
tcp()
{
	local title=$1 family

	capture node1 "$VTEP" large.pcap greater 3000
	for family in 4 6; do
		ok "$title: TCP over IPv$family, pod1 to pod2" \
			tcp_copy pod1 pod2 "$(pod "$family" 2)" 4000000
		ok "$title: TCP over IPv$family, pod2 to pod1" \
			tcp_copy pod2 pod1 "$(pod "$family" 1)" 4000000
	done
	capture_stop
	for family in 4 6; do
		expect "$title: large packets sent, IPv$family inside" \
			"$(packets large.pcap src host "$(pod "$family" 1)")" -gt 10
		expect "$title: large packets received, IPv$family inside" \
			"$(packets large.pcap src host "$(pod "$family" 2)")" -gt 10
	done
}

# What is on the wire, seen by a decoder that is not ours: the first of each pair
# of values is of the outer header, the last of the inner
wire()
{
	local title=$1 family=$2 csum=$3 ip=ip
	local vni flags src dst from to sum

	[ "$family" -eq 4 ] || ip=ipv6
	capture node2 eth0 wire.pcap udp port 8472
	ns pod1 ping -n -q -c 1 -w 5 -s 101 "$(pod4 2)" >/dev/null
	capture_stop
	decode wire.pcap -Y 'icmp.type == 8' -T fields -E separator=' ' -e vxlan.vni \
		-e vxlan.flags -e eth.src -e eth.dst -e "$ip.src" -e "$ip.dst" \
		-e udp.checksum >"$TMP/wire"
	read -r vni flags src dst from to sum <"$TMP/wire"
	expect_eq "$title: decoded as VXLAN with VNI 1, flags as they must be" \
		"1 0x0800" "$vni $flags"
	expect_eq "$title: inner MAC addresses are those of the two devices" \
		"$(vtep_mac 1) $(vtep_mac 2)" "${src#*,} ${dst#*,}"
	expect_eq "$title: outer addresses" \
		"$(underlay "$family" 1) $(underlay "$family" 2)" "${from%,*} ${to%,*}"
	if [ "$csum" = off ]; then
		expect_eq "$title: no outer checksum" 0x0000 "$sum"
	else
		expect_ne "$title: an outer checksum" 0x0000 "$sum"
	fi
}

# scenario FAMILY MODE CSUM
scenario()
{
	local family=$1 mode=$2 csum=$3 title ours=() theirs=()

	title="IPv$family outside, $mode mode, checksums $csum"
	if [ "$family" -eq 4 ]; then
		[ "$csum" = on ] && ours=(udpcsum) && theirs=(udpcsum)
		[ "$csum" = off ] && ours=(noudpcsum) && theirs=(noudpcsum)
	elif [ "$csum" = off ]; then
		ours=(udp6zerocsumtx udp6zerocsumrx)
		theirs=(udp6zerocsumtx udp6zerocsumrx)
	fi
	node_flannel 1 "$family" mode "$mode" "${ours[@]}"
	node_vxlan 2 "$family" "${theirs[@]}"
	peer_entries 2 1 "$family"
	if [ "$mode" = l3 ]; then
		overlay_routes 1
		peer_lease 1 2 "$family"
	else
		peer_entries 1 2 "$family"
	fi

	both_ways "$title"
	both_ways "$title, 1 byte" -s 1
	full_size "$title"
	both_ways "$title, fragments" -s 4000
	wire "$title" "$family" "$csum"
	tcp "$title"
	expect_eq "$title: our device has no errors" 0 \
		"$(link_get node1 "$VTEP" '.stats64 | .rx.errors + .tx.errors')"
	must nip node1 link del "$VTEP"
	must nip node2 link del "$VTEP"
}

nodes 2
for mode in ethernet l3; do
	for csum in off on; do
		scenario "$UNDERLAY" "$mode" "$csum"
	done
done
