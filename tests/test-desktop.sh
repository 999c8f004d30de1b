#!/bin/sh
# What the desktop is told: the type of documents is found by their name, both icons are pictures, the service starts the editor.
# test-desktop.sh DATA-SOURCE-FOLDER MIME-FILE SERVICE-FILE. Prints TAP.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
data=$1 mime=$2 service=$3
n=0
say () {
  n=$((n + 1))
  if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
echo 1..4

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir "$home/packages"
cp "$mime" "$home/packages/org.weft.Weft.xml"
if command -v update-mime-database >/dev/null; then
  update-mime-database "$home" && grep -q '^application/x-weft:\*\.weft$' "$home/globs"
  say $? /desktop/mime
else
  n=1
  echo "ok 1 - /desktop/mime # SKIP update-mime-database is not installed"
fi

icons="$data/icons/hicolor"
if command -v xmllint >/dev/null; then
  xmllint --noout "$icons/scalable/apps/org.weft.Weft.svg" "$icons/symbolic/apps/org.weft.Weft-symbolic.svg"
  say $? /desktop/icons
else
  n=2
  echo "ok 2 - /desktop/icons # SKIP xmllint is not installed"
fi

# The bus starts what the menu entry says it may start.
grep -q '^DBusActivatable=true$' "$data/org.weft.Weft.desktop.in" && grep -q '^Name=org.weft.Weft$' "$service"
say $? /desktop/activatable
grep -q '^Exec=/.*/weft --gapplication-service$' "$service"
say $? /desktop/service
