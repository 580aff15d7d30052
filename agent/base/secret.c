/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/base/error.h"

/* One page of its own for each PIN, so that locking and MADV_DONTDUMP touch nothing else. */
struct _CePin
{
  gsize mapped;
  gsize length;
  char bytes[CE_PIN_MAX + 1];
};

void
ce_wipe (void *bytes, gsize length)
{
  explicit_bzero (bytes, length);
}

static CePin *
pin_map (GError **error)
{
  gsize mapped = (gsize) sysconf (_SC_PAGESIZE);
  CePin *pin = mmap (NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  G_STATIC_ASSERT (sizeof (CePin) <= 4096);
  if (pin == MAP_FAILED)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "no memory for a PIN: %s", g_strerror (errno));
      return NULL;
    }
  if (mlock (pin, mapped) != 0)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "cannot lock the memory of a PIN: %s", g_strerror (errno));
      munmap (pin, mapped);
      return NULL;
    }
  (void) madvise (pin, mapped, MADV_DONTDUMP);
  (void) madvise (pin, mapped, MADV_WIPEONFORK);
  pin->mapped = mapped;
  return pin;
}

CePin *
ce_pin_new (const void *bytes, gsize length, GError **error)
{
  CePin *pin;

  if (length == 0 || length > CE_PIN_MAX)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_FAILED, "a PIN has 1 to %d bytes", CE_PIN_MAX);
      return NULL;
    }
  pin = pin_map (error);
  if (pin == NULL)
    return NULL;
  memcpy (pin->bytes, bytes, length);
  pin->length = length;
  return pin;
}

static gboolean
read_line (int fd, CePin *pin, GError **error)
{
  while (pin->length <= CE_PIN_MAX)
    {
      ssize_t n = read (fd, pin->bytes + pin->length, 1);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "cannot read the PIN: %s", g_strerror (errno));
          return FALSE;
        }
      if (n == 0 || pin->bytes[pin->length] == '\n')
        {
          pin->bytes[pin->length] = '\0';
          return TRUE;
        }
      pin->length++;
    }
  g_set_error (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "the PIN is longer than %d bytes", CE_PIN_MAX);
  return FALSE;
}

CePin *
ce_pin_read_fd (int fd, GError **error)
{
  g_autoptr (CePin) pin = pin_map (error);
  gboolean ok = pin != NULL && read_line (fd, pin, error);

  close (fd);
  if (!ok)
    return NULL;
  if (pin->length == 0)
    {
      g_set_error_literal (error, CE_ERROR, CE_ERROR_PIN_UNAVAILABLE, "the descriptor for the PIN holds no PIN");
      return NULL;
    }
  return g_steal_pointer (&pin);
}

const char *
ce_pin_peek (const CePin *pin, gsize *ret_length)
{
  *ret_length = pin->length;
  return pin->bytes;
}

void
ce_pin_free (CePin *pin)
{
  gsize mapped;

  if (pin == NULL)
    return;
  mapped = pin->mapped;
  ce_wipe (pin, sizeof *pin);
  munmap (pin, mapped);
}
