package fleet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

// failing is a report with one cause. id is "account certificate role".
func failing(name, id string, code finding.Code, ev finding.Evidence) *finding.Report {
	parts := strings.Fields(id + " - -")
	r := &finding.Report{Outcome: finding.OutcomeFail, ExitCode: 1,
		Profile:   &finding.Subject{Name: &name, Account: &parts[0], CertificateID: &parts[1]},
		Diagnosis: &finding.Diagnosis{Causes: []finding.Cause{{Code: code, Title: "Title", Confidence: finding.Certain}}},
		Checks:    []finding.Result{{ID: finding.CheckToken, Status: finding.Fail, Findings: []finding.Finding{{Code: code, Severity: finding.Error, Evidence: ev}}}}}
	if parts[2] != "-" {
		r.Checks = append(r.Checks, finding.Result{ID: finding.CheckRole, Status: finding.Pass, Facts: finding.RoleFacts{RoleID: &parts[2]}})
	}
	return r
}

// warning is the report of a profile that works, with a certificate that expires soon.
func warning(name, id string) *finding.Report {
	r := failing(name, id, "certificate.expiring-soon", nil)
	r.Outcome, r.ExitCode, r.Checks[0].Status = finding.OutcomeWarn, 0, finding.Warn
	return r
}

// unusable is a report of a profile that could not be examined.
func unusable(name, message string) *finding.Report {
	return &finding.Report{Outcome: finding.OutcomeError, ExitCode: 2, Profile: &finding.Subject{Name: &name}, Error: &finding.ErrorInfo{Code: finding.UsageConfig, Message: message}}
}

// What failures share, only where what was measured is the same.
func TestShared(t *testing.T) {
	type ev = finding.Evidence
	for _, tt := range []struct {
		name string
		list []*finding.Report
		want string // by, value, profiles of each group
	}{
		{"one alone", []*finding.Report{failing("a", "1 x", "setup.features-disabled", nil)}, ""},
		{"one account", []*finding.Report{failing("a", "1 x", "setup.features-disabled", nil), failing("b", "1 y", "setup.features-disabled", nil)}, "account 1 [a b]"},
		{"two accounts", []*finding.Report{failing("a", "1 x", "setup.features-disabled", nil), failing("b", "2 y", "setup.features-disabled", nil)}, ""},
		{"two codes", []*finding.Report{failing("a", "1 x", "setup.features-disabled", nil), failing("b", "1 y", "setup.scope-not-enabled", nil)}, ""},
		{"one certificate", []*finding.Report{failing("a", "1 x", "mapping.revoked", nil), failing("b", "1 x", "mapping.revoked", nil)}, "certificate x [a b]"},
		{"a certificate within an account", []*finding.Report{failing("a", "1 x", "mapping.revoked", nil), failing("b", "1 x", "mapping.revoked", nil), failing("c", "1 y", "mapping.revoked", nil)}, "account 1 [a b c]"},
		{"certificates of two accounts", []*finding.Report{failing("a", "1 x", "certificate.expired", nil), failing("b", "2 x", "certificate.expired", nil), failing("c", "2 y", "certificate.expired", nil)}, "certificate x [a b]"},
		{"a file", []*finding.Report{failing("a", "1 x", "certificate.unreadable", ev{"path": "/c.pem"}), failing("b", "2 y", "certificate.unreadable", ev{"path": "/c.pem"})}, "machine /c.pem [a b]"},
		{"one role", []*finding.Report{failing("a", "1 x 7", "api.permission-missing", nil), failing("b", "1 y 7", "api.permission-missing", nil)}, "role 7 of 1 [a b]"},
		{"the same number in two accounts", []*finding.Report{failing("a", "1 x 7", "api.permission-missing", nil), failing("b", "2 y 7", "api.permission-missing", nil)}, ""},
		{"two roles of an account", []*finding.Report{failing("a", "1 x 7", "api.permission-missing", nil), failing("b", "1 y 8", "api.permission-missing", nil)}, "account 1 [a b]"},
		{"one proxy", []*finding.Report{failing("a", "1 x", "network.unreachable", ev{"proxy": "http://p", "endpoint": "h1:443"}), failing("b", "2 y", "network.unreachable", ev{"proxy": "http://p", "endpoint": "h2:443"})}, "machine http://p [a b]"},
		{"two proxies", []*finding.Report{failing("a", "1 x", "network.unreachable", ev{"proxy": "http://p"}), failing("b", "2 y", "network.unreachable", ev{"proxy": "http://q"})}, ""},
		{"no resolver", []*finding.Report{failing("a", "1 x", "network.dns-failure", ev{"host": "h1", "control_host": "system.netsuite.com"}), failing("b", "2 y", "network.dns-failure", ev{"host": "h2", "control_host": "system.netsuite.com"})}, "network system.netsuite.com [a b]"},
		{"two hosts", []*finding.Report{failing("a", "1 x", "network.unreachable", ev{"endpoint": "h1:443"}), failing("b", "2 y", "network.unreachable", ev{"endpoint": "h2:443"})}, ""},
		{"an inspecting proxy", []*finding.Report{failing("a", "1 x", "network.tls-inspected", ev{"issuer": "Corp", "host": "h1"}), failing("b", "2 y", "network.tls-inspected", ev{"issuer": "Corp", "host": "h2"})}, "network Corp [a b]"},
		{"an unknown account", []*finding.Report{failing("a", "1 x", "network.account-not-found", ev{"proxy": "http://p"}), failing("b", "1 y", "network.account-not-found", nil)}, "account 1 [a b]"},
		{"one clock", []*finding.Report{failing("a", "1 x", "clock.skewed", ev{"offset_seconds": 600.2}), failing("b", "2 y", "clock.skewed", ev{"offset_seconds": 601.9})}, "clock +600 s [a b]"},
		{"two clocks", []*finding.Report{failing("a", "1 x", "clock.skewed", ev{"offset_seconds": 600.2}), failing("b", "2 y", "clock.skewed", ev{"offset_seconds": 900.0})}, ""},
		{"one work tree", []*finding.Report{failing("a", "1 x", "key.in-git-work-tree", ev{"path": "/w/a", "work_tree": "/w"}), failing("b", "2 y", "key.in-git-work-tree", ev{"path": "/w/b", "work_tree": "/w"})}, "machine /w [a b]"},
		{"a CA file that cannot be used", []*finding.Report{unusable("a", "ca_file /c.pem: cannot be read: no such file"), unusable("b", "ca_file /c.pem: cannot be read: no such file"), unusable("c", "ca_file /d.pem: cannot be read: no such file")}, "machine /c.pem [a b]"},
		{"other errors", []*finding.Report{unusable("a", "$CA is not set: set it"), unusable("b", "$CA is not set: set it")}, ""},
		{"no evidence", []*finding.Report{failing("a", "1 x", "network.timeout", nil), failing("b", "2 y", "network.timeout", nil)}, ""},
		{"values", []*finding.Report{failing("a", "1 x", "profile.missing-value", nil), failing("b", "1 x", "profile.missing-value", nil)}, ""},
		{"the most urgent first", []*finding.Report{warning("a", "1 x"), warning("b", "2 x"), warning("c", "3 x"), failing("d", "4 y", "setup.features-disabled", nil), failing("e", "4 z", "setup.features-disabled", nil)}, "account 4 [d e], certificate x [a b c]"},
		{"of equals the first seen", []*finding.Report{failing("a", "1 x", "setup.features-disabled", nil), failing("b", "2 y", "mapping.revoked", nil), failing("c", "2 y", "mapping.revoked", nil), failing("d", "1 z", "setup.features-disabled", nil)}, "account 1 [a d], certificate y [b c]"},
		{"the largest first", []*finding.Report{failing("a", "1 x", "setup.features-disabled", nil), failing("b", "1 y", "setup.features-disabled", nil), failing("c", "2 x", "token.server-error", nil), failing("d", "2 y", "token.server-error", nil), failing("e", "2 z", "token.server-error", nil)}, "account 2 [c d e], account 1 [a b]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var all collector
			for _, r := range tt.list {
				all.add(summarize(r))
			}
			var got []string
			for _, s := range all.groups.shared() {
				got = append(got, fmt.Sprintf("%s %s %v", s.By, s.Value, s.Profiles))
			}
			if strings.Join(got, ", ") != tt.want {
				t.Errorf("%q, want %q", strings.Join(got, ", "), tt.want)
			}
		})
	}
}

// A set of possible causes is shared by its symptom: none of them is said to be the cause.
func TestSharedSet(t *testing.T) {
	var all collector
	for _, name := range []string{"a", "b"} {
		r := failing(name, "1 x", "token.server-error", nil)
		symptom := finding.Code("setup.mapping-missing")
		r.Diagnosis.Causes = []finding.Cause{{Code: "setup.mapping-missing", Confidence: finding.Possible}, {Code: "setup.features-disabled", Confidence: finding.Possible},
			{Code: "token.server-error", Confidence: finding.Certain, ConsequenceOf: &symptom}}
		all.add(summarize(r))
	}
	if got := all.groups.shared(); len(got) != 1 || got[0].Code != "token.server-error" || got[0].By != finding.ByAccount || got[0].Title == "" {
		t.Errorf("%+v", got)
	}
}

// Profiles whose own values explain the symptom share nothing.
func TestSharedByNone(t *testing.T) {
	var all collector
	for _, name := range []string{"a", "b"} {
		r := failing(name, "1 x", "token.server-error", nil)
		cause := finding.Code("profile.client-id-malformed")
		r.Diagnosis.Causes = []finding.Cause{{Code: cause, Confidence: finding.Likely}, {Code: "token.server-error", Confidence: finding.Likely, ConsequenceOf: &cause}}
		all.add(summarize(r))
	}
	if got := all.groups.shared(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestChoose(t *testing.T) {
	file := &profile.File{Path: "config.yaml", Exists: true, Profiles: []string{"prod-eu", "prod-us", "sandbox", "tba", "reader"}, TBA: []string{"tba"}, Auditors: []string{"reader"}}
	for _, tt := range []struct {
		choice Choice
		want   string
	}{
		{Choice{All: true}, "prod-eu prod-us sandbox; tba tba reader auditor"},
		{Choice{Globs: []string{"prod-*"}}, "prod-eu prod-us;"},
		{Choice{Globs: []string{"sand*", "prod-u?"}}, "prod-us sandbox;"},
		{Choice{Globs: []string{"sand*", "nosuch*"}}, `no profile matches "nosuch*" [the profiles are`},
		{Choice{Globs: []string{"*"}}, "prod-eu prod-us sandbox; tba tba reader auditor"},
		{Choice{Names: []string{"sandbox", "prod-eu"}}, "prod-eu sandbox;"},
		{Choice{Names: []string{"sandbox", "reader"}}, "sandbox reader;"},
		{Choice{Names: []string{"sandbox", "tba"}}, "sandbox; tba tba"},
		{Choice{Names: []string{"sandbox", "prod-ue"}}, `there is no profile "prod-ue" [did you mean "prod-eu"?`},
		{Choice{Globs: []string{"prd-*"}}, `no profile matches "prd-*" [the profiles are`},
		{Choice{Globs: []string{"zzz"}}, `no profile matches "zzz" [the profiles are "prod-eu", "prod-us"`},
		{Choice{Globs: []string{"["}}, `invalid --match: the pattern "[" does not end`},
		{Choice{Globs: []string{"reader"}}, "no profile to examine: left out: reader (an auditor)"},
	} {
		names, out, err := tt.choice.Choose(file)
		got := strings.Join(names, " ") + ";"
		for _, l := range out {
			got += " " + l.Profile + " " + l.Reason
		}
		if err != nil {
			info := cli.ErrorInfo(err)
			got = fmt.Sprintf("%s %v", info.Message, info.Hints)
		}
		if !strings.HasPrefix(got, tt.want) || err == nil && got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.choice, got, tt.want)
		}
	}
	for _, none := range []*profile.File{{}, {Path: "config.yaml"}, {Path: "config.yaml", Exists: true}} {
		if _, _, err := (Choice{All: true}).Choose(none); err == nil {
			t.Errorf("%+v: chosen", none)
		}
	}
	if _, out, _ := (Choice{All: true}).Choose(file, "sandbox"); len(out) != 3 {
		t.Errorf("--auditor is examined: %v", out)
	}
}
