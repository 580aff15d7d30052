/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/cli/cli.h"

#define LOOK CE_OPTION_CARD | CE_OPTION_JSON
#define WORK CE_OPTION_CARD | CE_OPTION_PIN_FD | CE_OPTION_BATCH | CE_OPTION_JSON

const CeCommand ce_commands[] = {
  { .name = "status",
    .group = "Look",
    .summary = "readers, cards, certificates, what comes next",
    .description = "Shows every card reader, the card in it, the certificates and keys on that card, what was begun and is not over, "
                   "and what the agent does with it.",
    .options = LOOK,
    .run = ce_cli_status },
  { .name = "plan",
    .group = "Look",
    .summary = "what would be done and why; asks no PIN, changes nothing",
    .description = "Reads the card and the domain's policy and says what 'cardenroll run' would do, and why. "
                   "It asks for no PIN, changes nothing on the card and sends nothing to a CA.",
    .options = LOOK | CE_OPTION_REFRESH,
    .run = ce_cli_plan },
  { .name = "explain",
    .group = "Look",
    .arguments = "[TEMPLATE]",
    .summary = "one verdict per template, with what decided it",
    .description = "Says for every certificate template of the domain, or for TEMPLATE alone, what follows from it for "
                   "this user and this card, and which attribute decided that. TEMPLATE is its name in the directory or "
                   "its OID.",
    .options = LOOK | CE_OPTION_REFRESH,
    .run = ce_cli_explain },
  { .name = "policy",
    .group = "Look",
    .summary = "the policy that holds for you, and who said so",
    .description = "Reads the domain's policy and shows whether certificates are enrolled by themselves, which Group Policy "
                   "object said so and where it is linked, every object that was looked at with what became of it, and who "
                   "issues certificates. It needs no card.",
    .options = CE_OPTION_REFRESH | CE_OPTION_JSON,
    .run = ce_cli_policy },
  { .name = "history",
    .group = "Look",
    .summary = "what was done to which card, when, by whom",
    .description = "Shows the journal: each step that changed a card or asked a CA for something, newest first.",
    .options = LOOK | CE_OPTION_LIMIT,
    .run = ce_cli_history },
  { .name = "pending",
    .group = "Look",
    .arguments = "[VERB [ID]]",
    .two = TRUE,
    .summary = "requests that a CA has not decided: list, fetch, cancel",
    .description = "Without VERB, or with 'list', shows the requests that wait for a CA, and issued certificates that wait for their "
                   "card.\n"
                   "'fetch' asks the CAs for them, or for request ID alone; the card is not needed for that. What was issued is "
                   "written by 'cardenroll run', or by the agent, when the card goes in.\n"
                   "'cancel ID' gives a request up. The CA cannot be told; the key is deleted when the card is used next.",
    .options = LOOK,
    .run = ce_cli_pending },
  { .name = "run",
    .group = "Enrol",
    .summary = "do it now (what the agent does when a card goes in)",
    .description = "Carries on with what was begun on this card, then does what 'cardenroll plan' shows. The PIN is asked "
                   "for once, and only where something is to be changed.",
    .options = WORK | CE_OPTION_REFRESH,
    .is_work = TRUE,
    .run = ce_cli_run },
  { .name = "enroll",
    .group = "Enrol",
    .summary = "one template, even where autoenrollment is off",
    .description = "Gets a certificate of one template onto the card. You need the Enroll right on the template; neither "
                   "Autoenroll nor the Group Policy is asked.",
    .options = WORK | CE_OPTION_TEMPLATE,
    .needed = CE_OPTION_TEMPLATE,
    .is_work = TRUE,
    .run = ce_cli_enroll },
  { .name = "renew",
    .group = "Enrol",
    .summary = "a certificate that is on the card, before it is due",
    .description = "Gets the successor of a certificate that is on the card, vouched for by the certificate itself, and takes the "
                   "old one off the card once the new one is proved. Without --certificate it is the only one there is. "
                   "'cardenroll run' renews by itself what is due.",
    .options = WORK | CE_OPTION_CERTIFICATE,
    .is_work = TRUE,
    .run = ce_cli_renew },
  { .name = "logon-test",
    .group = "Check",
    .summary = "would this card log on?",
    .description = "Checks what a domain controller checks: chain, NTAuth, purposes, UPN, SID, revocation. Then it logs "
                   "on with the card, for which it asks the PIN; the ticket is thrown away.",
    .options = WORK,
    .is_work = TRUE,
    .run = ce_cli_logon_test },
  { .name = "doctor",
    .group = "Check",
    .summary = "every part from pcscd to the CA: each with the fix",
    .description = "Checks every part that an enrolment needs (smart card service, PKCS#11 module, card, Kerberos ticket, "
                   "directory, Group Policy, CA, KDC) and says for each that does not work what to do about it. "
                   "It asks for no PIN and changes nothing.",
    .options = LOOK,
    .run = ce_cli_doctor },
  { .name = NULL },
};

const CeCommand *
ce_command_find (const char *name)
{
  for (const CeCommand *command = ce_commands; command->name != NULL; command++)
    if (g_str_equal (command->name, name))
      return command;
  return NULL;
}
