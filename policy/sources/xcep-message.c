/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/xcep-message.h"

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/ca/soap.h"
#include "policy/sources/xcep-authority.h"
#include "policy/sources/xcep-reading.h"
#include "policy/sources/xcep-template.h"

#define NS CE_NS_XCEP
#define ACTION NS "/IPolicy/GetPolicies"

char *
ce_xcep_question (const CeXcepQuestion *question, char **ret_message_id)
{
  g_autofree char *when = ce_time_iso (question->last_update_unix);
  g_autofree char *update = question->last_update_unix > 0
                                ? g_strdup_printf ("<lastUpdate>%s</lastUpdate>", when)
                                : g_strdup ("<lastUpdate xsi:nil=\"true\"/>");
  g_autofree char *body = g_strconcat ("<GetPolicies xmlns=\"" NS "\"><client>", update,
                                       "<preferredLanguage xsi:nil=\"true\"/></client>"
                                       "<requestFilter xsi:nil=\"true\"/></GetPolicies>",
                                       NULL);

  return ce_soap_envelope (ACTION, question->to, body, question->login, ret_message_id);
}

static CeXcepAnswer *
answer_new (void)
{
  CeXcepAnswer *answer = g_new0 (CeXcepAnswer, 1);

  answer->policy_id = g_strdup ("");
  answer->friendly_name = g_strdup ("");
  answer->templates = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_template_free);
  answer->services = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_enrollment_service_free);
  answer->skipped = g_new0 (char *, 1);
  return answer;
}

void
ce_xcep_answer_free (CeXcepAnswer *answer)
{
  if (answer == NULL)
    return;
  g_free (answer->policy_id);
  g_free (answer->friendly_name);
  g_ptr_array_unref (answer->templates);
  g_ptr_array_unref (answer->services);
  g_strfreev (answer->skipped);
  g_free (answer);
}

static int
by_template_name (gconstpointer a, gconstpointer b)
{
  return g_ascii_strcasecmp ((*(const CeTemplate *const *) a)->name, (*(const CeTemplate *const *) b)->name);
}

static int
by_service_name (gconstpointer a, gconstpointer b)
{
  return g_ascii_strcasecmp ((*(const CeEnrollmentService *const *) a)->name,
                             (*(const CeEnrollmentService *const *) b)->name);
}

static void
read_policies (CeXcepReading *r, const xmlNode *policies, CeXcepAnswer *answer)
{
  const xmlNode *node = ce_soap_child (policies, NS, "policy");

  for (; node != NULL && answer->templates->len < CE_XCEP_MAX_TEMPLATES; node = ce_soap_next (node))
    {
      g_autoptr (GError) error = NULL;
      CeTemplate *template = ce_xcep_read_template (r, node, &error);

      if (template != NULL)
        g_ptr_array_add (answer->templates, template);
      else
        ce_xcep_reading_skip (r, error->message);
    }
  if (node != NULL)
    ce_xcep_reading_skip (r, "there are too many templates, and the rest was left out");
}

/* Which CA issues a template, the template says; here, the CA has the list. */
static gboolean
read_head (const xmlNode *response, CeXcepAnswer *answer, GError **error)
{
  guint32 hours = 0;

  if (!ce_xcep_number (response, "nextUpdateHours", 0, &hours, error)
      || !ce_xcep_boolean (response, "policiesNotChanged", FALSE, &answer->not_changed, error))
    return FALSE;
  g_free (answer->policy_id);
  answer->policy_id = ce_soap_text (ce_soap_child (response, NS, "policyID"));
  g_free (answer->friendly_name);
  answer->friendly_name = ce_soap_text (ce_soap_child (response, NS, "policyFriendlyName"));
  answer->next_update_hours = hours;
  return TRUE;
}

static CeXcepAnswer *
read_body (const xmlNode *body, const char *host, GError **error)
{
  g_autoptr (CeXcepAnswer) answer = answer_new ();
  g_autoptr (CeXcepReading) r = ce_xcep_reading_new (host);
  const xmlNode *response = ce_soap_child (body, NS, "response");

  if (!ce_soap_is (body, NS, "GetPoliciesResponse") || response == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the answer of %s is not one to GetPolicies", host);
      return NULL;
    }
  if (!read_head (response, answer, error))
    return NULL;
  if (answer->not_changed)
    return g_steal_pointer (&answer);
  ce_xcep_read_oids (r, ce_soap_child (body, NS, "oIDs"));
  ce_xcep_read_authorities (r, ce_soap_child (body, NS, "cAs"), answer->services);
  read_policies (r, ce_soap_child (response, NS, "policies"), answer);
  ce_xcep_finish_authorities (r);
  g_ptr_array_sort (answer->templates, by_template_name);
  g_ptr_array_sort (answer->services, by_service_name);
  g_strfreev (answer->skipped);
  answer->skipped = ce_xcep_reading_end (r);
  return g_steal_pointer (&answer);
}

/* OASIS WS-Security 12 names what is wrong with who asks. */
static void
explain_fault (const CeSoapMessage *message, const char *host, GError **error)
{
  static const char *const denials[] = { "FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken",
                                         "FailedCheck",          "AccessDenied",    NULL };
  gboolean denied = g_strv_contains (denials, message->fault_code);

  g_set_error (error, CE_ERROR, denied ? CE_ERROR_CA_DENIED : CE_ERROR_PROTOCOL, "%s %s: %s", host,
               denied ? "does not let you in" : "refuses the question",
               *message->fault_text != '\0' ? message->fault_text : "it gives no reason");
}

CeXcepAnswer *
ce_xcep_read (GBytes *answer, const char *message_id, const char *host, GError **error)
{
  g_autoptr (CeSoapMessage) message = ce_soap_parse_policy (answer, error);

  if (message == NULL)
    return NULL;
  if (*message->relates_to != '\0' && !g_str_equal (message->relates_to, message_id))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "the answer of %s is one to another question", host);
      return NULL;
    }
  if (!message->fault)
    return read_body (message->body, host, error);
  explain_fault (message, host, error);
  return NULL;
}
