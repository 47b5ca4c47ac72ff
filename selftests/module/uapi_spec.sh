#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The specification of the netlink family, the header, the names that the library
# has, and the policies of the running module say the same thing.
#
#   flannel.yaml --+-- include/uapi/linux/flannel.h     names, numbers, types
#                  +-- tools/lib/names_gen.c            names
#                  +-- the kernel (CTRL_CMD_GETPOLICY)  commands, groups, types,
#                                                       limits
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"

TREE=${FLANNEL_TREE:-$(dirname "$SELFTESTS")}
SPEC=$TREE/Documentation/netlink/specs/flannel.yaml
HEADER=$TREE/include/uapi/linux/flannel.h
NAMES=$TREE/tools/lib/names_gen.c

need python3
python3 -c 'import yaml' 2>/dev/null || skip_all "python3-yaml is not installed"
[ -e "$SPEC" ] || skip_all "$SPEC is not there: FLANNEL_TREE names the source tree"

# compared ARGUMENT...: a check for each comparison that uapi_spec.py makes
compared()
{
	local name expected seen made=0

	if ! python3 "$HERE/uapi_spec.py" "$@" >"$TMP/compared" 2>"$TMP/error"; then
		fatal "uapi_spec.py $1: $(tail -n 3 "$TMP/error")"
	fi
	while IFS=$'\t' read -r name expected seen; do
		expect_eq "$name" "$expected" "$seen"
		made=$((made + 1))
	done <"$TMP/compared"
	expect "comparisons with the $1 were made" "$made" -ge 10
}

# A wrong specification must be told: a test that cannot fail says nothing.
# wrong NAME SED_EXPRESSION ARGUMENT...
wrong()
{
	local name=$1 expression=$2
	shift 2

	sed "$expression" "$SPEC" >"$TMP/wrong.yaml"
	expect_ne "$name: the specification was changed" "$(cat "$SPEC")" \
		"$(cat "$TMP/wrong.yaml")"
	# shellcheck disable=SC2016 # awk's own fields
	says "$name: it is noticed" . awk -F '\t' '$2 != $3' <(
		python3 "$HERE/uapi_spec.py" "$1" "$TMP/wrong.yaml" "${@:2}")
}

compared spec "$SPEC" "$HEADER" "$NAMES"
wrong "wrong name" 's/name: remote4/name: remote-4/' spec "$HEADER" "$NAMES"
wrong "wrong number" 's/value: 70$/value: 71/' spec "$HEADER" "$NAMES"
wrong "wrong type" '/name: tx-packets/,/type/s/u64/u32/' spec "$HEADER" "$NAMES"

need_module
compared kernel "$SPEC"
wrong "wrong limit" 's/max: 16777215/max: 16777214/' kernel
wrong "wrong permission" '/name: dev-get/,/do:/s/admin-perm//' kernel
wrong "attribute too many" 's/\[ ifindex, ifname, generation \]/[ ifindex, ifname ]/' \
	kernel
