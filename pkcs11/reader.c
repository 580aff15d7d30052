/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/reader.h"

#include <string.h>

#include "agent/base/error.h"
#include "pkcs11/pcsc.h"

#define REMOVAL_SEEN_MS 1000
/* pcscd counts insertions and removals in the upper half of a reader's state. */
#define EVENTS(state) ((state) >> 16)

/* As libpcsclite says it, without its full stop. */
static char *
words (LONG rv)
{
  char *text = g_ascii_strdown (pcsc_stringify_error (rv), -1);

  if (g_str_has_suffix (text, "."))
    text[strlen (text) - 1] = '\0';
  return text;
}

static gboolean
fail_with_pcsc (GError **error, LONG rv, const char *reader)
{
  g_autofree char *reason = words (rv);

  switch (rv)
    {
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
    case SCARD_E_NO_READERS_AVAILABLE:
      g_set_error (error, CE_ERROR, CE_ERROR_READER_GONE, "reader '%s' is not connected", reader);
      break;
    case SCARD_W_SECURITY_VIOLATION:
    case SCARD_E_NO_ACCESS:
      g_set_error_literal (error, CE_ERROR, CE_ERROR_PCSC_DENIED, "access to pcscd is refused");
      break;
    default:
      g_set_error (error, CE_ERROR, CE_ERROR_PCSC_UNAVAILABLE, "cannot reach pcscd: %s", reason);
      break;
    }
  return FALSE;
}

static gboolean
has_card (DWORD state)
{
  return (state & SCARD_STATE_PRESENT)
         && !(state & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE | SCARD_STATE_MUTE));
}

static gboolean
judge_state (DWORD state, const char *reader, GError **error)
{
  if (state & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE))
    g_set_error (error, CE_ERROR, CE_ERROR_READER_GONE, "reader '%s' is not connected", reader);
  else if (state & SCARD_STATE_MUTE)
    g_set_error (error, CE_ERROR, CE_ERROR_NO_CARD, "the card in reader '%s' does not answer", reader);
  else if (!(state & SCARD_STATE_PRESENT))
    g_set_error (error, CE_ERROR, CE_ERROR_NO_CARD, "there is no card in reader '%s'", reader);
  else if (state & SCARD_STATE_EXCLUSIVE)
    g_set_error (error, CE_ERROR, CE_ERROR_BUSY,
                 "another program keeps the card in reader '%s' to itself (GnuPG's scdaemon does that)",
                 reader);
  else
    return TRUE;
  return FALSE;
}

/* The state of @reader now, or as soon as it is another than @known. */
static LONG
look (const char *reader, DWORD known, DWORD timeout_ms, SCARD_READERSTATE *ret_state)
{
  SCARDCONTEXT context;
  LONG rv = ce_pcsc_establish (&context);

  *ret_state = (SCARD_READERSTATE){ .szReader = reader, .dwCurrentState = known };
  if (rv != SCARD_S_SUCCESS)
    return rv;
  rv = SCardGetStatusChange (context, timeout_ms, ret_state, 1);
  SCardReleaseContext (context);
  return rv == SCARD_E_TIMEOUT ? SCARD_S_SUCCESS : rv;
}

gboolean
ce_reader_check_card (const char *reader, GError **error)
{
  SCARD_READERSTATE state;
  LONG rv = look (reader, SCARD_STATE_UNAWARE, 0, &state);

  if (rv != SCARD_S_SUCCESS)
    return fail_with_pcsc (error, rv, reader);
  return judge_state (state.dwEventState, reader, error);
}

gboolean
ce_reader_lost_card (const char *reader)
{
  SCARD_READERSTATE now, later;

  if (look (reader, SCARD_STATE_UNAWARE, 0, &now) != SCARD_S_SUCCESS || !has_card (now.dwEventState))
    return TRUE;
  return look (reader, now.dwEventState & ~(DWORD) SCARD_STATE_CHANGED, REMOVAL_SEEN_MS, &later)
             != SCARD_S_SUCCESS
         || !has_card (later.dwEventState) || EVENTS (later.dwEventState) != EVENTS (now.dwEventState);
}

guint
ce_reader_events (const char *reader)
{
  SCARD_READERSTATE state;

  if (look (reader, SCARD_STATE_UNAWARE, 0, &state) != SCARD_S_SUCCESS || !has_card (state.dwEventState))
    return CE_READER_NO_EVENTS;
  return (guint) EVENTS (state.dwEventState);
}

GBytes *
ce_reader_atr (const char *reader)
{
  SCARD_READERSTATE state;

  if (look (reader, SCARD_STATE_UNAWARE, 0, &state) != SCARD_S_SUCCESS
      || !(state.dwEventState & SCARD_STATE_PRESENT))
    return NULL;
  return g_bytes_new (state.rgbAtr, MIN (state.cbAtr, sizeof state.rgbAtr));
}
