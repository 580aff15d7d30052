/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * ce_agent_run:
 * @worker_environment: of the workers, and so of pinentry
 *
 * The agent of a user session: joins the watch of the readers, the cards, the bus and the notifications, and
 * runs the default main loop until SIGTERM, SIGINT or the end of the session bus. At the end it waits up to
 * 30 seconds for workers at a point where the card must stay in.
 *
 * Errors: FAILED where there is no session bus; BUSY where another agent has its name.
 */
gboolean ce_agent_run (char **worker_environment, GError **error);
