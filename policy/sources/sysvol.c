/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/sysvol.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/names.h"

#define AT_ONCE 65536

/* The program while it runs. */
typedef struct
{
  GPid pid;
  int in;  /* we write */
  int out; /* we read */
} Child;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* It is of no use any more once we are here: what it had to say was read, or it hangs. */
static void
child_clear (Child *child)
{
  close_fd (&child->in);
  close_fd (&child->out);
  if (child->pid == 0)
    return;
  kill (child->pid, SIGKILL);
  while (waitpid (child->pid, NULL, 0) < 0 && errno == EINTR)
    continue;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Child, child_clear)

/* Beside the running program, which is where both are installed. */
static char *
find_program (void)
{
  const char *named = g_getenv (CE_ENV_SYSVOL);
  g_autofree char *self = named == NULL ? g_file_read_link ("/proc/self/exe", NULL) : NULL;
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;

  if (named != NULL)
    return g_strdup (named);
  return g_build_filename (folder != NULL ? folder : CE_LIBEXECDIR, CE_PROGRAM_SYSVOL, NULL);
}

static gboolean
start (Child *child, GError **error)
{
  g_autofree char *program = find_program ();
  char *argv[] = { program, NULL };
  g_autoptr (GError) reason = NULL;

  if (g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child->pid,
                                &child->in, &child->out, NULL, &reason))
    return g_unix_set_fd_nonblocking (child->in, TRUE, error)
           && g_unix_set_fd_nonblocking (child->out, TRUE, error);
  g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "SYSVOL cannot be read: %s cannot be started: %s",
               program, reason->message);
  return FALSE;
}

static gboolean
is_again (ssize_t n)
{
  return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Writes some of the job; closes the pipe behind it, and also where nobody reads any more. */
static void
push (Child *child, const char **job)
{
  ssize_t n = write (child->in, *job, strlen (*job));

  if (n > 0)
    *job += n;
  if (**job == '\0' || (n <= 0 && !is_again (n)))
    close_fd (&child->in);
}

/* %FALSE at the end. */
static gboolean
pull (Child *child, GByteArray *answer)
{
  g_autofree guint8 *chunk = g_malloc (AT_ONCE);
  ssize_t n = read (child->out, chunk, AT_ONCE);

  if (n > 0)
    g_byte_array_append (answer, chunk, (guint) n);
  return n > 0 ? answer->len <= CE_SYSVOL_MAX_ANSWER_BYTES : is_again (n);
}

static gboolean
converse (Child *child, const char *job, GByteArray *answer, gint64 deadline_us)
{
  for (;;)
    {
      struct pollfd fds[]
          = { { .fd = child->out, .events = POLLIN }, { .fd = child->in, .events = POLLOUT } };
      gint64 left_ms = (deadline_us - g_get_monotonic_time ()) / 1000;

      if (left_ms <= 0 || (poll (fds, 2, (int) MIN (left_ms, G_MAXINT)) < 0 && errno != EINTR))
        return FALSE;
      if (fds[1].revents != 0)
        push (child, &job);
      if (fds[0].revents != 0 && !pull (child, answer))
        return TRUE;
    }
}

GPtrArray *
ce_sysvol_read (const char *server, const GPtrArray *paths, gint64 deadline_us, GError **error)
{
  g_auto (Child) child = { 0, -1, -1 };
  g_autofree char *job = ce_sysvol_job_format (server, paths);
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  g_autoptr (GError) reason = NULL;
  GPtrArray *files;

  if (paths->len == 0)
    return g_ptr_array_new_with_free_func ((GDestroyNotify) ce_sysvol_file_free);
  if (!start (&child, error))
    return NULL;
  if (!converse (&child, job, answer, deadline_us))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_DIRECTORY_UNREACHABLE, "%s: SYSVOL does not answer in time",
                   server);
      return NULL;
    }
  files = ce_sysvol_answer_parse (answer->data, answer->len, paths->len, &reason);
  if (files == NULL)
    g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s: SYSVOL cannot be read: %s: %s", server,
                 CE_PROGRAM_SYSVOL, reason->message);
  return files;
}
