// SPDX-License-Identifier: GPL-2.0
/* The firewall rules as text, and what nftables itself makes of that text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"
#include "firewall/nft.h"
#include "firewall/rules.h"

/* In place of libc's, also for libraries: why there is no socket of nfnetlink, or 0. */
static int no_nfnetlink;

int socket(int domain, int type, int protocol)
{
	if (no_nfnetlink && domain == AF_NETLINK && protocol == NETLINK_NETFILTER) {
		errno = no_nfnetlink;
		return -1;
	}
	return syscall(SYS_socket, domain, type, protocol);
}

static struct netconf dual_stack(void)
{
	struct netconf conf = { .vni = 1 };

	assert_true(flc_prefix_parse(&conf.v4.network, "10.244.0.0/16"));
	assert_true(flc_prefix_parse(&conf.v6.network, "fd00:10:244::/48"));
	return conf;
}

static struct subnets own_subnets(void)
{
	struct subnets own;

	assert_true(flc_prefix_parse(&own.v4, "10.244.5.0/24"));
	assert_true(flc_prefix_parse(&own.v6, "fd00:10:244:5::/64"));
	return own;
}

static char *rules_of(const struct options *opt, const struct netconf *conf,
		      const char *devices)
{
	struct subnets own = own_subnets();
	struct text text = { 0 };

	rules_text(&text, opt, conf, &own, devices);
	return text.data;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void assert_has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" in:\n%s", part, text);
}

/* In this order: the first that fits counts. */
static void test_masquerade(void **state)
{
	static const char *const lines[] = {
		"type nat hook postrouting priority srcnat",
		"meta mark & 0x4000 == 0x4000 return",
		"ip saddr 10.244.0.0/16 ip daddr 10.244.0.0/16 return",
		"ip saddr != 10.244.0.0/16 ip daddr 10.244.5.0/24 return",
		"ip saddr 10.244.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random\n",
		"ip saddr != 10.244.0.0/16 ip daddr 10.244.0.0/16 masquerade fully-random\n",
		"ip6 saddr fd00:10:244::/48 ip6 daddr fd00:10:244::/48 return",
		"ip6 saddr != fd00:10:244::/48 ip6 daddr fd00:10:244:5::/64 return",
		"ip6 saddr fd00:10:244::/48 ip6 daddr != ff00::/8 masquerade fully-random\n",
		"ip6 saddr != fd00:10:244::/48 ip6 daddr fd00:10:244::/48 masquerade fully-random\n",
	};
	struct options opt = { .ip_masq = true };
	struct netconf conf = dual_stack();
	char *text = rules_of(&opt, &conf, "");
	const char *at = text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_has(at, lines[i]);
		at = strstr(at, lines[i]) + 1;
	}
	assert_has_not(text, "hook forward");
	free(text);
}

static void test_choices(void **state)
{
	struct options opt = { .ip_masq = true,
			       .ip_masq_fully_random_disable = true,
			       .iptables_forward_rules = true };
	struct netconf conf = dual_stack();
	char *text = rules_of(&opt, &conf, "");

	assert_has_not(text, "fully-random");
	assert_has(text, "hook forward");
	assert_has(text, "ip saddr 10.244.0.0/16 accept");
	assert_has(text, "ip6 daddr fd00:10:244::/48 accept");
	free(text);

	/* Nothing wanted: a table of an earlier run goes. */
	memset(&opt, 0, sizeof(opt));
	text = rules_of(&opt, &conf, "");
	assert_string_equal(text, "add table inet flannel.1\ndelete table inet flannel.1\n");
	free(text);

	/* One family alone */
	opt.ip_masq = true;
	memset(&conf.v6, 0, sizeof(conf.v6));
	text = rules_of(&opt, &conf, "");
	assert_has_not(text, "ip6");
	free(text);

	opt.flowtable = true;
	text = rules_of(&opt, &conf, "\"flannel.1\", \"cni0\"");
	assert_has(text, "devices = { \"flannel.1\", \"cni0\" }");
	assert_has(text, "ip daddr 10.244.0.0/16 meta l4proto { tcp, udp } flow add @pods");
	free(text);
}

/* It is nft's language: checked without the kernel's help where that is refused. */
static void test_syntax(void **state)
{
	struct options opt = { .ip_masq = true, .iptables_forward_rules = true };
	struct netconf conf = dual_stack();
	char *text = rules_of(&opt, &conf, "");
	struct nft_ctx *nft = nft_open();
	const char *error;

	assert_non_null(nft);
	nft_ctx_set_dry_run(nft, true);
	if (nft_run_cmd_from_buffer(nft, text)) {
		error = nft_ctx_get_error_buffer(nft);
		if (!strstr(error, "Operation not permitted"))
			fail_msg("nft: %s", error);
	}
	nft_ctx_free(nft);
	free(text);
}

/* libnftables would end the process. */
static void test_no_nfnetlink(void **state)
{
	no_nfnetlink = EPROTONOSUPPORT;
	assert_null(nft_open());
	assert_int_equal(errno, EPROTONOSUPPORT);
	no_nfnetlink = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masquerade),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_no_nfnetlink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
