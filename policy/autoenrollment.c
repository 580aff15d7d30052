/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/autoenrollment.h"

#include <string.h>

#include "agent/base/text.h"

#define CRYPTOGRAPHY "Software\\Policies\\Microsoft\\Cryptography\\"
#define AUTOENROLLMENT_KEY CRYPTOGRAPHY "AutoEnrollment"
#define EXPIRY_NAME "OfflineExpirationPercent"
#define SERVERS_KEY CRYPTOGRAPHY "PolicyServers"
#define MAX_PERCENT 100
#define DEFAULT_COST 0x7ffffffdu
#define MAX_SERVERS 64

static void
server_free (gpointer data)
{
  CePolicyServer *server = data;

  g_free (server->id);
  g_free (server->url);
  g_free (server->policy_id);
  g_free (server->friendly_name);
  g_free (server->source);
  g_free (server);
}

/* The DWORD @name of @key, else @absent; a value of another type is named in @skipped. */
static guint32
read_dword (const CeRegistry *registry, const char *key, const char *name, guint32 absent,
            GStrvBuilder *skipped)
{
  const CeRegistryValue *value = ce_registry_get (registry, key, name);
  g_autofree char *sentence = NULL;
  guint32 number;

  if (value == NULL)
    return absent;
  if (ce_registry_dword (value, &number))
    return number;
  sentence = g_strdup_printf ("%s\\%s in '%s' is not a REG_DWORD", key, name, value->source);
  g_strv_builder_add (skipped, sentence);
  return absent;
}

static char *
read_text (const CeRegistry *registry, const char *key, const char *name)
{
  const CeRegistryValue *value = ce_registry_get (registry, key, name);

  return value != NULL ? ce_registry_text (value) : g_strdup ("");
}

static gboolean
is_server_url (const char *url)
{
  return g_ascii_strcasecmp (url, "LDAP:") == 0 || ce_is_https_url (url);
}

static CePolicyServer *
read_server (const CeRegistry *registry, const char *id, GStrvBuilder *skipped)
{
  g_autofree char *key = g_strconcat (SERVERS_KEY "\\", id, NULL);
  g_autofree char *url = read_text (registry, key, "URL");
  const CeRegistryValue *value = ce_registry_get (registry, key, "URL");
  CePolicyServer *server;

  if (!is_server_url (url))
    {
      g_autofree char *sentence = g_strdup_printf ("%s: its URL '%s' is neither LDAP: nor https", key, url);

      g_strv_builder_add (skipped, sentence);
      return NULL;
    }
  server = g_new0 (CePolicyServer, 1);
  server->id = g_strdup (id);
  server->url = g_steal_pointer (&url);
  server->policy_id = read_text (registry, key, "PolicyID");
  server->friendly_name = read_text (registry, key, "FriendlyName");
  server->flags = read_dword (registry, key, "Flags", 0, skipped);
  server->authentication = read_dword (registry, key, "AuthFlags", CE_CA_AUTH_KERBEROS, skipped);
  server->cost = read_dword (registry, key, "Cost", DEFAULT_COST, skipped);
  server->source = g_strdup (value->source);
  return server;
}

static int
authentication_rank (guint32 authentication)
{
  return authentication == CE_CA_AUTH_KERBEROS ? 0 : authentication == CE_CA_AUTH_ANONYMOUS ? 1 : 2;
}

int
ce_policy_server_compare (const CePolicyServer *a, const CePolicyServer *b)
{
  int order = g_ascii_strcasecmp (a->policy_id, b->policy_id);

  if (order != 0)
    return order;
  if (a->cost != b->cost)
    return a->cost < b->cost ? -1 : 1;
  return authentication_rank (a->authentication) - authentication_rank (b->authentication);
}

static int
compare_pointers (gconstpointer a, gconstpointer b)
{
  const CePolicyServer *x = *(const CePolicyServer *const *) a, *y = *(const CePolicyServer *const *) b;
  int order = ce_policy_server_compare (x, y);

  return order != 0 ? order : strcmp (x->id, y->id);
}

static GPtrArray *
read_servers (const CeRegistry *registry, GStrvBuilder *skipped)
{
  GPtrArray *servers = g_ptr_array_new_with_free_func (server_free);
  g_auto (GStrv) ids = ce_registry_subkeys (registry, SERVERS_KEY);

  for (char **id = ids; *id != NULL && servers->len < MAX_SERVERS; id++)
    {
      CePolicyServer *server = read_server (registry, *id, skipped);

      if (server != NULL)
        g_ptr_array_add (servers, server);
    }
  g_ptr_array_sort (servers, compare_pointers);
  return servers;
}

static void
read_expiry (CeAutoenrollmentPolicy *policy, const CeRegistry *registry, GStrvBuilder *skipped)
{
  const CeRegistryValue *value = ce_registry_get (registry, AUTOENROLLMENT_KEY, EXPIRY_NAME);
  guint32 percent = read_dword (registry, AUTOENROLLMENT_KEY, EXPIRY_NAME, CE_EXPIRY_PERCENT, skipped);
  gboolean said = value != NULL && ce_registry_dword (value, &percent);

  if (percent > MAX_PERCENT)
    {
      g_autofree char *sentence = g_strdup_printf (AUTOENROLLMENT_KEY "\\" EXPIRY_NAME " in '%s' is %u, and percent end at 100",
                                                   value->source, percent);

      g_strv_builder_add (skipped, sentence);
      percent = CE_EXPIRY_PERCENT;
      said = FALSE;
    }
  policy->expiry_percent = percent;
  policy->expiry_source = g_strdup (said ? value->source : "");
}

CeAutoenrollmentPolicy *
ce_autoenrollment_policy_new (const CeRegistry *registry)
{
  CeAutoenrollmentPolicy *policy = g_new0 (CeAutoenrollmentPolicy, 1);
  const CeRegistryValue *value = ce_registry_get (registry, AUTOENROLLMENT_KEY, "AEPolicy");
  g_autoptr (GStrvBuilder) skipped = g_strv_builder_new ();

  policy->configured = value != NULL && ce_registry_dword (value, &policy->policy);
  read_dword (registry, AUTOENROLLMENT_KEY, "AEPolicy", 0, skipped);
  policy->source = g_strdup (policy->configured ? value->source : "");
  read_expiry (policy, registry, skipped);
  policy->servers = read_servers (registry, skipped);
  policy->skipped = g_strv_builder_end (skipped);
  return policy;
}

void
ce_autoenrollment_policy_free (CeAutoenrollmentPolicy *policy)
{
  g_free (policy->source);
  g_free (policy->expiry_source);
  g_ptr_array_unref (policy->servers);
  g_strfreev (policy->skipped);
  g_free (policy);
}

char *
ce_autoenrollment_describe (guint32 policy)
{
  static const struct
  {
    guint32 bit;
    const char *what;
  } bits[] = { { CE_AUTOENROLLMENT_ENROLL, "enrol by templates" },
               { CE_AUTOENROLLMENT_MANAGE, "renew and tidy up" },
               { CE_AUTOENROLLMENT_RETRIEVE_PENDING, "fetch pending requests" } };
  GString *text;

  if (policy & CE_AUTOENROLLMENT_DISABLED)
    return g_strdup ("disabled");
  text = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bits); i++)
    if (policy & bits[i].bit)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", bits[i].what);
  if (text->len == 0)
    g_string_append (text, "enabled, but told to do nothing");
  return g_string_free (text, FALSE);
}
