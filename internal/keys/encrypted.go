package keys

import (
	"crypto/aes"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"hash"
	"slices"
	"strings"

	pbes "github.com/youmark/pkcs8"
)

// What a file may ask of this machine to turn a passphrase into a key. It is in
// the file, so anybody may have written it.
const (
	// maxIterations bounds PBKDF2, and the sum of all iterations of a PKCS#12
	// file: some seconds. openssl's default is 2,048; advice goes up to 1.3 million.
	maxIterations = 10_000_000
	// maxScryptBytes bounds the memory of scrypt: 128 N r. openssl's default is 16 MiB.
	maxScryptBytes = 256 << 20
	// maxScryptWork bounds N r p, to some seconds. openssl's default is 2^17.
	maxScryptWork = 1 << 23
)

// lock opens something that is encrypted. KindPassphraseWrong says that the
// passphrase does not fit; any other fault that none will do.
type lock func(passphrase string) ([]blob, *Fault)

// unlocker finds the passphrase for a lock, and says where it came from.
type unlocker func(object Object, l lock) ([]blob, Passphrase, *Fault)

// Passphrase says where the passphrase came from that opened a file.
type Passphrase struct {
	From string // "file", "terminal", or "" for none
	// NewlineCut says that the line break at the end of the file was left out.
	NewlineCut bool
}

// locked reports whether there is something to open before what is inside can be
// looked at.
func (b blob) locked() bool {
	return b.is == encryptedPKCS8 || b.is == encryptedRFC1423 || b.is == pkcs12 && b.der != nil
}

// open returns what is inside an encrypted thing.
func (b blob) open(object Object, unlock unlocker) ([]blob, Passphrase, *Fault) {
	l, fault := b.lock()
	if fault != nil {
		return nil, Passphrase{}, b.blame(object, fault)
	}
	if b.is == pkcs12 { // many are protected by the empty passphrase only
		if inside, fault := l(""); fault == nil || fault.Kind != KindPassphraseWrong {
			return inside, Passphrase{}, b.blame(object, fault)
		}
	}
	if unlock == nil {
		return nil, Passphrase{}, b.blame(object, &Fault{Kind: KindEncrypted})
	}
	inside, from, fault := unlock(object, l)
	return inside, from, b.blame(object, fault)
}

// blame completes the fault of a lock: what is encrypted, and for whom. There is
// no certificate.encrypted: a certificate is only ever locked in with a key.
func (b blob) blame(object Object, f *Fault) *Fault {
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

// unreadableCipher names an encryption that is not read, by a name of ours: what
// is in the file is never repeated.
func unreadableCipher(reason, name string) *Fault {
	f := &Fault{Kind: KindEncrypted, Reason: reason}
	if name != "" {
		f.with("cipher", name)
	}
	return f
}

// tooCostly is for a file that asks for more than the bounds above.
func tooCostly(function string) *Fault {
	return (&Fault{Kind: KindEncrypted, Reason: "too-costly"}).with("function", function)
}

// lock finds out what it takes to open b, before any passphrase is asked for.
func (b blob) lock() (lock, *Fault) {
	switch b.is {
	case encryptedRFC1423:
		return b.lockRFC1423()
	case pkcs12:
		return b.lockPKCS12()
	}
	return b.lockPKCS8()
}

// legacyCiphers are those of OpenSSL's old form that Go reads, and those that
// it does not.
func legacyCiphers() map[string]bool {
	return map[string]bool{
		"DES-CBC": true, "DES-EDE3-CBC": true, "AES-128-CBC": true, "AES-192-CBC": true, "AES-256-CBC": true,
		"RC2-CBC": false, "RC2-40-CBC": false, "RC2-64-CBC": false, "RC4": false, "IDEA-CBC": false, "SEED-CBC": false,
		"BF-CBC": false, "CAST5-CBC": false, "SM4-CBC": false, "DES-EDE-CBC": false,
		"CAMELLIA-128-CBC": false, "CAMELLIA-192-CBC": false, "CAMELLIA-256-CBC": false,
		"ARIA-128-CBC": false, "ARIA-192-CBC": false, "ARIA-256-CBC": false,
	}
}

func (b blob) lockRFC1423() (lock, *Fault) {
	name, _, _ := strings.Cut(b.headers["DEK-Info"], ",")
	readable, known := legacyCiphers()[name]
	if !known {
		name = ""
	}
	if !readable {
		return nil, unreadableCipher("cipher-unsupported", name)
	}
	return func(passphrase string) ([]blob, *Fault) {
		block := &pem.Block{Type: b.label, Headers: b.headers, Bytes: b.der}
		//lint:ignore SA1019 the form is weak, and what people have: nothing is written in it
		der, err := x509.DecryptPEMBlock(block, []byte(passphrase))
		if err != nil && !errors.Is(err, x509.IncorrectPasswordError) {
			return nil, &Fault{Kind: KindUnparsable, Reason: string(badDER)}
		}
		inside := outline(der)
		// A wrong passphrase passes the padding in one of 256 cases.
		if err != nil || inside.der == nil || inside.is == badDER {
			return nil, wrongPassphrase()
		}
		inside.armour, inside.label = b.armour, b.label
		return []blob{inside}, nil
	}, nil
}

// pbes1 are the schemes of PKCS#5 1.5 and PKCS#12 (RFC 8018, A.3; RFC 7292, C).
func pbes1() map[string]string {
	return map[string]string{
		"1.2.840.113549.1.5.1":    "PBE-MD2-DES",
		"1.2.840.113549.1.5.3":    "PBE-MD5-DES",
		"1.2.840.113549.1.5.4":    "PBE-MD2-RC2-64",
		"1.2.840.113549.1.5.6":    "PBE-MD5-RC2-64",
		"1.2.840.113549.1.5.10":   "PBE-SHA1-DES",
		"1.2.840.113549.1.5.11":   "PBE-SHA1-RC2-64",
		"1.2.840.113549.1.12.1.1": "PBE-SHA1-RC4-128",
		"1.2.840.113549.1.12.1.2": "PBE-SHA1-RC4-40",
		"1.2.840.113549.1.12.1.3": "PBE-SHA1-3DES",
		"1.2.840.113549.1.12.1.4": "PBE-SHA1-2DES",
		"1.2.840.113549.1.12.1.5": "PBE-SHA1-RC2-128",
		"1.2.840.113549.1.12.1.6": "PBE-SHA1-RC2-40",
	}
}

const (
	oidPBES2  = "1.2.840.113549.1.5.13"
	oidPBKDF2 = "1.2.840.113549.1.5.12"
	oidScrypt = "1.3.6.1.4.1.11591.4.11"
)

// lockPKCS8 takes EncryptedPrivateKeyInfo (RFC 5958, 3).
func (b blob) lockPKCS8() (lock, *Fault) {
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
			inside.label = labels()[pkcs8][0]
		}
		return []blob{inside}, nil
	}, nil
}

type pbes2Parameters struct {
	KDF    pkix.AlgorithmIdentifier
	Cipher pkix.AlgorithmIdentifier
}

type pbkdf2Parameters struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

type scryptParameters struct {
	Salt      []byte
	N, R, P   int
	KeyLength int `asn1:"optional"`
}

func pbkdf2Hashes() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{
		"":                    sha1.New, // the default of RFC 8018, A.2
		"1.2.840.113549.2.7":  sha1.New,
		"1.2.840.113549.2.8":  sha256.New224,
		"1.2.840.113549.2.9":  sha256.New,
		"1.2.840.113549.2.10": sha512.New384,
		"1.2.840.113549.2.11": sha512.New,
		"1.2.840.113549.2.12": sha512.New512_224,
		"1.2.840.113549.2.13": sha512.New512_256,
	}
}

// pbes2Ciphers are those of the library, by OID.
func pbes2Ciphers() map[string]pbes.Cipher {
	ciphers := map[string]pbes.Cipher{}
	for _, c := range []pbes.Cipher{pbes.AES128CBC, pbes.AES192CBC, pbes.AES256CBC, pbes.TripleDESCBC} {
		ciphers[c.OID().String()] = c
	}
	return ciphers
}

// openPBES2 reads a PBES2 AlgorithmIdentifier (RFC 8018, A.4) and returns what
// decrypts with it; nil comes out where the passphrase does not fit. The library
// has a function for the whole, which refuses every key that the standard library
// does not know, RSA-PSS among them, and calls each a wrong password.
func openPBES2(identifier, ciphertext []byte) (decrypt func(passphrase string) []byte, fault *Fault) {
	var id pkix.AlgorithmIdentifier
	var p pbes2Parameters
	damaged := &Fault{Kind: KindUnparsable, Reason: string(badDER)}
	if _, err := asn1.Unmarshal(identifier, &id); err != nil {
		return nil, damaged
	}
	if name, ok := pbes1()[id.Algorithm.String()]; ok {
		return nil, unreadableCipher("pbes1", name)
	}
	if id.Algorithm.String() != oidPBES2 {
		return nil, unreadableCipher("cipher-unsupported", "")
	}
	if _, err := asn1.Unmarshal(id.Parameters.FullBytes, &p); err != nil {
		return nil, damaged
	}
	cipher := pbes2Ciphers()[p.Cipher.Algorithm.String()]
	if cipher == nil {
		return nil, unreadableCipher("cipher-unsupported", "")
	}
	var iv []byte
	if _, err := asn1.Unmarshal(p.Cipher.Parameters.FullBytes, &iv); err != nil || len(iv) != cipher.IVSize() {
		return nil, damaged
	}
	derive, fault := kdf(p.KDF, cipher.KeySize())
	if fault != nil {
		return nil, fault
	}
	if len(ciphertext) == 0 || len(ciphertext)%len(iv) != 0 {
		return nil, damaged
	}
	return func(passphrase string) []byte {
		key, err := derive(passphrase)
		if err != nil {
			return nil
		}
		plain, err := cipher.Decrypt(key, iv, ciphertext)
		if err != nil {
			return nil
		}
		return unpad(plain)
	}, nil
}

// unpad takes the padding of RFC 8018, 6.1.1, off; nil where there is none.
func unpad(plain []byte) []byte {
	n := int(plain[len(plain)-1])
	if n == 0 || n > aes.BlockSize || n > len(plain) {
		return nil
	}
	for _, c := range plain[len(plain)-n:] {
		if int(c) != n {
			return nil
		}
	}
	return plain[:len(plain)-n]
}

// kdf reads how a passphrase becomes a key of so many bytes.
func kdf(id pkix.AlgorithmIdentifier, size int) (derive func(passphrase string) ([]byte, error), fault *Fault) {
	damaged := &Fault{Kind: KindUnparsable, Reason: string(badDER)}
	switch id.Algorithm.String() {
	case oidPBKDF2:
		var p pbkdf2Parameters
		if _, err := asn1.Unmarshal(id.Parameters.FullBytes, &p); err != nil || p.Iterations < 1 || p.KeyLength != 0 && p.KeyLength != size {
			return nil, damaged
		}
		prf := pbkdf2Hashes()[p.PRF.Algorithm.String()]
		switch {
		case prf == nil:
			return nil, unreadableCipher("cipher-unsupported", "")
		case p.Iterations > maxIterations:
			return nil, tooCostly("PBKDF2").with("iterations", p.Iterations).with("limit", maxIterations)
		}
		return func(passphrase string) ([]byte, error) {
			return pbkdf2.Key(prf, passphrase, p.Salt, p.Iterations, size)
		}, nil
	case oidScrypt:
		var p scryptParameters
		if _, err := asn1.Unmarshal(id.Parameters.FullBytes, &p); err != nil || p.N < 2 || p.N&(p.N-1) != 0 || p.R < 1 || p.P < 1 ||
			p.KeyLength != 0 && p.KeyLength != size {
			return nil, damaged
		}
		// Each by itself first: the products could overflow.
		if p.N > maxScryptWork || p.R > maxScryptWork || p.P > maxScryptWork ||
			128*p.N*p.R > maxScryptBytes || p.N*p.R > maxScryptWork/p.P {
			return nil, tooCostly("scrypt").with("limit", maxScryptBytes)
		}
		return func(passphrase string) ([]byte, error) {
			o := pbes.ScryptOpts{CostParameter: p.N, BlockSize: p.R, ParallelizationParameter: p.P}
			key, _, err := o.DeriveKey([]byte(passphrase), p.Salt, size)
			return key, err
		}, nil
	}
	return nil, unreadableCipher("cipher-unsupported", "")
}
