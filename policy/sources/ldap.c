/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/ldap.h"

#include <ldap.h>
#include <sasl/sasl.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

#define CONNECT_TIMEOUT_S 5
#define OPERATION_TIMEOUT_S 15
#define MAX_ENTRIES 50000
#define PAGE_ENTRIES 5000
#define MAX_RESTS 100
#define SD_FLAGS_OID "1.2.840.113556.1.4.801"
/* Sealing: the GSSAPI plugin counts an AES ticket as 256, older ones as 56. */
#define SASL_PROPERTIES "noanonymous,noplain,minssf=56"

struct _CeLdap
{
  LDAP *handle;
  char *host;
  gint64 deadline_us;
  guint searches;
};

typedef struct berval CeBerval;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeBerval, ber_bvfree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LDAPControl, ldap_control_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LDAPMessage, ldap_msgfree)

static char *
describe (CeLdap *ldap, int code)
{
  char *diagnostic = NULL;
  char *text;

  if (ldap->handle != NULL)
    ldap_get_option (ldap->handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
  if (diagnostic != NULL && *diagnostic != '\0')
    {
      g_autofree char *clean = ce_text_clean (diagnostic, strlen (diagnostic), 300);

      text = g_strdup_printf ("%s (%s)", ldap_err2string (code), clean);
    }
  else
    text = g_strdup (ldap_err2string (code));
  ldap_memfree (diagnostic);
  return text;
}

/* GSSAPI wraps what Kerberos said in brackets behind two sentences of its own. */
static char *
describe_bind (CeLdap *ldap, int code)
{
  g_autofree char *text = describe (ldap, code);
  const char *kerberos = strstr (text, "Minor code may provide more information (");
  const char *open = kerberos != NULL ? strchr (kerberos, '(') : NULL;
  const char *close = open != NULL ? strrchr (open, ')') : NULL;

  if (close == NULL)
    return g_steal_pointer (&text);
  while (close > open && (close[-1] == ')' || close[-1] == ' '))
    close--;
  return g_strdup_printf ("Kerberos: %.*s", (int) (close - open - 1), open + 1);
}

static struct timeval
time_left (const CeLdap *ldap, gint64 at_most_s)
{
  gint64 left_us = CLAMP (ldap->deadline_us - g_get_monotonic_time (), 1000, at_most_s * G_USEC_PER_SEC);

  return (struct timeval){ .tv_sec = left_us / G_USEC_PER_SEC, .tv_usec = left_us % G_USEC_PER_SEC };
}

/* GSSAPI asks nothing; whatever a configuration makes SASL ask is answered with nothing. */
static int
answer_nothing (LDAP *handle G_GNUC_UNUSED, unsigned flags G_GNUC_UNUSED, void *defaults G_GNUC_UNUSED,
                void *questions)
{
  for (sasl_interact_t *q = questions; q->id != SASL_CB_LIST_END; q++)
    {
      q->result = "";
      q->len = 0;
    }
  return LDAP_SUCCESS;
}

/* Everything that a site's ldap.conf could turn another way is set here. */
static gboolean
set_options (CeLdap *ldap)
{
  struct timeval connect = time_left (ldap, CONNECT_TIMEOUT_S),
                 operation = time_left (ldap, OPERATION_TIMEOUT_S);
  int version = LDAP_VERSION3, no_limit = LDAP_NO_LIMIT, never = LDAP_DEREF_NEVER;
  char properties[] = SASL_PROPERTIES;
  const struct
  {
    int option;
    const void *value;
  } options[] = {
    { LDAP_OPT_PROTOCOL_VERSION, &version },
    { LDAP_OPT_REFERRALS, LDAP_OPT_OFF },
    { LDAP_OPT_DEREF, &never },
    { LDAP_OPT_SIZELIMIT, &no_limit },
    { LDAP_OPT_TIMELIMIT, &no_limit },
    { LDAP_OPT_NETWORK_TIMEOUT, &connect },
    { LDAP_OPT_TIMEOUT, &operation },
    { LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON },
    { LDAP_OPT_X_SASL_SECPROPS, properties },
  };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (ldap_set_option (ldap->handle, options[i].option, options[i].value) != LDAP_OPT_SUCCESS)
      return FALSE;
  return TRUE;
}

static gboolean
bind_as_user (CeLdap *ldap, GError **error)
{
  g_autofree char *reason = NULL;
  int code = ldap_sasl_interactive_bind_s (ldap->handle, NULL, "GSSAPI", NULL, NULL, LDAP_SASL_QUIET,
                                           answer_nothing, NULL);

  if (code == LDAP_SUCCESS)
    return TRUE;
  if (code == LDAP_AUTH_UNKNOWN || code == LDAP_AUTH_METHOD_NOT_SUPPORTED)
    {
      g_set_error_literal (
          error, CE_ERROR, CE_ERROR_MISCONFIGURED,
          "SASL has no GSSAPI mechanism here: install libsasl2-modules-gssapi-mit (Debian) or "
          "cyrus-sasl-gssapi (Fedora)");
      return FALSE;
    }
  if (code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE, "%s does not answer on port 389",
                   ldap->host);
      return FALSE;
    }
  if (code == LDAP_TIMEOUT)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE,
                   "%s takes connections on port 389 but does not answer", ldap->host);
      return FALSE;
    }
  reason = describe_bind (ldap, code);
  g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE, "%s: %s", ldap->host, reason);
  return FALSE;
}

CeLdap *
ce_ldap_connect (const char *host, gint64 deadline_us, GError **error)
{
  g_autoptr (CeLdap) ldap = g_new0 (CeLdap, 1);
  g_autofree char *uri = g_strdup_printf ("ldap://%s:389", host);

  ldap->host = g_strdup (host);
  ldap->deadline_us = deadline_us;
  if (ldap_initialize (&ldap->handle, uri) != LDAP_SUCCESS || !set_options (ldap))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "LDAP cannot be set up for %s", uri);
      return NULL;
    }
  return bind_as_user (ldap, error) ? g_steal_pointer (&ldap) : NULL;
}

void
ce_ldap_free (CeLdap *ldap)
{
  if (ldap->handle != NULL)
    ldap_unbind_ext (ldap->handle, NULL, NULL);
  g_free (ldap->host);
  g_free (ldap);
}

guint
ce_ldap_searches (const CeLdap *ldap)
{
  return ldap->searches;
}

char *
ce_ldap_escape (const void *bytes, gsize length)
{
  const guint8 *b = bytes;
  GString *text = g_string_sized_new (3 * length);

  for (gsize i = 0; i < length; i++)
    if (g_ascii_isalnum (b[i]))
      g_string_append_c (text, (char) b[i]);
    else
      g_string_append_printf (text, "\\%02x", b[i]);
  return g_string_free (text, FALSE);
}

static LDAPControl *
new_sd_control (guint sd_parts)
{
  guint8 value[] = { 0x30, 0x03, 0x02, 0x01, (guint8) sd_parts };
  CeBerval bytes = { .bv_len = sizeof value, .bv_val = (char *) value };
  LDAPControl *control = NULL;

  ldap_control_create (SD_FLAGS_OID, 1, &bytes, 1, &control);
  return control;
}

/* An attribute of which the server has handed out a part. */
typedef struct
{
  CeEntry *entry; /* borrowed */
  char *name;
  guint next;
} Rest;

static void
rest_free (gpointer data)
{
  g_free (((Rest *) data)->name);
  g_free (data);
}

static void
note_rest (GPtrArray *rests, CeEntry *entry, const char *name)
{
  guint next;
  Rest *rest;

  if (rests->len >= MAX_RESTS || !ce_entry_range (name, &next))
    return;
  rest = g_new0 (Rest, 1);
  rest->entry = entry;
  rest->name = g_strndup (name, strcspn (name, ";"));
  rest->next = next;
  g_ptr_array_add (rests, rest);
}

static CeEntry *
read_entry (LDAP *handle, LDAPMessage *message, GPtrArray *rests)
{
  char *dn = ldap_get_dn (handle, message);
  CeEntry *entry = ce_entry_new (dn != NULL ? dn : "");
  BerElement *at = NULL;

  ldap_memfree (dn);
  for (char *name = ldap_first_attribute (handle, message, &at); name != NULL;
       name = ldap_next_attribute (handle, message, at))
    {
      CeBerval **values = ldap_get_values_len (handle, message, name);

      for (guint i = 0; values != NULL && values[i] != NULL; i++)
        ce_entry_add (entry, name, values[i]->bv_val, values[i]->bv_len);
      if (values != NULL)
        {
          note_rest (rests, entry, name);
          ldap_value_free_len (values);
        }
      ldap_memfree (name);
    }
  if (at != NULL)
    ber_free (at, 0);
  return entry;
}

static gboolean
read_entries (CeLdap *ldap, LDAPMessage *result, GPtrArray *entries, GPtrArray *rests, GError **error)
{
  for (LDAPMessage *m = ldap_first_entry (ldap->handle, result); m != NULL;
       m = ldap_next_entry (ldap->handle, m))
    {
      if (entries->len >= MAX_ENTRIES)
        {
          g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s: more than %d objects in one answer",
                       ldap->host, MAX_ENTRIES);
          return FALSE;
        }
      g_ptr_array_add (entries, read_entry (ldap->handle, m, rests));
    }
  return TRUE;
}

/* Where the next page begins, empty after the last one. */
static void
read_cookie (LDAP *handle, LDAPMessage *result, CeBerval *cookie)
{
  LDAPControl **controls = NULL;
  LDAPControl *page;
  ber_int_t estimate;

  ber_memfree (cookie->bv_val);
  *cookie = (CeBerval){ 0 };
  if (ldap_parse_result (handle, result, NULL, NULL, NULL, NULL, &controls, 0) != LDAP_SUCCESS
      || controls == NULL)
    return;
  page = ldap_control_find (LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
  if (page != NULL && ldap_parse_pageresponse_control (handle, page, &estimate, cookie) != LDAP_SUCCESS)
    *cookie = (CeBerval){ 0 };
  ldap_controls_free (controls);
}

typedef struct
{
  const char *base;
  CeLdapScope scope;
  const char *filter;
  const char *const *attributes;
  LDAPControl *sd_control; /* or %NULL */
} Query;

static gboolean
is_gone (int code)
{
  return code == LDAP_SERVER_DOWN || code == LDAP_TIMEOUT || code == LDAP_CONNECT_ERROR
         || code == LDAP_UNAVAILABLE || code == LDAP_BUSY;
}

/* A server that always has one more page, or one more part of an attribute, is not asked for ever. */
static gboolean
is_late (const CeLdap *ldap, const char *base, GError **error)
{
  if (g_get_monotonic_time () < ldap->deadline_us)
    return FALSE;
  g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE, "%s: searching '%s': it takes too long", ldap->host,
               base);
  return TRUE;
}

static gboolean
search_page (CeLdap *ldap, const Query *query, CeBerval *cookie, GPtrArray *entries, GPtrArray *rests, GError **error)
{
  g_autoptr (LDAPControl) page = NULL;
  g_autoptr (LDAPMessage) result = NULL;
  g_autofree char *reason = NULL;
  LDAPControl *controls[3] = { NULL };
  struct timeval timeout = time_left (ldap, OPERATION_TIMEOUT_S);
  int scope = query->scope == CE_LDAP_THIS ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE;
  int code, n = 0;

  if (is_late (ldap, query->base, error))
    return FALSE;
  if (query->scope != CE_LDAP_THIS
      && ldap_create_page_control (ldap->handle, PAGE_ENTRIES, cookie, 0, &page) == LDAP_SUCCESS)
    controls[n++] = page;
  if (query->sd_control != NULL)
    controls[n++] = query->sd_control;
  ldap->searches++;
  code = ldap_search_ext_s (ldap->handle, query->base, scope, query->filter, (char **) query->attributes, 0,
                            controls, NULL, &timeout, LDAP_NO_LIMIT, &result);
  if (code == LDAP_SUCCESS)
    {
      read_cookie (ldap->handle, result, cookie);
      return read_entries (ldap, result, entries, rests, error);
    }
  if (code == LDAP_NO_SUCH_OBJECT)
    return TRUE;
  reason = describe (ldap, code);
  g_set_error (error, CE_ERROR, is_gone (code) ? CE_ERROR_DIRECTORY_UNREACHABLE : CE_ERROR_PROTOCOL,
               "%s: searching '%s': %s", ldap->host, query->base, reason);
  return FALSE;
}

static void
take_values (CeEntry *entry, const CeEntry *more, const char *name)
{
  const GPtrArray *values = ce_entry_values (more, name);

  for (guint i = 0; values != NULL && i < values->len; i++)
    {
      gsize length;
      const void *bytes = g_bytes_get_data (g_ptr_array_index (values, i), &length);

      ce_entry_add (entry, name, bytes, length);
    }
}

/* Reads on where @rest ends, as often as the server makes it necessary. */
static gboolean
read_rest (CeLdap *ldap, Rest *rest, GError **error)
{
  for (gboolean more = TRUE; more;)
    {
      g_autofree char *name = g_strdup_printf ("%s;range=%u-*", rest->name, rest->next);
      const char *const attributes[] = { name, NULL };
      const Query query = { ce_entry_dn (rest->entry), CE_LDAP_THIS, "(objectClass=*)", attributes, NULL };
      g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_entry_free);
      g_autoptr (GPtrArray) rests = g_ptr_array_new_with_free_func (rest_free);
      CeBerval cookie = { 0 };
      gboolean ok = search_page (ldap, &query, &cookie, entries, rests, error);

      ber_memfree (cookie.bv_val);
      if (!ok)
        return FALSE;
      if (entries->len > 0)
        take_values (rest->entry, g_ptr_array_index (entries, 0), rest->name);
      more = rests->len > 0 && ((Rest *) g_ptr_array_index (rests, 0))->next > rest->next;
      if (more)
        rest->next = ((Rest *) g_ptr_array_index (rests, 0))->next;
    }
  return TRUE;
}

GPtrArray *
ce_ldap_search (CeLdap *ldap, const char *base, CeLdapScope scope, const char *filter,
                const char *const *attributes, guint sd_parts, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_entry_free);
  g_autoptr (LDAPControl) sd_control = sd_parts != 0 ? new_sd_control (sd_parts) : NULL;
  g_autoptr (GPtrArray) rests = g_ptr_array_new_with_free_func (rest_free);
  Query query = { base, scope, filter, attributes, sd_control };
  CeBerval cookie = { 0 };
  gboolean ok;

  do
    ok = search_page (ldap, &query, &cookie, entries, rests, error);
  while (ok && cookie.bv_len > 0);
  ber_memfree (cookie.bv_val);
  for (guint i = 0; ok && i < rests->len; i++)
    ok = read_rest (ldap, g_ptr_array_index (rests, i), error);
  return ok ? g_steal_pointer (&entries) : NULL;
}

gboolean
ce_ldap_delete_value (CeLdap *ldap, const char *dn, const char *attribute, GBytes *value, GError **error)
{
  gsize length;
  char *bytes = (char *) g_bytes_get_data (value, &length);
  CeBerval one = { .bv_len = length, .bv_val = bytes };
  CeBerval *values[] = { &one, NULL };
  LDAPMod deletion = { .mod_op = LDAP_MOD_DELETE | LDAP_MOD_BVALUES, .mod_type = (char *) attribute };
  LDAPMod *changes[] = { &deletion, NULL };
  g_autofree char *reason = NULL;
  int code;

  deletion.mod_bvalues = values;
  code = ldap_modify_ext_s (ldap->handle, dn, changes, NULL, NULL);
  if (code == LDAP_SUCCESS || code == LDAP_NO_SUCH_ATTRIBUTE)
    return TRUE;
  reason = describe (ldap, code);
  g_set_error (error, CE_ERROR,
               code == LDAP_INSUFFICIENT_ACCESS ? CE_ERROR_POLICY_DENIED
               : is_gone (code)                 ? CE_ERROR_DIRECTORY_UNREACHABLE
                                                : CE_ERROR_PROTOCOL,
               "%s: changing '%s': %s", ldap->host, dn, reason);
  return FALSE;
}
