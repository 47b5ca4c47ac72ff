// SPDX-License-Identifier: GPL-2.0
/*
 * A kubeconfig file: cluster, user and context. Unsupported settings are refused,
 * never ignored: an agent with the wrong identity is worse than none.
 */
#include "kube/kubeconfig.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "base/util.h"

#define ERROR_LEN 256
#define FILE_MAX (1U << 20)

struct reader {
	struct kube_access *access;
	const char *path;
	char *error;
	yaml_document_t doc;
};

static bool __attribute__((format(printf, 2, 3)))
fail(struct reader *r, const char *fmt, ...)
{
	int n = snprintf(r->error, ERROR_LEN, "%.100s: ", r->path);
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->error + n, ERROR_LEN - n, fmt, args);
	va_end(args);
	return false;
}

/* YAML */

/* The value of a scalar, or NULL. */
static const char *scalar(const yaml_node_t *node)
{
	const char *text;

	if (!node || node->type != YAML_SCALAR_NODE)
		return NULL;
	text = (const char *)node->data.scalar.value;
	return strlen(text) == node->data.scalar.length ? text : NULL;
}

static yaml_node_t *member(struct reader *r, const yaml_node_t *map,
			   const char *key)
{
	const yaml_node_pair_t *pair;
	const char *name;

	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (pair = map->data.mapping.pairs.start;
	     pair < map->data.mapping.pairs.top; pair++) {
		name = scalar(yaml_document_get_node(&r->doc, pair->key));
		if (name && !strcmp(name, key))
			return yaml_document_get_node(&r->doc, pair->value);
	}
	return NULL;
}

/* A non-empty text, or NULL. */
static const char *text_of(struct reader *r, const yaml_node_t *map,
			   const char *key)
{
	const char *text = scalar(member(r, map, key));

	return text && *text && strcmp(text, "null") && strcmp(text, "~") ?
	       text : NULL;
}

/* "contexts: [{name: NAME, context: {...}}]": the inner map. */
static yaml_node_t *named(struct reader *r, const char *list, const char *kind,
			  const char *name)
{
	yaml_node_t *root = yaml_document_get_root_node(&r->doc), *entry;
	yaml_node_t *all = member(r, root, list);
	const yaml_node_item_t *item;
	const char *found;

	if (!all || all->type != YAML_SEQUENCE_NODE)
		return NULL;
	for (item = all->data.sequence.items.start;
	     item < all->data.sequence.items.top; item++) {
		entry = yaml_document_get_node(&r->doc, *item);
		found = text_of(r, entry, "name");
		if (found && !strcmp(found, name))
			return member(r, entry, kind);
	}
	return NULL;
}

/* Members */

static char *beside(struct reader *r, const char *file)
{
	const char *slash = strrchr(r->path, '/');

	if (*file == '/' || !slash)
		return xstrdup(file);
	return xasprintf("%.*s/%s", (int)(slash - r->path), r->path, file);
}

static bool take_inline(struct reader *r, char **place, const char *key,
			const char *text)
{
	gnutls_datum_t in = { (unsigned char *)text, strlen(text) }, out;
	bool ok;

	if (gnutls_base64_decode2(&in, &out) < 0 || !out.size)
		return fail(r, "%s is not base64", key);
	ok = kube_access_memory(r->access, place, out.data, out.size);
	explicit_bzero(out.data, out.size);
	gnutls_free(out.data);
	return ok || fail(r, "%s: no memory file: %s", key, strerror(errno));
}

/* A file by its name, or inline as KEY-data, which has priority. */
static bool take_file(struct reader *r, char **place, const yaml_node_t *map,
		      const char *key)
{
	char data_key[64];
	const char *text;

	snprintf(data_key, sizeof(data_key), "%s-data", key);
	text = text_of(r, map, data_key);
	if (text)
		return take_inline(r, place, data_key, text);
	text = text_of(r, map, key);
	if (text)
		*place = beside(r, text);
	return true;
}

static bool refuse(struct reader *r, const yaml_node_t *map, const char *key,
		   const char *instead)
{
	const yaml_node_t *node = member(r, map, key);
	const char *text = scalar(node);

	if (!node || (text && (!*text || !strcmp(text, "false") ||
			       !strcmp(text, "null"))))
		return true;
	return fail(r, "\"%s\" is not provided: %s", key, instead);
}

static bool take_cluster(struct reader *r, const yaml_node_t *cluster)
{
	const char *server = text_of(r, cluster, "server");
	const char *proxy = text_of(r, cluster, "proxy-url");
	size_t len;

	if (!refuse(r, cluster, "insecure-skip-tls-verify",
		    "name the authority by certificate-authority or certificate-authority-data") ||
	    !refuse(r, cluster, "tls-server-name",
		    "the certificate has to have the name or address of \"server\""))
		return false;
	if (server) {
		len = strlen(server);
		while (len && server[len - 1] == '/')
			len--;
		r->access->server = xasprintf("%.*s", (int)len, server);
	}
	if (proxy)
		r->access->proxy = xstrdup(proxy);
	return take_file(r, &r->access->ca_file, cluster,
			 "certificate-authority");
}

static bool take_user(struct reader *r, const yaml_node_t *user)
{
	static const char instead[] =
		"use a token, tokenFile, or a client certificate";
	static const char *const others[] = {
		"exec", "auth-provider", "username", "password", "as",
		"as-groups", "as-uid", "as-user-extra",
	};
	const char *token, *file;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (!refuse(r, user, others[i], instead))
			return false;
	file = text_of(r, user, "tokenFile");
	token = text_of(r, user, "token");
	if (file)
		r->access->token_file = beside(r, file);
	else if (token)
		r->access->token = xstrdup(token);
	return take_file(r, &r->access->cert_file, user, "client-certificate") &&
	       take_file(r, &r->access->key_file, user, "client-key");
}

static bool take_context(struct reader *r)
{
	yaml_node_t *root = yaml_document_get_root_node(&r->doc);
	const char *name = text_of(r, root, "current-context");
	const char *cluster_name, *user_name;
	yaml_node_t *context, *cluster, *user;

	if (!root || root->type != YAML_MAPPING_NODE)
		return fail(r, "this is no kubeconfig");
	if (!name)
		return fail(r, "it has no current-context");
	context = named(r, "contexts", "context", name);
	if (!context)
		return fail(r, "there is no context \"%.60s\"", name);
	cluster_name = text_of(r, context, "cluster");
	cluster = cluster_name ? named(r, "clusters", "cluster", cluster_name) :
				 NULL;
	if (!cluster)
		return fail(r, "there is no cluster \"%.60s\"",
			    cluster_name ? cluster_name : "");
	user_name = text_of(r, context, "user");
	user = user_name ? named(r, "users", "user", user_name) : NULL;
	if (user_name && !user)
		return fail(r, "there is no user \"%.60s\"", user_name);
	return take_cluster(r, cluster) && (!user || take_user(r, user));
}

static bool parse(struct reader *r, const char *text, size_t len)
{
	yaml_parser_t parser;
	bool ok;

	if (!yaml_parser_initialize(&parser))
		return fail(r, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &r->doc)) {
		ok = take_context(r);
		yaml_document_delete(&r->doc);
	} else {
		ok = fail(r, "no valid YAML: %s (line %zu)",
			  parser.problem ? parser.problem : "it cannot be read",
			  parser.problem_mark.line + 1);
	}
	yaml_parser_delete(&parser);
	return ok;
}

bool kubeconfig_read(struct kube_access *access, const char *path, char *error)
{
	struct reader r = { .access = access, .path = path, .error = error };
	/* A FIFO must not block this. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;
	struct stat st;
	ssize_t len;
	bool ok;

	if (fd < 0 || fstat(fd, &st)) {
		ok = fail(&r, "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		ok = fail(&r, "it is no regular file, or has more than 1 MiB");
	} else {
		text = xcalloc(1, st.st_size + 1);
		len = read(fd, text, st.st_size);
		ok = len < 0 ? fail(&r, "%s", strerror(errno)) :
			       parse(&r, text, len);
		explicit_bzero(text, st.st_size);
	}
	free(text);
	if (fd >= 0)
		close(fd);
	return ok;
}
