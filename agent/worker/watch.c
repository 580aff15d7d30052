/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/watch.h"

#include <pthread.h>
#include <signal.h>

#include "pkcs11/pcsc.h"

#define AGAIN_US (G_USEC_PER_SEC / 10)
#define CANCEL_AGAIN_US (G_USEC_PER_SEC / 50)

struct _CeCardWatch
{
  SCARDCONTEXT context;
  char *reader;
  DWORD state; /* at the start, with the count of events in its upper half */
  pthread_t main;
  GThread *thread; /* %NULL: there is nothing to watch with */
  GMutex mutex;
  GCond changed; /* one of these: */
  gboolean stop;
  gboolean ended;
  gboolean gone;
};

static void
on_interrupt (int number)
{
  (void) number;
}

static LONG
look (CeCardWatch *watch, DWORD known, DWORD wait_ms, DWORD *ret_state)
{
  SCARD_READERSTATE state = { .szReader = watch->reader, .dwCurrentState = known };
  const LONG code = SCardGetStatusChange (watch->context, wait_ms, &state, 1);

  *ret_state = state.dwEventState & ~(DWORD) SCARD_STATE_CHANGED;
  return code;
}

/* The same card is there as long as the reader has counted no event. */
static gboolean
is_same (const CeCardWatch *watch, DWORD state)
{
  return (state & SCARD_STATE_PRESENT) != 0 && state >> 16 == watch->state >> 16;
}

static gboolean
is_stopped (CeCardWatch *watch)
{
  gboolean stop;

  g_mutex_lock (&watch->mutex);
  stop = watch->stop;
  g_mutex_unlock (&watch->mutex);
  return stop;
}

static void
interrupt_until_stopped (CeCardWatch *watch)
{
  g_mutex_lock (&watch->mutex);
  watch->gone = TRUE;
  while (!watch->stop)
    {
      pthread_kill (watch->main, SIGUSR1);
      g_cond_wait_until (&watch->changed, &watch->mutex, g_get_monotonic_time () + AGAIN_US);
    }
  g_mutex_unlock (&watch->mutex);
}

static void
watch_card (CeCardWatch *watch)
{
  DWORD known = watch->state, state;

  while (!is_stopped (watch))
    {
      const LONG code = look (watch, known, INFINITE, &state);

      /* pcscd that went away is not the card that went away: what comes next will tell. */
      if (code == SCARD_E_TIMEOUT)
        continue;
      if (code != SCARD_S_SUCCESS)
        return;
      if (!is_same (watch, state))
        interrupt_until_stopped (watch);
      known = state;
    }
}

static gpointer
watch_thread (gpointer data)
{
  CeCardWatch *watch = data;

  watch_card (watch);
  g_mutex_lock (&watch->mutex);
  watch->ended = TRUE;
  g_cond_signal (&watch->changed);
  g_mutex_unlock (&watch->mutex);
  return NULL;
}

/* No signal that is meant for the main thread may go to the new one. */
static GThread *
start_thread (CeCardWatch *watch)
{
  sigset_t all, before;
  GThread *thread;

  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, &before);
  thread = g_thread_new ("card", watch_thread, watch);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return thread;
}

CeCardWatch *
ce_card_watch_start (const char *reader)
{
  const struct sigaction action = { .sa_handler = on_interrupt };
  CeCardWatch *watch = g_new0 (CeCardWatch, 1);

  watch->reader = g_strdup (reader);
  watch->main = pthread_self ();
  g_mutex_init (&watch->mutex);
  g_cond_init (&watch->changed);
  (void) sigaction (SIGUSR1, &action, NULL);
  if (ce_pcsc_establish (&watch->context) != SCARD_S_SUCCESS)
    return watch;
  if (look (watch, SCARD_STATE_UNAWARE, 0, &watch->state) == SCARD_S_SUCCESS)
    watch->thread = start_thread (watch);
  else
    SCardReleaseContext (watch->context);
  return watch;
}

/* A cancellation that comes before the thread waits is lost, so it is repeated. */
static void
join (CeCardWatch *watch)
{
  g_mutex_lock (&watch->mutex);
  watch->stop = TRUE;
  g_cond_signal (&watch->changed);
  while (!watch->ended)
    {
      SCardCancel (watch->context);
      g_cond_wait_until (&watch->changed, &watch->mutex, g_get_monotonic_time () + CANCEL_AGAIN_US);
    }
  g_mutex_unlock (&watch->mutex);
  g_thread_join (watch->thread);
  SCardReleaseContext (watch->context);
}

gboolean
ce_card_watch_stop (CeCardWatch *watch)
{
  gboolean gone;

  if (watch->thread != NULL)
    join (watch);
  gone = watch->gone;
  g_mutex_clear (&watch->mutex);
  g_cond_clear (&watch->changed);
  g_free (watch->reader);
  g_free (watch);
  return gone;
}
