/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The mock token's memory: objects as tables of attributes, with a key behind the private ones. */

#include "agent/base/openssl.h"
#include "mock-pkcs11.h"

typedef struct
{
  CK_OBJECT_HANDLE handle;
  GHashTable *attributes; /* CK_ATTRIBUTE_TYPE to GBytes */
  EVP_PKEY *key;
} MockObject;

extern MockControl mock_control;
extern GPtrArray *mock_objects; /* of MockObject; NULL: never reset */

void mock_objects_reset (void);
MockObject *mock_object_new (const CK_ATTRIBUTE *template, CK_ULONG n);
MockObject *mock_object_new_key (CK_OBJECT_CLASS class, const CK_ATTRIBUTE *template, CK_ULONG n,
                                 EVP_PKEY *key, gboolean rsa, guint id);
/* NULL: none with this handle that can be seen now */
MockObject *mock_object_lookup (CK_OBJECT_HANDLE handle);
gboolean mock_object_visible (const MockObject *object);
gboolean mock_object_matches (const MockObject *object, const CK_ATTRIBUTE *template, CK_ULONG n);
void mock_object_set (MockObject *object, CK_ATTRIBUTE_TYPE type, gconstpointer value, gsize size);
GBytes *mock_object_get (const MockObject *object, CK_ATTRIBUTE_TYPE type);
CK_ULONG mock_object_number (const MockObject *object, CK_ATTRIBUTE_TYPE type);
/* As C_GetAttributeValue does for one attribute. */
CK_RV mock_object_give (const MockObject *object, CK_ATTRIBUTE *attribute);
/* Changes the last byte of CKA_VALUE. */
void mock_object_spoil (MockObject *object);
