/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/flannel.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_FL_GEN_H
#define _LINUX_FL_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/flannel.h>
#include <linux/neighbour.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>

/* Common nested types */
extern const struct nla_policy fl_fdb_nl_policy[FLANNEL_A_FDB_FLAGS + 1];
extern const struct nla_policy fl_lease_nl_policy[FLANNEL_A_LEASE_GENERATION + 1];
extern const struct nla_policy fl_miss_nl_policy[FLANNEL_A_MISS_MAC + 1];

/* Ops table for fl */
extern const struct genl_ops fl_nl_ops[11];

int fl_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info);
int fl_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int fl_nl_lease_set_doit(struct sk_buff *skb, struct genl_info *info);
int fl_nl_lease_del_doit(struct sk_buff *skb, struct genl_info *info);
int fl_nl_lease_get_doit(struct sk_buff *skb, struct genl_info *info);
int fl_nl_lease_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int fl_nl_lease_flush_doit(struct sk_buff *skb, struct genl_info *info);
int fl_nl_fdb_set_doit(struct sk_buff *skb, struct genl_info *info);
int fl_nl_fdb_del_doit(struct sk_buff *skb, struct genl_info *info);
int fl_nl_fdb_get_doit(struct sk_buff *skb, struct genl_info *info);
int fl_nl_fdb_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int fl_nl_fdb_flush_doit(struct sk_buff *skb, struct genl_info *info);
int fl_nl_miss_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int fl_nl_miss_answer_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _LINUX_FL_GEN_H */
