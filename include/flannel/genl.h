/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: commands, dumps, and events. */
#ifndef _FLANNEL_GENL_H
#define _FLANNEL_GENL_H

#include <uapi/linux/flannel.h>

struct fl_dev;
struct fl_fdb;
struct fl_lease;
struct fl_miss;
struct fl_remote;

bool fl_genl_miss_heard(const struct fl_dev *fl);
int fl_genl_miss(struct fl_dev *fl, const struct fl_miss *miss);
void fl_genl_lease_changed(struct fl_dev *fl, const struct fl_lease *lease,
			   enum flannel_cmd cmd);
void fl_genl_fdb_changed(struct fl_dev *fl, const struct fl_fdb *fdb,
			 const struct fl_remote *remote, enum flannel_cmd cmd);
int fl_genl_init(void);
void fl_genl_exit(void);

#endif /* _FLANNEL_GENL_H */
