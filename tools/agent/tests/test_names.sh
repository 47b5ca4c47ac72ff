#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# etcd by a host name: name servers that are dead, slow, come back, give another
# address, several, or IPv6 first. Whatever they do, the agent's event loop runs on.
# In network and mount namespaces of its own, with its own resolv.conf.
#
#   agent --- lo --- etcd 127.0.0.1, later 127.0.0.3       name servers 127.0.0.53, .54
#         \-- v0 === v1 (192.0.2.9 and 2001:db8::9 are nowhere)
set -u

HERE=$(dirname "$(realpath "$0")")
. "$HERE/inside.sh"
inside mn
. "$HERE/common.sh"
need etcd etcdctl curl python3 ip

PORT=2379
HEALTH=8471
NAME=etcd.overlay.test
URL=http://$NAME:$PORT

namespaces()
{
	ip link set lo up
	ip link add v0 type veth peer name v1
	ip addr add 192.0.2.1/24 dev v0
	ip -6 addr add 2001:db8::1/64 dev v0 nodad
	ip link set v1 up
	ip link set v0 up
	# Somewhere that swallows what is sent there
	ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev v0
	ip -6 neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev v0

	printf 'nameserver 127.0.0.53\nnameserver 127.0.0.54\n' >"$DIR/resolv.conf"
	echo 'hosts: files dns' >"$DIR/nsswitch.conf"
	mount --bind "$DIR/resolv.conf" /etc/resolv.conf
	mount --bind "$DIR/nsswitch.conf" /etc/nsswitch.conf
}

# names LINE...: what the name servers do from now on
names()
{
	printf '%s\n' "$@" >"$DIR/names.new"
	mv "$DIR/names.new" "$DIR/names"
}

# etcd_up ADDRESS [FOLDER]: at this address, with the data of the folder
etcd_up()
{
	etcd --data-dir "$DIR/${2:-etcd}" --unsafe-no-fsync --log-level error \
		--listen-client-urls "http://$1:$PORT" \
		--advertise-client-urls "http://$1:$PORT" \
		--listen-peer-urls http://127.0.0.1:2380 >>"$DIR/etcd.log" 2>&1 &
	ETCD=$!
	CTL=http://$1:$PORT
	wait_for 30 ctl put "$PREFIX/config" "$NET"
}

etcd_down()
{
	kill -KILL "$ETCD"
	wait "$ETCD" 2>/dev/null
}

ctl()
{
	etcdctl --endpoints "$CTL" --command-timeout 30s "$@"
}

agent()
{
	: >"$DIR/log"
	"$AGENT" --etcd-endpoints="$URL" --iface=lo --public-ip=127.0.0.1 \
		--subnet-file="$DIR/subnet.env" --healthz-ip=127.0.0.1 \
		--healthz-port=$HEALTH >"$DIR/log" 2>&1 &
	PID=$!
	wait_for 20 curl -sf "http://127.0.0.1:$HEALTH/healthz"
}

# ends NAME: soon after SIGTERM. A thread may still be waiting for a name server.
ends()
{
	kill -TERM "$PID"
	wait_for 5 gone "$PID"
	check_result $? "$1" "$(tail -n 5 "$DIR/log")"
	kill -KILL "$PID" 2>/dev/null
	wait "$PID" 2>/dev/null
}

# gone PID: it has ended; our child, it stays as a zombie until we wait for it
gone()
{
	[ ! -e "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status"
}

log_says()
{
	wait_for "${3:-30}" grep -qE -- "$2" "$DIR/log"
	check_result $? "$1" "expected: a line that matches $2" "seen:" \
		"$(tail -n 10 "$DIR/log")"
}

in_touch()
{
	[ "$(metric flannel_registry_in_touch)" = 1 ]
}

# lines REGEX: how many lines of the log match
lines()
{
	grep -cE -- "$1" "$DIR/log"
}

dead_at_the_start()
{
	names dead
	agent
	alive 8 "name servers that are dead from the start"
	log_says "the trouble is told" "Couldn't fetch network config"
	ends "and the agent can be ended"
	agent
	names "A 127.0.0.1"
	log_says "when they answer the agent is set up" 'this node is set up'
}

# etcd and the name servers go at once; etcd comes back at another address.
dead_at_run_time()
{
	wait_for 10 in_touch
	etcd_down
	names dead
	log_says "an outage is told" 'lost contact with the registry'
	alive 15 "name servers that die with etcd" # longer than an address is kept
	expect_eq "the node stays set up" 1 "$(metric flannel_ready)"
	etcd_up 127.0.0.3
	names "A 127.0.0.3"
	wait_for 30 in_touch
	check_result $? "etcd at another address is found by its name" "$(tail -n 5 "$DIR/log")"
	ends "the agent can be ended then"
}

odd_answers()
{
	names "slow 1000" "A 127.0.0.3"
	agent
	log_says "a slow name server is waited for" 'this node is set up'
	ends "and the agent can be ended after it"

	names "A 192.0.2.9" "A 127.0.0.9" "A 127.0.0.3"
	agent
	log_says "of several addresses the one that answers is used" 'this node is set up'
	alive 2 "addresses that swallow or refuse"
	ends "and the agent can be ended after them"

	names "AAAA 2001:db8::9" "AAAA ::1" "A 127.0.0.3"
	agent
	log_says "IPv6 addresses that do not answer are no obstacle" 'this node is set up'
	ends "and the agent can be ended after those"

	names nxdomain
	agent
	log_says "a name that does not exist is told" "Couldn't fetch network config.*$NAME.*resolve"
	alive 3 "a name that does not exist"
	expect_eq "once" 1 "$(lines "Couldn't fetch network config")"
	ends "and the agent can be ended"
}

tap_begin
namespaces
names dead
python3 "$HERE/dns_server.py" "$DIR/names" 127.0.0.53 127.0.0.54 >"$DIR/dns.log" 2>&1 &
wait_for 20 grep -q listening "$DIR/dns.log"
etcd_up 127.0.0.1
dead_at_the_start
dead_at_run_time
odd_answers
tap_end
