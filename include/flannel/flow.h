/* SPDX-License-Identifier: GPL-2.0 */
/* The outer source port: a hash of the inner flow. */
#ifndef _FLANNEL_FLOW_H
#define _FLANNEL_FLOW_H

#include <linux/skbuff.h>

struct fl_config;
struct fl_dev;

void fl_flow_init(void);
__be16 fl_flow_port(const struct fl_dev *fl, const struct fl_config *cfg,
		    struct sk_buff *skb);

#endif /* _FLANNEL_FLOW_H */
