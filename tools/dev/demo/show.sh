# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# How the demo shows what it does: numbered steps, each command before its
# output, a line for each check. The checks are those of selftests/lib/lib.sh; here
# they are printed for a reader in place of TAP.

readonly WIDTH=96
HELD=()
MISSED=()

step()
{
	STEP=$((${STEP:-0} + 1))
	printf '\n%s. %s\n' "$STEP" "$1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/   /'
}

# indent: standard input, in lines that fit, broken behind blanks and commas
indent()
{
	awk -v width="$WIDTH" '{
		sub(/ +$/, "")
		line = "     " $0
		while (length(line) > width) {
			for (n = width; n > width / 2; n--)
				if (substr(line, n, 1) ~ /[ ,]/)
					break
			if (n <= width / 2)
				n = width
			print substr(line, 1, n)
			line = "         " substr(line, n + 1)
		}
		print line
	}'
}

# shown PLACE COMMAND...: the command alone, as it would be typed
shown()
{
	local word

	printf '   %s#' "$1"
	shift
	for word; do
		if [[ $word == *[!A-Za-z0-9_./:=@%+,\&-]* ]]; then
			printf " '%s'" "$word"
		else
			printf ' %s' "$word"
		fi
	done
	echo
}

# shows PLACE COMMAND...: the command, and its output, which is left in $OUTPUT;
# the status is its own. It runs in the namespace of that name.
shows()
{
	local status

	shown "$@"
	OUTPUT=$(ns "$@" 2>&1)
	status=$?
	[ -z "$OUTPUT" ] || indent <<<"$OUTPUT"
	return "$status"
}

# shown_of WHAT: what a program that runs has said, from standard input
shown_of()
{
	printf '   %s:\n' "$1"
	indent
}

# etcd_shows ARGUMENT...: the same with etcdctl
etcd_shows()
{
	local status

	shown etcd etcdctl "$@"
	OUTPUT=$(ctl "$@" 2>&1)
	status=$?
	indent <<<"$OUTPUT"
	return "$status"
}

# check_result STATUS NAME: one line; in place of TAP
check_result()
{
	CHECKS=$((CHECKS + 1))
	if [ "$1" -eq 0 ]; then
		HELD+=("$2")
		echo "   [held] $2"
	else
		FAILED=$((FAILED + 1))
		MISSED+=("$2")
		echo "   [NOT HELD] $2"
	fi
	return "$1"
}

# skip_all REASON: what is only skipped among tests is missing here
skip_all()
{
	echo "demo: $1: run 'make setup' and 'make'" >&2
	# shellcheck disable=SC2034 # read by finish
	SKIPPED_ALL=1
	exit 1
}

# summary STATUS: false if something did not hold
summary()
{
	local name

	printf '\nSummary\n'
	for name in "${HELD[@]}"; do
		echo "   [held] $name"
	done
	for name in "${MISSED[@]}"; do
		echo "   [NOT HELD] $name"
	done
	if [ "$1" -eq 0 ] && [ "$FAILED" -eq 0 ]; then
		printf '\nAll of it held: %s checks in %s s.\n' "$CHECKS" "$SECONDS"
		return
	fi
	printf '\nThe demo failed: %s of %s checks did not hold' "$FAILED" "$CHECKS"
	[ "$1" -eq 0 ] && echo . || echo ", and it ended early (status $1)."
	return 1
}
