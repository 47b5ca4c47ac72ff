# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # variables are read by those who source this
# The compared paths between the nodes of topology.sh, and the firewalls of the nodes.
# For each path: the size of its headers (overhead_X), its setup on node N (path_X N),
# and the device that pod traffic passes (device_X).

PATHS=(host-gw vxlan geneve ipip wireguard vxlan-external
	flannel-off flannel-auto flannel-notrack flannel-on)
PATHS_QUICK=(host-gw vxlan flannel-off flannel-auto flannel-notrack flannel-on)

path_overhead()
{
	case $1 in
	host-gw)	echo 0 ;;
	ipip)		echo 20 ;;
	wireguard)	echo 80 ;;
	*)		echo 50 ;;
	esac
}

# path_device PATH: where the pods' packets enter and leave a node
path_device()
{
	case $1 in
	host-gw)	echo eth0 ;;
	geneve)		echo geneve1 ;;
	ipip)		echo ipip1 ;;
	wireguard)	echo wg1 ;;
	*)		echo flannel.1 ;;
	esac
}

# path_modules PATH: modules that it needs
path_modules()
{
	case $1 in
	host-gw)	;;
	vxlan*)		echo vxlan ;;
	flannel*)	echo flannel ;;
	*)		echo "$1" ;;
	esac
}

# path_make PATH
path_make()
{
	local n

	for n in 1 2; do
		case $1 in
		host-gw)	path_host_gw "$n" ;;
		vxlan)		path_vxlan "$n" ;;
		geneve)		path_geneve "$n" ;;
		ipip)		path_ipip "$n" ;;
		wireguard)	path_wireguard "$n" ;;
		vxlan-external)	path_vxlan_external "$n" ;;
		flannel-*)	path_flannel "$n" "${1#flannel-}" ;;
		*)		fail "no path $1, only: ${PATHS[*]}" ;;
		esac
	done
}

# Plain routing, like flannel's backend of that name
path_host_gw()
{
	local n=$1 peer
	peer=$(other "$n")

	must nip "node$n" route add "$(subnet "$peer")" \
		via "$(underlay "$peer")" dev eth0 onlink
}

# Like flanneld: a route, a neighbour and an FDB entry per peer
path_vxlan()
{
	local n=$1 peer
	peer=$(other "$n")

	must nip "node$n" link add flannel.1 address "$(vtep_mac "$n")" \
		type vxlan id 1 dev eth0 local "$(underlay "$n")" dstport 8472 \
		nolearning
	vtep_up "$n" flannel.1
	must ns "node$n" bridge fdb add "$(vtep_mac "$peer")" dev flannel.1 \
		dst "$(underlay "$peer")" self permanent
	vtep_peer "$n" flannel.1
}

# One device per peer
path_geneve()
{
	local n=$1 peer
	peer=$(other "$n")

	must nip "node$n" link add geneve1 address "$(vtep_mac "$n")" \
		type geneve id 1 remote "$(underlay "$peer")"
	must nip "node$n" link set geneve1 mtu $((UNDERLAY_MTU - OVERHEAD))
	vtep_up "$n" geneve1
	vtep_peer "$n" geneve1
}

path_ipip()
{
	local n=$1 peer
	peer=$(other "$n")

	must nip "node$n" link add ipip1 type ipip local "$(underlay "$n")" \
		remote "$(underlay "$peer")" dev eth0
	must nip "node$n" link set ipip1 mtu $((UNDERLAY_MTU - OVERHEAD)) up
	must nip "node$n" route add "$(subnet "$peer")" dev ipip1
}

# Encrypted, so the cost alone is not comparable
path_wireguard()
{
	local n=$1 peer keys
	peer=$(other "$n")

	keys=$(mktemp -d)
	wireguard_key "$n" >"$keys/private"
	must nip "node$n" link add wg1 type wireguard
	must ns "node$n" wg set wg1 listen-port 51820 \
		private-key "$keys/private" \
		peer "$(wireguard_key "$peer" | wg pubkey)" \
		endpoint "$(underlay "$peer"):51820" \
		allowed-ips "$(subnet "$peer"),$(vtep "$peer")/32"
	rm -rf "$keys"
	must nip "node$n" link set wg1 mtu $((UNDERLAY_MTU - OVERHEAD))
	vtep_up "$n" wg1
	must nip "node$n" route add "$(subnet "$peer")" dev wg1
}

# The keys are not secret; wg handles their format.
wireguard_key()
{
	printf 'flannel bench node %d private key' "$1" | head -c 32 | base64
}

# One route per peer with the destination of its packets, and a neighbour with the
# peer's MAC address; no FDB entry.
path_vxlan_external()
{
	local n=$1 peer
	peer=$(other "$n")

	must nip "node$n" link add flannel.1 address "$(vtep_mac "$n")" \
		mtu $((UNDERLAY_MTU - OVERHEAD)) \
		type vxlan external dstport 8472 nolearning
	vtep_up "$n" flannel.1
	must nip "node$n" neigh add "$(vtep "$peer")" lladdr "$(vtep_mac "$peer")" \
		dev flannel.1 nud permanent
	must nip "node$n" route add "$(subnet "$peer")" encap ip id 1 \
		src "$(underlay "$n")" dst "$(underlay "$peer")" \
		via "$(vtep "$peer")" dev flannel.1 onlink
}

# Like flannel-agent: a device in L3 mode, one route for the whole network, one lease
# per peer. "notrack" is that option, in addition to the default "auto".
path_flannel()
{
	local n=$1 options=("fastpath" "$2") peer
	peer=$(other "$n")
	[ "$2" != notrack ] || options=(notrack)

	must nip "node$n" link add flannel.1 address "$(vtep_mac "$n")" \
		type flannel dev eth0 local "$(underlay "$n")" \
		mode l3 "${options[@]}"
	vtep_up "$n" flannel.1
	must nip "node$n" route add 10.0.0.0/8 dev flannel.1
	must ns "node$n" "$TRAFFIC/leases" flannel.1 "$(subnet "$peer")" 1 \
		"$(underlay "$peer")" "$(vtep_mac "$peer")"
}

# vtep_up N DEVICE
vtep_up()
{
	must nip "node$1" address add "$(vtep "$1")/32" dev "$2"
	must nip "node$1" link set "$2" up
}

# vtep_peer N DEVICE: the route and the neighbour of the other node
vtep_peer()
{
	local n=$1 device=$2 peer
	peer=$(other "$n")

	must nip "node$n" neigh add "$(vtep "$peer")" dev "$device" \
		lladdr "$(vtep_mac "$peer")" nud permanent
	must nip "node$n" route add "$(subnet "$peer")" via "$(vtep "$peer")" \
		dev "$device" onlink src "$(vtep "$n")"
}

# Firewalls
# ---------

FIREWALLS=(plain conntrack flowtable)

# firewall_make FIREWALL PATH: on both nodes
firewall_make()
{
	local n

	[ "$1" != plain ] || return 0
	for n in 1 2; do
		must ns "node$n" nft -f <("firewall_$1" "$(path_device "$2")")
		must ns "node$n" sysctl -q -w \
			net.netfilter.nf_conntrack_udp_timeout_stream="$FOREVER"
		[ "$1" != flowtable ] || must ns "node$n" sysctl -q -w \
			net.netfilter.nf_flowtable_udp_timeout="$FOREVER" \
			net.netfilter.nf_flowtable_tcp_timeout="$FOREVER"
	done
}

FIREWALL_MODULES=(nf_tables nft_ct nft_flow_offload nf_flow_table_inet)

# Connection tracking, because a rule needs it
firewall_conntrack()
{
	cat <<-END
	table inet bench {
		chain forward {
			type filter hook forward priority filter
			ct state established,related accept
		}
	}
	END
}

# Established flows bypass the forward path: nftables' flowtable
firewall_flowtable()
{
	cat <<-END
	table inet bench {
		flowtable pods {
			hook ingress priority filter
			devices = { pod, "$1" }
		}
		chain forward {
			type filter hook forward priority filter
			meta l4proto { tcp, udp } flow add @pods
			ct state established,related accept
		}
	}
	END
}
