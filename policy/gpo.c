/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/gpo.h"

#include <string.h>

#include "policy/access.h"

#define BLOCK_INHERITANCE 0x1
#define LINK_DISABLED 0x1
#define LINK_ENFORCED 0x2
#define FUNCTIONALITY_VERSION 2
#define REGISTRY_EXTENSION "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"
#define MAX_LINKS 1024
#define MAX_SCOPES 128

CeScope *
ce_scope_new (CeScopeKind kind, const char *dn, const char *links, guint32 options)
{
  CeScope *scope = g_new0 (CeScope, 1);

  scope->kind = kind;
  scope->dn = g_strdup (dn);
  scope->links = g_strdup (links);
  scope->options = options;
  return scope;
}

void
ce_scope_free (CeScope *scope)
{
  g_free (scope->dn);
  g_free (scope->links);
  g_free (scope);
}

static void
link_free (gpointer data)
{
  CeGpoLink *link = data;

  g_free (link->dn);
  g_free (link);
}

static void
in_order_free (gpointer data)
{
  CeGpoInOrder *one = data;

  g_free (one->gpo_dn);
  g_free (one);
}

/* What follows the first comma that is not escaped; %NULL after the last part. */
static const char *
parent_of (const char *dn)
{
  for (const char *p = dn; *p != '\0'; p++)
    if (*p == '\\' && p[1] != '\0')
      p++;
    else if (*p == ',')
      return p + 1;
  return NULL;
}

GPtrArray *
ce_scopes_of (const char *dn)
{
  GPtrArray *scopes = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_scope_free);

  for (const char *p = parent_of (dn); p != NULL && scopes->len < MAX_SCOPES; p = parent_of (p))
    if (g_ascii_strncasecmp (p, "OU=", 3) == 0)
      g_ptr_array_add (scopes, ce_scope_new (CE_SCOPE_OU, p, "", 0));
    else if (g_ascii_strncasecmp (p, "DC=", 3) == 0)
      {
        g_ptr_array_add (scopes, ce_scope_new (CE_SCOPE_DOMAIN, p, "", 0));
        break;
      }
  return scopes;
}

/* "LDAP://cn={…},…;2" between brackets. */
static CeGpoLink *
parse_link (const char *text, gsize length)
{
  static const char scheme[] = "LDAP://";
  g_autofree char *copy = g_strndup (text, length);
  char *semicolon = strrchr (copy, ';');
  guint64 options;
  CeGpoLink *link;

  if (semicolon == NULL || g_ascii_strncasecmp (copy, scheme, strlen (scheme)) != 0
      || !g_ascii_string_to_unsigned (semicolon + 1, 10, 0, G_MAXUINT32, &options, NULL))
    return NULL;
  *semicolon = '\0';
  if (copy[strlen (scheme)] == '\0' || !g_utf8_validate (copy, -1, NULL))
    return NULL;
  link = g_new0 (CeGpoLink, 1);
  link->dn = g_strdup (copy + strlen (scheme));
  link->disabled = (options & LINK_DISABLED) != 0;
  link->enforced = (options & LINK_ENFORCED) != 0;
  return link;
}

GPtrArray *
ce_gpo_links_parse (const char *text)
{
  GPtrArray *links = g_ptr_array_new_with_free_func (link_free);
  const char *open = strchr (text, '[');

  while (open != NULL && links->len < MAX_LINKS)
    {
      const char *close = strchr (open, ']');
      CeGpoLink *link = close != NULL ? parse_link (open + 1, (gsize) (close - open - 1)) : NULL;

      if (link != NULL)
        g_ptr_array_add (links, link);
      open = close != NULL ? strchr (close, '[') : NULL;
    }
  return links;
}

static void
add_in_order (GPtrArray *list, const CeGpoLink *link, const CeScope *scope)
{
  CeGpoInOrder *one = g_new0 (CeGpoInOrder, 1);

  one->gpo_dn = g_strdup (link->dn);
  one->scope = scope;
  one->enforced = link->enforced;
  g_ptr_array_add (list, one);
}

static void
add_links (GPtrArray *list, const CeScope *scope, gboolean enforced)
{
  g_autoptr (GPtrArray) links = ce_gpo_links_parse (scope->links);

  for (guint i = 0; i < links->len; i++)
    {
      const CeGpoLink *link = g_ptr_array_index (links, i);

      if (!link->disabled && link->enforced == enforced)
        add_in_order (list, link, scope);
    }
}

/* How many scopes, from the nearest, may give links that are not enforced. */
static guint
count_unblocked (const GPtrArray *scopes)
{
  for (guint i = 0; i < scopes->len; i++)
    if (((const CeScope *) g_ptr_array_index (scopes, i))->options & BLOCK_INHERITANCE)
      return i + 1;
  return scopes->len;
}

GPtrArray *
ce_gpo_order (const GPtrArray *scopes)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (in_order_free);

  for (guint i = count_unblocked (scopes); i > 0; i--)
    add_links (list, g_ptr_array_index (scopes, i - 1), FALSE);
  for (guint i = 0; i < scopes->len; i++)
    add_links (list, g_ptr_array_index (scopes, i), TRUE);
  return list;
}

CeGpo *
ce_gpo_new (void)
{
  CeGpo *gpo = g_new0 (CeGpo, 1);
  char **texts[] = { &gpo->dn,
                     &gpo->name,
                     &gpo->display_name,
                     &gpo->path,
                     &gpo->user_extensions,
                     &gpo->machine_extensions,
                     &gpo->wmi_filter };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = g_strdup ("");
  return gpo;
}

void
ce_gpo_free (CeGpo *gpo)
{
  g_free (gpo->dn);
  g_free (gpo->name);
  g_free (gpo->display_name);
  g_free (gpo->path);
  g_free (gpo->user_extensions);
  g_free (gpo->machine_extensions);
  g_free (gpo->wmi_filter);
  g_clear_pointer (&gpo->sd, ce_security_descriptor_free);
  g_free (gpo);
}

gboolean
ce_gpt_ini_parse (const char *text, gsize length, guint32 *ret_version)
{
  g_autofree char *copy = g_strndup (text, length);
  g_auto (GStrv) lines = g_strsplit_set (copy, "\r\n", -1);
  gboolean general = FALSE;

  for (char **line = lines; *line != NULL; line++)
    {
      char *value = strchr (g_strstrip (*line), '=');
      guint64 version;

      if (**line == '[')
        general = g_ascii_strcasecmp (*line, "[General]") == 0;
      if (!general || value == NULL)
        continue;
      *value++ = '\0';
      if (g_ascii_strcasecmp (g_strchomp (*line), "Version") != 0
          || !g_ascii_string_to_unsigned (g_strstrip (value), 10, 0, G_MAXUINT32, &version, NULL))
        continue;
      *ret_version = (guint32) version;
      return TRUE;
    }
  return FALSE;
}

static gboolean
has_registry_settings (const CeGpo *gpo, CeGpoHalf half)
{
  g_autofree char *folded
      = g_ascii_strup (half == CE_GPO_USER ? gpo->user_extensions : gpo->machine_extensions, -1);

  return strstr (folded, REGISTRY_EXTENSION) != NULL;
}

static gboolean
may_apply (const CeGpo *gpo, const CeSidSet *sids)
{
  CeGuid right;

  ce_guid_from_text (CE_RIGHT_APPLY_GROUP_POLICY, &right);
  return gpo->sd != NULL && ce_access_check (gpo->sd, sids, &right).granted;
}

CeGpoVerdict
ce_gpo_judge (const CeGpo *gpo, CeGpoHalf half, const CeSidSet *sids, gboolean wmi_filters_pass,
              char **ret_detail)
{
  const char *half_name = half == CE_GPO_USER ? "user" : "computer";

  *ret_detail = NULL;
  if (gpo->functionality_version != FUNCTIONALITY_VERSION)
    {
      *ret_detail = g_strdup_printf ("gPCFunctionalityVersion is %u, not 2", gpo->functionality_version);
      return CE_GPO_WRONG_VERSION;
    }
  if (gpo->flags & (half == CE_GPO_USER ? 1u : 2u))
    {
      *ret_detail = g_strdup_printf ("its %s half is disabled (flags is %u)", half_name, gpo->flags);
      return CE_GPO_DISABLED;
    }
  if (gpo->version == 0 && (!gpo->has_file_version || gpo->file_version == 0))
    {
      *ret_detail = g_strdup ("it is empty (versionNumber is 0)");
      return CE_GPO_EMPTY;
    }
  if (!may_apply (gpo, sids))
    {
      *ret_detail = g_strdup_printf ("security filtering: you do not have the right to apply it (%s)",
                                     CE_RIGHT_APPLY_GROUP_POLICY);
      return CE_GPO_FILTERED;
    }
  if (!has_registry_settings (gpo, half))
    {
      *ret_detail = g_strdup_printf ("it has no registry settings in its %s half", half_name);
      return CE_GPO_NO_SETTINGS;
    }
  if (*gpo->wmi_filter != '\0' && !wmi_filters_pass)
    {
      *ret_detail = g_strdup ("it has a WMI filter (gPCWQLFilter), which cannot be evaluated here; [policy] "
                              "wmi-filters=apply in cardenroll.conf applies it all the same");
      return CE_GPO_WMI_FILTER;
    }
  *ret_detail = g_strdup ("it applies");
  return CE_GPO_APPLIES;
}

const char *
ce_gpo_verdict_name (CeGpoVerdict verdict)
{
  static const char *const names[]
      = { "applies", "wrong-version", "disabled", "empty", "filtered", "wmi-filter", "no-settings" };

  return (guint) verdict < G_N_ELEMENTS (names) ? names[verdict] : "applies";
}

GPtrArray *
ce_gpo_loop_back (const GPtrArray *user_list, const GPtrArray *computer_list, CeLoopback mode)
{
  GPtrArray *list = g_ptr_array_new ();

  for (guint i = 0; mode != CE_LOOPBACK_REPLACE && i < user_list->len; i++)
    g_ptr_array_add (list, g_ptr_array_index (user_list, i));
  for (guint i = 0; mode != CE_LOOPBACK_NONE && i < computer_list->len; i++)
    g_ptr_array_add (list, g_ptr_array_index (computer_list, i));
  return list;
}
