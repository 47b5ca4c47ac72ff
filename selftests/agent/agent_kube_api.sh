#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What an agent meets that takes its subnets from Kubernetes: a real API server, seen from
# a node with the service account of flannel's manifest; pod CIDRs of both families.
#
#    node1    kube-apiserver .253
#      |           |
#      +--- br0 ---+   198.51.100.0/24
# TIMEOUT 900
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/kube.sh"
need_kube

# from_node METHOD PATH [JSON]: with the token, as the agent of node1 has it in a pod
from_node()
{
	ns node1 curl -sS --fail-with-body --max-time 60 -X "$1" \
		--cacert "$KUBE/serviceaccount/ca.crt" \
		-H "Authorization: Bearer $(<"$KUBE/serviceaccount/token")" \
		-H "Content-Type: application/strategic-merge-patch+json" \
		${3:+--data-binary "$3"} "$(<"$KUBE/url")$2"
}

NODE=/api/v1/nodes/node1
ANNOTATION='{"metadata":{"annotations":{"flannel.alpha.coreos.com/backend-type":"vxlan"}}}'
CONDITION='{"status":{"conditions":[{"type":"NetworkUnavailable","status":"False","reason":"FlannelIsUp","message":"up"}]}}'

nodes 1
kube_up --controllers --dual-stack
kube_node node1
wait_for 240 kube_cidrs node1
says "the Node gets pod CIDRs of both families" \
	'^10\.244\.[0-9]+\.0/24 fd00:10:244:[0-9a-f:]*:/64$' kube_cidrs node1
says "a node reads its Node" '"podCIDRs"' from_node GET "$NODE"
says "and follows all of them from there" '"type":"ADDED".*"name":"node1"' \
	from_node GET '/api/v1/nodes?watch=true&timeoutSeconds=1'
ok "it may write annotations" from_node PATCH "$NODE/status" "$ANNOTATION"
ok "and the condition of the network" from_node PATCH "$NODE/status" "$CONDITION"
expect_eq "both are there" "vxlan False" "$(kube_api GET "$NODE" | jq -r '
	.metadata.annotations["flannel.alpha.coreos.com/backend-type"] + " " +
	(.status.conditions[] | select(.type == "NetworkUnavailable").status)')"
refused "nothing else of the Node" 'cannot patch resource .*nodes.* at the cluster scope' \
	from_node PATCH "$NODE" "$ANNOTATION"

BEFORE=$(kube_cidrs node1)
kube_down kube-apiserver
not_ok "the API server is away" from_node GET "$NODE"
kube_up
says "it comes again and knows the token" '"podCIDRs"' from_node GET "$NODE"
expect_eq "and the subnets" "$BEFORE" "$(kube_cidrs node1)"
kube_down
expect_eq "nothing of it runs on" "" "$(ip netns pids "$(ns_name under)")"
