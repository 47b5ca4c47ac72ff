// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes of Kubernetes: what is read of them, what is patched, which entry of the
 * registry each one has. Annotations and bodies are as flanneld writes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/util.h"
#include "kube/patch.h"
#include "network/lease_value.h"
#include "registry/kube_config.h"
#include "registry/kube_entries.h"

#define P "flannel.alpha.coreos.com/"
#define ANNOTATIONS(text) "{\"metadata\":{\"name\":\"n1\",\"resourceVersion\":\"9\"," \
	"\"annotations\":{" text "}}}"

static bool read_node(struct kube_node *node, const char *text, char *error)
{
	json_t *json = json_loads(text, 0, NULL);
	bool ok;

	assert_non_null(json);
	ok = kube_node_read(node, json, P, error);
	json_decref(json);
	return ok;
}

/* As recorded from flanneld 0.20.2, vxlan. */
static const char recorded[] = ANNOTATIONS("\"" P "backend-data\":\"{\\\"VNI\\\":1,\\\"VtepMAC\\\":\\\"ca:f4:cf:ad:f2:0d\\\"}\",\"" P "backend-type\":\"vxlan\",\"" P "kube-subnet-manager\":\"true\",\"" P "public-ip\":\"192.168.99.12\"");

static void test_recorded(void **state)
{
	char error[LEASE_VALUE_ERROR_LEN], *text, *wanted[KUBE_WRITTEN];
	struct lease_value value;
	struct kube_node node;

	assert_true(read_node(&node, recorded, error));
	assert_string_equal(node.name, "n1");
	assert_string_equal(node.version, "9");
	assert_true(kube_node_is_managed(&node));
	text = kube_node_lease(&node, error);
	assert_non_null(text);
	assert_true(lease_value_parse(&value, text, strlen(text), error));
	assert_string_equal(value.type, "vxlan");
	assert_true(value.vtep4.has_mac && value.vtep4.vni == 1);
	free(text);

	/* What we would write is what is there: nothing is patched. */
	text = lease_value_format(&value);
	kube_node_want(wanted, text, &node);
	assert_null(kube_patch_annotations(&node, P, wanted));
	free(text);
	kube_texts_clear(wanted, KUBE_WRITTEN);
	kube_node_clear(&node);
}

static void patch_is(const char *node_text, const char *lease, const char *body)
{
	char error[160], *wanted[KUBE_WRITTEN], *text;
	struct kube_node node;

	assert_true(read_node(&node, node_text, error));
	kube_node_want(wanted, lease, &node);
	text = kube_patch_annotations(&node, P, wanted);
	assert_string_equal(text ? text : "none", body);
	free(text);
	kube_texts_clear(wanted, KUBE_WRITTEN);
	kube_node_clear(&node);
}

#define BODY(text) "{\"metadata\":{\"annotations\":{" text "}}}"

static void test_patches(void **state)
{
	/* vxlan, both families. */
	patch_is(ANNOTATIONS(""),
		 "{\"PublicIP\":\"192.0.2.1\",\"PublicIPv6\":\"fd00::1\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:01\"},\"BackendV6Data\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:02\"}}",
		 BODY("\"" P "kube-subnet-manager\":\"true\",\"" P "backend-type\":\"vxlan\",\"" P "backend-data\":\"{\\\"VNI\\\":1,\\\"VtepMAC\\\":\\\"02:00:00:00:00:01\\\"}\",\"" P "backend-v6-data\":\"{\\\"VNI\\\":1,\\\"VtepMAC\\\":\\\"02:00:00:00:00:02\\\"}\",\"" P "public-ip\":\"192.0.2.1\",\"" P "public-ipv6\":\"fd00::1\""));
	/* host-gw: the data are null, of IPv6 only with an address. */
	patch_is(ANNOTATIONS(""),
		 "{\"PublicIP\":\"192.0.2.1\",\"PublicIPv6\":null,\"BackendType\":\"host-gw\"}",
		 BODY("\"" P "kube-subnet-manager\":\"true\",\"" P "backend-type\":\"host-gw\",\"" P "backend-data\":\"null\",\"" P "public-ip\":\"192.0.2.1\""));
	/* vxlan of IPv6 only says nothing of IPv4. */
	patch_is(ANNOTATIONS(""),
		 "{\"PublicIP\":\"0.0.0.0\",\"PublicIPv6\":\"fd00::1\",\"BackendType\":\"vxlan\",\"BackendV6Data\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:02\"}}",
		 BODY("\"" P "kube-subnet-manager\":\"true\",\"" P "backend-type\":\"vxlan\",\"" P "backend-v6-data\":\"{\\\"VNI\\\":1,\\\"VtepMAC\\\":\\\"02:00:00:00:00:02\\\"}\",\"" P "public-ipv6\":\"fd00::1\""));
	/* Only what differs; what is no longer so goes; people's own stays. */
	patch_is(ANNOTATIONS("\"" P "kube-subnet-manager\":\"true\",\"" P "backend-type\":\"host-gw\",\"" P "backend-data\":\"null\",\"" P "public-ip\":\"192.0.2.9\",\"" P "public-ipv6\":\"fd00::9\",\"other/public-ip\":\"x\""),
		 "{\"PublicIP\":\"192.0.2.1\",\"BackendType\":\"host-gw\"}",
		 BODY("\"" P "public-ip\":\"192.0.2.1\",\"" P "public-ipv6\":null"));
	/* People may say what other nodes are told; not any nonsense. */
	patch_is(ANNOTATIONS("\"" P "kube-subnet-manager\":\"true\",\"" P "backend-type\":\"host-gw\",\"" P "backend-data\":\"null\",\"" P "public-ip\":\"192.0.2.9\",\"" P "public-ip-overwrite\":\"192.0.2.9\""),
		 "{\"PublicIP\":\"192.0.2.1\",\"BackendType\":\"host-gw\"}", "none");
	patch_is(ANNOTATIONS("\"" P "kube-subnet-manager\":\"true\",\"" P "backend-type\":\"host-gw\",\"" P "backend-data\":\"null\",\"" P "public-ip\":\"192.0.2.9\",\"" P "public-ip-overwrite\":\"fd00::9\""),
		 "{\"PublicIP\":\"192.0.2.1\",\"BackendType\":\"host-gw\"}",
		 BODY("\"" P "public-ip\":\"192.0.2.1\""));
}

static void test_condition(void **state)
{
	char *text = kube_patch_condition(1764499464);

	assert_string_equal(text, "{\"status\":{\"conditions\":[{\"type\":\"NetworkUnavailable\",\"status\":\"False\",\"lastHeartbeatTime\":\"2025-11-30T10:44:24Z\",\"lastTransitionTime\":\"2025-11-30T10:44:24Z\",\"reason\":\"FlannelIsUp\",\"message\":\"Flannel is running on this node\"}]}}");
	free(text);
}

#define SPEC(text) "{\"metadata\":{\"name\":\"n1\"},\"spec\":{" text "}}"

static void subnets_are(const char *text, const char *key, const char *wrong)
{
	char error[160], buf[SUBNET_KEY_LEN];
	struct kube_node node;

	assert_true(read_node(&node, text, error));
	if (wrong)
		assert_non_null(strstr(node.subnets_error, wrong));
	else
		assert_string_equal(node.subnets_error, "");
	if (key)
		assert_string_equal(subnet_key_format(&node.subnets, buf), key);
	else
		assert_false(flc_prefix_is_set(&node.subnets.v4) ||
			     flc_prefix_is_set(&node.subnets.v6));
	kube_node_clear(&node);
}

static void test_subnets(void **state)
{
	subnets_are(SPEC(""), NULL, NULL);
	subnets_are(SPEC("\"podCIDR\":\"10.5.1.0/24\""), "10.5.1.0-24", NULL);
	subnets_are(SPEC("\"podCIDR\":\"10.5.9.0/24\",\"podCIDRs\":[\"fd00:1::/64\",\"10.5.1.0/24\"]"),
		    "10.5.1.0-24&fd00:1::-64", NULL);
	subnets_are(SPEC("\"podCIDRs\":[\"fd00:1::/64\"]"), "0.0.0.0-0&fd00:1::-64", NULL);
	subnets_are(SPEC("\"podCIDRs\":[\"10.5.1.0/24\",\"10.5.2.0/24\"]"), NULL, "one family");
	subnets_are(SPEC("\"podCIDRs\":[\"10.5.1.0/24\",\"fd00::/64\",\"fd01::/64\"]"), NULL,
		    "3 subnets");
	subnets_are(SPEC("\"podCIDR\":\"10.5.1.1/24\""), NULL, "not a subnet");
	subnets_are(SPEC("\"podCIDR\":\"10.5.1.0\""), NULL, "not a subnet");
	subnets_are(SPEC("\"podCIDR\":\"0.0.0.0/0\""), NULL, "all addresses");
	subnets_are(SPEC("\"podCIDR\":\"10.5.1.1/32\""), NULL, "single one");
	subnets_are(SPEC("\"podCIDRs\":[7]"), NULL, "not a subnet");
	subnets_are(SPEC("\"podCIDRs\":{},\"podCIDR\":7"), NULL, NULL);
}

/* Whatever anybody writes there, it is told what is wrong, or it is no lease. */
static void test_hostile(void **state)
{
	static const char *const nodes[] = {
		"[]", "{}", "{\"metadata\":[]}", "{\"metadata\":{\"name\":7}}",
		"{\"metadata\":{\"name\":\"\"}}", "{\"metadata\":{\"name\":\"../pods\"}}",
		"{\"metadata\":{\"name\":\"a b\"}}", "{\"metadata\":{\"name\":\"a\\nb\"}}",
		ANNOTATIONS("\"" P "public-ip\":7"),
	};
	static const char *const leases[] = {
		ANNOTATIONS("\"" P "public-ip\":\"x\""),
		ANNOTATIONS("\"" P "public-ip\":\"fd00::1\""),
		ANNOTATIONS("\"" P "backend-data\":\"{\""),
		ANNOTATIONS("\"" P "backend-data\":\"\\\"\""),
		ANNOTATIONS("\"" P "backend-type\":\"vxlan\",\"" P "backend-data\":\"[]\""),
		ANNOTATIONS("\"" P "backend-type\":\"vxlan\",\"" P
			    "backend-data\":\"{\\\"VtepMAC\\\":\\\"ff:ff:ff:ff:ff:ff\\\"}\""),
	};
	char error[160], *text;
	struct kube_node node;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		*error = '\0';
		assert_false(read_node(&node, nodes[i], error));
		assert_true(*error);
	}
	for (i = 0; i < ARRAY_SIZE(leases); i++) {
		*error = '\0';
		assert_true(read_node(&node, leases[i], error));
		assert_false(kube_node_is_managed(&node));
		assert_null(kube_node_lease(&node, error));
		assert_true(*error);
		kube_node_clear(&node);
	}

	text = xasprintf(ANNOTATIONS("\"" P "backend-data\":\"%01000000d\""), 7);
	assert_false(read_node(&node, text, error));
	assert_string_equal(node.name, "n1");	/* to say whose it is */
	free(text);
}

static void test_prefix(void **state)
{
	static const struct {
		const char *text, *prefix;
	} list[] = {
		{ "flannel.alpha.coreos.com", "flannel.alpha.coreos.com/" },
		{ "flannel.example.org/blue", "flannel.example.org/blue-" },
		{ "flannel.example.org/blue-", "flannel.example.org/blue-" },
		{ "flannel.example.org/", "flannel.example.org/" },
		{ "a/b/c", NULL }, { "", NULL }, { "/a", NULL }, { "A/b", NULL },
		{ "a b", NULL },
	};
	char out[KUBE_PREFIX_LEN], error[160];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		assert_int_equal(kube_prefix_check(out, list[i].text, error),
				 !!list[i].prefix);
		if (list[i].prefix)
			assert_string_equal(out, list[i].prefix);
	}
}

/* Entries */

static struct text told;

static void tell_begin(void *ctx)
{
	text_add(&told, "[");
}

static void tell_end(void *ctx)
{
	text_add(&told, "]");
}

static void tell_put(void *ctx, const struct registry_entry *entry)
{
	text_add(&told, "+%s=%s ", entry->name, entry->value);
}

static void tell_removed(void *ctx, const char *name)
{
	text_add(&told, "-%s ", name);
}

static const struct registry_events events = {
	.snapshot_begin = tell_begin,
	.snapshot_end = tell_end,
	.put = tell_put,
	.removed = tell_removed,
};

static void told_is(const char *text)
{
	assert_string_equal(told.data ? told.data : "", text);
	text_free(&told);
	told = (struct text){ 0 };
}

static void test_entries(void **state)
{
	struct kube_entries *e = kube_entries_new();

	kube_entries_tell(e, &events, NULL);
	kube_entries_begin(e);
	assert_null(kube_entries_put(e, "a", "k1", "v", 1, false));
	kube_entries_skip(e, "b");
	kube_entries_end(e);
	told_is("[+k1=v ]");
	assert_int_equal(kube_entries_count(e), 2);

	/* Heartbeats are no news. */
	assert_null(kube_entries_put(e, "a", "k1", "v", 2, false));
	told_is("");
	assert_null(kube_entries_put(e, "a", "k1", "w", 3, false));
	told_is("+k1=w ");
	/* Another pod CIDR; the annotation goes; the Node goes. */
	assert_null(kube_entries_put(e, "a", "k2", "w", 4, false));
	told_is("+k2=w -k1 ");
	kube_entries_skip(e, "a");
	told_is("-k2 ");
	assert_null(kube_entries_put(e, "a", "k2", "w", 5, false));
	kube_entries_remove(e, "a");
	told_is("+k2=w -k2 ");

	/* Two Nodes, one entry: whoever has it, keeps it; this node's own comes first. */
	assert_null(kube_entries_put(e, "a", "k", "a", 6, false));
	assert_false(kube_entries_vacant(e));
	assert_string_equal(kube_entries_put(e, "b", "k", "b", 7, false), "a");
	assert_true(kube_entries_refuse(e, "b", "why", true));
	assert_false(kube_entries_refuse(e, "b", "why", true));
	assert_int_equal(kube_entries_refused(e), 1);
	assert_false(kube_entries_vacant(e));
	assert_null(kube_entries_put(e, "c", "k", "c", 8, true));
	told_is("+k=a +k=c ");
	kube_entries_remove(e, "c");
	assert_true(kube_entries_vacant(e));
	assert_false(kube_entries_vacant(e));
	told_is("-k ");

	/* In a list the new owner may come before the old one, or without it. */
	assert_null(kube_entries_put(e, "a", "k", "a", 9, false));
	told_is("+k=a ");
	kube_entries_begin(e);
	assert_null(kube_entries_put(e, "b", "k", "b", 10, false));
	assert_string_equal(kube_entries_put(e, "a", "k", "a", 9, false), "b");
	assert_true(kube_entries_refuse(e, "a", "why", true));
	kube_entries_end(e);
	told_is("[+k=b ]");
	kube_entries_begin(e);
	kube_entries_end(e);
	told_is("[]");
	assert_int_equal(kube_entries_count(e), 0);
	assert_int_equal(kube_entries_refused(e), 0);
	kube_entries_free(e);
}

/* The network config */

static void config_is(const char *text, const char *out, bool v4, bool v6)
{
	struct kube_families families;
	struct subnets own = { 0 };
	char *adapted;

	flc_prefix_parse(&own.v4, "10.5.1.0/26");
	adapted = kube_config_adapt(text, &own, &families);
	assert_string_equal(adapted, out);
	assert_int_equal(families.v4, v4);
	assert_int_equal(families.v6, v6);
	free(adapted);
}

static void test_config(void **state)
{
	config_is("{\"Network\":\"10.5.0.0/16\"}",
		  "{\"Network\":\"10.5.0.0/16\",\"SubnetLen\":26}", true, false);
	config_is("{\"subnetlen\":24,\"subnetMin\":\"10.5.9.0\",\"enableipv6\":true}",
		  "{\"enableipv6\":true,\"SubnetLen\":26}", true, true);
	config_is("{\"EnableIPv4\":false,\"EnableIPv6\":true}",
		  "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"SubnetLen\":26}", false,
		  true);
	config_is("no JSON", "no JSON", true, false);
	config_is("[]", "[]", true, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_patches),
		cmocka_unit_test(test_condition),
		cmocka_unit_test(test_subnets),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
