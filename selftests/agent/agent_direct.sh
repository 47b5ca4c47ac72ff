#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Peers on the same network get a direct route (DirectRouting), peers behind a
# router the overlay, and it is decided anew when routes change; host-gw, where
# all routes are direct.
#
#     pod1        pod2                      pod3
#      |           |                         |
#    (cni0) node1 (cni0) node2             (cni0) node3
#      |.1         |.2                       |.3
#      +--- br0 ---+--- under (a router) ----+
#       198.51.100.0/24 .254   .254  203.0.113.0/24
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents

nodes 3
must nip under link set eth-3 nomaster
must nip under address add 203.0.113.254/24 dev eth-3
sysctl_set under net.ipv4.ip_forward=1
must nip node3 address flush dev eth0
must nip node3 address add 203.0.113.3/24 dev eth0
must nip node3 route add default via 203.0.113.254
for n in 1 2; do
	must nip "node$n" route add default via "$ETCD_IP"
done

direct_to() { nip node1 route show "$1" | grep -q "via $2 dev eth0"; }
not_direct() { ! nip node1 route show "$1" | grep -q "dev eth0"; }

# DirectRouting
etcd_up '{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan","DirectRouting":true}}'
agents_up 1 2 3
ok "a peer on the same network has a direct route" \
	wait_for 2 direct_to 10.244.2.0/24 198.51.100.2
ok "one behind a router has not" not_direct 10.244.3.0/24
ok "pod1 reaches pod2" pings pod1 "$(pod4 2)"
ok "pod1 reaches pod3" pings pod1 "$(pod4 3)"
ok "pod3 reaches pod2" pings pod3 "$(pod4 2)"
capture node2 eth0 direct.pcap
pings pod1 "$(pod4 2)"
capture_stop
expect "directly is without VXLAN" \
	"$(tcpdump -nr "$TMP/direct.pcap" icmp 2>/dev/null | wc -l)" -ge 6

# Routes that lead to no peer, spread over some seconds
before=$(metric 1 flannel_lease_resyncs_total)
for ((i = 0; i < 20; i++)); do
	must nip node1 route add "192.0.2.$i/32" via "$ETCD_IP"
	sleep 0.2
done
must nip node1 route add 198.51.100.2/32 via "$ETCD_IP"
ok "with a gateway in between it is taken back" wait_for 2 not_direct 10.244.2.0/24
expect "routes to others cost the agent nothing" \
	$(($(metric 1 flannel_lease_resyncs_total) - before)) -le 3
ok "and traffic goes through the overlay" pings pod1 "$(pod4 2)"
must nip node1 route del 198.51.100.2/32 via "$ETCD_IP"
ok "without one it comes back" wait_for 2 direct_to 10.244.2.0/24 198.51.100.2
must nip node1 route del 10.244.2.0/24 via 198.51.100.2
ok "a deleted one, too" wait_for 2 direct_to 10.244.2.0/24 198.51.100.2
must nip node1 link set eth0 down
must nip node1 link set eth0 up
must nip node1 route replace default via "$ETCD_IP"
ok "and after the interface was down" wait_for 3 direct_to 10.244.2.0/24 198.51.100.2
ok "traffic goes on then" wait_for 5 pings pod1 "$(pod4 2)"

agent_stop 1
agent_stop 2
must ctl del "$PREFIX/subnets/10.244.2.0-24"
agent 1
agent_ready 1
ok "a peer that left while the agent was away loses its route" \
	wait_for 2 not_direct 10.244.2.0/24
agent 2
ok "when it comes back it gets one" wait_for 5 direct_to 10.244.2.0/24 198.51.100.2
agents_down 1 2 3
expect_eq "a released node has no route of ours" "" \
	"$(nip node1 route show proto 70)"
expect_eq "nor a device" "" "$(nip node1 link show | grep flannel)"
expect_eq "nor a lease" "" "$(ctl get --prefix "$PREFIX/subnets/")"

# host-gw
must nip node3 address flush dev eth0
must nip under link set eth-3 master br0
must nip node3 address add "$(underlay4 3)/24" dev eth0
must nip node3 route add default via "$ETCD_IP"
config '{"Network":"10.244.0.0/16","Backend":{"Type":"host-gw"}}'
agents_up 1 2 3
ok "host-gw: a direct route to a peer" wait_for 2 direct_to 10.244.3.0/24 198.51.100.3
expect_eq "the lease is what flannel writes" \
	'{"PublicIP":"198.51.100.1","PublicIPv6":null,"BackendType":"host-gw"}' \
	"$(ctl get "$PREFIX/subnets/10.244.1.0-24" --print-value-only | jq -c 'del(.FlannelAgent)')"
says "the MTU is the underlay's" '^FLANNEL_MTU=1500$' cat "$TMP/run1/subnet.env"
expect_eq "no device" "" "$(nip node1 link show | grep flannel)"
ok "pod1 reaches pod3" pings pod1 "$(pod4 3)"
must nip node1 route del 10.244.3.0/24
ok "a deleted route is back" wait_for 2 direct_to 10.244.3.0/24 198.51.100.3
must ctl put "$PREFIX/subnets/10.244.9.0-24" \
	'{"PublicIP":"198.51.100.9","BackendType":"vxlan","BackendData":{"VtepMAC":"02:00:00:00:00:09"}}'
sleep 0.5
ok "a peer with another backend is left alone" not_direct 10.244.9.0/24
agent_stop 1
refused "host-gw behind NAT is refused" "NAT" \
	ns node1 timeout 10 flannel-agent --etcd-endpoints="$ETCD" --iface=eth0 \
	--public-ip=192.0.2.1 --subnet-file="$TMP/nat.env"
agents_end
