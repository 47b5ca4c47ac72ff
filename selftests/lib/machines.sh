# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Distributes scenarios over virtual machines, for selftests/run. If a machine dies, only
# the scenario that killed it fails, not the ones after it.
#
# Each machine runs selftests/run with the same list and FLANNEL_CLAIMS, a folder on this
# machine. A file NAME in it says which machine has taken that scenario; a second line says
# that it is done.
# shellcheck disable=SC2154 # vm, results: from selftests/run

# needs NAME: requirements in the head of a scenario, as options of tools/dev/vm/run
needs()
{
	sed -n -e 's/^# CLOCK steady$/--steady/p' -e 's/^# KERNEL /--append\n/p' "$(path "$1")"
}

# unclaimed NAME...: scenarios that no machine has taken
unclaimed()
{
	local name

	for name; do
		[ -e "$FLANNEL_CLAIMS/$name" ] || echo "$name"
	done
}

# unfinished MACHINE NAME...: scenarios that it has taken and not finished
unfinished()
{
	local machine=$1 name
	shift

	for name; do
		[ "$(cat "$FLANNEL_CLAIMS/$name" 2>/dev/null)" != "$machine" ] || echo "$name"
	done
}

# machine NUMBER NAME...: run those of these scenarios that no other machine takes; all have
# the same requirements. If a machine dies, start another one.
machine()
{
	local number=$1 status victim variable round=0 options last=()
	shift
	local list=("$@")

	mapfile -t options < <(needs "$1")
	for variable in V FLANNEL_SLOW FLANNEL_RESULTS FLANNEL_CLAIMS FLANNEL_KSELFTESTS; do
		options+=(--env "$variable")
	done
	[ -z "$unload" ] || last=(--unload)
	while [ -n "$(unclaimed "${list[@]}")" ]; do
		round=$((round + 1))
		"${vm[@]}" --log "$(basename "$FLANNEL_RESULTS")-$number.$round" \
			--timeout $((5400 * FLANNEL_SLOW)) --idle $((1800 * FLANNEL_SLOW)) \
			"${options[@]}" --env "FLANNEL_RUN=$number" -- \
			"$HERE/run" "${last[@]}" "${list[@]}"
		status=$?
		# selftests/run exits with 0 or 1.
		[ "$status" -gt 1 ] || return
		victim=$(unfinished "$number" "${list[@]}")
		if [ "$status" -eq 2 ]; then
			check_result 1 "scenarios: could not be started"
			return
		elif [ -n "$victim" ]; then
			check_result 1 "$victim: the virtual machine ended during it (status $status)"
			echo "ended with the machine" >>"$FLANNEL_CLAIMS/$victim"
		else
			check_result 1 "kernel: its log is clean (status $status)"
			[ "$status" -eq 123 ] || return
		fi
	done
}

# in_machines JOBS NAME...: run scenarios without requirements in JOBS machines at once, each
# taking the next one; also run one machine per set of requirements. The output of the second
# machine is shown when the first is done.
in_machines()
{
	local jobs=$1 name key i plain=() lists=() pids=()
	local -A special=()
	shift

	for name; do
		key=$(needs "$name")
		if [ -n "$key" ]; then
			special[$key]+=" $name"
		else
			plain+=("$name")
		fi
	done
	for ((i = 0; i < jobs && i < ${#plain[@]}; i++)); do
		lists+=("${plain[*]}")
	done
	lists+=("${special[@]}")
	export FLANNEL_RESULTS=${results%/tests}
	export FLANNEL_CLAIMS=$FLANNEL_RESULTS/claims FLANNEL_SLOW=${FLANNEL_SLOW:-1}
	rm -rf "$FLANNEL_CLAIMS"
	mkdir -p "$FLANNEL_CLAIMS" || die "cannot make $FLANNEL_CLAIMS"
	set -m # each is a process group, to be killed as a whole
	for i in "${!lists[@]}"; do
		: >"$FLANNEL_RESULTS/machine-$i" # for tail, which may start earlier
		# shellcheck disable=SC2086 # plain words
		machine "$i" ${lists[i]} >>"$FLANNEL_RESULTS/machine-$i" 2>&1 &
		pids+=($!)
	done
	set +m
	# shellcheck disable=SC2064 # the current process groups
	trap "kill -TERM -- ${pids[*]/#/-} 2>/dev/null" EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	for i in "${!pids[@]}"; do
		tap_read '' relay < <(exec tail -q -n +1 -s 0.2 -f --pid="${pids[i]}" \
			"$FLANNEL_RESULTS/machine-$i")
		wait "${pids[i]}"
	done
	trap - EXIT INT TERM HUP
}
