/* What a model does, as far as its document says: what it reads, what it predicts, and what that is
 * compared with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset.h"
#include "engine/document/lower.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_TASK_OTHER,
  WEFT_TASK_CLASSES, /* a class for each row */
  WEFT_TASK_NUMBERS, /* one number, or several, for each row */
  WEFT_TASK_TEXT,    /* the next character at each place of a row */
} WeftTask;

typedef struct
{
  WeftTask          task;
  char             *loss, *output; /* ports; NULL: there is none */
  guint32           dataset;       /* node; 0: none */
  WeftDatasetSpec  *spec;
  int               input, target;                /* columns; -1: none, or several */
  const WeftColumn *input_column, *target_column; /* of spec, or NULL */
  guint             n_classes;
  gboolean          single;                  /* one number says which of two classes */
  gboolean          is_probability;          /* the output's numbers are probabilities already */
  gint64            n_features;              /* numbers of a row of the input */
  guint             width, height, channels; /* of a row that is a picture; 0: none. Channels come first */
  gboolean          channels_last;
} WeftFacts;

/* Caller owns; what cannot be found out is left at nothing. Any thread that may read @document. */
WeftFacts *weft_facts_new (WeftDocument *document);
void       weft_facts_free (WeftFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftFacts, weft_facts_free)

/* Probabilities of the classes from one row of the output, @n numbers; @p gets n_classes. */
void
weft_facts_probabilities (const WeftFacts *facts, const WeftArray *output, gint64 first, double *p);
/* The name of a class; caller owns. */
char *weft_facts_class_name (const WeftFacts *facts, guint index);

G_END_DECLS
