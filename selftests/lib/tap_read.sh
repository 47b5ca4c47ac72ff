# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Reads TAP: the checks of a program become checks of the reader, with tap.sh, which has
# to be sourced before. The only reader: selftests/run uses it for programs, and callers of
# the runner, on this machine or in another one, use it for the runner's output.

readonly TAP_CHECK='^(ok|not ok)( [0-9]+)?( -)?( (.*))?$'
readonly TAP_SKIP='^(.*[^ ])?[ ]*#[ ]*[Ss][Kk][Ii][Pp][^ ]*( (.*))?$'
readonly TAP_PLAN='^1\.\.([0-9]+)([ ]*#[ ]*[Ss][Kk][Ii][Pp][^ ]*( (.*))?)?$'
readonly TAP_TOTAL='^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'

# tap_read TITLE MODE: read standard input. The checks are named TITLE: NAME, or NAME
# without a TITLE. MODE selects the other output to show:
#   failed    comments, from the first failure on
#   all       everything, as comments
#   relay     everything unchanged; for output that has been through a reader before
# The results are in TAP_*, for tap_verdict.
tap_read()
{
	local title=$1 mode=$2 line text

	TAP_SEEN=0	# checks; or -1 if all of them were skipped
	TAP_BAD=0	# failed ones
	TAP_PLANNED=	# total of all plans; empty if there was none
	TAP_SAID=	# why the program gave up
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line%$'\r'}
		if [[ $line =~ $TAP_PLAN ]]; then
			TAP_PLANNED=$((TAP_PLANNED + BASH_REMATCH[1]))
			if [ "${BASH_REMATCH[1]}" -eq 0 ] && [ "$mode" != relay ]; then
				skip "$title" "${BASH_REMATCH[4]:-no reason given}"
				TAP_SEEN=-1
			fi
		elif [[ $line =~ $TAP_CHECK ]]; then
			TAP_SEEN=$((TAP_SEEN + 1))
			text=${title:+$title: }${BASH_REMATCH[5]:-check $TAP_SEEN}
			if [[ $text =~ $TAP_SKIP ]]; then
				skip "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]:-no reason given}"
			elif [[ $line == not* ]]; then
				TAP_BAD=$((TAP_BAD + 1))
				check_result 1 "$text"
			else
				check_result 0 "$text"
			fi
		elif [[ $line == 'Bail out!'* ]]; then
			TAP_SAID=$line
		elif [[ $line == 'TAP version'* ]] || [[ $line =~ $TAP_TOTAL ]]; then
			:
		elif [ "$mode" = relay ]; then
			printf '%s\n' "$line"
		elif [ "$mode" = all ] || [[ $line == '#'* ]]; then
			[[ $line == '#'* ]] || line="# $line"
			[ "$mode" = failed ] && [ "$TAP_BAD" -eq 0 ] || printf '%s\n' "$line"
		fi
	done
}

# tap_verdict TITLE STATUS [LIMIT]: after tap_read: check that the program ended as its
# checks imply, within LIMIT seconds; if not, report a failed check
tap_verdict()
{
	local title=$1 status=$2 said=$TAP_SAID

	if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
		said="ended${3:+ after $3 s}"
	elif [ "$status" -eq 4 ] && [ "$TAP_SEEN" -eq 0 ]; then
		skip "$title" "it says so with its exit status"
		TAP_SEEN=-1
	elif [ "$status" -ne 0 ] && [ "$TAP_BAD" -eq 0 ] && [ "$TAP_SEEN" -ge 0 ]; then
		said=${said:-exits with status $status}
	elif [ "$TAP_SEEN" -eq 0 ]; then
		said=${said:-made no check}
	elif [ "$TAP_SEEN" -gt 0 ] && [ -z "$TAP_PLANNED" ]; then
		said=${said:-does not say how many checks it makes}
	elif [ "$TAP_SEEN" -gt 0 ] && [ "$TAP_PLANNED" -ne "$TAP_SEEN" ]; then
		said=${said:-made $TAP_SEEN checks of $TAP_PLANNED}
	fi
	[ -n "$said" ] || return 0
	TAP_BAD=$((TAP_BAD + 1))
	check_result 1 "$title: $said"
}

# tap_rest LOG: of a failed test, the lines of its log that are not TAP
tap_rest()
{
	grep -avE "$TAP_CHECK|^1\.\.|^TAP version|^#" "$1" | tail -n 60 | sed 's/^/# /'
}

# tap_run TITLE MODE COMMAND...: read the output of a program, and kill it when this
# script is killed. Its status is in TAP_STATUS.
tap_run()
{
	local title=$1 mode=$2 fd
	shift 2

	exec {fd}< <(exec "$@")
	TAP_PID=$!
	trap 'kill -TERM "$TAP_PID" 2>/dev/null; exit 130' INT
	trap 'kill -TERM "$TAP_PID" 2>/dev/null; exit 143' TERM HUP
	tap_read "$title" "$mode" <&"$fd"
	exec {fd}<&-
	wait "$TAP_PID"
	TAP_STATUS=$?
	trap - INT TERM HUP
}
