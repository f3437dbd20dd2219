package cmd

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// ending writes a certificate for the lab's key that is valid for 100 days in
// all and ends in left days, and returns the flags for it.
func (l *lab) ending(left int) []string {
	l.Helper()
	const validity = 100
	k, err := new(keys.Loader).Key(l.Context(), keys.Source{Name: l.path(labKey + ".pem")})
	if err != nil {
		l.Fatal(err)
	}
	c, err := certgen.SelfSign(k, certgen.CertificateTemplate{Subject: "ending", NotBefore: labTime().AddDate(0, 0, left-validity), Days: validity}, rand.Reader)
	if err != nil {
		l.Fatal(err)
	}
	name := fmt.Sprintf("ending-in-%d.pem", left)
	l.write(name, c.PEM())
	return []string{"--cert", name, "--certificate-id=" + c.ID()}
}

// endings is NetSuite's list for a certificate that began 90 days ago and ends in
// left days.
func endings(id string, left int) answers {
	at := func(days int) string { return labTime().AddDate(0, 0, days).Format(time.RFC3339) }
	return answers{"certificates": lists(row{id: id, from: at(-90), until: at(left)})}
}

const (
	fileEnds    finding.Code = "certificate.expiring-soon"
	mappingEnds finding.Code = "mapping.expiring-soon"
)

// --warn and --fail count days, or a share of the validity, to the end of the
// certificate and of the mapping. What both show is said once, of the file.
func TestWarnAndFail(t *testing.T) {
	if testing.Short() {
		t.Skip("a run for every threshold")
	}
	l := newLab(t)
	ours := l.ending(10) // 10 days left of 100
	id := strings.TrimPrefix(ours[2], "--certificate-id=")
	bare := []string{"--account", labAccount, "--client-id", labClientID, "--key", labKey + ".pem"}
	doctor := func(l *lab, list answers, values, thresholds []string) run {
		args := append([]string{"doctor", "--connect-to", l.serve(list), "--ca-file", "ca.pem"}, bare...)
		return l.nsauth(setup{}, append(append(args, values...), thresholds...)...)
	}
	for _, tt := range []struct {
		args []string
		want finding.Severity // "" for no finding
	}{
		{nil, finding.Warning}, // 30 days
		{[]string{"--warn", "30d"}, finding.Warning},
		{[]string{"--warn", "30"}, finding.Warning},
		{[]string{"--warn", "20%"}, finding.Warning},
		{[]string{"--warn", "10d"}, finding.Warning},
		{[]string{"--warn", "9d"}, ""},
		{[]string{"--warn", "9%"}, ""},
		{[]string{"--warn", "0d"}, ""},
		{[]string{"--warn", "0"}, ""},
		{[]string{"--warn", "0%"}, ""},
		{[]string{"--fail", "7d"}, finding.Warning},
		{[]string{"--fail", "7d", "--warn", "0d"}, ""},
		{[]string{"--fail", "5%", "--warn", "9d"}, ""},
		{[]string{"--fail", "10d"}, finding.Error},
		{[]string{"--fail", "20%"}, finding.Error},
		{[]string{"--fail", "30", "--warn", "0d"}, finding.Error},
		{[]string{"--fail", "100%", "--warn", "20%"}, finding.Error},
	} {
		for _, where := range []struct {
			name string
			code finding.Code
			run  func(*lab) run
		}{
			{"keycheck", fileEnds, func(l *lab) run {
				return l.keycheck(append(slices.Concat([]string{"--key", labKey + ".pem"}, ours), tt.args...)...)
			}},
			{"file", fileEnds, func(l *lab) run { return doctor(l, endings(id, 600), ours, tt.args) }},
			{"mapping", mappingEnds, func(l *lab) run { return doctor(l, endings(id, 10), ours[2:], tt.args) }},
			{"file and mapping", fileEnds, func(l *lab) run { return doctor(l, endings(id, 10), ours, tt.args) }},
		} {
			t.Run(where.name+" "+strings.Join(tt.args, " "), func(t *testing.T) {
				exit := map[finding.Severity]int{finding.Error: finding.ExitFail}[tt.want]
				report := l.in(t).check(where.run(l.in(t)), exit)
				found := findings(report)
				if tt.want == "" {
					if len(found) > 0 {
						t.Errorf("findings %v", codes(report))
					}
					return
				}
				if len(found) != 1 || found[0].Code != where.code || found[0].Severity != tt.want {
					t.Fatalf("findings %+v, want %s %s", found, tt.want, where.code)
				}
				if days, _ := found[0].Evidence["days_left"].(float64); days != 10 {
					t.Errorf("evidence %v", found[0].Evidence)
				}
			})
		}
	}
}

// NetSuite's own end can be earlier than the file's, and is then said as well.
func TestTheMappingEndsEarlier(t *testing.T) {
	l := newLab(t)
	ours := l.ending(20)
	id := strings.TrimPrefix(ours[2], "--certificate-id=")
	run := func(list answers, args ...string) finding.Report {
		t.Helper()
		exit := 0
		if slices.Contains(args, "--fail") {
			exit = finding.ExitFail
		}
		return l.check(l.doctor(list, append(slices.Clone(ours), args...)...), exit)
	}
	if got := codes(run(endings(id, 5))); !slices.Equal(got, []finding.Code{fileEnds, mappingEnds}) {
		t.Errorf("findings %v", got)
	}
	found := findings(run(endings(id, 5), "--fail", "7d"))
	if len(found) != 2 || found[0].Severity != finding.Warning || found[1].Severity != finding.Error {
		t.Errorf("findings %+v", found)
	}
	// NetSuite's validity is longer, so that a share of it is.
	longer := answers{"certificates": lists(row{id: id, from: "2026-01-01T00:00:00Z", until: "2026-12-13T15:00:00Z"})}
	found = findings(run(longer, "--fail", "15%"))
	if len(found) != 2 || found[0].Severity != finding.Warning || found[1].Severity != finding.Error {
		t.Errorf("findings %+v", found)
	}
	// A share of a validity whose beginning is not known is no threshold.
	unknown := answers{"certificates": lists(row{id: id, from: "unknown", until: "2026-12-01"})}
	if got := codes(run(unknown, "--warn", "20%")); !slices.Equal(got, []finding.Code{fileEnds}) {
		t.Errorf("findings %v", got)
	}
}

func TestWrongThresholds(t *testing.T) {
	l := newLab(t)
	for _, flag := range []string{"warn", "fail"} {
		for i, value := range []string{"soon", "30x", "-1", "+1", "101%", "3651d", "1.5d", "30 d", "%", "d", "30d20%", "0x1e", "99999999999999999999d"} {
			if testkit.LeftOut(i, 1, 4) {
				continue
			}
			config := l.write("thresholds.yaml", []byte(fmt.Sprintf("profiles:\n  lab:\n    %s: %q\n", flag, value)))
			for _, args := range [][]string{
				append([]string{"doctor", "--offline", "--" + flag + "=" + value}, l.identity()...),
				{"keycheck", "ec-p256.pem", "--" + flag + "=" + value},
				append([]string{"doctor", "--offline", "--config", config, "--profile", "lab"}, l.identity()...),
			} {
				r := l.nsauth(setup{}, args...)
				report := r.report(t)
				if r.code != finding.ExitUsage || report.Error == nil || report.Error.Code != finding.UsageConfig {
					t.Fatalf("%v: exit %d, %+v", args, r.code, report.Error)
				}
				said := report.Error.Message
				if !strings.Contains(said, flag+" is not a number of days or a percentage") || len(value) > 2 && strings.Contains(said, value) || len(report.Error.Hints) == 0 {
					t.Errorf("%v: %q, hints %v", args, said, report.Error.Hints)
				}
				if slices.Contains(args, "--config") && !strings.Contains(said, "thresholds.yaml:3: ") {
					t.Errorf("the line is not named: %q", said)
				}
			}
		}
		r := l.nsauth(setup{}, append([]string{"doctor", "--offline", "--" + flag + "="}, l.identity()...)...)
		if report := r.report(t); r.code != finding.ExitUsage || report.Error.Message != "--"+flag+" is empty" {
			t.Errorf("exit %d, %+v", r.code, report.Error)
		}
	}
}

// profile writes a profile with the lab's identity and these further lines.
func (l *lab) profile(lines ...string) []string {
	l.Helper()
	text := fmt.Sprintf("default_profile: lab\nprofiles:\n  lab:\n    account: %q\n    client_id: %s\n    key: %s.pem\n",
		labAccount, labClientID, labKey)
	for _, line := range lines {
		text += "    " + line + "\n"
	}
	return []string{"--config", l.write("config.yaml", []byte(text))}
}

func TestThresholdsOfAProfile(t *testing.T) {
	l := newLab(t)
	l.ending(10)
	for lines, want := range map[string]finding.Severity{"warn: 9": "", "warn: 30d": finding.Warning, "fail: 20%": finding.Error, "fail: 10": finding.Error} {
		config := l.profile("cert: ending-in-10.pem", lines)
		exit := map[finding.Severity]int{finding.Error: finding.ExitFail}[want]
		report := l.check(l.nsauth(setup{}, append([]string{"keycheck"}, config...)...), exit)
		found := findings(report)
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || found[0].Severity != want) {
			t.Errorf("%s: %+v", lines, found)
		}
	}
	// A flag outranks the profile.
	config := l.profile("cert: ending-in-10.pem", "fail: 20%")
	l.check(l.nsauth(setup{}, append([]string{"keycheck", "--fail", "5%"}, config...)...), 0)
}

// accept shows a warning as accepted and keeps it from counting.
func TestAccept(t *testing.T) {
	l := newLab(t)
	cert, id := "cert: ending-in-10.pem", "certificate_id: \""+strings.TrimPrefix(l.ending(10)[2], "--certificate-id=")+"\""
	offline := func(lines ...string) []string {
		return append([]string{"doctor", "--offline", "--fail-on", "warn"}, l.profile(append(lines, id)...)...)
	}
	l.check(l.nsauth(setup{}, offline(cert)...), finding.ExitWarnings)

	args := offline(cert, "accept: [certificate.expiring-soon]")
	report := l.check(l.nsauth(setup{}, args...), finding.ExitOK)
	row := check(t, report, finding.CheckCertificate)
	if row.Status != finding.Pass || report.Outcome != finding.OutcomePass || report.Diagnosis != nil || report.Summary.Warn != 0 {
		t.Errorf("%s, outcome %s, summary %+v", row.Status, report.Outcome, report.Summary)
	}
	if len(row.Findings) != 1 || !row.Findings[0].Accepted || row.Findings[0].Severity != finding.Warning {
		t.Errorf("%+v", row.Findings)
	}
	text := nsauth(t, setup{dir: l.dir, world: func(w *cli.World) { w.Now = labTime }}, args...)
	if text.code != 0 || !strings.Contains(text.stdout, "accepted: certificate.expiring-soon") {
		t.Errorf("exit %d: an accepted warning is still shown\n%s", text.code, text.stdout)
	}

	// Another warning of the same check counts.
	l.check(l.nsauth(setup{}, offline("cert: ec-p256-five-years-cert.pem", "warn: 3000d", "accept: [certificate.validity-too-long]")...), finding.ExitWarnings)
}

// accepted lists the codes of a report that are shown as accepted.
func accepted(r finding.Report) []finding.Code {
	var list []finding.Code
	for _, f := range findings(r) {
		if f.Accepted {
			list = append(list, f.Code)
		}
	}
	return list
}

// Nobody can accept an error away, nor what could not be verified.
func TestAcceptHidesNoErrorAndNoUnknown(t *testing.T) {
	l := newLab(t)
	id := "certificate_id: \"" + strings.TrimPrefix(l.ending(10)[2], "--certificate-id=") + "\""
	for _, tt := range []struct {
		name  string
		lines []string
		args  []string
		exit  int
	}{
		{"an error", []string{"cert: ending-in-10.pem", "accept: [key.rsa-too-small]"},
			[]string{"--offline", "--key", "rsa-2048.pem", "--cert", "rsa-2048-cert.pem", "--certificate-id=" + l.certificateID("rsa-2048-cert.pem")}, finding.ExitFail},
		{"one's own threshold", []string{"cert: ending-in-10.pem", "fail: 30d", "accept: [certificate.expiring-soon]"},
			[]string{"--offline"}, finding.ExitFail},
		{"an unknown", []string{"cert: ec-p256-cert.pem", "accept: [network.unreachable, clock.unmeasured]"},
			[]string{"--connect-to", "127.0.0.1:9"}, finding.ExitInconclusive},
		{"information", []string{"cert: ec-p256-cert.pem", "accept: [profile.value-repaired]"},
			[]string{"--offline", "--client-id", " " + labClientID, "--certificate-id=" + l.certificateID("ec-p256-cert.pem")}, finding.ExitOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := l.in(t)
			config := l.profile(append(tt.lines, id)...)
			report := l.check(l.nsauth(setup{}, append(append([]string{"doctor"}, config...), tt.args...)...), tt.exit)
			if got := accepted(report); len(got) > 0 || len(findings(report)) == 0 {
				t.Errorf("accepted %v of %v", got, codes(report))
			}
		})
	}
}

func TestAcceptInJWTInspect(t *testing.T) {
	l := newLab(t)
	f := l.forge(func(f *forgery) { f.header["typ"] = "at+jwt" })
	config := l.profile("cert: ec-p256-cert.pem", "accept: [assertion.typ-unexpected]")
	report := l.check(l.nsauth(setup{stdin: f.text()}, append([]string{"jwt", "inspect", "-"}, config...)...), 0)
	if report.Outcome != finding.OutcomePass || len(accepted(report)) != 1 {
		t.Errorf("outcome %s, accepted %v of %v", report.Outcome, accepted(report), codes(report))
	}
}

func TestAcceptOfAnUnknownCode(t *testing.T) {
	l := newLab(t)
	r := l.nsauth(setup{}, append([]string{"doctor", "--offline"}, l.profile("accept: [certificate.expiring-son]")...)...)
	report := r.report(t)
	if r.code != finding.ExitUsage || report.Error == nil || report.Error.Code != finding.UsageConfig {
		t.Fatalf("exit %d, %+v", r.code, report.Error)
	}
	said := report.Error.Message + "\n" + strings.Join(report.Error.Hints, "\n")
	for _, want := range []string{"config.yaml:7: ", "not a finding code", `did you mean "certificate.expiring-soon"`} {
		if !strings.Contains(said, want) {
			t.Errorf("%q lacks %q", said, want)
		}
	}
}

func findings(r finding.Report) []finding.Finding {
	var list []finding.Finding
	for _, c := range r.Checks {
		list = append(list, c.Findings...)
	}
	return list
}

// A server that issues a token outranks every local rule: what would be an error
// is a warning, with the server's yes in its words, and never exit 1.
func TestTheServersYes(t *testing.T) {
	if testing.Short() {
		t.Skip("a run for every rule")
	}
	l := newLab(t)
	late := refusal(401, "INVALID_LOGIN", "Invalid login attempt.")
	late.header = map[string]string{"Date": labTime().Add(20 * time.Minute).Format(http.TimeFormat)}
	other := func(cert string) []string {
		return []string{"--cert", cert, "--certificate-id=" + l.certificateID(cert)}
	}
	for _, tt := range []struct {
		code   finding.Code
		args   []string
		issued []string // scopes of the token; rest_webservices if nil
		probe  answer
	}{
		{code: "profile.client-id-is-application-id", args: []string{"--client-id", "1C61CD58-044D-497A-AA29-7A3E9A9BB924"}},
		{code: "profile.scope-not-for-m2m", args: []string{"--scope", "mcp"}, issued: []string{"mcp"}},
		{code: "key.rsa-too-small", args: l.pair("rsa-2048")},
		{code: "certificate.unreadable", args: []string{"--cert", "missing.pem"}},
		{code: "certificate.key-mismatch", args: []string{"--key", "ec-p256-other.pem"}},
		{code: "certificate.expired", args: other("ec-p256-expired-cert.pem")},
		{code: "certificate.not-yet-valid", args: other("ec-p256-future-cert.pem")},
		{code: "assertion.alg-deprecated", args: append(l.pair("rsa-3072"), "--algorithm", "RS256")},
		{code: "assertion.audience-mismatch", args: []string{"--audience", strings.Replace(tokenURL, "1234567", "7654321", 1)}},
		{code: "clock.skewed", probe: late},
	} {
		t.Run(string(tt.code), func(t *testing.T) {
			l := l.in(t)
			if tt.issued == nil {
				tt.issued = []string{"rest_webservices"}
			}
			yes, no := answers{"token": issues(accessToken("1012;1042", labAccount, tt.issued...))}, oauthAnswer(500, "server_error")
			// The list of mappings is no matter here.
			yes["certificates"] = refusal(403, "INSUFFICIENT_PERMISSION", "Permission Violation")
			if tt.probe.status != 0 {
				yes["probe"], no["probe"] = tt.probe, tt.probe
			}
			severities(t, l.check(l.doctor(no, tt.args...), finding.ExitFail), tt.code, finding.Error)
			report := l.check(l.doctor(yes, tt.args...), finding.ExitOK)
			said := severities(t, report, tt.code, finding.Warning)
			if !strings.HasSuffix(said, "(but the server accepted the assertion today)") {
				t.Errorf("%q does not tell of the server's yes", said)
			}
			if report.Outcome != finding.OutcomeWarn || report.Diagnosis == nil {
				t.Fatalf("outcome %s, diagnosis %v", report.Outcome, report.Diagnosis)
			}
			if len(report.Diagnosis.Causes) > 0 {
				t.Errorf("causes of no failure: %+v", report.Diagnosis.Causes)
			}
			l.check(l.doctor(yes, append(slices.Clone(tt.args), "--fail-on", "warn")...), finding.ExitWarnings)
		})
	}
	// What comes after the token is no rule of ours, and --fail is the person's own.
	l.check(l.doctor(answers{"serverTime": refusal(401, "INVALID_LOGIN", "Invalid login attempt.")}, l.pair("rsa-2048")...), finding.ExitFail)
	l.check(l.doctor(nil, append(l.ending(10), "--fail", "30d")...), finding.ExitFail)
}

// severities holds the severity of the one finding of this code, and returns its message.
func severities(t *testing.T, r finding.Report, code finding.Code, want finding.Severity) string {
	t.Helper()
	for _, f := range findings(r) {
		if f.Code != code {
			continue
		}
		if f.Severity != want {
			t.Errorf("severity %s, want %s", f.Severity, want)
		}
		return f.Message
	}
	t.Fatalf("no %s in %v", code, codes(r))
	return ""
}

// The same against the strict emulator: the file's end is past, NetSuite's is not.
func TestTheServersYesToAnExpiredFile(t *testing.T) {
	s, ok := scenario.Lookup("expired-certificate")
	if !ok {
		t.Fatal("no such scenario")
	}
	prepared, err := scenario.Prepare(s, time.Now, keypool.Generate)
	if err != nil {
		t.Fatal(err)
	}
	prepared.Config.Accounts[0].Mappings[0].ValidUntil = time.Now().AddDate(0, 0, 200)
	report := nsauth(t, setup{}, "doctor", "--config", serve(t, prepared), "-o", "json").report(t)
	if report.ExitCode != finding.ExitOK || !slices.Equal(codes(report), []finding.Code{"certificate.expired"}) {
		t.Fatalf("exit %d, findings %v", report.ExitCode, codes(report))
	}
	if c := check(t, report, finding.CheckCertificate); c.Status != finding.Warn {
		t.Errorf("certificate %s", c.Status)
	}
}
