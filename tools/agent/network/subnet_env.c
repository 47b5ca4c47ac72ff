// SPDX-License-Identifier: GPL-2.0
/* subnet.env and the Docker options, written atomically. */
#include "network/subnet_env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/util.h"

void subnet_env_make_folder(const char *path)
{
	char *copy = xstrdup(path), *slash;

	for (slash = strchr(copy + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);	/* what fails here fails at open() */
		*slash = '/';
	}
	free(copy);
}

static int keep_text(const char *path, const char *text, struct flc_error *err)
{
	int ret;

	if (file_has(path, text, strlen(text)))
		return 0;
	subnet_env_make_folder(path);
	ret = file_replace(path, text, strlen(text), NULL);
	if (ret)
		return flc_error_set(err, -ret, "cannot write %s: %s", path,
				     strerror(-ret));
	return 1;
}

/* The subnet with its first usable address: 10.5.72.1/24 of 10.5.72.0/24. */
static const char *first_usable(const struct flc_prefix *subnet, char *buf)
{
	struct flc_prefix p = *subnet;

	p.addr.bytes[flc_family_bytes(p.addr.family) - 1] |= 1;
	return flc_prefix_text(&p, buf);
}

int subnet_env_keep(const char *path, const struct subnet_env *env,
		    struct flc_error *err)
{
	char net[FLC_PREFIX_STRLEN], sub[FLC_PREFIX_STRLEN];
	char *v4 = xstrdup(""), *v6 = xstrdup(""), *text;
	int ret;

	if (flc_prefix_is_set(&env->network4)) {
		free(v4);
		v4 = xasprintf("FLANNEL_NETWORK=%s\nFLANNEL_SUBNET=%s\n",
			       flc_prefix_text(&env->network4, net),
			       first_usable(&env->subnets.v4, sub));
	}
	if (flc_prefix_is_set(&env->network6)) {
		free(v6);
		v6 = xasprintf("FLANNEL_IPV6_NETWORK=%s\nFLANNEL_IPV6_SUBNET=%s\n",
			       flc_prefix_text(&env->network6, net),
			       first_usable(&env->subnets.v6, sub));
	}
	text = xasprintf("%s%sFLANNEL_MTU=%u\nFLANNEL_IPMASQ=%s\n", v4, v6,
			 env->mtu, env->ip_masq ? "true" : "false");
	ret = keep_text(path, text, err);
	free(text);
	free(v4);
	free(v6);
	return ret;
}

bool subnet_env_read(const char *path, struct subnets *subnets)
{
	struct subnets found = { 0 };
	struct flc_prefix *half;
	FILE *file = fopen(path, "re");
	char line[256], *value;

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		value = strchr(line, '=');
		if (!value)
			continue;
		*value++ = '\0';
		if (!strcmp(line, "FLANNEL_SUBNET"))
			half = &found.v4;
		else if (!strcmp(line, "FLANNEL_IPV6_SUBNET"))
			half = &found.v6;
		else
			continue;
		if (!flc_prefix_parse(half, value)) {
			log_warning("%s: ignoring %s=%s, which is not a subnet",
				    path, line, value);
			continue;
		}
		half->addr = flc_addr_masked(&half->addr, half->len);
	}
	fclose(file);
	*subnets = found;
	return flc_prefix_is_set(&found.v4) || flc_prefix_is_set(&found.v6);
}

int docker_opts_keep(const char *path, const struct subnet_env *env,
		     struct flc_error *err)
{
	char sub[FLC_PREFIX_STRLEN] = "";
	char *text;
	int ret;

	if (flc_prefix_is_set(&env->subnets.v4))
		first_usable(&env->subnets.v4, sub);
	/* Docker must not masquerade what flannel masquerades. */
	text = xasprintf("DOCKER_OPT_BIP=\"--bip=%s\"\n"
			 "DOCKER_OPT_IPMASQ=\"--ip-masq=%s\"\n"
			 "DOCKER_OPT_MTU=\"--mtu=%u\"\n"
			 "DOCKER_OPTS=\" --bip=%s --ip-masq=%s --mtu=%u\"\n",
			 sub, env->ip_masq ? "false" : "true", env->mtu, sub,
			 env->ip_masq ? "false" : "true", env->mtu);
	ret = keep_text(path, text, err);
	free(text);
	return ret;
}
