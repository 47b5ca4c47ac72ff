#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The whole agent beside an etcd into which strangers write what they like: names and
# values that are malformed, doubled, overlapping, out of the network. The kernel must
# hold what the good ones say and nothing else, and the sanitizers must be silent.
#
#   agent --- lo --- etcd          v0 === v1    in a network namespace of its own
#
# LEASE_FUZZ=CHANGES for each backend (default 10000); SEED=N which ones (default: the
# time). selftests/agent/agent_fuzz.sh does the same with the module's device.
set -u

HERE=$(dirname "$(realpath "$0")")
. "$HERE/inside.sh"
inside n
. "$HERE/common.sh"
need etcd etcdctl curl python3 ip bridge

LEASE_FUZZ=${LEASE_FUZZ:-10000}
SEED=${SEED:-$EPOCHSECONDS}
PORT=2379
HEALTH=8471
URL=http://127.0.0.1:$PORT

ctl()
{
	etcdctl --endpoints "$URL" --command-timeout 30s "$@"
}

# network BACKEND
network()
{
	echo '{"Network": "10.244.0.0/16", "EnableIPv6": true, "IPv6Network": "fd00:10:244::/48",
		"Backend": {"Type": "'"$1"'"}}'
}

agent()
{
	mkdir -p "$DIR/run"
	printf 'FLANNEL_SUBNET=10.244.9.1/24\nFLANNEL_IPV6_SUBNET=fd00:10:244:9::1/64\n' \
		>"$DIR/run/subnet.env"
	"$AGENT" --etcd-endpoints="$URL" --iface=v0 --device=vxlan \
		--subnet-file="$DIR/run/subnet.env" --healthz-ip=127.0.0.1 \
		--iptables-forward-rules=false --healthz-port=$HEALTH >"$DIR/log" 2>&1 &
	PID=$!
}

ready()
{
	[ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 5 "http://127.0.0.1:$HEALTH/readyz")" = 200 ]
}

# lines a minute that a log may have, whatever is written: each place in the program 20
# at once and then one in 3 s
bounded()
{
	[ "$(wc -l <"$DIR/log")" -le 1000 ]
}

# fuzz BACKEND
fuzz()
{
	local output

	ctl del --prefix "$PREFIX/" >/dev/null
	ctl put "$PREFIX/config" "$(network "$1")" >/dev/null
	agent
	wait_for 30 ready
	check_result $? "$1: the agent is set up" "$(tail -n 10 "$DIR/log")"
	output=$(python3 "$HERE/fuzz_leases.py" "$URL" "$1" "$LEASE_FUZZ" "$SEED" 2>&1)
	check_result $? "$1: the kernel has what the good leases say, and nothing else" \
		"SEED=$SEED" "$output" "$(tail -n 15 "$DIR/log")"
	echo "# $1: SEED=$SEED: ${output%%$'\n'*}"
	if [ "$1" = vxlan ]; then
		output=$(python3 "$HERE/fuzz_leases.py" "$URL" "$1" one-mac 2>&1)
		check_result $? "$1: of two nodes with one MAC the one that stays is reached" "$output"
	fi
	ready
	check_result $? "$1: the node is still ready"
	output=$(python3 "$HERE/fuzz_leases.py" "$URL" "$1" none 2>&1)
	check_result $? "$1: nothing is left when all leases are removed" "$output" \
		"$(tail -n 15 "$DIR/log")"
	bounded
	check_result $? "$1: the log is bounded" "$(wc -l <"$DIR/log") lines"
	[ "$(grep -cE '^(=+|.*runtime error|.*AddressSanitizer)' "$DIR/log")" -eq 0 ]
	check_result $? "$1: the sanitizers are silent" "$(grep -A 30 -E '^=|runtime error' "$DIR/log")"
	kill -TERM "$PID"
	wait "$PID"
	expect_eq "$1: SIGTERM ends it" 0 $?
	grep -q 'LeakSanitizer' "$DIR/log"
	expect_eq "$1: no memory is lost" 1 $?
}

ip link set lo up
ip link add v0 type veth peer name v1
ip addr add 198.51.100.1/24 dev v0
ip -6 addr add 2001:db8:100::1/64 dev v0 nodad
ip link set v1 up
ip link set v0 up

if ! output=$(ip link add probe type vxlan id 9 dstport 4790 2>&1); then
	backends=host-gw
	echo "# no vxlan device here: $output"
else
	backends="host-gw vxlan"
	ip link del probe
fi

etcd --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level error \
	--listen-client-urls "$URL" --advertise-client-urls "$URL" \
	--listen-peer-urls http://127.0.0.1:2380 >>"$DIR/etcd.log" 2>&1 &
wait_for 30 ctl put "$PREFIX/config" "$(network host-gw)"

for backend in $backends; do
	fuzz "$backend"
done
tap_end
