# SPDX-License-Identifier: GPL-3.0-or-later
"""A certification authority for the lab that answers as AD CS with CEP and CES would.

It is written on another stack than the product (Samba's, cryptography's and asn1crypto's
libraries), so that both cannot share a mistake. See README.md beside this package.
"""
