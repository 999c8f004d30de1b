/* What the files of differentiation share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/grad/grad.h"

G_BEGIN_DECLS

WeftValue *weft_grad_zeros_like (WeftGraph *graph, const WeftValue *value);
/* reached[i]: outputs[i] changes with one of @wrt in a way that has a derivative. */
void weft_grad_reach (WeftGraph        *graph,
                      guint             n_outputs,
                      WeftValue *const *outputs,
                      guint             n_wrt,
                      WeftValue *const *wrt,
                      gboolean         *reached);
/* bodies.c: cotangents[i] of output i of @apply (NULL: none) give results[k] of input k where
 * wanted[k]; NULL where nothing flows. Errors: WEFT_GRAD_ERROR_UNDEFINED, of an op inside. */
gboolean weft_grad_of_bodies (WeftGraph        *graph,
                              WeftApply        *apply,
                              WeftValue *const *cotangents,
                              const gboolean   *wanted,
                              WeftValue       **results,
                              GError          **error);

G_END_DECLS
