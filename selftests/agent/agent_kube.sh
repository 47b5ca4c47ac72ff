#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Leases that are Nodes of Kubernetes: two nodes of ours and one of flanneld, as its
# annotations say it. The API server is the one of the agent's tests, which can be told to
# fail; tools/agent/tests/test_kube_real.sh has a real one.
#
#   pod1     pod2     pod3
#    |        |        |
#  node1    node2    node3 stock
#  agent    agent    flannel.1 (vxlan)
#    |        |        |
#    +------ br0 ------+---- kube_api.py
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents
need_module
need python3

API=http://$ETCD_IP:6443
A=flannel.alpha.coreos.com

# order WHAT [NAME=VALUE]...: see kube_api.py
order()
{
	local what=$1 word words=()
	shift

	for word; do
		words+=(--data-urlencode "$word")
	done
	ns under curl -s -f -G --max-time 20 "${words[@]}" "$API/test/$what"
}

annotation()
{
	order show "node=node$1" | jq -r ".metadata.annotations[\"$A/$2\"] // \"none\""
}

# kube_agent N
kube_agent()
{
	NODE_NAME=node$1 agent "$1" --kube-subnet-mgr --kube-api-url="$API" \
		--net-config-path="$TMP/net-conf.json"
}

mac()
{
	link_get "node$1" "$VTEP" .address
}

is()
{
	[ "$("${@:2}")" = "$1" ]
}

# becomes NAME VALUE COMMAND...: it prints that soon
becomes()
{
	local name=$1 value=$2
	shift 2

	wait_for 30 is "$value" "$@"
	expect_eq "$name" "$value" "$("$@")"
}

# What flanneld of node 3 does when it has read the annotations of node N
stock_reads()
{
	stock_entries 3 "$VTEP" "10.244.$1.0" "10.244.$1.0/24" \
		"$(annotation "$1" backend-data | jq -r .VtepMAC)" "$(annotation "$1" public-ip)"
}

nodes 3
echo "$CONFIG4" >"$TMP/net-conf.json"
nip under address add "$ETCD_IP/24" dev br0
ns_background under python3 "$LIB/../../tools/agent/tests/kube_api.py" 6443 "$TMP/asked" \
	--address "$ETCD_IP" >"$TMP/api.log" 2>&1
wait_for 60 order faults || fatal "the API server is there: $(tail -n 5 "$TMP/api.log")"
for n in 1 2 3; do
	order add "node=node$n" "cidr=10.244.$n.0/24" >/dev/null
done
node_vxlan 3 4
order annotate node=node3 a.kube-subnet-manager=true a.backend-type=vxlan \
	"a.public-ip=$(underlay4 3)" \
	"a.backend-data={\"VNI\":1,\"VtepMAC\":\"$(vtep_mac 3)\"}" >/dev/null
order annotate node=node2 a.kube-subnet-manager=true a.backend-type=vxlan \
	"a.public-ip=$(underlay4 2)" \
	'a.backend-data={"VNI":1,"VtepMAC":"02:00:00:00:00:07"}' >/dev/null
kube_agent 1
kube_agent 2
agent_ready 1
agent_ready 2

expect_eq "subnet.env has the pod CIDR" FLANNEL_SUBNET=10.244.1.1/24 \
	"$(grep SUBNET "$TMP/run1/subnet.env")"
becomes "the annotation is what flanneld writes" "{\"VNI\":1,\"VtepMAC\":\"$(mac 1)\"}" \
	annotation 1 backend-data
becomes "with the address" "$(underlay4 1)" annotation 1 public-ip
expect_eq "the MAC of before is kept from the annotation" 02:00:00:00:00:07 "$(mac 2)"
stock_reads 1
stock_reads 2
ok "pod1 reaches pod2" wait_for 30 pings pod1 "$(pod4 2)"
ok "and the node of flanneld" wait_for 30 pings pod1 "$(pod4 3)"
ok "which reaches pod2" wait_for 30 pings pod3 "$(pod4 2)"
ok "a megabyte over TCP" tcp_copy pod1 pod3 "$(pod4 3)" 1000000

# Trouble with the API server is none of the pods'.
order expire >/dev/null
order fault "what=any 500" times=3 >/dev/null
order cut >/dev/null
ok "pods go on while the API server fails" pings pod1 "$(pod4 2)"
becomes "it was asked" 0 order faults
order frozen is=1 >/dev/null
agent_stop 1
kube_agent 1
ok "an agent that starts while it hangs breaks nothing" pings pod1 "$(pod4 2)"
order frozen is=0 >/dev/null
agent_ready 1
ok "nor when it goes on" pings pod1 "$(pod4 2)"

order annotate node=node3 a.kube-subnet-manager=- >/dev/null
not_reached()
{
	! pings pod1 "$(pod4 3)"
}
ok "a node that leaves is not reached any more" wait_for 60 not_reached
order annotate node=node3 a.kube-subnet-manager=true >/dev/null
ok "it comes back" wait_for 60 pings pod1 "$(pod4 3)"
agent_stop 2
ok "the agent can give its lease back" ns node2 env NODE_NAME=node2 flannel-agent --release-lease --kube-subnet-mgr \
	--kube-api-url="$API" --net-config-path="$TMP/net-conf.json" --iface=eth0 \
	--subnet-file="$TMP/run2/subnet.env" "${AGENT_FLAGS[@]}"
expect_eq "then nothing of it is in the Node" none "$(annotation 2 kube-subnet-manager)"
agents_end
