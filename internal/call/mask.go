package call

import (
	"bytes"
	"io"

	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
)

// identified is a document beside the IDs of the profile, which --mask-ids replaces in it.
type identified[T any] struct {
	Account       string `json:"account"`
	ClientID      string `json:"client_id"`
	CertificateID string `json:"certificate_id"`
	Doc           T      `json:"doc"`
}

func mask[T any](p *profile.Profile, doc T) T { return maskWith(report.NewMasker(), p, doc) }

func maskWith[T any](m *report.Masker, p *profile.Profile, doc T) T {
	return report.MaskWith(m, identified[T]{p.Account.ID, p.Text(profile.FieldClientID), p.Text(profile.FieldCertificateID), doc}).Doc
}

// masked is a text as --mask-ids wants it.
func (r *caller) masked(s string) string {
	if !r.MaskIDs {
		return s
	}
	return mask(r.line.Profile, s)
}

// masking is w, which gets whole lines as --mask-ids wants them.
func (r *caller) masking(w io.Writer) io.Writer {
	if !r.MaskIDs {
		return w
	}
	return &maskedWriter{w: w, mask: r.masked}
}

type maskedWriter struct {
	w    io.Writer
	mask func(string) string
	line []byte // the beginning of a line
}

func (m *maskedWriter) Write(p []byte) (int, error) {
	m.line = append(m.line, p...)
	end := bytes.LastIndexByte(m.line, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	_, err := io.WriteString(m.w, m.mask(string(m.line[:end])))
	m.line = append(m.line[:0], m.line[end:]...)
	return len(p), err
}
