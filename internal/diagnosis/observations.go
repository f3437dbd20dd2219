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

// observations are what the results of the checks show.
type observations struct {
	context  Context
	results  map[finding.CheckID]finding.Result
	findings []finding.Finding     // in the order in which to fix them
	issued   bool                  // a token was issued
	refused  *finding.Finding      // the token endpoint's refusal
	audited  map[finding.Code]bool // causes that the auditor's reading names
}

func newObservations(results []finding.Result, c Context) *observations {
	o := &observations{context: c.withAnswers(), results: map[finding.CheckID]finding.Result{}}
	for _, r := range results {
		o.results[r.ID] = r
		o.findings = append(o.findings, slices.DeleteFunc(slices.Clone(r.Findings), func(f finding.Finding) bool {
			return f.Accepted && f.Severity == finding.Error // of a file in a folder, kept on purpose
		})...)
	}
	slices.SortStableFunc(o.findings, func(a, b finding.Finding) int {
		return cmp.Or(
			fixRank(a.Code)-fixRank(b.Code),
			catalog.Place(a.Code)-catalog.Place(b.Code),
			strings.Compare(string(a.Code), string(b.Code)),
		)
	})
	token := o.results[finding.CheckToken].Status
	o.issued = token == finding.Pass || token == finding.Warn
	for i, f := range o.findings {
		if slices.Contains(tables().Refusals, f.Code) && o.refused == nil && !o.issued {
			o.refused = &o.findings[i]
		}
	}
	return o
}

func fixRank(code finding.Code) int {
	if s, ok := suspects()[code]; ok {
		return s.rank
	}
	return len(suspects())
}

func (o *observations) found(code finding.Code) bool {
	return slices.ContainsFunc(o.findings, func(f finding.Finding) bool { return f.Code == code })
}

// foundAny reports whether the family has a warning or an error.
func (o *observations) foundAny(family string) bool {
	return slices.ContainsFunc(o.findings, func(f finding.Finding) bool {
		return strings.HasPrefix(string(f.Code), family+".") && f.Severity != finding.Info
	})
}

// unreached reports that the server gave no usable answer: then only proven causes
// about credentials are listed.
func (o *observations) unreached() bool {
	return slices.ContainsFunc(o.findings, func(f finding.Finding) bool {
		return slices.Contains(tables().Reach, f.Code) && f.Severity != finding.Info
	})
}

// symptom is the server's own error: of the token endpoint, or of an API call with
// several possible causes.
func (o *observations) symptom() *finding.Finding {
	if o.refused != nil {
		return o.refused
	}
	for i, f := range o.findings {
		if f.Code == "api.invalid-login" && f.Severity != finding.Info {
			return &o.findings[i]
		}
	}
	return nil
}

// answeredAt says at which second the token endpoint answered.
func (o *observations) answeredAt() string {
	f, ok := facts[finding.TokenFacts](o, finding.CheckToken)
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
func (o *observations) ofOtherFile(f finding.Finding) bool {
	if !strings.HasPrefix(string(f.Code), "certificate.") || f.Severity != finding.Error {
		return false
	}
	return slices.ContainsFunc(o.findings, func(id finding.Finding) bool {
		reason, _ := id.Evidence["reason"].(string)
		return id.Code == "certificate-id.belongs-to-other-file" ||
			id.Code == "certificate-id.mismatch" && slices.Contains([]string{"", "malformed", "none-in-folder"}, reason)
	})
}

// remaining is the set that only NetSuite can tell apart, in prior order.
func (o *observations) remaining() []finding.Code {
	var first, rest []finding.Code
	for _, code := range o.context.Worked.order() {
		switch {
		case code == "setup.sandbox-refreshed" && !o.context.Sandbox:
		case slices.Contains(tables().Hints[o.refused.Code], code), code == "setup.certificate-revoked" && o.overTwoYears() > 0:
			first = append(first, code)
		default:
			rest = append(rest, code)
		}
	}
	return append(first, rest...)
}

// why says why a member of the set is possible.
func (o *observations) why(code finding.Code) string {
	if days := o.overTwoYears(); code == "setup.certificate-revoked" && days > 0 {
		return catalog.Because("shortened-to-two-years", finding.Evidence{"days": days})
	}
	if code == "setup.mapping-missing" && o.found("certificate.validity-too-long") {
		return catalog.Because("upload-came-to-nothing", finding.Evidence{"unseen": catalog.Unseen()[code]})
	}
	return catalog.Unseen()[code]
}

// overTwoYears is the age in days of a certificate that is valid by its file, although
// NetSuite allows two years at most; else 0. It is not documented whether they count
// from the certificate's start or from the upload.
func (o *observations) overTwoYears() int {
	f, ok := facts[finding.CertificateFacts](o, finding.CheckCertificate)
	age := f.ValidityDays - f.DaysLeft
	if !ok || !o.found("certificate.validity-too-long") || f.DaysLeft < 0 || age <= 730 {
		return 0
	}
	return age
}

// facts returns the facts of a check, whether they are held by value or by pointer.
func facts[T any](o *observations, id finding.CheckID) (T, bool) {
	switch v := o.results[id].Facts.(type) {
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
	holds   func(*observations) (finding.Evidence, bool)
	// netsuite says that another server's answer excludes nothing.
	netsuite bool
}

// ruledOut lists what the evidence excludes, with the figures that exclude it.
func (o *observations) ruledOut() []finding.RuledOut {
	var out []finding.RuledOut
	for _, x := range exclusions() {
		if x.netsuite && o.context.Foreign {
			continue
		}
		if ev, ok := x.holds(o); ok && !o.found(x.code) {
			out = append(out, finding.RuledOut{Code: x.code, Because: catalog.Because(x.because, ev)})
		}
	}
	return out
}

// refreshExcluded is for sandboxes only: a production account is never refreshed.
func (o *observations) refreshExcluded() (finding.Evidence, bool) {
	return nil, o.context.Sandbox && o.issued
}

func exclusions() []exclusion {
	return []exclusion{
		{"network.account-not-found", "host-answered", (*observations).accountAnswers, true},
		{"key.rsa-too-small", "key-fits", keyOf("RSA", "key.rsa-too-small", "key.rsa-size-unsupported"), false},
		{"key.curve-unsupported", "key-fits", keyOf("EC", "key.curve-unsupported"), false},
		{"certificate.key-mismatch", "pair-fits", (*observations).pairFits, false},
		{"certificate.key-mismatch", "token-before", worked("certificate.key-mismatch"), false},
		{"certificate.expired", "certificate-runs", (*observations).certificateRuns, false},
		{"certificate-id.mismatch", "certificate-id-fits", (*observations).certificateIDFits, false},
		{"certificate-id.mismatch", "token-before", worked("certificate-id.mismatch"), false},
		{"assertion.alg-deprecated", "algorithm-fits", (*observations).algorithmFits, false},
		{"assertion.signature-invalid", "signature-verifies", (*observations).signatureVerifies, false},
		{"profile.client-id-is-application-id", "issuer-fits", (*observations).issuerFits, false},
		{"assertion.audience-mismatch", "audience-fits", (*observations).audienceFits, true},
		{"assertion.lifetime-too-long", "lifetime-fits", (*observations).lifetimeFits, false},
		{"assertion.scope-unknown", "scope-fits", (*observations).scopeFits, true},
		{"clock.skewed", "clock-fits", (*observations).clockFits, false},
		{"setup.integration-disabled", "record-seen-enabled", (*observations).recordEnabled, true},
		{"setup.integration-unknown", "client-id-seen", (*observations).clientIDListed, true},
		{"setup.features-disabled", "feature-seen", (*observations).featureOn, true},
		{"setup.login-permission-missing", "login-permission-seen", (*observations).loginPermitted, true},
		{"setup.mapping-missing", "row-seen", (*observations).rowListed, true},
		{"setup.certificate-revoked", "row-seen", (*observations).rowListed, true},
		{"setup.sandbox-refreshed", "row-seen", (*observations).rowListed, true},
		{"setup.sandbox-refreshed", "mapping-is-there", (*observations).refreshExcluded, true},
		{"setup.mapping-missing", "mapping-is-there", tokenIssued, true},
		{"setup.certificate-revoked", "certificate-in-force", tokenIssued, true},
		{"setup.integration-disabled", "record-enabled", tokenIssued, true},
		{"setup.integration-unknown", "client-id-known", tokenIssued, true},
		{"setup.grant-not-enabled", "grant-allowed", tokenIssued, true},
		{"setup.scope-not-enabled", "scopes-granted", (*observations).scopesGranted, true},
		{"setup.features-disabled", "features-on", callAnswered, true},
		{"setup.role-or-entity-inactive", "role-works", callAnswered, true},
		{"setup.login-permission-missing", "role-works", callAnswered, true},
	}
}

// worked excludes what an earlier token with the same identifiers disproves.
func worked(code finding.Code) func(*observations) (finding.Evidence, bool) {
	return func(o *observations) (finding.Evidence, bool) { return o.workedWith(code) }
}

// tokenIssued excludes what a token disproves.
func tokenIssued(o *observations) (finding.Evidence, bool) { return nil, o.issued }

// callAnswered excludes what a successful API call disproves, if none was refused.
func callAnswered(o *observations) (finding.Evidence, bool) {
	return nil, o.issued && !o.foundAny("api") && o.callWorked()
}

// callWorked reports an API call that was answered with the token.
func (o *observations) callWorked() bool {
	f, _ := facts[finding.APIFacts](o, finding.CheckAPI)
	return slices.ContainsFunc(f.Calls, func(c finding.APICall) bool {
		return c.Status != nil && *c.Status >= 200 && *c.Status < 300
	})
}

func (o *observations) accountAnswers() (finding.Evidence, bool) {
	f, ok := facts[finding.NetworkFacts](o, finding.CheckNetwork)
	status := o.results[finding.CheckNetwork].Status
	return finding.Evidence{"host": f.Host}, ok && f.Host != "" && (status == finding.Pass || status == finding.Warn)
}

// keyOf excludes a wrong size of a key of that type.
func keyOf(typ string, unless ...finding.Code) func(*observations) (finding.Evidence, bool) {
	return func(o *observations) (finding.Evidence, bool) {
		f, ok := facts[finding.KeyFacts](o, finding.CheckKey)
		if !ok || !strings.HasPrefix(f.Type, typ) || slices.ContainsFunc(unless, o.found) {
			return nil, false
		}
		if f.Curve != nil && *f.Curve != "" {
			return finding.Evidence{"type": f.Type, "curve": *f.Curve}, true
		}
		return finding.Evidence{"type": f.Type, "bits": f.Bits}, f.Bits > 0
	}
}

func (o *observations) pairFits() (finding.Evidence, bool) {
	k, hasKey := facts[finding.KeyFacts](o, finding.CheckKey)
	_, hasCertificate := facts[finding.CertificateFacts](o, finding.CheckCertificate)
	return nil, hasKey && hasCertificate && k.SPKISHA256 != ""
}

func (o *observations) certificateRuns() (finding.Evidence, bool) {
	f, ok := facts[finding.CertificateFacts](o, finding.CheckCertificate)
	if !ok || f.NotAfter == "" || f.DaysLeft < 0 {
		return nil, false
	}
	return finding.Evidence{"until": f.NotAfter, "days": f.DaysLeft}, true
}

func (o *observations) certificateIDFits() (finding.Evidence, bool) {
	f, ok := facts[finding.CertificateIDFacts](o, finding.CheckCertificateID)
	if !ok || f.Computed == nil || f.Configured == nil || *f.Computed != *f.Configured {
		return nil, false
	}
	return finding.Evidence{"computed": *f.Computed}, true
}

// assertion are the facts of the assertion. An access token sent instead excludes
// nothing: its algorithm and claims are NetSuite's own.
func (o *observations) assertion() (finding.AssertionFacts, bool) {
	f, ok := facts[finding.AssertionFacts](o, finding.CheckAssertion)
	return f, ok && f.Kind != "access-token"
}

func (o *observations) algorithmFits() (finding.Evidence, bool) {
	f, ok := o.assertion()
	alg, isText := f.Header["alg"].(string)
	fits := slices.Contains([]string{"PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}, alg)
	return finding.Evidence{"alg": alg}, ok && isText && fits && !o.found("assertion.alg-unsupported")
}

// claim is a claim of the assertion, if the check judged it and reported no code that
// begins with one of faults.
func (o *observations) claim(name string, faults ...string) (any, bool) {
	f, ok := o.assertion()
	v, there := f.Claims[name]
	found := slices.ContainsFunc(o.findings, func(f finding.Finding) bool {
		return f.Severity != finding.Info &&
			slices.ContainsFunc(faults, func(prefix string) bool { return strings.HasPrefix(string(f.Code), prefix) })
	})
	return v, ok && there && !found
}

func (o *observations) issuerFits() (finding.Evidence, bool) {
	v, ok := o.claim("iss", "assertion.issuer-", "profile.client-id-")
	iss, _ := v.(string)
	return nil, ok && len(iss) == 64 && strings.Trim(iss, "0123456789abcdef") == ""
}

func (o *observations) audienceFits() (finding.Evidence, bool) {
	v, ok := o.claim("aud", "assertion.audience-")
	aud, isText := v.(string)
	host, _, _ := strings.Cut(strings.TrimPrefix(aud, "https://"), "/")
	return finding.Evidence{"host": host}, ok && isText
}

func (o *observations) lifetimeFits() (finding.Evidence, bool) {
	begin, there := o.claim("iat", "assertion.time-claim-", "assertion.lifetime-", "assertion.expired", "assertion.issued-")
	iat, isNumber := number(begin)
	v, ok := o.claim("exp")
	exp, isAlso := number(v)
	return finding.Evidence{"minutes": fmt.Sprintf("%.0f", (exp-iat)/60)}, there && ok && isNumber && isAlso && exp > iat
}

func (o *observations) scopeFits() (finding.Evidence, bool) {
	v, ok := o.claim("scope", "assertion.scope-", "profile.scope-")
	return finding.Evidence{"scope": strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ", "), "[]")}, ok && v != ""
}

// number reads a JSON number, in whichever type it was decoded.
func number(v any) (float64, bool) {
	f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	return f, err == nil
}

func (o *observations) signatureVerifies() (finding.Evidence, bool) {
	f, ok := o.assertion()
	return nil, ok && f.Signature == "verified"
}

func (o *observations) clockFits() (finding.Evidence, bool) {
	f, ok := facts[finding.ClockFacts](o, finding.CheckClock)
	if ahead, _ := o.ahead(); !ok || f.OffsetSeconds == nil || o.foundAny("clock") || ahead > aheadLimit {
		return nil, false
	}
	tenths := math.Round(*f.OffsetSeconds*10)/10 + 0 // and no -0.0
	ev := finding.Evidence{"offset": fmt.Sprintf("%+.1f", tenths)}
	if f.Source != nil {
		ev["source"] = *f.Source
	}
	return ev, true
}

func (o *observations) scopesGranted() (finding.Evidence, bool) {
	return nil, o.issued && !o.found("role.scope-not-granted")
}
