/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/make.h"
#include "tests/vcard/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <openssl/crypto.h>

typedef struct
{
  char user[64];
  char so[64];
} Pins;

static bool
read_line (FILE *file, char *line, int size)
{
  if (fgets (line, size, file) == NULL)
    return false;
  line[strcspn (line, "\r\n")] = '\0';
  return true;
}

static bool
read_pins (const char *path, Pins *pins, VcError *error)
{
  FILE *file = fopen (path, "re");
  bool done;

  if (file == NULL)
    return vc_error_set (error, "PIN file '%s': %s", path, strerror (errno));
  done = read_line (file, pins->user, sizeof pins->user) && read_line (file, pins->so, sizeof pins->so);
  (void) fclose (file);
  if (!done)
    return vc_error_set (error, "PIN file '%s': not two lines, user PIN and SO-PIN", path);
  return true;
}

static bool
initialise (VcCard *card, const char *pin_path, VcError *error)
{
  VC_AUTOBUF so_pin = { 0 };
  Pins pins = { 0 };
  bool done = read_pins (pin_path, &pins, error);

  if (done && (strlen (pins.so) != 2 * VC_SO_PIN_LEN || !vc_hex_decode (pins.so, strlen (pins.so), &so_pin)))
    done = vc_error_set (error, "PIN file '%s': the SO-PIN is not %d hexadecimal digits", pin_path,
                         2 * VC_SO_PIN_LEN);
  if (done
      && !vc_card_initialise (card, vc_bytes_from_text (pins.user), vc_buf_bytes (&so_pin), VC_USER_TRIES,
                              VC_OPTION_RESET_RETRY))
    done = vc_error_set (error, "PIN file '%s': the user PIN is not %d to %d characters", pin_path,
                         VC_USER_PIN_MIN, VC_USER_PIN_MAX);
  OPENSSL_cleanse (&pins, sizeof pins);
  return done;
}

static bool
fill (VcCard *card, const char *label, const char *pin_path, VcError *error)
{
  if (pin_path == NULL)
    return label == NULL || vc_error_set (error, "a label needs an initialised card: give its PINs");
  if (!initialise (card, pin_path, error))
    return false;
  if (label == NULL)
    return true;
  if (*label == '\0' || strlen (label) > VC_LABEL_MAX)
    return vc_error_set (error, "label '%s': not 1 to %d bytes", label, VC_LABEL_MAX);
  vc_card_set_label (card, label);
  return true;
}

bool
vc_make_card (const char *path, const char *serial, const char *label, const char *pin_path, VcError *error)
{
  VcCard *card;
  bool done;

  if (access (path, F_OK) == 0)
    return vc_error_set (error, "card '%s': there is one already", path);
  card = vc_card_new (serial, error);
  if (card == NULL)
    return false;
  done = fill (card, label, pin_path, error) && vc_store_save (card, path, error);
  vc_card_free (card);
  return done;
}
