// SPDX-License-Identifier: GPL-2.0
/* Traffic of a lease: per-CPU counters, allocated with the first packets. */
#include <linux/percpu.h>

#include <flannel/lease.h>

static struct fl_lease_count __percpu *
fl_lease_new_count(struct fl_lease *lease)
{
	struct fl_lease_count __percpu *count, *old;
	int cpu;

	/* Not charged to a cgroup: the sender of a packet does not own the lease. */
	count = alloc_percpu_gfp(struct fl_lease_count,
				 GFP_NOWAIT | __GFP_NOWARN);
	if (!count)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(count, cpu)->syncp);
	old = cmpxchg(&lease->count, NULL, count);
	if (!old)
		return count;
	free_percpu(count);
	return old;
}

/**
 * fl_lease_used_first - account for packets of a lease that has no counters yet
 * @lease: lease
 * @packets: how many, as they look on the wire
 * @bytes: inner bytes
 *
 * Context: RCU and BH disabled.
 */
void fl_lease_used_first(struct fl_lease *lease, unsigned int packets,
			 unsigned int bytes)
{
	struct fl_lease_count __percpu *count = NULL;

	if (atomic_read(&lease->first_packets) >= FL_LEASE_FIRST)
		count = fl_lease_new_count(lease);
	if (count) {
		fl_lease_count_add(count, packets, bytes);
		return;
	}
	atomic_add(packets, &lease->first_packets);
	atomic_add(bytes, &lease->first_bytes);
}

/**
 * fl_lease_read_count - read the traffic counters of a lease
 * @lease: lease
 * @packets: packets
 * @bytes: inner bytes
 *
 * Context: RCU, or the device's lock held.
 */
void fl_lease_read_count(const struct fl_lease *lease, u64 *packets,
			 u64 *bytes)
{
	struct fl_lease_count __percpu *count = READ_ONCE(lease->count);
	unsigned int start;
	u64 p, b;
	int cpu;

	*packets = (u32)atomic_read(&lease->first_packets);
	*bytes = (u32)atomic_read(&lease->first_bytes);
	if (!count)
		return;
	for_each_possible_cpu(cpu) {
		const struct fl_lease_count *one = per_cpu_ptr(count, cpu);

		do {
			start = u64_stats_fetch_begin(&one->syncp);
			p = u64_stats_read(&one->packets);
			b = u64_stats_read(&one->bytes);
		} while (u64_stats_fetch_retry(&one->syncp, start));
		*packets += p;
		*bytes += b;
	}
}
