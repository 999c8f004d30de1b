/* Bodies: graphs that an op owns, such as the step of a loop or a branch of a choice.
 *
 * A body is immutable and reference counted; its graph holds nothing of the graph around it: what
 * the body uses from outside is one of its inputs. Its leaves are its inputs, constants and
 * dimensions. A maker builds one: it captures outer values (and shared variables) as further inputs
 * the moment they are used.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/graph.h"

G_BEGIN_DECLS

struct _WeftBody
{
  gatomicrefcount ref_count;
  WeftGraph      *graph; /* owned */
  guint           n_inputs, n_outputs;
  WeftValue     **inputs;  /* "input" leaves of @graph; named, all differently */
  WeftValue     **outputs; /* may be inputs, and the same value twice */
};

WeftBody *weft_body_ref (WeftBody *body);
void      weft_body_unref (WeftBody *body);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftBody, weft_body_unref)
/* The same computation, applied in the same order, on inputs of the same types. */
gboolean weft_body_equal (const WeftBody *a, const WeftBody *b);
/* With the names bound in @bindings made numbers (bodies inside it too). Errors: WEFT_TYPE_ERROR.
 */
WeftBody *weft_body_bind (const WeftBody *body, WeftBindings *bindings, GError **error);
/* With inputs of the element types @inputs (one each), everything inside inferred again, and
 * outputs cast to
 * @outputs (NULL: as they come). Errors: WEFT_TYPE_ERROR. */
WeftBody *weft_body_retype (const WeftBody  *body,
                            const WeftDType *inputs,
                            const WeftDType *outputs,
                            GError         **error);
/* Appends it as a lambda, "lambda x, h: tanh(x + h)". */
void weft_body_append (const WeftBody *body, GString *out);
/* As an attribute of @graph, which takes over the reference. */
WeftAttr weft_attr_take_body (WeftGraph *graph, WeftBody *body);

/* ---- Making ---- */

typedef struct _WeftBodyMaker WeftBodyMaker;

/* For a body inside @outer. Build in the maker's graph; free the maker in the end. */
WeftBodyMaker *weft_body_maker_new (WeftGraph *outer);
void           weft_body_maker_free (WeftBodyMaker *maker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftBodyMaker, weft_body_maker_free)
WeftGraph *weft_body_maker_get_graph (WeftBodyMaker *maker);
GPtrArray *weft_body_maker_get_inputs (WeftBodyMaker *maker); /* the parameters; borrowed */
/* The next parameter. */
WeftValue *weft_body_maker_input (WeftBodyMaker *maker, const char *name, const WeftType *type);
/* @outer's stand-in inside: the same one each time. */
WeftValue *weft_body_maker_capture (WeftBodyMaker *maker, WeftValue *outer);
/* The body with @outputs, and in @captures the outer values of its inputs after the parameters. */
WeftBody *weft_body_maker_finish (WeftBodyMaker    *maker,
                                  guint             n_outputs,
                                  WeftValue *const *outputs,
                                  GPtrArray        *captures);

/* What @outputs of @graph need of @inputs as a body whose first inputs are @inputs; what does not
 * depend on them is captured. */
WeftBody *weft_body_extract (WeftGraph        *graph,
                             guint             n_inputs,
                             WeftValue *const *inputs,
                             guint             n_outputs,
                             WeftValue *const *outputs,
                             GPtrArray        *captures);
/* Applies @body once in @graph: what its @outputs are for @inputs (of the body's types). */
void weft_body_inline (const WeftBody   *body,
                       WeftGraph        *graph,
                       WeftValue *const *inputs,
                       WeftValue       **outputs);

G_END_DECLS
