/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal: reading attributes of messages that may be malformed.
 *
 * The readers return false if the attribute is not what it should be. One that
 * is not there (NULL) is fine: the value is left alone.
 */
#ifndef LIBFLANNEL_ATTR_H
#define LIBFLANNEL_ATTR_H

#include <libmnl/libmnl.h>

#include "lib/addr.h"

/**
 * flc_attr_split - find the attributes by their type
 * @data: attributes
 * @len: bytes of them
 * @tb: by type, of @max + 1; the last one counts if a type is there twice
 * @max: greater types are left out
 *
 * Return: whether the attributes fill @data without a rest.
 */
bool flc_attr_split(const void *data, size_t len, const struct nlattr **tb,
		    unsigned int max);

/* The same for what is in a nest. */
bool flc_attr_split_nest(const struct nlattr *nest, const struct nlattr **tb,
			 unsigned int max);

/* The same for what follows a header of @header bytes in a message. */
bool flc_attr_split_msg(const struct nlmsghdr *nlh, size_t header,
			const struct nlattr **tb, unsigned int max);

/**
 * flc_attr_next - walk over attributes
 * @data: where to go on; moved on
 * @len: bytes that are left; moved on
 *
 * Return: the next attribute, or NULL: at the end @len is 0 then.
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

/* An address whose family follows from its length. */
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
