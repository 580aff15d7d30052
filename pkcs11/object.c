/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/object.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "pkcs11/error.h"

#define MAX_LABEL_BYTES 256
#define FIND_AT_ONCE 256

/* That of the iKey begins anew where it should end (pkcs11-helper: _pkcs11h_session_findObjects). */
static gboolean
begins_anew (const GArray *handles, const CK_OBJECT_HANDLE *some, CK_ULONG n)
{
  return n > 0 && handles->len > 0 && some[0] == g_array_index (handles, CK_OBJECT_HANDLE, 0);
}

/* A module may give fewer at once than it was asked for; only none is the end. PKCS#11 v2.40, C_FindObjects. */
static CK_RV
find_all (const CeToken *token, GArray *handles)
{
  CK_OBJECT_HANDLE some[FIND_AT_ONCE];
  CK_ULONG found = 0;

  do
    {
      CK_RV rv = token->f->C_FindObjects (token->session, some, FIND_AT_ONCE, &found);

      if (rv != CKR_OK)
        return rv;
      if (begins_anew (handles, some, found))
        break;
      found = MIN (found, FIND_AT_ONCE);
      g_array_append_vals (handles, some, (guint) found);
    }
  while (found > 0 && handles->len <= CE_MAX_OBJECTS);
  return CKR_OK;
}

GArray *
ce_object_find (const CeToken *token, const CK_ATTRIBUTE *template, CK_ULONG n, GError **error)
{
  g_autoptr (GArray) handles = g_array_new (FALSE, FALSE, sizeof (CK_OBJECT_HANDLE));
  CK_RV rv = token->f->C_FindObjectsInit (token->session, (CK_ATTRIBUTE_PTR) template, n);

  if (rv == CKR_OK)
    {
      rv = find_all (token, handles);
      token->f->C_FindObjectsFinal (token->session);
    }
  if (rv != CKR_OK)
    ce_token_fail (token, rv, "list its objects", error);
  else if (handles->len > CE_MAX_OBJECTS)
    g_set_error (error, CE_ERROR, CE_ERROR_MODULE_FAILED,
                 "token '%s': cannot list its objects: its module says that there are more than %d",
                 token->info.label, CE_MAX_OBJECTS);
  else
    return g_steal_pointer (&handles);
  return NULL;
}

GBytes *
ce_object_bytes (const CeToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
  CK_ATTRIBUTE attribute = { type, NULL, 0 };
  g_autofree guint8 *bytes = NULL;
  CK_ULONG size;

  if (token->f->C_GetAttributeValue (token->session, object, &attribute, 1) != CKR_OK
      || attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION || attribute.ulValueLen == 0
      || attribute.ulValueLen > CE_MAX_ATTRIBUTE_BYTES)
    return NULL;

  size = attribute.ulValueLen;
  bytes = g_malloc0 (size);
  attribute.pValue = bytes;
  if (token->f->C_GetAttributeValue (token->session, object, &attribute, 1) != CKR_OK
      || attribute.ulValueLen > size)
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&bytes), attribute.ulValueLen);
}

static gboolean
read_fixed (const CeToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, gpointer ret_value,
            CK_ULONG size)
{
  CK_ATTRIBUTE attribute = { type, ret_value, size };

  return token->f->C_GetAttributeValue (token->session, object, &attribute, 1) == CKR_OK
         && attribute.ulValueLen == size;
}

CK_ULONG
ce_object_number (const CeToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback)
{
  CK_ULONG value = 0;

  return read_fixed (token, object, type, &value, sizeof value) ? value : fallback;
}

gboolean
ce_object_flag (const CeToken *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
  CK_BBOOL value = CK_FALSE;

  return read_fixed (token, object, type, &value, sizeof value) && value != CK_FALSE;
}

GBytes *
ce_object_id (const CeToken *token, CK_OBJECT_HANDLE object)
{
  GBytes *id = ce_object_bytes (token, object, CKA_ID);

  return id != NULL ? id : g_bytes_new (NULL, 0);
}

char *
ce_object_label (const CeToken *token, CK_OBJECT_HANDLE object)
{
  g_autoptr (GBytes) bytes = ce_object_bytes (token, object, CKA_LABEL);

  return bytes != NULL
             ? ce_text_clean (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), MAX_LABEL_BYTES)
             : g_strdup ("");
}

gboolean
ce_object_destroy (const CeToken *token, CK_OBJECT_HANDLE object, const char *doing, GError **error)
{
  CK_RV rv = token->f->C_DestroyObject (token->session, object);

  return rv == CKR_OK || ce_token_fail (token, rv, doing, error);
}
