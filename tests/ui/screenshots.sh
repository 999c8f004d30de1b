#!/bin/sh
# Pictures of the editor, to be looked at beside the design: light, dark, high contrast, text at half and at double size, right to
# left, on a small screen, in each language. screenshots.sh BUILD-FOLDER OUT-FOLDER
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

# shot STATE WIDTH HEIGHT NAME [EXAMPLE]
shot () {
  SCREEN=$(($2 + 10))x$(($3 + 10))x24 "$here/with-x.sh" $wrap /usr/bin/python3 "$here/screenshot.py" "$1" "$2" "$3" "$out/$4.png" ${5-}
}
wrap=

for scheme in light dark; do
  export ADW_DEBUG_COLOR_SCHEME="prefer-$scheme"
  shot lesson 1400 880 "lesson-$scheme" ../lessons/width
  shot present 1400 880 "present-$scheme"
  ADW_DEBUG_HIGH_CONTRAST=1 shot node 1400 880 "contrast-$scheme"
done
export ADW_DEBUG_COLOR_SCHEME=prefer-light
shot lesson 1024 600 lesson-small ../lessons/width

# An X display tells GTK its resolution, and so the size of text, by this resource.
wrap="$here/with-dpi.sh"
for dpi in 48 192; do
  export WEFT_DPI=$dpi
  shot start 1400 880 "start-text-$dpi"
  shot node 1400 880 "node-text-$dpi"
  shot lesson 1400 880 "lesson-text-$dpi" ../lessons/width
done
wrap=

# GTK mirrors a window in a language that is written so, but only if the program has translations into it: these are empty.
export WEFT_LOCALE_DIR="$out/locale" LANGUAGE=he
mkdir -p "$WEFT_LOCALE_DIR/he/LC_MESSAGES"
printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n' | msgfmt -o "$WEFT_LOCALE_DIR/he/LC_MESSAGES/weft.mo" -
shot start 1400 880 start-mirrored
shot node 1400 880 node-mirrored
shot lesson 1400 880 lesson-mirrored ../lessons/width

for language in $(cat "$here/../../po/LINGUAS"); do
  mkdir -p "$WEFT_LOCALE_DIR/$language/LC_MESSAGES"
  msgfmt -o "$WEFT_LOCALE_DIR/$language/LC_MESSAGES/weft.mo" "$here/../../po/$language.po"
  LANGUAGE=$language shot translated 1400 880 "build-$language"
done
rm -r "$WEFT_LOCALE_DIR"
