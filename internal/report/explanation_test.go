package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

func exampleExplanation() ExplanationDocument {
	mapping := catalog.Menu("mapping")
	d := ExplanationDocument{Head: HeadOf(KindExplanation)}
	d.Secrets = []finding.Exposure{
		{Kind: "access-token", Title: "an access token", Count: 2, Live: "yes", EndsAt: ptr("2026-11-24T10:00:00Z"),
			Meaning: "Whoever has it can call the API.", Remedy: finding.Remedy{Summary: "Let it end.", Steps: []string{"Take it out of tickets."}}},
		{Kind: "assertion", Title: "a client assertion", Count: 1, Live: "no", EndsAt: ptr("2026-11-24T08:00:00Z"), Meaning: "It has ended.",
			Remedy: finding.Remedy{Summary: "Wait."}},
	}
	d.Explanations = []finding.Explanation{
		{Name: "MissingKey", Family: "audit-trail", Title: "No valid certificate for this kid", Meaning: "The kid belongs to no certificate that is valid in this account.",
			Readings: []finding.Reading{
				{Where: "client credentials (M2M)", Meaning: "The mapping's row.", Basis: finding.Official, Applies: true},
				{Where: "authorization code", Meaning: "It cannot be.", Basis: finding.Inferred}},
			Causes: []finding.PossibleCause{
				{Code: "certificate-id.mismatch", Title: "Certificate ID of another certificate", Confirm: mapping + " shows the Certificate ID", Remedy: "Copy it."},
				{Code: "setup.mapping-missing", Title: "No mapping for this certificate", Confirm: mapping + " lists no row", Remedy: "Create it."},
				{Code: "assertion.kid-missing", Title: "kid missing", Confirm: "nsauth jwt inspect", Remedy: "Set it."},
				{Code: "assertion.kid-mismatch", Title: "kid of another mapping", Confirm: "nsauth jwt inspect", Remedy: "Set it."}},
			Confirm: mapping + " shows what is true",
			Remedy: finding.Remedy{Summary: "Copy the Certificate ID.", Steps: []string{"Find the row.", "Copy its ID."}, Commands: [][]string{{"nsauth", "keycheck", "key.pem"}},
				UIPath: &mapping, UIURL: ptr("/app/oauth2/clientcredentials/setup.nl"), Docs: []string{"https://docs.oracle.com/x.html"}},
			Basis: finding.Official, Source: "Oracle NetSuite Help"},
	}
	for i := range 3 {
		d.Explanations = append(d.Explanations, finding.Explanation{Name: fmt.Sprint("other_", i), Family: "oauth", Title: "Another", Meaning: "It means something else.",
			Confirm: "a look", Remedy: finding.Remedy{Summary: "Do something."}, Basis: finding.Inferred, Source: "RFC 6749"})
	}
	d.AlsoSeen = []string{"HTTP 500"}
	return d
}

// exampleSample has fields and code, which stay as they are.
func exampleSample() ExplanationDocument {
	d := ExplanationDocument{Head: HeadOf(KindExplanation)}
	x := finding.Explanation{Name: "node", Family: "library", Title: "A token with Node.js", Meaning: "It signs.", Confirm: "a look",
		Remedy: finding.Remedy{Summary: "Do something."}, Basis: finding.Observed, Source: "the emulator",
		Fields: []finding.FormField{{Field: "Key ID", Value: "Certificate ID"}, {Field: "A field with a long name that has to be wrapped", Value: "a value that is long too"}},
		Sample: &finding.Sample{Package: "jose", Version: "6.2.18", Tested: true, File: "a.mjs", Run: "node a.mjs", Code: "if (a) {\n\tsend('a line that is longer than forty columns, and even than the eighty columns')\n}\n"}}
	untested := *x.Sample
	untested.Tested = false
	d.Explanations = []finding.Explanation{x, x}
	d.Explanations[1].Sample = &untested
	return d
}

func exampleNames() ExplanationsDocument {
	d := ExplanationsDocument{Head: HeadOf(KindExplanations)}
	d.Families = []ExplanationFamily{
		{Name: "oauth", Title: "OAuth 2.0 errors", Names: []ExplanationName{{"server_error", "NetSuite refused the request without saying why"}}},
		{Name: "message", Title: "texts", Names: []ExplanationName{{"a name that is longer than the column that names have", "A title"}, {"short", "Another title that has to be wrapped because it is long"}}}}
	return d
}

func TestExplanationGolden(t *testing.T) {
	unknown := ExplanationDocument{Head: HeadOf(KindExplanation)}
	unknown.ExitCode, unknown.Related = 1, []string{"MissingKey", "assertion.kid-missing"}
	letter := []string{"Hello,", "First of all: your message held an access token. It is not repeated here.", "1. The time.", "2. The whole answer as text: status line, headers (above all Date and WWW-Authenticate) and body.", "Please send no secret."}
	for _, o := range []struct {
		name    string
		options TextOptions
	}{{"80.txt", TextOptions{Width: 80}}, {"120.ansi", TextOptions{Width: 120, Color: true}}, {"ascii-40.txt", TextOptions{Width: 40, ASCII: true}}} {
		var b bytes.Buffer
		for _, write := range []func() error{
			func() error { return Explanation(&b, exampleExplanation(), o.options) },
			func() error { return Explanation(&b, unknown, o.options) },
			func() error { return Explanation(&b, exampleSample(), o.options) },
			func() error { return ExplanationNames(&b, exampleNames(), o.options) },
			func() error { return Letter(&b, o.options, letter) },
		} {
			if err := write(); err != nil {
				t.Fatal(err)
			}
			b.WriteString("----\n")
		}
		golden(t, "explanation-"+o.name, b.Bytes())
		for _, line := range strings.Split(b.String(), "\n") {
			if n := Columns(line); o.options.Width == 80 && n > 80 && !strings.Contains(line, "https://") && !strings.Contains(line, "send(") {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

// Whatever is in a document, nothing of it can steer the terminal.
func TestExplanationIsClean(t *testing.T) {
	d := ExplanationDocument{Head: HeadOf(KindExplanation)}
	evil := "a\x1b[2Jb\u202e\nc"
	d.Explanations = []finding.Explanation{{Name: evil, Family: evil, Title: evil, Meaning: evil, Confirm: evil, Source: evil, Basis: "official",
		Readings: []finding.Reading{{Where: evil, Meaning: evil}}, Causes: []finding.PossibleCause{{Code: "x.y", Title: evil, Confirm: evil}}, Remedy: finding.Remedy{Summary: evil}}}
	d.AlsoSeen = []string{evil}
	var b bytes.Buffer
	if err := Explanation(&b, d, TextOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.ContainsAny(s, "\x1b\u202e") {
		t.Errorf("%q", s)
	}
}
