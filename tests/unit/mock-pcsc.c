/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mock-pcsc.h"

#include <string.h>

MockPcsc mock_pcsc = { .state = SCARD_STATE_PRESENT, .later = SCARD_STATE_PRESENT };

void
mock_pcsc_reset (void)
{
  mock_pcsc = (MockPcsc){ .state = SCARD_STATE_PRESENT, .later = SCARD_STATE_PRESENT };
}

LONG
SCardEstablishContext (DWORD scope, LPCVOID one, LPCVOID two, LPSCARDCONTEXT context)
{
  (void) scope;
  (void) one;
  (void) two;
  *context = 1;
  return mock_pcsc.establish;
}

LONG
SCardReleaseContext (SCARDCONTEXT context)
{
  (void) context;
  return SCARD_S_SUCCESS;
}

LONG
SCardGetStatusChange (SCARDCONTEXT context, DWORD timeout_ms, SCARD_READERSTATE *states, DWORD n)
{
  (void) context;
  if (timeout_ms > 0)
    mock_pcsc.state = mock_pcsc.later;
  for (DWORD i = 0; i < n; i++)
    {
      states[i].dwEventState = mock_pcsc.state | SCARD_STATE_CHANGED;
      states[i].cbAtr = mock_pcsc.atr_size;
      if (mock_pcsc.atr != NULL)
        memcpy (states[i].rgbAtr, mock_pcsc.atr, mock_pcsc.atr_size);
    }
  return mock_pcsc.status_change;
}
