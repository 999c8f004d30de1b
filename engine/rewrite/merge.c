/* When two applications compute the same: op, inputs and attributes are equal and there is no
 * chance in them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/rewrite-private.h"

/* Of a literal, enough to tell most apart. */
#define HASHED_BYTES 64

static guint
mix (guint hash, gsize word)
{
  return (hash ^ (guint) (word ^ word >> 32)) * 0x9e3779b1u;
}

/* Exactly: the larger of 0 and -0 is the second operand. */
static gboolean
commutes (const WeftApply *apply)
{
  if (apply->op->id == WEFT_OP_MAXIMUM || apply->op->id == WEFT_OP_MINIMUM)
    return FALSE;
  return apply->op->traits & WEFT_TRAIT_COMMUTATIVE && apply->n_inputs == 2;
}

/* FALSE for inputs, which are all different, and for what draws random numbers
 * or shows something. */
gboolean
weft_apply_mergeable (const WeftApply *apply)
{
  if (apply->op->traits & (WEFT_TRAIT_RANDOM | WEFT_TRAIT_EFFECT))
    return FALSE;
  return apply->n_inputs > 0 || apply->literal != NULL || apply->op->n_attrs > 0;
}

/* A GHashFunc over mergeable WeftApply. */
guint
weft_apply_hash (gconstpointer key)
{
  const WeftApply *apply = key;
  guint            hash = mix (apply->op->id, apply->outputs[0].type.dtype);

  if (commutes (apply))
    hash = mix (hash, GPOINTER_TO_SIZE (apply->inputs[0]) + GPOINTER_TO_SIZE (apply->inputs[1]));
  else
    for (guint i = 0; i < apply->n_inputs; i++)
      hash = mix (hash, GPOINTER_TO_SIZE (apply->inputs[i]));
  for (guint i = 0; i < apply->op->n_attrs; i++)
    {
      const WeftAttr *attr = &apply->attrs[i];

      hash = mix (hash, attr->i);
      for (guint k = 0; attr->dims != NULL && k < attr->dims->rank; k++)
        hash =
          mix (hash, attr->dims->dims[k].offset + GPOINTER_TO_SIZE (attr->dims->dims[k].terms));
    }
  if (apply->literal != NULL)
    {
      const guchar *bytes = apply->literal->data;

      hash = mix (hash, apply->literal->n_elements);
      for (gsize i = 0; i < MIN (apply->literal->n_bytes, HASHED_BYTES); i++)
        hash = mix (hash, bytes[i]);
    }
  return hash;
}

/* A GEqualFunc over mergeable WeftApply. */
gboolean
weft_apply_same (gconstpointer one, gconstpointer other)
{
  const WeftApply *a = one, *b = other;
  gboolean         swapped;

  if (a == b)
    return TRUE;
  if (a->op != b->op || a->n_inputs != b->n_inputs || a->n_outputs != b->n_outputs ||
      a->outputs[0].type.dtype != b->outputs[0].type.dtype ||
      a->outputs[0].type.weak != b->outputs[0].type.weak)
    return FALSE;
  swapped = commutes (a) && a->inputs[0] == b->inputs[1] && a->inputs[1] == b->inputs[0];
  for (guint i = 0; !swapped && i < a->n_inputs; i++)
    if (a->inputs[i] != b->inputs[i])
      return FALSE;
  for (guint i = 0; i < a->op->n_attrs; i++)
    if (!weft_attr_equal (&a->attrs[i], &b->attrs[i]))
      return FALSE;
  if ((a->literal == NULL) != (b->literal == NULL))
    return FALSE;
  return a->literal == NULL || weft_array_same (a->literal, b->literal);
}
