# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the tests of the agent beside a real etcd: checks, waiting, and an end that leaves
# nothing behind.

. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../../../selftests/lib/tap.sh"

AGENT=${OUT:-build/tools}/bin/flannel-agent
DIR=$(mktemp -d) || exit 1
PREFIX=/coreos.com/network
NET='{"Network":"10.5.0.0/16","Backend":{"Type":"alloc"}}'
export ETCDCTL_API=3

finish()
{
	local pids

	# A child that is ended before it has become another program runs this too.
	[ "$BASHPID" = "$$" ] || return
	pids=$(jobs -p)
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
	wait 2>/dev/null
	rm -rf "$DIR"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# wait_for SECONDS COMMAND...
wait_for()
{
	local end=$((SECONDS + $1))
	shift

	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# free_port: one that nobody has now, and that is no client's either, which the kernel
# takes from 32768 on
free_port()
{
	local port

	while :; do
		port=$((10000 + RANDOM % 22000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# metric NAME: of the agent whose health server listens at $HEALTH
metric()
{
	curl -s --max-time 10 "http://127.0.0.1:$HEALTH/metrics" |
		awk -v name="$1" '$1 == name { print $2 }'
}

# alive SECONDS NAME: that agent answers all the time
alive()
{
	local output status

	output=$(python3 "$(dirname "$(realpath "$0")")/probe.py" "$HEALTH" "$1")
	status=$?
	check_result $status "$2: health checks are answered" "$output" "$(tail -n 5 "$DIR/log")"
	echo "# $output"
}
