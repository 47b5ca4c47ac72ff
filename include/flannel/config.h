/* SPDX-License-Identifier: GPL-2.0 */
/* Options: IFLA_FLANNEL_* to struct fl_config and back. */
#ifndef _FLANNEL_CONFIG_H
#define _FLANNEL_CONFIG_H

#include <net/netlink.h>
#include <uapi/linux/flannel.h>

struct fl_config;
struct net;
struct net_device;
struct netlink_ext_ack;

extern const struct nla_policy fl_config_policy[IFLA_FLANNEL_OWN + 1];

struct fl_config *fl_config_parse(struct nlattr *data[],
				  const struct fl_config *old,
				  struct netlink_ext_ack *extack);
size_t fl_config_size(void);
int fl_config_fill(struct sk_buff *skb, const struct fl_config *cfg);

#endif /* _FLANNEL_CONFIG_H */
