# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The kernel's vxlan device and ours in the same situation, for scenarios that have
# sourced lib.sh: one plane per KIND, all with the same addresses. Ours has to carry
# what vxlan carries.
#
#   KIND-dut                                   KIND-peer (always vxlan)
#     ov4  id 4, over IPv4  10.200.4.1/24        ov4  10.200.4.2/24
#     ov6  id 6, over IPv6  10.200.6.1/24        ov6  10.200.6.2/24
#     eth0 198.51.100.1 .11 --------------------- eth0 198.51.100.2 .12
#          2001:db8:100::1 ::11                        2001:db8:100::2 ::12
#
#   vxlan   the kernel's, as flanneld creates it
#   plain   ours with no options except id and address
#   off on  ours with fastpath off, on
#   l3      ours in L3 mode, with a lease for its peer; no check of sources, since
#           vxlan has none

BESIDE_MAC=02:f1:a0:00:00

# beside_device KIND FAMILY N: ip(8) lines that make end N of the overlay over it
beside_device()
{
	local kind=$1 family=$2 n=$3 other=$((3 - $3)) under=198.51.100.
	local device=ov$family options

	[ "$family" = 4 ] || under=2001:db8:100::
	case $kind in
	vxlan)	options="type vxlan dstport 8472 nolearning dev eth0" ;;
	plain)	options="type flannel" ;;
	off)	options="type flannel fastpath off" ;;
	on)	options="type flannel fastpath on" ;;
	l3)	options="type flannel mode l3 rpf off" ;;
	*)	fatal "no kind of plane is called $kind" ;;
	esac
	cat <<-END
		link add $device address $BESIDE_MAC:$family$n $options id $family local $under$n ${BESIDE_OPTIONS:-}
		address add 10.200.$family.$n/24 dev $device
		address add fd00:200:$family::$n/64 dev $device nodad
		link set $device up
	END
	[ "$kind" != l3 ] || return 0
	cat <<-END
		neigh replace 10.200.$family.$other lladdr $BESIDE_MAC:$family$other dev $device nud permanent
		neigh replace fd00:200:$family::$other lladdr $BESIDE_MAC:$family$other dev $device nud permanent
	END
}

# beside_peer NAME KIND N: the entries about the other end for the devices of end N
beside_peer()
{
	local name=$1 kind=$2 other=$((3 - $3)) family under

	for family in 4 6; do
		under=198.51.100.
		[ "$family" = 4 ] || under=2001:db8:100::
		if [ "$kind" = l3 ]; then
			echo "lease set dev ov$family 10.200.$family.0/24 mac $BESIDE_MAC:$family$other remote $under$other"
			echo "lease set dev ov$family fd00:200:$family::/64 mac $BESIDE_MAC:$family$other remote $under$other"
		else
			echo "fdb replace $BESIDE_MAC:$family$other dev ov$family dst $under$other self permanent"
		fi
	done >"$TMP/peer"
	if [ "$kind" = l3 ]; then
		must ns "$name" flannelctl -b "$TMP/peer"
	else
		must ns "$name" bridge -batch "$TMP/peer"
	fi
}

# beside_node NAME KIND N
beside_node()
{
	local name=$1 kind=$2 n=$3 other=$((3 - $3)) family

	{
		cat <<-END
			link set eth0 address 02:00:00:00:10:0$n up
			address add 198.51.100.$n/24 dev eth0
			address add 198.51.100.1$n/24 dev eth0
			address add 2001:db8:100::$n/64 dev eth0 nodad
			address add 2001:db8:100::1$n/64 dev eth0 nodad preferred_lft 0
			neigh replace 198.51.100.$other lladdr 02:00:00:00:10:0$other dev eth0 nud permanent
			neigh replace 198.51.100.1$other lladdr 02:00:00:00:10:0$other dev eth0 nud permanent
			neigh replace 2001:db8:100::$other lladdr 02:00:00:00:10:0$other dev eth0 nud permanent
			neigh replace 2001:db8:100::1$other lladdr 02:00:00:00:10:0$other dev eth0 nud permanent
		END
		for family in 4 6; do
			beside_device "$kind" "$family" "$n"
		done
	} >"$TMP/node"
	nip_batch "$name" <"$TMP/node"
	beside_peer "$name" "$kind" "$n"
}

# beside_hop KIND: a bridge between the two, with ports "dut" and "peer"
beside_hop()
{
	local end

	for end in dut peer; do
		veth "$1-$end" eth0 "$1-hop" "$end"
	done
	nip_batch "$1-hop" <<-END
		link add br0 type bridge
		link set dut master br0 up
		link set peer master br0 up
		link set br0 up
	END
}

# beside_pods KIND...: a pod behind each dut, over devices without checksum offload:
# 10.201.4.2 and 10.201.6.2, and over a link with a small MTU 10.202.4.2 and .6.2
beside_pods()
{
	local kind net mtu

	ns_create "${@/%/-pod}"
	for kind; do
		for net in 201 202; do
			mtu=$((net == 201 ? 1500 : 1000))
			veth "$kind-pod" "eth$net" "$kind-dut" "pod$net"
			must ns "$kind-dut" ethtool -K "pod$net" tx off
			nip_batch "$kind-dut" <<-END
				link set pod$net mtu $mtu up
				address add 10.$net.4.1/24 dev pod$net
				address add 10.$net.6.1/24 dev pod$net
			END
			nip_batch "$kind-pod" <<-END
				link set eth$net mtu $mtu up
				address add 10.$net.4.2/24 dev eth$net
				address add 10.$net.6.2/24 dev eth$net
			END
		done
		must nip "$kind-pod" route add default via 10.201.4.1
		beside_pod_routes "$kind"
	done
}

# beside_pod_routes KIND: the peer's routes to pods; deleted with its devices
beside_pod_routes()
{
	local family net

	for family in 4 6; do
		for net in 201 202; do
			must nip "$1-peer" route replace "10.$net.$family.0/24" \
				via "10.200.$family.1" dev "ov$family" onlink
		done
	done
}

# beside KIND...: create the planes. BESIDE_HOP puts a bridge between the nodes,
# BESIDE_OPTIONS are for all devices of the overlay.
beside()
{
	local kind n names=()

	for kind; do
		names+=("$kind-dut" "$kind-peer" ${BESIDE_HOP:+"$kind-hop"})
	done
	ns_create "${names[@]}"
	for kind; do
		for n in dut peer; do
			sysctl_set "$kind-$n" net.ipv6.conf.default.accept_dad=0 \
				net.ipv6.conf.default.router_solicitations=0 \
				net.ipv4.icmp_ratelimit=0 net.ipv4.ip_forward=1
		done
		if [ -n "${BESIDE_HOP:-}" ]; then
			beside_hop "$kind"
		else
			veth "$kind-dut" eth0 "$kind-peer" eth0
		fi
		beside_node "$kind-dut" "$kind" 1
		beside_node "$kind-peer" vxlan 2
	done
}

# beside_run PROGRAM [ARGUMENT]...: turn its output lines into checks
beside_run()
{
	local kind name expected seen status

	python3 "$@" >"$TMP/beside.out" 2>"$TMP/beside.err"
	status=$?
	while IFS=$'\t' read -r kind name expected seen; do
		if [ "$kind" = skip ]; then
			skip "$name" "$expected"
			continue
		fi
		[ "$kind" = ok ]
		check_result $? "$name" "expected: $expected" "seen:     $seen"
	done <"$TMP/beside.out"
	[ "$status" -eq 0 ] && return
	check_result 1 "$(basename "$1") comes to its end" "expected: exit status 0" \
		"seen:     exit status $status, and this output:" \
		"$(tail -n 20 "$TMP/beside.err")"
}
