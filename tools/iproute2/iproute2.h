/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of ip(8)'s plug-in interface that is used here. iproute2 has no
 * header for it: these are our own declarations of the interface that exists
 * since iproute2 5.0 (struct link_util) and 5.9 (the functions). Tested: all of
 * it with iproute2 6.1; reading options and resolving every function also with
 * 5.9 (Debian 11's), 6.15 and 7.3. Before 5.11 ip(8) looks for plug-ins only in
 * /usr/lib/ip.
 */
#ifndef FLANNEL_IPROUTE2_H
#define FLANNEL_IPROUTE2_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct link_util - a plug-in
 * @next: used by the program
 * @id: kind of link
 * @maxattr: highest number of an attribute in IFLA_INFO_DATA
 * @parse_opt: put options into the open IFLA_INFO_DATA; nonzero is an error
 * @print_opt: show IFLA_INFO_DATA; NULL attributes if there is none
 * @print_xstats: show IFLA_INFO_XSTATS
 * @print_help: show the syntax of the options
 * @parse_ifla_xstats: arguments of `ip link xstats`
 * @print_ifla_xstats: the output of that
 */
struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *nlh);
	void (*print_opt)(struct link_util *lu, FILE *f, struct rtattr *tb[]);
	void (*print_xstats)(struct link_util *lu, FILE *f,
			     struct rtattr *xstats);
	void (*print_help)(struct link_util *lu, int argc, char **argv,
			   FILE *f);
	int (*parse_ifla_xstats)(struct link_util *lu, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *nlh, void *arg);
};

/* The space in ip(8)'s link request after its header. */
#define IPROUTE2_REQUEST	1024

/* Text, JSON, or both. */
enum output_type {
	PRINT_FP	= 1,
	PRINT_JSON	= 2,
	PRINT_ANY	= 4,
};

/* A subset of the original. */
enum color_attr {
	COLOR_INET	= 2,
	COLOR_INET6	= 3,
	COLOR_NONE	= 6,
};

/* Of -4 and -6 */
extern int preferred_family;

/* Report an invalid argument, and exit. */
void invarg(const char *msg, const char *arg) __attribute__((noreturn));
void missarg(const char *key) __attribute__((noreturn));
void duparg(const char *key, const char *arg) __attribute__((noreturn));

unsigned int ll_name_to_index(const char *name);
const char *ll_index_to_name(unsigned int index);

int rtnl_dsfield_a2n(uint32_t *id, const char *arg);

/* The return type of these has changed; it is not used. */
void print_color_string(enum output_type type, enum color_attr color,
			const char *key, const char *fmt, const char *value);
void print_color_uint(enum output_type type, enum color_attr color,
		      const char *key, const char *fmt, unsigned int value);
void print_color_bool(enum output_type type, enum color_attr color,
		      const char *key, const char *fmt, bool value);
void open_json_object(const char *str);
void close_json_object(void);

#endif
