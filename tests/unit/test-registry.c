/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "agent/base/error.h"
#include "pkcs11/registry.h"

/* A registry in a folder of its own. */
typedef struct
{
  char *root;
  char *system_config, *user_config, *package_modules, *system_modules, *user_modules;
} Folders;

static char *
folder (const Folders *folders, const char *name)
{
  char *path = g_build_filename (folders->root, name, NULL);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  return path;
}

static Folders
folders_new (void)
{
  Folders folders = { .root = g_dir_make_tmp ("ce-registry-XXXXXX", NULL) };

  folders.system_config = g_build_filename (folders.root, "system.conf", NULL);
  folders.user_config = g_build_filename (folders.root, "user.conf", NULL);
  folders.package_modules = folder (&folders, "package");
  folders.system_modules = folder (&folders, "system");
  folders.user_modules = folder (&folders, "user");
  return folders;
}

static void
empty (char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_remove (file);
    }
  g_remove (path);
  g_free (path);
}

static void
folders_clear (Folders *folders)
{
  empty (folders->package_modules);
  empty (folders->system_modules);
  empty (folders->user_modules);
  empty (folders->system_config);
  empty (folders->user_config);
  empty (folders->root);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Folders, folders_clear)

static void
put (const char *where, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (where, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static CeRegistryPaths
paths (const Folders *folders)
{
  return (CeRegistryPaths){ folders->system_config,  folders->user_config,  folders->package_modules,
                            folders->system_modules, folders->user_modules, "/modules" };
}

static void
assert_list (const Folders *folders, const char *expected)
{
  CeRegistryPaths where = paths (folders);
  g_autoptr (GPtrArray) entries = ce_registry_list (&where);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            ((CeModuleEntry *) g_ptr_array_index (entries, i))->name);
  g_assert_cmpstr (names->str, ==, expected);
}

/* A file of the registry: "package/NAME", "system/NAME" or "user/NAME". */
typedef struct
{
  const char *path, *text;
} File;

static void
assert_files_list (const File *files, const char *expected)
{
  g_auto (Folders) f = folders_new ();

  for (gsize i = 0; files[i].path != NULL; i++)
    put (f.root, files[i].path, files[i].text);
  assert_list (&f, expected);
}

static void
priority_comes_first_then_opensc_then_the_name (void)
{
  static const File files[] = {
    { "package/b.module", "module: b.so\n" },
    { "package/a.module", "module: a.so\npriority: -1\n" },
    { "package/opensc-pkcs11.module", "# a comment\n\nmodule: opensc-pkcs11.so\n" },
    { "package/ykcs11.module", "module: /usr/lib/libykcs11.so\npriority: 5\n" },
    { NULL, NULL },
  };

  assert_files_list (files, "ykcs11 opensc-pkcs11 b a");
}

static void
paths_are_made_absolute (void)
{
  g_auto (Folders) f = folders_new ();
  CeRegistryPaths where = paths (&f);
  g_autoptr (GPtrArray) entries = NULL;
  const CeModuleEntry *entry;

  put (f.package_modules, "a.module", "module:  a.so  \nx-init-reserved: some: words\n");
  entries = ce_registry_list (&where);
  g_assert_cmpuint (entries->len, ==, 1);
  entry = g_ptr_array_index (entries, 0);
  g_assert_cmpstr (entry->path, ==, "/modules/a.so");
  g_assert_cmpstr (entry->init_reserved, ==, "some: words");
}

static void
what_serves_no_reader_is_left_out (void)
{
  static const File files[] = {
    { "package/trust.module", "module: p11-kit-trust.so\n" },
    { "package/other-trust.module", "module: x.so\ntrust-policy: yes\n" },
    { "package/softhsm2.module", "module: /usr/lib/softhsm/libsofthsm2.so\n" },
    { "package/tpm.module", "module: libtpm2_pkcs11.so.1\n" },
    { "package/remote.module", "module: y.so\nremote: |ssh somewhere\n" },
    { "package/empty.module", "module:\n" },
    { "package/garbage.module", "\001\002 no such thing\n" },
    { "package/not-a-module.conf", "module: z.so\n" },
    { "package/.hidden.module", "module: h.so\n" },
    { "package/card.module", "module: card.so\n" },
    { NULL, NULL },
  };

  assert_files_list (files, "card");
}

static void
enable_in_and_disable_in_are_heeded (void)
{
  static const File files[] = {
    { "package/a.module", "module: a.so\nenable-in: firefox, thunderbird\n" },
    { "package/b.module", "module: b.so\nenable-in: firefox cardenroll\n" },
    { "package/c.module", "module: c.so\ndisable-in: cardenroll\n" },
    { "package/d.module", "module: d.so\ndisable-in: p11-kit-proxy, cardenrolls\n" },
    { "package/e.module", "module: e.so\ndisable-in: cardenroll-worker\n" },
    { NULL, NULL },
  };

  assert_files_list (files, "b d");
}

static void
the_users_files_come_over_the_systems (void)
{
  static const File files[] = {
    { "package/a.module", "module: a.so\n" }, { "package/b.module", "module: b.so\npriority: 1\n" },
    { "system/b.module", "priority: -1\n" },  { "user/a.module", "module:\n" },
    { "user/c.module", "module: c.so\n" },    { NULL, NULL },
  };

  assert_files_list (files, "c b");
}

static void
user_config_decides_whose_files_count (void)
{
  g_auto (Folders) f = folders_new ();

  put (f.package_modules, "a.module", "module: a.so\n");
  put (f.user_modules, "b.module", "module: b.so\n");
  assert_list (&f, "a b");
  put (f.root, "user.conf", "user-config: only\n");
  assert_list (&f, "b");
  put (f.root, "system.conf", "user-config: none\n");
  assert_list (&f, "a");
}

static void
a_person_may_name_any_module (void)
{
  g_auto (Folders) f = folders_new ();
  CeRegistryPaths where = paths (&f);
  g_autoptr (GError) error = NULL;
  g_autoptr (CeModuleEntry) by_name = NULL;
  g_autoptr (CeModuleEntry) by_path = NULL;

  put (f.package_modules, "softhsm2.module", "module: libsofthsm2.so\n");
  by_name = ce_registry_find (&where, "softhsm2", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (by_name->path, ==, "/modules/libsofthsm2.so");
  by_path = ce_registry_find (&where, "/some/where.so", &error);
  g_assert_cmpstr (by_path->path, ==, "/some/where.so");
  g_assert_cmpstr (by_path->name, ==, "where.so");
  g_assert_null (ce_registry_find (&where, "where", &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_NO_MODULE);
}

static void
no_registry_is_an_empty_one (void)
{
  CeRegistryPaths where = { "/nonexistent", NULL, "/nonexistent", "/nonexistent", NULL, "/modules" };
  g_autoptr (GPtrArray) entries = ce_registry_list (&where);

  g_assert_cmpuint (entries->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/registry/priority-comes-first-then-opensc-then-the-name",
                   priority_comes_first_then_opensc_then_the_name);
  g_test_add_func ("/registry/paths-are-made-absolute", paths_are_made_absolute);
  g_test_add_func ("/registry/what-serves-no-reader-is-left-out", what_serves_no_reader_is_left_out);
  g_test_add_func ("/registry/enable-in-and-disable-in-are-heeded", enable_in_and_disable_in_are_heeded);
  g_test_add_func ("/registry/the-users-files-come-over-the-systems", the_users_files_come_over_the_systems);
  g_test_add_func ("/registry/user-config-decides-whose-files-count", user_config_decides_whose_files_count);
  g_test_add_func ("/registry/a-person-may-name-any-module", a_person_may_name_any_module);
  g_test_add_func ("/registry/no-registry-is-an-empty-one", no_registry_is_an_empty_one);
  return g_test_run ();
}
