// SPDX-License-Identifier: GPL-2.0
/* What `ethtool` shows. */
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>

#include <flannel/dev.h>
#include <flannel/ethtool.h>
#include <flannel/stats.h>

/* The first counter that is one: UNSPEC and PAD are not. */
#define FL_FIRST_STAT	(FLANNEL_A_STATS_PAD + 1)

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
