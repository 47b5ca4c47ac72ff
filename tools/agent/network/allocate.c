// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation of a subnet: walks the range along the sorted taken subnets, so that
 * even a full /8 of /24s is searched in milliseconds.
 */
#include "network/allocate.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/util.h"
#include "lib/collect.h"

#define CANDIDATES	100
#define ERROR_LEN	160

struct range {
	struct flc_addr first, last;
};

static int compare_ranges(const void *a, const void *b)
{
	return flc_addr_cmp(&((const struct range *)a)->first,
			    &((const struct range *)b)->first);
}

struct taken {
	struct range *ranges;
	size_t count;
	int family;
};

static void take(struct taken *taken, const struct flc_prefix *p)
{
	if (p->addr.family != taken->family)
		return;
	taken->ranges[taken->count].first = flc_addr_masked(&p->addr, p->len);
	taken->ranges[taken->count++].last = flc_prefix_last(p);
}

static void take_address(struct taken *taken, const struct flc_addr *addr)
{
	struct flc_prefix p = {
		.addr = *addr, .len = flc_family_bits(addr->family),
	};

	take(taken, &p);
}

/*
 * All taken subnets of @family, by first address; and where the nodes themselves
 * are, in case that is within the network. The caller frees them.
 */
static struct range *taken_ranges(const struct peers *peers, int family,
				  size_t *count)
{
	struct taken taken = { .family = family };
	const struct flc_prefix *avoided;
	const struct peer *peer;
	size_t n, i;

	avoided = peers_avoided(peers, &n);
	taken.ranges = xcalloc(3 * peers_count(peers) + n,
			       sizeof(*taken.ranges));
	for (peer = peers_first(peers); peer; peer = peers_next(peer)) {
		take(&taken, family == AF_INET ? &peer->subnets.v4 :
						 &peer->subnets.v6);
		take_address(&taken, &peer->value.public4);
		take_address(&taken, &peer->value.public6);
	}
	for (i = 0; i < n; i++)
		take(&taken, &avoided[i]);
	flc_sort(taken.ranges, taken.count, sizeof(*taken.ranges),
		 compare_ranges);
	*count = taken.count;
	return taken.ranges;
}

static size_t find_free(struct flc_prefix *found,
			const struct netconf_family *f,
			const struct range *taken, size_t taken_count)
{
	struct flc_prefix candidate = f->min;
	size_t n = 0, i = 0;
	struct flc_addr last;

	while (n < CANDIDATES &&
	       flc_addr_cmp(&candidate.addr, &f->max.addr) <= 0) {
		last = flc_prefix_last(&candidate);
		while (i < taken_count &&
		       flc_addr_cmp(&taken[i].last, &candidate.addr) < 0)
			i++;
		if (i == taken_count ||
		    flc_addr_cmp(&taken[i].first, &last) > 0) {
			found[n++] = candidate;
		} else if (flc_addr_cmp(&taken[i].last, &last) > 0) {
			/*
			 * Continue after a taken subnet that is larger than ours.
			 */
			candidate.addr = flc_addr_masked(&taken[i].last,
							 candidate.len);
		}
		if (!flc_prefix_next(&candidate))
			break;
	}
	return n;
}

static bool allocate_family(struct flc_prefix *out,
			    const struct netconf_family *f,
			    const struct peers *peers, char *error)
{
	char min[FLC_PREFIX_STRLEN], max[FLC_PREFIX_STRLEN];
	struct flc_prefix found[CANDIDATES];
	struct range *taken;
	size_t count, n;

	if (!flc_prefix_is_set(&f->network))
		return true;
	taken = taken_ranges(peers, f->network.addr.family, &count);
	n = find_free(found, f, taken, count);
	free(taken);
	if (!n) {
		snprintf(error, ERROR_LEN, "out of subnets: none is free from %s to %s%s",
			 flc_prefix_text(&f->min, min),
			 flc_prefix_text(&f->max, max),
			 flc_prefix_cmp(&f->min, &f->max) > 0 ?
			 " (SubnetMin is above SubnetMax)" : "");
		return false;
	}
	*out = found[random_below(n)];
	return true;
}

bool allocate_subnets(struct subnets *out, const struct netconf *conf,
		      const struct peers *peers, char *error)
{
	struct subnets s = { 0 };

	if (!allocate_family(&s.v4, &conf->v4, peers, error) ||
	    !allocate_family(&s.v6, &conf->v6, peers, error))
		return false;
	*out = s;
	return true;
}

static bool family_fits(const struct flc_prefix *p,
			const struct netconf_family *f)
{
	if (!flc_prefix_is_set(&f->network))
		return !flc_prefix_is_set(p);
	return flc_prefix_is_set(p) && p->len == f->subnet_len &&
	       flc_addr_cmp(&p->addr, &f->min.addr) >= 0 &&
	       flc_addr_cmp(&p->addr, &f->max.addr) <= 0;
}

bool allocate_fits(const struct subnets *subnets, const struct netconf *conf)
{
	return family_fits(&subnets->v4, &conf->v4) &&
	       family_fits(&subnets->v6, &conf->v6);
}
