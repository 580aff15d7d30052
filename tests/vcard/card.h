/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The card: what it holds (files, keys, PINs), and what is lost when its power goes (selection, login).
 * Commands work on it through apdu.h; store.h keeps it on disk.
 */

#include "tests/vcard/keys.h"

#define VC_SERIAL_MIN 4
#define VC_SERIAL_MAX 11
#define VC_LABEL_MAX 32
#define VC_USER_PIN_MIN 6
#define VC_USER_PIN_MAX 15
#define VC_SO_PIN_LEN 8
#define VC_USER_TRIES 3
#define VC_SO_TRIES 15
#define VC_FILE_MAX 8192
/* OpenSC reads the list of objects into 1014 bytes, two for each. */
#define VC_OBJECTS_MAX 240
#define VC_KEYS_MAX 256

#define VC_FID_DEVICE_CERTIFICATE 0x2F02
#define VC_FID_TOKEN_INFO 0x2F03
/* High bytes of file identifiers; the low byte is the key or object number. */
#define VC_FID_PROTECTED_DATA 0xCD
#define VC_FID_KEY 0xCC

/* Options of INITIALIZE: RESET RETRY COUNTER with the SO-PIN is allowed. */
#define VC_OPTION_RESET_RETRY 0x0001

typedef struct
{
  uint16_t fid;
  VcBuf content;
} VcFile;

typedef struct
{
  uint8_t value[VC_USER_PIN_MAX];
  size_t len;
  unsigned tries;
  unsigned max_tries;
} VcPin;

typedef struct
{
  char serial[VC_SERIAL_MAX + 1];
  bool initialised;
  uint16_t options;
  VcPin user;
  VcPin so;
  EVP_PKEY *device_key;
  EVP_PKEY *keys[VC_KEYS_MAX]; /* number 0 is never used: it stands for the device key */
  VcFile files[VC_OBJECTS_MAX];
  size_t n_files;

  /* Until the next reset. */
  bool selected;
  bool verified;
  uint16_t current_fid; /* 0: none */

  /* What is not on the card: set by whoever drives it. */
  bool dirty;       /* something that lasts was changed */
  size_t room;      /* how many files and keys fit, at most VC_OBJECTS_MAX */
  size_t file_room; /* how many bytes fit into a file, at most VC_FILE_MAX */
  VcKeepGoing keep_going;
  void *keep_going_data;
} VcCard;

/**
 * vc_card_new:
 * @serial: VC_SERIAL_MIN to VC_SERIAL_MAX capital letters and digits
 *
 * A card as it leaves the factory: a device key and its certificate, no PINs.
 *
 * Returns: (transfer full) (nullable): free with vc_card_free(); NULL with @error set
 */
VcCard *vc_card_new (const char *serial, VcError *error);

/* An empty shell for store.c to fill. */
VcCard *vc_card_new_bare (void);

void vc_card_free (VcCard *card);

static inline void
vc_autoptr_VcCard (VcCard **card)
{
  vc_card_free (*card);
}

bool vc_serial_is_valid (const char *serial);

/**
 * vc_card_initialise:
 * @user_pin: VC_USER_PIN_MIN to VC_USER_PIN_MAX bytes
 * @so_pin: exactly VC_SO_PIN_LEN bytes
 * @user_tries: 1 to 15
 *
 * Wipes files and keys and sets the PINs. Does not ask for the old SO-PIN: that is the command's business.
 *
 * Returns: false, and nothing changed, when a PIN or the number of tries is out of range
 */
bool vc_card_initialise (VcCard *card, VcBytes user_pin, VcBytes so_pin, unsigned user_tries,
                         uint16_t options);

/* Writes EF TokenInfo as OpenSC's sc-hsm-tool --label does. */
void vc_card_set_label (VcCard *card, const char *label);

/* Power off and on: forgets selection and login. */
void vc_card_reset (VcCard *card);

VcFile *vc_card_find_file (VcCard *card, uint16_t fid);

/* NULL when there is no room. The file is empty. */
VcFile *vc_card_add_file (VcCard *card, uint16_t fid);
void vc_card_remove_file (VcCard *card, VcFile *file);

/* Takes @key; NULL removes. */
void vc_card_set_key (VcCard *card, uint8_t number, EVP_PKEY *key);

size_t vc_card_count_keys (const VcCard *card);
bool vc_card_has_room (const VcCard *card);

/* Range-checks and sets @pin, with all its tries. */
bool vc_pin_set (VcPin *pin, VcBytes value, size_t min, size_t max);

/* Compares, counts, and says what the card would: OK, tries left, or locked. Marks @card dirty when a count
 * changed. */
VcStatus vc_card_check_pin (VcCard *card, VcPin *pin, VcBytes value);
