# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # variables are read by those who source this
# Traffic from pod1 to pod2 of topology.sh, and its cost. On a machine whose clock
# counts instructions, a nanosecond is an instruction.
#
# workload_X sets SENT, DELIVERED, UNITS and COST: the workload took COST instructions
# for UNITS packets, transactions or megabytes.

WORKLOADS=(udp64 udp1400 stream rr)
WORKLOADS_QUICK=(udp64 stream rr)
TRIES=5
PORT=9

# The unit of a workload's cost
workload_unit()
{
	case $1 in
	udp*)	echo packet ;;
	stream)	echo megabyte ;;
	rr)	echo transaction ;;
	esac
}

workload()
{
	case $1 in
	udp*)	workload_udp "${1#udp}" ;;
	stream)	workload_tcp stream "$STREAM_MEGABYTES" ;;
	rr)	workload_tcp rr "$RR_COUNT" ;;
	*)	fail "no workload $1, only: ${WORKLOADS[*]}" ;;
	esac
}

# measure WORKLOAD: repeat it until everything is delivered; sets VALID
measure()
{
	local try dropped

	VALID=false
	for ((try = 1; try <= TRIES; try++)); do
		dropped=$(backlog_dropped)
		workload "$1"
		if [ "$SENT" -eq "$DELIVERED" ] &&
		   [ "$(backlog_dropped)" -eq "$dropped" ]; then
			VALID=true
			return
		fi
	done
}

# Packets dropped because the receive backlog was full
backlog_dropped()
{
	local total=0 dropped

	while read -r _ dropped _; do
		total=$((total + 16#$dropped))
	done </proc/net/softnet_stat
	echo "$total"
}

# UDP
# ---
# The kernel's packet generator on pod1's device, and a filter that drops (and counts)
# on pod2's. The result is the difference between a long and a short run: both include
# the cost of start and end. Something else may run during one of them; the median of
# several differences excludes that.

# workload_udp BYTES: size of the Ethernet frame without its checksum
workload_udp()
{
	local times

	[ -n "${PKTGEN_MORE:-}" ] ||
		must "$TRAFFIC/traffic" hello pod1 pod2 "$(pod 2)" $PORT "$(pod 1)"
	must ns pod2 tc qdisc add dev eth0 clsact
	must ns pod2 tc filter add dev eth0 ingress protocol ip matchall action drop
	times=$(ns pod1 bash -c "$(pktgen "$1")" 2>&1) ||
		fail "the packet generator did not run: $times"
	sleep 0.1
	DELIVERED=$(ns pod2 tc -s -j filter show dev eth0 ingress |
		jq '[.[].options.actions[]?.stats.packets // 0] | add')
	must ns pod2 tc qdisc del dev eth0 clsact
	SENT=$((UDP_ROUNDS * (UDP_SHORT + UDP_LONG)))
	UNITS=$((UDP_LONG - UDP_SHORT))
	COST=$(jq -s 'sort | .[length / 2 | floor] * 1000' <<<"$times")
}

# pktgen BYTES: a script that prints by how many microseconds each long run exceeded
# the short one before it
pktgen()
{
	cat <<-END
	set -e
	cd /proc/net/pktgen
	run()
	{
		echo "count \$1" >eth0
		echo start >pgctrl
		[[ \$(<eth0) =~ Result:\ OK:\ ([0-9]+).*usec,\ \$1\  ]]
		usec=\${BASH_REMATCH[1]}
	}
	echo rem_device_all >kpktgend_0
	echo add_device eth0 >kpktgend_0
	for command in "pkt_size $1" "clone_skb 0" "delay 0" \
		"src_min $(pod 1)" "src_max $(pod 1)" \
		"dst $(pod 2)" "dst_mac $(mac_of 1 1)" \
		"udp_src_min $PORT" "udp_src_max $PORT" \
		"udp_dst_min $PORT" "udp_dst_max $PORT" \\
		$(pktgen_more); do
		echo "\$command" >eth0
	done
	for ((i = 0; i < $UDP_ROUNDS; i++)); do
		run $UDP_SHORT
		short=\$usec
		run $UDP_LONG
		echo \$((usec - short))
	done
	END
}

# PKTGEN_MORE: further commands for the packet generator, separated by semicolons;
# they create several flows, so none is established before
pktgen_more()
{
	local commands

	IFS=';' read -ra commands <<<"${PKTGEN_MORE:-}"
	[ ${#commands[@]} -eq 0 ] || printf '"%s" ' "${commands[@]}"
}

# TCP
# ---

# workload_tcp WHAT COUNT: one connection; retransmitted data counts as lost
workload_tcp()
{
	local what=$1 count=$2 result lost

	lost=$(retransmitted)
	result=$("$TRAFFIC/traffic" "$what" pod1 pod2 "$(pod 2)" 5001 "$count" 2>&1) ||
		fail "$result"
	read -r SENT DELIVERED COST <<<"$result"
	UNITS=$DELIVERED
	lost=$(($(retransmitted) - lost))
	DELIVERED=$((DELIVERED - (lost < DELIVERED ? lost : DELIVERED)))
}

retransmitted()
{
	local name total=0 n

	for name in pod1 pod2; do
		# shellcheck disable=SC2016 # fields of awk
		n=$(ns "$name" awk '$1 == "Tcp:" && $13 ~ /^[0-9]+$/ { print $13 }' \
			/proc/net/snmp)
		total=$((total + n))
	done
	echo "$total"
}
