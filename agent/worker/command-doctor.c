/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/error.h"
#include "agent/ca/ca.h"
#include "agent/enroll/checks.h"
#include "agent/enroll/kerberos.h"
#include "agent/worker/commands.h"
#include "agent/worker/report.h"
#include "policy/group-policy.h"
#include "policy/sources/ticket.h"
#include "policy/standing.h"

#define GROUP_POLICY_FIX "Let port 445 of the domain controller through, or ask your administrator who may read SYSVOL."
#define STEP_MS 60000

static void
begin (CeSession *session, const char *step, const char *text)
{
  ce_stream_progress (session->stream, step, text, STEP_MS, FALSE);
}

static void
add_error (GPtrArray *checks, const char *name, const GError *error)
{
  ce_check_fail (checks, name, ce_error_code (error), "%s", error->message);
}

static GPtrArray *
check_readers (CeSession *session, GPtrArray *checks)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *readers;

  begin (session, "open-card", "Looking at the card readers");
  readers = ce_readers_list (&error);
  if (readers == NULL)
    {
      add_error (checks, "smart card service", error);
      return NULL;
    }
  ce_check_add (checks, "smart card service", CE_CHECK_OK, NULL, "pcscd answers");
  if (readers->len == 0)
    ce_check_fail (checks, "card reader", CE_ERROR_READER_GONE, "none is connected");
  for (guint i = 0; i < readers->len; i++)
    ce_check_add (checks, "card reader", CE_CHECK_OK, NULL, "%s", ((const CeReader *) readers->pdata[i])->name);
  return readers;
}

static void
check_pin (GPtrArray *checks, const CeTokenInfo *info)
{
  if (!info->initialized)
    ce_check_fail (checks, "PIN", CE_ERROR_TOKEN_NOT_INITIALIZED, "the card is not initialised");
  else if (info->pin_locked)
    ce_check_fail (checks, "PIN", CE_ERROR_PIN_LOCKED, "locked");
  else if (!info->pin_set)
    ce_check_fail (checks, "PIN", CE_ERROR_PIN_NOT_SET, "not set");
  else if (info->pin_final_try)
    ce_check_add (checks, "PIN", CE_CHECK_WARNING, ce_error_hint (CE_ERROR_PIN_LAST_TRY), "one try left");
  else
    ce_check_add (checks, "PIN", CE_CHECK_OK, NULL, "set%s", info->pin_count_low ? ", after a wrong try" : "");
}

static void
check_card (CeSession *session, GPtrArray *checks, const char *reader)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;
  const CeTokenInfo *info;

  begin (session, "open-card", "Finding the module that serves the card");
  token = ce_token_open (reader, session->config->module, &error);
  if (token == NULL)
    {
      add_error (checks, "card", error);
      return;
    }
  info = ce_token_info (token);
  ce_check_add (checks, "card", CE_CHECK_OK, NULL, "%s (%s, serial number %s) in %s",
                *info->label != '\0' ? info->label : "no label", info->model, info->serial, reader);
  ce_check_add (checks, "PKCS#11 module", CE_CHECK_OK, NULL, "%s", info->module_path);
  check_pin (checks, info);
}

static void
check_cards (CeSession *session, GPtrArray *checks, const GPtrArray *readers)
{
  gboolean any = FALSE;

  for (guint i = 0; readers != NULL && i < readers->len; i++)
    {
      const CeReader *reader = readers->pdata[i];

      if (!reader->present)
        continue;
      any = TRUE;
      check_card (session, checks, reader->name);
    }
  if (readers != NULL && readers->len > 0 && !any)
    ce_check_add (checks, "card", CE_CHECK_SKIPPED, ce_error_hint (CE_ERROR_NO_CARD), "no card is inserted");
}

static char *
check_ticket (CeSession *session, GPtrArray *checks)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *until = NULL;
  g_autoptr (CeTicket) ticket = NULL;

  begin (session, "load-policy", "Looking for a Kerberos ticket");
  ticket = ce_ticket_find (&error);
  if (ticket == NULL)
    {
      add_error (checks, "Kerberos ticket", error);
      return NULL;
    }
  until = ce_standing_date (ticket->expires_unix);
  ce_check_add (checks, "Kerberos ticket", CE_CHECK_OK, NULL, "%s, until %s", ticket->principal, until);
  return g_steal_pointer (&ticket->principal);
}

static void
check_kdc (CeSession *session, GPtrArray *checks, const char *principal)
{
  g_autoptr (GError) error = NULL;

  begin (session, "load-policy", "Asking a domain controller for Kerberos");
  if (ce_kerberos_probe (principal, &error))
    ce_check_add (checks, "KDC", CE_CHECK_OK, NULL, "answers");
  else
    add_error (checks, "KDC", error);
}

static const char *
policy_name (const CeSession *session)
{
  const char *source = session->config->policy_source;

  if (g_strcmp0 (source, "file") == 0)
    return "policy file";
  return g_strcmp0 (source, "xcep") == 0 ? "policy service" : "directory";
}

static void
check_group_policy (const CePolicy *policy, GPtrArray *checks)
{
  const CeGroupPolicy *group_policy = policy->group_policy;
  guint applied = 0;

  if (group_policy == NULL)
    return;
  if (!group_policy->known)
    {
      ce_check_add (checks, "Group Policy", CE_CHECK_WARNING, GROUP_POLICY_FIX, "%s", group_policy->problem);
      return;
    }
  for (guint i = 0; i < group_policy->gpos->len; i++)
    applied += ((const CeGpoStanding *) group_policy->gpos->pdata[i])->applies ? 1 : 0;
  ce_check_add (checks, "Group Policy", CE_CHECK_OK, NULL, "objects linked for you: %u, of which apply: %u", group_policy->gpos->len,
                applied);
}

/* Who said no decides who can say yes. */
static void
check_autoenrollment (const CePolicy *policy, GPtrArray *checks)
{
  g_autofree char *allowed = ce_autoenrollment_describe (policy->autoenrollment);
  const char *source = policy->autoenrollment_source;
  gboolean off = (policy->autoenrollment & CE_AUTOENROLLMENT_DISABLED) != 0 || policy->autoenrollment == 0;

  if (!off)
    ce_check_add (checks, "autoenrollment", CE_CHECK_OK, NULL, "%s: said by %s", allowed, source);
  else
    ce_check_add (checks, "autoenrollment", CE_CHECK_WARNING,
                  g_str_has_prefix (source, "Group Policy")
                    ? "Ask your administrator about the Group Policy object that is named here."
                    : "Set [policy] autoenrollment=enabled in cardenroll.conf.",
                  "%s: said by %s", allowed, source);
}

static void
check_policy (CeSession *session, GPtrArray *checks)
{
  g_autoptr (GError) error = NULL;
  const CePolicy *policy;

  begin (session, "load-policy", "Reading the directory");
  if (!ce_session_load_policy_anew (session, &error))
    {
      add_error (checks, policy_name (session), error);
      return;
    }
  policy = session->policy;
  ce_check_add (checks, policy_name (session), CE_CHECK_OK, NULL, "%s; templates: %u, CAs: %u, trusted roots: %u", policy->source,
                policy->templates->len, policy->services->len, policy->roots->len);
  for (gsize i = 0; policy->skipped[i] != NULL; i++)
    ce_check_add (checks, policy_name (session), CE_CHECK_WARNING, "Correct or delete the object.", "%s", policy->skipped[i]);
  check_group_policy (policy, checks);
  check_autoenrollment (policy, checks);
}

/* Asks for a request that cannot exist: any answer shows that TLS, Kerberos and the service work. */
static void
check_endpoint (CeSession *session, GPtrArray *checks, const CeEnrollmentService *service, const CeCaEndpoint *endpoint)
{
  const CeCaOptions options = {
    .url = endpoint->url,
    .name = service->display_name,
    .timeout_s = MIN (session->config->ca_timeout_s, 30),
    .roots = session->policy->roots,
    .tls_ca_file = session->config->tls_ca_file,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (CeCaReply) reply = NULL;
  g_autoptr (CeCa) ca = NULL;

  begin (session, "ask-ca", "Asking the certification authority");
  ca = ce_ca_new_wstep (&options, &error);
  if (ca != NULL && ce_ca_query (ca, "0", "", &reply, &error))
    ce_check_add (checks, "CA", CE_CHECK_OK, NULL, "%s answers at %s", service->display_name, endpoint->url);
  else if (g_error_matches (error, CE_ERROR, CE_ERROR_PROTOCOL))
    ce_check_add (checks, "CA", CE_CHECK_WARNING, ce_error_hint (CE_ERROR_PROTOCOL), "%s", error->message);
  else
    add_error (checks, "CA", error);
}

static void
check_service (CeSession *session, GPtrArray *checks, const CeEnrollmentService *service)
{
  gboolean any = FALSE;

  for (guint i = 0; i < service->endpoints->len; i++)
    {
      const CeCaEndpoint *endpoint = service->endpoints->pdata[i];

      if (endpoint->authentication != CE_CA_AUTH_KERBEROS)
        continue;
      any = TRUE;
      check_endpoint (session, checks, service, endpoint);
    }
  if (!any && service->endpoints->len > 0)
    ce_check_add (checks, "CA", CE_CHECK_SKIPPED, NULL,
                  "%s takes no tickets at its enrolment URLs: it is asked by certificate or password when there is a request",
                  service->display_name);
  else if (!any)
    ce_check_add (checks, "CA", CE_CHECK_WARNING,
                  "Install the Certificate Enrollment Web Service with Kerberos for this CA.",
                  "%s has no enrolment URL for Kerberos in the directory", service->display_name);
}

static void
check_journal (CeSession *session, GPtrArray *checks)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = NULL;

  if (ce_session_open_journal (session, &error))
    lines = ce_journal_history (session->journal, NULL, 1, &error);
  if (lines != NULL)
    ce_check_add (checks, "journal", CE_CHECK_OK, NULL, "can be read");
  else
    add_error (checks, "journal", error);
}

/* What failed first is often the reason for the rest, and what is to be done first. */
static JsonObject *
report (const GPtrArray *checks)
{
  const CeCheck *failed = ce_checks_first_failed (checks);
  JsonObject *result;

  if (failed != NULL)
    {
      g_autoptr (GError) error = g_error_new (CE_ERROR, (int) failed->code, "%s: %s", failed->name, failed->detail);

      result = ce_report_error (error, NULL);
    }
  else
    result = ce_report_new (CE_OUTCOME_DONE);
  json_object_set_array_member (result, "checks", ce_report_checks (checks));
  return result;
}

JsonObject *
ce_command_doctor (CeSession *session, GError **error)
{
  g_autoptr (GPtrArray) checks = ce_checks_new ();
  g_autoptr (GPtrArray) readers = NULL;
  g_autofree char *principal = NULL;

  if (!ce_session_take_turn (session, FALSE, error))
    return NULL;
  readers = check_readers (session, checks);
  check_cards (session, checks, readers);
  check_journal (session, checks);
  principal = check_ticket (session, checks);
  if (principal != NULL)
    {
      check_kdc (session, checks, principal);
      check_policy (session, checks);
    }
  for (guint i = 0; session->policy != NULL && i < session->policy->services->len; i++)
    check_service (session, checks, session->policy->services->pdata[i]);
  return report (checks);
}
