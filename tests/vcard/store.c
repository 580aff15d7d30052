/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_WORDS 5

/* One line taken apart at single spaces. */
typedef struct
{
  const char *word[MAX_WORDS];
  size_t len[MAX_WORDS];
  size_t n_words;
} Line;

typedef struct
{
  VcCard *card;
  bool serial, initialised, user_pin, so_pin, end;
  VcError *error;
  unsigned number;
} Parser;

static bool
fail (Parser *parser, const char *what)
{
  return vc_error_set (parser->error, "line %u: %s", parser->number, what);
}

static bool
split (const char *text, size_t len, Line *ret_line)
{
  Line line = { 0 };
  const char *end = text + len;

  for (;;)
    {
      const char *space = memchr (text, ' ', (size_t) (end - text));
      const char *stop = space != NULL ? space : end;

      if (line.n_words == MAX_WORDS)
        return false;
      line.word[line.n_words] = text;
      line.len[line.n_words++] = (size_t) (stop - text);
      if (space == NULL)
        break;
      text = space + 1;
    }
  *ret_line = line;
  return true;
}

static bool
word_is (const Line *line, size_t index, const char *text)
{
  return index < line->n_words && line->len[index] == strlen (text)
         && memcmp (line->word[index], text, line->len[index]) == 0;
}

/* Decimal or hexadecimal digits only, at most eight of them. */
static bool
parse_number (const Line *line, size_t index, int base, unsigned max, unsigned *ret_number)
{
  char text[9] = { 0 };
  char *end;
  unsigned long number;

  if (line->len[index] == 0 || line->len[index] >= sizeof text)
    return false;
  memcpy (text, line->word[index], line->len[index]);
  if (strspn (text, base == 16 ? "0123456789ABCDEFabcdef" : "0123456789") != line->len[index])
    return false;
  number = strtoul (text, &end, base);
  if (*end != '\0' || number > max)
    return false;
  *ret_number = (unsigned) number;
  return true;
}

static bool
parse_serial (Parser *parser, const Line *line)
{
  char text[VC_SERIAL_MAX + 1] = { 0 };

  if (parser->serial)
    return fail (parser, "a second serial number");
  if (line->n_words != 2 || line->len[1] > VC_SERIAL_MAX)
    return fail (parser, "malformed serial number");
  memcpy (text, line->word[1], line->len[1]);
  if (!vc_serial_is_valid (text))
    return fail (parser, "malformed serial number");
  memcpy (parser->card->serial, text, sizeof text);
  parser->serial = true;
  return true;
}

static EVP_PKEY *
parse_private_key (const Line *line, size_t index)
{
  VC_AUTOBUF der = { 0 };

  if (!vc_hex_decode (line->word[index], line->len[index], &der))
    return NULL;
  return vc_key_from_der (vc_buf_bytes (&der));
}

static bool
parse_device_key (Parser *parser, const Line *line)
{
  if (parser->card->device_key != NULL)
    return fail (parser, "a second device key");
  if (line->n_words == 2)
    parser->card->device_key = parse_private_key (line, 1);
  if (parser->card->device_key == NULL || !vc_key_is_ec (parser->card->device_key))
    return fail (parser, "malformed device key");
  return true;
}

static bool
parse_initialised (Parser *parser, const Line *line)
{
  unsigned options;

  if (parser->initialised)
    return fail (parser, "initialised twice");
  if (line->n_words != 2 || !parse_number (line, 1, 16, 0xFFFF, &options))
    return fail (parser, "malformed options");
  parser->card->options = (uint16_t) options;
  parser->card->initialised = parser->initialised = true;
  return true;
}

static bool
parse_pin (Parser *parser, const Line *line, VcPin *pin, size_t min, size_t max, bool *seen)
{
  VC_AUTOBUF value = { 0 };
  unsigned tries, max_tries;

  if (*seen)
    return fail (parser, "the same PIN again");
  if (line->n_words != 4 || !parse_number (line, 1, 10, 15, &tries)
      || !parse_number (line, 2, 10, 15, &max_tries) || max_tries < 1 || tries > max_tries
      || !vc_hex_decode (line->word[3], line->len[3], &value)
      || !vc_pin_set (pin, vc_buf_bytes (&value), min, max))
    return fail (parser, "malformed PIN");
  pin->tries = tries;
  pin->max_tries = max_tries;
  *seen = true;
  return true;
}

static bool
parse_file (Parser *parser, const Line *line)
{
  unsigned fid;
  VcFile *file;

  if (line->n_words != 3 || !parse_number (line, 1, 16, 0xFFFF, &fid) || fid == 0 || fid >> 8 == VC_FID_KEY)
    return fail (parser, "malformed file identifier");
  if (vc_card_find_file (parser->card, (uint16_t) fid) != NULL)
    return fail (parser, "the same file again");
  file = vc_card_add_file (parser->card, (uint16_t) fid);
  if (file == NULL)
    return fail (parser, "more files and keys than a card holds");
  if (line->len[2] > 2 * VC_FILE_MAX || !vc_hex_decode (line->word[2], line->len[2], &file->content))
    return fail (parser, "malformed file content");
  return true;
}

static bool
parse_key (Parser *parser, const Line *line)
{
  unsigned number;
  EVP_PKEY *key;

  if (line->n_words != 3 || !parse_number (line, 1, 10, VC_KEYS_MAX - 1, &number) || number == 0)
    return fail (parser, "malformed key number");
  if (parser->card->keys[number] != NULL)
    return fail (parser, "the same key again");
  if (!vc_card_has_room (parser->card))
    return fail (parser, "more files and keys than a card holds");
  key = parse_private_key (line, 2);
  if (key == NULL)
    return fail (parser, "malformed key");
  vc_card_set_key (parser->card, (uint8_t) number, key);
  return true;
}

static bool
parse_line (Parser *parser, const Line *line)
{
  VcCard *card = parser->card;

  if (parser->end)
    return fail (parser, "something after the end");
  if (parser->number == 1)
    return (line->n_words == 2 && word_is (line, 0, "vcard") && word_is (line, 1, "1"))
           || fail (parser, "not a software card's state, version 1");
  if (word_is (line, 0, "serial"))
    return parse_serial (parser, line);
  if (word_is (line, 0, "device-key"))
    return parse_device_key (parser, line);
  if (word_is (line, 0, "initialised"))
    return parse_initialised (parser, line);
  if (word_is (line, 0, "user-pin"))
    return parse_pin (parser, line, &card->user, VC_USER_PIN_MIN, VC_USER_PIN_MAX, &parser->user_pin);
  if (word_is (line, 0, "so-pin"))
    return parse_pin (parser, line, &card->so, VC_SO_PIN_LEN, VC_SO_PIN_LEN, &parser->so_pin);
  if (word_is (line, 0, "file"))
    return parse_file (parser, line);
  if (word_is (line, 0, "key"))
    return parse_key (parser, line);
  if (line->n_words == 1 && word_is (line, 0, "end"))
    return parser->end = true;
  return fail (parser, "unknown word");
}

static bool
check_complete (const Parser *parser)
{
  if (!parser->end)
    return vc_error_set (parser->error, "line %u: cut off: no 'end'", parser->number);
  if (!parser->serial)
    return vc_error_set (parser->error, "no serial number");
  if (parser->card->device_key == NULL)
    return vc_error_set (parser->error, "no device key");
  if (vc_card_find_file (parser->card, VC_FID_DEVICE_CERTIFICATE) == NULL)
    return vc_error_set (parser->error, "no device certificate (file 2F02)");
  if (parser->initialised != parser->user_pin || parser->initialised != parser->so_pin)
    return vc_error_set (parser->error, "an initialised card has both PINs, any other has none");
  return true;
}

static bool
parse_all (Parser *parser, const char *text, size_t len)
{
  while (len > 0)
    {
      const char *newline = memchr (text, '\n', len);
      Line line;

      parser->number++;
      if (newline == NULL)
        return fail (parser, "cut off: no line end");
      if (!split (text, (size_t) (newline - text), &line))
        return fail (parser, "too many words");
      if (!parse_line (parser, &line))
        return false;
      len -= (size_t) (newline + 1 - text);
      text = newline + 1;
    }
  return check_complete (parser);
}

VcCard *
vc_store_parse (const char *text, size_t len, VcError *error)
{
  Parser parser = { .card = vc_card_new_bare (), .error = error };

  if (!parse_all (&parser, text, len))
    {
      vc_card_free (parser.card);
      return NULL;
    }
  if (!parser.initialised)
    {
      parser.card->user.max_tries = VC_USER_TRIES;
      parser.card->so.max_tries = VC_SO_TRIES;
    }
  parser.card->dirty = false;
  return parser.card;
}

static bool
format_key (const char *word, const EVP_PKEY *key, VcBuf *out)
{
  VC_AUTOBUF der = { 0 };

  if (!vc_key_append_der (key, &der))
    return false;
  vc_buf_printf (out, "%s ", word);
  vc_buf_append_hex (out, vc_buf_bytes (&der));
  vc_buf_append_byte (out, '\n');
  return true;
}

static void
format_pin (const char *word, const VcPin *pin, VcBuf *out)
{
  vc_buf_printf (out, "%s %u %u ", word, pin->tries, pin->max_tries);
  vc_buf_append_hex (out, (VcBytes){ pin->value, pin->len });
  vc_buf_append_byte (out, '\n');
}

bool
vc_store_format (const VcCard *card, VcBuf *out)
{
  char word[16];

  vc_buf_printf (out, "vcard 1\nserial %s\n", card->serial);
  if (!format_key ("device-key", card->device_key, out))
    return false;
  if (card->initialised)
    {
      vc_buf_printf (out, "initialised %04X\n", (unsigned) card->options);
      format_pin ("user-pin", &card->user, out);
      format_pin ("so-pin", &card->so, out);
    }
  for (size_t i = 0; i < card->n_files; i++)
    {
      vc_buf_printf (out, "file %04X ", (unsigned) card->files[i].fid);
      vc_buf_append_hex (out, vc_buf_bytes (&card->files[i].content));
      vc_buf_append_byte (out, '\n');
    }
  for (unsigned number = 1; number < VC_KEYS_MAX; number++)
    {
      (void) snprintf (word, sizeof word, "key %u", number);
      if (card->keys[number] != NULL && !format_key (word, card->keys[number], out))
        return false;
    }
  vc_buf_printf (out, "end\n");
  return true;
}

static bool
read_all (int fd, VcBuf *out)
{
  for (;;)
    {
      size_t before = out->len;
      ssize_t got = read (fd, vc_buf_extend (out, 65536), 65536);

      vc_buf_truncate (out, before + (got > 0 ? (size_t) got : 0));
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0 || out->len > VC_STORE_MAX)
        return got == 0;
    }
}

VcCard *
vc_store_load (const char *path, VcError *error)
{
  VC_AUTOBUF text = { 0 };
  VcError inner = { 0 };
  VcCard *card;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  bool done;

  if (fd < 0)
    {
      vc_error_set (error, "card '%s': %s", path, strerror (errno));
      return NULL;
    }
  done = read_all (fd, &text);
  (void) close (fd);
  if (!done)
    {
      vc_error_set (error, "card '%s': cannot be read, or is larger than any card", path);
      return NULL;
    }
  card = vc_store_parse ((const char *) text.data, text.len, &inner);
  if (card == NULL)
    vc_error_set (error, "card '%s': %s", path, inner.message);
  return card;
}

static bool
write_all (int fd, VcBytes bytes)
{
  while (bytes.len > 0)
    {
      ssize_t written = write (fd, bytes.data, bytes.len);

      if (written < 0 && errno != EINTR)
        return false;
      if (written > 0)
        bytes = (VcBytes){ bytes.data + written, bytes.len - (size_t) written };
    }
  return true;
}

bool
vc_store_save (const VcCard *card, const char *path, VcError *error)
{
  VC_AUTOBUF text = { 0 };
  VC_AUTOBUF temporary = { 0 };
  const char *name;
  bool done;
  int fd;

  if (!vc_store_format (card, &text))
    return vc_error_set (error, "card '%s': a key cannot be written out", path);
  vc_buf_printf (&temporary, "%s.%ld.tmp%c", path, (long) getpid (), '\0');
  name = (const char *) temporary.data;
  fd = open (name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return vc_error_set (error, "card '%s': %s", name, strerror (errno));
  done = write_all (fd, vc_buf_bytes (&text));
  done = close (fd) == 0 && done;
  if (done && rename (name, path) == 0)
    return true;
  vc_error_set (error, "card '%s': cannot be saved: %s", path, strerror (errno));
  (void) unlink (name);
  return false;
}
