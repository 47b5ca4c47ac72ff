#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two machines with one address: agents (backend alloc, on loopback) beside a real etcd,
# each in a mount namespace with a machine id of its own, or with the same one.
#
#   agent A 127.0.0.1   agent B 127.0.0.1
#          \             /
#           +--- etcd ---+
set -u

. "$(dirname "$(realpath "$0")")/common.sh"
need etcd etcdctl curl unshare

PORT=$(free_port)
URL=http://127.0.0.1:$PORT
IDS=(0 "$(printf 'a%.0s' {1..32})" "$(printf 'b%.0s' {1..32})")
declare -A PIDS HEALTH

if ! unshare -rm mount --bind /etc/hostname /etc/hostname 2>/dev/null; then
	skip_all "mount namespaces cannot be made"
fi

ctl()
{
	etcdctl --endpoints "$URL" --command-timeout 30s "$@"
}

leases()
{
	ctl get --prefix "$PREFIX/subnets/" --keys-only | sed -n 's:.*/::p' | tr '\n' ' '
}

revision()
{
	ctl get x -w json | grep -o '"revision":[0-9]*'
}

# agent NAME ID: on the machine of id 1 or 2
agent()
{
	HEALTH[$1]=$(free_port)
	echo "${IDS[$2]}" >"$DIR/id$2"
	: >"$DIR/$1.log"
	unshare -rm sh -c "mount --bind '$DIR/id$2' /etc/machine-id && exec \"\$@\"" sh \
		"$AGENT" --etcd-endpoints="$URL" --iface=lo --public-ip=127.0.0.1 \
		--subnet-file="$DIR/run$1/subnet.env" --healthz-ip=127.0.0.1 \
		--healthz-port="${HEALTH[$1]}" >"$DIR/$1.log" 2>&1 &
	PIDS[$1]=$!
}

stop()
{
	kill "-${2:-TERM}" "${PIDS[$1]}"
	wait "${PIDS[$1]}" 2>/dev/null
}

# log_says NAME AGENT REGEX
log_says()
{
	wait_for 40 grep -qE -- "$3" "$DIR/$2.log"
	check_result $? "$1" "expected: a line that matches $3" "seen:" "$(tail -n 15 "$DIR/$2.log")"
}

ready()
{
	[ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 5 "http://127.0.0.1:${HEALTH[$1]}/readyz")" = "$2" ]
}

# is NAME AGENT CODE: readyz answers so
is()
{
	wait_for 40 ready "$2" "$3"
	check_result $? "$1" "$(tail -n 15 "$DIR/$2.log")"
}

# Two machines: the second one asks, is told, and waits.
different()
{
	local subnet before

	agent A 1
	is "the first machine is set up" A 200
	subnet=$(leases)
	agent B 2
	log_says "the second one is told" B 'another machine .* uses the address of this node, 127.0.0.1'
	log_says "and the first one" A 'another machine .* uses the address of this node, 127.0.0.1'
	wait_for 20 sh -c "curl -s http://127.0.0.1:${HEALTH[B]}/metrics | grep -q '^flannel_lease_contested 1'"
	check_result $? "the second one waits" "$(cat "$DIR/B.log")"
	is "it is not ready" B 503
	is "the first one is" A 200
	expect_eq "there is one lease, as it was" "$subnet" "$(leases)"
	before=$(revision)
	sleep 10
	expect_eq "nobody fights for it" "$before" "$(revision)"

	# The first one goes for good.
	stop A
	ctl del --prefix "$PREFIX/subnets/" >/dev/null
	is "when its lease is gone the second one is set up" B 200
	stop B
	ctl del --prefix "$PREFIX/subnets/" >/dev/null
}

# A machine that was replaced: nobody answers.
replaced()
{
	local subnet

	agent A 1
	is "a machine" A 200
	subnet=$(leases)
	stop A KILL
	agent B 2
	log_says "its successor asks" B 'another machine .* uses the address'
	log_says "and gets no answer" B 'does not answer: taking it over'
	is "it is set up" B 200
	expect_eq "with the lease of before" "$subnet" "$(leases)"
	stop B
	agent B 2
	is "and comes back at once after a restart" B 200
	expect_eq "without asking" 0 "$(grep -c 'another machine' "$DIR/B.log")"
	stop B
	ctl del --prefix "$PREFIX/subnets/" >/dev/null
}

# A copied image has the same machine id: the one that was there first stays.
copied()
{
	local before

	agent A 1
	is "the original" A 200
	sleep 11 # it has had its lease for more than the time to answer
	agent B 1
	log_says "its copy is told" B 'another machine .* uses the address'
	log_says "and the original, too" A 'another machine .* uses the address'
	is "the copy is not ready" B 503
	is "the original is" A 200
	before=$(revision)
	sleep 10
	expect_eq "they do not fight" "$before" "$(revision)"
	stop A
	stop B
	ctl del --prefix "$PREFIX/subnets/" >/dev/null
}

# Stock flannel writes no identity: its lease is taken over.
stock()
{
	ctl put "$PREFIX/subnets/10.5.77.0-24" '{"PublicIP":"127.0.0.1","PublicIPv6":null}' >/dev/null
	agent A 1
	log_says "a lease of stock flannel is taken over" A 'reusing the reservation of this node, 10.5.77.0-24'
	is "at once" A 200
	stop A
	ctl del --prefix "$PREFIX/subnets/" >/dev/null
}

tap_begin
etcd --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level error \
	--listen-client-urls "$URL" --advertise-client-urls "$URL" \
	--listen-peer-urls "http://127.0.0.1:$(free_port)" >"$DIR/etcd.log" 2>&1 &
wait_for 30 ctl put "$PREFIX/config" "$NET"
different
replaced
copied
stock
tap_end
