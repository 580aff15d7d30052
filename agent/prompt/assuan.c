/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/prompt/assuan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

/* A whole conversation is a few dozen short lines. */
#define MAX_BYTES (64 * 1024)
#define GRACE_MS 1000

/* What pinentry writes passes through here and nowhere else. */
typedef struct
{
  char raw[CE_ASSUAN_LINE_MAX + 2];
  gsize filled;
  char line[CE_ASSUAN_LINE_MAX + 2];
  char data[CE_PIN_MAX];
  gsize data_length;
} Buffers;

struct _CeAssuan
{
  char *program;
  GPid pid;
  int to_child;
  int from_child;
  gint64 deadline_us;
  gsize total;
  Buffers *locked;
};

void
ce_assuan_reply_clear (CeAssuanReply *reply)
{
  g_clear_pointer (&reply->message, g_free);
}

/* Runs between fork and exec. Interrupts must reach pinentry also where the worker ignores them. */
static void
child_setup (gpointer unused)
{
  static const int defaults[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGALRM };
  sigset_t none;

  (void) unused;
  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++)
    signal (defaults[i], SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean
spawn (CeAssuan *assuan, GError **error)
{
  char *argv[] = { assuan->program, NULL };
  GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL
                      | G_SPAWN_CLOEXEC_PIPES;
  g_autoptr (GError) reason = NULL;

  if (g_spawn_async_with_pipes (NULL, argv, NULL, flags, child_setup, NULL, &assuan->pid, &assuan->to_child,
                                &assuan->from_child, NULL, &reason))
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "cannot start %s to ask for the PIN: %s", assuan->program,
               reason->message);
  return FALSE;
}

static Buffers *
buffers_map (GError **error)
{
  Buffers *locked = mmap (NULL, sizeof *locked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (locked == MAP_FAILED || mlock (locked, sizeof *locked) != 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot lock memory for a PIN: %s", g_strerror (errno));
      if (locked != MAP_FAILED)
        munmap (locked, sizeof *locked);
      return NULL;
    }
  (void) madvise (locked, sizeof *locked, MADV_DONTDUMP);
  (void) madvise (locked, sizeof *locked, MADV_WIPEONFORK);
  return locked;
}

static void
set_gone (CeAssuan *assuan, GError **error)
{
  siginfo_t info = { 0 };
  struct pollfd ended = { .fd = assuan->pid != 0 ? pidfd_open (assuan->pid, 0) : -1,
                          .events = POLLIN };

  if (ended.fd >= 0)
    {
      (void) poll (&ended, 1, GRACE_MS);
      close (ended.fd);
    }
  if (assuan->pid == 0 || waitid (P_PID, (id_t) assuan->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
    g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "%s stopped talking before it gave the PIN",
                 assuan->program);
  else if (info.si_code == CLD_EXITED)
    g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "%s ended with status %d before it gave the PIN",
                 assuan->program, info.si_status);
  else if (info.si_status == SIGINT)
    g_set_error_literal (error, CE_ERROR, CE_ERROR_CANCELLED, "the PIN entry was interrupted");
  else
    g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "%s was ended by signal %d (%s) before it gave the PIN",
                 assuan->program, info.si_status, g_strsignal (info.si_status));
}

static gboolean
wait_for (CeAssuan *assuan, int fd, short events, GError **error)
{
  struct pollfd waiting = { .fd = fd, .events = events };

  for (;;)
    {
      gint64 left_us = assuan->deadline_us - g_get_monotonic_time ();
      int n;

      if (left_us <= 0)
        {
          g_set_error_literal (error, CE_ERROR, CE_ERROR_TIMED_OUT, "nobody entered the PIN in time");
          return FALSE;
        }
      n = poll (&waiting, 1, (int) MIN (left_us / 1000 + 1, G_MAXINT));
      if (n > 0)
        return TRUE;
      if (n < 0 && errno == EINTR)
        g_set_error_literal (error, CE_ERROR, CE_ERROR_CANCELLED, "stopped while the PIN was asked for");
      else if (n < 0)
        g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot wait for %s: %s", assuan->program, g_strerror (errno));
      if (n < 0)
        return FALSE;
    }
}

/* write() without the signal that a closed pipe raises, whatever this program does with it otherwise. */
static gssize
write_quietly (int fd, const char *bytes, gsize length)
{
  static const struct timespec at_once = { 0, 0 };
  sigset_t pipe_signal, before;
  gssize n;
  int reason;

  sigemptyset (&pipe_signal);
  sigaddset (&pipe_signal, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &pipe_signal, &before);
  n = write (fd, bytes, length);
  reason = errno;
  if (n < 0 && reason == EPIPE)
    (void) sigtimedwait (&pipe_signal, NULL, &at_once);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  errno = reason;
  return n;
}

static gboolean
send_line (CeAssuan *assuan, const char *line, GError **error)
{
  gsize length = strlen (line);

  for (gsize done = 0; done < length;)
    {
      gssize n;

      if (!wait_for (assuan, assuan->to_child, POLLOUT, error))
        return FALSE;
      n = write_quietly (assuan->to_child, line + done, length - done);
      if (n > 0)
        done += (gsize) n;
      else if (n < 0 && errno != EINTR && errno != EAGAIN)
        {
          set_gone (assuan, error);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
fill (CeAssuan *assuan, GError **error)
{
  Buffers *b = assuan->locked;
  gssize n;

  if (b->filled == sizeof b->raw || assuan->total >= MAX_BYTES)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "%s does not speak the pinentry protocol: %s",
                   assuan->program, b->filled == sizeof b->raw ? "a line is too long" : "it never stops talking");
      return FALSE;
    }
  if (!wait_for (assuan, assuan->from_child, POLLIN, error))
    return FALSE;
  n = read (assuan->from_child, b->raw + b->filled, sizeof b->raw - b->filled);
  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return TRUE;
  if (n <= 0)
    {
      set_gone (assuan, error);
      return FALSE;
    }
  b->filled += (gsize) n;
  assuan->total += (gsize) n;
  return TRUE;
}

/* The next line, without its end, in locked->line. */
static gboolean
read_line (CeAssuan *assuan, gsize *ret_length, GError **error)
{
  Buffers *b = assuan->locked;
  char *end;
  gsize length;

  while ((end = memchr (b->raw, '\n', b->filled)) == NULL)
    if (!fill (assuan, error))
      return FALSE;
  length = (gsize) (end - b->raw);
  memcpy (b->line, b->raw, length);
  b->filled -= length + 1;
  memmove (b->raw, end + 1, b->filled);
  ce_wipe (b->raw + b->filled, length + 1);
  if (length > 0 && b->line[length - 1] == '\r')
    length--;
  b->line[length] = '\0';
  *ret_length = length;
  return TRUE;
}

/* "D …": appended un-escaped to locked->data. */
static gboolean
take_data (CeAssuan *assuan, const char *escaped, gsize length, GError **error)
{
  Buffers *b = assuan->locked;

  for (gsize i = 0; i < length; i++)
    {
      guint8 c = (guint8) escaped[i];

      if (c == '%')
        {
          int high = i + 2 < length ? g_ascii_xdigit_value (escaped[i + 1]) : -1;
          int low = i + 2 < length ? g_ascii_xdigit_value (escaped[i + 2]) : -1;

          c = (guint8) (high >= 0 && low >= 0 ? high << 4 | low : 0);
          i += 2;
        }
      if (c == '\0' || b->data_length == sizeof b->data)
        {
          g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "%s answered with %s", assuan->program,
                       c == '\0' ? "a PIN that is not text" : "a PIN that is too long");
          return FALSE;
        }
      b->data[b->data_length++] = (char) c;
    }
  return TRUE;
}

static gboolean
starts_with_word (const char *line, const char *word)
{
  gsize length = strlen (word);

  return strncmp (line, word, length) == 0 && (line[length] == '\0' || line[length] == ' ');
}

static void
read_error_line (const char *line, CeAssuanReply *reply)
{
  char *rest = NULL;
  guint64 code = g_ascii_strtoull (line + 3, &rest, 10);

  /* A source without a code would read as success. */
  reply->code = (guint) (code & 0xffff) != 0 ? (guint) (code & 0xffff) : 1;
  reply->message = ce_text_clean (rest, strlen (rest), 200);
}

/* Reads to OK or ERR. */
static gboolean
read_reply (CeAssuan *assuan, CeAssuanReply *reply, GError **error)
{
  const char *line = assuan->locked->line;
  gsize length;

  reply->code = CE_ASSUAN_OK;
  reply->message = NULL;
  while (read_line (assuan, &length, error))
    {
      if (starts_with_word (line, "OK"))
        return TRUE;
      if (starts_with_word (line, "ERR"))
        {
          read_error_line (line, reply);
          return TRUE;
        }
      if (length >= 2 && line[0] == 'D' && line[1] == ' ')
        {
          if (!take_data (assuan, line + 2, length - 2, error))
            return FALSE;
        }
      else if (starts_with_word (line, "INQUIRE"))
        {
          /* It may ask how good a new password is; there is nothing to say about a PIN that exists. */
          if (!send_line (assuan, "END\n", error))
            return FALSE;
        }
      else if (line[0] != '#' && !starts_with_word (line, "S") && line[0] != '\0')
        {
          g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "%s does not speak the pinentry protocol",
                       assuan->program);
          return FALSE;
        }
    }
  return FALSE;
}

static CeAssuan *
assuan_new (const char *program, guint timeout_s)
{
  CeAssuan *assuan = g_new0 (CeAssuan, 1);

  assuan->program = g_strdup (program);
  assuan->to_child = assuan->from_child = -1;
  assuan->deadline_us = g_get_monotonic_time () + (gint64) timeout_s * G_USEC_PER_SEC;
  return assuan;
}

static gboolean
greet (CeAssuan *assuan, GError **error)
{
  g_auto (CeAssuanReply) greeting = { 0 };

  (void) fcntl (assuan->to_child, F_SETFL, O_NONBLOCK);
  if (!read_reply (assuan, &greeting, error))
    return FALSE;
  if (greeting.code == CE_ASSUAN_OK)
    return TRUE;
  g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "%s cannot ask for the PIN: %s", assuan->program,
               greeting.message);
  return FALSE;
}

CeAssuan *
ce_assuan_start (const char *program, guint timeout_s, GError **error)
{
  g_autoptr (CeAssuan) assuan = assuan_new (program, timeout_s);

  assuan->locked = buffers_map (error);
  if (assuan->locked == NULL || !spawn (assuan, error) || !greet (assuan, error))
    return NULL;
  return g_steal_pointer (&assuan);
}

CeAssuan *
ce_assuan_new_for_pipes (int to_child, int from_child, guint timeout_s, GError **error)
{
  g_autoptr (CeAssuan) assuan = assuan_new ("pinentry", timeout_s);

  assuan->to_child = to_child;
  assuan->from_child = from_child;
  assuan->locked = buffers_map (error);
  if (assuan->locked == NULL || !greet (assuan, error))
    return NULL;
  return g_steal_pointer (&assuan);
}

static char *
command_line (const char *command, const char *text)
{
  GString *line = g_string_new (command);

  if (text != NULL)
    g_string_append_c (line, ' ');
  for (const char *p = text; p != NULL && *p != '\0';)
    {
      const char *next = g_utf8_next_char (p);
      gsize before = line->len;

      /* Stops at the end also where the last character is cut off. */
      for (; p < next && *p != '\0'; p++)
        if (*p == '%' || *p == '\r' || *p == '\n')
          g_string_append_printf (line, "%%%02X", (guint8) *p);
        else
          g_string_append_c (line, *p);
      if (line->len > CE_ASSUAN_LINE_MAX)
        {
          g_string_truncate (line, before);
          break;
        }
    }
  g_string_append_c (line, '\n');
  return g_string_free (line, FALSE);
}

gboolean
ce_assuan_ask (CeAssuan *assuan, const char *command, const char *text, CeAssuanReply *ret_reply, CePin **ret_data,
               GError **error)
{
  g_autofree char *line = command_line (command, text);
  g_auto (CeAssuanReply) reply = { 0 };
  g_autoptr (CePin) data = NULL;
  Buffers *b = assuan->locked;
  gboolean ok = send_line (assuan, line, error) && read_reply (assuan, &reply, error);

  if (ok && ret_data != NULL && reply.code == CE_ASSUAN_OK && b->data_length > 0)
    {
      data = ce_pin_new (b->data, b->data_length, error);
      ok = data != NULL;
    }
  ce_wipe (b->data, sizeof b->data);
  ce_wipe (b->line, sizeof b->line);
  b->data_length = 0;
  if (!ok)
    return FALSE;
  *ret_reply = reply;
  reply.message = NULL;
  if (ret_data != NULL)
    *ret_data = g_steal_pointer (&data);
  return TRUE;
}

/* Closing its input is how a pinentry is told to end; one that does not listen is ended. */
static void
end_child (GPid pid)
{
  static const int signals[] = { 0, SIGTERM, SIGKILL };
  struct pollfd ended = { .fd = pidfd_open (pid, 0), .events = POLLIN };

  for (gsize i = ended.fd >= 0 ? 0 : G_N_ELEMENTS (signals) - 1; i < G_N_ELEMENTS (signals); i++)
    {
      if (signals[i] != 0)
        kill (pid, signals[i]);
      if (signals[i] == SIGKILL || poll (&ended, 1, GRACE_MS / 4) > 0)
        break;
    }
  if (ended.fd >= 0)
    close (ended.fd);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    continue;
}

void
ce_assuan_free (CeAssuan *assuan)
{
  if (assuan == NULL)
    return;
  if (assuan->to_child >= 0)
    close (assuan->to_child);
  if (assuan->from_child >= 0)
    close (assuan->from_child);
  if (assuan->pid > 0)
    end_child (assuan->pid);
  if (assuan->locked != NULL)
    {
      ce_wipe (assuan->locked, sizeof *assuan->locked);
      munmap (assuan->locked, sizeof *assuan->locked);
    }
  g_free (assuan->program);
  g_free (assuan);
}
