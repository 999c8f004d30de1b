/* What an op is: one row of the op tables.
 *
 * The tables live in engine/ops; this is the row's form and the registry, so that graphs, the
 * parser and the printer can work on ops without listing any.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/graph/type.h"

G_BEGIN_DECLS

typedef struct _WeftGraph WeftGraph;
typedef struct _WeftOp    WeftOp;
typedef struct _WeftApply WeftApply;
typedef struct _WeftValue WeftValue;
typedef struct _WeftBody  WeftBody; /* engine/graph/body.h */

/* ---- Attributes ---- */

typedef enum
{
  WEFT_ATTR_NONE,   /* the value None */
  WEFT_ATTR_BOOL,   /* i */
  WEFT_ATTR_INT,    /* i */
  WEFT_ATTR_FLOAT,  /* f */
  WEFT_ATTR_DTYPE,  /* i is a WeftDType */
  WEFT_ATTR_AXES,   /* dims: plain numbers; written as int or tuple; may be None */
  WEFT_ATTR_SHAPE,  /* dims; -1 allowed where the op says so */
  WEFT_ATTR_DIM,    /* dims.dims[0] */
  WEFT_ATTR_STRING, /* s, interned: one of the spec's choices, or free text where there are none */
  WEFT_ATTR_INDEX,  /* index: basic indexing, one entry an axis */
  WEFT_ATTR_BODY,   /* body: a graph that the op owns */
} WeftAttrKind;

typedef enum
{
  WEFT_INDEX_AT,      /* one integer: start; drops the axis */
  WEFT_INDEX_SLICE,   /* start:stop:step */
  WEFT_INDEX_NEWAXIS, /* None */
  WEFT_INDEX_REST,    /* ... */
  WEFT_INDEX_ARRAY,   /* an integer or boolean array: the op's next input */
} WeftIndexKind;

typedef struct
{
  WeftIndexKind kind;
  gboolean      has_start, has_stop;
  WeftDim       start, stop;
  gint64        step;
} WeftIndex;

typedef struct
{
  WeftAttrKind kind;
  gint64       i;
  double       f;
  const char  *s;    /* interned */
  WeftShape   *dims; /* owned by the graph's arena, or static */
  guint        n_index;
  WeftIndex   *index; /* likewise */
  WeftBody    *body;  /* a reference of the graph's */
} WeftAttr;

/* One attribute of a signature, from the row's text (see weft_op_register). */
typedef struct
{
  const char  *name;
  WeftAttrKind kind;
  gboolean     optional; /* may be None */
  gboolean     has_default;
  WeftAttr     otherwise;        /* the default */
  double       minimum, maximum; /* of INT and FLOAT; -inf and inf where the row gives none */
  gboolean     open_minimum, open_maximum;
  char       **choices; /* of STRING; NULL: free */
} WeftAttrSpec;

/* ---- Rows ---- */

typedef enum
{
  WEFT_TRAIT_ELEMENTWISE = 1 << 0, /* broadcasts, promotes, fuses; type rule and kernel follow */
  WEFT_TRAIT_COMMUTATIVE = 1 << 1,
  WEFT_TRAIT_ASSOCIATIVE = 1 << 2,
  WEFT_TRAIT_BOOL_RESULT = 1 << 3, /* comparisons and predicates */
  WEFT_TRAIT_FLOAT_ONLY =
    1 << 4, /* integers become f32; without ELEMENTWISE or PROMOTE: of the first input only */
  WEFT_TRAIT_INT_ONLY = 1 << 5, /* bits and shifts: bool and ints */
  WEFT_TRAIT_VARIADIC = 1 << 6, /* the last input may stand any number of times, none too */
  WEFT_TRAIT_RANDOM =
    1 << 7, /* draws: never merged, never folded; has the hidden attribute "stream" */
  WEFT_TRAIT_LEAF = 1 << 8, /* input, constant, shared: no inputs, made by weft_graph_* */
  WEFT_TRAIT_VIEW =
    1 << 9, /* the result is the input's bytes in the same order (reshape and kin) */
  WEFT_TRAIT_INTERNAL = 1 << 10, /* made by rewrites only: not in the palette */
  WEFT_TRAIT_CONDITION =
    1 << 11, /* where: the first input is bool and does not take part in promotion */
  WEFT_TRAIT_PROMOTE =
    1 << 12, /* not elementwise, but all inputs are cast to their common type (matmul, concat) */
  WEFT_TRAIT_BODY = 1 << 13, /* owns graphs (attributes of kind BODY): loop, branch; how many
                                outputs, code->count says */
  WEFT_TRAIT_EFFECT =
    1
    << 14, /* somebody sees that it runs (print, assert): never merged, never folded, not hoisted */
} WeftTraits;

/* Where generated tests draw operands from. */
typedef enum
{
  WEFT_DOMAIN_REALS,       /* normal, scale 2 */
  WEFT_DOMAIN_NONZERO,     /* |x| >= 0.3 */
  WEFT_DOMAIN_POSITIVE,    /* 0.2 .. 4 */
  WEFT_DOMAIN_NEGATIVE,    /* -4 .. -0.2 */
  WEFT_DOMAIN_UNIT,        /* -0.9 .. 0.9 */
  WEFT_DOMAIN_PROBABILITY, /* 0.05 .. 0.95 */
  WEFT_DOMAIN_ABOVE_ONE,   /* 1.1 .. 4 */
  WEFT_DOMAIN_INTS,        /* small integers, negative too */
  WEFT_DOMAIN_BOOLS,
  WEFT_DOMAIN_SPECIAL, /* the op's own test draws them */
} WeftDomain;

/* Fills @types of the @n_outputs results from the inputs' types. Reads no data. Also called again
 * with numbers for all dims when a program is made. Errors: WEFT_TYPE_ERROR, message as an
 * equation. */
typedef gboolean (*WeftInferFunc) (const WeftOp   *op,
                                   const WeftAttr *attrs,
                                   guint           n_inputs,
                                   const WeftType *inputs,
                                   WeftType       *types,
                                   GError        **error);

/* Plain float64 evaluation by the definition, for comparison: @inputs and @outputs are F64 arrays
 * (outputs allocated, zeroed). */
typedef void (*WeftReferenceFunc) (const WeftApply  *apply,
                                   WeftArray *const *inputs,
                                   WeftArray       **outputs);

/* The fast path, tier 0. Contiguous buffers of the compute types; no allocation, no threads, no
 * libraries' threads. */
typedef struct _WeftKernelCall WeftKernelCall;
struct _WeftKernelCall
{
  const WeftOp    *op;
  const WeftApply *apply; /* for what is said to people: names, origins */
  const WeftAttr  *attrs;
  guint            n_inputs, n_outputs;
  const WeftDType *in_dtypes;
  const guint     *in_ranks;
  const gint64 (*in_shapes)[WEFT_MAX_RANK];
  WeftDType    out_dtype[4];
  guint        out_rank[4];
  gint64       out_shape[4][WEFT_MAX_RANK];
  const void **in;
  void        *out[4];
  void        *scratch;    /* kernel->scratch (call) bytes for each unit range, 64-aligned */
  guint64      seed, step; /* for RANDOM ops */
  guint64      stream;     /* of this application */
  gint *bad; /* a kernel that meets an index or label out of range stores 1 + input number here
                (atomic), uses 0 and goes on */
  gpointer     prepared;   /* what kernel->prepare made */
  void (*event) (gpointer              data,
                 const WeftKernelCall *call); /* for EFFECT ops; NULL: nobody listens */
  gpointer event_data;
};

/* What one thread of a device does: statements of C over in0, in1, ... and out0, typed pointers,
 * and i, the number of the thread. R is the type of out0's elements, or of four of them; seed and
 * step are those of the call; *bad is set as the call's. */
typedef struct
{
  GString *code;     /* lines */
  gint64   n;        /* threads that find work */
  gboolean
    by_warps; /* i is the number of a warp, l that of the thread in it; none leaves the others */
  guint    width;    /* elements in an R: 1 or 4 */
  /*< what the kernel is told >*/
  gboolean in_place; /* in0 and out0 are the same bytes */
  gboolean aligned;  /* all operands start at multiples of four elements */
} WeftThreadText;

typedef struct
{
  /* Independent units of work (rows, outer indices); each is done by exactly one thread, so the
   * result does not depend on how they are shared out. */
  gint64 (*units) (const WeftKernelCall *call);
  void (*run) (const WeftKernelCall *call, gint64 begin, gint64 end);
  gsize (*scratch) (const WeftKernelCall *call); /* bytes a thread, NULL: none */
  double (*flops) (const WeftKernelCall *call);  /* NULL: one an output element */
  /* State for all runs of one program's call, made once types and shapes are filled, before units
   * and scratch are asked; any may be NULL. */
  gpointer (*prepare) (const WeftKernelCall *call);
  void (*release) (gpointer prepared);
  /* Once a run, on the caller's thread, before any unit. */
  void (*begin) (const WeftKernelCall *call);
  /* Once a run, on the caller's thread, when all units are done; not after a cancelled run. */
  void (*finish) (const WeftKernelCall *call);
  /* 1 + the input whose bytes may be the first output's (the same pointer): run then writes only
   * what differs. 0: none. */
  guint in_place;
  /* With in_place, where run can meet a number out of range: looks for one, as run would report it,
   * and writes nothing. */
  void (*check) (const WeftKernelCall *call);
  /* What is said when run sets bad; NULL: that a number is out of range. The caller owns it. */
  char *(*complain) (const WeftKernelCall *call);
  /* The same work for a device, in launches one after the other: those number @launch, from 0.
   * FALSE: there are no more; @launch 0: it is done on the CPU. No pointer of @call is set. NULL:
   * never. */
  gboolean (*text) (const WeftKernelCall *call, guint launch, WeftThreadText *text);
} WeftKernel;

/* Before anything else in an application: may replace @inputs (a cast that an attribute asks for)
 * and @attrs (None by what it means for these inputs). */
typedef void (*WeftSettleFunc) (
  WeftGraph *graph, const WeftOp *op, guint n_inputs, WeftValue **inputs, WeftAttr *attrs);

/* What a row cannot say in text. */
typedef struct
{
  WeftInferFunc     infer;     /* NULL for ELEMENTWISE */
  WeftReferenceFunc reference; /* NULL for ELEMENTWISE (made from c) and LEAF */
  const WeftKernel *kernel;    /* NULL for ELEMENTWISE, VIEW, LEAF */
  WeftSettleFunc    settle;    /* NULL: nothing to do */
  guint (*count) (const WeftAttr *attrs,
                  guint n_inputs); /* BODY: how many outputs an application has; else NULL */
} WeftOpCode;

/* Most examples and mistakes of a row. */
#define WEFT_MAX_EXAMPLES 16

struct _WeftOp
{
  const char       *name;
  const char       *aliases;   /* space-separated, or "" */
  const char *family; /* key of weft_op_families, decides the palette section and the colour */
  const char       *inputs;    /* "a b"; "xs" with VARIADIC */
  const char *attr_text; /* "axis: axes = None; keepdims: bool = False; rate: float [0, 1) = 0.5;
                            mode: constant|edge" */
  const char       *outputs;   /* "y"; "values indices" */
  guint             traits;
  const WeftOpCode *code;    /* NULL for ELEMENTWISE */
  const char       *c;       /* ELEMENTWISE: the row's C text, for printing; see elementwise.def */
  const char *grad[5]; /* cotangent of each input (the last repeats for VARIADIC); expressions over
                          gy, y, inputs, attributes; NULL: none */
  const char       *no_grad; /* why there is none, for people; NULL where grad is given */
  WeftDomain        domain;
  const char       *summary;                     /* N_() text, one sentence */
  const char
    *examples[WEFT_MAX_EXAMPLES]; /* expressions that the generated tests evaluate; see rows.def */
  const char *mistakes[WEFT_MAX_EXAMPLES]; /* "EXPRESSION -> part of the message it must give" */
  /*< filled by weft_op_register >*/
  guint             id;    /* index over all tables */
  WeftInferFunc     infer; /* what code says */
  WeftReferenceFunc reference;
  const WeftKernel *kernel;
  guint             n_inputs;
  const char      **input_names;
  guint             n_attrs;
  WeftAttrSpec     *attrs;
  guint             n_outputs;
  const char      **output_names;
};

/* Reads the texts of @n rows and adds them to the registry. Once, at start; a mistake in a row
 * aborts with "FILE-less: OP: what". */
void          weft_op_register (WeftOp *rows, guint n);
guint         weft_op_count (void);
const WeftOp *weft_op_get (guint id);
const WeftOp *weft_op_find (const char *name_or_alias);                /* NULL if there is none */
gint          weft_op_attr_index (const WeftOp *op, const char *name); /* -1 */
gint          weft_op_input_index (const WeftOp *op, const char *name);
/* Attribute text as it stands in an expression: "(0, 1)", "True", "'edge'". */
void     weft_attr_append (const WeftAttr *attr, GString *out);
gboolean weft_attr_equal (const WeftAttr *a, const WeftAttr *b);
/* Checks kind, choice and range. Errors: WEFT_TYPE_ERROR_ATTRIBUTE "softmax: axis must be ..." */
gboolean
weft_attr_check (const WeftOp *op, const WeftAttrSpec *spec, const WeftAttr *attr, GError **error);

G_END_DECLS
