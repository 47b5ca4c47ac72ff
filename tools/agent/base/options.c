// SPDX-License-Identifier: GPL-2.0
/*
 * The command line, in the syntax of Go's flag package, which flanneld uses:
 * one table of flags, read from the command line, then from the environment.
 */
#include "base/options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/pattern.h"
#include "base/secret.h"
#include "base/util.h"
#include "lib/addr.h"
#include "lib/names.h"

#ifndef FLANNEL_VERSION
#define FLANNEL_VERSION "unknown"
#endif

enum flag_type { FLAG_STRING, FLAG_LIST, FLAG_BOOL, FLAG_INT };

struct flag {
	const char *name;
	enum flag_type type;
	size_t offset;		/* in struct options */
	const char *def;	/* default, as text */
	const char *help;
};

#define F(name, type, member, def, help) \
	{ name, FLAG_##type, offsetof(struct options, member), def, help }

static const struct flag flags[] = {
	F("etcd-endpoints", STRING, etcd_endpoints,
	  "http://127.0.0.1:4001,http://127.0.0.1:2379",
	  "comma-separated list of etcd endpoints"),
	F("etcd-prefix", STRING, etcd_prefix, "/coreos.com/network",
	  "prefix of all etcd keys"),
	F("etcd-keyfile", STRING, etcd_keyfile, "",
	  "file with the private key of the client certificate"),
	F("etcd-certfile", STRING, etcd_certfile, "",
	  "file with the client certificate"),
	F("etcd-cafile", STRING, etcd_cafile, "",
	  "file with the certificate authority that signs etcd's certificates"),
	F("etcd-username", STRING, etcd_username, "", "user name for etcd authentication"),
	F("etcd-password", STRING, etcd_password, "",
	  "its password (FLANNELD_ETCD_PASSWORD keeps it out of the process list)"),
	F("iface", LIST, iface, "",
	  "interface (name or IP address) for traffic between nodes; the first that exists"),
	F("iface-regex", LIST, iface_regex, "",
	  "regular expression (\\d, \\w, (?i)) for its address or name; tried after --iface"),
	F("iface-can-reach", STRING, iface_can_reach, "",
	  "use the interface of the route to this address"),
	F("public-ip", STRING, public_ip, "",
	  "address at which other nodes reach this one"),
	F("public-ipv6", STRING, public_ipv6, "",
	  "IPv6 address at which other nodes reach this one"),
	F("subnet-file", STRING, subnet_file, "/run/flannel/subnet.env",
	  "file that tells other programs the subnet"),
	F("subnet-lease-renew-margin", INT, subnet_lease_renew_margin, "60",
	  "renew the lease this many minutes before it expires (1 to 1439)"),
	F("ip-masq", BOOL, ip_masq, "false",
	  "masquerade traffic that leaves the overlay network"),
	F("ip-masq-fully-random-disable", BOOL, ip_masq_fully_random_disable,
	  "false", "masquerade without fully random source ports"),
	F("ip-blackhole-route", BOOL, ip_blackhole_route, "false",
	  "add a blackhole route for the subnet of this node"),
	F("iptables-forward-rules", BOOL, iptables_forward_rules, "true",
	  "accept forwarded traffic of the overlay network"),
	F("iptables-resync", INT, iptables_resync, "5",
	  "seconds between checks of firewall rules and routes"),
	F("healthz-ip", STRING, healthz_ip, "0.0.0.0",
	  "listen address of the health and metrics server"),
	F("healthz-port", INT, healthz_port, "0",
	  "port of the health and metrics server; 0: none"),
	F("net-config-path", STRING, net_config_path,
	  "/etc/kube-flannel/net-conf.json",
	  "file with the network config (with --kube-subnet-mgr)"),
	F("kube-subnet-mgr", BOOL, kube_subnet_mgr, "false",
	  "leases are the Nodes of a Kubernetes cluster"),
	F("kube-api-url", STRING, kube_api_url, "",
	  "Kubernetes API server; empty: that of the kubeconfig, or of the Pod"),
	F("kube-annotation-prefix", STRING, kube_annotation_prefix,
	  "flannel.alpha.coreos.com",
	  "prefix of node annotations"),
	F("kubeconfig-file", STRING, kubeconfig_file, "",
	  "kubeconfig file: API server, authority, token or certificate"),
	F("set-node-network-unavailable", BOOL, set_node_network_unavailable,
	  "true", "set the Node's condition NetworkUnavailable to False"),
	F("version", BOOL, version, "false", "print the version and exit"),
	F("v", INT, verbosity, "0", "log level; 1 and more: debug"),
	F("vmodule", STRING, vmodule, "", "accepted and ignored"),
	F("log_backtrace_at", STRING, log_backtrace_at, ":0",
	  "accepted and ignored"),
	F("store-file", STRING, store_file, "",
	  "keep config and leases in this file instead of etcd (single machine)"),
	F("populate", STRING, populate, "eager",
	  "eager: keep all leases in the kernel; lazy: only those the device requests"),
	F("device", STRING, device, "auto",
	  "type of the overlay device: flannel, vxlan, or auto: flannel if available, else vxlan"),
	F("rpf", STRING, rpf, "loose",
	  "source check: off, loose (any node) or strict (the node with the subnet)"),
	F("fastpath", STRING, fastpath, "auto",
	  "let packets bypass the host's IP stack: off, auto or on"),
	F("notrack", BOOL, notrack, "false",
	  "exempt outer packets of the flannel device from conntrack"),
	F("docker-opts-file", STRING, docker_opts_file, "",
	  "file to write the Docker daemon's options to; empty: none"),
	F("cni-conf", STRING, cni_conf, "",
	  "file of the CNI configuration, written when pods can be started; empty: none"),
	F("cni-conf-source", STRING, cni_conf_source, "",
	  "file that it is a copy of; empty: flannel's own, with bridge and portmap"),
	F("flowtable", BOOL, flowtable, "false",
	  "offload established pod flows to an nftables flowtable"),
	F("remove-rules-at-exit", BOOL, remove_rules_at_exit, "false",
	  "remove the masquerade and forward rules when the agent exits"),
	F("release", BOOL, release, "false",
	  "remove what the agent set up on this node, and exit"),
	F("release-lease", BOOL, release_lease, "false",
	  "like --release, and also give back the lease"),
	F("etcd-password-file", STRING, etcd_password_file, "",
	  "file with the password for etcd authentication"),
	F("hand-over", BOOL, hand_over, "false",
	  "replace the device by vxlan, for flanneld to take over, and exit"),
	F("swap-module", BOOL, swap_module, "false",
	  "replace the running module by the installed flannel.ko, and exit"),
	F("help", BOOL, help, "false", "print this help and exit"),
	F("h", BOOL, help, "false", "print this help and exit"),
};

#undef F

static void *member(struct options *opt, const struct flag *flag)
{
	return (char *)opt + flag->offset;
}

static bool parse_bool(bool *out, const char *text)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE",
					   "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE",
					  "False" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcmp(text, yes[i]) || !strcmp(text, no[i])) {
			*out = !strcmp(text, yes[i]);
			return true;
		}
	}
	return false;
}

static bool set_flag(struct options *opt, const struct flag *flag,
		     const char *text)
{
	struct string_list *list;
	char *end;
	long n;

	switch (flag->type) {
	case FLAG_STRING:
		*(const char **)member(opt, flag) = text;
		return true;
	case FLAG_LIST:
		list = member(opt, flag);
		list->items = xrealloc(list->items, list->count + 1,
				       sizeof(*list->items));
		list->items[list->count++] = text;
		return true;
	case FLAG_BOOL:
		return parse_bool(member(opt, flag), text);
	case FLAG_INT:
		errno = 0;
		n = strtol(text, &end, 0);
		if (errno || end == text || *end)
			return false;
		*(long *)member(opt, flag) = n;
		return true;
	}
	return false;
}

static const struct flag *find_flag(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (strlen(flags[i].name) == len &&
		    !memcmp(flags[i].name, name, len))
			return &flags[i];
	return NULL;
}

static const char *type_word(enum flag_type type)
{
	switch (type) {
	case FLAG_STRING:
	case FLAG_LIST:
		return "string";
	case FLAG_INT:
		return "number";
	case FLAG_BOOL:
		break;
	}
	return "true or false";
}

static void print_help(void)
{
	size_t i;

	printf("Usage: flannel-agent [FLAG]...\n"
	       "Join this node to a flannel network: lease a subnet, set up the overlay device\n"
	       "and keep the leases of the other nodes in it.\n\n");
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!strcmp(flags[i].name, "h"))
			continue;
		printf("  --%s", flags[i].name);
		if (flags[i].type != FLAG_BOOL)
			printf(" %s", type_word(flags[i].type));
		printf("\n        %s", flags[i].help);
		if (*flags[i].def && strcmp(flags[i].def, "false"))
			printf(" (default %s)", flags[i].def);
		printf("\n");
	}
	printf("\nA boolean flag is switched off with =false. Each flag can be given in the\n"
	       "environment: --etcd-endpoints as FLANNELD_ETCD_ENDPOINTS.\n"
	       "See flannel-agent(8).\n");
}

static bool read_arguments(struct options *opt, int argc, char **argv,
			   bool *given)
{
	const struct flag *flag;
	const char *name, *value;
	int i;

	for (i = 1; i < argc; i++) {
		name = argv[i];
		if (name[0] != '-' || !name[1]) {
			fprintf(stderr,
				"flannel-agent: unexpected argument \"%s\" (a boolean flag takes its value as --flag=%s)\n",
				name, name);
			return false;
		}
		if (!strcmp(name, "--"))
			return true;
		name += name[1] == '-' ? 2 : 1;
		value = strchrnul(name, '=');

		flag = find_flag(name, value - name);
		if (!flag) {
			fprintf(stderr,
				"flannel-agent: flag provided but not defined: %s (see --help)\n",
				argv[i]);
			return false;
		}
		if (*value)
			value++;
		else if (flag->type == FLAG_BOOL)
			value = "true";
		else if (++i < argc)
			value = argv[i];
		else
			value = NULL;
		if (!value) {
			fprintf(stderr,
				"flannel-agent: flag needs an argument: --%s\n",
				flag->name);
			return false;
		}
		if (!set_flag(opt, flag, value)) {
			fprintf(stderr,
				"flannel-agent: invalid value \"%s\" for flag --%s: it must be %s%s\n",
				value, flag->name,
				flag->type == FLAG_INT ? "a " : "",
				type_word(flag->type));
			return false;
		}
		given[flag - flags] = true;
	}
	return true;
}

static void read_environment(struct options *opt, const bool *given)
{
	char name[80];
	const char *value;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (given[i])
			continue;
		snprintf(name, sizeof(name), "FLANNELD_%s", flags[i].name);
		for (n = 0; name[n]; n++)
			name[n] = name[n] == '-' ? '_' :
				  toupper((unsigned char)name[n]);
		value = getenv(name);
		if (value && *value && !set_flag(opt, &flags[i], value))
			log_warning("invalid value \"%s\" in %s: it must be %s%s; the default %s is used",
				    value, name,
				    flags[i].type == FLAG_INT ? "a " : "",
				    type_word(flags[i].type), flags[i].def);
	}
}

/*
 * Credentials of the service manager are used for flags that are not given
 * otherwise.
 */
static void use_credentials(struct options *opt)
{
	const struct {
		const char **member, *flag;
	} list[ARRAY_SIZE(opt->credentials)] = {
		{ &opt->etcd_cafile, "etcd-cafile" },
		{ &opt->etcd_certfile, "etcd-certfile" },
		{ &opt->etcd_keyfile, "etcd-keyfile" },
		{ &opt->etcd_password_file, "etcd-password-file" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		if (**list[i].member ||
		    (list[i].member == &opt->etcd_password_file &&
		     *opt->etcd_password))
			continue;
		opt->credentials[i] = secret_credential(list[i].flag);
		if (opt->credentials[i])
			*list[i].member = opt->credentials[i];
	}
}

static bool bad(const char *text)
{
	fprintf(stderr, "flannel-agent: %s\n", text);
	return false;
}

static bool check_patterns(const struct string_list *list)
{
	struct flc_error err = { 0 };
	struct pattern *pattern;
	size_t i;

	for (i = 0; i < list->count; i++) {
		pattern = pattern_new(list->items[i], &err);
		if (!pattern) {
			flc_error_prepend(&err, "invalid --iface-regex");
			return bad(err.text);
		}
		pattern_free(pattern);
	}
	return true;
}

static bool check(struct options *opt)
{
	struct flc_addr addr;

	if (!opt->kube_subnet_mgr &&
	    (*opt->kube_api_url || *opt->kubeconfig_file))
		return bad("--kube-api-url and --kubeconfig-file are for --kube-subnet-mgr, which is not given");
	if (opt->kube_subnet_mgr && *opt->store_file)
		return bad("--kube-subnet-mgr and --store-file are given: one of them, please");
	if (*opt->cni_conf_source && !*opt->cni_conf)
		return bad("--cni-conf-source is for --cni-conf, which is not given");
	if (*opt->etcd_password && *opt->etcd_password_file)
		return bad("--etcd-password and --etcd-password-file are mutually exclusive");
	if (opt->release + opt->release_lease + opt->hand_over + opt->swap_module > 1)
		return bad("--release, --release-lease, --hand-over and --swap-module are mutually exclusive");
	if (opt->subnet_lease_renew_margin < 1 ||
	    opt->subnet_lease_renew_margin > 1439)
		return bad("Invalid subnet-lease-renew-margin option, out of acceptable range: it must be from 1 to 1439 minutes");
	if (*opt->healthz_ip && !flc_addr_parse(&addr, opt->healthz_ip))
		return bad("invalid --healthz-ip: it must be an IP address");
	if (opt->healthz_port < 0 || opt->healthz_port > 65535)
		return bad("invalid --healthz-port: it must be from 0 to 65535");
	if (opt->iptables_resync < 1 || opt->iptables_resync > 86400)
		return bad("invalid --iptables-resync: it must be from 1 to 86400 seconds");
	if (!strcmp(opt->populate, "eager"))
		opt->populate_mode = POPULATE_EAGER;
	else if (!strcmp(opt->populate, "lazy"))
		opt->populate_mode = POPULATE_LAZY;
	else
		return bad("invalid --populate: it must be eager or lazy");
	if (strcmp(opt->device, "auto") && strcmp(opt->device, "flannel") &&
	    strcmp(opt->device, "vxlan"))
		return bad("invalid --device: it must be auto, flannel or vxlan");
	if (flc_name_find(&flc_rpf_names, opt->rpf) < 0)
		return bad("invalid --rpf: it must be off, loose or strict");
	if (flc_name_find(&flc_fastpath_names, opt->fastpath) < 0)
		return bad("invalid --fastpath: it must be off, auto or on");
	return check_patterns(&opt->iface_regex);
}

enum options_result options_read(struct options *opt, int argc, char **argv)
{
	bool given[ARRAY_SIZE(flags)] = { false };
	size_t i;

	memset(opt, 0, sizeof(*opt));
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (flags[i].type != FLAG_LIST)
			set_flag(opt, &flags[i], flags[i].def);

	if (!read_arguments(opt, argc, argv, given))
		return OPTIONS_BAD;
	if (opt->help) {
		print_help();
		return OPTIONS_DONE;
	}
	if (opt->version) {
		fprintf(stderr, "flannel-agent %s\n", FLANNEL_VERSION);
		return OPTIONS_DONE;
	}
	read_environment(opt, given);
	use_credentials(opt);
	return check(opt) ? OPTIONS_RUN : OPTIONS_BAD;
}

void options_free(struct options *opt)
{
	size_t i;

	free(opt->iface.items);
	free(opt->iface_regex.items);
	for (i = 0; i < ARRAY_SIZE(opt->credentials); i++)
		free(opt->credentials[i]);
}
