package netsuite_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/nsauth/nsauth/netsuite"
)

// A token source: a script's whole authentication. An emulator stands in for
// NetSuite; with NetSuite itself only ConnectTo and RootCAs are left out.
func ExampleClient_TokenSource() {
	nsauth, done := standIn()
	defer done()

	account, err := netsuite.ParseAccount("1234567")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := netsuite.New(netsuite.Options{
		TokenURL:  account.TokenURL(),
		APIURL:    account.RESTURL(),
		ConnectTo: nsauth.address,
		RootCAs:   nsauth.roots,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdle()
	source, err := client.TokenSource(netsuite.Credentials{
		ClientID:      nsauth.clientID,      // of the integration record
		CertificateID: nsauth.certificateID, // of the mapping in this account
		Key:           nsauth.key,           // any crypto.Signer
	}, netsuite.SourceOptions{Retry: netsuite.Retry{Max: 2}})
	if err != nil {
		fmt.Println(err)
		return
	}

	var callers sync.WaitGroup
	for range 100 { // share one token, and one request for it
		callers.Go(func() {
			if _, err := source.Get(context.Background()); err != nil {
				fmt.Println(err)
			}
		})
	}
	callers.Wait()
	token, err := source.Get(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.AccessToken, token.TokenType, token.ExpiresIn, token.Scope)
	fmt.Println(nsauth.tokensIssued(), "token issued")
	// Output:
	// <secret> Bearer 1h0m0s []
	// 1 token issued
}

// Whatever takes an http.Client makes authenticated calls with a session's. An
// expired or revoked token is replaced, and the call made again.
func ExampleSession_HTTPClient() {
	session, done := connect()
	defer done()
	client := session.HTTPClient()

	res, err := client.Get("https://1234567.suitetalk.api.netsuite.com/services/rest/record/v1/customer/107")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	var customer struct{ ID, EntityID string }
	if err := json.NewDecoder(res.Body).Decode(&customer); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.StatusCode, customer.ID)

	_, err = client.Get("https://evil.example/")
	var foreign *netsuite.ForeignHostError
	fmt.Println("sent elsewhere:", !errors.As(err, &foreign))
	// Output:
	// 200 107
	// sent elsewhere: false
}

// An answer, or an error that says what it is.
func ExampleSession_Do() {
	session, done := connect()
	defer done()
	ctx := context.Background()

	answer, err := session.Do(ctx, netsuite.Request{URL: netsuite.ServerTimePath})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Status, answer.ContentType())

	_, err = session.Do(ctx, netsuite.Request{URL: "/services/rest/record/v1/customer/404404"})
	var refused *netsuite.APIError
	switch {
	case errors.Is(err, netsuite.NonexistentID):
		fmt.Println("no such customer")
	case errors.Is(err, netsuite.InvalidLogin):
		fmt.Println("the role or its permissions: see the Login Audit Trail")
	case errors.As(err, &refused):
		fmt.Println(refused.Answer.Status, refused.Code, refused.ErrorID, string(refused.Answer.Body))
	}
	// Output:
	// 200 application/json
	// no such customer
}

// Metrics and logs of every request. No event holds a token or an assertion.
func ExampleOptions_observe() {
	var requests sync.Map
	session, done := connect(func(o *netsuite.Options) {
		o.Observe = func(e netsuite.Event) {
			if e.Method != "" {
				requests.Store(fmt.Sprint(e.Kind, " ", e.Method, " ", e.Status), e.Duration)
			}
		}
	})
	defer done()
	for range 3 {
		if _, err := session.Do(context.Background(), netsuite.Request{URL: netsuite.ServerTimePath}); err != nil {
			fmt.Println(err)
		}
	}
	requests.Range(func(what, _ any) bool {
		fmt.Println(what)
		return true
	})
	// Unordered output:
	// token-request POST 200
	// call GET 200
}

// A private key from a file, as openssl or nsauth certgen writes it, is a
// crypto.Signer.
func ExampleCredentials() {
	nsauth, done := standIn()
	defer done()

	data, err := os.ReadFile(nsauth.keyFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	block, _ := pem.Decode(data)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		fmt.Println(err)
		return
	}
	credentials := netsuite.Credentials{ClientID: nsauth.clientID, CertificateID: nsauth.certificateID,
		Key: parsed.(crypto.Signer), Scope: []string{"rest_webservices"}}
	fmt.Println(credentials.Scope)
	// Output: [rest_webservices]
}
