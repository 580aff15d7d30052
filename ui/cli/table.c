/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/table.h"

#define GAP 2
#define NARROWEST 8

typedef struct
{
  char *text;
  CeStyle style;
} Cell;

typedef struct
{
  GArray *cells; /* of Cell */
  GArray *below; /* of Below */
} Row;

typedef struct
{
  Cell cell;
  guint column;
} Below;

struct _CeTable
{
  const CeTerm *term;
  guint indent;
  guint n_columns;
  gboolean has_header;
  GPtrArray *rows; /* of Row */
};

static void
cell_clear (gpointer data)
{
  g_free (((Cell *) data)->text);
}

static void
row_free (gpointer data)
{
  Row *row = data;

  g_array_unref (row->cells);
  g_array_unref (row->below);
  g_free (row);
}

CeTable *
ce_table_new (const CeTerm *term, guint indent, guint n_columns, const char *const *headers)
{
  CeTable *table = g_new0 (CeTable, 1);

  table->term = term;
  table->indent = indent;
  table->n_columns = n_columns;
  table->has_header = headers != NULL;
  table->rows = g_ptr_array_new_with_free_func (row_free);
  if (headers != NULL)
    {
      ce_table_row (table);
      for (guint i = 0; i < n_columns; i++)
        ce_table_cell (table, CE_STYLE_BOLD, headers[i]);
    }
  return table;
}

void
ce_table_free (CeTable *table)
{
  if (table == NULL)
    return;
  g_ptr_array_unref (table->rows);
  g_free (table);
}

void
ce_table_row (CeTable *table)
{
  Row *row = g_new0 (Row, 1);

  row->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  row->below = g_array_new (FALSE, FALSE, sizeof (Below));
  g_array_set_clear_func (row->cells, cell_clear);
  g_array_set_clear_func (row->below, cell_clear);
  g_ptr_array_add (table->rows, row);
}

static Row *
last_row (CeTable *table)
{
  return table->rows->pdata[table->rows->len - 1];
}

void
ce_table_cell (CeTable *table, CeStyle style, const char *text)
{
  Cell cell = { ce_term_text (table->term, text), style };

  g_return_if_fail (last_row (table)->cells->len < table->n_columns);
  g_array_append_val (last_row (table)->cells, cell);
}

void
ce_table_below (CeTable *table, guint column, CeStyle style, const char *text)
{
  Below below = { { NULL, style }, column };

  if (text == NULL || *text == '\0')
    return;
  below.cell.text = ce_term_text (table->term, text);
  g_array_append_val (last_row (table)->below, below);
}

guint
ce_table_rows (const CeTable *table)
{
  return table->rows->len - (table->has_header ? 1 : 0);
}

static const Cell *
cell_at (const Row *row, guint column)
{
  return column < row->cells->len ? &g_array_index (row->cells, Cell, column) : NULL;
}

static guint
sum_widths (const CeTable *table, const guint *widths)
{
  guint sum = table->indent;

  for (guint i = 0; i < table->n_columns; i++)
    sum += widths[i] + (i > 0 ? GAP : 0);
  return sum;
}

static guint *
find_widths (const CeTable *table)
{
  guint *widths = g_new0 (guint, table->n_columns);

  for (guint r = 0; r < table->rows->len; r++)
    for (guint i = 0; i < table->n_columns; i++)
      {
        const Cell *cell = cell_at (table->rows->pdata[r], i);

        widths[i] = MAX (widths[i], cell != NULL ? ce_text_width (cell->text) : 0);
      }
  while (sum_widths (table, widths) > table->term->columns)
    {
      guint widest = 0;

      for (guint i = 1; i < table->n_columns; i++)
        if (widths[i] > widths[widest])
          widest = i;
      if (widths[widest] <= NARROWEST)
        break;
      widths[widest]--;
    }
  return widths;
}

static void
print_spaces (const CeTable *table, guint n)
{
  fprintf (table->term->file, "%*s", (int) n, "");
}

/* Line @n of a row; FALSE where all of its cells have ended. Spaces are owed until something follows them. */
static gboolean
print_line (const CeTable *table, const Row *row, GStrv *const wrapped, const guint *widths, guint n)
{
  guint owed = table->indent;
  gboolean any = FALSE;

  for (guint i = 0; i < row->cells->len; i++)
    {
      const char *text = n < g_strv_length (wrapped[i]) ? wrapped[i][n] : "";

      if (*text != '\0')
        {
          print_spaces (table, owed);
          ce_term_write (table->term, cell_at (row, i)->style, text);
          owed = 0;
          any = TRUE;
        }
      owed += widths[i] - MIN (widths[i], ce_text_width (text)) + GAP;
    }
  if (any)
    ce_term_newline (table->term);
  return any;
}

static void
print_row (const CeTable *table, const Row *row, const guint *widths)
{
  g_autofree GStrv *wrapped = g_new0 (GStrv, table->n_columns + 1);

  for (guint i = 0; i < row->cells->len; i++)
    wrapped[i] = ce_text_wrap (cell_at (row, i)->text, widths[i]);
  for (guint n = 0; print_line (table, row, wrapped, widths, n); n++)
    continue;
  for (guint i = 0; i < row->cells->len; i++)
    g_strfreev (wrapped[i]);
}

static void
print_below (const CeTable *table, const Below *below, const guint *widths)
{
  guint indent = table->indent;

  for (guint i = 0; i < below->column; i++)
    indent += widths[i] + GAP;
  ce_term_paragraph (table->term, below->cell.style, indent, below->cell.text);
}

void
ce_table_print (const CeTable *table)
{
  g_autofree guint *widths = find_widths (table);

  for (guint r = 0; r < table->rows->len; r++)
    {
      const Row *row = table->rows->pdata[r];

      print_row (table, row, widths);
      for (guint i = 0; i < row->below->len; i++)
        print_below (table, &g_array_index (row->below, Below, i), widths);
    }
}
