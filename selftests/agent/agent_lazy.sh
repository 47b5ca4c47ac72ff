#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Lazy population: the device's table is filled by its own questions, and no packet
# is lost for it; a changed or withdrawn lease takes effect at once; what nobody
# asks for is not in the kernel, not even after a restart.
#
#     pod1          pod2          pod3
#      |             |             |
#    node1         node2         node3     flannel-agent --populate=lazy on each
#      |             |             |
#      +---- br0 ----+-------------+---- etcd
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents
[ "$AGENT_DEVICE" = flannel ] || skip_all "the kernel's vxlan asks no questions"

nodes 3
etcd_up "$CONFIG46"
agents_up --populate=lazy 1 2 3
table() { ns node1 flannelctl -j lease show dev flannel.1 | jq '[.. | .subnet? // empty] | length'; }

expect_eq "nothing is in the kernel at first" 0 "$(table)"
ok "no packet is lost while it is asked for" pings pod1 "$(pod4 2)"
expect "the answer is in the kernel" "$(table)" -ge 1
ok "over IPv6, too" pings pod1 "$(pod6 2)"
ok "and in the other direction" pings pod3 "$(pod4 1)"
expect "questions were answered" \
	"$(metric 1 'flannel_misses_total{result="found"}')" -ge 2
expect "in time" "$(metric 1 flannel_miss_answer_seconds_count)" -ge 2
expect "within a second, all of them" \
	"$(metric 1 'flannel_miss_answer_seconds_bucket{le="1"}')" -eq \
	"$(metric 1 flannel_miss_answer_seconds_count)"
diag "$(metric 1 flannel_miss_answer_seconds_count) answers took $(metric 1 flannel_miss_answer_seconds_sum) s"
refused "what nobody has is refused" unreachable \
	ns pod1 ping -n -c 1 -W 5 10.244.200.1

# A change of what is in the kernel, and of what is not
lease() { lease_of "198.51.100.$1" "02:00:00:00:00:$2"; }
has_mac() { ns node1 flannelctl lease show dev flannel.1 | grep -q "$1"; }
before=$(table)
must ctl put "$PREFIX/subnets/10.244.60.0-24" "$(lease 60 60)"
sleep 0.5
expect_eq "a new lease that nobody asked for is not installed" "$before" "$(table)"
ns pod1 ping -n -c 1 -W 1 10.244.60.2 >/dev/null
ok "until it is asked for" wait_for 2 has_mac 02:00:00:00:00:60
must ctl put "$PREFIX/subnets/10.244.60.0-24" "$(lease 60 61)"
ok "then a change takes effect" wait_for 2 has_mac 02:00:00:00:00:61
must ctl del "$PREFIX/subnets/10.244.60.0-24"
gone() { ! has_mac 02:00:00:00:00:61; }
ok "and so does its end" wait_for 2 gone

# A restart keeps what is in use and correct
agent_stop 1 KILL
must ctl put "$PREFIX/subnets/10.244.61.0-24" "$(lease 61 62)"
agent 1 --populate=lazy
agent_ready 1
expect_eq "after a restart the table is the same" "$before" "$(table)"
ok "traffic" pings pod1 "$(pod4 2)"
agents_end
