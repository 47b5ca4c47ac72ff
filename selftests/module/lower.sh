#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Our device and what is below it: MTU and carrier follow the lower device, which may
# be a bond or a VLAN; it goes with its lower device and with the namespace of its
# underlay; it may live in another namespace; packets for a VTEP of this host need
# not take the detour.
#
#   c   (a device of a's underlay may move here)
#   a   f0 10.9.9.1 (flannel)  ===========  10.9.9.2 v0 (vxlan)   b
#       |eth0 198.51.100.1                    198.51.100.2 eth0|
#       +------------------------------------------------------+
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
need bridge ethtool jq ping ss
need_module
modprobe -q vxlan

mtu()		{ link_get a "$1" .mtu; }
carrier()	{ link_get "$1" "$2" '.flags | contains(["LOWER_UP"])'; }
exists()	{ nip "$1" link show dev "$2"; }
absent()	{ ! exists "$@"; }
becomes()	{ wait_for 5 test_carrier "$@"; }
test_carrier()	{ [ "$(carrier "$1" "$2")" = "$3" ]; }

mtu_follows()
{
	must nip a link add f0 type flannel dev eth0 local 198.51.100.1
	expect_eq "MTU over IPv4: 50 less" 1450 "$(mtu f0)"
	must nip a link add f6 type flannel dev eth0 local 2001:db8:100::1
	expect_eq "MTU over IPv6: 70 less" 1430 "$(mtu f6)"
	must nip a link add fx type flannel dstport 9000
	expect_eq "MTU without a lower device" 1450 "$(mtu fx)"
	must nip a link set eth0 mtu 1400
	expect_eq "it follows down" "1350 1330" "$(mtu f0) $(mtu f6)"
	must nip a link set eth0 mtu 9000
	expect_eq "it follows up" "8950 8930" "$(mtu f0) $(mtu f6)"
	not_ok "more than the lower device carries is refused" nip a link set f0 mtu 8951
	must nip a link set f0 mtu 1300
	must nip a link set eth0 mtu 1500
	expect_eq "one that was chosen stays" "1300 1430" "$(mtu f0) $(mtu f6)"
	must nip a link set eth0 mtu 1200
	expect_eq "unless it is too much" 1150 "$(mtu f0)"
	must nip a link set eth0 mtu 2000
	expect_eq "and it comes back" 1300 "$(mtu f0)"
	must nip a link set f0 mtu 1950
	must nip a link set eth0 mtu 1500
	expect_eq "the greatest follows again" 1450 "$(mtu f0)"
	must nip a link set fx mtu 4000
	must nip a link set fx type flannel ttl 9
	expect_eq "a change of options leaves a chosen MTU alone" 4000 "$(mtu fx)"
	must nip a link set fx type flannel dev eth0
	expect_eq "a lower device limits it" 1450 "$(mtu fx)"
	must nip a link add fy mtu 1234 type flannel dev eth0 dstport 9001
	expect_eq "MTU given with the device" 1234 "$(mtu fy)"
	must nip a link del fx
	must nip a link del fy
	must nip a link del f6
	must nip a link del f0
}

carrier_follows()
{
	must nip a link add f0 type flannel dev eth0
	must nip a link set f0 up
	ok "carrier with the lower device" becomes a f0 true
	must nip b link set eth0 down
	ok "it goes with that of the lower device" becomes a f0 false
	must nip b link set eth0 up
	ok "and comes back" becomes a f0 true
	must nip a link set eth0 down
	ok "it goes when the lower device is set down" becomes a f0 false
	must nip a link set eth0 up
	ok "and comes back with it" becomes a f0 true
	must nip a link add d0 type dummy
	must nip a link set f0 type flannel dev d0
	ok "none over a dummy that is down" becomes a f0 false
	must nip a link set d0 up
	ok "one over a dummy that is up" becomes a f0 true
	must nip a link del d0
	ok "the device goes with its lower device" wait_for 5 absent a f0
}

# peer DEVICE [OPTION]...: the vxlan device at b, over DEVICE
peer()
{
	local device=$1
	shift

	must nip b link add v0 address 02:00:00:00:00:0b type vxlan id 1 dev "$device" \
		dstport 8472 nolearning "$@"
	must nip b address add 10.9.9.2/24 dev v0
	must nip b link set v0 up
	must nip b neigh replace 10.9.9.1 lladdr 02:00:00:00:00:0a dev v0 nud permanent
}

# ours NAME DEVICE REMOTE: the flannel device, which is at NAME
ours()
{
	must nip "$1" address add 10.9.9.1/24 dev f0
	must nip "$1" link set f0 up
	must nip "$1" neigh replace 10.9.9.2 lladdr 02:00:00:00:00:0b dev f0 nud permanent
	must ns "$1" bridge fdb append 02:00:00:00:00:0b dev f0 dst "$2" self permanent
	must ns b bridge fdb replace 02:00:00:00:00:0a dev v0 dst "$3" self permanent
}

ping_peer()
{
	ns "$1" ping -q -c 2 -i 0.1 -W 3 10.9.9.2
}

other_namespace()
{
	peer eth0
	must nip a link add f0 address 02:00:00:00:00:0a type flannel dev eth0
	ok "the device moves to another namespace" nip a link set f0 netns "$(ns_name c)"
	ours c 198.51.100.2 198.51.100.1
	ok "packets cross the underlay of the first" ping_peer c
	expect_eq "its port, IPv4 and IPv6, is still that of the first" "2 0" \
		"$(ns a ss -Hlun 'sport = :8472' | wc -l) $(ns c ss -Hlun 'sport = :8472' | wc -l)"
	says "its entries are shown there" "02:00:00:00:00:0b dst 198.51.100.2 link-netnsid" \
		ns c bridge fdb show dev f0
	must nip a link set eth0 mtu 1400
	expect_eq "its MTU follows from there" 1350 "$(link_get c f0 .mtu)"
	must nip a link set eth0 mtu 1500
	ok "options can be changed from there" nip c link set f0 type flannel ttl 9
	must nip a link add f1 netns "$(ns_name c)" type flannel id 9 dev eth0
	ok "a device is made in another namespace at once" nip c link set f1 up

	ns_create d
	must nip a link add e0 type veth peer name e1
	must nip a link set e0 netns "$(ns_name d)"
	must nip d link add f2 type flannel dev e0 id 2
	must nip d link set f2 netns "$(ns_name c)"
	ok "one with the underlay in a third" nip c link set f2 up
	ns_delete d
	ok "it goes with the namespace of its underlay" wait_for 10 absent c f2
	must nip a link add e2 type dummy
	must nip a link add f3 type flannel dev e2 id 3
	must nip a link set e2 netns "$(ns_name c)"
	ok "a device goes when its lower device leaves the namespace" wait_for 5 absent a f3
	must nip c link del f1
	must nip c link del f0
	must nip b link del v0
}

# over TITLE DEVICE: between two such devices, with addresses of their own
over()
{
	local title=$1 device=$2

	must nip a address add 192.0.2.1/24 dev "$device"
	must nip b address add 192.0.2.2/24 dev "$device"
	must nip a link set "$device" up
	must nip b link set "$device" up
	peer "$device" local 192.0.2.2
	must nip a link add f0 address 02:00:00:00:00:0a type flannel dev "$device" \
		local 192.0.2.1
	ours a 192.0.2.2 192.0.2.1
	ok "$title: packets cross" ping_peer a
	expect_eq "$title: MTU" $(($(mtu "$device") - 50)) "$(mtu f0)"
	must nip a link del f0
	must nip b link del v0
}

bond_and_vlan()
{
	local name

	for name in a b; do
		must nip $name link add link eth0 name eth0.10 type vlan id 10
	done
	over "over a VLAN" eth0.10
	for name in a b; do
		must nip $name link del eth0.10
		must nip $name link set eth0 down
		must nip $name link add bond0 type bond mode active-backup miimon 50
		must nip $name link set eth0 master bond0
	done
	over "over a bond" bond0
	must nip a link add f0 type flannel dev bond0
	must nip a link set bond0 mtu 1400
	expect_eq "over a bond: MTU follows" 1350 "$(mtu f0)"
	must nip a link set f0 up
	must nip b link set eth0 down
	ok "over a bond: carrier follows" becomes a f0 false
	must nip a link del f0
	for name in a b; do
		must nip $name link del bond0
		must nip $name link set eth0 mtu 1500 up
	done
	must nip a address replace 2001:db8:100::1/64 dev eth0 nodad
}

# From VNI 1 to VNI 2 of this host
bypass()
{
	local vni

	for vni in 1 2; do
		must nip a link add "l$vni" address "02:00:00:00:0$vni:00" type flannel \
			id $vni local 198.51.100.1
		must nip a link set "l$vni" up
	done
	must nip a address add 10.8.8.1/24 dev l1
	must nip a neigh replace 10.8.8.2 lladdr 02:00:00:00:02:00 dev l1 nud permanent
	must ns a bridge fdb add 02:00:00:00:02:00 dev l1 dst 198.51.100.1 vni 2 self permanent
	ns a ping -q -c 2 -i 0.1 -W 1 10.8.8.2 >/dev/null
	expect_eq "local bypass: the other device has them" 2 "$(link_get a l2 .stats64.rx.packets)"
	expect_eq "local bypass: counted" 2 "$(counter a l1 tx_local)"
	must nip a link set l1 type flannel nolocalbypass
	ns a ping -q -c 2 -i 0.1 -W 1 10.8.8.2 >/dev/null
	expect_eq "without: the other device has them" 4 "$(link_get a l2 .stats64.rx.packets)"
	expect_eq "without: they went through the stack" 2 "$(counter a l1 tx_local)"
	must nip a link set l1 type flannel localbypass
	must nip a link set l2 down
	ns a ping -q -c 2 -i 0.1 -W 1 10.8.8.2 >/dev/null
	expect_eq "local bypass to a VNI that is not here" 2 "$(counter a l1 tx_drop_no_vni)"
	must nip a link del l1
	must nip a link del l2
}

ns_create a b c
veth a eth0 b eth0
for name in a b; do
	must nip $name link set eth0 mtu 9000
	must nip $name link set eth0 mtu 1500 up
done
must nip a address add 198.51.100.1/24 dev eth0
must nip a address add 2001:db8:100::1/64 dev eth0 nodad
must nip b address add 198.51.100.2/24 dev eth0
mtu_follows
carrier_follows
other_namespace
bypass
bond_and_vlan
