// SPDX-License-Identifier: GPL-2.0
/*
 * The firewall rules, in a single nftables table of our own that is replaced as a
 * whole in one transaction. The kernel notifies us when any table changes; only
 * then is ours read and compared.
 *
 * On a host with many rules nftables takes seconds to answer, so it runs in a
 * thread. The event loop defines the work (struct work), and evaluates its outcome.
 */
#include "firewall/rules.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/util.h"
#include "base/worker.h"
#include "firewall/forward.h"
#include "firewall/nft.h"
#include "lib/ipaddr.h"
#include "lib/link.h"

enum outcome {
	OUTCOME_SAME,		/* the table is as it should be */
	OUTCOME_SET,		/* it is now */
	OUTCOME_FAILED,
};

/* Owned by the thread while it is running. */
struct work {
	/* The work to do */
	char table[32];
	bool remove_old;	/* of an earlier run with other flags */
	bool look;		/* check whether the table is still unchanged */
	char *text;		/* the rules to set otherwise; NULL: none */
	char *plain;		/* and if the kernel cannot offload flows */
	bool others_changed;

	/* The outcome */
	enum outcome outcome;
	bool was_changed;	/* by someone else */
	char *error;		/* why it failed */
	char *flow_error;	/* why no flows are offloaded */
};

struct rules {
	struct loop *loop;
	struct flc_rtnl *rtnl;
	const struct options *opt;
	const struct netconf *conf;
	struct mnl_socket *events;
	struct loop_fd watch;
	bool tried_to_listen;
	bool dirty;		/* a table has changed since the last check */
	bool forward_dirty;	/* likewise, since the last check of others' chains */
	bool ok;
	bool removed;
	struct subnets own;	/* and */
	char *devices;		/* of the flowtable; of the rules set up or tried last */
	struct log_trouble trouble, flow_trouble;
	unsigned long applied;

	struct worker *worker;
	struct work work;
	struct nft_ctx *nft;		/* the thread's while it is at work */
	char *listing;			/* likewise: the table when it was correct */
	struct forward *forward;	/* chains of others that drop */
};

static void table_name(char *buf, size_t size, const struct netconf *conf)
{
	snprintf(buf, size, "flannel.%u", conf->vni);
}

static bool wanted(const struct options *opt)
{
	return opt->ip_masq || opt->iptables_forward_rules || opt->flowtable;
}

/*
 * Masquerade packets that leave the overlay network, and packets that enter it from
 * outside, so that replies find their way back; but neither packets within the
 * network nor packets from outside to a pod of this node. 0x4000 is the mark of
 * kube-proxy, which masquerades by itself.
 */
static void add_masquerade(struct text *text, const struct options *opt,
			   const struct flc_prefix *network,
			   const struct flc_prefix *own)
{
	const char *ip = network->addr.family == AF_INET ? "ip" : "ip6";
	const char *all = network->addr.family == AF_INET ? "224.0.0.0/4" :
							    "ff00::/8";
	const char *random = opt->ip_masq_fully_random_disable ? "" :
			     " fully-random";
	char net[FLC_PREFIX_STRLEN], sub[FLC_PREFIX_STRLEN];

	flc_prefix_text(network, net);
	flc_prefix_text(own, sub);
	text_add(text,
		 "\t\t%s saddr %s %s daddr %s return\n"
		 "\t\t%s saddr != %s %s daddr %s return\n"
		 "\t\t%s saddr %s %s daddr != %s masquerade%s\n"
		 "\t\t%s saddr != %s %s daddr %s masquerade%s\n",
		 ip, net, ip, net,
		 ip, net, ip, sub,
		 ip, net, ip, all, random,
		 ip, net, ip, net, random);
}

static void add_forward(struct text *text, const struct flc_prefix *network)
{
	const char *ip = network->addr.family == AF_INET ? "ip" : "ip6";
	char net[FLC_PREFIX_STRLEN];

	flc_prefix_text(network, net);
	text_add(text, "\t\t%s saddr %s accept\n\t\t%s daddr %s accept\n",
		 ip, net, ip, net);
}

static void add_offload(struct text *text, const struct flc_prefix *network)
{
	const char *ip = network->addr.family == AF_INET ? "ip" : "ip6";
	char net[FLC_PREFIX_STRLEN];

	flc_prefix_text(network, net);
	text_add(text,
		 "\t\t%s saddr %s meta l4proto { tcp, udp } flow add @pods\n"
		 "\t\t%s daddr %s meta l4proto { tcp, udp } flow add @pods\n",
		 ip, net, ip, net);
}

void rules_text(struct text *text, const struct options *opt,
		const struct netconf *conf, const struct subnets *own,
		const char *devices)
{
	bool v4 = flc_prefix_is_set(&conf->v4.network);
	bool v6 = flc_prefix_is_set(&conf->v6.network);
	bool offload = opt->flowtable && *devices;
	char name[32];

	table_name(name, sizeof(name), conf);
	/* The same transaction removes the previous table. */
	text_add(text, "add table inet %s\ndelete table inet %s\n", name, name);
	if (!wanted(opt))
		return;
	text_add(text, "table inet %s {\n", name);
	if (opt->ip_masq) {
		text_add(text,
			 "\tchain postrouting {\n"
			 "\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
			 "\t\tmeta mark & 0x4000 == 0x4000 return\n");
		if (v4)
			add_masquerade(text, opt, &conf->v4.network, &own->v4);
		if (v6)
			add_masquerade(text, opt, &conf->v6.network, &own->v6);
		text_add(text, "\t}\n");
	}
	if (offload)
		text_add(text,
			 "\tflowtable pods {\n"
			 "\t\thook ingress priority filter; devices = { %s };\n"
			 "\t}\n", devices);
	if (offload || opt->iptables_forward_rules) {
		text_add(text,
			 "\tchain forward {\n"
			 "\t\ttype filter hook forward priority filter; policy accept;\n");
		if (offload && v4)
			add_offload(text, &conf->v4.network);
		if (offload && v6)
			add_offload(text, &conf->v6.network);
		if (opt->iptables_forward_rules && v4)
			add_forward(text, &conf->v4.network);
		if (opt->iptables_forward_rules && v6)
			add_forward(text, &conf->v6.network);
		text_add(text, "\t}\n");
	}
	text_add(text, "}\n");
}

static void tables_changed(void *ctx, uint32_t events)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct rules *rules = ctx;

	/* One event is enough, even if some were lost. */
	while (mnl_socket_recvfrom(rules->events, buf, sizeof(buf)) >= 0 ||
	       errno == ENOBUFS)
		;
	rules->dirty = true;
	rules->forward_dirty = true;
}

static void listen_to_tables(struct rules *rules)
{
	int group = NFNLGRP_NFTABLES;

	if (rules->events || (rules->tried_to_listen && !rules->nft))
		return;
	rules->tried_to_listen = true;
	rules->events = mnl_socket_open2(NETLINK_NETFILTER,
					 SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (rules->events &&
	    !mnl_socket_bind(rules->events, 0, MNL_SOCKET_AUTOPID) &&
	    !mnl_socket_setsockopt(rules->events, NETLINK_ADD_MEMBERSHIP,
				   &group, sizeof(group)) &&
	    !loop_fd_add(rules->loop, &rules->watch,
			 mnl_socket_get_fd(rules->events), EPOLLIN,
			 tables_changed, rules)) {
		/* Earlier changes were not received. */
		rules->dirty = true;
		rules->forward_dirty = true;
		return;
	}
	/* Without events, read the table at every check. */
	log_debug("cannot listen to nftables changes: %s",
		  strerror(errno));
	if (rules->events)
		mnl_socket_close(rules->events);
	rules->events = NULL;
}

struct rules *rules_new(struct loop *loop, struct flc_rtnl *rtnl,
			const struct options *opt, const struct netconf *conf)
{
	struct rules *rules = xcalloc(1, sizeof(*rules));

	rules->loop = loop;
	rules->rtnl = rtnl;
	rules->opt = opt;
	rules->conf = conf;
	rules->dirty = true;
	rules->forward_dirty = true;
	rules->forward = forward_new(loop, opt, conf);
	rules->worker = worker_new(loop);
	if (conf->backend == BACKEND_ALLOC || !wanted(opt)) {
		rules->ok = true;
		rules->dirty = false;
	}
	return rules;
}

static void forget_work(struct work *work)
{
	free(work->text);
	free(work->plain);
	free(work->error);
	free(work->flow_error);
	memset(work, 0, sizeof(*work));
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	worker_free(rules->worker);
	loop_fd_del(rules->loop, &rules->watch);
	if (rules->events)
		mnl_socket_close(rules->events);
	forget_work(&rules->work);
	if (rules->nft)
		nft_ctx_free(rules->nft);
	forward_free(rules->forward);
	free(rules->listing);
	free(rules->devices);
	free(rules);
}

/* In the thread */

/* Return: NULL, or why nftables cannot be used, which the caller frees. */
static char *open_nft(struct rules *rules)
{
	if (rules->nft)
		return NULL;
	rules->nft = nft_open();
	return rules->nft ? NULL :
	       xasprintf("nftables cannot be reached: %s", strerror(errno));
}

/* The table as it is in the kernel, or NULL. The caller frees it. */
static char *list_table(struct rules *rules)
{
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "list table inet %s", rules->work.table);
	if (nft_run_cmd_from_buffer(rules->nft, cmd)) {
		nft_ctx_get_error_buffer(rules->nft);
		return NULL;
	}
	return xstrdup(nft_ctx_get_output_buffer(rules->nft));
}

static bool is_as_it_was(struct rules *rules)
{
	char *listing = list_table(rules);
	bool same = listing && rules->listing && !strcmp(listing, rules->listing);

	free(listing);
	return same;
}

/* Return: NULL, or what is wrong, which the caller frees. */
static char *put_table(struct rules *rules, const char *text)
{
	if (nft_run_cmd_from_buffer(rules->nft, text))
		return xstrdup(nft_ctx_get_error_buffer(rules->nft));
	nft_ctx_get_output_buffer(rules->nft);
	return NULL;
}

static void set_table(struct rules *rules)
{
	struct work *work = &rules->work;

	work->error = put_table(rules, work->text);
	/* Do without offloading if the kernel lacks it. */
	if (work->error && work->plain) {
		work->flow_error = work->error;
		work->error = put_table(rules, work->plain);
	}
	if (work->error) {
		work->outcome = OUTCOME_FAILED;
		return;
	}
	free(rules->listing);
	rules->listing = list_table(rules);
	work->outcome = OUTCOME_SET;
}

static void remove_table(struct rules *rules, const char *table)
{
	char cmd[160], *error;

	snprintf(cmd, sizeof(cmd), "add table inet %s\ndelete table inet %s\n",
		 table, table);
	error = put_table(rules, cmd);
	if (error)
		log_error("cannot remove the firewall rules: %.200s", error);
	free(error);
	forward_remove(rules->forward, rules->nft);
}

static void do_work(void *ctx)
{
	struct rules *rules = ctx;
	struct work *work = &rules->work;

	work->error = open_nft(rules);
	if (work->error) {
		if (work->text)
			work->outcome = OUTCOME_FAILED;
		forward_look(rules->forward, NULL, false);
		return;
	}
	if (work->remove_old)
		remove_table(rules, work->table);
	if (work->look)
		work->was_changed = !is_as_it_was(rules);
	if (work->text && (!work->look || work->was_changed))
		set_table(rules);
	forward_look(rules->forward, rules->nft, work->others_changed);
}

/* In the event loop */

/* nftables' own error for a kernel without it does not help. */
static const char *what_is_missing(void)
{
	if (access("/proc/sys/net/netfilter", F_OK))
		return "the kernel has no netfilter (CONFIG_NETFILTER)";
	return "the kernel may lack nf_tables (modprobe -a nf_tables nft_chain_nat nft_masq)";
}

/* The node works without rules; see upkeep.c. */
static void failed(struct rules *rules, const char *text)
{
	rules->ok = false;
	if (log_due(&rules->trouble, text))
		log_error("cannot set up the firewall rules (will keep retrying; the node becomes ready without them): %.200s; %s",
			  text, what_is_missing());
}

/* Each interface once, even if it has several addresses. */
static void add_device(struct text *list, const char *name)
{
	char *quoted = xasprintf("\"%s\"", name);

	if (!list->len || !strstr(list->data, quoted))
		text_add(list, "%s%s", list->len ? ", " : "", quoted);
	free(quoted);
}

/*
 * The interfaces that pod traffic arrives on: the overlay's device, and the bridge
 * with an address of this node's subnet, once it exists.
 */
static char *flow_devices(struct rules *rules, const struct subnets *own)
{
	struct flc_ipaddr_list addrs = { 0 };
	struct text list = { 0 };
	struct flc_link link;
	char name[32];
	size_t i;

	table_name(name, sizeof(name), rules->conf);
	if (!rules->opt->flowtable ||
	    flc_link_find(rules->rtnl, name, &link, NULL) ||
	    flc_ipaddr_dump(rules->rtnl, 0, AF_UNSPEC, &addrs, NULL))
		return xstrdup("");
	add_device(&list, name);
	for (i = 0; i < addrs.n; i++) {
		const struct flc_prefix *p = &addrs.items[i].addr;
		const struct flc_prefix *subnet =
			p->addr.family == AF_INET ? &own->v4 : &own->v6;

		if (!flc_prefix_is_set(subnet) ||
		    !flc_prefix_contains(subnet, &p->addr) ||
		    flc_link_get(rules->rtnl, addrs.items[i].ifindex, &link,
				 NULL) ||
		    strcmp(link.kind, "bridge"))
			continue;
		add_device(&list, link.name);
	}
	flc_ipaddr_list_free(&addrs);
	return list.data;
}

static void work_done(void *ctx)
{
	struct rules *rules = ctx;
	struct work *work = &rules->work;

	if (work->was_changed)
		log_notice("the firewall rules were changed or removed: restoring them");
	if (work->flow_error && work->outcome == OUTCOME_SET &&
	    log_due(&rules->flow_trouble, "flowtable"))
		log_warning("this kernel cannot offload flows (--flowtable): %.200s",
			    work->flow_error);
	switch (work->outcome) {
	case OUTCOME_SAME:
		break;
	case OUTCOME_SET:
		rules->applied++;
		rules->ok = true;
		if (log_over(&rules->trouble))
			log_notice("the firewall rules are in place now");
		break;
	case OUTCOME_FAILED:
		failed(rules, work->error);
		break;
	}
	if (rules->nft && work->remove_old)
		rules->removed = true;
	if (!rules->nft && work->others_changed)
		rules->forward_dirty = true;
	forget_work(work);
	forward_act(rules->forward);
}

/* The rules as text for the thread, which must not access data that may change. */
static void plan_table(struct rules *rules, const struct subnets *own)
{
	struct text text = { 0 }, plain = { 0 };
	struct work *work = &rules->work;
	char *devices = flow_devices(rules, own);

	if (rules->ok && subnets_equal(&rules->own, own) &&
	    !strcmp(rules->devices, devices)) {
		if (rules->events && !rules->dirty) {
			free(devices);
			return;
		}
		work->look = true;
	}
	rules->dirty = false;
	rules->own = *own;
	free(rules->devices);
	rules->devices = devices;
	rules_text(&text, rules->opt, rules->conf, own, devices);
	work->text = text.data;
	if (!*devices)
		return;
	rules_text(&plain, rules->opt, rules->conf, own, "");
	work->plain = plain.data;
}

void rules_check(struct rules *rules, const struct subnets *own)
{
	struct work *work = &rules->work;

	if (rules->conf->backend == BACKEND_ALLOC || worker_busy(rules->worker))
		return;
	listen_to_tables(rules);
	forget_work(work);
	table_name(work->table, sizeof(work->table), rules->conf);
	if (wanted(rules->opt))
		plan_table(rules, own);
	else
		work->remove_old = !rules->removed;
	work->others_changed = rules->forward_dirty || !rules->events;
	rules->forward_dirty = false;
	if (!worker_run(rules->worker, do_work, work_done, rules))
		failed(rules, "cannot start the nftables thread");
}

void rules_remove(struct rules *rules)
{
	char name[32], *why;

	worker_wait(rules->worker);
	why = open_nft(rules);
	if (why) {
		log_warning("cannot remove the firewall rules: %s", why);
		free(why);
		forward_remove(rules->forward, NULL);
		return;
	}
	table_name(name, sizeof(name), rules->conf);
	remove_table(rules, name);
}

void rules_metrics(const struct rules *rules, struct text *text)
{
	metrics_counter(text, "flannel_firewall_applied_total", rules->applied,
			"Times that the firewall rules were installed in the kernel.");
	metrics_gauge(text, "flannel_firewall_rules_ok", rules->ok,
		      "1 if the firewall rules are as they should be.");
}
