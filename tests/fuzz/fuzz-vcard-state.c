/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The software card's state file: what is accepted is written back as something that is accepted. */

#include "tests/vcard/store.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  VC_AUTOBUF text = { 0 };
  VcError error;
  VcCard *card = vc_store_parse ((const char *) data, size, &error);
  VcCard *again;

  if (card == NULL)
    return 0;
  if (!vc_store_format (card, &text))
    abort ();
  again = vc_store_parse ((const char *) text.data, text.len, &error);
  if (again == NULL)
    abort ();
  vc_card_free (again);
  vc_card_free (card);
  return 0;
}
