/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/error.h"

typedef struct
{
  CK_RV rv;
  CeErrorCode code;
  gboolean vague;
  const char *words;
} Meaning;

static const Meaning meanings[] = {
  { CKR_DEVICE_REMOVED, CE_ERROR_TOKEN_GONE, FALSE, "the card was taken out" },
  { CKR_TOKEN_NOT_PRESENT, CE_ERROR_TOKEN_GONE, FALSE, "the card was taken out" },
  { CKR_SESSION_CLOSED, CE_ERROR_TOKEN_GONE, FALSE, "the card was taken out or replaced" },
  { CKR_SESSION_HANDLE_INVALID, CE_ERROR_TOKEN_GONE, FALSE, "the card was taken out or replaced" },
  { CKR_SLOT_ID_INVALID, CE_ERROR_TOKEN_GONE, FALSE, "the reader was taken away" },
  { CKR_TOKEN_NOT_RECOGNIZED, CE_ERROR_NO_MODULE, FALSE, "the module does not know this card" },

  { CKR_DEVICE_ERROR, CE_ERROR_MODULE_FAILED, TRUE, "the card or the reader failed" },
  { CKR_GENERAL_ERROR, CE_ERROR_MODULE_FAILED, TRUE, "the module gives no reason" },
  { CKR_FUNCTION_FAILED, CE_ERROR_MODULE_FAILED, TRUE, "the module gives no reason" },
  { CKR_OBJECT_HANDLE_INVALID, CE_ERROR_MODULE_FAILED, TRUE, "the object is not there any more" },
  { CKR_KEY_HANDLE_INVALID, CE_ERROR_MODULE_FAILED, TRUE, "the key is not there any more" },
  { CKR_USER_NOT_LOGGED_IN, CE_ERROR_MODULE_FAILED, TRUE, "the card wants its PIN again" },
  { CKR_CRYPTOKI_NOT_INITIALIZED, CE_ERROR_MODULE_FAILED, FALSE,
    "something else in this process shut the module down" },
  { CKR_HOST_MEMORY, CE_ERROR_MODULE_FAILED, FALSE, "no memory" },
  { CKR_ATTRIBUTE_VALUE_INVALID, CE_ERROR_MODULE_FAILED, FALSE, "it does not take an attribute's value" },
  { CKR_TEMPLATE_INCONSISTENT, CE_ERROR_MODULE_FAILED, FALSE,
    "it does not take this combination of attributes" },
  { CKR_TEMPLATE_INCOMPLETE, CE_ERROR_MODULE_FAILED, FALSE, "it wants more attributes" },
  { CKR_DATA_LEN_RANGE, CE_ERROR_MODULE_FAILED, FALSE, "the data is too long for it" },
  { CKR_DATA_INVALID, CE_ERROR_MODULE_FAILED, FALSE, "it does not take the data" },

  { CKR_DEVICE_MEMORY, CE_ERROR_TOKEN_FULL, FALSE, "there is no room left on the card" },

  { CKR_FUNCTION_NOT_SUPPORTED, CE_ERROR_NOT_SUPPORTED, FALSE, "the card or its module cannot do this" },
  { CKR_MECHANISM_INVALID, CE_ERROR_NOT_SUPPORTED, FALSE,
    "the card or its module does not know this algorithm" },
  { CKR_MECHANISM_PARAM_INVALID, CE_ERROR_NOT_SUPPORTED, FALSE,
    "the card does not take this algorithm's parameters" },
  { CKR_KEY_SIZE_RANGE, CE_ERROR_NOT_SUPPORTED, FALSE, "the card does not take keys of this size" },
  { CKR_CURVE_NOT_SUPPORTED, CE_ERROR_NOT_SUPPORTED, FALSE, "the card does not know this curve" },
  { CKR_DOMAIN_PARAMS_INVALID, CE_ERROR_NOT_SUPPORTED, FALSE, "the card does not know this curve" },
  { CKR_KEY_TYPE_INCONSISTENT, CE_ERROR_NOT_SUPPORTED, FALSE,
    "the key is of another kind than this algorithm wants" },
  { CKR_KEY_FUNCTION_NOT_PERMITTED, CE_ERROR_NOT_SUPPORTED, FALSE, "the key is not for this use" },
  { CKR_ACTION_PROHIBITED, CE_ERROR_NOT_SUPPORTED, FALSE, "the card forbids this" },
  { CKR_TOKEN_WRITE_PROTECTED, CE_ERROR_NOT_SUPPORTED, FALSE, "the card is write-protected" },
  { CKR_SESSION_READ_ONLY, CE_ERROR_NOT_SUPPORTED, FALSE, "the card is write-protected" },
  { CKR_ATTRIBUTE_READ_ONLY, CE_ERROR_NOT_SUPPORTED, FALSE, "the card does not let this be set" },
  { CKR_USER_TYPE_INVALID, CE_ERROR_NOT_SUPPORTED, FALSE, "the card lets only its security officer do this" },

  { CKR_PIN_INCORRECT, CE_ERROR_PIN_INCORRECT, FALSE, "the PIN is wrong" },
  { CKR_PIN_INVALID, CE_ERROR_PIN_INCORRECT, FALSE, "the PIN has characters that the card does not take" },
  { CKR_PIN_LEN_RANGE, CE_ERROR_PIN_INCORRECT, FALSE, "the PIN is too short or too long for the card" },
  { CKR_PIN_LOCKED, CE_ERROR_PIN_LOCKED, FALSE, "the PIN is locked" },
  { CKR_PIN_EXPIRED, CE_ERROR_PIN_NOT_SET, FALSE, "the PIN has expired and must be changed first" },
  { CKR_USER_PIN_NOT_INITIALIZED, CE_ERROR_PIN_NOT_SET, FALSE, "no PIN is set on the card" },
  { CKR_FUNCTION_CANCELED, CE_ERROR_CANCELLED, FALSE, "cancelled at the reader" },
  { CKR_CANCEL, CE_ERROR_CANCELLED, FALSE, "cancelled" },
};

static const Meaning *
find (CK_RV rv)
{
  for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (meanings[i].rv == rv)
      return &meanings[i];
  return NULL;
}

const char *
ce_pkcs11_words (CK_RV rv)
{
  static _Thread_local char number[32];
  const Meaning *meaning = find (rv);

  if (meaning != NULL)
    return meaning->words;
  g_snprintf (number, sizeof number, "error 0x%lx", rv);
  return number;
}

CeErrorCode
ce_pkcs11_code (CK_RV rv)
{
  const Meaning *meaning = find (rv);

  return meaning != NULL ? meaning->code : CE_ERROR_MODULE_FAILED;
}

gboolean
ce_pkcs11_is_vague (CK_RV rv)
{
  const Meaning *meaning = find (rv);

  return meaning == NULL || meaning->vague;
}
