#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The firewall rules on a host whose firewall is busy: where somebody else replaces tens
# of thousands of rules, nftables makes everybody wait for it. Here each command takes
# three seconds. The agent's event loop does not wait. And on a kernel without nftables, or
# without nfnetlink until a module is loaded, the node works all the same.
#
#   agent (host-gw) --- v0 === v1                 in a network namespace of its own
set -u

HERE=$(dirname "$(realpath "$0")")
. "$HERE/inside.sh"
inside n
. "$HERE/common.sh"
need cc curl python3 ip nft

HEALTH=8471
TABLE='inet flannel.1'

if ! output=$(nft add table inet probe 2>&1); then
	skip_all "nftables does not work here: $output"
fi
nft delete table inet probe

cc -shared -fPIC -D_GNU_SOURCE -o "$DIR/slow.so" "$HERE/slow_nft.c" -ldl || exit

# agent SECONDS [FLAG]...: that a command of nftables takes; -1: it fails
agent()
{
	local seconds=$1
	shift

	SLOW_NFT=$seconds NO_NFNETLINK=$DIR/none LD_PRELOAD="$DIR/slow.so" ASAN_OPTIONS=verify_asan_link_order=0 \
		"$AGENT" --store-file="$DIR/store.json" --iface=v0 --public-ip=192.0.2.1 \
		--subnet-file="$DIR/run/subnet.env" --ip-masq --iptables-resync=1 \
		--healthz-ip=127.0.0.1 --healthz-port=$HEALTH "$@" >"$DIR/log" 2>&1 &
	PID=$!
}

applied()
{
	[ "$(metric flannel_firewall_applied_total)" -ge "$1" ] 2>/dev/null
}

no_table()
{
	# shellcheck disable=SC2086 # two words
	! nft list table $TABLE
}

# listens: a socket of this namespace is in the group of changes of nftables
listens()
{
	awk '$2 == 12 && $4 == "00000040"' /proc/net/netlink | grep -q .
}

# ok_table NAME: ours is there
ok_table()
{
	local listing

	# shellcheck disable=SC2086 # two words
	listing=$(nft list table $TABLE 2>&1)
	[[ $listing == *masquerade* ]]
	check_result $? "$1" "$listing"
}

ip link set lo up
ip link add v0 type veth peer name v1
ip addr add 192.0.2.1/24 dev v0
ip link set v1 up
ip link set v0 up
echo '{"config": {"Network": "10.5.0.0/16", "Backend": {"Type": "host-gw"}}}' >"$DIR/store.json"

agent 3
wait_for 30 curl -sf "http://127.0.0.1:$HEALTH/healthz"
alive 10 "while the rules are set up"
wait_for 60 applied 1
check_result $? "they are set up" "$(tail -n 10 "$DIR/log")"
ok_table "with the masquerade"

# shellcheck disable=SC2086 # two words
nft delete table $TABLE
alive 10 "while they are put back"
wait_for 60 applied 2
check_result $? "they are put back" "$(tail -n 10 "$DIR/log")"
ok_table "as they were"
grep -q 'firewall rules were changed or removed: restoring them' "$DIR/log"
check_result $? "which is told" "$(tail -n 10 "$DIR/log")"

kill -TERM "$PID"
wait "$PID"
expect_eq "SIGTERM ends it" 0 $?
ok_table "and the rules stay"

agent -1
wait_for 30 curl -sf "http://127.0.0.1:$HEALTH/readyz"
check_result $? "without nftables the node is ready" "$(tail -n 10 "$DIR/log")"
wait_for 30 grep -q 'cannot set up the firewall rules .* may lack nf_tables' "$DIR/log"
check_result $? "what is missing is told" "$(tail -n 10 "$DIR/log")"
kill -TERM "$PID"
wait "$PID"

# shellcheck disable=SC2086 # two words
nft delete table $TABLE
: >"$DIR/none"
agent 0
wait_for 30 curl -sf "http://127.0.0.1:$HEALTH/readyz"
check_result $? "without nfnetlink the node is ready" "$(tail -n 10 "$DIR/log")"
wait_for 30 grep -q 'cannot set up the firewall rules .* nftables cannot be reached' "$DIR/log"
check_result $? "which is told" "$(tail -n 10 "$DIR/log")"
rm "$DIR/none"
wait_for 30 applied 1
check_result $? "when it is there the rules are set up" "$(tail -n 10 "$DIR/log")"
ok_table "with the masquerade, late as it is"
# shellcheck disable=SC2086 # two words
nft delete table $TABLE
wait_for 30 applied 2
check_result $? "and their removal is noticed" "$(tail -n 10 "$DIR/log")"
wait_for 10 listens
check_result $? "as nftables tells of it again" "$(cat /proc/net/netlink)"
kill -TERM "$PID"
wait "$PID"

: >"$DIR/none"
agent 0 --ip-masq=false --iptables-forward-rules=false
wait_for 30 curl -sf "http://127.0.0.1:$HEALTH/readyz"
ok_table "rules that are not wanted any more stay while there is no nfnetlink"
rm "$DIR/none"
wait_for 30 no_table
check_result $? "and go when there is" "$(tail -n 10 "$DIR/log")"
kill -TERM "$PID"
wait "$PID"
tap_end
