/* SPDX-License-Identifier: GPL-2.0 */
/* Transmit: add outer headers to a frame and send it to the underlay. */
#ifndef _FLANNEL_SEND_H
#define _FLANNEL_SEND_H

#include <linux/skbuff.h>
#include <linux/types.h>

struct fl_config;
struct fl_dev;
struct fl_peer;

/**
 * struct fl_dest - where a frame goes
 * @peer: VTEP
 * @port: UDP port there
 * @vni: VNI there
 * @mac: inner destination MAC to write, or NULL to leave the frame's
 */
struct fl_dest {
	struct fl_peer	*peer;
	__be16		port;
	u32		vni;
	const u8	*mac;
};

bool fl_send(struct fl_dev *fl, const struct fl_config *cfg,
	     struct sk_buff *skb, const struct fl_dest *dest);

#endif /* _FLANNEL_SEND_H */
