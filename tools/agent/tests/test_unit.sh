#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The systemd unit: systemd understands all of it, it is as narrow as it is said to
# be, and what the agent does is within it.
set -u

. "$(dirname "$(realpath "$0")")/common.sh"
need systemd-analyze

UNIT=$(dirname "$(realpath "$0")")/../flannel-agent.service
ONCE=$(dirname "$UNIT")/flannel-agent@.service
EXPOSURE=20	# of 100, as systemd-analyze counts

# setting NAME: its values in the unit
setting()
{
	sed -n "s/^$1=//p" "$UNIT"
}

# calls SET...: the system calls of systemd's sets, and of the sets within
calls()
{
	local set

	for set; do
		systemd-analyze syscall-filter "$set" | sed -n 's/^    \([@a-z_0-9]\)/\1/p'
	done | while read -r set; do
		if [[ $set == @* ]]; then
			calls "$set"
		else
			echo "$set"
		fi
	done
}

verify()
{
	local unit

	# The program is not installed yet.
	for unit in "$UNIT" "$ONCE"; do
		sed "s:^ExecStart=[^ ]*:ExecStart=$(realpath "$AGENT"):" "$unit" \
			>"$DIR/$(basename "$unit")"
	done
	output=$(systemd-analyze verify --man=no "$DIR/flannel-agent.service" \
		"$DIR/flannel-agent@release.service" 2>&1)
	expect_eq "systemd finds nothing wrong" "" \
		"$(grep -F flannel-agent <<<"$output")"
	output=$(systemd-analyze security --offline=true --threshold=$EXPOSURE \
		"$DIR/flannel-agent.service" 2>&1)
	check_result $? "its exposure is at most $EXPOSURE of 100" "$(tail -n 2 <<<"$output")"
	expect_eq "one capability is all that it has" "CAP_NET_ADMIN CAP_NET_ADMIN" \
		"$(setting CapabilityBoundingSet) $(setting AmbientCapabilities)"
	expect_eq "its user is made by sysusers.d" "$(setting User)" \
		"$(awk '$1 == "u" { print $2 }' "$(dirname "$UNIT")/sysusers.conf")"
	expect_eq "what is done once is done within the same bounds" "$(bounds "$UNIT")" \
		"$(bounds "$ONCE")"
	expect_eq "wrong flags are not tried again" 64 "$(setting RestartPreventExitStatus)"
	expect_eq "nothing of Kubernetes waits for it" docker.service "$(setting Before)"
	# One ends before the other begins: with Conflicts= alone they do both at once.
	expect_eq "flanneld and it take turns" "flanneld.service flanneld.service" \
		"$(setting Conflicts) $(setting After | grep -x 'flanneld.*')"
}

# bounds UNIT: what the unit may do
bounds()
{
	sed -n '/^User=/,/^UMask=/p' "$1"
}

# A life with all that needs no privilege, and whether the unit lets it
life()
{
	local port filter allowed=() denied=() word pid

	port=$(free_port)
	echo "{\"config\": $NET}" >"$DIR/store.json"
	# The leak check of a sanitised build does not work below strace.
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$DIR/trace" "$AGENT" --store-file="$DIR/store.json" --iface=lo \
		--public-ip=127.0.0.1 --subnet-file="$DIR/run/subnet.env" \
		--healthz-ip=127.0.0.1 --healthz-port="$port" >"$DIR/log" 2>&1 &
	wait_for 20 grep -q 'this node is set up' "$DIR/log"
	check_result $? "the agent runs" "$(cat "$DIR/log")"
	curl -s --max-time 5 "http://127.0.0.1:$port/metrics" >"$DIR/metrics"
	pid=$(awk '{ print $1; exit }' "$DIR/trace")
	kill -HUP "$pid"
	wait_for 20 grep -q 'reloaded the network config' "$DIR/log"
	kill -TERM "$pid"
	wait

	while read -r -a filter; do
		for word in "${filter[@]}"; do
			if [[ ${filter[0]} == '~'* ]]; then
				denied+=("${word#\~}")
			else
				allowed+=("$word")
			fi
		done
	done < <(setting SystemCallFilter)
	comm -23 <(calls "${allowed[@]}" | sort -u) <(calls "${denied[@]}" | sort -u) \
		>"$DIR/allowed"
	# systemd itself starts the program.
	sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$DIR/trace" | grep -vx execve |
		sort -u >"$DIR/used"
	expect_eq "it was seen at work" yes "$(grep -qx epoll_ctl "$DIR/used" && echo yes)"
	expect_eq "it makes no system call that the unit forbids" "" \
		"$(comm -13 "$DIR/allowed" "$DIR/used" | tr '\n' ' ')"
}

tap_begin
verify
if command -v strace >/dev/null; then
	life
else
	skip "system calls" "strace is not installed"
fi
tap_end
