/* SPDX-License-Identifier: GPL-2.0 */
/* Answers: what goes into the tables, and what waits for it. */
#ifndef _FLANNEL_ANSWER_H
#define _FLANNEL_ANSWER_H

#include <linux/types.h>
#include <uapi/linux/flannel.h>

struct fl_addr;
struct fl_dev;
struct fl_fdb_spec;
struct fl_lease_spec;
struct netlink_ext_ack;

int fl_answer_lease(struct fl_dev *fl, const struct fl_lease_spec *spec,
		    u16 nlflags, struct netlink_ext_ack *extack);
int fl_answer_fdb(struct fl_dev *fl, const struct fl_fdb_spec *spec,
		  u16 nlflags, struct netlink_ext_ack *extack);
void fl_answer_learned(struct fl_dev *fl, const struct fl_fdb_spec *spec);
int fl_answer_no_subnet(struct fl_dev *fl, enum flannel_miss_kind kind,
			const struct fl_addr *addr);
int fl_answer_no_mac(struct fl_dev *fl, const u8 *mac);

#endif /* _FLANNEL_ANSWER_H */
