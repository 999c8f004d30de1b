/* The measures of a card at text scale 1, shared by its layout and its drawing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/draw/node-art.h"

G_BEGIN_DECLS

#define MIN_WIDTH 150
#define HEADER_HEIGHT 28
#define RADIUS 8
#define PAD 10     /* from the card's side to its text and pills */
#define PILL_PAD 7 /* from a pill's side to its text */
#define PILL_HEIGHT 19
#define PORT_PITCH 20
#define MINOR_PITCH 15
#define PORT_TEXT 12 /* from the card's side to a port's name */
#define PORT_RADIUS 5
#define MINOR_RADIUS 3.5
#define ROW_PITCH 22
#define FOOT_HEIGHT 46
#define CAPTION_HEIGHT 16
#define TYPE_HEIGHT 20 /* of the line with the type on a collapsed card */
#define BADGE_HEIGHT 17
#define PROBLEM_WIDTH 220
#define PROBLEM_LINES 3

#define FONT_TITLE ((WeftFont){ 13, WEFT_FONT_BOLD })
#define FONT_KIND ((WeftFont){ 11, WEFT_FONT_PLAIN })
#define FONT_PORT ((WeftFont){ 12, WEFT_FONT_PLAIN })
#define FONT_MINOR ((WeftFont){ 10, WEFT_FONT_PLAIN })
#define FONT_ROW ((WeftFont){ 11, WEFT_FONT_PLAIN })
#define FONT_VALUE ((WeftFont){ 11, WEFT_FONT_MONO | WEFT_FONT_BOLD })
#define FONT_SUBHEADING ((WeftFont){ 12, WEFT_FONT_BOLD })
#define FONT_FRAME ((WeftFont){ 13, WEFT_FONT_BOLD })
#define FONT_TYPE ((WeftFont){ 10.5, WEFT_FONT_MONO })
#define FONT_BADGE ((WeftFont){ 11, WEFT_FONT_BOLD })
#define FONT_PROBLEM ((WeftFont){ 11, WEFT_FONT_PLAIN })
/* Where only titles are read, they are set larger, as the view is small. */
#define FONT_FAR ((WeftFont){ 17, WEFT_FONT_BOLD })

G_END_DECLS
