# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The certification authority, tests/labca.

ca_setup () {
  ( cd "$DIR/dc/tls"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "/DC=test/DC=lab/CN=LAB-CA" \
    -addext 'keyUsage=critical,keyCertSign,cRLSign'
  openssl x509 -in ca.pem -outform DER -out ca.der
  cat > kdc.ext <<E
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth,clientAuth,1.3.6.1.5.2.3.5
subjectAltName=DNS:dc1.lab.test,DNS:lab.test,otherName:1.3.6.1.5.2.2;SEQUENCE:p
[p]
realm=EXP:0,GeneralString:LAB.TEST
name=EXP:1,SEQUENCE:n
[n]
type=EXP:0,INTEGER:2
strings=EXP:1,SEQUENCE:s
[s]
a=GeneralString:krbtgt
b=GeneralString:LAB.TEST
E
  openssl req -newkey rsa:2048 -nodes -keyout dc1.key -subj "/CN=dc1.lab.test" -out kdc.csr
  openssl x509 -req -in kdc.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile kdc.ext -out dc1.pem
  chmod 600 dc1.key )
}
ca_start () { :; }
ca_await () { :; }
ca_verb () { die "the lab has no CA yet"; }
