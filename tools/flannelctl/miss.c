// SPDX-License-Identifier: GPL-2.0
/* flannelctl miss: show misses, and answer one manually. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "entry.h"
#include "lib/collect.h"
#include "lib/genl.h"
#include "output.h"

static int miss_cmp(const void *a, const void *b)
{
	const struct flc_miss *x = a, *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kind == FLANNEL_MISS_L2)
		return memcmp(&x->mac, &y->mac, sizeof(x->mac));
	return flc_prefix_cmp(&x->subnet, &y->subnet);
}

int command_miss_show(struct args *args, struct flc_error *err)
{
	struct flc_miss_list list;
	struct flc_genl *genl;
	int ifindex, ret;
	size_t i;

	ret = args_only_dev(args, &ifindex, err);
	if (ret)
		return ret;
	genl = flc_genl_open(err);
	if (!genl)
		return -err->code;
	ret = flc_miss_dump(genl, ifindex, &list, err);
	flc_genl_close(genl);
	if (ret)
		return ret;
	flc_sort(list.items, list.n, sizeof(*list.items), miss_cmp);
	output_begin();
	for (i = 0; i < list.n; i++) {
		const struct flc_miss *miss = &list.items[i];
		const char *dev = output_dev(miss->ifindex);

		if (output.json)
			output_item(entry_miss_json(miss, dev));
		else
			entry_miss_print(miss, dev);
	}
	output_end();
	output_interrupted(list.interrupted);
	flc_miss_list_free(&list);
	return 0;
}

/* The question to answer, and the answer. */
struct miss_words {
	int ifindex;
	bool asked;
	bool none;
	struct flc_miss miss;
	struct flc_lease lease;
	struct flc_fdb fdb;
};

static int miss_question(struct args *args, struct miss_words *words,
			 struct flc_error *err)
{
	struct flc_miss *miss = &words->miss;

	words->asked = true;
	miss->kind = FLANNEL_MISS_L3;
	if (flc_mac_parse(&miss->mac, args_peek(args))) {
		miss->kind = FLANNEL_MISS_L2;
		words->fdb.mac = miss->mac;
		args_next(args);
		return 0;
	}
	if (args_take(args, "source"))
		miss->kind = FLANNEL_MISS_SOURCE;
	if (!args->n)
		return args_unknown(NULL, "expected: SUBNET", err);
	return entry_subnet(args_next(args), &miss->subnet, err);
}

static int miss_word(struct args *args, struct miss_words *words,
		     struct flc_error *err)
{
	int ret;

	if (args_take(args, "dev"))
		return args_dev(args, "dev", &words->ifindex, err);
	if (!words->asked)
		return miss_question(args, words, err);
	if (args_take(args, "none")) {
		words->none = true;
		return 0;
	}
	if (words->miss.kind == FLANNEL_MISS_L2)
		ret = entry_fdb_word(args, &words->fdb, err);
	else
		ret = entry_lease_word(args, &words->lease, err);
	if (ret)
		return ret < 0 ? ret : 0;
	return args_unknown(args_peek(args),
			    "expected: dev NAME, and none or the arguments of a lease or an FDB entry",
			    err);
}

static int miss_send(const struct miss_words *words, struct flc_error *err)
{
	struct flc_answer answer = { 0 };
	struct flc_genl *genl;
	int ret;

	if (words->none) {
		answer.none = &words->miss;
		answer.n_none = 1;
	} else if (words->miss.kind == FLANNEL_MISS_L2) {
		answer.fdb = &words->fdb;
		answer.n_fdb = 1;
	} else {
		answer.leases = &words->lease;
		answer.n_leases = 1;
	}
	genl = flc_genl_open(err);
	if (!genl)
		return -err->code;
	ret = flc_miss_answer(genl, words->ifindex, &answer, err);
	flc_genl_close(genl);
	return ret;
}

int command_miss_answer(struct args *args, struct flc_error *err)
{
	struct miss_words words = { 0 };
	int ret = 0;

	while (args->n && !ret)
		ret = miss_word(args, &words, err);
	if (ret)
		return ret;
	if (!words.ifindex || !words.asked)
		return flc_error_set(err, EINVAL,
				     "expected: dev NAME, and SUBNET, source SUBNET or MAC");
	if (!words.none && words.miss.kind != FLANNEL_MISS_L2 &&
	    flc_mac_is_zero(&words.lease.mac))
		return flc_error_set(err, EINVAL,
				     "the answer is missing: none, or mac MAC and remote ADDRESS");
	if (!words.none && words.miss.kind == FLANNEL_MISS_L2 &&
	    !flc_addr_is_set(&words.fdb.remote))
		return flc_error_set(err, EINVAL,
				     "the answer is missing: none, or remote ADDRESS");
	words.lease.subnet = words.miss.subnet;
	return miss_send(&words, err);
}
