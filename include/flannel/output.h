/* SPDX-License-Identifier: GPL-2.0 */
/* The entry point for packets that are routed into the overlay. */
#ifndef _FLANNEL_OUTPUT_H
#define _FLANNEL_OUTPUT_H

struct neighbour;
struct net_device;

int fl_output_construct(struct net_device *dev, struct neighbour *neigh);

#endif /* _FLANNEL_OUTPUT_H */
