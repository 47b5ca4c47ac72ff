// SPDX-License-Identifier: GPL-2.0
/* Internal: reading attributes of messages that may be malformed. */
#include <string.h>

#include "lib/attr.h"

const struct nlattr *flc_attr_next(const void **data, size_t *len)
{
	const struct nlattr *attr = *data;
	size_t size;

	if (*len < sizeof(*attr) || attr->nla_len < sizeof(*attr) ||
	    attr->nla_len > *len)
		return NULL;
	size = MNL_ALIGN(attr->nla_len);
	/* The last one may lack its padding. */
	if (size > *len)
		size = *len;
	*data = (const char *)*data + size;
	*len -= size;
	return attr;
}

bool flc_attr_split(const void *data, size_t len, const struct nlattr **tb,
		    unsigned int max)
{
	const struct nlattr *attr;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	while ((attr = flc_attr_next(&data, &len)))
		if (mnl_attr_get_type(attr) <= max)
			tb[mnl_attr_get_type(attr)] = attr;
	return !len;
}

bool flc_attr_split_nest(const struct nlattr *nest, const struct nlattr **tb,
			 unsigned int max)
{
	return flc_attr_split(mnl_attr_get_payload(nest),
			      mnl_attr_get_payload_len(nest), tb, max);
}

bool flc_attr_split_msg(const struct nlmsghdr *nlh, size_t header,
			const struct nlattr **tb, unsigned int max)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	header = MNL_ALIGN(header);
	if (len < header)
		return false;
	return flc_attr_split((const char *)mnl_nlmsg_get_payload(nlh) + header,
			      len - header, tb, max);
}

static bool flc_attr_exact(const struct nlattr *attr, void *value, size_t size)
{
	if (!attr)
		return true;
	if (mnl_attr_get_payload_len(attr) != size)
		return false;
	memcpy(value, mnl_attr_get_payload(attr), size);
	return true;
}

bool flc_attr_u8(const struct nlattr *attr, uint8_t *value)
{
	return flc_attr_exact(attr, value, sizeof(*value));
}

bool flc_attr_u16(const struct nlattr *attr, uint16_t *value)
{
	return flc_attr_exact(attr, value, sizeof(*value));
}

bool flc_attr_u32(const struct nlattr *attr, uint32_t *value)
{
	return flc_attr_exact(attr, value, sizeof(*value));
}

bool flc_attr_u64(const struct nlattr *attr, uint64_t *value)
{
	return flc_attr_exact(attr, value, sizeof(*value));
}

bool flc_attr_be16(const struct nlattr *attr, uint16_t *value)
{
	uint16_t net;

	if (!flc_attr_exact(attr, &net, sizeof(net)))
		return false;
	if (attr)
		*value = ntohs(net);
	return true;
}

bool flc_attr_be32(const struct nlattr *attr, uint32_t *value)
{
	uint32_t net;

	if (!flc_attr_exact(attr, &net, sizeof(net)))
		return false;
	if (attr)
		*value = ntohl(net);
	return true;
}

bool flc_attr_ifindex(const struct nlattr *attr, int *value)
{
	uint32_t index = 0;

	if (!attr)
		return true;
	if (!flc_attr_u32(attr, &index) || index > INT32_MAX)
		return false;
	*value = index;
	return true;
}

bool flc_attr_addr(const struct nlattr *attr, struct flc_addr *addr)
{
	return !attr || flc_addr_from_len(addr, mnl_attr_get_payload(attr),
					  mnl_attr_get_payload_len(attr));
}

bool flc_attr_addr_of(const struct nlattr *attr, int family,
		      struct flc_addr *addr)
{
	if (attr && mnl_attr_get_payload_len(attr) != flc_family_bytes(family))
		return false;
	return flc_attr_addr(attr, addr);
}

bool flc_attr_mac(const struct nlattr *attr, struct flc_mac *mac)
{
	return flc_attr_exact(attr, mac->bytes, sizeof(mac->bytes));
}

bool flc_attr_str(const struct nlattr *attr, char *buf, size_t size)
{
	size_t len;

	if (!attr)
		return true;
	len = strnlen(mnl_attr_get_payload(attr),
		      mnl_attr_get_payload_len(attr));
	if (len >= size)
		return false;
	memcpy(buf, mnl_attr_get_payload(attr), len);
	buf[len] = '\0';
	return true;
}
