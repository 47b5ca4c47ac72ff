/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Chains of others that drop forwarded packets: Docker's, firewalld's. No rule in a
 * table of our own can overrule them.
 */
#ifndef AGENT_FORWARD_H
#define AGENT_FORWARD_H

#include "base/loop.h"
#include "base/options.h"
#include "network/netconf.h"

struct forward;
struct nft_ctx;

struct forward *forward_new(struct loop *loop, const struct options *opt,
			    const struct netconf *conf);

/* Added rules stay in place. */
void forward_free(struct forward *forward);

/*
 * forward_look - find chains that drop; open those of nftables or say how
 * @nft: libnftables, with buffered output; NULL: only the old tables
 * @changed: whether a table of nftables may have changed since the last call
 *
 * With --iptables-forward-rules the filter table of iptables, of either kind, is
 * opened as flanneld does it: by the chain FLANNEL-FWD.
 *
 * Context: a worker's thread. Takes long where there are many rules.
 */
void forward_look(struct forward *forward, struct nft_ctx *nft, bool changed);

/* Do the same for the legacy tables that forward_look() found. Never blocks. */
void forward_act(struct forward *forward);

/* Remove FLANNEL-FWD. */
void forward_remove(struct forward *forward, struct nft_ctx *nft);

#endif
