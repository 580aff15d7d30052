/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Commands to the software card: a byte that says how the card begins, then vpcd messages (two bytes of
 * length, big endian, and the command). Whatever comes, each gets an answer with a status word, and the card
 * can be stored and loaded again.
 */

#include "tests/vcard/apdu.h"
#include "tests/vcard/store.h"
#include "tests/vcard/vpcd.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define BEGIN_INITIALISED 0x01
#define BEGIN_SELECTED 0x02
#define BEGIN_VERIFIED 0x04
#define BEGIN_WITH_KEY 0x08

/* RSA keys take too long to look for. */
static bool
never (void *data)
{
  (void) data;
  return false;
}

static VcCard *
begin (uint8_t how)
{
  VcCard *card = vc_card_new ("FUZZ0001", NULL);

  if (card == NULL)
    abort ();
  card->keep_going = never;
  if ((how & BEGIN_INITIALISED) != 0
      && !vc_card_initialise (card, vc_bytes_from_text ("648219"), vc_bytes_from_text ("57621880"),
                              VC_USER_TRIES, VC_OPTION_RESET_RETRY))
    abort ();
  card->selected = (how & BEGIN_SELECTED) != 0;
  card->verified = (how & BEGIN_VERIFIED) != 0;
  if ((how & BEGIN_WITH_KEY) != 0)
    vc_card_set_key (card, 1, vc_key_generate_named_curve ("prime256v1"));
  return card;
}

static void
store_and_load (const VcCard *card)
{
  VC_AUTOBUF text = { 0 };
  VcCard *again;

  if (!vc_store_format (card, &text))
    abort ();
  again = vc_store_parse ((const char *) text.data, text.len, NULL);
  if (again == NULL)
    abort ();
  vc_card_free (again);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  VC_AUTOBUF in = { 0 };
  VcBytes command;
  VcCard *card;

  if (size == 0)
    return 0;
  card = begin (data[0]);
  vc_buf_append (&in, data + 1, size - 1);
  while (vc_vpcd_peek (&in, &command))
    {
      VC_AUTOBUF answer = { 0 };

      vc_apdu_execute (card, command, &answer);
      if (answer.len < 2 || answer.len > 65536 + 2)
        abort ();
      vc_vpcd_drop (&in, command);
    }
  store_and_load (card);
  vc_card_free (card);
  return 0;
}
