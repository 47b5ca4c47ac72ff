#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One cluster with stock flannel nodes in it: the kernel's vxlan set up and told
# of in etcd as flanneld does it, dual-stack with two devices, and with the lease
# of flannel 0.10 and older.
#
#     pod1           pod2                    pod3
#      |              |                       |
#    node1          node2                   node3
#    flannel-agent  stock, dual-stack:      stock, old lease:
#    flannel.1      flannel.1, flannel-v6.1 flannel.1
#      |              |                       |
#      +---- br0 -----+-----------------------+---- etcd
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents

nodes 3
etcd_up "$CONFIG46"
stock_node 2 6
stock_node 3
# Without VNI, without PublicIPv6
must ctl put "$PREFIX/subnets/10.244.3.0-24" \
	"{\"PublicIP\":\"$(underlay4 3)\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"$(vtep_mac 3)\"}}"
# What does not concern us
must ctl put "$PREFIX/subnets/10.244.90.0-24" \
	'{"PublicIP":"198.51.100.90","PublicIPv6":null,"BackendType":"wireguard","BackendData":{"PublicKey":"x","Port":51820}}'
must ctl put "$PREFIX/subnets/10.244.91.0-24" 'nonsense'
agents_up 1
stock_learns 2 1
must stock_entries 3 "$VTEP" 10.244.1.0 10.244.1.0/24 \
	"$(lease_value "$(lease_name 1)" .BackendData.VtepMAC)" "$(underlay4 1)"
for n in 2 3; do
	nip "pod$n" link set eth0 mtu 1430
done

for n in 2 3; do
	ok "to stock node $n over IPv4" pings pod1 "$(pod4 "$n")"
	ok "and from it" pings "pod$n" "$(pod4 1)"
done
ok "to the dual-stack node over IPv6" pings pod1 "$(pod6 2)"
ok "and from it" pings pod2 "$(pod6 1)"
ok "from node to node" pings node1 "$(vtep4 2)"
ok "packets of full size" pings pod1 "$(pod4 2)" -s 1402 -M "do"
ok "of full size over IPv6" pings pod1 "$(pod6 2)" -s 1382 -M "do"
ok "fragments" pings pod2 "$(pod4 1)" -s 6000
ok "fragments over IPv6" pings pod2 "$(pod6 1)" -s 6000
ok "TCP to the stock node" tcp_copy pod1 pod2 "$(pod4 2)" 1000000
ok "TCP from it" tcp_copy pod2 pod1 "$(pod4 1)" 1000000
ok "TCP and IPv6" tcp_copy pod1 pod2 "$(pod6 2)" 1000000

# The wire: each family by the address and to the MAC that the peer told
capture node2 eth0 wire.pcap udp port 8472
pings pod1 "$(pod4 2)"
pings pod1 "$(pod6 2)"
capture_stop
if command -v tshark >/dev/null; then
	says "IPv4 goes to the device of BackendData" "^$(vtep_mac 2)$" \
		decode wire.pcap -Y "vxlan && ip.dst == $(pod4 2)" -T fields \
		-E occurrence=l -e eth.dst
	says "IPv6 to the one of BackendV6Data" "^$(stock_mac6 2)$" \
		decode wire.pcap -Y "vxlan && ipv6.dst == $(pod6 2)" -T fields \
		-E occurrence=l -e eth.dst
	says "by its IPv6 address" "^$(underlay6 2)" \
		decode wire.pcap -Y "vxlan && ipv6.dst == $(pod6 2)" -T fields \
		-E occurrence=f -e ipv6.dst
else
	skip "MACs on the wire" "tshark is not installed"
fi

# A stock node that comes back as flanneld does in etcd mode: with another MAC
mac=02:f1:a9:00:00:03
must nip node3 link set flannel.1 address "$mac"
must stock_entries 3 "$VTEP" 10.244.1.0 10.244.1.0/24 \
	"$(lease_value "$(lease_name 1)" .BackendData.VtepMAC)" "$(underlay4 1)"
must ctl put "$PREFIX/subnets/10.244.3.0-24" \
	"{\"PublicIP\":\"$(underlay4 3)\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"$mac\"}}"
ok "a stock node with a new MAC is reached at once" \
	wait_for 2 pings pod1 "$(pod4 3)"
# and with another address
must nip node3 address add 198.51.100.33/24 dev eth0
must nip node3 link set flannel.1 type vxlan local 198.51.100.33
must ctl put "$PREFIX/subnets/10.244.3.0-24" \
	"{\"PublicIP\":\"198.51.100.33\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"$mac\"}}"
ok "and with a new address" wait_for 3 pings pod1 "$(pod4 3)"
says "the lease that cannot be read is told" 'ignoring lease 10.244.91.0-24:' \
	cat "$TMP/agent1.log"
agents_end
