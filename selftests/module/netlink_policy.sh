#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Messages that are malformed or make no sense are refused, with the right errno and
# with words, and change nothing; batches say which entry was wrong.
#
#    node1 with a device and its tables
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need python3
need_module

pair
pair_dev 1

while IFS= read -r line; do
	case $line in
	ok\ *)
		check_result 0 "${line#ok }"
		;;
	not\ ok\ *)
		check_result 1 "${line#not ok }" || diag "$line"
		;;
	esac
done < <(kit node1 policy dev "$VTEP")
expect "all of them were tried" "$CHECKS" -ge 60
expect_eq "nothing is left in the lease table" 0 "$(device node1 leases)"
expect_eq "nothing is left in the FDB" 0 "$(device node1 fdb_entries)"

# What shall happen to what is there
must kit node1 set dev "$VTEP" subnet 10.1.1.0/24 remote 198.51.100.7
refused "add: there is one already" 'errno=17 .*already' \
	kit node1 set dev "$VTEP" subnet 10.1.1.0/24 remote 198.51.100.8 add
says "and it stays" 'remote 198.51.100.7 ' kit node1 get dev "$VTEP" addr 10.1.1.1
ok "replace" kit node1 set dev "$VTEP" subnet 10.1.1.0/24 remote 198.51.100.8 replace
says "it is replaced" 'remote 198.51.100.8 ' kit node1 get dev "$VTEP" addr 10.1.1.1
refused "replace: there is none" 'errno=2 .*no lease' \
	kit node1 set dev "$VTEP" subnet 10.1.2.0/24 remote 198.51.100.8 replace
not_ok "and none is made" kit node1 get dev "$VTEP" addr 10.1.2.1
says "flags and generation are kept" 'flags 1 generation 7' \
	sh -c "ip netns exec $(ns_name node1) fl-test set dev $VTEP subnet 10.1.3.0/24 \
		remote 198.51.100.8 generation 7 permanent &&
		ip netns exec $(ns_name node1) fl-test get dev $VTEP addr 10.1.3.1"

# FDB: one destination of a unicast MAC, many of the flood list
ok "FDB set" kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:05 remote 198.51.100.7
ok "FDB set again moves it" kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:05 remote 198.51.100.8
says "to one place" '^02:00:00:00:00:05 remote 198.51.100.8 ' \
	kit node1 fdb get dev "$VTEP" mac 02:00:00:00:00:05
expect_eq "and no other" 1 "$(wc -l <<<"$OUTPUT")"
refused "FDB add: there is one already" 'errno=17' \
	kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:05 remote 198.51.100.9 add
refused "FDB append to a unicast MAC" 'errno=17 .*replace it' \
	kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:05 remote 198.51.100.9 append
ok "flood list" kit node1 fdb set dev "$VTEP" remote 198.51.100.7 append
ok "flood list of two" kit node1 fdb set dev "$VTEP" remote 198.51.100.9 append
expect_eq "both are there" 2 "$(kit node1 fdb get dev "$VTEP" | wc -l)"
says "bridge(8) sees them too" '00:00:00:00:00:00 dst 198.51.100.9' ns node1 bridge fdb show dev "$VTEP"
ok "FDB flush" kit node1 fdb flush dev "$VTEP"
expect_eq "empties it" 0 "$(device node1 fdb_entries)"

# A flood list of more remotes than one page of netlink holds
for ((i = 1; i <= 600; i++)); do
	echo "fdb append 00:00:00:00:00:00 dev $VTEP dst 10.1.$((i / 250)).$((i % 250 + 1)) self permanent"
done >"$TMP/remotes"
must ns node1 bridge -batch "$TMP/remotes"
expect_eq "FDB get: all remotes of an entry that has many" 600 \
	"$(kit node1 fdb get dev "$VTEP" | wc -l)"
must kit node1 fdb flush dev "$VTEP"

# devices [DEVICE]: the names that a dump of DEV_GET has, if it asks for that device
devices()
{
	ns node1 python3 - "$@" <<-'EOF' | sort | xargs
		import socket, struct, sys
		GETFAMILY, FAMILY_ID, FAMILY_NAME, DUMP, DEV_GET, A_IFNAME = 3, 1, 2, 0x300, 1, 3
		genl = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
		def attribute(kind, data):
		    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
		def attributes(data):
		    while data:
		        size, kind = struct.unpack_from("HH", data)
		        yield kind & 0x3fff, data[4:size]
		        data = data[(size + 3) & ~3:]
		def ask(family, command, flags, body):
		    genl.send(struct.pack("IHHIIBBH", 20 + len(body), family, 1 | flags, 1, 0, command, 1, 0) + body)
		    while True:
		        data = genl.recv(65536)
		        while data:
		            size, kind = struct.unpack_from("IH", data)
		            if kind != family:
		                return
		            yield dict(attributes(data[20:size]))
		            data = data[(size + 3) & ~3:]
		        if not flags:
		            return
		family = next(ask(16, GETFAMILY, 0, attribute(FAMILY_NAME, b"flannel\0")))[FAMILY_ID]
		only = attribute(A_IFNAME, sys.argv[1].encode() + b"\0") if sys.argv[1:] else b""
		for device in ask(struct.unpack("H", family)[0], DEV_GET, DUMP, only):
		    print(device[A_IFNAME].rstrip(b"\0").decode())
	EOF
}

# A dump of devices shows all, or the one that was named
must nip node1 link add flannel.2 type flannel id 2
expect_eq "a dump of devices" "$VTEP flannel.2" "$(devices)"
expect_eq "a dump of the one that was named" flannel.2 "$(devices flannel.2)"
