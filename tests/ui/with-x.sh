#!/bin/bash
# Runs a command in an X display, a session bus and XDG folders of its own, all gone afterwards.
#
# with-x.sh COMMAND [ARGUMENT...]        $SCREEN: size of the display, 1640x1000x24 unless set
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
for program in Xvfb dbus-run-session; do
  if ! command -v "$program" >/dev/null; then
    echo "1..0 # SKIP $program is not installed"
    exit 0
  fi
done

home=$(mktemp -d "${TMPDIR:-/tmp}/weft-x.XXXXXX")
server=
clean () {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
  fi
  rm -rf "$home"
}
trap clean EXIT
trap 'exit 143' TERM INT

mkdir -m 700 "$home/run"
mkfifo "$home/display"
# The server chooses a free display and says which; it must not start over when its last client leaves.
Xvfb -displayfd 3 -screen 0 "${SCREEN:-1640x1000x24}" -nolisten tcp -noreset 3>"$home/display" >"$home/server.log" 2>&1 &
server=$!
if ! read -r -t 60 number <"$home/display"; then
  echo "Bail out! Xvfb did not start: $(tail -n 1 "$home/server.log")"
  exit 1
fi

export DISPLAY=":$number"
export XDG_RUNTIME_DIR="$home/run" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data"
export XDG_STATE_HOME="$home/state" XDG_CACHE_HOME="$home/cache"
export GSK_RENDERER="${GSK_RENDERER:-cairo}" GDK_BACKEND="${GDK_BACKEND:-x11}" GSETTINGS_BACKEND="${GSETTINGS_BACKEND:-memory}"
export WEFT_TEST_HOME="$home"
unset WAYLAND_DISPLAY GTK_THEME DBUS_SESSION_BUS_ADDRESS AT_SPI_BUS_ADDRESS

dbus-run-session -- "$@"
