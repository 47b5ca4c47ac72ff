#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The agent without a device (backend alloc) beside a real etcd on loopback: what
# it says of bad input, leases got, shared, lost and given back. No privileges.
#
#   agent 127.0.0.1   agent 127.0.0.2 ...   etcdctl
#          \                |                /
#           +------------ etcd -------------+
set -u

. "$(dirname "$(realpath "$0")")/common.sh"
need etcd etcdctl socat curl jq python3

PORT=$(free_port)
URL=http://127.0.0.1:$PORT

etcd_up()
{
	etcd --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level error \
		--max-request-bytes 20000000 \
		--listen-client-urls "$URL" --advertise-client-urls "$URL" \
		--listen-peer-urls "http://127.0.0.1:$(free_port)" >>"$DIR/etcd.log" 2>&1 &
	ETCD=$!
	wait_for 60 ctl endpoint health
}

ctl()
{
	etcdctl --endpoints "$URL" --command-timeout 30s "$@"
}

# value NAME: of a lease, without what the agent adds to it
value()
{
	ctl get "$PREFIX/subnets/$1" --print-value-only |
		sed 's/,"FlannelAgent":{[^}]*}//'
}

leases()
{
	ctl get --prefix "$PREFIX/subnets/" --keys-only | sed -n 's:.*/::p'
}

lease_of()
{
	ctl get --prefix "$PREFIX/subnets/" | grep -F -B 1 "\"PublicIP\":\"$1\"" |
		sed -n "s:$PREFIX/subnets/::p"
}

# has_key NAME: of a lease; etcd sends no value, of whatever size it may be
has_key()
{
	[ -n "$(ctl get "$PREFIX/subnets/$1" --keys-only)" ]
}

# own_lease N: that agent N has, by its subnet.env
own_lease()
{
	sed -n 's:^FLANNEL_SUBNET=\(.*\)\.1/24:\1.0-24:p' "$DIR/run/$1.env"
}

# etcd_lease NAME: the id of the etcd lease of a key, 0 if it has none
etcd_lease()
{
	local id

	id=$(ctl get "$PREFIX/subnets/$1" -w json | grep -o '"lease":[0-9]*')
	id=${id#*:}
	printf '%x' "${id:-0}"
}

# agent N [FLAG]...: by the address 127.0.0.N; its log is $DIR/N.log
agent()
{
	local n=$1
	shift

	: >"$DIR/$n.log" # now: its child may be slow to do so
	"$AGENT" --etcd-endpoints="$URL" --iface=lo --public-ip="127.0.0.$n" \
		--subnet-file="$DIR/run/$n.env" -v=1 "$@" >"$DIR/$n.log" 2>&1 &
	PIDS[n]=$!
}
PIDS=()

stop()
{
	kill "-${2:-TERM}" "${PIDS[$1]}"
	wait "${PIDS[$1]}"
}

# log_says NAME N REGEX: the log of agent N has it soon
log_says()
{
	wait_for 60 grep -qE -- "$3" "$DIR/$2.log"
	check_result $? "$1" "expected: a line that matches $3" "seen:" \
		"$(tail -n 15 "$DIR/$2.log")"
}

# fails NAME REGEX FLAG...: it ends with an error that matches, and a status that is
# worth another try
fails()
{
	fails_with 1 "$@"
}

# misused NAME REGEX FLAG...: ... and the status of wrong flags
misused()
{
	fails_with 64 "$@"
}

fails_with()
{
	local expected=$1 name=$2 regex=$3 output status
	shift 3

	[[ " $*" == *' --iface='* ]] || set -- --iface=lo "$@"
	output=$(timeout 60 "$AGENT" --subnet-file="$DIR/x.env" "$@" 2>&1)
	status=$?
	[ "$status" -eq "$expected" ] && grep -qE -- "$regex" <<<"$output"
	check_result $? "$name" "expected: status $expected and a line that matches $regex" \
		"seen: status $status" "$output"
}

# nothing_left N: neither lease nor file
nothing_left()
{
	expect_eq "$1: no lease is left" "" "$(leases)"
	[ ! -e "$DIR/x.env" ]
	check_result $? "$1: no file is left" "$DIR/x.env is there"
}

bad_flags()
{
	misused "unknown flag" 'not defined: --nonsense' --nonsense
	misused "margin out of range" 'out of acceptable range' \
		--subnet-lease-renew-margin=1440
	misused "an API server for nothing" 'which is not given' --kube-api-url=https://127.0.0.1:1
	misused "Kubernetes and a file" 'one of them' --kube-subnet-mgr --store-file=/x
	misused "endpoint with a foreign scheme" 'http' --etcd-endpoints=ftp://127.0.0.1:2379
	misused "certificate without key" 'etcd-keyfile' \
		--etcd-endpoints=https://127.0.0.1:1 --etcd-certfile=/x
	misused "health server on an address that is none" 'healthz-ip' \
		--healthz-ip=nonsense --healthz-port=1
	fails "file store that cannot be" 'cannot watch' \
		--store-file=/nonexistent/leases.json
}

bad_etcd()
{
	local health

	health=$(free_port)
	agent 1 --etcd-endpoints="http://127.0.0.1:$(free_port)"
	log_says "no etcd" 1 "Couldn't fetch network config.*127.0.0.1"
	stop 1
	expect_eq "it ends cleanly all the same" 0 $?
	agent 2 --healthz-ip=127.0.0.1 --healthz-port="$health"
	log_says "no config key" 2 "config not found.*$PREFIX/config"
	expect_eq "healthz is good all the same" "200 flanneld is running" \
		"$(code "$health" /healthz) $(get "$health" /healthz)"
	expect_eq "but not readyz" 503 "$(code "$health" /readyz)"
	ctl put $PREFIX/config '{"Network": "10.5.0.0/16",' >/dev/null
	log_says "config that is no JSON" 2 'not valid JSON: .*line 1'
	ctl put $PREFIX/config '{"Network":"10.5.0.0/29","Backend":{"Type":"alloc"}}' >/dev/null
	log_says "network too small" 2 'network is too small. Minimum useful network prefix is /28'
	ctl put $PREFIX/config '{"Network":"10.5.0.0/16","Backend":{"Type":"ipsec"}}' >/dev/null
	log_says "unknown backend" 2 'unknown backend type: ipsec'
	ctl put $PREFIX/config "$NET" >/dev/null
	log_says "it goes on as soon as there is a good one" 2 'this node is set up'
	stop 2
	ctl del --prefix $PREFIX/subnets/ >/dev/null
	fails "no such interface" 'no --iface' --etcd-endpoints="$URL" \
		--iface=nonsense0 --iface=10.255.255.254
	fails "public IP that is no address" '--public-ip: "nonsense"' \
		--etcd-endpoints="$URL" --public-ip=nonsense
	ctl put $PREFIX/config '{"Network":"10.5.0.0/16","SubnetMin":"10.5.9.0","SubnetMax":"10.5.9.0","Backend":{"Type":"alloc"}}' >/dev/null
	ctl put $PREFIX/subnets/10.5.9.0-24 '{"PublicIP":"192.0.2.1"}' >/dev/null
	fails "out of subnets" 'out of subnets: none is free from 10.5.9.0/24 to 10.5.9.0/24' \
		--etcd-endpoints="$URL"
	ctl del --prefix $PREFIX/subnets/ >/dev/null
	ctl put $PREFIX/config "$NET" >/dev/null
	nothing_left "after errors"
}

life()
{
	local name id bip mtu health=${1:?}

	agent 1 --healthz-ip=127.0.0.1 --healthz-port="$health" \
		--docker-opts-file="$DIR/run/docker"
	log_says "a lease" 1 'this node is set up'
	name=$(lease_of 127.0.0.1)
	expect_eq "its value is flannel's of this backend" \
		'{"PublicIP":"127.0.0.1","PublicIPv6":null}' "$(value "$name")"
	bip=${name%.0-24}.1/24
	mtu=$(sed -n 's/^FLANNEL_MTU=//p' "$DIR/run/1.env")
	expect_eq "docker options, as mk-docker-opts.sh gives them" \
		"DOCKER_OPT_BIP=\"--bip=$bip\"
DOCKER_OPT_IPMASQ=\"--ip-masq=true\"
DOCKER_OPT_MTU=\"--mtu=$mtu\"
DOCKER_OPTS=\" --bip=$bip --ip-masq=true --mtu=$mtu\"" "$(cat "$DIR/run/docker")"
	expect_eq "healthz" "flanneld is running" "$(get "$health" /healthz)"
	expect_eq "readyz" "flanneld is ready" "$(get "$health" /readyz)"
	expect_eq "other paths" "Not Found" "$(get "$health" /nonsense)"
	expect_eq "one listing was enough" "flannel_etcd_listings_total 1" \
		"$(get "$health" /metrics | grep ^flannel_etcd_listings_total)"
	if command -v promtool >/dev/null; then
		get "$health" /metrics | promtool check metrics >"$DIR/promtool" 2>&1
		check_result $? "promtool likes the metrics" "$(cat "$DIR/promtool")"
	fi

	id=$(etcd_lease "$name")
	ctl del "$PREFIX/subnets/$name" >/dev/null
	log_says "a lease that somebody deletes is got again" 1 'was deleted or has expired.*acquiring it again'
	expect_eq "the same subnet" "$name" "$(wait_for 60 has_lease 127.0.0.1; lease_of 127.0.0.1)"
	id=$(etcd_lease "$name")
	ctl lease revoke "$id" >/dev/null
	wait_for 60 has_lease 127.0.0.1
	expect_eq "and after its etcd lease was revoked" "$name" "$(lease_of 127.0.0.1)"

	kill -HUP "${PIDS[1]}"
	log_says "SIGHUP reads the config anew" 1 'reloaded the network config'
	stop 1 KILL 2>/dev/null
	agent 1
	wait_for 60 grep -q "reusing the lease of this node, $name" "$DIR/1.log"
	check_result $? "a new start takes the lease that has its address"
	stop 1
	ctl del "$PREFIX/subnets/$name" >/dev/null
	: >"$DIR/1.log"
	agent 1
	log_says "or asks for the subnet of subnet.env again" 1 "requesting the subnet from .* again: $name"
	log_says "and gets it" 1 "this node is set up: subnet $name"

	ctl put "$PREFIX/subnets/$name" '{"PublicIP":"192.0.2.7","PublicIPv6":null}' >/dev/null
	log_says "a subnet that was given to another node" 1 'now belongs to 192.0.2.7'
	log_says "is given up for another one" 1 "this node has the lease .*, formerly $name"
	expect_eq "the other node keeps it" '{"PublicIP":"192.0.2.7","PublicIPv6":null}' \
		"$(value "$name")"
	wait_for 60 grep -q "FLANNEL_SUBNET=$(lease_of 127.0.0.1 | sed 's/0-24/1\/24/')" "$DIR/run/1.env"
	check_result $? "subnet.env says so" "$(cat "$DIR/run/1.env")"
	stop 1
	"$AGENT" --etcd-endpoints="$URL" --iface=lo --public-ip=127.0.0.1 \
		--subnet-file="$DIR/run/1.env" --release-lease >>"$DIR/1.log" 2>&1
	expect_eq "--release-lease" 0 $?
	expect_eq "gives the lease back" "" "$(lease_of 127.0.0.1)"
	ctl del --prefix $PREFIX/subnets/ >/dev/null
}

has_lease()
{
	[ -n "$(lease_of "$1")" ]
}

# code PORT PATH: the status of HTTP
code()
{
	curl -s -o /dev/null -w '%{http_code}' --max-time 5 "http://127.0.0.1:$1$2"
}

get()
{
	curl -s --max-time 5 "http://127.0.0.1:$1$2"
}

reservations()
{
	ctl put $PREFIX/subnets/10.5.77.0-24 '{"PublicIP":"127.0.0.1"}' >/dev/null
	agent 1
	log_says "a reservation is found by the address" 1 'using the reservation of this node, 10.5.77.0-24'
	log_says "and used" 1 'this node is set up: subnet 10.5.77.0-24'
	expect_eq "and stays one" 0 "$(etcd_lease 10.5.77.0-24)"
	stop 1
	ctl del --prefix $PREFIX/subnets/ >/dev/null
}

# A network that gets a second family, and loses the first one
families()
{
	local v4 v6

	agent 1
	log_says "IPv4 alone" 1 'this node is set up'
	v4=$(lease_of 127.0.0.1)
	stop 1
	ctl put $PREFIX/config '{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fc00::/48","Backend":{"Type":"alloc"}}' >/dev/null
	agent 1
	log_says "IPv6 comes: the IPv4 subnet is kept" 1 "this node is set up: subnet $v4&fc00:"
	v6=$(lease_of 127.0.0.1)
	expect_eq "under one name" "$v4&" "${v6%fc00*}"
	stop 1
	ctl put $PREFIX/config '{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fc00::/48","Backend":{"Type":"alloc"}}' >/dev/null
	agent 1
	log_says "IPv4 goes: the IPv6 subnet is kept" 1 "this node is set up: subnet 0.0.0.0-0&${v6#*&}"
	stop 1
	ctl del --prefix $PREFIX/subnets/ >/dev/null
	ctl put $PREFIX/config "$NET" >/dev/null
	rm "$DIR/run/1.env"
}

# small N: agent N has not grown (a sanitised one is large anyway)
small()
{
	[ "$(awk '/^VmHWM/ { print $2 }' "/proc/${PIDS[$1]}/status")" -lt 60000 ] ||
		[[ $AGENT == *asan* ]]
	check_result $? "the agent stays small" "$(grep VmHWM "/proc/${PIDS[$1]}/status")"
}

# put_huge KEY: a value of ten megabytes, which etcdctl would not send
put_huge()
{
	{
		printf '{"key":"%s","value":"' "$(printf %s "$PREFIX/$1" | base64 -w 0)"
		head -c 10000000 /dev/zero | tr '\0' x | base64 -w 0
		printf '"}'
	} >"$DIR/huge"
	curl -sS -f -o /dev/null --data-binary @"$DIR/huge" "$URL/v3/kv/put"
}

# Many values of a megabyte, and single ones of ten: at the start, while the agent
# watches, and in place of the config
large()
{
	local i name

	for i in 1 2 3 4 5 6 7 8 9 10; do
		head -c 1200000 /dev/zero | tr '\0' x | ctl put "$PREFIX/subnets/10.5.4$i.0-24" >/dev/null
	done
	agent 1
	log_says "values of a megabyte are no leases" 1 'ignoring lease 10.5.41.0-24:'
	log_says "and no obstacle" 1 'this node is set up'
	put_huge subnets/10.5.60.0-24
	check_result $? "a value of ten megabytes is written while the agent watches"
	log_says "it is read about" 1 'reading all leases again: too many changes at once'
	log_says "and ignored" 1 '10.5.60.0-24, which is too large for a lease'
	name=$(own_lease 1)
	has_key "$name"
	check_result $? "the node keeps its lease" "$(leases)" "$(tail -n 20 "$DIR/1.log")"
	ctl del "$PREFIX/subnets/$name" >/dev/null
	wait_for 60 has_key "$name"
	check_result $? "changes after it are heard of" "$(leases)" "$(tail -n 20 "$DIR/1.log")"
	small 1
	stop 1
	agent 1
	log_says "a value of ten megabytes at the start" 1 '10.5.60.0-24, which is too large for a lease'
	log_says "is no obstacle either" 1 'this node is set up'
	small 1
	stop 1
	ctl del --prefix $PREFIX/subnets/ >/dev/null
	put_huge config
	agent 1
	log_says "a config of ten megabytes is refused" 1 "Couldn't fetch network config.*exceeds the limit"
	ctl put $PREFIX/config "$NET" >/dev/null
	log_says "until there is a good one" 1 'this node is set up'
	small 1
	stop 1
	ctl del --prefix $PREFIX/subnets/ >/dev/null
}

# Many nodes that start at once want few subnets.
race()
{
	local n

	ctl put $PREFIX/config '{"Network":"10.5.0.0/16","SubnetMin":"10.5.8.0","SubnetMax":"10.5.15.0","Backend":{"Type":"alloc"}}' >/dev/null
	for n in 11 12 13 14 15 16 17 18; do
		agent "$n"
	done
	for n in 11 12 13 14 15 16 17 18; do
		wait_for 60 grep -q 'this node is set up' "$DIR/$n.log"
	done
	expect_eq "eight nodes get the eight subnets that there are" \
		"10.5.10.0-24 10.5.11.0-24 10.5.12.0-24 10.5.13.0-24 10.5.14.0-24 10.5.15.0-24 10.5.8.0-24 10.5.9.0-24" \
		"$(leases | tr '\n' ' ' | sed 's/ $//')"
	fails "a ninth gets none" 'out of subnets' --etcd-endpoints="$URL" \
		--public-ip=127.0.0.19
	for n in 11 12 13 14 15 16 17 18; do
		stop "$n"
	done
	ctl del --prefix $PREFIX/subnets/ >/dev/null
	ctl put $PREFIX/config "$NET" >/dev/null
}

outage()
{
	local name

	agent 1
	log_says "set up before an outage" 1 'this node is set up'
	name=$(lease_of 127.0.0.1)
	kill -KILL "$ETCD"
	wait "$ETCD" 2>/dev/null
	log_says "an outage is told" 1 'lost contact with the registry'
	sleep 1
	etcd_up
	log_says "and that it is over" 1 'registry can be reached again'
	ctl put $PREFIX/subnets/10.5.200.0-24 '{"PublicIP":"192.0.2.9"}' >/dev/null
	ctl del "$PREFIX/subnets/$name" >/dev/null
	wait_for 60 has_lease 127.0.0.1
	expect_eq "changes are heard of again" "$name" "$(lease_of 127.0.0.1)"

	# Another cluster in its place, without anything in it
	: >"$DIR/1.log"
	kill -KILL "$ETCD"
	wait "$ETCD" 2>/dev/null
	rm -rf "$DIR/etcd"
	etcd_up
	ctl put $PREFIX/config "$NET" >/dev/null
	wait_for 60 has_lease 127.0.0.1
	expect_eq "a new and empty etcd gets the lease, too" "$name" "$(lease_of 127.0.0.1)"
	stop 1
	ctl del --prefix $PREFIX/subnets/ >/dev/null
}

malformed()
{
	ctl put $PREFIX/subnets/10.5.30.0-24 'nonsense' >/dev/null
	ctl put $PREFIX/subnets/nonsense '{}' >/dev/null
	ctl put $PREFIX/subnets/10.5.31.0-24 '{"PublicIP":"1.2.3"}' >/dev/null
	ctl put $PREFIX/subnets/10.5.32.0-24 \
		'{"PublicIP":"192.0.2.1","BackendType":"vxlan","BackendData":{"VtepMAC":"ff:ff:ff:ff:ff:ff"}}' >/dev/null
	ctl put $PREFIX/config '{"Network":"10.5.0.0/16","Nonsense":1,"Backend":{"Type":"alloc","More":2}}' >/dev/null
	agent 1
	log_says "an unknown key of the config" 1 'ignoring unknown key "Nonsense"'
	log_says "one of the backend" 1 'ignoring unknown key "Backend.More"'
	log_says "a value that is no JSON" 1 'ignoring lease 10.5.30.0-24: not valid JSON'
	log_says "a name that is no subnet" 1 'ignoring lease nonsense:'
	log_says "an address that is none" 1 'ignoring lease 10.5.31.0-24: PublicIP "1.2.3"'
	log_says "a MAC that is none" 1 'ignoring lease 10.5.32.0-24: .*not a unicast MAC'
	log_says "others are not affected" 1 'this node is set up'
	stop 1
	ctl del --prefix $PREFIX/subnets/ >/dev/null
	ctl put $PREFIX/config "$NET" >/dev/null
}

# lives_on NAME: the lease in the file store, which does not end now
lives_on()
{
	python3 -c '
import json, sys, time
lease = json.load(open(sys.argv[1]))["subnets"].get(sys.argv[2], {})
sys.exit(lease.get("expires", 0) < time.time())' "$DIR/store.json" "$1"
}

file_store()
{
	local health=${1:?} name

	echo '{"config": {"Network": "10.6.0.0/16", "Backend": {"Type": "alloc"}}}' >"$DIR/store.json"
	agent 21 --store-file="$DIR/store.json"
	agent 22 --store-file="$DIR/store.json"
	log_says "the file store serves one agent" 21 'this node is set up: subnet 10.6'
	log_says "and another one" 22 'this node is set up: subnet 10.6'
	expect_eq "with different subnets" 2 \
		"$(grep -c '"10.6[0-9.]*-24": {' "$DIR/store.json")"
	stop 21
	stop 22

	# Others who hold the lock, as any process of root's may
	chmod 640 "$DIR/store.json"
	exec 8<>"$DIR/store.json.lock"
	flock 8
	agent 23 --store-file="$DIR/store.json" --healthz-ip=127.0.0.1 \
		--healthz-port="$health" 8>&-
	wait_for 60 get "$health" /healthz
	expect_eq "health checks are answered while another process has its lock" 0 \
		"$(probe "$health" 3)"
	log_says "the lock is told of" 23 "cannot acquire a lease.*another process has held the lock $DIR/store.json.lock"
	exec 8>&-
	log_says "and waited for" 23 'this node is set up: subnet 10.6'
	expect_eq "only who may write the store may hold it up" 600 "$(stat -c %a "$DIR/store.json.lock")"
	expect_eq "the store keeps its mode" 640 "$(stat -c %a "$DIR/store.json")"

	# As after a jump of the clock
	name=$(own_lease 23)
	flock "$DIR/store.json.lock" sed -i 's/\("expires": *\)[0-9]*/\11/' "$DIR/store.json"
	wait_for 60 lives_on "$name"
	check_result $? "a lease that has expired by the clock is acquired again" \
		"$(cat "$DIR/store.json")" "$(tail -n 5 "$DIR/23.log")"
	expect_eq "and no other" 1 "$(grep -c '"expires"' "$DIR/store.json")"
	stop 23

	# What is no file is refused, and not waited for.
	rm "$DIR/store.json"
	mkfifo "$DIR/store.json"
	agent 24 --store-file="$DIR/store.json" --healthz-ip=127.0.0.1 --healthz-port="$health"
	log_says "a store that is a FIFO is refused" 24 'must be a regular file'
	expect_eq "and not waited for" 0 "$(probe "$health" 3)"
	stop 24
}

# probe PORT SECONDS: the status of probe.py, which says more on stderr
probe()
{
	python3 "$(dirname "$(realpath "$0")")/probe.py" "$1" "$2" >&2
	echo $?
}

# The user and password in an endpoint, and a key that would forge lines
secrets()
{
	local health=${1:?}

	ctl put "$PREFIX/subnets/$(printf 'x\n<0>kernel panic: forged\n\033[2J')" '{}' >/dev/null
	agent 1 --etcd-endpoints="http://mallory:geheim@127.0.0.1:$PORT" \
		--healthz-ip=127.0.0.1 --healthz-port="$health"
	log_says "an endpoint with user and password is used without them" 1 'this node is set up'
	log_says "which is told" 1 'ignoring the user and password in the URL'
	get "$health" /metrics >"$DIR/metrics"
	expect_eq "the metrics name the endpoint" \
		"flannel_etcd_endpoint_info{endpoint=\"http://127.0.0.1:$PORT\"} 1" \
		"$(grep ^flannel_etcd_endpoint_info "$DIR/metrics")"
	expect_eq "neither metrics nor log have the password" "" \
		"$(grep -hE 'geheim|mallory' "$DIR/metrics" "$DIR/1.log")"
	log_says "what is not printable in a name is escaped" 1 'x\\x0a<0>kernel panic: forged\\x0a\\x1b\[2J'
	expect_eq "and forges no line" "" "$(grep -aP '^<0>|[^\x20-\x7e]' "$DIR/1.log")"
	stop 1
	ctl del --prefix $PREFIX/subnets/ >/dev/null
}

# Rubbish that comes by the thousand, from whoever can write to etcd
flood()
{
	local n lines

	agent 1 -v=0
	log_says "set up before a flood of bad leases" 1 'this node is set up'
	for ((n = 0; n < 20; n++)); do
		bad_leases "$n" | curl -sS -f -o /dev/null --data-binary @- "$URL/v3/kv/txn"
	done
	ctl del "$PREFIX/subnets/$(lease_of 127.0.0.1)" >/dev/null
	log_says "all of it is read" 1 'was deleted or has expired'
	lines=$(wc -l <"$DIR/1.log")
	[ "$lines" -le 100 ]
	check_result $? "two thousand bad leases are no two thousand lines" "$lines lines"
	stop 1
	ctl del --prefix $PREFIX/subnets/ >/dev/null
}

# bad_leases N: a transaction that puts a hundred of them
bad_leases()
{
	jq -n --arg prefix "$PREFIX/subnets/" --arg n "$1" '
		{ success: [range(100) | { requestPut: {
			key: "\($prefix)10.5.\(.).\($n)-33" | @base64,
			value: "rubbish \(.)" | @base64 } }] }'
}

# cpu N: processor time of agent N so far, in clock ticks
cpu()
{
	awk '{ print $14 + $15 }' "/proc/${PIDS[$1]}/stat"
}

# Clients of the health server that never come to an end, and no file descriptors
slow_clients()
{
	local health=${1:?} here clients used

	here=$(dirname "$(realpath "$0")")
	agent 1 --healthz-ip=127.0.0.1 --healthz-port="$health"
	log_says "set up before slow clients come" 1 'this node is set up'
	python3 "$here/slow_clients.py" "$health" 100 >"$DIR/clients" &
	clients=$!
	wait_for 60 grep -q connected "$DIR/clients"
	expect_eq "beside a hundred slow clients every probe is answered" 0 "$(probe "$health" 5)"
	expect_eq "and metrics are" 1 "$(get "$health" /metrics | grep -c '^flannel_ready 1')"
	[ "$(find "/proc/${PIDS[1]}/fd" -type l | wc -l)" -lt 100 ]
	check_result $? "they take a bounded number of its file descriptors" \
		"$(find "/proc/${PIDS[1]}/fd" -type l | wc -l)"

	# Not one is left for a client, and they knock on.
	prlimit --pid "${PIDS[1]}" --nofile=8:
	log_says "that it has no file descriptor is told" 1 'cannot accept health checks: Too many open files'
	used=$(cpu 1)
	sleep 2
	used=$(($(cpu 1) - used))
	[ "$used" -lt $(($(getconf CLK_TCK) / 20)) ]
	check_result $? "without a free file descriptor it does not spin" "$used ticks in 2 s"
	prlimit --pid "${PIDS[1]}" --nofile=1024:
	kill "$clients"
	wait "$clients" 2>/dev/null
	wait_for 60 get "$health" /healthz
	expect_eq "when they have gone it answers as ever" "flanneld is running" "$(get "$health" /healthz)"
	stop 1
	ctl del --prefix $PREFIX/subnets/ >/dev/null
}

# watchdog_fed TIMES: or more often
watchdog_fed()
{
	[ "$(grep -o "WATCHDOG=1" "$DIR/notified" | wc -l)" -ge "$1" ]
}

notify()
{
	socat -u "UNIX-RECVFROM:$DIR/notify,fork" "OPEN:$DIR/notified,creat,append" &
	wait_for 60 test -S "$DIR/notify"
	NOTIFY_SOCKET=$DIR/notify WATCHDOG_USEC=200000 agent 1
	wait_for 60 grep -q 'READY=1' "$DIR/notified"
	check_result $? "the service manager is told when all is set up" \
		"$(cat "$DIR/notified")"
	kill -HUP "${PIDS[1]}"
	wait_for 60 grep -q 'RELOADING=1' "$DIR/notified"
	check_result $? "and when it reads its settings anew" "$(cat "$DIR/notified")"
	wait_for 60 watchdog_fed 3
	check_result $? "the watchdog is fed" "$(cat "$DIR/notified")"
	stop 1
	wait_for 60 grep -q 'STOPPING=1' "$DIR/notified"
	check_result $? "and when it ends"
}

# A log that nobody reads, and a service manager that does not listen
deaf()
{
	local health=${1:?}

	mkfifo "$DIR/fifo"
	exec 7<>"$DIR/fifo"
	# Full, before the agent writes its first line to it
	dd if=/dev/zero of="$DIR/fifo" bs=4096 oflag=nonblock status=none 2>/dev/null
	python3 "$(dirname "$(realpath "$0")")/deaf.py" "$DIR/deaf" "$DIR/listen" >"$DIR/heard" &
	wait_for 60 test -e "$DIR/deaf.full"
	NOTIFY_SOCKET=$DIR/deaf WATCHDOG_USEC=200000 "$AGENT" --etcd-endpoints="$URL" \
		--iface=lo --public-ip=127.0.0.1 --subnet-file="$DIR/run/1.env" -v=1 \
		--healthz-ip=127.0.0.1 --healthz-port="$health" 2>"$DIR/fifo" 7>&- &
	PIDS[1]=$!
	wait_for 60 get "$health" /readyz
	expect_eq "with a log and a service manager that stand still health checks are answered" 0 \
		"$(probe "$health" 3)"
	expect_eq "and the node is set up" "flanneld is ready" "$(get "$health" /readyz)"
	dd if="$DIR/fifo" of=/dev/null bs=65536 count=1 status=none
	: >"$DIR/listen"
	wait_for 60 grep -q READY=1 "$DIR/heard"
	check_result $? "the service manager is told later" "$(cat "$DIR/heard")"
	stop 1
	timeout 5 dd if="$DIR/fifo" bs=65536 count=1 status=none | tr -d '\0' >"$DIR/1.log"
	log_says "lines that were lost are told of" 1 'lines of the log were lost'
	exec 7>&-
}

# systemd tells by device and inode which file is the journal
journal()
{
	: >"$DIR/1.log"
	JOURNAL_STREAM=$(stat -c %d:%i "$DIR/1.log") agent 1
	log_says "in the journal each line bears its level" 1 '^<5>this node is set up'
	expect_eq "and none a time of its own" "" "$(grep -v '^<[3-7]>' "$DIR/1.log")"
	stop 1
}

tap_begin
bad_flags
etcd_up
bad_etcd
life "$(free_port)"
reservations
families
large
race
outage
malformed
file_store "$(free_port)"
secrets "$(free_port)"
flood
slow_clients "$(free_port)"
notify
deaf "$(free_port)"
journal
tap_end
