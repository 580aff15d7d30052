/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/registry.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/names.h"

#define MAX_CONFIG_BYTES (64 * 1024)
#define SUFFIX ".module"

void
ce_module_entry_free (CeModuleEntry *entry)
{
  g_free (entry->name);
  g_free (entry->path);
  g_free (entry->init_reserved);
  g_free (entry);
}

/* "name: value" lines; a value that is there already stays, so the file that counts most is read first. */
static void
read_settings (const char *path, GHashTable *settings)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, NULL) || length > MAX_CONFIG_BYTES)
    return;

  lines = g_strsplit_set (text, "\r\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      char *value = strchr (*line, ':');

      if (value == NULL || g_strstrip (*line)[0] == '#')
        continue;
      *value++ = '\0';
      g_strchomp (*line);
      if (!g_hash_table_contains (settings, *line))
        g_hash_table_insert (settings, g_strdup (*line), g_strdup (g_strstrip (value)));
    }
}

static GHashTable *
settings_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* The name of a registry file; %NULL: p11-kit would not take it for one. */
static char *
name_of_file (const char *file)
{
  if (!g_str_has_suffix (file, SUFFIX) || !g_ascii_isalnum (file[0]))
    return NULL;
  for (const char *c = file; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("_-.", *c) == NULL)
      return NULL;
  return g_strndup (file, strlen (file) - strlen (SUFFIX));
}

static void
read_folder (const char *folder, GHashTable *modules)
{
  g_autoptr (GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = name_of_file (file);
      g_autofree char *path = g_build_filename (folder, file, NULL);
      GHashTable *settings;

      if (name == NULL)
        continue;
      settings = g_hash_table_lookup (modules, name);
      if (settings == NULL)
        {
          settings = settings_new ();
          g_hash_table_insert (modules, g_steal_pointer (&name), settings);
        }
      read_settings (path, settings);
    }
}

/* "none", "merge" or "only", as the system's and then the user's pkcs11.conf say. */
static const char *
user_config_mode (const CeRegistryPaths *paths)
{
  static const char *const modes[] = { "none", "merge", "only" };
  const char *const files[] = { paths->system_config, paths->user_config };
  const char *mode = "merge";

  for (gsize i = 0; i < G_N_ELEMENTS (files) && files[i] != NULL && !g_str_equal (mode, "none"); i++)
    {
      g_autoptr (GHashTable) settings = settings_new ();
      const char *value;

      read_settings (files[i], settings);
      value = g_hash_table_lookup (settings, "user-config");
      for (gsize m = 0; value != NULL && m < G_N_ELEMENTS (modes); m++)
        if (g_str_equal (value, modes[m]) || (m == 2 && g_str_equal (value, "override")))
          mode = modes[m];
    }
  return paths->user_config != NULL ? mode : "none";
}

static GHashTable *
read_registry (const CeRegistryPaths *paths)
{
  GHashTable *modules
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  const char *mode = user_config_mode (paths);

  if (!g_str_equal (mode, "none"))
    read_folder (paths->user_modules, modules);
  if (!g_str_equal (mode, "only"))
    {
      read_folder (paths->system_modules, modules);
      read_folder (paths->package_modules, modules);
    }
  return modules;
}

static gboolean
names_us (const char *list)
{
  g_auto (GStrv) names = g_strsplit_set (list, ", \t", -1);

  return g_strv_contains ((const char *const *) names, CE_PROGRAM_CLI)
         || g_strv_contains ((const char *const *) names, CE_PROGRAM_WORKER);
}

static gboolean
is_enabled (GHashTable *settings)
{
  const char *enable = g_hash_table_lookup (settings, "enable-in");
  const char *disable = g_hash_table_lookup (settings, "disable-in");

  if (enable != NULL)
    return names_us (enable);
  return disable == NULL || !names_us (disable);
}

/* Modules that never serve a card reader, and would only cost time and print errors. */
static gboolean
serves_no_reader (GHashTable *settings, const char *path)
{
  static const char *const files[]
      = { "p11-kit-trust.so",  "p11-kit-client.so",       "p11-kit-proxy.so", "libsofthsm2.so",
          "libtpm2_pkcs11.so", "gnome-keyring-pkcs11.so", "libnssckbi.so",    "pkcs11-spy.so" };
  g_autofree char *file = g_path_get_basename (path);

  if (g_strcmp0 (g_hash_table_lookup (settings, "trust-policy"), "yes") == 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    if (g_str_has_prefix (file, files[i]))
      return TRUE;
  return FALSE;
}

static CeModuleEntry *
entry_new (const CeRegistryPaths *paths, const char *name, GHashTable *settings)
{
  const char *module = g_hash_table_lookup (settings, "module");
  const char *priority = g_hash_table_lookup (settings, "priority");
  CeModuleEntry *entry;

  if (module == NULL || *module == '\0' || g_hash_table_contains (settings, "remote"))
    return NULL;
  entry = g_new0 (CeModuleEntry, 1);
  entry->name = g_strdup (name);
  entry->path
      = g_path_is_absolute (module) ? g_strdup (module) : g_build_filename (paths->module_path, module, NULL);
  entry->init_reserved = g_strdup (g_hash_table_lookup (settings, "x-init-reserved"));
  entry->priority = priority != NULL ? (gint) CLAMP (strtol (priority, NULL, 10), -1000000, 1000000) : 0;
  return entry;
}

static gint
compare_entries (gconstpointer a, gconstpointer b)
{
  const CeModuleEntry *one = *(CeModuleEntry *const *) a;
  const CeModuleEntry *two = *(CeModuleEntry *const *) b;
  gboolean opensc_one = strstr (one->path, "opensc") != NULL;
  gboolean opensc_two = strstr (two->path, "opensc") != NULL;

  if (one->priority != two->priority)
    return one->priority > two->priority ? -1 : 1;
  if (opensc_one != opensc_two)
    return opensc_one ? -1 : 1;
  return g_strcmp0 (one->name, two->name);
}

static GPtrArray *
list (const CeRegistryPaths *paths)
{
  g_autoptr (GHashTable) modules = read_registry (paths);
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_module_entry_free);
  GHashTableIter iter;
  gpointer name, settings;

  g_hash_table_iter_init (&iter, modules);
  while (g_hash_table_iter_next (&iter, &name, &settings))
    {
      g_autoptr (CeModuleEntry) entry = entry_new (paths, name, settings);

      if (entry != NULL && is_enabled (settings) && !serves_no_reader (settings, entry->path))
        g_ptr_array_add (entries, g_steal_pointer (&entry));
    }
  g_ptr_array_sort (entries, compare_entries);
  return entries;
}

static CeModuleEntry *
find (const CeRegistryPaths *paths, const char *name_or_path, GError **error)
{
  g_autoptr (GHashTable) modules = NULL;
  CeModuleEntry *entry = NULL;
  GHashTable *settings;

  if (strchr (name_or_path, '/') != NULL)
    {
      entry = g_new0 (CeModuleEntry, 1);
      entry->name = g_path_get_basename (name_or_path);
      entry->path = g_canonicalize_filename (name_or_path, NULL);
      return entry;
    }
  modules = read_registry (paths);
  settings = g_hash_table_lookup (modules, name_or_path);
  if (settings != NULL)
    entry = entry_new (paths, name_or_path, settings);
  if (entry == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_NO_MODULE, "no PKCS#11 module is registered with p11-kit as '%s'",
                 name_or_path);
  return entry;
}

/* The places of this system's p11-kit; it lets nobody but an ordinary user add to them. */
typedef struct
{
  CeRegistryPaths paths;
  char *user_config;
  char *user_modules;
} SystemPaths;

static void
system_paths_init (SystemPaths *system)
{
  gboolean user = getuid () != 0 && g_getenv ("P11_KIT_NO_USER_CONFIG") == NULL;

  system->user_config
      = user ? g_build_filename (g_get_user_config_dir (), "pkcs11", "pkcs11.conf", NULL) : NULL;
  system->user_modules = user ? g_build_filename (g_get_user_config_dir (), "pkcs11", "modules", NULL) : NULL;
  system->paths = (CeRegistryPaths){
    .system_config = CE_P11_SYSTEM_CONFIG "/pkcs11.conf",
    .user_config = system->user_config,
    .package_modules = CE_P11_PACKAGE_MODULES,
    .system_modules = CE_P11_SYSTEM_CONFIG "/modules",
    .user_modules = system->user_modules,
    .module_path = CE_P11_MODULE_PATH,
  };
}

static void
system_paths_clear (SystemPaths *system)
{
  g_free (system->user_config);
  g_free (system->user_modules);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SystemPaths, system_paths_clear)

GPtrArray *
ce_registry_list (const CeRegistryPaths *paths)
{
  g_auto (SystemPaths) system = { 0 };

  system_paths_init (&system);
  return list (paths != NULL ? paths : &system.paths);
}

CeModuleEntry *
ce_registry_find (const CeRegistryPaths *paths, const char *name_or_path, GError **error)
{
  g_auto (SystemPaths) system = { 0 };

  system_paths_init (&system);
  return find (paths != NULL ? paths : &system.paths, name_or_path, error);
}
