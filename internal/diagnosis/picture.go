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

// picture is what the results say, put in order.
type picture struct {
	context  Context
	results  map[finding.CheckID]finding.Result
	findings []finding.Finding // in the order in which to mend
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
			mendRank(a.Code)-mendRank(b.Code),
			catalog.Place(a.Code)-catalog.Place(b.Code),
			strings.Compare(string(a.Code), string(b.Code)),
		)
	})
	token := p.results[finding.CheckToken].Status
	p.issued = token == finding.Pass || token == finding.Warn
	for i, f := range p.findings {
		if slices.Contains(refusals, f.Code) && p.refused == nil && !p.issued {
			p.refused = &p.findings[i]
		}
	}
	return p
}

func mendRank(code finding.Code) int {
	if s, ok := suspects()[code]; ok {
		return s.rank
	}
	return len(rankedCodes)
}

func (p *picture) found(code finding.Code) bool {
	return slices.ContainsFunc(p.findings, func(f finding.Finding) bool { return f.Code == code })
}

const skewed = finding.Code("clock.skewed")

// datedBy names the time in the evidence of a finding about one. What has expired
// is over from that time on, everything else only begins then.
func datedBy() map[finding.Code]string {
	return map[finding.Code]string{"certificate.expired": "not_after", "certificate.not-yet-valid": "not_before",
		"assertion.expired": "exp", "assertion.issued-in-future": "iat", "assertion.not-before": "nbf"}
}

// byWrongClock reports whether a finding is true by this machine's clock, which is
// off, and not by the one that it was compared with.
func (p *picture) byWrongClock(f finding.Finding) bool {
	name, dated := datedBy()[f.Code]
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

// foundAny reports a finding of the family, graver than information.
func (p *picture) foundAny(family string) bool {
	return slices.ContainsFunc(p.findings, func(f finding.Finding) bool {
		return strings.HasPrefix(string(f.Code), family+".") && f.Severity != finding.Info
	})
}

// unreached reports that no usable answer came from the server: then nothing but
// what is proven is said of credentials.
func (p *picture) unreached() bool {
	return slices.ContainsFunc(p.findings, func(f finding.Finding) bool { return slices.Contains(reach, f.Code) })
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

// ofOtherFile reports whether an error is about a certificate file that may not be
// the mapping's: its ID is not the configured one, and not that one misspelt. The
// file itself is never sent, so what is wrong with it proves nothing then.
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

// remaining is the set that only NetSuite can tell apart, in its prior order.
func (p *picture) remaining() []finding.Code {
	var first, rest []finding.Code
	for _, code := range p.context.Worked.order() {
		switch {
		case code == "setup.sandbox-refreshed" && !p.context.Sandbox:
		case slices.Contains(hints()[p.refused.Code], code), code == "setup.certificate-revoked" && p.overTwoYears() > 0:
			first = append(first, code)
		default:
			rest = append(rest, code)
		}
	}
	return append(first, rest...)
}

// why says why a member of the set cannot be told from here.
func (p *picture) why(code finding.Code) string {
	if days := p.overTwoYears(); code == "setup.certificate-revoked" && days > 0 {
		return fmt.Sprintf("the certificate began %d days ago, and NetSuite shortens a longer validity to two years: there it may have ended already", days)
	}
	if code == "setup.mapping-missing" && p.found("certificate.validity-too-long") {
		return catalog.Unseen()[code] + "; one report has an upload of a certificate for more than two years that came to nothing without an error, though Oracle says that it is shortened"
	}
	return catalog.Unseen()[code]
}

// overTwoYears is how many days ago a certificate began that by its file still
// runs, though NetSuite gives none more than two years; 0 if that is not so. Whether
// they count from the beginning or from the upload is not documented.
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
	because func(*picture) (string, bool)
}

// ruledOut lists what the evidence excludes, with the figures that exclude it.
func (p *picture) ruledOut() []finding.RuledOut {
	var out []finding.RuledOut
	for _, x := range exclusions() {
		if because, ok := x.because(p); ok && !p.found(x.code) {
			out = append(out, finding.RuledOut{Code: x.code, Because: because})
		}
	}
	return out
}

// refreshExcluded: a production account is never refreshed, which goes without saying.
func (p *picture) refreshExcluded() (string, bool) {
	if !p.context.Sandbox {
		return "", false
	}
	return issued("a token was issued, so the mapping is there")(p)
}

func exclusions() []exclusion {
	return []exclusion{
		{"network.account-not-found", (*picture).accountAnswers},
		{"key.rsa-too-small", keyOf("RSA", "key.rsa-too-small", "key.rsa-size-unsupported")},
		{"key.curve-unsupported", keyOf("EC", "key.curve-unsupported")},
		{"certificate.key-mismatch", (*picture).pairFits},
		{"certificate.key-mismatch", worked("certificate.key-mismatch")},
		{"certificate.expired", (*picture).certificateRuns},
		{"certificate-id.mismatch", (*picture).certificateIDFits},
		{"certificate-id.mismatch", worked("certificate-id.mismatch")},
		{"assertion.alg-deprecated", (*picture).algorithmFits},
		{"assertion.signature-invalid", (*picture).signatureVerifies},
		{"profile.client-id-is-application-id", (*picture).issuerFits},
		{"assertion.audience-mismatch", (*picture).audienceFits},
		{"assertion.lifetime-too-long", (*picture).lifetimeFits},
		{"assertion.scope-unknown", (*picture).scopeFits},
		{"clock.skewed", (*picture).clockFits},
		{"setup.sandbox-refreshed", (*picture).refreshExcluded},
		{"setup.mapping-missing", issued("a token was issued, so the mapping is there")},
		{"setup.certificate-revoked", issued("a token was issued with this certificate")},
		{"setup.integration-disabled", issued("a token was issued, so the integration record is enabled")},
		{"setup.integration-unknown", issued("a token was issued for this Client ID")},
		{"setup.grant-not-enabled", issued("a token was issued, so the grant is allowed")},
		{"setup.scope-not-enabled", (*picture).scopesGranted},
		{"setup.features-disabled", called("an access token was issued and an API call answered with it")},
		{"setup.role-or-entity-inactive", called("an API call answered with the role's token")},
		{"setup.login-permission-missing", called("an API call answered with the role's token")},
	}
}

// worked excludes what an earlier token with the same identifiers disproves.
func worked(code finding.Code) func(*picture) (string, bool) {
	return func(p *picture) (string, bool) { return p.workedWith(code) }
}

// issued excludes what a token disproves. Of another server's token nothing
// follows for NetSuite.
func issued(because string) func(*picture) (string, bool) {
	return func(p *picture) (string, bool) { return because, p.issued && !p.context.Foreign }
}

// called excludes what a successful API call disproves, if none was refused.
func called(because string) func(*picture) (string, bool) {
	return func(p *picture) (string, bool) {
		if !p.issued || p.context.Foreign || p.foundAny("api") {
			return "", false
		}
		return because, p.callWorked()
	}
}

// callWorked reports an API call that was answered with the token.
func (p *picture) callWorked() bool {
	f, _ := facts[finding.APIFacts](p, finding.CheckAPI)
	return slices.ContainsFunc(f.Calls, func(c finding.APICall) bool {
		return c.Status != nil && *c.Status >= 200 && *c.Status < 300
	})
}

func (p *picture) accountAnswers() (string, bool) {
	f, ok := facts[finding.NetworkFacts](p, finding.CheckNetwork)
	status := p.results[finding.CheckNetwork].Status
	return f.Host + " answered", ok && !p.context.Foreign && f.Host != "" && (status == finding.Pass || status == finding.Warn)
}

// keyOf excludes a wrong size of a key of that type.
func keyOf(typ string, unless ...finding.Code) func(*picture) (string, bool) {
	return func(p *picture) (string, bool) {
		f, ok := facts[finding.KeyFacts](p, finding.CheckKey)
		if !ok || !strings.HasPrefix(f.Type, typ) || slices.ContainsFunc(unless, p.found) {
			return "", false
		}
		if f.Curve != nil && *f.Curve != "" {
			return "the key is " + f.Type + " " + *f.Curve, true
		}
		return fmt.Sprintf("the key is %s with %d bits", f.Type, f.Bits), f.Bits > 0
	}
}

func (p *picture) pairFits() (string, bool) {
	k, hasKey := facts[finding.KeyFacts](p, finding.CheckKey)
	_, hasCertificate := facts[finding.CertificateFacts](p, finding.CheckCertificate)
	return "the certificate holds the public key of the private key", hasKey && hasCertificate && k.SPKISHA256 != ""
}

func (p *picture) certificateRuns() (string, bool) {
	f, ok := facts[finding.CertificateFacts](p, finding.CheckCertificate)
	if !ok || f.NotAfter == "" || f.DaysLeft < 0 {
		return "", false
	}
	return fmt.Sprintf("the certificate file is valid until %s, %d days from now; NetSuite's own end may be earlier", f.NotAfter, f.DaysLeft), true
}

func (p *picture) certificateIDFits() (string, bool) {
	f, ok := facts[finding.CertificateIDFacts](p, finding.CheckCertificateID)
	if !ok || f.Computed == nil || f.Configured == nil || *f.Computed != *f.Configured {
		return "", false
	}
	return "the Certificate ID computed from the certificate is the configured one, " + *f.Computed, true
}

// assertion are the facts of the assertion. An access token in its place rules out
// nothing: its algorithm and claims are NetSuite's own.
func (p *picture) assertion() (finding.AssertionFacts, bool) {
	f, ok := facts[finding.AssertionFacts](p, finding.CheckAssertion)
	return f, ok && f.Kind != "access-token"
}

func (p *picture) algorithmFits() (string, bool) {
	f, ok := p.assertion()
	alg, isText := f.Header["alg"].(string)
	fits := slices.Contains([]string{"PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}, alg)
	return "the assertion is signed with " + alg, ok && isText && fits && !p.found("assertion.alg-unsupported")
}

// claim is a claim of the assertion, if the check judged it and found nothing of the
// families of codes that begin with amiss.
func (p *picture) claim(name string, amiss ...string) (any, bool) {
	f, ok := p.assertion()
	v, there := f.Claims[name]
	found := slices.ContainsFunc(p.findings, func(f finding.Finding) bool {
		return f.Severity != finding.Info &&
			slices.ContainsFunc(amiss, func(prefix string) bool { return strings.HasPrefix(string(f.Code), prefix) })
	})
	return v, ok && there && !found
}

func (p *picture) issuerFits() (string, bool) {
	v, ok := p.claim("iss", "assertion.issuer-", "profile.client-id-")
	iss, _ := v.(string)
	return "iss has the form of a Client ID, 64 characters, 0-9 and a-f", ok && len(iss) == 64 && strings.Trim(iss, "0123456789abcdef") == ""
}

func (p *picture) audienceFits() (string, bool) {
	v, ok := p.claim("aud", "assertion.audience-")
	aud, isText := v.(string)
	host, _, _ := strings.Cut(strings.TrimPrefix(aud, "https://"), "/")
	return "aud is the token endpoint of " + host, ok && isText && !p.context.Foreign
}

func (p *picture) lifetimeFits() (string, bool) {
	begin, there := p.claim("iat", "assertion.time-claim-", "assertion.lifetime-", "assertion.expired", "assertion.issued-")
	iat, isNumber := number(begin)
	v, ok := p.claim("exp")
	exp, isAlso := number(v)
	return fmt.Sprintf("the assertion lives for %.0f minutes", (exp-iat)/60), there && ok && isNumber && isAlso && exp > iat
}

func (p *picture) scopeFits() (string, bool) {
	v, ok := p.claim("scope", "assertion.scope-", "profile.scope-")
	return "the scope is " + strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ", "), "[]"), ok && v != "" && !p.context.Foreign
}

// number reads a number of JSON, however it was decoded.
func number(v any) (float64, bool) {
	f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	return f, err == nil
}

func (p *picture) signatureVerifies() (string, bool) {
	f, ok := p.assertion()
	return "the assertion's signature verifies", ok && f.Signature == "verified"
}

func (p *picture) clockFits() (string, bool) {
	f, ok := facts[finding.ClockFacts](p, finding.CheckClock)
	if !ok || f.OffsetSeconds == nil || p.foundAny("clock") {
		return "", false
	}
	source := ""
	if f.Source != nil && *f.Source != "" {
		source = " by the clock of " + *f.Source
	}
	tenths := math.Round(*f.OffsetSeconds*10)/10 + 0 // and no -0.0
	return fmt.Sprintf("offset %+.1f s%s", tenths, source), true
}

func (p *picture) scopesGranted() (string, bool) {
	return "a token was issued with the scopes asked for", p.issued && !p.context.Foreign && !p.found("role.scope-not-granted")
}
