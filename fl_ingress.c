// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path, receive half. A netfilter hook at the ingress of a lower device
 * recognises packets that the ordinary path has found to be for us, and decapsulates
 * them right there, bypassing the IP stack.
 *
 * The routing tables decide whether an outer packet is for us and may arrive on this
 * device from this source. To ask them, the first packet of each peer takes the
 * ordinary path: when it arrives at the socket, the peer gets a pass that records the
 * device, our address, the state of the routing tables and the settings that they do
 * not cover. Any change of these invalidates the pass. The hook runs after all others
 * of the device; tc and packet sockets have already seen the packet.
 */
#include <linux/filter.h>
#include <linux/inetdevice.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter_netdev.h>
#include <linux/rculist.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/l3mdev.h>
#include <net/udp.h>
#include <net/xfrm.h>

#include <flannel/dev.h>
#include <flannel/ingress.h>
#include <flannel/net.h>
#include <flannel/sock.h>
#include <flannel/vxlan.h>

/* Maximum number of hooked lower devices per namespace. */
#define FL_INGRESS_DEVS	32

/**
 * struct fl_ingress - a hook at a lower device
 * @list: links it into struct fl_net
 * @ops: the hook
 * @rcu: frees it
 */
struct fl_ingress {
	struct list_head	list;
	struct nf_hook_ops	ops;
	struct rcu_head		rcu;
};

/* The generation ID of the routing tables, which every routing change bumps. */
static u32 fl_ingress_genid(const struct net *net, u32 family)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (family == AF_INET6)
		return rt_genid_ipv6(net);
#endif
	return rt_genid_ipv4(net);
}

/* The IPv4 source check (rp_filter). Of the settings that decide whether a packet may
 * arrive, this is the only one that can be tightened without changing the generation
 * ID.
 */
static int fl_ingress_rp_filter(const struct sk_buff *skb, u32 family)
{
	struct in_device *in_dev;

	if (family != AF_INET)
		return 0;
	in_dev = __in_dev_get_rcu(skb->dev);
	return in_dev ? IN_DEV_RPFILTER(in_dev) : 0;
}

static __always_inline bool
fl_ingress_is_pass(const struct fl_pass *pass, const struct sk_buff *skb,
		   u32 family)
{
	if (pass->ifindex != skb->dev->ifindex ||
	    pass->rp_filter != fl_ingress_rp_filter(skb, family))
		return false;
	return family == AF_INET ?
	       pass->local.v4 == ip_hdr(skb)->daddr :
	       ipv6_addr_equal(&pass->local.v6, &ipv6_hdr(skb)->daddr);
}

static __always_inline bool
fl_ingress_has_pass(const struct net *net, const struct fl_peer *peer,
		    const struct sk_buff *skb, u32 family)
{
	const struct fl_passes *passes = rcu_dereference(peer->passes);
	unsigned int i;

	if (!passes || passes->genid != fl_ingress_genid(net, family))
		return false;
	for (i = 0; i < passes->count; i++)
		if (likely(fl_ingress_is_pass(&passes->pass[i], skb, family)))
			return true;
	return false;
}

/* The packet ---------------------------------------------------------------- */

static bool fl_ingress_is_udp4(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	return skb_headlen(skb) >= sizeof(*iph) + FL_HLEN &&
	       iph->protocol == IPPROTO_UDP && iph->version == 4 &&
	       iph->ihl == sizeof(*iph) / 4 && !ip_is_fragment(iph);
}

static bool fl_ingress_is_udp6(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);

	return skb_headlen(skb) >= sizeof(*ip6h) + FL_HLEN &&
	       ip6h->nexthdr == IPPROTO_UDP && ip6h->version == 6;
}

/* Length of the packet without link-layer padding */
static unsigned int fl_ingress_len(const struct sk_buff *skb, u32 family)
{
	return family == AF_INET ?
	       ntohs(ip_hdr(skb)->tot_len) :
	       ntohs(ipv6_hdr(skb)->payload_len) + sizeof(struct ipv6hdr);
}

static const struct fl_sock *fl_ingress_sock(const struct fl_net *fn,
					     u32 family, __be16 port)
{
	const struct fl_sock *fs;

	list_for_each_entry_rcu(fs, &fn->socks, list)
		if (fs->port == port && fs->family == family && !fs->bound)
			return fs;
	return NULL;
}

/* Has the lower device verified the checksum, or left it for later? A checksum verified
 * by another protocol (csum_valid, if the lower device is a tunnel) does not cover this
 * one.
 */
static bool fl_ingress_vouched(const struct sk_buff *skb)
{
	return skb->ip_summed == CHECKSUM_UNNECESSARY ||
	       (skb->ip_summed == CHECKSUM_PARTIAL &&
		skb_checksum_start_offset(skb) >= 0);
}

/* Are the header lengths consistent, with nothing left that the ordinary path would
 * have to verify byte by byte?
 */
static __always_inline bool
fl_ingress_sound(const struct sk_buff *skb, const struct fl_sock *fs,
		 const struct udphdr *uh, u32 family, unsigned int hlen)
{
	unsigned int len = fl_ingress_len(skb, family);

	if (len > skb->len || len < hlen + FL_HLEN ||
	    ntohs(uh->len) != len - hlen)
		return false;
	if (fl_vxlan_is_joined(skb) ||
	    (uh->check && !fl_ingress_vouched(skb)))
		return false;
	if (family == AF_INET6)
		return uh->check || fs->zero_csum6;
	return !ip_fast_csum((const u8 *)ip_hdr(skb), sizeof(struct iphdr) / 4);
}

/* May a BPF program of the namespace choose another socket? */
static bool fl_ingress_steered(const struct net *net)
{
#ifdef CONFIG_BPF_SYSCALL
	return static_branch_unlikely(&bpf_sk_lookup_enabled) &&
	       rcu_access_pointer(net->bpf.run_array[NETNS_BPF_SK_LOOKUP]);
#else
	return false;
#endif
}

static bool fl_ingress_allowed(const struct net *net,
			       const struct fl_config *cfg, u32 family)
{
	if (cfg->fastpath == FLANNEL_FASTPATH_OFF || fl_ingress_steered(net))
		return false;
#ifdef CONFIG_XFRM
	if (net->xfrm.policy_count[XFRM_POLICY_IN] ||
	    net->xfrm.policy_default[XFRM_POLICY_IN] != XFRM_USERPOLICY_ACCEPT)
		return false;
#endif
	return cfg->fastpath == FLANNEL_FASTPATH_ON ||
	       (!fl_hooked(net, family, NF_INET_PRE_ROUTING) &&
		!fl_hooked(net, family, NF_INET_LOCAL_IN));
}

/* A packet that continues on the ordinary path stays untracked. */
static void fl_ingress_notrack(const struct net *net,
			       const struct fl_config *cfg,
			       struct sk_buff *skb, u32 family)
{
	if (cfg->notrack && !skb_get_nfct(skb) &&
	    fl_hooked(net, family, NF_INET_PRE_ROUTING))
		skb_set_nfct(skb, IP_CT_UNTRACKED);
}

/* Puts the packet into the state in which a UDP socket delivers it. */
static __always_inline void
fl_ingress_strip(struct sk_buff *skb, u32 family, unsigned int hlen)
{
	__sum16 check;

	skb_set_transport_header(skb, hlen);
	__skb_pull(skb, hlen);
	check = udp_hdr(skb)->check;
	if (family == AF_INET) {
		skb_checksum_init_zero_check(skb, IPPROTO_UDP, check,
					     inet_compute_pseudo);
		if (check)
			skb_checksum_try_convert(skb, IPPROTO_UDP,
						 inet_compute_pseudo);
		return;
	}
	skb_postpull_rcsum(skb, skb_network_header(skb), hlen);
	skb_checksum_init_zero_check(skb, IPPROTO_UDP, check,
				     ip6_compute_pseudo);
	if (check)
		skb_checksum_try_convert(skb, IPPROTO_UDP, ip6_compute_pseudo);
}

/* For a UDP packet with linear headers. */
static __always_inline unsigned int
fl_ingress_take(const u32 family, const struct fl_net *fn, struct sk_buff *skb)
{
	const unsigned int hlen = family == AF_INET ? sizeof(struct iphdr) :
						      sizeof(struct ipv6hdr);
	const struct udphdr *uh = (const void *)skb->data + hlen;
	const struct fl_config *cfg;
	const struct fl_sock *fs;
	struct fl_whose whose;
	struct fl_peer *peer;

	fs = fl_ingress_sock(fn, family, uh->dest);
	if (likely(!fs))
		return NF_ACCEPT;
	whose = fl_vxlan_identify(fs, (const void *)(uh + 1));
	if (whose.refused)
		return NF_ACCEPT;
	peer = fl_peer_find_sender(whose.fl, skb, family);
	if (!peer || !fl_ingress_has_pass(fn->net, peer, skb, family))
		return NF_ACCEPT;
	cfg = rcu_dereference(whose.fl->cfg);
	if (!fl_ingress_allowed(fn->net, cfg, family)) {
		fl_ingress_notrack(fn->net, cfg, skb, family);
		return NF_ACCEPT;
	}
	if (!fl_ingress_sound(skb, fs, uh, family, hlen))
		return NF_ACCEPT;
	/* From here on the packet is modified. It is exclusively ours, or its other
	 * holder (for instance the packet generator) does not look at it again: tc and
	 * flowtables rely on that at this point, too.
	 */
	if (unlikely(skb->len > fl_ingress_len(skb, family)) &&
	    pskb_trim_rcsum(skb, fl_ingress_len(skb, family))) {
		fl_drop(whose.fl, skb, FLANNEL_A_STATS_RX_DROP_MALFORMED);
		return NF_STOLEN;
	}

	fl_count(whose.fl, FLANNEL_A_STATS_RX_FAST);
	fl_ingress_strip(skb, family, hlen);
	fl_vxlan_decap(whose.fl, cfg, skb, peer, whose.gbp);
	return NF_STOLEN;
}

static noinline unsigned int fl_ingress_take6(const struct fl_net *fn,
					      struct sk_buff *skb)
{
	return fl_ingress_take(AF_INET6, fn, skb);
}

static unsigned int fl_ingress_hook(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	if (skb->pkt_type != PACKET_HOST || skb_vlan_tag_present(skb))
		return NF_ACCEPT;
	if (skb->protocol == htons(ETH_P_IP) && fl_ingress_is_udp4(skb))
		return fl_ingress_take(AF_INET, priv, skb);
	if (skb->protocol == htons(ETH_P_IPV6) && fl_ingress_is_udp6(skb))
		return fl_ingress_take6(priv, skb);
	return NF_ACCEPT;
}

/* Passes -------------------------------------------------------------------- */

static struct fl_ingress *fl_ingress_find(const struct fl_net *fn, int ifindex)
{
	struct fl_ingress *in;

	list_for_each_entry_rcu(in, &fn->ingress, list, lockdep_rtnl_is_held())
		if (in->ops.dev->ifindex == ifindex)
			return in;
	return NULL;
}

static bool fl_ingress_may_hook(const struct fl_net *fn,
				const struct net_device *dev)
{
	return READ_ONCE(fn->hooks) < FL_INGRESS_DEVS &&
	       !(dev->flags & IFF_LOOPBACK) && !netif_is_l3_master(dev);
}

/* Missing hooks are registered by a worker. */
static void fl_ingress_want(struct fl_net *fn, const struct net_device *dev)
{
	if (likely(fl_ingress_find(fn, dev->ifindex)) ||
	    !fl_ingress_may_hook(fn, dev))
		return;
	WRITE_ONCE(fn->wanted, dev->ifindex);
	schedule_work(&fn->work);
}

static bool fl_ingress_useful(const struct fl_net *fn,
			      const struct fl_config *cfg, u32 family)
{
	if (cfg->fastpath == FLANNEL_FASTPATH_ON)
		return true;
	if (fl_hooked(fn->net, family, NF_INET_PRE_ROUTING))
		return cfg->notrack;
	return cfg->fastpath == FLANNEL_FASTPATH_AUTO &&
	       !fl_hooked(fn->net, family, NF_INET_LOCAL_IN);
}

/* A peer whose packets arrive on more paths than it can have passes for, or whose
 * address is spoofed, must not cause an allocation per packet.
 */
static bool fl_ingress_may_grant(const struct fl_passes *old, u32 genid)
{
	if (!old)
		return true;
	if (old->genid == genid && old->count == FL_PASSES)
		return time_after(jiffies, old->since + HZ);
	return jiffies != old->since;
}

static void fl_ingress_grant(const struct net *net, struct fl_peer *peer,
			     const struct sk_buff *skb, u32 family)
{
	const struct fl_passes *old = rcu_dereference(peer->passes);
	u32 genid = fl_ingress_genid(net, family);
	struct fl_passes *passes;

	if (!fl_ingress_may_grant(old, genid))
		return;
	passes = kzalloc(sizeof(*passes), GFP_ATOMIC | __GFP_NOWARN);
	if (!passes)
		return;
	passes->genid = genid;
	passes->since = jiffies;
	passes->count = 1;
	passes->pass[0].ifindex = skb->dev->ifindex;
	passes->pass[0].rp_filter = fl_ingress_rp_filter(skb, family);
	if (family == AF_INET)
		passes->pass[0].local.v4 = ip_hdr(skb)->daddr;
	else
		passes->pass[0].local.v6 = ipv6_hdr(skb)->daddr;
	if (old && old->genid == genid) {
		passes->count += min_t(u32, old->count, FL_PASSES - 1);
		memcpy(&passes->pass[1], old->pass,
		       (passes->count - 1) * sizeof(passes->pass[0]));
	}
	fl_peer_set_passes(peer, passes);
}

/**
 * fl_ingress_learn - a packet of a peer has arrived on the ordinary path
 * @fl: device
 * @cfg: its options
 * @peer: peer
 * @skb: packet, at the UDP socket
 * @family: of the outer packet
 *
 * Context: RCU and BH disabled.
 */
void fl_ingress_learn(struct fl_dev *fl, const struct fl_config *cfg,
		      struct fl_peer *peer, const struct sk_buff *skb,
		      u32 family)
{
	struct fl_net *fn = fl_net(fl->net);

	if (!fl_ingress_useful(fn, cfg, family))
		return;
	if (!fl_ingress_has_pass(fl->net, peer, skb, family))
		fl_ingress_grant(fl->net, peer, skb, family);
	fl_ingress_want(fn, skb->dev);
}

/* Hooks --------------------------------------------------------------------- */

static void fl_ingress_add(struct fl_net *fn, struct net_device *dev)
{
	struct fl_ingress *in = kzalloc(sizeof(*in), GFP_KERNEL_ACCOUNT);
	int err;

	if (!in)
		return;
	in->ops.hook = fl_ingress_hook;
	in->ops.priv = fn;
	in->ops.dev = dev;
	in->ops.pf = NFPROTO_NETDEV;
	in->ops.hooknum = NF_NETDEV_INGRESS;
	in->ops.priority = INT_MAX;
	err = nf_register_net_hook(fn->net, &in->ops);
	if (err) {
		/* Either out of memory now, or the kernel has no such hooks. */
		if (err != -ENOMEM)
			WRITE_ONCE(fn->hooks, FL_INGRESS_DEVS);
		kfree(in);
		return;
	}
	list_add_rcu(&in->list, &fn->ingress);
	WRITE_ONCE(fn->hooks, fn->hooks + 1);
}

static void fl_ingress_del(struct fl_net *fn, struct fl_ingress *in)
{
	list_del_rcu(&in->list);
	WRITE_ONCE(fn->hooks, fn->hooks - 1);
	nf_unregister_net_hook(fn->net, &in->ops);
	kfree_rcu(in, rcu);
}

static void fl_ingress_work(struct work_struct *work)
{
	struct fl_net *fn = container_of(work, struct fl_net, work);
	struct net_device *dev;
	int ifindex;

	rtnl_lock();
	ifindex = READ_ONCE(fn->wanted);
	dev = __dev_get_by_index(fn->net, ifindex);
	if (dev && !fn->closed && !list_empty(&fn->socks) &&
	    !fl_ingress_find(fn, ifindex) && fl_ingress_may_hook(fn, dev))
		fl_ingress_add(fn, dev);
	rtnl_unlock();
}

/**
 * fl_ingress_forget_dev - a device is removed or moves to another namespace
 * @dev: device, which may be a hooked one
 *
 * Context: process, RTNL held.
 */
void fl_ingress_forget_dev(struct net_device *dev)
{
	struct fl_net *fn = fl_net(dev_net(dev));
	struct fl_ingress *in = fl_ingress_find(fn, dev->ifindex);

	if (in)
		fl_ingress_del(fn, in);
}

/**
 * fl_ingress_clear - unregister the hooks if no device listens any more
 * @fn: our part of the namespace
 *
 * Context: process, RTNL held.
 */
void fl_ingress_clear(struct fl_net *fn)
{
	struct fl_ingress *in, *next;

	if (!list_empty(&fn->socks))
		return;
	list_for_each_entry_safe(in, next, &fn->ingress, list)
		fl_ingress_del(fn, in);
}

/**
 * fl_ingress_init - set up our part of a namespace
 * @fn: our part
 * @net: the namespace
 *
 * Context: process.
 */
void fl_ingress_init(struct fl_net *fn, struct net *net)
{
	fn->net = net;
	INIT_LIST_HEAD(&fn->ingress);
	INIT_WORK(&fn->work, fl_ingress_work);
}

/**
 * fl_ingress_exit - the namespace has no more flannel devices
 * @fn: our part of it
 *
 * Context: process, RTNL not held.
 */
void fl_ingress_exit(struct fl_net *fn)
{
	cancel_work_sync(&fn->work);
}
