package cmd

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/explain"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// raising is one real run of nsauth and what it raises.
type raising struct {
	code finding.Code
	how  string // tells apart several runs for one code
	run  func(*lab) run
	exit int
	// severity is the finding's, where it is not the catalog's.
	severity finding.Severity
	// beside lists the findings of other faults, which the run has too.
	beside []finding.Code
	// everywhere says that each check may raise the code for itself.
	everywhere bool
}

// Every code of the catalog is raised by a real run; none is exempt. One fault is reported once, by the check that
// the catalog names, in words that leave nothing out.
func TestEveryCodeIsRaised(t *testing.T) {
	if testing.Short() {
		t.Skip("a run for every finding code")
	}
	l := newLab(t)
	raised := map[finding.Code]bool{}
	for _, r := range slices.Concat(profileRuns(), keyRuns(), certificateRuns(), assertionRuns(), requestRuns(), networkRuns(), clockRuns(),
		tokenRuns(), roleRuns(), apiRuns(), mappingRuns(), internalRuns()) {
		t.Run(strings.TrimSuffix(string(r.code)+"/"+r.how, "/"), func(t *testing.T) {
			l := l.in(t)
			report := l.check(r.run(l), r.exit)
			for _, code := range codes(report) {
				raised[code] = true
			}
			r.judge(t, report)
		})
	}
	for _, s := range setupRuns() {
		t.Run(string(s.Change), func(t *testing.T) {
			report := runSetup(t, s)
			raised[finding.Code(s.Change)] = true
			for _, code := range codes(report) {
				raised[code] = true
			}
		})
	}
	for code, call := range callRuns() {
		t.Run(string(code), func(t *testing.T) {
			r := call(l.in(t))
			if raised[code] = strings.Contains(r.stderr, " ("+string(code)+")\n"); !raised[code] || r.code != finding.ExitFail {
				t.Errorf("exit %d\n%s", r.code, r.stderr)
			}
		})
	}
	for code, scenario := range map[finding.Code]string{"audit-trail.entry": "integration-disabled", "audit-trail.no-entry": "audit-no-entry",
		"auditor.refused": "auditor-revoked", "auditor.other-account": "auditor-of-other-account", "auditor.query-refused": "auditor-lacks-trail",
		"auditor.unreadable": ""} {
		t.Run(string(code), func(t *testing.T) {
			raised[code] = slices.Contains(codes(audited(t, scenario)), code)
		})
	}
	t.Run("assertion.reused", func(t *testing.T) {
		l := l.in(t)
		one := l.write("one.jwt", []byte(l.forge(nil).text()))
		r := nsauth(l.T, setup{dir: l.dir}, "jwt", "diff", one, one)
		if raised["assertion.reused"] = strings.Contains(r.stdout, "Both have: assertion.reused: "); !raised["assertion.reused"] || r.code != 0 {
			t.Errorf("exit %d\n%s", r.code, r.stdout)
		}
	})
	if t.Failed() {
		return
	}
	page, err := os.ReadFile("../docs/findings.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range catalog.All() {
		for what, there := range map[string]bool{
			"run that raises it (add one to this file)": raised[e.Code],
			"words":               e.Title != "" && e.Message != "" && e.Meaning != "" && e.Remedy.Summary != "" && e.Confirm != "",
			"basis":               e.Basis != "" && e.Source != "",
			"heading in the docs": strings.Contains(string(page), "\n### "+string(e.Code)+"\n"),
			"answer of explain":   len(explain.Lookup(string(e.Code))) > 0,
		} {
			if !there {
				t.Errorf("%s has no %s", e.Code, what)
			}
		}
	}
}

// audited examines a scenario with its auditor. Without a name, its queries are answered
// with a web page.
func audited(t *testing.T, name string) finding.Report {
	t.Helper()
	s, _ := scenario.Lookup(cmp.Or(name, "integration-disabled"))
	if name == "" {
		page, err := faults.Parse("html,path=/services/rest/query/")
		if err != nil {
			t.Fatal(err)
		}
		s.Server.Faults = append(s.Server.Faults, page)
	}
	prepared, err := scenario.Prepare(s, time.Now, keypool.Generate)
	if err != nil {
		t.Fatal(err)
	}
	return nsauth(t, setup{}, "doctor", "--config", serve(t, prepared), "--auditor", "auditor", "-o", "json").report(t)
}

// callRuns are runs of nsauth call, which says on standard error what is wrong.
func callRuns() map[finding.Code]func(*lab) run {
	call := func(l *lab, s setup, args ...string) run {
		s.dir, s.world = l.dir, func(w *cli.World) { w.Now = labTime }
		return nsauth(l.T, s, append(append([]string{"call"}, l.online(answers{})...), args...)...)
	}
	return map[finding.Code]func(*lab) run{
		"api.is-assertion": func(l *lab) run {
			return call(l, setup{stdin: l.forge(nil).text()}, "--access-token-file", "-", customer)
		},
		"api.pages-broken": func(l *lab) run { return call(l, setup{}, "--paginate", customer) }, // one record is no list
	}
}

// check decodes a report and holds its exit code against exit.
func (l *lab) check(r run, exit int) finding.Report {
	l.Helper()
	report := r.report(l.T)
	if report.Error != nil {
		l.Fatalf("%s: %s", report.Error.Code, report.Error.Message)
	}
	if r.code != exit || report.ExitCode != r.code {
		l.Errorf("exit %d, in the report %d, want %d; findings %v", r.code, report.ExitCode, exit, codes(report))
	}
	return report
}

// judge holds a report against the row and the catalog.
func (r raising) judge(t *testing.T, report finding.Report) {
	t.Helper()
	entry, ok := catalog.Lookup(r.code)
	if !ok {
		t.Fatalf("%s is not in the catalog", r.code)
	}
	severity := entry.Severity
	if r.severity != "" {
		severity = r.severity
	}
	left := slices.Clone(r.beside)
	count := 0
	for _, c := range report.Checks {
		for _, f := range c.Findings {
			wordsOf(t, f)
			if f.Code != r.code {
				i := slices.Index(left, f.Code)
				if i < 0 {
					t.Errorf("%s also reports %s: %s\nthe same fault: let %s pass it over (reportedAs or in.raised); another fault: add it to beside", c.ID, f.Code, f.Message, c.ID)
					continue
				}
				left = slices.Delete(left, i, i+1)
				continue
			}
			count++
			if c.ID != entry.Owner && entry.Owner != "" {
				t.Errorf("reported by %s, not by %s", c.ID, entry.Owner)
			}
			if f.Severity != severity {
				t.Errorf("severity %s, want %s", f.Severity, severity)
			}
			if want := statusOf(entry, severity); c.Status != want {
				t.Errorf("%s is %s, want %s", c.ID, c.Status, want)
			}
		}
	}
	if count == 0 || count > 1 && !r.everywhere {
		t.Errorf("raised %d times; findings %v", count, codes(report))
	}
	if len(left) > 0 {
		t.Errorf("findings %v lack %v", codes(report), left)
	}
	if report.Outcome == finding.OutcomePass {
		return
	}
	if report.Diagnosis == nil {
		t.Errorf("outcome %s without a diagnosis", report.Outcome)
	} else if r.exit != 0 && len(report.Diagnosis.Causes) == 0 {
		t.Error("a failure without a cause")
	}
}

// statusOf is what a finding makes of its check, by the catalog's columns.
func statusOf(e catalog.Entry, severity finding.Severity) finding.Status {
	switch {
	case severity == finding.Info:
		return finding.Pass
	case e.Status == finding.Unknown:
		return finding.Unknown
	case severity == finding.Error:
		return finding.Fail
	}
	return finding.Warn
}

// maxMessage is the longest message that a reader takes in at one glance.
const maxMessage = 300

// wordsOf holds the words of a finding against what every one must have.
func wordsOf(t *testing.T, f finding.Finding) {
	t.Helper()
	if f.Message == "" || f.Remedy.Summary == "" || f.Evidence == nil {
		t.Errorf("%s: message %q, remedy %q, evidence %v", f.Code, f.Message, f.Remedy.Summary, f.Evidence)
	}
	if n := utf8.RuneCountInString(f.Message); n > maxMessage {
		t.Errorf("%s: a message of %d characters: %s", f.Code, n, f.Message)
	}
	if !slices.Contains([]finding.Basis{finding.Official, finding.Observed, finding.Inferred}, f.Basis) {
		t.Errorf("%s: basis %q", f.Code, f.Basis)
	}
	texts := append([]string{f.Message, f.Remedy.Summary}, f.Remedy.Steps...)
	for _, command := range f.Remedy.Commands {
		texts = append(texts, command...)
	}
	for _, text := range texts {
		if strings.ContainsAny(text, "{}") {
			t.Errorf("%s: a placeholder is left in %q", f.Code, text)
		}
	}
}

func profileRuns() []raising {
	with := func(args ...string) func(*lab) run { return func(l *lab) run { return l.offline(args...) } }
	fingerprint := strings.TrimSuffix(strings.Repeat("27:", 32), ":")
	return []raising{
		{code: "profile.missing-value", exit: 1, run: func(l *lab) run {
			return l.nsauth(setup{}, append([]string{"doctor", "--offline", "--account", labAccount}, l.pair(labKey)...)...)
		}},
		{code: "profile.account-id-unfamiliar", run: with("--account", "ABC")},
		{code: "profile.client-id-malformed", run: with("--client-id", strings.ToUpper(labClientID))},
		{code: "profile.client-id-malformed", how: "length", run: with("--client-id", labClientID[1:])},
		{code: "profile.client-id-is-application-id", exit: 1, run: with("--client-id", "1C61CD58-044D-497A-AA29-7A3E9A9BB924")},
		{code: "profile.certificate-id-malformed", run: with("--certificate-id", fingerprint)},
		{code: "profile.certificate-id-malformed", how: "thumbprint", run: with("--certificate-id", fingerprint[:59])},
		{code: "profile.placeholder", exit: 1, run: with("--client-id", "YOUR_CLIENT_ID")},
		{code: "profile.placeholder", how: "undefined", exit: 1, run: with("--certificate-id", "undefined")},
		{code: "profile.placeholder", how: "account", exit: 1, run: with("--account", "accountid")},
		{code: "assertion.kid-is-script-id", how: "in the profile", exit: 1, run: with("--certificate-id", "custcertificate3")},
		{code: "profile.scope-unknown", run: with("--scope", "rest_webservice")},
		{code: "profile.scope-not-for-m2m", exit: 1, run: with("--scope", "mcp")},
		{code: "profile.algorithm-unknown", exit: 1, run: with("--algorithm", "ES257")},
		{code: "profile.insecure-url", severity: finding.Info, run: with("--token-url", "http://127.0.0.1:8080/token")},
		{code: "profile.mixed-sources", run: func(l *lab) run {
			return l.nsauth(setup{env: map[string]string{"NSAUTH_CLIENT_ID": labClientID}},
				append([]string{"doctor", "--offline", "--account", labAccount}, l.pair(labKey)...)...)
		}},
		{code: "profile.value-repaired", run: with("--client-id", " '"+labClientID+"'\n")},
	}
}

// keyRuns look at whole pairs, so that what is wrong with the key is not said of
// the certificate and the assertion again.
func keyRuns() []raising {
	pair := func(name string, args ...string) func(*lab) run {
		return func(l *lab) run { return l.offline(append(l.pair(name), args...)...) }
	}
	file := func(name string) func(*lab) run { return func(l *lab) run { return l.keycheck(name) } }
	return []raising{
		{code: "key.unreadable", exit: 1, run: file("missing.pem")},
		{code: "key.unreadable", how: "doctor", exit: 1, run: func(l *lab) run { return l.offline("--key", ".") }},
		{code: "key.not-a-private-key", exit: 1, run: file("ec-p256-cert.pem")},
		{code: "key.unparsable", exit: 1, run: func(l *lab) run {
			text := l.read(l.path("rsa-3072.pem"))
			return l.keycheck(l.write("cut.pem", text[:len(text)/2]))
		}},
		{code: "key.encrypted", how: "PKCS#12", exit: 1, run: func(l *lab) run {
			return l.keycheck("ec-p256.p12", "--cert", "ec-p256.p12")
		}},
		{code: "key.passphrase-wrong", exit: 1, run: func(l *lab) run {
			return l.keycheck("ec-p256-encrypted-pkcs8.pem", "--passphrase-file", l.write("wrong.txt", []byte("not this one\n")))
		}},
		{code: "key.passphrase-wrong", how: "PKCS#12", exit: 1, run: func(l *lab) run {
			return l.keycheck("ec-p256.p12", "--cert", "ec-p256.p12", "--passphrase-file", l.write("wrong.txt", []byte("not this one\n")))
		}},
		{code: "key.repaired", run: func(l *lab) run {
			text := strings.ReplaceAll(string(l.read(l.path("ec-p256.pem"))), "\n", `\n`)
			return l.nsauth(setup{env: map[string]string{"KEY": text}}, "keycheck", "env:KEY")
		}},
		{code: "key.encrypted", exit: 1, run: file("ec-p256-encrypted-pkcs8.pem")},
		{code: "key.encrypted", how: "doctor", exit: 1, run: func(l *lab) run {
			return l.offline("--key", "ec-p256-encrypted-rfc1423.pem")
		}},
		{code: "key.public-key-unusable", exit: 1, run: func(l *lab) run { return l.keycheck("--sign-command", "x", "--public-key", "ec-p256.pem") }},
		{code: "key.public-key-unusable", how: "doctor", exit: 1, run: func(l *lab) run {
			return l.nsauth(setup{}, append([]string{"doctor", "--offline", "--public-key", "missing.pem"}, l.signing()...)...)
		}},
		{code: "key.type-unsupported", exit: 1, run: file("dsa.pem")},
		{code: "key.type-unsupported", how: "pair", exit: 1, run: pair("ed25519")},
		{code: "key.rsa-too-small", exit: 1, run: pair("rsa-2048")},
		{code: "key.rsa-size-unsupported", exit: 1, run: file("rsa-3584.pem")},
		{code: "key.exponent-unusual", run: file("rsa-3072-e3.pem")},
		{code: "key.curve-unsupported", exit: 1, run: pair("ec-p224")},
		{code: "key.curve-unsupported", how: "a curve that Go does not know", exit: 1, run: pair("ec-secp256k1")},
		{code: "key.explicit-parameters", exit: 1, run: pair("ec-p256-explicit")},
		{code: "key.multiple-keys", run: func(l *lab) run {
			both := append(l.read(l.path("ec-p256.pem")), l.read(l.path("ec-p256-other.pem"))...)
			return l.keycheck(l.write("two-keys.pem", both))
		}},
		{code: "key.readable-by-others", run: func(l *lab) run {
			name := l.write("open.pem", l.read(l.path("ec-p256.pem")))
			if err := os.Chmod(name, 0o644); err != nil {
				l.Fatal(err)
			}
			return l.keycheck(name, "--cert", "ec-p256-cert.pem")
		}},
		{code: "key.readable-by-others", how: "in CI", severity: finding.Info, run: func(l *lab) run {
			name := l.write("open.pem", l.read(l.path("ec-p256.pem")))
			if err := os.Chmod(name, 0o644); err != nil {
				l.Fatal(err)
			}
			return l.nsauth(setup{env: map[string]string{"CI": "true"}}, "keycheck", name)
		}},
		{code: "key.in-git-work-tree", run: func(l *lab) run { return l.inRepository("key.pem\n", nil) }},
		{code: "key.in-git-work-tree", how: "tracked", run: func(l *lab) run { return l.inRepository("100644 587be6b 0\tkey.pem\n", nil) }},
		{code: "key.in-git-work-tree", how: "no answer", severity: finding.Info, run: func(l *lab) run { return l.inRepository("", &exec.ExitError{}) }},
	}
}

// inRepository checks a key in a repository, about which git says this.
func (l *lab) inRepository(listed string, err error) run {
	l.Helper()
	for _, dir := range []string{"repo", "repo/.git"} {
		if err := os.MkdirAll(l.path(dir), 0o700); err != nil {
			l.Fatal(err)
		}
	}
	l.write("repo/.git/HEAD", []byte("ref: refs/heads/main\n"))
	name := l.write("repo/key.pem", l.read(l.path("ec-p256.pem")))
	return l.nsauth(setup{world: func(w *cli.World) {
		w.Git = func(context.Context, string, ...string) (string, error) { return listed, err }
	}}, "keycheck", name)
}

func certificateRuns() []raising {
	file := func(name string, args ...string) func(*lab) run {
		return func(l *lab) run { return l.keycheck(append([]string{"--cert", name}, args...)...) }
	}
	own := func(name string, args ...string) func(*lab) run {
		return file(name, append(args, "--key", "ec-p256.pem")...)
	}
	return []raising{
		{code: "certificate.unreadable", exit: 1, run: file("missing.pem")},
		{code: "certificate.not-a-certificate", exit: 1, run: file("ec-p256.pem")},
		{code: "certificate.unparsable", exit: 1, run: file("ec-p256-pkcs7.pem")},
		{code: "certificate.key-unsupported", exit: 1, run: file("rsa-2048-cert.pem")},
		{code: "certificate.key-unsupported", how: "explicit parameters", exit: 1, run: file("ec-p256-explicit-cert.pem")},
		{code: "certificate.repaired", run: func(l *lab) run {
			text := "Dear admin,\nhere is the certificate.\n" + string(l.read(l.path("ec-p256-cert.pem")))
			return l.keycheck("--cert", l.write("mail.txt", []byte(text)))
		}},
		{code: "certificate.key-mismatch", exit: 1, run: own("ec-p256-other-cert.pem")},
		{code: "certificate.key-mismatch", how: "with its own ID", exit: 1, run: func(l *lab) run {
			return l.offline("--key", "ec-p256-other.pem")
		}},
		{code: "certificate.expired", exit: 1, run: own("ec-p256-expired-cert.pem")},
		{code: "certificate.not-yet-valid", exit: 1, run: own("ec-p256-future-cert.pem")},
		{code: "certificate.expiring-soon", run: own("ec-p256-cert.pem", "--warn", "700d")},
		{code: "certificate.validity-too-long", run: own("ec-p256-five-years-cert.pem")},
		{code: "certificate.sha1-signature", run: file("rsa-3072-sha1-cert.pem", "--key", "rsa-3072.pem")},
		{code: "certificate-id.mismatch", run: func(l *lab) run {
			return l.keycheck("ec-p256.pem", "--cert", "ec-p256-cert.pem", "--certificate-id="+strings.Repeat("A", 43))
		}},
		{code: "certificate-id.mismatch", how: "in the doctor", run: func(l *lab) run {
			return l.offline("--certificate-id=" + strings.Repeat("A", 43))
		}},
		{code: "certificate-id.mismatch", how: "in a folder", run: func(l *lab) run {
			return l.keycheck(".", "--certificate-id="+strings.Repeat("A", 43))
		}},
		{code: "certificate.key-mismatch", how: "in a folder", severity: finding.Warning, run: func(l *lab) run {
			return l.keycheck(".", "--key", "rsa-3584.pem")
		}, beside: []finding.Code{"key.rsa-size-unsupported"}, exit: 1},
		{code: "certificate-id.belongs-to-other-file", run: func(l *lab) run {
			return l.keycheck("ec-p256.pem", "--cert", "ec-p256-cert.pem", "--certificate-id="+l.certificateID("ec-p384-cert.pem"))
		}},
		{code: "certificate-id.belongs-to-other-file", how: "in the doctor", run: func(l *lab) run {
			return l.offline("--certificate-id=" + l.certificateID("ec-p384-cert.pem"))
		}},
		{code: "certificate-id.belongs-to-other-file", how: "of the same key", run: func(l *lab) run {
			return l.offline("--certificate-id=" + l.certificateID("ec-p256-five-years-cert.pem"))
		}},
	}
}

// assertionRuns inspect assertions that another program could have made.
func assertionRuns() []raising {
	inspect := func(change func(*lab, *forgery)) func(*lab) run {
		return func(l *lab) run { return l.inspect(func(f *forgery) { change(l, f) }) }
	}
	header := func(name string, value any) func(*lab) run {
		return inspect(func(_ *lab, f *forgery) { set1(f.header, name, value) })
	}
	claim := func(name string, value any) func(*lab) run {
		return inspect(func(_ *lab, f *forgery) { set1(f.claims, name, value) })
	}
	times := func(iat, exp time.Duration) func(*lab) run {
		return inspect(func(_ *lab, f *forgery) { f.times(iat, exp) })
	}
	raw := func(text string) func(*lab) run {
		return func(l *lab) run { return l.nsauth(setup{stdin: text}, "jwt", "inspect", "-") }
	}
	signed := func(name, alg string, opts crypto.SignerOpts) func(*lab) run {
		return inspect(func(l *lab, f *forgery) { f.signedBy(l, name, alg, opts) })
	}
	pss := func(salt int) crypto.SignerOpts { return &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256} }
	otherID := func(l *lab) string { return l.certificateID("ec-p384-cert.pem") }
	return []raising{
		{code: "assertion.malformed", exit: 1, run: raw("Bearer abc")},
		{code: "assertion.malformed", how: "one part", exit: 1, run: raw("e30")},
		{code: "assertion.is-access-token", exit: 1, run: func(l *lab) run {
			return l.nsauth(setup{}, "jwt", "inspect", mustAbs("../testdata/oracle/oracle-sample-access-token.jwt"))
		}},
		{code: "assertion.is-access-token", how: "given to the doctor", exit: 1, run: func(l *lab) run {
			args := append([]string{"doctor", "--offline", "--assertion", "-"}, l.identity()...)
			return l.nsauth(setup{stdin: accessToken("3;-5", labAccount, "restlets")}, args...)
		}},
		{code: "assertion.access-token-expired", run: func(l *lab) run {
			sample, err := os.ReadFile("../testdata/oracle/oracle-sample-access-token.jwt")
			if err != nil {
				l.Fatal(err)
			}
			return l.nsauth(setup{stdin: "Bearer " + string(sample)}, "jwt", "inspect", "-")
		}},
		{code: "assertion.alg-deprecated", exit: 1, run: signed("rsa-3072", "RS256", crypto.SHA256)},
		{code: "assertion.alg-deprecated", how: "asked for by name", exit: 1, run: func(l *lab) run {
			return l.offline(append(l.pair("rsa-3072"), "--algorithm", "RS256")...)
		}},
		{code: "assertion.alg-unsupported", exit: 1, run: header("alg", "HS256")},
		{code: "assertion.alg-unsupported", how: "none", exit: 1, run: header("alg", "none")},
		{code: "assertion.alg-key-mismatch", exit: 1, run: inspect(func(_ *lab, f *forgery) { f.files = "ec-p384" })},
		{code: "assertion.alg-key-mismatch", how: "asked for by name", exit: 1, run: func(l *lab) run {
			return l.offline("--algorithm", "PS256")
		}},
		// Nothing was sent, so that both can be mended at once.
		{code: "assertion.alg-key-mismatch", how: "on a small key", exit: 1, beside: []finding.Code{"key.rsa-too-small"}, run: func(l *lab) run {
			return l.offline(append(l.pair("rsa-2048"), "--algorithm", "ES256")...)
		}},
		{code: "assertion.salt-length", exit: 1, run: signed("rsa-3072", "PS256", pss(20))},
		{code: "assertion.typ-unexpected", run: header("typ", "at+jwt")},
		{code: "assertion.crit-unsupported", exit: 1, run: header("crit", []string{"exp"})},
		{code: "assertion.key-embedded", run: header("jwk", map[string]string{"kty": "EC"})},
		{code: "assertion.kid-missing", exit: 1, run: header("kid", nil)},
		{code: "assertion.kid-malformed", run: header("kid", "s.SYSTEM.2020_1")},
		{code: "assertion.kid-is-script-id", exit: 1, run: header("kid", "custcertificate_prod")},
		{code: "assertion.placeholder", exit: 1, run: header("kid", "<certificate ID>")},
		{code: "assertion.placeholder", how: "iss", exit: 1, run: claim("iss", "None")},
		{code: "assertion.placeholder", how: "aud", exit: 1, run: claim("aud", strings.Replace(tokenURL, "1234567", "[object Object]", 1))},
		{code: "assertion.kid-is-thumbprint", run: header("kid", strings.Repeat("0a", 20))},
		{code: "assertion.kid-mismatch", run: inspect(func(l *lab, f *forgery) { f.header["kid"] = otherID(l) })},
		// The folder has that certificate too; by the key alone it can be told as well.
		{code: "assertion.kid-mismatch", how: "of another file, by the key alone", run: func(l *lab) run {
			f := l.forge(func(f *forgery) { f.header["kid"] = otherID(l) })
			return l.nsauth(setup{stdin: f.text()}, "jwt", "inspect", "-", "--key", "ec-p256.pem")
		}},
		{code: "assertion.kid-mismatch", how: "by the certificate alone", run: func(l *lab) run {
			f := l.forge(func(f *forgery) { f.header["kid"] = otherID(l) })
			return l.nsauth(setup{stdin: f.text()}, "jwt", "inspect", "-", "--cert", "ec-p256-cert.pem")
		}},
		{code: "assertion.issuer-missing", exit: 1, run: claim("iss", nil)},
		{code: "assertion.issuer-malformed", run: claim("iss", strings.ToUpper(labClientID))},
		{code: "assertion.issuer-is-application-id", exit: 1, run: claim("iss", "1C61CD58-044D-497A-AA29-7A3E9A9BB924")},
		{code: "assertion.issuer-mismatch", run: claim("iss", strings.Repeat("ab", 32))},
		{code: "assertion.audience-missing", exit: 1, run: claim("aud", nil)},
		{code: "assertion.audience-mismatch", exit: 1, run: claim("aud", strings.Replace(tokenURL, "1234567", "1234567-sb1", 1))},
		{code: "assertion.audience-mismatch", how: "restlets host", severity: finding.Warning,
			run: claim("aud", strings.Replace(tokenURL, "suitetalk", "restlets", 1))},
		{code: "assertion.audience-mismatch", how: "by nsauth itself", exit: 1, run: func(l *lab) run {
			return l.offline("--audience", strings.Replace(tokenURL, "1234567", "7654321", 1))
		}},
		{code: "assertion.audience-is-issuer", exit: 1, run: claim("aud", "https://system.netsuite.com")},
		{code: "assertion.expired", exit: 1, run: times(-time.Hour, -55*time.Minute)},
		{code: "assertion.expired", how: "A13 local time west of UTC", exit: 1, run: times(-5*time.Hour, -5*time.Hour+5*time.Minute)},
		{code: "assertion.issued-in-future", how: "A13 India", exit: 1, run: times(5*time.Hour+30*time.Minute, 5*time.Hour+35*time.Minute)},
		{code: "assertion.time-claim-invalid", how: "A8 a fraction", severity: finding.Warning, run: claim("exp", json.Number(fmt.Sprintf("%d.25", labTime().Unix()+300)))},
		{code: "assertion.issued-in-future", exit: 1, run: times(10*time.Minute, 15*time.Minute)},
		{code: "assertion.not-before", run: claim("nbf", labTime().Add(time.Minute).Unix())},
		{code: "assertion.lifetime-too-long", exit: 1, run: times(0, 2*time.Hour)},
		{code: "assertion.lifetime-too-long", how: "exactly an hour", severity: finding.Warning, run: times(0, time.Hour)},
		{code: "assertion.time-claim-invalid", exit: 1, run: claim("iat", fmt.Sprint(labTime().Unix()))},
		{code: "assertion.scope-missing", exit: 1, run: claim("scope", nil)},
		{code: "assertion.scope-unknown", run: claim("scope", "SuiteAnalytics")},
		{code: "assertion.scope-not-for-m2m", exit: 1, run: claim("scope", "mcp")},
		{code: "assertion.scope-separator", run: claim("scope", "restlets rest_webservices")},
		{code: "assertion.scope-separator", how: "comma", severity: finding.Info, run: claim("scope", "restlets,rest_webservices")},
		{code: "assertion.duplicate-member", run: inspect(func(_ *lab, f *forgery) {
			claims, _ := json.Marshal(f.claims)
			f.claimsText = strings.TrimSuffix(string(claims), "}") + `,"scope":"rest_webservices"}`
		})},
		{code: "assertion.signature-invalid", exit: 1, run: inspect(func(l *lab, f *forgery) { f.sign = l.ecdsa("ec-p256-other") })},
		{code: "assertion.sign-command-failed", exit: 1, run: func(l *lab) run {
			return l.nsauth(setup{world: (&elsewhere{err: exitCode(127)}).world}, append([]string{"doctor", "--offline"}, l.signing()...)...)
		}},
		{code: "assertion.sign-command-wrong", exit: 1, run: func(l *lab) run {
			return l.nsauth(setup{world: (&elsewhere{sign: l.ecdsa("ec-p256-other")}).world}, append([]string{"doctor", "--offline"}, l.signing()...)...)
		}},
		{code: "assertion.keys-unavailable", exit: 3, run: func(l *lab) run {
			return l.inspect(nil, "--jwks", l.write("set.json", []byte(`{"keys":[]}`)))
		}},
		{code: "assertion.keys-unavailable", how: "another key", exit: 3, run: func(l *lab) run {
			return l.inspect(nil, "--jwks", l.write("set.json", l.jwks("ec-p256-other")))
		}},
		{code: "assertion.signature-invalid", how: "by a key set", exit: 1, run: func(l *lab) run {
			set := strings.Replace(string(l.jwks("ec-p256-other")), `"kty"`, `"kid":"`+l.certificateID(labKey+"-cert.pem")+`","kty"`, 1)
			return l.inspect(nil, "--jwks", l.write("set.json", []byte(set)))
		}},
		{code: "assertion.signature-encoding-der", exit: 1, run: inspect(func(l *lab, f *forgery) {
			f.sign = func(input string) []byte {
				sum := sha256.Sum256([]byte(input))
				sig, err := ecdsa.SignASN1(rand.Reader, privateKey[*ecdsa.PrivateKey](l, labKey), sum[:])
				if err != nil {
					l.Fatal(err)
				}
				return sig
			}
		})},
	}
}

// requestRuns inspect a good assertion within a request that is not.
func requestRuns() []raising {
	const sane = "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion="
	pasted := func(text func(assertion string) string) func(*lab) run {
		return func(l *lab) run {
			args := append([]string{"jwt", "inspect", "-"}, l.identity()...)
			return l.nsauth(setup{stdin: text(l.forge(nil).text())}, args...)
		}
	}
	curl := func(args string) func(*lab) run {
		return pasted(func(a string) string { return "curl " + tokenURL + " " + args + " -d '" + sane + a + "'" })
	}
	return []raising{
		{code: "request.wrong-method", exit: 1, run: curl("-X PUT")},
		{code: "request.content-type", exit: 1, run: curl("-H 'Content-Type: application/json'")},
		{code: "request.content-type", how: "a JSON body", exit: 1, run: pasted(func(a string) string {
			return `{"grant_type":"client_credentials","client_assertion_type":"urn:ietf:params:oauth:client-assertion-type:jwt-bearer","client_assertion":"` + a + `"}`
		})},
		{code: "request.parameter-missing", exit: 1, run: pasted(func(a string) string { return strings.Replace(sane, "client_credentials", "jwt-bearer", 1) + a })},
		{code: "request.parameter-missing", how: "misnamed, in PowerShell", exit: 1, run: pasted(func(a string) string {
			return "curl.exe -X POST \"" + tokenURL + "\" `\n -d '" + strings.Replace(sane, "client_assertion=", "assertion=", 1) + a + "'"
		})},
		// One fault, about the assertion, though the form is where it shows.
		{code: "assertion.scope-missing", how: "in the form", exit: 1, run: func(l *lab) run {
			f := l.forge(func(f *forgery) { delete(f.claims, "scope") })
			return l.nsauth(setup{stdin: sane + f.text() + "&scope=rest_webservices"}, append([]string{"jwt", "inspect", "-"}, l.identity()...)...)
		}},
		{code: "request.parameter-repeated", exit: 1, run: curl("-d grant_type=client_credentials")},
		{code: "request.client-authentication", run: curl("-u id:secret")},
		{code: "request.cookie", run: curl("-b NS_VER=2026")},
		{code: "request.wrong-url", exit: 1, run: pasted(func(a string) string {
			return "curl " + strings.Replace(tokenURL, "https", "http", 1) + " -d '" + sane + a + "'"
		})},
		{code: "request.encoded-twice", exit: 1, run: pasted(func(a string) string { return strings.ReplaceAll(sane, ":", "%253A") + a })},
		{code: "request.client-secret-flow", exit: 1, run: pasted(func(string) string { return "grant_type=client_credentials&client_id=a&client_secret=b" })},
		{code: "request.not-judged", run: pasted(func(a string) string { return `sendToken("` + tokenURL + `", "` + a + `")` })},
	}
}

// set1 sets a member, or takes it away with nil.
func set1(m map[string]any, name string, value any) {
	if m[name] = value; value == nil {
		delete(m, name)
	}
}

// Without an answer there is no clock to compare with either.
func networkRuns() []raising {
	unmeasured := []finding.Code{"clock.unmeasured"}
	proxy := func(status int) func(*lab) run {
		return func(l *lab) run {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Proxy-Authenticate", "NTLM")
				w.WriteHeader(status)
			}))
			l.Cleanup(s.Close)
			return l.nsauth(setup{}, append(append([]string{"doctor"}, l.identity()...), "--proxy", s.URL)...)
		}
	}
	dial := func(err error) func(*lab) run {
		return func(l *lab) run {
			return l.nsauth(setup{world: func(w *cli.World) {
				w.Dial = func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
				}
			}}, append([]string{"doctor"}, l.identity()...)...)
		}
	}
	return []raising{
		{code: "network.account-not-found", exit: 1, beside: unmeasured, run: func(l *lab) run { return l.demo("account-not-found") }},
		{code: "network.dns-failure", exit: 3, beside: unmeasured, run: func(l *lab) run { return l.demo("dns-down") }},
		{code: "network.unreachable", exit: 3, beside: unmeasured, run: dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))},
		{code: "network.timeout", exit: 3, beside: unmeasured, run: dial(os.ErrDeadlineExceeded)},
		{code: "network.tls-untrusted", exit: 1, beside: unmeasured, run: func(l *lab) run {
			return l.nsauth(setup{}, append(append([]string{"doctor"}, l.identity()...), "--connect-to", l.serve(nil))...)
		}},
		{code: "network.tls-handshake", exit: 1, beside: unmeasured, run: func(l *lab) run {
			s := httptest.NewServer(http.NotFoundHandler())
			l.Cleanup(s.Close)
			return l.nsauth(setup{}, append(append([]string{"doctor"}, l.identity()...), "--connect-to", s.Listener.Addr().String())...)
		}},
		{code: "network.tls-inspected", run: func(l *lab) run {
			address, dialer := l.serve(nil), &net.Dialer{}
			return l.nsauth(setup{world: func(w *cli.World) {
				w.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
					if network == "udp" {
						return nil, errors.ErrUnsupported
					}
					return dialer.DialContext(ctx, network, address)
				}
			}}, append(append([]string{"doctor"}, l.identity()...), "--ca-file", "ca.pem")...)
		}},
		{code: "network.proxy-refused", exit: 1, beside: unmeasured, run: proxy(403)},
		{code: "network.proxy-auth-unsupported", exit: 1, beside: unmeasured, run: proxy(407)},
		{code: "network.not-netsuite", exit: 1, beside: unmeasured, run: func(l *lab) run {
			return l.doctor(answers{"probe": page(200, "Sign in")})
		}},
		{code: "network.redirected", exit: 1, beside: unmeasured, run: func(l *lab) run {
			return l.doctor(answers{"probe": {status: 302, header: map[string]string{"Location": "https://portal.example/?token=1"}}})
		}},
	}
}

func clockRuns() []raising {
	at := func(date string, a answer) answers {
		probe := refusal(401, "INVALID_LOGIN", "Invalid login attempt.")
		probe.header = map[string]string{"Date": date}
		a.header = probe.header
		return answers{"probe": probe, "token": a}
	}
	serverError := []finding.Code{"token.server-error"}
	refused := answer{status: 500, body: `{"error":"server_error"}`}
	issued := issues(accessToken("1012;1042", labAccount, "rest_webservices"))
	ahead := func(d time.Duration) string { return labTime().Add(-d).Format(http.TimeFormat) }
	return []raising{
		{code: "clock.skewed", exit: 1, beside: serverError, run: func(l *lab) run { return l.doctor(at(ahead(10*time.Minute), refused)) }},
		{code: "clock.skewed", how: "no assertion arrives alive", exit: 1, severity: finding.Error, beside: serverError,
			run: func(l *lab) run { return l.doctor(at(ahead(-20*time.Minute), refused)) }},
		{code: "clock.skewed", how: "and NetSuite does not mind", run: func(l *lab) run {
			return l.doctor(at(ahead(10*time.Minute), issued))
		}},
		{code: "clock.sources-disagree", run: func(l *lab) run {
			return l.doctor(nil, "--ntp-server", testkit.ServeNTP(l.T, testkit.RightNTP(labTime, 2*time.Minute)))
		}},
		{code: "clock.unmeasured", run: func(l *lab) run { return l.doctor(at("none", issued)) }},
		{code: "clock.unmeasured", how: "and no token", exit: 1, beside: serverError, run: func(l *lab) run {
			return l.doctor(at("none", refused))
		}},
	}
}

func tokenRuns() []raising {
	says := func(a answers) func(*lab) run { return func(l *lab) run { return l.doctor(a) } }
	one := func(a answer) func(*lab) run { return says(answers{"token": a}) }
	busy := map[string]string{"Retry-After": "30"}
	return []raising{
		{code: "token.server-error", exit: 1, run: says(oauthAnswer(500, "server_error"))},
		{code: "token.server-error", how: "nsauth token", exit: 1, run: func(l *lab) run {
			return l.nsauth(setup{}, append([]string{"token"}, l.online(oauthAnswer(500, "server_error"))...)...)
		}},
		{code: "token.invalid-grant", exit: 1, run: says(oauthAnswer(400, "invalid_grant"))},
		{code: "token.invalid-client", exit: 1, run: one(answer{status: 401, body: `{"error":"invalid_client"}`,
			header: map[string]string{"WWW-Authenticate": `Basic realm="1234567"`}})},
		{code: "token.invalid-request", exit: 1, run: says(oauthAnswer(400, "invalid_request"))},
		{code: "token.invalid-scope", exit: 1, run: says(oauthAnswer(400, "invalid_scope"))},
		{code: "token.unauthorized-client", exit: 1, run: says(oauthAnswer(400, "unauthorized_client"))},
		{code: "token.unsupported-grant-type", exit: 1, run: says(oauthAnswer(400, "unsupported_grant_type"))},
		{code: "token.rate-limited", exit: 3, run: one(answer{status: 429, header: busy})},
		{code: "token.unavailable", exit: 3, run: one(answer{status: 503, header: busy, body: "{}"})},
		{code: "token.unexpected-response", exit: 1, run: one(page(200, "Log in"))},
		{code: "token.unexpected-response", how: "another error", exit: 1, run: says(oauthAnswer(400, "use_dpop_nonce"))},
	}
}

func roleRuns() []raising {
	token := func(text string, args ...string) func(*lab) run {
		return func(l *lab) run { return l.doctor(answers{"token": issues(text)}, args...) }
	}
	both := []string{"--scope", "restlets", "--scope", "rest_webservices"}
	return []raising{
		{code: "role.administrator", run: token(accessToken("3;-5", labAccount, "rest_webservices"))},
		{code: "role.scope-not-granted", exit: 1, run: token(accessToken("1012;1042", labAccount, "rest_webservices"), both...)},
		{code: "role.account-mismatch", run: token(accessToken("1012;1042", "1234567_SB1", "rest_webservices"))},
		{code: "role.unreadable", run: token("an-opaque-token")},
		{code: "role.unreadable", how: "another subject", run: token(accessToken("somebody", labAccount, "rest_webservices"))},
	}
}

func apiRuns() []raising {
	// calls makes the integration's own call, probes leaves nsauth to its test query.
	calls := func(a answer, args ...string) func(*lab) run {
		return func(l *lab) run { return l.doctor(answers{"record": a}, append(args, "--api-path", customer)...) }
	}
	// lists makes a call for a list, and has an answer for one record.
	lists := func(a, one answer) func(*lab) run {
		return func(l *lab) run {
			return l.doctor(answers{"list": a, "record": one}, "--api-path", "record/v1/customer?limit=1")
		}
	}
	probes := func(a answer) func(*lab) run {
		return func(l *lab) run { return l.doctor(answers{"suiteql": a}) }
	}
	const noPermission = "Your current role does not have permission to perform this action."
	workbook := refusal(400, "USER_ERROR", noPermission)
	named := refusal(403, "INSUFFICIENT_PERMISSION", "Permission Violation: You need the 'Customers' permission to access this page.")
	invisible := refusal(400, "INVALID_PARAMETER", "Invalid search query. Record 'transaction' was not found.")
	unknown := refusal(400, "INVALID_PARAMETER", "Invalid search query. Unknown identifier 'x'.")
	malformed := refusal(400, "INVALID_CONTENT", "Invalid content in the request body.")
	missing := refusal(404, "NONEXISTENT_ID", "The record instance does not exist.")
	busy := refusal(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")
	failed := refusal(500, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: k2x9q")
	login := refusal(401, "INVALID_LOGIN", "Invalid login attempt.")
	return []raising{
		{code: "api.invalid-login", exit: 1, run: func(l *lab) run { return l.doctor(answers{"serverTime": login}) }},
		{code: "api.invalid-login", how: "by the header alone", exit: 1, run: calls(answer{status: 401, header: map[string]string{
			"WWW-Authenticate": `Bearer realm="1234567", error="invalid_token", error_description="Invalid login attempt."`}})},
		{code: "api.permission-missing", exit: 1, run: calls(named)},
		{code: "api.permission-missing", how: "of the test query", severity: finding.Info, run: probes(named)},
		{code: "api.permission-missing", how: "one record", exit: 1, run: calls(workbook)},
		{code: "api.permission-missing", how: "one record as well", exit: 1, run: lists(workbook, workbook)},
		{code: "api.workbook-permission-missing", exit: 1, run: lists(workbook, busy)},
		{code: "api.workbook-permission-missing", how: "one record is shown", exit: 1, run: lists(workbook, answer{status: 200, body: "{}"})},
		{code: "api.workbook-permission-missing", how: "of the test query", severity: finding.Info, run: probes(workbook)},
		{code: "api.record-not-visible", exit: 1, run: calls(invisible)},
		{code: "api.record-not-visible", how: "of the test query", severity: finding.Info, run: probes(invisible)},
		{code: "api.query-invalid", exit: 1, run: calls(unknown)},
		{code: "api.query-invalid", how: "of the test query", severity: finding.Info, run: probes(unknown)},
		{code: "api.invalid-request", exit: 1, run: calls(malformed)},
		{code: "api.invalid-request", how: "of the test query", severity: finding.Info, run: probes(malformed)},
		{code: "api.not-found", exit: 1, run: calls(missing)},
		{code: "api.not-found", how: "of the test query", severity: finding.Info, run: probes(missing)},
		{code: "api.redirected", exit: 1, run: calls(answer{status: 302, header: map[string]string{"Location": "https://na9.example/x"}})},
		{code: "api.restlet-error", exit: 1, run: func(l *lab) run {
			a := answer{status: 400, body: `{"error":{"code":"SSS_INVALID_SCRIPTLET_ID","message":"That Suitelet is invalid, disabled, or no longer exists."}}`}
			token := issues(accessToken("1012;1042", labAccount, "restlets"))
			return l.doctor(answers{"restlet": a, "token": token}, "--api-path", restlet, "--scope", "restlets")
		}},
		{code: "api.rate-limited", exit: 3, run: calls(busy)},
		{code: "api.rate-limited", how: "RESTlet", exit: 3, run: func(l *lab) run {
			a := answer{status: 400, body: `{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"Request Limit Exceeded"}}`}
			return l.doctor(answers{"restlet": a}, "--api-path", restlet)
		}},
		{code: "api.unavailable", exit: 3, run: calls(answer{status: 503})},
		{code: "api.unexpected-response", exit: 1, run: calls(failed)},
		{code: "api.unexpected-response", how: "a page", exit: 1, run: calls(page(200, "Log in"))},
	}
}

func mappingRuns() []raising {
	says := func(a func(own string) answer) func(*lab) run {
		return func(l *lab) run { return l.doctor(answers{"certificates": a(l.certificateID(labKey + "-cert.pem"))}) }
	}
	const far, past = "2028-08-31T00:00:00Z", "2026-11-22T00:00:00Z"
	several := func(n int) func(own string) answer {
		return func(own string) answer {
			rows := []row{{id: own, until: far}, {id: "revoked", until: far, revoked: true}, {id: "ended", until: past}}
			for i := 1; i < n; i++ {
				rows = append(rows, row{id: fmt.Sprint("other", i), until: far})
			}
			return lists(rows...)
		}
	}
	return []raising{
		{code: "mapping.not-listed", run: says(func(string) answer { return lists(row{id: "other", until: far}) })},
		{code: "mapping.revoked", exit: 1, run: says(func(own string) answer { return lists(row{id: own, until: far, revoked: true}) })},
		{code: "mapping.expired", exit: 1, run: says(func(own string) answer { return lists(row{id: own, until: past}) })},
		{code: "mapping.expiring-soon", run: says(func(own string) answer { return lists(row{id: own, until: "2026-12-10T00:00:00Z"}) })},
		{code: "mapping.limit-near", run: says(several(4))},
		{code: "mapping.limit-reached", run: says(several(5))},
		{code: "mapping.unreadable", run: says(func(string) answer { return answer{status: 500} })},
		{code: "mapping.unreadable", how: "not a list", run: says(func(string) answer { return answer{status: 200, body: "{}"} })},
	}
}

func internalRuns() []raising {
	return []raising{
		{code: "internal.timed-out", exit: 3, everywhere: true, beside: []finding.Code{"clock.unmeasured"}, run: func(l *lab) run {
			return l.nsauth(setup{}, append([]string{"doctor", "--timeout", "1ns"}, l.identity()...)...)
		}},
		{code: "internal.panic", exit: 3, beside: []finding.Code{"clock.unmeasured"}, run: func(l *lab) run {
			return l.nsauth(setup{world: func(w *cli.World) {
				w.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
					host, _, _ := net.SplitHostPort(address)
					return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
				}
				w.LookupHost = func(context.Context, string) ([]string, error) { panic("a resolver that is broken") }
			}}, append([]string{"doctor"}, l.identity()...)...)
		}},
	}
}

// setupRun is an account with one thing wrong that only NetSuite's own pages show.
type setupRun struct {
	scenario.Change
	account string
}

func setupRuns() []setupRun {
	runs := []setupRun{{Change: "setup.sandbox-refreshed", account: "1234567_SB1"}}
	for _, c := range []scenario.Change{"setup.mapping-missing", "setup.certificate-revoked", "setup.integration-disabled",
		"setup.integration-unknown", "setup.grant-not-enabled", "setup.scope-not-enabled", "setup.features-disabled",
		"setup.role-or-entity-inactive", "setup.login-permission-missing"} {
		runs = append(runs, setupRun{Change: c})
	}
	return runs
}

// runSetup runs the doctor on the emulator, with its bare answers and with those
// of RFC 6749: the true cause is named either way.
func runSetup(t *testing.T, s setupRun) finding.Report {
	t.Helper()
	var report finding.Report
	for _, way := range []oauth.Errors{oauth.ErrorsOAuth, oauth.ErrorsBare} {
		prepared, err := scenario.Prepare(scenario.Scenario{Name: string(s.Change),
			Server: scenario.ServerHalf{Account: s.account, Changes: []scenario.Change{s.Change}}}, time.Now, keypool.Generate)
		if err != nil {
			t.Fatal(err)
		}
		prepared.Config.Errors = way
		r := nsauth(t, setup{}, "doctor", "--config", serve(t, prepared), "-o", "json")
		if report = r.report(t); r.code != finding.ExitFail {
			t.Errorf("%s: exit %d, %v", way, r.code, codes(report))
		}
		judgeSetup(t, report, finding.Code(s.Change))
	}
	return report
}

// serve runs an emulator and returns the path of its client's profile.
func serve(t *testing.T, p *scenario.Prepared) string {
	t.Helper()
	server, err := server.New(p.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p.Profile["connect_to"] = server.Addr()
	dir := filepath.Join(t.TempDir(), "client")
	if err := p.Files(dir); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, scenario.FileConfig)
}

// judgeSetup asks for the true cause among the causes, never as a finding, and
// never as certain: from here it cannot be told from the others.
func judgeSetup(t *testing.T, report finding.Report, want finding.Code) {
	t.Helper()
	entry, ok := catalog.Lookup(want)
	if !ok {
		t.Fatalf("%s is not in the catalog", want)
	}
	if entry.Remedy.Summary == "" || entry.Basis == "" || entry.Title == "" {
		t.Errorf("%s has no words", want)
	}
	for _, code := range codes(report) {
		if !strings.HasPrefix(string(code), "token.") {
			t.Errorf("a check reports %s", code)
		}
	}
	if report.Diagnosis == nil {
		t.Fatal("no diagnosis")
	}
	named := 0
	for _, c := range report.Diagnosis.Causes {
		if c.Code != want {
			continue
		}
		named++
		if c.Confidence == finding.Certain || c.Because == "" || c.Confirm == "" {
			t.Errorf("%+v", c)
		}
	}
	if named != 1 {
		t.Errorf("named %d times in %v", named, report.Diagnosis.Causes)
	}
}

// An ID that lost its case on the way is called that, not another certificate's.
func TestCertificateIDInAnotherCase(t *testing.T) {
	l := newLab(t)
	id := l.certificateID(labKey + "-cert.pem")
	wrong := strings.ToUpper(id[:20]) + id[20:]
	report := l.check(l.keycheck("--cert", labKey+"-cert.pem", "--certificate-id="+wrong), 0)
	if said := severities(t, report, "certificate-id.mismatch", finding.Warning); !strings.Contains(said, "only in upper and lower case") {
		t.Errorf("%q", said)
	}
}
