# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests that need namespaces of their own; to be read before common.sh.

. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../../../selftests/lib/tap.sh"

# inside FLAGS: the script, begun anew in these namespaces of unshare(1), without
# privileges as the root of a user namespace. Or the test is skipped.
inside()
{
	local user=() output

	[ -z "${TEST_INSIDE:-}" ] || return 0
	[ "$(id -u)" -eq 0 ] || user=(-r)
	output=$(unshare "-$1" "${user[@]}" true 2>&1) ||
		skip_all "no namespaces: $output"
	TEST_INSIDE=1 exec unshare "-$1" "${user[@]}" "$(realpath "$0")"
}
