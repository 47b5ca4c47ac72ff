#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A device goes down while packets that it has received still wait for a processor, in its
# second GRO round. Programs that keep packets of a device, such as those behind NFQUEUE,
# are told once that it is down. What came to them after that would keep the device from
# being deleted for as long as they like.
#
#    node1                                   node2
#    fl-test inject                          flannel.1, and who holds its packets
#    eth0 --------------------------------- eth0
#
# That the processor is late is arranged: the round runs in threads of its own, which have
# used up what they may have of it.
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need nft chrt ethtool jq
need_module

QUEUE=7
PERIOD_MAX=/proc/sys/kernel/sched_deadline_period_max_us

inject()
{
	kit node1 inject from "$UNDER1" to "$UNDER2" src 10.244.1.0 dst 10.244.2.0 \
		smac "$MAC1" dmac "$MAC2" count "$1"
}

round_threads()
{
	pgrep "^napi/$VTEP"
}

# Two microseconds of a minute: they use more in a single turn, and wait for the next minute.
threads_late()
{
	local pid

	for pid in $(round_threads); do
		chrt --deadline --sched-runtime 2000 --sched-deadline 60000000000 \
			--sched-period 60000000000 --pid 0 "$pid" || return
	done
}

threads_go_on()
{
	local pid

	for pid in $(round_threads); do
		must chrt --other --pid 0 "$pid"
	done
}

# queued: how many packets are held
queued()
{
	ns node2 cat /proc/net/netfilter/nfnetlink_queue |
		awk -v queue=$QUEUE '$1 == queue { print $3 }'
}

# received: by the device, whether they have reached the stack or not
received()
{
	link_get node2 "$VTEP" .stats64.rx.packets
}

# wait_in_the_round: packets that came in do not arrive any more
wait_in_the_round()
{
	local held before

	inject 20 >/dev/null
	held=$(queued)
	before=$(received)
	inject 20 >/dev/null
	[ "$(received)" -ge $((before + 20)) ] && [ "$(queued)" -eq "$held" ]
}

ends()
{
	! kill -0 "$1"
}

modprobe nfnetlink_queue
[ ! -e $PERIOD_MAX ] || echo 100000000 >$PERIOD_MAX
pair
pair_dev 2 rpf off
must ns node2 ethtool -K "$VTEP" rx-udp-gro-forwarding on
ip netns exec "$(ns_name node2)" sh -c "echo 1 >/sys/class/net/$VTEP/threaded" ||
	skip_all "this kernel has no threads for NAPI"
threads_late || skip_all "this kernel gives no thread a share of a processor"

background holder node2 nfqueue num $QUEUE hold
HOLDER=$BACKGROUND
must ns node2 nft -f - <<-END
	table ip hold {
		chain at {
			type filter hook prerouting priority 0
			iifname $VTEP queue num $QUEUE
		}
	}
END
ok "packets wait for a processor" wait_for 10 wait_in_the_round
nip node2 link set "$VTEP" down &
DOWN=$!
sleep 1
threads_go_on
wait "$DOWN"
expect_eq "the device goes down when it gets one" 0 $?
sleep 1
expect_eq "nobody holds a packet of it then" 0 "$(queued)"
nip node2 link del "$VTEP" &
DELETED=$!
ok "and it can be deleted" wait_for 10 ends "$DELETED"
kill -USR1 "$HOLDER"
kill -TERM "$HOLDER"
reap "$HOLDER"
wait "$DELETED"
