package keys

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
)

// decrypter decrypts with a passphrase. KindPassphraseWrong is for a wrong one; any
// other fault means that no passphrase helps.
type decrypter func(passphrase string) ([]blob, *Fault)

// passphraseFinder finds the passphrase for a decrypter and returns where it came from.
type passphraseFinder func(object Object, decrypt decrypter) ([]blob, Passphrase, *Fault)

// Passphrase says where the passphrase of a file came from.
type Passphrase struct {
	From string // "file", "terminal", "empty" for the empty passphrase, or "" for none
	// NewlineCut says that the final line break of the passphrase file was removed.
	NewlineCut bool
}

// isEncrypted reports whether b must be decrypted before its content can be read.
func (b blob) isEncrypted() bool {
	return b.is == encryptedPKCS8 || b.is == encryptedRFC1423 || b.is == pkcs12 && b.der != nil
}

// open decrypts b.
func (b blob) open(object Object, unlock passphraseFinder) ([]blob, Passphrase, *Fault) {
	decrypt, fault := b.decrypter()
	if fault != nil {
		return nil, Passphrase{}, b.complete(object, fault)
	}
	// Many PKCS#12 files are protected by the empty passphrase only, and so are the keys
	// of programs whose passphrase was left out.
	if inside, fault := decrypt(""); fault == nil || fault.Kind != KindPassphraseWrong {
		from := Passphrase{}
		if b.is != pkcs12 && fault == nil {
			from.From = "empty"
		}
		return inside, from, b.complete(object, fault)
	}
	if unlock == nil {
		return nil, Passphrase{}, b.complete(object, &Fault{Kind: KindEncrypted})
	}
	inside, from, fault := unlock(object, decrypt)
	return inside, from, b.complete(object, fault)
}

// complete adds to a fault of decryption what is encrypted. The code
// certificate.encrypted does not exist: a certificate is encrypted only with a key.
func (b blob) complete(object Object, f *Fault) *Fault {
	if f == nil {
		return nil
	}
	f.Object = object
	if f.Reason == "" {
		f.Reason = strings.TrimPrefix(string(b.is), "encrypted-")
	}
	if object == ObjectCertificate && (f.Kind == KindEncrypted || f.Kind == KindPassphraseWrong) {
		f.Reason = "pkcs12-" + string(f.Kind)
		f.Kind = KindUnparsable
	}
	if slices.Contains(knownLabels, b.label) {
		f.with("label", b.label)
	}
	return f
}

func wrongPassphrase() *Fault { return &Fault{Kind: KindPassphraseWrong} }

// unreadableCipher is for an encryption that is not supported. name is one of our
// tables: text of the file is never repeated.
func unreadableCipher(reason, name string) *Fault {
	f := &Fault{Kind: KindEncrypted, Reason: reason}
	if name != "" {
		f.with("cipher", name)
	}
	return f
}

// decrypter checks the encryption of b before a passphrase is asked for.
func (b blob) decrypter() (decrypter, *Fault) {
	switch b.is {
	case encryptedRFC1423:
		return b.rfc1423Decrypter()
	case pkcs12:
		return b.pkcs12Decrypter()
	}
	return b.pkcs8Decrypter()
}

// legacyCiphers are those of OpenSSL's traditional format: true if Go reads them.
var legacyCiphers = map[string]bool{
	"DES-CBC": true, "DES-EDE3-CBC": true, "AES-128-CBC": true, "AES-192-CBC": true, "AES-256-CBC": true,
	"RC2-CBC": false, "RC2-40-CBC": false, "RC2-64-CBC": false, "RC4": false, "IDEA-CBC": false, "SEED-CBC": false,
	"BF-CBC": false, "CAST5-CBC": false, "SM4-CBC": false, "DES-EDE-CBC": false,
	"CAMELLIA-128-CBC": false, "CAMELLIA-192-CBC": false, "CAMELLIA-256-CBC": false,
	"ARIA-128-CBC": false, "ARIA-192-CBC": false, "ARIA-256-CBC": false,
}

func (b blob) rfc1423Decrypter() (decrypter, *Fault) {
	name, _, _ := strings.Cut(b.headers["DEK-Info"], ",")
	readable, known := legacyCiphers[name]
	if !known {
		name = ""
	}
	if !readable {
		return nil, unreadableCipher("cipher-unsupported", name)
	}
	return func(passphrase string) ([]blob, *Fault) {
		block := &pem.Block{Type: b.label, Headers: b.headers, Bytes: b.der}
		//lint:ignore SA1019 the format is weak, but people have such files; it is never written
		der, err := x509.DecryptPEMBlock(block, []byte(passphrase))
		if err != nil && !errors.Is(err, x509.IncorrectPasswordError) {
			return nil, &Fault{Kind: KindUnparsable, Reason: string(badDER)}
		}
		inside := outline(der)
		// One wrong passphrase in 256 gives valid padding.
		if err != nil || inside.der == nil || inside.is == badDER {
			return nil, wrongPassphrase()
		}
		inside.armour, inside.label = b.armour, b.label
		return []blob{inside}, nil
	}, nil
}

// pkcs8Decrypter is for EncryptedPrivateKeyInfo (RFC 5958, 3).
func (b blob) pkcs8Decrypter() (decrypter, *Fault) {
	decrypt, fault := openPBES2(b.parts[0].FullBytes, b.parts[1].Bytes)
	if fault != nil {
		return nil, fault
	}
	return func(passphrase string) ([]blob, *Fault) {
		inside := outline(decrypt(passphrase))
		if inside.is != pkcs8 {
			return nil, wrongPassphrase()
		}
		inside.armour = b.armour
		if b.armour == "PEM" {
			inside.label = labels[pkcs8][0]
		}
		return []blob{inside}, nil
	}, nil
}
