/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/postponed.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/names.h"
#include "agent/base/text.h"
#include "ui/job/json.h"

#define MAX_FILE_BYTES (256 * 1024)
#define MAX_ENTRIES 256 /* the oldest goes */
#define MAX_NAME 256

struct _CePostponed
{
  char *path; /* %NULL: not known yet */
  GPtrArray *entries;
  GPtrArray *told; /* of Told */
};

typedef struct
{
  char *card;
  char *template_name;
  gint64 until_unix;
} Entry;

typedef struct
{
  char *certificate;
  gint64 at_unix;
  gint64 ends_unix;
} Told;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->card);
  g_free (entry->template_name);
  g_free (entry);
}

static void
told_free (gpointer data)
{
  Told *told = data;

  g_free (told->certificate);
  g_free (told);
}

CePostponed *
ce_postponed_new (const char *path)
{
  CePostponed *postponed = g_new0 (CePostponed, 1);

  postponed->path = g_strdup (path);
  postponed->entries = g_ptr_array_new_with_free_func (entry_free);
  postponed->told = g_ptr_array_new_with_free_func (told_free);
  return postponed;
}

void
ce_postponed_free (CePostponed *postponed)
{
  if (postponed == NULL)
    return;
  g_ptr_array_unref (postponed->entries);
  g_ptr_array_unref (postponed->told);
  g_free (postponed->path);
  g_free (postponed);
}

static gboolean
find_path (CePostponed *postponed, GError **error)
{
  if (postponed->path == NULL)
    postponed->path = ce_user_path (g_get_user_state_dir (), CE_POSTPONED_FILE, error);
  return postponed->path != NULL;
}

static Entry *
find (const CePostponed *postponed, const char *card, const char *template_name)
{
  for (guint i = 0; i < postponed->entries->len; i++)
    {
      Entry *entry = postponed->entries->pdata[i];

      if (strcmp (entry->card, card) == 0 && strcmp (entry->template_name, template_name) == 0)
        return entry;
    }
  return NULL;
}

static void
put (CePostponed *postponed, const char *card, const char *template_name, gint64 until_unix)
{
  Entry *entry = find (postponed, card, template_name);

  if (entry == NULL)
    {
      if (postponed->entries->len >= MAX_ENTRIES)
        g_ptr_array_remove_index (postponed->entries, 0);
      entry = g_new0 (Entry, 1);
      entry->card = g_strdup (card);
      entry->template_name = g_strdup (template_name);
      g_ptr_array_add (postponed->entries, entry);
    }
  entry->until_unix = until_unix;
}

static guint
find_told (const CePostponed *postponed, const char *certificate)
{
  guint i = 0;

  while (i < postponed->told->len && strcmp (((Told *) postponed->told->pdata[i])->certificate, certificate) != 0)
    i++;
  return i;
}

static void
put_told (CePostponed *postponed, const char *certificate, gint64 at_unix, gint64 ends_unix)
{
  const guint i = find_told (postponed, certificate);
  Told *told;

  if (i < postponed->told->len)
    g_ptr_array_remove_index (postponed->told, i);
  else if (i >= MAX_ENTRIES)
    g_ptr_array_remove_index (postponed->told, 0);
  if (at_unix == 0)
    return;
  told = g_new0 (Told, 1);
  told->certificate = g_strdup (certificate);
  told->at_unix = at_unix;
  told->ends_unix = ends_unix;
  g_ptr_array_add (postponed->told, told);
}

static gboolean
is_name (const char *text)
{
  return text != NULL && strlen (text) <= MAX_NAME;
}

/* FALSE where this is no entry. */
static gboolean
take (CePostponed *postponed, JsonObject *object, gint64 now_unix)
{
  const char *card = ce_json_string (object, "card");
  const char *template_name = ce_json_string (object, "template");
  const gint64 until = ce_json_int (object, "until", -1);

  if (!is_name (card) || *card == '\0' || !is_name (template_name) || until < 0)
    return FALSE;
  if (until > now_unix && until - now_unix <= CE_POSTPONED_MAX_S)
    put (postponed, card, template_name, until);
  return TRUE;
}

/* What has ended matters no more, and what is told in the future was told by another clock. */
static gboolean
take_told (CePostponed *postponed, JsonObject *object, gint64 now_unix)
{
  const char *certificate = ce_json_string (object, "certificate");
  const gint64 at = ce_json_int (object, "at", -1), ends = ce_json_int (object, "ends", -1);

  if (!is_name (certificate) || *certificate == '\0' || at < 0 || ends < 0)
    return FALSE;
  if (at > 0 && at <= now_unix && ends > now_unix)
    put_told (postponed, certificate, at, ends);
  return TRUE;
}

static gboolean
parse_list (CePostponed *postponed, JsonArray *array, gint64 now_unix,
            gboolean (*take_one) (CePostponed *postponed, JsonObject *object, gint64 now_unix))
{
  gboolean ok = ce_json_length (array) <= MAX_ENTRIES;

  for (guint i = 0; ok && i < ce_json_length (array); i++)
    ok = take_one (postponed, ce_json_nth (array, i), now_unix);
  return ok;
}

static gboolean
parse (CePostponed *postponed, const char *text, gsize length, gint64 now_unix)
{
  g_autoptr (JsonObject) object = length <= MAX_FILE_BYTES ? ce_json_parse_object (text, length) : NULL;
  JsonArray *array = ce_json_array (object, "postponed");

  return array != NULL && parse_list (postponed, array, now_unix, take)
         && parse_list (postponed, ce_json_array (object, "told"), now_unix, take_told);
}

static void
empty (CePostponed *postponed)
{
  g_ptr_array_set_size (postponed->entries, 0);
  g_ptr_array_set_size (postponed->told, 0);
}

gboolean
ce_postponed_load (CePostponed *postponed, gint64 now_unix, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) reason = NULL;
  gsize length = 0;

  empty (postponed);
  if (!find_path (postponed, error))
    return FALSE;
  if (!g_file_get_contents (postponed->path, &text, &length, &reason))
    {
      if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot read what was postponed: %s", reason->message);
      return FALSE;
    }
  if (parse (postponed, text, length, now_unix))
    return TRUE;
  empty (postponed);
  g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "%s is damaged and counts as empty: nothing is postponed",
               postponed->path);
  return FALSE;
}

gint64
ce_postponed_until (const CePostponed *postponed, const char *card, const char *template_name,
                    gint64 now_unix)
{
  const Entry *entry = find (postponed, card, template_name);

  return entry != NULL && entry->until_unix > now_unix ? entry->until_unix : 0;
}

static JsonArray *
print_told (const CePostponed *postponed)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < postponed->told->len; i++)
    {
      const Told *told = postponed->told->pdata[i];
      JsonObject *one = json_object_new ();

      json_object_set_string_member (one, "certificate", told->certificate);
      json_object_set_int_member (one, "at", told->at_unix);
      json_object_set_int_member (one, "ends", told->ends_unix);
      json_array_add_object_element (array, one);
    }
  return array;
}

static char *
print (const CePostponed *postponed)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *array = json_array_new ();

  json_object_set_array_member (object, "postponed", array);
  for (guint i = 0; i < postponed->entries->len; i++)
    {
      const Entry *entry = postponed->entries->pdata[i];
      JsonObject *one = json_object_new ();

      json_object_set_string_member (one, "card", entry->card);
      json_object_set_string_member (one, "template", entry->template_name);
      json_object_set_int_member (one, "until", entry->until_unix);
      json_array_add_object_element (array, one);
    }
  json_object_set_array_member (object, "told", print_told (postponed));
  return ce_json_line (object);
}

static gboolean
save (CePostponed *postponed, GError **error)
{
  g_autofree char *text = print (postponed);
  g_autoptr (GError) reason = NULL;

  if (!find_path (postponed, error))
    return FALSE;
  if (ce_user_file_write (postponed->path, text, -1, TRUE, &reason))
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot keep what was postponed: %s", reason->message);
  return FALSE;
}

gboolean
ce_postponed_set (CePostponed *postponed, const char *card, const char *template_name, gint64 until_unix,
                  GError **error)
{
  put (postponed, card, template_name, until_unix);
  return save (postponed, error);
}

gint64
ce_postponed_told (const CePostponed *postponed, const char *certificate)
{
  const guint i = find_told (postponed, certificate);

  return i < postponed->told->len ? ((const Told *) postponed->told->pdata[i])->at_unix : 0;
}

gboolean
ce_postponed_tell (CePostponed *postponed, const char *certificate, gint64 at_unix, gint64 ends_unix, GError **error)
{
  put_told (postponed, certificate, at_unix, ends_unix);
  return save (postponed, error);
}

gboolean
ce_postponed_forget (CePostponed *postponed, const char *card, GError **error)
{
  gboolean any = FALSE;

  for (guint i = postponed->entries->len; i-- > 0;)
    if (strcmp (((Entry *) postponed->entries->pdata[i])->card, card) == 0)
      {
        g_ptr_array_remove_index (postponed->entries, i);
        any = TRUE;
      }
  return !any || save (postponed, error);
}
