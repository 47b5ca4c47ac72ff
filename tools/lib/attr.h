/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal: reading attributes of messages that may be malformed.
 *
 * The readers return false if the attribute is malformed. A missing one (NULL)
 * is fine: the value is unchanged.
 */
#ifndef LIBFLANNEL_ATTR_H
#define LIBFLANNEL_ATTR_H

#include <libmnl/libmnl.h>

#include "lib/addr.h"

/**
 * flc_attr_split - find the attributes by their type
 * @data: attributes
 * @len: their length in bytes
 * @tb: by type, of @max + 1; if a type occurs twice, the last one
 * @max: greater types are skipped
 *
 * Return: whether the attributes fill @data exactly.
 */
bool flc_attr_split(const void *data, size_t len, const struct nlattr **tb,
		    unsigned int max);

/* The same for the contents of a nest. */
bool flc_attr_split_nest(const struct nlattr *nest, const struct nlattr **tb,
			 unsigned int max);

/* The same for the part of a message after a header of @header bytes. */
bool flc_attr_split_msg(const struct nlmsghdr *nlh, size_t header,
			const struct nlattr **tb, unsigned int max);

/**
 * flc_attr_next - walk over attributes
 * @data: current position; advanced
 * @len: remaining bytes; reduced
 *
 * Return: the next attribute, or NULL: then @len is 0 at the end.
 */
const struct nlattr *flc_attr_next(const void **data, size_t *len);

bool flc_attr_u8(const struct nlattr *attr, uint8_t *value);
bool flc_attr_u16(const struct nlattr *attr, uint16_t *value);
bool flc_attr_u32(const struct nlattr *attr, uint32_t *value);
bool flc_attr_u64(const struct nlattr *attr, uint64_t *value);

/* Network byte order in the attribute, host byte order in the value. */
bool flc_attr_be16(const struct nlattr *attr, uint16_t *value);
bool flc_attr_be32(const struct nlattr *attr, uint32_t *value);

/* An interface index: a u32 that fits into an int. */
bool flc_attr_ifindex(const struct nlattr *attr, int *value);

/* An address; its length determines the family. */
bool flc_attr_addr(const struct nlattr *attr, struct flc_addr *addr);

/* An address of one family. */
bool flc_attr_addr_of(const struct nlattr *attr, int family,
		      struct flc_addr *addr);

bool flc_attr_mac(const struct nlattr *attr, struct flc_mac *mac);

/* A string that fits into @buf, with or without a terminating zero. */
bool flc_attr_str(const struct nlattr *attr, char *buf, size_t size);

static inline void flc_put_addr(struct nlmsghdr *nlh, uint16_t type,
				const struct flc_addr *addr)
{
	mnl_attr_put(nlh, type, flc_family_bytes(addr->family), addr->bytes);
}

static inline void flc_put_mac(struct nlmsghdr *nlh, uint16_t type,
			       const struct flc_mac *mac)
{
	mnl_attr_put(nlh, type, sizeof(mac->bytes), mac->bytes);
}

#endif
