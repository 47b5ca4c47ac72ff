#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One agent for a subnet file, --release, --hand-over, the choice of modprobe's moment,
# and what an agent that fails leaves behind:
# in a network namespace of its own, with the kernel's vxlan and a real etcd.
#
#     eth0 <-> out   198.51.100.1/24, etcd on 127.0.0.1
set -u

. "$(dirname "$(realpath "$0")")/common.sh"
need etcd etcdctl ip unshare jq socat ss
if [ "${1:-}" != --inside ]; then
	# Those of the device need a machine where a namespace can have one.
	unshare --net ip link add flannel.1 type vxlan id 1 dstport 8472 2>/dev/null ||
		skip_all "a vxlan device in a network namespace needs root"
	rm -rf "$DIR"
	exec unshare --net "$0" --inside
fi

URL=http://127.0.0.1:2379
VXLAN='{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}'

ctl()
{
	etcdctl --endpoints "$URL" --command-timeout 30s "$@"
}

leases()
{
	ctl get --prefix "$PREFIX/subnets/" --keys-only | sed '/^$/d; s:.*/::'
}

links()
{
	ip -j link show | jq -r '.[].ifname' | grep -E '^fl' | paste -s -d ' '
}

# agent FLAG...: the program, with what all of them need
agent()
{
	timeout 60 "$AGENT" --etcd-endpoints="$URL" --device=vxlan \
		--subnet-file="$DIR/run/subnet.env" "$@"
}

# start: in the background, until it is set up
start()
{
	: >"$DIR/log" # now: its child may be slow to do so
	"$AGENT" --etcd-endpoints="$URL" --device=vxlan \
		--subnet-file="$DIR/run/subnet.env" >"$DIR/log" 2>&1 &
	PID=$!
	wait_for 30 grep -q 'this node is set up' "$DIR/log"
	check_result $? "the agent is set up" "$(tail "$DIR/log")"
}

stop()
{
	kill "-${1:-TERM}" "$PID"
	wait "$PID" 2>/dev/null
}

# ends NAME STATUS REGEX COMMAND...
ends()
{
	local name=$1 expected=$2 regex=$3 output status
	shift 3

	output=$("$@" 2>&1)
	status=$?
	[ "$status" -eq "$expected" ] && grep -qE -- "$regex" <<<"$output"
	check_result $? "$name" "expected: status $expected and a line that matches $regex" \
		"seen: status $status" "$output"
}

default_route()
{
	ip route "$1" default via 198.51.100.254
}

one_agent()
{
	start
	ends "a second agent for the same subnet file is refused" 1 \
		"process $PID\\) is using $DIR/run/subnet.env" agent
	ends "--release beside an agent is refused" 1 \
		"flannel-agent is running \\(process $PID\\).*systemctl stop" agent --release
	ends "so is --release-lease" 1 "flannel-agent is running" agent --release-lease
	expect_eq "nothing was taken down" flannel.1 "$(links)"
	kill -0 "$PID"
	check_result $? "the agent runs on"
	expect_eq "nobody else can hold the lock" 600 "$(stat -c %a "$DIR/run/subnet.env.lock")"
	stop KILL
	start
	stop
	expect_eq "the lock is no obstacle after kill -9" flannel.1 "$(links)"
}

# What modprobe was told, and what the agent said of itself by then
fake_modprobe()
{
	mkdir -p "$DIR/bin"
	cat >"$DIR/bin/modprobe" <<-END
		#!/bin/sh
		echo "\$*: \$(tail -n 1 $DIR/run/subnet.env.lock)" >>"$DIR/modprobed"
	END
	chmod +x "$DIR/bin/modprobe"
}

swap()
{
	: >"$DIR/modprobed"
	PATH=$DIR/bin:$PATH agent --swap-module
}

told_twice()
{
	grep -q 'vxlan 2' "$DIR/run/subnet.env.lock"
}

# The move itself needs the module: selftests/agent/agent_swap.sh
module()
{
	fake_modprobe
	start
	expect_eq "the lock says what the overlay is made of" "$PID vxlan 0" \
		"$(paste -s -d ' ' "$DIR/run/subnet.env.lock")"
	kill -USR1 "$PID"
	wait_for 10 grep -q 'vxlan 1' "$DIR/run/subnet.env.lock"
	check_result $? "one that is on the kernel's vxlan stays there"
	ends "the module is loaded where it is not in use" 0 "" swap
	expect_eq "and nothing is unloaded but the module" flannel \
		"$(sed 's/:.*//; /^-r flannel$/d' "$DIR/modprobed")"
	wait_for 10 told_twice
	check_result $? "and the agent is told of it" "$(cat "$DIR/run/subnet.env.lock")"
	kill -0 "$PID"
	check_result $? "which runs on"
	stop
	printf '#!/bin/sh\nexit 1\n' >"$DIR/bin/modprobe"
	ends "a module that cannot be loaded" 1 "cannot load the installed module" swap
}

routes()
{
	ip -j -d route show dev flannel.1 | jq -r '.[] | "\(.dst) \(.protocol)"'
}

hand_over()
{
	ctl put "$PREFIX/subnets/10.5.77.0-24" \
		'{"PublicIP":"198.51.100.77","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:00:77"}}' >/dev/null
	start
	expect_eq "a route of the agent's" "10.5.77.0/24 70" "$(routes)"
	ends "--hand-over beside an agent is refused" 1 "another flannel-agent" agent --hand-over
	stop
	ends "--hand-over" 0 "set up as flanneld would do it" agent --hand-over
	expect_eq "the device stays" flannel.1 "$(links)"
	expect_eq "the route is flanneld's" "10.5.77.0/24 boot" "$(routes)"
	start
	stop
	ends "back again, and --release" 0 "this node is released" agent --release
	expect_eq "the device is gone" "" "$(links)"
	ctl del "$PREFIX/subnets/10.5.77.0-24" >/dev/null
}

release()
{
	start
	stop
	default_route del
	ends "--release without a default route" 0 "this node is released" agent --release
	expect_eq "the device is gone" "" "$(links)"
	expect_eq "the lease stays" 1 "$(leases | wc -l)"
	ends "--release with nothing to release" 0 "this node is released" agent --release
	ends "--release-lease has to know the node's address" 1 "no default route" \
		agent --release-lease
	default_route add
	ends "with it, --release-lease gives the lease back" 0 "giving back" \
		agent --release-lease
	expect_eq "no lease is left" "" "$(leases)"
}

port_taken()
{
	[ -n "$(ss -Hlnu 'sport = :8472')" ]
}

# A port that is taken is found when the lease is there already.
failing()
{
	local holder

	socat -u UDP-RECV:8472 /dev/null &
	holder=$!
	wait_for 10 port_taken
	ends "an agent that cannot be" 1 "another program .* holds UDP port" agent
	expect_eq "leaves no lease that was not there" "" "$(leases)"
	expect_eq "and no device" "" "$(links)"
	ctl put "$PREFIX/subnets/10.5.9.0-24" '{"PublicIP":"198.51.100.1"}' >/dev/null
	ends "with a reservation" 1 "holds UDP port" agent
	expect_eq "the reservation stays" 10.5.9.0-24 "$(leases)"
	ctl del "$PREFIX/subnets/10.5.9.0-24" >/dev/null
	ctl put --lease="$(ctl lease grant 3600 | awk '{ print $2 }')" \
		"$PREFIX/subnets/10.5.8.0-24" '{"PublicIP":"198.51.100.1"}' >/dev/null
	ends "with a lease that was there before" 1 "holds UDP port" agent
	expect_eq "the lease stays" 10.5.8.0-24 "$(leases)"
	kill "$holder"
}

ip link set lo up
ip link add eth0 type veth peer name out
ip link set out up
ip link set eth0 up
ip address add 198.51.100.1/24 dev eth0
default_route add
etcd --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level error \
	--listen-client-urls "$URL" --advertise-client-urls "$URL" >"$DIR/etcd.log" 2>&1 &
wait_for 30 ctl put "$PREFIX/config" "$VXLAN" || exit 1

tap_begin
one_agent
module
hand_over
release
failing
tap_end
