#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's own tests of its vxlan device, out of the distribution's source
# package, pass for ours: nothing in them is changed but the kind of the link.
#
#   forwarding/vxlan_bridge_1d.sh      flood list, unicast, TTL, TOS, ECN, learning
#   forwarding/vxlan_*.sh              its siblings: IPv6, VLAN-aware bridges, ports,
#                                      routing between overlays
#   test_vxlan_fdb_changelink.sh       the default remote of a live device
#   test_vxlan_under_vrf.sh            the underlay in a VRF
#
# Each runs in namespaces of its own (network, processes, mounts), so that they
# do not meet; most of their time they sleep.
#
# The siblings take a quarter of an hour: they are run by "forwarding.sh all", or by
# their names. KIND=vxlan runs all as they are, to see what they say of the kernel's
# own device.
#
# What is learned ages while they work: a host that is busy must not hurry them.
#
# TIMEOUT 1500
# CLOCK steady
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
KIND=${KIND:-flannel}
KSELFTESTS=${FLANNEL_KSELFTESTS:-${XDG_CACHE_HOME:-$HOME/.cache}/flannel/kselftests/6.1/tools/testing/selftests/net}
TESTS=(
	forwarding/vxlan_bridge_1d.sh
	forwarding/vxlan_bridge_1d_port_8472.sh
	test_vxlan_fdb_changelink.sh
	test_vxlan_under_vrf.sh
)
SIBLINGS=(
	forwarding/vxlan_bridge_1d_ipv6.sh
	forwarding/vxlan_bridge_1d_port_8472_ipv6.sh
	forwarding/vxlan_bridge_1q.sh
	forwarding/vxlan_bridge_1q_port_8472.sh
	forwarding/vxlan_bridge_1q_ipv6.sh
	forwarding/vxlan_bridge_1q_port_8472_ipv6.sh
	forwarding/vxlan_asymmetric.sh
	forwarding/vxlan_asymmetric_ipv6.sh
	forwarding/vxlan_symmetric.sh
	forwarding/vxlan_symmetric_ipv6.sh
)
need bridge dc jq mausezahn tc unshare
[ -d "$KSELFTESTS" ] || skip_all "the kernel's selftests are not in $KSELFTESTS, see tools/dev/vm/kselftests"
[ "$KIND" != flannel ] || need_module

# copy_tests: with the kind replaced, and nothing else
copy_tests()
{
	cp -r "$KSELFTESTS" "$TMP/net"
	sed -i "s/\<type vxlan\>/type $KIND/" "$TMP"/net/*.sh "$TMP"/net/forwarding/*.sh
}

# isolated FOLDER COMMAND...: in namespaces of its own
isolated()
{
	local folder=$1
	shift

	# shellcheck disable=SC2016 # for the inner shell
	unshare --net --pid --fork --mount --mount-proc bash -c '
		mount -t tmpfs none /run/netns && ip link set lo up &&
		cd "$0" && exec "$@"' "$folder" "$@" </dev/null
}

start()
{
	local file=$1 name
	local -a netifs=()

	name=$(basename "$file")
	case $file in
	forwarding/*)	netifs=(veth{0..5}) ;;
	esac
	{
		isolated "$TMP/net/$(dirname "$file")" bash "./$name" \
			"${netifs[@]}"
		echo $? >"$TMP/$name.status"
	} >"$TMP/$name.log" 2>&1 &
}

# report FILE: what it said, as checks
report()
{
	local file=$1 name status line checks=0

	name=$(basename "$file" .sh)
	status=$(cat "$TMP/$name.sh.status" 2>/dev/null)
	while read -r line; do
		checks=$((checks + 1))
		[[ $line =~ \[\ *OK\ *\] ]]
		check_result $? "$name: $(sed 's/^TEST: *//; s/[[:space:]]*\[[A-Z ]*\] *$//' <<<"$line")"
	done < <(grep -E '\[ *(OK|FAIL) *\]' "$TMP/$name.sh.log")
	if [ "${status:-1}" -eq 4 ]; then
		skip "$name" "$(grep -m 1 SKIP "$TMP/$name.sh.log")"
		return
	fi
	[ "$checks" -gt 0 ] && [ "${status:-1}" -eq 0 ]
	check_result $? "$name: all of it passes" && return
	diag "expected: success"
	diag "seen:     exit status ${status:-unknown}, $checks checks, and this output:"
	diag "$(tail -n 60 "$TMP/$name.sh.log")"
}

copy_tests
if [ "${1:-}" = all ]; then
	TESTS+=("${SIBLINGS[@]}")
elif [ $# -gt 0 ]; then
	TESTS=("$@")
fi
modprobe -qa veth vrf bridge sch_ingress cls_flower act_gact act_mirred
mkdir -p /run/netns
# They turn forwarding on where they start, and count on it in the namespaces they make.
inherit=$(sysctl -n net.core.devconf_inherit_init_net)
must sysctl -q -w net.core.devconf_inherit_init_net=3
for file in "${TESTS[@]}"; do
	start "$file"
done
wait
must sysctl -q -w "net.core.devconf_inherit_init_net=$inherit"
for file in "${TESTS[@]}"; do
	report "$file"
done
