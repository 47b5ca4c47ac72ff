#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two agents and an etcd: leases, subnet.env, one route, traffic of both families
# from the first packet on, subnets that nobody has, the same subnet and MAC
# after a restart, a node that leaves.
#
#     pod1          pod2
#      |             |
#    (cni0) node1  (cni0) node2     flannel-agent on each
#      |             |
#      +--- br0 -----+---- etcd     198.51.100.0/24, 2001:db8:100::/64
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need python3
need_agents

nodes 2
etcd_up "$CONFIG46"
agents_up 1 2

# What others see of a node
expect_eq "the lease is named as flannel names it" \
	"10.244.1.0-24&fd00:10:244:1::-64" "$(lease_name 1)"
lease=$(lease_name 1)
mac=$(link_get node1 flannel.1 .address)
expect_eq "its value is what flannel writes" \
	"{\"PublicIP\":\"198.51.100.1\",\"PublicIPv6\":\"2001:db8:100::1\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"$mac\"},\"BackendV6Data\":{\"VNI\":1,\"VtepMAC\":\"$mac\"}}" \
	"$(ctl get "$PREFIX/subnets/$lease" --print-value-only | jq -c 'del(.FlannelAgent)')"
lease_id=$(ctl get "$PREFIX/subnets/$lease" -w json | grep -o "\"lease\":[0-9]*")
says "it has an etcd lease of 24 hours" 'TTL\(86400s\)' \
	ctl lease timetolive "$(printf %x "${lease_id#*:}")"
expect_eq "subnet.env is what flannel writes" \
	"FLANNEL_NETWORK=10.244.0.0/16
FLANNEL_SUBNET=10.244.1.1/24
FLANNEL_IPV6_NETWORK=fd00:10:244::/48
FLANNEL_IPV6_SUBNET=fd00:10:244:1::1/64
FLANNEL_MTU=1430
FLANNEL_IPMASQ=false" "$(cat "$TMP/run1/subnet.env")"
expect_eq "nothing is left beside subnet.env but the agent's lock" \
	"subnet.env subnet.env.lock" "$(cd "$TMP/run1" && echo *)"

# The node itself
expect_eq "the device is of our kind" flannel \
	"$(link_get node1 flannel.1 .linkinfo.info_kind)"
expect_eq "in L3 mode" l3 "$(link_get node1 flannel.1 .linkinfo.info_data.mode)"
expect_eq "with room for the outer IPv6 header" 1430 \
	"$(link_get node1 flannel.1 .mtu)"
says "one route leads to all nodes" '^10.244.0.0/16 .*scope link' \
	nip node1 route show dev flannel.1
says "one for IPv6, too, by a gateway" '^fd00:10:244::/48 via fe80::1 ' \
	nip node1 -6 route show dev flannel.1
expect_eq "and no other" 1 "$(nip node1 route show dev flannel.1 | wc -l)"
says "the device has the subnet's own address" 'inet 10.244.1.0/32' \
	nip node1 address show dev flannel.1

# Traffic
ok "pod1 reaches pod2 over IPv4, from the first packet on" \
	pings pod1 "$(pod4 2)"
ok "over IPv6, too" pings pod2 "$(pod6 1)"
ok "node1 itself reaches pod2" pings node1 "$(pod4 2)"
ok "a megabyte over TCP" tcp_copy pod1 pod2 "$(pod4 2)" 1000000
ok "a megabyte over TCP and IPv6" tcp_copy pod2 pod1 "$(pod6 1)" 1000000
# Destinations that node2 has, and makes no neighbours for
nip_batch node2 <<-END
	route add blackhole 10.244.2.128/25
	route add blackhole fd00:10:244:2:1::/80
END
must ns node1 python3 - <<-END
	from socket import *
	for family, name, count in ((AF_INET, "10.244.2.%d", 255), (AF_INET6, "fd00:10:244:2:1::%x", 3128)):
	    sender = socket(family, SOCK_DGRAM)
	    for i in range(128, count):
	        sender.sendto(b"", (name % i, 9))
END
# neighbours FAMILY: for whom node1 has neighbours on its device
neighbours()
{
	nip node1 "-$1" neigh show nud all dev "$VTEP" | awk '$1 !~ /^(ff|22)/ { print $1 }'
}
expect_eq "one neighbour stands for all destinations" 0.0.0.0 "$(neighbours 4)"
expect_eq "one of IPv6 for three thousand" fe80::1 "$(neighbours 6)"
refused "a subnet that nobody has is refused" 'unreachable' \
	ns pod1 ping -n -c 1 -W 5 10.244.200.1
expect "by an answer" "$(counter node1 "$VTEP" miss_not_found)" -ge 1
expect_eq "and not by giving up" 0 "$(counter node1 "$VTEP" miss_unanswered)"
refused "over IPv6, too" 'unreachable' \
	ns pod1 ping -n -c 1 -W 5 fd00:10:244:200::1
expect_eq "healthz" "flanneld is running" "$(http 1 /healthz)"
expect_eq "readyz" "flanneld is ready" "$(http 1 /readyz)"
expect "the answers are counted" \
	"$(metric 1 'flannel_misses_total{result="not_found"}')" -ge 1
# What there is to be watched, by name
missing=
for name in ready registry_in_touch lease_held lease_expiry_seconds leases \
	device_leases errors_total repairs_total leases_malformed_total \
	lease_batches_total etcd_requests_total etcd_request_failures_total \
	etcd_failovers_total etcd_watch_restarts_total etcd_listings_total \
	miss_answer_seconds_count; do
	[[ $(metric 1 "flannel_$name") =~ ^[0-9] ]] || missing="$missing flannel_$name"
done
expect_eq "there are metrics of leases, questions, etcd, errors" "" "$missing"
expect_eq "they are in the format of Prometheus" "" "$(metric_faults 1)"
expect "the lease has nearly a day to go" \
	"$(metric 1 flannel_lease_expiry_seconds | cut -d . -f 1)" -gt 85000

# Restart
agent_stop 1
expect_eq "SIGTERM ends it with status 0" 0 $?
ok "traffic goes on without it" pings pod1 "$(pod4 2)"
expect_eq "the lease stays" "$lease" "$(lease_name 1)"
rm "$TMP/run1/subnet.env"
agent 1
agent_ready 1
expect_eq "the same subnet after a restart, by the address" "$lease" \
	"$(lease_name 1)"
expect_eq "the same MAC" "$mac" "$(link_get node1 flannel.1 .address)"
agent_stop 1 KILL
nip node1 link del flannel.1
agent 1
agent_ready 1
expect_eq "the same MAC even after a reboot" "$mac" \
	"$(link_get node1 flannel.1 .address)"
ok "and traffic" pings pod1 "$(pod4 2)"

# Leaving
agent_stop 2
must ctl del "$PREFIX/subnets/$(lease_name 2)"
has_no_lease() { ! ns node1 flannelctl lease show dev flannel.1 | grep -q 10.244.2.0; }
ok "a lease that is gone is withdrawn" wait_for 10 has_no_lease
refused "its subnet is refused now" 'unreachable' \
	ns pod1 ping -n -c 1 -W 5 "$(pod4 2)"
agent 2
agent_ready 2
ok "it comes back, and so does traffic" pings pod1 "$(pod4 2)"
expect_eq "no error in the log" "" "$(grep 'error:' "$TMP/agent1.log")"
agents_end
