/* SPDX-License-Identifier: GPL-2.0 */
/* Events: misses, and changes of leases and of the FDB. */
#ifndef _FLANNEL_NOTIFY_H
#define _FLANNEL_NOTIFY_H

#include <linux/skbuff.h>
#include <uapi/linux/flannel.h>

struct fl_dev;
struct fl_fdb;
struct fl_lease;
struct fl_miss;
struct fl_remote;

bool fl_notify_miss_heard(const struct fl_dev *fl);
int fl_notify_miss(struct fl_dev *fl, const struct fl_miss *miss);
void fl_notify_lease(struct fl_dev *fl, const struct fl_lease *lease,
		     enum flannel_cmd cmd);
void fl_notify_fdb(struct fl_dev *fl, const struct fl_fdb *fdb,
		   const struct fl_remote *remote, int type);
int fl_notify_fill(struct sk_buff *skb, const struct fl_dev *fl,
		   const struct fl_fdb *fdb, const struct fl_remote *remote,
		   u32 portid, u32 seq, int type, unsigned int flags);

#endif /* _FLANNEL_NOTIFY_H */
