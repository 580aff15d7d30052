/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/job/report.h"

/* A certificate that ends soon and that nothing renews by itself: "endings" of a plan. */
typedef struct
{
  char *certificate; /* fingerprint; never "" */
  char *name;        /* what people call its template, else whom it is for */
  gint64 ends_unix;
  char *words; /* why, and whom to ask, in sentences */
} CeReminder;

/* Returns: (transfer full) (element-type CeReminder): those of @result's plan; empty where there is none. */
GPtrArray *ce_reminders_parse (const CeJobResult *result);

/**
 * ce_reminder_is_due:
 * @told_unix: when its holder was told last; 0: never
 *
 * At first sight, then once a week, and once a day in the last seven days. A few hours less are enough, as cards are
 * inserted when work begins, and not by the clock. Pure.
 */
gboolean ce_reminder_is_due (gint64 told_unix, gint64 ends_unix, gint64 now_unix);
