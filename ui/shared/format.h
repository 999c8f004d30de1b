/* Numbers for people; they stand in ui/draw/format.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/draw/format.h"
