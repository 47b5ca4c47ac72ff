#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module is replaced while its device carries traffic: --swap-module has the agent
# move the overlay to the kernel's vxlan and back. And --hand-over leaves a vxlan device
# as flanneld makes it. Each way a ping every 10 ms loses three packets at the most, and
# a TCP connection lives through all of them.
#
#     pod1                     pod2
#      |                        |
#    node1 flannel-agent       node2 stock, dual-stack
#    flannel.1, or             flannel.1, flannel-v6.1
#    flannel.1, flannel-v6.1
#      |                        |
#      +-------- br0 -----------+---- etcd
# CLOCK steady
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
. "$LIB/moves.sh"
need_agents
need socat

nodes 2
etcd_up "$CONFIG46"
stock_node 2 6
pods_mtu 2 1430
agents_up 1 --device=auto
stock_learns 2 1
name=$(lease_name 1)

kind() { link_get node1 flannel.1 .linkinfo.info_kind; }
is() { [ "$(kind)" = "$1" ]; }
revision() { ctl get "$PREFIX/subnets/$name" -w json | jq -r '.kvs[0].mod_revision'; }
# Another one each time that the module is loaded
loaded() { stat -c %i /sys/module/flannel/sections; }
swap() { ns node1 flannel-agent --swap-module --subnet-file="$TMP/run1/subnet.env"; }

transfer_begins
ok "pod2 reaches pod1" wait_for 10 pings pod2 "$(pod4 1)"
before=$(revision) mac=$(link_get node1 flannel.1 .address)

# The module
# ----------
was=$(loaded)
undo() { :; }
moves "the module is replaced" swap
expect_ne "it is another one now" "$was" "$(loaded)"
expect_eq "the device is one of its" flannel "$(kind)"
expect_eq "with the MAC of before" "$mac" "$(link_get node1 flannel.1 .address)"
expect_eq "and no other is left" 1 \
	"$(nip node1 -j link show | jq '[.[] | select(.ifname | test("^fl"))] | length')"
expect_eq "other nodes were told nothing" "$before" "$(revision)"
ok "IPv6, too" wait_for 5 pings pod1 "$(pod6 2)"
ok "the agent answers questions as before" ns node1 flannelctl lease show dev flannel.1

# away, back: one half of it
away() { kill -USR1 "${AGENT_PID[1]}" && wait_for 20 is vxlan; }
back() { kill -USR2 "${AGENT_PID[1]}" && wait_for 20 is flannel; }
undo() { back; }
moves "the overlay moves to the kernel's vxlan" away
expect_eq "with a device for IPv6" vxlan \
	"$(link_get node1 flannel-v6.1 .linkinfo.info_kind)"
ok "which works" wait_for 5 pings pod1 "$(pod6 2)"
expect_eq "metrics say so" 1 "$(metric 1 flannel_stand_in)"
# Leases are followed there as anywhere.
must ctl put "$PREFIX/subnets/10.244.60.0-24&fd00:10:244:60::-64" \
	'{"PublicIP":"198.51.100.60","PublicIPv6":"2001:db8:100::60","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:60"},"BackendV6Data":{"VNI":1,"VtepMAC":"02:00:00:00:00:61"}}'
route_to_60() { nip node1 route show dev flannel.1 | grep -q 10.244.60.0/24; }
ok "a lease that comes meanwhile gets there" wait_for 10 route_to_60

# Nothing to go back to
must rmmod flannel
modprobe=$(sysctl -n kernel.modprobe)
sysctl -q -w kernel.modprobe=/bin/false
kill -USR2 "${AGENT_PID[1]}"
ok "without the module the overlay stays where it is" \
	agent_says 1 "stays on the kernel's vxlan for now"
sysctl -q -w kernel.modprobe="$modprobe"
expect_eq "on the kernel's vxlan" vxlan "$(kind)"
ok "and works" pings pod1 "$(pod4 2)"
undo() { away; }
moves "when the module can be loaded again it comes back" back
says "with the lease that came" '10.244.60.0/24' \
	ns node1 flannelctl lease show dev flannel.1
expect_eq "the route is one for all" "10.244.0.0/16" \
	"$(nip node1 -j route show proto 70 | jq -r '.[].dst')"
expect_eq "other nodes were told nothing of all this" "$before" "$(revision)"

# Who is in the way
must nip node1 link add other type flannel id 7 dstport 9999
refused "a device that would be lost with the module is named" \
	'device other also belongs to the module' swap
ok "the overlay is on the module's device again" wait_for 10 is flannel
must nip node1 link del other
ok "and works" wait_for 5 pings pod1 "$(pod4 2)"

# To flanneld
# -----------
hand_over()
{
	agent_stop 1 && ns node1 flannel-agent --hand-over --etcd-endpoints="$ETCD" \
		--iface=eth0 --subnet-file="$TMP/run1/subnet.env"
}
undo() { agent 1 --device=auto && agent_ready 1; }
refused "--hand-over beside an agent" 'another flannel-agent' \
	ns node1 flannel-agent --hand-over --etcd-endpoints="$ETCD" --iface=eth0 \
	--subnet-file="$TMP/run1/subnet.env"
moves "the overlay is handed over to flanneld" hand_over
link() { nip node1 -j -d link show dev "$1" | jq -c '.[0] | [.linkinfo.info_kind, (.linkinfo.info_data | .id, .link, .local, .local6, .port, .learning), .flags != null]'; }
expect_eq "the device is as flanneld makes it" \
	'["vxlan",1,"eth0","198.51.100.1",null,8472,false,true]' "$(link flannel.1)"
expect_eq "that for IPv6, too" \
	'["vxlan",1,"eth0",null,"2001:db8:100::1",8472,false,true]' "$(link flannel-v6.1)"
expect_eq "with the MAC that is in the lease" "$mac" "$(link_get node1 flannel.1 .address)"
expect_eq "the addresses" "10.244.1.0/32 fd00:10:244:1::/128" \
	"$(nip node1 -j address show | jq -r '[.[] | select(.ifname | test("^flannel")) | .addr_info[] | select(.scope == "global") | "\(.local)/\(.prefixlen)"] | join(" ")')"
expect_eq "a route to each subnet, without a protocol" \
	"10.244.2.0/24 10.244.2.0 boot onlink; 10.244.60.0/24 10.244.60.0 boot onlink" \
	"$(nip node1 -j -d route show dev flannel.1 | jq -r '[.[] | "\(.dst) \(.gateway) \(.protocol) \(.flags[0])"] | sort | join("; ")')"
expect_eq "and of ours none" "" "$(nip node1 route show proto 70; nip node1 -6 route show proto 70)"
expect_eq "its neighbour" "$(vtep_mac 2) PERMANENT" \
	"$(nip node1 -j neigh show 10.244.2.0 dev flannel.1 | jq -r '.[0] | "\(.lladdr) \(.state[0])"')"
says "its FDB entry" "^$(vtep_mac 2) dst $(underlay4 2) (self|link|via| )*permanent" \
	ns node1 bridge fdb show dev flannel.1
expect_eq "the lease is the same" "$name" "$(lease_name 1)"
# What flanneld does at its start changes nothing.
under_ping stock_learns 1 2
check_result $? "flanneld goes on"
expect_eq "... and no packet is lost" "" "$LOST"
ok "IPv6, too" wait_for 5 pings pod1 "$(pod6 2)"

# And back
agent_comes() { agent 1 --device=auto && agent_ready 1 && is flannel; }
undo() { hand_over; }
moves "the agent comes again" agent_comes

transfer_ends
agents_end
