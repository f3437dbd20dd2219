package keys

import "context"

// Pair is a private key and its certificate, as far as they were read.
type Pair struct {
	Key            *Key
	KeyErr         error // why there is no key; nil also where none was read
	Certificate    *Certificate
	CertificateErr error // the same of the certificate
}

// ReadKey reads the key, unless that was tried before. The error in the pair is
// that of Key.
func (p *Pair) ReadKey(ctx context.Context, l *Loader, s Source) {
	if p.Key == nil && p.KeyErr == nil && !s.IsZero() {
		p.Key, p.KeyErr = l.Key(ctx, s)
	}
}

// ReadCertificate reads the certificate, unless that was tried before: of several
// the one that belongs to the key. The error in the pair is that of Certificate.
func (p *Pair) ReadCertificate(ctx context.Context, l *Loader, s Source) {
	if p.Certificate == nil && p.CertificateErr == nil && !s.IsZero() {
		p.Certificate, p.CertificateErr = l.Certificate(ctx, s, p.Key)
	}
}
