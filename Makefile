# SPDX-License-Identifier: GPL-2.0
# `make help` says what can be made. Everything that is made goes below build/.
# The module's own build description is Kbuild.

TOP		:= $(CURDIR)
BUILD		?= $(TOP)/build
export BUILD

VERSION		:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
COMPONENTS		:= $(patsubst %/Makefile,%,$(wildcard tools/*/Makefile tools/dev/*/Makefile))

# KERNEL: a release, or a name of tools/dev/vm/kernel; KDIR: a folder of headers.
KERNEL		?=
KDIR		?=
MODULE		= tools/dev/module $(if $(KERNEL),--kernel '$(KERNEL)') \
		  $(if $(KDIR),--kdir '$(KDIR)')
# 1: with its unit tests, where the kernel has KUnit
KUNIT		?=
VM_KERNEL	= $(or $(KERNEL),6.1)
VM		= tools/dev/vm/run --kernel '$(VM_KERNEL)'

TESTS		?=
HOST		?=
QUICK		?=

all: module tools

help:
	@cat tools/dev/help.txt

# What is missing on this machine, from the distribution's archive.
setup:
	@tools/dev/setup

# A real Kubernetes for the tests that want one; they skip without it.
setup-kube:
	@tools/dev/kube/build

module:
	+@$(MODULE) $(if $(filter 1,$(KUNIT)),--kunit) $(if $(V),V=$(V)) $(if $(W),W=$(W)) \
		$(if $(C),C=$(C))

tools: $(COMPONENTS)

# Everybody links with the library; make it once, and first.
$(filter-out tools/lib,$(COMPONENTS)): $(filter tools/lib,$(COMPONENTS))
$(COMPONENTS):
	+@$(MAKE) --no-print-directory -C $@ all

check:
	@tools/dev/check --kernel '$(VM_KERNEL)' $(TESTS)

check-tools:
	@tools/dev/check --only units --log check-tools

check-harness:
	@tools/dev/check --only harness --log check-harness

check-style:
	@tools/dev/style $(if $(KERNEL),--kernel '$(KERNEL)')

# What is made of the specification of the netlink family, and committed.
netlink:
	@tools/dev/netlink/generate

# The drawings of the documentation, from their texts.
pictures:
	@tools/dev/pictures

# For editors and clangd. The commands of the module are those of its last build.
compile_commands.json: module tools
	@tools/dev/compile_commands $$($(MODULE) --print | cut -d ' ' -f 2-)

# For the virtual machine the module is built against that machine's kernel.
vm-module: tools
	+@tools/dev/module --kernel '$(VM_KERNEL)' --kunit

shell: vm-module
	@$(VM) --load --tty --timeout 86400 -- bash -i

# Also on a machine that has nothing of it yet.
demo:
	@! command -v apt-get >/dev/null || tools/dev/setup
	+@$(MAKE) --no-print-directory $(if $(filter 1,$(HOST)),all,vm-module)
	@$(if $(filter 1,$(HOST)),,$(VM) --log demo --timeout 900 --) \
		tools/dev/demo/demo.sh

bench: vm-module
	@tools/dev/bench/run $(if $(filter 1,$(QUICK)),--quick)

install: all
	+@$(MODULE) INSTALL_MOD_DIR=updates \
		$(if $(DESTDIR),INSTALL_MOD_PATH='$(DESTDIR)') modules_install
	@$(if $(DESTDIR),:,depmod "$$($(MODULE) --print | cut -d ' ' -f 1)")
	+@for component in $(COMPONENTS); do \
		$(MAKE) --no-print-directory -C $$component install || exit 1; \
	done

uninstall:
	@release=$$($(MODULE) --print | cut -d ' ' -f 1) && \
	rm -fv "$(DESTDIR)/lib/modules/$$release/updates/flannel.ko" && \
	$(if $(DESTDIR),:,depmod "$$release")
	+@for component in $(COMPONENTS); do \
		$(MAKE) --no-print-directory -C $$component uninstall || exit 1; \
	done

dkms-install:
	@tools/dev/dkms/install $(if $(KERNEL),--kernel '$(KERNEL)')

dkms-remove:
	@tools/dev/dkms/install --remove

check-dkms:
	@tools/dev/dkms/test

check-packages:
	@tools/dev/packaging/test

check-kernels:
	@tools/dev/kernels/check $(KERNEL:%=--kernel '%') $(TESTS)

check-debug:
	@tools/dev/debug/check $(TESTS)

clean:
	rm -rf $(BUILD) compile_commands.json

.PHONY: all help setup setup-kube module tools $(COMPONENTS) check \
	check-tools check-harness check-style netlink pictures compile_commands.json vm-module shell \
	demo bench install uninstall dkms-install dkms-remove check-dkms check-packages \
	check-kernels check-debug clean
