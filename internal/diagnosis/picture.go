package diagnosis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// picture is what the results say, sorted.
type picture struct {
	context  Context
	results  map[finding.CheckID]finding.Result
	findings []finding.Finding // in the order in which to fix them
	issued   bool              // a token was issued
	refused  *finding.Finding  // the token endpoint's refusal
}

func newPicture(results []finding.Result, c Context) *picture {
	p := &picture{context: c.withAnswers(), results: map[finding.CheckID]finding.Result{}}
	for _, r := range results {
		p.results[r.ID] = r
		p.findings = append(p.findings, r.Findings...)
	}
	slices.SortStableFunc(p.findings, func(a, b finding.Finding) int {
		return cmp.Or(
			fixRank(a.Code)-fixRank(b.Code),
			catalog.Place(a.Code)-catalog.Place(b.Code),
			strings.Compare(string(a.Code), string(b.Code)),
		)
	})
	token := p.results[finding.CheckToken].Status
	p.issued = token == finding.Pass || token == finding.Warn
	for i, f := range p.findings {
		if slices.Contains(tables().Refusals, f.Code) && p.refused == nil && !p.issued {
			p.refused = &p.findings[i]
		}
	}
	return p
}

func fixRank(code finding.Code) int {
	if s, ok := suspects()[code]; ok {
		return s.rank
	}
	return len(suspects())
}

func (p *picture) found(code finding.Code) bool {
	return slices.ContainsFunc(p.findings, func(f finding.Finding) bool { return f.Code == code })
}

const skewed = finding.Code("clock.skewed")

// datedBy is the name of the time in the evidence of a finding about one. What has
// expired ends at that time, everything else begins then.
var datedBy = map[finding.Code]string{"certificate.expired": "not_after", "certificate.not-yet-valid": "not_before",
	"assertion.expired": "exp", "assertion.issued-in-future": "iat", "assertion.not-before": "nbf"}

// byWrongClock reports whether a finding is true by this machine's wrong clock, and not
// by the clock that it was compared with.
func (p *picture) byWrongClock(f finding.Finding) bool {
	name, dated := datedBy[f.Code]
	if !dated || !p.found(skewed) {
		return false
	}
	at, known := timeIn(f, name)
	reference, compared := timeIn(f, "reference_time")
	over := strings.HasSuffix(string(f.Code), ".expired")
	return known && compared && over == reference.Before(at)
}

func timeIn(f finding.Finding, name string) (time.Time, bool) {
	text, _ := f.Evidence[name].(string)
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

// foundAny reports whether the family has a warning or an error.
func (p *picture) foundAny(family string) bool {
	return slices.ContainsFunc(p.findings, func(f finding.Finding) bool {
		return strings.HasPrefix(string(f.Code), family+".") && f.Severity != finding.Info
	})
}

// unreached reports that the server gave no usable answer: then only proven causes
// about credentials are listed.
func (p *picture) unreached() bool {
	return slices.ContainsFunc(p.findings, func(f finding.Finding) bool { return slices.Contains(tables().Reach, f.Code) })
}

// symptom is the server's own error: of the token endpoint, or of an API call with
// several possible causes.
func (p *picture) symptom() *finding.Finding {
	if p.refused != nil {
		return p.refused
	}
	for i, f := range p.findings {
		if f.Code == "api.invalid-login" && f.Severity != finding.Info {
			return &p.findings[i]
		}
	}
	return nil
}

// answeredAt says at which second the token endpoint answered.
func (p *picture) answeredAt() string {
	f, ok := facts[finding.TokenFacts](p, finding.CheckToken)
	if !ok || f.At == nil {
		return ""
	}
	at, err := time.Parse(time.RFC3339, *f.At)
	if err != nil {
		return ""
	}
	return " at " + text.Time(at)
}

// ofOtherFile reports whether an error is about a certificate file that may not be the
// mapping's: its ID is not the configured one, nor a misspelling of it. The file is
// never sent, so its faults prove nothing then.
func (p *picture) ofOtherFile(f finding.Finding) bool {
	if !strings.HasPrefix(string(f.Code), "certificate.") || f.Severity != finding.Error {
		return false
	}
	return slices.ContainsFunc(p.findings, func(id finding.Finding) bool {
		reason, _ := id.Evidence["reason"].(string)
		return id.Code == "certificate-id.belongs-to-other-file" ||
			id.Code == "certificate-id.mismatch" && slices.Contains([]string{"", "malformed", "none-in-folder"}, reason)
	})
}

// remaining is the set that only NetSuite can tell apart, in prior order.
func (p *picture) remaining() []finding.Code {
	var first, rest []finding.Code
	for _, code := range p.context.Worked.order() {
		switch {
		case code == "setup.sandbox-refreshed" && !p.context.Sandbox:
		case slices.Contains(tables().Hints[p.refused.Code], code), code == "setup.certificate-revoked" && p.overTwoYears() > 0:
			first = append(first, code)
		default:
			rest = append(rest, code)
		}
	}
	return append(first, rest...)
}

// why says why a member of the set is possible.
func (p *picture) why(code finding.Code) string {
	if days := p.overTwoYears(); code == "setup.certificate-revoked" && days > 0 {
		return catalog.Because("shortened-to-two-years", finding.Evidence{"days": days})
	}
	if code == "setup.mapping-missing" && p.found("certificate.validity-too-long") {
		return catalog.Because("upload-came-to-nothing", finding.Evidence{"unseen": catalog.Unseen()[code]})
	}
	return catalog.Unseen()[code]
}

// overTwoYears is the age in days of a certificate that is valid by its file, although
// NetSuite allows two years at most; else 0. It is not documented whether they count
// from the certificate's start or from the upload.
func (p *picture) overTwoYears() int {
	f, ok := facts[finding.CertificateFacts](p, finding.CheckCertificate)
	age := f.ValidityDays - f.DaysLeft
	if !ok || !p.found("certificate.validity-too-long") || f.DaysLeft < 0 || age <= 730 {
		return 0
	}
	return age
}

// facts returns the facts of a check, whether they are held by value or by pointer.
func facts[T any](p *picture, id finding.CheckID) (T, bool) {
	switch v := p.results[id].Facts.(type) {
	case T:
		return v, true
	case *T:
		if v != nil {
			return *v, true
		}
	}
	var none T
	return none, false
}

// exclusion is one row of what evidence can exclude.
type exclusion struct {
	code    finding.Code
	because string // a name in diagnosis.yaml
	holds   func(*picture) (finding.Evidence, bool)
	// netsuite says that another server's answer excludes nothing.
	netsuite bool
}

// ruledOut lists what the evidence excludes, with the figures that exclude it.
func (p *picture) ruledOut() []finding.RuledOut {
	var out []finding.RuledOut
	for _, x := range exclusions() {
		if x.netsuite && p.context.Foreign {
			continue
		}
		if ev, ok := x.holds(p); ok && !p.found(x.code) {
			out = append(out, finding.RuledOut{Code: x.code, Because: catalog.Because(x.because, ev)})
		}
	}
	return out
}

// refreshExcluded is for sandboxes only: a production account is never refreshed.
func (p *picture) refreshExcluded() (finding.Evidence, bool) {
	return nil, p.context.Sandbox && p.issued
}

func exclusions() []exclusion {
	return []exclusion{
		{"network.account-not-found", "host-answered", (*picture).accountAnswers, true},
		{"key.rsa-too-small", "key-fits", keyOf("RSA", "key.rsa-too-small", "key.rsa-size-unsupported"), false},
		{"key.curve-unsupported", "key-fits", keyOf("EC", "key.curve-unsupported"), false},
		{"certificate.key-mismatch", "pair-fits", (*picture).pairFits, false},
		{"certificate.key-mismatch", "token-before", worked("certificate.key-mismatch"), false},
		{"certificate.expired", "certificate-runs", (*picture).certificateRuns, false},
		{"certificate-id.mismatch", "certificate-id-fits", (*picture).certificateIDFits, false},
		{"certificate-id.mismatch", "token-before", worked("certificate-id.mismatch"), false},
		{"assertion.alg-deprecated", "algorithm-fits", (*picture).algorithmFits, false},
		{"assertion.signature-invalid", "signature-verifies", (*picture).signatureVerifies, false},
		{"profile.client-id-is-application-id", "issuer-fits", (*picture).issuerFits, false},
		{"assertion.audience-mismatch", "audience-fits", (*picture).audienceFits, true},
		{"assertion.lifetime-too-long", "lifetime-fits", (*picture).lifetimeFits, false},
		{"assertion.scope-unknown", "scope-fits", (*picture).scopeFits, true},
		{"clock.skewed", "clock-fits", (*picture).clockFits, false},
		{"setup.sandbox-refreshed", "mapping-is-there", (*picture).refreshExcluded, true},
		{"setup.mapping-missing", "mapping-is-there", tokenIssued, true},
		{"setup.certificate-revoked", "certificate-in-force", tokenIssued, true},
		{"setup.integration-disabled", "record-enabled", tokenIssued, true},
		{"setup.integration-unknown", "client-id-known", tokenIssued, true},
		{"setup.grant-not-enabled", "grant-allowed", tokenIssued, true},
		{"setup.scope-not-enabled", "scopes-granted", (*picture).scopesGranted, true},
		{"setup.features-disabled", "features-on", callAnswered, true},
		{"setup.role-or-entity-inactive", "role-works", callAnswered, true},
		{"setup.login-permission-missing", "role-works", callAnswered, true},
	}
}

// worked excludes what an earlier token with the same identifiers disproves.
func worked(code finding.Code) func(*picture) (finding.Evidence, bool) {
	return func(p *picture) (finding.Evidence, bool) { return p.workedWith(code) }
}

// tokenIssued excludes what a token disproves.
func tokenIssued(p *picture) (finding.Evidence, bool) { return nil, p.issued }

// callAnswered excludes what a successful API call disproves, if none was refused.
func callAnswered(p *picture) (finding.Evidence, bool) {
	return nil, p.issued && !p.foundAny("api") && p.callWorked()
}

// callWorked reports an API call that was answered with the token.
func (p *picture) callWorked() bool {
	f, _ := facts[finding.APIFacts](p, finding.CheckAPI)
	return slices.ContainsFunc(f.Calls, func(c finding.APICall) bool {
		return c.Status != nil && *c.Status >= 200 && *c.Status < 300
	})
}

func (p *picture) accountAnswers() (finding.Evidence, bool) {
	f, ok := facts[finding.NetworkFacts](p, finding.CheckNetwork)
	status := p.results[finding.CheckNetwork].Status
	return finding.Evidence{"host": f.Host}, ok && f.Host != "" && (status == finding.Pass || status == finding.Warn)
}

// keyOf excludes a wrong size of a key of that type.
func keyOf(typ string, unless ...finding.Code) func(*picture) (finding.Evidence, bool) {
	return func(p *picture) (finding.Evidence, bool) {
		f, ok := facts[finding.KeyFacts](p, finding.CheckKey)
		if !ok || !strings.HasPrefix(f.Type, typ) || slices.ContainsFunc(unless, p.found) {
			return nil, false
		}
		if f.Curve != nil && *f.Curve != "" {
			return finding.Evidence{"type": f.Type, "curve": *f.Curve}, true
		}
		return finding.Evidence{"type": f.Type, "bits": f.Bits}, f.Bits > 0
	}
}

func (p *picture) pairFits() (finding.Evidence, bool) {
	k, hasKey := facts[finding.KeyFacts](p, finding.CheckKey)
	_, hasCertificate := facts[finding.CertificateFacts](p, finding.CheckCertificate)
	return nil, hasKey && hasCertificate && k.SPKISHA256 != ""
}

func (p *picture) certificateRuns() (finding.Evidence, bool) {
	f, ok := facts[finding.CertificateFacts](p, finding.CheckCertificate)
	if !ok || f.NotAfter == "" || f.DaysLeft < 0 {
		return nil, false
	}
	return finding.Evidence{"until": f.NotAfter, "days": f.DaysLeft}, true
}

func (p *picture) certificateIDFits() (finding.Evidence, bool) {
	f, ok := facts[finding.CertificateIDFacts](p, finding.CheckCertificateID)
	if !ok || f.Computed == nil || f.Configured == nil || *f.Computed != *f.Configured {
		return nil, false
	}
	return finding.Evidence{"computed": *f.Computed}, true
}

// assertion are the facts of the assertion. An access token sent instead excludes
// nothing: its algorithm and claims are NetSuite's own.
func (p *picture) assertion() (finding.AssertionFacts, bool) {
	f, ok := facts[finding.AssertionFacts](p, finding.CheckAssertion)
	return f, ok && f.Kind != "access-token"
}

func (p *picture) algorithmFits() (finding.Evidence, bool) {
	f, ok := p.assertion()
	alg, isText := f.Header["alg"].(string)
	fits := slices.Contains([]string{"PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}, alg)
	return finding.Evidence{"alg": alg}, ok && isText && fits && !p.found("assertion.alg-unsupported")
}

// claim is a claim of the assertion, if the check judged it and reported no code that
// begins with one of faults.
func (p *picture) claim(name string, faults ...string) (any, bool) {
	f, ok := p.assertion()
	v, there := f.Claims[name]
	found := slices.ContainsFunc(p.findings, func(f finding.Finding) bool {
		return f.Severity != finding.Info &&
			slices.ContainsFunc(faults, func(prefix string) bool { return strings.HasPrefix(string(f.Code), prefix) })
	})
	return v, ok && there && !found
}

func (p *picture) issuerFits() (finding.Evidence, bool) {
	v, ok := p.claim("iss", "assertion.issuer-", "profile.client-id-")
	iss, _ := v.(string)
	return nil, ok && len(iss) == 64 && strings.Trim(iss, "0123456789abcdef") == ""
}

func (p *picture) audienceFits() (finding.Evidence, bool) {
	v, ok := p.claim("aud", "assertion.audience-")
	aud, isText := v.(string)
	host, _, _ := strings.Cut(strings.TrimPrefix(aud, "https://"), "/")
	return finding.Evidence{"host": host}, ok && isText
}

func (p *picture) lifetimeFits() (finding.Evidence, bool) {
	begin, there := p.claim("iat", "assertion.time-claim-", "assertion.lifetime-", "assertion.expired", "assertion.issued-")
	iat, isNumber := number(begin)
	v, ok := p.claim("exp")
	exp, isAlso := number(v)
	return finding.Evidence{"minutes": fmt.Sprintf("%.0f", (exp-iat)/60)}, there && ok && isNumber && isAlso && exp > iat
}

func (p *picture) scopeFits() (finding.Evidence, bool) {
	v, ok := p.claim("scope", "assertion.scope-", "profile.scope-")
	return finding.Evidence{"scope": strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ", "), "[]")}, ok && v != ""
}

// number reads a JSON number, in whichever type it was decoded.
func number(v any) (float64, bool) {
	f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	return f, err == nil
}

func (p *picture) signatureVerifies() (finding.Evidence, bool) {
	f, ok := p.assertion()
	return nil, ok && f.Signature == "verified"
}

func (p *picture) clockFits() (finding.Evidence, bool) {
	f, ok := facts[finding.ClockFacts](p, finding.CheckClock)
	if !ok || f.OffsetSeconds == nil || p.foundAny("clock") {
		return nil, false
	}
	tenths := math.Round(*f.OffsetSeconds*10)/10 + 0 // and no -0.0
	ev := finding.Evidence{"offset": fmt.Sprintf("%+.1f", tenths)}
	if f.Source != nil {
		ev["source"] = *f.Source
	}
	return ev, true
}

func (p *picture) scopesGranted() (finding.Evidence, bool) {
	return nil, p.issued && !p.found("role.scope-not-granted")
}
