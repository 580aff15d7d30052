/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/log.h"
#include "agent/base/names.h"
#include "agent/daemon/agent.h"

static const char summary[]
    = "Watches the card readers of this session, and gets onto a smart card what should be on it.";

static const char description[]
    = "There is one agent in a session; it is started by systemd, by D-Bus or at logon.\n"
      "What it does is in the journal: journalctl --user -u cardenroll-agent\n"
      "By hand: cardenroll status, cardenroll run";

/* The agent is small and sleeps for days: one heap for its few threads, and no GIO module that it does not
   need. What it starts, pinentry above all, does need them. */
static void
stay_small (void)
{
  mallopt (M_ARENA_MAX, 1);
  mallopt (M_TRIM_THRESHOLD, 64 * 1024);
  mallopt (M_MMAP_THRESHOLD, 64 * 1024);
  g_setenv ("GIO_USE_VFS", "local", TRUE);
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
}

static gboolean
parse_options (int *argc, char ***argv, gboolean *ret_version, GError **error)
{
  const GOptionEntry entries[] = {
    { "version", 'V', 0, G_OPTION_ARG_NONE, ret_version, "Show the version and end", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc == 1)
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "'%s': the agent takes no arguments", (*argv)[1]);
  return FALSE;
}

/* The card watch and the bus have threads that never end: what libraries take down at exit must not be taken down
   under them. The leak check of a sanitised build needs that exit. */
static int
end (CeExitCode code)
{
#if !defined(__SANITIZE_ADDRESS__)
  fflush (NULL);
  _exit ((int) code);
#endif
  return (int) code;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv)
    session_environment = g_get_environ ();
  gboolean version = FALSE;

  stay_small ();
  setlocale (LC_CTYPE, "");
  if (!parse_options (&argc, &argv, &version, &error))
    {
      g_printerr ("%s: %s\n", CE_PROGRAM_AGENT, error->message);
      return CE_EXIT_USAGE;
    }
  if (version)
    {
      g_print ("%s %s\n", CE_PROGRAM_AGENT, CE_VERSION);
      return CE_EXIT_DONE;
    }
  if (ce_agent_run (session_environment, &error))
    return end (CE_EXIT_DONE);
  ce_log (G_LOG_LEVEL_WARNING, error->message, CE_FIELD_ERROR, ce_error_name (ce_error_code (error)), NULL);
  return end (ce_error_exit_code (ce_error_code (error)));
}
