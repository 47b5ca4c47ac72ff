#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# From a running flanneld to the agent and back again, under traffic: both ways a ping
# every 10 ms loses three packets at the most, and a TCP connection lives on. On the way
# back flanneld finds the device of --hand-over and changes nothing.
#
#     pod1                     pod2
#      |                        |
#    node1 flanneld <-> agent  node2 stock
#      |                        |
#      +-------- br0 -----------+---- etcd
#
# FLANNELD=PATH, or a flanneld that is installed, is the real one. Without it a stand-in
# (lib/flanneld.py) does at its start what flanneld 0.20 does.
# CLOCK steady
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
. "$LIB/moves.sh"
need_agents
need socat python3

FLANNELD=${FLANNELD:-$(command -v flanneld)}
if [ -z "$FLANNELD" ]; then
	FLANNELD=$LIB/flanneld.py
	skip "a real flanneld" "none is installed (FLANNELD=PATH names one): a stand-in is used"
fi

nodes 2
etcd_up
stock_node 2
wish 1

subnet_file=$TMP/run1/subnet.env
revision() { ctl get "$PREFIX/subnets/10.244.1.0-24" -w json | jq -r '.kvs // [] | .[0].mod_revision // 0'; }
changed() { [ "$(revision)" != "$1" ]; }
this_device() { link_get node1 flannel.1 ".ifindex, .address, .linkinfo.info_kind" | paste -s -d ' '; }
is() { [ "$(link_get node1 flannel.1 .linkinfo.info_kind)" = "$1" ]; }
routed() { nip node1 route show dev flannel.1 | grep -q '^10.244.2.0/24 via 10.244.2.0 onlink'; }

# flanneld: it has told its lease and has a route to the peer
flanneld()
{
	local before

	before=$(revision)
	ns_background node1 "$FLANNELD" --etcd-endpoints="$ETCD" --etcd-prefix="$PREFIX" \
		--iface=eth0 --subnet-file="$subnet_file" --ip-masq=false \
		--iptables-forward-rules=false >>"$TMP/flanneld.log" 2>&1
	FLANNELD_PID=$BACKGROUND
	wait_for 60 changed "$before" && wait_for 60 routed && return
	tail -n 20 "$TMP/flanneld.log"
	return 1
}

flanneld_ends()
{
	kill -TERM "$FLANNELD_PID"
	wait "$FLANNELD_PID"
	return 0
}

there()
{
	flanneld_ends
	agent 1 --device=auto && agent_ready 1 && is flannel
}

back()
{
	agent_stop 1 && ns node1 flannel-agent --hand-over --etcd-endpoints="$ETCD" \
		--iface=eth0 --subnet-file="$subnet_file" || return
	handed=$(this_device)
	flanneld
}

flanneld
check_result $? "flanneld sets up node 1" || fatal "which everything else needs"
pods_mtu 1 1450
pods_mtu 2 1450
stock_learns 2 1
ok "pod2 reaches pod1" wait_for 10 pings pod2 "$(pod4 1)"
mac=$(link_get node1 flannel.1 .address)
transfer_begins

undo() { back; }
moves "the agent takes the place of flanneld" there
expect_eq "with the MAC of its device" "$mac" "$(link_get node1 flannel.1 .address)"
expect_eq "and its lease" "$mac" "$(lease_value 10.244.1.0-24 .BackendData.VtepMAC)"

undo() { there; }
moves "flanneld takes over again" back
expect_eq "it goes on with the device that was left for it" "$handed" "$(this_device)"
expect_eq "whose MAC is the one of all the time" "$mac vxlan" "${handed#* }"
expect_eq "and is in its lease" "$mac" "$(lease_value 10.244.1.0-24 .BackendData.VtepMAC)"
expect_eq "one route to the peer, and none of ours" \
	"10.244.2.0/24 via 10.244.2.0 onlink" \
	"$(nip node1 route show dev flannel.1 | sed 's/ *$//')"
expect_eq "one neighbour" "10.244.2.0 lladdr $(vtep_mac 2) PERMANENT" \
	"$(nip node1 neigh show dev flannel.1 nud permanent | sed 's/ *$//')"
says "one entry of the FDB" "^$(vtep_mac 2) dst $(underlay4 2) (self|link|via| )*permanent" \
	ns node1 bridge fdb show dev flannel.1
ok "traffic goes both ways" pings pod1 "$(pod4 2)"
transfer_ends
flanneld_ends
agents_end
