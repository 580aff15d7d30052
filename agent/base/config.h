/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

typedef enum
{
  CE_POSTPONE_HOUR,
  CE_POSTPONE_TOMORROW,
  CE_POSTPONE_NEVER, /* nothing is offered: what is due is begun at once */
} CePostpone;

/**
 * CeConfig: the settings, from /etc/cardenroll/cardenroll.conf and then
 * $XDG_CONFIG_HOME/cardenroll/cardenroll.conf, where a later value wins. Every field has a default, so a missing
 * file is no error. A value of %NULL or 0 means "find out by yourself".
 */
typedef struct
{
  /* [directory] */
  char *domain; /* DNS name of the AD domain; else from the Kerberos principal */
  char *server; /* FQDN of a domain controller; else by DNS SRV */

  /* [policy] */
  gboolean autoenrollment; /* what holds where no Group Policy speaks */
  guint remind_percent;    /* likewise: how much of a certificate's lifetime is left when a person is told that it ends and is
                              not renewed by itself; 0: never */
  gboolean group_policy;   /* read it */
  gboolean apply_wmi_filtered; /* apply GPOs that have a WMI filter, which is not evaluated */
  gboolean renew_with_ca;      /* certificates are renewed as soon as their CA has a new key */
  char *policy_source;     /* "directory" "xcep" "file"; else the directory */
  char *policy_url;        /* xcep: URLs, separated by semicolons, best first */
  guint policy_authentication; /* xcep: 1 anonymous, 2 Kerberos, 4 password, 8 certificate, as [MS-XCEP] has it */
  char *policy_user;       /* xcep: who asks with a password */
  char *policy_file;       /* file: else /etc/cardenroll/policy.conf */

  /* [card] */
  char *module;        /* PKCS#11 module: path or p11-kit name */
  char *key_algorithm; /* "rsa-2048" "rsa-3072" "rsa-4096" "ec-p256" "ec-p384"; else what the template asks for */

  /* [ca] */
  char *tls_ca_file; /* PEM roots for HTTPS beside the system's and the directory's */
  guint ca_timeout_s;

  /* [logon] */
  gboolean trial_logon; /* prove a new certificate by a real logon where a KDC answers */

  /* [pinentry] */
  char *pinentry; /* program; else "pinentry" */

  /* [schedule] */
  guint look_every_s; /* 8 hours */

  /* [notifications] */
  gboolean notify;

  /* [agent] */
  CePostpone postpone;       /* what an offer that is closed without an answer means */
  guint postpone_until_days; /* how many days before its certificate ends work can no longer wait */

  char *digest; /* of the files' texts: the same as long as no setting changes */
} CeConfig;

/* Errors: MISCONFIGURED, naming file, group, key and what is allowed. An unknown group or key is such an error. */
CeConfig *ce_config_load (GError **error);

/* The same from one text; @name is for messages. */
CeConfig *ce_config_parse (const char *text, const char *name, GError **error);

void ce_config_free (CeConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeConfig, ce_config_free)
