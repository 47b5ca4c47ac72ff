// SPDX-License-Identifier: GPL-2.0
/* Addresses and prefixes of either family, and MAC addresses. */
#include <stdio.h>
#include <string.h>

#include "lib/addr.h"

struct flc_addr flc_addr_make(int family, const void *bytes)
{
	struct flc_addr addr = { .family = family };

	memcpy(addr.bytes, bytes, flc_family_bytes(family));
	return addr;
}

bool flc_addr_from_len(struct flc_addr *addr, const void *bytes, size_t len)
{
	if (len != 4 && len != 16)
		return false;
	*addr = flc_addr_make(len == 4 ? AF_INET : AF_INET6, bytes);
	return true;
}

bool flc_addr_parse(struct flc_addr *addr, const char *text)
{
	uint8_t bytes[16];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, text, bytes) != 1)
		return false;
	*addr = flc_addr_make(family, bytes);
	return true;
}

const char *flc_addr_text(const struct flc_addr *addr, char *buf)
{
	if (!flc_addr_is_set(addr) ||
	    !inet_ntop(addr->family, addr->bytes, buf, FLC_ADDR_STRLEN))
		strcpy(buf, "none");
	return buf;
}

int flc_addr_cmp(const struct flc_addr *a, const struct flc_addr *b)
{
	/* AF_UNSPEC < AF_INET < AF_INET6 */
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool flc_addr_equal(const struct flc_addr *a, const struct flc_addr *b)
{
	return !flc_addr_cmp(a, b);
}

bool flc_addr_is_any(const struct flc_addr *addr)
{
	static const uint8_t zero[16];

	return flc_addr_is_set(addr) &&
	       !memcmp(addr->bytes, zero, sizeof(zero));
}

bool flc_addr_is_multicast(const struct flc_addr *addr)
{
	if (addr->family == AF_INET)
		return (addr->bytes[0] & 0xf0) == 0xe0;
	return addr->family == AF_INET6 && addr->bytes[0] == 0xff;
}

bool flc_addr_is_loopback(const struct flc_addr *addr)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	if (addr->family == AF_INET)
		return addr->bytes[0] == 127;
	return addr->family == AF_INET6 &&
	       !memcmp(addr->bytes, loopback6, sizeof(loopback6));
}

bool flc_addr_is_link_local(const struct flc_addr *addr)
{
	if (addr->family == AF_INET)
		return addr->bytes[0] == 169 && addr->bytes[1] == 254;
	return addr->family == AF_INET6 && addr->bytes[0] == 0xfe &&
	       (addr->bytes[1] & 0xc0) == 0x80;
}

/* The mask for byte @i of the first @len bits. */
static uint8_t flc_mask_byte(unsigned int len, unsigned int i)
{
	if (len >= 8 * (i + 1))
		return 0xff;
	if (len <= 8 * i)
		return 0;
	return 0xff << (8 * (i + 1) - len);
}

struct flc_addr flc_addr_masked(const struct flc_addr *addr, unsigned int len)
{
	struct flc_addr masked = *addr;
	unsigned int i;

	for (i = 0; i < sizeof(masked.bytes); i++)
		masked.bytes[i] &= flc_mask_byte(len, i);
	return masked;
}

/* Decimal without sign, space or leading zero, up to @max. */
static bool flc_parse_len(const char *text, unsigned int max, uint8_t *len)
{
	unsigned int value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = 10 * value + *text - '0';
		if (value > max)
			return false;
	}
	*len = value;
	return true;
}

bool flc_prefix_parse(struct flc_prefix *prefix, const char *text)
{
	const char *slash = strchr(text, '/');
	char addr[FLC_ADDR_STRLEN];
	struct flc_prefix result;
	size_t n = slash ? (size_t)(slash - text) : strlen(text);

	if (n >= sizeof(addr))
		return false;
	memcpy(addr, text, n);
	addr[n] = '\0';
	if (!flc_addr_parse(&result.addr, addr))
		return false;
	result.len = flc_family_bits(result.addr.family);
	if (slash && !flc_parse_len(slash + 1, result.len, &result.len))
		return false;
	*prefix = result;
	return true;
}

const char *flc_prefix_text(const struct flc_prefix *prefix, char *buf)
{
	flc_addr_text(&prefix->addr, buf);
	if (flc_prefix_is_set(prefix))
		sprintf(buf + strlen(buf), "/%u", prefix->len);
	return buf;
}

int flc_prefix_cmp(const struct flc_prefix *a, const struct flc_prefix *b)
{
	int order = flc_addr_cmp(&a->addr, &b->addr);

	return order ? order : a->len - b->len;
}

bool flc_prefix_equal(const struct flc_prefix *a, const struct flc_prefix *b)
{
	return !flc_prefix_cmp(a, b);
}

struct flc_prefix flc_prefix_masked(const struct flc_prefix *prefix)
{
	struct flc_prefix masked = {
		.addr	= flc_addr_masked(&prefix->addr, prefix->len),
		.len	= prefix->len,
	};

	return masked;
}

bool flc_prefix_has_host_bits(const struct flc_prefix *prefix)
{
	struct flc_prefix masked = flc_prefix_masked(prefix);

	return !flc_prefix_equal(prefix, &masked);
}

bool flc_prefix_contains(const struct flc_prefix *prefix,
			 const struct flc_addr *addr)
{
	struct flc_addr a = flc_addr_masked(&prefix->addr, prefix->len);
	struct flc_addr b = flc_addr_masked(addr, prefix->len);

	return flc_prefix_is_set(prefix) && flc_addr_equal(&a, &b);
}

/* Add one at the last bit of the prefix. */
bool flc_prefix_next(struct flc_prefix *p)
{
	struct flc_addr a = p->addr;
	unsigned int carry;
	int i;

	if (!p->len)
		return false;
	i = (p->len - 1) / 8;
	carry = 0x80 >> ((p->len - 1) % 8);
	for (; i >= 0 && carry; i--) {
		carry += a.bytes[i];
		a.bytes[i] = carry;
		carry >>= 8;
	}
	if (carry)
		return false;
	p->addr = a;
	return true;
}

bool flc_prefix_overlaps(const struct flc_prefix *a, const struct flc_prefix *b)
{
	return a->len < b->len ? flc_prefix_contains(a, &b->addr) :
				 flc_prefix_contains(b, &a->addr);
}

struct flc_addr flc_prefix_last(const struct flc_prefix *prefix)
{
	struct flc_addr last = prefix->addr;
	unsigned int i;

	for (i = 0; i < flc_family_bytes(last.family); i++)
		last.bytes[i] |= (uint8_t)~flc_mask_byte(prefix->len, i);
	return last;
}

static int flc_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool flc_mac_parse(struct flc_mac *mac, const char *text)
{
	struct flc_mac result;
	int high, low, i;

	for (i = 0; i < 6; i++, text += 3) {
		high = flc_hex_digit(text[0]);
		if (high < 0)
			return false;
		low = flc_hex_digit(text[1]);
		if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
			return false;
		result.bytes[i] = high << 4 | low;
	}
	*mac = result;
	return true;
}

const char *flc_mac_text(const struct flc_mac *mac, char *buf)
{
	const uint8_t *b = mac->bytes;

	sprintf(buf, "%02x:%02x:%02x:%02x:%02x:%02x",
		b[0], b[1], b[2], b[3], b[4], b[5]);
	return buf;
}

bool flc_mac_equal(const struct flc_mac *a, const struct flc_mac *b)
{
	return !memcmp(a, b, sizeof(*a));
}

bool flc_mac_is_zero(const struct flc_mac *mac)
{
	static const struct flc_mac zero;

	return flc_mac_equal(mac, &zero);
}

bool flc_mac_is_valid(const struct flc_mac *mac)
{
	return !flc_mac_is_zero(mac) && !(mac->bytes[0] & 1);
}
