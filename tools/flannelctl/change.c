// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the tables, as they are read: consecutive changes of one kind are
 * sent together.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "entry.h"

enum change_kind {
	CHANGE_LEASE_SET,
	CHANGE_LEASE_DEL,
	CHANGE_LEASE_FLUSH,
	CHANGE_FDB_SET,
	CHANGE_FDB_DEL,
	CHANGE_FDB_FLUSH,
};

/**
 * struct change - entries that are sent together
 * @kind: what to do with them
 * @mode: enum flc_set_mode or enum flc_fdb_mode
 * @ifindex: device
 * @has_generation: @generation was given
 * @generation: of the leases
 * @items: entries
 * @lines: source line of each of them
 * @n: how many
 * @room: capacity
 */
struct change {
	enum change_kind kind;
	int mode;
	int ifindex;
	bool has_generation;
	uint32_t generation;
	void *items;
	unsigned int *lines;
	size_t n;
	size_t room;
};

static const struct change_verb {
	const char *object;
	const char *verb;
	enum change_kind kind;
	int mode;
} change_verbs[] = {
	{ "lease", "set", CHANGE_LEASE_SET, FLC_SET },
	{ "lease", "add", CHANGE_LEASE_SET, FLC_SET_ADD },
	{ "lease", "replace", CHANGE_LEASE_SET, FLC_SET_REPLACE },
	{ "lease", "del", CHANGE_LEASE_DEL, 0 },
	{ "lease", "delete", CHANGE_LEASE_DEL, 0 },
	{ "lease", "flush", CHANGE_LEASE_FLUSH, 0 },
	{ "fdb", "set", CHANGE_FDB_SET, FLC_FDB_SET },
	{ "fdb", "add", CHANGE_FDB_SET, FLC_FDB_ADD },
	{ "fdb", "replace", CHANGE_FDB_SET, FLC_FDB_REPLACE },
	{ "fdb", "append", CHANGE_FDB_SET, FLC_FDB_APPEND },
	{ "fdb", "del", CHANGE_FDB_DEL, 0 },
	{ "fdb", "delete", CHANGE_FDB_DEL, 0 },
	{ "fdb", "flush", CHANGE_FDB_FLUSH, 0 },
};

/* The contents of one command. */
struct change_words {
	int ifindex;
	bool has_generation;
	uint32_t generation;
	bool has_subnet;
	bool has_mac;
	struct flc_lease lease;
	struct flc_fdb fdb;
};

static const struct change_verb *change_find(const char *object,
					     const char *verb)
{
	size_t i;

	for (i = 0; i < sizeof(change_verbs) / sizeof(change_verbs[0]); i++)
		if (!strcmp(object, change_verbs[i].object) &&
		    !strcmp(verb, change_verbs[i].verb))
			return &change_verbs[i];
	return NULL;
}

bool change_is(const char *object, const char *verb)
{
	return change_find(object, verb);
}

static size_t change_size(enum change_kind kind)
{
	switch (kind) {
	case CHANGE_LEASE_SET:
		return sizeof(struct flc_lease);
	case CHANGE_LEASE_DEL:
		return sizeof(struct flc_prefix);
	case CHANGE_FDB_SET:
	case CHANGE_FDB_DEL:
		return sizeof(struct flc_fdb);
	case CHANGE_LEASE_FLUSH:
	case CHANGE_FDB_FLUSH:
		break;
	}
	return 0;
}

static bool change_joins(const struct change *change,
			 const struct change_verb *verb,
			 const struct change_words *words)
{
	return change_size(verb->kind) && change->kind == verb->kind &&
	       change->mode == verb->mode &&
	       change->ifindex == words->ifindex &&
	       change->has_generation == words->has_generation &&
	       change->generation == words->generation;
}

/* The change for the entry: the last one or a new one. */
static struct change *change_of(struct changes *changes,
				const struct change_verb *verb,
				const struct change_words *words)
{
	struct change *items;

	if (changes->n &&
	    change_joins(&changes->items[changes->n - 1], verb, words))
		return &changes->items[changes->n - 1];
	items = reallocarray(changes->items, changes->n + 1, sizeof(*items));
	if (!items)
		return NULL;
	changes->items = items;
	items[changes->n] = (struct change) {
		.kind		= verb->kind,
		.mode		= verb->mode,
		.ifindex	= words->ifindex,
		.has_generation	= words->has_generation,
		.generation	= words->generation,
	};
	return &items[changes->n++];
}

static bool change_grow(struct change *change, size_t size)
{
	size_t room = change->room ? 2 * change->room : 1;
	unsigned int *lines;
	void *items;

	if (change->n < change->room)
		return true;
	lines = reallocarray(change->lines, room, sizeof(*lines));
	if (!lines)
		return false;
	change->lines = lines;
	items = reallocarray(change->items, room, size ? size : 1);
	if (!items)
		return false;
	change->items = items;
	change->room = room;
	return true;
}

static int change_append(struct changes *changes,
			 const struct change_verb *verb,
			 const struct change_words *words, unsigned int line,
			 struct flc_error *err)
{
	struct change *change = change_of(changes, verb, words);
	size_t size = change_size(verb->kind);
	const void *entry = NULL;

	if (!change || !change_grow(change, size))
		return flc_error_set(err, ENOMEM, "no memory for more entries");
	if (verb->kind == CHANGE_LEASE_SET)
		entry = &words->lease;
	else if (verb->kind == CHANGE_LEASE_DEL)
		entry = &words->lease.subnet;
	else
		entry = &words->fdb;
	memcpy((char *)change->items + change->n * size, entry, size);
	change->lines[change->n++] = line;
	return 0;
}

/* Reading ----------------------------------------------------------------- */

static const char *const change_expected[] = {
	[CHANGE_LEASE_SET]	=
		"expected: dev NAME SUBNET mac MAC remote ADDRESS [permanent] [generation NUMBER]",
	[CHANGE_LEASE_DEL]	= "expected: dev NAME SUBNET",
	[CHANGE_LEASE_FLUSH]	= "expected: dev NAME [except generation NUMBER]",
	[CHANGE_FDB_SET]	=
		"expected: dev NAME MAC remote ADDRESS [port PORT] [vni VNI] [via NAME] [STATE]",
	[CHANGE_FDB_DEL]	=
		"expected: dev NAME MAC [remote ADDRESS] [port PORT] [vni VNI] [via NAME]",
	[CHANGE_FDB_FLUSH]	= "expected: dev NAME",
};

static int change_generation(struct args *args, struct change_words *words,
			     struct flc_error *err)
{
	words->has_generation = true;
	return args_number(args, "generation", 0, UINT32_MAX,
			   &words->generation, err);
}

/* The key of an entry. */
static int change_key(struct args *args, enum change_kind kind,
		      struct change_words *words, struct flc_error *err)
{
	const char *word = args_peek(args);

	if ((kind == CHANGE_LEASE_SET || kind == CHANGE_LEASE_DEL) &&
	    !words->has_subnet) {
		words->has_subnet = true;
		return entry_subnet(args_next(args), &words->lease.subnet,
				    err);
	}
	if ((kind == CHANGE_FDB_SET || kind == CHANGE_FDB_DEL) &&
	    !words->has_mac && flc_mac_parse(&words->fdb.mac, word)) {
		words->has_mac = true;
		args_next(args);
		return 0;
	}
	return args_unknown(word, change_expected[kind], err);
}

static int change_word(struct args *args, enum change_kind kind,
		       struct change_words *words, struct flc_error *err)
{
	int ret = 0;

	if (args_take(args, "dev"))
		return args_dev(args, "dev", &words->ifindex, err);
	switch (kind) {
	case CHANGE_LEASE_SET:
		if (args_take(args, "generation"))
			return change_generation(args, words, err);
		ret = entry_lease_word(args, &words->lease, err);
		break;
	case CHANGE_LEASE_FLUSH:
		if (!args_take(args, "except"))
			break;
		if (!args_take(args, "generation"))
			return args_unknown(args_peek(args),
					    "expected: generation NUMBER",
					    err);
		return change_generation(args, words, err);
	case CHANGE_FDB_SET:
	case CHANGE_FDB_DEL:
		ret = entry_fdb_word(args, &words->fdb, err);
		break;
	case CHANGE_LEASE_DEL:
	case CHANGE_FDB_FLUSH:
		break;
	}
	if (ret)
		return ret < 0 ? ret : 0;
	return change_key(args, kind, words, err);
}

static int change_complete(enum change_kind kind,
			   const struct change_words *words,
			   struct flc_error *err)
{
	const struct flc_lease *lease = &words->lease;
	const char *missing = NULL;

	if (!words->ifindex)
		missing = "the device (dev NAME)";
	else if ((kind == CHANGE_LEASE_SET || kind == CHANGE_LEASE_DEL) &&
		 !words->has_subnet)
		missing = "the subnet";
	else if ((kind == CHANGE_FDB_SET || kind == CHANGE_FDB_DEL) &&
		 !words->has_mac)
		missing = "the MAC";
	else if (kind == CHANGE_LEASE_SET && flc_mac_is_zero(&lease->mac))
		missing = "the MAC of the peer (mac MAC)";
	else if (kind == CHANGE_LEASE_SET &&
		 !flc_addr_is_set(&lease->remote4) &&
		 !flc_addr_is_set(&lease->remote6))
		missing = "the address of the peer (remote ADDRESS)";
	else if (kind == CHANGE_FDB_SET && !flc_addr_is_set(&words->fdb.remote))
		missing = "the address of the peer (remote ADDRESS)";
	if (missing)
		return flc_error_set(err, EINVAL, "%s is missing", missing);
	return 0;
}

int changes_read(struct changes *changes, struct args *args,
		 const char *object, const char *verb, unsigned int line,
		 struct flc_error *err)
{
	const struct change_verb *found = change_find(object, verb);
	struct change_words words = { 0 };
	int ret = 0;

	while (args->n && !ret)
		ret = change_word(args, found->kind, &words, err);
	if (!ret)
		ret = change_complete(found->kind, &words, err);
	if (!ret)
		ret = change_append(changes, found, &words, line, err);
	return ret;
}

/* Applying ---------------------------------------------------------------- */

static int change_apply(const struct change *change, struct flc_genl *genl,
			struct flc_error *err)
{
	switch (change->kind) {
	case CHANGE_LEASE_SET:
		return flc_lease_set(genl, change->ifindex, change->items,
				     change->n, change->mode,
				     change->generation, err);
	case CHANGE_LEASE_DEL:
		return flc_lease_del(genl, change->ifindex, change->items,
				     change->n, err);
	case CHANGE_LEASE_FLUSH:
		if (change->has_generation)
			return flc_lease_flush_others(genl, change->ifindex,
						      change->generation, err);
		return flc_lease_flush(genl, change->ifindex, err);
	case CHANGE_FDB_SET:
		return flc_fdb_set(genl, change->ifindex, change->items,
				   change->n, change->mode, err);
	case CHANGE_FDB_DEL:
		return flc_fdb_del(genl, change->ifindex, change->items,
				   change->n, err);
	case CHANGE_FDB_FLUSH:
		break;
	}
	return flc_fdb_flush(genl, change->ifindex, err);
}

int changes_apply(const struct changes *changes, struct flc_genl *genl,
		  unsigned int *line, struct flc_error *err)
{
	size_t i;
	int ret;

	*line = 0;
	for (i = 0; i < changes->n; i++) {
		const struct change *change = &changes->items[i];

		ret = change_apply(change, genl, err);
		if (!ret)
			continue;
		if (change->n == 1)
			*line = change->lines[0];
		else if (err->has_index && err->index < change->n)
			*line = change->lines[err->index];
		return ret;
	}
	return 0;
}

void changes_free(struct changes *changes)
{
	size_t i;

	for (i = 0; i < changes->n; i++) {
		free(changes->items[i].items);
		free(changes->items[i].lines);
	}
	free(changes->items);
	memset(changes, 0, sizeof(*changes));
}
