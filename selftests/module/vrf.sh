#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Routes and neighbours as flannel programs them (onlink), with our device in the
# main table, in a VRF, with its underlay in a VRF, and both; and our device as a
# port of a bridge. The other end is the kernel's vxlan device. IPv4 and IPv6 inside
# and outside.
#
#   a   10.5.1.0, fd00:5:1::   f0 (flannel) ======= v0 (vxlan)   10.5.2.0, fd00:5:2::   b
#   red: f0, blue: eth0        |eth0 198.51.100.1       eth0|   10.5.2.1, fd00:5:2::1
#   pod -- br0: f0             +----------------------------+
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
need bridge ping ss
need_module
modprobe -q vxlan

MAC_F0=02:00:00:00:00:0a
MAC_V0=02:00:00:00:00:0b

outer()
{
	if [ "$1" -eq 4 ]; then
		echo "198.51.100.$2"
	else
		echo "2001:db8:100::$2"
	fi
}

underlay_up()
{
	ns_create a b pod
	veth a eth0 b eth0
	must nip a link set eth0 up
	must nip b link set eth0 up
	must nip a address add "$(outer 4 1)/24" dev eth0
	must nip b address add "$(outer 4 2)/24" dev eth0
	must nip a address add "$(outer 6 1)/64" dev eth0 nodad
	must nip b address add "$(outer 6 2)/64" dev eth0 nodad
	must nip a link add red type vrf table 10
	must nip a link set red up
	must nip a link add blue type vrf table 20
	must nip a link set blue up
	must nip b link add inside type dummy
	must nip b address add 10.5.2.1/24 dev inside
	must nip b address add fd00:5:2::1/64 dev inside nodad
	must nip b link set inside up
}

# programmed NAME DEVICE M MAC REMOTE: as flannel does it at NAME for node M
programmed()
{
	local name=$1 device=$2 m=$3 mac=$4 remote=$5 table=main

	[ "$name" != a ] || [ -z "$VRF" ] || table=10
	must nip "$name" route replace "10.5.$m.0/24" via "10.5.$m.0" dev "$device" onlink \
		table "$table"
	must nip "$name" neigh replace "10.5.$m.0" lladdr "$mac" dev "$device" nud permanent
	must nip "$name" route replace "fd00:5:$m::/64" via "fd00:5:$m::" dev "$device" onlink \
		table "$table"
	must nip "$name" neigh replace "fd00:5:$m::" lladdr "$mac" dev "$device" nud permanent
	must ns "$name" bridge fdb replace "$mac" dev "$device" dst "$remote" self permanent
}

# devices FAMILY
devices()
{
	local family=$1

	must nip a link add f0 address $MAC_F0 type flannel dev eth0 local "$(outer "$family" 1)"
	[ -z "$VRF" ] || must nip a link set f0 master red
	must nip b link add v0 address $MAC_V0 type vxlan id 1 dstport 8472 dev eth0 \
		local "$(outer "$family" 2)" nolearning
	must nip a address add 10.5.1.0/32 dev f0
	must nip a address add fd00:5:1::/128 dev f0 nodad
	must nip b address add 10.5.2.0/32 dev v0
	must nip b address add fd00:5:2::/128 dev v0 nodad
	must nip a link set f0 up
	must nip b link set v0 up
	programmed a f0 2 $MAC_V0 "$(outer "$family" 2)"
	programmed b v0 1 $MAC_F0 "$(outer "$family" 1)"
}

devices_end()
{
	must nip a link del f0
	must nip b link del v0
}

ping_from()
{
	ns "$1" ping -n -q -c 2 -i 0.1 -W 3 "${@:2}"
}

# reaches TITLE FAMILY
reaches()
{
	local title=$1 family=$2 via=f0

	VRF=${3:-}
	[ -z "$VRF" ] || via=red
	devices "$family"
	title="$title, IPv$family outside"
	ok "$title: IPv4, out" ping_from a -I "$via" 10.5.2.1
	ok "$title: IPv6, out" ping_from a -I "$via" fd00:5:2::1
	ok "$title: IPv4, in" ping_from b -I 10.5.2.0 10.5.1.0
	ok "$title: IPv6, in" ping_from b -I fd00:5:2:: fd00:5:1::
	devices_end
}

# eth0_to VRF|nothing: an address of IPv6 is lost on the way
eth0_to()
{
	if [ -n "$1" ]; then
		must nip a link set eth0 master "$1"
	else
		must nip a link set eth0 nomaster
	fi
	must nip a address replace "$(outer 6 1)/64" dev eth0 nodad
}

# The socket is bound to the VRF of the lower device
moving()
{
	must nip a link add d0 type dummy
	must nip a link set d0 master blue
	must nip a link set d0 up
	must nip a link add f0 type flannel dev eth0
	must nip a link set f0 up
	refused "a device that is up does not move to another VRF" "dev: .*down.*VRF" \
		nip a link set f0 type flannel dev d0
	must nip a link set f0 down
	ok "one that is down does" nip a link set f0 type flannel dev d0
	must nip a link set f0 up
	says "its socket is in that VRF" "%blue" ns a ss -Hlun 'sport = :8472'
	must nip a link del f0
	must nip a link del d0
}

in_bridge()
{
	local family=$1

	must nip a link add f0 type flannel dev eth0 local "$(outer "$family" 1)" \
		remote "$(outer "$family" 2)" learning
	must nip b link add v0 address $MAC_V0 type vxlan id 1 dstport 8472 dev eth0 \
		local "$(outer "$family" 2)" remote "$(outer "$family" 1)"
	must nip a link set f0 master br0
	must nip a link set f0 up
	must nip b address add 10.7.0.2/24 dev v0
	must nip b address add fd00:7::2/64 dev v0 nodad
	must nip b link set v0 up
	ok "in a bridge, IPv$family outside: IPv4" ping_from pod 10.7.0.2
	ok "in a bridge, IPv$family outside: IPv6" ping_from pod fd00:7::2
	ok "in a bridge, IPv$family outside: the other way" ping_from b 10.7.0.3
	says "in a bridge, IPv$family outside: the MAC of the other end is learned" \
		"$MAC_V0 dst $(outer "$family" 2)" \
		ns a bridge fdb show dev f0
	must nip a link del f0
	must nip b link del v0
}

underlay_up
for family in 4 6; do
	reaches "main table" $family
	reaches "in a VRF" $family vrf
done
eth0_to blue
for family in 4 6; do
	reaches "underlay in a VRF" $family
	reaches "both in VRFs" $family vrf
done
eth0_to ""
moving
must nip a link add br0 type bridge
must nip a link set br0 up
veth a port pod eth0
must nip a link set port master br0 up
must nip pod link set eth0 up
must nip pod address add 10.7.0.3/24 dev eth0
must nip pod address add fd00:7::3/64 dev eth0 nodad
for family in 4 6; do
	in_bridge $family
done
