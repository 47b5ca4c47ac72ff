#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Leases that nobody should believe: each is counted, told once and not used, and a
# node starts and works beside all of them; routes that are not the agent's stay.
# Then a network that contains the underlay and the data centre: etcd, name server
# and nodes in the overlay's range stay reachable, all else outside of it, too.
#
#     pod1        pod2                        dc
#      |           |                          |10.200.0.1, .2 (etcd), .53
#    node1       node2                        |
#      |.1         |.2                        |
#      +--- br0 ---+--- under (a router) -----+
#     198.51.100.0/24 .254; 10.1.1.0/24 .254
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents

nodes 2
for n in 1 2; do
	must nip "node$n" route add default via "$ETCD_IP"
done

lease() { must ctl put "$PREFIX/subnets/$1" "$(lease_of "$2" "02:00:00:00:00:${4:-66}" "${3:-host-gw}")"; }
HOSTILE=(198.51.100.0-24 0.0.0.0-1 128.0.0.0-1 224.0.0.0-4 127.0.0.0-8 0.0.0.0-8
	10.244.0.0-16 10.244.2.128-25 192.0.2.0-24)
hostile()
{
	local name

	for name in "${HOSTILE[@]}"; do
		lease "$name" 198.51.100.2 "$1"
	done
	lease 10.244.70.0-24 198.51.100.1 "$1"
	lease 10.244.71.0-24 224.0.0.5 "$1"
	lease 10.244.72.0-24 10.244.1.9 "$1"
}
unusable() { metric 1 "flannel_leases_unusable{reason=\"$1\"}"; }
is_unusable() { [ "$(unusable "$1")" = "$2" ]; }
foreign_routes() { nip node1 route show | grep -v 'proto 70' | grep -v 'dev flannel.1'; }
route_to() { nip node1 route show "$1" | grep -q "$2"; }
told() { grep -cF "$1" "$TMP/agent1.log"; }

# host-gw
etcd_up '{"Network":"10.244.0.0/16","Backend":{"Type":"host-gw"}}'
agents_up 1 2
ok "host-gw: a route to the peer" wait_for 10 route_to 10.244.2.0/24 'via 198.51.100.2 dev eth0 proto 70'
before=$(foreign_routes)
must nip node1 route add 10.244.60.0/24 via "$ETCD_IP" proto static
lease 10.244.60.0-24 198.51.100.2
hostile host-gw
lease 10.244.80.0-24 203.0.113.77
ok "subnets that cannot be leased are not used" wait_for 20 is_unusable network 7
ok "nor those of another length" wait_for 20 is_unusable length 2
ok "nor a node that is not on the network" wait_for 20 is_unusable off_link 1
ok "nor one that says it is this one" wait_for 20 is_unusable ours 1
ok "nor one that has no address" wait_for 20 is_unusable address 1
ok "nor one that is at a pod's" wait_for 20 is_unusable inside 1
expect_eq "only the peer has a route" "10.244.2.0/24 via 198.51.100.2 dev eth0" \
	"$(nip node1 route show proto 70 | sed 's/ *$//')"
must nip node1 route del 10.244.60.0/24 via "$ETCD_IP" proto static
expect_eq "no other route was touched" "$before" "$(foreign_routes)"
ok "the gateway is where it was" nip node1 route get 198.51.100.254
ok "what was in the way has gone: the peer's route is there" \
	wait_for 70 route_to 10.244.60.0/24 'via 198.51.100.2 dev eth0 proto 70'
expect_eq "each is told once at most" "" \
	"$(grep -o 'ignoring lease .*:' "$TMP/agent1.log" | sort | uniq -d)"
expect "and so many lines a minute" "$(told 'ignoring lease')" -le 10
ok "traffic goes on" pings pod1 "$(pod4 2)"

# The node would take it for its own.
must ctl del "$PREFIX/subnets/10.244.70.0-24"
must nip node1 route add 10.244.61.0/24 via "$ETCD_IP" proto static
lease 10.244.61.0-24 198.51.100.2
agent_stop 1
agent 1
ok "a node starts beside all of them" wait_for 60 http 1 /readyz
ok "a route of somebody else stays" route_to 10.244.61.0/24 'proto static'
ok "and it is said what is in the way" agent_says 1 'route to 10.244.61.0/24 .* conflicts with the agent'
expect_eq "no route of a peer is removed meanwhile" "" \
	"$(grep -E 'removing the (unneeded )?route to 10.244.(2|60).0/24' "$TMP/agent1.log")"
must nip node1 route del 10.244.61.0/24
for name in "${HOSTILE[@]}"; do
	must ctl del "$PREFIX/subnets/$name"
done
ok "leases that have gone are not counted" wait_for 20 is_unusable network 0
expect_eq "and take no route with them" "$before" "$(foreign_routes)"
agents_down 1 2

# A device, and direct routes beside it
must ctl del --prefix "$PREFIX/subnets/"
config '{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan","DirectRouting":true}}'
before=$(foreign_routes)
# What is not used is taken all the same, so the nodes have theirs before.
for n in 1 2; do
	must ctl put "$PREFIX/subnets/10.244.$n.0-24" "{\"PublicIP\":\"$(underlay4 "$n")\"}"
done
hostile vxlan
must ctl del "$PREFIX/subnets/10.244.70.0-24"
agents_up 1 2
ok "with a device: a node starts beside all of them" wait_for 20 is_unusable network 7
ok "pods reach each other" wait_for 20 pings pod1 "$(pod4 2)"
expect_eq "and no other route was touched" "$before" "$(foreign_routes)"
must ctl del "$PREFIX/subnets/198.51.100.0-24"
ok "a lease of the underlay goes" wait_for 20 is_unusable network 6
expect_eq "no route goes with it" "$before" "$(foreign_routes)"
agents_down 1 2
must ctl del --prefix "$PREFIX/"
etcd_kill

# The example of flannel's documentation on an underlay within its Network
UNDERLAY4=10.1.1
ns_create dc
veth dc eth0 under dc
sysctl_set under net.ipv4.ip_forward=1
nip_batch under <<-END
	link set dc up
	address add 10.200.0.254/24 dev dc
	address add 10.1.1.254/24 dev br0
END
nip_batch dc <<-END
	link set eth0 up
	address add 10.200.0.1/24 dev eth0
	address add 10.200.0.2/24 dev eth0
	address add 10.200.0.53/24 dev eth0
	route add default via 10.200.0.254
END
for n in 1 2; do
	must nip "node$n" address flush dev eth0
	must nip "node$n" address flush dev cni0
	must nip "node$n" address add "$(underlay4 "$n")/24" dev eth0
	must nip "node$n" route add default via 10.1.1.254
done
ETCD=http://10.200.0.2:2379
ns_background dc etcd --name dc --data-dir "$TMP/dc" --unsafe-no-fsync --log-level error \
	--listen-client-urls "$ETCD" --advertise-client-urls "$ETCD" >>"$TMP/dc.log" 2>&1
etcd_wait
reaches() { pings node1 "$1" && pings node1 "$2"; }
# start_both CONFIG: with subnets of their own
start_both()
{
	local n

	config "$1"
	for n in 1 2; do
		echo "FLANNEL_SUBNET=10.$((10 + n)).16.1/20" >"$TMP/run$n/subnet.env"
		: >"$TMP/agent$n.log"
		agent "$n"
	done
	for n in 1 2; do
		wait_for 60 http "$n" /readyz || fatal "agent $n is ready: $(agent_log "$n")"
	done
}

start_both '{"Network":"10.0.0.0/8","SubnetLen":20,"SubnetMin":"10.10.0.0","SubnetMax":"10.99.0.0","Backend":{"Type":"vxlan"}}'
ok "flannel's example: nodes reach each other's subnets" wait_for 20 pings node1 10.12.16.0
ok "and the data centre" reaches 10.200.0.1 10.200.0.2
says "subnet.env has the network as flanneld writes it" '^FLANNEL_NETWORK=10.0.0.0/8$' \
	cat "$TMP/run1/subnet.env"
expect_eq "nothing had to be kept out of the overlay" 0 "$(metric 1 flannel_kept_addresses)"
if [ "$AGENT_DEVICE" = flannel ]; then
	expect_eq "what can be leased is routed, and no more" \
		"10.10.0.0/15 10.12.0.0/14 10.16.0.0/12 10.32.0.0/11 10.64.0.0/11 10.96.0.0/15 10.98.0.0/16 10.99.0.0/20" \
		"$(nip node1 route show dev flannel.1 | awk '{ print $1 }' | xargs)"
fi
agents_down 1 2

# All of 10.0.0.0/8 can be leased
start_both '{"Network":"10.0.0.0/8","SubnetLen":20,"Backend":{"Type":"vxlan"}}'
ok "a network around all: nodes reach each other's subnets" wait_for 20 pings node1 10.12.16.0
ok "and etcd" pings node1 10.200.0.2
expect_eq "by the way that led there before" "10.200.0.2 via 10.1.1.254 dev eth0" \
	"$(nip node1 route show 10.200.0.2 | sed 's/ proto.*//')"
must ctl put "$PREFIX/subnets/10.77.0.0-20" \
	'{"PublicIP":"10.200.0.53","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:77"}}'
kept() { nip node1 route show "$1" | grep -q 'via 10.1.1.254 dev eth0 proto 70'; }
kept_not() { ! kept "$1"; }
ok "a node in the range is kept out of the overlay as it comes" wait_for 10 kept 10.200.0.53
ok "it is reached" pings node1 10.200.0.53
must nip node1 route replace default via 10.1.1.2
ok "by another gateway when there is another" \
	wait_for 10 eval 'nip node1 route show 10.200.0.2 | grep -q "via 10.1.1.2 dev eth0"'
must nip node1 route replace default via 10.1.1.254
ok "and back" wait_for 10 kept 10.200.0.2
must ctl del "$PREFIX/subnets/10.77.0.0-20"
ok "a node that goes takes its route with it" wait_for 20 kept_not 10.200.0.53
lease 10.1.0.0-20 10.1.1.2 vxlan
ok "the underlay's own subnet is not used" wait_for 10 is_unusable underlay 1
ok "the other node is reached" pings node1 10.1.1.2
agents_down 1 2
agents_end
