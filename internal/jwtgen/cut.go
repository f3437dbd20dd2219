package jwtgen

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// EndsEarly reports whether the last of the three parts of a token is not whole: the header
// or the claims are the beginning of an object, or a character of the signature is missing.
func EndsEarly(token string) bool {
	parts := strings.Split(token, ".")
	last := parts[len(parts)-1]
	reason, offset := base64Fault(last)
	switch {
	case !beginsLikeJWT(token), len(parts) > 3, reason != "" && offset < len(last):
		return false
	case len(parts) == 3:
		return reason != "" && wordFault(last) == nil
	case reason != "":
		last = last[:len(last)-1]
	}
	data, err := base64.RawURLEncoding.DecodeString(last)
	var value json.RawMessage
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(data)).Decode(&value)
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// IsWhole reports whether every part was read and the signature has a length that its
// algorithm writes.
func (a *Assertion) IsWhole() bool {
	sig := a.sealed().signature
	if len(a.sealed().unread) > 0 || len(sig) == 0 {
		return false
	}
	for _, alg := range algorithms {
		switch {
		case alg.name != a.Algorithm():
		case alg.scheme == schemeECDSA:
			f := alg.shapeFault(sig, 0)
			return f == nil || f.Kind == KindSignatureEncodingDER
		default:
			return len(sig)%(minRSABytes/2) == 0 && len(sig) >= minRSABytes
		}
	}
	return true
}

// minRSABytes is the size of the smallest RSA key that is still seen. Larger keys grow
// by half of it.
const minRSABytes = 128
