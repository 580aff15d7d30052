/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/card.h"
#include "tests/vcard/cvc.h"
#include "tests/vcard/tlv.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

bool
vc_serial_is_valid (const char *serial)
{
  size_t len = strlen (serial);

  return len >= VC_SERIAL_MIN && len <= VC_SERIAL_MAX
         && strspn (serial, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

VcCard *
vc_card_new_bare (void)
{
  VcCard *card = calloc (1, sizeof *card);

  if (card == NULL)
    abort ();
  card->room = VC_OBJECTS_MAX;
  card->file_room = VC_FILE_MAX;
  return card;
}

static VcFile *
append_file (VcCard *card, uint16_t fid)
{
  VcFile *file = &card->files[card->n_files++];

  *file = (VcFile){ .fid = fid };
  card->dirty = true;
  return file;
}

/* Always the first file, so there is room for it. */
static bool
write_device_certificate (VcCard *card)
{
  VcFile *file = append_file (card, VC_FID_DEVICE_CERTIFICATE);

  return vc_cvc_append_device (&file->content, card->device_key, card->serial);
}

VcCard *
vc_card_new (const char *serial, VcError *error)
{
  VcCard *card;

  if (!vc_serial_is_valid (serial))
    {
      vc_error_set (error, "serial number '%s': not %d to %d capital letters and digits", serial,
                    VC_SERIAL_MIN, VC_SERIAL_MAX);
      return NULL;
    }
  card = vc_card_new_bare ();
  memcpy (card->serial, serial, strlen (serial) + 1);
  card->so.max_tries = VC_SO_TRIES;
  card->user.max_tries = VC_USER_TRIES;
  card->device_key = vc_key_generate_named_curve ("prime256v1");
  if (card->device_key == NULL || !write_device_certificate (card))
    {
      vc_error_set (error, "cannot make the card's device key");
      vc_card_free (card);
      return NULL;
    }
  card->dirty = true;
  return card;
}

static void
wipe (VcCard *card)
{
  while (card->n_files > 0)
    vc_card_remove_file (card, &card->files[card->n_files - 1]);
  for (unsigned number = 0; number < VC_KEYS_MAX; number++)
    vc_card_set_key (card, (uint8_t) number, NULL);
}

void
vc_card_free (VcCard *card)
{
  if (card == NULL)
    return;
  wipe (card);
  EVP_PKEY_free (card->device_key);
  OPENSSL_cleanse (card, sizeof *card);
  free (card);
}

bool
vc_pin_set (VcPin *pin, VcBytes value, size_t min, size_t max)
{
  if (value.len < min || value.len > max || value.len > sizeof pin->value)
    return false;
  memcpy (pin->value, value.data, value.len);
  pin->len = value.len;
  pin->tries = pin->max_tries;
  return true;
}

VcStatus
vc_card_check_pin (VcCard *card, VcPin *pin, VcBytes value)
{
  if (pin->tries == 0)
    return VC_SW_PIN_LOCKED;
  if (!vc_bytes_equal (value, (VcBytes){ pin->value, pin->len }))
    {
      pin->tries--;
      card->dirty = true;
      return pin->tries > 0 ? VC_SW_TRIES_LEFT (pin->tries) : VC_SW_PIN_LOCKED;
    }
  card->dirty = card->dirty || pin->tries != pin->max_tries;
  pin->tries = pin->max_tries;
  return VC_SW_OK;
}

bool
vc_card_initialise (VcCard *card, VcBytes user_pin, VcBytes so_pin, unsigned user_tries, uint16_t options)
{
  if (user_pin.len < VC_USER_PIN_MIN || user_pin.len > VC_USER_PIN_MAX || so_pin.len != VC_SO_PIN_LEN
      || user_tries < 1 || user_tries > 15)
    return false;
  wipe (card);
  card->initialised = true;
  card->options = options;
  card->user.max_tries = user_tries;
  card->so.max_tries = VC_SO_TRIES;
  card->current_fid = 0;
  card->verified = false;
  card->dirty = true;
  return vc_pin_set (&card->user, user_pin, VC_USER_PIN_MIN, VC_USER_PIN_MAX)
         && vc_pin_set (&card->so, so_pin, VC_SO_PIN_LEN, VC_SO_PIN_LEN) && write_device_certificate (card);
}

void
vc_card_set_label (VcCard *card, const char *label)
{
  static const uint8_t version = 0;
  /* BIT STRING: the bit for "can make random numbers", five bits unused */
  static const uint8_t flags[] = { 0x05, 0x20 };
  VC_AUTOBUF fields = { 0 };
  VcFile *file = vc_card_find_file (card, VC_FID_TOKEN_INFO);

  if (file == NULL)
    file = vc_card_add_file (card, VC_FID_TOKEN_INFO);
  if (file == NULL)
    return;
  vc_tlv_append (&fields, 0x02, (VcBytes){ &version, 1 });
  vc_tlv_append (&fields, 0x80, vc_bytes_from_text (label));
  vc_tlv_append (&fields, 0x03, (VcBytes){ flags, sizeof flags });
  vc_buf_truncate (&file->content, 0);
  vc_tlv_append (&file->content, 0x30, vc_buf_bytes (&fields));
  card->dirty = true;
}

void
vc_card_reset (VcCard *card)
{
  card->selected = false;
  card->verified = false;
  card->current_fid = 0;
}

VcFile *
vc_card_find_file (VcCard *card, uint16_t fid)
{
  for (size_t i = 0; i < card->n_files; i++)
    if (card->files[i].fid == fid)
      return &card->files[i];
  return NULL;
}

size_t
vc_card_count_keys (const VcCard *card)
{
  size_t count = 0;

  for (unsigned number = 0; number < VC_KEYS_MAX; number++)
    count += card->keys[number] != NULL;
  return count;
}

bool
vc_card_has_room (const VcCard *card)
{
  size_t used = card->n_files + vc_card_count_keys (card);

  return used < card->room && used < VC_OBJECTS_MAX;
}

VcFile *
vc_card_add_file (VcCard *card, uint16_t fid)
{
  return vc_card_has_room (card) ? append_file (card, fid) : NULL;
}

void
vc_card_remove_file (VcCard *card, VcFile *file)
{
  size_t index = (size_t) (file - card->files);

  if (card->current_fid == file->fid)
    card->current_fid = 0;
  vc_buf_clear (&file->content);
  card->n_files--;
  memmove (file, file + 1, (card->n_files - index) * sizeof *file);
  card->dirty = true;
}

void
vc_card_set_key (VcCard *card, uint8_t number, EVP_PKEY *key)
{
  EVP_PKEY_free (card->keys[number]);
  card->keys[number] = key;
  card->dirty = true;
}
