/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/checks.h"

#include <string.h>

#include "agent/base/text.h"
#include "agent/enroll/issuer.h"
#include "policy/standing.h"

const char *
ce_check_state_name (CeCheckState state)
{
  static const char *const names[] = { "ok", "warning", "failed", "skipped" };

  return names[state];
}

static void
check_free (gpointer data)
{
  CeCheck *check = data;

  g_free (check->name);
  g_free (check->detail);
  g_free (check->fix);
  g_free (check);
}

GPtrArray *
ce_checks_new (void)
{
  return g_ptr_array_new_with_free_func (check_free);
}

void
ce_check_add (GPtrArray *checks, const char *name, CeCheckState state, const char *fix, const char *format, ...)
{
  CeCheck *check = g_new0 (CeCheck, 1);
  va_list args;

  va_start (args, format);
  check->detail = g_strdup_vprintf (format, args);
  va_end (args);
  check->name = g_strdup (name);
  check->state = state;
  check->fix = state == CE_CHECK_OK ? NULL : g_strdup (fix);
  g_ptr_array_add (checks, check);
}

void
ce_check_fail (GPtrArray *checks, const char *name, CeErrorCode code, const char *format, ...)
{
  g_autofree char *detail = NULL;
  va_list args;

  va_start (args, format);
  detail = g_strdup_vprintf (format, args);
  va_end (args);
  ce_check_add (checks, name, CE_CHECK_FAILED, ce_error_hint (code), "%s", detail);
  ((CeCheck *) checks->pdata[checks->len - 1])->code = code;
}

const CeCheck *
ce_checks_first_failed (const GPtrArray *checks)
{
  for (guint i = 0; i < checks->len; i++)
    if (((const CeCheck *) checks->pdata[i])->state == CE_CHECK_FAILED)
      return checks->pdata[i];
  return NULL;
}

gboolean
ce_checks_failed (const GPtrArray *checks)
{
  return ce_checks_first_failed (checks) != NULL;
}

static void
check_validity (GPtrArray *checks, const CeCertificate *c, gint64 now_unix)
{
  g_autofree char *from = ce_standing_date (c->not_before_unix);
  g_autofree char *to = ce_standing_date (c->not_after_unix);

  if (now_unix < c->not_before_unix)
    ce_check_add (checks, "validity", CE_CHECK_FAILED, "Check this computer's clock.", "not valid before %s", from);
  else if (now_unix >= c->not_after_unix)
    ce_check_add (checks, "validity", CE_CHECK_FAILED, "Run 'cardenroll run' to replace it.", "expired on %s", to);
  else
    ce_check_add (checks, "validity", CE_CHECK_OK, NULL, "valid until %s", to);
}

/* Within the certificate's own time: that it is over, check_validity() says. */
static void
check_chain (GPtrArray *checks, const CeCertificate *c, const CePolicy *policy, gint64 now_unix)
{
  const gint64 when_unix = MAX (c->not_before_unix, MIN (now_unix, c->not_after_unix - 1));
  g_autoptr (GError) error = NULL;

  if (ce_certificate_verify (c, policy->intermediates, policy->roots, when_unix, &error))
    ce_check_add (checks, "chain", CE_CHECK_OK, NULL, "chains to a root that the directory publishes");
  else
    ce_check_add (checks, "chain", CE_CHECK_FAILED,
                  "Publish the CA's root certificate in the directory: certutil -dspublish -f root.cer RootCA", "%s",
                  error->message);
}

static void
check_nt_auth (GPtrArray *checks, const CeCertificate *c, const CePolicy *policy)
{
  if (policy->no_directory)
    {
      ce_check_add (checks, "nt-auth", CE_CHECK_SKIPPED, NULL, "only the directory knows, and the policy is from %s",
                    policy->source);
      return;
    }
  for (guint i = 0; i < policy->nt_auth->len; i++)
    if (ce_issuer_is (c, policy->nt_auth->pdata[i]))
      {
        ce_check_add (checks, "nt-auth", CE_CHECK_OK, NULL, "the issuer is in NTAuthCertificates");
        return;
      }
  ce_check_add (checks, "nt-auth", CE_CHECK_FAILED,
                "Publish the issuing CA for logon: certutil -dspublish -f ca.cer NTAuthCA",
                "the issuer %s is not in NTAuthCertificates", c->issuer);
}

static void
check_purpose (GPtrArray *checks, const CeCertificate *c)
{
  const gboolean logon = ce_certificate_has_eku (c, CE_EKU_SMART_CARD_LOGON);

  ce_check_add (checks, "extended-key-usage", logon ? CE_CHECK_OK : CE_CHECK_FAILED,
                "Use a template with the application policy Smart Card Logon.", "smart card logon (%s) is %s",
                CE_EKU_SMART_CARD_LOGON, logon ? "there" : "missing");
  if (c->key_usage == G_MAXUINT32 || (c->key_usage & KU_DIGITAL_SIGNATURE) == 0)
    ce_check_add (checks, "key-usage", CE_CHECK_FAILED, "Use a template whose purpose includes signature.",
                  "digital signature is missing");
  else
    ce_check_add (checks, "key-usage", CE_CHECK_OK, NULL, "digital signature is there");
}

static void
check_mapping (GPtrArray *checks, const CeCertificate *c, const CeUser *user)
{
  if (*c->upn == '\0')
    ce_check_add (checks, "upn", CE_CHECK_FAILED, "Use a template that puts the user principal name in the certificate.",
                  "there is no user principal name in the certificate");
  else if (*user->upn != '\0' && !user->upn_guessed && !ce_user_is_called (user, c->upn))
    ce_check_add (checks, "upn", CE_CHECK_FAILED, "Enrol again: the user's name has changed, or this is another user's card.",
                  "the certificate is for %s, you are %s", c->upn, user->upn);
  else
    ce_check_add (checks, "upn", CE_CHECK_OK, NULL, "%s", c->upn);

  if (*c->sid == '\0')
    ce_check_add (checks, "sid-mapping", CE_CHECK_WARNING,
                  "Update the CA, or clear NO_SECURITY_EXTENSION on the template: current domain controllers refuse it.",
                  "the certificate does not name the user's SID");
  else if (*user->sid == '\0')
    ce_check_add (checks, "sid-mapping", CE_CHECK_OK, NULL, "%s (yours is not known here)", c->sid);
  else if (strcmp (c->sid, user->sid) != 0)
    ce_check_add (checks, "sid-mapping", CE_CHECK_FAILED, "Enrol again.", "the certificate is for %s, you are %s", c->sid,
                  user->sid);
  else
    ce_check_add (checks, "sid-mapping", CE_CHECK_OK, NULL, "%s", c->sid);
}

void
ce_logon_checks (GPtrArray *checks, const CeCardEntry *entry, const CePolicy *policy, gint64 now_unix)
{
  ce_check_add (checks, "certificate", CE_CHECK_OK, NULL, "%s, serial number %s",
                *entry->parsed->subject != '\0' ? entry->parsed->subject : "no subject", entry->parsed->serial);
  ce_check_add (checks, "private-key", entry->on_card->key != NULL ? CE_CHECK_OK : CE_CHECK_FAILED,
                "Enrol again: a certificate without its key cannot log on.", "%s",
                entry->on_card->key != NULL ? "on the card" : "not on the card");
  check_validity (checks, entry->parsed, now_unix);
  check_chain (checks, entry->parsed, policy, now_unix);
  check_nt_auth (checks, entry->parsed, policy);
  check_purpose (checks, entry->parsed);
  check_mapping (checks, entry->parsed, &policy->user);
}

void
ce_logon_check_revocation (GPtrArray *checks, const CeRevocation *revocation)
{
  switch (revocation->state)
    {
    case CE_REVOCATION_GOOD:
      ce_check_add (checks, "revocation", CE_CHECK_OK, NULL, "%s", revocation->detail);
      break;
    case CE_REVOCATION_REVOKED:
      ce_check_add (checks, "revocation", CE_CHECK_FAILED, "Run 'cardenroll run' to replace it.", "%s", revocation->detail);
      break;
    case CE_REVOCATION_UNKNOWN:
      ce_check_add (checks, "revocation", CE_CHECK_WARNING,
                    "Check the network, and that the CA publishes its list at an http:// address: a domain controller "
                    "that cannot have it either lets nobody on.",
                    "%s", revocation->detail);
      break;
    case CE_REVOCATION_UNCHECKED:
    default:
      ce_check_add (checks, "revocation", CE_CHECK_SKIPPED, NULL, "not asked, for the certificate is not trusted");
      break;
    }
}

/* What a logon program looks at first, the weightiest first. */
static guint
rank (const CeCardEntry *entry, gint64 now_unix)
{
  const CeCertificate *c = entry->parsed;

  return (ce_certificate_has_eku (c, CE_EKU_SMART_CARD_LOGON) ? 4u : 0u)
         + (entry->on_card->key != NULL ? 2u : 0u) + (c->not_before_unix <= now_unix ? 1u : 0u);
}

static gboolean
is_candidate (const CeCardEntry *entry)
{
  return entry->parsed != NULL
         && (entry->on_card->key != NULL || ce_certificate_has_eku (entry->parsed, CE_EKU_SMART_CARD_LOGON));
}

static gboolean
is_better (const CeCardEntry *entry, const CeCardEntry *than, gint64 now_unix)
{
  const guint own = rank (entry, now_unix);
  const guint other = rank (than, now_unix);

  return own != other ? own > other : entry->parsed->not_after_unix > than->parsed->not_after_unix;
}

const CeCardEntry *
ce_logon_pick (const GPtrArray *entries, gint64 now_unix)
{
  const CeCardEntry *best = NULL;

  for (guint i = 0; i < entries->len; i++)
    if (is_candidate (entries->pdata[i]) && (best == NULL || is_better (entries->pdata[i], best, now_unix)))
      best = entries->pdata[i];
  return best;
}
