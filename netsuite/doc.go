// Package netsuite is a small client for NetSuite's OAuth 2.0 client
// credentials flow and the REST calls that follow it: from an account ID to
// the account's hosts, from a signed client assertion to an access token, and
// from an access token to an answer.
//
// It is made for diagnosis as much as for use, so it hides nothing: an answer
// of any status is a value with what was sent, when, and what came back; an
// error is typed and keeps the server's own words apart from its text; and it
// does nothing behind the caller's back. It follows no redirect, keeps no
// cookie, sends no assertion twice, reads no answer without a bound, and sends
// nothing to a host that the caller did not name.
//
// A program that makes many calls wants a [TokenSource], which asks for a token and
// replaces it in time, and a [Session], which sends it with calls:
//
//	client, err := netsuite.New(netsuite.Options{TokenURL: account.TokenURL(), APIURL: account.RESTURL()})
//	source, err := client.TokenSource(netsuite.Credentials{ClientID: id, CertificateID: kid, Key: key}, netsuite.SourceOptions{})
//	session := client.NewSession(source, netsuite.Retry{Max: 3})
//	answer, err := session.Do(ctx, netsuite.Request{URL: "/services/rest/record/v1/customer/107"})
//
// Both may be used by any number of goroutines. Errors are told apart with
// errors.As ([*TokenError], [*APIError], [*ConnectError]) or errors.Is ([Code],
// [Status], [Temporary]).
//
// Access tokens are of the type [Secret], which no formatter prints, and
// neither a token nor an assertion is ever part of an error's text.
package netsuite
