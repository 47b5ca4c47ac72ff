/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: commands and dumps. */
#ifndef _FLANNEL_GENL_H
#define _FLANNEL_GENL_H

int fl_genl_init(void);
void fl_genl_exit(void);

#endif /* _FLANNEL_GENL_H */
