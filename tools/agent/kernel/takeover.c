// SPDX-License-Identifier: GPL-2.0
/*
 * Replacing devices of another type. The old ones are renamed rather than deleted:
 * deletion takes longer than a packet may wait, and if the new device does not come
 * up, the old ones are restored.
 */
#include "kernel/takeover.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/util.h"
#include "lib/link.h"
#include "lib/route.h"

void takeover_name(char *buf, const char *name, const char *what)
{
	/*
	 * "flannel.16777215" takes 16 bytes including the terminator: nothing can
	 * be appended.
	 */
	snprintf(buf, IF_NAMESIZE, "fl%s%s", what, name + strcspn(name, ".-"));
}

void takeover_remove_stray(struct flc_rtnl *rtnl, const char *name)
{
	struct flc_error err = { 0 };
	struct flc_link link;

	if (flc_link_find(rtnl, name, &link, NULL))
		return;
	log_notice("removing device %s, left behind by an interrupted start",
		   name);
	if (flc_link_del(rtnl, link.ifindex, &err))
		log_warning("cannot remove device %s: %s", name, err.text);
}

static int put_aside(struct takeover *takeover, const char *name,
		     struct flc_error *err)
{
	struct takeover_aside *aside = &takeover->asides[takeover->count];
	char other[IF_NAMESIZE] = "";
	struct flc_link_config config = { .name = other };
	struct flc_route filter;
	struct flc_link link;
	int ret;

	if (flc_link_find(takeover->rtnl, name, &link, NULL) ||
	    !strcmp(link.kind, takeover->kind) ||
	    (strcmp(link.kind, "vxlan") && strcmp(link.kind, "flannel")))
		return 0;

	filter = (struct flc_route){ .oif = link.ifindex };
	memset(aside, 0, sizeof(*aside));
	aside->ifindex = link.ifindex;
	snprintf(aside->name, sizeof(aside->name), "%s", name);
	if (flc_route_dump(takeover->rtnl, &filter, &aside->routes, NULL))
		log_debug("cannot read the routes of %s", name);

	/*
	 * A device whose name is not needed keeps it, because renaming takes time.
	 */
	if (!strcmp(name, takeover->name)) {
		takeover_name(other, name, "old");
		takeover_remove_stray(takeover->rtnl, other);
	}
	if (!takeover->count)
		takeover->since_ms = loop_now();
	ret = flc_link_set_up(takeover->rtnl, link.ifindex, false, err);
	if (!ret && *other)
		ret = flc_link_set(takeover->rtnl, link.ifindex, &config, err);
	/* Even if it failed halfway: then it must be restored. */
	takeover->count++;
	log_info("replacing device %s of type %s", name, link.kind);
	return ret;
}

int takeover_begin(struct takeover *takeover, struct flc_error *err)
{
	int ret = 0;
	size_t i;

	takeover->count = 0;
	/*
	 * The last one is down for the shortest time: it carries most of the
	 * traffic.
	 */
	for (i = 0; !ret && i < ARRAY_SIZE(takeover->replaces); i++)
		if (takeover->replaces[i])
			ret = put_aside(takeover, takeover->replaces[i], err);
	if (!ret)
		ret = put_aside(takeover, takeover->name, err);
	if (ret) {
		flc_error_prepend(err, "cannot rename the old device");
		takeover_undo(takeover);
	}
	return ret;
}

/* The new device may already have its name. */
static void free_name(struct takeover *takeover)
{
	struct flc_link_config config = { .set_up = true };
	char name[IF_NAMESIZE];

	takeover_name(name, takeover->name, "new");
	flc_link_set(takeover->rtnl, takeover->ifindex, &config, NULL);
	config = (struct flc_link_config){ .name = name };
	flc_link_set(takeover->rtnl, takeover->ifindex, &config, NULL);
}

void takeover_undo(struct takeover *takeover)
{
	struct flc_link_config config = { .set_up = true, .up = true };
	struct flc_error err = { 0 };
	size_t i, k;

	free_name(takeover);
	for (i = 0; i < takeover->count; i++) {
		struct takeover_aside *aside = &takeover->asides[i];

		config.name = aside->name;
		if (flc_link_set(takeover->rtnl, aside->ifindex, &config, &err))
			log_error("cannot restore device %s: %s",
				  aside->name, err.text);
		/*
		 * Each route depends on earlier ones: the kernel dumps them in that
		 * order.
		 */
		for (k = 0; k < aside->routes.n; k++)
			flc_route_replace(takeover->rtnl, &aside->routes.items[k],
					  NULL);
		flc_route_list_free(&aside->routes);
	}
	takeover->count = 0;
}

void takeover_finish(struct takeover *takeover)
{
	struct flc_error err = { 0 };
	size_t i;

	if (takeover->count)
		log_notice("device %s replaced the old one within %llu ms",
			   takeover->name,
			   (unsigned long long)(loop_now() - takeover->since_ms));
	for (i = 0; i < takeover->count; i++) {
		if (flc_link_del(takeover->rtnl, takeover->asides[i].ifindex, &err))
			log_warning("cannot remove the old device: %s",
				    err.text);
		flc_route_list_free(&takeover->asides[i].routes);
	}
	takeover->count = 0;
}
