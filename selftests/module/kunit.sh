#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The unit tests of the module (fl_test.c): each of their cases is a check here. They run
# when flannel_test is loaded, in kernels that have KUnit, the debug kernel for one.
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
# shellcheck source=selftests/lib/tap_read.sh
. "$LIB/tap_read.sh"

readonly SUITES=(flannel_prefix flannel_lease flannel_flow flannel_miss flannel_config)
readonly RESULTS=/sys/kernel/debug/kunit

has_kunit()
{
	grep -q ' kunit_' /proc/kallsyms || modinfo kunit >/dev/null 2>&1
}

# read_suite NAME FILE: in KTAP: the cases are a stream of their own within that of the
# suite, and so four spaces from the left. What they say comes before them.
read_suite()
{
	tap_read "$1" failed < <(sed -n 's/^    //p' "$2")
	tap_verdict "$1" 0
	[ "$TAP_BAD" -eq 0 ] || diag "$(<"$2")"
}

has_kunit || skip_all "this kernel has no KUnit"
if ! modinfo flannel_test >/dev/null 2>&1 && [ -z "${FLANNEL_VM:-}" ]; then
	skip_all "module flannel_test is not installed"
fi
need_module
mountpoint -q /sys/kernel/debug || must mount -t debugfs debugfs /sys/kernel/debug
must modprobe flannel_test
for suite in "${SUITES[@]}"; do
	if [ -e "$RESULTS/$suite/results" ]; then
		read_suite "$suite" "$RESULTS/$suite/results"
	else
		check_result 1 "$suite: there are results"
	fi
done
# It holds flannel.
ok "flannel_test can be unloaded" modprobe -r flannel_test
