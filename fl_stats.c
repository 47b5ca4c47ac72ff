// SPDX-License-Identifier: GPL-2.0
/*
 * Counters. Every dropped packet passes through fl_drop(), which assigns its counter,
 * tracepoint and drop reason. `ethtool -S` shows the counters.
 */
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/string_helpers.h>

#include <flannel/dev.h>
#include <flannel/stats.h>
#include <flannel/trace.h>

enum fl_loss {
	FL_LOSS_NONE,		/* not a loss, or intended */
	FL_TX_DROPPED,
	FL_TX_ERROR,
	FL_TX_CARRIER,
	FL_RX_DROPPED,
	FL_RX_ERROR,
	FL_RX_LENGTH,
	FL_RX_FRAME,
};

struct fl_stat {
	const char		*name;
	enum fl_loss		loss;
	enum skb_drop_reason	reason;
};

#define FL_COUNTER(id)							\
	[FLANNEL_A_STATS_##id] = { .name = #id }
#define FL_DROP(id, how, why)						\
	[FLANNEL_A_STATS_##id] = {					\
		.name	= #id,						\
		.loss	= (how),					\
		.reason	= SKB_DROP_REASON_##why,			\
	}

/* The first real counter: UNSPEC and PAD are none. */
#define FL_FIRST_STAT	(FLANNEL_A_STATS_PAD + 1)

static const struct fl_stat fl_stats[FL_STATS] = {
	FL_COUNTER(TX_FAST),
	FL_COUNTER(TX_FLOOD),
	FL_COUNTER(TX_LOCAL),
	FL_COUNTER(RX_FAST),
	FL_COUNTER(RX_DIRECT),
	FL_COUNTER(NEIGH_REPLY),
	FL_COUNTER(MISS_EVENT),
	FL_COUNTER(MISS_RETRY),
	FL_COUNTER(MISS_LOST),
	FL_COUNTER(MISS_FOUND),
	FL_COUNTER(MISS_NOT_FOUND),
	FL_COUNTER(MISS_UNANSWERED),
	FL_COUNTER(MISS_PARKED),
	FL_COUNTER(MISS_RELEASED),
	FL_DROP(TX_DROP_MALFORMED, FL_TX_ERROR, PKT_TOO_SMALL),
	FL_DROP(TX_DROP_PROTOCOL, FL_TX_DROPPED, UNHANDLED_PROTO),
	FL_DROP(TX_DROP_NO_FLOOD, FL_TX_DROPPED, NO_TX_TARGET),
	FL_DROP(TX_DROP_UNKNOWN, FL_TX_DROPPED, NO_TX_TARGET),
	FL_DROP(TX_DROP_NO_LISTENER, FL_TX_DROPPED, NO_TX_TARGET),
	FL_DROP(TX_DROP_NOT_FOUND, FL_TX_DROPPED, NO_TX_TARGET),
	FL_DROP(TX_DROP_UNANSWERED, FL_TX_DROPPED, NO_TX_TARGET),
	FL_DROP(TX_DROP_OVERFLOW, FL_TX_DROPPED, NEIGH_QUEUEFULL),
	FL_DROP(TX_DROP_FLUSHED, FL_TX_DROPPED, DEV_READY),
	FL_DROP(TX_DROP_NO_FAMILY, FL_TX_CARRIER, IP_OUTNOROUTES),
	FL_DROP(TX_DROP_NO_ROUTE, FL_TX_CARRIER, IP_OUTNOROUTES),
	FL_DROP(TX_DROP_LOOP, FL_TX_ERROR, IP_OUTNOROUTES),
	FL_DROP(TX_DROP_TOO_BIG, FL_TX_ERROR, PKT_TOO_BIG),
	FL_DROP(TX_DROP_NO_MEMORY, FL_TX_DROPPED, NOMEM),
	/* The underlay dropped the packet, with its own drop reason. */
	FL_COUNTER(TX_DROP_UNDERLAY),
	FL_DROP(TX_DROP_NO_VNI, FL_TX_ERROR, VXLAN_VNI_NOT_FOUND),
	FL_DROP(RX_DROP_SHORT, FL_RX_LENGTH, PKT_TOO_SMALL),
	FL_DROP(RX_DROP_FLAGS, FL_RX_ERROR, VXLAN_INVALID_HDR),
	FL_DROP(RX_DROP_VNI, FL_LOSS_NONE, VXLAN_VNI_NOT_FOUND),
	FL_DROP(RX_DROP_MALFORMED, FL_RX_LENGTH, PKT_TOO_SMALL),
	FL_DROP(RX_DROP_OWN_MAC, FL_RX_DROPPED, LOCAL_MAC),
	FL_DROP(RX_DROP_ECN, FL_RX_FRAME, IP_TUNNEL_ECN),
	FL_DROP(RX_DROP_PEER, FL_RX_DROPPED, IP_RPFILTER),
	FL_DROP(RX_DROP_SOURCE, FL_RX_DROPPED, IP_RPFILTER),
	FL_DROP(RX_DROP_UNVERIFIED, FL_RX_DROPPED, IP_RPFILTER),
	FL_DROP(RX_DROP_MOVED, FL_RX_DROPPED, VXLAN_ENTRY_EXISTS),
	FL_DROP(RX_DROP_OVERFLOW, FL_RX_DROPPED, CPU_BACKLOG),
	FL_DROP(RX_DROP_DOWN, FL_RX_DROPPED, DEV_READY),
	FL_DROP(RX_DROP_NO_MEMORY, FL_RX_DROPPED, NOMEM),
};

/**
 * fl_count_add - count events
 * @fl: device
 * @which: counter
 * @n: how many
 *
 * Context: BH disabled.
 */
void fl_count_add(struct fl_dev *fl, enum flannel_stats_attr which, u64 n)
{
	struct fl_pcpu *pcpu = this_cpu_ptr(fl->pcpu);

	u64_stats_update_begin(&pcpu->syncp);
	u64_stats_add(&pcpu->count[which], n);
	u64_stats_update_end(&pcpu->syncp);
}

static void fl_loss_count(struct net_device *dev, enum fl_loss loss)
{
	switch (loss) {
	case FL_LOSS_NONE:
		break;
	case FL_TX_DROPPED:
		dev_core_stats_tx_dropped_inc(dev);
		break;
	case FL_TX_CARRIER:
		DEV_STATS_INC(dev, tx_carrier_errors);
		fallthrough;
	case FL_TX_ERROR:
		DEV_STATS_INC(dev, tx_errors);
		break;
	case FL_RX_DROPPED:
		dev_core_stats_rx_dropped_inc(dev);
		break;
	case FL_RX_LENGTH:
		DEV_STATS_INC(dev, rx_length_errors);
		DEV_STATS_INC(dev, rx_errors);
		break;
	case FL_RX_FRAME:
		DEV_STATS_INC(dev, rx_frame_errors);
		fallthrough;
	case FL_RX_ERROR:
		DEV_STATS_INC(dev, rx_errors);
		break;
	}
}

/**
 * fl_drop - drop a packet
 * @fl: device that it is counted on
 * @skb: packet, consumed
 * @why: counter of the reason
 *
 * Context: BH disabled.
 */
void fl_drop(struct fl_dev *fl, struct sk_buff *skb,
	     enum flannel_stats_attr why)
{
	const struct fl_stat *stat = &fl_stats[why];

	fl_count(fl, why);
	fl_loss_count(fl->dev, stat->loss);
	trace_flannel_drop(fl->dev, skb, stat->name);
	kfree_skb_reason(skb, stat->reason);
}

/**
 * fl_drop_all - drop all packets of a list
 * @fl: device that they are counted on
 * @list: packets, consumed
 * @why: counter of the reason
 *
 * Context: BH disabled.
 */
void fl_drop_all(struct fl_dev *fl, struct sk_buff_head *list,
		 enum flannel_stats_attr why)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		fl_drop(fl, skb, why);
}

/**
 * fl_stats_refused - the underlay dropped a packet
 * @fl: device
 *
 * Context: BH disabled.
 */
void fl_stats_refused(struct fl_dev *fl)
{
	fl_count(fl, FLANNEL_A_STATS_TX_DROP_UNDERLAY);
	DEV_STATS_INC(fl->dev, tx_aborted_errors);
	DEV_STATS_INC(fl->dev, tx_errors);
}

/**
 * fl_stats_read - sum the counters over the CPUs
 * @fl: device
 * @count: FL_STATS sums
 *
 * Context: any.
 */
void fl_stats_read(const struct fl_dev *fl, u64 *count)
{
	unsigned int start;
	u64 one[FL_STATS];
	int cpu, i;

	memset(count, 0, sizeof(one));
	for_each_possible_cpu(cpu) {
		const struct fl_pcpu *pcpu = per_cpu_ptr(fl->pcpu, cpu);

		do {
			start = u64_stats_fetch_begin(&pcpu->syncp);
			for (i = 0; i < FL_STATS; i++)
				one[i] = u64_stats_read(&pcpu->count[i]);
		} while (u64_stats_fetch_retry(&pcpu->syncp, start));
		for (i = 0; i < FL_STATS; i++)
			count[i] += one[i];
	}
}

/**
 * fl_stats_put - add all counters to a netlink message
 * @skb: message
 * @fl: device
 *
 * Return: 0 or -EMSGSIZE.
 * Context: any.
 */
int fl_stats_put(struct sk_buff *skb, const struct fl_dev *fl)
{
	struct nlattr *nest;
	u64 count[FL_STATS];
	int i;

	nest = nla_nest_start(skb, FLANNEL_A_DEV_STATS);
	if (!nest)
		return -EMSGSIZE;
	fl_stats_read(fl, count);
	for (i = FL_FIRST_STAT; i < FL_STATS; i++)
		if (nla_put_u64_64bit(skb, i, count[i],
				      FLANNEL_A_STATS_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* ethtool ----------------------------------------------------------------- */

static void fl_stats_name(enum flannel_stats_attr which, char *name, size_t size)
{
	strscpy(name, fl_stats[which].name, size);
	string_lower(name, name);
}

static void fl_ethtool_drvinfo(struct net_device *dev,
			       struct ethtool_drvinfo *info)
{
	strscpy(info->driver, FLANNEL_LINK_KIND, sizeof(info->driver));
	strscpy(info->version, FL_VERSION, sizeof(info->version));
}

static int fl_ethtool_link_ksettings(struct net_device *dev,
				     struct ethtool_link_ksettings *cmd)
{
	struct fl_dev *fl = netdev_priv(dev);

	if (!fl->lower) {
		cmd->base.duplex = DUPLEX_UNKNOWN;
		cmd->base.port = PORT_OTHER;
		cmd->base.speed = SPEED_UNKNOWN;
		return 0;
	}
	return __ethtool_get_link_ksettings(fl->lower, cmd);
}

static int fl_ethtool_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? FL_STATS - FL_FIRST_STAT : -EOPNOTSUPP;
}

static void fl_ethtool_strings(struct net_device *dev, u32 set, u8 *data)
{
	int i;

	if (set != ETH_SS_STATS)
		return;
	for (i = FL_FIRST_STAT; i < FL_STATS; i++, data += ETH_GSTRING_LEN)
		fl_stats_name(i, data, ETH_GSTRING_LEN);
}

static void fl_ethtool_stats(struct net_device *dev,
			     struct ethtool_stats *stats, u64 *data)
{
	u64 count[FL_STATS];

	fl_stats_read(netdev_priv(dev), count);
	memcpy(data, count + FL_FIRST_STAT,
	       (FL_STATS - FL_FIRST_STAT) * sizeof(*data));
}

const struct ethtool_ops fl_ethtool_ops = {
	.get_drvinfo		= fl_ethtool_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= fl_ethtool_link_ksettings,
	.get_sset_count		= fl_ethtool_sset_count,
	.get_strings		= fl_ethtool_strings,
	.get_ethtool_stats	= fl_ethtool_stats,
};
