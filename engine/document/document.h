/* Documents: what the user drew, its edits, and its file.
 *
 * A document is owned by one thread (the window's, or the command line's). Others get
 * weft_document_snapshot. Every change goes through an edit function, is undoable, and emits
 * "changed". Node numbers (uid) are unique in the process for the life of a node, survive undo and
 * redo, and are what origins carry; ids are the names in the file.
 *
 * The file (.weft, schema in data/schema/weft.schema.json), one node a line, keys in this order,
 * unknown keys kept:
 *
 *   {
 *     "format": "weft", "version": 1, "title": "Digits, one hidden layer",
 *     "nodes": [
 *       {"id": "digits", "op": "dataset", "params": {"data": "digits"}, "at": [40, 60]},
 *       {"id": "hidden", "op": "dense", "params": {"units": 128, "activation": "relu"}, "at": [280,
 * 40]},
 *       {"id": "penalty", "op": "expression", "params": {"text": "1e-4 * sum(W**2)"}, "at": [280,
 * 260]}
 *     ],
 *     "wires": ["digits.pixels -> hidden.x", "hidden.W -> penalty.W"],
 *     "routes": {"penalty.W": {"dots": [[200, 300]]}, "cost.labels": {"tag": true}},
 *     "notes": [{"id": "n1", "text": "...", "at": [0, 300], "size": [400, 120]}],
 *     "training": {"loss": "cost.loss", "metrics": {"accuracy": "acc.y"}, "rule": "adam", "rate":
 * 0.001, "schedule": "constant", "batch": 64, "epochs": 10, "seed": 1}, "view": {"at": [0, 0],
 * "zoom": 1}
 *   }
 *
 * A node may also say "bypass": true (its first input goes through to its first output),
 * "collapsed", "pinned" (Tidy leaves it where it is) and "bare" (open ports are hidden). "routes"
 * is how wires are drawn, by the input that they go to: the dots they pass, or a tag at both ends
 * instead of a line. A note with "frame": true is drawn behind the nodes and moves what lies in it.
 *
 * "op" is an op row's name; a source ("dataset", "input", "constant", "parameter", "shared");
 * "expression"; "update" (the new value of the shared node that its "target" names); a loop
 * ("scan", "map", "reduce", "cond", "beam_search"; its "step" is a group's name or a lambda); a
 * layer ("dense", of data/layers or the user's own); or "group:NAME", a definition of the document:
 *
 *     "groups": {
 *       "cell": {"title": "Cell", "layer": {...}, "nodes": [...], "wires": [...]},
 *       "centre": {"layer": {"inputs": ["x"], "outputs": ["y"], "body": "x - mean(x)"}}
 *     },
 *
 * Definitions stand side by side and use one another; none contains itself. "layer" says what one
 * looks like from outside: {"title", "family", "summary", "aliases", "body", "gradient", "inputs":
 * ["x"], "outputs": ["y"], "knobs": [{"name": "units", "type": "int", "default": 64, "minimum": 1,
 * "summary": "..."}, {"name": "activation", "type": "op", "choices": ["none", "relu", ...],
 * "default": "relu"}]}. Inside, "input" nodes and "output" nodes are the ports (the lists order
 * them); an input with a "default" may stay open; texts may use the knobs' and inputs' names,
 * has_NAME and training; parameters are output ports, too ("W"). Without nodes the body is what is
 * computed. "gradient" ("dx = gy * (1 - y**2)") takes the place of the one that would follow from
 * the nodes. A layer's file is a document with a member "layer", and may have groups of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/base/json.h"
#include "engine/graph/graph.h"

G_BEGIN_DECLS

typedef struct _WeftTyping WeftTyping; /* engine/document/lower.h */

#define WEFT_DOCUMENT_ERROR (weft_document_error_quark ())
typedef enum
{
  WEFT_DOCUMENT_ERROR_FORMAT, /* not a Weft document, or a member is wrong: "FILE: node hidden: ..."
                               */
  WEFT_DOCUMENT_ERROR_VERSION, /* newer than this program */
  WEFT_DOCUMENT_ERROR_EDIT,    /* a cycle, an unknown port, an occupied name: says which */
  WEFT_DOCUMENT_ERROR_MODEL,   /* cannot be lowered; the problems say why */
} WeftDocumentErrorCode;
GQuark weft_document_error_quark (void);

#define WEFT_TYPE_DOCUMENT (weft_document_get_type ())
G_DECLARE_FINAL_TYPE (WeftDocument, weft_document, WEFT, DOCUMENT, GObject)
/* Signals: "changed" (const WeftChange *) after each edit, undo and redo; "saved"; "refused" (const
 * char *): see lesson.h. Properties (notify): "title", "path", "modified", "can-undo", "can-redo".
 */

typedef enum
{
  WEFT_NODE_BYPASSED = 1 << 0,
  WEFT_NODE_COLLAPSED = 1 << 1,
  WEFT_NODE_PINNED = 1 << 2,
  WEFT_NODE_BARE = 1 << 3,
} WeftNodeFlags;

typedef struct
{
  guint32       uid;
  const char   *id; /* borrowed, as all strings here */
  const char   *op;
  WeftJson     *params; /* object, never NULL; read only */
  double        x, y;
  WeftNodeFlags flags;
} WeftNode;

typedef struct
{
  guint32     from, to; /* uids */
  const char *from_port, *to_port;
  gboolean    tag;    /* drawn as a name at both ends */
  guint       n_dots; /* that it passes, from its source on */
  const double (*dots)[2];
} WeftWire;

typedef struct
{
  const char *id, *text;
  double      x, y, width, height;
  gboolean    frame; /* behind the nodes; what lies in it moves along */
} WeftNote;

typedef enum
{
  WEFT_CHANGE_NODES = 1 << 0, /* added, removed, renamed, params, bypassed */
  WEFT_CHANGE_WIRES = 1 << 1,
  WEFT_CHANGE_POSITIONS = 1 << 2,
  WEFT_CHANGE_NOTES = 1 << 3,
  WEFT_CHANGE_TRAINING = 1 << 4,
  WEFT_CHANGE_EVERYTHING = 1 << 5, /* loaded */
  WEFT_CHANGE_GROUPS =
    1 << 6, /* a definition came, went, has another name or content; with NODES for its uses */
  WEFT_CHANGE_LOOKS = 1 << 7, /* flags of nodes (bypassing with NODES), dots and tags of wires */
} WeftChangeFlags;
typedef struct
{
  WeftChangeFlags flags;
  guint           n_nodes; /* those touched: existing or just removed */
  const guint32  *nodes;
} WeftChange;

/* ---- Files ---- */
WeftDocument *weft_document_new (void);
WeftDocument *weft_document_load (const char *path, GError **error);
/* The document in @file as if it lay at @path (NULL: nowhere): data are read beside that. Errors:
 * likewise. */
WeftDocument *weft_document_load_for (const char *file, const char *path, GError **error);
WeftDocument *weft_document_parse (const char *text,
                                   gssize      length,
                                   const char *name,
                                   GError    **error); /* @name for messages */
gboolean      weft_document_save (WeftDocument *document,
                                  const char   *path,
                                  GError      **error); /* atomic; becomes its path */
char         *weft_document_to_text (WeftDocument *document);
/* A copy for another thread: same uids, no undo, no signals. */
WeftDocument *weft_document_snapshot (WeftDocument *document);
/* A snapshot of a layer's document to look at: every edit is refused, with a sentence where it has
 * a GError. */
WeftDocument *weft_document_snapshot_frozen (WeftDocument *document);
const char   *weft_document_get_path (WeftDocument *document);
const char   *weft_document_get_title (WeftDocument *document);
char *
weft_document_dup_folder (WeftDocument *document); /* for relative data files; NULL if untitled */
gboolean      weft_document_get_modified (WeftDocument *document);
guint64       weft_document_get_revision (WeftDocument *document); /* grows with each change */

/* ---- Looking. Order: as in the file. ---- */
guint           weft_document_n_nodes (WeftDocument *document);
const WeftNode *weft_document_node_at (WeftDocument *document, guint index);
const WeftNode *weft_document_node (WeftDocument *document, guint32 uid); /* NULL if gone */
const WeftNode *weft_document_node_by_id (WeftDocument *document, const char *id);
guint           weft_document_n_wires (WeftDocument *document);
const WeftWire *weft_document_wire_at (WeftDocument *document, guint index);
const WeftWire *
weft_document_wire_into (WeftDocument *document, guint32 to, const char *port); /* NULL if open */
guint           weft_document_n_notes (WeftDocument *document);
const WeftNote *weft_document_note_at (WeftDocument *document, guint index);
WeftJson *
weft_document_get_training (WeftDocument *document); /* borrowed object, never NULL; read only */
WeftJson       *weft_document_get_view (WeftDocument *document);
/* A member of the file that is none of the known ones ("groups", "layer", "summary", "lesson": see
 * lesson.h); borrowed, NULL if absent. */
WeftJson *weft_document_get_member (WeftDocument *document, const char *key);
/* ---- Groups: definitions that nodes "group:NAME" and the steps of loops share ----
 * Each definition is a document: look at it and edit it with the functions of this header. Its
 * edits are steps of the document it belongs to: begin, end, undo, redo, labels, path and modified
 * are the same for both. An edit tells "changed" of the definition, and then "changed" of the
 * document with WEFT_CHANGE_GROUPS (and _NODES for the nodes that use it). Its ports are its
 * "input" and "output" nodes. All of these take a document or one of its definitions. */
WeftDocument *weft_document_get_root (
  WeftDocument *document); /* the document of a definition, else itself; borrowed */
const char *weft_document_get_group_name (
  WeftDocument *document); /* of a definition; NULL: none, or it was removed */
guint         weft_document_n_groups (WeftDocument *document);
WeftDocument *weft_document_group_at (WeftDocument *document, guint index);
WeftDocument *weft_document_get_group (WeftDocument *document,
                                       const char   *name); /* NULL: none; borrowed */
WeftDocument *weft_document_group_of (WeftDocument *document,
                                      const char   *op); /* of "group:NAME"; NULL */
guint         weft_document_count_uses (WeftDocument *document, const char *name);
/* The node of @document itself that node @uid stands in: it, or the first that uses the definition
 * which holds it; 0: none. For origins and errors, which may name nodes inside of groups. */
guint32       weft_document_outer_node (WeftDocument *document, guint32 uid);
void          weft_document_set_view (WeftDocument *document,
                                      WeftJson     *view); /* takes; not undoable, not a modification */

/* ---- Editing. Between begin and end is one undo step with @label (translated, "Delete 3 Nodes");
 * nests. ---- */
void weft_document_begin (WeftDocument *document, const char *label);
void weft_document_end (WeftDocument *document);
/* Makes @id unique by a number at its end; NULL: from the op's name. 0 and an error for an unknown
 * op. @params is taken, may be NULL. */
guint32 weft_document_add_node (WeftDocument *document,
                                const char   *op,
                                const char   *id,
                                WeftJson     *params,
                                double        x,
                                double        y,
                                GError      **error);
void    weft_document_remove_nodes (WeftDocument  *document,
                                    const guint32 *uids,
                                    guint          n); /* their wires too */
gboolean
weft_document_rename_node (WeftDocument *document, guint32 uid, const char *id, GError **error);
/* @value is taken; NULL resets to the default. Errors: not a parameter, or not a value of its kind.
 */
gboolean weft_document_set_param (
  WeftDocument *document, guint32 uid, const char *name, WeftJson *value, GError **error);
void weft_document_move_nodes (
  WeftDocument  *document,
  const guint32 *uids,
  guint          n,
  double         dx,
  double         dy); /* consecutive moves of the same nodes in one begin/end coalesce */
/* Each at its own place (x, y): one change. */
void weft_document_place_nodes (WeftDocument  *document,
                                const guint32 *uids,
                                guint          n,
                                const double (*places)[2]);
/* Replaces a wire that is already in @to_port. Errors: no such port; a cycle, with its path. Types
 * are not checked here. */
gboolean    weft_document_connect (WeftDocument *document,
                                   guint32       from,
                                   const char   *from_port,
                                   guint32       to,
                                   const char   *to_port,
                                   GError      **error);
void        weft_document_disconnect (WeftDocument *document, guint32 to, const char *to_port);
const char *weft_document_add_note (
  WeftDocument *document, const char *text, double x, double y, double width, double height);
void        weft_document_set_note (WeftDocument *document,
                                    const char   *id,
                                    const char   *text,
                                    double        x,
                                    double        y,
                                    double        width,
                                    double        height);
void        weft_document_remove_note (WeftDocument *document, const char *id);
void        weft_document_set_training (WeftDocument *document,
                                        const char   *key,
                                        WeftJson     *value); /* takes; NULL removes */
void        weft_document_set_title (WeftDocument *document, const char *title);

/* ---- Editing groups. All are one step of the document; errors are WEFT_DOCUMENT_ERROR_EDIT, with
 * a sentence. ---- */
/* The nodes become a definition called like @name (NULL: "group"), made unique; its ports come from
 * the wires that are cut. Gives the number of the node that uses it. Refused: data sets, inputs and
 * outputs among them; a cycle through what stays outside. */
guint32 weft_document_create_group (
  WeftDocument *document, const guint32 *uids, guint n, const char *name, GError **error);
/* The nodes of the definition in place of the node that uses it, knobs put in; the definition goes
 * with its last use. Gives their numbers. */
GArray       *weft_document_ungroup (WeftDocument *document, guint32 uid, GError **error);
/* A definition of its own, called like @name (NULL: after the old one), for this node. Refused
 * where it is the only use. A node that is a layer becomes one that is a group, with the layer's
 * nodes. */
gboolean
weft_document_make_unique (WeftDocument *document, guint32 uid, const char *name, GError **error);
/* An empty definition called like @name, with one input x and one output y; borrowed. */
WeftDocument *weft_document_add_group (WeftDocument *document, const char *name, GError **error);
/* The lambda in parameter @param of loop node @uid as a group, whose name the parameter says then:
 * so that every loop opens. */
gboolean weft_document_step_to_group (WeftDocument *document,
                                      guint32       uid,
                                      const char   *param,
                                      GError      **error);
gboolean weft_document_rename_group (WeftDocument *document,
                                     const char   *name,
                                     const char   *new_name,
                                     GError      **error);
gboolean weft_document_remove_group (WeftDocument *document,
                                     const char   *name,
                                     GError      **error); /* refused while it is used */
/* Member @key of a definition's "layer": summary, body, gradient, knobs, inputs and outputs (their
 * order). @value taken; NULL removes. */
gboolean weft_document_set_layer (WeftDocument *definition,
                                  const char   *key,
                                  WeftJson     *value,
                                  GError      **error);

/* ---- Looks and shortcuts: each one step ---- */
/* Sets or clears @flag of the nodes. Bypassing is refused, with the reason, where no input has the
 * type of the first output:
 * @typing, the document's, says so; NULL: everything is typed for it. */
gboolean weft_document_set_flag (WeftDocument  *document,
                                 const guint32 *uids,
                                 guint          n,
                                 WeftNodeFlags  flag,
                                 gboolean       on,
                                 WeftTyping    *typing,
                                 GError       **error);
/* The dots that the wire into the port passes; @n 0: none. Without a wire nothing happens. */
void weft_document_set_dots (
  WeftDocument *document, guint32 to, const char *to_port, const double (*dots)[2], guint n);
void weft_document_set_tag (WeftDocument *document, guint32 to, const char *to_port, gboolean tag);
/* A note that frames what lies in it: see WeftNote. */
const char *weft_document_add_frame (
  WeftDocument *document, const char *title, double x, double y, double width, double height);
/* Another op at the node's place: wires and parameters stay where the new one has ports and
 * parameters of the same name; the first input and output stand for one another. 0 and an error
 * where the op is unknown. Gives the number of the new node. */
guint32 weft_document_replace_node (
  WeftDocument *document, guint32 uid, const char *op, WeftJson *params, GError **error);
/* An expression node as nodes of its ops, or nodes as one expression node whose text says the same.
 */
GArray *
weft_document_explode (WeftDocument *document, guint32 uid, GError **error); /* of guint32 */
guint32
weft_document_collapse (WeftDocument *document, const guint32 *uids, guint n, GError **error);
/* The steps that undo would take back (@redo: that redo would do again), the nearest first; NULL
 * after the last. */
const char *weft_document_get_step_label (WeftDocument *document, gboolean redo, guint index);

/* Text (JSON) of nodes with the wires among them; pasting gives the new uids. Foreign text gives an
 * error, changes nothing. */
char   *weft_document_copy (WeftDocument *document, const guint32 *uids, guint n);
GArray *weft_document_paste (
  WeftDocument *document, const char *text, double dx, double dy, GError **error); /* of guint32 */

gboolean    weft_document_undo (WeftDocument *document); /* FALSE: nothing to undo */
gboolean    weft_document_redo (WeftDocument *document);
void weft_document_go_steps (WeftDocument *document, gint n);      /* undoes @n steps, redoes -@n */
const char *weft_document_get_undo_label (WeftDocument *document); /* NULL if none */
const char *weft_document_get_redo_label (WeftDocument *document);

G_END_DECLS
