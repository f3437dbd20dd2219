package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/finding"
)

func TestMaskHidesEveryID(t *testing.T) {
	r := certain()
	r.Checks[0].Findings[0].Evidence["list"] = []any{"a", otherCertificateID, map[string]any{"x": exampleClientID}}
	r.Checks[0].Findings[0].Remedy.Steps = append(r.Checks[0].Findings[0].Remedy.Steps,
		"Look at 1234567-SB1 and 1234567, in C:\\keys\\key_1234567_sb1.pem, not at TSTDRV7654321 or "+
			"https://7654321-rp.restlets.api.netsuite.com/x; "+strings.ToUpper(exampleClientID)+" and 1C61CD58-044D-497A-AA29-7A3E9A9BB924")
	for _, out := range []string{string(toJSON(t, Mask(r))), render(r, TextOptions{MaskIDs: true, Width: 200}),
		render(ambiguous(), TextOptions{MaskIDs: true}), string(toJSON(t, Mask(ambiguous())))} {
		low := strings.ToLower(out)
		for _, id := range []string{"1234567", "7654321", exampleClientID, exampleCertificateID, otherCertificateID,
			"1c61cd58", exampleClientID[:6], exampleCertificateID[:6], strings.Repeat("a1", 32)} {
			if i := strings.Index(low, strings.ToLower(id)); i >= 0 {
				t.Errorf("%s is left: %q", id, out[max(0, i-60):min(len(out), i+60)])
			}
		}
	}
	out := render(r, TextOptions{MaskIDs: true, Width: 200})
	for _, want := range []string{"account <account>", "in use is <certificate-id>, and that of the file is <certificate-id-2>",
		"Look at <account> and <production-account>, in C:\\keys\\key_<account>.pem", "https://<account-3>.restlets.api.netsuite.com/x; <client-id> and <uuid>",
		"https://<account>.app.netsuite.com/app/oauth2"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestMaskLeavesWords(t *testing.T) {
	r := passing()
	r.Profile.Account, r.Profile.ClientID = ptr("report"), ptr("abc")
	r.Checks[4].Facts = finding.AssertionFacts{Signature: "verified", MadeBy: "nsauth", Claims: map[string]any{"iss": "verified"}}
	m := Mask(r)
	if m.Kind != KindReport || *m.Profile.ClientID != "abc" || *m.Profile.Account != "<account>" {
		t.Errorf("got %q, %q, %q", m.Kind, *m.Profile.ClientID, *m.Profile.Account)
	}
	if got := m.Checks[4].Facts.(finding.AssertionFacts); got.Signature != "verified" || got.Claims["iss"] != "<client-id>" {
		t.Errorf("got %+v", got)
	}
	if d := cmp.Diff(r.Checks[2].ID, m.Checks[2].ID); d != "" {
		t.Error(d)
	}
	for _, harmless := range []string{"system.netsuite.com", "docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/subsect_162755332391.html",
		"PS256", "2026-11-23T15:00:00Z", "oauth-2-client-credentials-machine-to-machine-x", strings.Repeat("=", 43)} {
		m := NewMasker()
		if got := m.mask(harmless); got != harmless {
			t.Errorf("%q became %q", harmless, got)
		}
	}
	// Certificate IDs that differ in one letter's case are different ones.
	r.Checks[3].Facts = finding.CertificateIDFacts{Configured: ptr(exampleCertificateID), Computed: ptr("n" + exampleCertificateID[1:])}
	if got := *Mask(r).Checks[3].Facts.(finding.CertificateIDFacts).Computed; got != "<certificate-id-2>" {
		t.Errorf("computed: %q", got)
	}
	if got := *Mask(r).Checks[3].Facts.(finding.CertificateIDFacts).Configured; got != "<certificate-id>" {
		t.Errorf("configured: %q", got)
	}
	cert := CertificateDocument{Head: HeadOf(KindCertificate)}
	cert.CertificateID = exampleCertificateID
	if got := Mask(cert).CertificateID; got != "<certificate-id>" {
		t.Errorf("certificate document: %q", got)
	}
}

func FuzzMask(f *testing.F) {
	seeds := []string{"x 1234567_SB1 y", "1234567-sb1.suitetalk.api.netsuite.com", exampleClientID + exampleCertificateID, "_" + exampleCertificateID + "_", hostileText, "", "\xff1234567",
		"1234567-.suitetalk.api.netsuite.com", "1234567-x.app.netsuite.com"}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := finding.Report{Profile: &finding.Subject{Account: ptr("1234567_SB1"), ClientID: ptr(exampleClientID)}, Command: "doctor"}
		r.Checks = []finding.Result{{Summary: "a " + exampleClientID + " " + s + " 1234567-sb1 b"}}
		m := Mask(&r)
		if !strings.HasPrefix(m.Checks[0].Summary, "a <client-id> ") || !strings.HasSuffix(m.Checks[0].Summary, " <account> b") {
			t.Errorf("%q became %q", r.Checks[0].Summary, m.Checks[0].Summary)
		}
		again := Mask(m)
		if again.Checks[0].Summary != m.Checks[0].Summary {
			t.Errorf("masking again changes %q to %q", m.Checks[0].Summary, again.Checks[0].Summary)
		}
	})
}
