/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/ca/wstep-message.h"

/* The key of the seeds' certificates, see make-x509-seeds.c. */
#define PUBLIC_KEY_ID "f1d59449b727165de732bf283338122b99628a615918fedc67d878fffcf47da7"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check (const CeCaReply *reply)
{
  g_assert_true ((reply->outcome == CE_CA_ISSUED) == (reply->certificate != NULL && reply->chain != NULL));
  g_assert_true (reply->outcome != CE_CA_PENDING || *reply->request_id != '\0');
  g_assert_true (*reply->poll_url == '\0' || g_str_has_prefix (reply->poll_url, "https://"));
  g_assert_true (g_utf8_validate (reply->reason, -1, NULL) && strpbrk (reply->reason, "\033\n") == NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) answer = g_bytes_new (data, size);
  g_autoptr (CeCaReply) reply
      = ce_wstep_read (answer, "urn:uuid:1", PUBLIC_KEY_ID, "ca1.lab.test", NULL, NULL);

  if (reply != NULL)
    check (reply);
  return 0;
}
