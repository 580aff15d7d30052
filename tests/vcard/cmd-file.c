/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/apdu.h"
#include "tests/vcard/tlv.h"

#include <string.h>

#define TAG_DATA 0x53
#define TAG_OFFSET 0x54

static const uint8_t applet[] = { 0xE8, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x81, 0xC3, 0x1F, 0x02, 0x01 };

static VcStatus
select_applet (VcCard *card, VcBytes aid, VcBuf *out)
{
  /* FCI with proprietary information: options, type of platform, version 3.5 */
  static const uint8_t fci[] = { 0x6F, 0x07, 0x85, 0x05, 0x00, 0x00, 0xFF, 0x03, 0x05 };

  if (!vc_bytes_equal (aid, (VcBytes){ applet, sizeof applet }))
    return VC_SW_FILE_NOT_FOUND;
  vc_card_reset (card);
  card->selected = true;
  vc_buf_append (out, fci, sizeof fci);
  return VC_SW_OK;
}

static void
append_file_control (const VcFile *file, VcBuf *out)
{
  static const uint8_t transparent = 0x01;
  VC_AUTOBUF fields = { 0 };
  const uint8_t size[] = { (uint8_t) (file->content.len >> 8), (uint8_t) file->content.len };
  const uint8_t fid[] = { (uint8_t) (file->fid >> 8), (uint8_t) file->fid };

  vc_tlv_append (&fields, 0x80, (VcBytes){ size, sizeof size });
  vc_tlv_append (&fields, 0x82, (VcBytes){ &transparent, 1 });
  vc_tlv_append (&fields, 0x83, (VcBytes){ fid, sizeof fid });
  vc_tlv_append (out, 0x62, vc_buf_bytes (&fields));
}

VcStatus
vc_cmd_select (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  const VcFile *file;

  if (apdu->p1 == 0x04)
    return select_applet (card, apdu->data, out);
  if (!card->selected)
    return VC_SW_FILE_NOT_FOUND;
  if (apdu->p1 != 0x00 && apdu->p1 != 0x02 && apdu->p1 != 0x08)
    return VC_SW_WRONG_P1P2;
  if (apdu->data.len < 2)
    return VC_SW_FILE_NOT_FOUND;
  file = vc_card_find_file (card, vc_u16 (apdu->data.data + apdu->data.len - 2));
  if (file == NULL)
    return VC_SW_FILE_NOT_FOUND;
  card->current_fid = file->fid;
  append_file_control (file, out);
  return VC_SW_OK;
}

static bool
find_offset (VcBytes data, size_t *ret_offset)
{
  VcBytes value;

  if (!vc_tlv_find (data, TAG_OFFSET, &value) || value.len != 2)
    return false;
  *ret_offset = vc_u16 (value.data);
  return true;
}

/* P1 and P2 name the file; zero means the one selected before. */
static uint16_t
addressed_fid (const VcCard *card, const VcApdu *apdu)
{
  const uint8_t p1p2[] = { apdu->p1, apdu->p2 };
  uint16_t fid = vc_u16 (p1p2);

  return fid != 0 ? fid : card->current_fid;
}

VcStatus
vc_cmd_read (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  uint16_t fid = addressed_fid (card, apdu);
  const VcFile *file = vc_card_find_file (card, fid);
  size_t offset, available;

  if (fid == 0)
    return VC_SW_NO_CURRENT_FILE;
  if (file == NULL)
    return VC_SW_FILE_NOT_FOUND;
  if (fid >> 8 == VC_FID_PROTECTED_DATA && !card->verified)
    return VC_SW_NOT_AUTHENTICATED;
  if (!find_offset (apdu->data, &offset))
    return VC_SW_WRONG_DATA;
  if (offset > file->content.len)
    return VC_SW_WRONG_OFFSET;
  card->current_fid = fid;
  available = file->content.len - offset;
  if (available > 0)
    vc_buf_append (out, file->content.data + offset, available < apdu->le ? available : apdu->le);
  return available < apdu->le ? VC_SW_END_OF_FILE : VC_SW_OK;
}

static bool
may_be_written (uint16_t fid)
{
  return fid != VC_FID_DEVICE_CERTIFICATE && fid >> 8 != VC_FID_KEY && fid != 0x3F00;
}

static VcStatus
write_file (VcCard *card, VcFile *file, size_t offset, VcBytes value)
{
  if (offset > file->content.len)
    return VC_SW_WRONG_OFFSET;
  if (offset + value.len > card->file_room)
    return VC_SW_NO_ROOM;
  if (offset + value.len > file->content.len)
    (void) vc_buf_extend (&file->content, offset + value.len - file->content.len);
  if (value.len > 0)
    memcpy (file->content.data + offset, value.data, value.len);
  card->current_fid = file->fid;
  card->dirty = true;
  return VC_SW_OK;
}

VcStatus
vc_cmd_update (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  uint16_t fid = addressed_fid (card, apdu);
  VcFile *file = vc_card_find_file (card, fid);
  VcBytes value;
  size_t offset;

  (void) out;
  if (fid == 0)
    return VC_SW_NO_CURRENT_FILE;
  if (!card->verified || !may_be_written (fid))
    return VC_SW_NOT_AUTHENTICATED;
  if (!find_offset (apdu->data, &offset) || !vc_tlv_find (apdu->data, TAG_DATA, &value))
    return VC_SW_WRONG_DATA;
  if (file == NULL && offset == 0 && value.len <= card->file_room)
    {
      file = vc_card_add_file (card, fid);
      if (file == NULL)
        return VC_SW_NO_ROOM;
    }
  return file != NULL ? write_file (card, file, offset, value) : VC_SW_WRONG_OFFSET;
}

VcStatus
vc_cmd_delete (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  uint16_t fid;
  VcFile *file;

  (void) out;
  if (!card->verified)
    return VC_SW_NOT_AUTHENTICATED;
  if (apdu->data.len != 2)
    return VC_SW_WRONG_LENGTH;
  fid = vc_u16 (apdu->data.data);
  if (fid >> 8 == VC_FID_KEY)
    {
      if (card->keys[fid & 0xFF] == NULL)
        return VC_SW_FILE_NOT_FOUND;
      vc_card_set_key (card, (uint8_t) fid, NULL);
      return VC_SW_OK;
    }
  file = vc_card_find_file (card, fid);
  if (file == NULL)
    return VC_SW_FILE_NOT_FOUND;
  if (!may_be_written (fid))
    return VC_SW_NOT_AUTHENTICATED;
  vc_card_remove_file (card, file);
  return VC_SW_OK;
}

VcStatus
vc_cmd_list (VcCard *card, const VcApdu *apdu, VcBuf *out)
{
  (void) apdu;
  /* Key 0, the device key, is always there: OpenSC looks for the first free number. */
  for (unsigned number = 0; number < VC_KEYS_MAX; number++)
    if (number == 0 || card->keys[number] != NULL)
      vc_buf_append_u16 (out, (unsigned) VC_FID_KEY << 8 | number);
  for (size_t i = 0; i < card->n_files; i++)
    vc_buf_append_u16 (out, card->files[i].fid);
  return VC_SW_OK;
}
