package jwtgen

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // to recognise it, not to use it
	"encoding/binary"
	"math/big"
)

// pssHashes are the two hashes of a PSS signature: of the text, and of MGF1.
type pssHashes struct{ hash, mgf1 crypto.Hash }

// otherPSS finds the hashes with which a signature is valid, where they are not those of
// its algorithm, and the length of its salt; -1 if it is not valid with any.
func (a *Assertion) otherPSS(alg algorithm, key publicKey) (used pssHashes, salt int) {
	if key.rsa == nil || alg.scheme == schemeECDSA {
		return pssHashes{}, -1
	}
	all := []crypto.Hash{crypto.SHA256, crypto.SHA1, crypto.SHA384, crypto.SHA512}
	for _, h := range all {
		digest := h.New()
		digest.Write([]byte(a.SigningInput()))
		for _, g := range all {
			if n := saltLength(key.rsa, pssHashes{h, g}, digest.Sum(nil), a.sealed().signature); n >= 0 {
				return pssHashes{h, g}, n
			}
		}
	}
	return pssHashes{}, -1
}

// saltLength verifies a PSS signature with two hashes, and measures its salt: Go's
// verification returns no length and has one hash for both. It decodes as in RFC 8017,
// section 9.1.2, steps 4 to 14, and returns -1 for an invalid one.
func saltLength(k *rsa.PublicKey, used pssHashes, digest, sig []byte) int {
	emBits := k.N.BitLen() - 1
	em := make([]byte, (emBits+7)/8)
	s := new(big.Int).SetBytes(sig)
	if s.Cmp(k.N) >= 0 || len(em) < used.hash.Size()+2 {
		return -1
	}
	m := new(big.Int).Exp(s, big.NewInt(int64(k.E)), k.N)
	if m.BitLen() > 8*len(em) {
		return -1
	}
	m.FillBytes(em)
	if em[len(em)-1] != 0xbc {
		return -1
	}

	db := em[:len(em)-used.hash.Size()-1]
	seed := em[len(db) : len(em)-1]
	mask := mgf1(used.mgf1, seed, len(db))
	for i := range db {
		db[i] ^= mask[i]
	}
	db[0] &= 0xff >> (8*len(em) - emBits)
	// Zeros, a one, and the rest is the salt.
	one := bytes.IndexByte(db, 1)
	if one < 0 || len(bytes.Trim(db[:one], "\x00")) > 0 {
		return -1
	}
	salt := db[one+1:]
	hashed := used.hash.New()
	hashed.Write(make([]byte, 8))
	hashed.Write(digest)
	hashed.Write(salt)
	if !bytes.Equal(hashed.Sum(nil), seed) {
		return -1
	}
	return len(salt)
}

// mgf1 is the mask generation function of RFC 8017, appendix B.2.1.
func mgf1(h crypto.Hash, seed []byte, length int) []byte {
	var mask []byte
	for i := uint32(0); len(mask) < length; i++ {
		d := h.New()
		d.Write(seed)
		d.Write(binary.BigEndian.AppendUint32(nil, i))
		mask = d.Sum(mask)
	}
	return mask[:length]
}

// otherECDSA is the hash with which an ECDSA signature is valid where it is not that of its
// algorithm, or 0.
func (a *Assertion) otherECDSA(alg algorithm, key publicKey) crypto.Hash {
	if alg.scheme != schemeECDSA || key.ec == nil {
		return 0
	}
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA1, crypto.SHA384, crypto.SHA512} {
		digest := h.New()
		digest.Write([]byte(a.SigningInput()))
		if h != alg.hash && alg.verify(key, digest.Sum(nil), a.sealed().signature) {
			return h
		}
	}
	return 0
}
