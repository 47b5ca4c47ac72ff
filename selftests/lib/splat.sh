# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Which kernel messages count as a failure. The host checks the console log with it,
# selftests/lib/lib.sh the kernel log of each test.

SPLAT_REGEX='BUG: |WARNING: |Oops|Kernel panic|general protection fault'
SPLAT_REGEX+='|unable to handle|double fault|invalid opcode|divide error'
SPLAT_REGEX+='|KASAN: |KCSAN: |KMSAN: |UBSAN: |KFENCE: |ODEBUG: '
SPLAT_REGEX+='|possible recursive locking|possible circular locking|inconsistent lock state'
SPLAT_REGEX+='|suspicious RCU usage|DEBUG_LOCKS_WARN_ON|held lock freed|lock held when returning'
SPLAT_REGEX+='|sleeping function called|scheduling while atomic|Voluntary context switch within RCU'
SPLAT_REGEX+='|self-detected stall|detected stalls|soft lockup|hard LOCKUP|blocked for more than'
SPLAT_REGEX+='|list_add corruption|list_del corruption|refcount_t: |ref_tracker: '
SPLAT_REGEX+='|kmemleak: [0-9]* new|unregister_netdevice: waiting|\[ cut here \]|Call Trace:'
# Messages at boot about the processor or the firmware, not about the kernel.
SPLAT_HARMLESS='Firmware Bug|Spectre V|MDS CPU bug|TAA CPU bug|RETBleed|mitigation'
# Messages from the reference tracker when it gets no memory for a record, because
# the stress test makes allocations fail.
SPLAT_HARMLESS+='|ref_tracker: memory allocation failure'

# splat_in FILE: print the first failure message and what follows it; false if there
# is none.
splat_in()
{
	local line

	line=$(grep -naE "$SPLAT_REGEX" "$1" | grep -vE "$SPLAT_HARMLESS" | head -n 1 |
		cut -d : -f 1)
	[ -n "$line" ] || return 1
	tail -n "+$line" "$1" | head -n "${2:-40}"
}
