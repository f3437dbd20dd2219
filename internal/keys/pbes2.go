package keys

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"hash"
	"slices"

	"golang.org/x/crypto/scrypt"
)

// Bounds of the work to derive a key from a passphrase. The file states the work, so
// an attacker may have written it.
const (
	// maxIterations bounds PBKDF2, and the sum of all iterations of a PKCS#12 file, to
	// some seconds. openssl's default is 2,048; recommendations go up to 1.3 million.
	maxIterations = 10_000_000
	// maxScryptBytes bounds the memory of scrypt: 128 N r. openssl's default is 16 MiB.
	maxScryptBytes = 256 << 20
	// maxScryptWork bounds N r p, to some seconds. openssl's default is 2^17.
	maxScryptWork = 1 << 23
)

// tooCostly is for a file that exceeds the bounds above.
func tooCostly(function string) *Fault {
	return (&Fault{Kind: KindEncrypted, Reason: "too-costly"}).with("function", function)
}

// pbes1 are the schemes of PKCS#5 1.5 and PKCS#12 (RFC 8018, A.3; RFC 7292, C).
var pbes1 = map[string]string{
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

var (
	oidPBES2          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt         = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	oidAES256CBC      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
	oidHMACWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
)

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

var pbkdf2Hashes = map[string]func() hash.Hash{
	"":                         sha1.New, // the default of RFC 8018, A.2
	"1.2.840.113549.2.7":       sha1.New,
	"1.2.840.113549.2.8":       sha256.New224,
	oidHMACWithSHA256.String(): sha256.New,
	"1.2.840.113549.2.10":      sha512.New384,
	"1.2.840.113549.2.11":      sha512.New,
	"1.2.840.113549.2.12":      sha512.New512_224,
	"1.2.840.113549.2.13":      sha512.New512_256,
}

// blockCipher is a cipher of PBES2, in CBC mode.
type blockCipher struct {
	keySize, blockSize int // in bytes
	new                func(key []byte) (cipher.Block, error)
}

// pbes2Ciphers are the supported ones, by OID.
var pbes2Ciphers = map[string]blockCipher{
	"2.16.840.1.101.3.4.1.2":  {16, aes.BlockSize, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.BlockSize, aes.NewCipher},
	oidAES256CBC.String():     {32, aes.BlockSize, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.BlockSize, des.NewTripleDESCipher},
}

// openPBES2 reads a PBES2 AlgorithmIdentifier (RFC 8018, A.4). decrypt returns nil for a
// wrong passphrase.
func openPBES2(identifier, ciphertext []byte) (decrypt func(passphrase string) []byte, fault *Fault) {
	var id pkix.AlgorithmIdentifier
	var p pbes2Parameters
	damaged := &Fault{Kind: KindUnparsable, Reason: string(badDER)}
	if _, err := asn1.Unmarshal(identifier, &id); err != nil {
		return nil, damaged
	}
	if name, ok := pbes1[id.Algorithm.String()]; ok {
		return nil, unreadableCipher("pbes1", name)
	}
	if !id.Algorithm.Equal(oidPBES2) {
		return nil, unreadableCipher("cipher-unsupported", "")
	}
	if _, err := asn1.Unmarshal(id.Parameters.FullBytes, &p); err != nil {
		return nil, damaged
	}
	c, known := pbes2Ciphers[p.Cipher.Algorithm.String()]
	if !known {
		return nil, unreadableCipher("cipher-unsupported", "")
	}
	var iv []byte
	if _, err := asn1.Unmarshal(p.Cipher.Parameters.FullBytes, &iv); err != nil || len(iv) != c.blockSize {
		return nil, damaged
	}
	derive, fault := kdf(p.KDF, c.keySize)
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
		block, err := c.new(key)
		if err != nil {
			return nil
		}
		plain := make([]byte, len(ciphertext))
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, ciphertext)
		return unpad(plain)
	}, nil
}

// unpad removes the padding of RFC 8018, 6.1.1; nil if it is not valid.
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

// kdf reads how to derive a key of size bytes from a passphrase.
func kdf(id pkix.AlgorithmIdentifier, size int) (derive func(passphrase string) ([]byte, error), fault *Fault) {
	damaged := &Fault{Kind: KindUnparsable, Reason: string(badDER)}
	switch {
	case id.Algorithm.Equal(oidPBKDF2):
		var p pbkdf2Parameters
		if _, err := asn1.Unmarshal(id.Parameters.FullBytes, &p); err != nil || p.Iterations < 1 || p.KeyLength != 0 && p.KeyLength != size {
			return nil, damaged
		}
		prf := pbkdf2Hashes[p.PRF.Algorithm.String()]
		switch {
		case prf == nil:
			return nil, unreadableCipher("cipher-unsupported", "")
		case p.Iterations > maxIterations:
			return nil, tooCostly("PBKDF2").with("iterations", p.Iterations).with("limit", maxIterations)
		}
		return func(passphrase string) ([]byte, error) {
			return pbkdf2.Key(prf, passphrase, p.Salt, p.Iterations, size)
		}, nil
	case id.Algorithm.Equal(oidScrypt):
		var p scryptParameters
		if _, err := asn1.Unmarshal(id.Parameters.FullBytes, &p); err != nil || p.N < 2 || p.N&(p.N-1) != 0 || p.R < 1 || p.P < 1 ||
			p.KeyLength != 0 && p.KeyLength != size {
			return nil, damaged
		}
		// Each one first: the products could overflow.
		if p.N > maxScryptWork || p.R > maxScryptWork || p.P > maxScryptWork ||
			128*p.N*p.R > maxScryptBytes || p.N*p.R > maxScryptWork/p.P {
			return nil, tooCostly("scrypt").with("limit", maxScryptBytes)
		}
		return func(passphrase string) ([]byte, error) {
			return scrypt.Key([]byte(passphrase), p.Salt, p.N, p.R, p.P, size)
		}, nil
	}
	return nil, unreadableCipher("cipher-unsupported", "")
}

// Parameters of new encrypted keys, which openssl since 1.1.0 and Java read. OWASP
// recommends this number of iterations as of 2023.
const (
	newIterations = 600_000
	newSaltSize   = 16
)

// encryptPKCS8 encrypts a PrivateKeyInfo to an EncryptedPrivateKeyInfo, both in DER,
// with PBES2 (RFC 8018), AES-256 and PBKDF2 with HMAC-SHA-256.
func encryptPKCS8(der []byte, passphrase string) ([]byte, error) {
	salt, iv := make([]byte, newSaltSize), make([]byte, aes.BlockSize)
	rand.Read(salt)
	rand.Read(iv)
	key, err := pbkdf2.Key(sha256.New, passphrase, salt, newIterations, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	padding := aes.BlockSize - len(der)%aes.BlockSize
	data := append(slices.Clone(der), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)

	kdf, err := identifier(oidPBKDF2, pbkdf2Parameters{Salt: salt, Iterations: newIterations,
		PRF: pkix.AlgorithmIdentifier{Algorithm: oidHMACWithSHA256, Parameters: asn1.NullRawValue}})
	if err != nil {
		return nil, err
	}
	aes256, err := identifier(oidAES256CBC, iv)
	if err != nil {
		return nil, err
	}
	pbes2, err := identifier(oidPBES2, pbes2Parameters{kdf, aes256})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{pbes2, data})
}

func identifier(oid asn1.ObjectIdentifier, parameters any) (pkix.AlgorithmIdentifier, error) {
	der, err := asn1.Marshal(parameters)
	return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: der}}, err
}
