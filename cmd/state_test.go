package cmd

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
)

// records are the files of the last good runs below a folder for state.
func records(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "nsauth", "last-*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// It worked, then the mapping's certificate is revoked: the next run knows that all
// on this side is what it was.
func TestSinceWhen(t *testing.T) {
	f := newFaulty(t)
	s := setup{state: t.TempDir()}
	doctor := []string{"doctor", "--config", f.config, "-o", "json"}
	if r := nsauth(t, s, doctor...); r.code != finding.ExitOK {
		t.Fatalf("exit %d: %s", r.code, r.stdout)
	}
	files := records(t, s.state)
	if len(files) != 1 {
		t.Fatalf("records: %v", files)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"client_id"`, `"certificate_id"`, `"key"`, `"role_id"`, `"entity_id"`, `"valid_until": "20`, `"profile": "emulator"`} {
		if !strings.Contains(string(content), want) {
			t.Errorf("the record lacks %s:\n%s", want, content)
		}
	}
	if strings.Contains(string(content), "eyJ") || strings.Contains(string(content), "PRIVATE") {
		t.Errorf("a secret in the record:\n%s", content)
	}
	if runtime.GOOS != "windows" {
		for name, mode := range map[string]os.FileMode{files[0]: 0o600, filepath.Dir(files[0]): 0o700} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v", name, info.Mode())
			}
		}
	}

	f.revoke(t)
	report := nsauth(t, s, doctor...).report(t)
	w := report.Diagnosis.Worked
	if w == nil || w.By != finding.WorkedByRecord || len(w.Changed) != 0 || !slices.Equal(w.Same, []string{"key", "client_id", "certificate_id", "account"}) ||
		!strings.Contains(w.Summary, "so the change is in the account") {
		t.Errorf("%+v", w)
	}
	if c := report.Diagnosis.Causes[0]; c.Code != "setup.certificate-revoked" {
		t.Errorf("first cause %s", c.Code)
	}
	text := nsauth(t, s, "doctor", "--config", f.config, "-v")
	if !strings.Contains(strings.Join(strings.Fields(text.stdout), " "), "same key, Client ID, Certificate ID and account: so the change is in the account.") {
		t.Errorf("%s", text.stdout)
	}
	if !strings.Contains(strings.Join(strings.Fields(text.stdout), " "), "(the last token was of role ") {
		t.Errorf("role and entity of the last token are not named:\n%s", text.stdout)
	}
	if after, err := os.ReadFile(files[0]); err != nil || string(after) != string(content) {
		t.Errorf("a failed run changed the record: %v\n%s", err, after)
	}

	// What is another value now is named, and comes first.
	other := "OO-w1BgguIlVbqWquN0ouO-YhfhA9Eguhs6bu8XXOac"
	report = nsauth(t, s, append(doctor, "--certificate-id="+other, "--mask-ids")...).report(t)
	if w := report.Diagnosis.Worked; w == nil || !slices.Equal(w.Changed, []string{"certificate_id"}) || !strings.HasPrefix(w.Was["certificate_id"], "<") ||
		!strings.Contains(w.Summary, "changed since: Certificate ID") {
		t.Errorf("%+v", w)
	}

	// token and call read it too.
	token := nsauth(t, s, "token", "--config", f.config)
	if token.code != finding.ExitFail || !strings.Contains(token.stderr, "Last token:") {
		t.Errorf("%s", token.stderr)
	}
	if r := nsauth(t, s, append(doctor, "--no-state")...).report(t); r.Diagnosis.Worked != nil {
		t.Errorf("--no-state: %+v", r.Diagnosis.Worked)
	}
}

// revoke revokes the client's certificate, as another administrator would.
func (f *faulty) revoke(t *testing.T) {
	t.Helper()
	token := strings.TrimSpace(nsauth(t, setup{}, "token", "--config", f.config).stdout)
	profile := nsauth(t, setup{}, "doctor", "--config", f.config, "-o", "json").report(t).Profile
	req, err := http.NewRequest(http.MethodPost, "https://"+f.Addr()+"/services/rest/auth/oauth2/v1/clients/"+*profile.ClientID+
		"/certificates/"+*profile.CertificateID+"/revoke", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "1234567.restlets.api.netsuite.com"
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := f.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		t.Fatalf("revoke: status %d", res.StatusCode)
	}
}

// What is no good run leaves no record, and a record that cannot be used or written
// is one note and no failure.
func TestWhatIsRecorded(t *testing.T) {
	f := newFaulty(t)
	assertion := nsauth(t, setup{}, "doctor", "--config", f.config, "-o", "json")
	if assertion.code != 0 {
		t.Fatal(assertion.stdout)
	}
	for _, args := range [][]string{
		{"doctor", "--no-state"}, {"doctor", "--offline"}, {"doctor", "--skip", "token"}, {"doctor", "--certificate-id=OO-w1BgguIlVbqWquN0ouO-YhfhA9Eguhs6bu8XXOac"},
		{"token", "--no-state"}, {"call", "--no-state", "system/v1/serverTime"}, {"keycheck"},
	} {
		s := setup{state: t.TempDir()}
		nsauth(t, s, append(args, "--config", f.config)...)
		if files := records(t, s.state); len(files) != 0 {
			t.Errorf("%v: %v", args, files)
		}
	}
	for _, args := range [][]string{{"doctor"}, {"token"}, {"call", "system/v1/serverTime"}} {
		s := setup{state: t.TempDir()}
		nsauth(t, s, append(args, "--config", f.config)...)
		if files := records(t, s.state); len(files) != 1 {
			t.Errorf("%v: %v", args, files)
		}
	}
	s := setup{state: t.TempDir()}
	if r := nsauth(t, s, "doctor", "--demo"); r.code != 0 || len(records(t, s.state)) != 0 {
		t.Errorf("the demo left %v", records(t, s.state))
	}

	if all, _ := filepath.Glob(filepath.Join(s.state, "nsauth", "*")); len(all) != 0 {
		t.Errorf("the demo left %v", all)
	}

	nsauth(t, s, "doctor", "--config", f.config)
	path := records(t, s.state)[0]
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	report := nsauth(t, s, "doctor", "--config", f.config, "-o", "json").report(t)
	if report.ExitCode != 0 || !slices.ContainsFunc(report.Notes, func(n string) bool { return strings.Contains(n, path) && strings.Contains(n, "not a record") }) {
		t.Errorf("%v", report.Notes)
	}
	if report = nsauth(t, s, "doctor", "--config", f.config, "-o", "json").report(t); len(report.Notes) != 1 {
		t.Errorf("after the damaged record was replaced: %v", report.Notes)
	}
	blocked := setup{state: path} // a file where a folder belongs
	report = nsauth(t, blocked, "doctor", "--config", f.config, "-o", "json").report(t)
	if report.ExitCode != 0 || len(report.Notes) < 2 || !strings.Contains(report.Notes[len(report.Notes)-1], "could not be recorded in "+filepath.Join(path, "nsauth")) {
		t.Errorf("exit %d, %v", report.ExitCode, report.Notes)
	}
	if r := nsauth(t, blocked, "token", "--config", f.config); r.code != 0 || r.stderr != "" {
		t.Errorf("token: exit %d, %s", r.code, r.stderr)
	}
}

func TestWorkedUntil(t *testing.T) {
	for _, tt := range []struct{ date, at, says string }{
		{"2026-01-20", "2026-01-20", "It worked until Tue 20 Jan"},
		{"2026-01-20T17:42Z", "2026-01-20T17:42:00Z", "It worked until Tue 20 Jan"},
		{"2026-01-20T17:42:09+02:00", "2026-01-20T15:42:09Z", "It worked until Tue 20 Jan"},
	} {
		report := nsauth(t, setup{}, "doctor", "--demo", "mapping-revoked", "--worked-until", tt.date, "-o", "json").report(t)
		w := report.Diagnosis.Worked
		if w == nil || *w.At != tt.at || w.By != finding.WorkedByGiven || !strings.HasPrefix(w.Summary, tt.says) {
			t.Errorf("%s: %+v", tt.date, w)
		}
		if c := report.Diagnosis.Causes[0]; c.Code != "setup.certificate-revoked" {
			t.Errorf("first cause %s", c.Code)
		}
	}
	for _, date := range []string{"yesterday", "20.11.2026", "2026-13-01", "2099-01-01", "0", "2026-11-20T17:42"} {
		report := nsauth(t, setup{}, "doctor", "--demo", "mapping-revoked", "--worked-until", date, "-o", "json").report(t)
		if report.ExitCode != finding.ExitUsage || !strings.Contains(report.Error.Message, "--worked-until") || len(report.Error.Hints) == 0 {
			t.Errorf("%s: %+v", date, report.Error)
		}
	}
}

// Refusals add up over runs, and the end of the certificate stays known after its file is gone.
func TestHistoryOfRuns(t *testing.T) {
	f := newFaulty(t)
	s := setup{state: t.TempDir()}
	run := func(args ...string) finding.Report {
		t.Helper()
		return nsauth(t, s, append([]string{"doctor", "--config", f.config, "-o", "json"}, args...)...).report(t)
	}
	for _, args := range [][]string{{"--no-state"}, {"--offline"}, {"--skip", "token"}} {
		if r := run(args...); r.History != nil {
			t.Errorf("%v: %+v", args, r.History)
		}
	}
	const code = "token.server-error"
	first := run().History
	if n, there := first.Refusals[code]; n != 0 || !there || first.CertificateEnds.File == nil || first.CertificateEnds.NetSuite == nil {
		t.Fatalf("%+v", first)
	}
	f.revoke(t)
	run()
	nsauth(t, s, "token", "--config", f.config)
	last := run("--cert", "gone.pem")
	if n := last.History.Refusals[code]; n != 3 || *last.History.CertificateEnds.File != *first.CertificateEnds.File || *last.History.CertificateEnds.NetSuite != *first.CertificateEnds.NetSuite {
		t.Errorf("%+v; at first %+v", last.History, first)
	}
}

// In a run over several profiles each has counts of its own, whose series outlive its files.
func TestHistoryOfAFleet(t *testing.T) {
	config := pairOfProfiles(t, "healthy", "mapping-revoked")
	metrics := filepath.Join(t.TempDir(), "nsauth.prom")
	s := setup{state: t.TempDir()}
	series := func(args ...string) map[string]string {
		t.Helper()
		nsauth(t, s, append([]string{"doctor", "--config", config, "-q", "--report", "prom=" + metrics}, args...)...)
		data, err := os.ReadFile(metrics)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for line := range strings.Lines(string(data)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
			found[name+"}"] = value
		}
		return found
	}
	const file = `nsauth_certificate_not_after_seconds{profile="sandbox",source="file"}`
	series("--profile", "sandbox") // one profile alone counts in the same place
	first := series("--all-profiles")
	text, err := os.ReadFile(config)
	if err == nil {
		text = regexp.MustCompile(`(?s)(  sandbox:.*?\n    cert: )[^\n]*`).ReplaceAll(text, []byte("${1}gone.pem"))
		err = os.WriteFile(config, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	last := series("--all-profiles")
	for name, want := range map[string]string{
		`nsauth_refusals_total{profile="prod",code="token.server-error"}`:    "0",
		`nsauth_refusals_total{profile="sandbox",code="token.server-error"}`: "3",
		`nsauth_up{profile="prod"}`:                                          "1",
		`nsauth_up{profile="sandbox"}`:                                       "0",
		`nsauth_outcome{profile="sandbox",outcome="fail"}`:                   "1",
		file: first[file],
	} {
		if want == "" || last[name] != want {
			t.Errorf("%s is %q, want %q", name, last[name], want)
		}
	}
	without := series("--all-profiles", "--no-state")
	for name := range without {
		if strings.HasPrefix(name, "nsauth_refusals_total") || name == file {
			t.Errorf("%s without state", name)
		}
	}
}

// A count that cannot be written is said once with metrics, also with -q: alerts need it.
func TestHistoryCannotBeWritten(t *testing.T) {
	config, dir := pairOfProfiles(t, "older-access-token", "older-access-token"), t.TempDir()
	state := filepath.Join(dir, "a-file")
	if err := os.WriteFile(state, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, choice := range []string{"--all-profiles", "--profile=prod"} {
		args := []string{"doctor", "--config", config, "-q", choice}
		r := nsauth(t, setup{state: state}, append(args, "--report", "prom="+filepath.Join(dir, "nsauth.prom"))...)
		if r.code != 0 || strings.Count(r.stderr, "nsauth: warning: the count of refusals in ") != 1 || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%s: %d %s", choice, r.code, r.stderr)
		}
		if r := nsauth(t, setup{state: state}, args...); r.stderr != "" {
			t.Errorf("%s without metrics: %s", choice, r.stderr)
		}
		args[3] = "--no-input" // the report of one profile says it, the table does not
		if r := nsauth(t, setup{state: state}, args...); strings.Count(r.stderr, "nsauth: warning: the count of refusals in ") != map[bool]int{true: 1}[choice == "--all-profiles"] ||
			strings.Contains(r.stdout, "The count of refusals") == strings.Contains(r.stderr, "the count") {
			t.Errorf("%s without -q: %s%s", choice, r.stderr, r.stdout)
		}
		args = append(args, "-o", "prom")
		if r := nsauth(t, setup{}, args...); r.stderr != "nsauth: warning: the count of refusals is not kept: this user has no folder for it: set HOME, or LocalAppData on Windows\n" {
			t.Errorf("%s without a folder: %s", choice, r.stderr)
		}
		for _, none := range [][]string{{"--no-state"}, {"--only=key"}, {"-o", "csv"}} {
			if r := nsauth(t, setup{}, append(args, none...)...); r.stderr != "" {
				t.Errorf("%s %v without a folder: %s", choice, none, r.stderr)
			}
		}
	}
}
