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
	const struct flc_lease *x = a, *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return flc_prefix_cmp(&x->subnet, &y->subnet);
}

static void lease_show(const struct flc_lease *lease)
{
	const char *dev = output_dev(lease->ifindex);

	if (output.json)
		output_item(entry_lease_json(lease, dev));
	else
		entry_lease_print(lease, dev);
}

int command_lease_show(struct args *args, struct flc_error *err)
{
	struct flc_lease_list list;
	struct flc_genl *genl;
	int ifindex, ret;
	size_t i;

	ret = args_only_dev(args, &ifindex, err);
	if (ret)
		return ret;
	genl = flc_genl_open(err);
	if (!genl)
		return -err->code;
	ret = flc_lease_dump(genl, ifindex, &list, err);
	flc_genl_close(genl);
	if (ret)
		return ret;
	flc_sort(list.items, list.n, sizeof(*list.items), lease_cmp);
	output_begin();
	for (i = 0; i < list.n; i++)
		lease_show(&list.items[i]);
	output_end();
	output_interrupted(list.interrupted);
	flc_lease_list_free(&list);
	return 0;
}

int command_lease_get(struct args *args, struct flc_error *err)
{
	struct flc_addr addr = { 0 };
	struct flc_lease lease = { 0 };
	struct flc_genl *genl;
	int ifindex = 0, ret = 0;

	while (args->n && !ret) {
		if (args_take(args, "dev"))
			ret = args_dev(args, "dev", &ifindex, err);
		else if (!flc_addr_is_set(&addr))
			ret = args_addr(args, "address", &addr, err);
		else
			ret = args_end(args, err);
	}
	if (ret)
		return ret;
	if (!ifindex || !flc_addr_is_set(&addr))
		return flc_error_set(err, EINVAL,
				     "expected: dev NAME ADDRESS");
	genl = flc_genl_open(err);
	if (!genl)
		return -err->code;
	ret = flc_lease_lookup(genl, ifindex, &addr, &lease, err);
	flc_genl_close(genl);
	if (ret)
		return ret;
	output_begin();
	lease_show(&lease);
	output_end();
	return 0;
}
