#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the underlay can do while the agent runs, and what the lease, the device's MTU,
# subnet.env and traffic do then: addresses and default routes that appear, that go and
# come, that are deprecated, tentative or renumbered; a renamed interface, one that is
# put into a bridge or bond; an address family that comes and goes; and nodes that are
# known by an address of their loopback.
#
#     pod1            pod2
#      |               |
#    (cni0) node1    (cni0) node2     flannel-agent on each, without --iface
#      |    |eth1      |
#      |    +------+   |              198.51.101.0/24
#      +--- br0 ---+---+---- etcd     198.51.100.0/24, 2001:db8:100::/64
# TIMEOUT 900
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents

nodes 2
sysctl_set under net.ipv4.ip_forward=1
etcd_up "$CONFIG46"
AGENT_IFACE=()
NAME='10.244.1.0-24&fd00:10:244:1::-64'
for n in 1 2; do
	must nip "node$n" route add default via 198.51.100.254 metric 100
done
must nip node1 address del 2001:db8:100::1/64 dev eth0
agents_up 1 --iptables-resync=1 2

reaches()	{ pings pod1 "$(pod4 2)" && pings pod2 "$(pod4 1)"; }
reaches6()	{ pings pod1 "$(pod6 2)" && pings pod2 "$(pod6 1)"; }
# addresses: those that node 1 tells others
addresses()	{ lease_value "$NAME" '"\(.PublicIP) \(.PublicIPv6)"'; }
tells()		{ [ "$(addresses)" = "$*" ]; }
# mtu_is N: so say the device and subnet.env. The kernel's vxlan has a device more
# for IPv6, if there is one.
mtu_is()
{
	local device=flannel-v6.1

	nip node1 link show dev "$device" >/dev/null 2>&1 || device=flannel.1
	[ "$(link_get node1 "$device" .mtu)" = "$1" ] &&
		grep -qx "FLANNEL_MTU=$1" "$TMP/run1/subnet.env"
}
# lower_is DEVICE: packets leave by it
lower_is()
{
	[ "$(link_get node1 flannel.1 '(.link // .linkinfo.info_data.link)')" = "$1" ]
}
# writes: changes in etcd so far
writes()	{ ctl get x -w json | jq .header.revision; }
# looks N: time for the agent of node 1 to look at the host that often
looks()		{ sleep "$1"; }

expect_eq "a node without an IPv6 address is known by IPv4" \
	"198.51.100.1 null" "$(addresses)"
ok "pods reach each other" reaches
ok "also by IPv6, over IPv4" reaches6
ok "the MTU is that of IPv4" mtu_is 1450

# A VPN comes up
before=$(writes)
ns pod1 ping -n -c 60 -i 0.1 -W 10 "$(pod4 2)" >"$TMP/ping" &
pinger=$!
must nip node1 link add tun0 type bridge
must nip node1 address add 172.31.9.9/24 dev tun0
must nip node1 link set tun0 up
must nip node1 route add default dev tun0 metric 10
looks 3
expect_eq "a new default route does not move the node" "198.51.100.1 null" "$(addresses)"
expect_eq "nothing is written for it" "$before" "$(writes)"
agent_stop 1
agent 1 --iptables-resync=1
agent_ready 1
expect_eq "nor does a restart" "198.51.100.1 null" "$(addresses)"
ok "the interface stays as it was" lower_is eth0
wait "$pinger"
expect_eq "no packet is lost over all this" 60 \
	"$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$TMP/ping")"
must nip node1 link del tun0

# A pause, as of a network manager that is restarted
before=$(writes)
must nip node1 address flush dev eth0 scope global
must nip node1 address add 169.254.9.9/16 dev eth0
looks 3
expect_eq "an address that is gone is waited for" "198.51.100.1 null" "$(addresses)"
ok "which is told" agent_says 1 'eth0 lost its IPv4 address 198.51.100.1: waiting for it'
must nip node1 address del 169.254.9.9/16 dev eth0
must nip node1 address add 198.51.100.1/24 dev eth0
must nip node1 route add default via 198.51.100.254 metric 100
ok "it comes back: traffic, too" wait_for 10 reaches
expect_eq "and nothing was written" "$before" "$(writes)"

# IPv6 comes, is renumbered and goes
must nip node1 address add 2001:db8:100::1/64 dev eth0
ok "an IPv6 address that appears is told when it is no more tentative" \
	wait_for 15 tells 198.51.100.1 2001:db8:100::1
ok "the MTU is that of IPv6" wait_for 5 mtu_is 1430
ok "traffic goes on" wait_for 10 reaches
ok "also by IPv6" wait_for 10 reaches6
capture node2 eth0 cap6 "ip6 and udp port 8472"
ok "IPv6 goes over IPv6 now" reaches6
capture_stop
expect "it does" "$(packets cap6 src 2001:db8:100::1)" -ge 3
before=$(writes)
must nip node1 address add 2001:db8:100::11/64 dev eth0 nodad
must nip node1 address change 2001:db8:100::1/64 dev eth0 preferred_lft 0
looks 3
expect_eq "one that is deprecated stays, though there is another one" \
	"198.51.100.1 2001:db8:100::1" "$(addresses)"
expect_eq "nothing is written then" "$before" "$(writes)"
must nip node1 address del 2001:db8:100::1/64 dev eth0
ok "when it has expired the other one is told" \
	wait_for 5 tells 198.51.100.1 2001:db8:100::11
ok "traffic follows" wait_for 10 reaches6
must nip node1 address del 2001:db8:100::11/64 dev eth0
ok "a family that is gone is waited for" \
	agent_says 1 'eth0 lost its IPv6 address 2001:db8:100::11: waiting for it'
ok "and given up" wait_for 20 tells 198.51.100.1 null
ok "with the MTU of IPv4 again" wait_for 5 mtu_is 1450
ok "pods have nothing of it" wait_for 10 reaches
ok "not those of IPv6 either" wait_for 10 reaches6

# DHCP gives another one
must nip node1 address flush dev eth0 scope global
must nip node1 address add 198.51.100.61/24 dev eth0 valid_lft 3600 preferred_lft 3600
must nip node1 route add default via 198.51.100.254 metric 100
ok "an address that has taken the place of the old one is told" \
	wait_for 10 tells 198.51.100.61 null
ok "traffic follows it" wait_for 10 reaches
sysctl_set node1 net.ipv4.conf.eth0.promote_secondaries=1
must nip node1 address add 198.51.100.101/24 dev eth0
must nip node1 address del 198.51.100.61/24 dev eth0
ok "so is a secondary one" wait_for 5 tells 198.51.100.101 null
must nip node1 address add 198.51.100.61/24 dev eth0
before=$(writes)
looks 3
expect_eq "the first one may come again" "198.51.100.101 null" "$(addresses)"
expect_eq "without a word" "$before" "$(writes)"
must nip node1 address del 198.51.100.101/24 dev eth0
ok "and serves when it is needed" wait_for 5 tells 198.51.100.61 null
ok "with traffic" wait_for 10 reaches

# The interface gets another name, and another MTU
before=$(writes)
must nip node1 link set eth0 down
must nip node1 link set eth0 name uplink0
must nip node1 link set uplink0 up mtu 1400
must nip node1 route add default via 198.51.100.254 metric 100
ok "a renamed interface is the same one" wait_for 10 reaches
ok "the MTU still follows it" wait_for 5 mtu_is 1350

# ... and is put into a bridge
must nip node1 link add br1 type bridge
must nip node1 link set br1 address "$(link_get node1 uplink0 .address)" mtu 1400 up
must nip node1 link set uplink0 master br1
must nip node1 address flush dev uplink0
must nip node1 address add 198.51.100.61/24 dev br1
must nip node1 route add default via 198.51.100.254 metric 100
ok "an address that moves to a bridge takes the overlay along" wait_for 10 reaches
ok "to the bridge itself" wait_for 5 lower_is br1
must nip node1 link set uplink0 mtu 1500
must nip node1 link set br1 mtu 1500
ok "the MTU is that of the bridge" wait_for 5 mtu_is 1450
must nip node1 link set uplink0 nomaster
must nip node1 link del br1
must nip node1 address add 198.51.100.61/24 dev uplink0
must nip node1 route add default via 198.51.100.254 metric 100
ok "and back" wait_for 10 reaches
ok "to the interface" wait_for 5 lower_is uplink0

# ... or a bond
if nip node1 link add bond0 type bond mode active-backup 2>"$TMP/bond.log"; then
	must nip node1 link set uplink0 down
	must nip node1 link set uplink0 master bond0
	must nip node1 address flush dev uplink0
	must nip node1 link set bond0 up
	must nip node1 address add 198.51.100.61/24 dev bond0
	must nip node1 route add default via 198.51.100.254 metric 100
	ok "so does one that moves to a bond" wait_for 10 reaches
	ok "which is the lower device" wait_for 5 lower_is bond0
	must nip node1 link del bond0
	must nip node1 link set uplink0 up
	must nip node1 address add 198.51.100.61/24 dev uplink0
	must nip node1 route add default via 198.51.100.254 metric 100
	ok "and comes back" wait_for 10 reaches
else
	skip "a bond" "$(cat "$TMP/bond.log")"
fi
expect_eq "others have not been told of all this" "$before" "$(writes)"

# Nodes that a routing daemon makes known by an address of the loopback
for n in 1 2; do
	agent_stop "$n"
done
must nip node1 address replace 198.51.100.1/24 dev uplink0
must nip node1 address del 198.51.100.61/24 dev uplink0
must nip node1 link set uplink0 down
must nip node1 link set uplink0 name eth0
must nip node1 link set eth0 up
must nip node1 route add default via 198.51.100.254 metric 100
config '{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan","MTU":9000}}'
for n in 1 2; do
	must nip under route add "203.0.113.$n/32" via "198.51.100.$n"
	must nip "node$n" address add "203.0.113.$n/32" dev lo
	must nip "node$n" link del flannel.1
	must ctl del --prefix "$PREFIX/subnets/"
	wish "$n"
done
NAME=10.244.1.0-24

# from_loopback N WORDS: outer packets do
from_loopback()
{
	pods_mtu 1 1450
	pods_mtu 2 1450
	capture node2 eth0 "cap$1" udp port 8472
	ok "pods reach each other $2" wait_for 10 reaches
	capture_stop
	expect "outer packets come from the loopback's address" \
		"$(packets "cap$1" src 203.0.113.1)" -ge 3
	expect_eq "and from no other" 0 "$(packets "cap$1" src 198.51.100.1)"
}

AGENT_IFACE=(--iface=eth9 --iface=eth0)
agent 1 --iptables-resync=1 --public-ip=203.0.113.1
agent 2 --public-ip=203.0.113.2
agent_ready 1
agent_ready 2
from_loopback 7 "by --public-ip and --iface"
ok "the MTU is that of the way out" mtu_is 1450
ok "a larger one that is asked for is told" \
	agent_says 1 'is 9000, but interface eth0 allows only 1500'
looks 3
expect_eq "an interface that does not exist is told once" 1 \
	"$(grep -c -- '--iface eth9: there is no such interface' "$TMP/agent1.log")"
agent_stop 1
AGENT_IFACE=()
agent 1 --iptables-resync=1 --iface=203.0.113.1
agent_ready 1
from_loopback 8 "by --iface with that address"
ok "it has the same MTU" mtu_is 1450
ok "large transfers are complete" tcp_copy pod1 pod2 "$(pod4 2)" 300000
agent_stop 1
agent 1 --iptables-resync=1 --public-ip=203.0.113.1
agent_ready 1
from_loopback 9 "by --public-ip alone"

# The way out is another one
before=$(writes)
veth node1 eth1 under eth-1b
nip_batch under <<-END
	address add 198.51.101.254/24 dev eth-1b
	link set eth-1b mtu 1480 up
END
nip_batch node1 <<-END
	address add 198.51.101.1/24 dev eth1
	link set eth1 mtu 1480 up
	route add default via 198.51.101.254 metric 10
END
looks 3
ok "another way out is not taken as long as there is one" lower_is eth0
nip_batch under <<-END
	route replace 203.0.113.1/32 via 198.51.101.1
END
must nip node1 route del default via 198.51.100.254 metric 100
ok "when it goes the other one is" wait_for 10 lower_is eth1
ok "the MTU follows" wait_for 5 mtu_is 1430
pods_mtu 1 1430
ok "and traffic" wait_for 10 reaches
expect_eq "the node is known as before" "$before" "$(writes)"
must nip node1 address del 203.0.113.1/32 dev lo
looks 3
expect_eq "the address itself is waited for" 203.0.113.1 \
	"$(lease_value "$NAME" .PublicIP)"
must nip node1 address add 203.0.113.1/32 dev lo
ok "until it is there again" wait_for 10 reaches
expect_eq "nothing is written, as before" "$before" "$(writes)"
agents_end
