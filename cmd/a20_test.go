package cmd

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// fresh writes a certificate for the lab's key that is valid since some minutes.
func (l *lab) fresh(name string) {
	l.Helper()
	block, _ := pem.Decode(l.read(l.path(labKey + ".pem")))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		l.Fatal(err)
	}
	key := parsed.(*ecdsa.PrivateKey)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "shop"},
		NotBefore: labTime().Add(-5 * time.Minute), NotAfter: labTime().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		l.Fatal(err)
	}
	l.write(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// A certificate of minutes is first to be uploaded, also if values come from different
// places.
func TestA20UploadFirst(t *testing.T) {
	l := newLab(t)
	l.fresh("fresh-cert.pem")
	args := []string{"doctor", "--key", labKey + ".pem", "--cert", "fresh-cert.pem", "--certificate-id=" + l.certificateID("fresh-cert.pem"),
		"--connect-to", l.serve(oauthAnswer(500, "server_error")), "--ca-file", "ca.pem", "--ntp-server", testkit.ServeNTP(t, testkit.RightNTP(labTime, 0))}
	r := l.nsauth(setup{env: map[string]string{"NSAUTH_ACCOUNT": labAccount, "NSAUTH_CLIENT_ID": labClientID}}, args...)
	d := r.report(t).Diagnosis
	if r.code != 1 || d.Causes[0].Code != "setup.mapping-missing" || d.Causes[1].Code != "profile.mixed-sources" || d.Causes[0].Confidence != finding.Possible {
		t.Errorf("exit %d, first %s and %s", r.code, d.Causes[0].Code, d.Causes[1].Code)
	}
	if !strings.HasPrefix(d.Next.Summary, "Upload fresh-cert.pem on page 1 if you have not yet.") || !strings.Contains(d.Causes[0].Because, "2026-11-23 14:55 UTC") {
		t.Errorf("next %q, because %q", d.Next.Summary, d.Causes[0].Because)
	}
}

// The command for a key in a variable names the variable.
func TestNextForKeyInVariable(t *testing.T) {
	l := newLab(t)
	r := l.nsauth(setup{env: map[string]string{"PRIVATE_KEY": string(l.read(l.path("ec-p256.pem")))}},
		"keycheck", "env:PRIVATE_KEY", "--cert", "ec-p256-other-cert.pem")
	if got := fmt.Sprint(r.report(t).Diagnosis.Next.Commands); r.code != 1 || !strings.Contains(got, "--for-key env:PRIVATE_KEY") {
		t.Errorf("exit %d, next %s", r.code, got)
	}
}

// Without a Certificate ID, the answer says which one to set, and to upload the
// certificate first. A certificate of another key gives no ID.
func TestA20ComputedID(t *testing.T) {
	l := newLab(t)
	run := func(cert string) finding.NextStep {
		r := l.nsauth(setup{}, "doctor", "--offline", "--account", labAccount, "--client-id", labClientID, "--key", labKey+".pem", "--cert", cert)
		return *r.report(t).Diagnosis.Next
	}
	cert := labKey + "-cert.pem"
	if next := run(cert); !strings.HasPrefix(next.Summary, "Upload ") || !strings.Contains(next.Summary, cert) || !strings.Contains(next.Summary, l.certificateID(cert)) || next.UIPath == nil {
		t.Errorf("next %+v", next)
	}
	if next := run("rsa-3072-cert.pem"); strings.Contains(next.Summary, l.certificateID("rsa-3072-cert.pem")) {
		t.Errorf("of a certificate of another key: %+v", next)
	}
}
