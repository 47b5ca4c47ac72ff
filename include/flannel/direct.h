/* SPDX-License-Identifier: GPL-2.0 */
/* The entrance for packets that are routed into the overlay. */
#ifndef _FLANNEL_DIRECT_H
#define _FLANNEL_DIRECT_H

struct neighbour;
struct net_device;

int fl_direct_construct(struct net_device *dev, struct neighbour *neigh);

#endif /* _FLANNEL_DIRECT_H */
