/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/watch.h"

#include <string.h>

#include "agent/daemon/pcscd.h"
#include "agent/daemon/reader.h"
#include "pkcs11/pcsc.h"

#define MAX_READERS 64
#define PNP "\\\\?PnP?\\Notification"

/* libpcsclite wakes up once a minute inside an INFINITE wait, but sleeps through any finite one. A day, or
   what does not overflow when the library counts it in microseconds. */
#define LONG_WAIT_MS ((DWORD) MIN (24 * 3600 * 1000, G_MAXLONG / 1000 - 1))

#define FIRST_PAUSE_MS 100
#define MAX_TRIES 6
#define STEADY_US (60 * G_USEC_PER_SEC)

typedef struct
{
  const CeWatchEvents *events;
  gpointer data;
  GPtrArray *names; /* readers that are known */
  GArray *states;   /* guint32 beside each */
  int service;      /* a CeErrorCode that was told, -1: all is well, -2: nothing was told */
} Watch;

typedef struct
{
  Watch *watch;
  char *reader;
  gboolean in;
  GError *error;
} Event;

static void
event_free (gpointer data)
{
  Event *event = data;

  g_free (event->reader);
  g_clear_error (&event->error);
  g_free (event);
}

static gboolean
deliver (gpointer data)
{
  Event *event = data;
  const CeWatchEvents *events = event->watch->events;

  if (event->reader == NULL)
    events->service (event->error, event->watch->data);
  else if (event->in)
    events->card_in (event->reader, event->watch->data);
  else
    events->card_out (event->reader, event->watch->data);
  return G_SOURCE_REMOVE;
}

static void
post (Watch *watch, const char *reader, gboolean in, GError *error)
{
  Event *event = g_new0 (Event, 1);

  event->watch = watch;
  event->reader = g_strdup (reader);
  event->in = in;
  event->error = error;
  /* g_main_context_invoke() would deliver in this thread once the main loop has ended. */
  g_idle_add_full (G_PRIORITY_DEFAULT, deliver, event, event_free);
}

static void
tell_service (Watch *watch, int code, const char *message)
{
  if (watch->service == code)
    return;
  watch->service = code;
  post (watch, NULL, FALSE, code >= 0 ? g_error_new_literal (CE_ERROR, code, message) : NULL);
}

static void
set_state (Watch *watch, guint i, guint32 after)
{
  guint32 *before = &g_array_index (watch->states, guint32, i);
  const char *name = g_ptr_array_index (watch->names, i);
  CeReaderChange change = ce_reader_change (*before, after);

  *before = after;
  if (change == CE_READER_CARD_OUT || change == CE_READER_CARD_SWAPPED)
    post (watch, name, FALSE, NULL);
  if (change == CE_READER_CARD_IN || change == CE_READER_CARD_SWAPPED)
    post (watch, name, TRUE, NULL);
}

static void
forget_reader (Watch *watch, guint i)
{
  set_state (watch, i, 0);
  g_ptr_array_remove_index (watch->names, i);
  g_array_remove_index (watch->states, i);
}

static gboolean
is_listed (const char *list, const char *name)
{
  for (; *list != '\0'; list += strlen (list) + 1)
    if (g_str_equal (list, name))
      return TRUE;
  return FALSE;
}

static void
add_new_readers (Watch *watch, const char *list)
{
  const guint32 unaware = 0;

  for (; *list != '\0'; list += strlen (list) + 1)
    {
      if (watch->names->len >= MAX_READERS
          || g_ptr_array_find_with_equal_func (watch->names, list, g_str_equal, NULL))
        continue;
      g_ptr_array_add (watch->names, g_strdup (list));
      g_array_append_val (watch->states, unaware);
    }
}

static LONG
list_readers (Watch *watch, SCARDCONTEXT context)
{
  char *list = NULL;
  DWORD length = SCARD_AUTOALLOCATE;
  LONG rv = SCardListReaders (context, NULL, (LPSTR) &list, &length);

  if (rv != SCARD_S_SUCCESS && rv != SCARD_E_NO_READERS_AVAILABLE)
    return rv;
  for (guint i = watch->names->len; i-- > 0;)
    if (list == NULL || !is_listed (list, g_ptr_array_index (watch->names, i)))
      forget_reader (watch, i);
  if (list != NULL)
    {
      add_new_readers (watch, list);
      SCardFreeMemory (context, list);
    }
  return SCARD_S_SUCCESS;
}

/* Blocks until something changed; @pnp keeps the count of reader events between calls. */
static LONG
wait_for_change (Watch *watch, SCARDCONTEXT context, DWORD *pnp)
{
  SCARD_READERSTATE states[MAX_READERS + 1] = { { 0 } };
  guint n = watch->names->len;
  LONG rv;

  for (guint i = 0; i < n; i++)
    {
      states[i].szReader = g_ptr_array_index (watch->names, i);
      states[i].dwCurrentState = g_array_index (watch->states, guint32, i);
    }
  states[n].szReader = PNP;
  states[n].dwCurrentState = *pnp;
  rv = SCardGetStatusChange (context, LONG_WAIT_MS, states, n + 1);
  if (rv == SCARD_E_TIMEOUT || rv == SCARD_E_UNKNOWN_READER || rv == SCARD_E_CANCELLED)
    return SCARD_S_SUCCESS;
  if (rv != SCARD_S_SUCCESS)
    return rv;
  *pnp = states[n].dwEventState & ~(DWORD) SCARD_STATE_CHANGED;
  for (guint i = 0; i < n; i++)
    if (states[i].dwEventState & SCARD_STATE_CHANGED)
      set_state (watch, i, (guint32) states[i].dwEventState & ~(guint32) SCARD_STATE_CHANGED);
  return rv;
}

static LONG
watch_readers (Watch *watch)
{
  SCARDCONTEXT context;
  DWORD pnp = 0;
  LONG rv = ce_pcsc_establish (&context);

  if (rv != SCARD_S_SUCCESS)
    return rv;
  tell_service (watch, -1, NULL);
  do
    {
      rv = list_readers (watch, context);
      if (rv == SCARD_S_SUCCESS)
        rv = wait_for_change (watch, context, &pnp);
    }
  while (rv == SCARD_S_SUCCESS);
  SCardReleaseContext (context);
  while (watch->names->len > 0)
    forget_reader (watch, watch->names->len - 1);
  return rv;
}

static void
tell_failure (Watch *watch, LONG rv)
{
  if (rv == (LONG) SCARD_W_SECURITY_VIOLATION)
    tell_service (watch, CE_ERROR_PCSC_DENIED,
                  "the smart card service pcscd does not let this session use the readers");
  else
    tell_service (watch, CE_ERROR_PCSC_UNAVAILABLE, "the smart card service pcscd is not running");
}

/* After a failure a few tries at growing distance, for a service that is just starting; then only upon a
 * sign. */
static gpointer
watch_thread (gpointer data)
{
  Watch *watch = data;
  guint tries = 0;

  for (;;)
    {
      int signs = ce_pcscd_signs_open ();
      gint64 since = g_get_monotonic_time ();
      LONG rv = watch_readers (watch);

      if (g_get_monotonic_time () - since > STEADY_US)
        tries = 0;
      if (tries > 0)
        tell_failure (watch, rv);
      if (ce_pcscd_signs_wait (signs, tries < MAX_TRIES ? FIRST_PAUSE_MS << tries : -1))
        tries = 0;
      else
        tries++;
    }
  return NULL;
}

void
ce_watch_start (const CeWatchEvents *events, gpointer data)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->events = events;
  watch->data = data;
  watch->names = g_ptr_array_new_with_free_func (g_free);
  watch->states = g_array_new (FALSE, FALSE, sizeof (guint32));
  watch->service = -2;
  g_thread_unref (g_thread_new ("readers", watch_thread, watch));
}
