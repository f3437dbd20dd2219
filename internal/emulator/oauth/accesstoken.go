package oauth

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
)

// ExpiresIn is how a token response writes expires_in.
type ExpiresIn string

const (
	ExpiresInNumber ExpiresIn = "number" // 3600, as Oracle's sample and RFC 6749 section 5.1 have it
	ExpiresInString ExpiresIn = "string" // "3600", as one public client of 2022 reads it
)

func (e ExpiresIn) write(lifetime time.Duration) any {
	seconds := int(lifetime / time.Second)
	if e == ExpiresInString {
		return strconv.Itoa(seconds)
	}
	return seconds
}

// TokenShape says which of Oracle's samples the access tokens follow. NetSuite does not
// promise either: a client that reads tokens must accept both.
type TokenShape string

const (
	// Shape2026 has sub "role;entity", aud ["UUID;account", Client ID] and a kid for
	// each account (Oracle NetSuite Help, section_158255317571 and its newer samples).
	Shape2026 TokenShape = "2026"
	// Shape2021 has sub "account;0;role;entity;N", aud [Client ID, "app:UUID"] and
	// the kid s.SYSTEM.2020_1 (the sample of section_162755359851).
	Shape2021 TokenShape = "2021"
)

// accessClaims are the claims of an access token.
type accessClaims struct {
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	Scope    []string `json:"scope"`
	Issuer   string   `json:"iss"`
	Origin   int64    `json:"oit"`
	Expires  int64    `json:"exp"`
	Issued   int64    `json:"iat"`
	ID       string   `json:"jti"`
}

func (shape TokenShape) claims(a *account.Snapshot, m *account.ParsedMapping, scope []string, now time.Time) accessClaims {
	c := accessClaims{
		Scope:   scope,
		Issuer:  issuer,
		Origin:  now.Unix(),
		Expires: now.Add(TokenLifetime).Unix(),
		Issued:  now.Unix(),
	}
	id, ms := newUUID(), now.UnixMilli()
	if shape == Shape2021 {
		// The sample has a number for the company. The account ID, used here, also tells
		// a sandbox from its production account.
		c.Subject = a.ID + ";0;" + m.Subject() + ";N"
		c.Audience = []string{m.ClientID, "app:" + m.Integration.ApplicationID}
		c.ID = fmt.Sprintf("a.c.%s.%d.%[2]d", id, ms)
		return c
	}
	c.Subject = m.Subject()
	c.Audience = []string{m.Integration.ApplicationID + ";" + a.ID, m.ClientID}
	c.ID = fmt.Sprintf("%s.a-a.%s_%d.%[3]d", a.ID, id, ms)
	return c
}

// holder is the client that a token was issued to.
type holder struct {
	account, clientID string
	subject           string // role;entity
}

// holder reads verified claims of either shape.
func (c *accessClaims) holder() holder {
	if fields := strings.Split(c.Subject, ";"); len(fields) == 5 {
		return holder{fields[0], c.Audience[0], fields[2] + ";" + fields[3]}
	}
	_, account, _ := strings.Cut(c.Audience[0], ";")
	return holder{account, c.Audience[1], c.Subject}
}

// signingKeyID is the kid of the account's tokens, in NetSuite's format.
func (s *Server) signingKeyID(a *account.Snapshot) string {
	if s.config.TokenShape == Shape2021 {
		return "s.SYSTEM.2020_1"
	}
	return "c." + a.ID + "." + s.startedAt.UTC().Format("2006-01-02_15-04-05")
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])  // never fails: crypto/rand
	b[6] = b[6]&0x0f | 0x40 // version 4, RFC 9562
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
