package signcommand

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/jwtgen"
)

// read finds the signature in an answer: bytes, base64 (also for URLs) or hexadecimal text.
// Only the reading counts whose length is that of the key, and that verifies.
func (s *Signer) read(answer []byte, alg string, message []byte) ([]byte, error) {
	if len(bytes.TrimSpace(answer)) == 0 {
		return nil, &Fault{Kind: Failed, Reason: "empty"}
	}
	size := signatureBytes(s.public)
	var refused *jwtgen.Fault
	for _, candidate := range readings(answer) {
		sig := candidate
		if _, isEC := s.public.(*ecdsa.PublicKey); isEC {
			sig = rawECDSA(candidate, size)
		}
		if len(sig) != size {
			continue
		}
		f := jwtgen.VerifySignature(alg, s.public, message, sig)
		if f == nil {
			return asSigner(s.public, sig), nil
		}
		if refused == nil {
			refused = f
		}
	}
	if refused != nil {
		return nil, wrong(refused, alg)
	}
	return nil, unlike(answer).with("alg", alg).with("length", len(answer)).with("expected_length", size)
}

// mostLineEnds is how many bytes of line ends after a signature are cut off.
const mostLineEnds = 8

// readings are the ways to read an answer, the bytes themselves first.
func readings(answer []byte) [][]byte {
	all := [][]byte{answer}
	for cut := answer; len(cut) > 0 && len(all) <= mostLineEnds && bytes.ContainsAny(cut[len(cut)-1:], "\r\n"); {
		cut = cut[:len(cut)-1] // one by one: the last bytes of a signature may be such too
		all = append(all, cut)
	}
	joined := strings.Join(strings.Fields(string(answer)), "")
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if data, err := encoding.DecodeString(joined); err == nil {
			all = append(all, data)
		}
	}
	if data, err := hex.DecodeString(strings.ReplaceAll(joined, ":", "")); err == nil {
		all = append(all, data)
	}
	return all
}

// signatureBytes is the length of a signature: for ECDSA that of r and s together.
func signatureBytes(public crypto.PublicKey) int {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return key.Size()
	case *ecdsa.PublicKey:
		return 2 * ((key.Params().BitSize + 7) / 8)
	}
	return 0
}

// ecdsaSignature is ECDSA-Sig-Value of RFC 3279, section 2.2.3.
type ecdsaSignature struct{ R, S *big.Int }

// rawECDSA is a signature as r||s of size bytes, also if it is in ASN.1; others stay as
// they are.
func rawECDSA(sig []byte, size int) []byte {
	var numbers ecdsaSignature
	rest, err := asn1.Unmarshal(sig, &numbers)
	half := size / 2
	if len(sig) == size || err != nil || len(rest) > 0 || numbers.R.Sign() <= 0 || numbers.S.Sign() <= 0 ||
		numbers.R.BitLen() > 8*half || numbers.S.BitLen() > 8*half {
		return sig
	}
	raw := make([]byte, size)
	numbers.R.FillBytes(raw[:half])
	numbers.S.FillBytes(raw[half:])
	return raw
}

// asSigner is a signature in the form of crypto.Signer, for ECDSA in ASN.1.
func asSigner(public crypto.PublicKey, sig []byte) []byte {
	if _, isEC := public.(*ecdsa.PublicKey); !isEC {
		return sig
	}
	half := len(sig) / 2
	der, err := asn1.Marshal(ecdsaSignature{new(big.Int).SetBytes(sig[:half]), new(big.Int).SetBytes(sig[half:])})
	if err != nil {
		panic(err) // two numbers
	}
	return der
}

// unlike is the fault of an answer that is no signature of this key, by its length.
func unlike(answer []byte) *Fault {
	trimmed := bytes.TrimSpace(answer)
	switch {
	case json.Valid(trimmed) && trimmed[0] == '{':
		return &Fault{Kind: Failed, Reason: "json"}
	case bytes.HasPrefix(trimmed, []byte("vault:v")):
		return &Fault{Kind: Failed, Reason: "vault-prefix"}
	case slices.ContainsFunc(readings(answer), isSignature):
		return &Fault{Kind: Wrong, Reason: "other-size"}
	}
	return &Fault{Kind: Failed, Reason: "not-a-signature"}
}

// isSignature recognises a signature of a key of another size or type.
func isSignature(data []byte) bool {
	var numbers ecdsaSignature
	rest, err := asn1.Unmarshal(data, &numbers)
	return err == nil && len(rest) == 0 || slices.Contains([]int{64, 96, 132, 256, 384, 512}, len(data))
}
