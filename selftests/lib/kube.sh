# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The control plane of a real Kubernetes on the underlay, for scenarios that have sourced
# lib.sh and nodes.sh: an API server at $KUBE_IP, which nodes can reach, and its etcd, in
# the namespace of the underlay. tools/dev/kube/control-plane --help describes $KUBE.

KUBE_IP=198.51.100.253
KUBE=$TMP/kube
KUBE_TOOLS=$(dirname "$SELFTESTS")/tools/dev/kube

# need_kube: skip the scenario if Kubernetes is not built
need_kube()
{
	local words

	need etcd jq curl openssl
	[ -x "$KUBE_TOOLS/build" ] || skip_all "there is no tools/dev/kube here"
	words=$("$KUBE_TOOLS/build" --cached 2>&1) || skip_all "${words#*: }"
}

# kube_up [OPTION]...: options of control-plane start; also starts stopped programs again
kube_up()
{
	nip under address show dev br0 | grep -q "$KUBE_IP/" ||
		must nip under address add "$KUBE_IP/24" dev br0
	must ns under "$KUBE_TOOLS/control-plane" start "$KUBE" --address "$KUBE_IP" \
		--owner $$ "$@"
}

# kube_down [PROGRAM]...: stop all programs, or these
kube_down()
{
	must "$KUBE_TOOLS/control-plane" stop "$KUBE" "$@"
}

# kube_api [--as NAME] METHOD PATH [JSON]
kube_api()
{
	ns under "$KUBE_TOOLS/control-plane" api "$KUBE" "$@"
}

# kube_node NAME: register a Node, as a kubelet does
kube_node()
{
	must kube_api POST /api/v1/nodes "{\"metadata\":{\"name\":\"$1\"}}"
}

# kube_cidrs NAME: the subnets that are assigned to this Node
kube_cidrs()
{
	kube_api GET "/api/v1/nodes/$1" | jq -er '.spec.podCIDRs | join(" ")'
}
