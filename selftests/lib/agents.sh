# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Nodes with an overlay from flannel-agent, and stock flannel nodes, for scenarios
# that have sourced lib.sh and nodes.sh. etcd runs in the namespace of the underlay,
# at 198.51.100.254.

ETCD_IP=198.51.100.254
ETCD=http://$ETCD_IP:2379
PREFIX=/coreos.com/network
# FLANNEL_ETCD=FOLDER uses etcd and etcdctl from there, to test another version
# (tools/dev/fetch etcd-3.5 trixie etcd-server etcd-client creates such a folder).
[ -z "${FLANNEL_ETCD:-}" ] || PATH=$FLANNEL_ETCD:$PATH
# AGENT_DEVICE=vxlan tests everything except the link type on a system without the module.
AGENT_DEVICE=${AGENT_DEVICE:-flannel}
AGENT_FLAGS=(--device="$AGENT_DEVICE")
AGENT_IFACE=(--iface=eth0)
declare -A AGENT_PID ETCD_PID
LAST_WORDS=agents_end
# The config of most scenarios in etcd: flannel for IPv4, and for both families
CONFIG4='{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan"}}'
CONFIG46='{"Network":"10.244.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:10:244::/48","Backend":{"Type":"vxlan"}}'
export ETCDCTL_API=3

# need_agents: the requirements of a scenario with agents
need_agents()
{
	need etcd etcdctl jq curl setpriv flannel-agent
	[ "$AGENT_DEVICE" != flannel ] || need_module
}

# etcd_start [NAME [OPTION]...]: with its earlier data, if any; returns when etcd
# answers. Without options: one member that listens on $ETCD.
etcd_start()
{
	local name=${1:-etcd}
	[ $# -eq 0 ] || shift

	[ $# -gt 0 ] || set -- --listen-client-urls "$ETCD" \
		--advertise-client-urls "$ETCD"
	nip under address show dev br0 | grep -q "$ETCD_IP/" ||
		must nip under address add "$ETCD_IP/24" dev br0
	ns_background under etcd --name "$name" --data-dir "$TMP/$name" \
		--unsafe-no-fsync --log-level error "$@" >>"$TMP/$name.log" 2>&1
	ETCD_PID[$name]=$BACKGROUND
}

# etcd_wait: wait until etcd answers
etcd_wait()
{
	wait_for 60 ctl endpoint health ||
		fatal "etcd answers: $(tail -n 5 "$TMP"/etcd*.log)"
}

# etcd_kill [NAME]
etcd_kill()
{
	local name=${1:-etcd}

	kill -KILL "${ETCD_PID[$name]}" 2>/dev/null
	wait "${ETCD_PID[$name]}" 2>/dev/null
}

# etcd_up [CONFIG]: a running etcd with that config in it (default: $CONFIG4)
etcd_up()
{
	etcd_start
	etcd_wait
	config "${1:-$CONFIG4}"
}

# ctl ARGUMENT...: etcdctl
ctl()
{
	ns under etcdctl --endpoints "$ETCD" --command-timeout 20s "$@"
}

# config JSON
config()
{
	CONFIG=$1
	must ctl put "$PREFIX/config" "$1"
}

# lease_name N: the name of the lease with the address of node N
lease_name()
{
	ctl get --prefix "$PREFIX/subnets/" -w json |
		jq -r --arg ip "$(underlay4 "$1")" '.kvs // [] | .[] |
			select(.value | @base64d | contains("\"" + $ip + "\"")) |
			.key | @base64d | sub(".*/"; "")'
}

# lease_of ADDRESS MAC [TYPE]: the value of the lease of a node at this address
lease_of()
{
	echo "{\"PublicIP\":\"$1\",\"PublicIPv6\":null,\"BackendType\":\"${3:-vxlan}\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"$2\"}}"
}

# lease_value NAME JQ_FILTER
lease_value()
{
	ctl get "$PREFIX/subnets/$1" --print-value-only | jq -r "$2"
}

# agent N [FLAG]...: start it; its log is $TMP/agentN.log
agent()
{
	local n=$1
	shift

	# Like its unit file: one capability, and no way to gain others.
	mkdir -p "$TMP/run$n"
	ns_background "node$n" setpriv --bounding-set=-all,+net_admin \
		--inh-caps=-all,+net_admin --no-new-privs \
		flannel-agent --etcd-endpoints="$ETCD" \
		--subnet-file="$TMP/run$n/subnet.env" "${AGENT_IFACE[@]}" \
		--healthz-port=8080 "${AGENT_FLAGS[@]}" "$@" >>"$TMP/agent$n.log" 2>&1
	AGENT_PID[$n]=$BACKGROUND
}

# wish N [6]: the subnet that node N should request
wish()
{
	mkdir -p "$TMP/run$1"
	{
		echo "FLANNEL_SUBNET=10.244.$1.1/24"
		[ -z "${2:-}" ] ||
			printf 'FLANNEL_IPV6_SUBNET=fd00:10:244:%x::1/64\n' "$1"
	} >"$TMP/run$1/subnet.env"
}

# http N PATH: a page from the HTTP server of node N's agent
http()
{
	ns "node$1" curl -s -f --max-time 5 "http://127.0.0.1:8080$2"
}

# metric N NAME: the value of a metric; NAME includes its labels, if any
metric()
{
	http "$1" /metrics | awk -v name="$2" '$1 == name { print $2; exit }'
}

# metric_faults N: errors in the format of the metrics of node N
metric_faults()
{
	http "$1" /metrics | awk '
		/^# HELP / { help[$3] = NF > 3; next }
		/^# TYPE / {
			if ($3 in type || $4 !~ /^(counter|gauge|histogram)$/)
				print "type: " $0
			type[$3] = $4
			next
		}
		{
			name = $1
			sub(/[{].*/, "", name)
			base = name
			sub(/_(bucket|sum|count)$/, "", base)
			if (type[base] != "histogram")
				base = name
			if (!help[base] || !type[base])
				print "no head: " $0
			if (seen[$1]++)
				print "twice: " $0
			if (NF != 2 || $2 !~ /^-?[0-9.]+(e[-+][0-9]+)?$/)
				print "no number: " $0
			if (type[base] == "counter" && name !~ /_total$/)
				print "a counter without _total: " $0
			if (name == base "_bucket" && $2 < last[name])
				print "not cumulative: " $0
			last[name] = $2
			if (base != name && name == base "_count" && $2 != last[base "_bucket"])
				print "count is not that of all: " $0
		}
		END { if (!NR) print "no metrics" }'
}

agent_log()
{
	sed "s/^/agent $1: /" "$TMP/agent$1.log" | tail -n "${2:-20}"
}

# agent_ready N: the agent has set up its node; the pods get the MTU from subnet.env
agent_ready()
{
	wait_for 120 http "$1" /readyz || fatal "agent $1 is ready: $(agent_log "$1")"
	pods_mtu "$1" "$(sed -n 's/^FLANNEL_MTU=//p' "$TMP/run$1/subnet.env")"
}

# agents_up [FLAG]... N [FLAG]...: start agents on these nodes, each with the subnet of
# its number, for the families in the config; returns when all are ready. Flags before
# the first number are for all of them, flags after a number for that node.
agents_up()
{
	local word n='' all=() numbers=()
	local -A flags=()

	for word; do
		if [[ $word =~ ^[0-9]+$ ]]; then
			n=$word
			numbers+=("$n")
		elif [ -z "$n" ]; then
			all+=("$word")
		else
			flags[$n]+=" $word"
		fi
	done
	for n in "${numbers[@]}"; do
		wish "$n" "$([[ $CONFIG != *IPv6Network* ]] || echo 6)"
		# shellcheck disable=SC2086 # flags without blanks
		agent "$n" "${all[@]}" ${flags[$n]:-}
	done
	for n in "${numbers[@]}"; do
		agent_ready "$n"
	done
}

# agents_down N...: stop them; they remove what they set up, and their leases
agents_down()
{
	local n

	for n; do
		agent_stop "$n"
		must ns "node$n" flannel-agent --release-lease --etcd-endpoints="$ETCD" \
			--iface=eth0 --subnet-file="$TMP/run$n/subnet.env" "${AGENT_FLAGS[@]}"
	done
}

# However much goes wrong, an agent's log stays readable, and the agent does not log a
# lasting problem again at each check.
LINES_A_MINUTE=150
SAME_A_MINUTE=15

# wordy LOG: what exceeds that in any minute of the log: lines, or lines that differ only
# in numbers
wordy()
{
	awk -v most=$LINES_A_MINUTE -v same=$SAME_A_MINUTE '
		{
			minute = substr($0, 1, 5)
			text = substr($0, 14)
			gsub(/[0-9]+/, "N", text)
			if (++lines[minute] == most + 1)
				print minute ": more than " most " lines"
			if (++told[minute, text] == same + 1)
				print minute ": more than " same " of: " text
		}' "$1"
}

# agents_end: the last call of a scenario: stops the agents, and shows their logs if
# something failed
agents_end()
{
	local n log words bad=

	# shellcheck disable=SC2034 # lib.sh looks at it
	LAST_WORDS=
	for n in "${!AGENT_PID[@]}"; do
		kill -TERM "${AGENT_PID[$n]}" 2>/dev/null || continue
		wait "${AGENT_PID[$n]}" || bad="$bad agent $n ended with status $?;"
	done
	for log in "$TMP"/agent*.log; do
		words=$(wordy "$log")
		[ -z "$words" ] || bad="$bad $(basename "$log") at $words;"
		! grep -qE 'Sanitizer|runtime error' "$log" ||
			bad="$bad $(grep -E -A 12 'Sanitizer|runtime error' "$log");"
	done
	expect_eq "the agents end cleanly" "" "$bad"
	[ "$FAILED" -gt 0 ] || return 0
	for log in "$TMP"/agent*.log; do
		diag "$(basename "$log"):"
		diag "$(tail -n 60 "$log")"
	done
}

# agent_stop N [SIGNAL]
agent_stop()
{
	local status

	kill "-${2:-TERM}" "${AGENT_PID[$1]}"
	wait "${AGENT_PID[$1]}" 2>/dev/null
	status=$?
	unset "AGENT_PID[$1]"
	return $status
}

# agent_says N REGEX: its log soon has a matching line
agent_says()
{
	wait_for 60 grep -qE -- "$2" "$TMP/agent$1.log" && return
	agent_log "$1"
	return 1
}

# Stock flannel nodes
# -------------------

# stock_node N [6]: set up a node as flanneld does, with the kernel's vxlan and a lease;
# with 6 dual-stack, with a second device for IPv6
stock_node()
{
	local n=$1 mac value name

	node_vxlan "$n" 4
	mac=$(vtep_mac "$n")
	name="10.244.$n.0-24"
	value="{\"PublicIP\":\"$(underlay4 "$n")\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"$mac\"}}"
	if [ -n "${2:-}" ]; then
		must nip "node$n" address del "$(vtep6 "$n")/128" dev "$VTEP"
		must nip "node$n" link add flannel-v6.1 \
			address "$(stock_mac6 "$n")" type vxlan id 1 dev eth0 \
			local "$(underlay6 "$n")" dstport 8472 nolearning
		must nip "node$n" address add "$(vtep6 "$n")/128" \
			dev flannel-v6.1 nodad
		must nip "node$n" link set flannel-v6.1 up
		name="$name&$(printf 'fd00:10:244:%x::' "$n")-64"
		value="{\"PublicIP\":\"$(underlay4 "$n")\",\"PublicIPv6\":\"$(underlay6 "$n")\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"$mac\"},\"BackendV6Data\":{\"VNI\":1,\"VtepMAC\":\"$(stock_mac6 "$n")\"}}"
	fi
	must ctl put "$PREFIX/subnets/$name" "$value"
}

stock_mac6()	{ printf '02:f1:a6:00:00:%02x\n' "$1"; }

# stock_learns N M: what flanneld of node N does for the lease of node M
stock_learns()
{
	local n=$1 name mac subnet ip

	name=$(lease_name "$2")
	[ -n "$name" ] || fatal "node $2 has a lease"
	mac=$(lease_value "$name" .BackendData.VtepMAC)
	ip=$(lease_value "$name" .PublicIP)
	subnet=${name%%-*}
	stock_entries "$n" "$VTEP" "$subnet" "${subnet}/24" "$mac" "$ip"
	[[ $name == *'&'* ]] || return 0
	mac=$(lease_value "$name" .BackendV6Data.VtepMAC)
	ip=$(lease_value "$name" .PublicIPv6)
	subnet=${name#*&}
	subnet=${subnet%-*}
	stock_entries "$n" flannel-v6.1 "$subnet" "$subnet/64" "$mac" "$ip"
}

# stock_entries N DEVICE ADDRESS SUBNET MAC REMOTE: flanneld's three entries
stock_entries()
{
	must nip "node$1" neigh replace "$3" lladdr "$5" dev "$2" nud permanent
	must ns "node$1" bridge fdb replace "$5" dev "$2" dst "$6" self permanent
	must nip "node$1" route replace "$4" via "$3" dev "$2" onlink
}
