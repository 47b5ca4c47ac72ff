#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Where the module is absent the agent uses the kernel's vxlan as flannel does, with
# a device for each family, and without flannel's faults: entries of a peer that
# changed or left are removed, a device that was deleted comes back with all of
# them. When the module is there, its device takes the place of both.
#
#     pod1                     pod2
#      |                        |
#    node1 flannel-agent       node2 stock, dual-stack
#    flannel.1, flannel-v6.1   flannel.1, flannel-v6.1
#      |                        |
#      +-------- br0 -----------+---- etcd
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
# shellcheck disable=SC2034 # of agents.sh
AGENT_DEVICE=auto
. "$LIB/agents.sh"
need_agents
need_module

nodes 2
etcd_up "$CONFIG46"
stock_node 2 6
pods_mtu 2 1430
wish 1 6

# The agent starts while nothing loads the module; then it may be loaded again.
modprobe=$(sysctl -n kernel.modprobe)
rmmod flannel 2>"$TMP/rmmod.log" || skip_all "the module is in use: $(cat "$TMP/rmmod.log")"
sysctl -q -w kernel.modprobe=/bin/false
agent 1
agent_says 1 'using vxlan instead' >"$TMP/says.log"
status=$?
sysctl -q -w kernel.modprobe="$modprobe"
check_result $status "without the module there is a warning" || diag "$(cat "$TMP/says.log")"
agent_ready 1

kind() { link_get node1 "$1" .linkinfo.info_kind; }
mac4() { link_get node1 flannel.1 .address; }
mac6() { link_get node1 flannel-v6.1 .address; }
expect_eq "a device of the kernel's vxlan for IPv4" vxlan "$(kind flannel.1)"
expect_eq "and one for IPv6" vxlan "$(kind flannel-v6.1)"
name=$(lease_name 1)
expect_eq "the lease tells the MACs of both" "$(mac4) $(mac6)" \
	"$(lease_value "$name" '.BackendData.VtepMAC + " " + .BackendV6Data.VtepMAC')"
stock_learns 2 1
ok "pod1 reaches the stock node" wait_for 5 pings pod1 "$(pod4 2)"
ok "over IPv6, too" wait_for 5 pings pod1 "$(pod6 2)"
ok "and is reached" pings pod2 "$(pod4 1)"
ok "a megabyte over TCP" tcp_copy pod1 pod2 "$(pod4 2)" 1000000

# entries: what there is for peers, of all three kinds
entries()
{
	nip node1 route show dev "$1" proto 70 | sed 's/^/route /'
	nip node1 -6 route show dev "$1" proto 70 | sed 's/^/route /'
	nip node1 neigh show dev "$1" nud permanent
	ns node1 bridge fdb show dev "$1" | grep permanent
}
has() { entries flannel.1 | grep -qF "$1"; }
has_not() { ! has "$1"; }

# Restart
before=$(entries flannel.1)
index=$(link_get node1 flannel.1 .ifindex)
ns_background pod1 ping -n -q -i 0.005 -w 600 "$(pod4 2)" >"$TMP/ping"
ping=$BACKGROUND
agent_stop 1 KILL 2>/dev/null
agent 1 --device=vxlan
agent_ready 1
kill -INT "$ping"
wait "$ping"
says "no packet is lost across kill -9 and a restart" ' 0% packet loss' cat "$TMP/ping"
expect_eq "the device is the same one" "$index" "$(link_get node1 flannel.1 .ifindex)"
expect_eq "with the same entries" "$(sort <<<"$before")" "$(entries flannel.1 | sort)"

# What is deleted
mac=$(mac4)
must nip node1 link del flannel.1
ok "a deleted device comes back with its peer" wait_for 10 pings pod1 "$(pod4 2)"
expect_eq "and its MAC" "$mac" "$(mac4)"
must nip node1 route del 10.244.2.0/24
ok "a deleted route, too" wait_for 10 has 'route 10.244.2.0/24'

# A peer that changes and goes
peer() { must ctl put "$PREFIX/subnets/10.244.60.0-24" "$(lease_of "198.51.100.$1" "02:00:00:00:00:$2")"; }
peer 60 60
ok "a new peer" wait_for 10 has '02:00:00:00:00:60 dst 198.51.100.60'
peer 60 61
ok "with a new MAC" wait_for 10 has '02:00:00:00:00:61 dst 198.51.100.60'
ok "nothing is left of the old one" wait_for 5 has_not '02:00:00:00:00:60'
peer 62 61
ok "with a new address" wait_for 10 has '02:00:00:00:00:61 dst 198.51.100.62'
ok "nothing is left of the old one" wait_for 5 has_not 198.51.100.60
agent_stop 1
must ctl del "$PREFIX/subnets/10.244.60.0-24"
agent 1 --device=vxlan
agent_ready 1
expect_eq "a peer that left while the agent was down has no entry left" "" \
	"$(entries flannel.1 | grep -E '10\.244\.60\.|02:00:00:00:00:61|198\.51\.100\.62')"

# The module is there
agent_stop 1
agent 1
agent_ready 1
expect_eq "with the module its device takes the place" flannel "$(kind flannel.1)"
expect_eq "of both" "" "$(nip node1 link show | grep flannel-v6)"
expect_eq "with the MAC that others know" "$mac" "$(mac4)"
stock_learns 2 1
ok "pod1 reaches the stock node as before" wait_for 5 pings pod1 "$(pod4 2)"
ok "over IPv6, too" wait_for 5 pings pod1 "$(pod6 2)"
agents_end
