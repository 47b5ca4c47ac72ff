#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# TIMEOUT 600
# Checksum states of outer packets, the kernel's vxlan device beside ours: with each
# state, right and wrong checksums, over IPv4 and IPv6, whatever happens next, what
# vxlan delivers is delivered with right checksums, and what it drops is dropped.
#
#   KIND-dut                                             KIND-pod (only looked at)
#     ov4, ov6   the overlay over IPv4, over IPv6          eth201  no checksums, TCP for GRO
#     bp4, bp6   the same as ports of br0, not in L3 mode  eth202  no checksums, small MTU
#     tap0, tap1 cards that are written to: tap1 does GRO  eth203  with checksums
#     under      a card within tap0: the kernel's vxlan    eth204  no checksums, port of br0
#
# Where the states come from (a virtual machine has no such hardware):
#   NONE            a tap device says nothing of checksums
#   UNNECESSARY n   a BPF program at ingress of the tap device, by the outer source port;
#                   behind the GRO of tap1, which is why levels do not reach that GRO
#   COMPLETE        what a tunnel with checksums hands on: the card "under"; with the
#                   rule that tracks connections NONE becomes COMPLETE as well
#   PARTIAL outer   the header of virtio before a packet of a tap device,
#   PARTIAL inner   as it comes from another machine of the same host
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/beside.sh"
need python3 nft tc ethtool
need_module
modprobe -q tun
[ -e /dev/net/tun ] || skip_all "this kernel has no tap devices"
mountpoint -q /sys/fs/bpf || [ -d /sys/fs/bpf ] || skip_all "this kernel has no BPF"

# overlay KIND DEVICE FAMILY ID: ip(8) lines that make a device of the overlay
overlay()
{
	local kind=$1 device=$2 family=$3 id=$4 options=

	case $kind in
	vxlan)		options="type vxlan dstport 8472 nolearning" ;;
	ethernet)	options="type flannel" ;;
	l3)		options="type flannel mode l3" ;;
	esac
	if [ "$family" = 4 ]; then
		options+=" id $id local 198.51.100.1"
	else
		options+=" id $id local 2001:db8:100::1 udp6zerocsumrx"
	fi
	echo "link add $device address 02:f1:a0:00:00:$id $options"
}

# port KIND N ADDRESS: a device of the node that leads to the pod
port()
{
	veth "$1-pod" "eth$2" "$1-dut" "pod$2"
	nip_batch "$1-pod" <<<"link set eth$2 address 02:00:00:00:02:${2: -2} up"
	nip_batch "$1-dut" <<<"link set pod$2 up"
	[ "$2" = 203 ] || must ns "$1-dut" ethtool -K "pod$2" tx off
}

# cards KIND: those of the underlay
cards()
{
	local n=0 card

	{
		cat <<-END
			tuntap add dev tap0 mode tap vnet_hdr
			tuntap add dev tap1 mode tap vnet_hdr
			link add under type vxlan id 99 dstport 4789 local 198.51.100.1 dev tap0 nolearning
		END
		for card in tap0 tap1 under; do
			cat <<-END
				link set $card address 02:00:00:00:01:0$n up
				address add 198.51.10$n.1/24 dev $card
				address add 2001:db8:10$n::1/64 dev $card nodad
			END
			n=$((n + 1))
		done
	} >"$TMP/cards"
	nip_batch "$1-dut" <"$TMP/cards"
}

# plane KIND
plane()
{
	local kind=$1 family n

	sysctl_set "$kind-pod" net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	sysctl_set "$kind-dut" net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.router_solicitations=0 net.ipv4.ip_forward=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	cards "$kind"
	for n in 201 202 203 204; do
		port "$kind" "$n"
	done
	{
		cat <<-END
			link set pod202 mtu 1000
			link add br0 type bridge
			link set br0 up
			link set pod204 master br0
		END
		for n in 201 202 203; do
			cat <<-END
				address add 10.$n.0.1/24 dev pod$n
				neigh replace 10.$n.0.2 lladdr 02:00:00:00:02:${n: -2} dev pod$n nud permanent
			END
		done
		for family in 4 6; do
			overlay "$kind" "ov$family" "$family" "0$family"
			cat <<-END
				address add 10.200.$family.1/24 dev ov$family
				link set ov$family up
			END
			[ "$kind" != l3 ] || continue
			overlay "$kind" "bp$family" "$family" "1$family"
			echo "link set bp$family master br0 up"
		done
	} >"$TMP/plane"
	nip_batch "$kind-dut" <"$TMP/plane"
	peers "$kind"
}

# peers KIND: those behind each card, for the fast path knows only whom the tables know
peers()
{
	local kind=$1 family n remote device

	for family in 4 6; do
		for n in 0 1 2; do
			remote=198.51.10$n.2
			[ "$family" = 4 ] || remote=2001:db8:10$n::2
			if [ "$kind" = l3 ]; then
				echo "lease set dev ov$family 10.200.$family$n.0/24 mac 02:f1:a0:00:01:0$n remote $remote"
				continue
			fi
			for device in ov bp; do
				echo "fdb replace 02:f1:a0:00:01:0$n dev $device$family dst $remote self permanent"
			done
		done
	done >"$TMP/peers"
	if [ "$kind" = l3 ]; then
		must ns "$kind-dut" flannelctl -b "$TMP/peers"
	else
		must ns "$kind-dut" bridge -batch "$TMP/peers"
		must ns "$kind-dut" bridge fdb replace 02:00:00:00:02:04 dev pod204 master static
	fi
}

KINDS=(vxlan ethernet l3)
ns_create "${KINDS[@]/%/-dut}" "${KINDS[@]/%/-pod}"
for kind in "${KINDS[@]}"; do
	plane "$kind"
done
beside_run "$HERE/stock_csum.py"
