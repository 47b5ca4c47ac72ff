#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What somebody takes away or changes is put right while the agent runs: routes,
# the device, its addresses, MAC and MTU, the firewall rules; the underlay's
# address may change, and its interface may go and come.
#
#     pod1          pod2
#      |             |
#    (cni0) node1  (cni0) node2     flannel-agent on each
#      |             |
#      +--- br0 -----+---- etcd     198.51.100.0/24
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents
need nft

nodes 2
etcd_up
agents_up 1 --ip-masq --ip-blackhole-route --iptables-resync=1 2
reaches() { pings pod1 "$(pod4 2)"; }
ok "pod1 reaches pod2" reaches
mac=$(link_get node1 flannel.1 .address)

# Routes
routes_before=$(nip node1 route show dev flannel.1)
must nip node1 route flush dev flannel.1
has_routes() { [ "$(nip node1 route show dev flannel.1)" = "$routes_before" ]; }
ok "deleted routes are back" wait_for 10 has_routes
ok "and traffic" reaches
has_blackhole() { nip node1 route show type blackhole | grep -q '^blackhole 10.244.1.0/24'; }
ok "the blackhole route is there" has_blackhole
must nip node1 route del blackhole 10.244.1.0/24 metric 4294967295
ok "and back when deleted" wait_for 3 has_blackhole
expect_eq "it is behind the bridge's own route" "10.244.1.2 dev cni0 src 10.244.1.1 uid 0" \
	"$(nip node1 -o route get 10.244.1.2 | sed 's/[\\ ]*cache *$//; s/ *$//')"

# The device
must nip node1 link del flannel.1
has_device() { nip node1 link show dev flannel.1 up | grep -q UP; }
ok "a deleted device is back within two seconds" wait_for 2 has_device
ok "with its peers" wait_for 3 reaches
expect_eq "and its MAC" "$mac" "$(link_get node1 flannel.1 .address)"
must nip node1 link set flannel.1 down
ok "a device that is down goes up" wait_for 2 has_device
ok "with its routes" wait_for 3 reaches
must nip node1 link set flannel.1 address 02:00:00:00:00:42
has_mac() { [ "$(link_get node1 flannel.1 .address)" = "$mac" ]; }
ok "a changed MAC is set back" wait_for 2 has_mac
must nip node1 address flush dev flannel.1
has_address() { nip node1 address show dev flannel.1 | grep -q 'inet 10.244.1.0/32'; }
ok "a deleted address is back" wait_for 2 has_address
must nip node1 link set flannel.1 mtu 1300
has_mtu() { [ "$(link_get node1 flannel.1 .mtu)" = "$1" ]; }
ok "a changed MTU is set back" wait_for 2 has_mtu 1450

# Rules
has_rules() { ns node1 nft list table inet flannel.1 | grep -q masquerade; }
ok "the firewall rules are there" has_rules
must ns node1 nft flush ruleset
ok "and back when flushed" wait_for 4 has_rules
must ns node1 nft flush chain inet flannel.1 postrouting
ok "also when only emptied" wait_for 4 has_rules

# What others read
must cp "$TMP/run1/subnet.env" "$TMP/env.before"
same_env() { cmp "$TMP/env.before" "$TMP/run1/subnet.env"; }
must rm "$TMP/run1/subnet.env"
ok "subnet.env is deleted and back within five seconds" wait_for 5 same_env
must rm -r "$TMP/run1"
ok "with its folder, too" wait_for 5 same_env
must sed -i s/1450/9000/ "$TMP/run1/subnet.env"
ok "also when somebody changes it" wait_for 5 same_env
expect_eq "which is told once" 1 "$(grep -c 'was removed or changed by someone else' "$TMP/agent1.log")"

# What a DHCP client does that takes the device for a network card
must nip node1 address add 169.254.33.7/16 dev flannel.1
must nip node1 route add 192.0.2.0/24 dev flannel.1 proto dhcp metric 50
ok "a foreign address of the device is told" agent_says 1 'the address 169.254.33.7/16, which was not'
ok "and a foreign route" agent_says 1 'a route to 192.0.2.0/24 points to device flannel.1'
ok "pods have nothing of it" reaches
sleep 3	# three of the checks that come each second
expect_eq "each is told once" 2 "$(grep -cE '169.254.33.7|192.0.2.0' "$TMP/agent1.log")"
ok "they are left alone" eval 'nip node1 address show dev flannel.1 | grep -q 169.254.33.7 &&
	nip node1 route show proto dhcp | grep -q 192.0.2.0'
must nip node1 address del 169.254.33.7/16 dev flannel.1
must nip node1 route del 192.0.2.0/24 dev flannel.1 proto dhcp metric 50

# The underlay
must nip node1 link set eth0 mtu 1400
ok "the MTU follows the underlay's" wait_for 3 has_mtu 1350
ok "and so does subnet.env" wait_for 3 grep -q '^FLANNEL_MTU=1350$' "$TMP/run1/subnet.env"
must nip node1 link set eth0 mtu 1500
ok "up again, too" wait_for 3 grep -q '^FLANNEL_MTU=1450$' "$TMP/run1/subnet.env"
config '{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan","MTU":1300}}'
kill -HUP "${AGENT_PID[1]}"
ok "a reload takes the MTU from the network config" wait_for 5 has_mtu 1250
ok "and tells subnet.env" wait_for 3 grep -q '^FLANNEL_MTU=1250$' "$TMP/run1/subnet.env"
config '{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan"}}'
kill -HUP "${AGENT_PID[1]}"
ok "or from the underlay again" wait_for 5 has_mtu 1450
sysctl_set node1 net.ipv4.conf.eth0.promote_secondaries=1
must nip node1 address add 198.51.100.101/24 dev eth0
must nip node1 address del 198.51.100.1/24 dev eth0
tells_address() { [ "$(lease_value 10.244.1.0-24 .PublicIP)" = 198.51.100.101 ]; }
ok "a new address of the underlay is told to the others" wait_for 3 tells_address
ok "and traffic follows" wait_for 3 reaches
must nip node1 link del eth0
veth node1 eth0 under eth-1
must nip under link set eth-1 master br0 up
must nip node1 link set eth0 up
must nip node1 address add 198.51.100.1/24 dev eth0
ok "the underlay's interface is deleted and made anew: traffic again" \
	wait_for 10 reaches
expect_eq "with the same MAC" "$mac" "$(link_get node1 flannel.1 .address)"
expect_eq "the agents have not been restarted" 2 \
	"$(cat "$TMP"/agent[12].log | grep -c "for traffic between nodes")"
agents_end
