// SPDX-License-Identifier: GPL-2.0
/*
 * From a lease to a path. A stock flannel node with both families has two devices,
 * each with its own MAC and address: packets for its IPv6 subnet go to its IPv6
 * device at its IPv6 address.
 */
#include "dataplane/path.h"

#include <string.h>

static bool has(const struct flc_addr *addr)
{
	return flc_addr_is_set(addr);
}

/*
 * Prefer the remote of the subnet's own family: that is where stock flannel
 * listens.
 */
static bool choose_remote(struct path *out, const struct lease_value *value,
			  int family, const struct underlay *underlay)
{
	bool can4 = has(&value->public4) && has(&underlay->local4);
	bool can6 = has(&value->public6) && has(&underlay->local6);

	if (can4 && (family == AF_INET || !can6))
		out->remote4 = value->public4;
	else if (can6)
		out->remote6 = value->public6;
	return can4 || can6;
}

static bool choose_mac(struct path *out, const struct lease_value *value)
{
	const struct vtep *vtep = has(&out->remote4) ? &value->vtep4 :
						       &value->vtep6;

	if (!vtep->has_mac)
		vtep = value->vtep4.has_mac ? &value->vtep4 : &value->vtep6;
	out->mac = vtep->mac;
	return vtep->has_mac;
}

static bool has_own_address(const struct lease_value *value,
			    const struct underlay *underlay)
{
	return (has(&value->public4) &&
		flc_addr_equal(&value->public4, &underlay->public4)) ||
	       (has(&value->public6) &&
		flc_addr_equal(&value->public6, &underlay->public6));
}

bool path_make(struct path *out, const struct peer *peer, int family,
	       enum backend_type backend, const struct underlay *underlay,
	       const char **why)
{
	const struct lease_value *value = &peer->value;
	struct path path = { 0 };

	path.subnet = family == AF_INET ? peer->subnets.v4 : peer->subnets.v6;
	*why = NULL;
	if (backend == BACKEND_ALLOC)
		*why = "this node does not forward (backend alloc)";
	else if (!has(&value->public4) && !has(&value->public6))
		*why = "it has no address";
	else if (strcmp(value->type, backend_type_name(backend)))
		*why = "its backend type differs";
	else if (has_own_address(value, underlay))
		*why = "its address is this node's";
	else if (!choose_remote(&path, value, family, underlay))
		*why = "this node has no address of the family of its address";
	else if (backend == BACKEND_VXLAN && !choose_mac(&path, value))
		*why = "it has no VtepMAC";
	if (*why)
		return false;
	path.tunnel = backend == BACKEND_VXLAN;
	*out = path;
	return true;
}

void path_lease(struct flc_lease *lease, const struct path *path)
{
	*lease = (struct flc_lease){
		.subnet = path->subnet,
		.mac = path->mac,
		.remote4 = path->remote4,
		.remote6 = path->remote6,
	};
}
