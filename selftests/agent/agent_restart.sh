#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A restart of the agent, also after kill -9, interrupts no flow: a TCP transfer
# goes on and no packet of a ping every millisecond is lost. Leases that came or
# went meanwhile are set right.
#
#     pod1          pod2
#      |             |
#    (cni0) node1  (cni0) node2     flannel-agent on each
#      |             |
#      +--- br0 -----+---- etcd
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents
need socat

nodes 2
etcd_up
agents_up 1 --ip-masq 2
wait_for 5 pings pod1 "$(pod4 2)"

# A slow and long transfer: 8 s of it
ns_background pod2 socat -u TCP-LISTEN:5001 "OPEN:$TMP/received,creat,trunc"
server=$BACKGROUND
wait_for 5 listens pod2 5001
head -c 4000000 /dev/urandom >"$TMP/sent"
(
	for ((i = 0; i < 80; i++)); do
		tail -c +$((i * 50000 + 1)) "$TMP/sent" | head -c 50000
		sleep 0.1
	done
) | ns pod1 socat -u STDIN "TCP:$(pod4 2):5001" &
sender=$!
ns_background pod1 ping -n -q -i 0.001 -w 12 "$(pod4 2)" >"$TMP/ping"
ping=$BACKGROUND

before=$(nip node1 -j link show dev flannel.1 | jq '.[0].ifindex')
sleep 1
agent_stop 1 KILL 2>/dev/null
sleep 1
agent 1 --ip-masq
agent_ready 1
agent_stop 1
sleep 0.5
agent 1 --ip-masq
agent_ready 1
expect_eq "the device is the same one" "$before" \
	"$(nip node1 -j link show dev flannel.1 | jq '.[0].ifindex')"
wait "$sender"
wait "$server"
expect_eq "the transfer came to its end" 0 $?
ok "and is complete" cmp "$TMP/sent" "$TMP/received"
wait "$ping"
says "no packet was lost" ' 0% packet loss' cat "$TMP/ping"
diag "$(grep packets "$TMP/ping")"

# Meanwhile
agent_stop 1 KILL 2>/dev/null
must ctl put "$PREFIX/subnets/10.244.50.0-24" \
	'{"PublicIP":"198.51.100.50","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:50"}}'
agent 1
agent_ready 1
table() { ns node1 flannelctl lease show dev flannel.1; }
if [ "$AGENT_DEVICE" = vxlan ]; then
	table() { nip node1 route show dev flannel.1; }
fi
says "a lease that came while the agent was away is there" '10.244.50.0' table
agent_stop 1 KILL 2>/dev/null
must ctl del "$PREFIX/subnets/10.244.50.0-24"
agent 1
agent_ready 1
not_ok "one that went is not" grep -q 10.244.50.0 <(table)
ok "traffic" pings pod1 "$(pod4 2)"
agents_end
