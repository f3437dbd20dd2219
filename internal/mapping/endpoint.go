package mapping

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// Permission is what the role needs for every request (Oracle NetSuite Help, page
// article_92130837826). The access token needs the scope rest_webservices.
const Permission = "Manage own OAuth 2.0 Client Credentials Certificates"

// Endpoint is the certificate rotation endpoint of a Client ID.
type Endpoint struct {
	Client *netsuite.Client
	URL    string // netsuite.Account.CertificatesURL
	Token  netsuite.Secret
}

// Reason says why a request to the endpoint did not succeed.
type Reason string

// The reasons. What NetSuite answers to most of them is not documented.
const (
	NoPermission Reason = "no-permission" // 403, or words about a permission
	Rejected     Reason = "rejected"      // 401: the access token
	Limit        Reason = "limit"         // the maximum number of active certificates is reached
	NotFound     Reason = "not-found"     // 404
	Refused      Reason = "refused"       // another status below 500
	Failed       Reason = "failed"        // status 5xx, or a redirect
	NoAnswer     Reason = "no-answer"     // no complete answer: see netsuite.ConnectError
	Unreadable   Reason = "unreadable"    // the answer is not what Oracle documents
	Invalid      Reason = "invalid"       // the request was not sent
)

// Error says which request did not succeed, and why.
type Error struct {
	Request string // list, add or revoke
	Reason  Reason
	// Unknown says that NetSuite may have made the change nevertheless: ask for the list.
	Unknown bool
	Status  int    // of HTTP; 0 without an answer
	Code    string // o:errorCode, or ""
	Detail  string // NetSuite's own text on one line, or ""
	Err     error  // the cause, or nil
}

func (e *Error) Error() string {
	what := map[string]string{"list": "the certificates were not listed", "add": "the certificate was not added", "revoke": "the certificate was not revoked"}[e.Request]
	if e.Unknown {
		what = map[string]string{"add": "whether the certificate was added is unknown", "revoke": "whether the certificate was revoked is unknown"}[e.Request]
	}
	var how string
	switch {
	case e.Reason == NoPermission:
		how = "the role lacks the permission " + Permission
	case e.Reason == Unreadable:
		how = "the answer cannot be read"
	case e.Status == 0 && e.Err != nil:
		how = e.Err.Error()
	case e.Code != "":
		how = fmt.Sprintf("NetSuite answered HTTP %d, %s", e.Status, e.Code)
	default:
		how = fmt.Sprintf("NetSuite answered HTTP %d", e.Status)
	}
	if e.Detail != "" {
		how += ": " + e.Detail
	}
	return what + ": " + how
}

func (e *Error) Unwrap() error { return e.Err }

// List reads the list. It has also certificates that are revoked or expired, and may have
// only the caller's own. The error is an *Error.
func (e Endpoint) List(ctx context.Context) ([]Mapping, error) {
	a, err := e.do(ctx, "list", netsuite.Request{Method: http.MethodGet, URL: e.URL})
	if err != nil {
		return nil, err
	}
	list, readErr := ReadList(a.Body)
	if readErr != nil || a.Truncated {
		return nil, &Error{Request: "list", Reason: Unreadable, Status: a.Status, Err: readErr}
	}
	return list, nil
}

// Add maps a certificate, in PEM, to a role and an entity, and returns NetSuite's row.
// The error is an *Error.
func (e Endpoint) Add(ctx context.Context, certificate []byte, role, entity string) (Mapping, error) {
	r, err := e.AddRequest(certificate, role, entity)
	if err != nil {
		return Mapping{}, err
	}
	a, err := e.do(ctx, "add", r)
	if err != nil {
		return Mapping{}, err
	}
	added, readErr := ReadAdded(a.Body)
	if readErr != nil || a.Truncated {
		return Mapping{}, &Error{Request: "add", Reason: Unreadable, Unknown: true, Status: a.Status, Err: readErr}
	}
	return added, nil
}

// AddRequest is the request of Add. Its body has the form of Oracle's sample: the role is
// a number, the entity a text (Oracle NetSuite Help, page article_0209112025).
func (e Endpoint) AddRequest(certificate []byte, role, entity string) (netsuite.Request, error) {
	if !nsid.IsInternalID(role) || !nsid.IsInternalID(entity) {
		return netsuite.Request{}, &Error{Request: "add", Reason: Invalid, Err: errors.New("role and entity are internal IDs, such as 1000 and -5")}
	}
	var content bytes.Buffer
	enc := json.NewEncoder(&content)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(string(certificate)) // a string
	body := fmt.Sprintf(`{"fileContent": %s,"role":%s,"entity":"%s"}`, strings.TrimSpace(content.String()), role, entity)
	return netsuite.Request{Method: http.MethodPost, URL: e.URL, Body: []byte(body), Header: http.Header{"Content-Type": {"application/json"}}}, nil
}

// revoked is the text that follows a revocation (Oracle NetSuite Help, page
// article_0209112818).
const revoked = "Successfully revoked"

// Revoke revokes a certificate. The error is an *Error. An answer with another text is
// Unreadable and Unknown.
func (e Endpoint) Revoke(ctx context.Context, certificateID string) error {
	a, err := e.do(ctx, "revoke", e.RevokeRequest(certificateID))
	if err != nil {
		return err
	}
	if said := strings.Trim(string(bytes.TrimSpace(a.Body)), `"`); !strings.EqualFold(said, revoked) {
		return &Error{Request: "revoke", Reason: Unreadable, Unknown: true, Status: a.Status, Detail: clipped(said)}
	}
	return nil
}

// RevokeRequest is the request of Revoke.
func (e Endpoint) RevokeRequest(certificateID string) netsuite.Request {
	return netsuite.Request{Method: http.MethodPost, URL: e.URL + "/" + url.PathEscape(certificateID) + "/revoke"}
}

// clipped is the begin of a text on one line.
func clipped(s string) string { return text.Shorten(strings.Join(strings.Fields(s), " "), 120) }

// do sends a request. An answer with a status other than 2xx is an error.
func (e Endpoint) do(ctx context.Context, name string, r netsuite.Request) (*netsuite.Answer, error) {
	r.AccessToken = e.Token
	a, err := e.Client.Do(ctx, r)
	if err != nil {
		return nil, withoutAnswer(name, err)
	}
	if a.Status/100 == 2 {
		return a, nil
	}
	failure := &Error{Request: name, Status: a.Status}
	if api := netsuite.APIErrorFrom(a); api != nil {
		failure.Code, failure.Detail = api.Code, clipped(api.Detail)
	}
	failure.Reason, failure.Unknown = reasonOf(failure), name != "list" && a.Status >= 500
	return nil, failure
}

// withoutAnswer is the error of a request without a complete answer. Unless it is known
// that the server did not get the request, the change may have been made.
func withoutAnswer(name string, err error) *Error {
	failure := &Error{Request: name, Reason: Invalid, Err: err}
	var broken *netsuite.ConnectError
	if !errors.As(err, &broken) {
		return failure
	}
	failure.Reason = NoAnswer
	sent := false
	switch broken.Kind {
	case netsuite.Reset, netsuite.Malformed, netsuite.Incomplete:
		sent = true
	case netsuite.Timeout, netsuite.Canceled:
		sent = broken.Reason == "answer" || broken.Reason == "body"
	}
	failure.Unknown = sent && name != "list"
	return failure
}

func reasonOf(e *Error) Reason {
	said := strings.ToLower(e.Code + " " + e.Detail)
	switch {
	case e.Status == http.StatusForbidden, e.Status == http.StatusBadRequest && strings.Contains(said, "permission"):
		return NoPermission
	case e.Status == http.StatusUnauthorized:
		return Rejected
	case e.Status == http.StatusNotFound:
		return NotFound
	case e.Status >= 500 || e.Status < 400:
		return Failed
	case e.Request == "add" && (strings.Contains(said, "maximum") || strings.Contains(said, "limit")):
		return Limit
	}
	return Refused
}
