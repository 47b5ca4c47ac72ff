// SPDX-License-Identifier: GPL-2.0
/*
 * The plug-in that ip(8) loads for `type flannel`: options on its command line
 * and in its output.
 */
#include <string.h>

#include "iproute2.h"
#include "lib/link_options_priv.h"
#include "parse.h"
#include "print.h"

static const char flc_help[] =
	"Usage: ... flannel [ id VNI ]\n"
	"		[ local ADDR ] [ dev LOWER_DEV ]\n"
	"		[ dstport PORT ] [ srcport MIN MAX ]\n"
	"		[ ttl TTL ] [ tos TOS ] [ df DF ] [ flowlabel LABEL ]\n"
	"		[ [no]udpcsum ] [ [no]udp6zerocsumtx ] [ [no]udp6zerocsumrx ]\n"
	"		[ gbp ] [ [no]localbypass ]\n"
	"		[ [no]l2miss ] [ [no]l3miss ]\n"
	"	in Ethernet mode also:\n"
	"		[ remote ADDR ] [ [no]learning ] [ [no]proxy ]\n"
	"		[ ageing SECONDS ] [ maxaddress NUMBER ]\n"
	"	that vxlan does not have:\n";

static const char flc_help_values[] =
	"\n"
	"Where:	VNI	:= 0-16777215, default 1\n"
	"	PORT	:= 1-65535, default 8472\n"
	"	ADDR	:= { IP_ADDRESS | any }; local may be given once for\n"
	"		   each address family\n"
	"	TOS	:= { NUMBER | inherit }\n"
	"	TTL	:= { 1..255 | auto | inherit }\n"
	"	DF	:= { unset | set | inherit }\n"
	"	LABEL	:= 0-1048575\n"
	"	SECONDS	:= { NUMBER | none }\n"
	"\n"
	"See flannel(4) for what the options mean.\n";

static void flc_print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	fputs(flc_help, f);
	fputs(flc_own_options_help, f);
	fputs(flc_help_values, f);
}

static int flc_parse_opt(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *nlh)
{
	struct flc_link_options options = { 0 };
	const char *unknown = flc_parse_options(argc, argv, &options);

	if (unknown) {
		if (strcmp(unknown, "help"))
			fprintf(stderr, "flannel: unknown option \"%s\"\n",
				unknown);
		flc_print_help(lu, argc, argv, stderr);
		return -1;
	}
	if (nlh->nlmsg_len + FLC_LINK_OPTIONS_SIZE > IPROUTE2_REQUEST) {
		fprintf(stderr, "flannel: the request is too long: set the alias of the device with a separate \"ip link set\"\n");
		return -1;
	}
	flc_link_options_put(nlh, &options);
	return 0;
}

static void flc_print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	struct flc_link_options options = { 0 };
	const struct nlattr *attrs[IFLA_FLANNEL_OWN + 1];
	unsigned int i;

	if (!tb)
		return;
	/* Two names for the same thing. */
	for (i = 0; i <= IFLA_FLANNEL_OWN; i++)
		attrs[i] = (const struct nlattr *)tb[i];
	if (flc_link_options_read_table(attrs, &options))
		flc_print_options(&options);
	else
		fprintf(stderr, "flannel: the kernel's options are malformed: the versions of module and plug-in do not match\n");
}

extern struct link_util flannel_link_util
	__attribute__((visibility("default")));

struct link_util flannel_link_util = {
	.id		= FLANNEL_LINK_KIND,
	.maxattr	= IFLA_FLANNEL_OWN,
	.parse_opt	= flc_parse_opt,
	.print_opt	= flc_print_opt,
	.print_help	= flc_print_help,
};
