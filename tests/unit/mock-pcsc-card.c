/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mock-pcsc-card.h"

#include "tests/vcard/apdu.h"

#include <string.h>

static const char atr[]
    = "\x3b\xfe\x18\x00\x00\x81\x31\xfe\x45\x80\x31\x81\x54\x48\x53\x4d\x31\x73\x80\x21\x40\x81\x07\xfa";

MockPcscCard mock_pcsc_card;

void
mock_pcsc_card_put (VcCard *card)
{
  mock_pcsc_card = (MockPcscCard){ .card = card };
  mock_pcsc.atr = atr;
  mock_pcsc.atr_size = sizeof atr - 1;
}

LONG
SCardConnect (SCARDCONTEXT context, LPCSTR reader, DWORD share, DWORD protocols, LPSCARDHANDLE handle,
              LPDWORD protocol)
{
  (void) context;
  (void) reader;
  (void) protocols;
  g_assert_cmpuint (share, ==, SCARD_SHARE_SHARED);
  if (mock_pcsc_card.connect != SCARD_S_SUCCESS)
    return mock_pcsc_card.connect;
  mock_pcsc_card.connections++;
  *handle = 1;
  *protocol = SCARD_PROTOCOL_T1;
  return SCARD_S_SUCCESS;
}

LONG
SCardDisconnect (SCARDHANDLE handle, DWORD disposition)
{
  (void) handle;
  g_assert_cmpuint (disposition, ==, SCARD_LEAVE_CARD);
  mock_pcsc_card.connections--;
  return SCARD_S_SUCCESS;
}

LONG
SCardBeginTransaction (SCARDHANDLE handle)
{
  (void) handle;
  if (mock_pcsc_card.begin == SCARD_S_SUCCESS)
    mock_pcsc_card.transactions++;
  return mock_pcsc_card.begin;
}

LONG
SCardEndTransaction (SCARDHANDLE handle, DWORD disposition)
{
  (void) handle;
  g_assert_cmpuint (disposition, ==, SCARD_LEAVE_CARD);
  mock_pcsc_card.transactions--;
  return SCARD_S_SUCCESS;
}

static void
answer_to (VcBytes command, VcBuf *out)
{
  static const guint8 end[] = { 0x62, 0x82 };
  static const guint8 wrong_offset[] = { 0x6b, 0x00 };
  const char *lie = mock_pcsc_card.lie;

  if (lie != NULL)
    g_assert_true (vc_hex_decode (lie, strlen (lie), out));
  else
    vc_apdu_execute (mock_pcsc_card.card, command, out);
  if (mock_pcsc_card.hard_end && out->len == sizeof end && memcmp (out->data, end, sizeof end) == 0)
    memcpy (out->data, wrong_offset, sizeof wrong_offset);
}

LONG
SCardTransmit (SCARDHANDLE handle, const SCARD_IO_REQUEST *send_pci, LPCBYTE command, DWORD size,
               SCARD_IO_REQUEST *receive_pci, LPBYTE answer, LPDWORD length)
{
  VC_AUTOBUF out = { 0 };

  (void) handle;
  (void) send_pci;
  (void) receive_pci;
  g_assert_cmpint (mock_pcsc_card.transactions, ==, 1);
  if (mock_pcsc_card.gone_after > 0 && mock_pcsc_card.commands >= mock_pcsc_card.gone_after)
    {
      mock_pcsc.state = mock_pcsc.later = SCARD_STATE_EMPTY;
      return SCARD_W_REMOVED_CARD;
    }
  mock_pcsc_card.commands++;
  answer_to ((VcBytes){ command, size }, &out);
  if (out.len > *length)
    return SCARD_E_INSUFFICIENT_BUFFER;
  if (out.len > 0)
    memcpy (answer, out.data, out.len);
  *length = (DWORD) out.len;
  return SCARD_S_SUCCESS;
}
