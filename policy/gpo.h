/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/sd.h"

/**
 * Which Group Policy objects hold for a user, and in which order. Pure. Source:
 * [MS-GPOL] 2.2.2, 3.2.5.1.3–3.2.5.1.7.
 */
typedef enum
{
  CE_SCOPE_OU,
  CE_SCOPE_DOMAIN,
  CE_SCOPE_SITE,
} CeScopeKind;

/* A scope of management: what GPOs can be linked to. */
typedef struct
{
  CeScopeKind kind;
  char *dn;
  char *links;     /* gPLink as it is; "" where there is none */
  guint32 options; /* gPOptions: 1 blocks inheritance */
} CeScope;

CeScope *ce_scope_new (CeScopeKind kind, const char *dn, const char *links, guint32 options);
void ce_scope_free (CeScope *scope);

/* One entry of gPLink. */
typedef struct
{
  char *dn; /* of the GPO */
  gboolean disabled;
  gboolean enforced;
} CeGpoLink;

/* Borrowed strings, as long as the scopes live; @gpo_dn is its own. */
typedef struct
{
  char *gpo_dn;
  const CeScope *scope;
  gboolean enforced;
} CeGpoInOrder;

/**
 * ce_scopes_of:
 * @dn: of a user or computer
 *
 * Returns: (transfer full): of CeScope, the nearest OU first, the domain last; without links. Containers
 * (CN=) are no scopes. The site is the caller's to add, at the end.
 */
GPtrArray *ce_scopes_of (const char *dn);

/* "[LDAP://cn=…;0][…]" in stored order; what cannot be read is left out. (transfer full): of CeGpoLink */
GPtrArray *ce_gpo_links_parse (const char *text);

/**
 * ce_gpo_order:
 * @scopes: of CeScope: nearest OU first, then the domain, then the site
 *
 * Returns: (transfer full): of CeGpoInOrder, in the order of application: what comes later wins. That is: the
 *   links that are not enforced, from the site down to the nearest OU; then the enforced ones, from the
 * nearest OU up. In one scope the entries apply in stored order: what stands last in gPLink has link order 1
 * and wins.
 *
 * Inheritance that a scope blocks keeps out the links of the scopes above it, the site's too, unless
 * enforced; its own stay. A GPO that is linked several times comes several times.
 *
 * The pseudo-code of [MS-GPOL] 3.2.5.1.5 puts entries of one scope in front of each other and would so turn
 * their order around; the observed behaviour is the one above.
 */
GPtrArray *ce_gpo_order (const GPtrArray *scopes);

/* A GPO as the directory and SYSVOL have it. */
typedef struct
{
  char *dn;
  char *name; /* cn: "{31B2F340-…}" */
  char *display_name;
  char *path;            /* gPCFileSysPath */
  char *user_extensions; /* gPCUserExtensionNames */
  char *machine_extensions;
  char *wmi_filter; /* gPCWQLFilter, "" where there is none */
  guint32 version;  /* versionNumber: user half in the upper 16 bits, computer half in the lower */
  gboolean has_file_version;
  guint32 file_version; /* of gpt.ini, where it was read */
  guint32 functionality_version;
  guint32 flags;            /* 1: user half disabled, 2: computer half disabled */
  CeSecurityDescriptor *sd; /* %NULL where it cannot be read */
} CeGpo;

CeGpo *ce_gpo_new (void);
void ce_gpo_free (CeGpo *gpo);

/* gpt.ini, [General] Version=: hostile. %FALSE where it says none. Source: [MS-GPOL] 2.2.4. */
gboolean ce_gpt_ini_parse (const char *text, gsize length, guint32 *ret_version);

typedef enum
{
  CE_GPO_USER,
  CE_GPO_MACHINE,
} CeGpoHalf;

typedef enum
{
  CE_GPO_APPLIES,
  CE_GPO_WRONG_VERSION, /* gPCFunctionalityVersion is not 2 */
  CE_GPO_DISABLED,      /* this half is switched off */
  CE_GPO_EMPTY,         /* never edited */
  CE_GPO_FILTERED,      /* security filtering: no Apply-Group-Policy right, or denied */
  CE_GPO_WMI_FILTER,    /* a WMI filter, which cannot be evaluated here */
  CE_GPO_NO_SETTINGS,   /* no registry settings in this half */
} CeGpoVerdict;

/**
 * ce_gpo_judge:
 * @sids: of the user (or computer)
 * @wmi_filters_pass: what to do with a WMI filter: Windows asks WMI, which is not here; the default is not to
 * apply
 * @ret_detail: (transfer full): one sentence for people
 */
CeGpoVerdict ce_gpo_judge (const CeGpo *gpo, CeGpoHalf half, const CeSidSet *sids, gboolean wmi_filters_pass,
                           char **ret_detail);

/* "applies", "filtered" … */
const char *ce_gpo_verdict_name (CeGpoVerdict verdict);

/* UserPolicyMode; [MS-GPOL] 3.2.5.1 */
typedef enum
{
  CE_LOOPBACK_NONE = 0,
  CE_LOOPBACK_MERGE = 1,
  CE_LOOPBACK_REPLACE = 2,
} CeLoopback;

/**
 * ce_gpo_loop_back:
 * @user_list, @computer_list: of CeGpoInOrder, by the user's and by the computer's scopes
 *
 * The list that holds for the user half: the user's; the user's and then the computer's (merge); the
 * computer's alone (replace). (transfer container)
 */
GPtrArray *ce_gpo_loop_back (const GPtrArray *user_list, const GPtrArray *computer_list, CeLoopback mode);
