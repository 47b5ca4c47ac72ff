/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and prefixes of either family, and MAC addresses. */
#ifndef LIBFLANNEL_ADDR_H
#define LIBFLANNEL_ADDR_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct fl_addr - an IP address
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for "none"
 * @bytes: network byte order; what is not used is zero
 *
 * All zero is "none". Two equal addresses are equal byte by byte.
 */
struct fl_addr {
	uint8_t family;
	uint8_t bytes[16];
};

/**
 * struct fl_prefix - a subnet, or an address with the length of its subnet
 * @addr: address
 * @len: prefix length
 */
struct fl_prefix {
	struct fl_addr addr;
	uint8_t len;
};

/**
 * struct fl_mac - a MAC address
 * @bytes: as on the wire
 */
struct fl_mac {
	uint8_t bytes[6];
};

#define FL_ADDR_STRLEN		INET6_ADDRSTRLEN
#define FL_PREFIX_STRLEN	(INET6_ADDRSTRLEN + 4)
#define FL_MAC_STRLEN		18

/* Is there an address at all? */
static inline bool fl_addr_is_set(const struct fl_addr *addr)
{
	return addr->family;
}

/* Is there a prefix at all? */
static inline bool fl_prefix_is_set(const struct fl_prefix *prefix)
{
	return prefix->addr.family;
}

/* Number of bits of an address of @family. */
static inline unsigned int fl_family_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* Number of bytes of an address of @family. */
static inline unsigned int fl_family_bytes(int family)
{
	return family == AF_INET ? 4 : 16;
}

/**
 * fl_addr_make - an address of its bytes
 * @family: AF_INET or AF_INET6
 * @bytes: 4 or 16 bytes in network byte order
 *
 * Return: the address.
 */
struct fl_addr fl_addr_make(int family, const void *bytes);

/**
 * fl_addr_from_len - an address of as many bytes as its family has
 * @addr: address, untouched on failure
 * @bytes: network byte order
 * @len: 4 or 16
 *
 * Return: whether @len is that of a family.
 */
bool fl_addr_from_len(struct fl_addr *addr, const void *bytes, size_t len);

/**
 * fl_addr_parse - read an address
 * @addr: address, untouched on failure
 * @text: "192.0.2.1", "2001:db8::1"
 *
 * Return: whether @text is an address of either family.
 */
bool fl_addr_parse(struct fl_addr *addr, const char *text);

/**
 * fl_addr_text - write an address
 * @addr: address
 * @buf: of FL_ADDR_STRLEN
 *
 * Return: @buf; "none" for no address.
 */
const char *fl_addr_text(const struct fl_addr *addr, char *buf);

/**
 * fl_addr_cmp - put addresses in order: none, IPv4, IPv6, then numerically
 * @a: address
 * @b: address
 *
 * Return: less than, equal to or greater than 0, as memcmp().
 */
int fl_addr_cmp(const struct fl_addr *a, const struct fl_addr *b);

/* Are the two the same? */
bool fl_addr_equal(const struct fl_addr *a, const struct fl_addr *b);

/* 0.0.0.0 or :: */
bool fl_addr_is_any(const struct fl_addr *addr);
bool fl_addr_is_multicast(const struct fl_addr *addr);
bool fl_addr_is_loopback(const struct fl_addr *addr);

/* 169.254.0.0/16 or fe80::/10 */
bool fl_addr_is_link_local(const struct fl_addr *addr);

/**
 * fl_addr_masked - the network part of an address
 * @addr: address
 * @len: prefix length
 *
 * Return: @addr with the bits after the first @len cleared.
 */
struct fl_addr fl_addr_masked(const struct fl_addr *addr, unsigned int len);

/**
 * fl_prefix_parse - read a prefix
 * @prefix: prefix, untouched on failure; host bits are kept
 * @text: "ADDRESS/LENGTH", or "ADDRESS" for one host
 *
 * Return: whether @text is a prefix of either family.
 */
bool fl_prefix_parse(struct fl_prefix *prefix, const char *text);

/**
 * fl_prefix_text - write a prefix
 * @prefix: prefix
 * @buf: of FL_PREFIX_STRLEN
 *
 * Return: @buf; "none" for no prefix.
 */
const char *fl_prefix_text(const struct fl_prefix *prefix, char *buf);

/**
 * fl_prefix_cmp - put prefixes in order: by address, then the shorter first
 * @a: prefix
 * @b: prefix
 *
 * Return: less than, equal to or greater than 0, as memcmp().
 */
int fl_prefix_cmp(const struct fl_prefix *a, const struct fl_prefix *b);

/* Are the two the same? */
bool fl_prefix_equal(const struct fl_prefix *a, const struct fl_prefix *b);

/* The prefix without host bits. */
struct fl_prefix fl_prefix_masked(const struct fl_prefix *prefix);

/* Does @prefix have bits set after its length? */
bool fl_prefix_has_host_bits(const struct fl_prefix *prefix);

/* Is @addr in @prefix? */
bool fl_prefix_contains(const struct fl_prefix *prefix,
			const struct fl_addr *addr);

/* Is one of the two within the other? */
bool fl_prefix_overlaps(const struct fl_prefix *a, const struct fl_prefix *b);

/* The last address of a prefix, of IPv4 the broadcast address. */
struct fl_addr fl_prefix_last(const struct fl_prefix *prefix);

/**
 * fl_mac_parse - read a MAC address
 * @mac: MAC, untouched on failure
 * @text: "0a:58:0a:f4:07:00"
 *
 * Return: whether @text is a MAC address.
 */
bool fl_mac_parse(struct fl_mac *mac, const char *text);

/**
 * fl_mac_text - write a MAC address
 * @mac: MAC
 * @buf: of FL_MAC_STRLEN
 *
 * Return: @buf.
 */
const char *fl_mac_text(const struct fl_mac *mac, char *buf);

/* Are the two the same? */
bool fl_mac_equal(const struct fl_mac *a, const struct fl_mac *b);

/* 00:00:00:00:00:00, in the FDB the flood list */
bool fl_mac_is_zero(const struct fl_mac *mac);

/* Neither all zero nor a group address: fit for a device. */
bool fl_mac_is_valid(const struct fl_mac *mac);

#endif
