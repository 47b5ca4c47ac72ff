/* SPDX-License-Identifier: GPL-2.0 */
/* Walks over tables that take entries out as they go. */
#ifndef _FLANNEL_SWEEP_H
#define _FLANNEL_SWEEP_H

#include <linux/rhashtable-types.h>

void fl_sweep(struct rhashtable *ht, bool (*remove)(void *entry, void *arg),
	      void *arg);

#endif /* _FLANNEL_SWEEP_H */
