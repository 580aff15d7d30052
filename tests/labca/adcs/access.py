# SPDX-License-Identifier: GPL-3.0-or-later
"""May this token use this control access right? MS-ADTS 5.1.3.3.4.

Samba's directory server asks sec_access_check_ds(). Python's samba.security.access_check() is
another function, which ignores object ACEs, so it cannot answer. The right one has no Python
binding, but it stands in a library that the bindings have loaded anyway: it is called here
through ctypes, with security descriptor, token and GUID made by Samba's own NDR code, whose C
structures libpytalloc-util hands out. Nothing is assumed about their layout.

Where that library cannot be called, walk() decides: an ordered walk over the ACEs, written from
MS-ADTS. The tests compare the two.
"""

from __future__ import annotations

import ctypes
import re
import sys
from typing import Callable, Iterable, Optional

from samba.dcerpc import misc, security
from samba.ndr import ndr_unpack

CONTROL_ACCESS = 0x100
_GENERIC_ALL = 0x10000000
_INHERIT_ONLY = 0x08
_ALLOWED, _DENIED, _ALLOWED_OBJECT, _DENIED_OBJECT = 0, 1, 5, 6
_OBJECT_TYPE_PRESENT = 1
_NT_STATUS_OK = 0

Check = Callable[[security.descriptor, security.token, str], bool]


def make_token(sids: Iterable[str]) -> security.token:
    """A token of the user's SID (first) and all SIDs of its groups."""
    token = security.token()
    held = [security.dom_sid(sid) for sid in sids]
    token.sids, token.num_sids = held, len(held)
    return token


def _mapped(pattern: str) -> Optional[str]:
    """Path of a library that this process has loaded already."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        paths = {line.split()[-1] for line in maps if re.search(pattern, line)}
    return min(paths, default=None)


def samba_check() -> Optional[Check]:
    """Samba's own check, or None where its libraries do not offer it."""
    talloc, library = _mapped(r"/libpytalloc-util\S*\.so"), _mapped(r"/libsamba-security-\S*\.so")
    if talloc is None or library is None:
        return None
    try:
        pointer = ctypes.PyDLL(talloc)._pytalloc_get_ptr
        check = ctypes.CDLL(library).sec_access_check_ds
        insert = ctypes.CDLL(library).insert_in_object_tree
        free = ctypes.CDLL(_mapped(r"/libtalloc\.so"))._talloc_free
    except (AttributeError, OSError, TypeError):
        return None
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object]
    insert.restype = ctypes.c_bool
    insert.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p,
                       ctypes.POINTER(ctypes.c_void_p)]
    check.restype = ctypes.c_uint32
    check.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32,
                      ctypes.POINTER(ctypes.c_uint32), ctypes.c_void_p, ctypes.c_void_p]
    free.restype, free.argtypes = ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p]

    def granted(descriptor: security.descriptor, token: security.token, right: str) -> bool:
        guid, tree, mask = misc.GUID(right), ctypes.c_void_p(), ctypes.c_uint32()
        if not insert(None, pointer(guid), CONTROL_ACCESS, None, ctypes.byref(tree)):
            raise MemoryError("insert_in_object_tree")
        status = check(pointer(descriptor), pointer(token), CONTROL_ACCESS,
                       ctypes.byref(mask), tree, None)
        free(tree, b"access.py")
        return bool(status == _NT_STATUS_OK)

    return granted


def walk(descriptor: security.descriptor, token: security.token, right: str) -> bool:
    """The rule itself: the first ACE in stored order that speaks of this right decides."""
    if not descriptor.type & security.SEC_DESC_DACL_PRESENT or descriptor.dacl is None:
        return True
    held = {str(sid) for sid in token.sids}
    for ace in descriptor.dacl.aces:
        if ace.flags & _INHERIT_ONLY or str(ace.trustee) not in held:
            continue
        if not ace.access_mask & (CONTROL_ACCESS | _GENERIC_ALL):
            continue
        if ace.type in (_ALLOWED_OBJECT, _DENIED_OBJECT):
            if ace.object.flags & _OBJECT_TYPE_PRESENT and str(ace.object.type) != right:
                continue
        if ace.type in (_DENIED, _DENIED_OBJECT):
            return False
        if ace.type in (_ALLOWED, _ALLOWED_OBJECT):
            return True
    return False


_check: Check = samba_check() or walk
if _check is walk:
    print("labca: Samba's sec_access_check_ds is not callable here; "
          "the CA's own walk over the ACEs decides", file=sys.stderr)


def may(descriptor: bytes, sids: Iterable[str], right: str) -> bool:
    """Whether the holder of `sids` has the control access right on an object."""
    return _check(ndr_unpack(security.descriptor, descriptor), make_token(sids), right)
