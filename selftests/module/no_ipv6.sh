#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# KERNEL ipv6.disable=1
# A kernel that was booted without IPv6, as many nodes are: IPv4 works as ever, and
# what would need IPv6 says so.
#
#    node1 flannel.1 10.244.1.0 =========== 10.244.2.0 flannel.1 node2
#      eth0 198.51.100.1 ------------------- 198.51.100.2 eth0
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need ethtool python3
[ ! -e /proc/sys/net/ipv6 ] || skip_all "the kernel was booted with IPv6"
need_module

ns_create node1 node2
veth node1 eth0 node2 eth0
for n in 1 2; do
	must nip "node$n" address add "198.51.100.$n/24" dev eth0
	must nip "node$n" link set eth0 up
	# Both families are wanted where no option says otherwise.
	ok "node$n: a device without options" nip "node$n" link add "$VTEP" \
		address "02:f1:a0:00:00:0$n" type flannel mode l3
	ok "node$n: goes up" nip "node$n" link set "$VTEP" up
	must nip "node$n" address add "10.244.$n.0/32" dev "$VTEP"
	must nip "node$n" route add 10.244.0.0/16 dev "$VTEP" src "10.244.$n.0"
done
must kit node1 set dev "$VTEP" subnet 10.244.2.0/24 mac "$MAC2" remote "$UNDER2"
must kit node2 set dev "$VTEP" subnet 10.244.1.0/24 mac "$MAC1" remote "$UNDER1"
for way in off auto on; do
	option node1 fastpath "$way"
	option node2 fastpath "$way"
	ok "fastpath $way: they reach each other" ns node1 ping -q -c 3 -i 0.1 10.244.2.0
done

must kit node1 set dev "$VTEP" subnet 10.244.3.0/24 mac "$MAC2" remote6 2001:db8::3
must kit node1 burst to 10.244.3.1 packets 3
expect_eq "a peer that only has IPv6: tx_drop_no_family" 3 "$(device node1 tx_drop_no_family)"
expect_eq "and no other drop" 3 "$(lost node1)"
must kit node1 set dev "$VTEP" subnet fd16::/64 mac "$MAC2" remote "$UNDER2"
says "an IPv6 subnet can be kept" '^fd16::/64 ' kit node1 get dev "$VTEP" addr fd16::1

must nip node1 link add flannel.2 type flannel id 2 local 2001:db8::1
refused "a device that needs IPv6 does not go up, and says why" \
	"address family of the underlay is disabled" nip node1 link set flannel.2 up
must nip node1 link del flannel.2

# Who has a raw socket sends IPv6 all the same: a pod, by default. The port of a bridge
# gets it, and the device itself.
#
#    pod eth0 --- p1 (br0) flannel.3 node1, in Ethernet mode
frames()
{
	ns "$1" python3 "$HERE/no_ipv6.py" "$1" "$2" "$MAC2"
}

ns_create pod
veth pod eth0 node1 p1
must nip node1 link add br0 type bridge
must nip node1 link set br0 up
must nip node1 link set p1 master br0 up
must nip pod link set eth0 up
ns_background node1 flannelctl monitor >"$TMP/monitor"
for options in "" "proxy" "nol2miss nol3miss" "learning" "rpf strict"; do
	# shellcheck disable=SC2086 # a list of words
	must nip node1 link add flannel.3 type flannel id 3 local 198.51.100.1 $options
	must nip node1 link set flannel.3 master br0 up
	must ns node1 bridge fdb add "$MAC2" dev flannel.3 dst 198.51.100.2 self permanent
	ok "IPv6 frames of a pod, device ${options:-without options}" frames pod eth0
	must nip node1 link del flannel.3
done
must kit node1 set dev "$VTEP" subnet fd16::/16 mac "$MAC2" remote "$UNDER2"
for way in off auto on; do
	option node1 fastpath "$way"
	option node2 fastpath "$way"
	ok "IPv6 frames at the device itself, and from there to node2, fastpath $way" \
		frames node1 "$VTEP"
done
ok "they still reach each other" ns node1 ping -q -c 3 -i 0.1 10.244.2.0
