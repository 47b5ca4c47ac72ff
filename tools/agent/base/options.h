/* SPDX-License-Identifier: GPL-2.0 */
/* The command line: flanneld's flags, its environment, and some of our own. */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct string_list {
	const char **items;
	size_t count;
};

enum populate_mode {
	POPULATE_EAGER,
	POPULATE_LAZY,
};

struct options {
	/* As flanneld's. */
	const char *etcd_endpoints;
	const char *etcd_prefix;
	const char *etcd_keyfile;
	const char *etcd_certfile;
	const char *etcd_cafile;
	const char *etcd_username;
	const char *etcd_password;
	const char *etcd_password_file;		/* of our own */
	struct string_list iface;
	struct string_list iface_regex;
	const char *iface_can_reach;
	const char *public_ip;
	const char *public_ipv6;
	const char *subnet_file;
	long subnet_lease_renew_margin;		/* minutes */
	bool ip_masq;
	bool ip_masq_fully_random_disable;
	bool ip_blackhole_route;
	bool iptables_forward_rules;
	long iptables_resync;			/* seconds */
	const char *healthz_ip;
	long healthz_port;
	const char *net_config_path;
	bool kube_subnet_mgr;
	const char *kube_api_url;
	const char *kube_annotation_prefix;
	const char *kubeconfig_file;
	bool set_node_network_unavailable;
	bool version;
	long verbosity;
	const char *vmodule;
	const char *log_backtrace_at;
	/* Our own. */
	const char *store_file;
	const char *populate;
	enum populate_mode populate_mode;
	const char *device;
	const char *rpf;
	const char *fastpath;
	bool notrack;
	const char *docker_opts_file;
	const char *cni_conf;
	const char *cni_conf_source;
	bool flowtable;
	bool remove_rules_at_exit;
	bool release;
	bool release_lease;
	bool hand_over;
	bool swap_module;
	bool help;
	char *credentials[4];			/* strings of the above to be freed */
};

enum options_result {
	OPTIONS_RUN,		/* go on */
	OPTIONS_DONE,		/* help or version was printed */
	OPTIONS_BAD,		/* the error was printed */
};

/*
 * options_read - read the command line, then the environment, then defaults
 *
 * A flag is -name or --name, with its value as =VALUE or as the next word; a
 * boolean flag takes it as =VALUE only. FLANNELD_NAME sets a flag that is not on
 * the command line; an invalid value there is logged and ignored.
 */
enum options_result options_read(struct options *opt, int argc, char **argv);

void options_free(struct options *opt);

#endif
