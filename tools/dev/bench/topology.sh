# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Two nodes with one pod each, in network namespaces. paths.sh connects the nodes.
#
#   pod1                                                          pod2
#    |eth0 10.255.1.2/24                         10.255.2.2/24 eth0|
#    |                                                             |
#    |pod                                                       pod|
#  (cni0) 10.255.1.1/24                          10.255.2.1/24 (cni0)
#   node1 ---------------------- underlay ----------------------- node2
#    eth0 198.51.100.1/24                     198.51.100.2/24 eth0

NAMESPACES=(pod1 pod2 node1 node2)
UNDERLAY_MTU=1500
# The part of the underlay's MTU that the path uses; paths.sh sets it.
OVERHEAD=0
FOREVER=1000000	# seconds

underlay()	{ echo "198.51.100.$1"; }
subnet()	{ echo "10.255.$1.0/24"; }
vtep()		{ echo "10.255.$1.0"; }
pod()		{ echo "10.255.$1.2"; }
other()		{ echo $((3 - $1)); }
vtep_mac()	{ printf '02:f1:a0:00:00:%02x\n' "$1"; }
mac_of()	{ printf '02:be:%02x:00:00:%02x\n' "$1" "$2"; }

fail()
{
	echo "bench: $*" >&2
	exit 1
}

# must COMMAND...: exit if it fails, since nothing can be measured then
must()
{
	local output

	output=$("$@" 2>&1) || fail "this failed: $*"$'\n'"$output"
}

# ns NAME COMMAND...
ns()
{
	local name=$1
	shift
	nsenter "--net=/run/netns/$name" "$@"
}

# nip NAME ARGUMENT...
nip()
{
	local name=$1
	shift
	ip -n "$name" "$@"
}

# veth NAME1 DEVICE1 MAC1 NAME2 DEVICE2 MAC2
veth()
{
	must ip link add "$2" netns "$1" address "$3" type veth \
		peer name "$5" netns "$4" address "$6"
}

# node N
node()
{
	local n=$1 mtu=$((UNDERLAY_MTU - OVERHEAD))

	veth "pod$n" eth0 "$(mac_of "$n" 2)" "node$n" pod "$(mac_of "$n" 3)"
	must nip "node$n" link add cni0 address "$(mac_of "$n" 1)" mtu "$mtu" \
		type bridge ageing_time $FOREVER
	must nip "node$n" address add "10.255.$n.1/24" dev cni0
	must nip "node$n" link set cni0 up
	must nip "node$n" link set pod mtu "$mtu" master cni0 up
	must nip "pod$n" link set eth0 mtu "$mtu" up
	must nip "pod$n" address add "$(pod "$n")/24" dev eth0
	must nip "pod$n" route add default via "10.255.$n.1"
	must nip "node$n" link set eth0 mtu "$UNDERLAY_MTU" up
	must nip "node$n" address add "$(underlay "$n")/24" dev eth0
	neighbours "$n"
}

# While the machine waits for the host its clock continues, sometimes for minutes.
# Make entries permanent that would expire meanwhile.
neighbours()
{
	local n=$1 peer
	peer=$(other "$n")

	must nip "pod$n" neigh add "10.255.$n.1" dev eth0 \
		lladdr "$(mac_of "$n" 1)" nud permanent
	must nip "node$n" neigh add "$(pod "$n")" dev cni0 \
		lladdr "$(mac_of "$n" 2)" nud permanent
	must nip "node$n" neigh add "$(underlay "$peer")" dev eth0 \
		lladdr "$(mac_of "$peer" 9)" nud permanent
}

# IPv6 is off, so there are no packets except the workload's.
namespace()
{
	must ip netns add "$1"
	must ns "$1" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1
	must nip "$1" link set lo up
}

topology_make()
{
	local name

	for name in "${NAMESPACES[@]}"; do
		namespace "$name"
	done
	veth node1 eth0 "$(mac_of 1 9)" node2 eth0 "$(mac_of 2 9)"
	node 1
	node 2
}

topology_remove()
{
	local name

	for name in "${NAMESPACES[@]}"; do
		ip netns del "$name" 2>/dev/null
	done
	# Namespaces are deleted in the background. Until then the deletion would
	# count as a cost of the next measurement.
	sleep 2
}
