package keys

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"time"

	gopkcs12 "software.sslmate.com/src/go-pkcs12"
)

// pkcs12Decrypter is for a PKCS#12 file in DER (RFC 7292). The library needs one key
// that Go knows and at least one certificate. Other content, such as an RSA-PSS key, is
// read here if it is encrypted with PBES2.
func (b blob) pkcs12Decrypter() (decrypter, *Fault) {
	if n := totalIterations(b.der); n > maxIterations {
		return nil, tooCostly("PKCS#12").with("iterations", n).with("limit", maxIterations)
	}
	return func(passphrase string) ([]blob, *Fault) {
		inside, err := decodePKCS12(b.der, passphrase)
		switch {
		case err == nil:
			return inside, nil
		case errors.Is(err, gopkcs12.ErrIncorrectPassword), errors.Is(err, gopkcs12.ErrDecryption):
			return nil, wrongPassphrase()
		case err == errTimeout:
			return nil, tooCostly("PKCS#12")
		}
		inside, fault := openBags(safeBags(b.der), passphrase)
		if fault == nil && len(inside) == 0 {
			fault = &Fault{Kind: KindUnparsable, Reason: "pkcs12"}
		}
		return inside, fault
	}, nil
}

// pkcs12Timeout is for what maxIterations cannot bound: a number of iterations that is
// itself encrypted, with a passphrase that the author of the file knows.
const pkcs12Timeout = 30 * time.Second

var errTimeout = errors.New("the PKCS#12 file takes too long to decrypt")

// decodePKCS12 runs the library for at most pkcs12Timeout.
func decodePKCS12(der []byte, passphrase string) ([]blob, error) {
	type result struct {
		inside []blob
		err    error
	}
	done := make(chan result, 1)
	go func() {
		defer func() {
			if recover() != nil {
				done <- result{err: errors.New("the PKCS#12 decoder panicked")}
			}
		}()
		inside, err := decodeChain(der, passphrase)
		done <- result{inside, err}
	}()
	select {
	case r := <-done:
		return r.inside, r.err
	case <-time.After(pkcs12Timeout):
		return nil, errTimeout
	}
}

func decodeChain(der []byte, passphrase string) (inside []blob, err error) {
	key, cert, more, err := gopkcs12.DecodeChain(der, passphrase)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	inside = append(inside, inPKCS12(keyDER), inPKCS12(cert.Raw))
	for _, c := range more {
		inside = append(inside, inPKCS12(c.Raw))
	}
	return inside, nil
}

func inPKCS12(der []byte) blob {
	b := outline(der)
	b.armour = "PKCS#12"
	return b
}

// maxBags bounds the elements of a PKCS#12 file that are visited. A key with a chain of
// five certificates has about 300.
const maxBags = 20_000

// walk visits every element of a DER structure, also inside of octet strings.
func walk(der []byte, visit func(v asn1.RawValue, parts []asn1.RawValue)) {
	left := maxBags
	var into func(der []byte, depth int)
	into = func(der []byte, depth int) {
		for len(der) > 0 && left > 0 && depth > 0 {
			left--
			var v asn1.RawValue
			rest, err := asn1.Unmarshal(der, &v)
			if err != nil {
				return
			}
			der = rest
			if v.IsCompound {
				parts, _ := children(v.Bytes)
				visit(v, parts)
				into(v.Bytes, depth-1)
			} else if tagLetter(v) == 'o' {
				into(v.Bytes, depth-1)
			}
		}
	}
	const maxDepth = 24
	into(der, maxDepth)
}

// totalIterations is the sum of all iterations in the file: each number follows an octet
// string, its salt.
func totalIterations(der []byte) int {
	sum := 0
	walk(der, func(_ asn1.RawValue, parts []asn1.RawValue) {
		for i := 1; i < len(parts); i++ {
			if tagLetter(parts[i]) != 'i' || tagLetter(parts[i-1]) != 'o' {
				continue
			}
			var n int64
			if _, err := asn1.Unmarshal(parts[i].FullBytes, &n); err != nil || n > maxIterations {
				n = maxIterations + 1
			}
			sum = min(sum+int(max(n, 0)), maxIterations+1)
		}
	})
	return sum
}

// safeBags finds keys, certificates and encrypted contents.
func safeBags(der []byte) []blob {
	var bags []blob
	walk(der, func(v asn1.RawValue, parts []asn1.RawValue) {
		switch word := tags(parts); {
		case word == "ds0": // EncryptedContentInfo (RFC 5652, 6.1)
			bags = append(bags, blob{is: pkcs7, der: v.FullBytes, parts: parts[1:]})
		case word == "so", contentByTags[word] == pkcs8, word == "ssb":
			if b := outline(v.FullBytes); b.is == encryptedPKCS8 || b.is == pkcs8 || b.is == certificate {
				b.armour = "PKCS#12"
				bags = append(bags, b)
			}
		}
	})
	return bags
}

// openBags decrypts what PBES2 encrypts.
func openBags(bags []blob, passphrase string) ([]blob, *Fault) {
	var inside []blob
	for _, b := range bags {
		if b.is != encryptedPKCS8 && b.is != pkcs7 {
			inside = append(inside, b)
			continue
		}
		decrypt, fault := openPBES2(b.parts[0].FullBytes, b.parts[1].Bytes)
		if fault != nil {
			continue // a digest has the same tags, and the library reads old encryption
		}
		plain := decrypt(passphrase)
		if plain == nil {
			return nil, wrongPassphrase()
		}
		if b.is == encryptedPKCS8 {
			key := inPKCS12(plain)
			if key.is != pkcs8 { // one wrong passphrase in 256 gives valid padding
				return nil, wrongPassphrase()
			}
			inside = append(inside, key)
			continue
		}
		for _, b := range safeBags(plain) {
			if b.is != pkcs7 && b.is != encryptedPKCS8 {
				inside = append(inside, b)
			}
		}
	}
	return inside, nil
}
