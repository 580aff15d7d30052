/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/control.h"

#include <stdlib.h>
#include <string.h>

const char vc_control_help[]
    = "  insert                     put the card in; does nothing when it is in\n"
      "  eject                      pull it, also out of a running command\n"
      "  swap FILE                  pull it, take the card in FILE, put that in\n"
      "  state                      JSON: what is in the slot and on the card\n"
      "  apdus                      JSON: commands since the start and since the insertion\n"
      "  vanish-after N [after|before]\n"
      "                             pull the card at the N-th command from now, after it was carried out\n"
      "                             but before its answer (the default), or before it; 0 disarms\n"
      "  limit-files N|off          room for N files and keys altogether\n"
      "  limit-bytes N|off          room for N bytes in each file\n"
      "  slow MS                    wait before each key generation; a card pulled meanwhile has no key;\n"
      "                             0 ends a wait, too\n"
      "  mute, unmute               take commands and keep silent; answer what came meanwhile\n"
      "  personality hsm|foreign    (while ejected) foreign: a card that no driver knows\n"
      "  haste on|off               on: put a card in before pcscd saw the last one go, so that it may miss "
      "it\n"
      "  quit                       save, pull the card and end\n";

static void
answer_error (VcBuf *answer, const char *message)
{
  vc_buf_printf (answer, "error %s\n", message);
}

static void
answer_ok (VcBuf *answer)
{
  vc_buf_printf (answer, "ok\n");
}

static void
append_json_string (VcBuf *out, const char *text)
{
  vc_buf_append_byte (out, '"');
  for (; *text != '\0'; text++)
    if (*text == '"' || *text == '\\')
      vc_buf_printf (out, "\\%c", *text);
    else if ((unsigned char) *text < 0x20)
      vc_buf_printf (out, "\\u%04x", (unsigned) (unsigned char) *text);
    else
      vc_buf_append_byte (out, (unsigned char) *text);
  vc_buf_append_byte (out, '"');
}

static const char *
json_bool (bool value)
{
  return value ? "true" : "false";
}

static void
append_files (VcBuf *out, const VcCard *card)
{
  vc_buf_printf (out, ",\"files\":[");
  for (size_t i = 0; i < card->n_files; i++)
    vc_buf_printf (out, "%s{\"fid\":\"%04X\",\"size\":%zu}", i > 0 ? "," : "", (unsigned) card->files[i].fid,
                   card->files[i].content.len);
  vc_buf_printf (out, "]");
}

static void
append_keys (VcBuf *out, const VcCard *card)
{
  const char *separator = "";

  vc_buf_printf (out, ",\"keys\":[");
  for (unsigned number = 0; number < VC_KEYS_MAX; number++)
    if (card->keys[number] != NULL)
      {
        vc_buf_printf (out, "%s{\"number\":%u,\"type\":\"%s\",\"bits\":%d}", separator, number,
                       vc_key_is_rsa (card->keys[number]) ? "RSA" : "EC",
                       EVP_PKEY_get_bits (card->keys[number]));
        separator = ",";
      }
  vc_buf_printf (out, "]");
}

static void
append_card (VcBuf *out, const VcReader *reader)
{
  const VcCard *card = reader->card;

  vc_buf_printf (out, ",\"card\":");
  append_json_string (out, reader->path);
  vc_buf_printf (
      out,
      ",\"serial\":\"%s\",\"initialised\":%s,\"logged_in\":%s,\"pin_tries\":%u,\"pin_tries_max\":%u,"
      "\"so_pin_tries\":%u,\"so_pin_tries_max\":%u",
      card->serial, json_bool (card->initialised), json_bool (card->verified), card->user.tries,
      card->user.max_tries, card->so.tries, card->so.max_tries);
  append_files (out, card);
  append_keys (out, card);
}

static void
command_state (VcReader *reader, const char *argument, VcBuf *answer)
{
  (void) argument;
  vc_buf_printf (answer, "ok {\"inserted\":%s,\"connected\":%s,\"powered\":%s,\"busy\":%s",
                 json_bool (reader->inserted), json_bool (reader->fd >= 0), json_bool (reader->powered),
                 json_bool (reader->busy));
  vc_buf_printf (answer, ",\"apdus\":%lu,\"apdus_since_insertion\":%lu", reader->apdus_total,
                 reader->apdus_since_insertion);
  vc_buf_printf (answer,
                 ",\"vanish_after\":%lu,\"room\":%zu,\"slow_ms\":%u,\"muted\":%s,\"personality\":\"%s\"",
                 reader->vanish_after, reader->room, reader->slow_ms, json_bool (reader->muted),
                 reader->foreign ? "foreign" : "hsm");
  if (reader->card != NULL)
    append_card (answer, reader);
  vc_buf_printf (answer, "}\n");
}

static void
command_apdus (VcReader *reader, const char *argument, VcBuf *answer)
{
  (void) argument;
  vc_buf_printf (answer, "ok {\"total\":%lu,\"since_insertion\":%lu}\n", reader->apdus_total,
                 reader->apdus_since_insertion);
}

static void
command_insert (VcReader *reader, const char *argument, VcBuf *answer)
{
  VcError error;

  (void) argument;
  if (vc_reader_insert (reader, &error))
    answer_ok (answer);
  else
    answer_error (answer, error.message);
}

static void
command_eject (VcReader *reader, const char *argument, VcBuf *answer)
{
  (void) argument;
  vc_reader_eject (reader);
  answer_ok (answer);
}

static void
command_swap (VcReader *reader, const char *argument, VcBuf *answer)
{
  VcError error;

  if (*argument == '\0')
    answer_error (answer, "swap: which card? Name its state file");
  else if (vc_reader_load (reader, argument, &error) && vc_reader_insert (reader, &error))
    answer_ok (answer);
  else
    answer_error (answer, error.message);
}

/* Digits only, all of @text. */
static bool
parse_count (const char *text, unsigned long max, unsigned long *ret_count)
{
  unsigned long count;

  if (*text == '\0' || strlen (text) > 9 || strspn (text, "0123456789") != strlen (text))
    return false;
  count = strtoul (text, NULL, 10);
  if (count > max)
    return false;
  *ret_count = count;
  return true;
}

static void
command_vanish (VcReader *reader, const char *argument, VcBuf *answer)
{
  char text[32] = { 0 };
  size_t digits = strspn (argument, "0123456789");
  VcVanish how = VC_VANISH_AFTER;

  if (strcmp (argument + digits, " before") == 0)
    how = VC_VANISH_BEFORE;
  else if (argument[digits] != '\0' && strcmp (argument + digits, " after") != 0)
    digits = 0;
  if (digits < sizeof text)
    memcpy (text, argument, digits);
  if (!parse_count (text, 999999999, &reader->vanish_after))
    {
      answer_error (answer, "vanish-after: a number, then 'after' or 'before'");
      return;
    }
  reader->vanish_how = how;
  answer_ok (answer);
}

static void
command_limit (VcReader *reader, const char *argument, VcBuf *answer)
{
  unsigned long room = VC_OBJECTS_MAX;

  if (strcmp (argument, "off") != 0 && !parse_count (argument, VC_OBJECTS_MAX, &room))
    {
      answer_error (answer, "limit-files: a number of files and keys, or 'off'");
      return;
    }
  reader->room = room;
  answer_ok (answer);
}

static void
command_limit_bytes (VcReader *reader, const char *argument, VcBuf *answer)
{
  unsigned long room = VC_FILE_MAX;

  if (strcmp (argument, "off") != 0 && !parse_count (argument, VC_FILE_MAX, &room))
    {
      answer_error (answer, "limit-bytes: a number of bytes, or 'off'");
      return;
    }
  reader->file_room = room;
  answer_ok (answer);
}

static void
command_slow (VcReader *reader, const char *argument, VcBuf *answer)
{
  unsigned long ms;

  if (!parse_count (argument, 600000, &ms))
    {
      answer_error (answer, "slow: milliseconds, at most 600000");
      return;
    }
  reader->slow_ms = (unsigned) ms;
  answer_ok (answer);
}

static void
command_mute (VcReader *reader, const char *argument, VcBuf *answer)
{
  (void) argument;
  reader->muted = true;
  answer_ok (answer);
}

static void
command_unmute (VcReader *reader, const char *argument, VcBuf *answer)
{
  (void) argument;
  reader->muted = false;
  answer_ok (answer);
}

static void
command_personality (VcReader *reader, const char *argument, VcBuf *answer)
{
  if (strcmp (argument, "foreign") != 0 && strcmp (argument, "hsm") != 0)
    {
      answer_error (answer, "personality: 'hsm' or 'foreign'");
      return;
    }
  if (reader->inserted)
    {
      answer_error (answer, "personality: eject the card first");
      return;
    }
  reader->foreign = strcmp (argument, "foreign") == 0;
  answer_ok (answer);
}

static void
command_haste (VcReader *reader, const char *argument, VcBuf *answer)
{
  if (strcmp (argument, "on") != 0 && strcmp (argument, "off") != 0)
    {
      answer_error (answer, "haste: 'on' or 'off'");
      return;
    }
  reader->hasty = strcmp (argument, "on") == 0;
  answer_ok (answer);
}

static void
command_quit (VcReader *reader, const char *argument, VcBuf *answer)
{
  (void) argument;
  vc_reader_eject (reader);
  reader->quit = true;
  answer_ok (answer);
}

static const struct
{
  const char *name;
  void (*run) (VcReader *reader, const char *argument, VcBuf *answer);
} commands[] = {
  { "insert", command_insert },
  { "eject", command_eject },
  { "swap", command_swap },
  { "state", command_state },
  { "apdus", command_apdus },
  { "vanish-after", command_vanish },
  { "limit-files", command_limit },
  { "limit-bytes", command_limit_bytes },
  { "slow", command_slow },
  { "mute", command_mute },
  { "unmute", command_unmute },
  { "personality", command_personality },
  { "haste", command_haste },
  { "quit", command_quit },
};

void
vc_control_execute (VcReader *reader, const char *line, VcBuf *answer)
{
  size_t len = strcspn (line, " ");
  const char *argument = line[len] == ' ' ? line + len + 1 : line + len;

  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (strlen (commands[i].name) == len && strncmp (commands[i].name, line, len) == 0)
      {
        commands[i].run (reader, argument, answer);
        return;
      }
  vc_buf_printf (answer, "error '%.*s': no such command\n", (int) (len < 40 ? len : 40), line);
}
