/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Does a KDC of the principal's realm answer? Blocks on the network. Errors: KDC_UNREACHABLE. */
gboolean ce_kerberos_probe (const char *principal, GError **error);
