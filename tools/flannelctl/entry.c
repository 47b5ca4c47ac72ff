// SPDX-License-Identifier: GPL-2.0
/* Leases, FDB entries and misses: as arguments, as text and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "entry.h"
#include "lib/names.h"
#include "output.h"

static const struct {
	const char *word;
	uint16_t state;
} entry_states[] = {
	{ "permanent", NUD_PERMANENT },
	{ "static", NUD_NOARP },
	{ "dynamic", NUD_REACHABLE },
};

#define N_STATES	(sizeof(entry_states) / sizeof(entry_states[0]))

int entry_subnet(const char *text, struct flc_prefix *subnet,
		 struct flc_error *err)
{
	char fixed[FLC_PREFIX_STRLEN];
	struct flc_prefix masked;

	if (!strchr(text, '/') || !flc_prefix_parse(subnet, text))
		return flc_error_set(err, EINVAL,
				     "\"%s\" is not a subnet like 10.244.1.0/24 or fd00:1::/64",
				     text);
	if (!flc_prefix_has_host_bits(subnet))
		return 0;
	masked = flc_prefix_masked(subnet);
	return flc_error_set(err, EINVAL,
			     "\"%s\" has bits set after its prefix length: did you mean %s?",
			     text, flc_prefix_text(&masked, fixed));
}

/* One remote of each family. */
static int entry_lease_remote(struct args *args, struct flc_lease *lease,
			      struct flc_error *err)
{
	struct flc_addr addr, *remote;
	int ret = args_addr(args, "remote", &addr, err);

	if (ret)
		return ret;
	remote = addr.family == AF_INET ? &lease->remote4 : &lease->remote6;
	if (flc_addr_is_set(remote))
		return flc_error_set(err, EINVAL,
				     "a lease can have only one remote per address family");
	*remote = addr;
	return 0;
}

int entry_lease_word(struct args *args, struct flc_lease *lease,
		     struct flc_error *err)
{
	int ret = 0;

	if (args_take(args, "mac"))
		ret = args_mac(args, "mac", &lease->mac, err);
	else if (args_take(args, "remote"))
		ret = entry_lease_remote(args, lease, err);
	else if (args_take(args, "permanent"))
		lease->flags |= FLANNEL_LEASE_F_PERMANENT;
	else
		return 0;
	return ret ? ret : 1;
}

int entry_fdb_word(struct args *args, struct flc_fdb *fdb,
		   struct flc_error *err)
{
	uint32_t number;
	int ret = 0;
	size_t i;

	for (i = 0; i < N_STATES; i++) {
		if (!args_take(args, entry_states[i].word))
			continue;
		fdb->state = entry_states[i].state;
		return 1;
	}
	/* bridge(8) calls it "dst". */
	if (args_take(args, "remote") || args_take(args, "dst")) {
		ret = args_addr(args, "remote", &fdb->remote, err);
	} else if (args_take(args, "port")) {
		ret = args_number(args, "port", 1, UINT16_MAX, &number, err);
		if (!ret)
			fdb->port = number;
	} else if (args_take(args, "vni")) {
		ret = args_number(args, "vni", 0, (1 << 24) - 1, &fdb->vni,
				  err);
		fdb->has_vni = true;
	} else if (args_take(args, "via")) {
		ret = args_dev(args, "via", &fdb->lower, err);
	} else {
		return 0;
	}
	return ret ? ret : 1;
}

static void print_ms(const char *word, uint64_t ms)
{
	printf(" %s %" PRIu64 ".%03us", word, ms / 1000,
	       (unsigned int)(ms % 1000));
}

static void print_addr(const char *word, const struct flc_addr *addr)
{
	char text[FLC_ADDR_STRLEN];

	if (flc_addr_is_set(addr))
		printf(" %s %s", word, flc_addr_text(addr, text));
}

void entry_lease_print(const struct flc_lease *lease, const char *dev)
{
	char text[FLC_PREFIX_STRLEN], mac[FLC_MAC_STRLEN];

	printf("%s dev %s mac %s", flc_prefix_text(&lease->subnet, text), dev,
	       flc_mac_text(&lease->mac, mac));
	print_addr("remote", &lease->remote4);
	print_addr("remote", &lease->remote6);
	if (lease->flags & FLANNEL_LEASE_F_PERMANENT)
		printf(" permanent");
	if (lease->generation)
		printf(" generation %u", lease->generation);
	if (lease->used)
		print_ms("idle", lease->idle_ms);
	if (lease->tx_packets)
		printf(" tx %" PRIu64 " packets %" PRIu64 " bytes",
		       lease->tx_packets, lease->tx_bytes);
	putchar('\n');
}

static const char *entry_state(const struct flc_fdb *fdb)
{
	size_t i;

	for (i = 0; i < N_STATES; i++)
		if (fdb->state & entry_states[i].state)
			return entry_states[i].word;
	return fdb->state & NUD_STALE ? "stale" : "unknown";
}

void entry_fdb_print(const struct flc_fdb *fdb, const char *dev)
{
	char mac[FLC_MAC_STRLEN];

	printf("%s dev %s", flc_mac_text(&fdb->mac, mac), dev);
	print_addr("remote", &fdb->remote);
	if (fdb->port)
		printf(" port %u", fdb->port);
	if (fdb->has_vni)
		printf(" vni %u", fdb->vni);
	if (fdb->lower)
		printf(" via %s", output_dev(fdb->lower));
	printf(" %s", entry_state(fdb));
	if (fdb->flags & NTF_EXT_LEARNED)
		printf(" extern_learn");
	if (fdb->has_times) {
		print_ms("idle", fdb->idle_ms);
		print_ms("age", fdb->age_ms);
	}
	putchar('\n');
}

static const char *entry_name(const struct flc_names *names, unsigned int value)
{
	const char *name = flc_name(names, value);

	return name ? name : "unknown";
}

void entry_miss_print(const struct flc_miss *miss, const char *dev)
{
	char text[FLC_PREFIX_STRLEN];

	printf("%s ", entry_name(&flc_miss_kind_names, miss->kind));
	if (miss->kind == FLANNEL_MISS_L2)
		printf("%s", flc_mac_text(&miss->mac, text));
	else
		printf("%s", flc_prefix_text(&miss->subnet, text));
	printf(" dev %s", dev);
	print_addr("target", &miss->target);
	print_addr("remote", &miss->remote);
	printf(" %s try %u seq %u",
	       entry_name(&flc_miss_state_names, miss->state), miss->attempt,
	       miss->seq);
	if (miss->packets)
		printf(" parked %u packets %u bytes", miss->packets,
		       miss->bytes);
	print_ms("age", miss->age_ms);
	putchar('\n');
}

static void put_string(json_t *object, const char *key, const char *value)
{
	json_object_set_new(object, key, json_string(value));
}

static void put_number(json_t *object, const char *key, uint64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

static void put_addr(json_t *object, const char *key,
		     const struct flc_addr *addr)
{
	char text[FLC_ADDR_STRLEN];

	if (flc_addr_is_set(addr))
		put_string(object, key, flc_addr_text(addr, text));
}

json_t *entry_lease_json(const struct flc_lease *lease, const char *dev)
{
	char text[FLC_PREFIX_STRLEN];
	json_t *object = json_object();

	put_string(object, "subnet", flc_prefix_text(&lease->subnet, text));
	put_string(object, "dev", dev);
	put_string(object, "mac", flc_mac_text(&lease->mac, text));
	put_addr(object, "remote4", &lease->remote4);
	put_addr(object, "remote6", &lease->remote6);
	json_object_set_new(object, "permanent",
			    json_boolean(lease->flags &
					 FLANNEL_LEASE_F_PERMANENT));
	put_number(object, "generation", lease->generation);
	if (lease->used)
		put_number(object, "idle_ms", lease->idle_ms);
	put_number(object, "tx_packets", lease->tx_packets);
	put_number(object, "tx_bytes", lease->tx_bytes);
	return object;
}

json_t *entry_fdb_json(const struct flc_fdb *fdb, const char *dev)
{
	char text[FLC_MAC_STRLEN];
	json_t *object = json_object();

	put_string(object, "mac", flc_mac_text(&fdb->mac, text));
	put_string(object, "dev", dev);
	put_addr(object, "remote", &fdb->remote);
	if (fdb->port)
		put_number(object, "port", fdb->port);
	if (fdb->has_vni)
		put_number(object, "vni", fdb->vni);
	if (fdb->lower)
		put_string(object, "via", output_dev(fdb->lower));
	put_string(object, "state", entry_state(fdb));
	if (fdb->flags & NTF_EXT_LEARNED)
		json_object_set_new(object, "extern_learn", json_true());
	if (fdb->has_times) {
		put_number(object, "idle_ms", fdb->idle_ms);
		put_number(object, "age_ms", fdb->age_ms);
	}
	return object;
}

json_t *entry_miss_json(const struct flc_miss *miss, const char *dev)
{
	char text[FLC_PREFIX_STRLEN];
	json_t *object = json_object();

	put_string(object, "kind",
		   entry_name(&flc_miss_kind_names, miss->kind));
	put_string(object, "state",
		   entry_name(&flc_miss_state_names, miss->state));
	put_string(object, "dev", dev);
	if (miss->kind == FLANNEL_MISS_L2)
		put_string(object, "mac", flc_mac_text(&miss->mac, text));
	else
		put_string(object, "subnet",
			   flc_prefix_text(&miss->subnet, text));
	put_addr(object, "target", &miss->target);
	put_addr(object, "remote", &miss->remote);
	put_number(object, "seq", miss->seq);
	put_number(object, "try", miss->attempt);
	put_number(object, "packets", miss->packets);
	put_number(object, "bytes", miss->bytes);
	put_number(object, "age_ms", miss->age_ms);
	return object;
}
