/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/names.h"
#include "ui/cli/cli.h"

/* Below the message. */
#define HINT_INDENT (sizeof CE_PROGRAM_CLI ": " - 1)

void
ce_cli_error (const CeCli *cli, const char *message, const char *hint)
{
  fflush (cli->out.file);
  ce_term_item (&cli->err, 0, CE_STYLE_BAD, CE_PROGRAM_CLI ":", CE_STYLE_PLAIN, message);
  if (hint != NULL)
    ce_term_paragraph (&cli->err, CE_STYLE_PLAIN, HINT_INDENT, hint);
}

static void
print_json (const CeCli *cli, JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_alloc ();
  g_autofree char *text = NULL;

  json_node_init_object (node, object);
  text = json_to_string (node, TRUE);
  fputs (text, cli->out.file);
  ce_term_newline (&cli->out);
}

/* The stream's own member is of no use here. */
static void
print_result (const CeCli *cli, JsonObject *result)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (GList) names = json_object_get_members (result);

  for (GList *l = names; l != NULL; l = l->next)
    if (!g_str_equal (l->data, "type"))
      json_object_set_member (object, l->data, json_object_dup_member (result, l->data));
  print_json (cli, object);
}

static const char *
hint_for (const CeCli *cli, const CeJobError *error)
{
  /* The hint of a refused logon points to the command that has just said it. */
  if (error->code == CE_ERROR_LOGON_REFUSED && cli->command->run == ce_cli_logon_test)
    return NULL;
  return cli->left != NULL ? cli->left : error->hint;
}

int
ce_cli_end (CeCli *cli, const CeJobResult *result, JsonObject *object)
{
  const CeJobError *error = result->error;

  if (cli->json && object != NULL)
    print_json (cli, object);
  else if (cli->json)
    print_result (cli, result->object);
  if (error != NULL)
    ce_cli_error (cli, error->message, hint_for (cli, error));
  return result->exit_code;
}
