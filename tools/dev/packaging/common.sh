# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the tests of installed software: runs a TAP program in the virtual machine, and
# finds the kernels that the software can be installed for. $TOP has to be set.

. "$TOP/selftests/lib/tap.sh"
. "$TOP/selftests/lib/tap_read.sh"

VM_OPTIONS=()

# in_vm NAME SECONDS COMMAND...: run a TAP program in the virtual machine, on the kernel
# whose headers are installed, and merge its output. VM_OPTIONS: more options of
# tools/dev/vm/run.
in_vm()
{
	local name=$1 limit=$2 log=$BUILD/logs/$1.out status kernel
	shift 2

	kernel=$(kernel_of "$(newest_headers)") || return
	"$TOP/tools/dev/vm/run" --kernel "$kernel" --log "$name" --timeout "$limit" \
		"${VM_OPTIONS[@]}" -- "$@" >"$log" 2>&1
	status=$?
	tap_read "$name" failed <"$log"
	tap_verdict "$name" "$status"
	[ "$TAP_BAD" -eq 0 ] || tap_rest "$log"
}

# The release of the newest kernel for which this machine can build modules
newest_headers()
{
	local folder

	for folder in /lib/modules/*; do
		[ ! -e "$folder/build/Makefile" ] || basename "$folder"
	done | sort -V | tail -n 1
}

# kernel_of RELEASE: the folder of that kernel, fetched if it is missing; the headers may
# be newer than the kernel fetched before.
kernel_of()
{
	"$TOP/tools/dev/vm/kernel" "$1" 2>/dev/null && return
	"$TOP/tools/dev/vm/kernel" --update 6.1 >/dev/null && "$TOP/tools/dev/vm/kernel" "$1"
}
