package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/secret"
)

// reportedAs names the findings of earlier checks that report the same fault of the
// values that an assertion is made from, by kind or by kind/reason.
var reportedAs = map[jwtgen.Kind][]finding.Code{
	"placeholder":              {"profile.placeholder"},
	"kid-missing":              {"profile.missing-value"},
	"kid-is-script-id":         {profile.ScriptID},
	"kid-malformed":            {"profile.certificate-id-malformed"},
	"kid-is-thumbprint":        {"profile.certificate-id-malformed"},
	"issuer-malformed":         {"profile.client-id-malformed"},
	"issuer-is-application-id": {"profile.client-id-is-application-id"},
	"scope-unknown":            {"profile.scope-unknown"},
	"scope-not-for-m2m":        {"profile.scope-not-for-m2m"},
	"alg-unsupported":          {"profile.algorithm-unknown", "key.type-unsupported", "key.curve-unsupported"},
	"alg-key-mismatch":         {"key.type-unsupported", "key.curve-unsupported"},

	"alg-key-mismatch/key-too-small":  {"key.rsa-too-small"},
	"alg-key-mismatch/signing-failed": {"key.rsa-too-small"}, // Go cannot sign with RSA keys below 1024 bits
}

// reporter returns the earlier check that has reported f, or "".
func (in *inputs) reporter(f *jwtgen.Fault) finding.CheckID {
	return in.raisedBy(slices.Concat(reportedAs[f.Kind], reportedAs[f.Kind+"/"+jwtgen.Kind(f.Reason)])...)
}

// signed is what the check "assertion" judges: nsauth's assertion or why there is
// none, or another program's assertion.
type signed struct {
	assertion *jwtgen.Assertion
	err       error
	given     secret.Secret
}

func sign(ctx context.Context, in *inputs) signed {
	k, _ := productOf[*keys.Key](in, finding.CheckKey)
	a, err := Sign(ctx, in.job.World, in.job.Profile, k)
	return signed{assertion: a, err: err}
}

func judgeAssertion(ctx context.Context, in *inputs, made signed) outcome {
	if !made.given.IsZero() {
		return in.judgeGiven(ctx, made.given)
	}
	a, err := made.assertion, made.err
	if errors.Is(err, context.Canceled) {
		return outcome{skip: finding.NotRun} // an interrupt ended the sign command
	}
	if err != nil {
		more := in.judgeUnsigned()
		var unsigned *jwtgen.Fault
		if errors.As(err, &unsigned) && in.reporter(unsigned) != "" {
			return outcome{blockedBy: []finding.CheckID{in.reporter(unsigned)}, findings: more}
		}
		return outcome{findings: append(fault.Findings(err), more...)}
	}
	facts, faults := inspect.Judge(ctx, a, inspect.Expectations(in.job.World.Now(), in.job.Profile), in.keyVerifier(), false)
	if c, ok := productOf[*keys.Certificate](in, finding.CheckCertificate); ok {
		faults = inspect.NameOwnID(faults, inspect.WithCertificate(c))
	}
	o := outcome{product: a, facts: facts, findings: in.unreported(faults)}
	if len(o.findings) == 0 {
		o.summary = a.Algorithm() + ", signed by nsauth, signature verified"
		if k, ok := productOf[*keys.Key](in, finding.CheckKey); ok && k.Elsewhere {
			o.summary = a.Algorithm() + ", signed by the sign command, signature verified"
		}
	}
	return o
}

// unreported returns the faults of nsauth's own assertion that no earlier check has
// reported, as findings.
func (in *inputs) unreported(faults []*jwtgen.Fault) []finding.Finding {
	var findings []finding.Finding
	for _, f := range faults {
		if in.reporter(f) == "" {
			findings = append(findings, fault.OfJWT(in.job.withSetting(f)))
		}
	}
	return findings
}

// judgeUnsigned returns what else is wrong with an assertion that could not be signed,
// so that the user can fix all faults at once.
func (in *inputs) judgeUnsigned() []finding.Finding {
	params, err := Parameters(in.job.World, in.job.Profile)
	if err != nil {
		return nil
	}
	params.Algorithm = "PS256" // any valid one: the configured one is judged already
	draft, err := jwtgen.Draft(params)
	if err != nil {
		return nil
	}
	faults := draft.Judge(inspect.Expectations(in.job.World.Now(), in.job.Profile))
	if c, ok := productOf[*keys.Certificate](in, finding.CheckCertificate); ok {
		faults = inspect.NameOwnID(faults, inspect.WithCertificate(c))
	}
	return in.unreported(slices.DeleteFunc(faults, func(f *jwtgen.Fault) bool { return f.Kind == jwtgen.KindSignatureInvalid }))
}

// judgeGiven examines another program's assertion. It is sent unchanged, faults
// included, unless the text is not a JWT or holds more than a JWT.
func (in *inputs) judgeGiven(ctx context.Context, given secret.Secret) outcome {
	if inspect.WithoutAssertion(capture.Read(given.Reveal())) {
		return outcome{skip: finding.NotGiven}
	}
	a, malformed := inspect.ReadGiven(given.Reveal())
	if a == nil {
		return outcome{findings: malformed}
	}
	by := in.keyVerifier()
	if c, ok := productOf[*keys.Certificate](in, finding.CheckCertificate); ok {
		by = inspect.WithCertificate(c)
	}
	v := inspect.Given(ctx, in.job.World.Now(), in.job.Profile, a, by)
	o := outcome{facts: v.Facts, findings: append(malformed, v.Findings...),
		summary: fmt.Sprintf("%s, made by another program, signature %s", cmp.Or(a.Algorithm(), "unknown"), v.Facts.Signature)}
	if !a.IsAccessToken() && len(malformed) == 0 { // else there is nothing to send
		o.product = a
	}
	return o
}

// keyVerifier verifies with the public half of the private key, if the key was loaded.
func (in *inputs) keyVerifier() inspect.Verifier {
	if k, ok := productOf[*keys.Key](in, finding.CheckKey); ok {
		return inspect.WithKey(k)
	}
	return inspect.Verifier{}
}

// settings maps a part of an assertion to the setting that it is made from.
var settings = map[string]profile.Field{
	"alg": profile.FieldAlgorithm, "kid": profile.FieldCertificateID, "issuer": profile.FieldClientID,
	"audience": profile.FieldAudience, "scope": profile.FieldScope,
}

// withSetting adds the setting that causes a fault of nsauth's own assertion, because
// the fix is there and not in a program.
func (j *Job) withSetting(f *jwtgen.Fault) *jwtgen.Fault {
	part, _, _ := strings.Cut(string(f.Kind), "-")
	field, ok := settings[part]
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

// Sign makes the assertion that token, call and doctor send. A sign command ends with ctx.
func Sign(ctx context.Context, w host.World, p *profile.Profile, k *keys.Key) (*jwtgen.Assertion, error) {
	params, err := Parameters(w, p)
	if err != nil {
		return nil, err
	}
	params.PSSHash = k.PSSHash
	return jwtgen.Build(params, k.In(ctx).Signer())
}

// Parameters returns the values of that assertion, except what the key decides. The
// error comes from the random source.
func Parameters(w host.World, p *profile.Profile) (jwtgen.Params, error) {
	params := jwtgen.Params{
		Algorithm: p.Text(profile.FieldAlgorithm),
		KeyID:     p.Text(profile.FieldCertificateID),
		Issuer:    p.Text(profile.FieldClientID),
		Audience:  p.Audience,
		Scope:     p.Scope(),
		IssuedAt:  w.Now(),
	}
	if p.Server.SubjectAndID {
		id, err := jwtgen.NewID()
		if err != nil {
			return jwtgen.Params{}, err
		}
		params.Subject, params.JTI = params.Issuer, id
	}
	return params, nil
}

// Inspect runs the check "assertion" on another program's token and the check "request"
// on the request around it. It judges the token by p and verifies the signature with set,
// or else with pair.
func Inspect(w host.World, p *profile.Profile, pair keys.Pair, text *capture.Paste, set *inspect.KeySet) []finding.Result {
	var results []finding.Result
	for _, row := range table() {
		switch row.id {
		case finding.CheckAssertion:
			row.run = func(ctx context.Context, _ *inputs) outcome {
				if inspect.WithoutAssertion(text) {
					return outcome{skip: finding.NotGiven}
				}
				v := inspect.Inspect(ctx, w.Now(), p, pair, text, set)
				return outcome{summary: v.Summary, facts: v.Facts, findings: v.Findings}
			}
		case finding.CheckRequest:
			row.run = func(context.Context, *inputs) outcome { return judgeRequest(p, text) }
		default:
			continue
		}
		n := &node{check: row}
		results = append(results, row.result(n.execute(context.Background(), nil), true))
	}
	return applyAcceptList(addClocks(results, w.Now()), p)
}
