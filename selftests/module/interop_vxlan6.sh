#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What interop_vxlan.sh shows, over an IPv6 underlay.
set -u
UNDERLAY=6
. "$(dirname "$(realpath "$0")")/interop_vxlan.sh"
