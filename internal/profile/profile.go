package profile

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/authserver"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/nsid"
)

// Profile holds the settings of one run, each with its source. Make it with
// [Resolve], which parses each of them once. Its only secret is the password of a
// proxy URL, which only [Profile.ProxyURL] returns.
type Profile struct {
	Name     string   // of the profile in use, or ""
	Named    bool     // the user named it; it is not the file's default
	File     string   // path of the profile file, or ""
	Config   string   // --config as given, or ""
	Profiles []string // the names of all its profiles, in the order of the file

	Account    nsid.Account     // zero if none is set
	Server     authserver.Rules `json:"-"` // of the authorization server that token_url leads to
	TokenURL   string           // where the assertion goes: token_url, else the account's endpoint, else ""
	Audience   string           // the aud claim: audience, else the token endpoint, else ""
	APIURL     string           // scheme and host of REST calls: api_url, else the account's, else ""
	Warn, Fail *Threshold       // when a certificate's end is near; nil for never

	values         map[Field]Value
	previous       []Shown         // the values of previous:
	derived        map[Field]Value // of settings that are not set and follow from others
	proxy          *proxyURL
	assertionGiven bool
	envNames       func() []string
	fileNames      []string         // of the variables of the env file
	empty          map[Field]string // sources of variables that are set and empty
}

// Threshold is a time before a certificate expires: in days, or in percent of its
// validity. The other one is 0.
type Threshold struct{ Days, Percent int }

// proxyURL hides the password from package fmt.
type proxyURL struct{ u *url.URL }

func (p *proxyURL) String() string   { return p.u.Redacted() }
func (p *proxyURL) GoString() string { return p.u.Redacted() }

// Get returns the value of a setting that is set or has a default.
func (p *Profile) Get(f Field) (Value, bool) {
	v, ok := p.values[f]
	return v.clone(), ok
}

// Text returns the value of a setting, or "". A proxy URL comes without its password:
// use [Profile.ProxyURL] to connect.
func (p *Profile) Text(f Field) string {
	v, _ := p.Get(f)
	return v.Text
}

// List returns the items of a list setting.
func (p *Profile) List(f Field) []string {
	v, _ := p.Get(f)
	return v.List
}

// derive sets what follows from the settings.
func (p *Profile) derive() {
	endpoint, isSet := p.values[FieldTokenURL]
	p.Server = authserver.NetSuite
	if isSet && !onNetSuite(endpoint.Text) {
		p.Server = authserver.Generic
	}
	if p.Server.DefaultScope == "" && p.values[FieldScope].Source.Kind == SourceDefault {
		delete(p.values, FieldScope)
	}
	audienceFrom, tokenURL, apiURL := FieldAccount, "", ""
	if isSet {
		audienceFrom = FieldTokenURL
	}
	if !p.Account.IsZero() {
		tokenURL = p.Account.TokenURL()
		if p.Server.NetSuite {
			apiURL = p.Account.RESTURL()
		}
	}
	p.derived = map[Field]Value{}
	p.TokenURL = p.orDerived(FieldTokenURL, tokenURL, FieldAccount)
	p.Audience = p.orDerived(FieldAudience, p.TokenURL, audienceFrom)
	p.APIURL = strings.TrimSuffix(p.orDerived(FieldAPIURL, apiURL, FieldAccount), "/")
}

// orDerived is the value of a setting, else text, which follows from another one.
func (p *Profile) orDerived(f Field, text string, from Field) string {
	if v, ok := p.values[f]; ok {
		return v.Text
	}
	p.derived[f] = Value{Text: text, Source: Source{Kind: SourceDerived, Name: string(from)}}
	return text
}

// onNetSuite reports whether a URL is on a host of NetSuite.
func onNetSuite(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && strings.HasSuffix(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), nsid.Domain)
}

// Scope lists the scopes to ask for.
func (p *Profile) Scope() []string { return p.List(FieldScope) }

// ProxyURL returns the proxy with its password, nil if none is set. Print it only with
// Redacted.
func (p *Profile) ProxyURL() *url.URL {
	if p.proxy == nil {
		return nil
	}
	u := *p.proxy.u
	return &u
}

// Accepts reports whether the profile's accept list names code, without a file.
func (p *Profile) Accepts(code finding.Code) bool {
	return slices.Contains(p.List(FieldAccept), string(code))
}

// AcceptsOf reports whether the accept list names code for the file path: by its path, or
// by its end, such as old/cert.pem or cert.pem.
func (p *Profile) AcceptsOf(code finding.Code, path string) bool {
	return path != "" && slices.ContainsFunc(p.List(FieldAccept), func(item string) bool {
		file, ofCode := strings.CutPrefix(item, string(code)+"=")
		if !ofCode || file == "" {
			return false
		}
		path, file := filepath.ToSlash(filepath.Clean(path)), filepath.ToSlash(filepath.Clean(file))
		return path == file || strings.HasSuffix(path, "/"+strings.TrimPrefix(file, "/"))
	})
}

// Production reports whether the profile says that it is for production.
func (p *Profile) Production() bool { return p.Text(FieldProduction) == "true" }

// Setting is one setting and its value.
type Setting struct {
	Field Field
	Value
}

// Values lists the settings that are set or have a default, in the order of
// [Fields].
func (p *Profile) Values() []Setting {
	var out []Setting
	for _, info := range Fields() {
		if v, ok := p.Get(info.Name); ok {
			out = append(out, Setting{info.Name, v})
		}
	}
	return out
}

// Shown is one line of nsauth profile show.
type Shown struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

// Show lists the effective settings, and what is derived from them (token endpoint,
// audience, API host), in the order of [Fields].
func (p *Profile) Show() []Shown {
	var out []Shown
	for _, info := range Fields() {
		v, ok := p.values[info.Name]
		if !ok {
			v = p.derived[info.Name]
		}
		if v.Text != "" {
			out = append(out, Shown{string(info.Name), v.Text, v.Source.String()})
		}
	}
	return out
}

// Facts are the facts of the check "profile".
func (p *Profile) Facts() finding.ProfileFacts {
	facts := finding.ProfileFacts{Values: map[string]finding.ProfileValue{}}
	for _, s := range p.Show() {
		facts.Values[s.Name] = finding.ProfileValue{Value: s.Value, Source: s.Source}
	}
	return facts
}

// checkCombinations rejects values that are unsafe together.
func (p *Profile) checkCombinations() error {
	for _, f := range []Field{FieldTokenURL, FieldAPIURL, FieldAPIPath} {
		v, ok := p.Get(f)
		if !ok || !strings.Contains(v.Text, "://") {
			continue
		}
		u, err := url.Parse(v.Text)
		if err != nil {
			continue // checkEndpoint rejected it
		}
		if u.Scheme == "http" {
			connectTo := p.Text(FieldConnectTo)
			if i := strings.LastIndexByte(connectTo, ':'); i > 0 && !isLoopback(strings.Trim(connectTo[:i], "[]")) {
				return unsafeFault("insecure-url", "is an http URL, and connect_to leads it off this machine",
					"use https, or remove connect_to").at(f, v.Source)
			}
			if p.proxy != nil {
				return unsafeFault("insecure-url", "is an http URL, and the proxy leads it off this machine",
					"use https, or remove the proxy").at(f, v.Source)
			}
		}
		if f == FieldAPIPath && !p.ownsURL(u) {
			return unsafeFault("foreign-host", "is a URL on a host that is not the account's",
				"give the path alone, or set api_url").at(f, v.Source)
		}
	}
	return nil
}

// ownsURL reports whether the access token may be sent to u.
func (p *Profile) ownsURL(u *url.URL) bool {
	if api, err := url.Parse(p.APIURL); err == nil && api.Host != "" && strings.EqualFold(api.Host, u.Host) && api.Scheme == u.Scheme {
		return true
	}
	return !p.Account.IsZero() && u.Scheme == "https" && p.Account.OwnsHost(u.Hostname()) && (u.Port() == "" || u.Port() == "443")
}
