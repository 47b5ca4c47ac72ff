/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network configuration that container runtimes look for (/etc/cni/net.d): a node
 * that has none starts no pods, so it is written when the network is there.
 */
#ifndef AGENT_CNI_CONF_H
#define AGENT_CNI_CONF_H

#include "lib/error.h"

/**
 * cni_conf_check - can it be used?
 * @source: file with the configuration; "" for the one that is built in
 * @err: what is wrong with it
 *
 * Return: 0, or a negative errno.
 */
int cni_conf_check(const char *source, struct flc_error *err);

/**
 * cni_conf_keep - the file at a path says what the source says; if not, it is replaced
 * @path: of the file
 * @source: file with the configuration; "" for the one that is built in
 * @err: why not: @path cannot be written, or @source not used
 *
 * Context: may wait for the disk.
 * Return: 1 if the file was written, 0 if it was right, or a negative errno; then the
 *         file is as it was.
 */
int cni_conf_keep(const char *path, const char *source, struct flc_error *err);

#endif
