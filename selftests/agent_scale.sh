#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Many leases: all of them at the start, and a storm of changes while a ping goes
# on. AGENT_LEASES says how many (default 1000).
#
#     pod1          pod2
#      |             |
#    node1         node2           flannel-agent on each
#      |             |
#      +--- br0 -----+---- etcd with AGENT_LEASES leases
set -u
. "$(dirname "$(realpath "$0")")/lib.sh"
. "$SELFTESTS/nodes.sh"
. "$SELFTESTS/agents.sh"
need_agents

COUNT=${AGENT_LEASES:-1000}
BATCH=100	# etcd takes 128 operations in one transaction

# leases FIRST NUMBER OCTET: write them, in transactions; OCTET changes the MACs
leases()
{
	local first=$1 end=$(($1 + $2)) i k

	for ((i = first; i < end; i += BATCH)); do
		{
			echo
			for ((k = i; k < i + BATCH && k < end; k++)); do
				printf 'put %s/subnets/10.%d.%d.0-24 "{\\"PublicIP\\":\\"198.18.%d.%d\\",\\"PublicIPv6\\":null,\\"BackendType\\":\\"vxlan\\",\\"BackendData\\":{\\"VNI\\":1,\\"VtepMAC\\":\\"02:00:00:%02x:%02x:%02x\\"}}"\n' \
					"$PREFIX" $((k / 256)) $((k % 256)) \
					$((k / 256)) $((k % 256)) "$3" \
					$((k / 256)) $((k % 256))
			done
			echo
			echo
		} | ctl txn >>"$TMP/txn.log" 2>&1 || return 1
	done
}

now() { date +%s%N | cut -c 1-13; }

if [ "$AGENT_DEVICE" = vxlan ]; then
	in_kernel() { nip node1 route show dev flannel.1 | wc -l; }
	all_changed() { [ "$(nip node1 neigh show dev flannel.1 | grep -c "lladdr 02:00:00:$1:")" -eq "$COUNT" ]; }
else
	in_kernel() { metric 1 flannel_device_leases; }
	all_changed() { [ "$(ns node1 flannelctl lease show dev flannel.1 | grep -ci "02:00:00:$1:")" -eq "$COUNT" ]; }
fi
kernel_has() { [ "$(in_kernel)" -eq "$1" ]; }

nodes 2
etcd_start
etcd_wait
config '{"Network":"10.0.0.0/8","SubnetMin":"10.244.0.0","SubnetMax":"10.244.255.0","Backend":{"Type":"vxlan"}}'
ok "$COUNT leases are written" leases 0 "$COUNT" 0
wish 1
wish 2
agent 2
agent_ready 2
begin=$(now)
agent 1
agent_ready 1
diag "ready with $COUNT leases after $(($(now) - begin)) ms"
ok "all are in the kernel" wait_for 10 kernel_has $((COUNT + 1))
expect_eq "they were read at once" 1 "$(metric 1 flannel_etcd_listings_total)"
ok "pod1 reaches pod2" wait_for 5 pings pod1 "$(pod4 2)"

# Storm: each lease gets another MAC, again and again
ns_background pod1 ping -n -q -i 0.01 -w 600 "$(pod4 2)" >"$TMP/ping"
ping=$BACKGROUND
begin=$(now)
for octet in 1 2 3; do
	leases 0 "$COUNT" $octet
done
took=$(($(now) - begin))
ok "after a storm the last state is in the kernel within a second" \
	wait_for 2 all_changed 03
diag "storm: $((3 * COUNT)) changes in $took ms, $((3 * COUNT * 1000 / took)) a second"
diag "messages to the kernel: $(metric 1 flannel_lease_batches_total)"
diag "agent: $(grep -E '^VmRSS' "/proc/${AGENT_PID[1]}/status" | tr -s '\t ' ' '), CPU ticks $(awk '{ print $14 + $15 }' "/proc/${AGENT_PID[1]}/stat")"
expect "the agent stays small (kB)" \
	"$(awk '/^VmRSS/ { print $2 }' "/proc/${AGENT_PID[1]}/status")" -lt 100000
kill -INT "$ping"
wait "$ping"
says "no packet was lost meanwhile" ' 0% packet loss' cat "$TMP/ping"

# All gone, but for the two nodes' own
for ((i = 0; i * 256 < COUNT; i++)); do
	must ctl del --prefix "$PREFIX/subnets/10.$i."
done
ok "all are withdrawn" wait_for 5 kernel_has 1
agents_end
