// SPDX-License-Identifier: GPL-2.0
/* Names of leases in the registry, as flannel writes and reads them. */
#include "network/subnet_key.h"

#include <stdio.h>
#include <string.h>

/* "ADDRESS-LEN" of @family, all of @text up to @len. */
static bool parse_half(struct flc_prefix *out, int family, const char *text,
		       size_t len)
{
	char buf[FLC_PREFIX_STRLEN], *dash;
	struct flc_prefix p;

	if (len >= sizeof(buf) || memchr(text, '/', len))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';

	dash = strrchr(buf, '-');
	if (!dash)
		return false;
	*dash = '/';
	if (!flc_prefix_parse(&p, buf) || p.addr.family != family)
		return false;
	p.addr = flc_addr_masked(&p.addr, p.len);
	*out = p;
	return true;
}

bool subnet_key_parse(struct subnets *out, const char *name)
{
	const char *amp = strchr(name, '&');
	struct subnets s = { 0 };

	if (!parse_half(&s.v4, AF_INET, name,
			amp ? (size_t)(amp - name) : strlen(name)))
		return false;
	if (amp && !parse_half(&s.v6, AF_INET6, amp + 1, strlen(amp + 1)))
		return false;

	if (!s.v4.len && flc_addr_is_any(&s.v4.addr))
		s.v4 = (struct flc_prefix){ 0 };
	else if (s.v4.len < 1 || s.v4.len > 31)
		return false;
	if (amp && (s.v6.len < 1 || s.v6.len > 127))
		return false;
	if (!flc_prefix_is_set(&s.v4) && !flc_prefix_is_set(&s.v6))
		return false;
	*out = s;
	return true;
}

const char *subnet_key_format(const struct subnets *subnets, char *buf)
{
	char v4[FLC_ADDR_STRLEN] = "0.0.0.0", v6[FLC_ADDR_STRLEN];

	if (flc_prefix_is_set(&subnets->v4))
		flc_addr_text(&subnets->v4.addr, v4);
	if (flc_prefix_is_set(&subnets->v6))
		snprintf(buf, SUBNET_KEY_LEN, "%s-%u&%s-%u", v4,
			 subnets->v4.len,
			 flc_addr_text(&subnets->v6.addr, v6), subnets->v6.len);
	else
		snprintf(buf, SUBNET_KEY_LEN, "%s-%u", v4, subnets->v4.len);
	return buf;
}

bool subnets_equal(const struct subnets *a, const struct subnets *b)
{
	return !flc_prefix_cmp(&a->v4, &b->v4) &&
	       !flc_prefix_cmp(&a->v6, &b->v6);
}
