# SPDX-License-Identifier: GPL-2.0
# What every Makefile in tools/*/ and tools/dev/*/ shares: where things go, with which flags they
# are compiled, and the targets all, clean, test, install. See README.md.

COMMON_MK	:= $(abspath $(lastword $(MAKEFILE_LIST)))
TOP		:= $(abspath $(dir $(COMMON_MK))/..)
COMPONENT		:= $(notdir $(CURDIR))

# One output folder for each variant; SAN=1 is the sanitised one.
BUILD		?= $(TOP)/build
OUT		?= $(BUILD)/tools$(if $(filter 1,$(SAN)),-asan)
OBJ		:= $(OUT)/obj/$(COMPONENT)

CC		:= $(if $(filter default,$(origin CC)),gcc,$(CC))
AR		?= ar
PKG_CONFIG	?= pkg-config
PROTOC_C	?= protoc-c
INSTALL		?= install

PREFIX		?= /usr
BINDIR		?= $(PREFIX)/bin
SBINDIR		?= $(PREFIX)/sbin
MANDIR		?= $(PREFIX)/share/man
MULTIARCH	:= $(shell $(CC) -print-multiarch 2>/dev/null)
IPLIBDIR	?= $(PREFIX)/lib/$(if $(MULTIARCH),$(MULTIARCH)/)ip

VERSION		:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' $(TOP)/dkms.conf)

ifeq ($(SAN),1)
SANFLAGS	:= -fsanitize=address,undefined -fno-sanitize-recover=undefined \
		   -fno-omit-frame-pointer
endif

# A packager's CFLAGS, CPPFLAGS and LDFLAGS come on top of ours.
CFLAGS		?= -O2 -g
ALL_CPPFLAGS	= -D_GNU_SOURCE -DFLANNEL_VERSION='"$(VERSION)"' \
		  -I$(TOP)/include/uapi -I$(TOP)/tools -I$(CURDIR) -I$(OBJ) \
		  $(PKG_CFLAGS) $(COMPONENT_CPPFLAGS) $(CPPFLAGS)
ALL_CFLAGS	= -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror \
		  $(SANFLAGS) $(COMPONENT_CFLAGS) $(CFLAGS)
ALL_LDFLAGS	= $(SANFLAGS) $(COMPONENT_LDFLAGS) $(LDFLAGS)

ifneq ($(strip $(PKGS)),)
PKG_CFLAGS	:= $(shell $(PKG_CONFIG) --cflags $(PKGS))
PKG_LIBS	:= $(shell $(PKG_CONFIG) --libs $(PKGS))
ifneq ($(.SHELLSTATUS),0)
ifeq ($(filter clean,$(MAKECMDGOALS)),)
$(error development files of "$(PKGS)" are missing: run "make setup" in $(TOP))
endif
endif
endif

# make V=1 shows the commands.
ifeq ($(V),1)
Q		:=
say		= @:
else
Q		:= @
say		= @printf '  %-7s %s\n' $(1) $(patsubst $(BUILD)/%,%,$(2))
endif

LIBFLANNEL	:= $(OUT)/lib/libflannel.a
BIN		:= $(if $(PROGRAM),$(OUT)/bin/$(PROGRAM))
LIB		:= $(if $(LIBRARY),$(OUT)/lib/$(LIBRARY))
PLUG		:= $(if $(PLUGIN),$(OUT)/lib/ip/$(PLUGIN))
NEEDS_LIB	:= $(if $(USE_LIBFLANNEL),$(LIBFLANNEL))

MAIN		?= main.c
PROTO_OBJS	:= $(PROTOS:%.proto=$(OBJ)/%.pb-c.o)
OBJS		:= $(SRCS:%.c=$(OBJ)/%.o) $(PROTO_OBJS)
# What a unit test links with: everything but main().
COMPONENT_AR		:= $(OBJ)/component.a
COMPONENT_OBJS	:= $(filter-out $(MAIN:%.c=$(OBJ)/%.o),$(OBJS))

TESTS		?= $(basename $(notdir $(wildcard tests/test_*.c)))
TEST_BINS	:= $(TESTS:%=$(OUT)/test/$(COMPONENT)/%)
TEST_SCRIPTS	?= $(wildcard tests/test_*.sh)

all: $(BIN) $(LIB) $(PLUG)

ifneq ($(strip $(SRCS)),)
$(BIN): $(OBJS) $(NEEDS_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(COMPONENT_LIBS)

$(LIB): $(OBJS)
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(PLUG): COMPONENT_CFLAGS += -fPIC
$(PLUG): $(OBJS)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -shared $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(COMPONENT_LIBS)
endif

$(COMPONENT_AR): $(COMPONENT_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OBJ)/%.o: %.c $(COMMON_MK) Makefile | $(PROTO_OBJS:.o=.h)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(OBJ)/%.pb-c.c $(OBJ)/%.pb-c.h: %.proto
	$(call say,PROTOC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PROTOC_C) --c_out=$(OBJ) $<

$(OBJ)/%.pb-c.o: $(OBJ)/%.pb-c.c $(OBJ)/%.pb-c.h
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# libflannel.a is built by its own component, here only when it is needed.
ifneq ($(COMPONENT),lib)
.PHONY: libflannel-component
libflannel-component:
	@+$(MAKE) --no-print-directory -C $(TOP)/tools/lib all
$(LIBFLANNEL): libflannel-component ;
endif

# Unit tests: each tests/test_*.c is one cmocka program.
$(OUT)/test/$(COMPONENT)/%: $(OBJ)/tests/%.o $(COMPONENT_AR) $(NEEDS_LIB)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) $(TEST_LDFLAGS) -o $@ $< $(COMPONENT_AR) $(NEEDS_LIB) \
		-lcmocka $(PKG_LIBS) $(COMPONENT_LIBS)

test-programs: all $(TEST_BINS)

test: test-programs
ifneq ($(TEST_BINS)$(TEST_SCRIPTS),)
	$(Q)OUT=$(OUT) PATH=$(OUT)/bin:$$PATH $(TOP)/selftests/run \
		$(if $(TEST_JOBS),--jobs $(TEST_JOBS)) --group $(CURDIR:$(TOP)/%=%) $(TEST_BINS) $(abspath $(TEST_SCRIPTS))
endif

# NOT_INSTALLED=1: a program that only tests of this tree use.
INSTALLED	:= $(if $(filter 1,$(NOT_INSTALLED)),,$(BIN))

install: all
ifneq ($(INSTALLED),)
	$(INSTALL) -D -m 755 $(BIN) $(DESTDIR)$(or $(PROGRAM_DIR),$(SBINDIR))/$(PROGRAM)
endif
ifneq ($(PLUG),)
	$(INSTALL) -D -m 644 $(PLUG) $(DESTDIR)$(IPLIBDIR)/$(PLUGIN)
endif
	$(Q)for page in $(MANPAGES); do \
		$(INSTALL) -v -D -m 644 $$page \
			$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; \
	done

uninstall:
ifneq ($(INSTALLED),)
	rm -f $(DESTDIR)$(or $(PROGRAM_DIR),$(SBINDIR))/$(PROGRAM)
endif
ifneq ($(PLUG),)
	rm -f $(DESTDIR)$(IPLIBDIR)/$(PLUGIN)
endif
	$(Q)for page in $(MANPAGES); do \
		rm -fv $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; \
	done

clean:
	rm -rf $(OBJ) $(OUT)/test/$(COMPONENT) $(BIN) $(LIB) $(PLUG)

# For tools/dev/compile_commands: each source, and how it is compiled.
compile-commands:
	@$(foreach source,$(sort $(SRCS) $(wildcard *.c tests/*.c)),$(info \
		$(source) $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c $(source))):

.PHONY: all test test-programs install uninstall clean compile-commands
.SECONDARY:
.DELETE_ON_ERROR:

-include $(wildcard $(OBJ)/*.d $(OBJ)/*/*.d)
