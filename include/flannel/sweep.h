/* SPDX-License-Identifier: GPL-2.0 */
/* Walks tables and removes entries along the way. */
#ifndef _FLANNEL_SWEEP_H
#define _FLANNEL_SWEEP_H

#include <linux/rhashtable-types.h>

void fl_sweep(struct rhashtable *ht, bool (*remove)(void *entry, void *arg),
	      void *arg);

#endif /* _FLANNEL_SWEEP_H */
