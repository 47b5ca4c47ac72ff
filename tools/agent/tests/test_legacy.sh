#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The old iptables, whose tables are not nftables': a FORWARD chain there that drops is
# noticed and opened as flanneld does it, by its own program; or its commands are told.
#
#   agent (host-gw) --- v0 === v1                 in a network namespace of its own
set -u

HERE=$(dirname "$(realpath "$0")")
. "$HERE/inside.sh"
inside n
. "$HERE/common.sh"
need curl ip setpriv iptables-legacy ip6tables-legacy iptables-legacy-restore

HEALTH=8471
NET4=10.5.0.0/16
NET6=fd05::/48
TOLD='chain FORWARD of legacy'

tables()
{
	cat /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>/dev/null
}

# In a namespace without tables, as this is one; the program makes them.
if ! output=$(unshare -n sh -c 'iptables-legacy -S && ip6tables-legacy -S' 2>&1); then
	skip_all "the old iptables does not work here: $output"
fi

# agent [FLAG]...; AS=(COMMAND...) to be run by
AS=()
agent()
{
	"${AS[@]}" "$AGENT" --store-file="$DIR/store.json" --iface=v0 \
		--subnet-file="$DIR/run/subnet.env" --iptables-resync=1 \
		--healthz-ip=127.0.0.1 --healthz-port=$HEALTH "$@" >"$DIR/log" 2>&1 &
	PID=$!
	wait_for 30 curl -sf "http://127.0.0.1:$HEALTH/readyz"
	check_result $? "the node is ready${1:+ ($*)}" "$(tail -n 10 "$DIR/log")"
}

agent_ends()
{
	kill -TERM "$PID"
	wait "$PID"
	expect_eq "SIGTERM ends it" 0 $?
}

# looked N: the agent has looked at the firewall another N times, as it does each second
looked()
{
	sleep "$((${1:-2} + 1))"
}

told()
{
	grep -c "$TOLD" "$DIR/log"
}

# chain PROGRAM CHAIN: its rules
chain()
{
	"$1" -S "$2" 2>/dev/null | grep '^-A'
}

# fwd PROGRAM NETWORK: what FLANNEL-FWD shall be
fwd()
{
	printf '%s\n' "-A FLANNEL-FWD -s $2 -j ACCEPT" "-A FLANNEL-FWD -d $2 -j ACCEPT"
}

jumps()
{
	chain "$1" FORWARD | grep -q 'FLANNEL-FWD'
}

ip link set lo up
ip link add v0 type veth peer name v1
ip addr add 192.0.2.1/24 dev v0
ip addr add 2001:db8::1/64 dev v0 nodad
ip link set v1 up
ip link set v0 up
cat >"$DIR/store.json" <<-END
	{"config": {"Network": "$NET4", "EnableIPv6": true, "IPv6Network": "$NET6",
		"Backend": {"Type": "host-gw"}}}
END

agent
looked
expect_eq "tables that are not there are not made" "" "$(tables)"

iptables-legacy -A FORWARD -s 203.0.113.0/24 -j DROP
iptables-legacy -A FORWARD -j ACCEPT -p icmp
looked
expect_eq "a chain whose policy is to accept is left" 2 "$(chain iptables-legacy FORWARD | wc -l)"
iptables-legacy -P FORWARD DROP
wait_for 30 jumps iptables-legacy
check_result $? "a policy to drop is noticed" "$(iptables-legacy -S)" "$(tail -n 5 "$DIR/log")"
expect_eq "at the end of the chain" "-A FORWARD -j FLANNEL-FWD" \
	"$(chain iptables-legacy FORWARD | tail -n 1)"
expect_eq "behind all rules of others" 3 "$(chain iptables-legacy FORWARD | wc -l)"
expect_eq "the network is accepted, as flanneld does it" "$(fwd iptables-legacy $NET4)" \
	"$(chain iptables-legacy FLANNEL-FWD)"
wait_for 10 grep -q "FORWARD of iptables-legacy has policy drop: added chain FLANNEL-FWD, which accepts $NET4" "$DIR/log"
check_result $? "which is told" "$(tail -n 5 "$DIR/log")"
looked 3
expect_eq "and done once" 3 "$(chain iptables-legacy FORWARD | wc -l)"

ip6tables-legacy -P FORWARD DROP
wait_for 30 jumps ip6tables-legacy
check_result $? "IPv6, too" "$(ip6tables-legacy -S)" "$(tail -n 5 "$DIR/log")"
expect_eq "with its network" "$(fwd ip6tables-legacy $NET6)" "$(chain ip6tables-legacy FLANNEL-FWD)"

iptables-legacy -F FORWARD
wait_for 30 jumps iptables-legacy
check_result $? "rules that somebody flushes come back" "$(iptables-legacy -S)"
expect_eq "as they were" "$(fwd iptables-legacy $NET4)" "$(chain iptables-legacy FLANNEL-FWD)"
agent_ends
expect_eq "they stay when it ends" "-A FORWARD -j FLANNEL-FWD" "$(chain iptables-legacy FORWARD)"

agent --remove-rules-at-exit
agent_ends
for program in iptables-legacy ip6tables-legacy; do
	wait_for 10 eval "! $program -S FLANNEL-FWD"
	check_result $? "$program: --remove-rules-at-exit takes them out" "$($program -S)"
done

agent --iptables-forward-rules=false
wait_for 30 grep -q "$TOLD iptables has policy drop; .*iptables-legacy -A FORWARD -s $NET4 -j ACCEPT" "$DIR/log"
check_result $? "without leave the commands are told" "$(tail -n 5 "$DIR/log")"
looked 3
expect_eq "once for each family" 2 "$(told)"
expect_eq "and nothing is done" "" "$(chain iptables-legacy FORWARD)"
iptables-legacy -A FORWARD -s $NET4 -j ACCEPT
agent_ends

# The program wants CAP_NET_RAW, which the unit has not.
AS=(setpriv "--bounding-set=-all,+net_admin" "--inh-caps=-all,+net_admin" --no-new-privs)
iptables-legacy -F FORWARD
agent
refused="$TOLD iptables has policy drop, and iptables-legacy-restore could not change it"
wait_for 30 grep -q "$refused .*: iptables-legacy -A FORWARD -s $NET4 -j ACCEPT" "$DIR/log"
check_result $? "a program that may not do it is told of, with the commands" "$(tail -n 5 "$DIR/log")"
looked 3
expect_eq "once" 1 "$(grep -c "$refused" "$DIR/log")"
expect_eq "and the program has no lines of its own in the log" 0 "$(grep -c '^[^0-9]' "$DIR/log")"
agent_ends
tap_end
