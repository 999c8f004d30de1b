#!/bin/sh
# Runs a command in a display whose text has another size: with-dpi.sh COMMAND [ARGUMENT...], $WEFT_DPI: 96 is 100 %
#
# SPDX-License-Identifier: LGPL-2.1-or-later
xprop -root -format RESOURCE_MANAGER 8s -set RESOURCE_MANAGER "Xft.dpi:	${WEFT_DPI:-96}
"
exec "$@"
