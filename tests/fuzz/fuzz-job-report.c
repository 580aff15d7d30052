/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/job/report.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (CeReport) report = ce_report_parse ((const char *) data, size);

  return 0;
}
