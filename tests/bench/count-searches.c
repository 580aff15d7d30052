/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Loaded into the worker with LD_PRELOAD: writes a line to the file that CARDENROLL_BENCH_SEARCHES names for
 * each search that libldap is asked to send. */

#include <dlfcn.h>
#include <fcntl.h>
#include <ldap.h>
#include <stdlib.h>
#include <unistd.h>

typedef int SearchSync (LDAP *ld, LDAP_CONST char *base, int scope, LDAP_CONST char *filter, char **attrs,
                        int attrsonly, LDAPControl **sctrls, LDAPControl **cctrls, struct timeval *timeout,
                        int sizelimit, LDAPMessage **res);

static void
count (void)
{
  const char *path = getenv ("CARDENROLL_BENCH_SEARCHES");
  int fd = path != NULL ? open (path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;

  if (fd < 0)
    return;
  if (write (fd, "\n", 1) != 1)
    abort ();
  close (fd);
}

/* The two others, ldap_search_ext() and what calls it inside libldap, are not used by cardenroll. */
int
ldap_search_ext_s (LDAP *ld, LDAP_CONST char *base, int scope, LDAP_CONST char *filter, char **attrs,
                   int attrsonly, LDAPControl **sctrls, LDAPControl **cctrls, struct timeval *timeout,
                   int sizelimit, LDAPMessage **res)
{
  SearchSync *real = (SearchSync *) dlsym (RTLD_NEXT, "ldap_search_ext_s");

  count ();
  return real (ld, base, scope, filter, attrs, attrsonly, sctrls, cctrls, timeout, sizelimit, res);
}
