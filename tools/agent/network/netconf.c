// SPDX-License-Identifier: GPL-2.0
/*
 * The network config: parsing and validation. Rules and error messages are those of
 * flanneld, which operators know; names are case-insensitive, as in flanneld.
 */
#include "network/netconf.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/util.h"

/* The raw values of the object, before validation. */
struct raw_family {
	const char *network;
	const char *min;
	const char *max;
	json_int_t subnet_len;
	bool enabled;
};

struct raw {
	struct raw_family v4, v6;
	bool enable_nftables;
	json_t *backend;
	/* Of the backend object. */
	const char *type;
	json_int_t vni, port, mtu;
	bool gbp, learning, direct_routing;
};

/* Names and limits that depend on the address family. */
struct family_rules {
	int family;
	const char *prefix;	/* of the key names: "" or "IPv6" */
	unsigned int default_len;
	unsigned int max_len;
	unsigned int min_useful;
};

static const struct family_rules rules_v4 = {
	.family = AF_INET, .prefix = "", .default_len = 24, .max_len = 30,
	.min_useful = 28,
};

static const struct family_rules rules_v6 = {
	.family = AF_INET6, .prefix = "IPv6", .default_len = 64,
	.max_len = 126, .min_useful = 124,
};

static bool __attribute__((format(printf, 2, 3)))
fail(char *error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, NETCONF_ERROR_LEN, fmt, args);
	va_end(args);
	return false;
}

enum field_type { FIELD_STRING, FIELD_BOOL, FIELD_UINT, FIELD_OBJECT };

struct field {
	const char *name;
	enum field_type type;
	void *out;
};

static const char *json_type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		break;
	}
	return "null";
}

static bool read_field(const struct field *field, const char *where,
		       json_t *value, char *error)
{
	static const char *const wanted[] = {
		[FIELD_STRING] = "a string",
		[FIELD_BOOL] = "true or false",
		[FIELD_UINT] = "a number of 0 or more",
		[FIELD_OBJECT] = "an object",
	};

	if (json_is_null(value))	/* as if it were missing */
		return true;

	switch (field->type) {
	case FIELD_STRING:
		if (!json_is_string(value))
			break;
		*(const char **)field->out = json_string_value(value);
		return true;
	case FIELD_BOOL:
		if (!json_is_boolean(value))
			break;
		*(bool *)field->out = json_is_true(value);
		return true;
	case FIELD_UINT:
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			break;
		*(json_int_t *)field->out = json_integer_value(value);
		return true;
	case FIELD_OBJECT:
		if (!json_is_object(value))
			break;
		*(json_t **)field->out = value;
		return true;
	}
	return fail(error, "%s%s must be %s, not %s", where, field->name,
		    wanted[field->type],
		    field->type == FIELD_UINT && json_is_integer(value) ?
		    "a negative number" : json_type_name(value));
}

static bool read_fields(json_t *object, const char *where,
			const struct field *fields, size_t count, char *error)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(object, key, value) {
		for (i = 0; i < count; i++)
			if (!strcasecmp(key, fields[i].name))
				break;
		if (i == count)
			log_notice("network config: ignoring unknown key \"%s%s\"",
				   where, key);
		else if (!read_field(&fields[i], where, value, error))
			return false;
	}
	return true;
}

static bool read_object(struct raw *raw, json_t *root, char *error)
{
	const struct field top[] = {
		{ "Network", FIELD_STRING, &raw->v4.network },
		{ "SubnetLen", FIELD_UINT, &raw->v4.subnet_len },
		{ "SubnetMin", FIELD_STRING, &raw->v4.min },
		{ "SubnetMax", FIELD_STRING, &raw->v4.max },
		{ "EnableIPv4", FIELD_BOOL, &raw->v4.enabled },
		{ "IPv6Network", FIELD_STRING, &raw->v6.network },
		{ "IPv6SubnetLen", FIELD_UINT, &raw->v6.subnet_len },
		{ "IPv6SubnetMin", FIELD_STRING, &raw->v6.min },
		{ "IPv6SubnetMax", FIELD_STRING, &raw->v6.max },
		{ "EnableIPv6", FIELD_BOOL, &raw->v6.enabled },
		{ "EnableNFTables", FIELD_BOOL, &raw->enable_nftables },
		{ "Backend", FIELD_OBJECT, &raw->backend },
	};
	const struct field backend[] = {
		{ "Type", FIELD_STRING, &raw->type },
		{ "VNI", FIELD_UINT, &raw->vni },
		{ "Port", FIELD_UINT, &raw->port },
		{ "MTU", FIELD_UINT, &raw->mtu },
		{ "GBP", FIELD_BOOL, &raw->gbp },
		{ "Learning", FIELD_BOOL, &raw->learning },
		{ "DirectRouting", FIELD_BOOL, &raw->direct_routing },
	};

	if (!read_fields(root, "", top, ARRAY_SIZE(top), error))
		return false;
	if (!raw->backend)
		return true;
	return read_fields(raw->backend, "Backend.", backend,
			   ARRAY_SIZE(backend), error);
}

/* SubnetMin or SubnetMax: in the network, and the start of a subnet. */
static bool check_bound(struct flc_prefix *out, const struct netconf_family *f,
			const struct family_rules *rules, const char *name,
			const char *text, char *error)
{
	struct flc_prefix p = { .len = f->subnet_len };
	char buf[FLC_ADDR_STRLEN];
	struct flc_addr masked;

	if (!flc_addr_parse(&p.addr, text) || p.addr.family != rules->family)
		return fail(error, "%s%s \"%s\" is not an %s address",
			    rules->prefix, name, text,
			    rules->family == AF_INET ? "IPv4" : "IPv6");
	if (!flc_prefix_contains(&f->network, &p.addr))
		return fail(error, "%s%s is not in the range of the %sNetwork",
			    rules->prefix, name, rules->prefix);
	masked = flc_addr_masked(&p.addr, p.len);
	if (!flc_addr_equal(&masked, &p.addr))
		return fail(error, "%s%s is not on a SubnetLen boundary: %s",
			    rules->prefix, name, flc_addr_text(&p.addr, buf));
	*out = p;
	return true;
}

static bool choose_subnet_len(struct netconf_family *f,
			      const struct raw_family *raw,
			      const struct family_rules *rules, char *error)
{
	unsigned int net_len = f->network.len;

	if (raw->subnet_len) {
		if (raw->subnet_len > rules->max_len)
			return fail(error, "SubnetLen must be less than /%u",
				    rules->max_len + 1);
		if (raw->subnet_len < net_len + 2)
			return fail(error, "network must be able to accommodate at least four subnets");
		f->subnet_len = raw->subnet_len;
		return true;
	}
	if (net_len > rules->min_useful)
		return fail(error,
			    "%s is too small. Minimum useful network prefix is /%u",
			    rules->family == AF_INET ? "network" : "IPv6Network",
			    rules->min_useful);
	f->subnet_len = net_len + 2 > rules->default_len ? net_len + 2 :
							   rules->default_len;
	return true;
}

/* The first subnet of what is routed; see netconf.h. */
static struct flc_prefix first_subnet(const struct netconf_family *f)
{
	struct flc_prefix first = { f->network.addr, f->subnet_len };
	struct flc_prefix second = first;

	if (flc_prefix_next(&second) && flc_prefix_equal(&second, &f->min))
		return first;
	return f->min;
}

/* The widest prefix that begins at @first and goes no further than @last. */
static struct flc_prefix widest(const struct netconf_family *f,
				const struct flc_addr *first,
				const struct flc_addr *last)
{
	struct flc_prefix p = { .addr = *first, .len = f->network.len };
	struct flc_addr end;

	for (; p.len < f->subnet_len; p.len++) {
		end = flc_prefix_last(&p);
		if (!flc_prefix_has_host_bits(&p) && flc_addr_cmp(&end, last) <= 0)
			break;
	}
	return p;
}

size_t netconf_ranges(const struct netconf_family *f, struct flc_prefix *ranges)
{
	struct flc_addr last;
	struct flc_prefix at;
	size_t n = 0;

	if (!flc_prefix_is_set(&f->network))
		return 0;
	at = first_subnet(f);
	last = flc_prefix_last(&f->max);
	while (n < NETCONF_RANGES && flc_addr_cmp(&at.addr, &last) <= 0) {
		at = widest(f, &at.addr, &last);
		ranges[n++] = at;
		if (!flc_prefix_next(&at))
			break;
	}
	return n;
}

bool netconf_can_lease(const struct netconf_family *f,
		       const struct flc_prefix *subnet)
{
	struct flc_prefix first = first_subnet(f);
	struct flc_addr last = flc_prefix_last(&f->max);
	struct flc_addr end = flc_prefix_last(subnet);

	return flc_prefix_is_set(&f->network) &&
	       flc_addr_cmp(&subnet->addr, &first.addr) >= 0 &&
	       flc_addr_cmp(&end, &last) <= 0;
}

bool netconf_is_special(const struct flc_prefix *prefix)
{
	static const char *const texts[] = {
		"0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4",
		"::/96", "::ffff:0:0/96", "fe80::/10", "ff00::/8",
	};
	struct flc_prefix special;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (flc_prefix_parse(&special, texts[i]) &&
		    flc_prefix_overlaps(&special, prefix))
			return true;
	return false;
}

/* All of it would be routed to the overlay, so it must not contain too much. */
static bool check_ranges(const struct netconf_family *f,
			 const struct family_rules *rules, char *error)
{
	struct flc_prefix ranges[NETCONF_RANGES];
	char buf[FLC_PREFIX_STRLEN];
	size_t n = netconf_ranges(f, ranges), i;

	for (i = 0; i < n; i++)
		if (netconf_is_special(&ranges[i]))
			return fail(error,
				    "%sNetwork contains %s, which no host may have (loopback, multicast); set %sSubnetMin and %sSubnetMax to leave it out",
				    rules->prefix,
				    flc_prefix_text(&ranges[i], buf),
				    rules->prefix, rules->prefix);
	return true;
}

static bool check_family(struct netconf_family *f, const struct raw_family *raw,
			 const struct family_rules *rules, char *error)
{
	if (!raw->network || !*raw->network)
		return fail(error,
			    "please define a correct %sNetwork parameter in the flannel config",
			    rules->prefix);
	if (!strchr(raw->network, '/') ||
	    !flc_prefix_parse(&f->network, raw->network) ||
	    f->network.addr.family != rules->family)
		return fail(error,
			    "%sNetwork \"%s\" is not an %s network (like %s)",
			    rules->prefix, raw->network,
			    rules->family == AF_INET ? "IPv4" : "IPv6",
			    rules->family == AF_INET ? "10.244.0.0/16" :
						       "fd00:10:244::/48");
	f->network.addr = flc_addr_masked(&f->network.addr, f->network.len);

	if (!choose_subnet_len(f, raw, rules, error))
		return false;

	/* The first subnet is skipped unless it is requested explicitly. */
	f->min = (struct flc_prefix){ f->network.addr, f->subnet_len };
	flc_prefix_next(&f->min);
	f->max.addr = flc_prefix_last(&f->network);
	f->max.addr = flc_addr_masked(&f->max.addr, f->subnet_len);
	f->max.len = f->subnet_len;

	if (raw->min && *raw->min &&
	    !check_bound(&f->min, f, rules, "SubnetMin", raw->min, error))
		return false;
	if (raw->max && *raw->max &&
	    !check_bound(&f->max, f, rules, "SubnetMax", raw->max, error))
		return false;
	return check_ranges(f, rules, error);
}

static bool check_backend(struct netconf *conf, const struct raw *raw,
			  char *error)
{
	static const enum backend_type ours[] = {
		BACKEND_VXLAN, BACKEND_HOST_GW, BACKEND_ALLOC,
	};
	size_t i;

	conf->backend = BACKEND_VXLAN;
	conf->vni = raw->vni;
	conf->port = raw->port;
	conf->mtu = raw->mtu;
	conf->gbp = raw->gbp;
	conf->learning = raw->learning;
	conf->direct_routing = raw->direct_routing;

	if (raw->vni > 0xffffff)
		return fail(error, "Backend.VNI %lld is out of range: 0 to 16777215",
			    (long long)raw->vni);
	if (raw->port > 65535)
		return fail(error, "Backend.Port %lld is out of range: 0 to 65535",
			    (long long)raw->port);
	if (raw->mtu && (raw->mtu < 576 || raw->mtu > 65535))
		return fail(error, "Backend.MTU %lld is out of range: 576 to 65535",
			    (long long)raw->mtu);

	if (!raw->backend) {
		log_notice("network config: no Backend, using vxlan as flannel's documentation says (flanneld itself would use udp: set Backend.Type)");
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(ours); i++) {
		if (raw->type &&
		    !strcasecmp(raw->type, backend_type_name(ours[i]))) {
			conf->backend = ours[i];
			return true;
		}
	}
	return fail(error, "unknown backend type: %s (vxlan, host-gw and alloc are supported)",
		    raw->type ? raw->type : "");
}

static bool check(struct netconf *conf, const struct raw *raw, char *error)
{
	conf->enable_nftables = raw->enable_nftables;
	if (!raw->v4.enabled && !raw->v6.enabled)
		return fail(error, "none defined stack: EnableIPv4 and EnableIPv6 are both false");
	if (raw->v4.enabled &&
	    !check_family(&conf->v4, &raw->v4, &rules_v4, error))
		return false;
	if (raw->v6.enabled &&
	    !check_family(&conf->v6, &raw->v6, &rules_v6, error))
		return false;
	return check_backend(conf, raw, error);
}

bool netconf_parse(struct netconf *conf, const char *json, size_t len,
		   char *error)
{
	struct raw raw = { .v4.enabled = true, .vni = 1 };
	struct netconf checked = { 0 };
	json_error_t json_error;
	json_t *root;
	bool ok;

	root = json_loadb(json, len, 0, &json_error);
	if (!root)
		return fail(error, "not valid JSON: %s (line %d, column %d)",
			    json_error.text, json_error.line,
			    json_error.column);
	if (!json_is_object(root))
		ok = fail(error, "must be a JSON object, not %s",
			  json_type_name(root));
	else
		ok = read_object(&raw, root, error) &&
		     check(&checked, &raw, error);
	json_decref(root);
	if (ok)
		*conf = checked;
	return ok;
}

const char *backend_type_name(enum backend_type type)
{
	switch (type) {
	case BACKEND_VXLAN:
		return "vxlan";
	case BACKEND_HOST_GW:
		return "host-gw";
	case BACKEND_ALLOC:
		return "alloc";
	}
	return "";
}
