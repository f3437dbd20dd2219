package cmd

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// ofNsauth is what means nothing to a person without nsauth.
var ofNsauth = regexp.MustCompile(`nsauth (doctor|keycheck|explain|jwt|token|call|profile|render|certgen)\b|NSAUTH_|\$ASSERTION|eyJ`)

// ofProgram is what means nothing to an administrator.
var ofProgram = regexp.MustCompile(`(^|\s)--[a-z]|\bprofile\b`)

// handedOn holds the messages of a report against what each promises: no jargon, no ID,
// no secret, the second in UTC, and something to do if it failed.
func handedOn(t *testing.T, r finding.Report) {
	t.Helper()
	for _, reader := range report.Readers() {
		var b bytes.Buffer
		if err := report.Message(&b, savedAgain(t, r), reader, report.TextOptions{MaskIDs: true}); err != nil {
			t.Fatal(err)
		}
		said := b.String()
		bad := ofNsauth.FindString(said)
		if reader == report.ReaderAdmin && bad == "" {
			bad = ofProgram.FindString(said)
		}
		for _, e := range catalog.All() {
			if strings.Contains(said, "("+string(e.Code)+")") {
				bad = string(e.Code)
			}
		}
		if p := r.Profile; bad == "" && p != nil {
			for _, id := range []*string{p.Account, p.ClientID, p.CertificateID} {
				if id != nil && len(*id) > 3 && strings.Contains(said, *id) {
					bad = *id
				}
			}
		}
		if bad != "" {
			t.Errorf("the message to %s has %q:\n%s", reader, bad, said)
		}
		if !strings.Contains(said, " UTC") {
			t.Errorf("the message to %s has no time:\n%s", reader, said)
		}
		failed := r.Outcome == finding.OutcomeFail
		toDo := strings.Contains(said, "\n  1. ") || strings.Contains(said, "\nWhat is wrong\n")
		if failed && !toDo {
			t.Errorf("the message to %s says nothing to do:\n%s", reader, said)
		}
		if r.Outcome == finding.OutcomePass && !strings.Contains(strings.SplitN(said, "\n", 2)[0], "works") {
			t.Errorf("the message to %s does not say that it works:\n%s", reader, said)
		}
	}
}
