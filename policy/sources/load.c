/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/load.h"

#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/error.h"
#include "agent/base/shuffle.h"
#include "policy/autoenrollment.h"
#include "policy/group-policy.h"
#include "policy/policy-json.h"
#include "policy/sources/directory.h"
#include "policy/sources/file.h"
#include "policy/sources/local-trust.h"
#include "policy/sources/effective.h"
#include "policy/sources/local-user.h"

#define SERVICE_TIMEOUT_S 20
#define CLOCKS_DIFFER_S 600
#define WHOLE_EVERY_S (24 * 3600)
#define NOTHING_LEFT_S 1

static gint64
deadline_from_now (void)
{
  return g_get_monotonic_time () + CE_POLICY_LOAD_TIMEOUT_S * G_USEC_PER_SEC;
}

static guint
timeout_until (const CeConfig *config, gint64 deadline_us)
{
  gint64 left_s = (deadline_us - g_get_monotonic_time ()) / G_USEC_PER_SEC;

  return (guint) CLAMP (left_s, NOTHING_LEFT_S, (gint64) MIN (config->ca_timeout_s, SERVICE_TIMEOUT_S));
}

static void
add_skipped (CePolicy *policy, const char *const *sentences)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();

  g_strv_builder_addv (all, (const char **) policy->skipped);
  g_strv_builder_addv (all, (const char **) sentences);
  g_strfreev (policy->skipped);
  policy->skipped = g_strv_builder_end (all);
}

static void
add_sentence (CePolicy *policy, const char *sentence)
{
  const char *sentences[] = { sentence, NULL };

  add_skipped (policy, sentences);
}

static char *
folded_name (const CeTemplate *template)
{
  return g_ascii_strdown (template->name, -1);
}

/* Moves what @answer holds into @policy; of two templates with one name the first stays. */
static void
take_answer (CePolicy *policy, CeXcepAnswer *answer)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize n;
  g_autofree gpointer *templates = g_ptr_array_steal (answer->templates, &n);

  for (guint i = 0; i < policy->templates->len; i++)
    g_hash_table_add (names, folded_name (g_ptr_array_index (policy->templates, i)));
  for (gsize i = 0; i < n; i++)
    if (g_hash_table_add (names, folded_name (templates[i])))
      g_ptr_array_add (policy->templates, templates[i]);
    else
      ce_template_free (templates[i]);
  g_ptr_array_extend_and_steal (policy->services, g_steal_pointer (&answer->services));
  answer->services = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_enrollment_service_free);
  add_skipped (policy, (const char *const *) answer->skipped);
}

/* The soonest of several. */
static void
note_next_update (CePolicy *policy, const CeXcepAnswer *answer)
{
  gint64 next = ce_now () + (gint64) answer->next_update_hours * 3600;

  if (answer->next_update_hours > 0 && (policy->next_update_unix == 0 || next < policy->next_update_unix))
    policy->next_update_unix = next;
}

/* What Group Policy says of one server. Several bits may be set: the best of them is used. */
static CeCaAuthentication
choose_authentication (guint32 flags)
{
  static const CeCaAuthentication order[]
      = { CE_CA_AUTH_KERBEROS, CE_CA_AUTH_ANONYMOUS, CE_CA_AUTH_PASSWORD, CE_CA_AUTH_CERTIFICATE };

  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    if (flags & order[i])
      return order[i];
  return CE_CA_AUTH_KERBEROS;
}

static CeXcepService
service_for (const CePolicyLoad *load, const char *url, CeCaAuthentication authentication,
             const GPtrArray *roots, gint64 deadline_us)
{
  return (CeXcepService){
    .url = url,
    .authentication = authentication,
    .user = load->config->policy_user,
    .ask_password = load->ask_password,
    .find_credential = load->find_credential,
    .ask_data = load->ask_data,
    .roots = roots,
    .tls_ca_file = load->config->tls_ca_file,
    .timeout_s = timeout_until (load->config, deadline_us),
  };
}

/* The person or the card says no: no other service is worth a second question. That nobody may be asked, or that there is
 * no card, is another matter: the next one may take a ticket. */
static gboolean
is_final (const GError *error)
{
  static const CeErrorCode codes[] = {
    CE_ERROR_CANCELLED, CE_ERROR_TIMED_OUT,   CE_ERROR_PIN_INCORRECT,
    CE_ERROR_PIN_LOCKED, CE_ERROR_PIN_LAST_TRY, CE_ERROR_TOKEN_GONE,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, CE_ERROR, (int) codes[i]))
      return TRUE;
  return FALSE;
}

typedef struct
{
  CePolicy *policy;
  CePolicy *found; /* collects templates and CAs */
  const CePolicyLoad *load;
  gint64 deadline_us;
  gboolean keep_directory; /* a row "LDAP:" was chosen */
  guint served;
  gboolean stopped;
  gboolean foreign; /* a group was of another forest */
  GError *first;
} Taking;

static gboolean
is_directory (const CePolicyServer *server)
{
  return g_ascii_strcasecmp (server->url, "LDAP:") == 0;
}

static gboolean
serve_by (Taking *t, const CePolicyServer *server)
{
  g_autoptr (CeXcepAnswer) answer = NULL;
  g_autoptr (GError) error = NULL;
  CeXcepService service;

  if (is_directory (server))
    return t->keep_directory = TRUE;
  service = service_for (t->load, server->url, choose_authentication (server->authentication),
                         t->policy->roots, t->deadline_us);
  answer = ce_xcep_ask (&service, &error);
  if (answer != NULL)
    {
      note_next_update (t->policy, answer);
      take_answer (t->found, answer);
      return TRUE;
    }
  add_sentence (t->policy, error->message);
  t->stopped = is_final (error);
  if (t->stopped)
    g_clear_error (&t->first);
  if (t->first == NULL)
    t->first = g_steal_pointer (&error);
  return FALSE;
}

static gboolean
is_of_group (const CePolicyServer *server, const CePolicyServer *other)
{
  return g_ascii_strcasecmp (server->policy_id, other->policy_id) == 0;
}

/* Where the policy in a group is said to be the directory's, it must be this directory's. What cannot be read is not held
 * against anyone. */
static gboolean
is_of_this_forest (Taking *t, const GPtrArray *servers, guint at)
{
  const CePolicyServer *first = g_ptr_array_index (servers, at);
  const char *ours = t->policy->forest_id;
  g_autofree char *sentence = NULL;

  for (; at < servers->len && is_of_group (g_ptr_array_index (servers, at), first); at++)
    if (is_directory (g_ptr_array_index (servers, at)))
      {
        if (*ours == '\0' || g_ascii_strcasecmp (first->policy_id, ours) == 0)
          return TRUE;
        sentence = g_strdup_printf ("the policy servers that Group Policy names for PolicyID %s are passed over: the "
                                    "policy of this forest is %s (objectGUID of its root domain)",
                                    first->policy_id, ours);
        add_sentence (t->policy, sentence);
        return FALSE;
      }
  return TRUE;
}

/* The servers of one group from @at on; returns where the next group begins. Source: [MS-CAESO] 4.4.5.3.2.4. */
static guint
serve_group (Taking *t, const GPtrArray *servers, guint at)
{
  const CePolicyServer *first = g_ptr_array_index (servers, at);
  gboolean served = FALSE, ours = is_of_this_forest (t, servers, at);

  t->foreign = t->foreign || !ours;
  for (; at < servers->len; at++)
    {
      const CePolicyServer *server = g_ptr_array_index (servers, at);

      if (!is_of_group (server, first))
        break;
      if (ours && !served && !t->stopped && (server->flags & CE_POLICY_SERVER_AUTOENROLLMENT))
        served = serve_by (t, server);
    }
  t->served += served ? 1 : 0;
  return at;
}

static int
by_template_name (gconstpointer a, gconstpointer b)
{
  return g_ascii_strcasecmp ((*(const CeTemplate *const *) a)->name, (*(const CeTemplate *const *) b)->name);
}

static void
replace (GPtrArray **list, GPtrArray **by)
{
  GPtrArray *old = *list;

  *list = *by;
  *by = old;
}

static int
compare_servers (gconstpointer a, gconstpointer b)
{
  return ce_policy_server_compare (*(const CePolicyServer *const *) a, *(const CePolicyServer *const *) b);
}

gboolean
ce_policy_take_servers (CePolicy *policy, const GPtrArray *servers, const CePolicyLoad *load, GError **error)
{
  g_autoptr (CePolicy) found = ce_policy_new ();
  g_autoptr (GPtrArray) order = g_ptr_array_new ();
  Taking taking = { .policy = policy, .found = found, .load = load, .deadline_us = deadline_from_now () };

  for (guint i = 0; i < servers->len; i++)
    g_ptr_array_add (order, servers->pdata[i]);
  ce_shuffle_ties (order, compare_servers, load->draw);
  for (guint at = 0; at < order->len;)
    at = serve_group (&taking, order, at);
  if (taking.stopped || (taking.served == 0 && taking.first != NULL))
    {
      g_propagate_error (error, taking.first);
      return FALSE;
    }
  g_clear_error (&taking.first);
  if (taking.served == 0 && !taking.foreign)
    add_sentence (policy,
                  "the policy servers that Group Policy names are not for autoenrollment (Flags lack 0x10)");
  add_skipped (policy, (const char *const *) found->skipped);
  if (taking.keep_directory)
    {
      g_autoptr (CeXcepAnswer) rest = g_new0 (CeXcepAnswer, 1);

      rest->templates = g_steal_pointer (&found->templates);
      rest->services = g_steal_pointer (&found->services);
      rest->skipped = g_new0 (char *, 1);
      found->templates = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_template_free);
      found->services = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_enrollment_service_free);
      take_answer (policy, rest);
    }
  else
    {
      replace (&policy->templates, &found->templates);
      replace (&policy->services, &found->services);
    }
  g_ptr_array_sort (policy->templates, by_template_name);
  return TRUE;
}

static CePolicy *
load_directory (const CePolicyLoad *load, GError **error)
{
  g_autoptr (CePolicy) policy = ce_directory_load (load->config, error);
  const CeGroupPolicy *group_policy = policy != NULL ? policy->group_policy : NULL;
  const GPtrArray *servers
      = group_policy != NULL && group_policy->known ? group_policy->autoenrollment->servers : NULL;

  if (policy == NULL
      || (servers != NULL && servers->len > 0 && !ce_policy_take_servers (policy, servers, load, error)))
    return NULL;
  return g_steal_pointer (&policy);
}

/* When the service's policy was fetched, if what is known is a whole answer of it that is not too old: rights
 * change without the templates', and a service tells only of the templates'. */
static gint64
last_update_of (const CePolicyLoad *load, const char *url, gint64 now_unix)
{
  const CePolicy *known = load->known;

  if (known == NULL || !known->no_directory || !g_str_equal (known->source, url)
      || known->fetched_unix > now_unix || now_unix - known->whole_unix > WHOLE_EVERY_S)
    return 0;
  return known->fetched_unix - CLOCKS_DIFFER_S;
}

static CePolicy *
copy (const CePolicy *policy, GError **error)
{
  g_autoptr (JsonNode) node = ce_policy_to_json (policy);

  return ce_policy_from_json (node, error);
}

/* XCEP says whom a CA's certificate is from, but hands out no roots. */
static void
trust_authorities (CePolicy *policy)
{
  for (guint i = 0; i < policy->services->len; i++)
    {
      const CeEnrollmentService *service = g_ptr_array_index (policy->services, i);

      for (guint j = 0; j < service->certificates->len; j++)
        ce_trust_authority (policy, g_ptr_array_index (service->certificates, j));
    }
}

static CePolicy *
policy_of_answer (const CePolicyLoad *load, const char *url, CeXcepAnswer *answer, gint64 now_unix,
                  GError **error)
{
  g_autoptr (CePolicy) policy = ce_policy_new ();

  if (answer->not_changed)
    {
      g_clear_pointer (&policy, ce_policy_free);
      policy = load->known != NULL ? copy (load->known, error) : NULL;
      if (policy == NULL)
        return NULL;
    }
  else
    {
      g_free (policy->source);
      policy->source = g_strdup (url);
      policy->whole_unix = now_unix;
      policy->no_directory = TRUE;
      take_answer (policy, answer);
      if (!ce_trust_file (policy, load->config->tls_ca_file, error))
        return NULL;
      trust_authorities (policy);
    }
  policy->fetched_unix = now_unix;
  policy->next_update_unix = 0;
  note_next_update (policy, answer);
  return g_steal_pointer (&policy);
}

static CePolicy *
load_service (const CePolicyLoad *load, const char *url, gint64 deadline_us, GError **error)
{
  const gint64 now_unix = ce_now ();
  CeXcepService service
      = service_for (load, url, (CeCaAuthentication) load->config->policy_authentication, NULL, deadline_us);
  g_autoptr (CeXcepAnswer) answer = NULL;

  service.last_update_unix = last_update_of (load, url, now_unix);
  answer = ce_xcep_ask (&service, error);
  if (answer != NULL && answer->not_changed && service.last_update_unix == 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL,
                   "policy service %s: it says that nothing has changed, and was asked for everything", url);
      return NULL;
    }
  return answer != NULL ? policy_of_answer (load, url, answer, now_unix, error) : NULL;
}

/* Each service in the order of the setting; the first failure is the one to report. */
static CePolicy *
load_first_service (const CePolicyLoad *load, char *const *urls, GError **error)
{
  const gint64 deadline_us = deadline_from_now ();
  g_autoptr (GStrvBuilder) failed = g_strv_builder_new ();
  g_auto (GStrv) sentences = NULL;
  g_autoptr (GError) first = NULL;
  CePolicy *policy = NULL;

  for (; policy == NULL && !is_final (first) && *urls != NULL; urls++)
    {
      g_autoptr (GError) problem = NULL;
      g_autofree char *url = g_strstrip (g_strdup (*urls));

      if (*url == '\0')
        continue;
      policy = load_service (load, url, deadline_us, &problem);
      if (policy != NULL)
        break;
      g_strv_builder_add (failed, problem->message);
      if (is_final (problem))
        g_clear_error (&first);
      if (first == NULL)
        first = g_steal_pointer (&problem);
    }
  if (policy == NULL && first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  else if (policy == NULL)
    g_set_error_literal (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                         "[policy] source is xcep, and [policy] url names no policy service");
  sentences = g_strv_builder_end (failed);
  if (policy != NULL)
    add_skipped (policy, (const char *const *) sentences);
  return policy;
}

static CePolicy *
load_services (const CePolicyLoad *load, GError **error)
{
  const CeConfig *config = load->config;
  g_auto (GStrv) urls = g_strsplit (config->policy_url != NULL ? config->policy_url : "", ";", -1);
  g_autoptr (CePolicy) policy = load_first_service (load, urls, error);

  if (policy == NULL || !ce_local_user (policy, config, error))
    return NULL;
  ce_local_autoenrollment (policy, config);
  return g_steal_pointer (&policy);
}

CePolicy *
ce_policy_load (const CePolicyLoad *load, GError **error)
{
  const char *source = load->config->policy_source;

  if (source == NULL || g_str_equal (source, "directory"))
    return load_directory (load, error);
  return g_str_equal (source, "file") ? ce_file_load (load->config, error) : load_services (load, error);
}
