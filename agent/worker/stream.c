/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "agent/worker/report.h"

#define MAX_LINE (64 * 1024)
#define MAX_ANSWERS 16 /* to other questions, before the one to this */

static volatile sig_atomic_t asked_to_stop;

struct _CeStream
{
  int out;
  guint n;
  guint of; /* 0: not known */
  char *module;
  JsonObject *card; /* as in the results of errors; NULL: none is open */
};

static void
on_sigterm (int number)
{
  (void) number;
  asked_to_stop = 1;
}

CeStream *
ce_stream_new (void)
{
  CeStream *stream = g_new0 (CeStream, 1);
  const struct sigaction action = { .sa_handler = on_sigterm };

  (void) sigaction (SIGTERM, &action, NULL);

  stream->out = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  (void) dup2 (STDERR_FILENO, STDOUT_FILENO);
  return stream;
}

void
ce_stream_free (CeStream *stream)
{
  if (stream == NULL)
    return;
  if (stream->out >= 0)
    close (stream->out);
  g_free (stream->module);
  g_clear_pointer (&stream->card, json_object_unref);
  g_free (stream);
}

char *
ce_stream_read_line (CeStream *stream, GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);

  (void) stream;
  while (line->len < MAX_LINE)
    {
      char c;
      ssize_t n = read (STDIN_FILENO, &c, 1);

      if (n < 0 && errno == EINTR && !asked_to_stop)
        continue;
      if (n <= 0)
        {
          g_set_error_literal (error, CE_ERROR, CE_ERROR_CANCELLED,
                               "standard input ended before a line was complete");
          return NULL;
        }
      if (c == '\n')
        return g_string_free (g_steal_pointer (&line), FALSE);
      g_string_append_c (line, c);
    }
  g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "a line on standard input is longer than %d bytes", MAX_LINE);
  return NULL;
}

static void
write_object (CeStream *stream, JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *text = json_to_string (node, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  gsize left = strlen (line);

  for (const char *p = line; left > 0;)
    {
      ssize_t n = write (stream->out, p, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return; /* the parent is gone; the card's work goes on to its next journal step */
      p += n;
      left -= (gsize) n;
    }
}

void
ce_stream_name_module (CeStream *stream, const char *path)
{
  g_free (stream->module);
  stream->module = path != NULL ? g_path_get_basename (path) : NULL;
}

void
ce_stream_name_card (CeStream *stream, const CeTokenInfo *info)
{
  g_clear_pointer (&stream->card, json_object_unref);
  stream->card = info != NULL ? ce_report_card (info) : NULL;
}

void
ce_stream_expect_steps (CeStream *stream, guint of)
{
  stream->n = 0;
  stream->of = of;
}

/* Between two steps the journal holds everything, so this is where a worker may end. */
static void
end_cancelled (CeStream *stream)
{
  g_autoptr (GError) error = g_error_new_literal (CE_ERROR, CE_ERROR_CANCELLED, "stopped as asked");

  ce_stream_result (stream, ce_report_error (error, NULL));
  exit (CE_EXIT_FAILED);
}

void
ce_stream_progress (CeStream *stream, const char *step, const char *text, guint deadline_ms, gboolean hold)
{
  g_autoptr (JsonObject) object = json_object_new ();

  if (asked_to_stop)
    end_cancelled (stream);
  stream->n++;
  if (stream->of > 0)
    stream->of = MAX (stream->of, stream->n);
  json_object_set_string_member (object, "type", "progress");
  json_object_set_string_member (object, "step", step);
  json_object_set_int_member (object, "n", stream->n);
  json_object_set_int_member (object, "of", stream->of);
  json_object_set_string_member (object, "text", text);
  json_object_set_int_member (object, "deadline_ms", deadline_ms);
  json_object_set_boolean_member (object, "hold", hold);
  if (stream->module != NULL)
    json_object_set_string_member (object, "module", stream->module);
  if (stream->card != NULL)
    json_object_set_object_member (object, "card", json_object_ref (stream->card));
  write_object (stream, object);
}

static void
write_question (CeStream *stream, const char *id, const char *text)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *choices = json_array_new ();

  json_array_add_string_element (choices, "yes");
  json_array_add_string_element (choices, "no");
  json_object_set_string_member (object, "type", "question");
  json_object_set_string_member (object, "id", id);
  json_object_set_string_member (object, "text", text);
  json_object_set_array_member (object, "choices", choices);
  write_object (stream, object);
}

/* Is @line the answer to question @id? (nullable) @ret_answer: borrowed from @parser. */
static gboolean
read_answer (JsonParser *parser, const char *line, const char *id, const char **ret_answer)
{
  JsonObject *object;
  JsonNode *root, *answer;

  if (!json_parser_load_from_data (parser, line, -1, NULL))
    return FALSE;
  root = json_parser_get_root (parser); /* %NULL where the line is empty */
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return FALSE;
  object = json_node_get_object (root);
  if (g_strcmp0 (json_object_get_string_member_with_default (object, "id", NULL), id) != 0)
    return FALSE;
  answer = json_object_get_member (object, "answer");
  *ret_answer = answer != NULL && JSON_NODE_HOLDS_VALUE (answer) ? json_node_get_string (answer) : NULL;
  return TRUE;
}

gboolean
ce_stream_ask (CeStream *stream, const char *id, const char *text)
{
  if (asked_to_stop)
    end_cancelled (stream);
  write_question (stream, id, text);
  for (guint n = 0; n < MAX_ANSWERS; n++)
    {
      g_autofree char *line = ce_stream_read_line (stream, NULL);
      g_autoptr (JsonParser) parser = json_parser_new ();
      const char *answer = NULL;

      if (asked_to_stop)
        end_cancelled (stream);
      if (line == NULL)
        return FALSE;
      if (read_answer (parser, line, id, &answer))
        return g_strcmp0 (answer, "yes") == 0;
    }
  return FALSE;
}

void
ce_stream_result (CeStream *stream, JsonObject *result)
{
  json_object_set_string_member (result, "type", "result");
  write_object (stream, result);
  json_object_unref (result);
}
