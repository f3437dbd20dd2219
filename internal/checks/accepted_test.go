package checks

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// NetSuite's yes never ends in exit 1 for a local rule: whatever the checks before
// the token found, in whatever number, a token that was issued and a call that
// worked make the run a success. Only what the person asked for themselves (--fail)
// stays a failure.
func TestTheServersYesOutranksEveryLocalRule(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	var local []catalog.Entry
	for _, e := range catalog.All() {
		if slices.Contains(judgedBeforeToken, e.Owner) && e.Status != finding.Unknown {
			local = append(local, e)
		}
	}
	if len(local) < 60 {
		t.Fatalf("only %d local codes", len(local))
	}
	run := func(entries []catalog.Entry) []finding.Result {
		results := NotRun()
		for i := range results {
			results[i].Status, results[i].Selected = finding.Pass, true
			for _, e := range entries {
				if e.Owner == results[i].ID {
					results[i].Findings = append(results[i].Findings, catalog.New(e.Code, nil).With(finding.Error))
				}
			}
			results[i].Status = finding.StatusOf(results[i].Findings)
		}
		return results
	}
	judge := func(results []finding.Result) int {
		_, exit := finding.Judge(results, finding.Demand{Required: Required(results)})
		return exit
	}
	try := func(entries []catalog.Entry) {
		own := slices.ContainsFunc(entries, func(e catalog.Entry) bool { return slices.Contains(askedByUser, e.Code) })
		if exit := judge(downgradeOnceTokenIssued(run(entries), false)); (exit == finding.ExitFail) != own {
			t.Errorf("%d findings, the first %s: exit %d", len(entries), entries[0].Code, exit)
		}
	}
	for _, e := range local {
		try([]catalog.Entry{e})
	}
	for range 300 {
		random.Shuffle(len(local), func(i, j int) { local[i], local[j] = local[j], local[i] })
		try(local[:1+random.IntN(len(local))])
	}
	// Without a token each of them is a failure: the yes is what changes it.
	for _, e := range local {
		results := run([]catalog.Entry{e})
		for i := range results {
			if results[i].ID == finding.CheckToken {
				results[i].Status = finding.Skip
			}
		}
		if exit := judge(downgradeOnceTokenIssued(results, false)); exit != finding.ExitFail {
			t.Errorf("%s without a token: exit %d", e.Code, exit)
		}
	}
}

func TestTheServersYesOutranksOurRules(t *testing.T) {
	small := catalog.New("key.rsa-too-small", finding.Evidence{"bits": 2048})
	results := func(tokenStatus finding.Status) []finding.Result {
		return []finding.Result{
			{ID: finding.CheckKey, Status: finding.Fail, Findings: []finding.Finding{small}},
			{ID: finding.CheckCertificate, Status: finding.Fail, Findings: []finding.Finding{catalog.New("certificate.expiring-soon", nil).With(finding.Error)}},
			{ID: finding.CheckToken, Status: tokenStatus},
			{ID: finding.CheckAPI, Status: finding.Fail, Findings: []finding.Finding{catalog.New("api.permission-missing", nil)}},
		}
	}
	got := downgradeOnceTokenIssued(results(finding.Pass), false)
	if got[0].Status != finding.Warn || got[0].Findings[0].Severity != finding.Warning {
		t.Errorf("key: %s", got[0].Status)
	}
	if got[1].Status != finding.Fail {
		t.Error("--fail is the person's own rule and stays")
	}
	if got[3].Status != finding.Fail {
		t.Error("what comes after the token keeps its severity")
	}
	if got := downgradeOnceTokenIssued(results(finding.Fail), false); got[0].Status != finding.Fail {
		t.Errorf("without a token: %s", got[0].Status)
	}
}

// The server that took the Certificate ID has said which of the two is wrong.
func TestAnAcceptedCertificateID(t *testing.T) {
	results := func(token finding.Status) []finding.Result {
		mismatch := catalog.New("certificate-id.mismatch", finding.Evidence{"configured": "A", "computed": "B", "reason": "case"})
		return []finding.Result{
			{ID: finding.CheckCertificateID, Status: finding.Warn, Findings: []finding.Finding{mismatch}},
			{ID: finding.CheckToken, Status: token},
		}
	}
	for _, tt := range []struct {
		token finding.Status
		given bool // another program's assertion, which says nothing about the profile's ID
		want  string
	}{
		{finding.Pass, false, "Give the certificate that was uploaded."},
		{finding.Pass, true, "Write it as NetSuite shows it; it should be B."},
		{finding.Fail, false, "Write it as NetSuite shows it; it should be B."},
	} {
		r := downgradeOnceTokenIssued(results(tt.token), tt.given)[0]
		if f := r.Findings[0]; r.Status != finding.Warn || len(r.Findings) != 1 || !strings.HasPrefix(f.Remedy.Summary, tt.want) || f.Evidence["computed"] != "B" {
			t.Errorf("%+v: %s %+v", tt, r.Status, f)
		}
	}
}
