/* Where the steps of a history stand along a line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/step-map.h"

#include <math.h>

#define LINE_HEIGHT_PX 17.0

/**
 * weft_step_map_init:
 * @map: (out): a map, without places yet
 * @history: (nullable): whose steps
 */
void
weft_step_map_init (WeftStepMap *map, WeftHistory *history)
{
  *map = (WeftStepMap){ 0 };
  if (history == NULL)
    return;
  map->n_steps = weft_history_n_steps (history);
  for (guint phase = 0; phase < WEFT_N_PHASES; phase++)
    {
      guint first, end;
      weft_history_phase (history, phase, &first, &end);
      if (end > first)
        map->runs[map->n_runs++] = (WeftStepRun){ .phase = phase, .first = first, .end = end };
    }
}

/* Widths in proportion to the steps, but none below @least as long as there is room: what is too
 * narrow is widened at the others' cost until none is. */
static void
share_out (WeftStepMap *map, double least)
{
  double   room = map->width;
  guint    steps = map->n_steps;
  gboolean fixed[WEFT_N_PHASES] = { FALSE }, again = TRUE;
  least = MIN (least, map->width / map->n_runs);
  while (again)
    {
      again = FALSE;
      for (guint i = 0; i < map->n_runs; i++)
        {
          WeftStepRun *run = &map->runs[i];
          guint        n = run->end - run->first;
          if (fixed[i] || room * n >= least * steps)
            continue;
          run->width = least;
          room -= least;
          steps -= n;
          fixed[i] = again = TRUE;
        }
    }
  for (guint i = 0; i < map->n_runs; i++)
    if (!fixed[i])
      map->runs[i].width = room * (map->runs[i].end - map->runs[i].first) / steps;
}

/**
 * weft_step_map_lay_out:
 * @map: a map
 * @width: of the line
 * @least: width that a phase should have at least
 */
void
weft_step_map_lay_out (WeftStepMap *map, double width, double least)
{
  double x = 0;
  map->width = MAX (width, 0);
  if (map->n_runs == 0)
    return;
  share_out (map, least);
  for (guint i = 0; i < map->n_runs; i++)
    {
      map->runs[i].x = x;
      x += map->runs[i].width;
    }
}

/**
 * weft_step_map_pitch:
 * @run: a phase's part of the line
 *
 * Returns: the pixels from one of its steps to the next
 */
double
weft_step_map_pitch (const WeftStepRun *run)
{
  return run->width / (run->end - run->first);
}

/**
 * weft_step_map_x:
 * @map: a map that is laid out
 * @step: a step
 *
 * Returns: the middle of its place
 */
double
weft_step_map_x (const WeftStepMap *map, guint step)
{
  for (guint i = 0; i < map->n_runs; i++)
    {
      const WeftStepRun *run = &map->runs[i];
      if (step >= run->first && step < run->end)
        return run->x + (step - run->first + 0.5) * weft_step_map_pitch (run);
    }
  return step == 0 ? 0 : map->width;
}

/**
 * weft_step_map_step:
 * @map: a map that is laid out
 * @x: a place on the line, or beside it
 *
 * Returns: the step that stands there
 */
guint
weft_step_map_step (const WeftStepMap *map, double x)
{
  if (map->n_runs == 0 || x <= weft_step_map_x (map, 1) / 2)
    return 0;
  for (guint i = 0; i < map->n_runs; i++)
    {
      const WeftStepRun *run = &map->runs[i];
      if (x < run->x + run->width || i + 1 == map->n_runs)
        {
          double place = floor ((x - run->x) / MAX (weft_step_map_pitch (run), 1e-9));
          return run->first + (guint) CLAMP (place, 0, run->end - run->first - 1.0);
        }
    }
  return map->n_steps;
}

/**
 * weft_step_map_unit:
 * @widget: a widget
 *
 * Returns: the unit of lengths that grow with the widget's text
 */
double
weft_step_map_unit (GtkWidget *widget)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, "0");
  int          height;
  pango_layout_get_pixel_size (layout, NULL, &height);
  g_object_unref (layout);
  return height / LINE_HEIGHT_PX;
}
