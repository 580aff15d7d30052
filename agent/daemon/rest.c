/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/rest.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

/* Only what the file itself says is never written, so not .data.rel.ro: it was relocated before it became
 * read-only. */
static gboolean
is_clean (const ElfW (Phdr) * segment)
{
  return segment->p_type == PT_LOAD && (segment->p_flags & PF_W) == 0;
}

static gboolean
has_relocated_text (const struct dl_phdr_info *object)
{
  for (guint i = 0; i < object->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &object->dlpi_phdr[i];
      const ElfW (Dyn) *entry = (const ElfW (Dyn) *) (object->dlpi_addr + segment->p_vaddr);

      if (segment->p_type != PT_DYNAMIC)
        continue;
      for (; entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0))
          return TRUE;
    }
  return FALSE;
}

static int
drop_code (struct dl_phdr_info *object, size_t size G_GNUC_UNUSED, void *data)
{
  const gsize page = *(const gsize *) data;

  if (has_relocated_text (object))
    return 0;
  for (guint i = 0; i < object->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &object->dlpi_phdr[i];
      gsize start = object->dlpi_addr + segment->p_vaddr;
      gsize end = start + segment->p_filesz;

      start = (start + page - 1) / page * page;
      end = end / page * page;
      if (is_clean (segment) && start < end)
        (void) madvise ((void *) start, end - start, MADV_DONTNEED);
    }
  return 0;
}

void
ce_rest (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);

  malloc_trim (0);
  dl_iterate_phdr (drop_code, &page);
}
