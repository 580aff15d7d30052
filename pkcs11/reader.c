/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/reader.h"

#include <winscard.h>

#include "agent/base/error.h"

static gboolean
fail_with_pcsc (GError **error, LONG rv, const char *reader)
{
  switch (rv)
    {
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
    case SCARD_E_NO_READERS_AVAILABLE:
      g_set_error (error, CE_ERROR, CE_ERROR_READER_GONE, "reader '%s' is not connected", reader);
      break;
    case SCARD_W_SECURITY_VIOLATION:
    case SCARD_E_NO_ACCESS:
      g_set_error (error, CE_ERROR, CE_ERROR_PCSC_DENIED, "access to pcscd is refused: %s", pcsc_stringify_error (rv));
      break;
    default:
      g_set_error (error, CE_ERROR, CE_ERROR_PCSC_UNAVAILABLE, "cannot reach pcscd: %s", pcsc_stringify_error (rv));
      break;
    }
  return FALSE;
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
  else
    return TRUE;
  return FALSE;
}

static LONG
look (const char *reader, SCARD_READERSTATE *ret_state)
{
  SCARDCONTEXT context;
  LONG rv = SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, &context);

  *ret_state = (SCARD_READERSTATE){ .szReader = reader, .dwCurrentState = SCARD_STATE_UNAWARE };
  if (rv != SCARD_S_SUCCESS)
    return rv;
  rv = SCardGetStatusChange (context, 0, ret_state, 1);
  SCardReleaseContext (context);
  return rv == SCARD_E_TIMEOUT ? SCARD_S_SUCCESS : rv;
}

gboolean
ce_reader_check_card (const char *reader, GError **error)
{
  SCARD_READERSTATE state;
  LONG rv = look (reader, &state);

  if (rv != SCARD_S_SUCCESS)
    return fail_with_pcsc (error, rv, reader);
  return judge_state (state.dwEventState, reader, error);
}

GBytes *
ce_reader_atr (const char *reader)
{
  SCARD_READERSTATE state;

  if (look (reader, &state) != SCARD_S_SUCCESS || !(state.dwEventState & SCARD_STATE_PRESENT))
    return NULL;
  return g_bytes_new (state.rgbAtr, MIN (state.cbAtr, sizeof state.rgbAtr));
}
