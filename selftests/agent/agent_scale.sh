#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Many leases: all of them at the start, and a storm of changes while a ping goes
# on; how much the agent takes for it. AGENT_LEASES says how many (default 4000).
#
#     pod1          pod2
#      |             |
#    node1         node2
#    flannel-agent stock
#      |             |
#      +--- br0 -----+---- etcd with AGENT_LEASES leases
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents

COUNT=${AGENT_LEASES:-4000}
STORM=1000	# of them change, again and again

# requests FIRST NUMBER OCTET: to curl, transactions of a hundred leases (etcd takes
# 128 operations in one) by etcd's gateway; OCTET changes the MACs. A client in Go
# takes longer to start than etcd for all of it.
requests()
{
	# shellcheck disable=SC2016 # jq's variables
	jq -rn --arg url "$ETCD/v3/kv/txn" --arg prefix "$PREFIX" \
		--argjson first "$1" --argjson stop $(($1 + $2)) --argjson octet "$3" '
		def hex: [(. / 16 | floor), . % 16] | map("0123456789abcdef"[.:. + 1]) | add;
		def pair(f): (. / 256 | floor | f) as $a | (. % 256 | f) as $b | [$a, $b];
		range($first; $stop; 100) as $i |
		{ success: [range($i; [$i + 100, $stop] | min) |
			pair(tostring) as $n | pair(hex) as $x |
			{ requestPut: {
				key: "\($prefix)/subnets/10.\($n[0]).\($n[1]).0-24" | @base64,
				value: { PublicIP: "198.18.\($n[0]).\($n[1])",
					PublicIPv6: null, BackendType: "vxlan",
					BackendData: { VNI: 1,
						VtepMAC: "02:00:00:\($octet | hex):\($x[0]):\($x[1])" }
				} | tojson | @base64 } }] } |
		"next", "fail", "url = \($url)", "data = \(tojson | tojson)", "output = /dev/null"
	' | sed 1d >"$TMP/requests"
}

# leases FIRST NUMBER OCTET: write them
leases()
{
	requests "$@" && ns under curl -sS -K "$TMP/requests"
}

now() { date +%s%N | cut -c 1-13; }

if [ "$AGENT_DEVICE" = vxlan ]; then
	in_kernel() { nip node1 route show dev flannel.1 | wc -l; }
	all_changed() { [ "$(nip node1 neigh show dev flannel.1 | grep -c "lladdr 02:00:00:$1:")" -eq $STORM ]; }
else
	in_kernel() { metric 1 flannel_device_leases; }
	all_changed() { [ "$(ns node1 flannelctl lease show dev flannel.1 | grep -ci "02:00:00:$1:")" -eq $STORM ]; }
fi
kernel_has() { [ "$(in_kernel)" -eq "$1" ]; }


# usage N: processor time so far, in ms
usage()
{
	echo $(($(awk '{ print $14 + $15 }' "/proc/${AGENT_PID[$1]}/stat") * 1000 / $(getconf CLK_TCK)))
}

# memory N: in kB
memory()
{
	awk '/^VmRSS/ { print $2 }' "/proc/${AGENT_PID[$1]}/status"
}

nodes 2
etcd_up '{"Network":"10.0.0.0/8","SubnetMin":"10.0.0.0","SubnetMax":"10.244.255.0","Backend":{"Type":"vxlan"}}'
ok "$COUNT leases are written" leases 0 "$COUNT" 0
stock_node 2
begin=$(now)
agents_up 1
diag "ready with $COUNT leases after $(($(now) - begin)) ms, $(usage 1) ms of it the agent's; $(memory 1) kB"
ok "all are in the kernel" wait_for 10 kernel_has $((COUNT + 1))
expect_eq "they were read at once" 1 "$(metric 1 flannel_etcd_listings_total)"
stock_learns 2 1
ok "pod1 reaches pod2" wait_for 5 pings pod1 "$(pod4 2)"

# Storm: each of many leases gets another MAC, again and again
for octet in 1 2 3; do
	requests 0 $STORM $octet
	mv "$TMP/requests" "$TMP/requests$octet"
done
ns_background pod1 ping -n -q -i 0.01 -w 600 "$(pod4 2)" >"$TMP/ping"
ping=$BACKGROUND
used=$(usage 1)
batches=$(metric 1 flannel_lease_batches_total)
begin=$(now)
for octet in 1 2 3; do
	must ns under curl -sS -K "$TMP/requests$octet"
done
took=$(($(now) - begin))
ok "after a storm the last state is in the kernel" wait_for 10 all_changed 03
diag "storm: $((3 * STORM)) changes in $took ms, $((3 * STORM * 1000 / took)) a second, the last in the kernel $(($(now) - begin - took)) ms after it"
batches=$(($(metric 1 flannel_lease_batches_total) - batches))
diag "agent: $(($(usage 1) - used)) ms of processor time, $batches batches to the kernel, $(memory 1) kB"
expect "changes are gathered" "$batches" -lt $((3 * STORM / 2))
expect "the agent stays small (kB)" "$(memory 1)" -lt 100000
kill -INT "$ping"
wait "$ping"
says "no packet was lost meanwhile" ' 0% packet loss' cat "$TMP/ping"

# All gone, but for the two nodes' own: what is before and behind 10.244. in etcd's order
must ctl del "$PREFIX/subnets/10." "$PREFIX/subnets/10.244."
must ctl del "$PREFIX/subnets/10.245" "$PREFIX/subnets/10.:"
# An etcd that answers so many changes in a row may hold the last one back until it is
# asked for its progress, which the agent does soon after a burst.
ok "all are withdrawn" wait_for 40 kernel_has 1
agents_end
