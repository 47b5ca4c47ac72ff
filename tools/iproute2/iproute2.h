/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface of ip(8) to its plug-ins, as far as it is used here. iproute2
 * has no header for it: these are declarations of our own, of what programs
 * and plug-ins have agreed on since iproute2 5.0 (struct link_util) and 5.9
 * (the functions). Tried: iproute2 6.1 in full; that options are read and
 * every function is found, with 5.9 (Debian 11's), 6.15 and 7.3 as well. Before
 * 5.11 ip(8) looks for plug-ins in /usr/lib/ip alone.
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
 * @next: of the program
 * @id: kind of link
 * @maxattr: highest number of an attribute in IFLA_INFO_DATA
 * @parse_opt: put options into IFLA_INFO_DATA, which is open; not 0 is an error
 * @print_opt: show IFLA_INFO_DATA; the attributes are NULL if there is none
 * @print_xstats: show IFLA_INFO_XSTATS
 * @print_help: show how the options are written
 * @parse_ifla_xstats: arguments of `ip link xstats`
 * @print_ifla_xstats: what that shows
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

/* Room that ip(8) has for a request of a link after its header. */
#define IPROUTE2_REQUEST	1024

/* Text, JSON, or both. */
enum output_type {
	PRINT_FP	= 1,
	PRINT_JSON	= 2,
	PRINT_ANY	= 4,
};

/* A part of what there is. */
enum color_attr {
	COLOR_INET	= 2,
	COLOR_INET6	= 3,
	COLOR_NONE	= 6,
};

/* Of -4 and -6 */
extern int preferred_family;

/* Complain about an argument, and end the program. */
void invarg(const char *msg, const char *arg) __attribute__((noreturn));
void missarg(const char *key) __attribute__((noreturn));
void duparg(const char *key, const char *arg) __attribute__((noreturn));

unsigned int ll_name_to_index(const char *name);
const char *ll_index_to_name(unsigned int index);

int rtnl_dsfield_a2n(uint32_t *id, const char *arg);

/* The return type of these has changed; nothing of it is used. */
void print_color_string(enum output_type type, enum color_attr color,
			const char *key, const char *fmt, const char *value);
void print_color_uint(enum output_type type, enum color_attr color,
		      const char *key, const char *fmt, unsigned int value);
void print_color_bool(enum output_type type, enum color_attr color,
		      const char *key, const char *fmt, bool value);
void open_json_object(const char *str);
void close_json_object(void);

#endif
