/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/room.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/enroll/held.h"
#include "agent/enroll/retire.h"
#include "pkcs11/store.h"

#define CERTIFICATE_BYTES 2048
#define EC_KEY_BYTES 512
#define MAX_OFFERS 8
#define DELETE_MS 60000

/* One of both. */
typedef struct
{
  const CeCardEntry *entry;
  const CeCardKey *key;
} Surplus;

/* Modulus, exponents, primes and coefficient are four and a half times the modulus; the rest is for what
 * describes them. */
static guint64
key_bytes (const char *algorithm)
{
  if (!g_str_has_prefix (algorithm, "rsa-"))
    return EC_KEY_BYTES;
  return strtoul (algorithm + strlen ("rsa-"), NULL, 10) / 8 * 5 + 256;
}

static guint64
certificate_bytes (const CeInventory *inventory)
{
  gsize largest = CERTIFICATE_BYTES;

  for (guint i = 0; i < inventory->certificates->len; i++)
    {
      const CeCardCertificate *certificate = inventory->certificates->pdata[i];

      largest = MAX (largest, g_bytes_get_size (certificate->der));
    }
  return largest;
}

gboolean
ce_room_check (const CeEnrollContext *context, const char *algorithm, GError **error)
{
  const CeTokenInfo *info = ce_token_info (context->token);
  const guint64 needed = key_bytes (algorithm) + certificate_bytes (context->inventory);

  if (info->free_bytes >= needed)
    return TRUE;
  g_set_error (
      error, CE_ERROR, CE_ERROR_TOKEN_FULL,
      "token '%s': there is no room left on the card: a key and its certificate take about %" G_GUINT64_FORMAT
      " bytes, and %" G_GUINT64_FORMAT " are free",
      info->label, needed, info->free_bytes);
  return FALSE;
}

static gboolean
is_expired (const CeCardEntry *entry)
{
  return entry->parsed != NULL && ce_now () >= entry->parsed->not_after_unix
         && !ce_certificate_decrypts (entry->parsed);
}

/* A key that cardenroll made at another desk may be waiting for its certificate there. */
static gboolean
is_stray (const CeInventory *inventory, const GPtrArray *jobs, const CeCardKey *key)
{
  return *key->public_key_id != '\0' && !key->may_have_certificate && !ce_enrollment_has_certificate (inventory, key)
         && !ce_enrollment_is_awaited (jobs, key->public_key_id, NULL)
         && !g_str_has_prefix (key->label, CE_ENROLLMENT_KEY_LABEL);
}

static GArray *
find_surplus (const CeEnrollContext *context, GError **error)
{
  g_autoptr (GPtrArray) jobs
      = ce_journal_open_jobs (context->journal, ce_token_info (context->token)->serial, error);
  GArray *surplus;

  if (jobs == NULL)
    return NULL;
  surplus = g_array_new (FALSE, FALSE, sizeof (Surplus));
  for (guint i = 0; i < context->entries->len; i++)
    {
      const Surplus one = { .entry = context->entries->pdata[i] };

      if (is_expired (one.entry))
        g_array_append_val (surplus, one);
    }
  for (guint i = 0; i < context->inventory->keys->len; i++)
    {
      const Surplus one = { .key = context->inventory->keys->pdata[i] };

      if (is_stray (context->inventory, jobs, one.key))
        g_array_append_val (surplus, one);
    }
  g_array_set_size (surplus, MIN (surplus->len, MAX_OFFERS));
  return surplus;
}

static char *
name_of (const Surplus *one)
{
  g_autofree char *day = NULL;
  g_autoptr (GDateTime) end = NULL;

  if (one->key != NULL)
    return g_strdup_printf ("the key '%s', which has no certificate", one->key->label);
  end = g_date_time_new_from_unix_utc (one->entry->parsed->not_after_unix);
  day = end != NULL ? g_date_time_format (end, "%Y-%m-%d") : g_strdup ("?");
  return g_strdup_printf ("the certificate '%s', which expired on %s", one->entry->on_card->label, day);
}

static gboolean
may_go (const CeEnrollment *e, const Surplus *one)
{
  const CeEnrollContext *context = e->context;
  g_autofree char *name = name_of (one);
  g_autofree char *text
      = g_strdup_printf ("There is no room left on the card '%s' for your certificate '%s'. Delete %s?",
                         ce_token_info (context->token)->label, e->template->display_name, name);

  return context->ask != NULL && context->ask ("make-room", text, context->progress_data);
}

static gboolean
note_key (const CeEnrollment *e, const char *state, char *note, GError **error)
{
  CeHistoryLine line = {
    .when_unix = ce_now (),
    .card_serial = e->job->card_serial,
    .user = e->job->user,
    .action = (char *) ce_action_name (CE_ACTION_REMOVE),
    .state = (char *) state,
    .note = note,
  };

  return ce_journal_add_event (e->context->journal, &line, error);
}

static gboolean
delete_key (const CeEnrollment *e, const Surplus *one, GError **error)
{
  g_autofree char *name = name_of (one);
  g_autofree char *note = g_strdup_printf ("to make room: %s", name);

  return note_key (e, ce_job_state_name (CE_JOB_RETIRING), note, error)
         && ce_store_delete_keypair (e->context->token, one->key->public_key_id, error)
         && note_key (e, ce_job_state_name (CE_JOB_DONE), note, error);
}

static gboolean
delete_certificate (const CeEnrollment *e, const Surplus *one, GError **error)
{
  const CeAction action = { .kind = CE_ACTION_REMOVE, .certificate = one->entry->parsed->fingerprint };

  return ce_retire_alone (e->context, &action, NULL, error);
}

/* @failed with what a person could do about it. */
static gboolean
explain (const GArray *surplus, GError *failed, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *list = NULL;

  for (guint i = 0; i < surplus->len; i++)
    g_ptr_array_add (names, name_of (&g_array_index (surplus, Surplus, i)));
  g_ptr_array_add (names, NULL);
  list = g_strjoinv (", ", (char **) names->pdata);
  if (*list != '\0')
    g_set_error (error, failed->domain, failed->code, "%s; it could do without %s", failed->message, list);
  else
    g_propagate_error (error, g_error_copy (failed));
  return FALSE;
}

gboolean
ce_room_make (CeEnrollment *e, GError *failed, GError **error)
{
  g_autoptr (GError) reason = failed;
  g_autoptr (GArray) surplus = find_surplus (e->context, error);

  if (surplus == NULL)
    return FALSE;
  while (e->n_offered < surplus->len)
    {
      const Surplus *one = &g_array_index (surplus, Surplus, e->n_offered++);

      if (!may_go (e, one))
        continue;
      ce_enrollment_progress (e, "retire", DELETE_MS, TRUE, "Deleting what is no longer needed");
      return (one->key != NULL ? delete_key (e, one, error) : delete_certificate (e, one, error))
             && ce_token_refresh (e->context->token, error);
    }
  return explain (surplus, reason, error);
}
