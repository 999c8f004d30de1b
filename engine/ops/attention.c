/* Scaled dot-product attention: a function over matmul and softmax, so that every part of it is
 * rewritten, fused and differentiated as what it is.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, equation 1.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

/* What a masked score becomes: finite, so that a row without any allowed key has finite
 * gradients, and so small that its exponential is 0 beside any other. */
#define MASKED "-1e30"

/* softmax (q k' scale) v. A mask of bools keeps keys where it is true, one of numbers is added;
 * causal keeps the keys up to the query's own place, counted from the last. A query without any
 * key gives 0. */
EXPAND (scaled_dot_product_attention)
{
  static const char *const names[] = { "q", "k", "v", "mask", "causal", "scale" };
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftAttr   causal;
  WeftValue *mask = NULL, *scores;
  gboolean   masked;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    weft_scope_set (scope, names[i], &args[i]);
  if (!weft_binding_to_attr (&args[4], graph, WEFT_ATTR_BOOL, &causal, error))
    return FALSE;
  scores = weft_expand_value (graph, scope,
                              weft_expand_is_none (&args[5])
                                ? "q @ swapaxes(k, -1, -2) / sqrt(cast(k.shape[-1], q.dtype))"
                                : "q @ swapaxes(k, -1, -2) * scale",
                              error);
  if (scores == NULL)
    return FALSE;
  weft_scope_set_value (scope, "s", scores);
  if (!weft_expand_is_none (&args[3]))
    {
      mask = weft_binding_to_value (&args[3], graph, error);
      if (mask == NULL)
        return FALSE;
    }
  if (mask != NULL && mask->type.dtype != WEFT_BOOL)
    {
      scores = weft_expand_value (graph, scope, "s + mask", error);
      if (scores == NULL)
        return FALSE;
      weft_scope_set_value (scope, "s", scores);
      mask = NULL;
    }
  masked = mask != NULL || causal.i;
  if (causal.i)
    {
      WeftValue *allowed = weft_expand_value (
        graph, scope,
        "expand_dims(arange(q.shape[-2]), 1) + (k.shape[-2] - q.shape[-2]) >= arange(k.shape[-2])",
        error);

      if (allowed == NULL)
        return FALSE;
      weft_scope_set_value (scope, "allowed", allowed);
      if (mask != NULL)
        mask = weft_expand_value (graph, scope, "allowed & mask", error);
      else
        mask = allowed;
      if (mask == NULL)
        return FALSE;
    }
  if (masked)
    weft_scope_set_value (scope, "keep", mask);
  return weft_expand_give (
    weft_expand_value (graph, scope,
                       masked ? "where(keep, softmax(where(keep, s, " MASKED ")), 0) @ v"
                              : "softmax(s) @ v",
                       error),
    result);
}
