/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/terminal.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MIN_COLUMNS 20
#define MAX_TEXT 4000

static const char *const sgr[CE_N_STYLES] = {
  [CE_STYLE_PLAIN] = NULL,     [CE_STYLE_BOLD] = "1",     [CE_STYLE_DIM] = "2",
  [CE_STYLE_GOOD] = "32",      [CE_STYLE_WARNING] = "33", [CE_STYLE_BAD] = "31",
};

static const struct
{
  const char *utf8;
  const char *plain;
  CeStyle style;
} glyphs[CE_N_GLYPHS] = {
  [CE_GLYPH_GOOD] = { "✔", "+", CE_STYLE_GOOD },
  [CE_GLYPH_WARNING] = { "▲", "!", CE_STYLE_WARNING },
  [CE_GLYPH_BAD] = { "✘", "x", CE_STYLE_BAD },
  [CE_GLYPH_WAITING] = { "◷", "~", CE_STYLE_WARNING },
  [CE_GLYPH_SKIPPED] = { "○", "-", CE_STYLE_DIM },
  [CE_GLYPH_TO_DO] = { "→", ">", CE_STYLE_BOLD },
};

static gboolean
is_set (const char *variable)
{
  const char *value = g_getenv (variable);

  return value != NULL && *value != '\0';
}

static guint
find_columns (FILE *file, gboolean is_terminal)
{
  struct winsize size = { 0 };
  guint64 columns = 0;

  if (is_terminal && ioctl (fileno (file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return MAX (size.ws_col, MIN_COLUMNS);
  if (is_set ("COLUMNS") && g_ascii_string_to_unsigned (g_getenv ("COLUMNS"), 10, MIN_COLUMNS, 1000, &columns, NULL))
    return (guint) columns;
  return is_terminal ? 80 : CE_TERM_UNWRAPPED;
}

void
ce_term_init (CeTerm *term, FILE *file)
{
  const char *charset;

  term->file = file;
  term->is_terminal = isatty (fileno (file)) != 0;
  term->colour = term->is_terminal && !is_set ("NO_COLOR") && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
  term->utf8 = g_get_charset (&charset);
  term->columns = find_columns (file, term->is_terminal);
}

/* Drops what moves the cursor or turns the direction of writing: a card's label must not redraw the line. */
static char *
clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) strnlen (text, MAX_TEXT));
  GString *out = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      GUnicodeType type = g_unichar_type (c);

      if (type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR)
        g_string_append_c (out, ' ');
      else if (type != G_UNICODE_FORMAT)
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

char *
ce_term_text (const CeTerm *term, const char *text)
{
  g_autofree char *cleaned = clean (text != NULL ? text : "");

  return term->utf8 ? g_steal_pointer (&cleaned) : g_str_to_ascii (cleaned, "C");
}

const char *
ce_term_glyph (const CeTerm *term, CeGlyph glyph)
{
  return term->utf8 ? glyphs[glyph].utf8 : glyphs[glyph].plain;
}

CeStyle
ce_glyph_style (CeGlyph glyph)
{
  return glyphs[glyph].style;
}

void
ce_term_write (const CeTerm *term, CeStyle style, const char *text)
{
  if (term->colour && sgr[style] != NULL && *text != '\0')
    fprintf (term->file, "\033[%sm%s\033[m", sgr[style], text);
  else
    fputs (text, term->file);
}

void
ce_term_newline (const CeTerm *term)
{
  fputc ('\n', term->file);
}

static guint
char_width (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

guint
ce_text_width (const char *text)
{
  guint width = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    width += char_width (g_utf8_get_char (text));
  return width;
}

/* The end of the line that begins at @text. */
static const char *
line_end (const char *text, guint columns)
{
  const char *space = NULL;
  const char *p = text;
  guint width = 0;

  for (; *p != '\0'; p = g_utf8_next_char (p))
    {
      guint next = char_width (g_utf8_get_char (p));

      if (*p == ' ')
        space = p;
      if (width + next > columns && p > text)
        return space != NULL && space > text ? space : p;
      width += next;
    }
  return p;
}

GStrv
ce_text_wrap (const char *text, guint columns)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();

  do
    {
      const char *end = line_end (text, MAX (columns, 1));

      g_ptr_array_add (lines, g_strchomp (g_strndup (text, (gsize) (end - text))));
      for (text = end; *text == ' '; text++)
        continue;
    }
  while (*text != '\0');
  g_ptr_array_add (lines, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&lines), FALSE);
}

char *
ce_term_cut (const CeTerm *term, const char *text, guint columns)
{
  const char *dots = term->utf8 ? "…" : "...";
  guint room = columns > ce_text_width (dots) ? columns - ce_text_width (dots) : 0;
  const char *p = text;

  if (ce_text_width (text) <= columns)
    return g_strdup (text);
  for (guint width = 0; *p != '\0'; p = g_utf8_next_char (p))
    {
      width += char_width (g_utf8_get_char (p));
      if (width > room)
        break;
    }
  return g_strdup_printf ("%.*s%s", (int) (p - text), text, room > 0 ? dots : "");
}

void
ce_term_item (const CeTerm *term, guint indent, CeStyle mark_style, const char *mark, CeStyle style, const char *text)
{
  guint hang = indent + ce_text_width (mark) + (*mark != '\0' ? 1 : 0);
  g_autofree char *shown = ce_term_text (term, text);
  g_auto (GStrv) lines = ce_text_wrap (shown, term->columns > hang + MIN_COLUMNS ? term->columns - hang : MIN_COLUMNS);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      fprintf (term->file, "%*s", (int) (i == 0 ? indent : hang), "");
      if (i == 0 && *mark != '\0')
        {
          ce_term_write (term, mark_style, mark);
          fputc (' ', term->file);
        }
      ce_term_write (term, style, lines[i]);
      ce_term_newline (term);
    }
}

void
ce_term_paragraph (const CeTerm *term, CeStyle style, guint indent, const char *text)
{
  ce_term_item (term, indent, CE_STYLE_PLAIN, "", style, text);
}
