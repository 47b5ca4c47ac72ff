// SPDX-License-Identifier: GPL-2.0
/* What becomes of the underlay: kept as long as it is there, and no longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/util.h"
#include "kernel/follow.h"

#define MOST 8

/* A host, and an agent on it. */
struct world {
	struct options opt;
	const char *ifaces[2];
	struct underlay_wish wish;
	struct flc_link links[MOST];
	struct flc_ipaddr addrs[MOST];
	struct host host;
	struct underlay u;
	struct follow follow;
	uint64_t now;
	struct flc_error err;
};

static struct flc_link *add_link(struct world *w, int ifindex, const char *name)
{
	struct flc_link *link = &w->links[w->host.links.n++];

	*link = (struct flc_link){
		.ifindex = ifindex, .mtu = 1500, .flags = IFF_UP,
	};
	snprintf(link->name, sizeof(link->name), "%s", name);
	return link;
}

static void add(struct world *w, int ifindex, const char *addr, uint32_t flags)
{
	struct flc_ipaddr *a = &w->addrs[w->host.addrs.n++];

	*a = (struct flc_ipaddr){ .ifindex = ifindex, .flags = flags };
	assert_true(flc_prefix_parse(&a->addr, addr));
}

static struct flc_ipaddr *find(struct world *w, const char *addr)
{
	struct flc_prefix p;
	size_t i;

	assert_true(flc_prefix_parse(&p, addr));
	for (i = 0; i < w->host.addrs.n; i++)
		if (flc_prefix_equal(&w->addrs[i].addr, &p))
			return &w->addrs[i];
	fail_msg("no %s", addr);
	return NULL;
}

static void del(struct world *w, const char *addr)
{
	struct flc_ipaddr *a = find(w, addr);

	*a = w->addrs[--w->host.addrs.n];
}

static void del_link(struct world *w, int ifindex)
{
	size_t i = 0;

	while (i < w->host.addrs.n) {
		if (w->addrs[i].ifindex == ifindex)
			w->addrs[i] = w->addrs[--w->host.addrs.n];
		else
			i++;
	}
	for (i = 0; i < w->host.links.n; i++)
		if (w->links[i].ifindex == ifindex)
			w->links[i] = w->links[--w->host.links.n];
}

/* lo, eth0 (2), eth1 (3); the agent was told --iface=eth0, or what @iface says. */
static void begin(struct world *w, const char *iface, bool want4, bool want6)
{
	memset(w, 0, sizeof(*w));
	w->host.links.items = w->links;
	w->host.addrs.items = w->addrs;
	w->ifaces[0] = iface;
	w->opt.iface.items = w->ifaces;
	w->opt.iface.count = 1;
	w->opt.iface_can_reach = "";
	w->opt.public_ip = "";
	w->opt.public_ipv6 = "";
	w->wish = (struct underlay_wish){
		.opt = &w->opt, .want4 = want4, .want6 = want6,
	};
	w->now = 1000;
	add_link(w, 1, "lo")->flags |= IFF_LOOPBACK;
	add_link(w, 2, "eth0");
	add_link(w, 3, "eth1");
	add(w, 1, "127.0.0.1/8", IFA_F_PERMANENT);
	add(w, 2, "198.51.100.1/24", IFA_F_PERMANENT);
	add(w, 3, "203.0.113.1/24", IFA_F_PERMANENT);
}

static void choose(struct world *w)
{
	if (underlay_choose(&w->u, &w->host, &w->wish, &w->err))
		fail_msg("%s", w->err.text);
}

static int look(struct world *w)
{
	w->err.text[0] = '\0';
	return follow_underlay(&w->follow, &w->u, &w->host, &w->wish, w->now,
			       &w->err);
}

/* It is there, by this interface and these addresses: "eth0 A4 A6". */
static void is(struct world *w, const char *expected)
{
	char a4[FLC_ADDR_STRLEN], a6[FLC_ADDR_STRLEN], seen[160];

	snprintf(seen, sizeof(seen), "%s %s %s", w->u.name,
		 flc_addr_text(&w->u.local4, a4), flc_addr_text(&w->u.local6, a6));
	assert_string_equal(seen, expected);
}

static void stays(struct world *w, const char *expected)
{
	if (look(w))
		fail_msg("%s", w->err.text);
	is(w, expected);
}

/* Something is missed, but all is as it was until @w->now + FOLLOW_HOLD_MS. */
static void waits(struct world *w, int code, const char *expected)
{
	assert_int_equal(look(w), code);
	assert_true(w->err.text[0]);
	is(w, expected);
	w->now += FOLLOW_HOLD_MS - 1;
	assert_int_equal(look(w), code);
	is(w, expected);
	w->now += 1;
}

static void test_others_appear(void **state)
{
	struct world w;

	begin(&w, "eth0", true, false);
	choose(&w);
	stays(&w, "eth0 198.51.100.1 none");
	add(&w, 2, "198.51.100.0/24", IFA_F_PERMANENT);
	add(&w, 2, "2001:db8::1/64", IFA_F_PERMANENT);
	stays(&w, "eth0 198.51.100.1 none");
	/* It is a secondary one of DHCP by now, and on its way out. */
	find(&w, "198.51.100.1/24")->flags = IFA_F_SECONDARY | IFA_F_DEPRECATED;
	stays(&w, "eth0 198.51.100.1 none");
	/* A cable was pulled and plugged in again. */
	find(&w, "198.51.100.1/24")->flags = IFA_F_TENTATIVE;
	stays(&w, "eth0 198.51.100.1 none");
	w.links[1].mtu = 9000;
	stays(&w, "eth0 198.51.100.1 none");
	assert_int_equal(w.u.mtu, 9000);
}

static void test_renamed(void **state)
{
	struct world w;

	begin(&w, "eth0", true, false);
	choose(&w);
	strcpy(w.links[1].name, "uplink");
	stays(&w, "uplink 198.51.100.1 none");
	/* Another one gets the name. */
	strcpy(w.links[2].name, "eth0");
	stays(&w, "uplink 198.51.100.1 none");
}

static void test_pause(void **state)
{
	struct world w;

	begin(&w, "eth0", true, false);
	choose(&w);
	del(&w, "198.51.100.1/24");
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
	/* DHCP does not answer. */
	add(&w, 2, "169.254.3.4/16", IFA_F_PERMANENT);
	waits(&w, -EADDRNOTAVAIL, "eth0 198.51.100.1 none");
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
	is(&w, "eth0 198.51.100.1 none");
	add(&w, 2, "198.51.100.1/24", 0);
	stays(&w, "eth0 198.51.100.1 none");
	/* Duplicate address: nobody can use it. */
	find(&w, "198.51.100.1/24")->flags = IFA_F_DADFAILED;
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
}

static void test_renumbered(void **state)
{
	struct world w;

	begin(&w, "eth0", true, true);
	add(&w, 2, "2001:db8:1::1/64", 0);
	choose(&w);
	stays(&w, "eth0 198.51.100.1 2001:db8:1::1");
	/* By RA: the new one, the old one deprecated, the old one gone. */
	add(&w, 2, "2001:db8:2::1/64", 0);
	find(&w, "2001:db8:1::1/64")->flags = IFA_F_DEPRECATED;
	stays(&w, "eth0 198.51.100.1 2001:db8:1::1");
	del(&w, "2001:db8:1::1/64");
	stays(&w, "eth0 198.51.100.1 2001:db8:2::1");
	/* By DHCP, with a moment in between. */
	del(&w, "198.51.100.1/24");
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
	is(&w, "eth0 198.51.100.1 2001:db8:2::1");
	add(&w, 2, "198.51.100.77/24", 0);
	stays(&w, "eth0 198.51.100.77 2001:db8:2::1");
}

static void test_families(void **state)
{
	struct world w;

	begin(&w, "eth0", true, true);
	choose(&w);
	is(&w, "eth0 198.51.100.1 none");
	add(&w, 2, "fe80::1/64", IFA_F_PERMANENT);
	add(&w, 2, "2001:db8::1/64", IFA_F_TENTATIVE | IFA_F_PERMANENT);
	stays(&w, "eth0 198.51.100.1 none");
	find(&w, "2001:db8::1/64")->flags = IFA_F_PERMANENT;
	stays(&w, "eth0 198.51.100.1 2001:db8::1");

	del(&w, "2001:db8::1/64");
	waits(&w, -EADDRNOTAVAIL, "eth0 198.51.100.1 2001:db8::1");
	stays(&w, "eth0 198.51.100.1 none");
	assert_false(flc_addr_is_set(&w.u.public6));
	add(&w, 2, "2001:db8::1/64", IFA_F_PERMANENT);
	stays(&w, "eth0 198.51.100.1 2001:db8::1");

	/* The other one, and what was missed before does not count. */
	del(&w, "198.51.100.1/24");
	waits(&w, -EADDRNOTAVAIL, "eth0 198.51.100.1 2001:db8::1");
	stays(&w, "eth0 none 2001:db8::1");
	add(&w, 2, "198.51.100.1/24", IFA_F_PERMANENT);
	stays(&w, "eth0 198.51.100.1 2001:db8::1");
}

/* A family that the overlay has not is used for want of the other one. */
static void test_other_family(void **state)
{
	struct world w;

	begin(&w, "eth0", false, true);
	choose(&w);
	is(&w, "eth0 198.51.100.1 none");
	add(&w, 2, "2001:db8::1/64", IFA_F_PERMANENT);
	stays(&w, "eth0 198.51.100.1 2001:db8::1");
	begin(&w, "eth0", true, false);
	choose(&w);
	add(&w, 2, "2001:db8::1/64", IFA_F_PERMANENT);
	stays(&w, "eth0 198.51.100.1 none");
}

static void test_bridge(void **state)
{
	struct world w;

	begin(&w, "eth0", true, false);
	choose(&w);
	add_link(&w, 9, "br0");
	strcpy(w.links[3].kind, "bridge");
	w.links[1].master = 9;
	stays(&w, "eth0 198.51.100.1 none");
	/* On both for a moment. */
	add(&w, 9, "198.51.100.1/24", IFA_F_PERMANENT);
	stays(&w, "eth0 198.51.100.1 none");
	w.addrs[1] = w.addrs[--w.host.addrs.n];
	w.addrs[1].ifindex = 9;
	stays(&w, "br0 198.51.100.1 none");
	assert_int_equal(w.u.ifindex, 9);
	/* And back. */
	w.addrs[1].ifindex = 2;
	stays(&w, "eth0 198.51.100.1 none");

	/* The bridge got another one, by DHCP. */
	del(&w, "198.51.100.1/24");
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
	add(&w, 9, "198.51.100.44/24", 0);
	stays(&w, "br0 198.51.100.44 none");

	/* A VRF has addresses, but takes no one's place. */
	begin(&w, "eth0", true, false);
	choose(&w);
	add_link(&w, 9, "red");
	strcpy(w.links[3].kind, "vrf");
	add(&w, 9, "192.0.2.1/32", IFA_F_PERMANENT);
	w.links[1].master = 9;
	del(&w, "198.51.100.1/24");
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
	is(&w, "eth0 198.51.100.1 none");
}

/* The overlay's own device has no say, whatever addresses it is given. */
static void test_overlay(void **state)
{
	struct world w;

	begin(&w, "eth0", true, false);
	choose(&w);
	add_link(&w, 9, "flannel.1");
	add(&w, 9, "198.51.100.1/24", IFA_F_PERMANENT);
	stays(&w, "eth0 198.51.100.1 none");
	w.addrs[1] = w.addrs[--w.host.addrs.n];
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
	is(&w, "eth0 198.51.100.1 none");
}

static void test_gone(void **state)
{
	struct world w;

	begin(&w, "eth0", true, false);
	w.ifaces[1] = "eth1";
	w.opt.iface.count = 2;
	choose(&w);
	del_link(&w, 2);
	waits(&w, -ENODEV, "eth0 198.51.100.1 none");
	stays(&w, "eth1 203.0.113.1 none");
	/* It comes back too late. */
	add_link(&w, 12, "eth0");
	add(&w, 12, "198.51.100.1/24", IFA_F_PERMANENT);
	stays(&w, "eth1 203.0.113.1 none");

	/* Made anew, first without its address. */
	begin(&w, "eth0", true, false);
	choose(&w);
	del_link(&w, 2);
	assert_int_equal(look(&w), -ENODEV);
	add_link(&w, 12, "eth0");
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
	add(&w, 12, "198.51.100.1/24", IFA_F_PERMANENT);
	stays(&w, "eth0 198.51.100.1 none");
	assert_int_equal(w.u.ifindex, 12);
}

/* --iface=ADDRESS is this address, not another one of its interface. */
static void test_asked(void **state)
{
	struct world w;

	begin(&w, "198.51.100.1", true, false);
	add(&w, 2, "198.51.100.2/24", IFA_F_PERMANENT);
	choose(&w);
	del(&w, "198.51.100.1/24");
	waits(&w, -EADDRNOTAVAIL, "eth0 198.51.100.1 none");
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
	is(&w, "eth0 198.51.100.1 none");
	/* Wherever it is. */
	add(&w, 3, "198.51.100.1/24", IFA_F_PERMANENT);
	stays(&w, "eth1 198.51.100.1 none");
}

static void test_public(void **state)
{
	struct world w;
	char buf[FLC_ADDR_STRLEN];

	/* That of a NAT. */
	begin(&w, "eth0", true, false);
	w.opt.public_ip = "192.0.2.9";
	choose(&w);
	is(&w, "eth0 198.51.100.1 none");
	assert_string_equal(flc_addr_text(&w.u.public4, buf), "192.0.2.9");
	del(&w, "198.51.100.1/24");
	add(&w, 2, "198.51.100.8/24", 0);
	stays(&w, "eth0 198.51.100.8 none");
	assert_string_equal(flc_addr_text(&w.u.public4, buf), "192.0.2.9");
	/* It turns out to be this host's, and is missed when it goes. */
	add(&w, 1, "192.0.2.9/32", IFA_F_PERMANENT);
	stays(&w, "eth0 192.0.2.9 none");
	del(&w, "192.0.2.9/32");
	waits(&w, -EADDRNOTAVAIL, "eth0 192.0.2.9 none");
	assert_int_equal(look(&w), -EADDRNOTAVAIL);
	is(&w, "eth0 192.0.2.9 none");

	/* This host's from the start; also another card's. */
	begin(&w, "eth0", true, false);
	w.opt.public_ip = "203.0.113.1";
	choose(&w);
	is(&w, "eth0 203.0.113.1 none");
	stays(&w, "eth0 203.0.113.1 none");
	assert_int_equal(w.u.ifindex, 2);

	/* On a loopback, without a way out. */
	begin(&w, "192.0.2.9", true, false);
	add(&w, 1, "192.0.2.9/32", IFA_F_PERMANENT);
	assert_true(underlay_choose(&w.u, &w.host, &w.wish, &w.err) < 0);
	assert_non_null(strstr(w.err.text, "is on lo, which leads nowhere"));
}

static struct flc_link overlay_device(struct world *w, int link, const char *local)
{
	struct flc_link *device = add_link(w, 20, "flannel.1");

	FLC_OPTION(&device->options, LINK, link, link);
	device->options.has[IFLA_FLANNEL_LOCAL] = true;
	assert_true(flc_addr_parse(&device->options.local, local));
	return *device;
}

static void test_resume(void **state)
{
	struct flc_link device;
	struct world w;

	begin(&w, "eth0", true, false);
	w.opt.iface.count = 0;
	device = overlay_device(&w, 3, "203.0.113.1");
	assert_true(follow_resume(&w.u, &device, &w.host, &w.wish));
	is(&w, "eth1 203.0.113.1 none");
	assert_int_equal(w.u.mtu, 1500);
	assert_true(flc_addr_equal(&w.u.public4, &w.u.local4));
	/* Flags come first. */
	w.opt.iface.count = 1;
	assert_false(follow_resume(&w.u, &device, &w.host, &w.wish));
	w.opt.iface.count = 0;
	w.opt.public_ip = "192.0.2.9";
	assert_false(follow_resume(&w.u, &device, &w.host, &w.wish));
	w.opt.public_ip = "";
	/* It is down, or its address is gone. */
	w.links[2].flags = 0;
	assert_false(follow_resume(&w.u, &device, &w.host, &w.wish));
	w.links[2].flags = IFF_UP;
	assert_true(follow_resume(&w.u, &device, &w.host, &w.wish));
	del(&w, "203.0.113.1/24");
	assert_false(follow_resume(&w.u, &device, &w.host, &w.wish));
	add(&w, 3, "203.0.113.2/24", 0);
	assert_false(follow_resume(&w.u, &device, &w.host, &w.wish));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_appear),
		cmocka_unit_test(test_renamed),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_renumbered),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_other_family),
		cmocka_unit_test(test_bridge),
		cmocka_unit_test(test_overlay),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_resume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
