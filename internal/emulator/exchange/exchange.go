package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// peerAddress is the client's address without the port.
func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// Exchange is one request and its verdict so far.
type Exchange struct {
	Request *http.Request
	Account *account.Snapshot
	Service string
	Now     time.Time
	Crowded bool // the call exceeds the concurrency limit
	Audit   func(entry verdict.AuditEntry, status int)
	Trail   func() []verdict.AuditEntry // the Login Audit Trail, the oldest entry first
	Verdict verdict.Verdict

	TokenName string // of a request with a token of token-based authentication
}

// Refuse adds a refusal to the verdict.
func (x *Exchange) Refuse(code, reason string) {
	x.Verdict.Refusals = append(x.Verdict.Refusals, verdict.Refuse(code, reason))
}

// Incomplete says why a body could not be read completely.
func Incomplete(err error) string {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return fmt.Sprintf("the body is longer than %d MiB", long.Limit>>20)
	}
	return "the body is incomplete"
}

// MediaType is the media type of a Content-Type header, "" if it is invalid.
func MediaType(contentType string) string {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return t
}

// Refused adds a refusal to the verdict and returns the answer.
func (x *Exchange) Refused(code, reason string, a Answer) Answer {
	x.Refuse(code, reason)
	return a
}

// Note adds a login to the Login Audit Trail. m may be nil; status is the answer's.
func (x *Exchange) Note(m *account.ParsedMapping, status int) {
	entry := verdict.AuditEntry{
		Time: x.Now, Account: x.Account.ID, Status: "Success", Basis: verdict.Official,
		ClientID: x.Verdict.ClientID, CertificateID: x.Verdict.CertificateID, RequestURI: x.Verdict.Path,
		IPAddress: peerAddress(x.Request), TokenName: x.TokenName, UserAgent: verdict.LogText(x.Request.UserAgent(), 80),
	}
	if len(x.Verdict.Refusals) > 0 {
		first := x.Verdict.Refusals[0]
		entry.Status, entry.Detail, entry.Basis = "Failure", first.Detail, first.Basis
	}
	if integration := x.Account.ByClientID[x.Verdict.ClientID]; integration != nil {
		entry.Application = integration.Name
	}
	if m != nil {
		entry.Role, entry.Entity, entry.RoleID, entry.EntityID, entry.Email = m.Role.Name, m.Entity.Name, m.Role.ID, m.Entity.ID, m.Entity.Email
	}
	x.Audit(entry, status)
}

// jsonReason rewrites an error of encoding/json for users who do not know Go.
func jsonReason(err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return fmt.Errorf("member %q has a value of the wrong type", verdict.LogText(wrongType.Field, 40))
	case errors.As(err, &wrongType):
		return errors.New("the value has the wrong type")
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the body is not valid JSON")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: ")) // an unknown member
}

// UnmarshalStrict decodes one JSON value and rejects unknown members.
func UnmarshalStrict(data []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return jsonReason(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
