/* SPDX-License-Identifier: GPL-2.0 */
/* Answers to misses. */
#ifndef _FLANNEL_ANSWER_H
#define _FLANNEL_ANSWER_H

#include <linux/types.h>
#include <uapi/linux/flannel.h>

struct fl_addr;
struct fl_dev;
struct fl_fdb;
struct fl_lease;

int fl_answer_lease(struct fl_dev *fl, struct fl_lease *lease,
		    struct fl_lease *old);
int fl_answer_fdb(struct fl_dev *fl, struct fl_fdb *fdb, bool pause);
int fl_answer_no_subnet(struct fl_dev *fl, enum flannel_miss_kind kind,
			const struct fl_addr *addr);
int fl_answer_no_mac(struct fl_dev *fl, const u8 *mac);

#endif /* _FLANNEL_ANSWER_H */
