// Package netsuite is a small client for NetSuite's OAuth 2.0 client
// credentials flow and the REST calls that follow it. It finds the hosts of an
// account, exchanges a signed client assertion for an access token, and makes
// calls with it.
//
// It serves diagnosis too, so it hides nothing. An answer of any status is a value
// with the request, its times and the response. Errors are typed and keep the
// server's words apart from their own text. The client follows no redirect, keeps
// no cookie and sends no assertion twice. It bounds what it reads, and sends
// nothing to a host that the caller did not name.
//
// A program that makes many calls uses a [TokenSource], which gets a token and
// renews it in time, and a [Session], which sends it with each call:
//
//	client, err := netsuite.New(netsuite.Options{TokenURL: account.TokenURL(), APIURL: account.RESTURL()})
//	source, err := client.TokenSource(netsuite.Credentials{ClientID: id, CertificateID: kid, Key: key}, netsuite.SourceOptions{})
//	session := client.NewSession(source, netsuite.Retry{Max: 3})
//	answer, err := session.Do(ctx, netsuite.Request{URL: "/services/rest/record/v1/customer/107"})
//
// [Session.Open] streams a long answer, and [Session.Records] reads a list of many pages.
//
// Until an integration has moved to OAuth 2.0, [Client.NewTBASession] makes a session that
// signs each request with a [TBA] token (OAuth 1.0).
//
// Any number of goroutines may use both. Use errors.As ([*TokenError],
// [*APIError], [*ConnectError]), errors.Is ([Code], [Status]) or [Temporary] to
// distinguish errors.
//
// Access tokens have the type [Secret], which no formatter prints. The text of an
// error never contains a token or an assertion.
package netsuite
