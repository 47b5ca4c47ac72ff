/* SPDX-License-Identifier: GPL-2.0 */
/* The registry of a cluster: etcd. */
#ifndef AGENT_REGISTRY_ETCD_H
#define AGENT_REGISTRY_ETCD_H

#include "etcd/etcd.h"
#include "network/registry.h"

/* @prefix: of all keys, like "/coreos.com/network". Takes @etcd over. */
struct registry *registry_etcd_new(struct etcd *etcd, const char *prefix);

/* Read all leases again about every @ms, even without a reason. */
void registry_etcd_relist(struct registry *registry, unsigned int ms);

#endif
