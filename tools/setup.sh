#!/bin/sh
# Installs the Debian packages of the named sets that are missing; says and does nothing when none is.
#
# setup.sh SET...        sets as in packages.txt: build, ui, test
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu
table=$(dirname "$0")/packages.txt

wanted=
for name in "$@"; do
  wanted="$wanted $(sed -n "s/^$name  *\([^ ]*\).*/\1/p" "$table")"
done

if ! command -v dpkg-query >/dev/null; then
  echo "Weft's Makefile installs packages on Debian and Ubuntu only. Here, please see to these yourself (tools/packages.txt says what they are for):" $wanted >&2
  exit 0
fi

missing=
for package in $wanted; do
  case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true) in
    installed*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  root=
elif command -v sudo >/dev/null; then
  echo "Weft needs these packages, and sudo may ask for your password to install them:$missing"
  root=sudo
else
  echo "Weft needs packages that only root can install. Please run as root: apt-get install --no-install-recommends$missing" >&2
  exit 1
fi
$root apt-get update -q
$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
