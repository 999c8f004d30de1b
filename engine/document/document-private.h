/* What the files of the document share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

#define WEFT_DOCUMENT_VERSION 1

/* Characters in a node's name. */
#define WEFT_MAX_ID 100

/* Where the canvas ends: positions beyond it are mistakes in a file, and edits stop there. */
#define WEFT_MAX_POSITION 1e7

/* Dots of one wire. */
#define WEFT_MAX_DOTS 1000

/* A note that is smaller cannot be taken hold of. */
#define WEFT_MIN_NOTE_WIDTH 40
#define WEFT_MIN_NOTE_HEIGHT 20

/* A node; the public part first. Reference counted with g_rc_box: the document and its undo steps
 * hold it. */
typedef struct
{
  WeftNode  node;
  char     *id, *op; /* what node.id and node.op borrow */
  WeftJson *extra;   /* unknown keys; NULL if none */
} NodeBox;

typedef struct
{
  WeftWire wire;
  char    *from_port, *to_port;
  double (*dots)[2]; /* what wire.dots borrows */
  WeftJson *extra;   /* unknown keys of its route; NULL if none */
} WireBox;

typedef struct
{
  WeftNote  note;
  char     *id, *text;
  WeftJson *extra;
} NoteBox;

/* Where a node was and is: undo puts it back to the bit, which taking a difference off again would
 * not. */
typedef struct
{
  guint32 uid;
  double  from[2], to[2];
} Move;

/* One reversible change. Removing keeps the box and its place, so that undo puts it back where it
 * was. A new kind is a case in document-undo.c and a row in journal-edit.c; tests/random-edits.c
 * makes one of each. */
typedef enum
{
  EDIT_ADD_NODE,     /* node, index */
  EDIT_REMOVE_NODE,  /* node, index */
  EDIT_RENAME,       /* uid, before, after: strings */
  EDIT_PARAMS,       /* uid, before, after */
  EDIT_MOVE,         /* moves */
  EDIT_ADD_WIRE,     /* wire, index */
  EDIT_REMOVE_WIRE,  /* wire, index */
  EDIT_ADD_NOTE,     /* note, index */
  EDIT_REMOVE_NOTE,  /* note, index */
  EDIT_TRAINING,     /* before, after */
  EDIT_TITLE,        /* before, after: strings */
  EDIT_OP,           /* uid, before, after: strings */
  EDIT_LESSON,       /* before, after: the member "lesson", null where there is none */
  EDIT_LAYER,        /* before, after: the member "layer", null where there is none */
  EDIT_ADD_GROUP,    /* group, index, after: its name */
  EDIT_REMOVE_GROUP, /* group, index, after: its name */
  EDIT_RENAME_GROUP, /* group, before, after: strings */
  EDIT_FLAGS,        /* uid, before, after: whole numbers */
  EDIT_ROUTE, /* index of the wire, before, after: as in "routes", null where there is nothing to
                 say */
  EDIT_NOTE,  /* index, before, after: as in "notes" */
} EditKind;

typedef struct
{
  EditKind  kind;
  guint     index;
  guint32   uid;
  NodeBox  *node;
  WireBox  *wire;
  NoteBox  *note;
  GArray   *moves; /* Move */
  WeftJson *before, *after;

  WeftDocument *group;  /* of the kinds about groups */
  WeftDocument *inside; /* the definition that is edited, a reference; NULL: the document itself */
} Edit;

/* What one undo takes back. */
typedef struct
{
  char   *label;
  GArray *edits;  /* Edit */
  guint64 serial; /* names the state after it */
} Step;

struct _WeftDocument
{
  GObject parent_instance;

  /* Owned */
  GPtrArray  *nodes; /* NodeBox */
  GHashTable *by_uid, *by_id;
  GPtrArray  *wires;      /* WireBox */
  GHashTable *wires_into; /* set of WireBox by target */
  GPtrArray  *notes;      /* NoteBox */
  WeftJson   *training, *view;
  WeftJson   *extra; /* unknown keys and groups, layer, summary */
  char       *title, *path;
  char *digest; /* of what was read from the path, or written there, last; NULL: nothing was */
  GPtrArray  *groups;      /* WeftDocument: the definitions, in the order of the file */
  char       *group_name;  /* of a definition */
  GPtrArray  *undo, *redo; /* Step; a definition's are its document's */
  Step       *open;        /* between begin and end */
  GArray     *touched;     /* guint32: nodes of the change that is being collected */
  struct WeftJournal *journal; /* NULL: none is kept; a definition's is its document's */
  gpointer    interface;   /* interface.c's: what it looks like from outside */

  /* Borrowed */
  WeftDocument *root; /* the document that a definition belongs to; NULL: none */

  /* Plain values */
  guint           depth; /* of begin */
  guint           hold;  /* of hold_changes */
  gboolean        frozen;
  gboolean        lesson, turning; /* lesson.c's: it is taken; one of its knobs is turned */
  WeftChangeFlags flags;
  guint64         revision, saved_serial;
};

/* What a node may say of itself in a file, true or false. */
typedef struct
{
  const char   *name;
  WeftNodeFlags flag;
} WeftFlagName;
extern const WeftFlagName weft_flag_names[];
extern const guint        weft_n_flag_names;

/* Members of @object that are not among the NULL-terminated @known ones; NULL if there are none. */
WeftJson *weft_json_unknown_members (WeftJson *object, const char *const *known);

NodeBox *weft_node_box_new (
  guint32 uid, const char *id, const char *op, WeftJson *take_params, double x, double y);
void     weft_node_box_unref (NodeBox *box);
WireBox *weft_wire_box_new (guint32 from, const char *from_port, guint32 to, const char *to_port);
void     weft_wire_box_unref (WireBox *box);
/* A node, and a wire, that looks as @look does: flags and unknown keys; dots, moved by (@dx, @dy),
 * and tag. */
void     weft_node_box_look_like (NodeBox *box, const NodeBox *look);
void     weft_wire_box_look_like (WireBox *box, const WireBox *look, double dx, double dy);
/* How the wire is drawn, as it stands in "routes": owned; null where there is nothing to say. */
WeftJson *weft_wire_box_get_route (const WireBox *box);
void      weft_wire_box_set_route (WireBox *box, WeftJson *route);
NoteBox  *weft_note_box_new (
   const char *id, const char *text, double x, double y, double width, double height);
void     weft_note_box_unref (NoteBox *box);
guint32  weft_document_next_uid (void);
NodeBox *weft_document_box (WeftDocument *document, guint32 uid);
guint    weft_document_wire_index (WeftDocument *document, const WireBox *box);

/* The raw changes, without undo: used by loading, edits and undo alike. They take or give
 * references as undo needs. */
void weft_document_insert_node (WeftDocument *document, guint index, NodeBox *box);
void weft_document_take_out_node (WeftDocument *document, guint index);
void weft_document_insert_wire (WeftDocument *document, guint index, WireBox *box);
void weft_document_take_out_wire (WeftDocument *document, guint index);
void weft_document_insert_note (WeftDocument *document, guint index, NoteBox *box);
void weft_document_take_out_note (WeftDocument *document, guint index);

void weft_document_insert_group (WeftDocument *document,
                                 guint         index,
                                 WeftDocument *group,
                                 const char   *name);
void weft_document_take_out_group (WeftDocument *document, WeftDocument *group);
void weft_document_name_group (WeftDocument *document, WeftDocument *group, const char *name);

/* Changes made between hold and release are told as one. */
void weft_document_hold (WeftDocument *document);
void weft_document_release (WeftDocument *document);
void weft_document_touch (WeftDocument *document, WeftChangeFlags flags, guint32 node);

/* By source: the targets of its wires, one for each wire; GArray of guint32 by uid. */
GHashTable *weft_document_targets (WeftDocument *document);
/* The ids on a way from @from to @to along the wires, "a -> b -> c", or NULL: there is none.
 * Iterative. */
char *weft_document_path_between (WeftDocument *document, guint32 from, guint32 to);
/* TRUE if a node of @document may be an @op. Errors: WEFT_DOCUMENT_ERROR_EDIT, with the nearest
 * known name. */
gboolean weft_document_check_op (WeftDocument *document, const char *op, GError **error);
/* TRUE if @id may name a node: letters, digits, _ and -, at most WEFT_MAX_ID characters. */
gboolean weft_document_id_is_valid (const char *id);
/* @id, or @id with a number at its end that makes it unique. The caller owns it. */
char *weft_document_unique_id (WeftDocument *document, const char *id);
/* @x on the canvas; 0 if it is no number. */
double weft_document_on_canvas (double x);
/* What its file holds, to know it again when another program changes it: disk.c. */
void weft_document_note_content (WeftDocument *document, const void *data, gsize length);
/* The document is now what @path holds. */
void weft_document_mark_saved (WeftDocument *document, const char *path);
/* The nodes of @document (a definition or a root) that use group @name, directly: array of guint32.
 */
GArray *weft_document_uses (WeftDocument *document, const char *name);
/* "cell" of "group:cell", NULL for another op. Borrowed. */
const char *weft_group_of_op (const char *op);
/* The group whose name stands in parameter @param of a loop node ("step"), NULL if there is none.
 * Borrowed. */
const char *weft_group_of_step (WeftDocument *document, const WeftNode *node, const char *param);
/* Why the definitions cannot be used as they are (one contains itself, too deep, too large): an
 * error. */
gboolean weft_document_check_groups (WeftDocument *document, GError **error);
/* TRUE if @document may be looked at only. Errors: says so. */
gboolean weft_document_is_frozen (WeftDocument *document, GError **error);
/* Adds the groups of @part to @document, between begin and end: one that is there already, and the
 * same, is shared, another one of that name gets a new name. Gives the names: old -> new; owned.
 * weft_document_name_groups only says them. */
GHashTable *weft_document_name_groups (WeftDocument *document, WeftDocument *part);
void weft_document_add_groups (WeftDocument *document, WeftDocument *part, GHashTable *names);
/* Uses of groups in the raw @document under their new @names. */
void        weft_document_rename_uses (WeftDocument *document, GHashTable *names);
/* TRUE if a use of group @name may stand in @document: it does not contain itself then. Errors: a
 * sentence. */
gboolean weft_document_check_nesting (WeftDocument *document, const char *name, GError **error);
/* @document is a definition whose port @old is called @id now (@id NULL: gone): what is wired to it
 * where it is used follows. */
void weft_document_port_renamed (WeftDocument *document, const char *old, const char *id);
/* Copies all that the file holds of @from into the empty @to; @fresh: with new uids. */
void weft_document_copy_content (WeftDocument *from, WeftDocument *to, gboolean fresh);
/* Definition @group and those that it uses, copied into @target unless one of the name is there. */
void weft_document_copy_groups (WeftDocument *from, const WeftNode *node, WeftDocument *target);
char *weft_document_unique_group_name (WeftDocument *document, const char *name);
/* The definition as it stands in a file. The caller owns it. */
char *weft_document_group_text (WeftDocument *group);
/* Members "loss", "output" and metrics of the training section, each given to @func, which returns
 * a new port (owned) or NULL. */
void weft_document_map_training (WeftDocument *document,
                                 char *(*func) (const char *port, gpointer data),
                                 gpointer data);
/* Wires at ports of @uid that are not there (any more) are removed. */
void weft_document_drop_stale_wires (WeftDocument *document, guint32 uid);
void weft_interface_free (gpointer interface);
/* A new document from a JSON tree. @name is for messages. */
WeftDocument *weft_document_from_json (WeftJson *root, const char *name, GError **error);
/* The JSON of one node as it stands in the file. */
WeftJson *weft_node_box_to_json (const NodeBox *box);
/* Definition @name by itself, as weft_document_group_text wrote it; its ops are not looked at.
 * NULL: it is none. The caller owns it. */
WeftDocument *weft_document_group_from_json (const char *name, WeftJson *json);
/* The inverse of weft_node_box_to_json and of weft_note_box_to_json; the op is not looked at. NULL
 * and an error where @json is none. */
NodeBox  *weft_node_box_from_json (WeftJson *json, guint32 uid, GError **error);
NoteBox  *weft_note_box_from_json (WeftJson *json, GError **error);
WeftJson *weft_note_box_to_json (const NoteBox *box);
/* Text, place, size and the rest of @json; the id stays. */
void      weft_note_box_read (NoteBox *box, WeftJson *json);
char     *weft_document_wire_text (WeftDocument *document, const WeftWire *wire);
