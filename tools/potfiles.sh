#!/bin/sh
# Prints the files with texts for people, as po/POTFILES lists them: tools/potfiles.sh >po/POTFILES
# With --check: TAP, one case; fails where the list is not what stands in po/POTFILES.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
cd "$(dirname "$0")/.."

list () {
  {
    find engine $(ls -d gpu 2>/dev/null) ui app -name '*.[ch]' -o -name '*.def' | xargs grep -lE '(^|[^A-Za-z_])(_|N_|C_|NC_|Q_|ngettext|g_dngettext) ?\(' || true
    find ui -name '*.ui' | xargs -r grep -l 'translatable="yes"' || true
    ls po/data-texts.h data/*.desktop.in data/*.metainfo.xml.in data/*.mime.xml.in data/*.gschema.xml
  } | LC_ALL=C sort
}

if [ "${1-}" != --check ]; then
  list
  exit 0
fi
echo 1..1
if list | cmp -s - po/POTFILES; then
  echo 'ok 1 /po/potfiles'
else
  list | diff - po/POTFILES | sed 's/^/# /' || true
  echo 'not ok 1 /po/potfiles'
  echo '# run: tools/potfiles.sh >po/POTFILES'
fi
