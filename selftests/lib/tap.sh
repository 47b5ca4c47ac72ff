# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Checks that print TAP (testanything.org). Scenarios, tests of the tools and the build
# machinery all write their results with this. tap_read.sh reads them.

CHECKS=0
FAILED=0
SKIPPED=0

# tap_begin: print the first line
tap_begin()
{
	echo "TAP version 13"
}

# tap_end: print the last line; true if no check failed
tap_end()
{
	echo "1..$CHECKS"
	[ "$FAILED" -eq 0 ]
}

# tap_total: at the end of a run of many tests: print the last line and the number of
# checks of each kind; true if none failed and some passed
tap_total()
{
	local passed=$((CHECKS - FAILED - SKIPPED))

	tap_end
	echo "$passed passed, $FAILED failed, $SKIPPED skipped"
	[ "$FAILED" -eq 0 ] && [ "$CHECKS" -gt 0 ]
}

diag()
{
	printf '%s\n' "$@" | sed 's/^/# /'
}

# check_result STATUS NAME [LINE]...: report one check, with these lines if it failed
check_result()
{
	local status=$1 name=$2
	shift 2

	CHECKS=$((CHECKS + 1))
	if [ "$status" -eq 0 ]; then
		echo "ok $CHECKS - $name"
		return
	fi
	FAILED=$((FAILED + 1))
	echo "not ok $CHECKS - $name"
	[ $# -eq 0 ] || diag "$@"
	return "$status"
}

# ok NAME COMMAND...: COMMAND succeeds. Its output is left in $OUTPUT.
ok()
{
	local name=$1 status
	shift

	OUTPUT=$("$@" 2>&1)
	status=$?
	check_result "$status" "$name" "command:  $*" "expected: success" \
		"seen:     exit status $status, and this output:" "$OUTPUT"
}

# not_ok NAME COMMAND...: COMMAND fails.
not_ok()
{
	local name=$1 status
	shift

	OUTPUT=$("$@" 2>&1)
	status=$?
	[ "$status" -ne 0 ]
	check_result $? "$name" "command:  $*" "expected: failure" \
		"seen:     success, and this output:" "$OUTPUT"
}

# refused NAME REGEX COMMAND...: COMMAND fails with a matching message.
refused()
{
	local name=$1 regex=$2 status
	shift 2

	OUTPUT=$("$@" 2>&1)
	status=$?
	[ "$status" -ne 0 ] && grep -qiE -- "$regex" <<<"$OUTPUT"
	check_result $? "$name" "command:  $*" \
		"expected: failure, and words that match: $regex" \
		"seen:     exit status $status, and this output:" "$OUTPUT"
}

# says NAME REGEX COMMAND...: COMMAND succeeds and its output matches.
says()
{
	local name=$1 regex=$2 status
	shift 2

	OUTPUT=$("$@" 2>&1)
	status=$?
	[ "$status" -eq 0 ] && grep -qE -- "$regex" <<<"$OUTPUT"
	check_result $? "$name" "command:  $*" \
		"expected: success, and output that matches: $regex" \
		"seen:     exit status $status, and this output:" "$OUTPUT"
}

# says_only NAME EXPECTED COMMAND...: COMMAND succeeds and its output is equal.
says_only()
{
	local name=$1 expected=$2
	shift 2

	OUTPUT=$("$@" 2>&1)
	[ "$OUTPUT" = "$expected" ]
	check_result $? "$name" "command:  $*" "expected: $expected" "seen:     $OUTPUT"
}

# expect_eq NAME EXPECTED SEEN
expect_eq()
{
	[ "$2" = "$3" ]
	check_result $? "$1" "expected: $2" "seen:     $3"
}

# expect_ne NAME UNWANTED SEEN
expect_ne()
{
	[ "$2" != "$3" ]
	check_result $? "$1" "expected: anything but '$2'"
}

# expect NAME SEEN OP NUMBER: OP is an operator of test(1), for instance -ge
expect()
{
	[[ $2 =~ ^-?[0-9]+$ ]] && test "$2" "$3" "$4"
	check_result $? "$1" "expected: $3 $4" "seen:     ${2:-nothing}"
}

# skip NAME REASON: a check that cannot run here
skip()
{
	CHECKS=$((CHECKS + 1))
	SKIPPED=$((SKIPPED + 1))
	echo "ok $CHECKS - $1 # SKIP $2"
}

# skip_all REASON: the whole test cannot run here
skip_all()
{
	if [ "$CHECKS" -gt 0 ]; then
		skip "what follows" "$1"
	else
		echo "1..0 # SKIP $1"
		SKIPPED_ALL=1
	fi
	exit 4
}

# need PROGRAM...: skip the test if one is not installed
need()
{
	local program

	for program; do
		command -v "$program" >/dev/null || skip_all "$program is not installed"
	done
}
