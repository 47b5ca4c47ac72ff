# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Checks that print TAP, for the tests of installed software: those of this
# machine, and those that a script makes in the virtual machine.

VM_OPTIONS=()
TAP_NUMBER=0
TAP_BAD=0

# check NAME COMMAND...: COMMAND succeeds
check()
{
	local name=$1 output
	shift

	if output=$("$@" 2>&1); then
		tap_line ok "$name"
		return
	fi
	tap_line 'not ok' "$name"
	echo "# command:  $*"
	echo "# expected: success"
	echo "# seen:     failure, and this output:"
	tail -n 40 <<<"$output" | sed 's/^/#   /'
	return 1
}

# seen NAME EXPECTED COMMAND...: this is all that COMMAND says
seen()
{
	local name=$1 expected=$2 output
	shift 2

	output=$("$@" 2>&1)
	if [ "$output" = "$expected" ]; then
		tap_line ok "$name"
		return
	fi
	tap_line 'not ok' "$name"
	echo "# command:  $*"
	echo "# expected: $expected"
	echo "# seen:     $output"
	return 1
}

# tap_line ok|'not ok' NAME
tap_line()
{
	TAP_NUMBER=$((TAP_NUMBER + 1))
	[ "$1" = ok ] || TAP_BAD=$((TAP_BAD + 1))
	echo "$1 $TAP_NUMBER - $2"
}

# in_vm NAME SECONDS COMMAND...: run a program that prints TAP in the virtual
# machine, on the kernel whose headers are installed, and join what it says. VM_OPTIONS:
# more options of tools/dev/vm/run.
in_vm()
{
	local name=$1 limit=$2 line status log kernel
	shift 2

	kernel=$(kernel_of "$(newest_headers)") || return
	log=$BUILD/logs/$name.out
	"$TOP/tools/dev/vm/run" --kernel "$kernel" --log "$name" --timeout "$limit" \
		"${VM_OPTIONS[@]}" -- "$@" >"$log" 2>&1
	status=$?
	while IFS= read -r line; do
		case $line in
		'ok '*)		tap_line ok "$name: ${line#* - }" ;;
		'not ok '*)	tap_line 'not ok' "$name: ${line#* - }" ;;
		'#'*)		echo "$line" ;;
		esac
	done <"$log"
	if ! grep -q '^1\.\.' "$log" || [ "$status" -gt 1 ]; then
		tap_line 'not ok' "$name: runs to its end (status $status)"
		tail -n 30 "$log" | sed 's/^/#   /'
	fi
}

# The release of the newest kernel that modules can be built for here
newest_headers()
{
	local folder

	for folder in /lib/modules/*; do
		[ ! -e "$folder/build/Makefile" ] || basename "$folder"
	done | sort -V | tail -n 1
}

# kernel_of RELEASE: the folder of that kernel, fetched if it is not there; that of the
# headers may be newer than what was fetched before.
kernel_of()
{
	"$TOP/tools/dev/vm/kernel" "$1" 2>/dev/null && return
	"$TOP/tools/dev/vm/kernel" --update 6.1 >/dev/null && "$TOP/tools/dev/vm/kernel" "$1"
}

# tap_end: the plan; true if no check failed
tap_end()
{
	echo "1..$TAP_NUMBER"
	[ "$TAP_BAD" -eq 0 ]
}
