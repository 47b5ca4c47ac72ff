#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Networks and underlays of one family alone: IPv6-only over IPv6, IPv6 over an
# IPv4 underlay and the reverse; each option of the backend; and a node behind NAT.
#
#     pod1          pod2
#      |             |
#    (cni0) node1  (cni0) node2     flannel-agent on each
#      |             |
#      +--- br0 -----+---- etcd     198.51.100.0/24 or 2001:db8:100::/64
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents
need nft

NET6='"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00:10:244::/48"'

# none: away with them, and what they set up
none()
{
	agents_down 1 2
	must ctl del --prefix "$PREFIX/"
}

nodes 2
etcd_start
etcd_wait

# IPv6 alone
config "{$NET6,\"Backend\":{\"Type\":\"vxlan\"}}"
agents_up 1 2
name='0.0.0.0-0&fd00:10:244:1::-64'
says "IPv6 alone: a lease" "^$PREFIX/subnets/$name$" \
	ctl get --prefix "$PREFIX/subnets/" --keys-only
expect_eq "without an IPv4 address" "0.0.0.0 2001:db8:100::1" \
	"$(lease_value "$name" '.PublicIP + " " + .PublicIPv6')"
expect_eq "subnet.env has no IPv4 in it" \
	"FLANNEL_IPV6_NETWORK=fd00:10:244::/48
FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64
FLANNEL_MTU=1430
FLANNEL_IPMASQ=false" "$(cat "$TMP/run1/subnet.env")"
ok "pod1 reaches pod2" wait_for 5 pings pod1 "$(pod6 2)"
ok "TCP" tcp_copy pod1 pod2 "$(pod6 2)" 500000
none

# An underlay without IPv6
for n in 1 2; do
	must nip "node$n" -6 address flush dev eth0 scope global
done
config "{\"Network\":\"10.244.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd00:10:244::/48\",\"Backend\":{\"Type\":\"vxlan\"}}"
agents_up 1 2
expect_eq "over IPv4 alone the MTU is larger" FLANNEL_MTU=1450 \
	"$(grep MTU "$TMP/run1/subnet.env")"
ok "IPv4 over IPv4" wait_for 5 pings pod1 "$(pod4 2)"
ok "IPv6 over IPv4" wait_for 5 pings pod1 "$(pod6 2)"
none

# An underlay without IPv4; etcd is reached over IPv6, too
for n in 1 2; do
	must nip "node$n" address add "$(underlay6 "$n")/64" dev eth0 nodad
	must nip "node$n" -4 address flush dev eth0
done
etcd_kill etcd
must nip under address add 2001:db8:100::fe/64 dev br0 nodad
ETCD='http://[2001:db8:100::fe]:2379'
etcd_start
etcd_wait
config "$CONFIG4"
agents_up 1 2
ok "IPv4 over IPv6" wait_for 5 pings pod1 "$(pod4 2)"
expect_eq "with 70 bytes less" FLANNEL_MTU=1430 \
	"$(grep MTU "$TMP/run1/subnet.env")"
none

for n in 1 2; do
	must nip "node$n" address add "$(underlay4 "$n")/24" dev eth0
done

# Options of the backend
config '{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan","VNI":5,"Port":4789,"MTU":1400,"GBP":true,"Learning":true}}'
agents_up 1 2
expect_eq "VNI, port and GBP of the config are the device's" "5 4789 true" \
	"$(link_get node1 flannel.5 '.linkinfo.info_data | "\(.id) \(.port) \(.gbp)"')"
expect_eq "the VNI is told" 5 "$(lease_value 10.244.1.0-24 .BackendData.VNI)"
expect_eq "the MTU is that of the config, less 50" FLANNEL_MTU=1350 \
	"$(grep MTU "$TMP/run1/subnet.env")"
ok "pod1 reaches pod2" wait_for 5 pings pod1 "$(pod4 2)"
none

# NAT: node 1 is known by another address than it has
config "$CONFIG4"
must ns node1 nft -f - <<-END
table ip nat {
	chain in {
		type nat hook prerouting priority dstnat;
		ip daddr 192.0.2.1 dnat to $(underlay4 1)
	}
}
END
must nip node2 route add 192.0.2.1 via "$(underlay4 1)"
agents_up 1 --public-ip=192.0.2.1 2 --rpf=off
expect_eq "a public address that is not the interface's is told" 192.0.2.1 \
	"$(lease_value 10.244.1.0-24 .PublicIP)"
expect_eq "and not sent from" "$(underlay4 1)" \
	"$(link_get node1 flannel.1 .linkinfo.info_data.local)"
ok "pod1 reaches pod2" wait_for 5 pings pod1 "$(pod4 2)"
ok "pod2 reaches pod1" wait_for 5 pings pod2 "$(pod4 1)"
agents_end
