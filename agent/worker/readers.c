/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/readers.h"

#include <string.h>

#include "agent/base/error.h"
#include "pkcs11/pcsc.h"

#define MAX_READERS 32

static void
reader_free (gpointer data)
{
  CeReader *reader = data;

  g_free (reader->name);
  g_free (reader);
}

static gboolean
fail (LONG code, GError **error)
{
  if (code == SCARD_W_SECURITY_VIOLATION)
    g_set_error (error, CE_ERROR, CE_ERROR_PCSC_DENIED, "the smart card service does not let you in (%s)",
                 pcsc_stringify_error (code));
  else
    g_set_error (error, CE_ERROR, CE_ERROR_PCSC_UNAVAILABLE, "the smart card service does not answer (%s)",
                 pcsc_stringify_error (code));
  return FALSE;
}

static gboolean
read_states (SCARDCONTEXT context, const char *names, GPtrArray *readers, GError **error)
{
  SCARD_READERSTATE states[MAX_READERS] = { 0 };
  DWORD n = 0;
  LONG code;

  for (const char *name = names; *name != '\0' && n < MAX_READERS; name += strlen (name) + 1)
    states[n++] = (SCARD_READERSTATE) { .szReader = name, .dwCurrentState = SCARD_STATE_UNAWARE };
  code = SCardGetStatusChange (context, 0, states, n);
  if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT)
    return fail (code, error);
  for (DWORD i = 0; i < n; i++)
    {
      CeReader *reader = g_new0 (CeReader, 1);

      reader->name = g_utf8_make_valid (states[i].szReader, -1);
      reader->present = (states[i].dwEventState & SCARD_STATE_PRESENT) != 0;
      reader->mute = (states[i].dwEventState & SCARD_STATE_MUTE) != 0;
      g_ptr_array_add (readers, reader);
    }
  return TRUE;
}

static gboolean
list (SCARDCONTEXT context, GPtrArray *readers, GError **error)
{
  g_autofree char *names = NULL;
  DWORD length = 0;
  LONG code = SCardListReaders (context, NULL, NULL, &length);

  if (code == SCARD_S_SUCCESS)
    {
      names = g_malloc0 (length + 2);
      code = SCardListReaders (context, NULL, names, &length);
    }
  if (code == SCARD_E_NO_READERS_AVAILABLE)
    return TRUE;
  return code == SCARD_S_SUCCESS ? read_states (context, names, readers, error) : fail (code, error);
}

GPtrArray *
ce_readers_list (GError **error)
{
  g_autoptr (GPtrArray) readers = g_ptr_array_new_with_free_func (reader_free);
  SCARDCONTEXT context;
  LONG code = ce_pcsc_establish (&context);
  gboolean ok;

  if (code != SCARD_S_SUCCESS)
    {
      fail (code, error);
      return NULL;
    }
  ok = list (context, readers, error);
  SCardReleaseContext (context);
  return ok ? g_steal_pointer (&readers) : NULL;
}
