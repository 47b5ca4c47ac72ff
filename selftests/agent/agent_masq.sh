#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Whose address is seen: what leaves the overlay network is masqueraded, what
# stays in it is not, nor what comes from outside to a pod of the node; of both
# families. What bears kube-proxy's mark is left to it.
#
#     pod1        pod2                 outside
#      |           |                     |.9, ::9
#    node1       node2                   |
#      |           |                     |
#      +--- br0 ---+--- under (router) --+
#     198.51.100.0/24  .254, ::fe    203.0.113.0/24, 2001:db8:113::/64
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
need_agents
need nft socat

nodes 2
ns_create outside
veth outside eth0 under outside
must nip under link set outside up
must nip outside link set eth0 up
must nip under address add 203.0.113.254/24 dev outside
must nip under address add 2001:db8:113::fe/64 dev outside nodad
must nip under address add 2001:db8:100::fe/64 dev br0 nodad
must nip outside address add 203.0.113.9/24 dev eth0
must nip outside address add 2001:db8:113::9/64 dev eth0 nodad
must nip outside route add default via 203.0.113.254
must nip outside route add default via 2001:db8:113::fe
sysctl_set under net.ipv4.ip_forward=1
sysctl_set under net.ipv6.conf.all.forwarding=1
etcd_up "$CONFIG46"
for n in 1 2; do
	must nip "node$n" route add default via "$ETCD_IP"
	must nip "node$n" route add default via 2001:db8:100::fe
done
# The way back, to see who comes without masquerade
must nip under route add 10.244.1.0/24 via "$(underlay4 1)"
must nip under route add fd00:10:244:1::/64 via "$(underlay6 1)"

# A node is ready without its rules: nftables may take its time.
rules() { ns "node$1" nft list table inet flannel.1 | grep -qE -- "$2"; }
no_rules() { [ -z "$(ns "node$1" nft list tables)" ]; }

agents_up --ip-masq 1 2
for n in 1 2; do
	ok "the rules of node $n are set up" wait_for 30 rules "$n" masquerade
done
wait_for 30 pings pod1 "$(pod4 2)"

for name in outside pod1 pod2; do
	for family in 4 6; do
		# shellcheck disable=SC2016 # socat's shell expands it
		ns_background "$name" socat \
			"TCP$family-LISTEN:700$family,reuseaddr,fork$([ $family = 4 ] || echo ,ipv6only=1)" \
			'SYSTEM:echo $SOCAT_PEERADDR'
		wait_for 5 listens "$name" "700$family"
	done
done

# seen FROM ADDRESS [SOCAT_OPTION]: by which address the other end sees it
seen()
{
	local port=7004 address

	[[ $2 != *:* ]] || port=7006
	for _ in 1 2 3; do
		address=$(ns "$1" timeout 20 socat -T 15 - \
			"TCP:$(bracket "$2"):$port${3:-}" </dev/null)
		[ -z "$address" ] || break
	done
	tr -d '[]' <<<"$address"
}

# same NAME ADDRESS SEEN: socat writes all digits of an IPv6 address
same()
{
	local seen=$3

	[[ $seen != *:* ]] || seen=$(nip under -6 -o route get "$seen" 2>/dev/null |
		awk '{ print ($1 == "unreachable") ? $2 : $1 }')
	expect_eq "$1" "$2" "${seen:-$3}"
}

same "a pod outside is seen as its node" "$(underlay4 1)" \
	"$(seen pod1 203.0.113.9)"
same "over IPv6, too" "$(underlay6 1)" "$(seen pod1 2001:db8:113::9)"
same "a pod of another node is seen as itself" "$(pod4 1)" \
	"$(seen pod1 "$(pod4 2)")"
same "over IPv6, too" "$(pod6 1)" "$(seen pod1 "$(pod6 2)")"
same "who comes from outside to a pod of the node is seen as itself" 203.0.113.9 \
	"$(seen outside "$(pod4 1)")"
same "over IPv6, too" 2001:db8:113::9 "$(seen outside "$(pod6 1)")"
same "a node is seen as the address of its device" "$(vtep4 1)" \
	"$(seen node1 "$(pod4 2)" ",bind=$(underlay4 1)")"

must ns node1 nft -f - <<-END
table ip kube {
	chain forward {
		type filter hook forward priority -10;
		ip saddr $(pod4 1) meta mark set 0xc000
	}
}
END
same "what is marked for kube-proxy is left to it" "$(pod4 1)" \
	"$(seen pod1 203.0.113.9)"
must ns node1 nft delete table ip kube

agent_stop 1
agent 1 --iptables-forward-rules=false --remove-rules-at-exit
agent_ready 1
ok "without --ip-masq there are no rules" wait_for 30 no_rules 1
same "and nothing is masqueraded" "$(pod4 1)" "$(seen pod1 203.0.113.9)"
agent_stop 1
agent 1 --remove-rules-at-exit
agent_ready 1
ok "forward rules alone" wait_for 30 rules 1 'daddr 10.244.0.0/16 accept'
not_ok "and no masquerade" rules 1 masquerade
# Chains of others that drop: the table of iptables is everybody's
must ns node1 nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
ok "a policy that drops in the table of iptables is noticed" \
	agent_says 1 'chain FORWARD of table ip filter .* accepts 10.244.0.0/16'
ok "and pods go on" wait_for 10 pings pod1 "$(pod4 2)"
must ns node1 nft flush chain ip filter FORWARD
ok "also when somebody has emptied the chain" wait_for 20 pings pod1 "$(pod4 2)"
must ns node1 nft 'add table inet strange; add chain inet strange passing { type filter hook forward priority 5; policy drop; }'
ok "in a table of somebody else it is told what to do" \
	agent_says 1 "nft 'insert rule inet strange passing ip saddr 10.244.0.0/16 accept"
must ns node1 nft delete table inet strange
agent_stop 1
not_ok "--remove-rules-at-exit removes the chain" \
	ns node1 nft list chain ip filter FLANNEL-FWD
agent 1 --iptables-forward-rules=false
agent_ready 1
ok "without --iptables-forward-rules it is only told" \
	agent_says 1 'chain FORWARD in table ip filter has policy drop'
not_ok "and nothing is opened" ns node1 nft list chain ip filter FLANNEL-FWD
must ns node1 nft delete table ip filter
agent_stop 1
if command -v iptables-legacy >/dev/null && ns node1 iptables-legacy -P FORWARD DROP 2>"$TMP/legacy.log"; then
	agent 1
	agent_ready 1
	# The program wants CAP_NET_RAW, which the agent has not.
	ok "the old iptables is noticed, too" \
		agent_says 1 'FORWARD of legacy iptables|FORWARD of iptables-legacy has policy drop'
	must ns node1 iptables-legacy -P FORWARD ACCEPT
	agent_stop 1
else
	skip "the old iptables" "$(cat "$TMP/legacy.log" 2>/dev/null || echo "it is not installed")"
fi
agent 1 --remove-rules-at-exit
agent_ready 1
ok "there is a table of ours" wait_for 30 rules 1 accept
agent_stop 1
expect_eq "--remove-rules-at-exit removes our table" "" "$(ns node1 nft list tables)"
# A bridge whose name the first one's begins with
nip_batch node1 <<-END
	link add cni type bridge
	address add 10.244.1.9/32 dev cni
	link set cni up
END
agent 1 --flowtable
agent_ready 1
if ns node1 nft 'add table inet probe; add flowtable inet probe f { hook ingress priority 0; devices = { "cni0" }; }' 2>"$TMP/nft.log"; then
	must ns node1 nft delete table inet probe
	wait_for 30 rules 1 'devices ='
	expect_eq "a flowtable over the device and the pods' bridges" "cni cni0 flannel.1" \
		"$(ns node1 nft list table inet flannel.1 | sed -n 's/.*devices = { \(.*\) }.*/\1/p' | tr -d '",' | tr ' ' '\n' | sort | paste -s -d ' ')"
	ok "TCP through it" tcp_copy pod1 pod2 "$(pod4 2)" 1000000
else
	ok "a kernel without flowtables keeps the other rules" \
		wait_for 30 rules 1 'daddr 10.244.0.0/16 accept'
	ok "and says so" agent_says 1 'cannot offload flows'
fi
agents_end
