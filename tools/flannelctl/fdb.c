// SPDX-License-Identifier: GPL-2.0
/* flannelctl fdb: show and get. The rest is in change.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "entry.h"
#include "lib/collect.h"
#include "lib/genl.h"
#include "output.h"

static int fdb_cmp(const void *a, const void *b)
{
	const struct flc_fdb *x = a, *y = b;
	int order;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	order = memcmp(&x->mac, &y->mac, sizeof(x->mac));
	return order ? order : flc_addr_cmp(&x->remote, &y->remote);
}

static void fdb_show(struct flc_fdb_list *list)
{
	size_t i;

	flc_sort(list->items, list->n, sizeof(*list->items), fdb_cmp);
	output_begin();
	for (i = 0; i < list->n; i++) {
		const struct flc_fdb *fdb = &list->items[i];
		const char *dev = output_dev(fdb->ifindex);

		if (output.json)
			output_item(entry_fdb_json(fdb, dev));
		else
			entry_fdb_print(fdb, dev);
	}
	output_end();
	output_interrupted(list->interrupted);
}

int command_fdb_show(struct args *args, struct flc_error *err)
{
	struct flc_fdb_list list;
	struct flc_genl *genl;
	int ifindex, ret;

	ret = args_only_dev(args, &ifindex, err);
	if (ret)
		return ret;
	genl = flc_genl_open(err);
	if (!genl)
		return -err->code;
	ret = flc_fdb_dump(genl, ifindex, &list, err);
	flc_genl_close(genl);
	if (ret)
		return ret;
	fdb_show(&list);
	flc_fdb_list_free(&list);
	return 0;
}

int command_fdb_get(struct args *args, struct flc_error *err)
{
	struct flc_fdb_list list;
	struct flc_mac mac;
	struct flc_genl *genl;
	bool has_mac = false;
	int ifindex = 0, ret = 0;

	while (args->n && !ret) {
		if (args_take(args, "dev")) {
			ret = args_dev(args, "dev", &ifindex, err);
		} else if (!has_mac) {
			ret = args_mac(args, "MAC", &mac, err);
			has_mac = true;
		} else {
			ret = args_end(args, err);
		}
	}
	if (ret)
		return ret;
	if (!ifindex || !has_mac)
		return flc_error_set(err, EINVAL,
				     "expected: dev NAME MAC");
	genl = flc_genl_open(err);
	if (!genl)
		return -err->code;
	ret = flc_fdb_lookup(genl, ifindex, &mac, &list, err);
	flc_genl_close(genl);
	if (ret)
		return ret;
	fdb_show(&list);
	flc_fdb_list_free(&list);
	return 0;
}
