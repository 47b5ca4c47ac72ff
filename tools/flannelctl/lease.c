// SPDX-License-Identifier: GPL-2.0
/* flannelctl lease: show and get. The rest is in change.c. */
#include <errno.h>
#include <stdlib.h>

#include "commands.h"
#include "entry.h"
#include "lib/collect.h"
#include "lib/genl.h"
#include "output.h"

static int lease_cmp(const void *a, const void *b)
{
	const struct fl_lease *x = a, *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return fl_prefix_cmp(&x->subnet, &y->subnet);
}

static void lease_show(const struct fl_lease *lease)
{
	const char *dev = output_dev(lease->ifindex);

	if (output.json)
		output_item(entry_lease_json(lease, dev));
	else
		entry_lease_print(lease, dev);
}

int command_lease_show(struct args *args, struct fl_error *err)
{
	struct fl_lease_list list;
	struct fl_genl *genl;
	int ifindex, ret;
	size_t i;

	ret = args_only_dev(args, &ifindex, err);
	if (ret)
		return ret;
	genl = fl_genl_open(err);
	if (!genl)
		return -err->code;
	ret = fl_lease_dump(genl, ifindex, &list, err);
	fl_genl_close(genl);
	if (ret)
		return ret;
	fl_sort(list.items, list.n, sizeof(*list.items), lease_cmp);
	output_begin();
	for (i = 0; i < list.n; i++)
		lease_show(&list.items[i]);
	output_end();
	output_interrupted(list.interrupted);
	fl_lease_list_free(&list);
	return 0;
}

int command_lease_get(struct args *args, struct fl_error *err)
{
	struct fl_addr addr = { 0 };
	struct fl_lease lease = { 0 };
	struct fl_genl *genl;
	int ifindex = 0, ret = 0;

	while (args->n && !ret) {
		if (args_take(args, "dev"))
			ret = args_dev(args, "dev", &ifindex, err);
		else if (!fl_addr_is_set(&addr))
			ret = args_addr(args, "address", &addr, err);
		else
			ret = args_end(args, err);
	}
	if (ret)
		return ret;
	if (!ifindex || !fl_addr_is_set(&addr))
		return fl_error_set(err, EINVAL,
				    "expected is dev NAME and an inner address");
	genl = fl_genl_open(err);
	if (!genl)
		return -err->code;
	ret = fl_lease_lookup(genl, ifindex, &addr, &lease, err);
	fl_genl_close(genl);
	if (ret)
		return ret;
	output_begin();
	lease_show(&lease);
	output_end();
	return 0;
}
