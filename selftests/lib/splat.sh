# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What counts as a complaint of the kernel about itself. Used on the console log
# by the host, and on the kernel log of each test by selftests/lib/lib.sh.

SPLAT_REGEX='BUG: |WARNING: |Oops|Kernel panic|general protection fault'
SPLAT_REGEX+='|unable to handle|double fault|invalid opcode|divide error'
SPLAT_REGEX+='|KASAN: |KCSAN: |KMSAN: |UBSAN: |KFENCE: |ODEBUG: '
SPLAT_REGEX+='|possible recursive locking|possible circular locking|inconsistent lock state'
SPLAT_REGEX+='|suspicious RCU usage|DEBUG_LOCKS_WARN_ON|held lock freed|lock held when returning'
SPLAT_REGEX+='|sleeping function called|scheduling while atomic|Voluntary context switch within RCU'
SPLAT_REGEX+='|self-detected stall|detected stalls|soft lockup|hard LOCKUP|blocked for more than'
SPLAT_REGEX+='|list_add corruption|list_del corruption|refcount_t: |ref_tracker: '
SPLAT_REGEX+='|kmemleak: [0-9]* new|unregister_netdevice: waiting|\[ cut here \]|Call Trace:'
# Said at boot about the processor or the firmware, not about the kernel.
SPLAT_HARMLESS='Firmware Bug|Spectre V|MDS CPU bug|TAA CPU bug|RETBleed|mitigation'
# Said by a checker of references that gets no memory to write one down, because
# the stress test lets allocations fail.
SPLAT_HARMLESS+='|ref_tracker: memory allocation failure'

# splat_in FILE: prints the first complaint and what follows it; false if there
# is none.
splat_in()
{
	local line

	line=$(grep -naE "$SPLAT_REGEX" "$1" | grep -vE "$SPLAT_HARMLESS" | head -n 1 |
		cut -d : -f 1)
	[ -n "$line" ] || return 1
	tail -n "+$line" "$1" | head -n "${2:-40}"
}
