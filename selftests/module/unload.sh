#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module is unloaded while packets of its devices wait for a verdict in nfqueues,
# at every netfilter hook that they pass, outside and inside. The verdict comes when
# the module is gone: nothing of it may be left in anybody's hands.
#
# One pair of nodes for each hook, in one namespace each:
#
#    aHOOK flannel.1 10.244.1.0 ========== 10.244.2.0 flannel.1 bHOOK
#            eth0 198.51.100.1 ------------ 198.51.100.2 eth0
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need nft ping
need_module

# Where packets are held: at which node, at which hook, and which ones
HOLDS=(
	"a output      udp dport 8472"
	"a postrouting udp dport 8472"
	"b prerouting  udp dport 8472"
	"b input       udp dport 8472"
	"a output      oifname flannel.1"
	"a postrouting oifname flannel.1"
	"b prerouting  iifname flannel.1"
	"b input       iifname flannel.1"
)

# hold_pair I: two nodes that reach each other
hold_pair()
{
	local i=$1 n side

	ns_create "a$i" "b$i"
	veth "a$i" eth0 "b$i" eth0
	for n in 1 2; do
		side=$([ "$n" = 1 ] && echo a || echo b)
		nip_batch "$side$i" <<-END
			address add 198.51.100.$n/24 dev eth0
			link set eth0 up
			link add $VTEP address 02:f1:a0:00:00:0$n type flannel dev eth0 local 198.51.100.$n mode l3
			address add 10.244.$n.0/32 dev $VTEP
			link set $VTEP up
			route add 10.244.0.0/16 dev $VTEP src 10.244.$n.0
		END
		must ns "$side$i" flannelctl lease set dev "$VTEP" "10.244.$((3 - n)).0/24" \
			mac "02:f1:a0:00:00:0$((3 - n))" remote "198.51.100.$((3 - n))"
	done
}

# hold I SIDE HOOK RULE...: what matches waits from now on
hold()
{
	local i=$1 name=$2$1 hook=$3
	shift 3

	background "held$i" "$name" nfqueue num "$i" hold
	HOLDERS+=("$BACKGROUND")
	must ns "$name" nft -f - <<-END
		table ip hold {
			chain at {
				type filter hook $hook priority 0
				$* queue num $i
			}
		}
	END
}

# holds I: three packets wait
holds()
{
	grep -q '^held=3' "$TMP/held$1"
}

# none_runs PID...
none_runs()
{
	! kill -0 "$@"
}

let_go()
{
	kill -USR1 "${HOLDERS[@]}" || return
	kill -TERM "${HOLDERS[@]}"
	wait_for 20 none_runs "${HOLDERS[@]}"
}

HOLDERS=()
modprobe nfnetlink_queue
for i in "${!HOLDS[@]}"; do
	hold_pair "$i"
	# Routes are cached, peers have passes: packets take the ways that they take
	# on a node that has been up for long.
	must ns "a$i" ping -q -n -c 2 -i 0.05 -W 2 10.244.2.0
done
for i in "${!HOLDS[@]}"; do
	read -r side hook rule <<<"${HOLDS[i]}"
	hold "$i" "$side" "$hook" "$rule"
	ns "a$i" ping -q -n -c 3 -i 0.05 -W 1 10.244.2.0 >/dev/null
done
for i in "${!HOLDS[@]}"; do
	ok "packets wait: ${HOLDS[i]}" wait_for 10 holds "$i"
done
ok "the module can be unloaded meanwhile" modprobe -r flannel
not_ok "and is gone" grep -q '^flannel ' /proc/modules
# Its memory is used by somebody else now.
modprobe vxlan
ok "the verdicts come" let_go
ok "and it can be loaded again" modprobe flannel
hold_pair again
ok "and works" ns aagain ping -q -n -c 2 -i 0.05 -W 2 10.244.2.0
