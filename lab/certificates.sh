#!/bin/sh
# certificates.sh DIRECTORY: a lab certificate authority, and a certificate for localhost signed by it.
# certificates.sh DIRECTORY NAME UPN: a client's certificate NAME-client.pem, with its key, for the account with this user principal name.
set -eu
cd "$1"
umask 077
sign() {
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
    chmod 644 "$1.pem"
    rm -f "$1.csr" "$1.ext"
}
if [ $# = 3 ]; then
    printf 'subjectAltName=otherName:msUPN;UTF8:%s\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\n' "$3" >"$2-client.ext"
    sign "$2-client" "$2"
    exit
fi
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=Postroom lab CA" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem 2>/dev/null
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n' >server.ext
sign server localhost
chmod 644 ca.pem
