// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel sends no events for legacy iptables, so its filter table is polled, if
 * there is one: this needs no external program and does not block.
 */
#include "firewall/legacy.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"

/* The table, and how an entry is read in its family. */
struct table {
	bool v6;
	unsigned char *entries;
	unsigned int size, first, policy;	/* offsets of FORWARD's ends */
};

static bool is_loaded(int family)
{
	FILE *file = fopen(family == AF_INET ? "/proc/net/ip_tables_names" :
					       "/proc/net/ip6_tables_names",
			   "re");
	char line[XT_TABLE_MAXNAMELEN + 1];
	bool found = false;

	/* Readable by root only: otherwise rely on the module being loaded. */
	if (!file)
		return errno == EACCES &&
		       !access(family == AF_INET ?
			       "/sys/module/iptable_filter" :
			       "/sys/module/ip6table_filter", F_OK);
	while (!found && fgets(line, sizeof(line), file))
		found = !strcmp(line, "filter\n");
	fclose(file);
	return found;
}

/* The requests of both families have the same form; only the entries differ. */
_Static_assert(sizeof(struct ip6t_getinfo) == sizeof(struct ipt_getinfo) &&
	       sizeof(struct ip6t_get_entries) ==
	       sizeof(struct ipt_get_entries) &&
	       offsetof(struct ip6t_get_entries, entrytable) ==
	       offsetof(struct ipt_get_entries, entrytable),
	       "ip6_tables is read as ip_tables");

static bool read_entries(struct table *t, int fd, int level, int info_option,
			 int entries_option)
{
	struct ipt_getinfo info = { .name = "filter" };
	struct ipt_get_entries *get;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, level, info_option, &info, &len))
		return false;
	len = sizeof(*get) + info.size;
	get = xcalloc(1, len);
	strcpy(get->name, "filter");
	get->size = info.size;
	if (!getsockopt(fd, level, entries_option, get, &len))
		t->entries = xmemdup(get->entrytable, info.size);
	free(get);
	t->size = info.size;
	t->first = info.hook_entry[NF_INET_FORWARD];
	t->policy = info.underflow[NF_INET_FORWARD];
	return t->entries;
}

static bool read_table(struct table *t, int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok;

	memset(t, 0, sizeof(*t));
	t->v6 = family == AF_INET6;
	if (fd < 0)
		return false;
	ok = t->v6 ? read_entries(t, fd, IPPROTO_IPV6, IP6T_SO_GET_INFO,
				  IP6T_SO_GET_ENTRIES) :
		     read_entries(t, fd, IPPROTO_IP, IPT_SO_GET_INFO,
				  IPT_SO_GET_ENTRIES);
	close(fd);
	return ok;
}

/* The target of the entry at @offset, and where the next one is; or NULL. */
static const struct xt_entry_target *target_at(const struct table *t,
					       unsigned int offset,
					       unsigned int *next)
{
	unsigned int target, size, head = t->v6 ? sizeof(struct ip6t_entry) :
						  sizeof(struct ipt_entry);

	if (offset > t->size || t->size - offset < head)
		return NULL;
	if (t->v6) {
		const struct ip6t_entry *e = (void *)(t->entries + offset);

		target = e->target_offset;
		size = e->next_offset;
	} else {
		const struct ipt_entry *e = (void *)(t->entries + offset);

		target = e->target_offset;
		size = e->next_offset;
	}
	if (size > t->size - offset || target < head ||
	    target + sizeof(struct xt_standard_target) > size)
		return NULL;
	*next = offset + size;
	return (void *)(t->entries + offset + target);
}

/* A verdict: an offset to jump to, or negative for a final verdict. */
static int verdict(const struct xt_entry_target *target)
{
	if (*target->u.user.name)
		return -1;
	return ((const struct xt_standard_target *)target)->verdict;
}

/* The offset of the first rule of @chain, or 0. */
static unsigned int find_chain(const struct table *t, const char *chain)
{
	const struct xt_entry_target *target;
	unsigned int at, next;

	for (at = 0; (target = target_at(t, at, &next)); at = next)
		if (!strcmp(target->u.user.name, XT_ERROR_TARGET) &&
		    !strcmp(((const struct xt_error_target *)target)->errorname,
			    chain))
			return next;
	return 0;
}

static bool jumps_to(const struct table *t, const char *chain)
{
	unsigned int to = find_chain(t, chain), at, next;
	const struct xt_entry_target *target;

	for (at = t->first; to && at < t->policy; at = next) {
		target = target_at(t, at, &next);
		if (!target)
			break;
		if (verdict(target) == (int)to)
			return true;
	}
	return false;
}

bool legacy_drops(int family, const char *chain, bool *jumps)
{
	const struct xt_entry_target *policy;
	unsigned int next;
	struct table t;
	bool drops;

	if (!is_loaded(family) || !read_table(&t, family))
		return false;
	policy = target_at(&t, t.policy, &next);
	drops = policy && verdict(policy) == -NF_DROP - 1;
	*jumps = jumps_to(&t, chain);
	free(t.entries);
	return drops;
}
