/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdio.h>

/**
 * CeTerm: where text for people goes, and what it can show there: colours on a terminal only and never with
 * NO_COLOR set, other glyphs than ASCII in a UTF-8 locale only.
 */
typedef struct
{
  FILE *file;
  gboolean is_terminal;
  gboolean colour;
  gboolean utf8;
  guint columns; /* of the terminal; else $COLUMNS; else so many that nothing is wrapped */
} CeTerm;

#define CE_TERM_UNWRAPPED 100000

typedef enum
{
  CE_STYLE_PLAIN,
  CE_STYLE_BOLD,
  CE_STYLE_DIM,
  CE_STYLE_GOOD,
  CE_STYLE_WARNING,
  CE_STYLE_BAD,
  CE_N_STYLES
} CeStyle;

/* What stands before a line. */
typedef enum
{
  CE_GLYPH_GOOD,
  CE_GLYPH_WARNING,
  CE_GLYPH_BAD,
  CE_GLYPH_WAITING,
  CE_GLYPH_SKIPPED,
  CE_GLYPH_TO_DO,
  CE_N_GLYPHS
} CeGlyph;

void ce_term_init (CeTerm *term, FILE *file);

/* @text without control characters, and in characters that @term can show. %NULL gives "". */
char *ce_term_text (const CeTerm *term, const char *text);

const char *ce_term_glyph (const CeTerm *term, CeGlyph glyph);
CeStyle ce_glyph_style (CeGlyph glyph);

/* Writes @text in @style; no newline is added. */
void ce_term_write (const CeTerm *term, CeStyle style, const char *text);

/* One paragraph: wrapped to the width, each line indented by @indent, with a newline at its end. */
void ce_term_paragraph (const CeTerm *term, CeStyle style, guint indent, const char *text);

/* As ce_term_paragraph(), beginning with a glyph or a name whose width the lines after it keep free. */
void ce_term_item (const CeTerm *term, guint indent, CeStyle mark_style, const char *mark, CeStyle style,
                   const char *text);

void ce_term_newline (const CeTerm *term);

/* Columns that @text takes; and @text in lines of at most @columns, broken at spaces where there are any. */
guint ce_text_width (const char *text);
GStrv ce_text_wrap (const char *text, guint columns);

/* @text cut to @columns, with an ellipsis where something was cut. */
char *ce_term_cut (const CeTerm *term, const char *text, guint columns);
