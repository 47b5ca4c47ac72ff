/* SPDX-License-Identifier: GPL-2.0 */
/* The VXLAN header (RFC 7348) and the sizes that follow from it. */
#ifndef _FLANNEL_WIRE_H
#define _FLANNEL_WIRE_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <linux/udp.h>

/**
 * struct fl_vxlanhdr - VXLAN header
 * @flags: I flag, group policy, reserved bits
 * @vni: VNI in the upper 24 bits, the rest is reserved
 */
struct fl_vxlanhdr {
	__be32	flags;
	__be32	vni;
};

#define FL_VXLAN_I		cpu_to_be32(0x08000000)
#define FL_VXLAN_VNI_MASK	cpu_to_be32(0xffffff00)
#define FL_VNI_MAX		0xffffff

/* Group policy extension: the flag, "do not learn", "applied", the group; the bits of
 * it that skb->mark carries; all bits that it uses.
 */
#define FL_VXLAN_GBP		0x80000000
#define FL_VXLAN_GBP_NO_LEARN	0x00400000
#define FL_VXLAN_GBP_APPLIED	0x00080000
#define FL_VXLAN_GBP_ID		0x0000ffff
#define FL_VXLAN_GBP_MARK	(FL_VXLAN_GBP_NO_LEARN | \
				 FL_VXLAN_GBP_APPLIED | FL_VXLAN_GBP_ID)
#define FL_VXLAN_GBP_USED	(FL_VXLAN_GBP | 0x00ffffff)

/* UDP and VXLAN headers */
#define FL_HLEN			(sizeof(struct udphdr) + \
				 sizeof(struct fl_vxlanhdr))
/* Overhead of the overlay, to be subtracted from the MTU of the underlay */
#define FL_OVERHEAD4		(sizeof(struct iphdr) + FL_HLEN + ETH_HLEN)
#define FL_OVERHEAD6		(sizeof(struct ipv6hdr) + FL_HLEN + ETH_HLEN)

static inline unsigned int fl_overhead(u32 family)
{
	return family == AF_INET ? FL_OVERHEAD4 : FL_OVERHEAD6;
}

static inline __be32 fl_vni_field(u32 vni)
{
	return cpu_to_be32(vni << 8);
}

static inline u32 fl_vni_of(__be32 field)
{
	return be32_to_cpu(field) >> 8;
}

#endif /* _FLANNEL_WIRE_H */
