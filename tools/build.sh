#!/bin/sh
# Configures a build folder where its options are new or have changed, then builds it, or only $TARGETS of it.
#
# build.sh FOLDER [MESON-OPTION...]
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
folder=$1
shift
options=$*

if [ ! -f "$folder/build.ninja" ]; then
  meson setup "$folder" "$@"
elif [ "$(cat "$folder/weft-options" 2>/dev/null)" != "$options" ]; then
  meson setup --reconfigure "$folder" "$@"
fi
echo "$options" >"$folder/weft-options"
ninja -C "$folder" ${TARGETS-}
