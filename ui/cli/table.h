/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/cli/terminal.h"

/**
 * CeTable: rows of cells in columns as wide as their widest cell. Where that is wider than the terminal, the widest
 * columns are made narrower and their cells wrapped: nothing is cut off. A row may be followed by a line of its own,
 * such as a reason.
 */
typedef struct _CeTable CeTable;

/* @headers: ends with %NULL; or %NULL for a table without. @n_columns counts in either case. */
CeTable *ce_table_new (const CeTerm *term, guint indent, guint n_columns, const char *const *headers);
void ce_table_free (CeTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeTable, ce_table_free)

/* Begins a row; then one ce_table_cell() for each column, from the left. Cells left out are empty. */
void ce_table_row (CeTable *table);
void ce_table_cell (CeTable *table, CeStyle style, const char *text);

/* A paragraph below the row that was begun last, indented to @column. Empty text is left out. */
void ce_table_below (CeTable *table, guint column, CeStyle style, const char *text);

void ce_table_print (const CeTable *table);
guint ce_table_rows (const CeTable *table);
