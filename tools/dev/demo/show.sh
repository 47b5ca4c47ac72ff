# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The output of the demo: numbered steps, each command before its output, one line per
# check. The checks are those of selftests/lib/lib.sh, printed for a reader instead of
# as TAP.

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

# indent: wrap standard input to the line length, after blanks and commas
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

# shown PLACE COMMAND...: print the command only, as a user would type it
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

# shows PLACE COMMAND...: run the command in the namespace of that name; print it and its
# output, which is also in $OUTPUT. Returns the command's status.
shows()
{
	local status

	shown "$@"
	OUTPUT=$(ns "$@" 2>&1)
	status=$?
	[ -z "$OUTPUT" ] || indent <<<"$OUTPUT"
	return "$status"
}

# shown_of WHAT: print the output of a running program, from standard input
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

# check_result STATUS NAME: print one line instead of TAP
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

# skip_all REASON: a requirement that a test would skip without is an error here
skip_all()
{
	echo "demo: $1: run 'make setup' and 'make'" >&2
	# shellcheck disable=SC2034 # read by finish
	SKIPPED_ALL=1
	exit 1
}

# summary STATUS: false if a check failed
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
