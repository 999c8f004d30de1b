/* What the files of a model share: model.c makes it, model-ports.c and phases.c look at what flows
 * in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/model.h"

G_BEGIN_DECLS

/* A function over the shared values of a model. */
typedef struct
{
  WeftFunction *function;
  guint         n_inputs, n_outputs;
  int          *slots; /* column number, or below 0 what else */
} WeftPart;

struct _WeftModel
{
  WeftTraining    *training;
  WeftLowered     *lowered[2]; /* [training] */
  GPtrArray       *shared;     /* WeftShared, owned references */
  GPtrArray       *names;      /* metric names, NULL at the end, borrowed */
  char            *loss, *output;
  WeftPart         parts[3];
  WeftModelOptions options;
  char           **without;
  WeftShared      *dropped; /* how many steps, NULL where none are */
  gint64           seed, n_parameters;
  guint32          dataset;
};

/* What such a function computes. */
typedef struct
{
  GPtrArray        *outputs; /* WeftValue */
  GPtrArray        *targets; /* WeftShared */
  GPtrArray        *values;  /* WeftValue */
  WeftValue *const *extra;   /* as weft_schedule_input_names, or NULL */
} WeftPartSpec;

gboolean weft_part_make (
  WeftModel *model, WeftLowered *lowered, const WeftPartSpec *spec, WeftPart *part, GError **error);
gboolean weft_part_call (const WeftPart     *part,
                         WeftArray *const   *columns,
                         const WeftStepInfo *info,
                         WeftArray         **outputs,
                         GCancellable       *cancellable,
                         GError            **error);
void     weft_part_clear (WeftPart *part);

/* An output port of the document, by its name "hidden.y". */
typedef struct
{
  const char *port; /* borrowed */
  WeftValue  *value;
} WeftModelPort;

GArray *weft_model_ports (WeftModel *model, guint n_roots, WeftValue *const *roots);

G_END_DECLS
