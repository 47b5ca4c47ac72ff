# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Overlays of network namespaces, for scenarios that have sourced lib.sh.
#
#     pod1             pod2               pod N    10.244.N.2/24
#      |eth0            |eth0              |       fd00:10:244:N::2/64
#    (cni0) node1     (cni0) node2       (cni0) node N
#      |                |                  |       10.244.N.1/24, …::1/64
#    flannel.1        flannel.1          flannel.1
#      |eth0            |eth0              |eth0   198.51.100.N/24
#      +----------------+--- br0, under ---+       2001:db8:100::N/64
#
# On every node the overlay's device, of either kind, has the addresses 10.244.N.0/32
# and fd00:10:244:N::/128, and the MAC address 02:f1:a0:00:00:NN.

UNDERLAY_MTU=${UNDERLAY_MTU:-1500}
UNDERLAY4=198.51.100
OVERLAY4=10.244.0.0/16
OVERLAY6=fd00:10:244::/48
VTEP=flannel.1

underlay4()	{ echo "$UNDERLAY4.$1"; }
underlay6()	{ printf '2001:db8:100::%x\n' "$1"; }
# underlay FAMILY N
underlay()	{ "underlay$1" "$2"; }
subnet4()	{ echo "10.244.$1.0/24"; }
subnet6()	{ printf 'fd00:10:244:%x::/64\n' "$1"; }
subnet()	{ "subnet$1" "$2"; }
vtep4()		{ echo "10.244.$1.0"; }
vtep6()		{ printf 'fd00:10:244:%x::\n' "$1"; }
gateway4()	{ echo "10.244.$1.1"; }
gateway6()	{ printf 'fd00:10:244:%x::1\n' "$1"; }
pod4()		{ echo "10.244.$1.$((${2:-1} + 1))"; }
pod6()		{ printf 'fd00:10:244:%x::%x\n' "$1" $((${2:-1} + 1)); }
# pod FAMILY N [K]
pod()		{ "pod$1" "$2" "${3:-1}"; }
vtep_mac()	{ printf '02:f1:a0:00:00:%02x\n' "$1"; }

# has_ipv6: the kernel was booted with IPv6
has_ipv6()
{
	[ -e /proc/sys/net/ipv6 ]
}

# nodes_batch NAME: ip(8) commands from standard input, except those about IPv6 on a
# kernel without it
nodes_batch()
{
	if has_ipv6; then
		nip_batch "$1"
	else
		grep -v :: >"$TMP/nodes"
		nip_batch "$1" <"$TMP/nodes"
	fi
}

# nodes N: N nodes with one pod each, and the underlay between them
nodes()
{
	local n

	ns_create under
	nip_batch under <<-END
		link add br0 type bridge
		link set br0 mtu $UNDERLAY_MTU up
	END
	for ((n = 1; n <= $1; n++)); do
		node "$n"
	done
}

# node N
node()
{
	local n=$1

	ns_create "node$n"
	veth "node$n" eth0 under "eth-$n"
	nip_batch under <<<"link set eth-$n mtu $UNDERLAY_MTU master br0 up"
	sysctl_set "node$n" net.ipv4.ip_forward=1
	! has_ipv6 || sysctl_set "node$n" net.ipv6.conf.all.forwarding=1
	nodes_batch "node$n" <<-END
		link set eth0 mtu $UNDERLAY_MTU up
		address add $(underlay4 "$n")/24 dev eth0
		address add $(underlay6 "$n")/64 dev eth0 nodad
		link add cni0 type bridge
		address add $(gateway4 "$n")/24 dev cni0
		address add $(gateway6 "$n")/64 dev cni0 nodad
		link set cni0 up
	END
	pod_add "$n"
}

pod_name()
{
	if [ "$2" -eq 1 ]; then
		echo "pod$1"
	else
		echo "pod$1-$2"
	fi
}

# pod_add N [K]: the namespace podN, or podN-K
pod_add()
{
	local n=$1 k=${2:-1} name

	name=$(pod_name "$n" "$k")
	ns_create "$name"
	veth "$name" eth0 "node$n" "pod$k"
	nip_batch "node$n" <<<"link set pod$k master cni0 up"
	nodes_batch "$name" <<-END
		link set eth0 up
		address add $(pod4 "$n" "$k")/24 dev eth0
		address add $(pod6 "$n" "$k")/64 dev eth0 nodad
		route add default via $(gateway4 "$n")
		route add default via $(gateway6 "$n")
	END
}

# vtep_up N: settings for both kinds of device after their creation
vtep_up()
{
	local n=$1

	nodes_batch "node$n" <<-END
		address add $(vtep4 "$n")/32 dev $VTEP
		address add $(vtep6 "$n")/128 dev $VTEP nodad
		link set $VTEP up
	END
	pods_mtu "$n" "$(link_get "node$n" "$VTEP" .mtu)"
}

# pods_mtu N MTU: set the MTU of the overlay in the pods, as a CNI plug-in does with
# subnet.env
pods_mtu()
{
	local n=$1 mtu=$2 port

	for port in $(nip "node$n" -j link show master cni0 | jq -r '.[].ifname'); do
		nip_batch "node$n" <<<"link set $port mtu $mtu"
		nip_batch "$(pod_name "$n" "${port#pod}")" <<<"link set eth0 mtu $mtu"
	done
}

# node_vxlan N FAMILY [OPTION]...: the kernel's vxlan device, as flanneld creates it
node_vxlan()
{
	local n=$1 family=$2
	shift 2

	must nip "node$n" link add "$VTEP" address "$(vtep_mac "$n")" type vxlan \
		id 1 dev eth0 local "$(underlay "$family" "$n")" dstport 8472 \
		nolearning "$@"
	vtep_up "$n"
}

# node_flannel N FAMILY [OPTION]...: our device
node_flannel()
{
	local n=$1 family=$2
	shift 2

	must flannel_add "$n" "$VTEP" "$family" "$@"
	vtep_up "$n"
}

# flannel_add N NAME FAMILY [OPTION]...: does not end the scenario if it fails
flannel_add()
{
	local n=$1 name=$2 family=$3
	shift 3

	nip "node$n" link add "$name" address "$(vtep_mac "$n")" type flannel \
		dev eth0 local "$(underlay "$family" "$n")" "$@"
}

# peer_entries N M FAMILY: add node M on node N as flanneld does for vxlan: a route, a
# neighbour and an FDB entry
peer_entries()
{
	local n=$1 m=$2 mac

	mac=$(vtep_mac "$m")
	nip_batch "node$n" <<-END
		neigh replace $(vtep4 "$m") lladdr $mac dev $VTEP nud permanent
		neigh replace $(vtep6 "$m") lladdr $mac dev $VTEP nud permanent
		route replace $(subnet4 "$m") via $(vtep4 "$m") dev $VTEP onlink src $(vtep4 "$n")
		route replace $(subnet6 "$m") via $(vtep6 "$m") dev $VTEP onlink src $(vtep6 "$n")
	END
	must ns "node$n" bridge fdb replace "$mac" dev "$VTEP" \
		dst "$(underlay "$3" "$m")" self permanent
}

# overlay_routes N: the single route of a device in L3 mode, per family
overlay_routes()
{
	nodes_batch "node$1" <<-END
		route replace $OVERLAY4 dev $VTEP src $(vtep4 "$1")
		route replace $OVERLAY6 dev $VTEP src $(vtep6 "$1")
	END
}

# peer_lease N M FAMILY: add node M on node N with two leases
peer_lease()
{
	local n=$1 m=$2 family

	for family in 4 6; do
		must ns "node$n" flannelctl lease set dev "$VTEP" \
			"$(subnet "$family" "$m")" mac "$(vtep_mac "$m")" \
			remote "$(underlay "$3" "$m")"
	done
}

# Traffic
# -------

# pings NAME ADDRESS [OPTION]...: three packets, all of them answered. While ping waits
# for a late answer it sends more packets: those are ignored.
pings()
{
	local from=$1 to=$2 answers
	shift 2
	answers=$(ns "$from" ping -n -c 3 -i 0.05 -w $((10 * ${FLANNEL_SLOW:-1})) "$@" "$to" |
		sed -n 's/.* bytes from .*icmp_seq=\([123]\) .*/\1/p' |
		sort -u | tr -d '\n')
	[ "$answers" = 123 ]
}

# listens NAME PORT: a TCP socket listens there
listens()
{
	[ -n "$(ns "$1" ss -Hltn "sport = :$2")" ]
}

bracket()
{
	if [[ $1 == *:* ]]; then
		echo "[$1]"
	else
		echo "$1"
	fi
}

# tcp_copy FROM TO ADDRESS BYTES: this number of random bytes arrives unchanged
tcp_copy()
{
	local from=$1 to=$2 address=$3 bytes=$4 port=5001 server listen

	listen="TCP4-LISTEN:$port,reuseaddr"
	! has_ipv6 || listen="TCP6-LISTEN:$port,reuseaddr,ipv6only=0"
	head -c "$bytes" /dev/urandom >"$TMP/sent"
	rm -f "$TMP/received"
	ns_background "$to" timeout 60 socat -u "$listen" \
		"OPEN:$TMP/received,creat,trunc"
	server=$BACKGROUND
	wait_for 10 listens "$to" "$port" || { kill "$server"; return 1; }
	ns "$from" timeout 60 socat -u "OPEN:$TMP/sent" \
		"TCP:$(bracket "$address"):$port" || { kill "$server"; return 1; }
	wait "$server"
	cmp "$TMP/sent" "$TMP/received"
}

# Captures
# --------

# capture NAME DEVICE FILE [FILTER]: capture from now on, into $TMP/FILE
capture()
{
	local name=$1 device=$2 file=$TMP/$3
	shift 3

	ns_background "$name" tcpdump -i "$device" -n -U -s 0 --immediate-mode \
		-w "$file" "$@" 2>"$file.log"
	CAPTURE_PID=$BACKGROUND
	wait_for 10 grep -q 'listening on' "$file.log" ||
		fatal "capture on $device of $name starts: $(cat "$file.log")"
}

# capture_stop: stop; all packets sent so far are in the file
capture_stop()
{
	sleep 0.3
	kill -TERM "$CAPTURE_PID"
	wait "$CAPTURE_PID"
}

# packets FILE FILTER...: the number of packets in a capture that pass the filter
packets()
{
	local file=$TMP/$1
	shift
	tcpdump -n -r "$file" "$@" 2>/dev/null | wc -l
}

# decode FILE ARGUMENT...: run tshark on a capture, with our port as VXLAN
decode()
{
	local file=$TMP/$1
	shift
	tshark -n -r "$file" -d udp.port==8472,vxlan "$@" 2>/dev/null
}
