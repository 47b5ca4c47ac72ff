// SPDX-License-Identifier: GPL-2.0
#include "delegate_conf.h"

#include <string.h>

const char *delegate_type(const json_t *delegate)
{
	const char *type = json_string_value(json_object_get(delegate, "type"));

	return type ? type : "bridge";
}

const char *delegate_ipam_type(const json_t *ipam)
{
	const char *type = json_string_value(json_object_get(ipam, "type"));

	return type ? type : "host-local";
}

/* Sets that value in @object, unless it has one. */
static void set_default(json_t *object, const char *key, json_t *value)
{
	if (json_object_get(object, key))
		json_decref(value);
	else
		json_object_set_new(object, key, value);
}

static json_t *prefix_json(const struct flc_prefix *prefix)
{
	char text[FLC_PREFIX_STRLEN];

	return json_string(flc_prefix_text(prefix, text));
}

/* Address management assigns one address per range. */
static void add_range(json_t *ranges, const struct flc_prefix *subnet)
{
	if (flc_prefix_is_set(subnet))
		json_array_append_new(ranges, json_pack("[{s:o}]", "subnet",
							prefix_json(subnet)));
}

static bool is_route(const json_t *route)
{
	const char *dst = json_string_value(json_object_get(route, "dst"));
	struct flc_prefix prefix;

	return dst && strchr(dst, '/') && flc_prefix_parse(&prefix, dst);
}

/* The user's routes, and one to each network of the cluster. */
static json_t *make_routes(const json_t *users, const struct subnet_env *env,
			   struct cni_error *err)
{
	json_t *routes = json_array(), *route;
	unsigned int i;
	size_t index;

	if (users && !json_is_null(users) && !json_is_array(users)) {
		cni_fail(err, CNI_BAD_CONFIG, "\"routes\" of \"ipam\" is not an array");
		goto fail;
	}
	json_array_foreach(users, index, route) {
		if (!is_route(route)) {
			cni_fail(err, CNI_BAD_CONFIG,
				 "item %zu of \"routes\" of \"ipam\" has no \"dst\" of the form \"10.0.0.0/8\"",
				 index);
			goto fail;
		}
		json_array_append(routes, route);
	}
	for (i = 0; i < env->count; i++)
		json_array_append_new(routes,
				      json_pack("{s:o}", "dst",
						prefix_json(&env->networks[i])));
	return routes;

fail:
	json_decref(routes);
	return NULL;
}

static json_t *make_ipam(const struct netconf *conf,
			 const struct subnet_env *env, struct cni_error *err)
{
	json_t *ipam = conf->ipam ? json_copy(conf->ipam) : json_object();
	json_t *type = json_object_get(ipam, "type");
	json_t *ranges = json_array(), *routes;

	if (type && !json_is_string(type)) {
		cni_fail(err, CNI_BAD_CONFIG, "\"type\" of \"ipam\" is not a string");
		routes = NULL;
	} else {
		routes = make_routes(json_object_get(ipam, "routes"), env, err);
	}
	if (!routes) {
		json_decref(ranges);
		json_decref(ipam);
		return NULL;
	}
	add_range(ranges, &env->subnet4);
	add_range(ranges, &env->subnet6);
	set_default(ipam, "type", json_string("host-local"));
	json_object_set_new(ipam, "ranges", ranges);
	json_object_set_new(ipam, "routes", routes);
	return ipam;
}

/* Not checked for DEL: it has to remove interfaces made before a change. */
static int check_delegate(const struct netconf *conf, struct cni_error *err)
{
	static const char *const ours[] = { "name", "ipam" };
	json_t *type = json_object_get(conf->delegate, "type");
	size_t i;

	if (type && !json_is_string(type))
		return cni_fail(err, CNI_BAD_CONFIG,
				"\"type\" of \"delegate\" is not a string");
	for (i = 0; i < 2; i++) {
		if (json_object_get(conf->delegate, ours[i]))
			return cni_fail(err, CNI_BAD_CONFIG,
					"\"delegate\" must not have \"%s\": this plug-in sets it%s",
					ours[i],
					i ? "; put \"ipam\" beside \"delegate\"" : "");
	}
	return 0;
}

json_t *delegate_conf_make(const struct netconf *conf,
			   const struct subnet_env *env, struct cni_error *err)
{
	json_t *delegate, *ipam;

	if (check_delegate(conf, err))
		return NULL;
	ipam = make_ipam(conf, env, err);
	if (!ipam)
		return NULL;
	delegate = conf->delegate ? json_copy(conf->delegate) : json_object();
	if (conf->runtime_config)
		json_object_set(delegate, "runtimeConfig", conf->runtime_config);
	json_object_set_new(delegate, "name", json_string(conf->name));
	set_default(delegate, "type", json_string("bridge"));
	/* Either flannel or the delegate has to masquerade. */
	set_default(delegate, "ipMasq", json_boolean(!env->ip_masq));
	set_default(delegate, "mtu", json_integer(env->mtu));
	if (!strcmp(delegate_type(delegate), "bridge"))
		set_default(delegate, "isGateway", json_true());
	json_object_set_new(delegate, "cniVersion", json_string(conf->version));
	json_object_set_new(delegate, "ipam", ipam);
	return delegate;
}
