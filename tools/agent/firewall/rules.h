/* SPDX-License-Identifier: GPL-2.0 */
/* The firewall rules of this node: masquerade, forward, flowtable. */
#ifndef AGENT_RULES_H
#define AGENT_RULES_H

#include "base/loop.h"
#include "base/options.h"
#include "base/text.h"
#include "lib/rtnl.h"
#include "network/netconf.h"
#include "network/subnet_key.h"

struct rules;

/* Never fails: rules_check() logs problems with nftables. */
struct rules *rules_new(struct loop *loop, struct flc_rtnl *rtnl,
			const struct options *opt, const struct netconf *conf);

/* The rules stay in the kernel. */
void rules_free(struct rules *rules);

/*
 * Install the rules in the kernel if they are missing or wrong. Never blocks: a
 * thread does the work, and while it is running this does nothing.
 */
void rules_check(struct rules *rules, const struct subnets *own);

/* Blocks on nftables: only for use when the program ends. */
void rules_remove(struct rules *rules);

/*
 * The ruleset as text, in nft's language. @devices: interfaces of the flowtable,
 * "a, b"; "": none.
 */
void rules_text(struct text *text, const struct options *opt,
		const struct netconf *conf, const struct subnets *own,
		const char *devices);

void rules_metrics(const struct rules *rules, struct text *text);

#endif
