// SPDX-License-Identifier: GPL-2.0
/* A Node of the Kubernetes API: what this agent reads from it and writes to it. */
#include "kube/node.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "network/lease_value.h"

#define ERROR_LEN 160

#define MAX_ANNOTATION	(16U << 10)

static const char *const names[KUBE_ANNOTATIONS] = {
	[KUBE_MANAGED] = "kube-subnet-manager",
	[KUBE_TYPE] = "backend-type",
	[KUBE_DATA] = "backend-data",
	[KUBE_DATA6] = "backend-v6-data",
	[KUBE_PUBLIC] = "public-ip",
	[KUBE_PUBLIC6] = "public-ipv6",
	[KUBE_OVERWRITE] = "public-ip-overwrite",
	[KUBE_OVERWRITE6] = "public-ipv6-overwrite",
	[KUBE_NODE_PUBLIC] = "node-public-ip",
	[KUBE_NODE_PUBLIC6] = "node-public-ipv6",
};

void kube_annotation_name(char *buf, size_t size, const char *prefix,
			  enum kube_annotation which)
{
	snprintf(buf, size, "%s%s", prefix, names[which]);
}

bool kube_prefix_check(char *out, const char *text, char *error)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789-_./";
	const char *slash = strchr(text, '/');
	size_t len = strlen(text);
	const char *end = "";

	if (!slash)
		end = "/";
	else if (slash[1] && text[len - 1] != '-')
		end = "-";
	if (!len || slash == text || strspn(text, good) != len ||
	    (slash && strchr(slash + 1, '/')) || len + 2 > KUBE_PREFIX_LEN) {
		snprintf(error, ERROR_LEN,
			 "--kube-annotation-prefix \"%.60s\" is no prefix of annotations, like flannel.example.org/blue",
			 text);
		return false;
	}
	snprintf(out, KUBE_PREFIX_LEN, "%s%s", text, end);
	return true;
}

bool kube_name_is_valid(const char *name)
{
	size_t len = strlen(name);

	return len && len < KUBE_NAME_LEN && isalnum((unsigned char)*name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len;
}

static bool copy_text(char *out, size_t size, json_t *object, const char *key)
{
	json_t *text = json_object_get(object, key);

	if (!json_is_string(text) || json_string_length(text) >= size ||
	    strlen(json_string_value(text)) != json_string_length(text))
		return false;
	strcpy(out, json_string_value(text));
	return true;
}

/* Annotations */

static bool read_annotations(struct kube_node *node, json_t *object,
			     const char *prefix, char *error)
{
	char key[KUBE_PREFIX_LEN + 40];
	json_t *text;
	int i;

	for (i = 0; i < KUBE_ANNOTATIONS; i++) {
		kube_annotation_name(key, sizeof(key), prefix, i);
		text = json_object_get(object, key);
		if (!text)
			continue;
		if (!json_is_string(text) ||
		    json_string_length(text) > MAX_ANNOTATION) {
			snprintf(error, ERROR_LEN,
				 "annotation %.80s has more than %u bytes, or is no text",
				 key, MAX_ANNOTATION);
			return false;
		}
		node->annotations[i] = xstrdup(json_string_value(text));
	}
	return true;
}

/* Pod CIDRs */

static bool add_subnet(struct kube_node *node, json_t *value)
{
	const char *text = json_string_value(value);
	char *error = node->subnets_error;
	struct flc_prefix p, *place;

	if (!text || !strchr(text, '/') || !flc_prefix_parse(&p, text) ||
	    flc_prefix_has_host_bits(&p)) {
		snprintf(error, ERROR_LEN, "podCIDR \"%.60s\" is not a subnet like 10.244.1.0/24",
			 text ? text : "");
		return false;
	}
	place = p.addr.family == AF_INET ? &node->subnets.v4 : &node->subnets.v6;
	if (flc_prefix_is_set(place)) {
		snprintf(error, ERROR_LEN, "podCIDRs has two subnets of one family");
		return false;
	}
	if (p.len < 1 || p.len >= flc_family_bits(p.addr.family)) {
		snprintf(error, ERROR_LEN, "podCIDR %.60s is all addresses, or a single one",
			 text);
		return false;
	}
	*place = p;
	return true;
}

static void read_subnets(struct kube_node *node, json_t *spec)
{
	json_t *list = json_object_get(spec, "podCIDRs"), *value;
	json_t *single = json_object_get(spec, "podCIDR");
	size_t count = json_array_size(list), i;
	bool ok = true;

	if (count > 2) {
		snprintf(node->subnets_error, ERROR_LEN,
			 "podCIDRs has %zu subnets: one for each family, please",
			 count);
		return;
	}
	json_array_foreach(list, i, value)
		ok = ok && add_subnet(node, value);
	if (!count && json_string_length(single))
		ok = add_subnet(node, single);
	if (!ok)
		memset(&node->subnets, 0, sizeof(node->subnets));
}

/* Conditions */

static void read_condition(struct kube_node *node, json_t *status)
{
	json_t *value, *type, *is;
	size_t i;

	json_array_foreach(json_object_get(status, "conditions"), i, value) {
		type = json_object_get(value, "type");
		if (!json_is_string(type) ||
		    strcmp(json_string_value(type), "NetworkUnavailable"))
			continue;
		is = json_object_get(value, "status");
		node->unavailable.there = true;
		node->unavailable.is_false =
			json_is_string(is) &&
			!strcmp(json_string_value(is), "False");
	}
}

bool kube_node_read(struct kube_node *out, json_t *node, const char *prefix,
		    char *error)
{
	json_t *meta = json_object_get(node, "metadata");
	struct kube_node n = { 0 };

	out->name[0] = '\0';
	if (!copy_text(n.name, sizeof(n.name), meta, "name") ||
	    !kube_name_is_valid(n.name)) {
		snprintf(error, ERROR_LEN, "it has no name that a Node could have");
		return false;
	}
	strcpy(out->name, n.name);
	copy_text(n.version, sizeof(n.version), meta, "resourceVersion");
	copy_text(n.uid, sizeof(n.uid), meta, "uid");
	if (!read_annotations(&n, json_object_get(meta, "annotations"), prefix,
			      error)) {
		kube_node_clear(&n);
		return false;
	}
	read_subnets(&n, json_object_get(node, "spec"));
	read_condition(&n, json_object_get(node, "status"));
	*out = n;
	return true;
}

void kube_texts_clear(char **texts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(texts[i]);
		texts[i] = NULL;
	}
}

void kube_node_clear(struct kube_node *node)
{
	kube_texts_clear(node->annotations, KUBE_ANNOTATIONS);
}

bool kube_node_is_managed(const struct kube_node *node)
{
	const char *managed = node->annotations[KUBE_MANAGED];

	return managed && !strcmp(managed, "true");
}

/* From annotations to the value of a lease */

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

/* The data of a backend is JSON within a text. */
static bool add_data(json_t *root, const char *name, const char *text,
		     const char *what, char *error)
{
	json_t *data;

	if (!text || !*text)
		return true;
	data = json_loads(text, JSON_DECODE_ANY, NULL);
	if (!data) {
		snprintf(error, ERROR_LEN, "annotation %s is not JSON: \"%.60s\"",
			 what, text);
		return false;
	}
	json_object_set_new(root, name, data);
	return true;
}

char *kube_node_lease(const struct kube_node *node, char *error)
{
	char *const *a = node->annotations;
	char why[LEASE_VALUE_ERROR_LEN];
	struct lease_value value;
	json_t *root = json_object();
	char *text = NULL;

	json_object_set_new(root, "PublicIP", text_or_null(a[KUBE_PUBLIC]));
	json_object_set_new(root, "PublicIPv6", text_or_null(a[KUBE_PUBLIC6]));
	json_object_set_new(root, "BackendType",
			    json_string(a[KUBE_TYPE] ? a[KUBE_TYPE] : ""));
	if (!add_data(root, "BackendData", a[KUBE_DATA], "backend-data", error) ||
	    !add_data(root, "BackendV6Data", a[KUBE_DATA6], "backend-v6-data",
		      error)) {
		json_decref(root);
		return NULL;
	}
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (!text || !lease_value_parse(&value, text, strlen(text), why)) {
		snprintf(error, ERROR_LEN, "its annotations: %.130s",
			 text ? why : "not UTF-8");
		free(text);
		return NULL;
	}
	return text;
}

/* And back */

static char *member_text(json_t *root, const char *name)
{
	json_t *value = json_object_get(root, name);

	return json_is_string(value) && *json_string_value(value) ?
	       xstrdup(json_string_value(value)) : NULL;
}

static char *data_text(json_t *root, const char *name)
{
	json_t *value = json_object_get(root, name);
	char *text, *copy;

	text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	copy = xstrdup(text ? text : "null");
	free(text);
	return copy;
}

/* The address of this node for other nodes, if a user has set one. */
static void overwrite(char **address, const char *by, int family)
{
	struct flc_addr addr;

	if (!*address || !by || !flc_addr_parse(&addr, by) ||
	    addr.family != family)
		return;
	free(*address);
	*address = xstrdup(by);
}

/*
 * Like flanneld: for a family without data, vxlan writes nothing, other backends
 * write "null" for IPv4; an IPv6 part needs an address.
 */
void kube_node_want(char *wanted[KUBE_WRITTEN], const char *lease,
		    const struct kube_node *node)
{
	json_t *root = json_loads(lease, 0, NULL);
	bool vxlan, v4, v6;
	char *type = member_text(root, "BackendType");
	char *public4 = member_text(root, "PublicIP");
	char *public6 = member_text(root, "PublicIPv6");

	memset(wanted, 0, KUBE_WRITTEN * sizeof(*wanted));
	vxlan = type && !strcmp(type, "vxlan");
	if (public4 && !strcmp(public4, "0.0.0.0")) {
		free(public4);
		public4 = NULL;
	}
	v4 = public4 && (!vxlan || json_object_get(root, "BackendData"));
	v6 = public6 && (!vxlan || json_object_get(root, "BackendV6Data"));
	wanted[KUBE_MANAGED] = xstrdup("true");
	wanted[KUBE_TYPE] = type ? type : xstrdup("");
	if (v4) {
		overwrite(&public4, node->annotations[KUBE_OVERWRITE], AF_INET);
		wanted[KUBE_PUBLIC] = xstrdup(public4);
		wanted[KUBE_DATA] = data_text(root, "BackendData");
	}
	if (v6) {
		overwrite(&public6, node->annotations[KUBE_OVERWRITE6], AF_INET6);
		wanted[KUBE_PUBLIC6] = xstrdup(public6);
		wanted[KUBE_DATA6] = data_text(root, "BackendV6Data");
	}
	free(public4);
	free(public6);
	json_decref(root);
}
