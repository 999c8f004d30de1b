/* Reverse-mode differentiation of graphs, symbolic: the result is graph values like any other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/graph.h"

G_BEGIN_DECLS

#define WEFT_GRAD_ERROR (weft_grad_error_quark ())
typedef enum
{
  WEFT_GRAD_ERROR_DISCONNECTED, /* the cost does not depend on a wrt */
  WEFT_GRAD_ERROR_UNDEFINED,    /* an op on the path has no gradient; the message says why */
  WEFT_GRAD_ERROR_COST,         /* not a float scalar and no cotangent given */
} WeftGradErrorCode;
GQuark weft_grad_error_quark (void);
/* The document node that a WEFT_GRAD_ERROR is about, 0 if none is known. */
guint32 weft_grad_error_get_node (const GError *error);

typedef enum
{
  WEFT_DISCONNECTED_ERROR,
  WEFT_DISCONNECTED_ZERO,
  WEFT_DISCONNECTED_NONE, /* NULL in the result */
} WeftDisconnected;

/* d cost / d wrt[i] into grads[i]. @cotangent: NULL for a scalar cost, else the cotangent of @cost.
 * @known: WeftValue* -> WeftValue* cotangents taken as given, or NULL.
 * Every new application carries the origins of the forward application it differentiates. */
gboolean weft_grad (WeftGraph        *graph,
                    WeftValue        *cost,
                    WeftValue        *cotangent,
                    GHashTable       *known,
                    guint             n_wrt,
                    WeftValue *const *wrt,
                    WeftDisconnected  disconnected,
                    WeftValue       **grads,
                    GError          **error);

/* All that a reverse pass can be told. Zero is a good default. */
typedef struct
{
  guint             n_costs; /* may be 0 where @known starts the pass */
  WeftValue *const *costs;
  WeftValue *const *cotangents;   /* one a cost; NULL, or an entry NULL: the cost is a scalar */
  GHashTable       *known;        /* WeftValue* -> WeftValue*: cotangents taken as given, or NULL */
  GHashTable       *constants;    /* set of WeftValue* that nothing flows through, or NULL */
  WeftDisconnected  disconnected;
} WeftGradOptions;

/* The sum over the costs of their cotangents times d cost / d wrt[i] into grads[i]. */
gboolean weft_grad_full (WeftGraph             *graph,
                         const WeftGradOptions *options,
                         guint                  n_wrt,
                         WeftValue *const      *wrt,
                         WeftValue            **grads,
                         GError               **error);

/* Jacobian-vector product d y / d x * v by two reverse passes. */
WeftValue *weft_jvp (WeftGraph *graph, WeftValue *y, WeftValue *x, WeftValue *v, GError **error);

/* d y / d wrt[i], [y..., wrt...], into jacobians[i]; a loop over the elements of @y. */
gboolean weft_jacobian (WeftGraph        *graph,
                        WeftValue        *y,
                        guint             n_wrt,
                        WeftValue *const *wrt,
                        WeftDisconnected  disconnected,
                        WeftValue       **jacobians,
                        GError          **error);
/* Second derivatives of a scalar by wrt[i] and wrt[j], [wrt_i..., wrt_j...], into hessians[i *
 * n_wrt + j]. */
gboolean weft_hessian (WeftGraph        *graph,
                       WeftValue        *cost,
                       guint             n_wrt,
                       WeftValue *const *wrt,
                       WeftDisconnected  disconnected,
                       WeftValue       **hessians,
                       GError          **error);
/* The Hessian times @vectors (as @wrt), by two reverse passes. */
gboolean weft_hvp (WeftGraph        *graph,
                   WeftValue        *cost,
                   guint             n_wrt,
                   WeftValue *const *wrt,
                   WeftValue *const *vectors,
                   WeftDisconnected  disconnected,
                   WeftValue       **products,
                   GError          **error);

G_END_DECLS
