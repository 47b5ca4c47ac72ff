#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The lease of a node that runs: deleted or revoked it is acquired again, and no
# packet is lost on either side; given to another node it is left to that one, which
# is reached then; a reservation stays one; changes are in the kernel within a second.
#
#     pod1          pod2
#      |             |
#    (cni0) node1  (cni0) node2     flannel-agent on each
#      |             |
#      +--- br0 -----+---- etcd     198.51.100.0/24
# CLOCK steady
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents
[ "$AGENT_DEVICE" = flannel ] || skip_all "the table is that of the link type"

nodes 2
etcd_up
agents_up 1 -v=1 2
ok "pod1 reaches pod2" wait_for 5 pings pod1 "$(pod4 2)"
mac=$(link_get node1 flannel.1 .address)

# etcd_lease NAME: the id of the etcd lease of a key, 0 if it has none
etcd_lease()
{
	local id

	# jq would round it.
	id=$(ctl get "$PREFIX/subnets/$1" -w json | grep -o '"lease":[0-9]*')
	id=${id#*:}
	printf '%x\n' "${id:-0}"
}

knows() { ns "node$1" flannelctl lease show dev flannel.1 | grep -qi "$2"; }
knows_not() { ! knows "$@"; }

# A packet every 5 ms, to and fro, while the lease goes and comes
ns_background pod1 ping -n -q -i 0.005 -w 600 "$(pod4 2)" >"$TMP/to"
to=$BACKGROUND
ns_background pod2 ping -n -q -i 0.005 -w 600 "$(pod4 1)" >"$TMP/fro"
fro=$BACKGROUND
losses() { [ "$(metric 1 flannel_lease_losses_total)" = "$1" ] && [ "$(metric 1 flannel_lease_held)" = 1 ]; }
must ctl del "$PREFIX/subnets/10.244.1.0-24"
ok "a lease that somebody deletes is acquired again" wait_for 10 losses 1
expect_eq "the same one" 10.244.1.0-24 "$(lease_name 1)"
expect_ne "with an etcd lease" 0 "$(etcd_lease 10.244.1.0-24)"
must ctl lease revoke "$(etcd_lease 10.244.1.0-24)"
ok "and when its etcd lease is revoked" wait_for 10 losses 2
expect_eq "the same one again" 10.244.1.0-24 "$(lease_name 1)"
expect_eq "with the same MAC" "$mac" "$(lease_value 10.244.1.0-24 .BackendData.VtepMAC)"
must ctl put "$PREFIX/subnets/10.244.1.0-24" \
	'{"PublicIP":"198.51.100.1","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:99"}}'
right() { [ "$(lease_value 10.244.1.0-24 .BackendData.VtepMAC)" = "$mac" ]; }
ok "one that somebody changes is set right" wait_for 10 right
kill -INT "$to" "$fro"
wait "$to" "$fro"
says "no packet of the node was lost for it" ' 0% packet loss' cat "$TMP/to"
says "nor one to the node" ' 0% packet loss' cat "$TMP/fro"
diag "$(grep packets "$TMP/to"), $(grep packets "$TMP/fro")"

# Within a second, from before the request to etcd until the kernel has it, as the
# log of the agent says; the best of three, for a busy host.
peer() { lease_of "198.51.100.$1" "02:00:00:00:$2"; }
changes() { grep -c 'leases set in the kernel' "$TMP/agent1.log"; }
more_changes() { [ "$(changes)" -gt "$1" ]; }

# quick NAME CHECK PATTERN REQUEST KEY [VALUE]: TRY in it is another digit each time
quick()
{
	local name=$1 check=$2 pattern=$3 request=$4 best=999999 try begin before took body
	shift 4

	for try in 1 2 3; do
		body="{\"key\":\"$(printf %s "${1//TRY/$try}" | base64 -w 0)\""
		[ $# -lt 2 ] || body="$body,\"value\":\"$(printf %s "${2//TRY/$try}" | base64 -w 0)\""
		before=$(changes)
		begin=$(date +%s%3N)
		must ns under curl -sS -f -d "$body}" "$ETCD/v3/kv/$request"
		wait_for 10 more_changes "$before"
		took=$(grep 'leases set in the kernel' "$TMP/agent1.log" | tail -n 1)
		took=$(($(date -d "${took%% *}" +%s%3N) - begin))
		wait_for 5 "$check" 1 "${pattern//TRY/$try}" || break
		[ "$took" -ge "$best" ] || best=$took
		[ "$best" -ge 1000 ] || break
	done
	diag "$name: $best ms"
	expect "$name: in the kernel within a second" "$best" -lt 1000
}

quick "a new lease" knows '10\.244\.6TRY\.0/24' put "$PREFIX/subnets/10.244.6TRY.0-24" "$(peer 60 00:01)"
quick "a new MAC of a peer" knows '02:00:00:00:0TRY:02' put "$PREFIX/subnets/10.244.61.0-24" "$(peer 60 0TRY:02)"
quick "a lease that has gone" knows_not '10\.244\.6TRY\.0/24' deleterange "$PREFIX/subnets/10.244.6TRY.0-24"

# A reservation
must ctl put "$PREFIX/subnets/10.244.7.0-24" "{\"PublicIP\":\"$(underlay4 2)\"}"
agent_stop 2
must ctl del "$PREFIX/subnets/10.244.2.0-24"
rm "$TMP/run2/subnet.env"
agent 2
agent_ready 2
expect_eq "a reservation is found by the node's address" 10.244.7.0-24 "$(lease_name 2)"
says "and used" '^FLANNEL_SUBNET=10.244.7.1/24$' cat "$TMP/run2/subnet.env"
expect_eq "and stays one" 0 "$(etcd_lease 10.244.7.0-24)"
ok "others know of it" wait_for 5 knows 1 '10\.244\.7\.0/24'

# Another node has the subnet of node 1 by now
must ctl put "$PREFIX/subnets/10.244.1.0-24" "$(peer 77 00:77)"
moved() { name=$(lease_name 1); [ -n "$name" ] && [ "$name" != 10.244.1.0-24 ]; }
ok "a subnet that was given to another node is left to it" wait_for 10 moved
new=$(lease_name 1)
new=${new%%-*}
tells() { grep -q "^FLANNEL_SUBNET=${new%.0}.1/24$" "$TMP/run1/subnet.env"; }
ok "subnet.env says so" wait_for 5 tells
ok "so does the log, as an error" grep -q 'error: the lease of this node, 10.244.1.0-24, now belongs to 198.51.100.77' "$TMP/agent1.log"
says "the device has the new address" "inet $new/32" nip node1 address show dev flannel.1
says "and not the old one" '^1$' \
	sh -c "ip -n $(ns_name node1) -4 -o address show dev flannel.1 | wc -l"
ok "the other node is known as a peer" wait_for 5 knows 1 '02:00:00:00:00:77'
agents_end
