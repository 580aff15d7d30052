/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/reminder.h"

#include <string.h>

#include "agent/base/text.h"
#include "ui/job/json.h"

#define FINGERPRINT_SHOWN 12
#define MAX_REMINDERS 16
#define DAY_S (24 * 3600)
#define EARLIER_S (4 * 3600)

static void
reminder_free (gpointer data)
{
  CeReminder *reminder = data;

  g_free (reminder->certificate);
  g_free (reminder->name);
  g_free (reminder->words);
  g_free (reminder);
}

static char *
copy_first (const char *a, const char *b)
{
  return g_strdup (a != NULL && *a != '\0' ? a : b != NULL ? b : "");
}

/* People know it by its template; else by its subject, which may be empty. */
static char *
name_of (JsonObject *object, const char *certificate)
{
  g_autofree char *start = ce_text_clean (certificate, strlen (certificate), FINGERPRINT_SHOWN);
  g_autofree char *number = g_strdup_printf ("certificate %s", start);
  g_autofree char *subject = copy_first (ce_json_string (object, "subject"), number);

  return copy_first (ce_json_string (object, "display_name"), subject);
}

static CeReminder *
parse_one (JsonObject *object)
{
  const char *certificate = ce_json_string (object, "certificate");
  const gint64 ends = ce_json_time (object, "not_after", 0);
  CeReminder *reminder;

  if (certificate == NULL || *certificate == '\0' || ends == 0)
    return NULL;
  reminder = g_new0 (CeReminder, 1);
  reminder->certificate = g_strdup (certificate);
  reminder->name = name_of (object, certificate);
  reminder->ends_unix = ends;
  reminder->words = copy_first (ce_json_string (object, "words"), NULL);
  return reminder;
}

GPtrArray *
ce_reminders_parse (const CeJobResult *result)
{
  JsonArray *endings = ce_json_array (ce_json_object (result->object, "plan"), "endings");
  GPtrArray *reminders = g_ptr_array_new_with_free_func (reminder_free);

  for (guint i = 0; i < ce_json_length (endings) && reminders->len < MAX_REMINDERS; i++)
    {
      CeReminder *reminder = parse_one (ce_json_nth (endings, i));

      if (reminder != NULL)
        g_ptr_array_add (reminders, reminder);
    }
  return reminders;
}

gboolean
ce_reminder_is_due (gint64 told_unix, gint64 ends_unix, gint64 now_unix)
{
  const gint64 distance = ends_unix - now_unix <= 7 * DAY_S ? DAY_S : 7 * DAY_S;

  return told_unix == 0 || told_unix > now_unix || now_unix - told_unix >= distance - EARLIER_S;
}
