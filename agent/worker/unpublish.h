/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/worker/session.h"

/**
 * ce_worker_unpublish:
 * @performed: a job that is done; its note says afterwards what became of it
 *
 * Takes the certificate that has left the card out of the directory (userCertificate), where its template had
 * the CA publish it, the user may write it, and its key went with it: one that may have encrypted something
 * is still good for those who write to the user. That it cannot be done is a note in the history, never an
 * error. Blocks on the network. Errors: JOURNAL.
 */
gboolean ce_worker_unpublish (CeSession *session, CePerformed *performed, GError **error);
