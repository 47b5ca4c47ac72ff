# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Every scenario sources this first: checks that print TAP, network namespaces that
# are deleted on every exit, waiting, and a check of the kernel log at the end.
# nodes.sh builds overlays on top of this. See README.md.

TEST=$(basename "$0" .sh)
# The folders of the scenario, of its libraries, and of all selftests
HERE=$(dirname "$(realpath "$0")")
LIB=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
SELFTESTS=$(dirname "$LIB")
# shellcheck source=selftests/lib/tap.sh
. "$LIB/tap.sh"
# shellcheck source=selftests/lib/splat.sh
. "$LIB/splat.sh"

# The programs of this tree, if they are built, otherwise those of the system.
FLANNEL_BUILD=${FLANNEL_BUILD:-${BUILD:-$(dirname "$SELFTESTS")/build}}
if [ -d "$FLANNEL_BUILD/tools/bin" ]; then
	PATH=$FLANNEL_BUILD/tools/bin:$PATH
	export IP_LIB_DIR=${IP_LIB_DIR:-$FLANNEL_BUILD/tools/lib/ip}
fi

NAMESPACES=()
NS_PREFIX=flt$$
LAST_WORDS=	# function that the scenario has to call before it ends
# For Python programs, to find namespaces and frames.py.
export NS_PREFIX PYTHONPATH=$LIB PYTHONDONTWRITEBYTECODE=1
TMP=$(mktemp -d "${TMPDIR:-/tmp}/flannel-$TEST.XXXXXX") || exit 1

# Steps
# -----

# fatal TEXT: the scenario cannot continue, and fails
fatal()
{
	check_result 1 "$1"
	exit 1
}

# must COMMAND...: a step that is not a check, but has to succeed
must()
{
	local output status

	output=$("$@" 2>&1)
	status=$?
	[ "$status" -eq 0 ] && return
	check_result 1 "setting up: $*" "expected: success" \
		"seen:     exit status $status, and this output:" "$output"
	exit 1
}

# need_module: load flannel, or use the loaded one. If the module exists but cannot be
# loaded, that is a failure.
need_module()
{
	grep -q '^flannel ' /proc/modules && return
	if ! modinfo flannel >/dev/null 2>&1 && [ -z "${FLANNEL_VM:-}" ]; then
		skip_all "module flannel is not installed"
	fi
	must modprobe flannel
}

# Waiting
# -------

# wait_for SECONDS COMMAND...: wait until COMMAND succeeds; false if it never did
wait_for()
{
	local end=$((SECONDS + $1 * ${FLANNEL_SLOW:-1}))
	shift

	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# Network namespaces
# ------------------
# Scenarios use short names (node1). The system's names have a prefix, so that two
# runs on one machine do not collide.

ns_name()
{
	echo "$NS_PREFIX-$1"
}

# ns_create NAME...
ns_create()
{
	local name

	for name; do
		NAMESPACES+=("$name")
		echo "netns add $NS_PREFIX-$name"
	done >"$TMP/namespaces"
	must ip -batch "$TMP/namespaces"
	for name; do
		nip_batch "$name" <<<"link set lo up"
	done
}

# ns_delete NAME: including everything that runs in it
ns_delete()
{
	local name=$1 pids item
	local left=()

	pids=$(ip netns pids "$NS_PREFIX-$name" 2>/dev/null)
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
	ip netns del "$NS_PREFIX-$name" 2>/dev/null
	for item in "${NAMESPACES[@]}"; do
		[ "$item" = "$name" ] || left+=("$item")
	done
	NAMESPACES=("${left[@]}")
}

# ns NAME COMMAND...: run COMMAND in it. nsenter does not change mounts, which is
# much faster than ip netns exec; /sys then is that of the first namespace.
ns()
{
	local name=$1
	shift
	nsenter "--net=/run/netns/$NS_PREFIX-$name" "$@"
}

# nip NAME ARGUMENT...: ip(8) in that namespace
nip()
{
	local name=$1
	shift
	ip -n "$NS_PREFIX-$name" "$@"
}

# nip_batch NAME: ip(8) commands from standard input, run by one process
nip_batch()
{
	must ip -n "$NS_PREFIX-$1" -batch -
}

# ns_background NAME COMMAND...: the same in the background; BACKGROUND is its
# process, not that of a shell around it
ns_background()
{
	local name=$1
	shift
	nsenter "--net=/run/netns/$NS_PREFIX-$name" "$@" &
	BACKGROUND=$!
}

# veth NAME1 DEVICE1 NAME2 DEVICE2: create a pair, not up yet
veth()
{
	must ip link add "$2" netns "$NS_PREFIX-$1" type veth \
		peer name "$4" netns "$NS_PREFIX-$3"
}

# sysctl_set NAME KEY=VALUE...
sysctl_set()
{
	local name=$1
	shift
	must ns "$name" sysctl -q -w "$@"
}

# Looking
# -------

# link_get NAME DEVICE JQ_FILTER: a value from `ip -j -d -s link show`
link_get()
{
	nip "$1" -j -d -s link show dev "$2" | jq -r ".[0] | $3"
}

# counter NAME DEVICE COUNTER: a counter from ethtool -S
counter()
{
	ns "$1" ethtool -S "$2" 2>/dev/null |
		awk -v name="$3:" '$1 == name { print $2; exit }'
}

# counters NAME DEVICE: all nonzero counters, for diagnosis
counters()
{
	ns "$1" ethtool -S "$2" 2>/dev/null | awk '$2 != 0 { $1 = $1; print }'
}

# The kernel log
# --------------

kernel_log()
{
	dmesg | sed "1,/selftests: $TEST $$ begins/d"
}

check_kernel_log()
{
	[ -w /dev/kmsg ] || return 0
	kernel_log >"$TMP/kernel.log"
	if splat_in "$TMP/kernel.log" >"$TMP/splat.log"; then
		check_result 1 "the kernel log is clean" \
			"expected: no warning, oops or lock report" \
			"seen:     $(cat "$TMP/splat.log")"
	else
		check_result 0 "the kernel log is clean"
	fi
}

# clean_up: stop all programs and delete all namespaces
# shellcheck disable=SC2317 # called by the trap
clean_up()
{
	local name jobs

	jobs=$(jobs -p)
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$jobs" ] || kill $jobs 2>/dev/null
	for name in "${NAMESPACES[@]}"; do
		ns_delete "$name"
	done
	# The shell would report each of them, after the last line.
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$jobs" ] || { kill -KILL $jobs; wait $jobs; } 2>/dev/null
}

# shellcheck disable=SC2317 # called by the trap
finish()
{
	local status=$?

	trap - EXIT
	clean_up
	if [ "$status" -eq 0 ] && [ -n "$LAST_WORDS" ]; then
		check_result 1 "the scenario ends with $LAST_WORDS"
	fi
	if [ -z "${SKIPPED_ALL:-}" ]; then
		check_kernel_log
		tap_end
	fi
	rm -rf "$TMP"
	[ "$FAILED" -eq 0 ] || exit 1
	exit "$status"
}

if [ "$(id -u)" -ne 0 ]; then
	rm -rf "$TMP"
	skip_all "needs root"
fi
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
tap_begin
if [ -w /dev/kmsg ]; then
	echo "selftests: $TEST $$ begins" >/dev/kmsg
fi
