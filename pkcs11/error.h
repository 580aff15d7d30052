/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <p11-kit/pkcs11.h>

#include "agent/base/error.h"

/* What a CK_RV means, in words for people, lower case; "error 0x80000001" for a vendor's own. Valid until the
 * thread's next call. */
const char *ce_pkcs11_words (CK_RV rv);

/* The CE_ERROR code of a CK_RV as far as the value alone tells; %CE_ERROR_MODULE_FAILED else. */
CeErrorCode ce_pkcs11_code (CK_RV rv);

/* %TRUE where modules answer @rv for many reasons, the pulled card among them: then ask the reader. */
gboolean ce_pkcs11_is_vague (CK_RV rv);
