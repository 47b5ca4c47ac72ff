// SPDX-License-Identifier: GPL-2.0
/* The value of a lease: what a node publishes about itself, as JSON. */
#include "network/lease_value.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/util.h"

static bool __attribute__((format(printf, 2, 3)))
fail(char *error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, LEASE_VALUE_ERROR_LEN, fmt, args);
	va_end(args);
	return false;
}

/* A member by case-insensitive name, like in Go's decoder. */
static json_t *member(json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);
	const char *key;

	if (value)
		return value;
	json_object_foreach(object, key, value)
		if (!strcasecmp(key, name))
			return value;
	return NULL;
}

static bool read_address(struct flc_addr *out, json_t *root, const char *name,
			 int family, char *error)
{
	json_t *value = member(root, name);
	struct flc_addr addr;

	if (!value || json_is_null(value))
		return true;
	if (!json_is_string(value))
		return fail(error, "%s is not a string", name);
	if (!*json_string_value(value))
		return true;
	if (!flc_addr_parse(&addr, json_string_value(value)) ||
	    addr.family != family)
		return fail(error, "%s \"%.60s\" is not an %s address", name,
			    json_string_value(value),
			    family == AF_INET ? "IPv4" : "IPv6");
	if (!flc_addr_is_any(&addr))
		*out = addr;
	return true;
}

/* Data of backends other than vxlan may be anything and are ignored. */
static bool read_vtep(struct vtep *out, json_t *root, const char *name,
		      char *error)
{
	json_t *data = member(root, name), *vni, *mac;

	if (!data || json_is_null(data))
		return true;
	if (!json_is_object(data))
		return fail(error, "%s is not an object", name);

	vni = member(data, "VNI");
	if (vni && !json_is_null(vni)) {
		if (!json_is_integer(vni) || json_integer_value(vni) < 0 ||
		    json_integer_value(vni) > 0xffffff)
			return fail(error, "%s.VNI is not a number from 0 to 16777215",
				    name);
		out->vni = json_integer_value(vni);
		out->has_vni = true;
	}

	mac = member(data, "VtepMAC");
	if (mac && !json_is_null(mac)) {
		if (!json_is_string(mac) ||
		    !flc_mac_parse(&out->mac, json_string_value(mac)))
			return fail(error, "%s.VtepMAC is not a MAC address",
				    name);
		if (!flc_mac_is_valid(&out->mac))
			return fail(error, "%s.VtepMAC %s is not a unicast MAC address",
				    name, json_string_value(mac));
		out->has_mac = true;
	}
	return true;
}

/* Ignore what cannot be parsed: the lease is still valid. */
static void read_agent_text(char *out, json_t *agent, const char *name)
{
	json_t *value = json_object_get(agent, name);

	if (json_is_string(value) &&
	    json_string_length(value) < LEASE_AGENT_LEN)
		strcpy(out, json_string_value(value));
}

static void read_agent(struct lease_agent *out, json_t *root)
{
	json_t *agent = json_object_get(root, "FlannelAgent");

	read_agent_text(out->node, agent, "Node");
	read_agent_text(out->run, agent, "Run");
	read_agent_text(out->probe, agent, "Probe");
}

static bool read_value(struct lease_value *out, json_t *root, char *error)
{
	json_t *type;

	if (!json_is_object(root))
		return fail(error, "not a JSON object");
	if (!read_address(&out->public4, root, "PublicIP", AF_INET, error) ||
	    !read_address(&out->public6, root, "PublicIPv6", AF_INET6, error))
		return false;
	read_agent(&out->agent, root);

	type = member(root, "BackendType");
	if (type && !json_is_null(type)) {
		if (!json_is_string(type))
			return fail(error, "BackendType is not a string");
		snprintf(out->type, sizeof(out->type), "%s",
			 json_string_value(type));
	}
	if (strcmp(out->type, "vxlan"))
		return true;
	return read_vtep(&out->vtep4, root, "BackendData", error) &&
	       read_vtep(&out->vtep6, root, "BackendV6Data", error);
}

bool lease_value_parse(struct lease_value *out, const char *json, size_t len,
		       char *error)
{
	struct lease_value value = { 0 };
	json_error_t json_error;
	json_t *root;
	bool ok;

	root = json_loadb(json, len, 0, &json_error);
	if (!root)
		return fail(error, "not valid JSON: %s (line %d, column %d)",
			    json_error.text, json_error.line,
			    json_error.column);
	ok = read_value(&value, root, error);
	json_decref(root);
	if (ok)
		*out = value;
	return ok;
}

static json_t *vtep_json(const struct vtep *vtep)
{
	char mac[FLC_MAC_STRLEN];

	if (vtep->has_vni)
		return json_pack("{s:i, s:s}", "VNI", (int)vtep->vni,
				 "VtepMAC", flc_mac_text(&vtep->mac, mac));
	return json_pack("{s:s}", "VtepMAC", flc_mac_text(&vtep->mac, mac));
}

static json_t *agent_json(const struct lease_agent *agent)
{
	json_t *object = json_object();

	json_object_set_new(object, "Node", json_string(agent->node));
	json_object_set_new(object, "Run", json_string(agent->run));
	if (*agent->probe)
		json_object_set_new(object, "Probe",
				    json_string(agent->probe));
	return object;
}

char *lease_value_format(const struct lease_value *value)
{
	char buf[FLC_ADDR_STRLEN], *text, *copy;
	json_t *root = json_object();

	json_object_set_new(root, "PublicIP",
			    json_string(flc_addr_is_set(&value->public4) ?
					flc_addr_text(&value->public4, buf) :
					"0.0.0.0"));
	json_object_set_new(root, "PublicIPv6",
			    flc_addr_is_set(&value->public6) ?
			    json_string(flc_addr_text(&value->public6, buf)) :
			    json_null());
	if (value->type[0])
		json_object_set_new(root, "BackendType",
				    json_string(value->type));
	if (value->vtep4.has_mac)
		json_object_set_new(root, "BackendData",
				    vtep_json(&value->vtep4));
	if (value->vtep6.has_mac)
		json_object_set_new(root, "BackendV6Data",
				    vtep_json(&value->vtep6));
	if (*value->agent.node)
		json_object_set_new(root, "FlannelAgent",
				    agent_json(&value->agent));

	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	copy = xstrdup(text ? text : "{}");
	free(text);
	return copy;
}

static bool vtep_equal(const struct vtep *a, const struct vtep *b)
{
	return a->vni == b->vni && a->has_vni == b->has_vni &&
	       a->has_mac == b->has_mac && flc_mac_equal(&a->mac, &b->mac);
}

bool lease_value_equal(const struct lease_value *a, const struct lease_value *b)
{
	return flc_addr_equal(&a->public4, &b->public4) &&
	       flc_addr_equal(&a->public6, &b->public6) &&
	       !strcmp(a->type, b->type) && vtep_equal(&a->vtep4, &b->vtep4) &&
	       vtep_equal(&a->vtep6, &b->vtep6) &&
	       !strcmp(a->agent.node, b->agent.node) &&
	       !strcmp(a->agent.run, b->agent.run) &&
	       !strcmp(a->agent.probe, b->agent.probe);
}
