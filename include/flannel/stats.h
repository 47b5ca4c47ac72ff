/* SPDX-License-Identifier: GPL-2.0 */
/* Counters, and the only function that drops packets. */
#ifndef _FLANNEL_STATS_H
#define _FLANNEL_STATS_H

#include <linux/ethtool.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <uapi/linux/flannel.h>

#define FL_STATS	(FLANNEL_A_STATS_MAX + 1)

struct fl_dev;

extern const struct ethtool_ops fl_ethtool_ops;

/**
 * struct fl_pcpu - per-CPU data
 * @syncp: guards @count on 32-bit machines
 * @count: counters, by FLANNEL_A_STATS_*
 * @ident: next outer IPv4 ident of this CPU; a multiple of FL_IDENTS if none is left
 */
struct fl_pcpu {
	struct u64_stats_sync	syncp;
	u64_stats_t		count[FL_STATS];
	u32			ident;
};

void fl_count_add(struct fl_dev *fl, enum flannel_stats_attr which, u64 n);
void fl_drop(struct fl_dev *fl, struct sk_buff *skb,
	     enum flannel_stats_attr why);
void fl_drop_all(struct fl_dev *fl, struct sk_buff_head *list,
		 enum flannel_stats_attr why);
void fl_stats_refused(struct fl_dev *fl);
void fl_stats_read(const struct fl_dev *fl, u64 *count);
int fl_stats_put(struct sk_buff *skb, const struct fl_dev *fl);

/* Counts one event on this CPU; BH is disabled. */
static inline void fl_pcpu_count(struct fl_pcpu *pcpu,
				 enum flannel_stats_attr which)
{
	u64_stats_update_begin(&pcpu->syncp);
	u64_stats_inc(&pcpu->count[which]);
	u64_stats_update_end(&pcpu->syncp);
}

#define fl_count(fl, which)	fl_pcpu_count(this_cpu_ptr((fl)->pcpu), which)

#endif /* _FLANNEL_STATS_H */
