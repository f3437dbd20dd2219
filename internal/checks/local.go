package checks

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// values is what the check "profile" leaves for the others.
type values map[value]bool

func checkProfile(_ context.Context, in *inputs) outcome {
	p := in.job.Profile
	_, known := p.Account()
	o := outcome{
		product: values{
			account:       known || p.Foreign(),
			clientID:      p.Text(profile.FieldClientID) != "",
			certificateID: p.Text(profile.FieldCertificateID) != "" || p.Foreign(),
			keyPath:       p.HasKey(),
			certPath:      p.Text(profile.FieldCert) != "" || in.job.Folder != nil,
		},
	}
	if !in.job.shows(finding.CheckProfile) {
		return o // only what the other checks need to know
	}
	o.facts, o.findings = p.Facts(), p.Findings()
	if len(o.findings) == 0 {
		o.summary = fmt.Sprintf("%d values, all of the right shape", len(p.Values()))
	}
	return o
}

func checkKey(ctx context.Context, in *inputs) outcome {
	k, err := loadKey(ctx, in.job)
	if err != nil {
		return outcome{findings: fromError(err)}
	}
	o := outcome{product: k, findings: exposed(ctx, in.job.World, k, in.rulesOf(fromKeys(k.Judge()))), summary: describeKey(k), facts: finding.KeyFacts{
		Type: k.Type, Bits: k.Bits, Curve: finding.Optional(k.Curve), Encoding: k.Encoding, Encrypted: k.Encrypted,
		SPKISHA256: k.SPKISHA256(),
	}}
	return o
}

// exposed adds to judged, the findings about a key's content, those about its file.
func exposed(ctx context.Context, w host.World, k *keys.Key, judged []finding.Finding) []finding.Finding {
	if k.Path == "" {
		return judged
	}
	e := host.ExposureOf(ctx, w, k.Path)
	var found []finding.Finding
	for _, f := range judged {
		if f.Code == "key.readable-by-others" {
			f = readableByOthers(w, e, f.Evidence)
		}
		found = append(found, f)
	}
	if len(e.Readers) > 0 {
		found = append(found, readableByOthers(w, e, finding.Evidence{"path": k.Path, "readers": e.Readers, "reason": "acl"}))
	}
	if e.WorkTree != "" && e.Git != host.GitIgnored {
		ev := finding.Evidence{"path": k.Path, "work_tree": e.WorkTree}
		if e.Target != "" {
			ev["target"] = e.Target
		}
		if e.Git != host.GitUntracked {
			ev["reason"] = string(e.Git)
		}
		found = append(found, catalog.New("key.in-git-work-tree", ev))
	}
	return found
}

// readableByOthers is the finding for a file that others may read. The mode of a
// file in a CI job's container says little: only the job runs there, and the file
// is often mounted with whatever mode the runner chose.
func readableByOthers(w host.World, e host.Exposure, ev finding.Evidence) finding.Finding {
	if e.Target != "" {
		ev["target"] = e.Target
		if ev["reason"] == nil {
			ev["reason"] = "link"
		}
	}
	if !host.InCI(w) {
		return catalog.New("key.readable-by-others", ev)
	}
	ev["ci"] = true
	return catalog.New("key.readable-by-others", ev).With(finding.Info)
}

func loadKey(ctx context.Context, job *Job) (*keys.Key, error) {
	if job.Recorded != nil && job.Recorded.Key != nil {
		return job.Recorded.Key, nil
	}
	return host.LoadKey(ctx, job.World, job.Profile)
}

func describeKey(k *keys.Key) string {
	what := k.Type + " " + k.Curve
	if k.Curve == "" {
		what = fmt.Sprintf("%s %d bits", k.Type, k.Bits)
	}
	what += ", " + k.Encoding
	switch {
	case !k.Encrypted:
	case k.Opened.NewlineCut:
		what += ", encrypted; the line break at the end of the passphrase file was left out"
	default:
		what += ", encrypted"
	}
	return what
}

func checkCertificate(ctx context.Context, in *inputs) outcome {
	k, ok := from[*keys.Key](in, finding.CheckKey)
	if in.job.Folder != nil {
		c, none := in.certificateInFolder(k)
		if c == nil {
			return none
		}
		return in.judgeCertificate(ctx, c, k)
	}
	c, err := host.LoadCertificate(ctx, in.job.World, in.job.Profile, k)
	if err != nil {
		findings := fromError(err)
		var locked *keys.Fault
		if errors.As(err, &locked) && in.raised(sameLock()[locked.Reason]) {
			return outcome{blockedBy: []finding.CheckID{finding.CheckKey}}
		}
		if !ok && slices.ContainsFunc(findings, in.saidOfKey) {
			return outcome{blockedBy: []finding.CheckID{finding.CheckKey}}
		}
		return outcome{findings: findings}
	}
	return in.judgeCertificate(ctx, c, k)
}

// judgeCertificate says what speaks against a certificate, by itself and with
// the key k, which may be nil.
func (in *inputs) judgeCertificate(ctx context.Context, c *keys.Certificate, k *keys.Key) outcome {
	ok := k != nil
	now := in.job.at()
	o := outcome{product: c, findings: in.rulesOf(fromKeys(c.Judge(now))), facts: certificateFacts(c, now)}
	if !ok || c.BelongsTo(k) {
		o.findings = slices.DeleteFunc(o.findings, in.saidOfKey)
	}
	if ok && !c.BelongsTo(k) {
		ev := finding.Evidence{"key": k.Path, "certificate": c.Path, "key_type": describeKey(k), "certificates": c.Count}
		if path := belonging(ctx, c, k, now); path != "" {
			ev["belonging"] = path
		}
		o.findings = append([]finding.Finding{catalog.New("certificate.key-mismatch", ev)}, o.findings...)
	}
	left := c.DaysLeft(now)
	if limit, ok := thresholds(in.job.Profile).reached(c.X509.NotBefore, c.X509.NotAfter, now); ok && left >= 0 {
		f := catalog.New("certificate.expiring-soon", finding.Evidence{
			"path": c.Path, "days_left": left, "not_after": utc(c.X509.NotAfter), "threshold": limit.text,
		})
		o.findings = append(o.findings, f.With(limit.severity))
	}
	end := c.X509.NotAfter.UTC().Format("2006-01-02")
	if o.summary = "until " + end + ", " + finding.Counted(left, "day") + " left"; left < 0 {
		o.summary = "ended on " + end
	}
	if c.Count > 1 {
		o.summary += fmt.Sprintf(", number %d of %d in the file", c.Position, c.Count)
	}
	if ok && c.BelongsTo(k) && !slices.ContainsFunc(o.findings, func(f finding.Finding) bool { return f.Severity != finding.Info }) {
		o.summary += ", belongs to the key"
	}
	return o
}

// sameLock names what the check "key" says where one passphrase is missing or wrong
// for both: they are in one PKCS#12 file.
func sameLock() map[string]finding.Code {
	return map[string]finding.Code{
		"pkcs12-encrypted": "key.encrypted", "pkcs12-passphrase-wrong": "key.passphrase-wrong",
	}
}

// saidOfKey reports whether the check "key" has already said of the private key
// what f says of the certificate's: the same key in two files is one fault.
func (in *inputs) saidOfKey(f finding.Finding) bool {
	kind, _ := f.Evidence["reason"].(string) // the key.* code's last part
	return f.Code == "certificate.key-unsupported" && in.raised(finding.Code("key."+kind))
}

// rulesOf leaves out NetSuite's own rules where another server is asked. Less
// than 2048 bits of RSA nobody may take (RFC 7518, section 3.5).
func (in *inputs) rulesOf(findings []finding.Finding) []finding.Finding {
	if !in.job.Profile.Foreign() {
		return findings
	}
	return slices.DeleteFunc(findings, func(f finding.Finding) bool {
		bits, _ := f.Evidence["bits"].(int)
		tooSmall := f.Code == "key.rsa-too-small" || f.Evidence["reason"] == "rsa-too-small"
		return slices.Contains(netsuiteRule, f.Code) && !(tooSmall && bits < 2048)
	})
}

// netsuiteRule lists what only NetSuite minds.
var netsuiteRule = []finding.Code{"key.rsa-too-small", "key.rsa-size-unsupported",
	"certificate.key-unsupported", "certificate.validity-too-long"}

func checkCertificateID(ctx context.Context, in *inputs) outcome {
	c, ok := from[*keys.Certificate](in, finding.CheckCertificate)
	configured := in.job.Profile.Text(profile.FieldCertificateID)
	facts := finding.CertificateIDFacts{Configured: finding.Optional(configured), Folder: folderFacts(in.job.Folder, in.job.at())}
	if !ok {
		return in.idInFolder(configured, outcome{facts: facts})
	}
	computed := c.ID()
	facts.Computed = &computed
	o := outcome{facts: facts, summary: "NetSuite will show " + computed}
	switch {
	case configured == "" && in.job.AbsentIsNotGiven:
		o.skip = finding.NotGiven
	case configured == "":
		o.skip = finding.NotConfigured
	case configured == computed:
		o.summary = "is this certificate's"
		if in.job.Folder != nil {
			o.summary = "is that of " + below(in.job.Folder.Path, c.Path)
		}
	case in.raised("profile.certificate-id-malformed") && in.job.shows(finding.CheckProfile):
		o.blockedBy = []finding.CheckID{finding.CheckProfile} // the fault is reported there
	default:
		ev := finding.Evidence{"configured": configured, "computed": computed, "certificate": c.Path}
		f, other := finding.Finding{}, false
		if reason := misspelt(configured, c); reason != "" {
			ev["reason"] = reason
			o.summary = "is this certificate's, written in another way"
		} else if netsuite.CertificateIDShape(configured) != "" { // the profile, whose fault it is, is not shown
			ev["reason"], o.summary = "malformed", "is no Certificate ID"
		} else {
			f, other = beside(ctx, c, configured)
			o.summary = "is not this certificate's"
		}
		if !other {
			f = catalog.New("certificate-id.mismatch", ev)
		}
		o.findings = []finding.Finding{f}
	}
	return o
}

// explainedBy names the findings of earlier checks that already say what is wrong
// with an assertion made from the same values, by kind or by kind/reason.
func explainedBy() map[jwtgen.Kind][]finding.Code {
	return map[jwtgen.Kind][]finding.Code{
		"kid-missing":              {"profile.missing-value"},
		"kid-malformed":            {"profile.certificate-id-malformed"},
		"kid-is-thumbprint":        {"profile.certificate-id-malformed"},
		"issuer-malformed":         {"profile.client-id-malformed"},
		"issuer-is-application-id": {"profile.client-id-is-application-id"},
		"scope-unknown":            {"profile.scope-unknown"},
		"scope-not-for-m2m":        {"profile.scope-not-for-m2m"},
		"alg-unsupported":          {"profile.algorithm-unknown", "key.type-unsupported", "key.curve-unsupported"},
		"alg-key-mismatch":         {"key.type-unsupported", "key.curve-unsupported"},

		"alg-key-mismatch/key-too-small":  {"key.rsa-too-small"},
		"alg-key-mismatch/signing-failed": {"key.rsa-too-small"}, // Go signs with no RSA key below 1024 bits
	}
}

// explained reports whether an earlier check has said what f says.
func (in *inputs) explained(f *jwtgen.Fault) bool { return in.explainer(f) != "" }

// explainer names the check that has said it.
func (in *inputs) explainer(f *jwtgen.Fault) finding.CheckID {
	return in.raisedBy(slices.Concat(explainedBy()[f.Kind], explainedBy()[f.Kind+"/"+jwtgen.Kind(f.Reason)])...)
}

func checkAssertion(ctx context.Context, in *inputs) outcome {
	if !in.job.Given.IsZero() {
		return in.checkGiven(ctx)
	}
	k, _ := from[*keys.Key](in, finding.CheckKey)
	a, err := signed(in.job, k)
	if err != nil {
		more := in.judgeUnsigned()
		var fault *jwtgen.Fault
		if errors.As(err, &fault) && in.explained(fault) {
			return outcome{blockedBy: []finding.CheckID{in.explainer(fault)}, findings: more}
		}
		return outcome{findings: append(fromError(err), more...)}
	}
	o := in.judgeAssertion(ctx, a, keyVerifier(k), "nsauth")
	if len(o.findings) == 0 {
		o.summary = a.Algorithm() + ", made and signed by nsauth, its signature verifies"
	}
	return o
}

// judgeUnsigned says what else is wrong with an assertion that could not be signed,
// so that it is not found out only after the first fault is mended.
func (in *inputs) judgeUnsigned() []finding.Finding {
	params, err := Parameters(in.job.World, in.job.Profile)
	if err != nil {
		return nil
	}
	params.Algorithm = "PS256" // any that can be made: that one is judged already
	draft, err := jwtgen.Draft(params)
	if err != nil {
		return nil
	}
	var findings []finding.Finding
	for _, f := range draft.Judge(Expectations(in.job.World, in.job.Profile)) {
		if f.Kind != jwtgen.KindSignatureInvalid && !in.explained(f) {
			findings = append(findings, fromJWT(in.job.ownFault(f)))
		}
	}
	return findings
}

// checkGiven examines an assertion that another program made. It is sent as it
// is, whatever is wrong with it, unless it is no JWT or not a JWT alone: that is
// judged as far as it can be read.
func (in *inputs) checkGiven(ctx context.Context) outcome {
	a, malformed := readGiven(in.job.Given.Reveal())
	if a == nil {
		return outcome{findings: malformed}
	}
	var by verifier
	if c, ok := from[*keys.Certificate](in, finding.CheckCertificate); ok {
		by = certificateVerifier(c)
	} else if k, ok := from[*keys.Key](in, finding.CheckKey); ok {
		by = keyVerifier(k)
	}
	o := in.judgeAssertion(ctx, a, by, "given")
	o.summary = fmt.Sprintf("%s, made by another program, signature %s", orUnknown(a.Algorithm()),
		o.facts.(finding.AssertionFacts).Signature)
	o.findings = append(malformed, o.findings...)
	if a.IsAccessToken() || len(malformed) > 0 {
		o.product = nil // NetSuite's own token, or nothing that a server could read
	}
	return o
}

// readGiven finds the assertion in a text as jwt inspect does, and says what is in
// the way of sending the text as it is.
func readGiven(text string) (*jwtgen.Assertion, []finding.Finding) {
	a, err := jwtgen.Parse(text)
	if err == nil {
		return a, nil
	}
	var findings []finding.Finding
	pasted := capture.Read(text)
	if token := pasted.Token.Reveal(); token != text && capture.LooksLikeJWT(token) {
		f := *err.(*jwtgen.Fault)
		if f.Reason == "no-jwt" || f.Reason == "json-document" {
			f.Reason = "surrounded"
		}
		findings, text = append(findings, fromJWT(&f)), token
	}
	a, faults := readToken(text)
	return a, slices.Concat(findings, faults, requestFaults(pasted))
}

// verifier is what an assertion can be held against besides the profile.
type verifier struct {
	public        crypto.PublicKey // nil without a certificate or key
	pssHash       crypto.Hash      // the one that the key may be used with; 0 for any
	certificateID string           // computed; "" without a certificate
	thumbprint    []byte           // the certificate's, by SHA-1; nil without one
	path          string           // of the file that it was read from; "" otherwise
	name          string           // what a person calls it: a file, a key of a set
}

// judgeAssertion says what is wrong with an assertion that no earlier check has
// said already, and keeps it for the token request.
func (in *inputs) judgeAssertion(ctx context.Context, a *jwtgen.Assertion, by verifier, madeBy string) outcome {
	e := Expectations(in.job.World, in.job.Profile)
	if !a.IsAccessToken() {
		e.Public, e.PSSHash = by.public, by.pssHash // an access token is signed by NetSuite
	}
	if e.CertificateID == "" && !e.Foreign {
		e.CertificateID = by.certificateID
	}
	o := outcome{product: a}
	faults := a.Judge(e)
	if madeBy != "nsauth" && !e.Foreign {
		faults = thumbprintFaults(a, by, kidFaults(ctx, a, by, faults))
	}
	for _, f := range faults {
		switch {
		case madeBy != "nsauth":
			o.findings = append(o.findings, fromJWT(f))
		case !in.explained(f):
			o.findings = append(o.findings, fromJWT(in.job.ownFault(f)))
		}
	}
	state, _ := a.Verify(e.Public)
	facts := assertionFacts(a, state, madeBy, e.Now)
	if state != jwtgen.NotChecked {
		facts.CheckedWith = finding.Optional(by.name)
	}
	o.facts = facts
	return o
}

// settingOf names the setting that a part of an assertion is made from.
func settingOf() map[string]profile.Field {
	return map[string]profile.Field{
		"alg": profile.FieldAlgorithm, "kid": profile.FieldCertificateID, "issuer": profile.FieldClientID,
		"audience": profile.FieldAudience, "scope": profile.FieldScope,
	}
}

// ownFault adds which setting is behind a fault of an assertion that nsauth made:
// the remedy is there and not in a program.
func (j *Job) ownFault(f *jwtgen.Fault) *jwtgen.Fault {
	part, _, _ := strings.Cut(string(f.Kind), "-")
	field, ok := settingOf()[part]
	if !ok {
		return f
	}
	v, set := j.Profile.Get(field)
	if !set {
		return f
	}
	own := *f
	own.Evidence = maps.Clone(f.Evidence)
	if own.Evidence == nil {
		own.Evidence = map[string]any{}
	}
	own.Evidence["setting"], own.Evidence["setting_source"] = string(field), v.Source.String()
	return &own
}

func signed(job *Job, k *keys.Key) (*jwtgen.Assertion, error) {
	if job.Recorded != nil && job.Recorded.Assertion != nil {
		return job.Recorded.Assertion, nil
	}
	return Sign(job.World, job.Profile, k)
}

// Expectations says what an assertion for this profile should look like. The
// signature is not looked at unless the caller adds a public key.
func Expectations(w host.World, p *profile.Profile) jwtgen.Expect {
	e := jwtgen.Expect{
		Now:                w.Now(),
		ClientID:           p.Text(profile.FieldClientID),
		CertificateID:      p.Text(profile.FieldCertificateID),
		Audience:           p.TokenURL(),
		ClientIDShape:      netsuite.ClientIDShape,
		CertificateIDShape: netsuite.CertificateIDShape,
		ScopeShape:         netsuite.ScopeShape,
		Foreign:            p.Foreign(),
	}
	switch account, known := p.Account(); {
	case p.Foreign():
		e.Audience = p.Audience()
	case known: // also where token_url names another account's endpoint
		e.Audience = account.TokenURL()
	}
	return e
}

// assertionFacts is what a report says of an assertion: never its signature.
func assertionFacts(a *jwtgen.Assertion, state jwtgen.Signature, madeBy string, now time.Time) finding.AssertionFacts {
	facts := finding.AssertionFacts{Header: a.Header, Claims: a.Claims, Signature: string(state), MadeBy: madeBy, Kind: "assertion"}
	facts.Times, facts.LifetimeSeconds = ClaimedTimes(a, now)
	return facts
}

// ClaimedTimes gives iat, exp and nbf where they are times, and exp - iat in
// seconds if both are.
func ClaimedTimes(a *jwtgen.Assertion, now time.Time) (times map[string]finding.ClaimedTime, lifetime *int64) {
	times = map[string]finding.ClaimedTime{}
	for _, name := range []string{"iat", "exp", "nbf"} {
		if t, ok := a.Time(name); ok {
			times[name] = finding.ClaimedTime{Time: utc(t), SecondsFromNow: int64(t.Sub(now).Round(time.Second) / time.Second)}
		}
	}
	if d, ok := a.Lifetime(); ok {
		lifetime = new(int64(d / time.Second))
	}
	return times, lifetime
}

// Sign builds the assertion that token, call and doctor send: the same values in
// the same way.
func Sign(w host.World, p *profile.Profile, k *keys.Key) (*jwtgen.Assertion, error) {
	params, err := Parameters(w, p)
	if err != nil {
		return nil, err
	}
	params.PSSHash = k.PSSHash
	return jwtgen.Build(params, k.Signer())
}

// Parameters is what such an assertion says, but for what the key decides. The
// error is that of the random source.
func Parameters(w host.World, p *profile.Profile) (jwtgen.Params, error) {
	params := jwtgen.Params{
		Algorithm: p.Text(profile.FieldAlgorithm),
		KeyID:     p.Text(profile.FieldCertificateID),
		Issuer:    p.Text(profile.FieldClientID),
		Audience:  p.Audience(),
		Scope:     p.Scope(),
		IssuedAt:  w.Now(),
	}
	if p.Foreign() {
		// RFC 7523 section 3 demands sub; a server may refuse an assertion without
		// jti. NetSuite documents neither.
		id, err := jwtgen.NewID()
		if err != nil {
			return jwtgen.Params{}, err
		}
		params.Subject, params.JTI = params.Issuer, id
	}
	return params, nil
}
