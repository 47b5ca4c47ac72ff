/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the generic netlink family: fl_genl*.c, fl_notify.c. */
#ifndef _FLANNEL_GENL_PRIV_H
#define _FLANNEL_GENL_PRIV_H

#include <net/genetlink.h>

#include <flannel/addr.h>
#include <flannel/dev.h>
#include <flannel/fdb.h>
#include <flannel/lease.h>
#include <flannel/miss.h>

enum fl_genl_group {
	FL_GENL_GROUP_MISS,
	FL_GENL_GROUP_CHANGE,
};

extern struct genl_family fl_genl_family;

/**
 * struct fl_miss_spec - the miss that an answer is about
 * @kind: enum flannel_miss_kind
 * @addr: any address in the subnet, for L3 and SOURCE
 * @mac: MAC, for L2
 */
struct fl_miss_spec {
	enum flannel_miss_kind	kind;
	struct fl_addr		addr;
	u8			mac[ETH_ALEN];
};

/* fl_genl_parse.c: attributes to requests */
int fl_genl_parse_prefix(const struct nlattr *nla, struct fl_prefix *prefix,
			 bool *exact, struct netlink_ext_ack *extack);
int fl_genl_parse_lease(const struct nlattr *nla, u32 generation,
			struct fl_lease_spec *spec,
			struct netlink_ext_ack *extack);
int fl_genl_parse_fdb(const struct fl_dev *fl, const struct nlattr *nla,
		      bool remote_needed, struct fl_fdb_spec *spec,
		      struct netlink_ext_ack *extack);
int fl_genl_parse_miss(const struct nlattr *nla, struct fl_miss_spec *spec,
		       struct netlink_ext_ack *extack);

/* fl_genl_fill.c: objects to attributes */
int fl_genl_fill_lease(struct sk_buff *skb, const struct fl_lease *lease);
int fl_genl_fill_fdb(struct sk_buff *skb, const struct fl_dev *fl,
		     const struct fl_fdb *fdb, const struct fl_remote *remote);
int fl_genl_fill_miss(struct sk_buff *skb, const struct fl_miss *miss);
int fl_genl_fill_dev(struct sk_buff *skb, struct fl_dev *fl);

/* fl_genl.c */
struct fl_dev *fl_genl_get_dev(struct net *net, struct nlattr *attrs[],
			       netdevice_tracker *tracker,
			       struct netlink_ext_ack *extack);
struct fl_dev *fl_genl_lock_dev(struct fl_dev *fl);
void fl_genl_put_dev(struct fl_dev *fl, netdevice_tracker *tracker);

#endif /* _FLANNEL_GENL_PRIV_H */
