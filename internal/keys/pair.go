package keys

import "context"

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
