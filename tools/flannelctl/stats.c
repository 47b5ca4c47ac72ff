// SPDX-License-Identifier: GPL-2.0
/* flannelctl stats: the counters of devices. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "commands.h"
#include "lib/dev.h"
#include "lib/names.h"
#include "output.h"

static json_t *stats_json(const struct flc_dev *dev)
{
	json_t *object = json_object(), *stats = json_object();
	unsigned int i;

	for (i = 0; i <= FLANNEL_A_STATS_MAX; i++)
		if (dev->has_stats[i] && flc_name(&flc_stats_names, i))
			json_object_set_new(stats,
					    flc_name(&flc_stats_names, i),
					    json_integer(dev->stats[i]));
	json_object_set_new(object, "dev", json_string(dev->name));
	json_object_set_new(object, "stats", stats);
	return object;
}

static void stats_print(const struct flc_dev *dev, bool all)
{
	unsigned int i;

	printf("%s:\n", dev->name);
	for (i = 0; i <= FLANNEL_A_STATS_MAX; i++)
		if (dev->has_stats[i] && flc_name(&flc_stats_names, i) &&
		    (all || dev->stats[i]))
			printf("    %-22s %" PRIu64 "\n",
			       flc_name(&flc_stats_names, i), dev->stats[i]);
}

static void stats_show(const struct flc_dev *devs, size_t n, bool all)
{
	size_t i;

	output_begin();
	for (i = 0; i < n; i++) {
		if (output.json)
			output_item(stats_json(&devs[i]));
		else
			stats_print(&devs[i], all);
	}
	output_end();
}

int command_stats(struct args *args, struct flc_error *err)
{
	bool all = false;
	struct flc_dev_list list;
	struct flc_genl *genl;
	struct flc_dev dev;
	int ifindex = 0, ret = 0;

	while (args->n && !ret) {
		if (args_take(args, "dev"))
			ret = args_dev(args, "dev", &ifindex, err);
		else if (args_take(args, "all"))
			all = true;
		else
			ret = args_unknown(args_peek(args),
					   "expected: dev NAME or all", err);
	}
	if (ret)
		return ret;
	genl = flc_genl_open(err);
	if (!genl)
		return -err->code;
	if (ifindex) {
		ret = flc_dev_get(genl, ifindex, &dev, err);
		if (!ret)
			stats_show(&dev, 1, all);
	} else {
		ret = flc_dev_dump(genl, &list, err);
		if (!ret)
			stats_show(list.items, list.n, all);
		flc_dev_list_free(&list);
	}
	flc_genl_close(genl);
	return ret;
}
