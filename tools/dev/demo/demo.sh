#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# `make demo`: a cluster of three nodes, from the first lease to the last, step by
# step. The exit status is 0 only if every claim of the demo was verified.
#
#     pod1  pod1-2    pod2  pod2-2    pod3  pod3-2
#        \  /            \  /            \  /          10.244.N.0/24
#       (cni0)          (cni0)          (cni0)         fd00:10:244:N::/64
#        node1           node2           node3         flannel-agent on each
#      flannel.1       flannel.1       flannel.1
#          |eth0           |eth0           |eth0
#          +---------------+---------------+---- etcd  198.51.100.0/24
#                        br0                           2001:db8:100::/64
set -u

HERE=$(dirname "$(realpath "$0")")
if [ "$(id -u)" -ne 0 ]; then
	echo "demo: needs root: it makes network namespaces" >&2
	exit 1
fi
# Its own output is for tests.
# shellcheck source=selftests/lib/lib.sh
. "$HERE/../../../selftests/lib/lib.sh" >/dev/null
# shellcheck source=selftests/lib/nodes.sh
. "$LIB/nodes.sh"
# shellcheck source=selftests/lib/agents.sh
. "$LIB/agents.sh"
# shellcheck source=tools/dev/demo/show.sh
. "$HERE/show.sh"

NODES=(1 2 3)
PODS=(pod1 pod1-2 pod2 pod2-2 pod3 pod3-2)
LOADED=

# Beginning and end
# -----------------

# load_module: the installed one in the virtual machine; elsewhere the built one, unless
# one is loaded already
load_module()
{
	local module dependency

	module=$FLANNEL_BUILD/module-$(uname -r)/flannel.ko
	grep -q '^flannel ' /proc/modules && return
	if [ -n "${FLANNEL_VM:-}" ] || [ ! -e "$module" ]; then
		need_module
		return
	fi
	for dependency in $(modinfo -F depends "$module" | tr , ' '); do
		must modprobe "$dependency"
	done
	must insmod "$module"
	LOADED=1
}

# The namespaces may take a moment to release it.
unload_module()
{
	[ -n "$LOADED" ] || return 0
	wait_for 20 rmmod flannel ||
		echo "demo: module flannel stays loaded: $(rmmod flannel 2>&1)" >&2
}

# shellcheck disable=SC2317 # called by the trap
end()
{
	local status=$?

	trap - EXIT
	if [ -z "${SKIPPED_ALL:-}" ]; then
		[ ! -e "$TMP/agent1.log" ] || agents_end
		check_kernel_log
		summary "$status" || status=1
	fi
	clean_up
	unload_module
	rm -rf "$TMP"
	exit "$status"
}

# The steps
# ---------

build_cluster()
{
	local n

	step "Three nodes, two pods on each, and an etcd" \
		"Nodes and pods are network namespaces; the nodes' eth0 meet in a bridge."
	sed -n '/^#     pod1/,/^# .* br0 /s/^#//p' "$HERE/demo.sh"
	nodes ${#NODES[@]}
	etcd_start
	for n in "${NODES[@]}"; do
		pod_add "$n" 2
	done
	# shellcheck disable=SC2119 # no options
	etcd_wait
	etcd_shows put $PREFIX/config "$(jq -nc '{
		Network: "10.244.0.0/16",
		EnableIPv6: true, IPv6Network: "fd00:10:244::/48",
		Backend: { Type: "vxlan" } }')"
	check_result $? "etcd has the network's config"
}

start_agents()
{
	local n

	step "An agent on each node" \
		"Node N asks for 10.244.N.0/24 again: its subnet.env tells of it. With" \
		"--populate=lazy a lease gets into the kernel when somebody asks for it," \
		"so that there is a miss to be seen; by default all of them are there."
	for n in "${NODES[@]}"; do
		wish "$n" 6
		shown "node$n" flannel-agent --etcd-endpoints="$ETCD" --iface=eth0 \
			--populate=lazy ...
		agent "$n" --populate=lazy
	done
	for n in "${NODES[@]}"; do
		agent_ready "$n"
	done
	shown_of "what the agent of node 1 says" <"$TMP/agent1.log"
	shows node1 cat "$TMP/run1/subnet.env"
	expect_eq "the agents are ready, and say so" "flanneld is ready" \
		"$(http 3 /readyz)"
}

# A lease of 24 hours per node, with the MAC of its device
show_leases()
{
	local n value complete=0

	step "The leases in etcd" \
		"As flannel writes them: stock nodes read them, too."
	etcd_shows get --prefix $PREFIX/subnets/
	for n in "${NODES[@]}"; do
		value=$(grep -xF -A 1 "$PREFIX/subnets/10.244.$n.0-24&fd00:10:244:$n::-64" \
			<<<"$OUTPUT" | tail -n 1)
		[ "$(jq -r '"\(.PublicIP) \(.BackendData.VtepMAC)"' <<<"$value")" = \
			"$(underlay4 "$n") $(link_get "node$n" $VTEP .address)" ] &&
			complete=$((complete + 1))
	done
	expect_eq "etcd has a lease of each node, with its address and MAC" \
		${#NODES[@]} $complete
	value=$(ctl lease list | grep -xE -m 1 '[0-9a-f]{16}')
	etcd_shows lease timetolive --keys "$value"
	grep -q 'TTL(86400s).*/subnets/10' <<<"$OUTPUT"
	check_result $? "they are bound to etcd leases of 24 hours"
}

show_device()
{
	step "The device, and the one route of each family to all other nodes"
	shows node1 ip -d link show dev $VTEP
	grep -q 'flannel id 1 .*dstport 8472' <<<"$OUTPUT"
	check_result $? "a device of type flannel, VNI 1, port 8472"
	shows node1 ip route show dev $VTEP
	expect_eq "one route leads to all nodes" 1 "$(grep -c . <<<"$OUTPUT")"
	shows node1 ip -6 route show dev $VTEP
	expect_eq "also over IPv6" 1 "$(grep -c '/48 ' <<<"$OUTPUT")"
	shows node1 flannelctl lease show
	expect_eq "nobody has asked for a lease yet" "" "$OUTPUT"
}

# flannelctl monitor on node1 from now on. It is listening once it has reported a dummy
# change.
monitor_start()
{
	local probe=192.0.2.0/24

	shown node1 flannelctl -t monitor "&"
	ns_background node1 flannelctl -t monitor >"$TMP/monitor" 2>&1
	probed()
	{
		ns node1 flannelctl lease set dev $VTEP "$probe" \
			mac 02:00:00:00:00:01 remote 192.0.2.1
		grep -q "lease set $probe" "$TMP/monitor"
	}
	wait_for 10 probed || fatal "monitor listens: $(cat "$TMP/monitor")"
	must ns node1 flannelctl lease del dev $VTEP "$probe"
	wait_for 10 monitored "lease del $probe" ||
		fatal "monitor hears: $(cat "$TMP/monitor")"
	MONITOR_SEEN=$(wc -l <"$TMP/monitor")
}

# monitored REGEX: it has reported this since the last look
monitored()
{
	tail -n "+$((${MONITOR_SEEN:-0} + 1))" "$TMP/monitor" | grep -qE -- "$1"
}

# monitor_show: its output since the last look, without the date
monitor_show()
{
	sleep 0.2
	tail -n "+$((MONITOR_SEEN + 1))" "$TMP/monitor" |
		sed 's/^\[[^T]*T\([^]]*\)Z\]/\1/' | tee "$TMP/monitor.shown" |
		shown_of "what the monitor on node 1 has seen"
	MONITOR_SEEN=$(wc -l <"$TMP/monitor")
}

first_ping()
{
	step "A first ping: the miss, the answer, and no packet lost" \
		"Node 1 has no lease of node 2. The device keeps the packet and asks;" \
		"the agent answers, and the packet goes on its way."
	monitor_start
	shown node1 tcpdump -i eth0 -w "$TMP/ping.pcap" udp port 8472 "&"
	capture node1 eth0 ping.pcap udp port 8472
	shows pod1 ping -n -c 5 -i 0.2 "$(pod4 2)"
	grep -q ' 5 received, 0% packet loss' <<<"$OUTPUT"
	check_result $? "none of the first packets was lost"
	wait_for 5 monitored 'lease set 10.244.2.0/24'
	monitor_show
	awk '/ miss l3 10\.244\.2\.0\/24 / { asked = NR }
		/ lease set 10\.244\.2\.0\/24 / { answered = NR }
		END { exit !(asked && answered > asked) }' "$TMP/monitor.shown"
	check_result $? "the device asked, and the agent answered"
	shows node1 flannelctl lease show
	capture_stop
}

show_packet()
{
	step "One of these packets on the wire"
	shown node1 tshark -n -r "$TMP/ping.pcap" -d udp.port==8472,vxlan -c 1 -O vxlan
	OUTPUT=$(decode ping.pcap -c 1 -O vxlan)
	indent <<<"$OUTPUT"
	grep -q 'Dst Port: 8472' <<<"$OUTPUT" && grep -q '(VNI): 1$' <<<"$OUTPUT" &&
		grep -q "Src: $(pod4 1), Dst: $(pod4 2)" <<<"$OUTPUT"
	check_result $? "it is VXLAN, VNI 1, to port 8472, as tshark reads it"
}

# pod_address FAMILY POD
pod_address()
{
	local n=${2#pod} k=1

	[[ $n != *-* ]] || k=${n#*-}
	pod "$1" "${n%-*}" "$k"
}

# pod_reaches POD: send one packet per family to each other pod; print the pod's row
pod_reaches()
{
	local to family cell

	printf '%-8s' "$1"
	for to in "${PODS[@]}"; do
		cell=
		for family in 4 6; do
			if [ "$to" = "$1" ]; then
				cell+=' .'
			elif ns "$1" ping -n -q -c 1 -W 10 "$(pod_address $family "$to")" \
				>/dev/null 2>&1; then
				cell+=" v$family"
			else
				cell+=" --"
			fi
		done
		printf '%-8s' "$cell"
	done
	echo
}

everybody()
{
	local from n pid pids=()

	step "Every pod reaches every pod" \
		"One packet for each pair and family; a packet without an answer shows as --."
	shown podN ping -n -q -c 1 ADDRESS
	for from in "${PODS[@]}"; do
		pod_reaches "$from" >"$TMP/row-$from" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	{
		printf '%-8s' from/to
		printf ' %-7s' "${PODS[@]}"
		echo
		for from in "${PODS[@]}"; do
			cat "$TMP/row-$from"
		done
	} | tee "$TMP/matrix" | indent
	expect_eq "30 pairs over IPv4, without a lost packet" 30 \
		"$(grep -o v4 "$TMP/matrix" | wc -l)"
	expect_eq "30 pairs over IPv6, without a lost packet" 30 \
		"$(grep -o v6 "$TMP/matrix" | wc -l)"
	monitor_show
	shows node1 flannelctl stats dev $VTEP
	expect_eq "no device has dropped a packet" "" \
		"$(for n in "${NODES[@]}"; do counters "node$n" $VTEP; done | grep drop)"
}

# has_lease N SUBNET: the kernel has it
has_lease()
{
	ns "node$1" flannelctl lease show dev $VTEP | grep -q "^$2 "
}

has_no_lease()
{
	! has_lease "$@"
}

node_leaves()
{
	local n family status

	step "Node 3 leaves" \
		"An agent that ends leaves everything as it is, so that it can be restarted." \
		"With --release-lease the node leaves for good."
	for n in 1 2; do
		for family in 4 6; do
			has_lease $n "$(subnet $family 3)" ||
				fatal "node $n has the lease of $(subnet $family 3)"
		done
	done
	shown node3 kill -TERM "${AGENT_PID[3]}"
	agent_stop 3
	ok "traffic to node 3 goes on without an agent" pings pod1 "$(pod4 3)"
	shown node3 flannel-agent --etcd-endpoints="$ETCD" --iface=eth0 --release-lease
	agent 3 --release-lease
	wait "${AGENT_PID[3]}"
	status=$?
	tail -n 4 "$TMP/agent3.log" | shown_of "what the agent of node 3 says"
	expect_eq "node 3 gives its lease back" 0 $status
	for n in 1 2; do
		for family in 4 6; do
			wait_for 5 has_no_lease $n "$(subnet $family 3)"
			check_result $? "node $n withdraws the lease of $(subnet $family 3)"
		done
	done
	monitor_show
	etcd_shows get --prefix --keys-only $PREFIX/subnets/
	expect_eq "etcd has two leases" 2 "$(grep -c '/subnets/' <<<"$OUTPUT")"
	shows pod1 ping -n -c 1 -W 10 "$(pod4 3)"
	grep -q 'Destination Host Unreachable' <<<"$OUTPUT"
	check_result $? "a packet to it is refused immediately as unreachable"
	ok "the other nodes do not notice" pings pod1 "$(pod4 2)"
}

transfer()
{
	local family server rate

	step "A TCP transfer from pod1 to pod2"
	for family in 4 6; do
		shown pod2 iperf3 -s -1 "&"
		ns_background pod2 iperf3 -s -1 >"$TMP/iperf-server" 2>&1
		server=$BACKGROUND
		wait_for 20 listens pod2 5201 ||
			fatal "iperf3 listens: $(cat "$TMP/iperf-server")"
		shown pod1 iperf3 -f m -t 3 -i 0 -c "$(pod $family 2)"
		ns pod1 timeout 60 iperf3 -f m -t 3 -i 0 -c "$(pod $family 2)" \
			>"$TMP/iperf" 2>&1
		kill "$server" 2>/dev/null
		wait "$server"
		grep -E 'sender|receiver|error' "$TMP/iperf" | indent
		rate=$(awk '/receiver/ { print $7 }' "$TMP/iperf")
		awk "BEGIN { exit !(${rate:-0} > 0) }"
		check_result $? "TCP over IPv$family: ${rate:-no} Mbit/s"
	done
}

need etcd etcdctl jq curl ping tcpdump tshark iperf3 ss ethtool flannel-agent \
	flannelctl
trap end EXIT
echo "A flannel overlay of three nodes, on Linux $(uname -r)"
load_module
build_cluster
start_agents
show_leases
show_device
first_ping
show_packet
everybody
node_leaves
transfer
