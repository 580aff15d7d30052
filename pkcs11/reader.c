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
      g_set_error (error, CE_ERROR, CE_ERROR_READER_GONE, "there is no reader '%s' any more", reader);
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
    g_set_error (error, CE_ERROR, CE_ERROR_READER_GONE, "there is no reader '%s' any more", reader);
  else if (state & SCARD_STATE_MUTE)
    g_set_error (error, CE_ERROR, CE_ERROR_NO_CARD, "the card in reader '%s' does not answer", reader);
  else if (!(state & SCARD_STATE_PRESENT))
    g_set_error (error, CE_ERROR, CE_ERROR_NO_CARD, "there is no card in reader '%s'", reader);
  else
    return TRUE;
  return FALSE;
}

gboolean
ce_reader_check_card (const char *reader, GError **error)
{
  SCARD_READERSTATE state = { .szReader = reader, .dwCurrentState = SCARD_STATE_UNAWARE };
  SCARDCONTEXT context;
  LONG rv = SCardEstablishContext (SCARD_SCOPE_SYSTEM, NULL, NULL, &context);

  if (rv != SCARD_S_SUCCESS)
    return fail_with_pcsc (error, rv, reader);
  rv = SCardGetStatusChange (context, 0, &state, 1);
  SCardReleaseContext (context);
  if (rv != SCARD_S_SUCCESS && rv != SCARD_E_TIMEOUT)
    return fail_with_pcsc (error, rv, reader);
  return judge_state (state.dwEventState, reader, error);
}
