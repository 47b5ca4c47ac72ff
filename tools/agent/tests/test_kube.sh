#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The agent without a device (backend alloc) beside an API server that does what a real
# one does only now and then: it forgets the past, refuses, hangs, cuts, comes back from a
# backup, sends 40 MB. No privileges.
#
#   agent of Node n1 --- kube_api.py, which the test orders to fail
# TIMEOUT 1500
set -u

. "$(dirname "$(realpath "$0")")/inside.sh"
inside n
. "$(dirname "$(realpath "$0")")/common.sh"
need python3 curl jq ip openssl

PORT=$(free_port)
URL=http://127.0.0.1:$PORT
HEALTH=$(free_port)
A=flannel.alpha.coreos.com
TESTS=$(dirname "$(realpath "$0")")
NET='{"Network":"10.64.0.0/10","Backend":{"Type":"alloc"}}'

# server_up [OPTION]...
server_up()
{
	python3 "$TESTS/kube_api.py" "$PORT" "$DIR/asked" "$@" >>"$DIR/server" 2>&1 &
	SERVER=$!
	wait_for 20 order faults
	check_result $? "the test's API server is there" "$(tail -n 5 "$DIR/server")"
}

server_down()
{
	kill "$SERVER"
	wait "$SERVER" 2>/dev/null
}

CURL=(curl -s -f -k -G --max-time 10)

# order WHAT [NAME=VALUE]...: see kube_api.py
order()
{
	local what=$1 word words=()
	shift

	for word; do
		words+=(--data-urlencode "$word")
	done
	"${CURL[@]}" "${words[@]}" "$URL/test/$what"
}

# node NAME CIDR [ADDRESS]: a Node, of a flanneld if it has an address
node()
{
	local more=()

	[ -z "${3:-}" ] || more=(a.kube-subnet-manager=true a.public-ip="$3" a.backend-type=
		a.backend-data=null)
	order add "node=$1" "cidr=$2" "${more[@]}" >/dev/null
}

# annotation NODE NAME
annotation()
{
	order show "node=$1" | jq -r ".metadata.annotations[\"$A/$2\"] // \"none\""
}

condition()
{
	order show "node=$1" |
		jq -r '[.status.conditions[] | select(.type == "NetworkUnavailable") | .status + " " + .reason] | join(",")'
}

ENV=(env -u KUBERNETES_SERVICE_HOST NODE_NAME=n1)
FLAGS=()

# agent: with $FLAGS and $ENV; its log is $DIR/log
agent()
{
	rm -f "$DIR/run/subnet.env"
	: >"$DIR/log" # now: its child may be slow to do so
	: >"$DIR/asked"
	"${ENV[@]}" "$AGENT" --kube-subnet-mgr --net-config-path="$DIR/net-conf.json" --iface=lo \
		--public-ip=127.0.0.1 --subnet-file="$DIR/run/subnet.env" --healthz-ip=127.0.0.1 \
		--healthz-port="$HEALTH" -v=1 "${FLAGS[@]}" >"$DIR/log" 2>&1 &
	PID=$!
}

stop()
{
	local status

	kill -TERM "$PID"
	wait "$PID"
	status=$?
	expect_eq "it ends cleanly" 0 $status "$(grep -A 20 'Sanitizer\|runtime error' "$DIR/log")"
}

# log_says NAME REGEX
log_says()
{
	wait_for 60 grep -qE -- "$2" "$DIR/log"
	check_result $? "$1" "expected: a line that matches $2" "seen:" \
		"$(tail -n 15 "$DIR/log")"
}

# log_count NAME N REGEX
log_count()
{
	expect_eq "$1" "$2" "$(grep -cE -- "$3" "$DIR/log")" "$(tail -n 15 "$DIR/log")"
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

	wait_for "${WAIT:-60}" is "$value" "$@"
	expect_eq "$name" "$value" "$("$@")" "$(tail -n 15 "$DIR/log")"
}

up()
{
	agent
	log_says "the agent runs" 'this node is set up'
	CURL_LISTS=$(metric flannel_kube_lists_total)
}

patches()
{
	wc -l <"$DIR/asked.patches"
}

lists()
{
	metric flannel_kube_lists_total
}

leases()
{
	metric flannel_leases
}

ready()
{
	curl -s --max-time 5 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$HEALTH/readyz"
}

# The beginning: what is missing is told, and waited for

beginning()
{
	ENV=(env -u KUBERNETES_SERVICE_HOST -u NODE_NAME -u POD_NAME)
	agent
	wait "$PID"
	expect_eq "which Node it is has to be told" 64 $?
	log_says "and how" 'NODE_NAME .*POD_NAME'
	ENV=(env -u KUBERNETES_SERVICE_HOST NODE_NAME=n1)
	FLAGS=()
	agent
	wait "$PID"
	expect_eq "it cannot do without an API server" 1 $?
	log_says "it says what is missing" 'outside of a Pod .*--kubeconfig-file'
	FLAGS=(--kube-api-url="$URL/")

	agent
	log_says "an API server that is not there is waited for" 'Failed to connect|Could not connect'
	server_up
	log_says "no Node" 'there is no Node "n1": is NODE_NAME right'
	node n1 ''
	log_says "no pod CIDR" 'node "n1" pod cidr not assigned: does kube-controller-manager'
	expect_eq "it is not ready" 503 "$(ready)"
	order cidr node=n1 cidr=10.64.0.0/24 >/dev/null
	log_says "no file" 'cannot read the network config .*--net-config-path'
	echo '{"Network":"10.64.0.0/33"}' >"$DIR/net-conf.json"
	log_says "a bad file" 'invalid network config: Network "10.64.0.0/33"'
	echo "$NET" >"$DIR/net-conf.json"
	log_says "then it goes on, with the first subnet of all" 'this node is set up: subnet 10.64.0.0-24'
	log_count "each is told once" 1 'pod cidr not assigned'
	becomes "it is ready" 200 ready
	expect_eq "subnet.env" FLANNEL_SUBNET=10.64.0.1/24 "$(grep SUBNET "$DIR/run/subnet.env")"

	becomes "annotation public-ip" 127.0.0.1 annotation n1 public-ip
	becomes "annotation backend-data" null annotation n1 backend-data
	becomes "annotation backend-type" '' annotation n1 backend-type
	becomes "annotation kube-subnet-manager" true annotation n1 kube-subnet-manager
	becomes "condition" "False FlannelIsUp" condition n1
	expect_eq "two patches" 2 "$(patches)"
	expect_eq "the first one, byte by byte" \
		"{\"metadata\":{\"annotations\":{\"$A/kube-subnet-manager\":\"true\",\"$A/backend-type\":\"\",\"$A/backend-data\":\"null\",\"$A/public-ip\":\"127.0.0.1\"}}}" \
		"$(head -n 1 "$DIR/asked.patches")"
	stop
	up
	expect_eq "what is there already is not written again" 2 "$(patches)"
}

# Other nodes

others()
{
	node n2 10.64.2.0/24 192.0.2.2
	becomes "a node comes" 2 leases
	node n3 10.64.3.0/24
	order annotate node=n3 a.kube-subnet-manager=true a.public-ip=192.0.2.3 >/dev/null
	becomes "another one says it later" 3 leases
	order annotate node=n3 a.kube-subnet-manager=- >/dev/null
	becomes "an annotation is taken away: so is the route" 2 leases
	order annotate node=n3 a.kube-subnet-manager=true >/dev/null
	becomes "and comes back" 3 leases
	order delete node=n3 >/dev/null
	becomes "a Node is deleted" 2 leases
	order cidr node=n2 cidr=10.64.22.0/24 >/dev/null
	becomes "a pod CIDR changes" 2 leases
	order heartbeat >/dev/null
	expect_eq "no list was needed" "$CURL_LISTS" "$(lists)"
}

# One bad Node hurts nobody else

bad_nodes()
{
	node b1 10.66.1.0/24,10.66.2.0/24,10.66.3.0/24 192.0.2.11
	log_says "three pod CIDRs" 'ignoring Node b1: podCIDRs has 3 subnets'
	node b2 10.66.2.0/24 192.0.2.12
	order annotate node=b2 'a.backend-type=vxlan' 'a.backend-data={"VNI":' >/dev/null
	log_says "data that are no JSON" 'ignoring Node b2: .*backend-data is not JSON'
	order annotate node=b2 'a.backend-data={"VNI":1,"VtepMAC":"01:02:03:04:05:06"}' >/dev/null
	log_says "a MAC that is nobody's" 'Node b2: .*is not a unicast MAC'
	node b3 10.66.3.0/24 1.2.3
	log_says "an address that is none" 'Node b3: .*PublicIP "1.2.3" is not'
	node b4 10.66.4.1/24 192.0.2.14
	log_says "a pod CIDR with host bits" 'Node b4: .*podCIDR "10.66.4.1/24" is not a subnet'
	node b5 10.64.22.0/24 192.0.2.15
	log_says "somebody else's pod CIDR" 'Node b5: Node n2 already has its pod CIDR 10.64.22.0-24'
	node b6 10.66.6.0/24 192.0.2.16
	becomes "a good one" 3 leases
	order big node=b6 bytes=300000 >/dev/null
	order big node=b3 bytes=1500000 >/dev/null
	log_says "a Node that is too large" 'ignoring Node "b3": it has more than 1048576 bytes'
	order annotate node=b6 "a.backend-data=$(head -c 20000 /dev/zero | tr '\0' x)" >/dev/null
	log_says "an annotation that is too large" 'Node b6: .*annotation .*backend-data has more than'
	order heartbeat >/dev/null
	becomes "the others are as before" 2 leases
	becomes "the bad ones are counted" 6 metric flannel_kube_nodes_refused
	log_count "each is told once" 1 'ignoring Node b1:'
	order delete node=n2 >/dev/null
	becomes "whoever waits for a subnet gets it when it is free" 2 leases
	log_says "by a list" 'a pod CIDR became free'
	for n in b1 b2 b3 b4 b5 b6; do order delete node=$n >/dev/null; done
	becomes "they go" 1 leases
	node n2 10.64.2.0/24 192.0.2.2
	becomes "and a good one comes" 2 leases
}

# This node's own Node is kept as it shall be

own_node()
{
	local before

	before=$(metric flannel_kube_repairs_total)
	order annotate node=n1 a.public-ip=192.0.2.99 >/dev/null
	becomes "an address that somebody edits is set right" 127.0.0.1 annotation n1 public-ip
	order annotate node=n1 a.kube-subnet-manager=- a.backend-data=- >/dev/null
	becomes "so is what somebody takes away" true annotation n1 kube-subnet-manager
	becomes "all of it" null annotation n1 backend-data
	log_says "it is told" 'somebody changed annotations of this node.s Node n1'
	order condition node=n1 status=True >/dev/null
	becomes "a condition that a cloud controller resets, too" "False FlannelIsUp" condition n1
	becomes "it is counted" $((before + 3)) metric flannel_kube_repairs_total
	order annotate node=n1 a.public-ip-overwrite=192.0.2.77 >/dev/null
	becomes "other nodes are told what people want" 192.0.2.77 annotation n1 public-ip
	order annotate node=n1 a.public-ip-overwrite=- >/dev/null
	becomes "or not any more" 127.0.0.1 annotation n1 public-ip

	order delete node=n1 >/dev/null
	log_says "the Node is gone" "this node's Node n1 was deleted"
	log_says "it is waited for" 'there is no Node "n1"'
	node n1 10.64.0.0/24
	becomes "registered again it gets its annotations back" 127.0.0.1 annotation n1 public-ip
	becomes "and its condition" "False FlannelIsUp" condition n1
	order delete node=n1 >/dev/null
	node n1 10.64.7.0/24
	log_says "with another pod CIDR" 'this node has the lease 10.64.7.0-24, formerly 10.64.0.0-24'
	becomes "subnet.env follows" FLANNEL_SUBNET=10.64.7.1/24 grep SUBNET "$DIR/run/subnet.env"
	order cidr node=n1 cidr=11.0.0.0/24 >/dev/null
	log_says "one that is not in Network is not taken" 'assigned to this node, 11.0.0.0-24, is not within Network'
	order cidr node=n1 cidr=10.64.0.0/24 >/dev/null
	becomes "as before" FLANNEL_SUBNET=10.64.0.1/24 grep SUBNET "$DIR/run/subnet.env"

	echo '{"Network":"10.64.0.0/10","Backend":{"Type":"alloc"},"SubnetLen":2}' >"$DIR/net-conf.json"
	log_says "a config that changes to a bad one is told" 'net-conf.json has changed and is invalid'
	echo "$NET" >"$DIR/net-conf.json"
	log_says "one that is as before, too" 'net-conf.json is back to what it was'
}

# Faults of the server

faults()
{
	local before

	order bookmarks every=0.3 >/dev/null
	before=$(lists)
	order fault what="watch 500" times=2 >/dev/null
	order fault what="watch 429 1" >/dev/null
	order cut >/dev/null
	becomes "a watch that is cut, then 500 and 429: all were asked for" 0 order faults
	node f1 10.69.1.0/24 192.0.2.21
	becomes "nothing is missed" 3 leases
	log_says "it is told" 'lost contact with the registry.*(watch|transfer|closed|fault)'
	order goodbye >/dev/null
	node f2 10.69.2.0/24 192.0.2.22
	becomes "a watch that ends as planned" 4 leases
	expect_eq "no list for all that" "$before" "$(lists)"

	order expire >/dev/null
	becomes "an ERROR event with 410: a list" $((before + 1)) lists
	order fault what="watch 410" >/dev/null
	order cut >/dev/null
	becomes "the HTTP status 410: a list" $((before + 2)) lists
	order delete node=f1 >/dev/null
	becomes "what was removed meanwhile is seen" 3 leases
	order fault what="list 500" >/dev/null
	order fault what="list cut" >/dev/null
	order fault what="list garbage" >/dev/null
	order fault what="list 410" >/dev/null
	order expire >/dev/null
	becomes "lists fail in every way" 0 order faults
	node f3 10.69.3.0/24 192.0.2.23
	becomes "and one does not" 4 leases

	order fault what="patch 500" >/dev/null
	order fault what="patch 409" >/dev/null
	order annotate node=n1 a.public-ip=192.0.2.99 >/dev/null
	becomes "patches fail and are done in the end" 127.0.0.1 annotation n1 public-ip
	order fault what="patch 403" >/dev/null
	order annotate node=n1 a.public-ip=192.0.2.99 >/dev/null
	log_says "a right that is missing is told" 'cannot patch resource "nodes".*ClusterRole'
	becomes "it is tried on" 127.0.0.1 annotation n1 public-ip

	before=$(lists)
	order restore by=40 without=f2 >/dev/null
	log_says "an API server from a backup" 'went back to an earlier state'
	becomes "what never was in it is gone" 3 leases
	expect_eq "by a list" $((before + 1)) "$(lists)"
	order delete node=f3 >/dev/null
	becomes "and it goes on" 2 leases
}

replaced()
{
	server_down
	log_says "no API server" 'kube: .*onnect to 127'
	becomes "it knows what it knew" 2 leases
	expect_eq "and is ready" 200 "$(ready)"
	server_up
	node n1 10.64.0.0/24
	node g1 10.68.1.0/24 192.0.2.31
	node g2 10.68.2.0/24 192.0.2.32
	becomes "another one, with other Nodes" 3 leases
	becomes "which gets this node's annotations" 127.0.0.1 annotation n1 public-ip
}

# Nobody answers, and the connections stay

hangs()
{
	order bookmarks every=1000 >/dev/null
	order goodbye >/dev/null
	sleep 1
	order frozen is=1 >/dev/null
	alive 5 "while the API server hangs"
	log_says "a server that hangs is noticed" 'lost contact with the registry.*(timed out|Timeout|too slow)'
	order frozen is=0 >/dev/null
	node h1 10.67.1.0/24 192.0.2.41
	becomes "and followed again" 4 leases
}

# 5,000 Nodes of 20 KB: a list of a hundred megabytes

halfway()
{
	local now

	now=$(leases)
	[ "$now" -gt 100 ] && [ "$now" -lt 4900 ]
}

many()
{
	local peak

	order expire >/dev/null
	order many count=5000 padding=19500 >/dev/null
	order cut >/dev/null
	wait_for 400 halfway
	check_result $? "it answers others while it is read" "$(tail -n 5 "$DIR/log")"
	WAIT=400 becomes "a list of 100 MB" 5004 leases
	peak=$(awk '/VmHWM/ { print $2 }' "/proc/$PID/status")
	echo "# peak of resident memory: $peak kB"
	# What a sanitiser needs for itself is not ours.
	if ldd "$AGENT" | grep -q libasan; then
		skip "memory" "the program is a sanitised one"
	else
		expect_eq "at most 40 MB of memory" yes "$([ "$peak" -le 40960 ] && echo yes)"
	fi
}

# TLS, and who this is

certificate()
{
	openssl req -newkey rsa:2048 -nodes -keyout "$DIR/$1.key" -subj "/CN=$1" \
		-out "$DIR/$1.csr" 2>>"$DIR/openssl.log"
	openssl x509 -req -in "$DIR/$1.csr" -CA "$DIR/ca.crt" -CAkey "$DIR/ca.key" \
		-CAcreateserial -days 2 -out "$DIR/$1.crt" \
		-extfile <(echo "subjectAltName=IP:127.0.0.1") 2>>"$DIR/openssl.log"
}

authority()
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$DIR/$1.key" -subj "/CN=$1" \
		-days 2 -out "$DIR/$1.crt" 2>>"$DIR/openssl.log"
}

# kubeconfig AUTHORITY MEMBERS: of the user
kubeconfig()
{
	cat >"$DIR/kubeconfig" <<-END
	current-context: c
	contexts: [{name: c, context: {cluster: c, user: u}}]
	clusters: [{name: c, cluster: {server: $URL, certificate-authority-data: $(base64 -w 0 "$DIR/$1.crt")}}]
	users: [{name: u, user: {$2}}]
	END
}

tls()
{
	authority ca
	authority other
	certificate server
	certificate client
	server_down
	URL=https://127.0.0.1:$PORT
	FLAGS=(--kubeconfig-file="$DIR/kubeconfig")
	server_up --cert "$DIR/server.crt" --key "$DIR/server.key"
	node n1 10.64.0.0/24

	kubeconfig other 'token: good'
	agent
	log_says "a server of another authority is not believed" 'cannot get .*certificate'
	stop
	expect_eq "it was told nothing" 0 "$(grep -c /api/ "$DIR/asked")"

	order tokens are=good,new >/dev/null
	kubeconfig ca 'token: bad'
	agent
	log_says "a bad token" 'HTTP status 401: Unauthorized .is the token'
	stop
	kubeconfig ca 'tokenFile: token'
	agent
	log_says "a token that is not there is told" 'no token for the API server: .*/token'
	echo good >"$DIR/token"
	log_says "and read when it is" 'this node is set up'
	order tokens are=new >/dev/null
	order goodbye >/dev/null
	order annotate node=n1 a.public-ip=192.0.2.99 >/dev/null
	log_says "a token that is out of date" 'HTTP status 401'
	echo new >"$DIR/token"
	becomes "the new one is read" 127.0.0.1 annotation n1 public-ip
	stop

	server_down
	CURL+=(--cert "$DIR/client.crt" --key "$DIR/client.key")
	server_up --cert "$DIR/server.crt" --key "$DIR/server.key" --client-ca "$DIR/ca.crt"
	node n1 10.64.0.0/24
	kubeconfig ca "client-certificate-data: $(base64 -w 0 "$DIR/client.crt"), client-key-data: $(base64 -w 0 "$DIR/client.key")"
	up
	stop
	ENV=(env -u NODE_NAME POD_NAME=flannel-1 POD_NAMESPACE=kube-system)
	up
	expect_eq "the Pod says which Node it is" 1 "$(grep -c 'namespaces/kube-system/pods/flannel-1 200' "$DIR/asked")"
}

tap_begin
ip link set lo up
beginning
others
bad_nodes
own_node
faults
replaced
hangs
many
stop
tls
stop
tap_end
