// SPDX-License-Identifier: GPL-2.0
/* Walks tables of any size and removes entries along the way. */
#include <linux/rhashtable.h>
#include <linux/sched.h>

#include <flannel/sweep.h>

/* Number of entries per batch */
#define FL_SWEEP_STEP	256

static bool fl_sweep_once(struct rhashtable *ht,
			  bool (*remove)(void *entry, void *arg), void *arg)
{
	struct rhashtable_iter iter;
	unsigned int seen = 0;
	bool removed = false;
	void *entry;

	rhashtable_walk_enter(ht, &iter);
	rhashtable_walk_start(&iter);
	while ((entry = rhashtable_walk_next(&iter))) {
		if (IS_ERR(entry))
			continue;	/* resized: some are seen again */
		if (remove(entry, arg))
			removed = true;
		if (++seen % FL_SWEEP_STEP)
			continue;
		rhashtable_walk_stop(&iter);
		cond_resched();
		rhashtable_walk_start(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return removed;
}

/**
 * fl_sweep - remove entries from a table, in steps
 * @ht: table
 * @remove: removes @entry if it matches, and tells whether it did; called in an RCU
 *	read-side critical section, for an entry that may be gone by now
 * @arg: for @remove
 *
 * A walk that was interrupted goes on by position; if the entry that it stood on
 * has been removed it passes over others. So it is repeated until there is nothing
 * to remove.
 *
 * Context: process.
 */
void fl_sweep(struct rhashtable *ht, bool (*remove)(void *entry, void *arg),
	      void *arg)
{
	while (fl_sweep_once(ht, remove, arg))
		cond_resched();
}
