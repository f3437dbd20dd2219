package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strconv"
	"strings"
)

// This file reads the public half of a key in SSH's formats, which is never encrypted.
// It tells whether the key can be converted, and whether that would help: neither
// ssh-keygen nor puttygen writes an Ed25519 key as PKCS#8.

// sshTypes are the public key formats of SSH: RFC 4253, 6.6; RFC 5656, 3.1;
// RFC 8709; and those of OpenSSH for keys in a hardware device.
var sshTypes = map[string]algorithm{
	"ssh-rsa":             {Type: TypeRSA},
	"ssh-dss":             {Type: "DSA"},
	"ssh-ed25519":         {Type: TypeEd25519},
	"ssh-ed448":           {Type: "Ed448"},
	"ecdsa-sha2-nistp256": {Type: TypeEC, Curve: "P-256"},
	"ecdsa-sha2-nistp384": {Type: TypeEC, Curve: "P-384"},
	"ecdsa-sha2-nistp521": {Type: TypeEC, Curve: "P-521"},

	"sk-ssh-ed25519@openssh.com":         {Type: "FIDO"},
	"sk-ecdsa-sha2-nistp256@openssh.com": {Type: "FIDO"},
}

// sshKey reads the type of a public key, and the size of an RSA one; nil for others.
func sshKey(public []byte) (alg *algorithm, bits int) {
	name, rest, _ := sshString(public)
	found, ok := sshTypes[string(name)]
	if !ok {
		return nil, 0
	}
	if found.Type == TypeRSA {
		_, rest, _ = sshString(rest) // the exponent
		modulus, _, _ := sshString(rest)
		if bits = new(big.Int).SetBytes(modulus).BitLen(); bits == 0 {
			return nil, 0
		}
	}
	return &found, bits
}

// openSSH reads the first public key of an OpenSSH PEM block (PROTOCOL.key), after
// cipher, KDF, its options and the number of keys.
func openSSH(data []byte) (*algorithm, int) {
	rest, ok := bytes.CutPrefix(data, []byte("openssh-key-v1\x00"))
	for range 3 {
		if ok {
			_, rest, ok = sshString(rest)
		}
	}
	if !ok || len(rest) < 4 {
		return nil, 0
	}
	public, _, _ := sshString(rest[4:])
	return sshKey(public)
}

// putty reads a PuTTY file: lines of "Name: value", and after Public-Lines that number
// of base64 lines.
func putty(text []byte) (*algorithm, int) {
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	for i, line := range lines {
		count, ok := strings.CutPrefix(line, "Public-Lines: ")
		n, err := strconv.Atoi(count)
		if !ok || err != nil || n < 1 || n > len(lines)-i-1 {
			continue
		}
		public, err := base64.StdEncoding.DecodeString(strings.Join(lines[i+1:i+1+n], ""))
		if err == nil {
			return sshKey(public)
		}
	}
	return nil, 0
}

// sshString reads a string (RFC 4251, section 5); rest is what follows it.
func sshString(data []byte) (s, rest []byte, ok bool) {
	if len(data) < 4 {
		return nil, nil, false
	}
	n, data := binary.BigEndian.Uint32(data), data[4:]
	if uint64(n) > uint64(len(data)) {
		return nil, nil, false
	}
	return data[:n], data[n:], true
}
