#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The agent without a device (backend alloc) beside a real Kubernetes API server with the
# controller that gives pod CIDRs. Skipped where it is not in the cache. No privileges.
#
#   agent of Node n1, with flannel's service account --- kube-apiserver --- etcd
# TIMEOUT 900
set -u

. "$(dirname "$(realpath "$0")")/inside.sh"
inside n
. "$(dirname "$(realpath "$0")")/common.sh"
need curl jq ip etcdctl
KUBE_TOOLS=$(dirname "$(realpath "$0")")/../../dev/kube
PLANE=$KUBE_TOOLS/control-plane
"$KUBE_TOOLS/build" --cached >/dev/null 2>"$DIR/build.log" ||
	skip_all "$(tail -n 1 "$DIR/build.log")"

A=flannel.alpha.coreos.com
P=$DIR/plane
HEALTH=$(free_port)
OTHER="\"$A/backend-type\":\"\",\"$A/backend-data\":\"null\",\"$A/kube-subnet-manager\":\"true\""

api()
{
	"$PLANE" api "$P" "$@"
}

# node NAME [ADDRESS]: registers one, of a flanneld if it has an address
node()
{
	local annotations=

	[ -z "${2:-}" ] || annotations="\"$A/public-ip\":\"$2\",$OTHER"
	api POST /api/v1/nodes "{\"metadata\":{\"name\":\"$1\",\"annotations\":{$annotations}}}" >/dev/null
}

annotation()
{
	api GET "/api/v1/nodes/$1" | jq -r ".metadata.annotations[\"$A/$2\"] // \"none\""
}

# annotate NAME JSON
annotate()
{
	api PATCH "/api/v1/nodes/$1" "{\"metadata\":{\"annotations\":{$2}}}" >/dev/null
}

condition()
{
	api GET "/api/v1/nodes/$1" |
		jq -r '[.status.conditions[]? | select(.type == "NetworkUnavailable") | .status + " " + .reason] | join(",")'
}

cidr()
{
	api GET "/api/v1/nodes/$1" | jq -r '.spec.podCIDR // "none"'
}

# agent KUBECONFIG
agent()
{
	: >"$DIR/log" # now: its child may be slow to do so
	env -u KUBERNETES_SERVICE_HOST NODE_NAME=n1 "$AGENT" --kube-subnet-mgr \
		--kubeconfig-file="$P/$1.kubeconfig" --net-config-path="$DIR/net-conf.json" \
		--iface=lo --public-ip=127.0.0.1 --subnet-file="$DIR/run/subnet.env" \
		--healthz-ip=127.0.0.1 --healthz-port="$HEALTH" -v=1 >"$DIR/log" 2>&1 &
	PID=$!
}

stop()
{
	kill -TERM "$PID"
	wait "$PID"
	expect_eq "it ends cleanly" 0 $?
}

log_says()
{
	wait_for 120 grep -qE -- "$2" "$DIR/log"
	check_result $? "$1" "expected: a line that matches $2" "seen:" "$(tail -n 15 "$DIR/log")"
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

	wait_for 120 is "$value" "$@"
	expect_eq "$name" "$value" "$("$@")"
}

# verbs: what flannel's account has sent, each once
verbs()
{
	jq -r 'select(.user.username == "system:serviceaccount:kube-flannel:flannel") |
		[.verb, .objectRef.resource, .objectRef.subresource // ""] | join(" ")' \
		"$P/audit.log" | sort -u | tr '\n' ','
}

patches()
{
	jq -r 'select(.verb == "patch" and .stage == "ResponseComplete" and
		.user.username == "system:serviceaccount:kube-flannel:flannel") | .verb' \
		"$P/audit.log" | wc -l
}

leases()
{
	metric flannel_leases
}

beginning()
{
	local subnet

	echo '{"Network":"10.244.0.0/16","Backend":{"Type":"alloc"}}' >"$DIR/net-conf.json"
	agent narrow
	log_says "no Node" 'there is no Node "n1": is NODE_NAME right'
	node n1
	log_says "a missing right is logged with verb and resource" \
		'HTTP status 403: nodes "n1" is forbidden: .*cannot patch resource "nodes/status"'
	stop
	agent flannel
	log_says "with flannel's rights it works" 'this node is set up: subnet 10.244.[0-9]*.0-24'
	subnet=$(cidr n1)
	expect_eq "its subnet is the pod CIDR" "${subnet%0/24}1/24" \
		"$(sed -n 's/FLANNEL_SUBNET=//p' "$DIR/run/subnet.env")"
	becomes "annotation" 127.0.0.1 annotation n1 public-ip
	becomes "annotation" true annotation n1 kube-subnet-manager
	becomes "condition" "False FlannelIsUp" condition n1
	becomes "two patches" 2 patches
	stop
	agent flannel
	log_says "again" 'this node is set up'
	sleep 2
	expect_eq "nothing is written anew" 2 "$(patches)"
}

changes()
{
	local subnet

	node n2 192.0.2.2
	becomes "another node" 2 leases
	annotate n2 "\"$A/kube-subnet-manager\":null"
	becomes "its annotation is taken away" 1 leases
	annotate n2 "\"$A/kube-subnet-manager\":\"true\""
	becomes "and comes back" 2 leases
	annotate n1 "\"$A/public-ip\":\"192.0.2.99\""
	becomes "an edit of this node's is set right" 127.0.0.1 annotation n1 public-ip
	api PATCH /api/v1/nodes/n1/status \
		'{"status":{"conditions":[{"type":"NetworkUnavailable","status":"True","reason":"NoRouteCreated"}]}}' >/dev/null
	becomes "the condition of a cloud controller, too" "False FlannelIsUp" condition n1
	api DELETE /api/v1/nodes/n1 >/dev/null
	log_says "the Node is deleted" "this node's Node n1 was deleted"
	node n1
	becomes "registered again it has its annotations" 127.0.0.1 annotation n1 public-ip
	becomes "and its condition" "False FlannelIsUp" condition n1
	subnet=$(cidr n1)
	becomes "subnet.env follows" "FLANNEL_SUBNET=${subnet%0/24}1/24" \
		grep FLANNEL_SUBNET "$DIR/run/subnet.env"
	api DELETE /api/v1/nodes/n2 >/dev/null
	becomes "a Node is deleted" 1 leases
	expect_eq "one list for all that" 1 "$(metric flannel_kube_lists_total)"
}

# The API server ends, and etcd forgets what was before
restarts()
{
	node n3 192.0.2.3
	becomes "another node" 2 leases
	kill -KILL "$(<"$P/kube-apiserver.pid")"
	log_says "the API server is killed" 'lost contact with the registry'
	expect_eq "what is known stays" 2 "$(leases)"
	expect_eq "it is ready" 200 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$HEALTH/readyz")"
	"$PLANE" start "$P" >>"$DIR/plane.log" 2>&1
	log_says "it comes again" 'the registry can be reached again'
	node n4 192.0.2.4
	becomes "and is followed" 3 leases
	becomes "bookmarks come" yes bookmarked
}

bookmarked()
{
	[ "$(metric flannel_kube_bookmarks_total)" = 0 ] || echo yes
}

tap_begin
ip link set lo up
"$PLANE" start "$P" --controllers --audit --owner $$ >"$DIR/plane.log" 2>&1
check_result $? "a control plane comes" "$(tail -n 10 "$DIR/plane.log")"
beginning
changes
restarts
stop
expect_eq "nothing is asked that flannel may not" \
	"get nodes ,list nodes ,patch nodes status,watch nodes ," "$(verbs)"
"$PLANE" stop "$P" >/dev/null 2>&1
tap_end
