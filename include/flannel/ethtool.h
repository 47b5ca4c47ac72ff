/* SPDX-License-Identifier: GPL-2.0 */
/* What `ethtool` shows. */
#ifndef _FLANNEL_ETHTOOL_H
#define _FLANNEL_ETHTOOL_H

#include <linux/ethtool.h>

extern const struct ethtool_ops fl_ethtool_ops;

#endif /* _FLANNEL_ETHTOOL_H */
