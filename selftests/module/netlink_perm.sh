#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who may: everything needs CAP_NET_ADMIN over the namespace that the device is in,
# dumps too, for they show the underlay. A user namespace's own root may in his own
# network namespace, and only there.
#
#    root, nobody, root of a user namespace
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need setpriv unshare
need_module

pair_up
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 mac "$MAC2" remote "$UNDER2"

as_nobody()
{
	ns node1 setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all fl-test "$@"
}

without_cap()
{
	ns node1 setpriv --bounding-set=-net_admin --inh-caps=-net_admin fl-test "$@"
}

for who in as_nobody without_cap; do
	refused "$who: set" 'permitted|CAP_NET_ADMIN' "$who" set dev "$VTEP" subnet 16.2.0.0/24 remote "$UNDER2"
	refused "$who: del" 'permitted|CAP_NET_ADMIN' "$who" del dev "$VTEP" subnet 16.1.0.0/24
	refused "$who: get" 'permitted|CAP_NET_ADMIN' "$who" get dev "$VTEP" addr 16.1.0.1
	refused "$who: flush" 'permitted|CAP_NET_ADMIN' "$who" flush dev "$VTEP"
	refused "$who: dump of leases" 'permitted|CAP_NET_ADMIN' "$who" dump lease dev "$VTEP"
	refused "$who: dump of the FDB" 'permitted|CAP_NET_ADMIN' "$who" dump fdb dev "$VTEP"
	refused "$who: dump of misses" 'permitted|CAP_NET_ADMIN' "$who" dump miss dev "$VTEP"
	refused "$who: device" 'permitted|CAP_NET_ADMIN' "$who" dev dev "$VTEP"
	refused "$who: FDB set" 'permitted|CAP_NET_ADMIN' "$who" fdb set dev "$VTEP" mac "$MAC2" remote "$UNDER2"
	refused "$who: FDB flush" 'permitted|CAP_NET_ADMIN' "$who" fdb flush dev "$VTEP"
	refused "$who: answer" 'permitted|CAP_NET_ADMIN' "$who" answer dev "$VTEP" none 16.2.0.0/24
	refused "$who: listen to misses" 'permitted|CAP_NET_ADMIN' "$who" listen dev "$VTEP" for 100
	refused "$who: listen to changes" 'permitted|CAP_NET_ADMIN' "$who" changes for 100
done
expect_eq "nothing was changed" 1 "$(device node1 leases)"

# Another namespace sees neither the device nor its events
background other node2 changes for 1000000
OTHER=$BACKGROUND
background own node1 changes for 1000000
OWN=$BACKGROUND
must kit node1 set dev "$VTEP" subnet 16.3.0.0/24 mac "$MAC2" remote "$UNDER2"
ok "changes are heard in the device's namespace" hears own '^lease-set 16.3.0.0/24'
expect_eq "and in no other" 0 "$(said other 16.3)"
kill "$OTHER" "$OWN"
must nip node1 link add flannel.5 type flannel id 5 port 4790 dev eth0
index=$(link_get node1 flannel.5 .ifindex)
refused "a device of another namespace cannot be named" 'no such device' \
	ns node2 sh -c "fl-test dev dev flannel.5"
expect "it is there" "$index" -gt 0

# A user namespace
if ! unshare -Urn true 2>/dev/null; then
	skip "user namespaces" "they are not allowed here"
else
	cat >"$TMP/inner" <<-'END'
	set -e
	ip link set lo up
	ip link add flannel.1 type flannel mode l3 local 127.0.0.1
	ip link set flannel.1 up
	fl-test set dev flannel.1 subnet 16.1.0.0/24 remote 198.51.100.7
	fl-test dump lease dev flannel.1 | grep -q '^16.1.0.0/24 '
	fl-test listen dev flannel.1 for 100
	END
	chmod 755 "$TMP" "$TMP/inner"
	ok "root of a user namespace may in a network namespace of his" \
		unshare -Urn sh "$TMP/inner"
	refused "and not in another's" 'permitted|CAP_NET_ADMIN' \
		ns node1 unshare -Ur fl-test set dev "$VTEP" subnet 16.4.0.0/24 remote "$UNDER2"
	refused "nor listen there" 'permitted|CAP_NET_ADMIN' ns node1 unshare -Ur fl-test listen dev "$VTEP" for 100
fi
expect_eq "nothing was changed" 2 "$(device node1 leases)"
