// Package auditor reads what an account records about itself: the Login Audit Trail,
// integration records, roles, employees and tokens, over SuiteQL and with a second
// credential of the account. It reads only, with the queries of queries.yaml, and says
// what it could not see. It judges nothing.
package auditor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/netsuite"
)

// The bounds of each query.
const (
	// MaxRows is how many rows are read. Further ones make an answer incomplete.
	MaxRows = 200
	// Limit is the time for the answer.
	Limit = 10 * time.Second
	// AtOnce is how many requests are on the way at once. NetSuite limits those of an
	// account, and its integrations need them.
	AtOnce = 5
	// maxCell is the length of a cell, in characters. More is cut.
	maxCell = 500
)

// Caller sends a request with the auditor's credential. A [netsuite.Session] is one.
type Caller interface {
	Do(ctx context.Context, r netsuite.Request) (*netsuite.Answer, error)
}

// Auditor asks an account. Several goroutines may use it at once.
type Auditor struct {
	caller  Caller
	account nsid.Account
	observe func(Asked)
	room    chan struct{} // as many as AtOnce
}

// Asked is a query that was sent, and how it ended.
type Asked struct {
	Query Query
	SQL   string
	Rows  int
	Err   error
}

// New makes an auditor of an account. observe is called after each query; it may be nil,
// and several goroutines may call it at once.
func New(account nsid.Account, caller Caller, observe func(Asked)) *Auditor {
	if observe == nil {
		observe = func(Asked) {}
	}
	return &Auditor{caller, account, observe, make(chan struct{}, AtOnce)}
}

// Reason is why something was not seen.
type Reason string

const (
	// Refused: the auditor's own credential was refused, so nothing can be seen.
	Refused Reason = "refused"
	// NotVisible: NetSuite refused this query, as it does if the role may not read the
	// table.
	NotVisible Reason = "not-visible"
	// Unreadable: the answer is not what SuiteQL answers.
	Unreadable Reason = "unreadable"
	// NoAnswer: no answer came in time, or there was no connection.
	NoAnswer Reason = "no-answer"
)

// Error says that a query was not answered.
type Error struct {
	Query  Query
	Reason Reason
	// Status is the HTTP status of the answer, 0 without one; Code and Detail are NetSuite's
	// own, on one line.
	Status       int
	Code, Detail string
	Err          error
}

func (e *Error) Error() string { return "auditor: query " + e.Query.Name + ": " + string(e.Reason) }

func (e *Error) Unwrap() error { return e.Err }

// failed is the error of a request that has no usable answer.
func failed(q Query, err error) *Error {
	e := &Error{Query: q, Reason: NoAnswer, Err: err}
	var api *netsuite.APIError
	var token *netsuite.TokenError
	var large *netsuite.TooLargeError
	switch {
	case errors.As(err, &api):
		e.Status, e.Code, e.Detail = api.Answer.Status, api.Code, api.Detail
		switch e.Status {
		case http.StatusUnauthorized:
			e.Reason = Refused
		case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound:
			e.Reason = NotVisible
		default:
			e.Reason = Unreadable
		}
	case errors.As(err, &token):
		e.Reason, e.Status, e.Code = Refused, token.Answer.Status, token.Code
	case errors.As(err, &large):
		e.Reason, e.Status = Unreadable, large.Answer.Status
	}
	return e
}

// Row is a row of an answer: a text for each column. A column without a value is missing.
type Row map[string]string

// Rows are the rows of an answer.
type Rows struct {
	Items []Row
	// Complete says that there are no more rows, and that none was cut.
	Complete bool
	Received time.Time // of the answer, by this machine's clock
}

// ask sends the query of that name. The error is an [*Error].
func (a *Auditor) ask(ctx context.Context, name string, values map[string]string) (Rows, error) {
	q := lookup(name)
	sql, err := q.Text(values)
	if err != nil {
		return Rows{}, &Error{Query: q, Reason: NotVisible, Err: err}
	}
	rows, err := a.send(ctx, q, sql)
	a.observe(Asked{Query: q, SQL: sql, Rows: len(rows.Items), Err: err})
	return rows, err
}

func (a *Auditor) send(ctx context.Context, q Query, sql string) (Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	body, err := json.Marshal(map[string]string{"q": sql})
	if err != nil {
		return Rows{}, failed(q, err)
	}
	answer, err := a.do(ctx, netsuite.Request{Method: http.MethodPost,
		URL:    a.account.RESTURL() + nsid.SuiteQLPath + "?limit=" + strconv.Itoa(MaxRows),
		Header: http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}, "Prefer": {"transient"}},
		Body:   body})
	if err != nil {
		return Rows{}, failed(q, err)
	}
	rows, err := readRows(answer.Body)
	if err != nil {
		return Rows{}, &Error{Query: q, Reason: Unreadable, Status: answer.Status, Err: err}
	}
	rows.Received = answer.Received
	return rows, nil
}

// do sends a request as soon as there is room for it.
func (a *Auditor) do(ctx context.Context, r netsuite.Request) (*netsuite.Answer, error) {
	select {
	case a.room <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-a.room }()
	return a.caller.Do(ctx, r)
}

// Try sends a query with harmless values, to see whether the auditor may read what it reads.
// The error is an [*Error].
func (a *Auditor) Try(ctx context.Context, q Query) (rows int, err error) {
	r, err := a.ask(ctx, q.Name, map[string]string{"since": "60", "role": "3", "entity": "-5",
		"application": "00000000-0000-0000-0000-000000000000"})
	return len(r.Items), err
}
