// SPDX-License-Identifier: GPL-2.0
#include "commands.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "delegate_conf.h"
#include "gc.h"
#include "plugin.h"
#include "saved.h"
#include "subnet_env.h"
#include "version.h"

static json_t *make_conf(const struct netconf *conf, struct cni_error *err)
{
	struct subnet_env env;

	if (subnet_env_read(&env, conf->subnet_file, err))
		return NULL;
	return delegate_conf_make(conf, &env, err);
}

/*
 * Undoes what a failed delegate has done. If that fails too, the saved configuration
 * stays for the runtime's own DEL.
 */
static void undo(const struct call *call, const struct netconf *conf,
		 const json_t *delegate)
{
	struct call del = *call;
	struct cni_error ignored = { 0 };

	del.command = COMMAND_DEL;
	if (!plugin_run(delegate_type(delegate), &del, delegate, NULL, &ignored))
		saved_remove(conf->data_dir, call->id, call->ifname, &ignored);
	free(ignored.said);
}

static int add(const struct call *call, const struct netconf *conf,
	       char **result, struct cni_error *err)
{
	json_t *delegate = make_conf(conf, err);
	bool fresh;
	int ret;

	if (!delegate)
		return -1;
	ret = plugin_find(delegate_type(delegate), call->path, err);
	if (!ret)
		ret = saved_put(conf->data_dir, call->id, call->ifname, delegate,
				&fresh, err);
	if (!ret) {
		ret = plugin_run(delegate_type(delegate), call, delegate, result,
				 err);
		if (!ret && !**result) {
			free(*result);
			*result = NULL;
			ret = cni_fail(err, CNI_DELEGATE_FAILED,
				       "plug-in %s printed no result",
				       delegate_type(delegate));
		}
		/* An interface that existed before does not belong to this ADD. */
		if (ret && fresh)
			undo(call, conf, delegate);
	}
	json_decref(delegate);
	return ret;
}

static json_t *with_prev_result(json_t *delegate, const struct netconf *conf)
{
	if (conf->prev_result && version_at_least(conf->version, "0.4.0"))
		json_object_set(delegate, "prevResult", conf->prev_result);
	return delegate;
}

/*
 * A configuration that cannot be read is created again as for ADD. If that fails, let the
 * container be removed; GC finds what it leaves behind.
 */
static json_t *find_conf(const struct call *call, const struct netconf *conf,
			 bool *damaged, struct cni_error *err)
{
	json_t *delegate = saved_get(conf->data_dir, call->id, call->ifname,
				     damaged, err);

	if (!delegate && *damaged) {
		delegate = make_conf(conf, err);
		err->code = CNI_OK;
	}
	return delegate;
}

static int del(const struct call *call, const struct netconf *conf,
	       struct cni_error *err)
{
	bool damaged;
	json_t *delegate = find_conf(call, conf, &damaged, err);
	int ret = err->code == CNI_OK ? 0 : -1;

	if (delegate)
		ret = plugin_run(delegate_type(delegate), call,
				 with_prev_result(delegate, conf), NULL, err);
	if (!ret && (delegate || damaged))
		ret = saved_remove(conf->data_dir, call->id, call->ifname, err);
	json_decref(delegate);
	return ret;
}

static bool same_family(const char *a, const char *b)
{
	return !strchr(a, ':') == !strchr(b, ':');
}

/* The gateway in a result for the family of that destination, or NULL. */
static json_t *gateway_for(const json_t *result, const char *dst)
{
	json_t *ip, *gateway;
	size_t i;

	json_array_foreach(json_object_get(result, "ips"), i, ip) {
		gateway = json_object_get(ip, "gateway");
		if (json_is_string(gateway) &&
		    same_family(json_string_value(gateway), dst))
			return gateway;
	}
	return NULL;
}

/*
 * A route without a gateway uses the subnet's, and bridge sets it up that way. But its
 * CHECK looks for a route without a gateway.
 */
static void name_gateways(json_t *result)
{
	json_t *route, *gateway;
	const char *dst;
	size_t i;

	json_array_foreach(json_object_get(result, "routes"), i, route) {
		dst = json_string_value(json_object_get(route, "dst"));
		gateway = dst ? gateway_for(result, dst) : NULL;
		if (gateway && !json_object_get(route, "gw"))
			json_object_set(route, "gw", gateway);
	}
}

static int check(const struct call *call, const struct netconf *conf,
		 struct cni_error *err)
{
	bool damaged;
	json_t *delegate;
	int ret;

	if (!version_at_least(conf->version, "0.4.0"))
		return cni_fail(err, CNI_BAD_VERSION,
				"cniVersion %s has no CHECK", conf->version);
	delegate = find_conf(call, conf, &damaged, err);
	if (!delegate && err->code != CNI_OK)
		return -1;
	if (!delegate)
		return cni_fail(err, CNI_UNKNOWN_CONTAINER,
				"nothing is known of interface %s of container %s",
				call->ifname, call->id);
	if (!strcmp(delegate_type(delegate), "bridge"))
		name_gateways(conf->prev_result);
	ret = plugin_run(delegate_type(delegate), call,
			 with_prev_result(delegate, conf), NULL, err);
	json_decref(delegate);
	return ret;
}

/* Does a plug-in support the version that the network requests? */
static int ask_version(const char *type, const struct call *call,
		       const struct netconf *conf, struct cni_error *err)
{
	struct call version = { .command = COMMAND_VERSION, .path = call->path };
	json_t *question = json_pack("{s:s}", "cniVersion", conf->version);
	json_t *answer, *known;
	char *output = NULL;
	bool found = false;
	size_t i;
	int ret;

	ret = plugin_run(type, &version, question, &output, err);
	json_decref(question);
	if (ret)
		return ret;
	answer = json_loads(output, 0, NULL);
	json_array_foreach(json_object_get(answer, "supportedVersions"), i, known)
		found |= json_is_string(known) &&
			 !strcmp(json_string_value(known), conf->version);
	json_decref(answer);
	free(output);
	if (found)
		return 0;
	return cni_fail(err, CNI_NOT_AVAILABLE,
			"plug-in %s does not know cniVersion %s: install a newer one, or ask for an older version in the network configuration",
			type, conf->version);
}

static int status(const struct call *call, const struct netconf *conf,
		  struct cni_error *err)
{
	json_t *delegate = make_conf(conf, err);
	const char *type;
	int ret;

	if (!delegate) {
		err->code = CNI_NOT_AVAILABLE;
		return -1;
	}
	type = delegate_type(delegate);
	ret = plugin_find(type, call->path, err);
	if (!ret)
		ret = plugin_find(delegate_ipam_type(json_object_get(delegate, "ipam")),
				  call->path, err);
	if (!ret)
		ret = ask_version(type, call, conf, err);
	if (ret)
		err->code = CNI_NOT_AVAILABLE;
	else
		ret = plugin_run(type, call, delegate, NULL, err);
	json_decref(delegate);
	return ret;
}

int command_run(const struct call *call, const struct netconf *conf,
		char **result, struct cni_error *err)
{
	*result = NULL;
	switch (call->command) {
	case COMMAND_ADD:
		return add(call, conf, result, err);
	case COMMAND_DEL:
		return del(call, conf, err);
	case COMMAND_CHECK:
		return check(call, conf, err);
	case COMMAND_STATUS:
	case COMMAND_GC:
		if (!version_at_least(conf->version, "1.1.0"))
			return cni_fail(err, CNI_BAD_VERSION,
					"cniVersion %s has no %s", conf->version,
					call_word(call->command));
		return call->command == COMMAND_GC ? gc_run(call, conf, err) :
						     status(call, conf, err);
	case COMMAND_VERSION:
		break;
	}
	return 0;
}
