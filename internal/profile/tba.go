package profile

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/nsid"
)

// The values of the setting auth.
const (
	AuthM2M = "m2m" // OAuth 2.0 client credentials; the default
	AuthTBA = "tba" // token-based authentication, OAuth 1.0
)

// Auth is how the profile signs in: AuthM2M or AuthTBA.
func (p *Profile) Auth() string {
	if p.TBA() {
		return AuthTBA
	}
	return AuthM2M
}

// TBA reports whether the profile signs its requests with a TBA token.
func (p *Profile) TBA() bool { return p.Text(FieldAuth) == AuthTBA }

// WhyTBA says where auth: tba of the profile comes from.
func (p *Profile) WhyTBA() string {
	v, _ := p.Get(FieldAuth)
	if kind := v.Source.Kind; kind == SourceProfile || kind == SourceDefaultProfile {
		return "the profile has auth: tba"
	}
	return v.Source.String() + " sets auth to tba"
}

// tbaSettings are required for TBA, each with the setting that can replace it.
var tbaSettings = [][2]Field{{FieldAccount}, {FieldConsumerKey}, {FieldConsumerSecret, FieldConsumerSecretCommand},
	{FieldTokenID}, {FieldTokenSecret, FieldTokenSecretCommand}}

// m2mOnly are the settings that a TBA profile does not use.
var m2mOnly = []Field{FieldClientID, FieldCertificateID, FieldKey, FieldKeyCommand, FieldSignCommand, FieldPublicKey, FieldCert}

// isTBAOnly reports whether only TBA uses a setting.
func isTBAOnly(f Field) bool {
	return f != "" && f != FieldAccount && slices.ContainsFunc(tbaSettings, func(pair [2]Field) bool { return slices.Contains(pair[:], f) })
}

// uses reports whether the profile's kind of authentication uses a setting.
func (p *Profile) uses(f Field) bool {
	if p.TBA() {
		return !slices.Contains(m2mOnly, f)
	}
	return !isTBAOnly(f) && (f != FieldPublicKey || p.Text(FieldSignCommand) != "")
}

// checkAuth rejects a setting of TBA in a profile without auth: tba.
func (p *Profile) checkAuth() error {
	for _, s := range p.Values() {
		if kind := s.Source.Kind; p.uses(s.Field) || !isTBAOnly(s.Field) || kind != SourceProfile && kind != SourceDefaultProfile {
			continue // one in the environment may be for another profile
		}
		hints := []string{"for a token of token-based authentication add auth: tba", "client credentials with a certificate use no secret: remove it"}
		if s.Field == FieldConsumerKey {
			hints[1] = `for client credentials with a certificate: did you mean "client_id"?`
		}
		return (&fault{message: "is a setting of auth: tba, and the profile has no such line", hints: hints}).at(s.Field, s.Source)
	}
	return nil
}

func checkAuthKind(text string) *fault {
	if text == AuthM2M || text == AuthTBA {
		return nil
	}
	return &fault{message: "takes m2m or tba", hints: []string{"m2m is OAuth 2.0 client credentials with a certificate, tba is token-based authentication"}}
}

// checkTBAID accepts what can be an identifier of TBA: name is what NetSuite calls it.
func checkTBAID(name, where string) func(string) *fault {
	hint := "give the " + name + ": 64 characters, 0-9 and a-f; " + where
	return func(text string) *fault {
		switch {
		case nsid.IsPlaceholder(text):
			return &fault{message: "is a placeholder, not a " + name, hints: []string{hint}}
		case nsid.ClientIDShape(text) == "application-id":
			return &fault{message: "is an Application ID (a UUID), not a " + name, hints: []string{hint}}
		case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
			return &fault{message: "has characters that no " + name + " has", hints: []string{hint}}
		}
		return nil
	}
}

// checkSecretSource accepts all sources but standard input, which two secrets cannot
// share.
func checkSecretSource(text string) *fault {
	if text == "-" {
		return &fault{message: "cannot be standard input", hints: []string{"give a file, a variable (env:NAME) or a descriptor (fd:N)"}}
	}
	return nil
}

func checkAuditor(text string) *fault {
	if !ProfileName(text) {
		return &fault{message: "is not the name of a profile", hints: []string{"such as auditor: admin-tba, which is another profile of the file, of the same account"}}
	}
	return nil
}
