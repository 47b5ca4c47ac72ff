#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The CNI plug-in with Debian's bridge and host-local, compared with flannel's own plug-in:
# two pods get a network, reach each other and lose it; and for the same input both plug-ins
# print, save and request the same.
# shellcheck disable=SC2016 # the filters are jq's
set -u

. "$(dirname "$(realpath "$0")")/../../agent/tests/inside.sh"
inside nm
. "$(dirname "$(realpath "$0")")/common.sh"
need ip ping

# fetched NAME SUITE: the folder with these plug-ins
fetched()
{
	local folder

	folder=$("$HERE/../../dev/fetch" "$1" "$2" containernetworking-plugins 2>"$DIR/fetch.log") ||
		skip_all "CNI plug-ins of $2: $(tail -n 1 "$DIR/fetch.log")"
	echo "$folder/usr/lib/cni"
}

pod_ip()
{
	ip -n "$1" -j address show dev eth0 | jq -r '.[].addr_info[] | select(.scope == "global") | .local'
}

addresses()
{
	(cd "$DIR/networks/cbr0" && for name in 10.*; do
		[ ! -e "$name" ] || echo "$name"
	done)
}

test_pods()
{
	local pod ipam='.ipam = {dataDir: "\($ENV.DIR)/networks"}'

	PLUGINS=$NEW
	env_file
	for pod in p1 p2; do
		ip netns add "$pod"
		ID=$pod NETNS=/run/netns/$pod
		ok "pods: $pod gets an address" cni ADD "$ipam | .delegate = {isDefaultGateway: true}"
		echo "$OUTPUT" >"$DIR/$pod.result"
	done
	expect_eq "pods: the first is .2" 10.244.7.2 "$(pod_ip p1)"
	expect_eq "pods: the MTU is flannel's" 1450 "$(ip -n p1 -j link show eth0 | jq '.[].mtu')"
	says "pods: the cluster is reached through the bridge" 'via 10.244.7.1 dev eth0' \
		ip -n p1 route get 10.244.9.9
	ok "pods: they reach each other" ip netns exec p1 ping -c 1 -W 5 "$(pod_ip p2)"
	ID=p1 NETNS=/run/netns/p1
	silent "pods: CHECK finds all in order" cni CHECK "$ipam | .prevResult = $(<"$DIR/p1.result")"
	ip -n p1 address flush dev eth0
	code_is "pods: and that an address is gone" 999 "10.244.7.2" \
		cni CHECK "$ipam | .prevResult = $(<"$DIR/p1.result")"
	silent "pods: DEL" cni DEL "$ipam"
	not_ok "pods: takes the interface" ip -n p1 link show eth0
	expect_eq "pods: and gives the address back" 10.244.7.3 "$(addresses)"
	ip netns del p2
	ID=p2 NETNS=""
	silent "pods: DEL of one whose namespace is gone" cni DEL "$ipam"
	expect_eq "pods: gives its address back, too" "" "$(addresses)"
	ip netns del p1
}

# beside NAME [JQ]: both plug-ins, each with a separate folder
beside()
{
	local name=$1 filter=${2:-.} plugin flannel=$FLANNEL

	PLUGINS=$DIR/bin ID=c1 NETNS=/n
	for plugin in ours theirs; do
		[ "$plugin" = ours ] && FLANNEL=$flannel || FLANNEL=$OLD/flannel
		rm -rf "$DIR"/{data,got}
		cni ADD "$filter" >"$DIR/$plugin.out" 2>/dev/null
		echo $? >"$DIR/$plugin.status"
		# That version sets one subnet, while later ones and ours set ranges.
		jq -S 'if .ipam.ranges then .ipam.subnet = .ipam.ranges[0][0].subnet |
			del(.ipam.ranges) else . end' "$DIR/got" >"$DIR/$plugin.got" 2>/dev/null
		jq -S 'if .ipam.ranges then .ipam.subnet = .ipam.ranges[0][0].subnet |
			del(.ipam.ranges) else . end' "$DIR/data/c1" >"$DIR/$plugin.kept" 2>/dev/null
		cni DEL "$filter" >/dev/null 2>&1
		echo "$? $(cd "$DIR" && echo data/*)" >"$DIR/$plugin.del"
	done
	FLANNEL=$flannel
	for plugin in status got kept del; do
		ok "beside flannel's: $name: $plugin" diff "$DIR/theirs.$plugin" "$DIR/ours.$plugin"
	done
}

test_beside()
{
	VERSION=0.4.0
	mkdir "$DIR/bin"
	cat >"$DIR/bin/bridge" <<-'END'
		#!/bin/sh
		cat >"$DIR/got"
		echo '{"cniVersion": "0.4.0", "ips": [{"version": "4", "address": "10.244.7.2/24"}]}'
	END
	chmod +x "$DIR/bin/bridge"
	cp "$DIR/bin/bridge" "$DIR/bin/macvlan"
	env_file
	beside "defaults"
	beside "the usual" '.delegate = {hairpinMode: true, isDefaultGateway: true}'
	beside "another delegate" '.delegate = {type: "macvlan", mtu: 9000, ipMasq: true}'
	beside "routes" '.ipam = {routes: [{dst: "192.0.2.0/24"}, {dst: "0.0.0.0/0", gw: "10.244.7.9"}]}'
	beside "an ipam" '.ipam = {type: "host-local", dataDir: "/run/x"}'
	beside "runtime configuration" '.runtimeConfig = {portMappings: [{hostPort: 80, containerPort: 80, protocol: "tcp"}]}'
	beside "a delegate's name" '.delegate = {name: "x"}'
	beside "a delegate's ipam" '.delegate = {ipam: {}}'
	beside "a delegate's type" '.delegate = {type: 5}'
	VERSION=0.3.1
	beside "version 0.3.1"
	env_file FLANNEL_NETWORK=10.244.0.0/16 FLANNEL_SUBNET=10.244.7.1/24 FLANNEL_MTU=1400 \
		FLANNEL_IPMASQ=false
	beside "no masquerading"
	env_file FLANNEL_NETWORK=10.244.0.0/16
	beside "half a subnet.env"
	rm "$DIR/subnet.env"
	beside "no subnet.env"
}

NEW=$(fetched cni-plugins-1.1 bookworm) || exit
OLD=$(fetched cni-plugins-0.9 bullseye) || exit
mount -t tmpfs none /run || skip_all "nothing can be mounted in a namespace here"
ip link set lo up
tap_begin
test_pods
test_beside
tap_end
