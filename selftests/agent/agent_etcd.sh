#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An etcd of three members of which one is killed, one is cut off from the others,
# all are gone, and come back compacted: traffic goes on with what is known, and
# what changed meanwhile is heard of in the end.
#
#     pod1        pod2
#      |           |           etcd1 .251   etcd2 .252   etcd3 .253
#    node1       node2           |            |            |
#      |           |             |            |            |
#      +---- br0 --+-------------+------------+------------+   198.51.100.0/24
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents
need nft

member_ip() { echo "198.51.100.$((250 + $1))"; }

member_ns()
{
	ns_create "etcd$1"
	veth "etcd$1" eth0 under "etcd-$1"
	must nip under link set "etcd-$1" master br0 up
	must nip "etcd$1" link set eth0 up
	must nip "etcd$1" address add "$(member_ip "$1")/24" dev eth0
}

CLUSTER=m1=http://$(member_ip 1):2380,m2=http://$(member_ip 2):2380,m3=http://$(member_ip 3):2380

# member N: start it, with the data it had
member()
{
	local ip

	ip=$(member_ip "$1")
	ns_background "etcd$1" etcd --name "m$1" --data-dir "$TMP/m$1" \
		--unsafe-no-fsync --log-level error \
		--heartbeat-interval 300 --election-timeout 1500 \
		--listen-client-urls "http://$ip:2379" \
		--advertise-client-urls "http://$ip:2379" \
		--listen-peer-urls "http://$ip:2380" \
		--initial-advertise-peer-urls "http://$ip:2380" \
		--initial-cluster "$CLUSTER" >>"$TMP/m$1.log" 2>&1
	ETCD_PID[m$1]=$BACKGROUND
}

nodes 2
for i in 1 2 3; do
	member_ns "$i"
	member "$i"
done
must nip under address add "$ETCD_IP/24" dev br0
ETCD=http://$(member_ip 1):2379
etcd_wait
ALL=http://$(member_ip 1):2379,http://$(member_ip 2):2379,http://$(member_ip 3):2379
config "$CONFIG4"
agents_up --etcd-endpoints="$ALL" 1 -v=1 2
ok "pod1 reaches pod2" wait_for 5 pings pod1 "$(pod4 2)"

peer() { lease_of "198.51.100.$1" "02:00:00:00:00:$1"; }
if [ "$AGENT_DEVICE" = vxlan ]; then
	knows() { nip node1 route show dev flannel.1 | grep -q "^10.244.$1.0/24"; }
else
	knows() { ns node1 flannelctl lease show dev flannel.1 | grep -q "10.244.$1.0/24"; }
fi
knows_not() { ! knows "$1"; }

# Killed: the one that the agent talks to
etcd_kill m1
ETCD=http://$(member_ip 2):2379
etcd_wait
must ctl put "$PREFIX/subnets/10.244.60.0-24" "$(peer 60)"
ok "one member is killed: changes are heard of by another" wait_for 15 knows 60
expect "it was a failover" "$(metric 1 flannel_etcd_failovers_total)" -ge 1
member 1
ETCD=http://$(member_ip 1):2379
etcd_wait

# Cut off: each in turn, so that the agent's own is among them; it stays silent
for i in 1 2 3; do
	must ns "etcd$i" nft -f - <<-END
	table inet cut {
		chain in {
			type filter hook input priority 0;
			tcp dport 2380 drop
			tcp sport 2380 drop
		}
		chain out {
			type filter hook output priority 0;
			tcp dport 2380 drop
			tcp sport 2380 drop
		}
	}
	END
	other=$((i % 3 + 1))
	ETCD=http://$(member_ip $other):2379
	etcd_wait
	must ctl put "$PREFIX/subnets/10.244.7$i.0-24" "$(peer 7$i)"
	ok "member $i is cut off: changes are heard of" wait_for 25 knows "7$i"
	must ns "etcd$i" nft flush ruleset
	sleep 2
	etcd_wait
done

# All gone
for i in 1 2 3; do
	kill -STOP "${ETCD_PID[m$i]}"
done
in_touch() { [ "$(metric 1 flannel_registry_in_touch)" = 1 ]; }
out_of_touch() { [ "$(metric 1 flannel_registry_in_touch)" = 0 ]; }
ok "all members hang: it is noticed" wait_for 40 out_of_touch
ok "traffic goes on" pings pod1 "$(pod4 2)"
if [ "$AGENT_DEVICE" = flannel ]; then
	refused "questions are answered from memory" unreachable \
		ns pod1 ping -n -c 1 -W 5 10.244.200.1
fi
expect_eq "the agent is healthy" "flanneld is running" "$(http 1 /healthz)"
for i in 1 2 3; do
	etcd_kill "m$i" 2>/dev/null
done
sleep 2
for i in 1 2 3; do
	member "$i"
done
ETCD=http://$(member_ip 1):2379
etcd_wait

ok "all are back: in touch again" wait_for 40 in_touch

# Compacted: what is between the last heard of and now cannot be had
must ns node1 nft -f - <<-END
table inet cut {
	chain in {
		type filter hook input priority 0;
		tcp sport 2379 drop
	}
}
END
ok "the node is cut off from etcd" wait_for 40 out_of_touch
must ctl put "$PREFIX/subnets/10.244.80.0-24" "$(peer 80)"
must ctl del "$PREFIX/subnets/10.244.60.0-24"
must ctl put "$PREFIX/subnets/10.244.81.0-24" "$(peer 81)"
must ctl put "$PREFIX/subnets/10.244.81.0-24" "$(peer 82)"
revision=$(ctl get "$PREFIX/subnets/10.244.81.0-24" -w json | grep -o '"mod_revision":[0-9]*')
must ctl compact "${revision#*:}"
must ns node1 nft delete table inet cut
ok "changes before a compaction are heard of: new ones" wait_for 30 knows 80
ok "and gone ones" wait_for 10 knows_not 60
ok "by reading all leases anew" grep -q 'reading all leases again.*compacted' "$TMP/agent1.log"
ok "traffic" pings pod1 "$(pod4 2)"
expect_eq "the lease of the node was never lost" "" \
	"$(grep 'acquiring it again' "$TMP/agent1.log")"
agents_end
