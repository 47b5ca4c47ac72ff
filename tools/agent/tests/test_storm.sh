#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# 10,000 leases at the start and 1,000 changes a second after it, by the agent (backend
# alloc, on loopback) beside a real etcd: nothing is missed, and what it takes in
# memory and processor time.
#
#   agent --- etcd --- curl, by etcd's gateway
set -u

. "$(dirname "$(realpath "$0")")/common.sh"
need etcd etcdctl curl jq

LEASES=10000
SECONDS_OF_STORM=5
PORT=$(free_port)
URL=http://127.0.0.1:$PORT
HEALTH=$(free_port)

# requests FIRST NUMBER ADDRESS: for curl, transactions of a hundred leases of nodes
# ADDRESS.x.y; "next" begins each, but must not be in front of the first of all
requests()
{
	# shellcheck disable=SC2016 # jq's variables
	jq -rn --arg url "$URL/v3/kv/txn" --arg prefix "$PREFIX/subnets/10." --arg ip "$3" \
		--argjson first "$1" --argjson stop $(($1 + $2)) '
		range($first; $stop; 100) as $i |
		{ success: [range($i; [$i + 100, $stop] | min) |
			"\(. / 256 | floor).\(. % 256)" as $n |
			{ requestPut: { key: "\($prefix)\($n).0-24" | @base64,
				value: "{\"PublicIP\":\"\($ip).\($n)\",\"PublicIPv6\":null}" | @base64 } }] } |
		"next", "fail", "url = \($url)", "data = \(tojson | tojson)", "output = /dev/null"
	'
}

knows()
{
	[ "$(metric flannel_leases)" = "$1" ]
}

# usage: processor time so far, in ms
usage()
{
	echo $(($(awk '{ print $14 + $15 }' "/proc/$AGENT_PID/stat") * 1000 / $(getconf CLK_TCK)))
}

memory()
{
	awk '/^VmHWM/ { print $2 }' "/proc/$AGENT_PID/status"
}

now()
{
	date +%s%N | cut -c 1-13
}

tap_begin
etcd --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level error \
	--listen-client-urls "$URL" --advertise-client-urls "$URL" \
	--listen-peer-urls "http://127.0.0.1:$(free_port)" >"$DIR/etcd.log" 2>&1 &
wait_for 20 etcdctl --endpoints "$URL" put $PREFIX/config \
	'{"Network":"10.0.0.0/8","SubnetMin":"10.250.0.0","Backend":{"Type":"alloc"}}'
requests 0 $LEASES 198.18 | sed 1d >"$DIR/requests"
curl -sS -K "$DIR/requests"
check_result $? "$LEASES leases are written" "$(cat "$DIR/etcd.log")"

begin=$(now)
"$AGENT" --etcd-endpoints="$URL" --iface=lo --public-ip=127.0.0.1 \
	--subnet-file="$DIR/subnet.env" --healthz-ip=127.0.0.1 --healthz-port="$HEALTH" \
	>"$DIR/log" 2>&1 &
AGENT_PID=$!
wait_for 60 grep -q 'this node is set up' "$DIR/log"
check_result $? "the agent starts with them" "$(cat "$DIR/log")"
echo "# set up after $(($(now) - begin)) ms, $(usage) ms of processor time, $(memory) kB"
wait_for 10 knows $((LEASES + 1))
check_result $? "it knows them all" "it knows $(metric flannel_leases)"
expect_eq "after one listing" 1 "$(metric flannel_etcd_listings_total)"

# Each second a thousand leases change their node's address, and ten of them are new.
for ((i = 0; i < SECONDS_OF_STORM; i++)); do
	requests $((i * 990)) 990 203.0
	requests $((LEASES + i * 10)) 10 203.0
done | sed 1d >"$DIR/requests"
used=$(usage)
begin=$(now)
curl -sS --rate $((11 * 60))/m -K "$DIR/requests"
check_result $? "a storm of $((SECONDS_OF_STORM * 1000)) changes is written"
took=$(($(now) - begin))
wait_for 5 knows $((LEASES + 1 + SECONDS_OF_STORM * 10))
check_result $? "nothing of it is missed" "it knows $(metric flannel_leases)"
echo "# $((SECONDS_OF_STORM * 1000 * 1000 / took)) changes a second for $took ms, known $(($(now) - begin - took)) ms after the last; $(($(usage) - used)) ms of processor time, $(memory) kB"
expect_eq "it did not fall behind and read them all anew" 1 "$(metric flannel_etcd_listings_total)"
[ "$(memory)" -lt 60000 ] || [[ $AGENT == *asan* ]]
check_result $? "the agent stays small" "$(memory) kB"
kill -TERM "$AGENT_PID"
wait "$AGENT_PID"
expect_eq "and ends cleanly" 0 $?
tap_end
