/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/worker/session.h"

/* One file a command: command-NAME.c. Each returns the result (transfer full) or sets @error. */
typedef JsonObject *(*CeCommand) (CeSession *session, GError **error);

JsonObject *ce_command_status (CeSession *session, GError **error);
JsonObject *ce_command_plan (CeSession *session, GError **error);
JsonObject *ce_command_policy (CeSession *session, GError **error);
JsonObject *ce_command_run (CeSession *session, GError **error);
JsonObject *ce_command_enroll (CeSession *session, GError **error);
JsonObject *ce_command_renew (CeSession *session, GError **error);
JsonObject *ce_command_logon_test (CeSession *session, GError **error);
JsonObject *ce_command_doctor (CeSession *session, GError **error);
JsonObject *ce_command_pending (CeSession *session, GError **error);
JsonObject *ce_command_history (CeSession *session, GError **error);
