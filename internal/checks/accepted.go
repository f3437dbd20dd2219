package checks

import (
	"maps"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

// downgradeOnceTokenIssued turns local errors into warnings once a token was issued:
// what NetSuite accepted outranks our rules. Checks that judge what happens after
// the token keep their errors. So do key and certificate where another program's
// assertion was sent, which proves nothing about them.
func downgradeOnceTokenIssued(results []finding.Result, given bool) []finding.Result {
	issued := slices.ContainsFunc(results, func(r finding.Result) bool {
		return r.ID == finding.CheckToken && (r.Status == finding.Pass || r.Status == finding.Warn)
	})
	if !issued {
		return results
	}
	for i, r := range results {
		if r.ID == finding.CheckCertificateID && !given {
			markIDAccepted(r.Findings)
		}
		if !slices.Contains(judgedBeforeToken, r.ID) || given && !slices.Contains(judgesSentAssertion, r.ID) || r.Status != finding.Fail {
			continue
		}
		for j, f := range r.Findings {
			if f.Severity == finding.Error && !slices.Contains(askedByUser, f.Code) {
				f = f.With(finding.Warning)
				f.Message = strings.TrimSuffix(f.Message, ".") + " (but the server accepted the assertion today)"
				r.Findings[j] = f
			}
		}
		results[i].Status = finding.StatusOf(r.Findings)
	}
	return results
}

// markIDAccepted blames the certificate file where the server accepted a Certificate
// ID that does not match it.
func markIDAccepted(findings []finding.Finding) {
	for i, f := range findings {
		if f.Code == "certificate-id.mismatch" {
			ev := maps.Clone(f.Evidence)
			ev["reason"] = "accepted"
			findings[i] = catalog.New(f.Code, ev)
		}
	}
}

// judgedBeforeToken lists the checks whose errors a token overrules.
var judgedBeforeToken = []finding.CheckID{
	finding.CheckProfile, finding.CheckKey, finding.CheckCertificate,
	finding.CheckCertificateID, finding.CheckAssertion, finding.CheckClock,
}

// judgesSentAssertion lists those of them that judge the assertion that was sent,
// also another program's.
var judgesSentAssertion = []finding.CheckID{finding.CheckAssertion, finding.CheckClock}

// askedByUser lists errors that the user asked for (--fail): a token does not
// overrule them.
var askedByUser = []finding.Code{"certificate.expiring-soon"}

// applyAcceptList marks the warnings that the profile's accept list names. It cannot
// turn the status unknown into pass.
func applyAcceptList(results []finding.Result, p *profile.Profile) []finding.Result {
	return accept(results, func(f finding.Finding) bool {
		return finding.StatusOf([]finding.Finding{f}) == finding.Warn && (p.Accepts(f.Code) || p.AcceptsOf(f.Code, pathOf(f)))
	})
}

// acceptInFolder marks the errors that the accept list names with their file, where a
// folder is judged: an old pair may be kept there on purpose.
func acceptInFolder(results []finding.Result, job *Job) []finding.Result {
	if job.Folder == nil {
		return results
	}
	return accept(results, func(f finding.Finding) bool {
		return f.Severity == finding.Error && job.Profile.AcceptsOf(f.Code, pathOf(f))
	})
}

func accept(results []finding.Result, accepted func(finding.Finding) bool) []finding.Result {
	for i, r := range results {
		changed := false
		for j, f := range r.Findings {
			if accepted(f) {
				r.Findings[j].Accepted, changed = true, true
			}
		}
		if changed && (r.Status == finding.Warn || r.Status == finding.Fail) {
			results[i].Status = finding.StatusOf(r.Findings)
		}
	}
	return results
}

// pathOf returns the file that a finding is about, or "".
func pathOf(f finding.Finding) string {
	for _, name := range []string{"path", "certificate"} {
		if path, ok := f.Evidence[name].(string); ok {
			return path
		}
	}
	return ""
}
