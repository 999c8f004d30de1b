#!/bin/sh
# Pictures of the editor, to be looked at one by one beside the design: each state in each setting, as OUT-FOLDER/SETTING/STATE.png.
#
# screenshots.sh BUILD-FOLDER OUT-FOLDER [SETTING...]      $STATES: only these states
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
if [ $# -lt 2 ]; then
  echo "usage: $0 BUILD-FOLDER OUT-FOLDER [SETTING...]" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
WEFT_BUILD_DIR=$(cd "$1" && pwd)
out=$(cd "$2" && pwd)
shift 2
export WEFT_BUILD_DIR
export WEFT_DATA_DIR="$here/../../data" GSETTINGS_SCHEMA_DIR="$WEFT_BUILD_DIR/data" LC_ALL=C.UTF-8
export WEFT_LOCALE_DIR="$out/locale"

# NAME=EXAMPLE where it is not the digits; NAME:STATE where a state has several pictures.
all="start build node several panes popover error find commands outline history tooltip help menu primary structure shortcuts preferences keys about
  export layer group values gradient dock-values dock-optimised dock-memory dock-kernels present device train training empty runs timeline views=iris moons:views=two-moons letters:views=char-gru
  deep:plain=char-transformer mnist:plain=mnist-mlp lesson=../lessons/width lesson-editor
  optimise=optimise-log-softmax search=optimise-log-softmax quiz=optimise-log-softmax inspect=mnist-mlp
  data import import-text import-pictures import-digits import-broken import-choose sweep run-to print save-as curves-export report
  phase-forward phase-backward breakpoint breakpoint-menu not-finite"

# The catalogue of one language; GTK mirrors a window only where the program has one, so the one that is mirrored is empty.
catalogue () {
  mkdir -p "$WEFT_LOCALE_DIR/$1/LC_MESSAGES"
  msgfmt -o "$WEFT_LOCALE_DIR/$1/LC_MESSAGES/weft.mo" -
}

# The settings: what the environment of a setting is.
setting () {
  width=1400 height=880 wrap=
  export ADW_DEBUG_COLOR_SCHEME=prefer-light LANGUAGE= ADW_DEBUG_HIGH_CONTRAST=0
  case $1 in
    light) ;;
    dark) ADW_DEBUG_COLOR_SCHEME=prefer-dark ;;
    contrast) ADW_DEBUG_HIGH_CONTRAST=1 ;;
    contrast-dark) ADW_DEBUG_HIGH_CONTRAST=1 ADW_DEBUG_COLOR_SCHEME=prefer-dark ;;
    # An X display tells GTK its resolution, and so the size of text, by a resource.
    text-50) wrap="$here/with-dpi.sh" WEFT_DPI=48 ;;
    text-200) wrap="$here/with-dpi.sh" WEFT_DPI=192 ;;
    small) width=1024 height=600 ;;
    small-200) width=1024 height=600 wrap="$here/with-dpi.sh" WEFT_DPI=192 ;;
    narrow) width=360 height=640 ;;
    mirrored)
      LANGUAGE=he
      printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n' | catalogue he ;;
    *)
      LANGUAGE=$1
      catalogue "$1" <"$here/../../po/$1.po" ;;
  esac
  export WEFT_DPI
}

# shot SETTING NAME[:STATE][=EXAMPLE]
shot () {
  state=${2%%=*} example=
  case $2 in *=*) example=${2#*=} ;; esac
  SCREEN=$((width + 10))x$((height + 10))x24 "$here/with-x.sh" $wrap /usr/bin/python3 "$here/screenshot.py" "${state#*:}" \
    "$width" "$height" "$out/$1/${state%%:*}.png" $example || echo "$0: $1/$state: no picture" >&2
}

WEFT_DPI=96
[ $# -gt 0 ] || set -- light dark contrast contrast-dark text-50 text-200 mirrored small small-200 narrow $(cat "$here/../../po/LINGUAS")
for name; do
  mkdir -p "$out/$name"
  setting "$name"
  for state in ${STATES-$all}; do
    shot "$name" "$state"
  done
done
rm -rf "$WEFT_LOCALE_DIR"
