/* SPDX-License-Identifier: GPL-2.0 */
/* For kernels that have no such header: theirs is found before this one. */
#include <linux/netdevice.h>
