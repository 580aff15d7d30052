/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pkcs11/shared-token.h"

#include <stddef.h>

CK_FUNCTION_LIST *ce_shared_token;

CK_RV
C_GetFunctionList (CK_FUNCTION_LIST **ret_functions)
{
  if (ret_functions == NULL)
    return CKR_ARGUMENTS_BAD;
  if (ce_shared_token == NULL)
    return CKR_GENERAL_ERROR;
  *ret_functions = ce_shared_token;
  return CKR_OK;
}
