/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/job/step.h"

typedef struct
{
  const char *name;
  const char *doing;
  gboolean card;
} Step;

static const Step steps[] = {
  { "open-card", "opening the card", TRUE },
  { "read-card", "reading the card", TRUE },
  { "load-policy", "reading the policy from the directory", FALSE },
  { "plan", "making the plan", FALSE },
  { "ask-pin", "asking for the PIN", FALSE },
  { "generate-key", "generating the key on the card", TRUE },
  { "sign-request", "signing the request with the card", TRUE },
  { "ask-ca", "waiting for the certification authority", FALSE },
  { "write-certificate", "writing the certificate to the card", TRUE },
  { "prove", "proving the new certificate", TRUE },
  { "trial-logon", "trying the logon", FALSE },
  { "retire", "removing the old certificate", TRUE },
  { "finish", "finishing", TRUE },
};

static const Step *
find (const char *name)
{
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (steps); i++)
    if (g_str_equal (steps[i].name, name))
      return &steps[i];
  return NULL;
}

const char *
ce_step_doing (const char *step)
{
  const Step *known = find (step);

  return known != NULL ? known->doing : step == NULL ? "starting" : "working";
}

gboolean
ce_step_is_card (const char *step)
{
  const Step *known = find (step);

  return known == NULL || known->card;
}
