/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/local-user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "policy/sources/ticket.h"

#define MAX_GROUPS 65536
#define BUFFER_BYTES 16384

/* The name of a group, or its number where it has none. */
static char *
group_name (gid_t gid)
{
  struct group entry, *found = NULL;
  gsize size = BUFFER_BYTES;

  for (;;)
    {
      g_autofree char *buffer = g_malloc (size);
      int failed = getgrgid_r (gid, &entry, buffer, size, &found);

      if (failed == ERANGE && size < 64 * BUFFER_BYTES)
        {
          size *= 4;
          continue;
        }
      return failed == 0 && found != NULL ? g_strdup (found->gr_name) : g_strdup_printf ("%u", (guint) gid);
    }
}

GStrv
ce_local_groups (void)
{
  const char *user = g_get_user_name ();
  struct passwd *entry = getpwuid (getuid ());
  gid_t primary = entry != NULL ? entry->pw_gid : getgid ();
  int n = 64;
  g_autofree gid_t *gids = g_new (gid_t, (gsize) n);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  while (getgrouplist (user, primary, gids, &n) < 0 && n < MAX_GROUPS)
    gids = g_renew (gid_t, gids, (gsize) n);
  for (int i = 0; i < n && n < MAX_GROUPS; i++)
    {
      g_autofree char *name = group_name (gids[i]);

      g_strv_builder_add (names, name);
    }
  return g_strv_builder_end (names);
}

gboolean
ce_local_user (CePolicy *policy, const CeConfig *config, GError **error)
{
  g_autoptr (CeTicket) ticket = ce_ticket_find (NULL);
  const char *name = ticket != NULL                ? ticket->principal
                     : config->policy_user != NULL ? config->policy_user
                                                   : g_get_user_name ();
  CeUser *user = &policy->user;
  const char *at = strchr (name, '@');

  if (*name == '\0' || *name == '@')
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_FAILED,
                           "there is no Kerberos ticket, and this user has no name");
      return FALSE;
    }
  ce_text_set (&user->principal, name);
  ce_text_set (&user->upn, at != NULL ? name : "");
  user->upn_guessed = TRUE;
  ce_text_take (&user->account, at != NULL ? g_strndup (name, (gsize) (at - name)) : g_strdup (name));
  return TRUE;
}
