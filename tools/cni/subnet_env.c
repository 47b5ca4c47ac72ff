// SPDX-License-Identifier: GPL-2.0
#include "subnet_env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was read from the file so far */
struct seen {
	bool network;
	bool subnet;
	bool mtu;
	bool ip_masq;
};

struct reader {
	struct subnet_env *env;
	const char *path;
	struct seen seen;
	struct cni_error *err;
};

static int bad_value(struct reader *reader, const char *key, const char *value,
		     const char *what)
{
	return cni_fail(reader->err, CNI_BAD_CONFIG, "%s: %s=%.100s is not %s",
			reader->path, key, value, what);
}

static bool parse_prefix(struct flc_prefix *prefix, const char *text, int family)
{
	struct flc_prefix parsed;

	if (!strchr(text, '/') || !flc_prefix_parse(&parsed, text) ||
	    parsed.addr.family != family)
		return false;
	parsed.addr = flc_addr_masked(&parsed.addr, parsed.len);
	*prefix = parsed;
	return true;
}

static int take_networks(struct reader *reader, const char *key, char *value,
			 int family)
{
	struct subnet_env *env = reader->env;
	char *rest, *one;

	for (one = strtok_r(value, ",", &rest); one;
	     one = strtok_r(NULL, ",", &rest)) {
		if (env->count == SUBNET_ENV_NETWORKS)
			return cni_fail(reader->err, CNI_BAD_CONFIG,
					"%s: more than %d networks", reader->path,
					SUBNET_ENV_NETWORKS);
		if (!parse_prefix(&env->networks[env->count], one, family))
			return bad_value(reader, key, one, family == AF_INET ?
					 "an IPv4 network" : "an IPv6 network");
		env->count++;
		reader->seen.network = true;
	}
	return 0;
}

static int take_subnet(struct reader *reader, const char *key,
		       const char *value, struct flc_prefix *subnet, int family)
{
	if (!parse_prefix(subnet, value, family))
		return bad_value(reader, key, value, family == AF_INET ?
				 "an IPv4 subnet" : "an IPv6 subnet");
	reader->seen.subnet = true;
	return 0;
}

static int take_mtu(struct reader *reader, const char *key, const char *value)
{
	unsigned long mtu;
	char *end;

	mtu = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || mtu < 68 || mtu > 65535)
		return bad_value(reader, key, value, "an MTU from 68 to 65535");
	reader->env->mtu = mtu;
	reader->seen.mtu = true;
	return 0;
}

static int take_ip_masq(struct reader *reader, const char *key,
			const char *value)
{
	bool yes = !strcasecmp(value, "true") || !strcasecmp(value, "t") ||
		   !strcmp(value, "1");

	if (!yes && strcasecmp(value, "false") && strcasecmp(value, "f") &&
	    strcmp(value, "0"))
		return bad_value(reader, key, value, "true or false");
	reader->env->ip_masq = yes;
	reader->seen.ip_masq = true;
	return 0;
}

static int take_line(struct reader *reader, char *line)
{
	struct subnet_env *env = reader->env;
	char *value = strchr(line, '=');

	if (strncmp(line, "FLANNEL_", 8))
		return 0;
	if (!value)
		return cni_fail(reader->err, CNI_TRY_AGAIN,
				"%s: \"%.100s\" has no value: half of the file is missing",
				reader->path, line);
	*value++ = '\0';
	if (!strcmp(line, "FLANNEL_NETWORK"))
		return take_networks(reader, line, value, AF_INET);
	if (!strcmp(line, "FLANNEL_IPV6_NETWORK"))
		return take_networks(reader, line, value, AF_INET6);
	if (!strcmp(line, "FLANNEL_SUBNET"))
		return take_subnet(reader, line, value, &env->subnet4, AF_INET);
	if (!strcmp(line, "FLANNEL_IPV6_SUBNET"))
		return take_subnet(reader, line, value, &env->subnet6, AF_INET6);
	if (!strcmp(line, "FLANNEL_MTU"))
		return take_mtu(reader, line, value);
	if (!strcmp(line, "FLANNEL_IPMASQ"))
		return take_ip_masq(reader, line, value);
	return 0;
}

static int check_complete(const struct reader *reader)
{
	const struct seen *seen = &reader->seen;
	char missing[96] = "";

	if (!seen->network)
		strcat(missing, ", FLANNEL_NETWORK");
	if (!seen->subnet)
		strcat(missing, ", FLANNEL_SUBNET");
	if (!seen->mtu)
		strcat(missing, ", FLANNEL_MTU");
	if (!seen->ip_masq)
		strcat(missing, ", FLANNEL_IPMASQ");
	if (!*missing)
		return 0;
	return cni_fail(reader->err, CNI_TRY_AGAIN, "%s: %s is missing",
			reader->path, missing + 2);
}

static FILE *open_file(const char *path, struct cni_error *err)
{
	/* A pipe instead of a file must not block the pod. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *file;

	if (fd < 0 && errno == ENOENT) {
		cni_fail(err, CNI_TRY_AGAIN,
			 "%s does not exist: flannel has no subnet for this node yet; does flannel-agent run?",
			 path);
		return NULL;
	}
	if (fd < 0 || fstat(fd, &st)) {
		cni_fail(err, CNI_IO, "cannot read %s: %s", path,
			 strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		cni_fail(err, CNI_IO, "%s is not a regular file", path);
		close(fd);
		return NULL;
	}
	file = fdopen(fd, "r");
	if (!file) {
		cni_fail(err, CNI_IO, "out of memory");
		close(fd);
	}
	return file;
}

int subnet_env_read(struct subnet_env *env, const char *path,
		    struct cni_error *err)
{
	struct reader reader = { .env = env, .path = path, .err = err };
	char line[4096];
	FILE *file;
	int ret = 0;

	*env = (struct subnet_env) { 0 };
	file = open_file(path, err);
	if (!file)
		return -1;
	while (!ret && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		ret = take_line(&reader, line);
	}
	if (!ret && ferror(file))
		ret = cni_fail(err, CNI_IO, "cannot read %s: %s", path,
			       strerror(errno));
	fclose(file);
	return ret ? ret : check_complete(&reader);
}
