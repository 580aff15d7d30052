/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/unpublish.h"

#include <string.h>

#include "policy/sources/published.h"
#include "policy/standing.h"

#define DIRECTORY_MS 10000
#define SLACK_MS 30000 /* each of the four questions has a patience of its own */
#define SCHEME "ldap://"

/* Did a template of the policy have the CA publish it? */
static gboolean
was_published (const CeSession *session, const CeCertificate *certificate)
{
  const CePolicy *policy = session->policy;

  for (guint i = 0; i < policy->templates->len; i++)
    {
      const CeTemplate *template = policy->templates->pdata[i];

      if ((template->enrollment_flags & CE_TEMPLATE_ENROLL_PUBLISH_TO_DS) != 0 && *template->oid != '\0'
          && strcmp (template->oid, certificate->template_oid) == 0)
        return g_ptr_array_find_with_equal_func (policy->user.certificates, certificate->der,
                                                 (GEqualFunc) g_bytes_equal, NULL);
    }
  return FALSE;
}

static const CeCertificate *
find_gone (const CeSession *session, const CePerformed *performed)
{
  const CeCardEntry *entry = performed->outcome == CE_PERFORMED_DONE && performed->job->state == CE_JOB_DONE
                                 ? ce_card_entries_find (session->entries, performed->job->old_certificate)
                                 : NULL;

  return entry != NULL && !ce_certificate_decrypts (entry->parsed) && was_published (session, entry->parsed)
             ? entry->parsed
             : NULL;
}

gboolean
ce_worker_unpublish (CeSession *session, CePerformed *performed, GError **error)
{
  const CeCertificate *gone = find_gone (session, performed);
  const char *source = session->policy->source;
  g_autoptr (GError) failed = NULL;
  g_autofree char *before = NULL;
  CeJob *job = performed->job;

  if (gone == NULL || !g_str_has_prefix (source, SCHEME))
    return TRUE;
  ce_stream_progress (session->stream, "finish", "Taking the old certificate out of the directory",
                      DIRECTORY_MS + SLACK_MS, FALSE);
  before = *job->note != '\0' ? g_strconcat (job->note, "; ", NULL) : g_strdup ("");
  g_free (job->note);
  if (ce_published_remove (source + strlen (SCHEME), session->policy->user.dn, gone->der,
                           g_get_monotonic_time () + DIRECTORY_MS * 1000, &failed))
    job->note
        = g_strconcat (before, "the old certificate was taken out of the directory (userCertificate)", NULL);
  else
    job->note = g_strdup_printf ("%sthe old certificate stays in the directory (userCertificate): %s", before,
                                 failed->message);
  return ce_journal_write (session->journal, job, session->now_unix, error);
}
