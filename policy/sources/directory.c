/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/directory.h"

#include <string.h>

#include "agent/base/error.h"
#include "policy/rights.h"
#include "policy/sources/ldap.h"
#include "policy/sources/locate.h"
#include "policy/sources/service-entry.h"
#include "policy/sources/template-entry.h"
#include "policy/sources/ticket.h"

#define LOAD_TIMEOUT_S 30
#define SD_OWNER_GROUP_DACL 7
#define SD_DACL 4
#define SD_ATTRIBUTE "nTSecurityDescriptor"
#define MAX_TEMPLATES 10000
#define MAX_NAMED_SIDS 200
#define MAX_SKIPPED 100

/* One object with a security descriptor whose rights are evaluated at the end, when names are known. */
typedef struct
{
  gpointer object; /* CeTemplate or CeEnrollmentService, borrowed from the policy */
  CeSecurityDescriptor *sd;
} Guarded;

/* What is worked with while a policy is loaded. */
typedef struct
{
  const CeTicket *ticket;
  CeLdap *ldap;
  CePolicy *policy;
  char *domain; /* DNS name */
  char *domain_dn;
  char *configuration_dn;
  CeSidSet *sids;
  GPtrArray *templates; /* of Guarded */
  GPtrArray *services;  /* of Guarded */
  GHashTable *names;    /* CeSidNames */
  GPtrArray *skipped;   /* of char */
} Loading;

static void
guarded_free (gpointer data)
{
  Guarded *guarded = data;

  g_clear_pointer (&guarded->sd, ce_security_descriptor_free);
  g_free (guarded);
}

static void
loading_clear (Loading *l)
{
  g_clear_pointer (&l->ldap, ce_ldap_free);
  g_clear_pointer (&l->policy, ce_policy_free);
  g_free (l->domain);
  g_free (l->domain_dn);
  g_free (l->configuration_dn);
  g_clear_pointer (&l->sids, ce_sid_set_free);
  g_clear_pointer (&l->templates, g_ptr_array_unref);
  g_clear_pointer (&l->services, g_ptr_array_unref);
  g_clear_pointer (&l->names, g_hash_table_unref);
  g_clear_pointer (&l->skipped, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Loading, loading_clear)

static void
loading_init (Loading *l, const CeTicket *ticket)
{
  l->ticket = ticket;
  l->policy = ce_policy_new ();
  l->sids = ce_sid_set_new ();
  l->templates = g_ptr_array_new_with_free_func (guarded_free);
  l->services = g_ptr_array_new_with_free_func (guarded_free);
  l->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  l->skipped = g_ptr_array_new_with_free_func (g_free);
}

static void
skip (Loading *l, const char *sentence)
{
  if (l->skipped->len < MAX_SKIPPED)
    g_ptr_array_add (l->skipped, g_strdup (sentence));
}

static void
set_text (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

/* The controllers to try: the one of the settings, or those that DNS names. */
static GStrv
find_hosts (const CeConfig *config, const char *domain, GError **error)
{
  g_autoptr (GStrvBuilder) hosts = g_strv_builder_new ();

  if (config->server == NULL)
    return ce_locate_controllers (domain, error);
  if (!ce_is_host_name (config->server))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                   "'%s' is not the host name of a domain controller", config->server);
      return NULL;
    }
  g_strv_builder_add (hosts, config->server);
  return g_strv_builder_end (hosts);
}

static gboolean
connect_to_one (Loading *l, char *const *hosts, gint64 deadline_us, GError **error)
{
  g_autoptr (GString) tried = g_string_new (NULL);

  for (guint i = 0; hosts[i] != NULL; i++)
    {
      g_autoptr (GError) problem = NULL;

      l->ldap = ce_ldap_connect (hosts[i], deadline_us, &problem);
      if (l->ldap != NULL)
        {
          g_free (l->policy->source);
          l->policy->source = g_strdup_printf ("ldap://%s", hosts[i]);
          return TRUE;
        }
      if (ce_error_code (problem) != CE_ERROR_DIRECTORY_UNREACHABLE)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      g_string_append_printf (tried, "%s%s", i > 0 ? "; " : "", problem->message);
    }
  g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE,
               "no domain controller of '%s' can be used: %s", l->domain, tried->str);
  return FALSE;
}

static gboolean
read_root (Loading *l, GError **error)
{
  static const char *const attributes[] = { "defaultNamingContext", "configurationNamingContext", NULL };
  g_autoptr (GPtrArray) found
      = ce_ldap_search (l->ldap, "", CE_LDAP_THIS, "(objectClass=*)", attributes, 0, error);
  const CeEntry *root;

  if (found == NULL)
    return FALSE;
  root = found->len > 0 ? g_ptr_array_index (found, 0) : NULL;
  l->domain_dn = root != NULL ? ce_entry_text (root, "defaultNamingContext") : g_strdup ("");
  l->configuration_dn = root != NULL ? ce_entry_text (root, "configurationNamingContext") : g_strdup ("");
  if (*l->domain_dn != '\0' && *l->configuration_dn != '\0')
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL,
               "%s is not a domain controller: it names no configuration partition", l->policy->source);
  return FALSE;
}

/* Of accounts with this name and with this UPN, the name wins, as it does in the KDC. */
static const CeEntry *
choose_user (const GPtrArray *found, const char *name)
{
  for (guint i = 0; i < found->len; i++)
    {
      g_autofree char *account = ce_entry_text (g_ptr_array_index (found, i), "sAMAccountName");

      if (g_ascii_strcasecmp (account, name) == 0)
        return g_ptr_array_index (found, i);
    }
  return found->len > 0 ? g_ptr_array_index (found, 0) : NULL;
}

static void
read_user_entry (Loading *l, const CeEntry *entry)
{
  CeUser *user = &l->policy->user;
  g_autofree char *upn = ce_entry_text (entry, "userPrincipalName");
  g_autofree char *mail = ce_entry_text (entry, "mail");
  g_autofree char *account = ce_entry_text (entry, "sAMAccountName");
  GBytes *sid_bytes = ce_entry_bytes (entry, "objectSid");
  gsize length = 0;
  const guint8 *bytes = sid_bytes != NULL ? g_bytes_get_data (sid_bytes, &length) : NULL;
  CeSid sid;

  set_text (&user->principal, l->ticket->principal);
  set_text (&user->dn, ce_entry_dn (entry));
  set_text (&user->mail, mail);
  set_text (&user->account, account);
  g_free (user->upn);
  user->upn = *upn != '\0' ? g_strdup (upn) : g_strdup_printf ("%s@%s", account, l->domain);
  ce_certificates_from_entry (entry, "userCertificate", user->certificates);
  if (bytes == NULL || !ce_sid_parse (bytes, length, &sid))
    return;
  g_free (user->sid);
  user->sid = ce_sid_to_text (&sid);
  ce_sid_set_add (l->sids, &sid);
}

static gboolean
read_user (Loading *l, GError **error)
{
  static const char *const attributes[]
      = { "sAMAccountName", "userPrincipalName", "mail", "objectSid", "userCertificate", NULL };
  g_autofree char *name = ce_ldap_escape (l->ticket->name, strlen (l->ticket->name));
  g_autofree char *upn = ce_ldap_escape (l->ticket->principal, strlen (l->ticket->principal));
  g_autofree char *filter
      = g_strdup_printf ("(&(objectClass=user)(|(sAMAccountName=%s)(userPrincipalName=%s)))", name, upn);
  g_autoptr (GPtrArray) found
      = ce_ldap_search (l->ldap, l->domain_dn, CE_LDAP_SUBTREE, filter, attributes, 0, error);
  const CeEntry *entry;

  if (found == NULL)
    return FALSE;
  entry = choose_user (found, l->ticket->name);
  if (entry != NULL)
    read_user_entry (l, entry);
  if (*l->policy->user.sid != '\0')
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "the directory of '%s' has no account for %s",
               l->domain, l->ticket->principal);
  return FALSE;
}

/* tokenGroups is computed by the server: nested groups and the primary one. It exists in base searches only.
 */
static gboolean
read_groups (Loading *l, GError **error)
{
  static const char *const attributes[] = { "tokenGroups", NULL };
  g_autoptr (GStrvBuilder) groups = g_strv_builder_new ();
  g_autoptr (GPtrArray) found
      = ce_ldap_search (l->ldap, l->policy->user.dn, CE_LDAP_THIS, "(objectClass=*)", attributes, 0, error);
  const GPtrArray *values;

  if (found == NULL)
    return FALSE;
  values = found->len > 0 ? ce_entry_values (g_ptr_array_index (found, 0), "tokenGroups") : NULL;
  for (guint i = 0; values != NULL && i < values->len; i++)
    {
      gsize length;
      const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (values, i), &length);
      CeSid sid;
      g_autofree char *text = NULL;

      if (!ce_sid_parse (bytes, length, &sid))
        continue;
      text = ce_sid_to_text (&sid);
      g_strv_builder_add (groups, text);
      ce_sid_set_add (l->sids, &sid);
    }
  g_strfreev (l->policy->user.groups);
  l->policy->user.groups = g_strv_builder_end (groups);
  ce_sid_set_add_well_known (l->sids);
  return TRUE;
}

static CeSecurityDescriptor *
read_sd (Loading *l, const CeEntry *entry, const char *kind, const char *name)
{
  GBytes *value = ce_entry_bytes (entry, SD_ATTRIBUTE);
  g_autoptr (GError) error = NULL;
  CeSecurityDescriptor *sd = NULL;
  gsize length;
  const guint8 *bytes;

  if (value == NULL)
    return NULL;
  bytes = g_bytes_get_data (value, &length);
  sd = ce_security_descriptor_parse (bytes, length, &error);
  if (sd == NULL)
    {
      g_autofree char *sentence = g_strdup_printf ("%s '%s': %s", kind, name, error->message);

      skip (l, sentence);
    }
  return sd;
}

static void
guard (GPtrArray *list, gpointer object, CeSecurityDescriptor *sd)
{
  Guarded *guarded = g_new0 (Guarded, 1);

  guarded->object = object;
  guarded->sd = sd;
  g_ptr_array_add (list, guarded);
}

static void
add_template (Loading *l, const CeEntry *entry)
{
  g_autoptr (GError) error = NULL;
  CeTemplate *template;

  if (l->policy->templates->len >= MAX_TEMPLATES)
    {
      g_autofree char *sentence
          = g_strdup_printf ("'%s': more than %d templates", ce_entry_dn (entry), MAX_TEMPLATES);

      skip (l, sentence);
      return;
    }
  template = ce_template_from_entry (entry, &error);
  if (template == NULL)
    {
      skip (l, error->message);
      return;
    }
  g_ptr_array_add (l->policy->templates, template);
  guard (l->templates, template, read_sd (l, entry, "template", template->name));
}

static void
add_service (Loading *l, const CeEntry *entry)
{
  g_autoptr (GError) error = NULL;
  CeEnrollmentService *service = ce_enrollment_service_from_entry (entry, &error);

  if (service == NULL)
    {
      skip (l, error->message);
      return;
    }
  g_ptr_array_add (l->policy->services, service);
  guard (l->services, service, read_sd (l, entry, "CA", service->name));
}

/* certificationAuthority objects: which list they belong to, their place tells. */
static void
add_authority (Loading *l, const CeEntry *entry)
{
  g_autofree char *dn = g_ascii_strdown (ce_entry_dn (entry), -1);

  if (g_str_has_prefix (dn, "cn=ntauthcertificates,"))
    ce_certificates_from_entry (entry, "cACertificate", l->policy->nt_auth);
  else if (strstr (dn, ",cn=certification authorities,") != NULL)
    ce_certificates_from_entry (entry, "cACertificate", l->policy->roots);
  else if (strstr (dn, ",cn=aia,") != NULL)
    ce_certificates_from_entry (entry, "cACertificate", l->policy->intermediates);
}

static void
add_entries (Loading *l, const GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const CeEntry *entry = g_ptr_array_index (entries, i);

      if (ce_entry_is (entry, "pKICertificateTemplate"))
        add_template (l, entry);
      else if (ce_entry_is (entry, "pKIEnrollmentService"))
        add_service (l, entry);
      else if (ce_entry_is (entry, "certificationAuthority"))
        add_authority (l, entry);
    }
}

static void
add_attributes (GPtrArray *all, const char *const *names)
{
  for (; *names != NULL; names++)
    if (!g_ptr_array_find_with_equal_func (all, *names, g_str_equal, NULL))
      g_ptr_array_add (all, (gpointer) *names);
}

static gboolean
has_descriptors (const GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    if (ce_entry_bytes (g_ptr_array_index (entries, i), SD_ATTRIBUTE) != NULL)
      return TRUE;
  return FALSE;
}

/* Templates, CAs and certificates hang below one object, so one search brings them all. */
static GPtrArray *
search_services (Loading *l, guint sd_parts, GError **error)
{
  static const char *const others[] = { "objectClass", SD_ATTRIBUTE, NULL };
  g_autoptr (GPtrArray) attributes = g_ptr_array_new ();
  g_autofree char *base = g_strdup_printf ("CN=Public Key Services,CN=Services,%s", l->configuration_dn);

  add_attributes (attributes, others);
  add_attributes (attributes, ce_template_attributes);
  add_attributes (attributes, ce_enrollment_service_attributes);
  g_ptr_array_add (attributes, NULL);
  return ce_ldap_search (l->ldap, base, CE_LDAP_SUBTREE,
                         "(|(objectClass=pKICertificateTemplate)(objectClass=pKIEnrollmentService)"
                         "(objectClass=certificationAuthority))",
                         (const char *const *) attributes->pdata, sd_parts, error);
}

static gboolean
read_services (Loading *l, GError **error)
{
  g_autoptr (GPtrArray) entries = search_services (l, SD_OWNER_GROUP_DACL, error);

  if (entries != NULL && entries->len > 0 && !has_descriptors (entries))
    {
      g_ptr_array_unref (entries);
      entries = search_services (l, SD_DACL, error);
    }
  if (entries == NULL)
    return FALSE;
  add_entries (l, entries);
  return TRUE;
}

/* Whom the descriptors grant a right: their names make the sentences of explain readable. */
static GString *
filter_for_trustees (Loading *l)
{
  static const char *const rights[] = { CE_RIGHT_ENROLL, CE_RIGHT_AUTOENROLL };
  g_autoptr (CeSidSet) seen = ce_sid_set_new ();
  GString *filter = g_string_new (NULL);

  for (guint i = 0; i < 2 * l->templates->len && ce_sid_set_size (seen) < MAX_NAMED_SIDS; i++)
    {
      const Guarded *guarded = g_ptr_array_index (l->templates, i / 2);
      g_autoptr (GArray) trustees = NULL;
      CeGuid right;

      if (guarded->sd == NULL || !ce_guid_from_text (rights[i % 2], &right))
        continue;
      trustees = ce_access_trustees (guarded->sd, &right);
      for (guint j = 0; j < trustees->len; j++)
        {
          const CeSid *sid = &g_array_index (trustees, CeSid, j);
          g_autofree char *value = ce_ldap_escape (sid->bytes, sid->length);

          if (ce_sid_set_contains (seen, sid))
            continue;
          ce_sid_set_add (seen, sid);
          g_string_append_printf (filter, "(objectSid=%s)", value);
        }
    }
  return filter;
}

/* "LAB" for lab.test: what people see before a group's name. "" where it cannot be read. */
static char *
read_netbios_name (Loading *l)
{
  static const char *const attributes[] = { "nETBIOSName", NULL };
  g_autofree char *base = g_strdup_printf ("CN=Partitions,%s", l->configuration_dn);
  g_autofree char *dn = ce_ldap_escape (l->domain_dn, strlen (l->domain_dn));
  g_autofree char *filter = g_strdup_printf ("(&(objectClass=crossRef)(nCName=%s))", dn);
  g_autoptr (GPtrArray) found = ce_ldap_search (l->ldap, base, CE_LDAP_SUBTREE, filter, attributes, 0, NULL);

  return found != NULL && found->len > 0 ? ce_entry_text (g_ptr_array_index (found, 0), "nETBIOSName")
                                         : g_strdup ("");
}

static void
add_name (Loading *l, const CeEntry *entry, const char *domain)
{
  g_autofree char *name = ce_entry_text (entry, "sAMAccountName");
  GBytes *value = ce_entry_bytes (entry, "objectSid");
  gsize length = 0;
  const guint8 *bytes = value != NULL ? g_bytes_get_data (value, &length) : NULL;
  CeSid sid;

  if (bytes == NULL || *name == '\0' || !ce_sid_parse (bytes, length, &sid))
    return;
  g_hash_table_insert (l->names, ce_sid_to_text (&sid),
                       *domain != '\0' ? g_strdup_printf ("%s\\%s", domain, name) : g_strdup (name));
}

/* Names are for people: that they cannot be read does not stop anything. */
static void
read_names (Loading *l)
{
  static const char *const attributes[] = { "sAMAccountName", "objectSid", NULL };
  g_autoptr (GString) sids = filter_for_trustees (l);
  g_autofree char *domain = NULL;
  g_autofree char *filter = g_strdup_printf ("(|%s)", sids->str);
  g_autoptr (GPtrArray) found = NULL;

  if (sids->len == 0)
    return;
  domain = read_netbios_name (l);
  found = ce_ldap_search (l->ldap, l->domain_dn, CE_LDAP_SUBTREE, filter, attributes, 0, NULL);
  for (guint i = 0; found != NULL && i < found->len; i++)
    add_name (l, g_ptr_array_index (found, i), domain);
}

static void
evaluate_rights (Loading *l)
{
  guint n_groups = g_strv_length (l->policy->user.groups);
  CeGuid enroll;

  ce_guid_from_text (CE_RIGHT_ENROLL, &enroll);
  for (guint i = 0; i < l->templates->len; i++)
    {
      const Guarded *guarded = g_ptr_array_index (l->templates, i);

      ce_rights_evaluate (guarded->object, guarded->sd, l->sids, n_groups, l->names);
    }
  for (guint i = 0; i < l->services->len; i++)
    {
      const Guarded *guarded = g_ptr_array_index (l->services, i);
      CeEnrollmentService *service = guarded->object;

      service->may_enroll = guarded->sd != NULL && ce_access_check (guarded->sd, l->sids, &enroll).granted;
    }
}

static int
by_template_name (gconstpointer a, gconstpointer b)
{
  const CeTemplate *x = *(const CeTemplate *const *) a, *y = *(const CeTemplate *const *) b;

  return g_ascii_strcasecmp (x->name, y->name);
}

static int
by_service_name (gconstpointer a, gconstpointer b)
{
  const CeEnrollmentService *x = *(const CeEnrollmentService *const *) a,
                            *y = *(const CeEnrollmentService *const *) b;

  return g_ascii_strcasecmp (x->name, y->name);
}

static void
finish (Loading *l, const CeConfig *config)
{
  CePolicy *policy = l->policy;

  g_ptr_array_sort (policy->templates, by_template_name);
  g_ptr_array_sort (policy->services, by_service_name);
  policy->searches = ce_ldap_searches (l->ldap);
  policy->fetched_unix = g_get_real_time () / G_USEC_PER_SEC;
  policy->autoenrollment = config->autoenrollment ? CE_AUTOENROLLMENT_ENROLL | CE_AUTOENROLLMENT_MANAGE
                                                        | CE_AUTOENROLLMENT_RETRIEVE_PENDING
                                                  : CE_AUTOENROLLMENT_DISABLED;
  set_text (&policy->autoenrollment_source, "cardenroll.conf");
  g_ptr_array_add (l->skipped, NULL);
  g_strfreev (policy->skipped);
  policy->skipped = (GStrv) g_ptr_array_free (g_steal_pointer (&l->skipped), FALSE);
}

CePolicy *
ce_directory_load (const CeConfig *config, GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + LOAD_TIMEOUT_S * G_USEC_PER_SEC;
  g_autoptr (CeTicket) ticket = ce_ticket_find (error);
  g_auto (Loading) loading = { 0 };
  g_auto (GStrv) hosts = NULL;

  if (ticket == NULL)
    return NULL;
  ce_limit_resolver ();
  loading_init (&loading, ticket);
  loading.domain = config->domain != NULL ? g_strdup (config->domain) : g_ascii_strdown (ticket->realm, -1);
  hosts = find_hosts (config, loading.domain, error);
  if (hosts == NULL || !connect_to_one (&loading, hosts, deadline_us, error) || !read_root (&loading, error)
      || !read_user (&loading, error) || !read_groups (&loading, error) || !read_services (&loading, error))
    return NULL;
  read_names (&loading);
  evaluate_rights (&loading);
  finish (&loading, config);
  return g_steal_pointer (&loading.policy);
}
