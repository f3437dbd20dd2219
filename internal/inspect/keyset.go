package inspect

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// KeySet is a JWK Set to verify with, or why there is none. A nil *KeySet means that
// none was asked for.
type KeySet struct {
	name        string // the file or URL, without a query
	keys        []keys.SetKey
	unavailable finding.Evidence // of assertion.keys-unavailable; nil if there are keys
}

// ReadKeySet reads a JWK Set from a file or, where the name is a URL, with one GET
// request over https, or http to this machine. After an error, a *netsuite.ValueError,
// *netsuite.InsecureURLError or *SetupError, nothing was sent. Any other failure is in
// the KeySet.
func ReadKeySet(ctx context.Context, w host.World, p *profile.Profile, name string) (*KeySet, error) {
	set := &KeySet{name: name}
	if u, err := url.Parse(name); err == nil && u.Host != "" {
		u.User, u.RawQuery, u.Fragment = nil, "", "" // a query may be a secret
		set.name = u.String()
	}
	data, err := set.read(ctx, w, p, name)
	if err != nil || set.unavailable != nil {
		return set, err
	}
	set.keys, err = keys.ParseJWKS(data)
	var unusable *keys.SetError
	if errors.As(err, &unusable) {
		set.unavailable = finding.Evidence{"reason": unusable.Reason, "set": set.name}
	}
	return set, nil
}

func (s *KeySet) read(ctx context.Context, w host.World, p *profile.Profile, name string) ([]byte, error) {
	if lower := strings.ToLower(name); strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return s.fetch(ctx, w, p, name)
	}
	data, err := text.ReadFileAtMost(name, keys.MaxFileBytes)
	if err != nil {
		s.unreadable(text.WithoutPath(err).Error())
		return nil, nil
	}
	return data, nil
}

func (s *KeySet) unreadable(detail string) {
	s.unavailable = finding.Evidence{"reason": "unreadable", "set": s.name, "detail": detail}
}

// fetch asks the account's own hosts as other requests do, and any other server without
// connect_to, which is for NetSuite.
func (s *KeySet) fetch(ctx context.Context, w host.World, p *profile.Profile, address string) ([]byte, error) {
	client, err := host.Connect(w, p)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdle()
	r := netsuite.Request{URL: address}
	var foreign *netsuite.ForeignHostError
	if err := client.Check(r); errors.As(err, &foreign) {
		if client, err = host.ConnectElsewhere(w, p, address); err != nil {
			return nil, err
		}
		defer client.CloseIdle()
	}
	answer, err := client.Do(ctx, r)
	var broken *netsuite.ConnectError
	switch {
	case errors.As(err, &broken):
		s.unreadable(fault.OfConnect(broken).Message)
		return nil, nil
	case err != nil:
		return nil, err
	case answer.Status != 200:
		s.unavailable = finding.Evidence{"reason": "status", "set": s.name, "status": answer.Status}
		return nil, nil
	case answer.Truncated:
		s.unavailable = finding.Evidence{"reason": "too-large", "set": s.name}
		return nil, nil
	}
	return answer.Body, nil
}

// verifier returns the key in the set that verifies a, else the one that its kid names,
// which then proves the signature invalid. Without such a key it returns a finding.
func (s *KeySet) verifier(a *jwtgen.Assertion) (Verifier, []finding.Finding) {
	if s == nil {
		return Verifier{}, nil
	}
	if _, f := a.Verify(nil); f != nil && f.Kind == jwtgen.KindAlgUnsupported {
		return Verifier{}, nil // another finding says that no key can verify it
	}
	ev := s.unavailable
	if ev == nil {
		by, ids := s.choose(a)
		if by.public != nil {
			return by, nil
		}
		ev = finding.Evidence{"reason": "no-key", "set": s.name, "kid": a.KeyID(), "ids": ids}
	}
	return Verifier{}, []finding.Finding{catalog.New("assertion.keys-unavailable", ev)}
}

// choose returns the key that verifies a, else the one that its kid names; zero if
// there is neither. ids are the key IDs in the set.
func (s *KeySet) choose(a *jwtgen.Assertion) (by Verifier, ids []string) {
	ids = []string{}
	for _, k := range s.keys {
		one := Verifier{public: k.Public, name: s.name}
		if k.ID != "" {
			one.name += ", key " + k.ID
			ids = append(ids, k.ID)
		}
		if k.Public == nil {
			continue
		}
		if state, _ := a.Verify(k.Public); state == jwtgen.Verified {
			return one, ids
		}
		if k.ID != "" && k.ID == a.KeyID() {
			by = one
		}
	}
	return by, ids
}
