/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/reader.h"
#include "tests/vcard/apdu.h"
#include "tests/vcard/store.h"
#include "tests/vcard/trace.h"
#include "tests/vcard/vpcd.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ISO 7816-3: T=1, historical bytes of a SmartCard-HSM, so that OpenSC picks its driver without probing. */
static const uint8_t atr_hsm[] = { 0x3B, 0xFE, 0x18, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x45, 0x80, 0x31, 0x81,
                                   0x54, 0x48, 0x53, 0x4D, 0x31, 0x73, 0x80, 0x21, 0x40, 0x81, 0x07, 0xFA };
/* T=0, historical bytes "NOT-HSM". */
static const uint8_t atr_foreign[] = { 0x3B, 0x07, 0x4E, 0x4F, 0x54, 0x2D, 0x48, 0x53, 0x4D };

VcReader *
vc_reader_new (unsigned port)
{
  VcReader *reader = calloc (1, sizeof *reader);

  if (reader == NULL)
    abort ();
  reader->port = port;
  reader->fd = -1;
  vc_farewell_init (&reader->farewell);
  reader->room = VC_OBJECTS_MAX;
  reader->file_room = VC_FILE_MAX;
  return reader;
}

bool
vc_reader_save (VcReader *reader, VcError *error)
{
  if (reader->card == NULL || !reader->card->dirty)
    return true;
  if (!vc_store_save (reader->card, reader->path, error))
    return false;
  reader->card->dirty = false;
  return true;
}

static bool
save_or_complain (VcReader *reader)
{
  VcError error;

  if (vc_reader_save (reader, &error))
    return true;
  (void) fprintf (stderr, "vcard: %s\n", error.message);
  return false;
}

static void
disconnect (VcReader *reader)
{
  if (reader->fd >= 0)
    (void) close (reader->fd);
  reader->fd = -1;
  reader->powered = false;
  vc_buf_clear (&reader->in);
  if (reader->card != NULL && !reader->busy)
    {
      vc_card_reset (reader->card);
      save_or_complain (reader);
    }
}

void
vc_reader_eject (VcReader *reader)
{
  if (!reader->inserted)
    return;
  reader->inserted = false;
  reader->insertions++;
  if (reader->fd >= 0 && !reader->hasty)
    {
      vc_farewell_begin (&reader->farewell, reader->fd);
      reader->fd = -1;
    }
  disconnect (reader);
}

void
vc_reader_free (VcReader *reader)
{
  vc_reader_eject (reader);
  vc_farewell_cut_short (&reader->farewell);
  save_or_complain (reader);
  vc_card_free (reader->card);
  free (reader->path);
  free (reader);
}

static bool
keep_going (void *data)
{
  VcReader *reader = data;
  unsigned long insertion = reader->insertions;

  if (reader->pause != NULL)
    reader->pause (reader->pause_data, 0);
  return reader->insertions == insertion;
}

bool
vc_reader_load (VcReader *reader, const char *path, VcError *error)
{
  VcCard *card;
  char *copy;

  if (reader->busy)
    return vc_error_set (error, "the card is carrying out a command");
  /* First, so that a card swapped with itself comes back as it is now. */
  if (!vc_reader_save (reader, error))
    return false;
  card = vc_store_load (path, error);
  copy = strdup (path);
  if (card == NULL || copy == NULL)
    {
      vc_card_free (card);
      free (copy);
      return false;
    }
  vc_reader_eject (reader);
  vc_card_free (reader->card);
  free (reader->path);
  reader->card = card;
  reader->path = copy;
  card->keep_going = keep_going;
  card->keep_going_data = reader;
  return true;
}

bool
vc_reader_insert (VcReader *reader, VcError *error)
{
  if (reader->card == NULL)
    return vc_error_set (error, "there is no card to insert");
  if (reader->busy)
    return vc_error_set (error, "the card is carrying out a command");
  if (reader->inserted)
    return true;
  reader->inserted = true;
  reader->insertions++;
  reader->apdus_since_insertion = 0;
  return true;
}

int
vc_reader_connect_due_ms (VcReader *reader)
{
  if (!reader->inserted || reader->fd >= 0)
    return -1;
  return (int) vc_farewell_remaining_ms (&reader->farewell);
}

bool
vc_reader_connect (VcReader *reader)
{
  reader->fd = vc_vpcd_connect (reader->port);
  return reader->fd >= 0;
}

/* False when the card was pulled meanwhile. */
static bool
wait_slowly (VcReader *reader)
{
  unsigned long insertion = reader->insertions;
  unsigned long begin = vc_now_ms ();

  while (reader->insertions == insertion)
    {
      unsigned long now = vc_now_ms ();
      unsigned long end = begin + reader->slow_ms;

      if (now >= end || reader->pause == NULL)
        return true;
      reader->pause (reader->pause_data, (unsigned) (end - now));
    }
  return false;
}

static void
execute_foreign (VcBytes command, VcBuf *out)
{
  vc_buf_append_u16 (out,
                     command.len >= 2 && command.data[1] == 0xA4 ? VC_SW_FILE_NOT_FOUND : VC_SW_UNKNOWN_INS);
}

/* False when the card was pulled meanwhile. */
static bool
execute (VcReader *reader, VcBytes command, VcBuf *out)
{
  unsigned long insertion = reader->insertions;
  bool generates = command.len >= 2 && command.data[1] == VC_INS_GENERATE_KEY;

  if (reader->foreign)
    {
      execute_foreign (command, out);
      return true;
    }
  reader->busy = true;
  reader->card->room = reader->room;
  reader->card->file_room = reader->file_room;
  if (!generates || reader->slow_ms == 0 || wait_slowly (reader))
    vc_apdu_execute (reader->card, command, out);
  reader->busy = false;
  if (!save_or_complain (reader))
    {
      vc_buf_truncate (out, 0);
      vc_buf_append_u16 (out, VC_SW_MEMORY_FAILURE);
    }
  if (reader->insertions == insertion)
    return true;
  vc_card_reset (reader->card);
  return false;
}

/* Counts down; true when this is the command at which the card goes. */
static bool
vanishes_now (VcReader *reader)
{
  if (reader->vanish_after == 0)
    return false;
  reader->vanish_after--;
  return reader->vanish_after == 0;
}

static void
handle_apdu (VcReader *reader, VcBytes command)
{
  VC_AUTOBUF answer = { 0 };
  bool vanishes = vanishes_now (reader);
  unsigned long number = ++reader->apdus_total;
  bool lost;

  reader->apdus_since_insertion++;
  vc_trace_command (reader->trace, number, command);
  lost = vanishes && reader->vanish_how == VC_VANISH_BEFORE;
  if (!lost)
    lost = !execute (reader, command, &answer) || vanishes;
  vc_trace_answer (reader->trace, number, lost, vc_buf_bytes (&answer));
  if (vanishes)
    vc_reader_eject (reader);
  else if (!lost && !vc_vpcd_send (reader->fd, vc_buf_bytes (&answer)))
    disconnect (reader);
}

static void
handle_control (VcReader *reader, uint8_t control)
{
  VcBytes atr = { atr_hsm, sizeof atr_hsm };

  if (reader->foreign)
    atr = (VcBytes){ atr_foreign, sizeof atr_foreign };
  if (control == VC_VPCD_ATR)
    {
      if (!vc_vpcd_send (reader->fd, atr))
        disconnect (reader);
      return;
    }
  if (control > VC_VPCD_RESET)
    return;
  reader->powered = control != VC_VPCD_POWER_OFF;
  vc_card_reset (reader->card);
}

/* Takes the message out of the buffer before it is handled: a pulled card empties the buffer. */
static bool
handle_one (VcReader *reader)
{
  VC_AUTOBUF message = { 0 };
  VcBytes view;

  if (!vc_vpcd_peek (&reader->in, &view) || (reader->muted && view.len > 1))
    return false;
  vc_buf_append_bytes (&message, view);
  vc_vpcd_drop (&reader->in, view);
  if (message.len == 1)
    handle_control (reader, message.data[0]);
  else if (message.len > 1)
    handle_apdu (reader, vc_buf_bytes (&message));
  return reader->fd >= 0;
}

void
vc_reader_receive (VcReader *reader)
{
  if (!vc_vpcd_receive (reader->fd, &reader->in))
    disconnect (reader);
}

void
vc_reader_process (VcReader *reader)
{
  while (reader->fd >= 0 && handle_one (reader))
    ;
}
