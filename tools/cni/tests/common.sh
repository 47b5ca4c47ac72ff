# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For the tests of the CNI plug-in: a folder with a subnet.env, and calls to the plug-in.

HERE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
. "$HERE/../../../selftests/lib/tap.sh"
need jq python3

FLANNEL=$(realpath "${OUT:-build/tools}/bin/flannel")
DIR=$(mktemp -d) || exit 1
trap 'rm -rf "$DIR"' EXIT
export FLANNEL DIR

# Parameters of the calls below; the tests change them
VERSION=1.0.0
IFNAME=eth0
ID=c1
NETNS=/run/netns/none
PLUGINS=$DIR/bin

# env_file [LINE]...: a subnet.env with these lines, or a valid one
env_file()
{
	[ $# -gt 0 ] || set -- FLANNEL_NETWORK=10.244.0.0/16 FLANNEL_SUBNET=10.244.7.1/24 \
		FLANNEL_MTU=1450 FLANNEL_IPMASQ=true
	printf '%s\n' "$@" >"$DIR/subnet.env"
}

# netconf [JQ]: a network configuration, modified by this filter
netconf()
{
	jq -n --arg version "$VERSION" --arg dir "$DIR" '{cniVersion: $version,
		name: "cbr0", type: "flannel", subnetFile: "\($dir)/subnet.env",
		dataDir: "\($dir)/data"} | '"${1:-.}"
}

# cni COMMAND [JQ]: call the plug-in as a runtime does
cni()
{
	env CNI_COMMAND="$1" ${ID:+CNI_CONTAINERID="$ID"} ${IFNAME:+CNI_IFNAME="$IFNAME"} \
		${NETNS:+CNI_NETNS="$NETNS"} ${PLUGINS:+CNI_PATH="$PLUGINS"} \
		"$FLANNEL" < <(netconf "${2:-.}")
}

# code_is NAME CODE REGEX COMMAND...: it fails with that error code and a matching message
code_is()
{
	local name=$1 code=$2 regex=$3 status
	shift 3

	OUTPUT=$("$@" 2>&1)
	status=$?
	[ "$status" -eq 1 ] && jq -e --argjson code "$code" --arg regex "$regex" \
		'.code == $code and (.msg | test($regex))' <<<"$OUTPUT" >/dev/null 2>&1
	check_result $? "$name" "command:  $*" "expected: error $code, $regex" \
		"seen:     exit status $status, and this output:" "$OUTPUT"
}

# silent NAME COMMAND...: it succeeds without output
silent()
{
	local name=$1 status
	shift

	OUTPUT=$("$@" 2>&1)
	status=$?
	[ "$status" -eq 0 ] && [ -z "$OUTPUT" ]
	check_result $? "$name" "command:  $*" "seen:     exit status $status, and this output:" \
		"$OUTPUT"
}
