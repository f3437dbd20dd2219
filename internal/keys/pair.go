package keys

import (
	"context"
	"errors"
)

// Pair is a private key and its certificate, if they were read.
type Pair struct {
	Key            *Key
	KeyErr         error // why the key cannot be read
	Certificate    *Certificate
	CertificateErr error // why the certificate cannot be read
}

// ReadKey reads the key with [Loader.Key], unless that was tried before.
func (p *Pair) ReadKey(ctx context.Context, l *Loader, s Source) {
	if p.Key == nil && p.KeyErr == nil && !s.IsZero() {
		p.Key, p.KeyErr = l.Key(ctx, s)
	}
}

// ReadCertificate reads the certificate of the key with [Loader.Certificate], unless
// that was tried before.
func (p *Pair) ReadCertificate(ctx context.Context, l *Loader, s Source) {
	if p.Certificate == nil && p.CertificateErr == nil && !s.IsZero() {
		p.Certificate, p.CertificateErr = l.Certificate(ctx, s, p.Key)
	}
}

// ReadOwnCertificate reads the certificate from the source of the key, if that holds one:
// of several the one that belongs to the key, else the first.
func (p *Pair) ReadOwnCertificate(ctx context.Context, l *Loader, s Source) {
	if p.Key == nil || p.Certificate != nil || p.CertificateErr != nil {
		return
	}
	c, err := l.Certificate(ctx, s, p.Key)
	var f *Fault
	if errors.As(err, &f) && f.Kind == KindNotACertificate {
		return
	}
	p.Certificate, p.CertificateErr = c, err
}

// Swapped reports whether the key's file holds a certificate, and the certificate's a
// private key.
func (p *Pair) Swapped() (key, certificate *Fault, ok bool) {
	if !errors.As(p.KeyErr, &key) || !errors.As(p.CertificateErr, &certificate) {
		return nil, nil, false
	}
	return key, certificate, key.Kind == KindNotAPrivateKey && key.Reason == "certificate" &&
		certificate.Kind == KindNotACertificate && certificate.Reason == "private-key"
}

// OfOneSource reports whether key and certificate were read from the same source.
func (p *Pair) OfOneSource() bool {
	return p.Key != nil && p.Certificate != nil && p.Key.Path == p.Certificate.Path && p.Key.From == p.Certificate.From
}
