// SPDX-License-Identifier: GPL-2.0
/*
 * The second GRO round. A lower device that cannot look into the tunnel leaves
 * the segments of a TCP stream apart; here they are merged after
 * decapsulation, in a NAPI context of each CPU.
 *
 * The round costs a pass through the scheduler of NAPI, so only packets that
 * can gain by it come here; and what belongs behind them, while they wait.
 */
#include <linux/percpu.h>

#include <flannel/cell.h>
#include <flannel/dev.h>

/* As many as the backlog of a CPU holds by default. */
#define FL_CELL_PACKETS	1000

static int fl_cell_poll(struct napi_struct *napi, int budget)
{
	struct fl_cell *cell = container_of(napi, struct fl_cell, napi);
	struct sk_buff *skb;
	int done = 0;

	while (done < budget && (skb = skb_dequeue(&cell->queue))) {
		napi_gro_receive(napi, skb);
		done++;
	}
	/* Nothing stays held in GRO, whatever the device's gro_flush_timeout:
	 * packets that come next go straight on, and would overtake it.
	 */
	if (done < budget)
		napi_complete(napi);
	return done;
}

/**
 * fl_cell_receive - send a packet through the second round
 * @fl: device
 * @skb: packet, consumed; data at the network header
 *
 * Context: BH disabled.
 */
void fl_cell_receive(struct fl_dev *fl, struct sk_buff *skb)
{
	struct fl_cell *cell = this_cpu_ptr(fl->cells);

	if (unlikely(skb_queue_len_lockless(&cell->queue) >= FL_CELL_PACKETS)) {
		fl_drop(fl, skb, FLANNEL_A_STATS_RX_DROP_OVERFLOW);
		return;
	}
	skb_queue_tail(&cell->queue, skb);
	napi_schedule(&cell->napi);
}

/**
 * fl_cell_init - set the second round up
 * @fl: device
 *
 * Return: 0 or -ENOMEM.
 * Context: process, RTNL held.
 */
int fl_cell_init(struct fl_dev *fl)
{
	struct fl_cell *cell;
	int cpu;

	fl->cells = alloc_percpu(struct fl_cell);
	if (!fl->cells)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		cell = per_cpu_ptr(fl->cells, cpu);
		skb_queue_head_init(&cell->queue);
		/* There is no interrupt that a busy poller could stand for. */
		set_bit(NAPI_STATE_NO_BUSY_POLL, &cell->napi.state);
		netif_napi_add(fl->dev, &cell->napi, fl_cell_poll);
		napi_enable(&cell->napi);
	}
	return 0;
}

/**
 * fl_cell_destroy - take the second round down
 * @fl: device, which no packet reaches any more
 *
 * Context: process, RTNL held.
 */
void fl_cell_destroy(struct fl_dev *fl)
{
	struct fl_cell *cell;
	int cpu;

	for_each_possible_cpu(cpu) {
		cell = per_cpu_ptr(fl->cells, cpu);
		napi_disable(&cell->napi);
		__netif_napi_del(&cell->napi);
		skb_queue_purge(&cell->queue);
	}
	synchronize_net();
	free_percpu(fl->cells);
}
