/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/group-policy.h"

#include <string.h>

#include "agent/base/error.h"
#include "policy/sources/group-policy-search.h"
#include "policy/sources/sysvol.h"

#define USER_FILE "User/Registry.pol"
#define MACHINE_FILE "Machine/Registry.pol"
#define VERSION_FILE "gpt.ini"
#define SYSVOL_TIMEOUT_S 12
#define MAX_GPOS 80 /* times three files, CE_SYSVOL_MAX_FILES */
#define LOOPBACK_KEY "Software\\Policies\\Microsoft\\Windows\\System"

/* What is worked with while Group Policy is loaded. */
typedef struct
{
  const CeGroupPolicyQuestion *q;
  CeGroupPolicy *policy;
  CeComputer *computer;
  GPtrArray *user_scopes, *computer_scopes; /* of CeScope */
  GPtrArray *user_links, *computer_links;   /* of CeGpoInOrder */
  GHashTable *gpos;                         /* folded DN → CeGpo */
  GPtrArray *paths;                         /* of char: what to read of SYSVOL */
  GPtrArray *files;                         /* of CeSysvolFile, one for each path */
  CeRegistry *registry;
} Loading;

static void
clear_array (GPtrArray **array)
{
  g_clear_pointer (array, g_ptr_array_unref);
}

static void
loading_clear (Loading *l)
{
  clear_array (&l->user_links);
  clear_array (&l->computer_links);
  clear_array (&l->user_scopes);
  clear_array (&l->computer_scopes);
  clear_array (&l->paths);
  clear_array (&l->files);
  g_clear_pointer (&l->computer, ce_computer_free);
  g_clear_pointer (&l->gpos, g_hash_table_unref);
  g_clear_pointer (&l->registry, ce_registry_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Loading, loading_clear)

/* Links of both lists, and so of scopes that both share, are read at once. */
static gboolean
read_scopes (Loading *l, GError **error)
{
  const CeGroupPolicyQuestion *q = l->q;
  g_autoptr (GPtrArray) both = g_ptr_array_new ();
  CeScope *site = NULL;

  l->user_scopes = ce_scopes_of (q->user_dn);
  l->computer_scopes = ce_scopes_of (l->computer->dn);
  g_ptr_array_extend (both, l->user_scopes, NULL, NULL);
  g_ptr_array_extend (both, l->computer_scopes, NULL, NULL);
  if (!ce_scopes_read (q->ldap, q->domain_dn, both, error)
      || !ce_site_read (q->ldap, q->domain, q->configuration_dn, &site, error))
    return FALSE;
  if (site == NULL)
    return TRUE;
  g_free (l->policy->site);
  l->policy->site = g_strndup (site->dn + strlen ("CN="), strcspn (site->dn, ",") - strlen ("CN="));
  if (l->computer_scopes->len > 0)
    g_ptr_array_add (l->computer_scopes, ce_scope_new (site->kind, site->dn, site->links, site->options));
  g_ptr_array_add (l->user_scopes, site);
  return TRUE;
}

static gboolean
is_in_domain (const Loading *l, const char *dn)
{
  g_autoptr (GPtrArray) scopes = ce_scopes_of (dn);
  const CeScope *domain = scopes->len > 0 ? g_ptr_array_index (scopes, scopes->len - 1) : NULL;
  g_autofree char *folded = domain != NULL ? ce_dn_fold (domain->dn) : NULL;
  g_autofree char *ours = ce_dn_fold (l->q->domain_dn);

  return g_strcmp0 (folded, ours) == 0;
}

static void
collect_dns (const Loading *l, const GPtrArray *links, GHashTable *seen, GPtrArray *dns)
{
  for (guint i = 0; i < links->len && dns->len < CE_SYSVOL_MAX_FILES; i++)
    {
      const CeGpoInOrder *link = g_ptr_array_index (links, i);

      if (is_in_domain (l, link->gpo_dn) && g_hash_table_add (seen, ce_dn_fold (link->gpo_dn)))
        g_ptr_array_add (dns, link->gpo_dn);
    }
}

static gboolean
read_gpos (Loading *l, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) dns = g_ptr_array_new ();

  l->user_links = ce_gpo_order (l->user_scopes);
  l->computer_links = ce_gpo_order (l->computer_scopes);
  collect_dns (l, l->user_links, seen, dns);
  collect_dns (l, l->computer_links, seen, dns);
  if (dns->len > MAX_GPOS)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_NOT_SUPPORTED,
                   "%u Group Policy objects are linked for you, more than %d", dns->len, MAX_GPOS);
      return FALSE;
    }
  l->gpos = ce_gpos_read (l->q->ldap, l->q->domain_dn, dns, error);
  return l->gpos != NULL;
}

static CeGpo *
find_gpo (const Loading *l, const CeGpoInOrder *link)
{
  g_autofree char *folded = ce_dn_fold (link->gpo_dn);

  return g_hash_table_lookup (l->gpos, folded);
}

/* The user half is filtered by the user's rights, in whosever list the GPO stands. */
static CeGpoVerdict
judge (const Loading *l, const CeGpo *gpo, CeGpoHalf half, char **ret_detail)
{
  return ce_gpo_judge (gpo, half, half == CE_GPO_USER ? l->q->user_sids : l->computer->sids,
                       l->q->apply_wmi_filtered, ret_detail);
}

static char *
path_of (const Loading *l, const CeGpo *gpo, const char *file, GError **error)
{
  return ce_sysvol_path (gpo->path, l->q->domain, l->q->server, file, error);
}

static void
want (Loading *l, const CeGpo *gpo, const char *file)
{
  char *path = path_of (l, gpo, file, NULL);

  if (path != NULL && !g_ptr_array_find_with_equal_func (l->paths, path, g_str_equal, NULL))
    g_ptr_array_add (l->paths, path);
  else
    g_free (path);
}

/* A GPO that was never edited in the directory may still have been in SYSVOL: then its gpt.ini tells. */
static void
want_half (Loading *l, const GPtrArray *links, CeGpoHalf half)
{
  for (guint i = 0; i < links->len; i++)
    {
      const CeGpo *gpo = find_gpo (l, g_ptr_array_index (links, i));
      g_autofree char *detail = NULL;
      CeGpoVerdict verdict = gpo != NULL ? judge (l, gpo, half, &detail) : CE_GPO_FILTERED;

      if (verdict == CE_GPO_EMPTY)
        want (l, gpo, VERSION_FILE);
      if (verdict == CE_GPO_APPLIES || verdict == CE_GPO_EMPTY)
        want (l, gpo, half == CE_GPO_USER ? USER_FILE : MACHINE_FILE);
    }
}

static const CeSysvolFile *
find_file (const Loading *l, const char *path)
{
  guint index;

  if (path == NULL || !g_ptr_array_find_with_equal_func (l->paths, path, g_str_equal, &index))
    return NULL;
  return g_ptr_array_index (l->files, index);
}

static void
take_versions (Loading *l)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, l->gpos);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      CeGpo *gpo = value;
      g_autofree char *path = path_of (l, gpo, VERSION_FILE, NULL);
      const CeSysvolFile *file = find_file (l, path);

      if (file != NULL && file->bytes != NULL)
        gpo->has_file_version = ce_gpt_ini_parse (g_bytes_get_data (file->bytes, NULL),
                                                  g_bytes_get_size (file->bytes), &gpo->file_version);
    }
}

static gboolean
read_files (Loading *l, GError **error)
{
  const gint64 enough_us = g_get_monotonic_time () + SYSVOL_TIMEOUT_S * G_USEC_PER_SEC;

  l->paths = g_ptr_array_new_with_free_func (g_free);
  want_half (l, l->computer_links, CE_GPO_MACHINE);
  want_half (l, l->user_links, CE_GPO_USER);
  want_half (l, l->computer_links, CE_GPO_USER);
  l->files = ce_sysvol_read (l->q->server, l->paths, MIN (l->q->deadline_us, enough_us), error);
  if (l->files == NULL)
    return FALSE;
  take_versions (l);
  return TRUE;
}

static void
describe (CeGpoStanding *standing, const char *verdict, char *detail)
{
  standing->verdict = g_strdup (verdict);
  standing->detail = detail;
  standing->applies = g_str_equal (verdict, ce_gpo_verdict_name (CE_GPO_APPLIES));
}

/* Registry.pol of one GPO into @registry. %FALSE where it is there and could not be read. */
static gboolean
apply_file (Loading *l, const CeGpo *gpo, const char *name, CeRegistry *registry, CeGpoStanding *standing,
            GError **error)
{
  g_autoptr (GError) broken = NULL;
  g_autofree char *path = path_of (l, gpo, name, &broken);
  const CeSysvolFile *file = find_file (l, path);
  g_autofree char *source = NULL;
  g_autoptr (GPtrArray) records = NULL;

  if (file != NULL && file->problem != NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE, "Group Policy '%s': %s: %s",
                   standing->name, name, file->problem);
      return FALSE;
    }
  if (file != NULL && file->bytes == NULL)
    {
      describe (standing, ce_gpo_verdict_name (CE_GPO_NO_SETTINGS), g_strdup_printf ("it has no %s", name));
      return TRUE;
    }
  if (file != NULL)
    records = ce_registry_pol_parse (g_bytes_get_data (file->bytes, NULL), g_bytes_get_size (file->bytes),
                                     &broken);
  if (records == NULL)
    {
      describe (standing, "broken", g_strdup (broken != NULL ? broken->message : "its files were not read"));
      return TRUE;
    }
  source = g_strdup_printf ("Group Policy '%s', linked at %s%s", standing->name, standing->scope,
                            standing->enforced ? ", enforced" : "");
  ce_registry_apply_all (registry, records, source);
  describe (standing, ce_gpo_verdict_name (CE_GPO_APPLIES), g_strdup ("it applies"));
  return TRUE;
}

static CeGpoStanding *
standing_new (const CeGpo *gpo, const CeGpoInOrder *link)
{
  CeGpoStanding *standing = g_new0 (CeGpoStanding, 1);

  standing->dn = g_strdup (link->gpo_dn);
  standing->name = g_strdup (gpo != NULL && *gpo->display_name != '\0' ? gpo->display_name : link->gpo_dn);
  standing->scope = g_strdup (link->scope->dn);
  standing->enforced = link->enforced;
  return standing;
}

/* One link; %FALSE where its GPO would apply and cannot be read. */
static gboolean
apply_link (Loading *l, const CeGpoInOrder *link, CeGpoHalf half, CeRegistry *registry,
            CeGpoStanding *standing, GError **error)
{
  const CeGpo *gpo = find_gpo (l, link);
  g_autofree char *detail = NULL;
  CeGpoVerdict verdict;

  if (gpo == NULL)
    {
      if (is_in_domain (l, link->gpo_dn))
        describe (standing, "not-readable",
                  g_strdup ("the directory shows you no such Group Policy object: you may not "
                            "read it, or it was deleted"));
      else
        describe (standing, "other-domain",
                  g_strdup ("it is in another domain, whose policies are not read"));
      return TRUE;
    }
  verdict = judge (l, gpo, half, &detail);
  if (verdict == CE_GPO_APPLIES)
    return apply_file (l, gpo, half == CE_GPO_USER ? USER_FILE : MACHINE_FILE, registry, standing, error);
  describe (standing, ce_gpo_verdict_name (verdict), g_steal_pointer (&detail));
  return TRUE;
}

/* The machine half of the computer's GPOs says whether the user half comes from the computer's scopes. */
static gboolean
find_loopback (Loading *l, GError **error)
{
  g_autoptr (CeRegistry) machine = ce_registry_new ();
  const CeRegistryValue *value;
  guint32 mode = CE_LOOPBACK_NONE;

  for (guint i = 0; i < l->computer_links->len; i++)
    {
      const CeGpoInOrder *link = g_ptr_array_index (l->computer_links, i);
      CeGpoStanding *standing = standing_new (find_gpo (l, link), link);
      gboolean ok = apply_link (l, link, CE_GPO_MACHINE, machine, standing, error);

      ce_gpo_standing_free (standing);
      if (!ok)
        return FALSE;
    }
  value = ce_registry_get (machine, LOOPBACK_KEY, "UserPolicyMode");
  if (value != NULL && ce_registry_dword (value, &mode) && mode <= CE_LOOPBACK_REPLACE)
    l->policy->loopback_mode = (CeLoopback) mode;
  return TRUE;
}

static gboolean
apply_user_half (Loading *l, GError **error)
{
  CeLoopback mode = l->policy->loopback_mode;
  g_autoptr (GPtrArray) list = ce_gpo_loop_back (l->user_links, l->computer_links, mode);

  l->registry = ce_registry_new ();
  for (guint i = 0; i < list->len; i++)
    {
      const CeGpoInOrder *link = g_ptr_array_index (list, i);
      CeGpoStanding *standing = standing_new (find_gpo (l, link), link);
      gboolean ok;

      standing->loopback
          = mode == CE_LOOPBACK_REPLACE || (mode == CE_LOOPBACK_MERGE && i >= l->user_links->len);
      ok = apply_link (l, link, CE_GPO_USER, l->registry, standing, error);
      if (!ok)
        {
          ce_gpo_standing_free (standing);
          return FALSE;
        }
      g_ptr_array_add (l->policy->gpos, standing);
    }
  return TRUE;
}

static gboolean
load (Loading *l, GError **error)
{
  l->computer = ce_computer_find (l->q->ldap, l->q->domain_dn, error);
  if (l->computer == NULL)
    return FALSE;
  g_free (l->policy->computer);
  l->policy->computer = g_strdup (l->computer->dn);
  return read_scopes (l, error) && read_gpos (l, error) && read_files (l, error) && find_loopback (l, error)
         && apply_user_half (l, error);
}

CeGroupPolicy *
ce_group_policy_load (const CeGroupPolicyQuestion *question)
{
  CeGroupPolicy *policy = ce_group_policy_new ();
  g_auto (Loading) loading = { .q = question, .policy = policy };
  g_autoptr (GError) error = NULL;

  policy->known = load (&loading, &error);
  if (policy->known)
    {
      ce_group_policy_take (policy, loading.registry);
      return policy;
    }
  g_free (policy->problem);
  policy->problem = g_strdup (error->message);
  return policy;
}
