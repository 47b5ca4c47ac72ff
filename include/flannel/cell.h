/* SPDX-License-Identifier: GPL-2.0 */
/* The second GRO round, for what the first could not merge. */
#ifndef _FLANNEL_CELL_H
#define _FLANNEL_CELL_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

struct fl_dev;

/**
 * struct fl_cell - the second round on one CPU
 * @napi: runs it
 * @queue: packets that wait for it
 */
struct fl_cell {
	struct napi_struct	napi;
	struct sk_buff_head	queue;
};

int fl_cell_init(struct fl_dev *fl);
void fl_cell_destroy(struct fl_dev *fl);
void fl_cell_receive(struct fl_dev *fl, struct sk_buff *skb);

/* Does this CPU still have packets in the second round? One that must not overtake
 * them goes there too. BH is disabled.
 */
static inline bool fl_cell_busy(struct fl_cell __percpu *cells)
{
	return test_bit(NAPI_STATE_SCHED, &this_cpu_ptr(cells)->napi.state);
}

#endif /* _FLANNEL_CELL_H */
