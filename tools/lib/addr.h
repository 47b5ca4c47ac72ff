/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and prefixes of either family, and MAC addresses. */
#ifndef LIBFLANNEL_ADDR_H
#define LIBFLANNEL_ADDR_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct flc_addr - an IP address
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for "none"
 * @bytes: network byte order; unused bytes are zero
 *
 * All zero is "none". Two equal addresses are equal byte by byte.
 */
struct flc_addr {
	uint8_t family;
	uint8_t bytes[16];
};

/**
 * struct flc_prefix - a subnet, or an address with the length of its subnet
 * @addr: address
 * @len: prefix length
 */
struct flc_prefix {
	struct flc_addr addr;
	uint8_t len;
};

/**
 * struct flc_mac - a MAC address
 * @bytes: as on the wire
 */
struct flc_mac {
	uint8_t bytes[6];
};

#define FLC_ADDR_STRLEN		INET6_ADDRSTRLEN
#define FLC_PREFIX_STRLEN	(INET6_ADDRSTRLEN + 4)
#define FLC_MAC_STRLEN		18

/* Is there an address at all? */
static inline bool flc_addr_is_set(const struct flc_addr *addr)
{
	return addr->family;
}

/* Is there a prefix at all? */
static inline bool flc_prefix_is_set(const struct flc_prefix *prefix)
{
	return prefix->addr.family;
}

/* Number of bits of an address of @family. */
static inline unsigned int flc_family_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* Number of bytes of an address of @family. */
static inline unsigned int flc_family_bytes(int family)
{
	return family == AF_INET ? 4 : 16;
}

/**
 * flc_addr_make - make an address from its bytes
 * @family: AF_INET or AF_INET6
 * @bytes: 4 or 16 bytes in network byte order
 *
 * Return: the address.
 */
struct flc_addr flc_addr_make(int family, const void *bytes);

/**
 * flc_addr_from_len - make an address, with the family from its length
 * @addr: address, untouched on failure
 * @bytes: network byte order
 * @len: 4 or 16
 *
 * Return: whether @len is the length of a family.
 */
bool flc_addr_from_len(struct flc_addr *addr, const void *bytes, size_t len);

/**
 * flc_addr_parse - read an address
 * @addr: address, untouched on failure
 * @text: "192.0.2.1", "2001:db8::1"
 *
 * Return: whether @text is an address of either family.
 */
bool flc_addr_parse(struct flc_addr *addr, const char *text);

/**
 * flc_addr_text - write an address
 * @addr: address
 * @buf: of FLC_ADDR_STRLEN
 *
 * Return: @buf; "none" for no address.
 */
const char *flc_addr_text(const struct flc_addr *addr, char *buf);

/**
 * flc_addr_cmp - order addresses: none, IPv4, IPv6, then numerically
 * @a: address
 * @b: address
 *
 * Return: less than, equal to or greater than 0, as memcmp().
 */
int flc_addr_cmp(const struct flc_addr *a, const struct flc_addr *b);

/* Are the two the same? */
bool flc_addr_equal(const struct flc_addr *a, const struct flc_addr *b);

/* 0.0.0.0 or :: */
bool flc_addr_is_any(const struct flc_addr *addr);
bool flc_addr_is_multicast(const struct flc_addr *addr);
bool flc_addr_is_loopback(const struct flc_addr *addr);

/* 169.254.0.0/16 or fe80::/10 */
bool flc_addr_is_link_local(const struct flc_addr *addr);

/**
 * flc_addr_masked - the network part of an address
 * @addr: address
 * @len: prefix length
 *
 * Return: @addr with the bits after the first @len cleared.
 */
struct flc_addr flc_addr_masked(const struct flc_addr *addr, unsigned int len);

/**
 * flc_prefix_parse - read a prefix
 * @prefix: prefix, untouched on failure; host bits are kept
 * @text: "ADDRESS/LENGTH", or "ADDRESS" for one host
 *
 * Return: whether @text is a prefix of either family.
 */
bool flc_prefix_parse(struct flc_prefix *prefix, const char *text);

/**
 * flc_prefix_text - write a prefix
 * @prefix: prefix
 * @buf: of FLC_PREFIX_STRLEN
 *
 * Return: @buf; "none" for no prefix.
 */
const char *flc_prefix_text(const struct flc_prefix *prefix, char *buf);

/**
 * flc_prefix_cmp - order prefixes: by address, then the shorter first
 * @a: prefix
 * @b: prefix
 *
 * Return: less than, equal to or greater than 0, as memcmp().
 */
int flc_prefix_cmp(const struct flc_prefix *a, const struct flc_prefix *b);

/* Are the two the same? */
bool flc_prefix_equal(const struct flc_prefix *a, const struct flc_prefix *b);

/* The prefix without host bits. */
struct flc_prefix flc_prefix_masked(const struct flc_prefix *prefix);

/* Does @prefix have bits set after its length? */
bool flc_prefix_has_host_bits(const struct flc_prefix *prefix);

/* Is @addr in @prefix? */
bool flc_prefix_contains(const struct flc_prefix *prefix,
			 const struct flc_addr *addr);

/*
 * Move @p to the prefix of the same length that follows it.
 * Return: false if there is none; @p is then unchanged.
 */
bool flc_prefix_next(struct flc_prefix *p);

/* Is one of the two within the other? */
bool flc_prefix_overlaps(const struct flc_prefix *a,
			 const struct flc_prefix *b);

/* The last address of a prefix, the broadcast address for IPv4. */
struct flc_addr flc_prefix_last(const struct flc_prefix *prefix);

/**
 * flc_mac_parse - read a MAC address
 * @mac: MAC, untouched on failure
 * @text: "0a:58:0a:f4:07:00"
 *
 * Return: whether @text is a MAC address.
 */
bool flc_mac_parse(struct flc_mac *mac, const char *text);

/**
 * flc_mac_text - write a MAC address
 * @mac: MAC
 * @buf: of FLC_MAC_STRLEN
 *
 * Return: @buf.
 */
const char *flc_mac_text(const struct flc_mac *mac, char *buf);

/* Are the two the same? */
bool flc_mac_equal(const struct flc_mac *a, const struct flc_mac *b);

/* 00:00:00:00:00:00, the flood list in the FDB */
bool flc_mac_is_zero(const struct flc_mac *mac);

/* Neither all zero nor a group address: valid for a device. */
bool flc_mac_is_valid(const struct flc_mac *mac);

#endif
