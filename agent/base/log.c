/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/log.h"

#include <stdarg.h>
#include <syslog.h>

#include "agent/base/error.h"
#include "agent/base/names.h"

#define MAX_FIELDS 16

static const char *
priority (GLogLevelFlags level)
{
  switch (level & G_LOG_LEVEL_MASK)
    {
    case G_LOG_LEVEL_ERROR:
    case G_LOG_LEVEL_CRITICAL:
      return "3";
    case G_LOG_LEVEL_WARNING:
      return "4";
    case G_LOG_LEVEL_MESSAGE:
      return "5";
    case G_LOG_LEVEL_INFO:
      return "6";
    default:
      return "7";
    }
}

void
ce_log (GLogLevelFlags level, const char *message, ...)
{
  GLogField fields[MAX_FIELDS] = {
    { "MESSAGE", message, -1 },
    { "PRIORITY", priority (level), -1 },
    { "GLIB_DOMAIN", G_LOG_DOMAIN, -1 },
  };
  gsize n = 3;
  const char *key;
  va_list args;

  va_start (args, message);
  while ((key = va_arg (args, const char *)) != NULL)
    {
      const char *value = va_arg (args, const char *);

      if (value != NULL && n < MAX_FIELDS)
        fields[n++] = (GLogField) { key, value, -1 };
    }
  va_end (args);
  g_log_structured_array (level, fields, n);
}

void
ce_log_error (const char *doing, const GError *error)
{
  g_autofree char *text = g_strdup_printf ("%s: %s", doing, error->message);

  ce_log (G_LOG_LEVEL_WARNING, text, CE_FIELD_ERROR, ce_error_name (ce_error_code (error)), NULL);
}
