#!/bin/sh
# Pictures of the editor, light and dark, to be looked at beside the design: screenshots.sh BUILD-FOLDER OUT-FOLDER
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
if [ $# != 2 ]; then
  echo "usage: $0 BUILD-FOLDER OUT-FOLDER" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
WEFT_BUILD_DIR=$(cd "$1" && pwd)
out=$(cd "$2" && pwd)
export WEFT_BUILD_DIR
export WEFT_DATA_DIR="$here/../../data" GSETTINGS_SCHEMA_DIR="$WEFT_BUILD_DIR/data" LC_ALL=C.UTF-8

for scheme in light dark; do
  for shot in start build node popover error train shortcuts preferences; do
    ADW_DEBUG_COLOR_SCHEME="prefer-$scheme" SCREEN=1410x890x24 \
      "$here/with-x.sh" /usr/bin/python3 "$here/screenshot.py" "$shot" 1400 880 "$out/$shot-$scheme.png"
  done
  ADW_DEBUG_COLOR_SCHEME="prefer-$scheme" SCREEN=1034x610x24 \
    "$here/with-x.sh" /usr/bin/python3 "$here/screenshot.py" build 1024 600 "$out/small-$scheme.png"
  ADW_DEBUG_COLOR_SCHEME="prefer-$scheme" SCREEN=1410x890x24 STEPS=8 \
    "$here/with-x.sh" /usr/bin/python3 "$here/screenshot.py" optimise 1400 880 "$out/optimise-$scheme.png" optimise-log-softmax
  ADW_DEBUG_COLOR_SCHEME="prefer-$scheme" SCREEN=1034x610x24 STEPS=8 \
    "$here/with-x.sh" /usr/bin/python3 "$here/screenshot.py" optimise 1024 600 "$out/optimise-small-$scheme.png" optimise-log-softmax
done
