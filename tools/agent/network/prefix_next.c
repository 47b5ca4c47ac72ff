// SPDX-License-Identifier: GPL-2.0
/* From one subnet to the one behind it: one added at the prefix's last bit. */
#include "network/prefix_next.h"

bool prefix_next(struct flc_prefix *p)
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
