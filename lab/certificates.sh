#!/bin/sh
# certificates.sh DIRECTORY: a lab certificate authority, and signed by it a certificate for localhost and one by which the account
# exchange logs in.
set -eu
cd "$1"
umask 077
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=Postroom lab CA" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr 2>/dev/null
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n' >server.ext
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile server.ext -out server.pem 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=exchange" -keyout exchange-client.key -out client.csr 2>/dev/null
printf 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n' >client.ext
openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile client.ext -out exchange-client.pem 2>/dev/null
chmod 644 ca.pem server.pem exchange-client.pem
rm -f server.csr server.ext client.csr client.ext
